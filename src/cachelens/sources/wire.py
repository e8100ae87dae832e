"""The shapes of API requests and responses on the wire, as far as CacheLens looks at them.

One decoder reads every dialect: keys that a line lacks stay `NONE`, keys that are not named here are
passed over. Content stays raw, so that history that was seen before is never decoded again.
`shapes.py` derives narrower types from these for the rows of one log.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Raw, Struct

from cachelens.sources.names import EVERYTHING, Plan

NONE = Raw()
"""The value of a key that is not there."""
NULL = b"null"


class Body(Struct, gc=False):
    """A request body of any dialect."""

    plain: ClassVar[bool] = False
    """True for a type that has no known keys but those of `PLAIN_BODY`."""

    model: str | None = None
    messages: list[Raw] | None = None
    tools: list[Raw] | None = None
    system: Raw = NONE
    input: Raw = NONE
    instructions: Raw = NONE
    contents: Raw = NONE
    systemInstruction: Raw = NONE  # noqa: N815 - as on the wire
    system_instruction: Raw = NONE
    cachedContent: Raw = NONE  # noqa: N815 - as on the wire
    cached_content: Raw = NONE
    generationConfig: Raw = NONE  # noqa: N815 - as on the wire
    generation_config: Raw = NONE
    toolConfig: Raw = NONE  # noqa: N815 - as on the wire
    config: Raw = NONE
    cache_control: Raw = NONE
    tool_choice: Raw = NONE
    thinking: Raw = NONE
    output_config: Raw = NONE
    speed: Raw = NONE
    inference_geo: Raw = NONE
    anthropic_version: Raw = NONE
    functions: list[Raw] | None = None
    max_completion_tokens: Raw = NONE
    stream_options: Raw = NONE
    parallel_tool_calls: Raw = NONE
    reasoning_effort: Raw = NONE
    reasoning: Raw = NONE
    verbosity: Raw = NONE
    text: Raw = NONE
    response_format: Raw = NONE
    context_management: Raw = NONE
    previous_response_id: Raw = NONE
    conversation: Raw = NONE
    prompt_cache_key: Raw = NONE
    prompt_cache_options: Raw = NONE
    prompt_cache_retention: Raw = NONE
    service_tier: Raw = NONE
    metadata: Raw = NONE
    user: Raw = NONE
    session_id: Raw = NONE
    url: Raw = NONE
    body: Raw = NONE
    prompt: Raw = NONE
    inferenceConfig: Raw = NONE  # noqa: N815 - as on the wire
    modelId: str | None = None  # noqa: N815 - as on the wire


class Reply(Struct, gc=False):
    """A response body of any dialect, or an envelope around one."""

    plain: ClassVar[bool] = False
    """True for a type that has no known keys but those of `PLAIN_REPLY`."""

    id: str | None = None
    model: str | None = None
    type: str | None = None
    object: str | None = None
    usage: Raw = NONE
    usageMetadata: Raw = NONE  # noqa: N815 - as on the wire
    usage_metadata: Raw = NONE
    choices: Raw = NONE
    candidates: Raw = NONE
    output: Raw = NONE
    service_tier: str | None = None
    error: Raw = NONE
    status: Raw = NONE
    body: Raw = NONE
    chunks: Raw = NONE
    status_code: Raw = NONE
    response: Raw = NONE
    message: Raw = NONE
    modelVersion: str | None = None  # noqa: N815 - as on the wire
    responseId: str | None = None  # noqa: N815 - as on the wire
    created: Raw = NONE
    created_at: Raw = NONE
    stopReason: Raw = NONE  # noqa: N815 - as on the wire
    x_groq: Raw = NONE


class Row(Body, gc=False):
    """One line of a log: an envelope, or a bare request body with more beside it."""

    plan: ClassVar[Plan] = EVERYTHING

    request: Body | None = None
    response: Raw = NONE
    timestamp: Raw = NONE
    usage: Raw = NONE
    req: Raw = NONE
    request_body: Raw = NONE
    params: Raw = NONE
    res: Raw = NONE
    resp: Raw = NONE
    response_body: Raw = NONE
    chunks: Raw = NONE
    events: Raw = NONE
    stream: Raw = NONE
    response_chunks: Raw = NONE
    output: Raw = NONE
    error: Raw = NONE
    status: Raw = NONE
    status_code: Raw = NONE
    custom_id: Raw = NONE
    id: Raw = NONE
    request_id: Raw = NONE
    ts: Raw = NONE
    time: Raw = NONE
    created_at: Raw = NONE
    created: Raw = NONE
    start_time: Raw = NONE
    startTime: Raw = NONE  # noqa: N815 - as some exports write it
    started_at: Raw = NONE
    request_time: Raw = NONE
    request_timestamp: Raw = NONE
    request_created_at: Raw = NONE
    requested_at: Raw = NONE
    createdAt: Raw = NONE  # noqa: N815 - as some exports write it
    date: Raw = NONE
    datetime: Raw = NONE
    first_token_at: Raw = NONE
    first_token_time: Raw = NONE
    completion_start_time: Raw = NONE
    completionStartTime: Raw = NONE  # noqa: N815 - as some exports write it
    ttft_ms: Raw = NONE
    ttft: Raw = NONE
    time_to_first_token: Raw = NONE
    time_to_first_token_ms: Raw = NONE
    timeToFirstToken: Raw = NONE  # noqa: N815 - as some exports write it
    completed_at: Raw = NONE
    end_time: Raw = NONE
    endTime: Raw = NONE  # noqa: N815 - as some exports write it
    ended_at: Raw = NONE
    finished_at: Raw = NONE
    response_created_at: Raw = NONE
    responded_at: Raw = NONE
    latency_ms: Raw = NONE
    duration_ms: Raw = NONE
    elapsed_ms: Raw = NONE
    delay_ms: Raw = NONE
    latency: Raw = NONE
    duration: Raw = NONE
    session: Raw = NONE
    sessionId: Raw = NONE  # noqa: N815 - as some exports write it
    conversation_id: Raw = NONE
    conversationId: Raw = NONE  # noqa: N815 - as some exports write it
    thread_id: Raw = NONE
    threadId: Raw = NONE  # noqa: N815 - as some exports write it
    chat_id: Raw = NONE
    workload: Raw = NONE
    route: Raw = NONE
    feature: Raw = NONE
    app: Raw = NONE
    application: Raw = NONE
    service: Raw = NONE
    use_case: Raw = NONE
    task: Raw = NONE
    tenant: Raw = NONE
    tenant_id: Raw = NONE
    org: Raw = NONE
    org_id: Raw = NONE
    organization: Raw = NONE
    organization_id: Raw = NONE
    customer: Raw = NONE
    customer_id: Raw = NONE
    workspace: Raw = NONE
    user_id: Raw = NONE
    replica: Raw = NONE
    replica_id: Raw = NONE
    worker: Raw = NONE
    worker_id: Raw = NONE
    pod: Raw = NONE
    pod_name: Raw = NONE
    backend: Raw = NONE
    engine_id: Raw = NONE
    userId: Raw = NONE  # noqa: N815 - as some exports write it
    cache_key: Raw = NONE
    provider: Raw = NONE
    platform: Raw = NONE
    endpoint: Raw = NONE
    path: Raw = NONE
    headers: Raw = NONE
    request_headers: Raw = NONE
    is_batch: Raw = NONE
    batch: Raw = NONE


ROW_KEYS = frozenset(Row.__struct_fields__)

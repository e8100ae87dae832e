"""Kinds of content blocks by the names that APIs and transcripts give them, and who speaks in each."""

from __future__ import annotations

from cachelens.model.prompt import Role, SegmentKind

TEXTS = frozenset({"text", "input_text", "output_text"})
"""Types of blocks that hold nothing but text."""

KINDS = dict.fromkeys((
    "tool_use", "server_tool_use", "mcp_tool_use",
    "function_call", "custom_tool_call", "local_shell_call", "computer_call", "web_search_call", "file_search_call",
    "tool_search_call", "image_generation_call", "mcp_call", "tool_call",
    "functionCall", "executableCode", "executable_code", "toolUse", "toolCall",
), SegmentKind.TOOL_USE) | dict.fromkeys((
    "tool_result", "web_search_tool_result", "web_fetch_tool_result", "mcp_tool_result", "code_execution_tool_result",
    "function_call_output", "custom_tool_call_output", "local_shell_call_output", "computer_call_output",
    "tool_search_output", "tool_call_response",
    "functionResponse", "function_response", "codeExecutionResult", "code_execution_result", "toolResult",
), SegmentKind.TOOL_RESULT) | dict.fromkeys(
    ("thinking", "redacted_thinking", "reasoning", "reasoningContent"), SegmentKind.THINKING
) | dict.fromkeys(
    ("image", "image_url", "input_image", "inlineData", "inline_data", "video"), SegmentKind.IMAGE
) | dict.fromkeys(
    ("document", "file", "input_file", "fileData", "file_data"), SegmentKind.DOCUMENT
) | dict.fromkeys(("toolSpec", "systemTool"), SegmentKind.TOOL) | {"input_audio": SegmentKind.OTHER}  # fmt: skip
"""Kind of a structured block by its `type`, or by the key that names it (Gemini, Bedrock Converse)."""

_SPEAKERS = {
    SegmentKind.TOOL_USE: Role.ASSISTANT,
    SegmentKind.THINKING: Role.ASSISTANT,
    SegmentKind.TOOL_RESULT: Role.TOOL,
}


def kind_of(name: str) -> SegmentKind:
    """Return the kind of a block; `OTHER` for a name that is not known."""
    return SegmentKind.TEXT if name in TEXTS else KINDS.get(name, SegmentKind.OTHER)


def speaker_of(kind: SegmentKind) -> Role:
    """Return who speaks in a block that stands outside of a message."""
    return _SPEAKERS.get(kind, Role.USER)

"""What is counted of a request, small enough to be handed from one process to another."""

from __future__ import annotations

import msgspec

from cachelens.model.record import RequestRecord
from cachelens.model.usage import Usage


class UsageRow(msgspec.Struct, array_like=True, gc=False):
    """A request without its prompt; the fields are those of `RequestRecord`."""

    index: int
    """Number of the input."""
    line: int
    arrived_us: int | None
    model: str
    provider: str
    platform: str
    request_id: str
    session: str
    workload: str
    tenant: str
    replica: str
    modifiers: tuple[str, ...]
    first_token_us: int | None
    input_tokens: int | None
    usage: Usage | None


Counted = RequestRecord | UsageRow
"""What a collector takes."""


def row_of(index: int, record: RequestRecord) -> UsageRow:
    """Return what is counted of a request of one input."""
    return UsageRow(
        index,
        record.line,
        record.arrived_us,
        record.model,
        record.provider,
        record.platform,
        record.request_id,
        record.session,
        record.workload,
        record.tenant,
        record.replica,
        record.modifiers,
        record.first_token_us,
        record.input_tokens,
        record.usage,
    )

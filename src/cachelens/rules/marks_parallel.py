"""Requests with the same prefix are sent at the same time, and all of them miss."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ParallelMisses(RecordedRule):
    """Requests with the same prefix are sent at the same time, and all of them miss.

    An entry can be read once the request that writes it has begun to answer. Those sent before pay in full, and
    write it again.

    What to do: send one request first, wait for its first token, then send the rest; or warm the prefix up
    beforehand.

    Bad:

        await gather(*(ask(one) for one in documents))

    Good:

        await ask(documents[0])
        await gather(*(ask(one) for one in documents[1:]))
    """

    id = "M410"
    name = "parallel-requests-all-miss"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.PARALLEL})
    says = "{requests} of {of} requests were sent while another was still writing the prefix that they needed"
    advice = "Send one request first and the others when its first token has come."

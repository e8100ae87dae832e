"""The last written entry lies further back than the provider looks."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class LookBack(RecordedRule):
    """The last written entry lies further back than the provider looks.

    From a mark, a provider steps back over a limited number of blocks. An agent that adds more in one turn loses
    its whole history although it is in the cache.

    What to do: put a second mark where the last request ended, or one every fifteen blocks.

    Bad:

        30 tool results, then one mark

    Good:

        a mark where the last request ended, 30 tool results, one mark
    """

    id = "M406"
    name = "look-back-exceeded"
    severity = Severity.HIGH
    faults = frozenset({Fault.LOOK_BACK})
    says = "an entry was alive but too far from a mark to be found, in {requests} of {of} requests"
    advice = "Add a mark in the middle of long turns, at most as many blocks apart as the provider steps back."

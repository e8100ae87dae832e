"""Worked examples are shuffled, or drawn anew, for each request."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileExamples(VolatileRule):
    """Worked examples are shuffled, or drawn anew, for each request.

    Examples are long and stand in front. In another order they are another prefix, and nothing from the first one
    on is read from cache.

    What to do: choose the examples once and keep their order. If they must differ, put them behind everything that
    does not.

    Bad:

        examples = random.sample(pool, 8)

    Good:

        examples = sorted(pool, key=lambda one: one.id)[:8]
    """

    id = "V108"
    name = "examples-in-another-order"
    severity = Severity.HIGH
    faults = frozenset({Fault.EXAMPLES})
    nature = Nature.EXAMPLES
    what = "a set of examples in another order"
    says = "the same examples stand in another order in {requests} of {of} requests"
    advice = "Choose and order the examples once."

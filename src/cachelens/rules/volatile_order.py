"""The same items stand in another order from request to request."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileOrder(VolatileRule):
    """The same items stand in another order from request to request.

    Documents sorted by a score that moves, a set or a directory that is listed as it comes: the content is the
    same, the prefix is not. The cache ends at the first item that moved.

    What to do: sort the items by something that stays the same, such as their id or their path.

    Bad:

        {% for doc in results|shuffle %}{{ doc }}{% endfor %}

    Good:

        {% for doc in results|sort(attribute='id') %}{{ doc }}{% endfor %}
    """

    id = "V107"
    name = "items-in-another-order"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.ORDER})
    nature = Nature.ITEMS
    what = "a list in another order"
    says = "the same items stand in another order in {requests} of {of} requests"
    advice = "Sort the items by something that stays, such as their id."

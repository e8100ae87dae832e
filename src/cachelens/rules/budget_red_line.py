"""The token hit rate of a workload is below the red line of 40 %."""

from __future__ import annotations

from cachelens.model.audit import WorkloadFact
from cachelens.model.finding import Severity
from cachelens.rules.budget import BudgetRule


class RedLine(BudgetRule):
    """The token hit rate of a workload is below the red line of 40 %.

    The token hit rate is the share of all input that is read from cache. It is judged over ten requests or more, and
    only where more could have been read: what has never been sent before cannot be.

    A project sets other lines for its workloads in its configuration.

    What to do: mend the other findings of the workload, the dearest first, and keep the rate in view.

    Bad:

        30 % of the input read, 85 % sent before

    Good:

        80 % of the input read, 85 % sent before
    """

    id = "B701"
    name = "hit-rate-below-red-line"
    severity = Severity.HIGH
    line = "the red line"

    def bounds(self, workload: WorkloadFact) -> tuple[float, float]:
        """Return the range below the workload's red line."""
        return 0.0, workload.red_line

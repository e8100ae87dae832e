"""The token hit rate of a workload is below the target of 70 %."""

from __future__ import annotations

from cachelens.model.audit import WorkloadFact
from cachelens.model.finding import Severity
from cachelens.rules.budget import BudgetRule


class UnderTarget(BudgetRule):
    """The token hit rate of a workload is below the target of 70 %.

    The token hit rate is the share of all input that is read from cache. It is judged over ten requests or more, and
    only where more could have been read: what has never been sent before cannot be.

    A project sets other targets for its workloads in its configuration.

    What to do: mend the other findings of the workload, the dearest first, and keep the rate in view.

    Bad:

        30 % of the input read, 85 % sent before

    Good:

        80 % of the input read, 85 % sent before
    """

    id = "B702"
    name = "hit-rate-below-target"
    severity = Severity.MEDIUM
    line = "the target"

    def bounds(self, workload: WorkloadFact) -> tuple[float, float]:
        """Return the range from the workload's red line to its target."""
        return workload.red_line, workload.target

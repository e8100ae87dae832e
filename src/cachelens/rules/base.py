"""What a rule is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cachelens.model.audit import Traffic
from cachelens.model.finding import Finding, Severity
from cachelens.rules.spans import Laid


class Rule:
    """One fault. The docstring of each subclass is its page: what it is, why it costs, what to do, with an example.

    A rule looks at templates, at traffic, or at both; what it does not look at, it passes over.
    """

    id: ClassVar[str]
    """Permanent, such as `V101`. The letter is the family: Volatile, Form, Structure, Marks, Keys, Accounting,
    Budget."""
    name: ClassVar[str]
    """Short, in words joined by hyphens."""
    severity: ClassVar[Severity]
    """What it is worth at most; a finding with little behind it is worth less."""

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield the findings in one template."""
        yield from ()

    def in_traffic(self, traffic: Traffic) -> Iterator[Finding]:
        """Yield the findings in recorded traffic."""
        yield from ()

"""The exceptions that CacheLens raises on purpose.

```
CacheLensError                 everything below; the command line turns it into a message and an exit code
├── UsageError                 the caller asked for something that cannot be (exit code 2)
├── InputError                 an input cannot be used at all (exit code 3)
│   └── TraceFormatError       a compiled trace is damaged or from another version
├── StrictError                some input was unreadable and `--strict` was given (exit code 4)
└── PricingError               the price and rule files are wrong, or lack what was asked for (exit code 2)
    └── UnknownModelError      a model that no price file names
```

Every message ends in a next step. None of them ever holds prompt text.
"""

from __future__ import annotations


class CacheLensError(Exception):
    """Base of all errors raised on purpose; `hint` is the next step for the user."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CacheLensError):
    """Options that contradict each other or name something that does not exist."""


class InputError(CacheLensError):
    """An input that cannot be used at all: missing, empty, or no request in it."""


class TraceFormatError(InputError):
    """A compiled trace that is damaged or was written by another version."""


class StrictError(CacheLensError):
    """Some of the input was unreadable and the caller asked for strictness."""


class PricingError(CacheLensError):
    """A price or rule file that breaks its schema, with file and line."""


class UnknownModelError(PricingError):
    """A model that no price file names."""

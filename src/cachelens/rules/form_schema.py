"""The response schema changes between requests."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


class SchemaText(RecordedRule):
    """The response schema changes between requests.

    Providers render the schema in front of the messages. A schema whose name holds an id, or that is generated
    anew, makes all of the request new to the cache.

    What to do: keep the schema and its name fixed; sort what is generated.

    Bad:

        {"name": f"answer_{uuid4()}", "schema": ...}

    Good:

        {"name": "answer", "schema": ...}
    """

    id = "F208"
    name = "response-schema-changes"
    severity = Severity.HIGH
    nature = Nature.SCHEMA
    what = "a stretch of the response schema"
    advice = "Keep the schema and its name as they are."

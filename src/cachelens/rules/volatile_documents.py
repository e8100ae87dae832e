"""Retrieved documents stand before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileDocuments(VolatileRule):
    """Retrieved documents stand before fixed text.

    Which documents fit differs from question to question. Instructions, tools or examples behind them are sent anew
    each time, although they never change.

    What to do: instructions first, documents behind them, the question last. A model may weigh a document
    differently when it stands elsewhere: compare answers before and after.

    Bad:

        Context: {{ documents }}
        Answer in the style of ... (3,000 tokens)

    Good:

        Answer in the style of ... (3,000 tokens)
        Context: {{ documents }}
    """

    id = "V106"
    name = "documents-before-fixed-text"
    severity = Severity.HIGH
    nature = Nature.DOCUMENTS
    what = "retrieved text"
    advice = "Put the fixed instructions first and the documents behind them."

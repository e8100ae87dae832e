"""The JSON report of a what-if: all of it, in the shape `cachelens.whatif/v1`."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.whatif import WhatIfResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.json_documents import json_report, published, schema_text
from cachelens.reports.whatif_shape import SCHEMA_ID, WhatIfV1


class WhatIfJson:
    """One document for programs, valid under `docs/schemas/whatif.v1.json`."""

    id = "whatif-json"

    def render(self, result: WhatIfResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/whatif.v1.json`."""
    return schema_text(WhatIfV1, SCHEMA_ID)


def to_shape(result: WhatIfResult) -> WhatIfV1:
    """Convert a result to the published shape, which bears the same names; what the shape lacks is not published."""
    return msgspec.convert(published(msgspec.to_builtins(result, builtin_types=(Decimal,))), WhatIfV1)

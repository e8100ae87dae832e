"""The loader of all families: every row leads to an object, and no id is used twice."""

import pytest

from cachelens.catalog import load_catalog, parse_catalog
from cachelens.errors import CacheLensError, UsageError

ROW = "- {id: a, object: 'os:sep', status: stable, since: 0.1.0, reference: x}\n"


def test_every_source_can_be_imported_and_knows_its_id() -> None:
    catalog = load_catalog("sources")
    assert [source.id for source in catalog] == list(catalog.ids)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ROW + ROW, "appears twice"),
        (ROW.replace("stable", "great"), "status"),
        (ROW.replace("os:sep", "os.sep"), "module:name"),
        (ROW.replace("since", "sinse"), "sinse"),
    ],
)
def test_a_broken_catalogue_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(CacheLensError, match=complaint):
        parse_catalog("sources", text)


def test_a_removed_row_keeps_its_id_but_cannot_be_used() -> None:
    catalog = parse_catalog("sources", ROW + ROW.replace("id: a", "id: b").replace("stable", "removed"))
    assert catalog.ids == ("a",)
    with pytest.raises(UsageError, match="`b` is not one of the log formats"):
        catalog.get("b")

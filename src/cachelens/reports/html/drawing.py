"""Draws Vega-Lite specifications as SVG, and keeps of the drawing only what draws."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from cachelens.reports.escaping import json_text, visible

VEGA_LITE = "5.20"
"""Version of Vega-Lite that the specifications are written for."""
EXTRA = "pip install 'cachelens-sim[report]'"
_SVG = "http://www.w3.org/2000/svg"
_TAGS = frozenset({"svg", "g", "path", "rect", "line", "text", "tspan", "circle"})
_KEPT = frozenset(
    (
        *("d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "width", "height"),
        *("viewBox", "transform", "display", "opacity", "fill", "fill-opacity", "stroke", "stroke-width"),
        *("stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"),
        *("font-family", "font-size", "font-weight", "font-style", "text-anchor"),
    )
)


def can_draw() -> bool:
    """Say whether the library that draws is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def draw(spec: dict[str, Any], name: str) -> str:
    """Return a drawing that bears this accessible name. Needs the extra `report`.

    Nothing is fetched. What a mark tells stands in its `data-tip`; everything that is no shape or text is dropped.
    """
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(_shown(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    root = _cleaned(ET.fromstring(drawn))  # noqa: S314  written by the library a moment ago
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", "")
    root.attrib.update({"role": "img", "aria-label": _shown(name), "class": "drawing", "data-width": width})
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _shown(value: object) -> Any:  # noqa: ANN401  the same form as what is given
    """Make controls and direction marks in every text visible: XML cannot hold the first, and the others mislead."""
    match value:
        case dict():
            return {key: _shown(part) for key, part in value.items()}
        case list() | tuple():
            return [_shown(part) for part in value]
        case str():
            return visible(json_text(value))
        case _:
            return value


def _cleaned(element: ET.Element) -> ET.Element:
    found = ET.Element(_tag(element), {key: value for key, value in element.attrib.items() if key in _KEPT})
    tip = element.attrib.get("aria-label", "")
    if tip and element.attrib.get("role") == "graphics-symbol" and "mark-group" not in element.attrib.get("class", ""):
        found.attrib["data-tip"] = tip
    found.text = element.text if _tag(element) in ("text", "tspan") else None
    found.extend(_children(element))
    if _tag(element) == "svg":
        found.attrib["xmlns"] = _SVG
    return found


def _children(element: ET.Element) -> Iterator[ET.Element]:
    """Yield what draws; groups without a thing in them, and paths without a line, are left out."""
    for child in element:
        if _tag(child) not in _TAGS or child.attrib.get("display") == "none":
            continue
        kept = _cleaned(child)
        if len(kept) or kept.attrib.get("d") not in ("", "M0,0h0v0h0Z", None) or kept.tag not in ("g", "path"):
            yield kept


def _tag(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{_SVG}}}")

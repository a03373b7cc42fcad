"""What is seen at one glance: a card for each quantity, and the same as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from daw_bridge.report.elements import Html, el, join, table
from daw_bridge.report.figures import signed
from daw_bridge.report.standing import Standing
from daw_bridge.report.strip import strip

SILENT, NONE = "silent", "–"


def glance(standings: Sequence[Standing]) -> Html:
    """The cards of all quantities that were measured."""
    standings = [standing for standing in standings if (standing.before, standing.after) != (None, None)]
    rows = [
        [row.name, *(_shown(row, value) for value in (row.before, row.after, row.target)), row.words()]
        for row in standings
    ]
    return join(
        el("div", [_card(standing) for standing in standings], class_="cards"),
        _key(),
        el(
            "details",
            el("summary", "These numbers as a table"),
            table(["quantity", "before", "after", "asked for", "where this lies"], rows),
        ),
    )


def _key() -> Html:
    """What the marks of the strips mean."""
    entries = (
        ("before", "before"),
        ("after", "after"),
        ("asked", "asked for"),
        ("half", "the middle half of the others; the line is 8 of 10"),
    )
    return el("p", [el("span", el("i", class_=kind), words) for kind, words in entries], class_="key")


def _card(standing: Standing) -> Html:
    value = _number(standing, standing.after)
    unit = "" if value == SILENT else standing.unit
    asked = None if standing.target is None else el("span", f"asked for {_number(standing, standing.target)}")
    limit = None if standing.limit is None else el("span", f"at most {_number(standing, standing.limit)}")
    before = None if standing.before is None else el("span", f"before {_number(standing, standing.before)}")
    return el(
        "article",
        el("h3", standing.name),
        el("p", el("b", value), f" {unit}", class_="big"),
        el("p", before, asked, limit, class_="beside"),
        strip(standing),
        el(
            "p",
            el("span", f"{_sentence(standing.words())} ") if standing.words() else None,
            _sentence(standing.meaning),
        ),
        class_="card",
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _shown(standing: Standing, value: float | None) -> str:
    number = _number(standing, value)
    return number if number in (SILENT, NONE) else f"{number} {standing.unit}"


def _number(standing: Standing, value: float | None) -> str:
    """A loudness has no plus: only differences have a sign that counts."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return SILENT
    text = signed(value, standing.decimals)
    return text if standing.unit == "LU" else text.lstrip("+")

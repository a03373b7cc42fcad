"""One track of the page: its plug-ins, each with its pictures, values and reasons."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.report.elements import Html, el
from daw_bridge.report.figures import Figure, signed
from daw_bridge.report.picture import picture
from daw_bridge.report.values import Value
from daw_bridge.session import Role

if TYPE_CHECKING:
    from daw_bridge.session import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPage:
    """One track of the report: its values with their reasons, and its pictures."""

    track: Track
    before_db: float
    values: tuple[Value, ...]
    figures: tuple[Figure, ...]


def track_section(number: int, page: TrackPage) -> Html:
    """The section of a track; that of a backing track is closed at first."""
    track, place = page.track, f"track-{number}"
    role = track.role.value if track.role else ""
    title = el("h2", track.name, el("small", role), id=f"{place}-title")
    plugins = list(dict.fromkeys(value.place for value in page.values))
    return el(
        "section",
        el(
            "details",
            el("summary", title, el("span", _chain_words(page), class_="chain")),
            [_plugin(plugin, page) for plugin in plugins],
            open=track.role is not Role.BACKING,
        ),
        id=place,
        class_="track",
        aria_labelledby=f"{place}-title",
    )


def _chain_words(page: TrackPage) -> str:
    used = dict.fromkeys(
        value.place for value in page.values if value.place != "Fader" and value.value != "not used"
    )
    fader = f"fader {signed(page.before_db)} → {signed(page.track.fader.volume_db)} dB"
    return " · ".join([fader, *used])


def _plugin(plugin: str, page: TrackPage) -> Html:
    values = [value for value in page.values if value.place == plugin]
    figures = [figure for figure in page.figures if plugin_of(figure) == plugin]
    return el(
        "div",
        el("h3", plugin),
        el("div", [picture(figure) for figure in figures]) if figures else None,
        el("div", _settings(values), class_="settings"),
        class_="plugin" if figures else "plugin plain",
    )


def plugin_of(figure: Figure) -> str:
    """The plug-in that a track's figure is about."""
    kind = figure.key.rpartition("-")[2]
    if kind in ("eq", "tone"):
        return "ReaEQ"
    return "ReaVerbate" if kind == "decay" else "ReaComp"


def _settings(values: Sequence[Value]) -> Html:
    """The values as REAPER shows them, each reason under the values that share it."""
    body = []
    for why, alike in itertools.groupby(values, key=lambda value: value.why):
        body += [el("tr", el("th", value.name, scope="row"), el("td", value.value)) for value in alike]
        if why:
            body.append(el("tr", el("td", why, colspan="2"), class_="why"))
    head = el("tr", [el("th", name, scope="col") for name in ("parameter", "value, and why")])
    return el("table", el("thead", head), el("tbody", body))

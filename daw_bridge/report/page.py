"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daw_bridge.plan_json import dumps_plan
from daw_bridge.report.elements import Child, Html, el, join, script_json, table
from daw_bridge.report.figures import Figure, plain, signed
from daw_bridge.report.glance import glance
from daw_bridge.report.picture import picture
from daw_bridge.report.player import Version, player
from daw_bridge.report.standing import Standing
from daw_bridge.report.track_page import TrackPage, track_section

if TYPE_CHECKING:
    from daw_bridge.plan import MixPlan
    from daw_bridge.session import Session

_ASSETS = Path(__file__).with_name("assets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page says."""

    session: Session
    plan: MixPlan
    standings: tuple[Standing, ...]
    figures: tuple[Figure, ...]
    tracks: tuple[TrackPage, ...]
    versions: tuple[Version, ...]
    listening: str
    notes: tuple[str, ...]


def render_page(page: Page) -> str:
    """The page's HTML."""
    style = _asset("uPlot.min.css") + _asset("report.css")
    scripts = [_asset("uPlot.iife.min.js"), _asset("report.js")]
    figures = [*page.figures, *(figure for track in page.tracks for figure in track.figures)]
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style, scripts)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{page.session.name or 'Mix'} – DAW Bridge report"),
        el("style", Html(style)),
    )
    body = el(
        "body",
        el("a", "Skip to the report", href="#report", class_="skip"),
        _header(page),
        _navigation(page),
        el("main", _main(page), id="report", tabindex="-1"),
        el("footer", _footer()),
        el("script", script_json(plain(figures)), type="application/json", id="figures"),
        [el("script", Html(script)) for script in scripts],
    )
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _policy(style: str, scripts: Iterable[str]) -> str:
    """Nothing is fetched, and no script runs but ours, whatever a name may hold."""
    allowed = " ".join(map(_hash, scripts))
    return f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; media-src data:; base-uri 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(page: Page) -> Html:
    plan, session = page.plan, page.session
    facts = (
        ("preset", plan.preset),
        ("amount", f"{plan.amount:g} %"),
        ("decided by", plan.predictor),
        ("length", _minutes(session.length_s)),
        ("sample rate", f"{session.rate / 1000:g} kHz"),
    )
    return el(
        "header",
        el("p", "DAW Bridge report", class_="kicker"),
        el("h1", session.name or "Untitled song"),
        _headline(page.standings[0]),
        el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in facts], class_="chips"),
    )


def _headline(relative: Standing) -> Html | None:
    if relative.before is None or relative.after is None:
        return None
    words = el("span", "Vocal against backing")
    change = (f"{signed(relative.before)} → ", el("b", f"{signed(relative.after)} LU"))
    return el("p", words, el("span", *change, class_="change"), class_="headline")


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _navigation(page: Page) -> Html:
    places = [("glance", "At a glance"), ("listen", "Listen"), ("song", "The song")]
    places += [(f"track-{number}", track.track.name) for number, track in enumerate(page.tracks, start=1)]
    places.append(("values", "All values"))
    links = [el("li", el("a", name, href=f"#{place}")) for place, name in places]
    return el("nav", el("ul", links), aria_label="Sections")


def _main(page: Page) -> Html:
    return join(
        _section("glance", "At a glance", _notes(page.notes), glance(page.standings)),
        _section("listen", "Listen", el("p", page.listening), player(page.versions)),
        _section("song", "The song", [picture(figure) for figure in page.figures]),
        [track_section(number, track) for number, track in enumerate(page.tracks, start=1)],
        _section("values", "All values", _all_values(page)),
    )


def _section(key: str, title: str, *children: Child) -> Html:
    return el("section", el("h2", title, id=f"{key}-title"), *children, id=key, aria_labelledby=f"{key}-title")


def _notes(notes: Sequence[str]) -> Html | None:
    return el("ul", [el("li", note) for note in notes], class_="notes") if notes else None


def _all_values(page: Page) -> Html:
    rows = [
        [track.track.name, value.place, value.name, value.value, value.why]
        for track in page.tracks
        for value in track.values
    ]
    plan = base64.b64encode(dumps_plan(page.plan).encode()).decode()
    return join(
        el(
            "p",
            el("button", "Copy the table", type="button", id="copy"),
            el(
                "a",
                "Download the plan (JSON)",
                href=f"data:application/json;base64,{plan}",
                download="Plan.json",
                class_="button",
            ),
            el("span", role="status", id="copied"),
            class_="actions",
        ),
        table(["track", "where", "parameter", "value", "why"], rows, id="all"),
    )


def _footer() -> Html:
    return el(
        "p",
        "Made by DAW Bridge, offline. What is drawn and heard here was played by models of REAPER's plug-ins; "
        "how far they can be trusted stands in the README. Plots by uPlot 1.6.32 (MIT, © Leon Sorokin).",
    )

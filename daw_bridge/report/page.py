"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daw_bridge.plan_json import dumps_plan
from daw_bridge.report.elements import Child, Html, el, join, script_json, table
from daw_bridge.report.figures import Figure, plain, signed, table_rows
from daw_bridge.report.player import Version, player
from daw_bridge.report.standing import Standing
from daw_bridge.report.strip import strip
from daw_bridge.report.values import Value
from daw_bridge.session import Role

if TYPE_CHECKING:
    from daw_bridge.plan import MixPlan
    from daw_bridge.session import Session, Track

_ASSETS = Path(__file__).with_name("assets")

SILENT, NONE = "silent", "–"

_ROLE_WORDS = {Role.LEAD_VOCAL: "lead vocal", Role.BACKING_VOCAL: "backing vocal", Role.BACKING: "backing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPage:
    """One track of the report: its values with their reasons, and its pictures."""

    track: Track
    before_db: float
    values: tuple[Value, ...]
    figures: tuple[Figure, ...]


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
        _section("glance", "At a glance", _notes(page.notes), _glance(page.standings)),
        _section("listen", "Listen", el("p", page.listening), player(page.versions)),
        _section("song", "The song", [picture(figure) for figure in page.figures]),
        [_track(number, track) for number, track in enumerate(page.tracks, start=1)],
        _section("values", "All values", _all_values(page)),
    )


def _section(key: str, title: str, *children: Child) -> Html:
    return el("section", el("h2", title, id=f"{key}-title"), *children, id=key, aria_labelledby=f"{key}-title")


def _notes(notes: Sequence[str]) -> Html | None:
    return el("ul", [el("li", note) for note in notes], class_="notes") if notes else None


def _glance(standings: Sequence[Standing]) -> Html:
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


def picture(figure: Figure) -> Html:
    """A figure: title, plot, what it shows in words, and its numbers."""
    headers = [figure.x.label, *(series.label for series in figure.series)]
    title, words = f"{figure.key}-title", f"{figure.key}-words"
    return el(
        "figure",
        el("h4", figure.title, id=title),
        el(
            "div",
            class_="plot",
            data_figure=figure.key,
            role="img",
            aria_labelledby=title,
            aria_describedby=words,
        ),
        el("figcaption", figure.summary, id=words),
        el("details", el("summary", "Numbers"), table(headers, table_rows(figure), caption=figure.title)),
        class_="picture",
    )


def _track(number: int, page: TrackPage) -> Html:
    track, place = page.track, f"track-{number}"
    role = _ROLE_WORDS[track.role] if track.role else ""
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

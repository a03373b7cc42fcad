"""What `mix` prints: a compact table of what was set, what it reaches, and, if asked for, every reason."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from click import style

from daw_bridge.plugins import BandKind
from daw_bridge.plugins.parameters import PASSES, describe
from daw_bridge.session import Role

if TYPE_CHECKING:
    from daw_bridge.api import Mix
    from daw_bridge.plan import MixPlan, TrackPlan, UserChange
    from daw_bridge.plugins import Band, ReaComp, ReaEq, ReaVerbate, Settings

Row = tuple[str, str, str]
Cells = tuple[str, ...]

NARROW = 72
"""Below so many columns a table of five is no table any more: everything goes under one another."""

GAP = "  "
_TIE = "\N{NO-BREAK SPACE}"

_HEADERS = ("track", "fader", "ReaEQ", "ReaComp", "ReaVerbate")

_SHORT_KINDS = {
    BandKind.HIGH_PASS: "high-pass ",
    BandKind.LOW_PASS: "low-pass ",
    BandKind.LOW_SHELF: "low shelf ",
    BandKind.HIGH_SHELF: "high shelf ",
}

_SHOWN = {
    "comp": {
        "threshold_db": "threshold",
        "ratio": "ratio",
        "attack_ms": "attack",
        "release_ms": "release",
        "knee_db": "knee",
        "rms_ms": "RMS size",
        "wet_db": "wet (make-up)",
    },
    "verb": {
        "wet_db": "wet",
        "room_size": "room size",
        "dampening": "dampening",
        "pre_delay_ms": "initial delay",
        "low_cut_hz": "hipass",
        "high_cut_hz": "lowpass",
    },
}
_SILENT_FADER_DB = -150.0
"""From here down REAPER's faders show -inf."""

_PLUGIN_NAMES = {"comp": "ReaComp", "verb": "ReaVerbate"}


def terminal_width() -> int:
    """How many columns a table may have, 40 to 140."""
    return max(40, min(shutil.get_terminal_size((110, 24)).columns, 140))


def mix_report(made: Mix, written: Mapping[str, Path], *, reasons: bool = False) -> str:
    """What was set on each track, what it reaches, and what was written; with the `reasons` for every value."""
    plan = made.plan
    title = style(f"{plan.preset}, {plan.amount:g} %, decided by {plan.predictor}", bold=True)
    parts = [title, compact_table(plan.tracks, terminal_width())]
    parts += [track_reasons(track) for track in plan.tracks] if reasons else []
    parts += [_reached(plan), *notes((*plan.notes, *made.session.warnings), made.kept)]
    if not reasons:
        parts.append("Every value has its reason: say --verbose, or --report PAGE.html.")
    parts.append(written_lines(written) if written else "Nothing was written (--dry-run).")
    return "\n\n".join(part for part in parts if part)


def compact_table(tracks: Sequence[TrackPlan], width: int, *, roles: bool = True) -> str:
    """A row for each track, or for neighbours on which the same was set, in at most `width` columns.

    Without `roles` it is not told what the tracks are, for nobody said.
    """
    rows = [_cells(list(alike), roles=roles) for _, alike in itertools.groupby(tracks, key=_setting)]
    used = [at for at, name in enumerate(_HEADERS) if any(row[at] for row in rows) or name == "track"]
    rows = [tuple(row[at] for at in used) for row in rows]
    headers = tuple(_HEADERS[at] for at in used)
    return _stacked(headers, rows, width) if width < NARROW else _columns(headers, rows, width)


def _setting(track: TrackPlan) -> tuple[object, ...]:
    return track.role, _cells([track])[1:]


def _cells(tracks: Sequence[TrackPlan], *, roles: bool = True) -> Cells:
    track = tracks[0]
    names = ", ".join(one.name for one in tracks)
    return (
        f"{names} ({track.role.value})" if roles else names,
        _fader_words(track),
        _eq_words(track.eq),
        _comp_words(track.comp),
        _verb_words(track.verb, track.results),
    )


def _eq_words(eq: ReaEq | None) -> str:
    return "" if eq is None else "; ".join(_band_words(band) for band in eq.bands if band.enabled)


def _band_words(band: Band) -> str:
    gain = "" if band.kind in PASSES else f" {band.gain_db:+.1f} dB"
    return f"{_SHORT_KINDS.get(band.kind, '')}{_hertz(band.frequency_hz)}{gain}"


def _hertz(value: float) -> str:
    return f"{value / 1000.0:.2g} kHz" if value >= 1000.0 else f"{value:.0f} Hz"


def _comp_words(comp: ReaComp | None) -> str:
    if comp is None:
        return ""
    ratio = "inf" if math.isinf(comp.ratio) else f"{comp.ratio:g}"
    times = f"{comp.attack_ms:g}/{comp.release_ms:g} ms"
    return f"{comp.threshold_db:.1f} dB, {ratio}:1; {times}; wet {comp.wet_db:+.1f} dB"


def _verb_words(verb: ReaVerbate | None, results: Mapping[str, float]) -> str:
    if verb is None:
        return ""
    decay = f"; RT60 {results['rt60_s']:.2f} s" if "rt60_s" in results else ""
    return f"wet {verb.wet_db:+.1f} dB; room {verb.room_size:.3f}{decay}"


def _columns(headers: Cells, rows: Sequence[Cells], width: int) -> str:
    """Columns as wide as they need to be; what is missing is taken from the widest, and wraps."""
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > width:
        widths[widths.index(max(widths))] -= 1
    lines = [GAP.join(style(f"{name:<{size}}", underline=True) for name, size in zip(headers, widths, strict=True))]
    for row in rows:
        wrapped = [_wrapped(cell, size) or [""] for cell, size in zip(row, widths, strict=True)]
        for line in itertools.zip_longest(*wrapped, fillvalue=""):
            rest = [f"{cell:<{size}}" for cell, size in zip(line[1:], widths[1:], strict=True)]
            name = style(line[0], bold=True) + " " * (widths[0] - len(line[0]))
            lines.append(GAP.join([name, *rest]).rstrip())
    return "\n".join(lines)


def _wrapped(cell: str, width: int) -> list[str]:
    """The cell in lines; a number and its unit stay together."""
    kept = re.sub(r"(?<=[0-9]) (?=[a-zA-Z])", _TIE, cell)
    return [line.replace(_TIE, " ") for line in textwrap.wrap(kept, width)]


def _stacked(headers: Cells, rows: Sequence[Cells], width: int) -> str:
    first = max(map(len, headers[1:])) + 2 * len(GAP)
    lines = []
    for row in rows:
        lines += [style(line, bold=True) for line in textwrap.wrap(row[0], width)]
        for name, cell in zip(headers[1:], row[1:], strict=True):
            for at, line in enumerate(_wrapped(cell, width - first)):
                lines.append(f"{GAP}{name if at == 0 else '':<{first - len(GAP)}}{line}")
    return "\n".join(lines)


def _reached(plan: MixPlan) -> str:
    """What was measured on the rendered mix; of several lead vocals, the first one's range and reverb."""
    leads = [track for track in reversed(plan.tracks) if track.role is Role.LEAD_VOCAL]
    measured = {name: value for track in leads for name, value in track.results.items()} | dict(plan.results)
    rows = [
        ("vocal against backing", "relative_loudness_before_lu", "relative_loudness_lu", "LU", signed),
        ("backing vocals against lead", "", "backing_vocals_lu", "LU", signed),
        ("range of the voice's 100 ms blocks", "block_range_before_db", "block_range_db", "dB", _plain),
        ("reverb against dry voice", "", "wet_lu", "LU", signed),
        ("true peak of the mix", "", "true_peak_dbtp", "dBTP", _plain),
    ]
    shown = [
        (label, show(measured[before]) if before in measured else "", show(measured[after]), unit)
        for label, before, after, unit, show in rows
        if after in measured
    ]
    if not shown:
        return ""
    first = max(len(label) for label, *_ in shown)
    lines = [
        f"{label:<{first}}{GAP}{f'{before} ->' if before else '':>9} {style(f'{after} {unit}', fg='green')}"
        for label, before, after, unit in shown
    ]
    return "\n".join(lines)


def signed(value: float) -> str:
    """With one decimal, and without a minus before what rounds to 0."""
    return f"{round(value, 1) + 0.0:+.1f}"


def _plain(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}"


def _fader_words(track: TrackPlan) -> str:
    return f"{track.fader_db:+.2f} dB" if track.fader_db > _SILENT_FADER_DB else "-inf dB"


def track_reasons(track: TrackPlan, *, roles: bool = True) -> str:
    """Every value on a track with its reason; `roles` as in `compact_table`."""
    rows: list[Row] = [("fader", _fader_words(track), track.why.get("fader_db", ""))]
    if track.eq is not None:
        rows += _eq_rows(track)
    for plugin, fields in _SHOWN.items():
        settings: Settings | None = getattr(track, plugin)
        if settings is not None:
            shown = describe(settings)
            rows += [
                (f"{_PLUGIN_NAMES[plugin]} {label}", shown[name], track.why.get(f"{plugin}.{name}", ""))
                for name, label in fields.items()
            ]
        elif plugin in track.why:
            rows.append((_PLUGIN_NAMES[plugin], "not used", track.why[plugin]))
    return style(_cells([track], roles=roles)[0], bold=True) + "\n" + _reasons_table(rows)


def _eq_rows(track: TrackPlan) -> list[Row]:
    assert track.eq is not None
    bands = [text for name, text in describe(track.eq).items() if name.startswith("bands.")]
    curve, high_pass = track.why.get("eq", ""), track.why.get("eq.high_pass", "")
    rows = []
    for band in bands:
        if high_pass and band.startswith("High Pass"):
            rows.append(("ReaEQ", band, high_pass))
        else:
            rows.append(("ReaEQ", band, curve))
            curve = ""
    return [*rows, ("", "", curve)] if curve else rows


def _reasons_table(rows: Sequence[Row]) -> str:
    """Three columns; the last, the reason, is wrapped to the terminal's width."""
    first = max((len(row[0]) for row in rows), default=0)
    second = max((len(row[1]) for row in rows), default=0)
    width = max(40, terminal_width() - first - second - 7)
    lines = []
    for name, value, reason in rows:
        wrapped = textwrap.wrap(reason, width) or [""]
        lines.append(f"  {name:<{first}}  {value:<{second}}  {wrapped[0]}".rstrip())
        lines += [" " * (first + second + 6) + line for line in wrapped[1:]]
    return "\n".join(lines)


def notes(notes: Iterable[str], kept: Iterable[UserChange]) -> list[str]:
    """What the user should know, as one block of lines; none where there is nothing."""
    lines = [f"note: {note}" for note in notes] + [f"kept: {kept_sentence(change)}" for change in kept]
    return [style("\n".join(lines), fg="yellow")] if lines else []


def kept_sentence(change: UserChange) -> str:
    """One value of the user's that stands."""
    if change.value is None:
        return f"{change.track}: you took our {change.field} out (--force puts it back)"
    if isinstance(change.value, float) and isinstance(change.planned, float):
        return (
            f"{change.track}: {change.field} is {change.value:g}, where we had set {change.planned:g} "
            "(--force sets it again)"
        )
    return f"{change.track}: {change.field} as you changed it (--force sets it again)"


def written_lines(written: Mapping[str, Path]) -> str:
    """What was written where."""
    return "\n".join(f"wrote {what}: {path}" for what, path in written.items())

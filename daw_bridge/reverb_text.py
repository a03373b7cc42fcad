"""What `match-reverb` prints: the settings, how near they come, and why not nearer."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from click import style

from daw_bridge.mix_text import signed, terminal_width, written_lines
from daw_bridge.plugins.parameters import REAVERBATE
from predictors.decay import OCTAVES_HZ

if TYPE_CHECKING:
    from daw_bridge.matching.impulse_response import ReverbMatch
    from daw_bridge.plugins import ReaVerbate

NEAR_RT60, NEAR_DB, NEAR_OCTAVE_DB, NEAR_S = 0.1, 1.0, 4.0, 0.005
"""What counts as reached: decay times, level, the level of an octave within the spectrum, the beginning."""

_NAMES = ("500 Hz to 1 kHz", *(f"{hz:g} Hz" if hz < 1000.0 else f"{hz / 1000.0:g} kHz" for hz in OCTAVES_HZ))


def match_report(match: ReverbMatch, path: Path, written: Mapping[str, Path]) -> str:
    """The settings as REAPER shows them, a table of what is wanted and reached, and what is to be said of it."""
    sentences = [*far(match), *facts(match)]
    parts = [
        style(f"ReaVerbate for {path.name}, in a project at {match.rate} Hz", bold=True),
        _table([(name, shown) for name, shown in shown_settings(match.settings).items()]),
        _near_table(match),
        "\n".join(line for sentence in sentences for line in _bullet(sentence)),
        written_lines(written),
    ]
    return "\n\n".join(part for part in parts if part)


def match_document(match: ReverbMatch, path: Path, written: Mapping[str, Path]) -> dict[str, object]:
    """The same as plain data; what is not known, and a gain of -inf, as null."""
    return {
        "impulse_response": str(path),
        "rate": match.rate,
        "channels": match.channels,
        "settings": {name: _plain(value) for name, value in dataclasses.asdict(match.settings).items()},
        "shown": shown_settings(match.settings),
        "direct_lu": _plain(match.direct_lu),
        "rt60": [
            {
                "band": band.name,
                "wanted_s": _plain(band.wanted_s),
                "reached_s": _plain(band.reached_s),
                "error": _plain(band.error),
                "level_error_db": _plain(band.level_error_db),
            }
            for band in _bands(match)
        ],
        "wet": {
            "wanted_lu": _plain(match.wanted_wet_lu),
            "reached_lu": _plain(match.reached_wet_lu),
            "error_db": _plain(match.wet_error_db),
        },
        "begins": {"wanted_s": _plain(match.wanted.onset_s), "reached_s": _plain(match.reached.onset_s)},
        "far": list(far(match)),
        "facts": list(facts(match)),
        "written": {what: str(where) for what, where in written.items()},
    }


def shown_settings(verb: ReaVerbate) -> dict[str, str]:
    """The values under REAPER's names, as it shows them."""
    shown = {row.name: row.text(getattr(verb, row.field)) for row in REAVERBATE}
    shown["Room size"] = f"{30.0 + 68.0 * verb.room_size:.1f} (as a parameter: {shown['Room size']})"
    return shown


def far(match: ReverbMatch) -> tuple[str, ...]:
    """A sentence for each thing that ReaVerbate cannot follow; none where all is reached."""
    return tuple(filter(None, (_far_middle(match), *_far_octaves(match), _far_level(match), _far_beginning(match))))


def facts(match: ReverbMatch) -> tuple[str, ...]:
    """How the file was taken."""
    found = []
    if match.direct_lu is None:
        found.append(
            "No direct sound stands out: the file is taken as the reverb alone, at its own level, and Dry is off."
        )
    else:
        found.append(
            f"The direct sound in it is {signed(match.direct_lu)} LU against the reverb: Wet and Dry stand to each "
            "other like that."
        )
    if match.channels == 1:
        found.append("One channel says nothing of the width: it is left at 1.")
    if match.channels > 2:
        found.append(
            f"Of its {match.channels} channels the first was taken (W of B-format, left to left of true stereo); "
            "the width is left at 1."
        )
    unknown = [band for band, want in zip(_NAMES, match.wanted.rt60_s, strict=True) if math.isnan(want)]
    if unknown:
        found.append(f"Too little decay stands out of the noise to measure {_listed(unknown)}.")
    return tuple(found)


def _far_middle(match: ReverbMatch) -> str:
    wanted_s, error = match.wanted.rt60_s[0], match.rt60_error
    if not abs(error) > NEAR_RT60:
        return ""
    end = {0.0: "its smallest room", 1.0: "its largest room"}.get(match.settings.room_size, "what comes nearest")
    return (
        f"Between 500 Hz and 1 kHz the response decays by 60 dB in {wanted_s:.2f} s; ReaVerbate takes "
        f"{match.rt60_s:.2f} s with {end}."
    )


def _far_octaves(match: ReverbMatch) -> list[str]:
    found = []
    octaves = _bands(match)[1:]
    for word, sign in (("longer", -1.0), ("shorter", 1.0)):
        names = [f"{band.name} ({100.0 * band.error:+.0f} %)" for band in octaves if sign * band.error > NEAR_RT60]
        if names:
            found.append(f"The response rings {word} than ReaVerbate at {_listed(names)}.")
    if found:
        found.append("ReaVerbate dampens by one curve, and only the highs: it has no other frequency dependence.")
    names = [
        f"{band.name} ({band.level_error_db:+.0f} dB)"
        for band in octaves
        if abs(band.level_error_db) > NEAR_OCTAVE_DB
    ]
    return [*found, f"Its spectrum is not followed at {_listed(names)}."] if names else found


def _far_level(match: ReverbMatch) -> str:
    error = match.wet_error_db
    if abs(error) <= NEAR_DB:
        return ""
    if match.direct_lu is None and error < 0.0:
        return (
            f"The file is {-error:.1f} dB louder than ReaVerbate gets with Wet at its end. Such files have any "
            "level: turn up what follows where it should be as loud."
        )
    return f"The wet level is {error:+.1f} dB off."


def _far_beginning(match: ReverbMatch) -> str:
    late_s = match.reached.onset_s - match.wanted.onset_s
    if abs(late_s) <= NEAR_S:
        return ""
    wanted_ms, reached_ms = 1000.0 * match.wanted.onset_s, 1000.0 * match.reached.onset_s
    return (
        f"The response begins after {wanted_ms:.0f} ms, ReaVerbate after {reached_ms:.0f} ms: it has no "
        "reflections before."
    )


class _Band(NamedTuple):
    """A band's name, its decay in the response and in ReaVerbate, and how far this and the level are off."""

    name: str
    wanted_s: float
    reached_s: float
    error: float
    level_error_db: float


def _bands(match: ReverbMatch) -> list[_Band]:
    """From 500 Hz to 1 kHz, then the octaves."""
    errors = (match.rt60_error, *match.octave_rt60_errors)
    levels = (math.nan, *match.octave_level_errors_db)
    return [
        _Band(*row) for row in zip(_NAMES, match.wanted.rt60_s, match.reached.rt60_s, errors, levels, strict=True)
    ]


def _near_table(match: ReverbMatch) -> str:
    rows: list[Sequence[str]] = [("", "response", "ReaVerbate", "off", "level off")]
    rows += [
        (
            f"RT60 {band.name}",
            _known(band.wanted_s, ".2f", "s"),
            _known(band.reached_s, ".2f", "s"),
            _known(100.0 * band.error, "+.0f", "%"),
            _known(band.level_error_db, "+.1f", "dB"),
        )
        for band in _bands(match)
    ]
    what = "wet level" if match.direct_lu is None else "wet against direct"
    wet = (match.wanted_wet_lu, match.reached_wet_lu)
    rows.append((what, *(f"{signed(lu)} LU" for lu in wet), f"{signed(match.wet_error_db)} dB", ""))
    begins_ms = (1000.0 * match.wanted.onset_s, 1000.0 * match.reached.onset_s)
    late_ms = _known(begins_ms[1] - begins_ms[0], "+.0f", "ms")
    rows.append(("begins after", *(_known(ms, ".0f", "ms") for ms in begins_ms), late_ms, ""))
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right, unless there are only two."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    align = "<" if len(widths) == 2 else ">"
    lines = []
    for first, *rest in rows:
        cells = [f"{cell:{align}{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([f"{first:<{widths[0]}}", *cells]).rstrip())
    return "\n".join(lines)


def _known(value: float, form: str, unit: str) -> str:
    """A number and its unit, without a minus before what rounds to 0; a dash where it is not known."""
    shown = f"{value:{form}}"
    zero = f"{0.0:{form}}"
    return f"{zero if shown.strip('+-') == zero.strip('+') else shown} {unit}" if math.isfinite(value) else "-"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _bullet(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, terminal_width(), initial_indent="- ", subsequent_indent="  ")


def _plain(value: float | None) -> float | None:
    return round(float(value), 6) if value is not None and math.isfinite(value) else None

"""The numbers behind each picture: pure data, drawn by `assets/report.js` and printed as tables by `page.py`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daw_bridge.report.heard import MOST_POINTS, short_term_lufs
from predictors.loudness import BLOCKS_A_SECOND
from predictors.spectrum import THIRD_OCTAVES_HZ

if TYPE_CHECKING:
    from daw_bridge.report.heard import Moment, SongHeard

Array = NDArray[np.float64]

INAUDIBLE_LUFS = -70.0
"""A band that is softer is not drawn, nor spoken of: the absolute gate of BS.1770, for want of a better one."""

TABLE_ROWS = 40
"""A table behind a picture has about so many rows: what a person still reads."""

_AUDIBLE = slice(2, None)
"""Third octaves from 31.5 Hz on: what lies below is rumble, and empties the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis, from `low` to `high`. `log` for frequencies."""

    label: str
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line.

    `ink` names a colour of the style sheet; `look` is line, dashed, thin, area (to 0), steps or none (for
    shading only). `second` puts it on the second y axis.
    """

    label: str
    values: tuple[float | None, ...]
    ink: str
    look: str = "line"
    second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A labelled vertical line at `x`, or, with `y`, a handle there."""

    x: float
    label: str
    y: float | None = None
    ink: str = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One picture. `summary` says in words what it shows; `shade` are two series with the space between them."""

    key: str
    title: str
    summary: str
    x: Axis
    y: Axis
    xs: tuple[float, ...]
    series: tuple[Series, ...]
    y2: Axis | None = None
    marks: tuple[Mark, ...] = ()
    shade: tuple[int, int] | None = None
    tall: bool = True
    sync: str = ""


def numbers(values: ArrayLike, decimals: int = 2) -> tuple[float | None, ...]:
    """Values for a page: rounded, None where they are not finite."""
    rounded = np.round(np.asarray(values, dtype=np.float64), decimals) + 0.0
    return tuple(value if math.isfinite(value) else None for value in rounded.tolist())


def grid(values: ArrayLike, decimals: int = 3) -> tuple[float, ...]:
    """The x values of a figure."""
    return tuple(round(float(value), decimals) for value in np.asarray(values))


def frequency_axis(low: float = 20.0) -> Axis:
    """From `low` Hz to 20 kHz."""
    return Axis(label="frequency, Hz", low=low, high=20000.0, log=True)


def level_axis(label: str, *rows: ArrayLike, span_db: float, step_db: float = 10.0) -> Axis:
    """An axis for levels, from the highest value, rounded up, down by at most `span_db`."""
    values = np.concatenate([np.ravel(row) for row in rows])
    finite = values[np.isfinite(values)]
    top, bottom = (float(finite.max()), float(finite.min())) if finite.size else (0.0, -span_db)
    high = math.ceil((top + 1.0) / step_db) * step_db
    return Axis(label=label, low=max(math.floor(bottom / step_db) * step_db, high - span_db), high=high)


def table_rows(figure: Figure) -> list[list[str]]:
    """The figure's values as text, at most about `TABLE_ROWS` rows, evenly thinned."""
    step = max(math.ceil(len(figure.xs) / TABLE_ROWS), 1)
    places = range(0, len(figure.xs), step)
    return [[f"{figure.xs[at]:g}", *(_cell(series.values[at]) for series in figure.series)] for at in places]


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def song_figures(heard: SongHeard) -> tuple[Figure, ...]:
    """Loudness over time, spectra and masking of the song, before and after."""
    if heard.before.analysis.backing is None:
        return (_loudness(heard),)
    return _loudness(heard), _spectra(heard), _masking(heard)


def _loudness(heard: SongHeard) -> Figure:
    moments = (("before", heard.before), ("after", heard.after))
    groups = [
        (name, when, group.loudness)
        for when, moment in moments
        for name, group in (("backing", moment.analysis.backing), ("vocal", moment.analysis.lead))
        if group is not None
    ]
    length_s = len(heard.before.mix.block_power) / BLOCKS_A_SECOND
    step = max(math.ceil(length_s * BLOCKS_A_SECOND / MOST_POINTS), 1)
    rows = {(name, when): short_term_lufs(loudness)[::step] for name, when, loudness in groups}
    size = min(row.size for row in rows.values())
    times = (np.arange(size) * step + 0.5) / BLOCKS_A_SECOND
    return Figure(
        key="loudness",
        title="Loudness over time",
        summary=_relative_words(heard),
        x=Axis(label="time, s", low=0.0, high=max(length_s, 1.0)),
        y=level_axis("short-term loudness (3 s), LUFS", *rows.values(), span_db=40.0),
        xs=grid(times),
        series=tuple(
            Series(
                label=f"{name} {when}",
                values=numbers(np.where(row[:size] < -70.0, np.nan, row[:size]), 1),
                ink=name,
                look="line" if when == "after" else "dashed",
            )
            for (name, when), row in rows.items()
        ),
        marks=(
            Mark(x=heard.excerpt.start_s, label="excerpt", ink="muted"),
            Mark(x=heard.excerpt.start_s + heard.excerpt.length_s, label="", ink="muted"),
        ),
    )


def _relative_words(heard: SongHeard) -> str:
    before, after = (moment.analysis.relative_loudness_lu for moment in (heard.before, heard.after))
    if before is None or after is None:
        return "There is no backing to compare with."
    return (
        f"While it sings, the vocal stood {signed(before)} LU against the backing before, {signed(after)} LU after."
    )


def signed(value: float, decimals: int = 1) -> str:
    """A number with its sign, a true minus, and no sign for zero."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:+.{decimals}f}".replace("-", "−") if rounded else f"{0.0:.{decimals}f}"


def _spectra(heard: SongHeard) -> Figure:
    rows = {
        (name, when): group.spectrum_db[_AUDIBLE] + group.active_lufs
        for when, moment in (("before", heard.before), ("after", heard.after))
        for name, group in (("backing", moment.analysis.backing), ("vocal", moment.analysis.lead))
        if group is not None
    }
    return Figure(
        key="spectra",
        title="Average spectra in the mix",
        summary="Third octaves over the time in which the vocal sings, as loud as they are in the mix. "
        + _shift_words("vocal", rows["vocal", "before"], rows["vocal", "after"]),
        x=frequency_axis(30.0),
        y=level_axis("level in a third octave, LUFS", *rows.values(), span_db=60.0),
        xs=grid(THIRD_OCTAVES_HZ[_AUDIBLE], 1),
        series=tuple(
            Series(
                label=f"{name} {when}",
                values=numbers(row, 1),
                ink=name,
                look="line" if when == "after" else "dashed",
            )
            for (name, when), row in rows.items()
        ),
    )


def _shift_words(what: str, before: Array, after: Array) -> str:
    """Where a spectrum was changed most, apart from its level."""
    centres = np.array(THIRD_OCTAVES_HZ[_AUDIBLE])
    inside = (centres > 95.0) & (centres < 13000.0) & (np.maximum(before, after) > INAUDIBLE_LUFS)
    if not inside.any():
        return ""
    shift, centres = (after - before)[inside], centres[inside]
    shift = shift - np.median(shift)
    most, least = int(np.argmax(shift)), int(np.argmin(shift))
    return (
        f"Apart from its level, the {what} gained most at {hertz(centres[most])} ({signed(shift[most])} dB) "
        f"and lost most at {hertz(centres[least])} ({signed(shift[least])} dB)."
    )


def hertz(value: float) -> str:
    """A frequency with two significant digits: 160 Hz, 3.2 kHz."""
    exponent = math.floor(math.log10(value)) - 1
    rounded = round(value / 10.0**exponent) * 10.0**exponent
    return f"{rounded / 1000.0:g} kHz" if rounded >= 1000.0 else f"{rounded:g} Hz"


def _masking_db(moment: Moment) -> Array:
    """Backing over vocal in dB; NaN in the bands in which neither can be heard."""
    lead, backing, masking = moment.analysis.lead, moment.analysis.backing, moment.analysis.masking_db
    if backing is None or masking is None:
        return np.full(len(THIRD_OCTAVES_HZ), np.nan)[_AUDIBLE]
    levels = [group.spectrum_db + group.active_lufs for group in (lead, backing)]
    return np.where(np.maximum(*levels) > INAUDIBLE_LUFS, masking, np.nan)[_AUDIBLE]


def _masking(heard: SongHeard) -> Figure:
    before, after = _masking_db(heard.before), _masking_db(heard.after)
    centres = np.array(THIRD_OCTAVES_HZ[_AUDIBLE])
    voice = (centres > 150.0) & (centres < 9000.0)
    covered = [int((row[voice] > 0.0).sum()) for row in (before, after)]
    return Figure(
        key="masking",
        title="Masking: backing over vocal",
        summary=f"K-weighted, while the vocal sings: above 0 dB the backing covers the voice. Of the {voice.sum()} "
        f"third octaves from 160 Hz to 8 kHz it covered {covered[0]} before and covers {covered[1]} after.",
        x=frequency_axis(30.0),
        y=Axis(label="backing over vocal, dB", low=-30.0, high=30.0),
        xs=grid(centres, 1),
        series=(
            Series(label="before", values=numbers(before, 1), ink="muted", look="dashed"),
            Series(label="after", values=numbers(after, 1), ink="target", look="area"),
        ),
    )


def plain(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """The figures as plain data for the page."""
    return [dataclasses.asdict(figure) for figure in figures]

"""The pictures of one track's chain, as an engineer knows them: ReaEQ, ReaComp and ReaVerbate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from daw_bridge.plugins import BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reacomp_sound import gain_db, make_up_db
from daw_bridge.plugins.reaeq_sound import band_response_db, response_db
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.report.figures import (
    Axis,
    Figure,
    Mark,
    Series,
    frequency_axis,
    grid,
    hertz,
    level_axis,
    numbers,
    signed,
)
from daw_bridge.report.heard import LEVELS_DB
from predictors.engineers_table import engineers_table
from predictors.spectrum import THIRD_OCTAVES_HZ
from predictors.targets import OCTAVES_HZ, EqTarget, eq_curve_db

if TYPE_CHECKING:
    from daw_bridge.plugins import Band
    from daw_bridge.report.heard import Squeezed, TrackHeard

Array = NDArray[np.float64]

_FREQUENCIES_HZ = np.geomspace(20.0, 20000.0, 241)
_LEVELS_DB = np.arange(LEVELS_DB[0], 0.01, 0.5)
_DECAY_POINTS = 400
_RT60_BAND_HZ = (500.0, 1000.0)


def chain_figures(heard: TrackHeard, rate: int, wanted_db: tuple[float, ...] | None) -> tuple[Figure, ...]:
    """Everything that can be seen of a track's chain. `wanted_db` is the EQ that was asked for, by octave."""
    key = heard.track.guid
    figures = []
    if heard.eq is not None:
        figures += [_eq(key, heard, heard.eq, rate, wanted_db), _tone(key, heard)]
    if heard.comp is not None and heard.squeezed is not None:
        figures += [
            _curve(key, heard.comp, heard.squeezed),
            _wave(key, heard.squeezed),
            _reduction(key, heard.squeezed),
        ]
    if heard.verb is not None:
        figures.append(_decay(key, heard.verb, heard.rt60_s or 0.0, rate))
    return tuple(figures)


def _eq(key: str, heard: TrackHeard, eq: ReaEq, rate: int, wanted_db: tuple[float, ...] | None) -> Figure:
    frequencies = _FREQUENCIES_HZ[rate / 2 > _FREQUENCIES_HZ]
    curve = response_db(eq, frequencies, rate)
    bands = [band for band in eq.bands if band.enabled and 0.0 < band.frequency_hz < rate / 2]
    shapes = [_band_db(band, frequencies, rate) for band in bands]
    series = [
        Series(label="all bands", values=numbers(curve), ink="vocal" if heard.is_vocal else "backing", look="area")
    ]
    if wanted_db is not None:
        wanted = eq_curve_db(EqTarget(gains_db=wanted_db, why=""), frequencies)
        series.append(Series(label="asked for", values=numbers(wanted), ink="target", look="dashed"))
    shade = None
    if heard.is_vocal:
        low, high = _engineers_range(frequencies, float(response_db(eq, 1000.0, rate)))
        series += [
            Series(label="8 of 10 chains, at most", values=numbers(high), ink="muted", look="none"),
            Series(label="8 of 10 chains, at least", values=numbers(low), ink="muted", look="none"),
        ]
        shade = (len(series) - 2, len(series) - 1)
    series += [
        Series(label=f"band {number}", values=numbers(np.maximum(shape, -24.0)), ink="muted", look="thin")
        for number, shape in enumerate(shapes, start=1)
    ]
    lowest, highest = min(float(curve.min()), -6.0), max(float(curve.max()), 6.0)
    return Figure(
        key=f"{key}-eq",
        title="Curve, bands and handles",
        summary=_eq_words(bands, frequencies, curve)
        + (" Grey: where 8 of 10 professional chains lie, against 1 kHz." if shade else ""),
        x=frequency_axis(),
        y=Axis(
            label="gain, dB",
            low=max(3.0 * math.floor(lowest / 3.0), -18.0),
            high=3.0 * math.ceil((highest + 0.5) / 3.0),
        ),
        xs=grid(frequencies, 1),
        series=tuple(series),
        shade=shade,
        marks=tuple(_handle(number, band, eq, rate) for number, band in enumerate(bands, start=1)),
    )


def _band_db(band: Band, frequencies: Array, rate: int) -> Array:
    return band_response_db(band.kind, band.frequency_hz, band.gain_db, band.bandwidth_oct, frequencies, rate)


def _handle(number: int, band: Band, eq: ReaEq, rate: int) -> Mark:
    """A handle as ReaEQ has it: at the band's own frequency and gain; a pass stands on its curve."""
    own = float(_band_db(band, np.array([band.frequency_hz]), rate)[0])
    gain = own if band.kind in (BandKind.HIGH_PASS, BandKind.LOW_PASS) else band.gain_db
    return Mark(x=round(band.frequency_hz, 1), y=round(gain + eq.gain_db, 2), label=str(number), ink="handle")


def _engineers_range(frequencies: Array, at_1khz_db: float) -> tuple[Array, Array]:
    """What 8 of 10 professional chains do against 1 kHz, from 125 Hz to 8 kHz, where it is known."""
    table = engineers_table()
    known = (frequencies >= 125.0) & (frequencies <= 8000.0)
    octaves = np.log2(OCTAVES_HZ)
    low, high = (
        np.where(known, at_1khz_db + np.interp(np.log2(frequencies), octaves, row), np.nan)
        for row in (table.eq_low_db, table.eq_high_db)
    )
    return low, high


def _eq_words(bands: list[Band], frequencies: Array, curve: Array) -> str:
    passes = [band for band in bands if band.kind is BandKind.HIGH_PASS]
    inside = frequencies > (1.5 * passes[0].frequency_hz if passes else 0.0)
    heard, gains = frequencies[inside], curve[inside]
    high, low = int(np.argmax(gains)), int(np.argmin(gains))
    under = f"; a high-pass at {hertz(passes[0].frequency_hz)}" if passes else ""
    plural = "" if len(bands) == 1 else "s"
    return (
        f"{len(bands)} band{plural}: {signed(gains[high])} dB at {hertz(heard[high])}, "
        f"{signed(gains[low])} dB at {hertz(heard[low])}{under}."
    )


def _tone(key: str, heard: TrackHeard) -> Figure:
    ink = "vocal" if heard.is_vocal else "backing"
    before, after = heard.spectrum_before_db[2:], heard.spectrum_after_db[2:]
    last = "out of ReaComp" if heard.comp is not None else "out of ReaEQ"
    return Figure(
        key=f"{key}-tone",
        title="Average spectrum",
        summary=f"Third octaves while the track sounds: into our chain, and {last}.",
        x=frequency_axis(30.0),
        y=level_axis("level in a third octave, dBFS", before, after, span_db=60.0),
        xs=grid(THIRD_OCTAVES_HZ[2:], 1),
        series=(
            Series(label="before", values=numbers(before, 1), ink="muted", look="dashed"),
            Series(label="after", values=numbers(after, 1), ink=ink),
        ),
    )


def _curve(key: str, comp: ReaComp, squeezed: Squeezed) -> Figure:
    wet_db = comp.wet_db + make_up_db(comp)
    out = _LEVELS_DB + gain_db(_LEVELS_DB, comp)
    share = np.interp(np.floor(_LEVELS_DB), LEVELS_DB, squeezed.histogram * 100.0)
    above = float(squeezed.histogram[comp.threshold_db <= LEVELS_DB].sum())
    return Figure(
        key=f"{key}-curve",
        title="Transfer curve, and how often the voice is how loud",
        summary=f"Threshold {signed(comp.threshold_db)} dB, {_ratio(comp.ratio)}; "
        f"{above:.0%} of the time the voice is over it.".replace("%", " %"),
        x=Axis(label=f"level in ({squeezed.detector}), dBFS", low=float(LEVELS_DB[0]) + 12.0, high=0.0),
        y=Axis(
            label="level out, dBFS", low=float(LEVELS_DB[0]) + 12.0, high=max(0.0, 6.0 * math.ceil(wet_db / 6.0))
        ),
        y2=Axis(label="share of the time, %", low=0.0, high=max(3.0 * float(share.max()), 1.0)),
        xs=grid(_LEVELS_DB, 1),
        series=(
            Series(label="share of the time, %", values=numbers(share, 2), ink="muted", look="steps", second=True),
            Series(label="unchanged", values=numbers(_LEVELS_DB), ink="muted", look="thin"),
            Series(label="compressed", values=numbers(out), ink="vocal", look="dashed"),
            Series(label=f"with make-up ({signed(wet_db)} dB)", values=numbers(out + wet_db), ink="vocal"),
        ),
        marks=(Mark(x=comp.threshold_db, label=f"threshold {signed(comp.threshold_db)} dB"),),
    )


def _ratio(ratio: float) -> str:
    return "a limiter" if math.isinf(ratio) else f"{ratio:.3g}:1"


def _time_axis(squeezed: Squeezed) -> Axis:
    times = squeezed.time_s
    step = times[1] - times[0] if times.size > 1 else 1.0
    return Axis(label="time, s", low=0.0, high=round(float(times[-1] + step), 2))


def _wave(key: str, squeezed: Squeezed) -> Figure:
    top = max(float(squeezed.peak.max()), 1e-3)
    return Figure(
        key=f"{key}-wave",
        title="The voice going in",
        summary=f"Peaks up to {signed(20.0 * math.log10(top))} dBFS.",
        x=_time_axis(squeezed),
        y=Axis(label="amplitude", low=-top, high=top),
        xs=grid(squeezed.time_s, 2),
        series=(
            Series(label="highest", values=numbers(squeezed.peak, 4), ink="muted", look="none"),
            Series(label="lowest", values=numbers(-squeezed.peak, 4), ink="muted", look="none"),
        ),
        shade=(0, 1),
        tall=False,
        sync=key,
    )


def _reduction(key: str, squeezed: Squeezed) -> Figure:
    deepest = max(float(squeezed.reduction_db.max()), 3.0)
    return Figure(
        key=f"{key}-reduction",
        title="Gain reduction",
        summary=f"On average {squeezed.mean_reduction_db:.1f} dB while it sings, at most "
        f"{squeezed.most_reduction_db:.1f} dB. The 100 ms blocks move within "
        f"{squeezed.range_before_db:.1f} dB before and {squeezed.range_after_db:.1f} dB after.",
        x=_time_axis(squeezed),
        y=Axis(label="gain, dB", low=-3.0 * math.ceil(deepest / 3.0), high=0.0),
        xs=grid(squeezed.time_s, 2),
        series=(Series(label="gain", values=numbers(-squeezed.reduction_db), ink="vocal", look="area"),),
        tall=False,
        sync=key,
    )


def _decay(key: str, verb: ReaVerbate, rt60_s: float, rate: int) -> Figure:
    """The energy that is still to come (Schroeder), of the left output."""
    response = impulse_response(verb, rate)[0].sum(axis=0, dtype=np.float64)
    band = signal.butter(3, _RT60_BAND_HZ, "bandpass", fs=rate, output="sos")
    curves = [_decay_db(response), _decay_db(signal.sosfilt(band, response))]
    last = next((at for at in range(response.size - 1, 0, -1000) if curves[1][at] > -75.0), response.size - 1)
    places = np.linspace(0, last, _DECAY_POINTS).astype(int)
    times = places / rate
    start_s = float(np.argmax(curves[1] < -5.0)) / rate
    line = -5.0 - 60.0 * (times - start_s) / max(rt60_s, 1e-3)
    end_s = start_s + rt60_s * 55.0 / 60.0
    return Figure(
        key=f"{key}-decay",
        title="Energy decay",
        summary=f"Decays by 60 dB in {rt60_s:.2f} s (RT60: T20 from 500 Hz to 1 kHz), "
        f"{verb.pre_delay_ms:.0f} ms initial delay.",
        x=Axis(label="time, s", low=0.0, high=round(float(times[-1]), 2)),
        y=Axis(label="energy still to come, dB", low=-70.0, high=3.0),
        xs=grid(times),
        series=(
            Series(label="all frequencies", values=numbers(curves[0][places]), ink="muted"),
            Series(label="500 Hz to 1 kHz", values=numbers(curves[1][places]), ink="vocal"),
            Series(
                label=f"RT60 {rt60_s:.2f} s",
                values=numbers(np.where((line <= -5.0) & (line >= -70.0), line, np.nan)),
                ink="target",
                look="dashed",
            ),
        ),
        marks=(Mark(x=round(end_s, 3), y=-60.0, label=f"RT60 {rt60_s:.2f} s", ink="target"),),
    )


def _decay_db(response: Array) -> Array:
    energy = np.cumsum(np.square(response)[::-1])[::-1]
    return np.asarray(10.0 * np.log10(np.maximum(energy / max(float(energy[0]), 1e-30), 1e-12)))

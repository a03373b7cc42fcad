"""What is measured of one track, and of a vocal against its backing.

A mask says which blocks of 100 ms are active. It is made once, from the dry vocal, and used for everything after:
to gate again behind a compressor would let noise in and make its loop non-monotone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictors.excerpts import describe_excerpts
from predictors.kweighting import weighting_power
from predictors.loudness import ABSOLUTE_GATE_LUFS, BLOCKS_A_SECOND, Loudness, lufs, measure, power
from predictors.spectrum import THIRD_OCTAVES_HZ, band_spectrum, edge_hz
from predictors.tempo import estimate_tempo
from predictors.truepeak import sample_peak

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ACTIVE_LU = 20.0
"""A block is active down to this much under the mean of what is not silence, the relative gate of Tech 3342."""

FLOOR_DB = -100.0
"""The lowest a band is said to be, under the whole."""

VOICE_DB = 25.0
"""The voice ends where the octave around is this much under its loudest octave: the fundamental of a trained high
voice can be 21 dB under its formants (trillo of VocalSet)."""

HISS_LUFS, HUSHED_LU = -50.0, 30.0
"""A backing under this level, and this much under its own loudness, is hiss or a tail and no music. Ours."""

LOWEST_VOICE_HZ = 75.0
"""Below this nobody sings (E2, the low end of a bass, is 82 Hz): what is there is rumble."""


def active_mask(block_power: Array) -> Mask:
    """Which 100 ms blocks are active: over -70 LUFS, and over the mean power of those less 20 LU."""
    loud = block_power > power(ABSOLUTE_GATE_LUFS)
    if not loud.any():
        return loud
    return np.asarray(loud & (block_power > block_power[loud].mean() * math.pow(10, -ACTIVE_LU / 10)))


def _over(mask: Mask, block_power: Array) -> Array:
    """The power of the active blocks; a recording that ends before the mask goes on in silence."""
    fitted = np.zeros(len(mask))
    fitted[: len(block_power)] = block_power[: len(mask)]
    return fitted[mask]


def masked_lufs(block_power: Array, mask: Mask) -> float:
    """The level of the mean power over the active blocks; -inf where that is silence, or nothing is active."""
    active = _over(mask, block_power)
    return lufs(float(active.mean())) if len(active) else -math.inf


def block_range_db(block_power: Array, mask: Mask) -> float:
    """The spread of the levels of the active 100 ms blocks, from the 10th to the 95th percentile.

    The "loudness range" of Li 2022, who took the percentiles of EBU Tech 3342 on blocks of 100 ms: 14 dB is his
    target, dry vocals have 9 to 20 dB. No Tech 3342 range, which has windows of 3 s. Blocks under -70 LUFS count
    as -70; nothing active gives 0.
    """
    active = _over(mask, block_power)
    if not len(active):
        return 0.0
    low, high = np.percentile(lufs(np.maximum(active, power(ABSOLUTE_GATE_LUFS))), (10, 95))
    return float(high - low)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackAnalysis:
    """What was measured of one track, or of several as they sound together.

    `mask`, one a 100 ms block: over which blocks everything but `loudness` was measured. `active_lufs` and
    `block_range_db` as in `masked_lufs` and `block_range_db`. `spectrum_db`: for each of `THIRD_OCTAVES_HZ` the
    power against the sum of all, not under `FLOOR_DB`. `crest_db`: highest sample over RMS. `silent`: no block is
    over -70 LUFS. `lowest_hz`: where a voice begins; below, its spectrum stays 25 dB under its loudest octave.
    `features`: what networks are told of it (see `excerpts.describe_excerpts`), where somebody asks networks.
    """

    loudness: Loudness
    duration_s: float
    silent: bool
    mask: Mask
    active_s: float
    active_lufs: float
    block_range_db: float
    crest_db: float
    spectrum_db: Array
    lowest_hz: float
    features: NDArray[np.float32] | None = None


def analyze_track(
    samples: Samples,
    rate: int,
    *,
    dual_mono: bool = True,
    mask: Mask | None = None,
    loudness: Loudness | None = None,
    features: bool = False,
) -> TrackAnalysis:
    """Measure samples (channels, frames), over its own active time or over that of `mask`.

    `dual_mono` as in `LoudnessMeter`. `loudness` saves a pass if it is known. `features` asks for those, too.
    """
    loudness = loudness or measure(samples, rate, dual_mono=dual_mono)
    own = active_mask(loudness.block_power)
    mask = own if mask is None else mask
    spectrum_db = _spectrum_db(band_spectrum(samples, rate, mask))
    return TrackAnalysis(
        loudness=loudness,
        duration_s=samples.shape[1] / rate,
        silent=not own.any(),
        mask=mask,
        active_s=float(mask.sum()) / BLOCKS_A_SECOND,
        active_lufs=masked_lufs(loudness.block_power, mask),
        block_range_db=block_range_db(loudness.block_power, mask),
        crest_db=_crest_db(samples, rate, mask),
        spectrum_db=spectrum_db,
        lowest_hz=_lowest_hz(spectrum_db),
        features=describe_excerpts(samples, rate, mask) if features else None,
    )


def _spectrum_db(bands: Array) -> Array:
    share = bands / (bands.sum() or 1.0)
    return np.asarray(10 * np.log10(np.maximum(share, math.pow(10, FLOOR_DB / 10))))


def _crest_db(samples: Samples, rate: int, mask: Mask) -> float:
    """The highest sample over the RMS of all channels, in active time; 0 if there is none."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False)) * rate // BLOCKS_A_SECOND
    runs = [samples[:, start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    size = sum(run.size for run in runs)
    energy = sum(float(np.vdot(row, row)) for run in runs for row in run)
    peak = max(map(sample_peak, runs), default=0.0)
    return 10 * math.log10(peak * peak * size / energy) if energy > 0 else 0.0


def _lowest_hz(spectrum_db: Array) -> float:
    """Where the voice begins, going down from its loudest octave: hum below a gap does not count.

    Always three bands at a time, since a high voice leaves the bands between its first harmonics empty.
    """
    low = int(np.searchsorted(THIRD_OCTAVES_HZ, LOWEST_VOICE_HZ))
    bands = 10 ** (spectrum_db[low:] / 10)
    octaves = np.convolve(bands, np.ones(3), "valid")
    loudest = int(octaves.argmax())
    least = octaves[loudest] * math.pow(10, -VOICE_DB / 10)
    weak = np.flatnonzero(octaves[:loudest] < least)
    octave = int(weak[-1]) + 1 if len(weak) else 0
    three = bands[octave : octave + 3]
    return edge_hz(THIRD_OCTAVES_HZ[low + octave + int(np.argmax(three >= min(least, three.max())))])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionAnalysis:
    """A vocal, its backing and how they stand against each other, over the lead's active time.

    `lead` is of all lead vocals together, `backing` of all backing tracks together over the lead's mask,
    `backing_vocals` over their own. What compares lead and backing is None unless both sound at once.
    `relative_loudness_lu`: lead minus backing over the lead's active time; `..._integrated_lu`: of the integrated
    loudnesses. `masking_db`: backing minus lead, K-weighted, in each of `THIRD_OCTAVES_HZ`; `masking_octaves_db`:
    in the ten octaves of `targets.OCTAVES_HZ`, of three of those bands each. `tempo_source` is "project",
    "measured from the backing" or "not found".
    """

    lead: TrackAnalysis
    backing: TrackAnalysis | None
    backing_vocals: TrackAnalysis | None
    relative_loudness_lu: float | None
    relative_loudness_integrated_lu: float | None
    masking_db: Array | None
    masking_octaves_db: Array | None
    tempo_bpm: float | None
    tempo_source: str


def analyze_session(
    lead: Samples,
    backing: Samples | None,
    rate: int,
    *,
    backing_vocals: Samples | None = None,
    tempo_bpm: float | None = None,
    features: bool = False,
) -> SessionAnalysis:
    """Measure the summed lead vocals against the summed backing, both (channels, frames), from the same start.

    One channel counts as two equal ones. Without a `tempo_bpm`, that of the project, it is measured. `features`
    as in `analyze_track`.
    """
    if backing is not None and not backing.size:
        backing = None
    source = "project"
    if tempo_bpm is None:
        tempo_bpm = None if backing is None else estimate_tempo(backing, rate)
        source = "not found" if tempo_bpm is None else "measured from the backing"
    measured = partial(analyze_track, rate=rate, features=features)
    vocal = measured(lead)
    return compare(
        vocal,
        None if backing is None else measured(backing, mask=vocal.mask),
        backing_vocals=None if backing_vocals is None else measured(backing_vocals),
        tempo_bpm=tempo_bpm,
        tempo_source=source,
    )


def compare(
    lead: TrackAnalysis,
    backing: TrackAnalysis | None,
    *,
    backing_vocals: TrackAnalysis | None = None,
    tempo_bpm: float | None = None,
    tempo_source: str = "not found",
) -> SessionAnalysis:
    """The same of tracks measured before. `backing` must have been measured over the lead's mask."""
    relative = integrated = masking = octaves = None
    if backing is not None and math.isfinite(lead.active_lufs) and _plays_along(backing):
        relative = lead.active_lufs - backing.active_lufs
        masking, octaves = _masking(lead, backing)
    if backing is not None and not lead.silent and not backing.silent:
        integrated = lead.loudness.integrated_lufs - backing.loudness.integrated_lufs
    return SessionAnalysis(
        lead=lead,
        backing=backing,
        backing_vocals=backing_vocals,
        relative_loudness_lu=relative,
        relative_loudness_integrated_lu=integrated,
        masking_db=masking,
        masking_octaves_db=octaves,
        tempo_bpm=tempo_bpm,
        tempo_source=tempo_source,
    )


def _plays_along(backing: TrackAnalysis) -> bool:
    """Whether there is music in the backing over the mask that it was measured on."""
    hushed = min(HISS_LUFS, backing.loudness.integrated_lufs - HUSHED_LU)
    return backing.active_lufs > max(ABSOLUTE_GATE_LUFS, hushed)


def _masking(lead: TrackAnalysis, backing: TrackAnalysis) -> tuple[Array, Array]:
    """Backing minus lead in third octaves, and in octaves."""
    above, below = _band_power(backing), _band_power(lead)
    # The 31 bands but the first, "20 Hz", are ten octaves of three.
    octaves = above[1:].reshape(10, 3).sum(axis=1) / below[1:].reshape(10, 3).sum(axis=1)
    return 10 * np.log10(above / below), 10 * np.log10(octaves)


def _band_power(track: TrackAnalysis) -> Array:
    """The K-weighted power in each third octave: they share what is measured over active time."""
    bands = 10 ** (track.spectrum_db / 10) * weighting_power(np.array(THIRD_OCTAVES_HZ))
    return np.asarray(bands / bands.sum() * power(track.active_lufs))

"""The physics of a voice: vocal folds, and a mouth whose resonances move.

The folds are pulses of air as in Klatt's synthesizer (JASA 67, 1980; KLGLOTT88, JASA 87, 1990); the mouth is a
cascade of resonances that changes every few milliseconds and is applied by overlap-add.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from daw_bridge.demo.dsp import Array

CONTROL_HZ = 1000
"""Rate of everything that a singer moves: pitch, loudness, mouth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """Tracks at `CONTROL_HZ`; `shape` rows: four formants, hiss centre, hiss width, nasal zero (all Hz)."""

    voice: Array
    breath: Array
    hiss: Array
    shape: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Sound before the mouth shapes it: pulses and breath at the folds, hiss at the teeth or lips."""

    pulses: Array
    breath: Array
    hiss: Array


PIECE_HOPS = 5
"""A piece of sound is two hops; after the other three the narrowest formant has rung down by 80 dB."""

NASAL_POLE_HZ = 270.0
FULL_VOICE_CORNER_HZ = 14000.0


def folds(f0_hz: Array, rate: int) -> tuple[Array, Array]:
    """The flow of air through the vocal folds (0..1), and its derivative, which is what the lips radiate.

    The flow is Klatt's x² (1 - x) over the open half of a period. Its derivative is taken as a difference, which
    keeps the edge where the folds close nearly free of aliases.
    """
    phase = np.cumsum(f0_hz / rate) % 1.0
    open_part = np.minimum(phase / 0.5, 1.0)
    flow = 6.75 * open_part**2 * (1.0 - open_part)
    return flow, np.diff(flow, prepend=0.0) * rate / (4.0 * f0_hz)


def through_mouth(
    sources: Sources, mouth: Mouth, f0_hz: Array, effort_db: Array, *, size: float, rate: int
) -> Array:
    """Each source through its own changing filter: windowed pieces, filtered and laid over each other."""
    frames = sources.pulses.size
    hop = 2 ** round(math.log2(rate * 0.011))
    centres = np.arange(math.ceil(frames / hop) + 1) * hop * CONTROL_HZ // rate
    centres = np.minimum(centres, f0_hz.size - 1)
    shape = mouth.shape[:, centres]
    # Singers open the mouth on high notes so that the first formant stays above the pitch (Sundberg 1975).
    shape[0] = np.maximum(shape[0] * size, 1.03 * f0_hz[centres])
    shape[1:4] *= size
    hz = fft.rfftfreq(PIECE_HOPS * hop, 1.0 / rate).astype(np.float32)
    pieces = _spectra(sources.pulses, hop, len(centres)) * _folds_filter(effort_db[centres], hz)
    pieces += _spectra(sources.breath, hop, len(centres))
    pieces *= _mouth_filter(shape, hz, size)
    pieces += _spectra(sources.hiss, hop, len(centres)) * _hiss_filter(shape, hz)
    return _overlap_add(fft.irfft(pieces), hop)[hop : hop + frames]


def _column(values: Array) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)[:, None]


def _folds_filter(effort_db: Array, hz: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Folds that close less sharply in soft singing: a low-pass whose corner falls with effort."""
    corner_hz = _column(FULL_VOICE_CORNER_HZ * 2.0 ** (effort_db / 10.0))
    return np.asarray(1.0 / (1.0 + 1j * hz / corner_hz), np.complex64)


def _damping(centre_hz: Array, width_hz: Array | float, hz: NDArray[np.float32]) -> NDArray[np.complex64]:
    """1 over the response of resonances that leave low frequencies as they are; rows follow `centre_hz`."""
    x = hz / _column(centre_hz)
    return np.asarray(1.0 - x**2 + 1j * x * _column(width_hz / centre_hz), np.complex64)


def _mouth_filter(shape: Array, hz: NDArray[np.float32], size: float) -> NDArray[np.complex64]:
    """A tube with its lowest four resonances moved to the formants, and a nasal pole with its zero.

    What remains of the tube is Fant's correction for the formants above the fourth.
    """
    spacing_hz = 1000.0 * size
    tube = np.cos(np.pi * (hz - 0.5j * (100.0 + 0.03 * hz)) / spacing_hz)
    nasal = _damping(shape[6], 100.0, hz) / _damping(np.full_like(shape[6], NASAL_POLE_HZ), 100.0, hz)
    response = nasal / np.asarray(tube, np.complex64)
    for n, width_hz in enumerate((90.0, 110.0, 150.0, 220.0)):
        at_rest_hz = np.array([(n + 0.5) * spacing_hz])
        response *= _damping(at_rest_hz, 100.0 + 0.03 * at_rest_hz, hz) / _damping(shape[n], width_hz, hz)
    # Singers even out their vowels: most of the difference in level between open and closed ones is taken out.
    level = np.sqrt(np.mean(np.abs(response[:, (hz > 150.0) & (hz < 4000.0)]) ** 2, axis=1, keepdims=True))
    return np.asarray(response * level**-0.7, np.complex64)


def _hiss_filter(shape: Array, hz: NDArray[np.float32]) -> NDArray[np.complex64]:
    """A band-pass of unity gain at the hiss's centre, twice."""
    x = np.maximum(hz, 1.0) / _column(shape[4])
    return np.asarray((1.0 + 1j * _column(shape[4] / shape[5]) * (x - 1.0 / x)) ** -2, np.complex64)


def _spectra(signal: Array, hop: int, count: int) -> NDArray[np.complex64]:
    """Spectra of Hann-windowed pieces of 2 hops around every hop, with room for the filter's ringing."""
    padded = np.zeros((count + 1) * hop)
    padded[hop : hop + signal.size] = signal
    pieces = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[::hop]
    window = np.sin(np.pi * np.arange(2 * hop) / (2 * hop)) ** 2
    return np.asarray(fft.rfft((pieces * window).astype(np.float32), PIECE_HOPS * hop))


def _overlap_add(pieces: Array, hop: int) -> Array:
    blocks = pieces.shape[1] // hop
    line = np.zeros((len(pieces) + blocks, hop))
    for block in range(blocks):
        line[block : block + len(pieces)] += pieces[:, block * hop : (block + 1) * hop]
    return line.reshape(-1)

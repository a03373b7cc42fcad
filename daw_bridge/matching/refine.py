"""All values of a chain at once, by what is left between its sound and the wanted one.

Levenberg and Marquardt on the plug-ins' own models. What is left counts per octave, against the spectrum of what is
wanted; values that real chains do not have cost a little, so that of two that sound alike the usual one is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from daw_bridge.audio import Samples
from daw_bridge.matching.chain import Chain, as_heard
from daw_bridge.matching.knobs import STAGES, Array, Knob, knobs_of, read, turned
from daw_bridge.matching.response import smoothed_power
from daw_bridge.plugins import Settings
from daw_bridge.plugins.sound import process_all

_Spectrum = NDArray[np.complex64]

HEARD_HZ = (50.0, 16000.0)
_DYNAMIC_DB = 60.0
_PRIOR = 0.003
"""What a standard deviation from the usual costs, as a share of what is left."""

_THREADS = 2
"""Filters and transforms let go of Python: two knobs are turned at once."""

_LEAST = 1e-7
_TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """A part of the recordings to search on: the first `lead_in` frames are played and not compared.

    `sides` are gains that what the chain gives has in the wanted recording, left and right.
    """

    dry: Samples
    wanted: Samples
    rate: int
    lead_in: int
    sides: tuple[float, ...] = (1.0, 1.0)


def refined(
    chain: Chain,
    excerpt: Excerpt,
    *,
    steps: int,
    stages: Collection[str] = STAGES,
    flat: float = 0.01,
) -> Chain:
    """The chain with its values, those of some stages, moved to where it sounds most like what is wanted.

    It ends after so many steps, or where one takes less than the share `flat` of what is left.
    """
    all_knobs = knobs_of(chain, excerpt.rate, stereo=len(excerpt.wanted) == 2)
    knobs = [knob for knob in all_knobs if knob.stage in stages]
    problem = _Problem.of(excerpt)
    places = read(chain, knobs)
    chain = turned(chain, knobs, places)
    sounds = _sounds(chain, excerpt)
    left = problem.left(sounds[-1])
    damping = 1e-2
    for _ in range(steps):
        moves = _moves(chain, knobs, places, sounds, problem)
        gram, toward = _normal(moves, left, knobs, places)
        before = _cost(left, knobs, places)
        for _ in range(_TRIES):
            step = np.linalg.solve(gram + np.diag(damping * np.diag(gram) + 1e-12), toward)
            tried = read(turned(chain, knobs, places + step), knobs)
            there = turned(chain, knobs, tried)
            heard = _sounds(there, excerpt)
            left_there = problem.left(heard[-1])
            cost = _cost(left_there, knobs, tried, like=left)
            if cost < before:
                break
            damping *= 6.0
        else:
            break
        places, chain, sounds, left = tried, there, heard, left_there
        damping = max(damping / 5.0, 1e-6)
        if before - cost < flat * before:
            break
    return chain


def misfit(chain: Chain, excerpt: Excerpt) -> float:
    """What is left, as a share of what is wanted, every octave alike."""
    problem = _Problem.of(excerpt)
    return _power(problem.left(_sounds(chain, excerpt)[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The wanted spectrum, weighted, and the weights of all lines that count."""

    excerpt: Excerpt
    size: int
    lines: slice
    weights: NDArray[np.float32]
    wanted: _Spectrum

    @classmethod
    def of(cls, excerpt: Excerpt) -> _Problem:
        wanted = excerpt.wanted[:, excerpt.lead_in :]
        size = fft.next_fast_len(wanted.shape[1] + excerpt.rate // 10, real=True)
        spectra = fft.rfft(wanted, size)
        power = np.square(np.abs(spectra)).sum(axis=0).astype(np.float64)
        hz = fft.rfftfreq(size, 1.0 / excerpt.rate)
        low, high = np.searchsorted(hz, [HEARD_HZ[0], min(HEARD_HZ[1], 0.45 * excerpt.rate)])
        lines = slice(int(low), int(high))
        weights = np.sqrt(1.0 / (smoothed_power(power, excerpt.rate, _DYNAMIC_DB) * (hz + HEARD_HZ[0])))[lines]
        weights /= np.sqrt(np.sum(np.square(weights) * power[lines]))
        weights = weights.astype(np.float32)
        return cls(excerpt, size, lines, weights, spectra[:, lines] * weights)

    def spectrum(self, sound: Samples) -> _Spectrum:
        """The weighted lines of a sound, (sides, lines)."""
        compared = as_heard(sound, len(self.wanted))[:, self.excerpt.lead_in :]
        spectra = fft.rfft(compared, self.size)[:, self.lines] * self.weights
        return np.asarray(spectra * np.array(self.excerpt.sides[: len(spectra)], np.float32)[:, None])

    def left(self, sound: Samples) -> _Spectrum:
        """What is wanted and not there."""
        return np.asarray(self.wanted - self.spectrum(sound))


def _sounds(chain: Chain, excerpt: Excerpt) -> list[Samples]:
    """What goes into each stage, and what comes out of the last."""
    sounds = [excerpt.dry]
    for stage in STAGES[:-1]:
        settings: Settings | None = getattr(chain, stage)
        sounds.append(process_all(settings, sounds[-1], excerpt.rate) if settings else sounds[-1])
    return [*sounds, sounds[-1] * np.float32(chain.gain)]


def _moves(
    chain: Chain, knobs: Sequence[Knob], places: Array, sounds: Sequence[Samples], problem: _Problem
) -> _Spectrum:
    """How the weighted spectrum moves with each knob, (knobs, values); what lies before it is not played again."""
    here = problem.spectrum(sounds[-1])

    def move(knob: Knob, place: float) -> _Spectrum:
        step = knob.scale.step if place + knob.scale.step <= knob.scale.top else -knob.scale.step
        moved = knob.turned(chain, float(place) + step)
        at = STAGES.index(knob.stage)
        sound = sounds[at]
        for stage in STAGES[at:-1]:
            settings: Settings | None = getattr(moved, stage)
            sound = process_all(settings, sound, problem.excerpt.rate) if settings else sound
        there = problem.spectrum(sound * np.float32(moved.gain))
        return np.asarray((there - here).ravel() / np.float32(step))

    with ThreadPoolExecutor(_THREADS) as threads:
        return np.array(list(threads.map(move, knobs, places)))


def _normal(moves: _Spectrum, left: _Spectrum, knobs: Sequence[Knob], places: Array) -> tuple[Array, Array]:
    gram = (moves @ moves.conj().T).real.astype(np.float64)
    toward = (moves.conj() @ left.ravel()).real.astype(np.float64)
    for at, (knob, place) in enumerate(zip(knobs, places, strict=True)):
        if knob.scale.usual is not None:
            mean, deviation = knob.scale.usual
            stiffness = _PRIOR * max(_power(left), _LEAST) / deviation**2
            gram[at, at] += stiffness
            toward[at] += stiffness * (mean - place)
    return gram, toward


def _cost(left: _Spectrum, knobs: Sequence[Knob], places: Array, like: _Spectrum | None = None) -> float:
    """What is left, and what unusual values cost; the latter in terms of `like` where another is to be compared."""
    unusual = sum(
        ((place - knob.scale.usual[0]) / knob.scale.usual[1]) ** 2
        for knob, place in zip(knobs, places, strict=True)
        if knob.scale.usual is not None
    )
    return _power(left) + _PRIOR * max(_power(left if like is None else like), _LEAST) * float(unusual)


def _power(left: _Spectrum) -> float:
    return float(np.vdot(left, left).real)

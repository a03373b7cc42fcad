"""Perturb and recover: a vocal is changed in a known way, and a predictor should ask for that to be undone.

Each aspect is asked two questions. *Undone*: does what is asked lead back to the original? That takes the original
as it should be, which is so for a vocal from a finished mix. *The same*: does what is asked lead to the same as for
the original, by this predictor's own taste? That asks only whether it hears what was done.

What a perfect predictor asks for:

- level, after a gain: the level of the original against its backing; or what it asks for the original.
- EQ, after 1 to 4 random bands: the curve turned upside down, in third octaves from 80 Hz to 12.5 kHz; or that
  added to what it asks for the original. The means over the bands do not count, being a level, nor does the
  high-pass under the voice, for what is below it was not changed.
- range, after compression or expansion: that the range of the 100 ms blocks behind our compressor is that of the
  original; or that of the original behind our compressor. Where less than that is left, a compressor can only leave
  it as it is.
- reverb: that what is there and what is added are together what it adds to the original; or what is there, where
  that is more. The level that is right is not known, so there is no *undone*.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from daw_bridge.engineer.compressor import set_compressor
from daw_bridge.engineer.signal import Signal
from daw_bridge.evaluation.excerpts import LEAD, Excerpt, hear
from daw_bridge.evaluation.observations import CONSTANT, DO_NOTHING, Observation
from daw_bridge.plugins import ReaVerbate
from predictors.engineers_table import engineers_table
from predictors.eq_targets import tone_of
from predictors.spectrum import THIRD_OCTAVES_HZ
from predictors.targets import BlockRangeTarget, EqTarget, ReverbTarget, Targets
from predictors.targets import eq_curve_db as target_curve_db
from predictors.training.perturb import (
    amplified,
    compressed,
    eq_curve_db,
    equalized,
    expanded,
    random_comp,
    random_eq,
    reverberated,
)

if TYPE_CHECKING:
    from daw_bridge.audio import Samples
    from predictors.analysis import SessionAnalysis

Array = NDArray[np.float64]
Decide = Callable[["SessionAnalysis"], Targets]

JUDGED_HZ = tuple(hz for hz in THIRD_OCTAVES_HZ if 75.0 < hz < 13000.0)
"""The third octaves called 80 Hz to 12.5 kHz: where an EQ is fitted and judged."""

MOST_GAIN_DB = 8.0

WET_LU = (-20.0, -6.0)
"""How much reverb is put on: the middle 8 of 10 real chains have -21 to -9 LU."""

ROOM_SIZE = (0.3, 0.92)
"""RT60 from 0.3 to 3 s."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Song:
    """A song as it is, and what each predictor asks for it."""

    excerpt: Excerpt
    heard: SessionAnalysis
    asked: Mapping[str, Targets]
    deciders: Mapping[str, Decide]
    features: bool

    @property
    def lead(self) -> Samples:
        return self.excerpt.stems[LEAD]

    def with_lead(self, lead: Samples) -> _Song:
        """The song with its lead changed."""
        excerpt = self.excerpt.with_lead(lead)
        heard = hear(excerpt, features=self.features)
        asked = {who: decide(heard) for who, decide in self.deciders.items()}
        return replace(self, excerpt=excerpt, heard=heard, asked=asked)

    def observed(self, what: str, who: str, predicted: ArrayLike, true: ArrayLike) -> Observation:
        return Observation.of(what, who, self.excerpt.group, predicted, true)


def recover(
    excerpt: Excerpt, deciders: Mapping[str, Decide], *, seed: int, features: bool = False
) -> Iterator[Observation]:
    """All trials with one song. They are the same whatever other songs and predictors there are.

    `features`: whether one of the predictors asks networks.
    """
    heard = hear(excerpt.without_backing_vocals(), features=features)
    alone = replace(excerpt.without_backing_vocals(), tempo_bpm=heard.tempo_bpm)
    asked = {who: decide(heard) for who, decide in deciders.items()}
    song = _Song(excerpt=alone, heard=heard, asked=asked, deciders=deciders, features=features)
    for number, (trial, times) in enumerate(TRIALS):
        rng = np.random.default_rng([seed, zlib.crc32(excerpt.name.encode()), number])
        yield from trial(song, rng, times)


def _levels(song: _Song, rng: Generator, times: int) -> Iterator[Observation]:
    before = song.heard.relative_loudness_lu
    if before is None:
        return
    for gain_db in rng.uniform(-MOST_GAIN_DB, MOST_GAIN_DB, times):
        present = before + float(gain_db)
        changed = song.with_lead(amplified(song.lead, float(gain_db)))
        for who, targets in changed.asked.items():
            asked = _asked_lu(targets, present)
            yield song.observed("level undone", who, asked, before)
            yield song.observed("level the same", who, asked, _asked_lu(song.asked[who], before))
        for what in ("level undone", "level the same"):
            yield song.observed(what, DO_NOTHING, present, before)


def _asked_lu(targets: Targets, present_lu: float) -> float:
    aim = targets.lead.relative_loudness_lu
    return present_lu if aim is None else aim.value


def _eqs(song: _Song, rng: Generator, times: int) -> Iterator[Observation]:
    rate = song.excerpt.rate
    for eq in (random_eq(rng) for _ in range(times)):
        changed = song.with_lead(equalized(song.lead, rate, eq))
        undone = _shape(-eq_curve_db(eq, JUDGED_HZ, rate))
        for who, targets in changed.asked.items():
            asked = _asked_db(targets)
            yield song.observed("EQ undone", who, asked, undone)
            yield song.observed("EQ the same", who, asked - _asked_db(song.asked[who]), undone)
        for what in ("EQ undone", "EQ the same"):
            yield song.observed(what, DO_NOTHING, np.zeros_like(undone), undone)


def _asked_db(targets: Targets) -> Array:
    target = targets.lead.eq
    if target is None:
        return np.zeros(len(JUDGED_HZ))
    tone = EqTarget(gains_db=tuple(tone_of(target)), why="")
    return _shape(target_curve_db(tone, JUDGED_HZ))


def _shape(curve_db: Array) -> Array:
    """The curve without its mean."""
    return np.asarray(curve_db - curve_db.mean())


def _ranges(song: _Song, rng: Generator, times: int) -> Iterator[Observation]:
    rate = song.excerpt.rate
    loudness = Signal.of(song.lead, rate).one_channel_lufs
    before = song.heard.lead.block_range_db
    first = {who: _left_db(song, targets) for who, targets in song.asked.items()}
    for turn in range(times):
        change = (expanded, compressed)[turn % 2]
        changed = song.with_lead(change(song.lead, rate, random_comp(rng, loudness)))
        present = changed.heard.lead.block_range_db
        for who, targets in changed.asked.items():
            left = _left_db(changed, targets)
            yield song.observed("range undone", who, left, min(before, present))
            yield song.observed("range the same", who, left, min(first[who], present))
        for what in ("range undone", "range the same"):
            yield song.observed(what, DO_NOTHING, present, min(before, present))


def _left_db(song: _Song, targets: Targets) -> float:
    """The range behind the compressor that is asked for."""
    present = song.heard.lead.block_range_db
    match targets.lead.dynamics:
        case None:
            return present
        case BlockRangeTarget() as target:
            return min(target.block_range_db.value, present)
        case target:
            stage = set_compressor(Signal.of(song.lead, song.excerpt.rate), target, song.heard.lead.mask, {})
            return stage.results["block_range_db"]


def _reverbs(song: _Song, rng: Generator, times: int) -> Iterator[Observation]:
    usual = engineers_table().wet_lu.median
    for wet_lu in map(float, rng.uniform(*WET_LU, times)):
        room = ReaVerbate(room_size=float(rng.uniform(*ROOM_SIZE)), dampening=float(rng.uniform(0.0, 1.0)))
        changed = song.with_lead(reverberated(song.lead, song.excerpt.rate, room, wet_lu=wet_lu))
        for who, targets in changed.asked.items():
            reached = together_lu(_added_lu(targets), wet_lu)
            yield song.observed("reverb the same", who, reached, max(_added_lu(song.asked[who]), wet_lu))
        yield song.observed("reverb the same", CONSTANT, together_lu(usual, wet_lu), max(usual, wet_lu))


def _added_lu(targets: Targets) -> float:
    target = targets.lead.reverb
    return target.wet_lu.value if isinstance(target, ReverbTarget) else -math.inf


def together_lu(*levels_lu: float) -> float:
    """The level of several reverbs together: their energies add up."""
    return 10.0 * math.log10(sum(math.pow(10.0, level / 10.0) for level in levels_lu))


TRIALS = ((_levels, 4), (_eqs, 8), (_ranges, 6), (_reverbs, 4))
"""How often each change is tried on a song."""

TRIALS_IN_WORDS = (
    "4 gains of up to ±8 dB, 8 EQs of 1 to 4 bands of up to ±12 dB, 3 expansions and 3 compressions, 4 rooms of "
    "0.3 to 3 s at -20 to -6 LU"
)

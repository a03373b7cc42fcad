"""The task of telling how loud a voice was against its backing, once both have other levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from predictors.analysis import active_mask, masked_lufs
from predictors.cards import Output
from predictors.loudness import measure
from predictors.training.datasets import Dataset, Song
from predictors.training.perturb import amplified
from predictors.training.tasks.material import RATE, Mask, Samples, draw_alike, draw_cut, mono, played
from predictors.training.tasks.task import Example, Task, data_of

MOST_GAIN_DB = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class _Mix:
    """Lead and backing (frames,) of one length, and the blocks in which both sound."""

    lead: Samples
    backing: Samples
    both: Mask


def level_task(dataset: Dataset, *, vary: bool) -> Task:
    """Lead minus backing over the lead's active time within the example, in LU, as the mix had it.

    Each is given with a gain of its own, so that it cannot be measured. Backing vocals belong to neither.
    """
    songs = dataset.songs()
    mixes = lru_cache(maxsize=None)(lambda place: _mix(songs[place]))

    def example(rng: np.random.Generator) -> Example:
        place = draw_alike(rng, range(len(songs)), [song.group for song in songs])
        mix = mixes(place)
        cut = draw_cut(rng, mix.both, vary=vary)
        lead, backing = played(mix.lead, cut), played(mix.backing, cut)
        gains_db = rng.uniform(-MOST_GAIN_DB, MOST_GAIN_DB, 2)
        return Example(
            signals=(amplified(lead, float(gains_db[0])), amplified(backing, float(gains_db[1]))),
            targets=np.array([_relative_lu(lead, backing)], np.float32),
            weights=np.ones(1, np.float32),
            groups=(songs[place].group,),
        )

    return Task(
        name="level",
        inputs=("vocal", "backing"),
        outputs=(Output(name="relative_loudness_lu", unit="LU"),),
        example=example,
        data=data_of(songs),
    )


def _mix(song: Song) -> _Mix:
    lead, backing = (mono(song.stems[role]()) for role in ("lead", "backing"))
    frames = min(len(lead), len(backing))
    lead, backing = lead[:frames], backing[:frames]
    both = active_mask(measure(lead[None], RATE).block_power) & active_mask(
        measure(backing[None], RATE).block_power
    )
    return _Mix(lead, backing, both)


def _relative_lu(lead: Samples, backing: Samples) -> float:
    lead_power, backing_power = (measure(part, RATE).block_power for part in (lead, backing))
    mask = active_mask(lead_power)
    return masked_lufs(lead_power, mask) - masked_lufs(backing_power, mask)

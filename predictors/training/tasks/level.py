"""The task of telling how loud a voice was against its backing, once both have other levels."""

from __future__ import annotations

import numpy as np

from predictors.analysis import active_mask, masked_lufs
from predictors.cards import Output
from predictors.loudness import measure
from predictors.training.datasets import Dataset, Song
from predictors.training.perturb import amplified
from predictors.training.tasks.material import RATE, Mask, Samples, draw_cut, draw_sounding, played, recording
from predictors.training.tasks.task import Example, Task, data_of

MOST_GAIN_DB = 12.0


def level_task(dataset: Dataset, *, vary: bool) -> Task:
    """Lead minus backing over the lead's active time within the example, in LU, as the mix had it.

    Each is given with a gain of its own, so that it cannot be measured. Backing vocals belong to neither.
    """
    songs = dataset.songs()

    def example(rng: np.random.Generator) -> Example:
        song, active = draw_sounding(rng, songs, _both_active)
        cut = draw_cut(rng, active, vary=vary)
        lead, backing = (played(recording(song.stems[role]).samples, cut) for role in ("lead", "backing"))
        gains_db = rng.uniform(-MOST_GAIN_DB, MOST_GAIN_DB, 2)
        return Example(
            signals=(amplified(lead, float(gains_db[0])), amplified(backing, float(gains_db[1]))),
            targets=np.array([_relative_lu(lead, backing)], np.float32),
            weights=np.ones(1, np.float32),
            groups=(song.group,),
        )

    return Task(
        name="level",
        inputs=("vocal", "backing"),
        outputs=(Output(name="relative_loudness_lu", unit="LU"),),
        example=example,
        data=data_of(songs),
    )


def _both_active(song: Song) -> Mask:
    lead, backing = (recording(song.stems[role]).active for role in ("lead", "backing"))
    blocks = min(len(lead), len(backing))
    return lead[:blocks] & backing[:blocks]


def _relative_lu(lead: Samples, backing: Samples) -> float:
    lead_power, backing_power = (measure(part, RATE).block_power for part in (lead, backing))
    mask = active_mask(lead_power)
    return masked_lufs(lead_power, mask) - masked_lufs(backing_power, mask)

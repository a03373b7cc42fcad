"""The task of hearing by how much the range of a voice has been altered."""

from __future__ import annotations

import numpy as np

from predictors.analysis import active_mask, block_range_db, masked_lufs
from predictors.cards import Output
from predictors.loudness import measure
from predictors.training.datasets import Dataset
from predictors.training.perturb import compressed, expanded, random_comp
from predictors.training.tasks.material import RATE, Samples, draw_cut, draw_voice, played
from predictors.training.tasks.task import Example, Task, data_of

UNALTERED_SHARE = 0.1


def range_task(dataset: Dataset, *, vary: bool) -> Task:
    """The change of `analysis.block_range_db` over the mask of before, in dB: negative by compression."""
    voices = dataset.voices()

    def example(rng: np.random.Generator) -> Example:
        voice, heard = draw_voice(rng, voices)
        before = played(heard.samples, draw_cut(rng, heard.active, vary=vary))
        power = measure(before, RATE).block_power
        mask = active_mask(power)
        after = _altered(rng, before, masked_lufs(power, mask))
        change_db = block_range_db(measure(after, RATE).block_power, mask) - block_range_db(power, mask)
        return Example(
            signals=(after,),
            targets=np.array([change_db], np.float32),
            weights=np.ones(1, np.float32),
            groups=(voice.group,),
        )

    return Task(
        name="range",
        inputs=("vocal",),
        outputs=(Output(name="range_change_db", unit="dB"),),
        example=example,
        data=data_of(voices),
    )


def _altered(rng: np.random.Generator, before: Samples, loudness_lufs: float) -> Samples:
    drawn = rng.random()
    if drawn < UNALTERED_SHARE:
        return before
    change = compressed if drawn < (1.0 + UNALTERED_SHARE) / 2.0 else expanded
    return change(before, RATE, random_comp(rng, loudness_lufs))

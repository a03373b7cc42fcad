"""The task of hearing which EQ a voice has been through."""

from __future__ import annotations

import numpy as np

from predictors.cards import Output
from predictors.training.datasets import Dataset
from predictors.training.perturb import eq_curve_db, equalized, random_eq
from predictors.training.tasks.material import RATE, draw_cut, draw_voice, played
from predictors.training.tasks.task import Example, Task, data_of

THIRDS_HZ = tuple(1000.0 * 10.0 ** (n / 10) for n in range(-11, 12))
"""The third octaves called 80 Hz to 12.5 kHz (IEC 61260-1)."""


def eq_task(dataset: Dataset, *, vary: bool) -> Task:
    """The curve at `THIRDS_HZ` in dB, less its mean: that is a matter of the fader, and cannot be heard."""
    voices = dataset.voices()

    def example(rng: np.random.Generator) -> Example:
        voice, heard = draw_voice(rng, voices)
        eq = random_eq(rng)
        curve_db = eq_curve_db(eq, THIRDS_HZ, RATE)
        signal = equalized(played(heard.samples, draw_cut(rng, heard.active, vary=vary)), RATE, eq)
        return Example(
            signals=(signal,),
            targets=(curve_db - curve_db.mean()).astype(np.float32),
            weights=np.ones(len(THIRDS_HZ), np.float32),
            groups=(voice.group,),
        )

    return Task(
        name="eq",
        inputs=("vocal",),
        outputs=tuple(Output(name=f"gain_{hz:.0f}", unit="dB") for hz in THIRDS_HZ),
        example=example,
        data=data_of(voices),
    )

"""The task of hearing which reverb a voice carries, and how much of it."""

from __future__ import annotations

import numpy as np

from predictors.cards import Output
from predictors.training.datasets import Dataset
from predictors.training.perturb import reverberated
from predictors.training.tasks.material import RATE, Samples, draw_cut, draw_voice, played
from predictors.training.tasks.rooms import BANDS_HZ, Room, draw_room
from predictors.training.tasks.task import Example, Task, data_of

DRY_LU, WETTEST_LU = -30.0, 0.0
"""Between these, wet against dry; a voice without any reverb counts as one with the least."""

DRY_SHARE = 0.15
LONGEST_DELAY_MS = 60.0
BEFORE_S = 3.0
"""What was sung before an example is still heard in its reverb."""


def reverb_task(dataset: Dataset, *, vary: bool) -> Task:
    """RT60 in `BANDS_HZ`, wet level as for `ReverbTarget.wet_lu`, and the time from dry to the start of the wet.

    Made from voices that are dry alone.
    """
    voices = tuple(voice for voice in dataset.voices() if voice.dry)
    rooms = dataset.impulse_responses()

    def example(rng: np.random.Generator) -> Example:
        voice, heard = draw_voice(rng, voices)
        dry = played(heard.samples, draw_cut(rng, heard.active, vary=vary), before_s=BEFORE_S)
        if rng.random() < DRY_SHARE:
            return _dry(dry, voice.group)
        return _wet(rng, dry, draw_room(rng, rooms, vary=vary), voice.group)

    return Task(
        name="reverb",
        inputs=("vocal",),
        outputs=(
            *(Output(name=f"rt60_{band}_s", unit="s") for band in BANDS_HZ),
            Output(name="wet_lu", unit="LU"),
            Output(name="pre_delay_ms", unit="ms"),
        ),
        example=example,
        data=data_of((*voices, *rooms)),
    )


def _dry(dry: Samples, group: str) -> Example:
    unknown = [0.0] * len(BANDS_HZ)
    return Example(
        signals=(_after(dry),),
        targets=np.array([*unknown, DRY_LU, 0.0], np.float32),
        weights=np.array([*unknown, 1.0, 0.0], np.float32),
        groups=(group,),
    )


def _wet(rng: np.random.Generator, dry: Samples, room: Room, group: str) -> Example:
    wet_lu = float(rng.uniform(DRY_LU, WETTEST_LU))
    delay_ms = float(rng.uniform(0.0, LONGEST_DELAY_MS))
    both = reverberated(dry, RATE, room.response, wet_lu=wet_lu, pre_delay_ms=delay_ms)
    known = np.isfinite(room.rt60_s)
    return Example(
        signals=(_after(both[:, : dry.shape[1]]),),
        targets=np.array([*np.where(known, room.rt60_s, 0.0), wet_lu, delay_ms + room.delay_ms], np.float32),
        weights=np.array([*known, 1.0, 1.0], np.float32),
        groups=(group, room.group),
    )


def _after(samples: Samples) -> Samples:
    return samples[:, round(BEFORE_S * RATE) :]

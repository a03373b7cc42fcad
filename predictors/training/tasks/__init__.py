"""Tasks that teach by themselves: recordings are changed in known ways, and the change is asked for.

Nothing is kept of an example: each is made when it is asked for, from a generator that says which.
"""

from __future__ import annotations

from collections.abc import Mapping

from predictors.training.datasets import Dataset
from predictors.training.tasks.dynamics import range_task
from predictors.training.tasks.eq import eq_task
from predictors.training.tasks.level import level_task
from predictors.training.tasks.material import RATE
from predictors.training.tasks.reverb import reverb_task
from predictors.training.tasks.task import Example, Task, selected

__all__ = ["RATE", "Example", "Task", "make_tasks", "selected"]


def make_tasks(dataset: Dataset, *, vary: bool) -> Mapping[str, Task]:
    """The tasks that a data set has material for, by name: "eq", "range", "level", "reverb", "rt60", "wet".

    `vary`: voices at other speeds and rooms with other decays, for training; without, as they were recorded.
    "rt60" (500 Hz to 1 kHz) and "wet" are parts of "reverb".
    """
    tasks: dict[str, Task] = {}
    voices = dataset.voices()
    if voices:
        tasks |= {"eq": eq_task(dataset, vary=vary), "range": range_task(dataset, vary=vary)}
    if any(voice.dry for voice in voices):
        reverb = reverb_task(dataset, vary=vary)
        tasks |= {
            "reverb": reverb,
            "rt60": selected(reverb, "rt60", ("rt60_mid_s",), logarithmic=True),
            "wet": selected(reverb, "wet", ("wet_lu",)),
        }
    if dataset.songs():
        tasks["level"] = level_task(dataset, vary=vary)
    return tasks

"""What a task is: a question about a recording, and examples with the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.cards import DataSet, Output
from predictors.training.datasets import ImpulseResponse, Item, Song, Voice

Samples = NDArray[np.float32]
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """Recordings (1, frames) at `material.RATE`, one for each input of the task, and the truth for each output.

    A weight of 0 says that there is no truth: what is dry has no reverberation time. `groups` are those of the
    voice or song and of the room that it was made from.
    """

    signals: tuple[Samples, ...]
    targets: Vector
    weights: Vector
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """A question with any number of examples, the same for the same state of the generator.

    `logarithmic`: the targets are positive, and their ratios are what is alike. `data`: what examples are made of,
    for the card.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    example: Callable[[np.random.Generator], Example]
    data: tuple[DataSet, ...]
    logarithmic: bool = False


def selected(task: Task, name: str, outputs: tuple[str, ...], *, logarithmic: bool = False) -> Task:
    """The same examples, asked for some of the outputs only."""
    places = [[output.name for output in task.outputs].index(output) for output in outputs]

    def example(rng: np.random.Generator) -> Example:
        whole = task.example(rng)
        return dataclasses.replace(whole, targets=whole.targets[places], weights=whole.weights[places])

    chosen = tuple(task.outputs[place] for place in places)
    return dataclasses.replace(task, name=name, outputs=chosen, example=example, logarithmic=logarithmic)


def data_of(items: Iterable[Item]) -> tuple[DataSet, ...]:
    """The items by kind and licence, each group by its name."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in items:
        found.setdefault((_kind(item), item.licence), []).append(item.group)
    return tuple(
        DataSet(name=f"{kind}: {', '.join(dict.fromkeys(members))}", licence=licence, items=len(members))
        for (kind, licence), members in sorted(found.items())
    )


def _kind(item: Item) -> str:
    match item:
        case Song():
            return "songs"
        case Voice():
            return "voices"
        case ImpulseResponse():
            return "impulse responses"
        case _:
            return "backings"

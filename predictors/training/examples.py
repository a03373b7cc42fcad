"""Examples as vectors: each is made once, described, and kept in files, so that collecting can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from predictors.features import describe
from predictors.training.tasks import RATE, Task

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]

SHARD = 250
"""Examples in a file: what is lost at most when collecting is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Features (examples, features), targets and weights (examples, outputs), and the group of each example.

    A weight of 0 marks a target that says nothing. The group is the room's where there is one, else the voice's.
    """

    features: Floats
    targets: Floats
    weights: Floats
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.features)


def collect(task: Task, count: int, *, seed: int, part: str, folder: Path, progress: Progress) -> Examples:
    """The first `count` examples of a task for this seed and part ("train", ...).

    Example n depends on nothing but the seed, the part and n; those that lie in `folder` are not made anew.
    Raises DatasetError for a file that cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards = []
    for start in range(0, count, SHARD):
        numbers = range(start, min(start + SHARD, count))
        path = folder / f"{part}-{start}-{numbers.stop}.npz"
        if not path.exists():
            _make(task, numbers, (seed, *part.encode()), path, progress, count)
        with np.load(path) as shard:
            shards.append({name: shard[name] for name in shard.files})
    whole = {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
    groups = tuple(str(group) for group in whole.pop("groups"))
    return Examples(**whole, groups=groups)


def _make(task: Task, numbers: range, seed: tuple[int, ...], path: Path, progress: Progress, count: int) -> None:
    """Make some examples and write them to a file, whole or not at all."""
    features, targets, weights, groups = [], [], [], []
    for number in numbers:
        example = task.example(np.random.default_rng((*seed, number)))
        features.append(np.concatenate([describe(signal, RATE) for signal in example.signals]))
        targets.append(example.targets)
        weights.append(example.weights)
        groups.append(example.groups[-1])
        progress(f"{task.name}: example {number + 1} of {count}", (number + 1) / count)
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, features=features, targets=targets, weights=weights, groups=groups)
    temporary.replace(path)

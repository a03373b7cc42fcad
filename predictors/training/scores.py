"""How far predictions are from the truth, with intervals over songs (voices, rooms): the unit that is independent.

A statistic takes (predicted, true), arrays of one shape whose first axis counts examples, and gives a number.
Intervals are percentiles of a bootstrap that draws whole groups, since examples of one song resemble each other.
With few groups they are too narrow: for normal values 84 % of them hold the true mean with five groups, 90 % with
ten, 93 % with twenty (2000 simulations each), instead of 95 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array, Array], float]

DRAWS = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value, and between what it lies with the confidence of `CONFIDENCE`."""

    value: float
    low: float
    high: float


def mean_absolute_error(predicted: ArrayLike, true: ArrayLike) -> float:
    """The mean distance, in the unit of the values."""
    return float(np.abs(_difference(predicted, true)).mean())


def rmse(predicted: ArrayLike, true: ArrayLike) -> float:
    """The root of the mean squared distance, in the unit of the values."""
    return float(np.sqrt(np.square(_difference(predicted, true)).mean()))


def correlation(predicted: ArrayLike, true: ArrayLike) -> float:
    """Pearson's coefficient over all values, -1 to 1; 0 where one of the two is constant and so tells nothing."""
    x, y = (_array(values).ravel() for values in (predicted, true))
    if np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1.0, 1.0))


def _difference(predicted: ArrayLike, true: ArrayLike) -> Array:
    predicted, true = _array(predicted), _array(true)
    if predicted.shape != true.shape:
        raise ValueError(f"shapes differ: {predicted.shape} predicted, {true.shape} true")
    return np.asarray(predicted - true)


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def score(
    statistic: Statistic, predicted: ArrayLike, true: ArrayLike, groups: Sequence[str], *, seed: int = 0
) -> Score:
    """A statistic over all examples; `groups` names the group of each."""
    predicted, true = _array(predicted), _array(true)
    return interval(lambda chosen: statistic(predicted[chosen], true[chosen]), groups, seed=seed)


def gain(
    statistic: Statistic,
    predicted: ArrayLike,
    baseline: ArrayLike,
    true: ArrayLike,
    groups: Sequence[str],
    *,
    seed: int = 0,
) -> Score:
    """By how much the statistic of a prediction is above that of a baseline, both on the same draws.

    For an error, all below 0 means: better than the baseline, and not by luck.
    """
    ours, theirs, true = map(_array, (predicted, baseline, true))
    return interval(
        lambda chosen: statistic(ours[chosen], true[chosen]) - statistic(theirs[chosen], true[chosen]),
        groups,
        seed=seed,
    )


def best_constant(statistic: Statistic, training: ArrayLike) -> Array:
    """The one answer that does best on training targets: their median for an absolute error, else their mean."""
    centre: Callable[..., Any] = np.median if statistic is mean_absolute_error else np.mean
    return np.asarray(centre(_array(training), axis=0))


def interval(value: Callable[[NDArray[np.int_]], float], groups: Sequence[str], *, seed: int = 0) -> Score:
    """What a function of chosen examples (their numbers) gives for all, and its spread over drawn groups."""
    members = [np.flatnonzero(np.asarray(groups) == name) for name in sorted(set(groups))]
    if not members:
        raise ValueError("there is no example to score")
    rng = np.random.default_rng(seed)
    draws = np.sort(rng.integers(len(members), size=(DRAWS, len(members))), axis=1)
    different, which = np.unique(draws, axis=0, return_inverse=True)  # few, where there are few groups
    values = np.array([value(np.concatenate([members[group] for group in draw])) for draw in different])
    low, high = np.quantile(values[which.ravel()], ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return Score(value=value(np.arange(len(groups))), low=float(low), high=float(high))

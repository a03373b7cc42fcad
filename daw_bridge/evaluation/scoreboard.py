"""Observations as a table: a row a measure, a column a predictor or a baseline, with intervals over songs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daw_bridge.evaluation.measures import MEASURES, Measure
from daw_bridge.evaluation.observations import CONSTANT, DO_NOTHING, Observation
from predictors.training.scores import Score, Statistic, best_constant, interval, mean_absolute_error

BASELINES = (DO_NOTHING, CONSTANT)

FEWEST_SONGS = 5
"""With fewer, nothing is called better: that all of four agree happens by chance once in eight times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one predictor or baseline reaches.

    `beats`: True where it is better than the better baseline in all but 1 of 40 draws of songs, False where it is
    worse in as many, else None; None with fewer than `FEWEST_SONGS`. Over one song, a score has no interval.
    """

    score: Score
    songs: int
    beats: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measure, and a cell for everybody of whom it was observed."""

    measure: Measure
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, eq=False)
class _Trials:
    """All observations of one thing by one predictor or baseline."""

    predicted: NDArray[np.float64]
    true: NDArray[np.float64]
    groups: tuple[str, ...]

    def value(self, statistic: Statistic, chosen: NDArray[np.int_]) -> float:
        return statistic(self.predicted[chosen], self.true[chosen])


def scoreboard(observations: Sequence[Observation], *, seed: int = 0) -> tuple[Row, ...]:
    """The rows of all that was observed."""
    trials = _gathered([*observations, *_constants(observations)])
    rows = (_row(measure, trials.get(measure.what, {}), seed) for measure in MEASURES)
    return tuple(row for row in rows if row.cells)


def _gathered(observations: Iterable[Observation]) -> dict[str, dict[str, _Trials]]:
    """By what was observed, then by whom."""
    sorted_out: dict[str, dict[str, list[Observation]]] = {}
    for one in observations:
        sorted_out.setdefault(one.what, {}).setdefault(one.who, []).append(one)
    return {what: {who: _trials(many) for who, many in of.items()} for what, of in sorted_out.items()}


def _trials(observations: Sequence[Observation]) -> _Trials:
    return _Trials(
        np.concatenate([one.predicted for one in observations]),
        np.concatenate([one.true for one in observations]),
        tuple(one.group for one in observations for _ in one.predicted),
    )


def _constants(observations: Sequence[Observation]) -> Iterable[Observation]:
    """What the best one answer of the other songs would reach, for what is asked back."""
    for what in ("level undone", "range undone"):
        unmixed = [one for one in observations if (one.what, one.who) == (what, DO_NOTHING)]
        for one in unmixed:
            others = [other.true for other in unmixed if other.group != one.group]
            if others:
                answer = best_constant(mean_absolute_error, np.concatenate(others))
                # No compressor widens a range: it stays what it is.
                reached = np.minimum(answer, one.predicted) if what == "range undone" else one.true * 0.0 + answer
                yield Observation(what, CONSTANT, one.group, reached, one.true)


def _row(measure: Measure, trials: Mapping[str, _Trials], seed: int) -> Row:
    cells = {who: _cell(measure, who, trials, seed) for who in trials}
    return Row(measure=measure, cells=cells)


def _cell(measure: Measure, who: str, trials: Mapping[str, _Trials], seed: int) -> Cell:
    ours = trials[who]
    score = interval(lambda chosen: ours.value(measure.statistic, chosen), ours.groups, seed=seed)
    songs = len(set(ours.groups))
    judged = who not in BASELINES and songs >= FEWEST_SONGS
    return Cell(score=score, songs=songs, beats=_beats(measure, ours, trials, seed) if judged else None)


def _beats(measure: Measure, ours: _Trials, trials: Mapping[str, _Trials], seed: int) -> bool | None:
    """Both are drawn together, for songs differ more than predictors do."""
    present = [trials[name] for name in BASELINES if name in trials and trials[name].groups == ours.groups]
    if not present or measure.more_is_better is None:
        return None
    sign = 1.0 if measure.more_is_better else -1.0
    every = np.arange(len(ours.groups))
    best = max(present, key=lambda baseline: sign * baseline.value(measure.statistic, every))

    def lead(chosen: NDArray[np.int_]) -> float:
        return sign * (ours.value(measure.statistic, chosen) - best.value(measure.statistic, chosen))

    led = interval(lead, ours.groups, seed=seed)
    return True if led.low > 0.0 else False if led.high < 0.0 else None

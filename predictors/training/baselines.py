"""What a network has to beat: no answer, one answer for all, and rules that listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictors.engineers_table import engineers_table
from predictors.features import BANDS, BLOCK_FRAMES, CENTRES_HZ, LEVEL_PERCENTILES, TONE_ROWS, section_slice
from predictors.targets import OCTAVES_HZ
from predictors.training.examples import Examples
from predictors.training.scores import Statistic, best_constant

Floats = NDArray[Any]
Rule = Callable[[Examples, Examples], Floats]
"""What a rule says to examples, having seen those of training."""


def constant(statistic: Statistic) -> Rule:
    """The one answer that does best in training."""

    def said(examples: Examples, training: Examples) -> Floats:
        known = training.weights.all(axis=1)
        return np.broadcast_to(best_constant(statistic, training.targets[known]), examples.targets.shape)

    return said


def nothing(examples: Examples, training: Examples) -> Floats:  # noqa: ARG001  a Rule
    """That nothing was changed."""
    return np.zeros_like(examples.targets)


def average_spectrum(examples: Examples, training: Examples) -> Floats:  # noqa: ARG001  a Rule
    """That the voice was the average mixed vocal of MUSDB18: the curve is what it differs by, less the mean."""
    tone = examples.features[:, section_slice("tone")].reshape(-1, TONE_ROWS, BANDS)
    spectrum_db = tone[:, 0] + tone[:, -1] - 10 * np.log10(_widths())
    thirds_hz = 1000.0 * 10.0 ** (np.arange(-11, 12) / 10)
    usual_db = np.asarray(engineers_table().vocal_db) - 10 * np.log10(OCTAVES_HZ)
    usual_thirds = np.interp(np.log(thirds_hz), np.log(OCTAVES_HZ), usual_db)
    heard = np.array([np.interp(np.log(thirds_hz), np.log(CENTRES_HZ), row) for row in spectrum_db])
    curve = heard - usual_thirds
    return np.asarray(curve - curve.mean(axis=1, keepdims=True))


def _widths() -> Floats:
    """How wide the bands are, up to a factor: with it levels are densities, as octaves are over their centre."""
    return np.asarray(np.gradient(np.array(CENTRES_HZ)))


def usual_range(examples: Examples, training: Examples) -> Floats:
    """That the voice had the range of the average voice, a line through what training shows.

    The range is that of `analysis.block_range_db`, of blocks of about 100 ms.
    """
    told, known = _range_db(examples), _range_db(training)
    slope, start = np.polyfit(known, training.targets[:, 0], 1)
    return np.asarray(slope * told + start)[:, None]


def _range_db(examples: Examples) -> Floats:
    """From the 10th to the 95th percentile of the active blocks of 93 ms."""
    count = len(LEVEL_PERCENTILES)
    start = section_slice("movement").start + (2 * BLOCK_FRAMES.index(4) + 1) * count
    levels = examples.features[:, start : start + count]
    return levels[:, LEVEL_PERCENTILES.index(95)] - levels[:, LEVEL_PERCENTILES.index(10)]

"""How far a mix is from the one that an engineer made of the same recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.evaluation.framewise import distances_percent, loudness_features
from daw_bridge.evaluation.overall import bark_difference_db, differences, overall
from predictors.loudness import measure

if TYPE_CHECKING:
    from daw_bridge.audio import Samples


def differences_from(theirs: Samples, ours: Samples, rate: int) -> dict[str, float]:
    """Metric sets A (`A loudness` ..., percent) and B (`B ...`), and what they say in the units of a mixing desk.

    Both (2, frames) from the same start. Ours is made as loud as theirs first, for how loud a master stands is no
    matter of mixing. `loudness over time`: the mean distance of the momentary loudnesses in LU, because percent
    of a level in dB tell little. `spectrum`: dB RMS over the Bark bands of the middle.
    """
    frames = min(ours.shape[1], theirs.shape[1])
    theirs = theirs[:, :frames]
    ours = _as_loud_as(theirs, ours[:, :frames], rate)
    momentary = [loudness_features(mix, rate)["lufs"] for mix in (ours, theirs)]
    whole = overall(ours, rate), overall(theirs, rate)
    return {
        "loudness over time": float(np.mean(np.abs(momentary[0] - momentary[1]))),
        "spectrum": bark_difference_db(*whole),
        **{f"A {group}": value for group, value in distances_percent(ours, theirs, rate).items()},
        **{f"B {feature}": value for feature, value in differences(*whole).items()},
    }


def _as_loud_as(theirs: Samples, ours: Samples, rate: int) -> Samples:
    gain_lu = measure(theirs, rate).integrated_lufs - measure(ours, rate).integrated_lufs
    return ours * np.float32(np.power(10.0, gain_lu / 20.0)) if np.isfinite(gain_lu) else ours

"""Gains of faders, pans and sends.

What is measured here was measured on REAPER 7.82 renders: balance, stereo pan, width, dual pan at its ends and
sends by github (REAPER panning notes, "REAPER's pan, measured", 2026-10-08 to 10), track and master balance and
phase by github mumu-lhl/AAADAW (docs/verification/reaper-parity). The rest is a model and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.session import Fader, PanMode, Send


def balance_gains(pan: float, law_db: float) -> tuple[float, float]:
    """Gains of the left and the right channel at `pan` from -1 to 1.

    `law_db` is the gain at centre; above 0 it is compensated: 0 dB at centre, so much more at the sides.
    Measured at 0 dB (the side turned away from falls by 1 - |pan|, the other stays) and at -3 dB (sine);
    -6 dB is taken as linear, and laws between are a blend of their neighbours.
    """
    centre = amplitude(-abs(law_db))
    toward, away = _panned(abs(pan), centre)
    if law_db > 0.0:
        toward, away = toward / centre, away / centre
    return (toward, away) if pan <= 0.0 else (away, toward)


def _panned(pan: float, centre: float) -> tuple[float, float]:
    """Gains of the side panned to and of the other one, for a law with the gain `centre` in the middle."""
    balance = (1.0, 1.0 - pan)
    angle = math.pi / 4.0 * (1.0 + pan)
    sine = (math.sin(angle), max(0.0, math.cos(angle)))
    linear = ((1.0 + pan) / 2.0, (1.0 - pan) / 2.0)
    root = math.sqrt(0.5)
    if centre >= root:
        return _blend(balance, sine, (1.0 - centre) / (1.0 - root))
    if centre >= 0.5:
        return _blend(sine, linear, (root - centre) / (root - 0.5))
    exponent = math.log(centre) / math.log(0.5)
    return linear[0] ** exponent, linear[1] ** exponent


def _blend(a: tuple[float, float], b: tuple[float, float], weight: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * weight, a[1] + (b[1] - a[1]) * weight


@dataclass(frozen=True, slots=True)
class Matrix:
    """How much of the left and right input (second letter) gets to the left and right output (first letter)."""

    left_left: float
    left_right: float
    right_left: float
    right_right: float

    @property
    def keeps_mono(self) -> bool:
        """Whether equal channels stay equal."""
        return math.isclose(
            self.left_left + self.left_right, self.right_left + self.right_right, rel_tol=1e-9, abs_tol=1e-12
        )

    def apply(self, block: Samples) -> Samples:
        """The block through the matrix; one channel counts as two equal ones and stays one where it can."""
        if len(block) == 1:
            left, right = self.left_left + self.left_right, self.right_left + self.right_right
            return apply_gains(block, left, left if self.keeps_mono else right)
        if self.left_right == 0.0 and self.right_left == 0.0:
            return apply_gains(block, self.left_left, self.right_right)
        mixed = np.array([[self.left_left, self.left_right], [self.right_left, self.right_right]], dtype=np.float32)
        return np.stack([row[0] * block[0] + row[1] * block[1] for row in mixed])


def apply_gains(block: Samples, left: float, right: float) -> Samples:
    """The block with a gain for each side; the same array if there is nothing to do."""
    if left == right:
        return block if left == 1.0 else block * np.float32(left)
    gains = np.array([[left], [right]], dtype=np.float32)
    return block * gains


def fader_matrix(fader: Fader, *, project_law_db: float, inverted: bool = False) -> Matrix:
    """What a track's volume, pan, width and phase button do.

    Width first feeds (1 - width) / 2 of each channel into the other; then pan turns down one side. In dual pan
    each channel has its own place and the law does not count: measured at the ends, linear between (a model).
    The classic mode has no width and is otherwise taken as balance.
    """
    gain = amplitude(fader.volume_db) * (-1.0 if inverted else 1.0)
    law_db = project_law_db if fader.pan_law_db is None else fader.pan_law_db
    if fader.pan_mode is PanMode.DUAL_PAN:
        rights = (1.0 + fader.pan_left) / 2.0, (1.0 + fader.pan_right) / 2.0
        return Matrix(gain * (1.0 - rights[0]), gain * (1.0 - rights[1]), gain * rights[0], gain * rights[1])
    own = 1.0 if fader.pan_mode is PanMode.BALANCE_CLASSIC else (1.0 + fader.width) / 2.0
    left, right = (gain * side for side in balance_gains(fader.pan, law_db))
    return Matrix(left * own, left * (1.0 - own), right * (1.0 - own), right * own)


def send_matrix(send: Send, *, project_law_db: float) -> Matrix:
    """What a send's volume, pan (a balance with the project's law), phase and mono button do."""
    gain = amplitude(send.gain_db) * (-1.0 if send.inverted else 1.0)
    left, right = (gain * side for side in balance_gains(send.pan, project_law_db))
    own = 0.5 if send.mono else 1.0
    return Matrix(left * own, left * (1.0 - own), right * (1.0 - own), right * own)

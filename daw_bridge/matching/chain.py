"""A chain as it is sought: the plug-ins' own settings and a fader, and how it sounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.sound import process_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What was done to a recording, in this order; a plug-in that is None is not needed."""

    eq: ReaEq | None = None
    comp: ReaComp | None = None
    verb: ReaVerbate | None = None
    fader_db: float = 0.0
    inverted: bool = False

    @property
    def plugins(self) -> tuple[Settings, ...]:
        """The plug-ins that are used, in order."""
        return tuple(one for one in (self.eq, self.comp, self.verb) if one is not None)

    @property
    def gain(self) -> float:
        """The fader as a factor, below 0 where the polarity is turned."""
        return -amplitude(self.fader_db) if self.inverted else amplitude(self.fader_db)


def play(chain: Chain, dry: Samples, rate: int) -> Samples:
    """The recording through the chain, as long as it is: of two channels where there is a reverb."""
    sound = dry
    for settings in chain.plugins:
        sound = process_all(settings, sound, rate)
    return np.asarray(sound * np.float32(chain.gain))


def as_heard(sound: Samples, sides: int) -> Samples:
    """The sound as a recording of so many channels holds it: stereo folded down, mono on both sides."""
    if len(sound) == sides:
        return sound
    return sound.mean(axis=0, keepdims=True) if sides == 1 else np.repeat(sound, 2, axis=0)

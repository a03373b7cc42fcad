"""The door to the plug-ins' sound."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.reacomp_sound import CompProcessor
from daw_bridge.plugins.reaeq_sound import EqProcessor
from daw_bridge.plugins.reaverbate_sound import VerbProcessor


class Processor(Protocol):
    """A plug-in that plays a stream block by block; how the stream is cut into blocks cannot be heard.

    The output is late by `latency_frames` (REAPER makes up for it, and so must the caller) and goes on for
    `tail_s` after the input has ended.
    """

    latency_frames: int
    tail_s: float

    def process(self, block: Samples) -> Samples:
        """The next block, (1 or 2, frames) in; as many frames out, of two channels where the plug-in makes them."""
        ...


def make_processor(settings: Settings, rate: int, channels: int) -> Processor:
    """A new processor for a stream of one or two channels."""
    match settings:
        case ReaEq():
            return EqProcessor(settings, rate, channels)
        case ReaComp():
            return CompProcessor(settings, rate, channels)
        case ReaVerbate():
            return VerbProcessor(settings, rate, channels)


def process_all(settings: Settings, samples: Samples, rate: int) -> Samples:
    """The whole of `samples` through a plug-in: as many frames, in time with the input, without the tail."""
    processor = make_processor(settings, rate, samples.shape[0])
    late = processor.latency_frames
    return processor.process(np.pad(samples, ((0, 0), (0, late))) if late else samples)[:, late:]

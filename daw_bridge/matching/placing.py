"""Where tracks lie in a mix, and the part of it in which most of them is heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.matching.chain import as_heard
from daw_bridge.matching.delays import find_delay

CLEAR = 30.0
"""How far a track's place in the mix must stand out of chance; tracks that are not there came to 24 (measured)."""

PHASE_FRAMES = 8
"""So small a shift may be that of an EQ's phases: it is looked at again behind the EQ."""

_ALSO_CLEAR = 0.5
"""A track that is heard clearly where it lies, and this well beside the best place, is left there: recordings of a
song begin together, and a second of a voice was more like what another track plays elsewhere (0.54 of that)."""


def find_offset(mix: Samples, track: Samples, rate: int) -> int:
    """By how many frames the track lies later in the mix; 0 where it is not found, or is clear enough there."""
    if not track.any():
        return 0
    mixed, own = ([as_heard(samples, 1)[0]] for samples in (mix, track))
    found = find_delay(mixed, own, rate, (-track.shape[1], mix.shape[1]))
    here = find_delay(mixed, own, rate, (-rate // 1000, rate // 1000))
    if found.clearness < CLEAR:
        return 0
    if here.clearness > max(CLEAR, _ALSO_CLEAR * found.clearness):
        return here.frames if abs(here.frames) > PHASE_FRAMES else 0
    return found.frames


def placed(track: Samples, offset: int, frames: int) -> Samples:
    """The track as it lies in the mix, silent where there is none of it; one channel where both are equal."""
    track = track[:1] if len(track) == 2 and np.array_equal(track[0], track[1]) else track
    out = np.zeros((len(track), frames), np.float32)
    inner = track[:, max(-offset, 0) :][:, : max(frames - max(offset, 0), 0)]
    out[:, max(offset, 0) : max(offset, 0) + inner.shape[1]] = inner
    return out


def fullest_of_all(tracks: Sequence[Samples], rate: int, length_s: float) -> tuple[int, int]:
    """The part so long in which the tracks, each as a share of its own, have most sound: start and stop."""
    frames = tracks[0].shape[1]
    length = round(length_s * rate)
    if frames <= length:
        return 0, frames
    starts = np.arange(0, frames, rate)
    energies = np.array([np.add.reduceat(np.square(track).sum(axis=0), starts) for track in tracks])
    sums = np.cumsum(np.pad(np.sqrt(energies), ((0, 0), (1, 0))), axis=1)
    blocks = round(length_s)
    shares = (sums[:, blocks:] - sums[:, :-blocks]) / (sums[:, -1:] + 1e-30)
    at = int(np.argmax(np.log(shares + 1e-3).sum(axis=0)))
    start = min(at * rate, frames - length)
    return start, start + length

"""What a clip sounds like on the time line: cut, looped, channels, gain, pan and fades.

Positions are rounded to the nearest sample of the session's rate. A play rate other than 1 changes speed and
pitch together, as on a tape; `preserve_pitch` is not played (hosts warn of it).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.media import Media
from daw_bridge.mixer import apply_gains, balance_gains
from daw_bridge.session import Clip, Fade

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedClip:
    """A clip between two frames of the time line, with its own frame 0 at frame `offset` of its source.

    `rate` is the one at which its source is read: half the session's for a clip at twice the speed. The lengths
    of the fades are in frames, too, and no whole numbers.
    """

    clip: Clip
    start: int
    stop: int
    offset: int
    rate: float
    fade_in: float
    fade_out: float


def place(clip: Clip, rate: int) -> PlacedClip:
    """The clip in frames at the session's rate."""
    read_rate = rate / clip.play_rate
    start = round(clip.position_s * rate)
    stop = round((clip.position_s + clip.length_s) * rate)
    # The fade-in has the right of way: a fade-out is shortened to what is left (measured, see `fade_curve`).
    fade_in = min(clip.fade_in.length_s * rate, stop - start)
    return PlacedClip(
        clip=clip,
        start=start,
        stop=stop,
        offset=round(clip.offset_s * read_rate),
        rate=read_rate,
        fade_in=fade_in,
        fade_out=min(clip.fade_out.length_s * rate, stop - start - fade_in),
    )


def clip_channels(clip: Clip, media: Media) -> int:
    """1 if both sides get the same, else 2. Raises AudioFileError."""
    mono = media.info(clip.source).channels == 1 or clip.channel_mode in _MONO_MODES
    return 1 if mono and clip.pan == 0.0 else 2


def clips_block(clips: Sequence[PlacedClip], media: Media, start: int, stop: int, channels: int) -> Samples:
    """The sum of a track's clips from `start` to `stop`: (channels, frames). May be a view of kept audio."""
    sounding = [placed for placed in clips if placed.start < stop and placed.stop > start]
    if len(sounding) == 1 and sounding[0].start <= start and sounding[0].stop >= stop:
        block = _clip_block(sounding[0], media, start, stop)
        return block if len(block) == channels else np.repeat(block, channels, axis=0)
    out = np.zeros((channels, stop - start), np.float32)
    for number, placed in enumerate(sounding):
        first, last = max(start, placed.start), min(stop, placed.stop)
        part = out[:, first - start : last - start]
        block = _clip_block(placed, media, first, last)
        if number:
            part += block
        else:  # most tracks are one clip: nothing is there to add to
            part[:] = block
    return out


def _clip_block(placed: PlacedClip, media: Media, start: int, stop: int) -> Samples:
    """The part of one clip between two frames that lie inside of it."""
    clip = placed.clip
    block = _take_channels(_source_block(placed, media, start, stop), clip.channel_mode)
    gain = amplitude(clip.gain_db) * (-1.0 if clip.inverted else 1.0)
    # The item's pan is a balance; that it knows no pan law is assumed, not measured.
    left, right = balance_gains(clip.pan, 0.0)
    block = apply_gains(block, left * gain, right * gain)
    return _faded(block, placed, start - placed.start)


def _source_block(placed: PlacedClip, media: Media, start: int, stop: int) -> Samples:
    clip = placed.clip
    first = placed.offset + start - placed.start
    last = placed.offset + stop - placed.start
    length = media.frames(clip.source, placed.rate)
    if not clip.loop or not length or (first >= 0 and last <= length):
        return media.read(clip.source, first, last - first, placed.rate)
    pieces = []
    while first < last:
        at = first % length
        frames = min(last - first, length - at)
        pieces.append(media.read(clip.source, at, frames, placed.rate))
        first += frames
    return np.concatenate(pieces, axis=1)


_MONO_MODES = range(2, 67)
"""REAPER's CHANMODE: 2 downmix, 3 left, 4 right, 5 to 66 one channel of many (ReaTeam, State Chunk Definitions)."""


def _take_channels(block: Samples, mode: int) -> Samples:
    """Of channels that are not decoded (the third and on), the downmix of the first two is played instead."""
    if len(block) == 1:
        return block
    if mode == 1:
        return block[::-1]
    if mode in (3, 4):
        return block[mode - 3 : mode - 2]
    if mode in _MONO_MODES:
        downmix: Samples = block.mean(axis=0, keepdims=True, dtype=np.float32)
        return downmix
    return block


def _faded(block: Samples, placed: PlacedClip, start: int) -> Samples:
    """The block with the fades of its clip; `start` counts from the clip's begin.

    A fade-out runs its curve backwards over the time that remains, so that the last sample is not quite silent.
    """
    stop = start + block.shape[1]
    frames = placed.stop - placed.start
    if start < placed.fade_in:
        x = np.arange(start, min(stop, math.ceil(placed.fade_in))) / placed.fade_in
        block = _scaled(block, 0, fade_curve(placed.clip.fade_in, x))
    if frames - stop + 1 < placed.fade_out:
        first = max(start, math.floor(frames - placed.fade_out) + 1)
        x = (frames - np.arange(first, stop)) / placed.fade_out
        block = _scaled(block, first - start, fade_curve(placed.clip.fade_out, x))
    return block


def _scaled(block: Samples, first: int, curve: Curve) -> Samples:
    block = block.copy()
    block[:, first : first + len(curve)] *= curve.astype(np.float32)
    return block


_SHAPES: tuple[Callable[[Curve], Curve], ...] = (
    lambda x: x,
    lambda x: x * (2.0 - x),
    lambda x: x**2,
    lambda x: 1.0 - (1.0 - x) ** 4,
    lambda x: x**4,
    lambda x: x * x * (3.0 - 2.0 * x),
    lambda x: np.where(x < 0.5, 8.0 * x**4, 1.0 - 8.0 * (1.0 - x) ** 4),
)


def fade_curve(fade: Fade, x: Curve) -> Curve:
    """Gain of a fade at `x` from 0 (silent) to 1, by REAPER's shape 0 to 6 and curvature -1 to 1.

    The shapes, and curvature on the straight shape 0, follow REAPER 7.82 renders to the last bit of 24
    (github mumu-lhl/AAADAW, item-fades.md). How curvature bends another shape is a model: before the shape.
    Another shape is taken as straight.
    """
    shape = _SHAPES[fade.shape] if 0 <= fade.shape < len(_SHAPES) else _SHAPES[0]
    return shape(_bent(x, fade.curvature))


def _bent(x: Curve, curvature: float) -> Curve:
    return _slow(x, -curvature) if curvature < 0.0 else 1.0 - _slow(1.0 - x, curvature)


def _slow(x: Curve, amount: float) -> Curve:
    """From x over x² at 0.5 to x⁴ at 1."""
    if amount <= 0.5:
        return x + (x**2 - x) * 2.0 * amount
    return x**2 + (x**4 - x**2) * (2.0 * amount - 1.0)

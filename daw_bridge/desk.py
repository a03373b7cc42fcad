"""The mixing desk: one strip a track, and what each of them carries from block to block."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.clips import PlacedClip, clip_channels, clips_block, place
from daw_bridge.media import Media, Pieces
from daw_bridge.mixer import Matrix, fader_matrix
from daw_bridge.plugins import Settings
from daw_bridge.plugins.reacomp_sound import CompProcessor
from daw_bridge.plugins.reaverbate_sound import VerbProcessor
from daw_bridge.plugins.sound import Processor, make_processor
from daw_bridge.routing import MASTER, Routing, Way, playable
from daw_bridge.session import Clip, SendMode, Session
from daw_bridge.threads import in_parallel

Taps = dict[SendMode, Samples]
"""The sound of one strip in one block, at the places where sends take it."""


class Desk:
    """The strips of all tracks that sound at one end of a session, in playing order.

    `latency` in frames and `tail_s`: how much too late the sound comes out, and how long after the last clip.
    With `whole`, a desk of the same session and routing, compressors do what they do there: so only the clips of
    `only` sound, as they are in the whole. Raises AudioFileError for files that cannot be opened.
    """

    def __init__(
        self,
        session: Session,
        media: Media,
        routing: Routing,
        *,
        only: Collection[str] | None = None,
        whole: Desk | None = None,
    ) -> None:
        self.strips: dict[str, Strip] = {}
        for guid in routing.order:
            ways = [way for way in routing.ways if way.target == guid]
            clips = session.track(guid).clips if guid in routing.sounding else ()
            inputs = [Input(way, self.strips) for way in ways]
            silent = only is not None and guid not in only
            self.strips[guid] = _strip(session, media, guid, clips, inputs, silent=silent)
        self._rows = _rows(self.strips)
        self._whole = whole
        self._end = routing.order[-1] if routing.order else ""
        last = self.strips.get(self._end)
        self.latency = last.latency if last else 0
        self.tail_s = last.tail_s if last else 0.0

    def blocks(self, tap: SendMode, stop: int, block_frames: int, start: int = 0) -> Iterator[Samples]:
        """What is heard at a tap of the last strip between two frames, in time: (1 or 2, frames of the block)."""
        for first in range(start, stop + self.latency, block_frames):
            last = min(first + block_frames, stop + self.latency)
            block = self._play(first, last)[self._end][tap][:, max(0, start + self.latency - first) :]
            if block.shape[1]:
                yield block

    def _play(self, start: int, stop: int) -> dict[str, Taps]:
        if self._whole:
            self._whole._play(start, stop)
        heard: dict[str, Taps] = {}

        def play(guid: str) -> Taps:
            strip = self.strips[guid]
            return strip.play(start, stop, heard, self._whole.strips[guid] if self._whole else strip)

        for row in self._rows:
            heard.update(zip(row, in_parallel(play, row), strict=True))
        return heard


def _rows(strips: Mapping[str, Strip]) -> list[list[str]]:
    """The strips, by guid, in rows that can be played side by side: each gets its input from rows before it."""
    depth: dict[str, int] = {}
    for guid, strip in strips.items():
        depth[guid] = 1 + max((depth[one.way.source] for one in strip.inputs), default=-1)
    return [[guid for guid in strips if depth[guid] == row] for row in range(max(depth.values(), default=-1) + 1)]


class Input:
    """What a strip gets of another one."""

    def __init__(self, way: Way, strips: dict[str, Strip]) -> None:
        self.way = way
        source = strips[way.source]
        self.channels = source.channels[way.tap] if way.matrix.keeps_mono else 2
        self.latency = source.latency if way.tap is not SendMode.PRE_FX else source.input_latency
        self.tail_s = source.tail_s
        self.delay = Delay(0)

    def play(self, heard: dict[str, Taps]) -> Samples:
        """The block that comes in."""
        return self.delay.process(self.way.matrix.apply(heard[self.way.source][self.way.tap]))


@dataclass(slots=True, kw_only=True)
class Strip:
    """One track, or the master, while it plays. Its clips are not heard if it is `silent`.

    `latency` and `tail_s` are those at its end, with all that comes before; `input_latency` is that before FX.
    """

    media: Media
    clips: tuple[PlacedClip, ...]
    clips_channels: int
    clips_delay: Delay
    inputs: tuple[Input, ...]
    chain: tuple[Stage, ...]
    fader: Matrix
    channels: dict[SendMode, int]
    input_latency: int
    latency: int
    tail_s: float
    silent: bool

    @property
    def ringing_s(self) -> float:
        """How long its own plug-ins sound on, with what is cut where no reverb plays."""
        return sum(stage.processor.tail_s for stage in self.chain)

    def play(self, start: int, stop: int, heard: dict[str, Taps], key: Strip) -> Taps:
        """The next block, given those of all strips before; compressors listen to what those of `key` heard."""
        pieces = [one.play(heard) for one in self.inputs]
        if self.clips:
            clips = () if self.silent else self.clips
            own = clips_block(clips, self.media, start, stop, self.clips_channels)
            pieces.append(self.clips_delay.process(own))
        pre_fx = post_fx = _sum(pieces)
        for stage, leader in zip(self.chain, key.chain, strict=True):
            post_fx = stage.process(post_fx, leader)
        return {
            SendMode.PRE_FX: pre_fx,
            SendMode.POST_FX: post_fx,
            SendMode.POST_FADER: self.fader.apply(post_fx),
        }


class Stage:
    """One plug-in of a chain, with the number of channels that it gives, and how long it sounds on.

    Only reverbs sound on: what an equalizer rings after the last clip is cut, as where REAPER renders no tail.
    """

    def __init__(self, processor: Processor, channels: int) -> None:
        self.processor = processor
        self.channels = 2 if isinstance(processor, VerbProcessor) else channels
        self.tail_s = processor.tail_s if isinstance(processor, (VerbProcessor, Played)) else 0.0
        self._heard: Samples | None = None

    def process(self, block: Samples, leader: Stage) -> Samples:
        """The block through the plug-in; a compressor listens to what `leader` heard last, which may be itself."""
        self._heard = block
        if isinstance(self.processor, CompProcessor):
            out = self.processor.process(block, leader._heard)
        else:
            out = self.processor.process(block)
        return out if len(out) == self.channels else np.repeat(out, self.channels, axis=0)


class Played:
    """In the place of a whole chain: what it gave when it was played before, in time."""

    latency_frames = 0

    def __init__(self, pieces: Pieces, tail_s: float) -> None:
        self._pieces = pieces
        self._at = 0
        self.tail_s = tail_s

    def process(self, block: Samples) -> Samples:
        """As many frames as the block has; silence behind the end."""
        start, self._at = self._at, self._at + block.shape[1]
        first, second = self._pieces
        frames = first.shape[1]
        if self._at <= frames:
            return first[:, start : self._at]
        joined = np.concatenate([first[:, start:], second[:, max(start - frames, 0) : self._at - frames]], axis=1)
        return np.pad(joined, ((0, 0), (0, block.shape[1] - joined.shape[1])))


class Delay:
    """Holds a signal back, so that it meets others that a plug-in with look-ahead made late."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._held: Samples | None = None

    def process(self, block: Samples) -> Samples:
        """The block as it was so many frames before."""
        if not self._frames:
            return block
        if self._held is None:
            self._held = np.zeros((len(block), self._frames), np.float32)
        joined = np.concatenate([self._held, block], axis=1)
        self._held = joined[:, block.shape[1] :]
        return joined[:, : block.shape[1]]


def _strip(
    session: Session, media: Media, guid: str, clips: Sequence[Clip], inputs: list[Input], *, silent: bool
) -> Strip:
    input_latency = max((one.latency for one in inputs), default=0)
    for one in inputs:
        one.delay = Delay(input_latency - one.latency)
    own_channels = max((clip_channels(clip, media) for clip in clips), default=1)
    input_channels = max([own_channels, *(one.channels for one in inputs)])
    placed_clips = tuple(place(clip, session.rate) for clip in clips)
    for placed in placed_clips:
        media.claim(placed.clip.source, placed.rate)
    chain = _chain(_settings(session, guid), session.rate, input_channels)
    played = None if inputs else media.remembered(tuple(clips), chain_of(session, guid))
    if played is not None:
        first, second = played
        heard = (first[:, :0], second[:, :0]) if silent else played
        chain = (Stage(Played(heard, sum(stage.tail_s for stage in chain)), len(first)),)
    channels = chain[-1].channels if chain else input_channels
    fader = _fader(session, guid)
    return Strip(
        media=media,
        clips=placed_clips,
        clips_channels=own_channels,
        clips_delay=Delay(input_latency),
        inputs=tuple(inputs),
        chain=chain,
        fader=fader,
        channels={
            SendMode.PRE_FX: input_channels,
            SendMode.POST_FX: channels,
            SendMode.POST_FADER: channels if fader.keeps_mono else 2,
        },
        input_latency=input_latency,
        latency=input_latency + sum(stage.processor.latency_frames for stage in chain),
        tail_s=max((one.tail_s for one in inputs), default=0.0) + sum(stage.tail_s for stage in chain),
        silent=silent,
    )


def _chain(chain: Sequence[Settings], rate: int, channels: int) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for settings in chain:
        channels = stages[-1].channels if stages else channels
        stages.append(Stage(make_processor(settings, rate, channels), channels))
    return tuple(stages)


def chain_of(session: Session, guid: str) -> Hashable:
    """What makes the sound of a track's clips that of its chain."""
    return session.rate, _settings(session, guid)


def _settings(session: Session, guid: str) -> tuple[Settings, ...]:
    if guid == MASTER:
        return playable(session.master.fx, session.master.fx_enabled)
    track = session.track(guid)
    return playable(track.fx, track.fx_enabled)


def _fader(session: Session, guid: str) -> Matrix:
    if guid == MASTER:
        return fader_matrix(session.master.fader, project_law_db=session.pan_law_db)
    track = session.track(guid)
    return fader_matrix(track.fader, project_law_db=session.pan_law_db, inverted=track.inverted)


def _sum(pieces: Sequence[Samples]) -> Samples:
    """The sum of blocks of one or two channels; the same array where there is only one."""
    total = pieces[0]
    for piece in pieces[1:]:
        if total is not pieces[0] and len(total) >= len(piece):
            total += piece
        else:
            total = total + piece
    return total

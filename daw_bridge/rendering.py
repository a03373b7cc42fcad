"""The sound of a session: its clips through FX, faders, folders and sends to the master, block by block.

A track plays in this order: clips and what it receives, FX, volume with pan and width and phase. Its sends take
the sound before the FX, after them, or after the fader. Signals are mono until something makes them stereo,
which costs half; plug-ins that look ahead are compensated. What stands in a project and is not played (MIDI,
envelopes, third-party FX) is up to the host that reads it to tell.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daw_bridge.audio import Audio, Samples, check_writable, write_audio
from daw_bridge.clips import place
from daw_bridge.desk import Desk, chain_of
from daw_bridge.media import Media
from daw_bridge.plugins import ReaComp
from daw_bridge.progress import Progress, silent
from daw_bridge.routing import linear, playable, route, share_a_compressor
from daw_bridge.session import Clip, SendMode, Session, Source
from daw_bridge.threads import in_parallel

__all__ = [
    "RenderResult",
    "before_fx",
    "chain_input",
    "freeze",
    "linear",
    "mixdown",
    "play",
    "remember",
    "render_to_file",
]

BLOCK_FRAMES = 1 << 17
"""Large enough that Python and the reverb's convolution cost little, small enough for the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """What was written. `peak` is the highest sample, 1.0 being full scale; what lay above it is clipped.

    `warnings` name what the session holds that was not played.
    """

    path: Path
    rate: int
    frames: int
    peak: float
    warnings: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


def play(
    session: Session,
    media: Media,
    *,
    only: Collection[str] | None = None,
    block_frames: int = BLOCK_FRAMES,
    progress: Progress = silent,
) -> Iterator[Samples]:
    """What comes out of the master, in blocks of shape (2, frames). They must not be written to.

    `only` are the guids of the tracks whose own clips sound; all else stays as routed, and a compressor that they
    share with others does what it does in the mix, so that this is what they are in it. The sound is as long as
    the session and the longest tail of the reverbs that play. A muted master is silent here (REAPER 7.82 renders
    it all the same). Raises AudioFileError, and ProjectFileError for a feedback loop, before the first block where
    it can be known by then.
    """
    return _sound(session, media, only, block_frames, progress).blocks


def mixdown(session: Session, media: Media, *, only: Collection[str] | None = None) -> Samples:
    """All that `play` gives, as one array (2, frames)."""
    sound = _sound(session, media, only, BLOCK_FRAMES, silent)
    return _gathered(sound.blocks, 2, sound.frames)


def render_to_file(
    session: Session, media: Media, path: Path, *, draft: Path | None = None, progress: Progress = silent
) -> RenderResult:
    """Play a session into a .wav or .flac of 24 bit; `draft` as in `write_audio`.

    Raises OutputError, and what `play` raises; nothing is left at `path` then.
    """
    check_writable(path)
    sound = _sound(session, media, None, BLOCK_FRAMES, progress)
    peak = write_audio(path, sound.blocks, session.rate, 2, draft=draft)
    return RenderResult(path=path, rate=session.rate, frames=sound.frames, peak=peak, warnings=session.warnings)


def decode_ahead(session: Session, media: Media) -> None:
    """Decode all that sounds, side by side, before it is asked for piece by piece. Raises AudioFileError."""
    sounding = route(session).sounding
    heard = [track for track in session.tracks if track.guid in sounding]
    placed = [place(clip, session.rate) for track in heard for clip in track.clips]
    for one in placed:
        media.claim(one.clip.source, one.rate)
    files = {(one.clip.source.path, one.rate): one for one in placed}
    in_parallel(lambda one: media.read(one.clip.source, 0, 1, one.rate), list(files.values()))


def chain_input(session: Session, media: Media, guid: str) -> Samples:
    """A track's sound at the input of our own plug-ins, as long as the session: (1 or 2, frames).

    That is after its receives, its folder's children and the user's own FX. Solos and the track's own mute do
    not count. For a track that is one clip and nothing else this may be a view of kept audio. Raises as `play`.
    """
    theirs = session.map_tracks(
        lambda track: (
            dataclasses.replace(track, fx=tuple(fx for fx in track.fx if not fx.ours))
            if track.guid == guid
            else track
        )
    )
    desk = Desk(theirs, media, route(theirs, end=guid, listening=False))
    if not desk.strips:
        return np.zeros((1, session.frames), np.float32)
    if len(desk.strips) == 1 and not desk.strips[guid].chain:
        return next(desk.blocks(SendMode.POST_FX, session.frames, session.frames))
    blocks = desk.blocks(SendMode.POST_FX, session.frames, BLOCK_FRAMES)
    return _gathered(blocks, desk.strips[guid].channels[SendMode.POST_FX], session.frames)


WARM_UP_S = 20.0
"""What sounded so long ago, a chain has forgotten, but for its compressors: reverbs end after 12 s."""

RELEASES = 13.0
"""After so many release times of a compressor, 40 dB have come down to 0.0001 dB."""


def remember(session: Session, media: Media, guid: str, samples: Samples) -> None:
    """Let a track's chain not be played again where its sound is known.

    `samples` are what it gives before the fader while the session lasts; only what rings on after that is played
    here. Nothing is kept of a track that others feed, for they do not sound everywhere.
    """
    track = session.track(guid)
    routing = route(session, end=guid, listening=False)
    if routing.order != (guid,) or not playable(track.fx, track.fx_enabled):
        return
    desk = Desk(session, media, routing)
    compressors = [one for one in playable(track.fx, track.fx_enabled) if isinstance(one, ReaComp)]
    warm_up_s = WARM_UP_S + RELEASES * sum(one.release_ms for one in compressors) / 1000.0
    start = max(0, session.frames - round(warm_up_s * session.rate))
    stop = session.frames + math.ceil(desk.strips[guid].ringing_s * session.rate)
    blocks = desk.blocks(SendMode.POST_FX, stop, BLOCK_FRAMES, start)
    ending = _gathered(blocks, len(samples), stop - start)[:, session.frames - start :].copy()
    media.remember(track.clips, chain_of(session, guid), (samples[:, : session.frames], ending))


_frozen = itertools.count(1)


def freeze(session: Session, media: Media, guid: str, samples: Samples) -> Session:
    """The session with a track's clips, and all that goes into its chain and the chain, replaced by its sound.

    `samples` (1 or 2, frames) are what its chain gave, before the fader. A folder's children no longer feed it,
    and nothing is sent to it, because both are in the samples already; what they send elsewhere still sounds.
    What is sent from before its FX comes from a further track, `before_fx(guid)`. The samples stay in `media`
    until they are discarded under the path of the track's only clip.
    """
    session = _with_track_before_fx(session, guid)
    path = Path(f"frozen {guid} {next(_frozen)}")
    media.add(path, Audio(samples, session.rate))
    clip = Clip(source=Source(path=path), length_s=samples.shape[1] / session.rate)
    frozen = session.map_tracks(
        lambda track: (
            dataclasses.replace(track, clips=(clip,), fx=())
            if track.guid == guid
            else dataclasses.replace(track, to_parent=track.to_parent and track.parent != guid)
        )
    )
    return dataclasses.replace(frozen, sends=tuple(send for send in session.sends if send.target != guid))


def before_fx(guid: str) -> str:
    """The guid of the track that, beside a frozen one, holds what goes into its FX, if that is sent anywhere."""
    return f"{guid} before its FX"


def _with_track_before_fx(session: Session, guid: str) -> Session:
    """The session with what the track sends from before its FX sent by another one, which gets the same."""
    early = [send for send in session.sends if send.source == guid and send.mode is SendMode.PRE_FX]
    if not early:
        return session
    twin = dataclasses.replace(session.track(guid), guid=before_fx(guid), fx=(), to_parent=False)
    moved = tuple(dataclasses.replace(send, source=twin.guid) if send in early else send for send in session.sends)
    received = tuple(dataclasses.replace(send, target=twin.guid) for send in session.sends if send.target == guid)
    tracks = (
        dataclasses.replace(track, parent=twin.guid) if track.parent == guid else track for track in session.tracks
    )
    return dataclasses.replace(session, tracks=(*tracks, twin), sends=(*moved, *received))


@dataclass(frozen=True, slots=True)
class _Sound:
    frames: int
    blocks: Iterator[Samples]


def _sound(
    session: Session, media: Media, only: Collection[str] | None, block_frames: int, progress: Progress
) -> _Sound:
    desk = _desk(session, media, only)
    frames = session.frames + math.ceil(desk.tail_s * session.rate)
    if session.master.mute or not desk.strips:
        return _Sound(frames, _silence(frames, block_frames))
    return _Sound(frames, _stereo_blocks(desk, frames, block_frames, progress))


def _desk(session: Session, media: Media, only: Collection[str] | None) -> Desk:
    if only is None or not share_a_compressor(session, only):
        return Desk(session, media, route(session, only=only))
    routing = route(session)
    return Desk(session, media, routing, only=only, whole=Desk(session, media, routing))


def _silence(frames: int, block_frames: int) -> Iterator[Samples]:
    for start in range(0, frames, block_frames):
        yield np.zeros((2, min(block_frames, frames - start)), np.float32)


def _stereo_blocks(desk: Desk, frames: int, block_frames: int, progress: Progress) -> Iterator[Samples]:
    done = 0
    for block in desk.blocks(SendMode.POST_FADER, frames, block_frames):
        yield block if len(block) == 2 else np.repeat(block, 2, axis=0)
        done += block.shape[1]
        progress("render", done / frames)


def _gathered(blocks: Iterator[Samples], channels: int, frames: int) -> Samples:
    out = np.empty((channels, frames), np.float32)
    done = 0
    for block in blocks:
        out[:, done : done + block.shape[1]] = block
        done += block.shape[1]
    return out

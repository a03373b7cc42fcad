"""A new project file made from a session of recordings: tracks, items and media, nothing mixed yet."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from pathlib import Path

from daw_bridge.decibels import amplitude
from daw_bridge.hosts.rpp.media_paths import quoted_path, relative_path
from daw_bridge.hosts.rpp.tree import PROJECT, quote
from daw_bridge.session import Clip, Fade, Fader, PanMode, Session, Track

# What REAPER 7 writes after the format's version, "0.1": its own version and when it saved, here never.
_SAVED_BY = '"7.0/daw-bridge" 0'
_NEUTRAL_BPM = 120.0
# AIFF is of the kind WAVE, too.
_SOURCES = {".flac": "FLAC", ".mp3": "MP3", ".ogg": "VORBIS", ".wv": "WAVPACK"}
_NAMESPACE = uuid.UUID("4b6f2b7a-95e4-5f0e-8d0c-0f6d0a0f3a55")


def stable_guid(text: str) -> str:
    """A GUID in REAPER's form that is the same for the same text on every run and machine."""
    return "{" + str(uuid.uuid5(_NAMESPACE, text)).upper() + "}"


def new_project(session: Session) -> bytes:
    """The bytes of a project that holds the session's tracks and clips and plays them as the session says.

    Media is named relative to the folder of `session.path`, absolutely where there is none. A session of recordings
    has no sends, folders, solo, plug-ins, bent fades, nor sections of sources, and none are written.
    """
    lines: list[str] = [f"<{PROJECT} 0.1 {_SAVED_BY}", *_indented(_project_lines(session)), ">"]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _project_lines(session: Session) -> Iterator[str]:
    bpm = session.tempo[0].bpm if session.tempo else _NEUTRAL_BPM
    folder = session.path.resolve().parent if session.path else None
    yield "RIPPLE 0"
    yield "AUTOXFADE 129"
    yield f"PANLAW {_number(amplitude(session.pan_law_db))}"
    yield f"PANMODE {PanMode.BALANCE.value}"
    yield "LOOP 0"
    yield 'RECORD_PATH "" ""'
    yield f"SAMPLERATE {session.rate} 1 0"
    yield f"TEMPO {_number(bpm)} 4 4"
    yield "PLAYRATE 1 0 0.25 4"
    yield f"MASTERMUTESOLO {int(session.master.mute)}"
    yield "MASTER_NCH 2 2"
    yield f"MASTER_VOLUME {_fader(session.master.fader)}"
    yield f"MASTER_PANMODE {session.master.fader.pan_mode.value}"
    yield f"MASTER_WIDTH {_number(session.master.fader.width)}"
    yield "MASTER_FX 1"
    for track in session.tracks:
        yield from _block(f"TRACK {quote(track.guid)}", _track_lines(track, folder))


def _track_lines(track: Track, folder: Path | None) -> Iterator[str]:
    yield f"NAME {quote(track.name)}"
    yield "PEAKCOL 16576"
    yield "BEAT -1"
    yield "AUTOMODE 0"
    yield f"VOLPAN {_fader(track.fader)}"
    yield f"MUTESOLO {int(track.mute)} 0 0"
    yield f"IPHASE {int(track.inverted)}"
    yield "ISBUS 0 0"
    yield "NCHAN 2"
    yield f"FX {int(track.fx_enabled)}"
    yield f"TRACKID {track.guid}"
    if track.fader.pan_mode is not PanMode.BALANCE:
        yield f"PANMODE {track.fader.pan_mode.value}"
        yield f"WIDTH {_number(track.fader.width)}"
    yield f"MAINSEND {int(track.to_parent)} 0"
    for place, clip in enumerate(track.clips):
        yield from _block("ITEM", _item_lines(clip, f"{track.guid} {place}", folder))


def _item_lines(clip: Clip, key: str, folder: Path | None) -> Iterator[str]:
    gain = amplitude(clip.gain_db)
    yield f"POSITION {_number(clip.position_s)}"
    yield "SNAPOFFS 0"
    yield f"LENGTH {_number(clip.length_s)}"
    yield f"LOOP {int(clip.loop)}"
    yield "ALLTAKES 0"
    yield f"FADEIN {_fade(clip.fade_in)}"
    yield f"FADEOUT {_fade(clip.fade_out)}"
    yield "MUTE 0 0"
    yield "SEL 0"
    yield f"IGUID {stable_guid(f'item {key}')}"
    yield f"NAME {quote(clip.source.path.name)}"
    yield f"VOLPAN 1 {_number(clip.pan)} {_number(-gain if clip.inverted else gain)} -1"
    yield f"SOFFS {_number(clip.offset_s)}"
    yield f"PLAYRATE {_number(clip.play_rate)} {int(clip.preserve_pitch)} 0 -1 0 0.0025"
    yield f"CHANMODE {clip.channel_mode}"
    yield f"GUID {stable_guid(f'take {key}')}"
    yield from _source_lines(clip.source.path, folder)


def _source_lines(path: Path, folder: Path | None) -> Iterator[str]:
    kind = _SOURCES.get(path.suffix.lower(), "WAVE")
    # Links in the folders are followed, so that going up from one by `..` leads where it should.
    real = path.parent.resolve() / path.name
    written = relative_path(real, folder) if folder else str(real)
    return _block(f"SOURCE {kind}", iter([f"FILE {quoted_path(written)}"]))


def _block(opening: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"<{opening}"
    yield from _indented(lines)
    yield ">"


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _fader(fader: Fader) -> str:
    """Volume, pan, pan law (-1: the project's), left and right pan, as in `VOLPAN` and `MASTER_VOLUME`."""
    law = -1.0 if fader.pan_law_db is None else amplitude(fader.pan_law_db)
    values = (amplitude(fader.volume_db), fader.pan, law, fader.pan_left, fader.pan_right)
    return " ".join(map(_number, values))


def _fade(fade: Fade) -> str:
    """Shape, length, length of an automatic fade, the shape exactly (6 is 5.1 here), a flag, bends."""
    exact = "5.1" if fade.shape == 6 else str(fade.shape)
    return f"{fade.shape} {_number(fade.length_s)} 0 {exact} 0 0 0"


def _number(value: float) -> str:
    """A number as REAPER writes it: 14 decimals at most."""
    if not math.isfinite(value):
        raise ValueError(f"a project cannot hold {value}")
    return f"{value:.14f}".rstrip("0").rstrip(".") if value else "0"

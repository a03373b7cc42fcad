"""A session: what lies in a project, as plain data on the project's time line.

Hosts make sessions from project files, recordings or a live REAPER; the renderer plays them;
the engineer decides on them. A session holds no audio, only where it lies (see `media.py`).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from daw_bridge.plugins import Settings


class Role(Enum):
    """What a track is in the mix."""

    LEAD_VOCAL = "lead vocal"
    BACKING_VOCAL = "backing vocal"
    BACKING = "backing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fade:
    """A fade at one end of a clip: REAPER's shape number 0..6 and curvature -1..1."""

    length_s: float = 0.0
    shape: int = 0
    curvature: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A media file, or a section of it, possibly reversed.

    `path` is absolute. A section is cut out first, then reversed, then looped or trimmed by the clip.
    """

    path: Path
    section_start_s: float = 0.0
    section_length_s: float | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A piece of a source on the time line (REAPER: an item with its chosen take).

    `offset_s` counts in the source's own seconds, before `play_rate` stretches it. `gain_db` is item gain plus
    take gain. `channel_mode` is REAPER's CHANMODE (0 normal, 1 swapped, 2 mono downmix, 3 left, 4 right, ...).
    """

    source: Source
    position_s: float = 0.0
    length_s: float
    offset_s: float = 0.0
    play_rate: float = 1.0
    preserve_pitch: bool = False
    gain_db: float = 0.0
    pan: float = 0.0
    inverted: bool = False
    loop: bool = False
    channel_mode: int = 0
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fx:
    """A plug-in on a track. `settings` is None when it is one that cannot be played offline."""

    name: str
    guid: str = ""
    settings: Settings | None = None
    enabled: bool = True
    ours: bool = False


class PanMode(Enum):
    """How a fader's pan and width act (REAPER: Pan mode)."""

    BALANCE_CLASSIC = 0
    BALANCE = 3
    STEREO_PAN = 5
    DUAL_PAN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fader:
    """Volume and pan of a track or of the master.

    `pan`, `width`, `pan_left` and `pan_right` run from -1 to 1; the last two count only in dual-pan mode.
    `pan_law_db` is the gain at centre; None means the project's.
    """

    volume_db: float = 0.0
    pan: float = 0.0
    width: float = 1.0
    pan_left: float = -1.0
    pan_right: float = 1.0
    pan_mode: PanMode = PanMode.BALANCE
    pan_law_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track. `parent` is the folder track it lies in; `to_parent` tells whether it feeds folder or master."""

    guid: str
    name: str
    role: Role | None = None
    clips: tuple[Clip, ...] = ()
    fx: tuple[Fx, ...] = ()
    fx_enabled: bool = True
    fader: Fader = Fader()
    inverted: bool = False
    mute: bool = False
    solo: bool = False
    parent: str | None = None
    to_parent: bool = True


class SendMode(Enum):
    """Where on its track a send takes the signal (REAPER: I_SENDMODE)."""

    POST_FADER = 0
    PRE_FX = 1
    POST_FX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A send from one track to another, by their guids."""

    source: str
    target: str
    mode: SendMode = SendMode.POST_FADER
    gain_db: float = 0.0
    pan: float = 0.0
    mute: bool = False
    inverted: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """The tempo from `position_s` on."""

    position_s: float
    bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """The master track."""

    fader: Fader = Fader()
    mute: bool = False
    fx: tuple[Fx, ...] = ()
    fx_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A whole project as far as a vocal mix needs it.

    `rate` is the rate at which it is played. `tempo` is empty where the project's tempo says nothing about the
    music (a new project made from recordings). `warnings` name what is there but cannot be played offline,
    each once.
    """

    name: str
    rate: int
    tracks: tuple[Track, ...]
    sends: tuple[Send, ...] = ()
    master: Master = Master()
    tempo: tuple[Tempo, ...] = ()
    pan_law_db: float = 0.0
    path: Path | None = None
    warnings: tuple[str, ...] = ()

    @property
    def length_s(self) -> float:
        """Where the last clip ends, in seconds."""
        return max((clip.position_s + clip.length_s for track in self.tracks for clip in track.clips), default=0.0)

    @property
    def frames(self) -> int:
        """The length in samples at `rate`."""
        return math.ceil(round(self.length_s * self.rate, 6))

    def track(self, guid: str) -> Track:
        """The track with this guid; KeyError if there is none."""
        for track in self.tracks:
            if track.guid == guid:
                return track
        raise KeyError(guid)

    def with_role(self, role: Role) -> tuple[Track, ...]:
        """The tracks that have this role, from top to bottom."""
        return tuple(track for track in self.tracks if track.role is role)

    def map_tracks(self, change: Callable[[Track], Track]) -> Session:
        """The same session with every track replaced by `change(track)`."""
        return dataclasses.replace(self, tracks=tuple(change(track) for track in self.tracks))

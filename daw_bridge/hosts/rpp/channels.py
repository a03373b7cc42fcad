"""Faders, folders and sends: how the tracks of a project are joined.

Source of the fields: ReaTeam/Doc "State Chunk Definitions"; dual pan in VOLPAN: github SatyrDiamond/DawVert.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from daw_bridge.decibels import decibels
from daw_bridge.hosts.rpp.media_files import readable
from daw_bridge.hosts.rpp.numbers import LOUDEST, at_most, limited, line_numbers, numbers, raw_line, within_one
from daw_bridge.hosts.rpp.tree import Block, has_key
from daw_bridge.session import Fader, PanMode, Send, SendMode

# Any fixed value will do: it makes the GUIDs of tracks without one the same on every run.
_NAMESPACE = uuid.UUID("8d0c1a52-6a0b-5b53-9e0f-1f0a7b1f3c2e")


def track_guids(project: Block) -> tuple[str, ...]:
    """The GUID of each track, in upper case with braces.

    A track that has none, or the one of a track above it, gets a made-up one: the same on every run.
    """
    guids: dict[str, None] = {}  # in their order
    for number, track in enumerate(project.blocks("TRACK"), start=1):
        guid, place = _own_guid(track), f"track {number}"
        while not guid or guid in guids:
            guid = f"{{{uuid.uuid5(_NAMESPACE, place)}}}".upper()
            place += "'"
        guids[guid] = None
    return tuple(guids)


def track_names(project: Block) -> tuple[str, ...]:
    """The name of each track; `Track 3` for the third where it has none, as REAPER shows it."""
    names = []
    for number, track in enumerate(project.blocks("TRACK"), start=1):
        words = track.line("NAME") or []
        names.append(readable(words[1]) if len(words) > 1 and words[1] else f"Track {number}")
    return tuple(names)


def parents(project: Block) -> tuple[int | None, ...]:
    """For each track the place of the folder that it lies in (ISBUS: how the depth changes after the track)."""
    open_folders: list[int] = []
    found: list[int | None] = []
    for place, track in enumerate(project.blocks("TRACK")):
        found.append(open_folders[-1] if open_folders else None)
        change = int(numbers(track, "ISBUS", 0.0, 0.0)[1])
        if change > 0:
            open_folders.append(place)
        elif change < 0:
            del open_folders[change:]
    return tuple(found)


def track_fader(track: Block, project_mode: PanMode) -> Fader:
    """A track's volume, pan and width."""
    mode = _pan_mode(track, "PANMODE", project_mode)
    limited(track, "VOLPAN", 1.0, LOUDEST)
    return _fader(numbers(track, "VOLPAN", 1.0, 0.0, -1.0, -1.0, 1.0), numbers(track, "WIDTH", 1.0)[0], mode)


def master_fader(project: Block) -> Fader:
    """The master's volume, pan and width."""
    mode = _pan_mode(project, "MASTER_PANMODE", pan_mode(project))
    limited(project, "MASTER_VOLUME", 1.0, LOUDEST)
    values = numbers(project, "MASTER_VOLUME", 1.0, 0.0, -1.0, -1.0, 1.0)
    return _fader(values, numbers(project, "MASTER_WIDTH", 1.0)[0], mode)


def pan_mode(project: Block) -> PanMode:
    """The mode of tracks that have none of their own."""
    return _pan_mode(project, "PANMODE", PanMode.BALANCE)


def pan_law_db(project: Block) -> float:
    """The project's pan law: the gain at centre, or above 0 the gain at the sides (gain compensation)."""
    return _law_db(numbers(project, "PANLAW", 1.0)[0]) or 0.0


def sends(project: Block, guids: Sequence[str]) -> Iterator[Send]:
    """The sends between channels 1/2 of two tracks."""
    for target, line in receives(project):
        source, mode, gain, pan, mute, mono, invert, *channels = line_numbers(line, *_RECEIVE)
        if 0 <= source < len(guids) and channels == [0.0, 0.0]:
            yield Send(
                source=guids[int(source)],
                target=guids[target],
                mode=_SEND_MODES.get(int(mode), SendMode.POST_FADER),
                gain_db=decibels(abs(at_most(line, gain, LOUDEST))),
                pan=within_one(pan),
                mute=bool(mute),
                inverted=bool(invert) != (gain < 0.0),
                mono=bool(mono),
            )


def sends_other_channels(line: str) -> bool:
    """Whether an AUXRECV line sends audio, but not from channels 1/2 to 1/2, as one for a sidechain does."""
    *_, from_channel, to_channel = line_numbers(line, *_RECEIVE)
    return from_channel >= 0.0 and (from_channel, to_channel) != (0.0, 0.0)


def receives(project: Block) -> Iterator[tuple[int, str]]:
    """The AUXRECV lines, with the place of the track that receives."""
    for place, track in enumerate(project.blocks("TRACK")):
        yield from ((place, line) for line in track.lines() if has_key(line, "AUXRECV"))


# Source track, mode, volume, pan, mute, mono, inverted, source and target channel (-1: no audio).
_RECEIVE = (-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
# 2 is how old versions numbered what is 3 now (I_SENDMODE in the ReaScript API).
_SEND_MODES = {0: SendMode.POST_FADER, 1: SendMode.PRE_FX, 2: SendMode.POST_FX, 3: SendMode.POST_FX}


def _own_guid(track: Block) -> str:
    words = track.tokens[1:] or (track.line("TRACKID") or [])[1:]
    return words[0].upper() if words else ""


def _fader(values: tuple[float, ...], width: float, mode: PanMode) -> Fader:
    volume, pan, law, left, right = values
    return Fader(
        volume_db=decibels(volume),
        pan=within_one(pan),
        width=within_one(width),
        pan_left=within_one(left),
        pan_right=within_one(right),
        pan_mode=mode,
        pan_law_db=_law_db(law),
    )


def _pan_mode(block: Block, key: str, default: PanMode) -> PanMode:
    if raw_line(block, key) is None:
        return default
    number = numbers(block, key, -1.0)[0]
    return next((mode for mode in PanMode if mode.value == number), default)


def _law_db(gain: float) -> float | None:
    """-1 stands for the project's law."""
    return decibels(gain) if gain > 0.0 else None

"""The items of a track as clips.

Sources of the fields: ReaTeam/Doc "State Chunk Definitions"; for fades, renders and saved states of REAPER 7.82
(github mumu-lhl/AAADAW, docs/verification/reaper-parity: item-fades.md, item-fade-parameter-reference.txt).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PureWindowsPath

from daw_bridge.decibels import decibels
from daw_bridge.hosts.rpp.media_files import MediaFolders
from daw_bridge.hosts.rpp.numbers import (
    LONGEST_S,
    LOUDEST,
    BrokenLineError,
    at_most,
    flag,
    limited,
    line_numbers,
    numbers,
    raw_line,
    within_one,
)
from daw_bridge.hosts.rpp.tree import Block, Node, has_key, tokens
from daw_bridge.session import Clip, Fade, Source

_KINDS = frozenset(("WAVE", "FLAC", "MP3", "VORBIS", "OPUS", "OGG", "AIFF"))
# Kinds differ with REAPER's preferred decoder (`VIDEO` plays MP3, too): the ending tells as well.
_ENDINGS = frozenset((".wav", ".wave", ".bwf", ".w64", ".rf64", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff"))
_SECTION = "SECTION"
_REVERSED, _WHOLE = 2, 1  # bits of a section's MODE: 2 is a section reversed, 3 the whole file reversed
_LANE_WORD = 32
_FIXED_LANES = 2
# How slow and how fast an item may play: far beyond what is used, and what resampling still does well.
_SPEEDS = (0.01, 100.0)


def clips(track: Block, folders: MediaFolders) -> tuple[Clip, ...]:
    """The clips that sound on a track, in the order of the file."""
    found = (_clip(item, take, folders) for item in sounding_items(track) for take in sounding_takes(item))
    return tuple(clip for clip in found if clip is not None)


def sounding_items(track: Block) -> Iterator[Block]:
    """The items that are neither muted nor on a lane that does not play."""
    lanes = _playing_lanes(track)
    for item in track.blocks("ITEM"):
        if not flag(item, "MUTE") and (lanes is None or _lies_in(lanes, item)):
            yield item


def sounding_takes(item: Block) -> list[Block]:
    """The chosen take, or all where the item plays all, each as a block; the first also has the item's lines."""
    takes: list[list[Node]] = [[]]
    chosen = 0
    for node in item.children:
        if isinstance(node, str) and has_key(node, "TAKE"):
            takes.append([])
            chosen = len(takes) - 1 if "SEL" in tokens(node)[1:] else chosen
        takes[-1].append(node)
    blocks = [item.with_children(tuple(nodes)) for nodes in takes]
    return blocks if flag(item, "ALLTAKES") else [blocks[chosen]]


def source_kind(source: Block) -> str:
    """What REAPER calls the kind of a source: `WAVE`, `MIDI`, `SECTION`, ..."""
    return source.tokens[1].upper() if len(source.tokens) > 1 else ""


def playable(source: Block) -> bool:
    """Whether a source, or what it is a section of, is audio that can be decoded."""
    if source_kind(source) == _SECTION:
        inner = source.first("SOURCE")
        # A section of a section needs the length of the file to be placed; it is not worth that.
        return inner is not None and source_kind(inner) != _SECTION and playable(inner)
    file = source_file(source)
    ending = PureWindowsPath(file).suffix.lower()
    kind = source_kind(source)
    return bool(file) and (kind in _KINDS or (ending in _ENDINGS and not kind.startswith("_OFFLINE")))


def source_file(source: Block) -> str:
    """The path in the source's `FILE` line; empty where there is none."""
    return next(iter((source.line("FILE") or [])[1:]), "")


def _playing_lanes(track: Block) -> list[int] | None:
    """REAPER 7's fixed lanes: LANESOLO has a bit for each lane that plays. None where the track has no lanes."""
    mask = raw_line(track, "LANESOLO")
    if mask is None or numbers(track, "FREEMODE", 0.0)[0] != _FIXED_LANES:
        return None
    return [int(word) for word in line_numbers(mask, *[0.0] * (len(tokens(mask)) - 1))]


def _lies_in(lanes: list[int], item: Block) -> bool:
    """Whether the item's lane plays: YPOS tells it, an item without plays always."""
    where = raw_line(item, "YPOS")
    if where is None:
        return True
    top, height = line_numbers(where, 0.0, 1.0)
    lane = top / height if height > 0.0 else 0.0
    if lane >= len(lanes) * _LANE_WORD:
        return False
    word, bit = divmod(max(0, round(lane)), _LANE_WORD)
    return word < len(lanes) and bool(lanes[word] >> bit & 1)


def _clip(item: Block, take: Block, folders: MediaFolders) -> Clip | None:
    block = take.first("SOURCE")
    if block is None or not playable(block):
        return None
    length_s = limited(item, "LENGTH", 0.0, LONGEST_S)
    if length_s <= 0.0:
        return None
    (item_gain, *first_take) = numbers(item, "VOLPAN", 1.0, 0.0, 1.0)
    pan, take_gain = numbers(take, "TAKEVOLPAN", *first_take)
    gain = at_most(raw_line(item, "VOLPAN") or raw_line(take, "TAKEVOLPAN") or "", item_gain * take_gain, LOUDEST)
    return Clip(
        source=_source(block, folders),
        position_s=limited(item, "POSITION", 0.0, LONGEST_S),
        length_s=length_s,
        offset_s=limited(take, "SOFFS", 0.0, LONGEST_S),
        play_rate=_play_rate(take),
        preserve_pitch=bool(numbers(take, "PLAYRATE", 1.0, 1.0)[1]),
        gain_db=decibels(abs(gain)),
        pan=within_one(pan),
        inverted=gain < 0.0,
        loop=flag(item, "LOOP"),
        channel_mode=int(numbers(take, "CHANMODE", 0.0)[0]),
        fade_in=_fade(item, "FADEIN", -1.0),
        fade_out=_fade(item, "FADEOUT", 1.0),
    )


def _play_rate(take: Block) -> float:
    (rate,) = numbers(take, "PLAYRATE", 1.0)
    slowest, fastest = _SPEEDS
    if not slowest <= rate <= fastest:
        problem = f"PLAYRATE is {rate:g}; items play at {slowest:g} to {fastest:g} times their speed"
        raise BrokenLineError(raw_line(take, "PLAYRATE") or "", problem)
    return rate


def _source(source: Block, folders: MediaFolders) -> Source:
    inner = source.first("SOURCE") if source_kind(source) == _SECTION else None
    if inner is None:
        return Source(path=folders.find(source_file(source)))
    (mode,) = map(int, numbers(source, "MODE", 0.0))
    start_s = limited(source, "STARTPOS", 0.0, LONGEST_S)
    length_s = limited(source, "LENGTH", 0.0, LONGEST_S)
    whole = bool(mode & _WHOLE) or length_s <= 0.0
    return Source(
        path=folders.find(source_file(inner)),
        section_start_s=0.0 if whole else start_s,
        section_length_s=None if whole else length_s,
        reverse=bool(mode & _REVERSED),
    )


# For each shape of old, the bend that REAPER writes beside it when the user bent nothing.
_UNBENT = (0.0, 0.0, -1.0, 1.0, -1.0, 0.0, 0.0)


def _fade(item: Block, key: str, sign: float) -> Fade:
    """A fade; an automatic crossfade goes before the manual length.

    The line is: shape, length, automatic length, shape, flag, bend (turned round at a fade-in, hence `sign`), the
    same again, and since 7.81: 1 for a shape of old, curvature and S of a new one.
    """
    shape, manual_s, auto_s, exact, _, bend, _, old, curvature, s = numbers(
        item, key, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0
    )
    length_s = auto_s if auto_s > 0.0 else max(manual_s, 0.0)
    if not old:
        # S shapes are steps here: 0.5 is close to the old shape 5, 1 is the old shape 6.
        return Fade(length_s=length_s, shape=5 * (s >= 0.25) + (s >= 0.75), curvature=within_one(curvature))
    return _old_fade(length_s, shape if exact < 0.0 else exact, within_one(sign * bend))


def _old_fade(length_s: float, number: float, bend: float) -> Fade:
    """A fade by a shape of old: 0 to 4, 5, and 5.1 for what is 6 elsewhere, bent by the user or not.

    How a bend acts is measured where it stands as it came (REAPER's curvature 0, 0.5, -0.5, 1, -1 for shapes 0 to
    4); between, it is a model.
    """
    shape = 6 if number > 5.0 else max(0, int(number))
    if bend in (0.0, _UNBENT[shape]):
        return Fade(length_s=length_s, shape=shape)
    if shape >= 5:
        return Fade(length_s=length_s, shape=shape, curvature=bend / 2.0)
    curvature = (bend / 2.0, (1.0 + bend) / 2.0, bend / 2.0, bend, bend)[shape]
    return Fade(length_s=length_s, shape=0, curvature=curvature)

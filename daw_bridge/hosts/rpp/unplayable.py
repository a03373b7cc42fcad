"""What a project holds that cannot be played offline, each kind in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from daw_bridge.hosts.rpp.channels import receives, sends_other_channels
from daw_bridge.hosts.rpp.items import playable, sounding_items, sounding_takes, source_file, source_kind
from daw_bridge.hosts.rpp.numbers import flag, line_numbers, numbers, raw_line
from daw_bridge.hosts.rpp.plugins import read_chain
from daw_bridge.hosts.rpp.tree import Block, has_key

Found = Iterator[tuple[str, str]]
"""A sentence with a place for names, and a name."""

_MASTER = "Master"
# What an envelope of this kind says when it changes nothing.
_NEUTRAL = {"VOL": 1.0, "PAN": 0.0, "WIDTH": 1.0, "MUTE": 1.0}

_KINDS = {
    "MIDI": "MIDI items are not played: {}.",
    "VIDEO": "Video items are not played: {}.",
    "VIDEOEFFECT": "Video items are not played: {}.",
    "WAVPACK": "WavPack items are not played (glue them, or convert them to WAV): {}.",
    "CLICK": "Click sources are not played: {}.",
    "RPP_PROJECT": "Projects inside of items are not played: {}.",
    "SECTION": "Items with sections of sections are not played (glue them): {}.",
}
_OFFLINE = "Items whose media are offline are not played: {}."
_UNKNOWN = "Items of a kind that cannot be decoded are not played: {}."
_ENCLOSED = "Items that lie within others are mixed, where REAPER plays only the inner one: {}."
_TAKE_FX = "Plug-ins on items (take FX) are not played: {}."
_AUTOMATION = "Automation is not played: {}."
_STRETCH = "Stretch markers are not played: {}."
_PITCH = "Pitch changes of items are not played: {}."
_SPEED = "Items at another speed are played like a tape, without keeping their pitch: {}."
_FADE = "Low-pass fades are played as plain fades: {}."
_FOREIGN = "Plug-ins that cannot be played offline are left out: {}."
_INPUT_FX = "Input FX work only while recording and are not played: {}."
_FROZEN = "Frozen tracks are played as they were frozen: {}."
_SENDS = "Sends from or to other channels than 1/2 (sidechains) are not played: {}."
_CHANNELS = "Tracks that feed other channels than 1/2 of their folder or the master are played into 1/2: {}."
_OFFSET = "Playback offsets of tracks are not played: {}."
_RATE = "The project's play rate ({}) is not played."


_ALWAYS_MIX = 1.0  # ITEMMIX: 0 enclosed items replace, 1 always mix, 2 later items replace


def unplayable(project: Block, names: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each kind of thing that sounds in REAPER, but not offline, with the tracks it is on.

    Muted tracks, muted items and switched-off plug-ins do not sound and are not named.
    """
    named: dict[str, dict[str, None]] = {}
    for sentence, name in _in_project(project, names):
        named.setdefault(sentence, {})[name] = None
    return tuple(sentence.format(", ".join(found)) for sentence, found in named.items())


def _in_project(project: Block, names: Sequence[str]) -> Found:
    tracks = list(project.blocks("TRACK"))
    inner_only = numbers(project, "ITEMMIX", _ALWAYS_MIX)[0] != _ALWAYS_MIX
    sounding = [not mute or bool(solo) for mute, solo in (numbers(track, "MUTESOLO", 0.0, 0.0) for track in tracks)]
    for track, name, sounds in zip(tracks, names, sounding, strict=True):
        if sounds:
            yield from _on_track(track, name)
            if inner_only and _has_enclosed_items(track):
                yield _ENCLOSED, name
    for place, line in receives(project):
        if sounding[place] and sends_other_channels(line) and not line_numbers(line, *[0.0] * 5)[4]:
            yield _SENDS, names[place]
    yield from _on_master(project)


def _on_master(project: Block) -> Found:
    if flag(project, "MASTER_FX", default=True):
        yield from _in_chain(project.first("MASTERFXLIST"), _MASTER)
    yield from (
        (_AUTOMATION, _MASTER) for block in project.blocks() if block.name != "TEMPOENVEX" and _is_active(block)
    )
    (rate,) = numbers(project, "PLAYRATE", 1.0)
    if rate != 1.0:
        yield _RATE, f"{rate:g}"


def _on_track(track: Block, name: str) -> Found:
    for item in sounding_items(track):
        for take in sounding_takes(item):
            yield from ((sentence, name) for sentence in _on_take(item, take))
    if flag(track, "FX", default=True):
        yield from _in_chain(track.first("FXCHAIN"), name)
    yield from ((_AUTOMATION, name) for block in track.blocks() if _is_active(block))
    if any(fx.enabled for fx in read_chain(track.first("FXCHAIN_REC"), ())):
        yield _INPUT_FX, name
    if track.first("FREEZE") is not None:
        yield _FROZEN, name
    if numbers(track, "MAINSEND", 1.0, 0.0)[1]:
        yield _CHANNELS, name
    offset, bypassed = numbers(track, "PLAYOFFS", 0.0, 1.0)
    if offset and not int(bypassed) & 1:
        yield _OFFSET, name


def _on_take(item: Block, take: Block) -> Iterator[str]:
    source = take.first("SOURCE")
    if source is None or source_kind(source) == "EMPTY":
        return
    if not playable(source):
        yield _unplayable_source(source)
        return
    if any(fx.enabled for fx in read_chain(take.first("TAKEFX"), ())):
        yield _TAKE_FX
    if any(_is_active(block) for block in take.blocks()):
        yield _AUTOMATION
    rate, keeps_pitch, pitch = numbers(take, "PLAYRATE", 1.0, 1.0, 0.0)
    if rate != 1.0 and keeps_pitch:
        yield _SPEED
    if pitch:
        yield _PITCH
    if raw_line(take, "SM") is not None:
        yield _STRETCH
    if flag(item, "FADELPF"):
        yield _FADE


def _unplayable_source(source: Block) -> str:
    inner = source.first("SOURCE") or source
    if source_kind(inner).startswith("_OFFLINE"):
        return _OFFLINE
    kind = "MIDI" if source_file(inner).lower().endswith((".mid", ".midi")) else source_kind(inner)
    return _KINDS.get(kind, _UNKNOWN)


def _has_enclosed_items(track: Block) -> bool:
    """Whether an item lies within another; lanes and free positions are left out, where items always mix."""
    spans = []
    for item in sounding_items(track):
        start_s, length_s = numbers(item, "POSITION", 0.0)[0], numbers(item, "LENGTH", 0.0)[0]
        spans.append((start_s, start_s + length_s))
    ends = [end for _, end in sorted(spans, key=lambda span: (span[0], -span[1]))]
    enclosed = (end <= before for end, before in zip(ends[1:], accumulate(ends, max), strict=False))
    return not flag(track, "FREEMODE") and any(enclosed)


def _in_chain(chain: Block | None, name: str) -> Found:
    if chain is None:
        return
    for fx in read_chain(chain, ()):
        if fx.enabled and fx.settings is None:
            yield _FOREIGN, f"{fx.name} ({name})"
    if any(_is_active(block) for block in _inside(chain)):
        yield _AUTOMATION, name


def _inside(chain: Block) -> Iterator[Block]:
    """The blocks of a chain, and of the containers in it."""
    for block in chain.blocks():
        yield block
        yield from _inside(block)


def _is_active(block: Block) -> bool:
    """Whether it is an envelope, or the modulation of a parameter, that changes anything."""
    if block.name == "PROGRAMENV":
        return True
    if "ENV" not in block.name or not flag(block, "ACT"):
        return False
    points = [line_numbers(line, 0.0, 0.0)[1] for line in block.lines() if has_key(line, "PT")]
    neutral = next((value for kind, value in _NEUTRAL.items() if kind in block.name), None)
    return raw_line(block, "POOLEDENVINST") is not None or any(point != neutral for point in points)

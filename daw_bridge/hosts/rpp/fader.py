"""A track's fader: the first number of its `VOLPAN` line, a linear gain."""

from __future__ import annotations

import re

from daw_bridge.decibels import amplitude, decibels
from daw_bridge.hosts.rpp.tree import Block, has_key

_KEY = "VOLPAN"
_LINE = re.compile(r"([ \t]*VOLPAN)((?:[ \t]+(?=[^ \t\r\n]))?)([^ \t\r\n]*)(.*)", re.DOTALL)
# REAPER writes 14 decimals; a fader that already agrees this well is left as it stands.
_SAME = 1e-6


def fader_text(track: Block) -> str | None:
    """The number as it stands in the file; None where the track has no such line."""
    line = next((line for line in track.lines() if has_key(line, _KEY)), None)
    match = _LINE.fullmatch(line) if line else None
    return match[3] if match else None


def with_fader_text(track: Block, text: str | None) -> Block:
    """The track with this number, everything else in the line as it was; None takes the line out."""
    for place, child in enumerate(track.children):
        if isinstance(child, str) and has_key(child, _KEY):
            new = () if text is None else (_LINE.sub(lambda match: _filled(match, text), child),)
            return track.with_children((*track.children[:place], *new, *track.children[place + 1 :]))
    if text is None:
        return track
    return track.with_children((track.new_line(f"{_KEY} {text} 0 -1 -1 1"), *track.children))


def _filled(match: re.Match[str], text: str) -> str:
    """The line with another number; a blank before it comes and goes with it."""
    key, blanks, _, rest = match.groups()
    return f"{key}{(blanks or ' ') if text else ''}{text}{rest}"


def fader_db(text: str | None) -> float:
    """The level that such a number stands for; a fader that is not there or not a number is at 0 dB."""
    try:
        return decibels(float("1" if text is None else text))
    except ValueError:
        return 0.0


def with_fader_db(track: Block, level_db: float) -> Block:
    """The track with its fader at this level; its text stays where it says so already."""
    gain, text = amplitude(level_db), fader_text(track)
    if text is not None and abs(amplitude(fader_db(text)) - gain) <= _SAME * gain:
        return track
    return with_fader_text(track, f"{gain:.14f}".rstrip("0").rstrip("."))

"""What we need to remember about a project, kept in the project itself.

It lies where REAPER keeps the values that scripts set with SetProjExtState: in the block `<EXTSTATE`, section
`DAW_BRIDGE`, as JSON, compressed, base64, cut into values of moderate length (`STATE_1`, `STATE_2`, ...).
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from daw_bridge.errors import PlanError, ProjectFileError
from daw_bridge.hosts.rpp.fader import fader_db
from daw_bridge.hosts.rpp.tree import Block, Node, quote, tokens
from daw_bridge.plan import MixPlan, Original
from daw_bridge.plan_json import decode, encode, parse_json
from daw_bridge.session import Role

EXTSTATE = "EXTSTATE"
SECTION = "DAW_BRIDGE"
SCHEMA = 1

_VALUE_LENGTH = 1000
# A plan is some kilobytes; this only bounds what a damaged or hostile file can unpack to.
_MOST_BYTES = 64 * 2**20
_HINT = "Take the DAW Bridge plug-ins out in REAPER and delete the DAW_BRIDGE lines of the file's <EXTSTATE."


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTrack:
    """A track before we touched it, and which plug-ins on it are ours.

    `fader` is the first number of the VOLPAN line as it stood there, None where there was no such line. `fx` maps
    the plan's field (`eq`, `comp`, `verb`) to the GUID of our instance.
    """

    fader: str | None
    created_chain: bool
    fx: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMedia:
    """The folder in which the project lay first, and the media paths that were rewritten: as now -> as there."""

    folder: str
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The plan that was applied and what it takes to undo it. Tracks are keyed by GUID in upper case."""

    plan: MixPlan
    tracks: Mapping[str, SavedTrack]
    created_extstate: bool
    media: MovedMedia | None = None

    @property
    def originals(self) -> dict[str, Original]:
        """What each track was before, by GUID."""
        return {guid: Original(fader_db=fader_db(track.fader)) for guid, track in self.tracks.items()}

    @property
    def roles(self) -> dict[str, Role]:
        """What the tracks of the plan are, by GUID in upper case."""
        return {track.guid.upper(): track.role for track in self.plan.tracks}

    @property
    def fx_guids(self) -> frozenset[str]:
        """The GUIDs of all our plug-ins, in upper case with braces."""
        return frozenset(guid for track in self.tracks.values() for guid in track.fx.values())


def read_saved(project: Block) -> Saved | None:
    """What we kept in a project; None where there is nothing of ours.

    Raises ProjectFileError where it is damaged or of another version.
    """
    section = saved_section(project)
    words = [tokens(line) for line in section.lines()] if section else []
    values = {word[0].upper(): word[1] for word in words if len(word) > 1}
    if not values:  # no section, or what is left of one of which every key was deleted
        return None
    if values.get("SCHEMA") != str(SCHEMA):
        raise ProjectFileError(
            f"the project was mixed by another version of DAW Bridge (state {values.get('SCHEMA')}, not {SCHEMA})",
            hint="Revert it with that version.",
        )
    numbered = {int(key[6:]): value for key, value in values.items() if re.fullmatch(r"STATE_[0-9]{1,6}", key)}
    return _unpack("".join(numbered[number] for number in sorted(numbered)))


def with_saved(project: Block, saved: Saved | None) -> Block:
    """The project that remembers `saved`, or nothing of ours where it is None.

    Lines that say the same already stay as they are.
    """
    old, ours = project.first(EXTSTATE), saved_section(project)
    before = read_saved(project)
    if encode(saved) == encode(before):
        return project
    extstate = old or Block(opening=project.new_line(f"<{EXTSTATE}"), closing=project.new_line(">"))
    extstate = extstate.with_children(tuple(node for node in extstate.children if node is not ours))
    if saved is not None:
        extstate = extstate.with_children((*extstate.children, _new_section(extstate, saved)))
    created = before is not None and before.created_extstate
    new: tuple[Node, ...] = () if saved is None and created and not extstate.children else (extstate,)
    if old is None:
        return project.with_children((*project.children, *new))
    place = project.children.index(old)
    return project.with_children((*project.children[:place], *new, *project.children[place + 1 :]))


def saved_section(project: Block) -> Block | None:
    """The block in which our notes lie."""
    extstate = project.first(EXTSTATE)
    blocks = extstate.blocks() if extstate else iter(())
    return next((block for block in blocks if block.name.upper() == SECTION), None)


def _new_section(extstate: Block, saved: Saved) -> Block:
    text = _pack(saved)
    parts = [text[start : start + _VALUE_LENGTH] for start in range(0, len(text), _VALUE_LENGTH)]
    section = Block(opening=extstate.new_line(f"<{SECTION}"), closing=extstate.new_line(">"))
    lines = [f"SCHEMA {SCHEMA}", *(f"STATE_{number} {quote(part)}" for number, part in enumerate(parts, start=1))]
    return section.with_children(tuple(section.new_line(line) for line in lines))


def _pack(saved: Saved) -> str:
    text = json.dumps(encode(saved), separators=(",", ":"), allow_nan=False)
    if len(text) > _MOST_BYTES:
        problem = f"the plan takes {len(text) / 2**20:.0f} MB, more than a project can keep for `revert`"
        raise PlanError(problem, hint="Are there names of millions of letters? Shorten them.")
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


@functools.lru_cache(maxsize=1)  # whoever changes a project reads it several times
def _unpack(text: str) -> Saved:
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
        saved = decode(Saved, parse_json(unpacked.decode("utf-8")), "")
    except (binascii.Error, zlib.error, ValueError, PlanError) as error:
        raise ProjectFileError(f"what DAW Bridge kept in the project is damaged: {error}", hint=_HINT) from error
    assert isinstance(saved, Saved)
    return saved

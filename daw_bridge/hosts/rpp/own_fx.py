"""Our plug-ins on a track of a project file: put in, set anew where they stand, read back, taken out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from daw_bridge.changes import FX_FIELDS
from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.rpp import chain
from daw_bridge.hosts.rpp.chain import CHAIN, Instance
from daw_bridge.hosts.rpp.numbers import BrokenLineError
from daw_bridge.hosts.rpp.saved import SavedTrack
from daw_bridge.hosts.rpp.tree import Block
from daw_bridge.plan import FX_NAMES, TrackPlan
from daw_bridge.plugins import Settings, vst

# Any fixed value will do: it makes our GUIDs differ from everybody else's.
_NAMESPACE = uuid.UUID("6f1d1c9e-3c1f-5d0b-9c53-2d8b6a0e7f41")


def fx_guid(track_guid: str, field: str) -> str:
    """The GUID of our plug-in on a track: the same on every run and machine."""
    name = f"{track_guid.upper()} {FX_NAMES[field]}".encode("utf-8", "backslashreplace").decode("utf-8")
    return "{" + str(uuid.uuid5(_NAMESPACE, name)).upper() + "}"


def with_own_fx(track: Block, planned: TrackPlan, known: SavedTrack) -> Block:
    """The track with the plug-ins of the plan, after the user's own, and without those the plan does not use.

    One of ours that stands somewhere already is set anew in its place and keeps the name shown.
    """
    fx_chain = track.first(CHAIN)
    for field in reversed(FX_FIELDS):
        settings: Settings | None = getattr(planned, field)
        if settings is not None:
            fx_chain = _with_fx(fx_chain or chain.new_chain(track), field, settings, known)
    unused = {guid: None for field, guid in known.fx.items() if getattr(planned, field) is None}
    return without_fx(chain.with_chain(track, fx_chain), unused, created_chain=known.created_chain)


def without_fx(track: Block, gone: Mapping[str, None], *, created_chain: bool) -> Block:
    """The track without the instances of these GUIDs, and without a chain that we created and that is empty now."""
    fx_chain = track.first(CHAIN)
    if fx_chain is None:
        return track
    left = chain.edit(fx_chain, gone)
    empty = next(chain.instances(left), None) is None
    return chain.with_chain(track, None if empty and created_chain else left)


def copied_fx(project: Block, known: Collection[str]) -> frozenset[str]:
    """The GUIDs of plug-ins with our names that are not `known`: in a copied track REAPER gives them new ones."""
    chains = (track.first(CHAIN) for track in project.blocks("TRACK"))
    found = (instance for fx_chain in chains if fx_chain for instance in chain.instances(fx_chain))
    return frozenset(one.guid for one in found if one.guid and one.guid not in known and _bears_our_name(one))


def _bears_our_name(instance: Instance) -> bool:
    words = instance.plugin.tokens if instance.plugin else []
    return words[:1] == ["VST"] and words[4:5] != [] and words[4] in FX_NAMES.values()


def found_fx(track: Block, known: SavedTrack) -> dict[str, Settings | None]:
    """What our plug-ins on a track are set to now, by the plan's field; None where one is gone.

    Raises BrokenLineError where a state cannot be read.
    """
    fx_chain = track.first(CHAIN)
    return {field: _settings(chain.find(fx_chain, guid)) for field, guid in known.fx.items()}


def _with_fx(fx_chain: Block, field: str, settings: Settings, known: SavedTrack) -> Block:
    guid = known.fx[field]
    there = chain.find(fx_chain, guid)
    if there is not None:
        return chain.edit(fx_chain, {guid: _set(there, settings)})
    later = FX_FIELDS[FX_FIELDS.index(field) + 1 :]
    before = next((known.fx[name] for name in later if chain.find(fx_chain, known.fx.get(name, ""))), None)
    return chain.insert(fx_chain, _new_instance(fx_chain, guid, FX_NAMES[field], settings), before=before)


def _new_instance(fx_chain: Block, guid: str, name: str, settings: Settings) -> Instance:
    """An instance as REAPER 7 writes one: switched on, its window closed."""
    opening = fx_chain.new_line(vst.vst_line(settings, name))
    plugin = _with_state(
        Block(opening=opening, closing=fx_chain.new_line(">")), vst.state_from_settings(settings, None)
    )
    before, after = ("BYPASS 0 0 0",), ("FLOATPOS 0 0 0 0", f"FXID {guid}", "WAK 0 0")
    return Instance(nodes=(*map(fx_chain.new_line, before), plugin, *map(fx_chain.new_line, after)))


def _set(instance: Instance, settings: Settings) -> Instance:
    """The instance with these settings; not a byte changes where it has them already."""
    plugin = instance.plugin
    if plugin is None:
        return instance
    with _blaming(plugin):
        old = vst.parse_vst_body(_body(plugin))
        new = vst.state_from_settings(settings, old)
    return instance if new == old else instance.with_plugin(_with_state(plugin, new))


def _settings(instance: Instance | None) -> Settings | None:
    plugin = instance.plugin if instance else None
    kind = vst.plugin_of(plugin.opening) if plugin else None
    if plugin is None or kind is None:
        return None
    with _blaming(plugin):
        return vst.settings_from_state(kind, vst.parse_vst_body(_body(plugin)))


@contextmanager
def _blaming(plugin: Block) -> Iterator[None]:
    """What is wrong with a state is told with its line."""
    try:
        yield
    except ProjectFileError as error:
        raise BrokenLineError(plugin.opening, error.message) from error


def _body(plugin: Block) -> list[str]:
    return [line.strip() for line in plugin.lines()]


def _with_state(plugin: Block, state: vst.VstState) -> Block:
    return plugin.with_children(tuple(plugin.new_line(line) for line in vst.dump_vst_body(state)))

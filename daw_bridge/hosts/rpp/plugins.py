"""The plug-ins of a track or of the master, with the settings of those that can be played."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.rpp.chain import CONTAINER, Instance, direct_instances, is_container
from daw_bridge.hosts.rpp.media_files import readable
from daw_bridge.hosts.rpp.numbers import flag, line_numbers, numbers
from daw_bridge.hosts.rpp.tree import Block
from daw_bridge.plugins import Settings, vst
from daw_bridge.session import Fx

# ReaComp's parameter 8, the detector's input: 8 bytes of sentinel, then a float a parameter (plugins.md, ReaComp).
_DETECTOR_INPUT = struct.Struct("<40xf")


def read_chain(chain: Block | None, ours: Collection[str], *, enabled: bool = True) -> Iterator[Fx]:
    """The plug-ins from top to bottom; what lies in a container stands in its place.

    `ours` holds GUIDs in upper case. `settings` is None for what cannot be played as it is used.
    """
    for instance in direct_instances(chain) if chain else ():
        if is_container(instance.plugin):
            inner = instance.plugin
            if not _is_plain(instance):
                yield Fx(name=_name(inner), guid=instance.guid, enabled=enabled and _enabled(instance))
            yield from read_chain(inner, ours, enabled=enabled and _enabled(instance))
        elif instance.plugin is not None:
            yield Fx(
                name=_name(instance.plugin),
                guid=instance.guid,
                settings=_settings(instance.plugin) if _is_plain(instance) else None,
                enabled=enabled and _enabled(instance),
                ours=instance.guid in ours,
            )


def _name(plugin: Block) -> str:
    """The name that the user gave it, else its own."""
    words = plugin.tokens
    place = {"VST": 4, "AU": 3, "JS": 2, "CLAP": 3, CONTAINER: 2}.get(plugin.name, len(words))
    given = words[place] if place < len(words) else ""
    return readable(given or (words[1] if len(words) > 1 else "") or plugin.name.capitalize())


def _enabled(instance: Instance) -> bool:
    """Neither bypassed nor offline."""
    bypass = next((node for node in instance.nodes if isinstance(node, str)), "")
    return not any(line_numbers(bypass, 0.0, 0.0))


def _is_plain(instance: Instance) -> bool:
    """Whether it plays in series and fully wet."""
    lines = Block(opening="", children=instance.nodes, closing="")
    return numbers(lines, "WET", 1.0)[0] == 1.0 and not flag(lines, "PARALLEL")


def _settings(plugin: Block) -> Settings | None:
    kind = vst.plugin_of(plugin.opening) if plugin.name == "VST" else None
    if kind is None:
        return None
    try:
        state = vst.parse_vst_body([line.strip() for line in plugin.lines()])
        settings = vst.settings_from_state(kind, state)
    except ProjectFileError:
        return None
    keyed = kind == "reacomp" and _DETECTOR_INPUT.unpack_from(state.data)[0] != 0.0
    return None if keyed else settings

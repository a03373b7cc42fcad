"""The plug-ins of a track: the instances in its `<FXCHAIN`, found by GUID, put in, taken out.

An instance is the run of lines and blocks from one `BYPASS` line to the next: the plug-in itself, its window, its
GUID, its envelopes. Containers hold instances in the same way and may be nested. GUIDs are in upper case here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from daw_bridge.hosts.rpp.tree import Block, Node, has_key, tokens

CHAIN = "FXCHAIN"
CONTAINER = "CONTAINER"
# What REAPER writes after the plug-ins of a track.
_AFTER_CHAIN = ("FXCHAIN_REC", "FREEZE", "ITEM", "ITEMLANES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One plug-in in a chain, with all its lines."""

    nodes: tuple[Node, ...]

    @property
    def guid(self) -> str:
        """Its GUID in upper case, braces included; empty where it has none."""
        lines = (node for node in self.nodes if isinstance(node, str) and has_key(node, "FXID"))
        return next((tokens(line)[-1].upper() for line in lines), "")

    @property
    def plugin(self) -> Block | None:
        """The block that holds the plug-in's kind and state."""
        return next((node for node in self.nodes if isinstance(node, Block)), None)

    def with_plugin(self, plugin: Block) -> Instance:
        """The same instance with another such block."""
        old = self.plugin
        return Instance(nodes=tuple(plugin if node is old else node for node in self.nodes))


def instances(chain: Block) -> Iterator[Instance]:
    """All instances from top to bottom, those in containers too, each after its container."""
    for instance in direct_instances(chain):
        yield instance
        if is_container(instance.plugin):
            yield from instances(instance.plugin)


def direct_instances(chain: Block) -> list[Instance]:
    """The instances that lie in the chain itself, from top to bottom."""
    return _split(chain)[1]


def is_container(plugin: Block | None) -> TypeGuard[Block]:
    """Whether it is one that holds further instances."""
    return plugin is not None and plugin.name == CONTAINER


def find(chain: Block | None, guid: str) -> Instance | None:
    """The instance with this GUID."""
    found = instances(chain) if chain and guid else iter(())
    return next((instance for instance in found if instance.guid == guid), None)


def edit(chain: Block, changes: Mapping[str, Instance | None]) -> Block:
    """The chain with the instances of these GUIDs replaced, or taken out where the new one is None."""
    head, parts = _split(chain)
    edited: list[Node] = [*head]
    for part in parts:
        if part.guid and part.guid in changes:
            new = changes[part.guid]
            edited.extend(new.nodes if new else ())
        elif is_container(part.plugin):
            edited.extend(part.with_plugin(edit(part.plugin, changes)).nodes)
        else:
            edited.extend(part.nodes)
    return chain.with_children(tuple(edited))


def insert(chain: Block, new: Instance, *, before: str | None) -> Block:
    """The chain with one more instance: before the one of this GUID if the chain itself has it, else at the end."""
    head, parts = _split(chain)
    guids = [part.guid for part in parts]
    place = guids.index(before) if before in guids else len(parts)
    parts.insert(place, new)
    return chain.with_children((*head, *(node for part in parts for node in part.nodes)))


def new_chain(track: Block) -> Block:
    """An empty chain for a track, as REAPER 7 writes it."""
    opening = track.new_line(f"<{CHAIN}")
    chain = Block(opening=opening, closing=track.new_line(">"))
    lines = ("WNDRECT 24 52 655 408", "SHOW 0", "LASTSEL 0", "DOCKED 0")
    return chain.with_children(tuple(chain.new_line(line) for line in lines))


def with_chain(track: Block, chain: Block | None) -> Block:
    """The track with this chain instead of its own, in REAPER's place; None takes it out."""
    old = track.first(CHAIN)
    if old is not None:
        kept = (chain if node is old else node for node in track.children)
        return track.with_children(tuple(node for node in kept if node is not None))
    if chain is None:
        return track
    places = (place for place, node in enumerate(track.children) if _is_after_chain(node))
    place = next(places, len(track.children))
    return track.with_children((*track.children[:place], chain, *track.children[place:]))


def _split(chain: Block) -> tuple[list[Node], list[Instance]]:
    """The lines before the first instance, and the instances."""
    runs: list[list[Node]] = [[]]
    for node in chain.children:
        if isinstance(node, str) and has_key(node, "BYPASS"):
            runs.append([])
        runs[-1].append(node)
    return runs[0], [Instance(nodes=tuple(run)) for run in runs[1:]]


def _is_after_chain(node: Node) -> bool:
    if isinstance(node, Block):
        return node.name in _AFTER_CHAIN
    return any(has_key(node, key) for key in _AFTER_CHAIN)

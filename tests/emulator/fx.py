"""The plug-ins on a track: runs of lines in its chain, each with a running plug-in behind it."""

from __future__ import annotations

import base64
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from daw_bridge.hosts.rpp.tree import has_key
from emulator.nodes import Element, Span, copy, indented, new_element
from emulator.plugins import KINDS, Kind, Parameter, Plugin, Unknown, float32

_WIDTH = 128


@dataclass(slots=True)
class Running:
    """The model beside a plug-in's element. `wet` and `delta` are REAPER's own parameters."""

    kind: Kind | None
    plugin: Plugin
    header: bytes
    trailer: bytes
    saved: bytes
    wet: float = 1.0
    delta: float = 0.0


@dataclass(slots=True)
class Fx:
    """One instance, with where its lines lie in the chain."""

    chain: Element
    start: int
    end: int
    element: Element
    guid: str

    @property
    def span(self) -> Span:
        return Span(self.chain, self.start, self.end)

    @property
    def running(self) -> Running:
        if self.element.model is None:
            self.element.model = _start(self.element)
        return self.element.model  # type: ignore[no-any-return]

    @property
    def plugin(self) -> Plugin:
        return self.running.plugin

    @property
    def original_name(self) -> str:
        words = self.element.words
        return words[1] if self.element.name != "JS" else "JS: " + words[1]

    @property
    def renamed(self) -> str:
        place = _NAME_PLACE.get(self.element.name)
        words = self.element.words
        return words[place] if place is not None and place < len(words) else ""

    def rename(self, name: str) -> None:
        place = _NAME_PLACE[self.element.name]
        words = self.element.words
        words[place] = name
        self.element.opening = _opening(self.element.opening, words)

    @property
    def name(self) -> str:
        return self.renamed or self.original_name

    @property
    def enabled(self) -> bool:
        return self.span.text("BYPASS", 0, "0") == "0"

    @property
    def offline(self) -> bool:
        return self.span.text("BYPASS", 1, "0") != "0"

    def parameters(self) -> tuple[Parameter, ...]:
        """The plug-in's own, then the three that REAPER adds."""
        return (*self.plugin.parameters(), *_ADDED)

    def get(self, place: int) -> float:
        own = len(self.plugin.parameters())
        if place < own:
            return self.plugin.get(place)
        return (0.0 if self.enabled else 1.0, self.running.wet, self.running.delta)[place - own]

    def set(self, place: int, raw: float) -> None:
        own = len(self.plugin.parameters())
        if place < own:
            self.plugin.set(place, raw)
        elif place == own:
            self.span.put("BYPASS", 0, "1" if raw >= 0.5 else "0")
        elif place == own + 1:
            self.running.wet = float32(min(max(raw, 0.0), 1.0))
        else:
            self.running.delta = float32(raw)

    def ident(self, place: int) -> str:
        own = len(self.plugin.parameters())
        if place >= own:
            return f"{place}:{_ADDED[place - own].name.lower()}"
        name = self.plugin.parameters()[place].name
        return f"{place}:_" + "".join(letter if letter.isalnum() else "_" for letter in name)


_ADDED = (
    Parameter("Bypass", 0.0, lambda raw: ("bypassed" if raw >= 0.5 else "normal", "")),
    Parameter("Wet", 1.0, lambda raw: (f"{100.0 * raw:.0f}", "%")),
    Parameter("Delta", 0.0, lambda raw: ("delta" if raw >= 0.5 else "normal", "")),
)
_NAME_PLACE = {"VST": 4, "JS": 2, "AU": 4, "CLAP": 4}


def instances(chain: Element | None) -> list[Fx]:
    """The instances of a chain from top to bottom. Containers count as one instance."""
    if chain is None:
        return []
    if chain.cache is None:
        chain.cache = list(_runs(chain))
    return chain.cache  # type: ignore[no-any-return]


def _runs(chain: Element) -> Iterator[Fx]:
    starts = [
        place for place, line in enumerate(chain.children) if isinstance(line, str) and has_key(line, "BYPASS")
    ]
    for start, end in pairwise([*starts, len(chain.children)]):
        element = next((node for node in chain.children[start:end] if isinstance(node, Element)), None)
        if element is not None:
            yield Fx(chain, start, end, element, Span(chain, start, end).text("FXID"))


def add(chain: Element, kind: Kind, place: int | None, plugin: Plugin | None = None) -> int:
    """Put in a fresh instance, at the end or before the one at `place`; where it is then."""
    listed = instances(chain)
    place = len(listed) if place is None else min(place, len(listed))
    at = listed[place].start if place < len(listed) else len(chain.children)
    guid = "{" + str(uuid.uuid4()).upper() + "}"
    element = new_element(chain, f'VST "{kind.shown}" {kind.file} 0 "" {kind.number}<{kind.unique}> ""')
    plugin = plugin or kind.make()
    element.model = Running(kind, plugin, kind.header(0), b"\0\0" + struct.pack("<I", 0x10), b"")
    after = [indented(chain, line) for line in ("FLOATPOS 0 0 0 0", f"FXID {guid}", "WAK 0 0")]
    chain.insert(at, indented(chain, "BYPASS 0 0 0"), element, *after)
    return place


def delete(fx: Fx) -> None:
    fx.chain.remove(fx.start, fx.end)


def move(fx: Fx, target: Element, place: int, *, keep: bool) -> None:
    """Put an instance before the one at `place` of another chain, or of its own; a copy gets a GUID of its own."""
    write_back(fx.chain)
    nodes = fx.chain.children[fx.start : fx.end]
    if keep:
        nodes = [copy(node) if isinstance(node, Element) else node for node in nodes]
    else:
        delete(fx)
    listed = instances(target)
    at = listed[place].start if 0 <= place < len(listed) else len(target.children)
    target.insert(at, *nodes)
    if keep:
        Span(target, at, at + len(nodes)).put("FXID", 0, "{" + str(uuid.uuid4()).upper() + "}")


def find_kind(name: str) -> Kind | None:
    """The plug-in that TrackFX_AddByName means, with or without format and maker."""
    wanted = name.lower().removeprefix("vst:").strip().removesuffix("(cockos)").strip().removesuffix(".dll")
    return next((kind for kind in KINDS if kind.name.lower() == wanted), None)


def write_back(root: Element) -> None:
    """Bring the lines of all plug-ins up to date with what is running."""
    for child in root.blocks():
        if isinstance(child.model, Running):
            _write_state(child, child.model)
        write_back(child)


def _write_state(element: Element, running: Running) -> None:
    state = running.plugin.state()
    if state == running.saved or isinstance(running.plugin, Unknown):
        return
    size = len(running.header) - 12
    header = running.header[:size] + struct.pack("<I", len(state)) + running.header[size + 4 :]
    lines = [line for part in (header, state, running.trailer) for line in _wrapped(part)]
    element.children[:] = [indented(element, line) for line in lines]
    running.saved = state


def _wrapped(part: bytes) -> list[str]:
    text = base64.b64encode(part).decode()
    return [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]


def _start(element: Element) -> Running:
    """The plug-in that a project file holds, running; one that cannot be read is unknown and left as it is."""
    kind = _kind_of(element)
    data = b"".join(base64.b64decode(line) for line in element.children if isinstance(line, str)) if kind else b""
    if kind is None or len(data) < 16:
        return Running(None, Unknown(), b"", b"", b"")
    length, size = _header(data)
    state = data[length : length + size]
    plugin = kind.make()
    try:
        plugin.load(state)
    except (ValueError, struct.error):
        return Running(None, Unknown(), b"", b"", b"")
    return Running(kind, plugin, data[:length], data[length + size :], state)


def _header(data: bytes) -> tuple[int, int]:
    """The length of the header, and of the state after it."""
    at = 8
    for _ in range(2):
        at += 4 + 8 * int(struct.unpack_from("<I", data, at)[0])
    return at + 12, int(struct.unpack_from("<I", data, at)[0])


def _kind_of(element: Element) -> Kind | None:
    if element.name != "VST":
        return None
    numbers = [word.partition("<")[0] for word in element.words[5:6]]
    return next((kind for kind in KINDS if str(kind.number) in numbers), None)


def _opening(old: str, words: list[str]) -> str:
    """The opening line of a plug-in with other words; REAPER always quotes name, shown name and preset."""
    quoted = [
        f'"{word}"' if place in (1, 4, 6) or not word or " " in word else word for place, word in enumerate(words)
    ]
    return old[: len(old) - len(old.lstrip())] + "<" + " ".join(quoted) + "\n"

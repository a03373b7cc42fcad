"""A project as a tree that can be changed in place: what REAPER has in memory here is what it would save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.rpp.tree import Block, Document, dump, has_key, parse, quote, tokens

Node = "str | Element"


class Element:
    """A block of lines and blocks.

    `model` is what somebody keeps beside it and writes back before a dump; `cache` is what somebody made of its
    children, gone when one comes or goes.
    """

    __slots__ = ("cache", "children", "closing", "model", "opening", "parent")

    def __init__(self, opening: str, children: list[str | Element], closing: str) -> None:
        self.opening, self.children, self.closing = opening, children, closing
        self.parent: Element | None = None
        self.model: Any = None
        self.cache: Any = None
        for child in self.blocks():
            child.parent = self

    @property
    def words(self) -> list[str]:
        """The words of the opening line, the name of the block first."""
        return tokens(self.opening.lstrip()[1:])

    @property
    def name(self) -> str:
        return self.opening.split(None, 1)[0][1:]

    @property
    def root(self) -> Element:
        """The outermost element that this one still hangs on."""
        element = self
        while element.parent is not None:
            element = element.parent
        return element

    def blocks(self, name: str | None = None) -> Iterator[Element]:
        return (child for child in self.children if isinstance(child, Element) and name in (None, child.name))

    def first(self, name: str) -> Element | None:
        return next(self.blocks(name), None)

    def insert(self, place: int, *nodes: str | Element) -> None:
        for node in nodes:
            if isinstance(node, Element):
                node.parent = self
        self.children[place:place] = nodes
        self.cache = None

    def append(self, *nodes: str | Element) -> None:
        self.insert(len(self.children), *nodes)

    def remove(self, start: int, end: int) -> None:
        for node in self.children[start:end]:
            if isinstance(node, Element):
                node.parent = None
        del self.children[start:end]
        self.cache = None

    def discard(self) -> None:
        """Take this element out of its parent."""
        if self.parent is not None:
            place = next(place for place, node in enumerate(self.parent.children) if node is self)
            self.parent.remove(place, place + 1)

    def span(self) -> Span:
        return Span(self)


@dataclass(slots=True)
class Span:
    """Some neighbouring children of an element: their lines are read and written here, by key and place."""

    owner: Element
    start: int = 0
    end: int | None = None

    def _find(self, key: str) -> int | None:
        children = self.owner.children
        end = len(children) if self.end is None else self.end
        for place in range(self.start, end):
            line = children[place]
            if isinstance(line, str) and has_key(line, key):
                return place
        return None

    def words(self, key: str) -> list[str]:
        """The words of the first line with this key, without the key; empty where there is none."""
        place = self._find(key)
        return [] if place is None else tokens(self.owner.children[place])[1:]  # type: ignore[arg-type]

    def text(self, key: str, place: int = 0, default: str = "") -> str:
        words = self.words(key)
        return words[place] if place < len(words) else default

    def number(self, key: str, place: int = 0, default: float = 0.0) -> float:
        return float(self.text(key, place, repr(default)))

    def put(self, key: str, place: int, value: str | float, defaults: tuple[float, ...] = ()) -> None:
        """Set one word of a line; a line that is not there is made, with defaults for the words before."""
        words = self.words(key)
        words += [written(number) for number in defaults[len(words) :]]
        words += ["0"] * (place + 1 - len(words))
        words[place] = value if isinstance(value, str) else written(value)
        self.replace(key, *words)

    def replace(self, key: str, *words: str) -> None:
        """The whole line with this key, made where there is none."""
        line = " ".join([key, *map(quote, words)])
        place = self._find(key)
        if place is not None:
            old = self.owner.children[place]
            assert isinstance(old, str)
            self.owner.children[place] = old[: len(old) - len(old.lstrip())] + line + "\n"
            return
        at = next((n for n, node in enumerate(self.owner.children) if isinstance(node, Element)), None)
        at = len(self.owner.children) if at is None else at
        if self.end is not None:
            at = self.end
            self.end += 1
        self.owner.insert(at, indented(self.owner, line))


def written(number: float) -> str:
    """A number as REAPER writes it: 14 decimals at most."""
    return f"{number:.14f}".rstrip("0").rstrip(".") if number else "0"


def indented(owner: Element, text: str) -> str:
    return owner.opening[: len(owner.opening) - len(owner.opening.lstrip())] + "  " + text + "\n"


def new_element(owner: Element, text: str, *lines: str) -> Element:
    element = Element(indented(owner, "<" + text), [], indented(owner, ">"))
    element.children.extend(indented(element, line) for line in lines)
    return element


def read(data: bytes) -> tuple[Element, Document]:
    """The project in a file, and the file around it."""
    document = parse(data)
    return _element(document.project), document


def write(root: Element, document: Document) -> bytes:
    return dump(document.with_project(_block(root)))


def lines(element: Element) -> Iterator[str]:
    """All lines of a block, in their order."""
    yield element.opening
    for node in element.children:
        yield from [node] if isinstance(node, str) else lines(node)
    yield element.closing


def block(text: str) -> Element | None:
    """A block from its text; None for text that is none."""
    try:
        root, _ = read(b"<REAPER_PROJECT 0.1\n" + text.encode("utf-8", "surrogateescape").strip() + b"\n>\n")
    except ProjectFileError:
        return None
    return next(root.blocks(), None)


def copy(element: Element) -> Element:
    """A copy to keep; its elements have no models."""
    children = [copy(node) if isinstance(node, Element) else node for node in element.children]
    return Element(element.opening, children, element.closing)


def _element(block: Block) -> Element:
    children = [_element(node) if isinstance(node, Block) else node for node in block.children]
    return Element(block.opening, children, block.closing)


def _block(element: Element) -> Block:
    children = tuple(_block(node) if isinstance(node, Element) else node for node in element.children)
    return Block(opening=element.opening, children=children, closing=element.closing)

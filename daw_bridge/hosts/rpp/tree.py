"""A project file as a tree of lines that keeps every byte.

A line whose first character is `<` opens a block, a line that is only `>` closes it, everything else is an opaque
line. Lines are split at line feeds only and kept whole, with their line end; nothing is read into tokens before
somebody asks. Nodes are immutable: a change makes new blocks and shares everything else.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from daw_bridge.errors import ProjectFileError

PROJECT = "REAPER_PROJECT"
# A REAPER 7 project nests about ten deep; containers of plug-ins add one each. Recursion stays safe this deep.
MAX_DEPTH = 100
# What is read of a line lies far before this; a line of millions of words shall not cost gigabytes.
_MOST_WORDS = 1000

_BLANKS = " \t"
_TOKEN = re.compile(r"""\"([^\"]*)\"?|'([^']*)'?|`([^`]*)`?|([^ \t]+)""")
_NEEDS_QUOTES = re.compile(r"""[\"'`#;<>|]|.*[ \t]""", re.DOTALL)


def tokens(line: str) -> list[str]:
    """The first words of a line; quotes of REAPER's three kinds are taken off (it knows no escapes)."""
    found = itertools.islice(_TOKEN.finditer(line.rstrip("\r\n")), _MOST_WORDS)
    return [match[match.lastindex or 0] for match in found]


def quote(text: str, *, always: bool = False) -> str:
    """A word as REAPER writes it: quoted only where needed, with the first kind of quote that `text` lacks.

    `always` is for values that REAPER always quotes, such as paths. A text with all three kinds loses its backticks
    to apostrophes, as in REAPER; line ends become blanks.
    """
    text = re.sub(r"[\r\n]+", " ", text)
    if text and not always and not _NEEDS_QUOTES.match(text):
        return text
    for mark in "\"'`":
        if mark not in text:
            return mark + text + mark
    return "`" + text.replace("`", "'") + "`"


def indentation(line: str) -> str:
    """The blanks before the first word."""
    return line[: len(line) - len(line.lstrip(_BLANKS))]


def line_end(line: str) -> str:
    r"""How the line ends: `\r\n`, `\n` or nothing."""
    return line[len(line.rstrip("\r\n")) :]


def has_key(line: str, key: str) -> bool:
    """Whether the first word of the line is `key`."""
    if key not in line:  # rules out most lines, and is much cheaper
        return False
    start = len(indentation(line))
    end = start + len(key)
    return line.startswith(key, start) and line[end : end + 1] in ("", " ", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: its opening line, what lies in it, its closing line. All lines are raw, with their line ends."""

    opening: str
    children: tuple[Node, ...] = ()
    closing: str

    @property
    def name(self) -> str:
        """The word right after the `<`."""
        return self.opening.lstrip(_BLANKS)[1:].rstrip("\r\n").replace("\t", " ").split(" ", 1)[0]

    @property
    def tokens(self) -> list[str]:
        """The words of the opening line, the name first."""
        return tokens(self.opening.lstrip(_BLANKS)[1:])

    @property
    def newline(self) -> str:
        """The line end for new lines in this block."""
        return line_end(self.opening) or "\n"

    @property
    def indent(self) -> str:
        """The indentation of what lies in this block."""
        return indentation(self.opening) + "  "

    def lines(self) -> Iterator[str]:
        """The lines that lie directly in this block."""
        return (child for child in self.children if isinstance(child, str))

    def blocks(self, name: str | None = None) -> Iterator[Block]:
        """The blocks that lie directly in this one, or only those of this name."""
        for child in self.children:
            if isinstance(child, Block) and name in (None, child.name):
                yield child

    def first(self, name: str) -> Block | None:
        """The first block of this name that lies directly in this one."""
        return next(self.blocks(name), None)

    def line(self, key: str) -> list[str] | None:
        """The words of the first direct line whose first word is `key`, that word included."""
        return next((tokens(line) for line in self.lines() if has_key(line, key)), None)

    def with_children(self, children: tuple[Node, ...]) -> Block:
        """The same block with other content."""
        return dataclasses.replace(self, children=children)

    def new_line(self, text: str) -> str:
        """A raw line with this text that fits into this block."""
        return self.indent + text + self.newline

    def replace_line(self, key: str, text: str) -> Block:
        """The block with the first direct line of this key saying `text`, indented and ended as it was.

        KeyError where no line has the key.
        """
        for place, child in enumerate(self.children):
            if isinstance(child, str) and has_key(child, key):
                new = indentation(child) + text + line_end(child)
                return self.with_children((*self.children[:place], new, *self.children[place + 1 :]))
        raise KeyError(key)

    def map_blocks(self, name: str, change: Callable[[Block], Block]) -> Block:
        """The block with each direct block of this name replaced by `change(block)`."""
        return self.with_children(
            tuple(
                change(child) if isinstance(child, Block) and child.name == name else child
                for child in self.children
            )
        )


Node = str | Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole file: mostly one block, the project, but more blocks and lines may stand beside it."""

    children: tuple[Node, ...]

    @property
    def project(self) -> Block:
        """The first project block."""
        return next(child for child in self.children if isinstance(child, Block) and child.name == PROJECT)

    def with_project(self, project: Block) -> Document:
        """The same file with another project block in the place of the first."""
        old = self.project
        return Document(children=tuple(project if child is old else child for child in self.children))


def parse(data: bytes, *, name: str = "the project") -> Document:
    """The tree of a project file; `dump` gives back the same bytes. `name` is for error messages.

    Raises ProjectFileError where blocks do not close, nest deeper than MAX_DEPTH, or no project is there.
    """
    # Names may be in any old code page; surrogateescape carries the bytes that are not UTF-8 through.
    text = data.decode("utf-8", "surrogateescape")
    if not text.strip():
        raise ProjectFileError(f"{name}: the file is empty", hint="Save the project again in REAPER.")
    document = Document(children=_nest(text, name)) if f"<{PROJECT}" in text else Document(children=())
    if not any(isinstance(child, Block) and child.name == PROJECT for child in document.children):
        raise ProjectFileError(
            f"{name}: line 1: not a REAPER project (no <{PROJECT} found)",
            hint="Give a file that REAPER saved as .rpp; recordings are named with --vocal and --backing.",
        )
    return document


def _nest(text: str, name: str) -> tuple[Node, ...]:
    """The top-level nodes of a file, without recursion: a stack of the blocks that are open."""
    nodes: list[Node] = []
    stack: list[tuple[str, int, list[Node]]] = []
    number = 0
    for number, line in enumerate(io.StringIO(text, newline="\n"), start=1):
        head = line.lstrip(_BLANKS)[:1]
        if head == "<":
            if len(stack) == MAX_DEPTH:
                raise _broken(name, number, f"blocks are nested more than {MAX_DEPTH} deep")
            stack.append((line, number, nodes))
            nodes = []
        elif head == ">" and line.strip(" \t\r\n") == ">":
            if not stack:
                raise _broken(name, number, "a '>' closes a block that was never opened")
            opening, _, outer = stack.pop()
            outer.append(Block(opening=opening, children=tuple(nodes), closing=line))
            nodes = outer
        else:
            nodes.append(line)
    if stack:
        opening, start, _ = stack[-1]
        raise _broken(
            name, start, f"the block {opening.strip()[:40]} is not closed; the file ends at line {number}"
        )
    return tuple(nodes)


def _broken(name: str, line: int, problem: str) -> ProjectFileError:
    return ProjectFileError(
        f"{name}: line {line}: {problem}",
        hint="The file is damaged or cut off; open a backup (.rpp-bak) in REAPER and save it again.",
    )


def dump(document: Document) -> bytes:
    """The bytes of a project file."""
    lines: list[str] = []
    todo: list[Node] = [*reversed(document.children)]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            lines.append(node)
        else:
            lines.append(node.opening)
            todo.append(node.closing)
            todo.extend(reversed(node.children))
    return "".join(lines).encode("utf-8", "surrogateescape")

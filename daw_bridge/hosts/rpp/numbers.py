"""Numbers out of the lines of a project file, and where a line stands that holds none."""

from __future__ import annotations

import math
from collections.abc import Iterator

from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.rpp.tree import Block, Document, Node, has_key, tokens

LONGEST_S = 86400.0
"""The latest and the longest that something in a project may be: a day."""

LOUDEST = 1000.0
"""The highest gain of a fader or an item, +60 dB. REAPER's own faders end at +12 dB; more can be typed in."""


class BrokenLineError(Exception):
    """A line that cannot be understood; `line` is the very string that lies in the tree."""

    def __init__(self, line: str, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem
        self.hint = hint or "Mend or remove this line, or open a backup (.rpp-bak) in REAPER and save it again."

    def located(self, document: Document, name: str) -> ProjectFileError:
        """The error for the user, with the number of the line in the file."""
        number = next(number for number, line in enumerate(_lines(document.children), 1) if line is self.line)
        return ProjectFileError(f"{name}: line {number}: {self.problem}", hint=self.hint)


def raw_line(block: Block, key: str) -> str | None:
    """The first direct line with this key, as it stands in the file."""
    return next((line for line in block.lines() if has_key(line, key)), None)


def numbers(block: Block, key: str, *defaults: float) -> tuple[float, ...]:
    """As many numbers as there are defaults, from the first direct line with this key.

    The defaults stand for what the line does not say. Raises BrokenLineError for what is no finite number.
    """
    line = raw_line(block, key)
    return defaults if line is None else line_numbers(line, *defaults)


def line_numbers(line: str, *defaults: float) -> tuple[float, ...]:
    """The same from a line at hand."""
    words = tokens(line)[1 : len(defaults) + 1]
    return (*(_number(line, word) for word in words), *defaults[len(words) :])


def limited(block: Block, key: str, default: float, most: float) -> float:
    """The first number of the line; BrokenLineError where it is further from 0 than `most`."""
    return at_most(raw_line(block, key) or "", numbers(block, key, default)[0], most)


def at_most(line: str, number: float, most: float) -> float:
    """A number of a line at hand; BrokenLineError where it is further from 0 than `most`."""
    if abs(number) > most:
        raise BrokenLineError(line, f"{tokens(line)[0]} has {number:g}; beyond {most:g} nothing can be played")
    return number


def flag(block: Block, key: str, *, default: bool = False) -> bool:
    """Whether the first number of the line is not 0."""
    return numbers(block, key, float(default))[0] != 0.0


def within_one(number: float) -> float:
    """The number, brought into -1 to 1 as REAPER does with pans and bends."""
    return max(-1.0, min(1.0, number))


def _number(line: str, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BrokenLineError(line, f"{tokens(line)[0]} has '{word:.40}' where a number should be")
    return number


def _lines(nodes: tuple[Node, ...]) -> Iterator[str]:
    """All lines of a file in their order, without recursion."""
    todo: list[Node] = [*reversed(nodes)]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            yield node
        else:
            yield node.opening
            todo.append(node.closing)
            todo.extend(reversed(node.children))

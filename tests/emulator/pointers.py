"""Pointers as ReaScript shows them to Python: `(MediaTrack*)0x00007F3A...`, and what lies behind each."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

_POINTER = re.compile(r"\((\w+\*|HWND)\)0x([0-9A-F]+)$")
NULL = 0


@dataclass(frozen=True, slots=True)
class Pointed:
    """What an address stands for. The object is kept, so that its address is never given to another one."""

    kind: str
    thing: Any


class Pointers:
    """Addresses are given in no order, and differ between two runs."""

    def __init__(self) -> None:
        self._random = random.Random()
        self._by_address: dict[int, Pointed] = {}
        self._by_thing: dict[tuple[str, int], int] = {}

    def address(self, kind: str, thing: Any) -> int:
        if thing is None:
            return NULL
        key = (kind, id(thing))
        if key not in self._by_thing:
            address = NULL
            while address in (NULL, *self._by_address):
                address = self._random.randrange(0x7F0000000000, 0x7FFF00000000, 16)
            self._by_thing[key] = address
            self._by_address[address] = Pointed(kind, thing)
        return self._by_thing[key]

    def at(self, address: int) -> Pointed | None:
        return self._by_address.get(address)


def unpack(kind: str, address: int) -> str:
    """The text for a pointer: 16 digits, upper case."""
    return f"({kind})0x{address:016X}"


def pack(kind: str, value: object) -> int:
    """The address in a pointer's text; NULL for another kind and for anything that is no such text."""
    match = _POINTER.match(str(value))
    return int(match[2], 16) if match and kind in (match[1], "void*") else NULL

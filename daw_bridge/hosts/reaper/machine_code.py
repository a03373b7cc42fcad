"""Which processors a program or library is made for, from its first bytes."""

from __future__ import annotations

import struct

HEAD_BYTES = 4096
"""As much of a file as is needed here."""

# source: ELF specification (e_machine), Microsoft's PE format, Apple's mach/machine.h
_ELF = {3: "x86", 62: "x86_64", 40: "arm", 183: "arm64"}
_PE = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64"}
_MACH = {7: "x86", 0x01000007: "x86_64", 0x0100000C: "arm64"}


def processors(head: bytes) -> frozenset[str]:
    """The processors that a file is for (several in a universal one of macOS); none if it is no program."""
    try:
        return frozenset(_processors(head))
    except struct.error:
        return frozenset()


def _processors(head: bytes) -> set[str]:
    if head.startswith(b"\x7fELF"):
        order = ">" if head[5:6] == b"\x02" else "<"
        return _known(_ELF, *struct.unpack_from(order + "H", head, 18))
    if head.startswith(b"MZ"):
        (start,) = struct.unpack_from("<I", head, 0x3C)
        return _known(_PE, *struct.unpack_from("<4xH", head, start)) if head[start : start + 2] == b"PE" else set()
    if head.startswith((b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")):
        return _known(_MACH, *struct.unpack_from("<I", head, 4))
    if head.startswith(b"\xca\xfe\xba\xbe"):
        (count,) = struct.unpack_from(">I", head, 4)
        return _known(_MACH, *(struct.unpack_from(">I", head, 8 + 20 * at)[0] for at in range(min(count, 8))))
    return set()


def _known(names: dict[int, str], *codes: int) -> set[str]:
    return {names[code] for code in codes if code in names}

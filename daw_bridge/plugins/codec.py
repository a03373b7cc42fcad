"""The data block of a plug-in's state: settings from it and into it.

Source of the layouts: plugins.md, "State" of each plug-in. Whatever the settings do not know stays as it is in
the block that they are written into, and a value that did not change keeps its very bytes.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from daw_bridge.decibels import amplitude, decibels
from daw_bridge.errors import ProjectFileError
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.parameters import (
    REACOMP,
    REAVERBATE,
    Parameter,
    band_parameters,
    band_values,
    global_gain,
)

_Floats = TypeVar("_Floats", ReaComp, ReaVerbate)

# The data blocks of fresh instances, as REAPER 7.66 saves them.
FRESH_REACOMP = base64.b64decode(
    "776t3g3wrd4AAIA/ED74PKabxDsK16M8AAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAnNEHMwAAgD8AAAAAzcxMPQAAAAAAAAAAAAAAAAAA"
    "gD4AAAAAAAAAAAAAAAA="
)
FRESH_REAVERBATE = base64.b64decode("776t3g3wrd5DAgA/AACAP5eWlj4AAAA/AACAPwAAAAAAAIA/AAAAAA==")
FRESH_REAEQ_TAIL = struct.pack("<iid4I", 1, 1, 1.0, 0, 0, 0, 2)

_SENTINEL = struct.pack("<2I", 0xDEADBEEF, 0xDEADF00D)
_BAND = struct.Struct("<iiddd")
_BAND_SIZES = (32, 33)  # bytes a band, which is what a block opens with; 33 ends in the log-scale flag
_TAIL = struct.Struct("<iid")
_KINDS = frozenset(BandKind)


def reacomp_from(data: bytes) -> ReaComp:
    """ReaComp's settings; ProjectFileError if the block is not one of its."""
    return ReaComp(**_settings(REACOMP, _floats(data, REACOMP, "ReaComp")))


def reaverbate_from(data: bytes) -> ReaVerbate:
    """ReaVerbate's settings; ProjectFileError if the block is not one of its."""
    return ReaVerbate(**_settings(REAVERBATE, _floats(data, REAVERBATE, "ReaVerbate")))


def reacomp_into(settings: ReaComp, data: bytes) -> bytes:
    """The block with these settings; ValueError for what a parameter cannot hold."""
    return _patched(settings, reacomp_from(data), REACOMP, data)


def reaverbate_into(settings: ReaVerbate, data: bytes) -> bytes:
    """The block with these settings; ValueError for what a parameter cannot hold."""
    return _patched(settings, reaverbate_from(data), REAVERBATE, data)


def _floats(data: bytes, table: Sequence[Parameter], name: str) -> tuple[float, ...]:
    if data[:8] != _SENTINEL:
        raise ProjectFileError(f"The state of {name} does not open as {name}'s do")
    count = (len(data) - 8) // 4
    if count <= table[-1].index:
        raise ProjectFileError(
            f"The state of {name} holds {count} values, at least {table[-1].index + 1} are needed"
        )
    return struct.unpack_from(f"<{count}f", data, 8)


def _settings(table: Sequence[Parameter], floats: Sequence[float]) -> dict[str, Any]:
    return {parameter.field: parameter.value(floats[parameter.index]) for parameter in table}


def _patched(settings: _Floats, before: _Floats, table: Sequence[Parameter], data: bytes) -> bytes:
    patched = bytearray(data)
    for parameter in table:
        value = getattr(settings, parameter.field)
        if value != getattr(before, parameter.field):
            struct.pack_into("<f", patched, 8 + 4 * parameter.index, parameter.raw(value))
    return bytes(patched)


@dataclass(frozen=True, slots=True)
class _EqBlock:
    """ReaEQ's block taken apart: one piece of bytes a band, and the tail."""

    band_size: int
    bands: tuple[bytes, ...]
    tail: bytes


def reaeq_from(data: bytes) -> ReaEq:
    """ReaEQ's settings; ProjectFileError if the block is not one of its."""
    block = _eq_block(data)
    _, _, gain = _TAIL.unpack_from(block.tail)
    return ReaEq(bands=tuple(_band(piece) for piece in block.bands), gain_db=decibels(gain))


def reaeq_into(settings: ReaEq, data: bytes) -> bytes:
    """The block with these bands; what the block says beside them stays, band by band from the left.

    ValueError for what a parameter cannot hold.
    """
    block = _eq_block(data)
    flag = b"\x01" * (block.band_size - _BAND.size)  # log-scale frequencies, in the newer version
    olds: list[bytes | None] = [*block.bands, *[None] * len(settings.bands)]
    pieces = [_band_bytes(slot, band, olds[slot], flag) for slot, band in enumerate(settings.bands)]
    tail = block.tail
    shown, polarity, gain = _TAIL.unpack_from(tail)
    if settings.gain_db != decibels(gain):
        raw = global_gain(len(settings.bands)).raw(settings.gain_db)
        tail = _TAIL.pack(shown, polarity, raw) + tail[_TAIL.size :]
    return struct.pack("<2I", block.band_size, len(pieces)) + b"".join(pieces) + tail


def fresh_reaeq() -> bytes:
    """The block of a fresh ReaEQ without its bands."""
    return struct.pack("<2I", 33, 0) + FRESH_REAEQ_TAIL


def _eq_block(data: bytes) -> _EqBlock:
    if len(data) < 8:
        raise ProjectFileError(f"The state of ReaEQ is only {len(data)} bytes long")
    size, count = struct.unpack_from("<2I", data)
    if size not in _BAND_SIZES:
        raise ProjectFileError(f"The state of ReaEQ has version {size}; 32 and 33 are known")
    end = 8 + size * count
    if len(data) < end + _TAIL.size:
        raise ProjectFileError(f"The state of ReaEQ is cut off: {count} bands announced, {len(data)} bytes in all")
    pieces = tuple(data[start : start + size] for start in range(8, end, size))
    return _EqBlock(size, pieces, data[end:])


def _band(piece: bytes) -> Band:
    kind, enabled, frequency_hz, gain, bandwidth_oct = _BAND.unpack_from(piece)
    if kind not in _KINDS:
        raise ProjectFileError(f"The state of ReaEQ has a band of type {kind}; 0 to 10 are known")
    return Band(
        kind=BandKind(kind),
        frequency_hz=frequency_hz,
        gain_db=decibels(gain),
        bandwidth_oct=bandwidth_oct,
        enabled=enabled != 0,
    )


def _band_bytes(slot: int, band: Band, old: bytes | None, flag: bytes) -> bytes:
    was = _band(old) if old is not None else None
    before = band_values(was) if was is not None else (None, None, None)
    for parameter, value, old_value in zip(
        band_parameters(slot, band.kind), band_values(band), before, strict=True
    ):
        if value != old_value:
            parameter.raw(value)  # refuses what the parameter cannot hold; the state holds the unit itself
    gain, enabled = amplitude(band.gain_db), int(band.enabled)
    if old is not None and was is not None:
        _, old_enabled, _, old_gain, _ = _BAND.unpack_from(old)
        gain = old_gain if was.gain_db == band.gain_db else gain
        enabled = old_enabled if was.enabled == band.enabled else enabled
        flag = old[_BAND.size :]
    return _BAND.pack(band.kind, enabled, band.frequency_hz, gain, band.bandwidth_oct) + flag

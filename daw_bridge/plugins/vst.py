"""The `<VST ...>` block of a project: which plug-in it is, its state as bytes, its settings.

Source: plugins.md, "How a plug-in stands in a project file".
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from daw_bridge.errors import ProjectFileError
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate, Settings, codec

Plugin = Literal["reaeq", "reacomp", "reaverbate"]

_CHUNK, _PARAMETERS = 0xFEED5EEE, 0xFEED5EEF
_LINE = 128  # characters of base64 a line


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a plug-in is called in a project. `inputs` are the pins of a fresh instance."""

    title: str
    number: int
    unique: str
    inputs: int
    chunk: bool


_IDENTITIES: dict[Plugin, _Identity] = {
    "reaeq": _Identity("ReaEQ", 1919247729, "56535472656571726561657100000000", 2, True),
    "reacomp": _Identity("ReaComp", 1919247213, "5653547265636D726561636F6D700000", 4, False),
    "reaverbate": _Identity("ReaVerbate", 1920361016, "56535472766238726561766572626174", 2, False),
}
_BY_NUMBER = {identity.number: plugin for plugin, identity in _IDENTITIES.items()}

_TOKEN = re.compile(r""""([^"]*)"|'([^']*)'|`([^`]*)`|(\S+)""")
_NUMBER = re.compile(r"(\d{5,})(?:<[0-9A-Fa-f]*>?)?")
_FILE = re.compile(r"(reaeq|reacomp|reaverbate)\.(?:dll|vst\.dylib|vst\.so)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VstState:
    """The three parts of a state: pins and size, the plug-in's own data, and the preset's name."""

    header: bytes
    data: bytes
    trailer: bytes


def parse_vst_body(lines: Sequence[str]) -> VstState:
    """The state in a block's lines of base64, of any length, in three streams or in one.

    ProjectFileError where a line is no base64, or the state is shorter than it says.
    """
    state = b"".join(_decoded(number, line) for number, line in enumerate(lines, start=1))
    header_size, data_size = _sizes(state)
    data_end = header_size + data_size
    if len(state) < data_end:
        raise ProjectFileError(
            f"A plug-in's state is cut off: {data_size} bytes announced, {len(state) - header_size} there"
        )
    return VstState(state[:header_size], state[header_size:data_end], state[data_end:])


def dump_vst_body(state: VstState) -> list[str]:
    """The lines of base64 as REAPER writes them: three streams, 128 characters a line."""
    texts = (base64.b64encode(part).decode("ascii") for part in (state.header, state.data, state.trailer))
    return [text[start : start + _LINE] for text in texts for start in range(0, len(text), _LINE)]


def plugin_of(line: str | Sequence[str]) -> Plugin | None:
    """Which of the three the opening line of a block names, by its id, or by its file where there is no id.

    `line` may be given in tokens, with or without the leading `<VST`.
    """
    tokens = _tokens(line) if isinstance(line, str) else list(line)
    tokens = tokens[1:] if tokens and tokens[0].lstrip("<") == "VST" else tokens
    numbers = [found for found in map(_NUMBER.fullmatch, tokens[4:5]) if found]
    if numbers:
        return _BY_NUMBER.get(int(numbers[0][1]))
    files = [found for found in map(_FILE.fullmatch, tokens[:2]) if found]
    return _plugin_named(files[0][1].lower()) if files else None


def vst_line(settings: Settings, name: str) -> str:
    """The opening line for a new instance that shows this name. The Windows file name opens on every system."""
    plugin = _plugin(settings)
    it = _IDENTITIES[plugin]
    return f'<VST "VST: {it.title} (Cockos)" {plugin}.dll 0 {_quoted(name)} {it.number}<{it.unique}> ""'


def settings_from_state(plugin: Plugin, state: VstState) -> Settings:
    """The plug-in's settings; ProjectFileError if this is no state of it."""
    _check_header(plugin, state.header)
    if plugin == "reaeq":
        return codec.reaeq_from(state.data)
    return codec.reacomp_from(state.data) if plugin == "reacomp" else codec.reaverbate_from(state.data)


def state_from_settings(settings: Settings, base: VstState | None = None) -> VstState:
    """The state with these settings: a fresh one as REAPER 7 writes it, or `base` with the settings put in.

    What the settings do not know (pins, preset name, further parameters) stays as in `base`, and so do the bytes
    of every value that did not change. ValueError for a changed value that its parameter cannot hold.
    """
    base = _fresh(_plugin(settings)) if base is None else base
    _check_header(_plugin(settings), base.header)
    match settings:
        case ReaEq():
            data = codec.reaeq_into(settings, base.data)
        case ReaComp():
            data = codec.reacomp_into(settings, base.data)
        case ReaVerbate():
            data = codec.reaverbate_into(settings, base.data)
    return VstState(_with_size(base.header, len(data)), data, base.trailer)


def _plugin(settings: Settings) -> Plugin:
    match settings:
        case ReaEq():
            return "reaeq"
        case ReaComp():
            return "reacomp"
        case ReaVerbate():
            return "reaverbate"


def _plugin_named(name: str) -> Plugin | None:
    return next((plugin for plugin in _IDENTITIES if plugin == name), None)


def _tokens(line: str) -> list[str]:
    return [next((part for part in found.groups() if part is not None), "") for found in _TOKEN.finditer(line)]


def _quoted(name: str) -> str:
    for quote in "\"'`":
        if quote not in name:
            return f"{quote}{name}{quote}"
    return f"`{name.replace('`', chr(39))}`"  # as REAPER does when a name holds all three


def _decoded(number: int, line: str) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProjectFileError(f"Line {number} of a plug-in's state is no base64: {error}") from error


def _sizes(state: bytes) -> tuple[int, int]:
    """How long the header is and how long it says that the data are."""
    short = ProjectFileError(f"A plug-in's state ends within its header, after {len(state)} bytes")
    if len(state) < 12:
        raise short
    _, magic, inputs = struct.unpack_from("<3I", state)
    if magic not in (_CHUNK, _PARAMETERS):
        raise ProjectFileError(f"A plug-in's state opens with {magic:08x}, not with feed5eee or feed5eef")
    outputs_at = 12 + 8 * inputs
    if len(state) < outputs_at + 4:
        raise short
    (outputs,) = struct.unpack_from("<I", state, outputs_at)
    header_size = outputs_at + 4 + 8 * outputs + 12
    if len(state) < header_size:
        raise short
    return header_size, int(struct.unpack_from("<I", state, header_size - 12)[0])


def _check_header(plugin: Plugin, header: bytes) -> None:
    it = _IDENTITIES[plugin]
    wanted = (it.number, _CHUNK if it.chunk else _PARAMETERS)
    found = struct.unpack_from("<2I", header) if len(header) >= 8 else (0, 0)
    if found != wanted:
        raise ProjectFileError(f"This is no state of {it.title}: it opens with {header[:8].hex()}")


def _with_size(header: bytes, size: int) -> bytes:
    return header[:-12] + struct.pack("<I", size) + header[-8:]


def _fresh(plugin: Plugin) -> VstState:
    it = _IDENTITIES[plugin]
    inputs = [1 << pin for pin in range(it.inputs)]
    pins = struct.pack(f"<I{it.inputs}QI2Q", it.inputs, *inputs, 2, 1, 2)
    data = {
        "reaeq": codec.fresh_reaeq(),
        "reacomp": codec.FRESH_REACOMP,
        "reaverbate": codec.FRESH_REAVERBATE,
    }[plugin]
    magic = _CHUNK if it.chunk else _PARAMETERS
    ends = struct.pack("<3I", len(data), it.chunk, 0x100000)
    return VstState(
        struct.pack("<2I", it.number, magic) + pins + ends, data, bytes([0, 0]) + struct.pack("<I", 0x10)
    )

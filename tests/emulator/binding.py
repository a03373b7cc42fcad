"""`reaper_python` from the signatures: arity and types enforced, arguments echoed, pointers checked, as in REAPER.

The rule was checked against all 698 functions of a real reaper_python.py: `int* double* bool* float* char*` are in
and out; with at least one of them the answer is a tuple of the C result (unless void) and every argument.
"""

from __future__ import annotations

import ctypes
import json
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.pointers import NULL, pack, unpack

_SIGNATURES = Path(__file__).with_name("reascript_api.json")
_BUFFER = 4 * 1024 * 1024
_IN_OUT = frozenset(("int*", "double*", "bool*", "float*", "char*", "unsigned int*"))
_INTEGERS = frozenset(("int", "bool", "unsigned int"))


@dataclass(frozen=True, slots=True)
class Argument:
    kind: str
    name: str

    @property
    def base(self) -> str:
        return self.kind.removeprefix("const ")

    @property
    def in_out(self) -> bool:
        return self.base in _IN_OUT and self.kind != "const char*"

    @property
    def is_buffer(self) -> bool:
        return self.kind == "char*"

    @property
    def is_pointer(self) -> bool:
        return self.base.endswith("*") and not self.in_out and self.base not in ("char*", "char**")


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    result: str
    arguments: tuple[Argument, ...]

    @property
    def echoes(self) -> bool:
        return any(argument.in_out for argument in self.arguments)


@dataclass(frozen=True, slots=True)
class Out:
    """The answer of a function with arguments that are written to."""

    result: Any = None
    values: dict[str, Any] = field(default_factory=dict)


def out(result: Any = None, **values: Any) -> Out:
    return Out(result, values)


class NotModelledError(NotImplementedError):
    """The function is in the ReaScript API but not in the emulator: write it."""


def signatures() -> dict[str, Signature]:
    functions = json.loads(_SIGNATURES.read_text("utf-8"))["functions"]
    return {name: _signature(name, line) for name, line in functions.items()}


def _signature(name: str, line: str) -> Signature:
    result, _, rest = line.partition(" (")
    parts = [part for part in rest.rstrip(")").split(", ") if part]
    return Signature(name, result, tuple(Argument(*part.rsplit(" ", 1)) for part in parts))


class Binder:
    """Makes the module. `app` says what lies behind pointers, and takes note of what would crash REAPER."""

    def __init__(self, app: Any, functions: dict[str, Callable[..., Any]]) -> None:
        self._app, self._functions = app, functions
        self.module = types.ModuleType("reaper_python")
        known = signatures()
        unknown = set(functions) - set(known)
        assert not unknown, f"not in the ReaScript API: {unknown}"
        for signature in known.values():
            setattr(self.module, "RPR_" + signature.name, self._wrapper(signature))
        # What the real module is made of, and what scripts put something else in the place of: reapy, for one,
        # has its own rpr_packp, which validates nothing.
        helpers = {"_ft": dict.fromkeys(known, 0), "rpr_packp": self._pack_pointer, "rpr_unpackp": unpack}
        self.module.__dict__.update(helpers, rpr_packs=_pack_text, rpr_unpacks=_unpack_text)

    def _pack_pointer(self, kind: str, value: object) -> int:
        """NULL for what is not valid in the current project, and for any kind that ValidatePtr does not know."""
        address = pack(kind, value)
        return address if self._app.is_valid(None, address, kind) else NULL

    def _wrapper(self, signature: Signature) -> Callable[..., Any]:
        inputs = [self._converter(signature.name, argument) for argument in signature.arguments]
        buffers = [place for place, argument in enumerate(signature.arguments) if argument.is_buffer]
        answer = self._answer(signature)
        function = self._functions.get(signature.name)

        def call(*args: Any) -> Any:
            if len(args) != len(inputs):
                raise TypeError(f"RPR_{signature.name}() takes {len(inputs)} arguments but {len(args)} were given")
            self._app.on_call(signature.name)
            values = [convert(value) for convert, value in zip(inputs, args, strict=True)]
            if function is None:
                raise NotModelledError(f"the emulator does not know {signature.name}")
            echoed = list(args)
            for place in buffers:
                echoed[place] = values[place]
                values[place] = values[place].value.decode("utf-8", "surrogateescape")
            return answer(function(self._app, *values), echoed)

        call.__name__ = call.__qualname__ = "RPR_" + signature.name
        call.__module__ = "reaper_python"
        return call

    def _converter(self, function: str, argument: Argument) -> Callable[[Any], Any]:
        if argument.is_pointer:
            return lambda value: self._thing(function, argument, value)
        if argument.base in _INTEGERS or argument.base in ("int*", "bool*", "unsigned int*"):
            return lambda value: _integer(function, argument, value)
        if argument.base in ("double", "float", "double*", "float*"):
            return lambda value: _float(function, argument, value)
        if argument.is_buffer:
            return lambda value: self.module.rpr_packs(_text(function, argument, value))
        return lambda value: _text(function, argument, value)

    def _thing(self, function: str, argument: Argument, value: Any) -> Any:
        if value not in (None, 0) and not isinstance(value, str):
            raise TypeError(f"{function}: {argument.name} is {value!r}, no pointer")
        kind = argument.base
        address = self.module.rpr_packp(kind, value)
        if kind == "void*" or address == NULL:
            return address if kind == "void*" else self._app.null(function, kind)
        return self._app.follow(function, kind, address)

    def _answer(self, signature: Signature) -> Callable[[Any, list[Any]], Any]:
        result = self._result(signature)
        if not signature.echoes:
            return lambda answer, args: result(answer)
        names = [argument.name for argument in signature.arguments]
        sizes = [names.index(name + "_sz") if name + "_sz" in names else None for name in names]
        ways = [_way_back(argument) for argument in signature.arguments]

        def echo(answer: Any, args: list[Any]) -> Any:
            given = answer if isinstance(answer, Out) else Out(answer)
            assert set(given.values) <= set(names), (signature.name, given)
            echoed = []
            for name, way, value, size in zip(names, ways, args, sizes, strict=True):
                if way is None:
                    room = len(value) if size is None else int(args[size])
                    echoed.append(self._filled(signature.name, value, given.values.get(name), room))
                else:
                    echoed.append(way(given.values.get(name, value)))
            if signature.name == "GetAudioAccessorSamples":
                return result(given.result), echoed[-1]
            return tuple(echoed if signature.result == "void" else [result(given.result), *echoed])

        return echo

    def _filled(self, function: str, buffer: Any, text: str | None, room: int) -> Any:
        if room > len(buffer):
            self._app.would_crash(f"{function} may write {room} bytes into a buffer of {len(buffer)}")
        if text is not None:
            buffer.value = _bytes(text)[: max(room - 1, 0)]
        return self.module.rpr_unpacks(buffer)

    def _result(self, signature: Signature) -> Callable[[Any], Any]:
        kind = signature.result.removeprefix("const ")
        if kind == "void":
            return lambda answer: None
        if kind == "char*":
            # ctypes gives None for NULL, and reaper_python calls decode() on it.
            return lambda answer: (None if answer is None else _bytes(answer)).decode()  # type: ignore[union-attr]
        if kind.endswith("*") or kind == "HWND":
            return lambda answer: unpack(kind, self._app.pointers.address(kind, answer))
        return float if kind == "double" else lambda answer: int(answer or 0)


def _integer(function: str, argument: Argument, value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{function}: {argument.name} is {value!r}, an integer expected")
    if not -(2**31) <= value < 2**32:
        raise ValueError(f"{function}: {argument.name} is {value}, which does not fit into 32 bits")
    return int(value)


def _float(function: str, argument: Argument, value: Any) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{function}: {argument.name} is {value!r}, a number expected")
    return float(value)


def _text(function: str, argument: Argument, value: Any) -> str:
    # reaper_python makes a string of anything; reapy relies on it for numbers, and for None where a buffer is.
    if not isinstance(value, (str, int, float)) and not (value is None and argument.in_out):
        raise TypeError(f"{function}: {argument.name} is {value!r}, a string expected")
    return str(value).encode().split(b"\0")[0].decode()


def _pack_text(value: object) -> Any:
    return ctypes.create_string_buffer(str(value).encode(), _BUFFER)


def _unpack_text(buffer: Any) -> str:
    return str(buffer.value.decode())


def _way_back(argument: Argument) -> Callable[[Any], Any] | None:
    """How an argument is echoed; None for buffers."""
    if argument.is_buffer:
        return None
    if not argument.in_out:
        return lambda value: value
    return float if argument.base in ("double*", "float*") else int


def _bytes(text: str) -> bytes:
    # Names that are not UTF-8 come from the file as lone surrogates: decoding them raises, as in REAPER.
    return text.encode("utf-8", "surrogateescape")

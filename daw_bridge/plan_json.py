"""A mix plan as JSON and back, exactly, with every fault named by its place.

Each key is a field of the data classes of `plan.py`; all are written and all are asked for. Infinite numbers
stand as the strings "inf" and "-inf", enumerations as their values.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from daw_bridge.errors import PlanError
from daw_bridge.plan import HIGHEST_FADER_DB, SCHEMA, MixPlan, TrackPlan
from daw_bridge.plugins.parameters import raw_values

# How deep values of no fixed type may be nested; ours are flat.
_MOST_NESTED = 20
_INFINITE = {"inf": math.inf, "-inf": -math.inf}
_JSON_NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def dumps_plan(plan: MixPlan) -> str:
    """The plan as indented JSON."""
    text = json.dumps(plan_to_json(plan), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # Names that are not UTF-8 in the project hold lone surrogates here, which no file can hold as they are.
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def loads_plan(text: str, *, name: str = "the plan") -> MixPlan:
    """The plan that a JSON text holds; raises PlanError, which begins with `name`."""
    try:
        return plan_from_json(parse_json(text))
    except PlanError as error:
        raise PlanError(f"{name}: {error.message:.400}", hint=error.hint) from error


def parse_json(text: str) -> object:
    """What a JSON text holds: no key twice, no NaN, no number of thousands of digits. Raises PlanError."""
    try:
        return json.loads(text, object_pairs_hook=_object_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"not JSON: {error}", hint="Write it anew with --plan.") from error


def plan_to_json(plan: MixPlan) -> dict[str, Any]:
    """The plan as objects, lists and plain values, the keys in the order of the fields."""
    encoded = encode(plan)
    assert isinstance(encoded, dict)
    return {"schema": encoded.pop("schema"), **encoded}


def plan_from_json(data: object) -> MixPlan:
    """The plan from what `plan_to_json` gave; raises PlanError, which names the key."""
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA or isinstance(schema, bool):
        raise PlanError(
            f"schema is {schema!r}, not {SCHEMA}",
            hint="It is no plan, or one of another version of DAW Bridge; write it anew with --plan.",
        )
    plan = decode(MixPlan, data, "")
    assert isinstance(plan, MixPlan)
    _refuse_twice(plan.tracks)
    for place, track in enumerate(plan.tracks):
        _refuse_out_of_range(track, f"tracks.{place}")
    return plan


def encode(value: object) -> Any:
    """Data classes, enumerations, tuples and mappings as JSON values; ValueError for NaN."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and math.isnan(value):
        raise ValueError("a plan cannot hold NaN")
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value is None or isinstance(value, (str, int, float)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    raise TypeError(f"a plan cannot hold {type(value).__name__}")


def decode(kind: Any, value: object, path: str) -> Any:
    """The value of type `kind` that `encode` gave; PlanError names `path` and below."""
    if kind in _JSON_NAMES or kind is object:
        return _decode_free(value, path) if kind is object else _decode_scalar(kind, value, path)
    if dataclasses.is_dataclass(kind):
        return _decode_fields(kind, value, path)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (some,) = (argument for argument in arguments if argument is not type(None))
        return None if value is None else decode(some, value, path)
    if origin is tuple:
        _expect(isinstance(value, list), path, "a list", value)
        return tuple(decode(arguments[0], item, _below(path, place)) for place, item in enumerate(_items(value)))
    if origin is Mapping:
        _expect(isinstance(value, dict), path, "an object", value)
        return {key: decode(arguments[1], item, _below(path, key)) for key, item in _pairs(value)}
    assert issubclass(kind, Enum)
    choices = [member.value for member in kind]
    _expect(value in choices and not isinstance(value, bool), path, f"one of {choices}", value)
    return kind(value)


def _refuse_twice(tracks: Sequence[TrackPlan]) -> None:
    seen: set[str] = set()
    for track in tracks:
        if track.guid.upper() in seen:
            raise PlanError(f"the track {track.name!r} is in it twice", hint="Take one of them out.")
        seen.add(track.guid.upper())


def _refuse_out_of_range(track: TrackPlan, path: str) -> None:
    if track.fader_db > HIGHEST_FADER_DB:
        raise PlanError(
            f"{path}: the fader of {track.name!r} is at {track.fader_db:g} dB",
            hint=f"Mend the value in the plan; it may be {HIGHEST_FADER_DB:g} dB at most.",
        )
    for _, settings in track.chain:
        try:
            raw_values(settings)
        except ValueError as error:
            raise PlanError(f"{path}: {error}", hint="Mend the value in the plan.") from error


def _decode_fields(kind: Any, value: object, path: str) -> Any:
    _expect(isinstance(value, dict), path, "an object", value)
    given, hints = dict(_pairs(value)), _hints(kind)
    for key in hints.keys() - given.keys():
        raise PlanError(f"{_below(path, key)} is missing", hint="Every key has to be there.")
    for key in given.keys() - hints.keys():
        raise PlanError(f"{_below(path, key)} is not known", hint=f"Known: {', '.join(hints)}.")
    return kind(**{key: decode(hint, given[key], _below(path, key)) for key, hint in hints.items()})


def _decode_scalar(kind: type, value: object, path: str) -> object:
    if kind is float:
        return _decode_float(value, path)
    _expect(isinstance(value, kind), path, _JSON_NAMES[kind], value)
    return value


def _decode_float(value: object, path: str) -> float:
    if isinstance(value, str) and value in _INFINITE:
        return _INFINITE[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # A whole number may be too long for a float, and 1e999 reads as infinite.
        number = float(value) if abs(value) < 1e300 else math.inf
        if math.isfinite(number):
            return number
    raise _unexpected(path, _JSON_NAMES[float], value)


def _decode_free(value: object, path: str, depth: int = 0) -> object:
    """A value of no fixed type: lists become tuples, the two infinite strings numbers."""
    if depth > _MOST_NESTED:
        raise PlanError(f"{path} is nested too deep", hint="Mend the value in the plan.")
    if isinstance(value, dict):
        return {key: _decode_free(item, path, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_decode_free(item, path, depth + 1) for item in value)
    return _INFINITE.get(value, value) if isinstance(value, str) else value


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _below(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _items(value: Any) -> list[object]:
    return list(value)


def _pairs(value: Any) -> list[tuple[str, object]]:
    return list(value.items())


def _expect(fits: bool, path: str, expected: str, value: object) -> None:
    if not fits:
        raise _unexpected(path, expected, value)


def _unexpected(path: str, expected: str, value: object) -> PlanError:
    return PlanError(
        f"{path or 'the plan'} must be {expected}, not {value!r:.60}", hint="Mend the value in the plan."
    )


def _object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise PlanError(f"an object has the key {key!r} twice", hint="Take one of them out.")
        result[key] = value
    return result


def _no_constant(text: str) -> object:
    raise PlanError(f"it holds {text}, which is no JSON number", hint='Infinite is "inf" or "-inf".')

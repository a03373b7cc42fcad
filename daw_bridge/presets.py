"""Presets: TOML files that name a style, read and checked."""

from __future__ import annotations

import dataclasses
import difflib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from daw_bridge.errors import PresetError
from predictors.decide import PREDICTORS, DynamicsStyle, EqStyle, LevelStyle, Preset, ReverbStyle

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT = "natural"

ASPECTS = {"level": LevelStyle, "eq": EqStyle, "dynamics": DynamicsStyle, "reverb": ReverbStyle}

RANGES = {
    "amount": (0.0, 100.0),
    "relative_loudness_lu": (-6.0, 6.0),
    "backing_vocals_lu": (-20.0, 0.0),
    "brightness_db": (-6.0, 6.0),
    "compression_db": (-6.0, 6.0),
    "rt60_factor": (0.25, 2.0),
    "wet_lu": (-9.0, 6.0),
    "pre_delay_ms": (0.0, 200.0),
}
"""What each number of a preset may be: as far as one goes on purpose."""


def load_preset(name_or_path: str) -> Preset:
    """A preset that comes with DAW Bridge, by name, or any `.toml` file, by path.

    Raises PresetError: no such preset, not TOML, or what is wrong in it, all at once.
    """
    if name_or_path.endswith(".toml") or any(mark in name_or_path for mark in ("/", os.sep)):
        return _read(Path(name_or_path))
    if name_or_path not in _names():
        raise PresetError(
            f"There is no preset '{name_or_path}', only {', '.join(_names())}.",
            hint=_nearest(name_or_path, _names()) or "A preset of your own is given by its path, ending in .toml.",
        )
    return _read(_folder() / f"{name_or_path}.toml")


def list_presets() -> tuple[Preset, ...]:
    """All presets that come with DAW Bridge, the default first."""
    return tuple(_read(_folder() / f"{name}.toml") for name in _names())


def _folder() -> Path:
    """Where the presets lie: inside an installed package, at the top of a checkout."""
    installed = Path(__file__).parent / "data" / "presets"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "presets"


def _names() -> list[str]:
    return sorted((path.stem for path in _folder().glob("*.toml")), key=lambda name: (name != DEFAULT, name))


def _read(path: Path) -> Preset:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PresetError(f"{path} cannot be read ({error.strerror}).", hint="Check the path.") from error
    except UnicodeDecodeError as error:
        raise PresetError(f"{path} is not a text file in UTF-8.", hint="Is it a preset?") from error
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{path} is not valid TOML: {error}.", hint="Mend the line that it names.") from error
    problems = [*_document_problems(raw), *_aspect_problems(raw)]
    if problems:
        raise PresetError(f"{path}: {'; '.join(problems)}.", hint="`daw-bridge presets natural` shows all keys.")
    aspects = {name: style(**_as_floats(raw.get(name, {}))) for name, style in ASPECTS.items()}
    return Preset(name=path.stem, description=raw["description"], **aspects)


def _document_problems(raw: dict[str, Any]) -> Iterable[str]:
    yield from _unknown(raw, ("description", *ASPECTS), "")
    if not isinstance(raw.get("description"), str):
        yield "description is missing: one line of text"


def _aspect_problems(raw: dict[str, Any]) -> Iterable[str]:
    for name, style in ASPECTS.items():
        table = raw.get(name, {})
        if not isinstance(table, dict):
            yield f"{name} is a table: write [{name}]"
            continue
        known = [field.name for field in dataclasses.fields(style)]
        yield from _unknown(table, known, f"{name}.")
        for key in known:
            if key in table:
                yield from _value_problems(f"{name}.{key}", key, table[key])


def _unknown(table: dict[str, Any], known: Iterable[str], prefix: str) -> Iterable[str]:
    for key in table:
        if key not in known:
            yield f"unknown key {prefix}{key}. {_nearest(key, known)}Allowed are {', '.join(known)}"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]}? " if near else ""


def _value_problems(path: str, key: str, value: object) -> Iterable[str]:
    if key == "predictor":
        if value not in tuple(PREDICTORS):
            yield f"{path} is {value!r}, but must be one of {', '.join(PREDICTORS)}"
        return
    low, high = RANGES[key]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield f"{path} is {value!r}, but must be a number from {low:g} to {high:g}"
    elif not low <= value <= high:
        yield f"{path} is {value:g}, but must be from {low:g} to {high:g}"


def _as_floats(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else float(value) for key, value in table.items()}

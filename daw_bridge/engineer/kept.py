"""Values that the user has set by hand on our plug-ins: they stand, and the rest is found around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daw_bridge.plan import UserChange
    from daw_bridge.plugins import ReaEq


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the user changed on one track. `removed` names plug-ins of ours (`eq`, ...) that the user took out."""

    fader_db: float | None = None
    eq: ReaEq | None = None
    comp: Mapping[str, Any] = field(default_factory=dict)
    verb: Mapping[str, Any] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


def kept_on(guid: str, changes: Iterable[UserChange]) -> Kept:
    """The changes on one track, by what they change."""
    own = {change.field: change.value for change in changes if change.guid == guid}
    return Kept(
        fader_db=_number(own.get("fader_db")),
        eq=own.get("eq"),  # type: ignore[arg-type]  # a change of `eq` holds a ReaEq or None
        comp=_values(own, "comp"),
        verb=_values(own, "verb"),
        removed=frozenset(name for name, value in own.items() if value is None),
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _values(own: Mapping[str, object], plugin: str) -> dict[str, object]:
    prefix = f"{plugin}."
    return {name.removeprefix(prefix): value for name, value in own.items() if name.startswith(prefix)}

"""What the user changed since a plan was applied, and a plan that leaves it so. The same for every host."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from daw_bridge.plan import FX_NAMES, MixPlan, TrackPlan, UserChange
from daw_bridge.plugins import ReaEq, Settings
from daw_bridge.plugins.parameters import differences

FX_FIELDS = tuple(FX_NAMES)
"""The fields of TrackPlan that are plug-ins, in the order of the chain."""

# REAPER shows two decimals.
_FADER_TOLERANCE_DB = 0.005
# REAPER's faders show -inf from here down.
_SILENT_DB = -150.0


def fader_moved(planned_db: float, found_db: float) -> bool:
    """Whether two fader positions differ by more than what REAPER shows."""
    return abs(max(planned_db, _SILENT_DB) - max(found_db, _SILENT_DB)) > _FADER_TOLERANCE_DB


def track_changes(
    planned: TrackPlan, fader_db: float, found: Mapping[str, Settings | None]
) -> Iterator[UserChange]:
    """The changes on one track, which now has this fader and these plug-ins of ours (by their field's name)."""

    def change(field: str, planned_value: object, value: object) -> UserChange:
        return UserChange(guid=planned.guid, track=planned.name, field=field, planned=planned_value, value=value)

    if fader_moved(planned.fader_db, fader_db):
        yield change("fader_db", planned.fader_db, fader_db)
    for name in FX_FIELDS:
        settings: Settings | None = getattr(planned, name)
        now = found.get(name)
        if settings is None:
            continue
        if now is None or type(now) is not type(settings):
            yield change(name, settings, None)
        elif isinstance(settings, ReaEq):
            if differences(settings, now):
                yield change(name, settings, now)
        else:
            for field in differences(settings, now):
                yield change(f"{name}.{field}", getattr(settings, field), getattr(now, field))


def keep_changes(plan: MixPlan, changes: Sequence[UserChange]) -> MixPlan:
    """The plan with the user's values in the place of its own.

    Changed parameters of a plug-in that the plan does not use have gone with it.
    """
    return _with_values(plan, [(change.guid, change.field, change.value) for change in changes])


def remembered_plan(plan: MixPlan, kept: Sequence[UserChange], differing: Sequence[UserChange]) -> MixPlan:
    """What to remember of a new plan so that the user's changes that were kept are known as such next time.

    `differing` is what the project, as the user left it, has otherwise than the new plan. A change that the plan
    has taken over is not in there, and would be forgotten: the value planned before is remembered instead.
    """
    known = {(change.guid.upper(), change.field) for change in differing}
    taken_over = [change for change in kept if (change.guid.upper(), change.field) not in known]
    return _with_values(plan, [(change.guid, change.field, change.planned) for change in taken_over])


def _with_values(plan: MixPlan, values: Sequence[tuple[str, str, object]]) -> MixPlan:
    def changed(track: TrackPlan) -> TrackPlan:
        for guid, field, value in values:
            if guid.upper() == track.guid.upper():
                track = _with_value(track, field, value)
        return track

    return dataclasses.replace(plan, tracks=tuple(changed(track) for track in plan.tracks))


def _with_value(track: TrackPlan, field: str, value: Any) -> TrackPlan:
    name, _, parameter = field.partition(".")
    settings = getattr(track, name)
    if parameter and settings is None:
        return track
    if parameter:
        value = dataclasses.replace(settings, **{parameter: value})
    return dataclasses.replace(track, **{name: value})

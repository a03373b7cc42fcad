from __future__ import annotations

import dataclasses
import math

import pytest

from daw_bridge.changes import fader_moved, keep_changes, remembered_plan, track_changes
from daw_bridge.plan import MixPlan, TrackPlan, UserChange
from daw_bridge.plugins import Band, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

EQ = ReaEq(bands=(Band(frequency_hz=300.0, gain_db=-2.0),))
COMP = ReaComp(ratio=3.0, threshold_db=-20.0)
TRACK = TrackPlan(guid="{A}", name="Vocal", role=Role.LEAD_VOCAL, fader_db=-4.0, eq=EQ, comp=COMP)
PLAN = MixPlan(preset="natural", predictor="rules", amount=100.0, tracks=(TRACK,))


def change(field: str, planned: object, value: object) -> UserChange:
    return UserChange(guid="{a}", track="Vocal", field=field, planned=planned, value=value)


@pytest.mark.parametrize(
    ("planned_db", "found_db", "moved"),
    [
        (-4.0, -4.0049, False),
        (-4.0, -4.0051, True),
        (-math.inf, -math.inf, False),
        (-math.inf, -160.0, False),
        (-math.inf, -60.0, True),
        (0.0, -math.inf, True),
    ],
)
def test_a_fader_has_moved_when_reaper_shows_another_level(planned_db: float, found_db: float, moved: bool) -> None:
    assert fader_moved(planned_db, found_db) is moved
    assert fader_moved(found_db, planned_db) is moved


def test_a_track_as_planned_has_no_changes_whatever_else_is_there() -> None:
    assert [*track_changes(TRACK, -4.0, {"eq": EQ, "comp": COMP, "verb": ReaVerbate()})] == []


def test_each_parameter_is_a_change_of_its_own_and_an_eq_is_one() -> None:
    eq = ReaEq(bands=(Band(frequency_hz=310.0, gain_db=-3.0),))
    comp = dataclasses.replace(COMP, ratio=4.0, knee_db=6.0)

    found = [*track_changes(TRACK, -9.0, {"eq": eq, "comp": comp})]

    assert {item.field: (item.planned, item.value) for item in found} == {
        "fader_db": (-4.0, -9.0),
        "eq": (EQ, eq),
        "comp.ratio": (3.0, 4.0),
        "comp.knee_db": (0.0, 6.0),
    }


def test_a_plugin_that_is_gone_or_another_one_now_is_a_change_to_none() -> None:
    found = [*track_changes(TRACK, -4.0, {"eq": ReaVerbate(), "comp": None})]

    assert [(item.field, item.value) for item in found] == [("eq", None), ("comp", None)]


def test_a_kept_plan_has_the_users_values() -> None:
    kept = keep_changes(
        PLAN, [change("fader_db", -4.0, -9.0), change("comp.ratio", 3.0, 5.0), change("eq", EQ, None)]
    )

    assert kept.tracks == (
        dataclasses.replace(TRACK, fader_db=-9.0, comp=dataclasses.replace(COMP, ratio=5.0), eq=None),
    )


def test_a_parameter_of_a_plugin_that_is_not_used_and_other_tracks_are_left_alone() -> None:
    plan = dataclasses.replace(PLAN, tracks=(dataclasses.replace(TRACK, comp=None),))

    assert keep_changes(plan, [change("comp.ratio", 3.0, 5.0)]) == plan
    assert keep_changes(plan, [dataclasses.replace(change("fader_db", -4.0, 0.0), guid="{B}")]) == plan


def test_only_what_a_new_plan_took_over_is_remembered_as_planned_before() -> None:
    before = [change("fader_db", -4.0, -9.0), change("comp.ratio", 3.0, 5.0), change("eq", EQ, None)]
    kept_fader = dataclasses.replace(TRACK, fader_db=-9.0, eq=None, comp=dataclasses.replace(COMP, ratio=2.0))
    new = dataclasses.replace(PLAN, tracks=(kept_fader,))

    remembered = remembered_plan(new, before, [change("comp.ratio", 2.0, 5.0)])

    assert remembered.tracks == (dataclasses.replace(TRACK, comp=dataclasses.replace(COMP, ratio=2.0)),)

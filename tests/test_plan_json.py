from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import PlanError
from daw_bridge.plan import MixPlan, TrackPlan
from daw_bridge.plan_json import dumps_plan, loads_plan, plan_from_json, plan_to_json
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high)


levels_db = st.one_of(between(-100.0, 6.0), st.just(-math.inf))
bands = st.builds(
    Band,
    kind=st.sampled_from(BandKind),
    frequency_hz=between(20.0, 20000.0),
    gain_db=between(-60.0, 12.0),
    bandwidth_oct=between(0.01, 4.0),
    enabled=st.booleans(),
)
eqs = st.builds(ReaEq, bands=st.lists(bands, max_size=6).map(tuple), gain_db=between(-20.0, 12.0))
comps = st.builds(
    ReaComp,
    threshold_db=levels_db,
    ratio=st.one_of(between(1.0, 99.0), st.just(math.inf)),
    attack_ms=between(0.0, 500.0),
    rms_ms=between(0.0, 1000.0),
    auto_release=st.booleans(),
    wet_db=levels_db,
)
verbs = st.builds(ReaVerbate, wet_db=levels_db, room_size=between(0.0, 1.0), width=between(-1.0, 1.0))
texts = st.text(max_size=12)
numbers = st.dictionaries(texts, between(-100.0, 100.0), max_size=3)
tracks = st.builds(
    TrackPlan,
    guid=texts,
    name=texts,
    role=st.sampled_from(Role),
    fader_db=levels_db,
    eq=st.none() | eqs,
    comp=st.none() | comps,
    verb=st.none() | verbs,
    why=st.dictionaries(texts, texts, max_size=3),
    results=numbers,
)
free = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), between(-9.0, 9.0), st.just(math.inf)),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
plans = st.builds(
    MixPlan,
    preset=texts,
    predictor=texts,
    amount=between(0.0, 100.0),
    tracks=st.lists(tracks, max_size=3, unique_by=lambda track: track.guid.upper()).map(tuple),
    results=numbers,
    targets=st.dictionaries(texts, free, max_size=3),
    notes=st.lists(texts, max_size=3).map(tuple),
)

TRACK = TrackPlan(
    guid="{A}",
    name="Sängerin \udce9",
    role=Role.LEAD_VOCAL,
    fader_db=-3.25,
    eq=ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0),)),
    comp=ReaComp(ratio=math.inf),
)
PLAN = MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=(TRACK,))


@given(plans)
def test_a_plan_comes_back_exactly(plan: MixPlan) -> None:
    assert loads_plan(dumps_plan(plan)) == plan


def test_the_text_is_plain_json_with_stable_keys_that_any_file_can_hold() -> None:
    text = dumps_plan(PLAN)

    data = json.loads(text.encode("utf-8"))

    assert list(data) == [
        "schema",
        *(field.name for field in dataclasses.fields(MixPlan) if field.name != "schema"),
    ]
    assert data["tracks"][0]["comp"]["ratio"] == "inf"
    assert data["tracks"][0]["role"] == "lead vocal"
    assert "Sängerin \\udce9" in text
    assert loads_plan(text) == PLAN


def without(data: dict[str, Any], *path: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    del data[path[-1]]


def put(value: object, *path: Any) -> Any:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(2, "schema"), "schema is 2, not 1"),
        (put(True, "schema"), "schema is True, not 1"),
        (lambda data: without(data, "schema"), "schema is None, not 1"),
        (lambda data: without(data, "preset"), "preset is missing"),
        (lambda data: without(data, "tracks", 0, "comp", "ratio"), "tracks.0.comp.ratio is missing"),
        (put(1, "tracks", 0, "pan"), "tracks.0.pan is not known"),
        (put("loud", "tracks", 0, "fader_db"), "tracks.0.fader_db must be a number, not 'loud'"),
        (put(True, "tracks", 0, "fader_db"), "tracks.0.fader_db must be a number, not True"),
        (put(10**400, "tracks", 0, "fader_db"), "tracks.0.fader_db must be a number"),
        (put(1, "tracks", 0, "comp", "auto_release"), "tracks.0.comp.auto_release must be true or false, not 1"),
        (put("bass", "tracks", 0, "role"), "tracks.0.role must be one of"),
        (put(11, "tracks", 0, "eq", "bands", 0, "kind"), "tracks.0.eq.bands.0.kind must be one of"),
        (put([1], "tracks", 0, "eq"), "tracks.0.eq must be an object"),
        (put({}, "tracks"), "tracks must be a list"),
        (put({"x": 1}, "tracks", 0, "why"), "tracks.0.why.x must be a text, not 1"),
        (put(300.0, "tracks", 0, "fader_db"), "tracks.0: the fader of 'Sängerin \\udce9' is at 300 dB"),
        (put("inf", "tracks", 0, "fader_db"), "tracks.0: the fader of 'Sängerin \\udce9' is at inf dB"),
        (lambda data: data["tracks"].append(data["tracks"][0]), "the track 'Sängerin \\udce9' is in it twice"),
        (put(nested(30), "targets", "x"), "targets.x is nested too deep"),
        (put(200.0, "tracks", 0, "comp", "ratio"), "tracks.0: ratio = 200 is outside"),
        (
            put(-5.0, "tracks", 0, "eq", "bands", 0, "frequency_hz"),
            "tracks.0: bands.0.frequency_hz = -5 is outside",
        ),
    ],
)
def test_a_fault_is_named_by_its_place(change: Any, message: str) -> None:
    data = plan_to_json(PLAN)
    change(data)

    with pytest.raises(PlanError) as caught:
        plan_from_json(data)

    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan.json: not JSON"),
        ("{", "plan.json: not JSON"),
        ("[" * 100_000, "plan.json: not JSON"),
        ("[]", "plan.json: schema is None"),
        ('{"schema": 1, "schema": 1}', "plan.json: an object has the key 'schema' twice"),
        ('{"schema": NaN}', "plan.json: it holds NaN"),
        ('{"schema": 1, "amount": 1e999}', "plan.json: "),
        (f'{{"schema": {"9" * 5000}}}', "plan.json: not JSON"),
        ('{"schema": ' + "[" * 400 + "]" * 400 + "}", "plan.json: schema is [[["),
    ],
)
def test_a_text_that_is_no_plan_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        loads_plan(text, name="plan.json")

    assert caught.value.message.startswith(message)


def test_a_plan_with_nan_is_a_bug() -> None:
    with pytest.raises(ValueError, match="NaN"):
        dumps_plan(dataclasses.replace(PLAN, amount=math.nan))


def test_what_is_wrong_is_said_in_a_few_words_however_long_the_plan() -> None:
    with pytest.raises(PlanError) as caught:
        loads_plan(json.dumps({"schema": "1" * 1_000_000}), name="plan.json")

    assert len(caught.value.message) < 1000

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.decibels import amplitude
from daw_bridge.errors import PlanError, ProjectFileError
from daw_bridge.hosts.reaper.live import Applied
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.hosts.rpp.saved import read_saved
from daw_bridge.hosts.rpp.tree import dump, parse
from daw_bridge.hosts.rpp.writing import apply_plan, revert
from daw_bridge.plan import COMP_NAME, EQ_NAME, VERB_NAME, MixPlan, TrackPlan, with_plan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0),
        Band(kind=BandKind.LOW_SHELF, frequency_hz=180.0, gain_db=-1.3, bandwidth_oct=1.1),
        Band(frequency_hz=2512.3, gain_db=-2.5, bandwidth_oct=1.27),
        Band(frequency_hz=5012.0, gain_db=2.5),
        Band(frequency_hz=7012.0, gain_db=1.5),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=11050.0, gain_db=3.3, bandwidth_oct=1.5),
    )
)
COMP = ReaComp(threshold_db=-22.3, ratio=3.0, attack_ms=12.0, release_ms=140.0, wet_db=4.0, knee_db=6.0)
VERB = ReaVerbate(wet_db=-21.7, room_size=0.613, dampening=0.4, pre_delay_ms=23.0, low_cut_hz=180.0)
GUIDS = tuple(f"{{{number:08X}-2222-3333-4444-555555555555}}" for number in range(1, 9))


def song(*names: str) -> bytes:
    tracks = [
        f'  <TRACK {guid}\n    NAME "{name}"\n    VOLPAN 0.70794578 0 -1 -1 1\n    ISBUS 0 0\n    FX 1\n  >\n'
        for guid, name in zip(GUIDS, names, strict=False)
    ]
    head = '<REAPER_PROJECT 0.1 "7.78" 1\n  PANLAW 1\n  PANMODE 3\n  SAMPLERATE 48000 1 0\n  TEMPO 97.5 4 4\n'
    return (head + "".join(tracks) + ">\n").encode()


def plan_of(*tracks: TrackPlan) -> MixPlan:
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tracks)


def track_plan(place: int = 0, name: str = "Voice", **values: Any) -> TrackPlan:
    base = TrackPlan(guid=GUIDS[place], name=name, role=Role.LEAD_VOCAL, fader_db=-6.0, eq=EQ, comp=COMP, verb=VERB)
    return dataclasses.replace(base, **values)


PLAN = plan_of(track_plan())


def states(project: bytes) -> list[list[str]]:
    """The lines of each of our plug-ins' states, in their order."""
    blocks = re.findall(r'<VST "[^"]*" \w+\.dll 0 "DAW Bridge: \w+" [^\n]*\n([^>]*)>', project.decode())
    return [block.split() for block in blocks]


def undo_points(bench: Any) -> list[str]:
    return bench.reaper.state["undo"]  # type: ignore[no-any-return]


# Reading.


def projects(shared: Path) -> list[Path]:
    found = sorted(path for path in (shared / "reaper/projects").iterdir() if path.suffix.lower() == ".rpp")
    assert found
    return found


@pytest.mark.parametrize("number", range(7))
def test_an_open_project_is_the_same_session_as_its_file(bench: Any, shared: Path, number: int) -> None:
    path = projects(shared)[number]

    live = bench(path).open()

    # REAPER gives an identity to plug-ins and tracks that have none.
    def plain(session: Any) -> Any:
        tracks = tuple(
            dataclasses.replace(
                track, guid="", parent=None, fx=tuple(dataclasses.replace(fx, guid="") for fx in track.fx)
            )
            for track in session.tracks
        )
        fx = tuple(dataclasses.replace(fx, guid="") for fx in session.master.fx)
        return dataclasses.replace(
            session, tracks=tracks, sends=(), master=dataclasses.replace(session.master, fx=fx)
        )

    assert plain(live.session) == plain(load_project(path).session)
    assert live.client.requests == 3  # one that finds our code missing, one that sends it, one that reads


def test_the_next_snapshot_is_one_request(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open()
    before = made.client.requests

    made.open()

    assert made.client.requests == before + 1


def test_names_that_are_no_utf8_are_read(bench: Any) -> None:
    made = bench(song("Voice").replace(b"Voice", b"S\xe4ngerin"))

    live = made.open()

    assert [track.name for track in live.session.tracks] == ["Sängerin"]
    assert live.apply(plan_of(track_plan(name="Sängerin"))).changed
    assert b"S\xe4ngerin" in made.reaper.saved()


def test_a_project_that_was_never_saved_is_read(bench: Any) -> None:
    made = bench(None)
    made.reaper.open_tab(song("Voice"))

    live = made.open()

    assert (live.session.path, live.name, live.session.rate) == (None, "the open project", 48000)
    assert live.apply(PLAN).changed


def test_long_states_of_other_plugins_do_not_travel(bench: Any) -> None:
    line = "      " + "QUJD" * 32 + "\n"
    sampler = (
        '    <FXCHAIN\n      BYPASS 0 0 0\n      <VST "VSTi: Sampler" sampler.dll 0 "" 123456<00> ""\n'
        + line * 60000
    )
    data = song("Voice").replace(b"    FX 1\n", (sampler + "      >\n      WAK 0 0\n    >\n    FX 1\n").encode())

    live = bench(data).open()

    assert len(data) > 8_000_000
    assert [fx.name for fx in live.session.tracks[0].fx] == ["VSTi: Sampler"]
    assert len(live.snapshot["tracks"][0]["chunk"]) < 1000


# Applying.


def test_a_plan_is_one_request_one_undo_point_and_as_the_session_says(bench: Any) -> None:
    made = bench(song("Voice", "Band"))
    live = made.open()
    before = live.client.requests

    applied = live.apply(PLAN)

    assert live.client.requests == before + 1
    assert undo_points(made) == ["DAW Bridge: mix (natural)"]
    now = made.open()
    wanted = with_plan(live.session, PLAN).tracks[0]
    assert applied.changed
    assert [fx.name for fx in now.session.tracks[0].fx] == [EQ_NAME, COMP_NAME, VERB_NAME]
    assert all(fx.ours and fx.enabled for fx in now.session.tracks[0].fx)
    assert math.isclose(now.session.tracks[0].fader.volume_db, wanted.fader.volume_db, abs_tol=1e-9)
    assert now.session.tracks[1] == live.session.tracks[1]
    assert now.changes == ()
    assert now.saved is not None
    assert now.saved.plan == PLAN
    assert live.verify(applied) == ()


def test_the_saved_project_has_the_states_that_the_file_host_writes(bench: Any) -> None:
    data = song("Voice", "Band", "Choir")
    plan = plan_of(track_plan(), track_plan(2, "Choir", eq=ReaEq(bands=EQ.bands[:2]), verb=None))
    made = bench(data)

    made.open().apply(plan)

    expected = states(dump(apply_plan(parse(data), plan)))
    assert len(expected) == 5
    assert states(made.reaper.saved()) == expected


def test_a_project_mixed_live_is_known_to_the_file_host_and_the_other_way_round(bench: Any) -> None:
    data = song("Voice")
    made = bench(data)
    made.open().apply(PLAN)

    saved = read_saved(parse(made.reaper.saved()).project)
    from_file = bench(dump(apply_plan(parse(data), PLAN)))

    assert saved is not None
    assert saved.plan == PLAN
    assert revert(parse(made.reaper.saved())).project.first("EXTSTATE") is None
    assert not from_file.open().apply(PLAN).changed
    assert from_file.open().revert().changed
    assert b"DAW Bridge" not in from_file.reaper.saved()


def test_the_same_plan_again_writes_nothing_and_makes_no_undo_point(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    before = made.reaper.saved()
    made.reaper.do("forget_calls")

    again = made.open().apply(PLAN)

    writers = [name for name in made.reaper.state["calls"] if "Set" in name and "Get" not in name]
    assert not again.changed
    assert writers == []
    assert len(undo_points(made)) == 1
    assert made.reaper.saved() == before


def test_another_plan_sets_our_plugins_anew_where_they_stand(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    guids = [fx.guid for fx in made.open().session.tracks[0].fx]
    other = plan_of(
        track_plan(fader_db=-8.0, eq=ReaEq(bands=EQ.bands[2:4]), comp=dataclasses.replace(COMP, ratio=math.inf))
    )

    live = made.open()
    applied = live.apply(other)

    now = made.open()
    assert [fx.guid for fx in now.session.tracks[0].fx] == guids
    assert now.changes == ()
    assert now.saved is not None
    assert now.saved.plan == other
    assert live.verify(applied) == ()
    assert now.saved.originals[GUIDS[0]].fader_db == pytest.approx(-3.0)


def test_a_plugin_that_the_plan_does_not_use_goes_and_comes_back_in_its_place(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    made.open().apply(plan_of(track_plan(comp=None)))
    without = [fx.name for fx in made.open().session.tracks[0].fx]

    made.open().apply(PLAN)

    assert without == [EQ_NAME, VERB_NAME]
    assert [fx.name for fx in made.open().session.tracks[0].fx] == [EQ_NAME, COMP_NAME, VERB_NAME]


def test_a_track_that_the_next_plan_leaves_out_is_reverted(bench: Any) -> None:
    made = bench(song("Voice", "Choir"))
    made.open().apply(plan_of(track_plan(), track_plan(1, "Choir")))

    made.open().apply(PLAN)

    choir = made.open().session.tracks[1]
    assert choir.fx == ()
    assert choir.fader.volume_db == pytest.approx(-3.0)


def test_plugins_of_the_user_are_not_touched(bench: Any) -> None:
    made = bench(song("Voice"))
    track = made.reaper.call("GetTrack", 0, 0)
    made.reaper.call("TrackFX_AddByName", track, "ReaComp", False, -1)
    made.reaper.call("TrackFX_SetParam", track, 0, 0, 0.25)

    made.open().apply(PLAN)
    made.open().revert()

    (theirs,) = made.open().session.tracks[0].fx
    assert isinstance(theirs.settings, ReaComp)
    assert theirs.settings.threshold_db == pytest.approx(-12.04, abs=0.01)


# Taking back.


def test_revert_restores_fader_and_chain_in_one_undo_point(bench: Any) -> None:
    made = bench(song("Voice"))
    before = made.open().session
    made.open().apply(PLAN)

    applied = made.open().revert()

    now = made.open()
    assert applied.changed
    assert now.session == before
    assert now.saved is None
    assert undo_points(made) == ["DAW Bridge: mix (natural)", "DAW Bridge: revert"]
    assert b"DAW_BRIDGE" not in re.sub(rb"<DAW_BRIDGE\s*>", b"", made.reaper.saved())


def test_nothing_to_revert_is_said(bench: Any) -> None:
    with pytest.raises(ProjectFileError, match="nothing of DAW Bridge"):
        bench(song("Voice")).open().revert()


def test_one_undo_takes_all_of_it_back(bench: Any) -> None:
    made = bench(song("Voice"))
    before = made.open()
    before.apply(PLAN)

    made.reaper.do("undo")

    now = made.open()
    assert now.session == before.session
    assert now.saved is None


# What the user does in between.


def test_a_fader_that_the_user_moved_is_kept_and_reported_unless_forced(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    made.reaper.do("set_fader", 0, 0.9)

    kept = made.open().apply(PLAN)

    assert not kept.changed
    assert [change.field for change in kept.kept] == ["fader_db"]
    assert made.open().session.tracks[0].fader.volume_db == pytest.approx(-0.915, abs=0.001)
    forced = made.open().apply(PLAN, force=True)
    assert (forced.changed, forced.kept) == (True, ())
    assert made.open().session.tracks[0].fader.volume_db == pytest.approx(-6.0)


def test_a_parameter_that_the_user_moved_is_kept_by_another_plan(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    made.reaper.do("set_param", 0, 1, 1, 4.0 / 99.0)

    applied = made.open().apply(plan_of(track_plan(fader_db=-9.0)))

    assert [change.field for change in applied.kept] == ["comp.ratio"]
    comp = made.open().session.tracks[0].fx[1].settings
    assert isinstance(comp, ReaComp)
    assert comp.ratio == pytest.approx(5.0, abs=0.01)
    assert [change.field for change in made.open().changes] == ["comp.ratio"]


def test_a_track_deleted_before_applying_is_refused_by_name(bench: Any) -> None:
    made = bench(song("Band", "Voice"))
    live = made.open()
    made.reaper.do("delete_track", 1)

    with pytest.raises(PlanError, match="Voice"):
        live.apply(plan_of(track_plan(1)))

    assert undo_points(made) == ["Remove tracks"]


def test_a_change_that_does_not_matter_is_taken_along(bench: Any) -> None:
    made = bench(song("Voice", "Band"))
    live = made.open()
    made.reaper.do("rename_track", 1, "The band")

    assert live.apply(PLAN).changed
    assert made.open().session.tracks[1].name == "The band"


def test_a_change_that_can_be_heard_is_refused_by_name(bench: Any) -> None:
    made = bench(song("Voice", "Band"))
    live = made.open()
    made.reaper.do("set_fader", 1, 0.5)

    with pytest.raises(PlanError, match="changed in the meantime: Band"):
        live.apply(PLAN)

    assert undo_points(made) == ["Change track volume"]


def test_the_project_that_was_opened_is_the_one_that_is_changed(bench: Any) -> None:
    made = bench(song("Voice"))
    live = made.open()
    made.reaper.open_tab(song("Voice"), "/elsewhere/other.rpp")

    live.apply(PLAN)

    assert made.reaper.state["current"] == 1
    assert b"DAW Bridge: EQ" in made.reaper.saved(0)
    assert b"DAW Bridge: EQ" not in made.reaper.saved(1)


def test_a_project_that_was_closed_is_refused(bench: Any) -> None:
    made = bench(song("Voice"))
    live = made.open()
    made.reaper.open_tab(song("Voice"), "/elsewhere/other.rpp")
    made.reaper.do("close_tab", 0)

    with pytest.raises(PlanError, match="no longer open"):
        live.apply(PLAN)

    assert b"DAW Bridge" not in made.reaper.saved()


def test_saving_elsewhere_in_between_does_not_matter(bench: Any, tmp_path: Path) -> None:
    made = bench(song("Voice"))
    live = made.open()
    made.reaper.do("save_as", str(tmp_path / "other.rpp"))

    assert live.apply(PLAN).changed


def test_a_restart_in_between_does_not_matter(bench: Any, tmp_path: Path) -> None:
    made = bench(song("Voice"))
    live = made.open()
    made.reaper.restart()

    assert live.apply(PLAN).changed
    assert live.verify(Applied(changed=True, kept=(), job=live.apply(PLAN).job)) == ()


def test_our_plugins_are_found_again_after_a_restart(bench: Any, tmp_path: Path) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    made.reaper.do("save_as", str(tmp_path / "mixed.rpp"))

    made.reaper.restart(tmp_path / "mixed.rpp")

    assert not made.open().apply(PLAN).changed


def test_a_plugin_of_ours_in_a_container_is_said_and_not_doubled(bench: Any, tmp_path: Path) -> None:
    made = bench(song("Voice"))
    made.open().apply(PLAN)
    text = made.reaper.saved().decode()
    start, end = text.index("BYPASS 0 0 0"), text.index("BYPASS 0 0 0", text.index("DAW Bridge: EQ"))
    inner = text[start:end]
    boxed = f'BYPASS 0 0 0\n<CONTAINER Container "" ""\n{inner}>\nFXID {{{"A" * 8}-0000-0000-0000-000000000000}}\n'
    other = bench(text.replace(inner, boxed).encode())

    for change in (lambda: other.open().apply(PLAN), lambda: other.open().revert()):
        with pytest.raises(ProjectFileError, match="DAW Bridge: EQ of track Voice lies in a container"):
            change()
    assert undo_points(other) == []


# What REAPER does.


def test_a_plugin_that_is_not_there_changes_nothing(bench: Any) -> None:
    made = bench(song("Voice"), missing_plugins=("ReaVerbate",))
    before = made.open()

    with pytest.raises(ProjectFileError, match=r"ReaVerbate .*Voice") as caught:
        before.apply(PLAN)

    assert "as it was" in caught.value.hint
    assert made.open().session == before.session
    assert undo_points(made) == []


def test_a_value_that_does_not_arrive_is_named_and_taken_back(bench: Any) -> None:
    made = bench(song("Voice"), set_param_fails=("Ratio",))
    before = made.open()

    with pytest.raises(ProjectFileError) as caught:
        before.apply(PLAN)

    assert "Voice, DAW Bridge: Comp, Ratio: 3.00 :1 wanted, 4.00 shown" in caught.value.message
    assert made.open().session == before.session
    assert made.open().saved is None
    assert undo_points(made) == []


@pytest.mark.parametrize(
    "options",
    [
        {"odd_display": True},
        {"kilohertz": True},
        {"eq_layout": False},
        {"band_enabled_lies": True},
        {"eq_bands": 4},
        {"odd_display": True, "kilohertz": True, "eq_bands": 4, "band_enabled_lies": True},
    ],
    ids=str,
)
def test_what_reaper_shows_and_answers_may_differ(bench: Any, options: dict[str, Any]) -> None:
    made = bench(song("Voice"), **options)
    live = made.open()

    applied = live.apply(PLAN)

    assert live.verify(applied) == ()
    assert states(made.reaper.saved()) == states(dump(apply_plan(parse(song("Voice")), PLAN)))
    assert not made.open().apply(PLAN).changed


def test_without_states_bands_are_set_one_by_one_and_those_too_many_switched_off(bench: Any) -> None:
    made = bench(song("Voice"), vst_chunk=False)
    plan = plan_of(track_plan(eq=ReaEq(bands=EQ.bands[:3])))
    live = made.open()

    applied = live.apply(plan)

    assert live.verify(applied) == ()
    (eq, *_) = [fx.settings for fx in made.open().session.tracks[0].fx]
    assert isinstance(eq, ReaEq)
    assert not made.open().apply(plan).changed


def test_values_are_found_by_what_is_shown_where_the_table_is_wrong(bench: Any) -> None:
    made = bench(song("Voice"), shown_offset=0.7)
    live = made.open()

    applied = live.apply(PLAN)

    assert live.verify(applied) == ()
    again = made.open()
    assert again.changes == ()
    assert not again.apply(PLAN).changed


def test_faders_are_exact(bench: Any) -> None:
    made = bench(song("Voice"))
    made.open().apply(plan_of(track_plan(fader_db=-7.123456)))

    found = made.reaper.call("GetMediaTrackInfo_Value", made.reaper.call("GetTrack", 0, 0), "D_VOL")

    assert found == pytest.approx(amplitude(-7.123456), rel=1e-12)

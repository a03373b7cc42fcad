from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daw_bridge.changes import keep_changes
from daw_bridge.errors import PlanError, ProjectFileError
from daw_bridge.hosts.rpp.channels import track_guids, track_names
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.hosts.rpp.reading import read_session
from daw_bridge.hosts.rpp.saved import Saved, read_saved
from daw_bridge.hosts.rpp.tree import Document, dump, parse
from daw_bridge.hosts.rpp.writing import apply_plan, relocate, revert, user_changes
from daw_bridge.plan import COMP_NAME, EQ_NAME, VERB_NAME, MixPlan, TrackPlan, UserChange, with_plan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

EQ = ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0), Band(frequency_hz=2500.0, gain_db=-2.5)))
COMP = ReaComp(threshold_db=-22.3, ratio=3.0, attack_ms=12.0, wet_db=4.0)
VERB = ReaVerbate(wet_db=-21.7, room_size=0.6)

GUID = "{11111111-2222-3333-4444-555555555555}"
OTHER = "{99999999-2222-3333-4444-555555555555}"
THEIRS = (
    b"    <FXCHAIN\r\n      SHOW 0\r\n      BYPASS 1 0 0\r\n      <JS x/y\r\n        0.5 -  \r\n      >\r\n"
    b"      FXID {ABCDEF01-0000-0000-0000-000000000000}\r\n      WAK 0\r\n    >\r\n"
)


def project(
    inside: bytes = b"", fader: bytes = b"    VOLPAN 0.70794578  0 -1 -1 1\r\n", after: bytes = b""
) -> bytes:
    return (
        b'<REAPER_PROJECT 0.1 "7.0" 1\r\n  TEMPO 120 4 4\r\n'
        b"  <TRACK " + GUID.encode() + b'\r\n    NAME "S\xe4ngerin"\r\n' + fader + inside + b"  >\r\n"
        b"  <TRACK\r\n    NAME Band\r\n    VOLPAN 1 0 -1\r\n    TRACKID " + OTHER.lower().encode() + b"\r\n  >\r\n"
        + after + b">\r\n"
    )  # fmt: skip


def track_plan(guid: str = GUID, **values: object) -> TrackPlan:
    base = TrackPlan(
        guid=guid,
        name="Vocal",
        role=Role.LEAD_VOCAL,
        fader_db=-6.0,
        eq=EQ,
        comp=COMP,
        verb=VERB,
        why={"eq": "dünn"},
    )
    return dataclasses.replace(base, **values)  # type: ignore[arg-type]


def plan_of(*tracks: TrackPlan) -> MixPlan:
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tracks)


def applied(data: bytes, plan: MixPlan, *, force: bool = False) -> bytes:
    return dump(apply_plan(parse(data), plan, force=force))


def reverted(data: bytes, *, force: bool = False, folder: Path | None = None) -> bytes:
    return dump(revert(parse(data), force=force, folder=folder))


def saved_in(document: Document) -> Saved:
    saved = read_saved(document.project)
    assert saved is not None
    return saved


def changes_in(data: bytes) -> tuple[UserChange, ...]:
    document = parse(data)
    return user_changes(document, saved_in(document))


def shown_names(data: bytes) -> list[bytes]:
    return re.findall(rb'"(DAW Bridge: \w+)"', data)


levels_db = st.floats(-60.0, 6.0)
chains = st.fixed_dictionaries(
    {
        "fader_db": st.one_of(levels_db, st.just(float("-inf"))),
        "eq": st.sampled_from([None, EQ, ReaEq(bands=(), gain_db=-1.0)]),
        "comp": st.sampled_from([None, COMP]) | st.builds(ReaComp, threshold_db=levels_db, wet_db=levels_db),
        "verb": st.sampled_from([None, VERB]),
    }
)


def real_projects(shared: Path) -> list[Path]:
    found = sorted(path for path in (shared / "reaper/projects").iterdir() if path.suffix.lower() == ".rpp")
    assert len(found) == 7
    return found


def random_plan(data: st.DataObject, document: Document) -> MixPlan:
    names, guids = track_names(document.project), track_guids(document.project)
    chosen = data.draw(st.lists(st.sampled_from(range(len(guids))), max_size=6, unique=True))
    return plan_of(*(track_plan(guids[place], name=names[place], **data.draw(chains)) for place in chosen))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_real_projects_take_any_plans_and_come_back_byte_for_byte(shared: Path, data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(real_projects(shared))).read_bytes()
    document = parse(original)
    for plan in [random_plan(data, document) for _ in range(data.draw(st.integers(1, 3)))]:
        document = apply_plan(document, plan)
        once = dump(document)

        assert saved_in(parse(once)).plan == plan
        assert changes_in(once) == ()
        assert applied(once, plan) == once
    assert reverted(once) == original


def test_every_track_of_every_real_project_takes_the_whole_chain(shared: Path) -> None:
    for path in real_projects(shared):
        original = path.read_bytes()
        session = read_session(parse(original), path)
        plan = plan_of(*(track_plan(track.guid, name=track.name) for track in session.tracks))

        data = applied(original, plan)

        document = parse(data)
        heard = read_session(document, path, ours=saved_in(document).fx_guids)
        wanted = with_plan(session, plan)
        for now, track, before in zip(heard.tracks, wanted.tracks, session.tracks, strict=True):
            assert [(fx.name, fx.ours) for fx in now.fx] == [(fx.name, fx.ours) for fx in track.fx]
            assert now.fx[: len(before.fx)] == before.fx
            assert now.fader.volume_db == pytest.approx(track.fader.volume_db, abs=1e-6)
        assert data.replace(b"\r\n", b"").count(b"\n") in (0, data.count(b"\n"))  # one kind of line end
        assert reverted(data) == original


def test_what_is_not_ours_stays_and_ours_comes_after_it() -> None:
    data = applied(project(THEIRS), plan_of(track_plan()))

    start, end = THEIRS.rsplit(b"    >\r\n", 1)[0], data.index(b"  <EXTSTATE")
    assert start in data
    assert b"    VOLPAN 0.50118723362727  0 -1 -1 1\r\n" in data
    assert shown_names(data) == [EQ_NAME.encode(), COMP_NAME.encode(), VERB_NAME.encode()]
    assert data[:end].endswith(b"    TRACKID " + OTHER.lower().encode() + b"\r\n  >\r\n")
    assert data.replace(b"\r\n", b"").count(b"\n") == 0
    assert reverted(data) == project(THEIRS)


def test_a_track_without_a_chain_gets_one_as_reaper_writes_it_before_its_items() -> None:
    data = applied(project(b"    MAINSEND 1 0\r\n    <ITEM\r\n    >\r\n"), plan_of(track_plan(eq=None, verb=None)))

    lines = [line.decode("latin-1") for line in data.split(b"\r\n")]
    start = lines.index("    <FXCHAIN")
    assert lines[start - 1] == "    MAINSEND 1 0"
    assert lines[start + 1 : start + 7] == [
        "      WNDRECT 24 52 655 408",
        "      SHOW 0",
        "      LASTSEL 0",
        "      DOCKED 0",
        "      BYPASS 0 0 0",
        '      <VST "VST: ReaComp (Cockos)" reacomp.dll 0 "DAW Bridge: Comp" '
        '1919247213<5653547265636D726561636F6D700000> ""',
    ]
    assert re.fullmatch(r"        [A-Za-z0-9+/=]{1,128}", lines[start + 7])
    end = lines.index("    >", start)
    assert lines[end - 4 : end - 2] == ["      >", "      FLOATPOS 0 0 0 0"]
    assert re.fullmatch(r"      FXID \{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", lines[end - 2])
    assert lines[end - 1] == "      WAK 0 0"
    assert lines[end + 1] == "    <ITEM"


def test_a_fader_that_agrees_already_keeps_its_text_and_one_that_is_not_there_is_made() -> None:
    same = applied(project(), plan_of(track_plan(fader_db=-3.0, eq=None, comp=None, verb=None)))
    made = applied(project(fader=b""), plan_of(track_plan()))

    assert b"VOLPAN 0.70794578  0 -1 -1 1\r\n" in same
    assert b"    VOLPAN 0.50118723362727 0 -1 -1 1\r\n" in made
    assert reverted(same) == project()
    assert reverted(made) == project(fader=b"")


def test_a_new_plan_replaces_ours_where_they_stand_and_drops_what_it_does_not_use() -> None:
    first = applied(project(THEIRS), plan_of(track_plan(comp=None)))

    second = applied(first, plan_of(track_plan(eq=None)))

    assert shown_names(first) == [EQ_NAME.encode(), VERB_NAME.encode()]
    assert shown_names(second) == [COMP_NAME.encode(), VERB_NAME.encode()]
    assert reverted(second) == project(THEIRS)


def test_a_track_that_the_new_plan_leaves_out_gets_back_what_it_had() -> None:
    both = applied(project(THEIRS), plan_of(track_plan(), track_plan(OTHER, name="Band")))

    one = applied(both, plan_of(track_plan(OTHER, name="Band")))

    band = b"  <TRACK\r\n"
    assert one.split(band)[0] == project(THEIRS).split(band)[0]
    assert shown_names(one.split(band)[1]) == shown_names(both.split(band)[1])
    assert reverted(one) == project(THEIRS)


def moved_fader(data: bytes) -> bytes:
    return data.replace(b"VOLPAN 0.50118723362727 ", b"VOLPAN 0.25 ", 1)


def without_plugin(name: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        pattern = rb" *BYPASS 0 0 0\r\n *<VST [^\r]*" + name.encode() + rb".*?WAK 0 0\r\n"
        changed, count = re.subn(pattern, b"", data, count=1, flags=re.DOTALL)
        assert count == 1
        return changed

    return change


def with_settings(**values: object) -> Callable[[bytes], bytes]:
    """The project as if the user had turned these knobs: the state of another plan, our memory of the first."""

    def change(data: bytes) -> bytes:
        start = data.index(b"  <EXTSTATE")
        other = applied(data, plan_of(track_plan(**values)), force=True)
        return other[: other.index(b"  <EXTSTATE")] + data[start:]

    return change


USER_CHANGES = [
    pytest.param(moved_fader, "fader_db", -12.0412, id="fader"),
    pytest.param(with_settings(comp=dataclasses.replace(COMP, ratio=5.0)), "comp.ratio", 5.0, id="ratio"),
    pytest.param(with_settings(verb=dataclasses.replace(VERB, wet_db=-12.0)), "verb.wet_db", -12.0, id="wet"),
    pytest.param(without_plugin(COMP_NAME), "comp", None, id="comp removed"),
    pytest.param(without_plugin(EQ_NAME), "eq", None, id="eq removed"),
]


@pytest.mark.parametrize(("change", "field", "value"), USER_CHANGES)
def test_a_change_of_the_user_is_reported_and_kept_unless_forced(
    change: Callable[[bytes], bytes], field: str, value: float | None
) -> None:
    plan = plan_of(track_plan())
    changed = change(applied(project(THEIRS), plan))

    (reported,) = changes_in(changed)

    assert (reported.guid, reported.track, reported.field) == (GUID, "Vocal", field)
    assert reported.value == (value if value is None else pytest.approx(value, abs=1e-4))
    assert applied(changed, plan) == changed
    assert applied(changed, keep_changes(plan, (reported,))) == changed
    overruled = applied(changed, plan, force=True)
    assert changes_in(overruled) == ()
    assert sorted(shown_names(overruled)) == sorted(shown_names(applied(project(THEIRS), plan)))
    assert reverted(overruled) == project(THEIRS)


def test_a_changed_eq_is_one_change_and_stays_to_the_byte() -> None:
    theirs = ReaEq(bands=(EQ.bands[0], dataclasses.replace(EQ.bands[1], gain_db=1.7)))
    changed = with_settings(eq=theirs)(applied(project(), plan_of(track_plan())))

    (reported,) = changes_in(changed)

    assert (reported.field, reported.planned) == ("eq", EQ)
    assert isinstance(reported.value, ReaEq)
    assert reported.value.bands[1].gain_db == pytest.approx(1.7)
    assert applied(changed, keep_changes(plan_of(track_plan()), (reported,))) == changed


def test_a_new_plan_around_a_kept_change_still_knows_it_as_the_users() -> None:
    first = plan_of(track_plan())
    changed = with_settings(comp=dataclasses.replace(COMP, ratio=5.0))(applied(project(), first))
    decided = plan_of(track_plan(comp=dataclasses.replace(COMP, ratio=5.0, threshold_db=-30.0)))

    again = applied(changed, decided)

    (reported,) = changes_in(again)
    assert (reported.field, reported.planned, reported.value) == ("comp.ratio", 3.0, pytest.approx(5.0, abs=1e-4))
    assert saved_in(parse(again)).plan.tracks[0].comp == dataclasses.replace(COMP, threshold_db=-30.0)


def test_a_new_plan_that_decided_otherwise_still_leaves_the_users_value() -> None:
    changed = with_settings(comp=dataclasses.replace(COMP, ratio=5.0))(applied(project(), plan_of(track_plan())))

    again = applied(changed, plan_of(track_plan(comp=dataclasses.replace(COMP, ratio=2.0, threshold_db=-30.0))))

    (reported,) = changes_in(again)
    assert (reported.field, reported.planned, reported.value) == ("comp.ratio", 2.0, pytest.approx(5.0, abs=1e-4))


def test_changes_below_what_reaper_shows_and_missing_tracks_are_no_changes() -> None:
    data = applied(project(), plan_of(track_plan()))

    nudged = data.replace(b"VOLPAN 0.50118723362727 ", b"VOLPAN 0.50129 ")
    gone = re.sub(rb"  <TRACK \{1.*?\r\n  >\r\n", b"", data, flags=re.DOTALL)

    assert nudged != data
    assert changes_in(nudged) == ()
    assert gone.count(b"<TRACK") == 1
    assert changes_in(gone) == ()


def saved_by_reaper(data: bytes) -> bytes:
    """The project as REAPER might write it again: other line ends, numbers, file names, quotes, envelopes."""
    data = data.replace(b"\r\n", b"\n").replace(b"VOLPAN 0.50118723362727  0", b"VOLPAN 0.5011872336  0")
    data = data.replace(b"reacomp.dll", b"reacomp.vst.so").replace(b'"DAW Bridge: Comp"', b'"my comp"')
    data = data.replace(b"      WAK 0 0\n", b"      <PARMENV 1 0 1 0.5\n        ACT 1\n      >\n      WAK 0 0\n")
    data = data.replace(b"      FLOATPOS 0 0 0 0\n", b"      FLOATPOS 1 2 3 4\n")
    return re.sub(rb"(STATE_\d+) (\S+)", rb'\1 "\2"', data)


def test_ours_are_found_and_taken_out_after_reaper_saved_the_project() -> None:
    plan = plan_of(track_plan())
    data = saved_by_reaper(applied(project(THEIRS), plan))

    assert changes_in(data) == ()
    assert applied(data, plan) == data
    other = applied(data, plan_of(track_plan(comp=dataclasses.replace(COMP, ratio=8.0))))
    assert b'reacomp.vst.so 0 "my comp"' in other
    assert other.count(b"FLOATPOS 1 2 3 4\n") == data.count(b"FLOATPOS 1 2 3 4\n") == 3
    out = reverted(other)
    assert b"EXTSTATE" not in out
    assert b"reacomp" not in out
    assert out.replace(b"\n", b"\r\n") == project(THEIRS)


def test_plugins_of_ours_that_the_user_moved_stay_there_and_are_taken_out_there() -> None:
    data = applied(project(THEIRS), plan_of(track_plan()))
    (comp,) = re.findall(rb" *BYPASS 0 0 0\r\n *<VST \"VST: ReaComp.*?WAK 0 0\r\n", data, flags=re.DOTALL)
    data = data.replace(comp, b"").replace(b"      BYPASS 1 0 0\r\n", comp + b"      BYPASS 1 0 0\r\n")
    box = b"      BYPASS 0 0 0\r\n      <CONTAINER Box\r\n        CONTAINER_CFG 2\r\n"
    verb_start = data.rindex(b"      BYPASS 0 0 0\r\n")
    verb_end = data.index(b"    >\r\n", verb_start + data[verb_start:].index(b"WAK 0 0"))
    boxed = data[:verb_start] + box + data[verb_start:verb_end] + b"      >\r\n      WAK 0 0\r\n" + data[verb_end:]

    assert changes_in(boxed) == ()
    other = applied(boxed, plan_of(track_plan(comp=dataclasses.replace(COMP, ratio=8.0), verb=ReaVerbate())))
    assert shown_names(other) == [COMP_NAME.encode(), EQ_NAME.encode(), VERB_NAME.encode()]
    assert changes_in(other) == ()
    left = THEIRS.removesuffix(b"    >\r\n") + box + b"      >\r\n      WAK 0 0\r\n    >\r\n"
    assert reverted(other) == project(left)


def test_a_moved_fader_outlives_revert_unless_forced() -> None:
    data = moved_fader(applied(project(), plan_of(track_plan())))

    assert reverted(data) == project().replace(b"0.70794578", b"0.25")
    assert reverted(data, force=True) == project()


def test_a_chain_of_ours_stays_where_the_user_put_something_into_it() -> None:
    data = applied(project(), plan_of(track_plan()))
    theirs = b"      BYPASS 0 0 0\r\n      <JS a/b\r\n      >\r\n      FXID {A}\r\n"

    out = reverted(data.replace(b"      DOCKED 0\r\n", b"      DOCKED 0\r\n" + theirs))

    assert b"      DOCKED 0\r\n" + theirs + b"    >\r\n" in out


def test_other_scripts_values_and_an_empty_block_survive() -> None:
    used = b"  <EXTSTATE\r\n    <OTHER\r\n      DAW_BRIDGE `x`\r\n    >\r\n  >\r\n"
    empty = b"  <EXTSTATE\r\n  >\r\n"
    for after in (used, empty):
        data = applied(project(after=after), plan_of(track_plan()))

        assert data.count(b"<EXTSTATE") == 1
        assert reverted(data) == project(after=after)


def test_reverting_twice_or_without_a_plan_is_refused() -> None:
    with pytest.raises(ProjectFileError, match="nothing of DAW Bridge"):
        reverted(project())
    with pytest.raises(ProjectFileError, match="nothing of DAW Bridge"):
        reverted(reverted(applied(project(), plan_of(track_plan()))))


def test_a_plan_for_other_tracks_is_refused_with_their_names() -> None:
    plan = plan_of(track_plan(), track_plan("{0}", name="Choir"), track_plan("{1}", name="Bass"))

    with pytest.raises(PlanError, match="does not have these tracks of the plan: Choir, Bass"):
        applied(project(), plan)


def test_a_damaged_state_of_ours_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "song.rpp"
    data = applied(project(), plan_of(track_plan()))
    state = re.search(rb"reacomp\.dll.*\n(?:.*\n)(.*)", data)
    assert state is not None
    path.write_bytes(data.replace(state[1], b"      AAAA\r", 1))
    line = data[: state.start()].count(b"\n") + 1

    with pytest.raises(ProjectFileError, match=rf"song\.rpp: line {line}: .*cut off") as caught:
        load_project(path)

    assert caught.value.hint


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"STATE_1 ", b"STATE_9 "),
        lambda data: re.sub(rb"STATE_1 .{20}", b"STATE_1 ", data),
        lambda data: re.sub(rb"(STATE_1) (.*?)(.)\r", rb"\1 \2!\r", data),
        lambda data: re.sub(rb"STATE_1 .*?\r", rb"STATE_1 eJyrrgUAAXUA+Q==\r", data),
        lambda data: data.replace(b"SCHEMA 1", b"SCHEMA 2"),
        lambda data: data.replace(b"SCHEMA 1\r\n", b""),
    ],
)
def test_damaged_notes_of_ours_are_refused_with_a_way_out(damage: Callable[[bytes], bytes]) -> None:
    many = plan_of(*(track_plan(why={str(n): f"{n * 7919 % 104729}" for n in range(400)}),))
    data = applied(project(), many)
    damaged = damage(data)

    assert damaged != data
    with pytest.raises(ProjectFileError) as caught:
        read_saved(parse(damaged).project)
    assert caught.value.hint


ITEMS = (
    b'    <ITEM\r\n      <SOURCE WAVE\r\n        FILE "media\\a b.wav" 1\r\n      >\r\n'
    b"      <SOURCE SECTION\r\n        LENGTH 1\r\n"
    b"        <SOURCE WAVE\r\n          FILE 'it\"s.wav'\r\n        >\r\n"
    b'      >\r\n      <SOURCE MP3\r\n        FILE "D:\\x\\c.mp3"\r\n      >\r\n'
    b'      <SOURCE WAVE\r\n        FILE "/abs/d.wav"\r\n      >\r\n      FILE "not/of/a/source.wav"\r\n    >\r\n'
)


def files_of(data: bytes) -> list[bytes]:
    return re.findall(rb"FILE ([^\r]*)", data)


def test_a_project_in_another_folder_reaches_the_same_media(tmp_path: Path) -> None:
    old, new = tmp_path / "songs" / "one", tmp_path / "mixes"
    data = project(ITEMS)

    moved = dump(relocate(parse(data), old, new))
    deeper = dump(relocate(parse(data), old, old / "mix"))

    assert files_of(moved) == [
        b'"..\\songs\\one\\media\\a b.wav" 1',
        b"'../songs/one/it\"s.wav'",
        b'"D:\\x\\c.mp3"',
        b'"/abs/d.wav"',
        b'"not/of/a/source.wav"',
    ]
    assert files_of(deeper)[:2] == [b'"..\\media\\a b.wav" 1', b"'../it\"s.wav'"]
    assert dump(relocate(parse(data), old, old)) == data
    assert dump(relocate(parse(moved), new, old)) == data


def test_revert_in_the_first_folder_gives_the_original_also_after_moving_twice(tmp_path: Path) -> None:
    first, second, third = tmp_path / "a", tmp_path / "b", tmp_path / "c" / "d"
    data = project(ITEMS.replace(b"media\\a b.wav", b".\\media/../a.wav").replace(b"'it\"s.wav'", b"a.wav"))
    mixed = relocate(apply_plan(parse(data), plan_of(track_plan())), first, second)

    again = relocate(mixed, second, third)

    assert dump(revert(mixed, folder=first)) == data
    assert dump(revert(again, folder=first)) == data
    assert dump(revert(relocate(again, third, first), folder=first)) == data
    elsewhere = dump(revert(again, folder=third))
    assert files_of(elsewhere)[:2] == [b'"..\\..\\a\\a.wav" 1', b'"../../a/a.wav"']
    assert (
        elsewhere.replace(b"..\\..\\a\\a.wav", b".\\media/../a.wav").replace(b'"../../a/a.wav"', b"a.wav") == data
    )


def test_media_that_is_only_found_near_the_project_is_reached_from_another_folder_too(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "media").mkdir(parents=True)
    (old / "media" / "c.mp3").write_bytes(b"")

    moved = dump(relocate(parse(project(ITEMS)), old, new))

    assert files_of(moved)[2] == b'"..\\old\\media\\c.mp3"'


def test_a_moved_project_plays_the_same_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new" / "deep"
    for folder in (old / "media", new):
        folder.mkdir(parents=True)
    wanted = [old / "media" / "a b.wav", old / 'it"s.wav']
    for path in wanted:
        path.write_bytes(b"")
    items = b"".join(
        b"    <ITEM\r\n      LENGTH 1\r\n      <SOURCE WAVE\r\n        FILE " + name + b"\r\n      >\r\n    >\r\n"
        for name in (b'"media\\a b.wav" 1', b"'it\"s.wav'")
    )

    moved = relocate(parse(project(items)), old, new)

    clips = read_session(moved, new / "song.rpp").tracks[0].clips
    assert [clip.source.path.resolve() for clip in clips] == [path.resolve() for path in wanted]

"""Projects as no REAPER writes them: damaged, hostile, huge. They are read or refused, never anything else."""

from __future__ import annotations

import dataclasses
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daw_bridge.errors import PlanError, ProjectFileError
from daw_bridge.hosts.rpp.channels import track_guids, track_names
from daw_bridge.hosts.rpp.own_fx import fx_guid
from daw_bridge.hosts.rpp.project import Project, load_project
from daw_bridge.hosts.rpp.tree import dump
from daw_bridge.plan import MixPlan, TrackPlan
from daw_bridge.plugins import Band, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

PROJECT = b"""<REAPER_PROJECT 0.1 "7.0" 1
  TEMPO 120 4 4
  SAMPLERATE 44100 1 0
  MASTER_VOLUME 1 0 -1 -1 1
  RECORD_PATH "rec" ""
  <TRACK {11111111-2222-3333-4444-555555555555}
    NAME "Lead Vocal"
    VOLPAN 0.70794578 0 -1 -1 1
    MUTESOLO 0 0 0
    ISBUS 1 1
    FREEMODE 2
    LANESOLO 1 0
    AUXRECV 1 0 1 0 0 0 0 0 0
    <FXCHAIN
      BYPASS 0 0 0
      <CONTAINER Container "x" ""
        BYPASS 0 0 0
        <JS x/y ""
          0.5 -
        >
        WET 1
        FXID {22222222-0000-0000-0000-000000000000}
      >
      FXID {ABCDEF01-0000-0000-0000-000000000000}
    >
    <ITEM
      ALLTAKES 1
      POSITION 1
      YPOS 0 0.5
      LENGTH 2
      FADEIN 1 0.01 0 1 0 0 0
      VOLPAN 1 0 1 -1
      SOFFS 0
      PLAYRATE 1 1 0 -1 0 0.0025
      CHANMODE 0
      <SOURCE SECTION
        LENGTH 1
        MODE 2
        STARTPOS 0.5
        <SOURCE WAVE
          FILE "a\\b.wav" 1
        >
      >
      TAKE SEL
      TAKEVOLPAN 0 1 -1
      <SOURCE WAVE
        FILE 'a.wav'
      >
    >
  >
  <TRACK
    NAME ""
    ISBUS 2 -1
  >
  <EXTSTATE
    <OTHER
      a b
    >
  >
>
"""
LINES = PROJECT.splitlines(keepends=True)
WORDS = [
    *(b"nan", b"inf", b"1e308", b"-1e308", b"1e-320", b"-1", b"0", b"1e9", b"1_0", b"", b'""', b"'", b'"', b"`"),
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"<", b">", b"|", b"\r", b"A" * 2000, b"\"'`", b"\t", "ä".encode()),
]


@st.composite
def damaged_line(draw: st.DrawFn, line: bytes) -> bytes:
    """The line with a word changed, cut short, twice, gone, after one from elsewhere, or with another end."""
    words = line.rstrip(b"\r\n").split(b" ")
    word = draw(st.integers(0, len(words) - 1))
    changed = b" ".join([*words[:word], draw(st.sampled_from(WORDS)), *words[word + 1 :]]) + b"\n"
    cut = b" ".join(words[:word]) + b"\n"
    moved = draw(st.sampled_from(LINES)) + line
    ended = line.rstrip(b"\n") + draw(st.sampled_from([b"\r\n", b" \n", b"\0\n", b"\x85\n"]))
    return draw(st.sampled_from([changed, changed, changed, cut, line * 2, b"", moved, ended]))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The project above with some lines damaged, in either kind of line end, with or without the last."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        lines[place] = draw(damaged_line(lines[place]))
    data = b"".join(lines).replace(b"\n", draw(st.sampled_from([b"\n", b"\r\n"])))
    return data.rstrip(b"\r\n") if draw(st.booleans()) else data


def plan_for(project: Project) -> MixPlan:
    """A plan that sets the fader of every track, and plug-ins on the first three."""
    document = project.document.project
    tracks = [
        TrackPlan(guid=guid, name=name, role=Role.BACKING, fader_db=-6.5)
        for guid, name in zip(track_guids(document), track_names(document), strict=True)
    ]
    eq = ReaEq(bands=(Band(frequency_hz=2500.0, gain_db=-2.5),))
    tracks[:3] = [dataclasses.replace(one, eq=eq, comp=ReaComp(), verb=ReaVerbate()) for one in tracks[:3]]
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tuple(tracks))


def load(path: Path, data: bytes) -> Project:
    path.write_bytes(data)
    return load_project(path)


def mixed_twice_and_reverted(path: Path, data: bytes) -> bytes:
    """What is left of a project after a mix, the same mix again, which changes nothing, and a revert."""
    project = load(path, data)
    plan = plan_for(project)
    once = project.with_plan(plan, path)
    again = load(path, once)

    assert again.changes == ()
    assert again.with_plan(plan, path) == once
    return again.without_us(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_a_damaged_project_comes_back_from_mix_and_revert_or_is_refused_with_a_line(
    tmp_path: Path, data: bytes
) -> None:
    outcome = outcome_of(tmp_path / "song.rpp", data)

    assert outcome == data or re.fullmatch(r"song\.rpp: line \d+: .{1,300}", str(outcome), re.DOTALL)


def outcome_of(path: Path, data: bytes) -> bytes | str:
    """The bytes after a mix and a revert, or the message that refuses them."""
    try:
        project = load(path, data)
    except ProjectFileError as error:
        return error.message.removeprefix(f"{path.parent}/")
    assert dump(project.document) == data
    return mixed_twice_and_reverted(path, data)


@pytest.mark.parametrize(
    "track",
    [
        b"  <TRACK\n    VOLPAN\n  >\n",
        b"  <TRACK\n\tVOLPAN \t\r\n  >\n",
        b"  <TRACK {\xff\xfe}\n    VOLPAN 1\n  >\n",
        b"  <TRACK {A}\n  >\n  <TRACK {A}\n  >\n  <TRACK\n  >\n",
        b"  <TRACK {3C0E1E5C-8B4D-5B0E-9D3B-2C5F1F9B1C60}\n  >\n  <TRACK\n  >\n",
        b"  <TRACK {A}\n    NAME `a\"b'c`\n    VOLPAN 1e-320 0\n  >\n",
        b"  <TRACK {A}\n    NAME " + b"n" * 2000 + b"\n    VOLPAN 1000 0\n  >",
    ],
)
def test_odd_tracks_come_back_from_mix_and_revert(tmp_path: Path, track: bytes) -> None:
    data = b"<REAPER_PROJECT 0.1\n" + track + b"\n>"

    assert mixed_twice_and_reverted(tmp_path / "song.rpp", data) == data


def test_a_track_that_has_the_made_up_guid_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    first = load(tmp_path / "song.rpp", b"<REAPER_PROJECT\n<TRACK\n>\n<TRACK\n>\n>\n")
    (_, made_up) = track_guids(first.document.project)
    data = f"<REAPER_PROJECT\n<TRACK {made_up}\nVOLPAN 0.5 0\n>\n<TRACK\nVOLPAN 0.25 0\n>\n>\n".encode()

    assert len(set(track_guids(load(tmp_path / "song.rpp", data).document.project))) == 2
    assert mixed_twice_and_reverted(tmp_path / "song.rpp", data) == data


@pytest.mark.parametrize(
    ("line", "number", "words"),
    [
        ("SAMPLERATE 44100 1 0", "1e308", "SAMPLERATE is 1e+308; projects play at 8000 to 768000 Hz"),
        ("MASTER_VOLUME 1 0", "1e308", "MASTER_VOLUME has 1e+308; beyond 1000 nothing can be played"),
        ("VOLPAN 0.70794578 0", "-1e9", "VOLPAN has -1e+09; beyond 1000"),
        ("POSITION 1", "1e9", "POSITION has 1e+09; beyond 86400"),
        ("LENGTH 2", "1e9", "LENGTH has 1e+09; beyond 86400"),
        ("SOFFS 0", "-1e9", "SOFFS has -1e+09; beyond 86400"),
        ("PLAYRATE 1 1", "1e-9", "PLAYRATE is 1e-09; items play at 0.01 to 100 times their speed"),
        ("VOLPAN 1 0 1", "x" * 10_000, "VOLPAN has '" + "x" * 40 + "' where"),
    ],
)
def test_numbers_of_no_music_are_refused_with_their_line(
    tmp_path: Path, line: str, number: str, words: str
) -> None:
    key, _, *rest = line.split(" ")
    data = PROJECT.replace(line.encode(), " ".join((key, number, *rest)).encode(), 1)
    expected = PROJECT[: PROJECT.index(line.encode())].count(b"\n") + 1

    with pytest.raises(ProjectFileError) as caught:
        load(tmp_path / "song.rpp", data)

    assert f"line {expected}: {words}" in caught.value.message


def test_what_bears_the_guid_of_a_plugin_of_ours_and_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    guid = fx_guid("{11111111-2222-3333-4444-555555555555}", "comp")
    data = PROJECT.replace(b"{ABCDEF01-0000-0000-0000-000000000000}", guid.encode())
    project = load(tmp_path / "song.rpp", data)

    with pytest.raises(ProjectFileError, match=r"song.rpp: line 16: .* a plug-in's state"):
        project.with_plan(plan_for(project), tmp_path / "song.rpp")


def test_an_unclosed_quote_around_a_path_is_kept_when_the_project_moves(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    data = PROJECT.replace(b"FILE 'a.wav'", b'FILE "a b.wav')
    project = load(tmp_path / "song.rpp", data)
    moved = load(tmp_path / "to/song.rpp", project.with_plan(plan_for(project), tmp_path / "to/song.rpp"))

    assert moved.session.tracks[0].clips[-1].source.path.resolve() == tmp_path / "a b.wav"
    assert moved.without_us(tmp_path / "song.rpp") == data


def test_a_path_longer_than_any_system_allows_is_missing_media(tmp_path: Path) -> None:
    project = load(tmp_path / "song.rpp", PROJECT.replace(b"'a.wav'", b"a/" * 200_000 + b"a.wav"))

    assert len(project.session.tracks[0].clips) == 2


def test_notes_too_large_to_read_back_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daw_bridge.hosts.rpp.saved._MOST_BYTES", 5000)
    project = load(tmp_path / "song.rpp", PROJECT.replace(b"Lead Vocal", b"n" * 10_000))

    with pytest.raises(PlanError, match="more than a project can keep"):
        project.with_plan(plan_for(project), tmp_path / "song.rpp")


# --- large ones -------------------------------------------------------------------------------------------------


def tracks(count: int) -> bytes:
    return b"".join(b"<TRACK {%08d}\nNAME t%d\nVOLPAN 1 0 -1 -1 1\n>\n" % (n, n) for n in range(count))


ITEM = b"<ITEM\nPOSITION 0\nLENGTH 1\n<SOURCE WAVE\nFILE a.wav\n>\n>\n"
INSTANCE = b"BYPASS 0 0 0\n<JS a\n>\nFXID {A}\n"


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(tracks, id="tracks"),
        pytest.param(lambda count: b"<TRACK\n" + ITEM * count + b">\n", id="items on a track"),
        pytest.param(lambda count: b"<TRACK\nISBUS 1 1\n>\n" * count, id="folders in folders"),
        pytest.param(lambda count: b"<TRACK\n<FXCHAIN\n" + INSTANCE * count + b">\n>\n", id="plug-ins on a track"),
        pytest.param(
            lambda count: b"<TRACK\n<ITEM\nLENGTH 1\nALLTAKES 1\n" + b"TAKE\n" * count + b">\n>\n", id="takes"
        ),
        pytest.param(lambda count: b"<TRACK\nVOLPAN " + b"1 " * 100 * count + b"\n>\n", id="words in a line"),
        pytest.param(
            lambda count: b"<EXTSTATE\n" + b"<A\n>\n" * count + b">\n" + tracks(1), id="notes of other scripts"
        ),
    ],
)
def test_twice_as_many_take_about_twice_as_long(tmp_path: Path, inside: Callable[[int], bytes]) -> None:
    path = tmp_path / "song.rpp"

    def seconds(count: int) -> float:
        data = b"<REAPER_PROJECT\n" + inside(count) + b">\n"
        start = time.process_time()
        assert mixed_twice_and_reverted(path, data) == data
        return time.process_time() - start

    seconds(10)
    small_s, large_s = min(seconds(150) for _ in range(2)), seconds(1200)

    assert large_s < 24.0 * small_s + 0.05  # 8 where it is linear, 64 where it is quadratic


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those written in C too: what does not depend on the machine's mood."""
    counted = 0

    def count(_frame: object, event: str, _called: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def full_chains(project: Project) -> MixPlan:
    """A plan with all plug-ins on every track."""
    eq = ReaEq(bands=tuple(Band(frequency_hz=hz, gain_db=-2.5) for hz in (100.0, 300.0, 1000.0, 3000.0, 9000.0)))
    plan = plan_for(project)
    full = (dataclasses.replace(track, eq=eq, comp=ReaComp(), verb=ReaVerbate()) for track in plan.tracks)
    return dataclasses.replace(plan, tracks=tuple(full))


def test_full_chains_on_many_tracks_take_as_much_work_for_each_as_on_few(tmp_path: Path) -> None:
    """Ten thousand of them are read, set and written in 16 s and 0.3 GB: the same for each track as here."""
    path = tmp_path / "song.rpp"

    def work(count: int) -> list[int]:
        data = b"<REAPER_PROJECT\n" + tracks(count) + b">\n"
        bare = load(path, data)
        mixed = bare.with_plan(full_chains(bare), path)
        again = load(path, mixed)
        return [
            calls(lambda: load(path, data)),
            calls(lambda: bare.with_plan(full_chains(bare), path)),
            calls(lambda: again.with_plan(full_chains(again), path)),
            calls(lambda: again.without_us(path)),
        ]

    work(2)
    few, many = work(25), work(200)

    assert all(more < 1.1 * 8 * less for less, more in zip(few, many, strict=True)), (few, many)


def test_containers_in_containers_are_gone_through_once(tmp_path: Path) -> None:
    depth, count = 90, 1000
    chain = b"BYPASS 0 0 0\n<CONTAINER\n" * depth + INSTANCE * count + b">\n" * depth
    start = time.process_time()

    project = load(tmp_path / "song.rpp", b"<REAPER_PROJECT\n<TRACK\n<FXCHAIN\n" + chain + b">\n>\n>\n")

    assert len(project.session.tracks[0].fx) == count
    assert time.process_time() - start < 5.0

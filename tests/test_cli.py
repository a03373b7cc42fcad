"""The command line as its users meet it: commands, options, what is written where, exit codes, the two streams."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge import api, progress_bar
from daw_bridge.cli import main
from daw_bridge.errors import ReaperUnreachableError
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.presets import list_presets
from daw_bridge.session import Role

SOURCES = {
    "PROJECT", "--vocal", "--backing", "--backing-vocal",
    "--vocal-track", "--backing-vocal-track", "--backing-track", "--ignore-track",
}  # fmt: skip
COMMANDS = {
    "mix": SOURCES
    | {"-o", "--output", "--in-place", "--preset", "--predictor", "--amount", "--render", "--plan", "--dry-run"}
    | {"--report", "--json", "--force", "-v", "--verbose"},
    "analyze": SOURCES | {"--json", "-v", "--verbose"},
    "render": {"PROJECT", "-o", "--output", "--json", "--force", "-v", "--verbose"},
    "report": {"PROJECT", "-o", "--output", "--force", "-v", "--verbose"},
    "apply": {"PLAN", "PROJECT", "-o", "--output", "--force", "-v", "--verbose"},
    "revert": {"PROJECT", "-o", "--output", "--force", "-v", "--verbose"},
    "presets": {"NAME", "--json", "-v", "--verbose"},
    "match-reverb": {"IMPULSE_RESPONSE", "-o", "--output", "--seed", "--json", "--force", "-v", "--verbose"},
    "demo": {"FOLDER", "--preset", "--force", "-v", "--verbose"},
}
RECORDINGS = ("--vocal", "Lead Vocal.wav", "--backing", "Drums.wav", "--backing", "Chords.wav")


def files(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, hidden files too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def document(text: str) -> dict:
    """The only JSON document in a text, without the numbers that JSON does not have."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def difference_db(one: Path, other: Path) -> float:
    """The highest sample of the difference of two files, in dBFS."""
    difference = soundfile.read(one)[0] - soundfile.read(other)[0]
    return 20.0 * float(np.log10(max(np.abs(difference).max(), 1e-12)))


# --- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_promised_options(name) -> None:
    found = {
        word
        for param in main.commands[name].params
        for word in (param.opts if param.opts[0][0] == "-" else [param.name.upper()])
    }

    assert COMMANDS[name] <= found


def test_every_command_and_option_has_help(command) -> None:
    shown = command("--help").out

    for name, made in main.commands.items():
        assert made.hidden or name in shown
        assert made.help
        assert all(param.help for param in made.params if param.param_type_name == "option")
        assert command(name, "--help").code == 0


def test_the_version_is_told(command) -> None:
    assert command("--version").out.startswith("daw-bridge, version ")


# --- what is written where -------------------------------------------------------------------------------------


def test_recordings_become_a_project_beside_the_first_vocal(command, song) -> None:
    done = command("mix", *RECORDINGS, "--backing-vocal", "Mix.wav")

    project = load_project(song / "Lead Vocal.rpp")
    assert done.code == 0
    assert "wrote project: Lead Vocal.rpp" in done.out
    assert [track.name for track in project.session.tracks] == ["Lead Vocal", "Mix", "Drums", "Chords"]
    assert project.saved is not None
    assert [track.role for track in project.saved.plan.tracks] == [
        Role.LEAD_VOCAL, Role.BACKING_VOCAL, Role.BACKING, Role.BACKING,
    ]  # fmt: skip


def test_a_project_becomes_a_mixed_one_beside_it(command, song) -> None:
    (song / "Mixed.rpp").rename(song / "other.rpp")
    before = files(song)

    done = command("mix", "Song.rpp")

    assert done.code == 0
    after = files(song)
    assert after.keys() - before.keys() == {"Song.mixed.rpp"}
    assert {name: after[name] for name in before} == before
    assert b"DAW Bridge: Verb" in after["Song.mixed.rpp"]


def test_in_place_keeps_the_old_file_each_time(command, song) -> None:
    before = (song / "Song.rpp").read_bytes()
    first = command("mix", "Song.rpp", "--in-place")
    between = (song / "Song.rpp").read_bytes()
    second = command("mix", "Song.rpp", "--in-place", "--preset", "rap")

    assert (first.code, second.code) == (0, 0)
    assert "wrote backup: Song.rpp.bak1" in second.out
    assert (song / "Song.rpp.bak").read_bytes() == before
    assert (song / "Song.rpp.bak1").read_bytes() == between
    assert (song / "Song.rpp").read_bytes() not in (before, between)


def test_apply_and_revert_change_in_place_with_numbered_backups(command, song) -> None:
    before = (song / "Song.rpp").read_bytes()
    applied = command("apply", "Plan.json", "Song.rpp")
    with_plan = (song / "Song.rpp").read_bytes()
    reverted = command("revert", "Song.rpp")

    assert (applied.code, reverted.code) == (0, 0)
    assert "Song.rpp.bak\n" in applied.out
    assert "Song.rpp.bak1\n" in reverted.out
    assert with_plan == (song / "Mixed.rpp").read_bytes()
    assert (song / "Song.rpp").read_bytes() == before
    assert (song / "Song.rpp.bak").read_bytes() == before
    assert (song / "Song.rpp.bak1").read_bytes() == with_plan


@pytest.mark.parametrize(
    ("words", "fresh"),
    [
        (("mix", *RECORDINGS, "-o", "new.rpp"), {"new.rpp"}),
        (
            ("mix", "Song.rpp", "-o", "new.rpp", "--plan", "p.json", "--render", "r.flac"),
            {"new.rpp", "p.json", "r.flac"},
        ),
        (("apply", "Plan.json", "Song.rpp", "-o", "new.rpp"), {"new.rpp"}),
        (("revert", "Mixed.rpp", "-o", "new.rpp"), {"new.rpp"}),
        (("render", "Mixed.rpp", "-o", "r.wav"), {"r.wav"}),
    ],
)
def test_a_named_output_is_all_that_is_written(command, song, words, fresh) -> None:
    before = files(song)

    done = command(*words)

    assert (done.code, done.err) == (0, "")
    after = files(song)
    assert after.keys() - before.keys() == fresh
    assert {name: after[name] for name in before} == before


OVER_EXISTING = [
    ("mix", *RECORDINGS, "-o", "Mixed.rpp"),
    ("mix", *RECORDINGS, "-o", "new.rpp", "--plan", "Plan.json"),
    ("mix", *RECORDINGS, "-o", "new.rpp", "--render", "Mix.wav"),
    ("mix", "Song.rpp", "-o", "Mixed.rpp"),
    ("mix", "Song.rpp", "--in-place", "--plan", "Plan.json"),
    ("mix", "Song.rpp", "-o", "./Song.rpp"),
    ("apply", "Plan.json", "Song.rpp", "-o", "Mixed.rpp"),
    ("revert", "Mixed.rpp", "-o", "Song.rpp"),
    ("render", "Song.rpp", "-o", "Mix.wav"),
]


@pytest.mark.parametrize("words", OVER_EXISTING)
def test_no_existing_file_is_overwritten(command, song, words) -> None:
    before = files(song)

    done = command(*words)

    assert done.code == 1
    assert "already exists" in done.err
    assert "--force" in done.err
    assert files(song) == before


@pytest.mark.parametrize("words", OVER_EXISTING)
def test_force_overwrites(command, song, words) -> None:
    assert command(*words, "--force").code == 0


def test_an_output_that_is_the_source_itself_keeps_the_old_file_when_forced(command, song) -> None:
    before = (song / "Song.rpp").read_bytes()

    done = command("mix", "Song.rpp", "-o", song / "Song.rpp", "--force")

    assert done.code == 0
    assert (song / "Song.rpp.bak").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mix", "Song.rpp", "-o", "new.rpp", "--plan", "Song.rpp"), "part of what is mixed"),
        (("mix", "Song.rpp", "-o", "new.rpp", "--render", "Drums.wav"), "part of what is mixed"),
        (("mix", "Song.rpp", "--in-place", "--plan", "./Song.rpp"), "named for two things"),
        (("mix", *RECORDINGS, "-o", "new.rpp", "--render", "Drums.wav"), "part of what is mixed"),
        (("mix", *RECORDINGS, "-o", "new.rpp", "--plan", "new.rpp"), "named for two things"),
        (("mix", *RECORDINGS, "-o", "Drums.wav"), "written as .rpp"),
        (("render", "Song.rpp", "-o", "Lead Vocal.wav"), "part of what is mixed"),
        (("apply", "Plan.json", "Song.rpp", "-o", "Drums.wav"), "written as .rpp"),
        (("revert", "Mixed.rpp", "-o", "Drums.wav"), "written as .rpp"),
    ],
)
def test_not_even_force_writes_over_what_is_read(command, song, words, says) -> None:
    before = files(song)

    done = command(*words, "--force")

    assert done.code == 1
    assert says in done.err
    assert files(song) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mix", "Song.rpp", "-o", "nowhere/new.rpp"), "no folder"),
        (("mix", "Song.rpp", "-o", "new.rpp", "--plan", "nowhere/p.json"), "no folder"),
        (("mix", "Song.rpp", "-o", "new.rpp", "--render", "nowhere/r.wav"), "no folder"),
        (("mix", "Song.rpp", "-o", "new.rpp", "--plan", "p.json", "--render", "r.mp3"), "not written as '.mp3'"),
        (("mix", "Song.rpp", "-o", "folder.rpp"), "is a folder"),
        (("render", "Song.rpp", "-o", "nowhere/r.wav"), "no folder"),
        (("render", "Song.rpp", "-o", "r.mp3"), "not written as '.mp3'"),
        (("render", "Song.rpp", "-o", "folder.rpp"), "is a folder"),
        (("apply", "Plan.json", "Song.rpp", "-o", "nowhere/new.rpp"), "no folder"),
        (("revert", "Mixed.rpp", "-o", "nowhere/new.rpp"), "no folder"),
        (("revert", "Mixed.rpp", "-o", "folder.rpp"), "is a folder"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_named_before_anything_is(command, song, words, says) -> None:
    (song / "folder.rpp").mkdir()
    before = files(song)

    done = command(*words)

    assert (done.code, done.out) == (1, "")
    assert says in done.err
    assert files(song) == before


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_full_disk_leaves_nothing_behind_whatever_it_stops(command, song, monkeypatch, writes) -> None:
    left = iter(range(writes))
    monkeypatch.setattr(os, "fsync", lambda _: full_disk() if next(left, None) is None else None)
    before = files(song)

    done = command("mix", "Song.rpp", "--in-place", "--plan", "p.json", "--render", "r.wav")

    assert done.code == 1
    assert "the disk is full" in done.err
    assert files(song) == before


def test_a_disk_that_is_full_while_audio_is_written_leaves_nothing_behind(command, song, monkeypatch) -> None:
    def write(*_: object) -> None:
        raise soundfile.LibsndfileError(2)

    monkeypatch.setattr(soundfile.SoundFile, "write", write)
    before = files(song)
    for words in (("mix", "Song.rpp", "-o", "new.rpp", "--plan", "p.json"), ("render", "Song.rpp")):
        option = "--render" if words[0] == "mix" else "-o"
        done = command(*words, option, "r.wav")

        assert done.code == 1
        assert "r.wav could not be written to its end" in done.err
    assert files(song) == before


@pytest.mark.parametrize("more", [(), ("--json",), ("--force", "--in-place")])
def test_a_dry_run_prints_and_writes_nothing(command, song, more) -> None:
    before = files(song)

    done = command("mix", "Song.rpp", "--dry-run", "--plan", "p.json", "--render", "Mix.wav", *more)

    assert done.code == 0
    assert "Lead Vocal" in done.out
    assert files(song) == before


# --- the two streams and the exit codes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("mix", "Song.rpp", "-o", "n.rpp", "--render", "r.wav"), {"plan", "kept", "warnings", "written"}),
        (("mix", *RECORDINGS, "--dry-run"), {"plan", "kept", "warnings", "written"}),
        (("analyze", "Song.rpp"), {"tracks", "analysis", "warnings"}),
        (("analyze", *RECORDINGS), {"tracks", "analysis", "warnings"}),
        (("render", "Mixed.rpp", "-o", "r.wav"), {"path", "rate", "duration_s", "sample_peak_dbfs", "warnings"}),
        (("presets",), {preset.name for preset in list_presets()}),
        (("presets", "rap"), {"rap"}),
    ],
)
def test_json_is_one_document_and_nothing_else(command, song, words, keys) -> None:
    done = command(*words, "--json")

    assert (done.code, done.err) == (0, "")
    assert document(done.out).keys() == keys


def test_the_document_holds_the_plan_and_what_was_written(command, song) -> None:
    done = document(command("mix", "Song.rpp", "-o", "n.rpp", "--plan", "p.json", "--json").out)

    assert done["plan"] == document((song / "p.json").read_text(encoding="utf-8"))
    assert done["written"] == {"project": "n.rpp", "plan": "p.json"}


def test_an_error_leaves_stdout_empty_also_where_json_is_asked_for(command, song) -> None:
    done = command("mix", "missing.rpp", "--json")

    assert (done.code, done.out) == (1, "")
    assert "missing.rpp" in done.err


@pytest.mark.parametrize("words", [("mix",), ("analyze",), ("revert",), ("render", "-o", "new.wav")])
def test_without_a_source_it_is_the_open_project_and_where_there_is_no_reaper_the_code_is_3(
    command, song, tmp_path, words
) -> None:
    before = files(song)

    done = command(*words, "--resource-path", str(tmp_path))

    assert (done.code, done.out) == (3, "")
    assert "no resource folder of REAPER" in done.err
    assert files(song) == before


@pytest.mark.parametrize(
    "words",
    [
        ("render", "Song.rpp"),
        ("mix", "-o", "new.rpp"),
        ("mix", "--in-place"),
        ("revert", "-o", "new.rpp"),
        ("mix", "Song.rpp", "--vocal", "Drums.wav"),
        ("mix", "--backing", "Drums.wav"),
        ("mix", *RECORDINGS, "--vocal-track", "x"),
        ("mix", *RECORDINGS, "--in-place"),
        ("mix", "Song.rpp", "--in-place", "-o", "new.rpp"),
        ("mix", "Song.rpp", "--amount", "101"),
        ("mix", "Song.rpp", "--amount", "much"),
        ("mix", "Song.rpp", "Drums.wav"),
        ("mix", "--no-such-option"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_code_2_with_a_word_about_right_usage(command, song, words) -> None:
    before = files(song)

    done = command(*words)

    assert (done.code, done.out) == (2, "")
    assert "Usage: daw-bridge" in done.err
    assert "Error: " in done.err
    assert files(song) == before


def test_without_reaper_the_code_is_3(command, song, monkeypatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise ReaperUnreachableError("REAPER does not answer.", hint="Start it.")

    monkeypatch.setattr(api, "render_project", unreachable)

    for more in ((), ("--verbose",)):
        done = command("render", "Song.rpp", "-o", "r.wav", *more)
        assert done.code == 3
        assert done.err.endswith("error: REAPER does not answer.\n  Start it.\n")


@pytest.mark.parametrize("words", [("mix", "missing.rpp"), ("presets", "missing"), ("revert", "Song.rpp")])
def test_a_traceback_is_only_shown_when_asked_for(command, song, words) -> None:
    plain, verbose = command(*words), command(*words, "--verbose")

    assert plain.code == verbose.code == 1
    assert "Traceback" not in plain.err
    assert plain.err.startswith("error: ")
    assert verbose.err.startswith("Traceback")
    assert verbose.err.endswith(plain.err)


def test_a_defect_of_ours_says_so_without_a_traceback(command, song, monkeypatch) -> None:
    monkeypatch.setattr(api, "render_project", lambda *_, **__: 1 / 0)

    done = command("render", "Song.rpp", "-o", "r.wav")

    assert done.code == 1
    assert "a defect in DAW Bridge: ZeroDivisionError" in done.err
    assert "Traceback" not in done.err


def test_verbose_tells_each_step_once_on_stderr(command, song) -> None:
    quiet = command("mix", "Song.rpp", "-o", "1.rpp", "--render", "1.wav")
    verbose = command("mix", "Song.rpp", "-o", "2.rpp", "--render", "2.wav", "-v")

    assert quiet.err == ""
    compact = quiet.out.partition("Every value has its reason")[0]
    assert set(compact.splitlines()) < set(verbose.out.splitlines())
    assert "Listeners want a vocal as loud as all the rest" in " ".join(verbose.out.split())
    steps = [line.split(" s  ")[1] for line in verbose.err.splitlines()]
    assert "Lead Vocal: listening" in steps
    assert steps[-1] == "render"
    assert len(set(steps)) == len(steps)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience_s", "shown"), [(0.0, True), (1000.0, False)])
def test_a_terminal_gets_a_bar_that_goes_away_if_it_takes_long(song, monkeypatch, patience_s, shown) -> None:
    monkeypatch.setattr(progress_bar, "PATIENCE_S", patience_s)
    terminal = Terminal()

    with contextlib.redirect_stderr(terminal), contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit):
        main(["render", "Song.rpp", "-o", "r.wav"])

    assert ("100%  render" in terminal.getvalue()) is shown
    assert terminal.getvalue().endswith("\r\x1b[2K") is shown


def test_ctrl_c_stops_with_130_and_leaves_nothing_behind(command, song, monkeypatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(soundfile.SoundFile, "write", interrupt)
    before = files(song)

    done = command("mix", "Song.rpp", "-o", "new.rpp", "--plan", "p.json", "--render", "r.wav")

    assert (done.code, done.out, done.err) == (130, "", "error: stopped\n")
    assert files(song) == before


@pytest.mark.skipif(os.name == "nt", reason="a pipe that is closed is another error on Windows")
def test_a_reader_that_has_enough_is_no_error() -> None:
    ours, theirs = os.pipe()
    os.close(ours)

    done = subprocess.run(
        [sys.executable, "-m", "daw_bridge", "presets"], stdout=theirs, stderr=subprocess.PIPE, check=False
    )

    os.close(theirs)
    assert done.stderr == b""


def test_names_that_the_terminal_cannot_show_are_shown_otherwise(song) -> None:
    (song / "Lead Vocal.wav").rename(song / "Füße 鼓.wav")
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")

    with contextlib.redirect_stdout(ascii_only), pytest.raises(SystemExit) as ended:
        main(["mix", "--vocal", "Füße 鼓.wav", "--backing", "Drums.wav", "--dry-run"])

    ascii_only.flush()
    assert ended.value.code == 0
    assert "Füße \\u9f13" in ascii_only.buffer.getvalue().decode("cp1252")


# --- what the commands do --------------------------------------------------------------------------------------


def test_rendering_the_mixed_project_gives_what_mix_rendered(command, song) -> None:
    command("render", "Mixed.rpp", "-o", "again.wav")

    assert difference_db(song / "again.wav", song / "Mix.wav") < -100.0


def test_the_plan_of_a_mix_set_in_the_untouched_project_sounds_the_same(command, song) -> None:
    command("apply", "Plan.json", "Song.rpp", "-o", "applied.rpp")
    command("render", "applied.rpp", "-o", "applied.wav")

    assert difference_db(song / "applied.wav", song / "Mix.wav") < -100.0


def test_a_project_in_another_folder_plays_the_same(command, song) -> None:
    (song / "far" / "away").mkdir(parents=True)
    command("mix", "Mixed.rpp", "-o", "far/away/x.rpp")
    command("render", "far/away/x.rpp", "-o", "x.wav")

    assert difference_db(song / "x.wav", song / "Mix.wav") < -100.0


@pytest.mark.parametrize("name", [preset.name for preset in list_presets()])
@pytest.mark.parametrize("predictor", ["engineers", "rules"])
def test_every_preset_reaches_what_it_asks_for(command, mixed_once, name, predictor) -> None:
    words = ("mix", mixed_once / "Song.rpp", "--preset", name, "--predictor", predictor, "--dry-run", "--json")

    plan = document(command(*words).out)["plan"]

    asked = plan["targets"]["lead"]["relative_loudness_lu"]["value"]
    assert (plan["preset"], plan["predictor"]) == (name, predictor)
    assert plan["results"]["relative_loudness_lu"] == pytest.approx(asked, abs=0.1)
    assert plan["results"]["true_peak_dbtp"] <= -1.0
    assert all(track["why"]["fader_db"] for track in plan["tracks"])


def test_a_preset_of_the_users_own_is_given_by_its_path(command, song) -> None:
    (song / "mine.toml").write_text('description = "Mine"\n[level]\nrelative_loudness_lu = 3.0\n', encoding="utf-8")

    plan = document(command("mix", "Song.rpp", "--preset", "mine.toml", "--dry-run", "--json").out)["plan"]

    assert plan["preset"] == "mine"
    assert plan["results"]["relative_loudness_lu"] == pytest.approx(3.0, abs=0.1)


def test_an_amount_of_0_changes_nothing_that_sounds(command, song) -> None:
    done = document(command("mix", "Song.rpp", "-o", "n.rpp", "--amount", "0", "--render", "n.wav", "--json").out)
    command("render", "Song.rpp", "-o", "plain.wav")

    assert done["plan"]["amount"] == 0.0
    assert difference_db(song / "n.wav", song / "plain.wav") < -100.0


def test_half_the_amount_goes_half_the_way(command, song) -> None:
    def level(amount: int) -> float:
        words = ("mix", "Song.rpp", "--amount", amount, "--dry-run", "--json")
        return document(command(*words).out)["plan"]["results"]["relative_loudness_lu"]

    assert level(50) == pytest.approx((level(0) + level(100)) / 2.0, abs=0.2)


def test_what_is_heard_is_the_same_in_recordings_and_project_mixed_or_not(command, song) -> None:
    heard = [
        document(command("analyze", *source, "--json").out)
        for source in (RECORDINGS, ("Song.rpp",), ("Mixed.rpp",))
    ]

    assert heard[0] == heard[1] == heard[2]
    assert [track["role"] for track in heard[0]["tracks"]] == ["lead vocal", "backing", "backing"]


def test_the_table_of_what_is_heard_names_the_measures(command, song) -> None:
    shown = command("analyze", "Song.rpp").out

    for word in ("integrated loudness", "LUFS", "100 ms block range", "octave, Hz", "tempo: "):
        assert word in shown
    assert "\n\n\n" not in shown


def test_presets_are_listed_and_shown(command) -> None:
    listed, shown = command("presets").out, command("presets", "rap").out

    assert [line.split()[0] for line in listed.splitlines()] == [preset.name for preset in list_presets()]
    assert "level.relative_loudness_lu" in shown


def test_the_demo_writes_a_song_and_never_over_another(command, tmp_path) -> None:
    folder = tmp_path / "new" / "demo"

    first = command("demo", folder)
    before = files(folder)
    second = command("demo", folder)

    assert first.code == 0
    assert before.keys() == {
        "Lead Vocal.wav", "Backing Vocals.wav", "Drums.wav", "Bass.wav", "Chords.wav",
        "Song.rpp", "Plan.json", "Dry.wav", "Mixed.wav",
    }  # fmt: skip
    assert str(folder / "Song.rpp") in first.out
    assert second.code == 1
    assert "already exists" in second.err
    assert files(folder) == before


def test_a_demo_that_cannot_be_made_leaves_nothing_behind(command, tmp_path) -> None:
    (tmp_path / "file").write_text("")

    unknown = command("demo", tmp_path / "new", "--preset", "unknown")
    blocked = command("demo", tmp_path / "file")

    assert (unknown.code, blocked.code) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

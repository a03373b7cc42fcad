"""The actions, run by a real Lua in a small stand-in for REAPER."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from daw_bridge.hosts.reaper.own_folder import command_line

MIX, SHOW, REVERT = (
    f"DAW Bridge_{name}.lua" for name in ("Mix vocal and backing", "Show what was measured", "Revert")
)


@pytest.mark.parametrize(("script", "command"), [(MIX, "mix"), (SHOW, "analyze"), (REVERT, "revert")])
def test_an_action_starts_the_command_line_tool_and_does_not_wait_for_it(resource, script, command, new_reaper):
    reaper = new_reaper(resource)

    reaper.run(script)

    ((line, timeout),) = reaper.processes
    assert timeout < 0
    assert shlex.split(line) == [
        "/opt/my venv/bin/python", "-m", "daw_bridge", "background", str(reaper.job("exit").with_suffix("")),
    ]  # fmt: skip
    assert reaper.job("arguments").read_text(encoding="utf-8") == f"{command}\n"
    assert reaper.goes_on
    assert reaper.called("Main_OnCommand") == []


def test_with_tracks_selected_the_selection_limits_the_job(resource, new_reaper):
    reaper = new_reaper(resource, selected=2)

    reaper.run(MIX)

    assert reaper.job("arguments").read_text(encoding="utf-8").split() == ["mix", "--selected"]


def test_progress_is_drawn_and_the_result_is_shown_in_the_console(resource, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)
    reaper.job("output").write_text("", encoding="utf-8")
    reaper.job("progress").write_text("0.20\tbacking: listening\n0.40\tZoë: EQ\n0.8", encoding="utf-8")
    reaper.tick()
    assert "Zoë: EQ" in reaper.drawn
    assert reaper.window == "DAW Bridge: Mix vocal and backing"

    reaper.job("output").write_text("Lead Vocal: fader −3 dB\n", encoding="utf-8")
    reaper.job("exit").write_text("0\n", encoding="utf-8")
    reaper.tick()

    assert "DAW Bridge: Mix vocal and backing\n\nLead Vocal: fader −3 dB" in reaper.console
    assert reaper.messages == []
    assert reaper.window is None
    assert not reaper.goes_on
    assert reaper.job_files() == []


@pytest.mark.parametrize(
    ("output", "words"),
    [("error: Which track is the vocal?\n  Say --vocal-track.\n", "Which track"), ("", "exit code 3")],
)
def test_a_command_that_fails_says_why_in_a_window(resource, output, words, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)
    reaper.job("output").write_text(output, encoding="utf-8")
    reaper.job("exit").write_text("3\n", encoding="utf-8")
    reaper.tick()

    assert words in reaper.messages[0]
    assert reaper.console == ""
    assert not reaper.goes_on
    assert reaper.job_files() == []


@pytest.mark.parametrize("key", [27, -1], ids=["Esc", "window closed"])
def test_cancelling_tells_the_command_to_stop_and_says_no_more(resource, key, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)
    reaper.job("output").write_text("", encoding="utf-8")
    reaper.key = key
    reaper.tick()
    assert reaper.job("cancel").exists()
    assert reaper.window is None

    reaper.tick(3)
    reaper.job("exit").write_text("130\n", encoding="utf-8")
    reaper.tick()

    assert not reaper.goes_on
    assert reaper.messages == []
    assert reaper.console == ""
    assert reaper.job_files() == []


def test_ending_the_script_stops_the_command(resource, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)

    reaper.end()

    assert reaper.job("cancel").exists()
    assert ("DAW Bridge", "job") not in reaper.states


def test_a_command_that_never_starts_is_told_and_called_off(resource, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)

    reaper.tick(21 * 30)

    assert "did not start" in reaper.messages[0]
    assert "daw-bridge doctor" in reaper.messages[0]
    assert not reaper.goes_on
    assert not reaper.job("arguments").exists()


def test_without_setup_it_says_what_to_do_and_starts_nothing(tmp_path, new_reaper):
    reaper = new_reaper(tmp_path)

    reaper.run(MIX)

    assert "daw-bridge setup" in reaper.messages[0]
    assert reaper.processes == []
    assert not reaper.goes_on


def test_the_bridge_is_started_first_if_it_does_not_run(resource, new_reaper):
    reaper = new_reaper(resource, bridge_runs=False)
    reaper.on_command = lambda command: reaper.states.update({("DAW_BRIDGE", "port"): str(command)})

    reaper.run(MIX)

    assert reaper.called("Main_OnCommand") == [(55001, 0)]
    assert len(reaper.processes) == 1


def test_a_bridge_that_takes_a_moment_is_waited_for(resource, new_reaper):
    reaper = new_reaper(resource, bridge_runs=False)
    reaper.run(MIX)
    reaper.tick(10)
    assert reaper.processes == []

    reaper.states["DAW_BRIDGE", "port"] = "2306"
    reaper.tick()

    assert len(reaper.processes) == 1


def test_a_bridge_that_does_not_start_is_told(resource, new_reaper):
    reaper = new_reaper(resource, bridge_runs=False)

    reaper.run(MIX)
    reaper.tick(6 * 30)

    assert "bridge did not start" in reaper.messages[0]
    assert reaper.processes == []
    assert not reaper.goes_on


def test_where_setup_s_command_is_unknown_the_script_beside_is_registered(resource, new_reaper, scripts):
    reaper = new_reaper(resource, bridge_runs=False)
    reaper.commands = {}

    reaper.run(MIX)

    ((add, section, path, commit),) = reaper.called("AddRemoveReaScript")
    assert (add, section, commit) == (True, 0, True)
    assert Path(path) == scripts / "DAW Bridge_Start bridge.py"
    assert reaper.called("Main_OnCommand") == [(55002, 0)]


def test_two_actions_do_not_work_at_once_but_a_crashed_one_blocks_nothing(resource, new_reaper):
    reaper = new_reaper(resource)
    reaper.run(MIX)
    reaper.run(REVERT)
    assert len(reaper.processes) == 1
    assert "still at work" in reaper.messages[0]

    reaper.now_s += 5.0  # nobody marked itself alive since
    reaper.run(REVERT)

    assert len(reaper.processes) == 2


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", '"plain"'),
        ("two words", '"two words"'),
        ("Zoë's", '"Zoë\'s"'),
        ('the "new" one', "'the \"new\" one'"),
        (r"C:\Program Files\é", r'"C:\Program Files\é"'),
        ("both \" and '", None),
    ],
)
def test_words_are_quoted_with_a_quote_that_they_do_not_have(tmp_path, word, quoted, new_reaper, scripts):
    lua = new_reaper(tmp_path).lua
    shared = lua.globals().dofile(str(scripts / "DAW Bridge_shared.lua"))

    assert shared.quoted(word) == quoted


def test_a_path_that_cannot_be_quoted_is_told(resource, new_reaper):
    (resource / "DAW Bridge" / "setup.ini").write_text("cli=/a \" b ' c\n", encoding="utf-8")
    reaper = new_reaper(resource)

    reaper.run(MIX)

    assert "/a \" b ' c" in reaper.messages[0]
    assert reaper.processes == []
    assert not reaper.goes_on


def test_the_actions_work_from_any_folder(resource, tmp_path, new_reaper, scripts):
    elsewhere = tmp_path / "Scripts of Zoë's"
    shutil.copytree(scripts, elsewhere)
    reaper = new_reaper(resource)

    reaper.run(MIX, elsewhere)

    assert len(reaper.processes) == 1


def _start_bridge(resource: Path, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[object]]:
    """Run the action that starts the bridge as REAPER's Python does; its messages, and what it was started with."""
    messages: list[str] = []
    module = types.ModuleType("reaper_python")
    module.RPR_GetResourcePath = lambda: str(resource)  # type: ignore[attr-defined]
    module.RPR_ShowMessageBox = lambda text, *_: messages.append(text)  # type: ignore[attr-defined]
    started: list[object] = []
    main = types.ModuleType("__main__")
    main.started = started  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "reaper_python", module)
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = scripts / "DAW Bridge_Start bridge.py"
    exec(compile(path.read_bytes(), str(path), "exec"), main.__dict__)
    return messages, started


def test_the_bridge_is_the_file_that_setup_named_and_gets_reaper_s_functions(
    resource, scripts, monkeypatch, tmp_path
):
    server = tmp_path / "Zoë's server.py"
    server.write_text(
        "def main(reaper):\n    reaper.started.append(reaper.RPR_GetResourcePath())\n", encoding="utf-8"
    )
    with (resource / "DAW Bridge" / "setup.ini").open("a", encoding="utf-8") as setup:
        setup.write(f"server={server}\npackages=/opt/packages\n")

    messages, started = _start_bridge(resource, scripts, monkeypatch)

    assert started == [str(resource)]
    assert messages == []


def test_a_bridge_that_was_never_set_up_says_so(tmp_path, scripts, monkeypatch):
    messages, started = _start_bridge(tmp_path, scripts, monkeypatch)

    assert started == []
    assert "daw-bridge setup" in messages[0]


def test_the_real_command_line_tool_is_started_watched_and_shown(resource, new_reaper, scripts):
    words = "".join(f"cli={word}\n" for word in command_line())
    (resource / "DAW Bridge" / "setup.ini").write_text(words, encoding="utf-8")
    reaper = new_reaper(resource)
    shared = reaper.lua.globals().dofile(str(scripts / "DAW Bridge_shared.lua"))

    shared.run("Presets", "presets")
    with subprocess.Popen(shlex.split(reaper.processes[0][0])):
        deadline = time.monotonic() + 30.0
        while reaper.goes_on and time.monotonic() < deadline:
            reaper.tick()
            time.sleep(0.05)

    assert reaper.messages == []
    assert "karaoke" in reaper.console
    assert reaper.job_files() == []

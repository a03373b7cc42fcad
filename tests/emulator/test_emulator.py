from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from emulator.plugin import StartReaper
from emulator.running import Emulator, EmulatorError
from emulator.songs import guid, item, song, track


def refused(reaper: Emulator, function: str, *args: Any) -> str:
    with pytest.raises(EmulatorError) as caught:
        reaper.call(function, *args)
    return str(caught.value).partition("\n")[0]


def first_track(reaper: Emulator) -> str:
    return str(reaper.call("GetTrack", 0, 0))


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


# --- reapy's own client and server -----------------------------------------------------------------------------


def test_the_real_client_of_reapy_works_unmodified(start_reaper: StartReaper) -> None:
    inside = item("voice.wav", position_s=1.5, length_s=2.5)
    reaper = start_reaper(song([track(1, inside=inside), track(2)]))

    seen = reaper.reapy("""
        project = reapy.Project()
        track = project.tracks[0]
        track.name = "Vocal"
        fx = track.add_fx("ReaComp")
        fx.params[0] = 0.5
        reapy.set_ext_state("a", "b", 3)
        item = track.items[0]
        send = track.add_send(project.tracks[1])
        with reapy.inside_reaper():
            names = [one.name for one in project.tracks]
        result = {
            "names": names,
            "fx": [fx.name, len(fx.params), fx.params[0], fx.params[0].name, fx.params[0].range, fx.is_enabled],
            "item": [item.position, item.length, item.active_take.source.filename.rpartition("/")[2]],
            "project": [project.bpm, project.n_tracks, project.length, project.is_dirty],
            "send": [track.n_sends, send.dest_track.name, project.tracks[1].n_receives],
            "ext": reapy.get_ext_state("a", "b"),
        }
    """)

    assert seen == {
        "names": ["Vocal", "Track 2"],
        "fx": ["VST: ReaComp (Cockos)", 24, 0.5, "Threshold", [0.0, 2.0], True],
        "item": [1.5, 2.5, "voice.wav"],
        "project": [120.0, 2, 4.0, True],
        "send": [1, "Track 2", 1],
        "ext": "3",
    }


def test_reapy_starts_its_server_through_the_web_interface(reaper: Emulator) -> None:
    reaper.call("DeleteExtState", "reapy", "server_port", False)

    assert reaper.reapy("result = RPR.CountTracks(0)") == 0
    assert reaper.call("GetExtState", "reapy", "server_port") == str(reaper.port)


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        framed(b"garbage!"),
        framed(b'{"function": {"__callable__": true, "module_name": "not_there", "name": "x"}}'),
    ],
    ids=["HTTP", "garbage", "unknown module"],
)
def test_reapys_server_dies_of_what_it_dies_of_in_reaper(reaper: Emulator, request_text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", reaper.port)) as peer:
        peer.sendall(request_text)
        wait_until(lambda: reaper.state["scripts"] == [])

    assert reaper.state["died"] != []
    assert reaper.call("GetExtState", "reapy", "server_port") == ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", reaper.port))


def test_reapys_server_dies_with_a_client_that_holds(reaper: Emulator) -> None:
    code = f"""
import socket
peer = socket.create_connection(("127.0.0.1", {reaper.port}))
text = b'{{"function": "HOLD", "input": null}}'
peer.sendall(len(text).to_bytes(8, "little") + text)
peer.recv(1)
"""
    subprocess.run([sys.executable, "-c", code], check=True)

    wait_until(lambda: reaper.state["scripts"] == [])


def wait_until(condition: Any, timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.01)


# --- The calling convention ------------------------------------------------------------------------------------


def test_functions_with_outputs_echo_all_their_arguments(rules: Emulator) -> None:
    pointer = first_track(rules)

    assert re.fullmatch(r"\(MediaTrack\*\)0x[0-9A-F]{16}", pointer)
    assert rules.call("GetTrackName", pointer, "", 64) == [1, pointer, "Track 1", 64]
    assert rules.call("GetProjectName", 0, "", 512) == [0, "song.rpp", 512]
    assert rules.call("CountTracks", 0) == 2
    assert rules.call("UpdateArrange") is None


def test_a_wrong_number_of_arguments_is_refused(rules: Emulator) -> None:
    assert "takes 1 arguments but 0 were given" in refused(rules, "CountTracks")


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("GetTrack", [0, 1.5]),
        ("GetTrack", [0, "1"]),
        ("SetExtState", ["a", "b", None, False]),
        ("GetTrack", [0, 2**40]),
        ("CountTracks", [12345]),
    ],
)
def test_arguments_of_a_wrong_type_are_refused(rules: Emulator, function: str, args: list[Any]) -> None:
    assert re.match("TypeError|ValueError", refused(rules, function, *args))


def test_a_pointer_of_another_kind_or_in_lower_case_is_null(rules: Emulator) -> None:
    pointer = first_track(rules)
    project = rules.call("EnumProjects", -1, "", 64)[0]

    assert "was given NULL for a MediaTrack*" in refused(rules, "GetTrackName", project, "", 64)
    assert "NULL" in refused(rules, "GetTrackName", pointer.replace("0x0", "0x0a"), "", 64)
    assert len(rules.do("take_violations")) == 2


def test_buffers_have_the_size_that_the_caller_says(rules: Emulator) -> None:
    assert rules.call("GetTrackName", first_track(rules), "", 4)[2] == "Tra"
    assert "8388608 bytes into a buffer of 4194304" in refused(
        rules, "GetTrackStateChunk", first_track(rules), "", 8 * 2**20, False
    )
    assert rules.do("take_violations")


def test_names_that_are_not_utf8_cannot_be_read(start_reaper: StartReaper) -> None:
    latin = song([track(1, name="S\udce4ngerin")])
    reaper = start_reaper(latin, script=None)

    assert "UnicodeDecodeError" in refused(reaper, "GetTrackName", first_track(reaper), "", 64)
    assert reaper.saved() == latin
    assert b"S\xe4ngerin" in latin


def test_null_for_a_text_is_an_error_in_python(rules: Emulator) -> None:
    assert "AttributeError" in refused(rules, "Undo_CanUndo2", 0)


def test_a_function_that_is_not_modelled_says_so(rules: Emulator) -> None:
    assert "NotModelledError" in refused(rules, "SetEditCurPos", 0.0, False, False)
    assert "AttributeError" in refused(rules, "NoSuchFunction")


# --- Pointers --------------------------------------------------------------------------------------------------


def test_a_pointer_to_a_deleted_track_would_crash_reaper(reaper: Emulator) -> None:
    # With reapy's rpr_packp, which validates nothing.
    reaper.call("InsertTrackAtIndex", 0, True)
    pointer = first_track(reaper)
    reaper.do("delete_track", 0)

    assert "would crash REAPER: GetTrackName was given a dangling MediaTrack*" in refused(
        reaper, "GetTrackName", pointer, "", 64
    )
    assert reaper.call("ValidatePtr2", 0, pointer, "MediaTrack*") == 0
    assert "wild" in refused(reaper, "GetTrackName", "(MediaTrack*)0x0000000012345678", "", 64)
    assert len(reaper.do("take_violations")) == 2


def test_reapers_own_binding_takes_no_pointers_of_other_tabs(rules: Emulator) -> None:
    pointer = first_track(rules)
    rules.open_tab(song())

    assert "NULL" in refused(rules, "GetTrackName", pointer, "", 64)
    rules.do("switch_tab", 0)
    assert rules.call("GetTrackName", pointer, "", 64)[2] == "Track 1"
    assert rules.do("take_violations")


def test_after_a_restart_pointers_differ_and_guids_do_not(start_reaper: StartReaper) -> None:
    reaper = start_reaper(song(), script=None)
    before = first_track(reaper)
    reaper.restart()

    after = first_track(reaper)

    assert before != after
    assert reaper.call("GetSetMediaTrackInfo_String", after, "GUID", "", False)[3] == guid(1)


# --- Undo and ticks --------------------------------------------------------------------------------------------


def test_undo_brings_back_what_was_and_tracks_keep_their_pointers(rules: Emulator) -> None:
    pointer = first_track(rules)
    before = rules.saved()
    run_script(
        rules,
        f"""
RPR_Undo_BeginBlock2(0)
RPR_TrackFX_AddByName({pointer!r}, "ReaEQ", False, -1)
RPR_SetMediaTrackInfo_Value({pointer!r}, "D_VOL", 0.5)
RPR_Undo_EndBlock2(0, "Mix", -1)
""",
    )

    assert rules.call("Undo_CanUndo2", 0) == "Mix"
    after = rules.saved()
    assert rules.call("Undo_DoUndo2", 0) == 1
    assert rules.saved() == before
    assert rules.call("TrackFX_GetCount", pointer) == 0
    assert rules.call("Undo_DoRedo2", 0) == 1
    assert rules.saved() == after


def test_an_undo_point_with_flags_brings_back_only_what_they_cover(rules: Emulator) -> None:
    pointer = first_track(rules)
    run_script(
        rules,
        f"""
RPR_Undo_BeginBlock2(0)
RPR_TrackFX_AddByName({pointer!r}, "ReaEQ", False, -1)
RPR_SetMediaTrackInfo_Value({pointer!r}, "D_VOL", 0.5)
RPR_Undo_EndBlock2(0, "Mix", 2)
""",
    )

    rules.call("Undo_DoUndo2", 0)

    assert rules.call("TrackFX_GetCount", pointer) == 0
    assert rules.call("GetMediaTrackInfo_Value", pointer, "D_VOL") == 0.5


@pytest.mark.parametrize(
    ("code", "violation"),
    [
        ("RPR_Undo_BeginBlock2(0)", "undo blocks are open"),
        ("RPR_PreventUIRefresh(1)", "PreventUIRefresh is at 1"),
        ("RPR_Undo_EndBlock2(0, 'x', -1)", "without Undo_BeginBlock2"),
        ("RPR_PreventUIRefresh(-1)", "released more often"),
    ],
)
def test_what_is_left_open_at_the_end_of_a_tick_is_a_violation(rules: Emulator, code: str, violation: str) -> None:
    run_script(rules, code)

    assert violation in rules.do("take_violations")[0]


def test_an_error_in_a_script_ends_it_and_runs_its_exit_code(rules: Emulator) -> None:
    run_script(rules, "RPR_atexit('RPR_ShowConsoleMsg(\"bye\")')\nRPR_defer('1 / 0')")

    assert rules.state["console"] == ["bye"]
    assert "ZeroDivisionError" in rules.state["died"][0]


def test_while_a_dialog_is_open_nothing_ticks(rules: Emulator) -> None:
    rules.do("modal", is_open=True)
    before = rules.state["ticks"]
    time.sleep(0.05)

    assert rules.state["ticks"] == before
    rules.do("modal", is_open=False)
    wait_until(lambda: rules.state["ticks"] > before)


def run_script(reaper: Emulator, code: str) -> None:
    path = reaper.resource_path / "script.py"
    path.write_text(code, "utf-8")
    reaper.do("run_script", str(path))
    ticks = reaper.state["ticks"]
    wait_until(lambda: reaper.state["ticks"] > ticks + 1)


# --- Projects --------------------------------------------------------------------------------------------------


def test_a_project_that_nobody_changes_is_saved_byte_for_byte(start_reaper: StartReaper, shared: Path) -> None:
    paths = [path for path in (shared / "reaper/projects").iterdir() if path.suffix.lower() == ".rpp"]
    reaper = start_reaper(script=None)
    assert len(paths) == 7
    for path in paths:
        data = path.read_bytes()
        tab = reaper.open_tab(data, str(path))
        for place in range(reaper.call("CountTracks", 0)):
            pointer = reaper.call("GetTrack", 0, place)
            for fx in range(reaper.call("TrackFX_GetCount", pointer)):
                reaper.call("TrackFX_GetNumParams", pointer, fx)

        saved = reaper.saved(tab)
        added = set(saved.splitlines()) - set(data.splitlines())
        # REAPER gives GUIDs to what had none when it loads a project.
        assert all(re.search(rb"\{[-0-9A-F]{36}\}", line) for line in added)
        assert [line for line in saved.splitlines() if line not in added] == [
            line for line in data.splitlines() if line in set(saved.splitlines())
        ]


def test_project_ext_state_is_saved_and_undone(rules: Emulator) -> None:
    rules.call("SetProjExtState", 0, "DAW_BRIDGE", "KEY", "a value")

    assert rules.call("GetProjExtState", 0, "DAW_BRIDGE", "key", "", 64)[4] == "a value"
    assert b'  <EXTSTATE\n    <DAW_BRIDGE\n      KEY "a value"\n    >\n  >\n' in rules.saved()
    rules.call("SetProjExtState", 0, "DAW_BRIDGE", "KEY", "")
    assert rules.call("GetProjExtState", 0, "DAW_BRIDGE", "KEY", "", 64)[0] == 0


def test_a_track_chunk_is_the_tracks_text_without_indentation(rules: Emulator) -> None:
    pointer = first_track(rules)
    rules.call("TrackFX_AddByName", pointer, "ReaVerbate", False, -1)

    chunk = rules.call("GetTrackStateChunk", pointer, "", 2**20, False)[2]

    assert chunk.startswith('<TRACK\nNAME "Track 1"\n')
    assert chunk.endswith(">\n")
    assert f"TRACKID {guid(1)}\n" in chunk
    changed = chunk.replace("Track 1", "Lead")
    assert rules.call("SetTrackStateChunk", pointer, changed, False) == 1
    assert rules.call("GetTrackStateChunk", pointer, "", 2**20, False)[2] == changed


def test_sends_follow_their_tracks_when_one_is_deleted(start_reaper: StartReaper) -> None:
    reaper = start_reaper(song(3), script=None)
    tracks = [reaper.call("GetTrack", 0, place) for place in range(3)]
    reaper.call("CreateTrackSend", tracks[1], tracks[2])

    reaper.do("delete_track", 0)

    assert reaper.call("GetTrackNumSends", tracks[1], 0) == 1
    target = reaper.call("GetTrackSendInfo_Value", tracks[1], 0, 0, "P_DESTTRACK")
    assert f"(MediaTrack*)0x{int(target):016X}" == tracks[2]


def test_items_tell_what_their_lines_say(start_reaper: StartReaper) -> None:
    section = (
        item("a.wav")
        .replace(
            "<SOURCE WAVE\n",
            "<SOURCE SECTION\n        LENGTH 2\n        MODE 2\n        STARTPOS 0.5\n        <SOURCE WAVE\n",
        )
        .replace('FILE "a.wav"\n      >', 'FILE "a.wav"\n        >\n      >')
    )
    reaper = start_reaper(song([track(1, inside=section)]), script=None)
    one = reaper.call("GetTrackMediaItem", first_track(reaper), 0)
    source = reaper.call("GetMediaItemTake_Source", reaper.call("GetActiveTake", one))

    assert reaper.call("GetMediaItemInfo_Value", one, "D_FADEINLEN") == 0.01
    assert reaper.call("PCM_Source_GetSectionInfo", source, 0.0, 0.0, False)[2:] == [0.5, 2.0, 1]
    parent = reaper.call("GetMediaSourceParent", source)
    assert reaper.call("GetMediaSourceFileName", parent, "", 512)[1] == str(reaper.resource_path / "a.wav")


def test_the_process_ends_with_its_test_even_while_a_script_holds_it(start_reaper: StartReaper) -> None:
    reaper = start_reaper(song(), script=None)
    path = reaper.resource_path / "endless.py"
    path.write_text("RPR_defer('while True: pass')", "utf-8")
    reaper.do("run_script", str(path))

    reaper.stop()

    assert reaper.process.returncode is not None

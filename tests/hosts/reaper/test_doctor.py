from __future__ import annotations

import dataclasses
import json
import os
import shutil
import socket
import struct
import sys
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from daw_bridge.cli import main
from daw_bridge.hosts.reaper import examination, setup
from daw_bridge.hosts.reaper.configuration import ACTIONS
from daw_bridge.hosts.reaper.doctor import (
    BridgeFacts,
    Facts,
    Finding,
    PythonFacts,
    State,
    findings,
    findings_document,
    findings_report,
    holds,
)
from daw_bridge.hosts.reaper.machine_code import HEAD_BYTES, processors
from daw_bridge.hosts.reaper.own_folder import scripts_folder
from daw_bridge.hosts.reaper.processes import listening_addresses
from daw_bridge.hosts.reaper.python_library import Library

PYTHON = PythonFacts(
    switched_on=True,
    library=PurePosixPath("/usr/lib/libpython3.11.so.1.0"),
    exists=True,
    processors=frozenset({"x86_64"}),
)
BRIDGE = BridgeFacts(port=2306, reaper_version="7.22/linux-x86_64")
SOUND = Facts(
    version="0.1.0",
    resource=PurePosixPath("/home/zoë/.config/REAPER"),
    python=PYTHON,
    actions=dict.fromkeys(ACTIONS, True),
    told={"cli": "/venv/bin/python", "version": "0.1.0"},
    program_exists=True,
    token_private=True,
    running=(77,),
    reaper_processors=frozenset({"x86_64"}),
    listening=(("127.0.0.1", 2306), ("::1", 99)),
    bridge=BRIDGE,
)


def _bad(facts: Facts) -> list[Finding]:
    return [finding for finding in findings(facts) if finding.state is State.BAD]


def test_a_sound_chain_is_said_to_hold():
    found = findings(SOUND)

    assert holds(found)
    assert {finding.state for finding in found} == {State.GOOD}


PYTHON_FAULTS = [
    ({"library": None}, "none is set"),
    ({"switched_on": False}, "switched off"),
    ({"exists": False}, "not there"),
    ({"library": PurePosixPath("/usr/lib/libpython3.7m.so.1.0")}, "older than 3.8"),
    ({"processors": frozenset()}, "no shared library"),
    ({"processors": frozenset({"arm64"})}, "is for arm64, REAPER for x86_64"),
]

FAULTS = [
    *(
        ({"python": dataclasses.replace(PYTHON, **fault)}, "Python in REAPER", words)
        for fault, words in PYTHON_FAULTS
    ),
    ({"python": None}, "Python in REAPER", "none is set"),
    ({"actions": {}}, "actions", "not in the action list: Mix vocal and backing, Show"),
    ({"actions": {**SOUND.actions, "Revert": False}}, "actions", "scripts are gone: Revert"),
    ({"told": None}, "command line tool", "not been told"),
    ({"program_exists": False}, "command line tool", "/venv/bin/python is not there"),
    (
        {"version": "0.2.0"},
        "command line tool",
        "start version 0.1.0",
    ),
    ({"token_private": None}, "token", "there is none"),
    ({"token_private": False}, "token", "other users"),
    ({"bridge": BridgeFacts(port=2306, problem="nobody listens on port 2306")}, "bridge", "nobody listens"),
    ({"bridge": dataclasses.replace(BRIDGE, stock=True)}, "bridge", "reapy's own server"),
    ({"listening": (("0.0.0.0", 2306),)}, "addresses", "other machines reach"),
    ({"listening": (("::", 2307), ("127.0.0.1", 2306))}, "addresses", "[::]:2307"),
]


@pytest.mark.parametrize(("changes", "link", "words"), FAULTS)
def test_each_fault_is_found_once_and_has_a_next_step(changes, link, words):
    bad = _bad(dataclasses.replace(SOUND, **changes))

    assert [finding.link for finding in bad] == [link]
    assert words in bad[0].found
    assert bad[0].next_step


def test_without_reaper_s_settings_nothing_else_is_claimed():
    found = findings(Facts(version="1", resource=None, resource_problem=("no REAPER", "say where"), actions={}))

    assert [(finding.link, finding.found, finding.next_step) for finding in found] == [
        ("REAPER", "no REAPER", "say where")
    ]


def test_a_reaper_that_does_not_run_is_the_one_fault_and_the_bridge_is_unknown():
    bridge = BridgeFacts(port=2306, problem="refused")
    found = findings(dataclasses.replace(SOUND, running=(), listening=None, bridge=bridge))

    assert [finding.link for finding in found if finding.state is State.BAD] == ["REAPER runs"]
    assert [finding.link for finding in found if finding.state is State.UNKNOWN] == ["bridge"]


def test_reapys_own_server_and_a_web_interface_get_different_advice():
    own, web = _bad(dataclasses.replace(SOUND, listening=(("0.0.0.0", 2306), ("0.0.0.0", 2307))))

    assert "Stop the script" in own.next_step
    assert "web interface" in web.next_step


def test_addresses_that_the_system_keeps_to_itself_are_no_fault():
    assert holds(findings(dataclasses.replace(SOUND, listening=None)))


def test_the_report_names_each_link_and_the_document_is_json():
    found = findings(dataclasses.replace(SOUND, token_private=None))

    report = findings_report(found)

    assert all(finding.link in report for finding in found)
    assert "-> Run `daw-bridge setup`." in report
    assert json.loads(json.dumps(findings_document(found)))["holds"] is False


ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 183)
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664)
MACH = struct.pack("<II", 0xFEEDFACF, 0x0100000C)
UNIVERSAL = struct.pack(">II", 0xCAFEBABE, 2) + struct.pack(">5I", 0x01000007, *[0] * 4)
UNIVERSAL += struct.pack(">5I", 0x0100000C, *[0] * 4)


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (ELF, {"arm64"}),
        (PE, {"x86_64"}),
        (MACH, {"arm64"}),
        (UNIVERSAL, {"x86_64", "arm64"}),
        (UNIVERSAL[:9], set()),
        (b"#!/bin/sh\n", set()),
        (b"MZ", set()),
        (b"", set()),
    ],
)
def test_the_processors_of_a_program_are_told_from_its_first_bytes(head, names):
    assert processors(head) == names


def test_this_python_is_for_this_processor():
    with Path(sys.executable).open("rb") as file:
        assert len(processors(file.read(HEAD_BYTES))) >= 1


@pytest.fixture
def resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A resource folder that was set up, of a REAPER that does not run."""
    folder = tmp_path / "REAPER of Zoë"
    folder.mkdir()
    (folder / "reaper.ini").write_bytes(b"[REAPER]\r\n")
    monkeypatch.setattr(setup, "running_reapers", tuple)
    monkeypatch.setattr(examination, "running_reapers", tuple)
    library = tmp_path / "libpython3.11.so.1.0"
    library.write_bytes(ELF)
    monkeypatch.setattr(setup, "find_library", lambda: Library(path=library, interpreter=sys.executable))
    setup.set_up(folder, version="0.1.0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "DAW Bridge" / "bridge.json").write_text(json.dumps({"port": port}), encoding="utf-8")
    return folder


def test_after_setup_the_chain_holds_up_to_reaper_itself(resource):
    found = examination.examine(resource, "0.1.0")

    assert [(finding.link, finding.state) for finding in found] == [
        *((link, State.GOOD) for link in ("REAPER", "Python in REAPER", "actions", "command line tool", "token")),
        ("REAPER runs", State.BAD),
        ("bridge", State.UNKNOWN),
    ]


def test_what_was_broken_since_is_found(resource):
    (resource / "DAW Bridge" / "token").chmod(0o644)
    kb = (resource / "reaper-kb.ini").read_bytes()
    (resource / "reaper-kb.ini").write_bytes(b"".join(kb.splitlines(keepends=True)[:2]))

    found = examination.examine(resource, "0.2.0")

    bad = {finding.link for finding in found if finding.state is State.BAD}
    assert bad == {"actions", "command line tool", "REAPER runs"} | ({"token"} if os.name == "posix" else set())


def test_a_bridge_that_answers_is_asked_for_reaper_s_version(resource, monkeypatch):
    client = SimpleNamespace(stock_server=False, run=lambda *_: {"ok": {"reaper": "7.22"}}, close=lambda: None)
    monkeypatch.setattr(examination, "Client", lambda *_, **__: client)

    assert examination.ask_bridge(resource).reaper_version == "7.22"


def test_the_addresses_of_a_process_are_those_that_it_listens_on():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]

        assert ("127.0.0.1", port) in (listening_addresses(os.getpid()) or ())


def test_the_command_prints_the_list_or_json_and_fails_while_a_link_is_broken(resource):
    listed = CliRunner().invoke(main, ["doctor", "--resource-path", str(resource)])
    document = CliRunner().invoke(main, ["doctor", "--json", "--resource-path", str(resource)])

    assert listed.exit_code == document.exit_code == 1
    assert "-> Start REAPER." in listed.output
    assert json.loads(document.output)["links"][0]["state"] == "good"


def test_once_the_action_has_started_it_the_bridge_answers(start_reaper, resource):
    reaper = start_reaper(script=None)
    port = json.loads((resource / "DAW Bridge" / "bridge.json").read_text(encoding="utf-8"))["port"]
    shutil.copytree(resource / "DAW Bridge", reaper.resource_path / "DAW Bridge")
    before = examination.ask_bridge(reaper.resource_path)

    died = reaper.do("run_script", str(scripts_folder() / ACTIONS["Start bridge"]))
    after = examination.ask_bridge(reaper.resource_path)

    assert died == []
    assert (before.reaper_version, after.problem, after.stock) == (None, "", False)
    assert after.reaper_version == reaper.call("GetAppVersion")
    assert reaper.call("GetExtState", "DAW_BRIDGE", "port") == str(port)


def test_reapy_s_own_server_is_told_from_ours(start_reaper):
    reaper = start_reaper()
    (reaper.resource_path / "DAW Bridge").mkdir()
    settings = json.dumps({"port": reaper.port})
    (reaper.resource_path / "DAW Bridge" / "bridge.json").write_text(settings, encoding="utf-8")

    assert examination.ask_bridge(reaper.resource_path).stock

"""What happens when something breaks in the middle: the project is as before or fully changed, never between."""

from __future__ import annotations

import ast
import contextlib
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.errors import ProjectFileError, ReaperUnreachableError
from daw_bridge.hosts.reaper import client as client_module
from daw_bridge.hosts.reaper.client import Address, Client
from daw_bridge.hosts.reaper.live import open_project
from daw_bridge.hosts.reaper.places import read_token
from daw_bridge.plan import MixPlan, TrackPlan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

GUIDS = tuple(f"{{{number:08X}-2222-3333-4444-555555555555}}" for number in range(1, 3))
SONG = (
    b'<REAPER_PROJECT 0.1 "7.78" 1\n  SAMPLERATE 48000 1 0\n  TEMPO 97.5 4 4\n'
    + b"".join(b"  <TRACK %s\n    NAME Voice\n    VOLPAN 0.5 0 -1 -1 1\n  >\n" % guid.encode() for guid in GUIDS)
    + b">\n"
)
EQ = ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0), Band(frequency_hz=2500.0, gain_db=-2.5)))
PLAN = MixPlan(
    preset="natural",
    predictor="engineers",
    amount=100.0,
    tracks=tuple(
        TrackPlan(
            guid=guid,
            name="Voice",
            role=Role.LEAD_VOCAL,
            fader_db=-6.0,
            eq=EQ,
            comp=ReaComp(threshold_db=-20.0),
            verb=ReaVerbate(wet_db=-20.0),
        )
        for guid in GUIDS
    ),
)
# Releasing cannot fail in REAPER, and there is nothing to be done if it does.
RELEASES = {"PreventUIRefresh", "Undo_EndBlock2", "Undo_CanUndo2", "Undo_DoUndo2", "SelectProjectInstance"}


def applied_once(bench: Any) -> tuple[Any, dict[str, int]]:
    """A bench whose project was mixed and taken back once, and the calls that one mix takes."""
    made = bench(SONG)
    made.open()
    made.reaper.do("forget_calls")
    made.open().apply(PLAN)
    calls = made.reaper.state["calls"]
    made.reaper.do("undo")
    return made, calls


def test_a_fault_in_any_call_leaves_the_project_as_it_was(bench: Any) -> None:
    made, calls = applied_once(bench)
    before, points = made.reaper.saved(), made.reaper.state["undo"]
    tried = 0
    for name in sorted(set(calls) - RELEASES):
        for nth in sorted({1, 2, calls[name] // 2, calls[name]} - {0}):
            live = made.open()
            made.reaper.do("fail_in", name, nth)
            with contextlib.suppress(ReaperUnreachableError):
                live.apply(PLAN)
                made.reaper.do("fail_in", None)
                made.reaper.do("undo")
                continue
            made.reaper.do("fail_in", None)
            tried += 1

            assert made.reaper.saved() == before, (name, nth)
            assert made.reaper.state["undo"] == points, (name, nth)
    assert tried > 40
    assert made.open().apply(PLAN).changed


class Cut:
    """Between client and server: lets so many bytes of the client through and then cuts the line, as if it died."""

    def __init__(self, port: int) -> None:
        self.left: float = float("inf")
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError), source, target:
            while data := source.recv(1 << 16):
                if counted:
                    data, self.left = data[: int(min(self.left, len(data)))], self.left - len(data)
                target.sendall(data)
                if self.left <= 0:
                    break
            for one in (source, target):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def test_a_client_that_dies_at_any_byte_changes_nothing_or_all(bench: Any, monkeypatch: Any) -> None:
    made = bench(SONG)
    before = made.reaper.saved()
    cut = Cut(made.reaper.port)
    address = Address(port=cut.port, token=read_token(made.reaper.resource_path))
    client = Client(address, answer_s=5.0)
    open_project(client)
    sizes: list[int] = []
    send = client_module._Line._exchange
    monkeypatch.setattr(
        client_module._Line, "_exchange", lambda line, data: sizes.append(len(data)) or send(line, data)
    )
    open_project(client).apply(PLAN)
    made.reaper.do("undo")
    whole = sizes[-1] + 8

    for sent in (1, 7, 8, 9, whole // 3, whole - 1, whole):
        live = open_project(client)
        cut.left = sent
        with contextlib.suppress(ReaperUnreachableError):
            live.apply(PLAN)
        cut.left = float("inf")
        made.open()  # what was sent is done by now

        points = made.reaper.state["undo"]
        if points == []:
            assert made.reaper.saved() == before
        else:
            assert sent == whole
            assert points == ["DAW Bridge: mix (natural)"]
            assert not made.open().apply(PLAN).changed
    client.close()
    cut.close()


def test_a_mismatch_that_cannot_be_undone_is_said(bench: Any) -> None:
    made = bench(SONG, set_param_fails=("Threshold",))
    live = made.open()
    made.reaper.do("fail_in", "Undo_DoUndo2", 1)

    with pytest.raises(ProjectFileError) as caught:
        live.apply(PLAN)

    assert "Ctrl+Z" in caught.value.hint


@pytest.mark.parametrize("name", ["inside.py", "server.py"])
def test_what_runs_in_reaper_is_plain_old_python(name: str) -> None:
    source = Path(client_module.__file__).with_name(name).read_text("utf-8")

    tree = ast.parse(source, feature_version=(3, 8))

    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_any_request_is_answered_with_an_error_of_ours(bench: Any) -> None:
    made = bench(SONG)
    requests: list[object] = ["", [], 3, None, {"project": 3}, {"tracks": [{}]}, {"project": {}}]
    for operation in ("apply", "verify", "revert", "no such thing"):
        for data in requests:
            answer = made.client.run(operation, data)

            assert answer["error"] == "failed", (operation, data)
    assert made.reaper.state["undo"] == []
    assert made.reaper.state["died"] == []

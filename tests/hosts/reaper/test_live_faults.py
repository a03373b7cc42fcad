"""The project in REAPER is as before or fully mixed, whoever dies and whatever fails in between."""

from __future__ import annotations

import dataclasses
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from daw_bridge.errors import DawBridgeError, ReaperUnreachableError
from daw_bridge.hosts.reaper import client as client_module
from daw_bridge.hosts.reaper.client import STOCK_WARNING, Address, Client
from daw_bridge.hosts.reaper.live import open_project
from daw_bridge.hosts.reaper.places import read_token
from daw_bridge.plan import MixPlan, TrackPlan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role
from emulator.plugin import StartReaper
from emulator.running import Emulator
from emulator.songs import guid, song

EQ = ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0), Band(frequency_hz=2500.0, gain_db=-2.5)))
COMP = ReaComp(threshold_db=-22.3, ratio=3.0, attack_ms=12.0, wet_db=4.0)
VERB = ReaVerbate(wet_db=-21.7, room_size=0.6)
POINT = "DAW Bridge: mix (natural)"


def plan_for(tracks: int, **values: Any) -> MixPlan:
    base = TrackPlan(guid="", name="", role=Role.LEAD_VOCAL, fader_db=-6.0, eq=EQ, comp=COMP, verb=VERB)
    made = (
        dataclasses.replace(base, guid=guid(number), name=f"Track {number}", **values)
        for number in range(1, tracks + 1)
    )
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tuple(made))


def address(reaper: Emulator) -> Address:
    return Address(port=reaper.port, token=read_token(reaper.resource_path))


Line = Callable[..., Client]


@pytest.fixture
def line() -> Iterator[Line]:
    """Makes clients, and hangs up at the end."""
    clients: list[Client] = []

    def make(reaper: Emulator, kind: type[Client] = Client, **deadlines: float) -> Client:
        clients.append(kind(address(reaper), **deadlines))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(params=["daw-bridge", "reapy"])
def either(request: pytest.FixtureRequest, start_reaper: StartReaper) -> Emulator:
    """REAPER with our server or with reapy's, and a song of two tracks."""
    return start_reaper(song(), script=request.param)


# The size of the job.


def test_eight_tracks_with_three_plugins_each_are_three_requests(either: Emulator, line: Line) -> None:
    either.open_tab(song(8), "/elsewhere/song.rpp")
    client = line(either)
    open_project(client)
    before = client.requests

    live = open_project(client)
    applied = live.apply(plan_for(8))
    differences = live.verify(applied)

    assert client.requests == before + 3
    assert differences == ()
    assert either.state["undo"] == [POINT]
    assert either.saved().count(b"DAW Bridge: ") == 24


# Faults in REAPER.


def test_whichever_call_fails_the_project_is_as_before_or_fully_mixed(
    start_reaper: StartReaper, line: Line
) -> None:
    reaper = start_reaper(song(1), script="daw-bridge")
    client, plan = line(reaper), plan_for(1)
    before, outcomes = reaper.saved(), []
    for step in range(1, 2000):
        live = open_project(client)
        reaper.do("fail_in", "*", step)
        try:
            live.apply(plan)
        except DawBridgeError as error:
            outcomes.append(error.hint)
        else:
            break

        if reaper.state["undo"]:  # all was done when the call failed
            assert reaper.state["undo"] == [POINT]
            assert open_project(client).saved.plan == plan  # type: ignore[union-attr]
            reaper.do("undo")
        assert reaper.saved() == before
    else:
        pytest.fail("it never came to an end")

    assert len(outcomes) > 100
    assert all("as it was" in hint for hint in outcomes)
    assert reaper.state["died"] == []


# Clients that die.


def frame(data: object) -> bytes:
    text = json.dumps(data).encode()
    return len(text).to_bytes(8, "little") + text


def apply_frame(reaper: Emulator, line: Line, plan: MixPlan) -> bytes:
    """The very bytes in which our client asks for a plan to be applied."""
    sent: list[bytes] = []

    class Recording(Client):
        def run(self, operation: str, data: object) -> dict[str, Any]:
            if operation != "apply":
                return super().run(operation, data)
            values = {
                "name": client_module._MODULE,
                "version": client_module.version(),
                "operation": operation,
                "text": json.dumps(data),
            }
            function = {"__callable__": True, "module_name": "builtins", "name": "eval"}
            sent.append(
                frame({"function": function, "input": {"args": [client_module._CALL, values], "kwargs": {}}})
            )
            raise InterruptedError

    with pytest.raises(InterruptedError):
        open_project(line(reaper, Recording)).apply(plan)
    return sent[0]


def trusted_socket(reaper: Emulator) -> socket.socket:
    """A connection of our client's after the token was shown, as it is when an apply begins."""
    client = Client(address(reaper))
    client.stock_server  # noqa: B018 - connects
    assert client._line is not None
    return client._line.socket


def gone(peer: socket.socket, *, reset: bool) -> None:
    """What the system does with the sockets of a killed process: closed, or reset if there was something unread."""
    if reset:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_client_killed_at_any_byte_leaves_the_project_as_before_or_fully_mixed(
    start_reaper: StartReaper, line: Line, reset: bool
) -> None:
    reaper, plan = start_reaper(song(1), script="daw-bridge"), plan_for(1)
    before, request = reaper.saved(), apply_frame(reaper, line, plan)
    for sent in (0, 1, 7, 8, 9, len(request) // 2, len(request) - 1):
        peer = trusted_socket(reaper)
        peer.sendall(request[:sent])
        gone(peer, reset=reset)

        assert open_project(line(reaper)).saved is None
        assert reaper.saved() == before

    peer = trusted_socket(reaper)
    peer.sendall(request)
    wait_until(lambda: reaper.state["undo"] == [POINT])
    gone(peer, reset=reset)

    live = open_project(line(reaper))
    assert live.saved is not None
    assert live.saved.plan == plan
    assert not live.apply(plan).changed


def test_a_client_killed_while_it_holds_does_not_keep_us_out(start_reaper: StartReaper, line: Line) -> None:
    reaper = start_reaper(song(1), script="daw-bridge")
    peer = trusted_socket(reaper)
    peer.sendall(frame({"function": "HOLD", "input": {"args": [], "kwargs": {}}}))
    time.sleep(0.05)
    gone(peer, reset=True)

    assert open_project(line(reaper)).apply(plan_for(1)).changed


# What stops reapy's own server (tests/emulator shows that it does) must not stop ours.


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        len(b"garbage!").to_bytes(8, "little") + b"garbage!",
        frame({"function": {"__callable__": True, "module_name": "not_there", "name": "x"}}),
        frame({"function": "HOLD", "input": None}),
        b"\x10\x00\x00",
        (1000).to_bytes(8, "little") + b"half",
        b"",
    ],
    ids=["HTTP", "garbage", "unknown module", "hold", "three bytes", "half a frame", "port scan"],
)
def test_what_stops_reapys_server_does_not_stop_ours(
    start_reaper: StartReaper, line: Line, request_text: bytes
) -> None:
    reaper = start_reaper(song(1), script="daw-bridge")
    peer = socket.create_connection(("127.0.0.1", reaper.port))
    peer.sendall(request_text)

    assert open_project(line(reaper)).apply(plan_for(1)).changed
    peer.close()
    assert open_project(line(reaper)).revert().changed
    assert reaper.state["died"] == []


# REAPER that does not answer.


def test_a_dialog_in_reaper_is_waited_for_and_then_told_of(either: Emulator, line: Line) -> None:
    live = open_project(line(either, answer_s=0.3, connect_s=0.3))
    either.do("modal", is_open=True)

    with pytest.raises(ReaperUnreachableError, match=r"did not answer for 0.3 s") as caught:
        open_project(live.client)

    assert "dialog" in caught.value.hint
    with pytest.raises(ReaperUnreachableError, match="says nothing"):  # the next connection is not greeted
        open_project(live.client)


def test_an_answer_that_came_too_late_is_never_taken_for_the_next(either: Emulator, line: Line) -> None:
    client = line(either, answer_s=0.3, connect_s=5.0)
    open_project(client)
    either.do("slow", 0.4)
    with pytest.raises(ReaperUnreachableError):
        client.run("snapshot", {})
    either.do("slow", 0.0)

    answer = client.run("no such operation", {})

    assert answer["error"] == "failed"
    assert "no such operation" in answer["message"]


def test_a_plan_that_was_put_in_while_we_no_longer_listened_is_found(start_reaper: StartReaper, line: Line) -> None:
    reaper, plan = start_reaper(song(1), script="daw-bridge"), plan_for(1)
    live = open_project(line(reaper, answer_s=0.2))
    reaper.do("modal", is_open=True)
    with pytest.raises(ReaperUnreachableError):
        live.apply(plan)

    reaper.do("modal", is_open=False)

    # The request lay in REAPER's door: either it was read before we hung up, or not at all.
    again = open_project(line(reaper))
    done = again.saved is not None
    assert reaper.state["undo"] == ([POINT] if done else [])
    assert again.apply(plan).changed is not done


def test_a_reaper_that_restarts_is_reached_again_by_the_same_client(either: Emulator, line: Line) -> None:
    live = open_project(line(either))
    live.apply(plan_for(1))
    either.restart()
    assert either.state["undo"] == []

    assert open_project(live.client).apply(plan_for(1)).changed


def test_no_reaper_is_told_at_once(start_reaper: StartReaper, line: Line) -> None:
    reaper = start_reaper(song(1), script="daw-bridge")
    client = line(reaper)
    reaper.stop()
    started = time.monotonic()

    with pytest.raises(ReaperUnreachableError, match="does not answer"):
        open_project(client)

    assert time.monotonic() - started < 1.0


def test_reapys_server_is_warned_of(either: Emulator, line: Line) -> None:
    ours = "reapy" not in either.state["scripts"][0]

    assert open_project(line(either)).warnings == (() if ours else (STOCK_WARNING,))


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.01)

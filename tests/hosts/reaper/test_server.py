from __future__ import annotations

import contextlib
import json
import random
import runpy
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.errors import ReaperUnreachableError
from daw_bridge.hosts.reaper import server
from daw_bridge.hosts.reaper.client import Address, Client
from emulator.plugin import StartReaper

TOKEN = "ab" * 32
NOTE = {"__callable__": True, "module_name": "builtins", "name": "exec"}


class Ticking:
    """A server that ticks as in REAPER, in a thread."""

    def __init__(self, *, check_token: bool, hz: float = 500.0) -> None:
        self.server = server.Server(0, TOKEN, check_token=check_token)
        self.longest_tick_s = 0.0
        self._pause_s, self._going = 1.0 / hz, True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self._going:
            started = time.monotonic()
            self.server.tick()
            self.longest_tick_s = max(self.longest_tick_s, time.monotonic() - started)
            time.sleep(self._pause_s)
        self.server.close()

    @property
    def port(self) -> int:
        return self.server.port

    def stop(self) -> None:
        self._going = False
        self._thread.join()


@pytest.fixture
def ticking() -> Iterator[Callable[..., Ticking]]:
    started: list[Ticking] = []

    def start(**options: Any) -> Ticking:
        started.append(Ticking(**options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def asking(ticking: Callable[..., Ticking]) -> Ticking:
    return ticking(check_token=True)


@pytest.fixture
def open_to_all(ticking: Callable[..., Ticking]) -> Ticking:
    return ticking(check_token=False)


@pytest.fixture
def peer_at() -> Iterator[Callable[[int], Peer]]:
    """Makes peers, and lets them go at the end."""
    with contextlib.ExitStack() as stack:

        def made(port: int) -> Peer:
            peer = Peer(port)
            stack.callback(peer.socket.close)
            return peer

        yield made


PeerAt = Callable[[int], "Peer"]


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def request(function: Any, *args: Any) -> bytes:
    return frame(json.dumps({"function": function, "input": {"args": args, "kwargs": {}}}).encode())


def write_to(path: Path) -> bytes:
    """A request that would leave a file behind."""
    return request(NOTE, f"open({str(path)!r}, 'w').close()", {})


class Peer:
    """A plain socket at the server's port, after the greeting."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5.0)
        self.greeting = self.read()

    def read(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(8), "little"))

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self.socket.recv(length - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def ask(self, function: Any, *args: Any) -> Any:
        self.socket.sendall(request(function, *args))
        return json.loads(self.read())


def call(name: str, module: str = "builtins") -> dict[str, Any]:
    return {"__callable__": True, "module_name": module, "name": name}


def answers(port: int) -> bool:
    """Whether a good client is answered: its code is taken, and only then it shows that there is no REAPER here."""
    client = Client(Address(port=port, token=TOKEN), answer_s=5.0)
    try:
        client.run("snapshot", {})
    except ReaperUnreachableError as error:
        return "No module named 'reaper_python'" in error.message
    finally:
        client.close()
    return False


# Who may do what.


def test_nobody_is_heard_but_at_this_machine(asking: Ticking) -> None:
    assert asking.server._listening.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "function",
    [
        NOTE,
        call("open", "io"),
        call("system", "os"),
        call("_get_api_names", "reapy.reascript_api"),
        "HOLD",
        "AUTHENTICATE",
    ],
    ids=str,
)
def test_nothing_is_done_for_a_stranger(asking: Ticking, tmp_path: Path, function: Any, peer_at: PeerAt) -> None:
    peer = peer_at(asking.port)

    answer = peer.ask(function, str(tmp_path / "here"), "w")

    assert answer["type"] == "error"
    assert not list(tmp_path.iterdir())
    assert peer.socket.recv(1) == b""


def test_nothing_is_imported_for_a_stranger(
    asking: Ticking, tmp_path: Path, monkeypatch: Any, peer_at: PeerAt
) -> None:
    (tmp_path / "a_trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    monkeypatch.syspath_prepend(str(tmp_path))

    peer_at(asking.port).ask(call("anything", "a_trap"))

    assert not (tmp_path / "sprung").exists()


def test_a_wrong_token_opens_nothing(asking: Ticking) -> None:
    client = Client(Address(port=asking.port, token="cd" * 32))

    with pytest.raises(ReaperUnreachableError, match="not the token"):
        client.run("snapshot", {})


def test_a_proof_is_good_for_one_connection_only(asking: Ticking, peer_at: PeerAt) -> None:
    from daw_bridge.hosts.reaper.client import greeting_of, proof

    first, second = peer_at(asking.port), peer_at(asking.port)
    greeting = greeting_of(first.greeting.decode())
    assert greeting is not None
    shown = proof(TOKEN, "client", greeting, "nonce")

    assert first.ask("AUTHENTICATE", "nonce", shown) == {
        "type": "result",
        "value": proof(TOKEN, "server", greeting, "nonce"),
    }
    assert second.ask("AUTHENTICATE", "nonce", shown)["type"] == "error"


def test_the_token_is_made_once_and_readable_by_its_user_alone(tmp_path: Path) -> None:
    token = server.make_token(tmp_path)

    assert server.make_token(tmp_path) == token
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(token)) == 32


# What nobody can stop.


def hostile(random_: random.Random, marker: Path) -> bytes:
    """Something that a good client never sends."""
    kind = random_.randrange(9)
    good = write_to(marker)
    return (
        b"GET / HTTP/1.1\r\nHost: localhost:2306\r\n\r\n",
        random_.randbytes(random_.randrange(1, 300)),
        good,
        good[: random_.randrange(1, len(good))],
        frame(random_.randbytes(random_.randrange(1, 200))),
        frame(b"[" * random_.randrange(1, 4000)),
        (1 << random_.randrange(13, 63)).to_bytes(8, "little") + b"x" * 100,
        frame(
            random_.choice([b"null", b"{}", b"[]", b'"x"', b'{"function": 3}', b'{"function": {"__reapy__": 1}}'])
        ),
        bytes(8) + good,
    )[kind]


def test_a_thousand_hostile_inputs_stop_nothing_and_run_nothing(asking: Ticking, tmp_path: Path) -> None:
    random_, half_open = random.Random(2306), []
    marker = tmp_path / "marker"
    for number in range(1000):
        peer = socket.create_connection(("127.0.0.1", asking.port), timeout=5.0)
        with contextlib.suppress(OSError):
            peer.sendall(hostile(random_, marker))
        if number % 5:
            peer.close()
        else:
            half_open.append(peer)
        if number % 100 == 0:
            assert answers(asking.port)

    assert answers(asking.port)
    assert not marker.exists()
    assert asking.longest_tick_s < 0.5
    for peer in half_open:
        peer.close()


@pytest.mark.parametrize("count", [1, 40])
def test_open_connections_that_say_nothing_keep_no_client_out(asking: Ticking, count: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", asking.port)) for _ in range(count)]

    assert answers(asking.port)
    for peer in silent:
        peer.close()


def test_half_a_frame_stops_nobody_else(open_to_all: Ticking, peer_at: PeerAt) -> None:
    peer = peer_at(open_to_all.port)
    peer.socket.sendall((1000).to_bytes(8, "little") + b"half")

    assert peer_at(open_to_all.port).ask(call("len"), "four")["value"] == 4


@pytest.mark.parametrize(
    ("function", "args", "error"),
    [
        (call("nothing", "no_such_module"), (), "No module named"),
        (call("nothing"), (), "has no attribute"),
        (call("set"), ([1],), "cannot be sent"),
        (call("int"), ("x",), "invalid literal"),
        (call("exit", "sys"), (), "SystemExit"),
        (call("urandom", "os"), (4,), "cannot be sent"),
        ("NO_SUCH_VERB", (), "not callable"),
    ],
)
def test_every_error_is_answered(
    open_to_all: Ticking, function: Any, args: tuple[Any, ...], error: str, peer_at: PeerAt
) -> None:
    peer = peer_at(open_to_all.port)

    answer = peer.ask(function, *args)

    assert answer["type"] == "error"
    assert error in answer["traceback"]
    assert peer.ask(call("len"), "four")["value"] == 4


def test_a_peer_that_dies_while_it_holds_stops_nothing(open_to_all: Ticking, peer_at: PeerAt) -> None:
    peer = peer_at(open_to_all.port)
    peer.ask("HOLD")
    peer.socket.close()

    assert peer_at(open_to_all.port).ask(call("len"), "four")["value"] == 4
    assert open_to_all.longest_tick_s < 1.0


def test_a_hold_ends_by_itself(open_to_all: Ticking, monkeypatch: Any, peer_at: PeerAt) -> None:
    monkeypatch.setattr(server, "_HOLD_IDLE_S", 0.2)
    peer = peer_at(open_to_all.port)
    peer.ask("HOLD")

    time.sleep(0.4)

    assert peer_at(open_to_all.port).ask(call("len"), "four")["value"] == 4
    assert open_to_all.longest_tick_s < 0.4
    assert peer.socket.recv(1) == b""


def test_what_takes_too_long_to_come_is_given_up(open_to_all: Ticking, monkeypatch: Any, peer_at: PeerAt) -> None:
    monkeypatch.setattr(server, "_PARTIAL_S", 0.1)
    peer = peer_at(open_to_all.port)

    peer.socket.sendall(b"123")

    assert peer.socket.recv(1) == b""


def test_large_requests_and_answers_pass(open_to_all: Ticking, peer_at: PeerAt) -> None:
    peer = peer_at(open_to_all.port)

    answer = peer.ask(call("str"), "x" * 5_000_000)

    assert len(answer["value"]) == 5_000_000


def test_follow_up_requests_do_not_wait_for_the_next_tick(ticking: Callable[..., Ticking], peer_at: PeerAt) -> None:
    peer = peer_at(ticking(check_token=False, hz=10.0).port)
    started = time.monotonic()

    for _ in range(20):
        peer.ask(call("len"), "four")

    assert time.monotonic() - started < 1.0  # 20 ticks would take 2 s


def test_a_tick_without_requests_takes_no_time(open_to_all: Ticking, peer_at: PeerAt) -> None:
    peers = [peer_at(open_to_all.port) for _ in range(3)]
    time.sleep(0.1)
    open_to_all.longest_tick_s = 0.0

    time.sleep(0.2)

    assert open_to_all.longest_tick_s < 0.002
    assert peers


def test_a_port_that_is_taken_is_said_in_the_console(asking: Ticking, tmp_path: Path) -> None:
    (tmp_path / "DAW Bridge").mkdir()
    (tmp_path / "DAW Bridge" / "bridge.json").write_text(json.dumps({"port": asking.port}))
    said: list[str] = []

    class Reaper:
        RPR_GetResourcePath = staticmethod(lambda: str(tmp_path))
        RPR_ShowConsoleMsg = staticmethod(said.append)

    server.main(Reaper)

    assert len(said) == 1
    assert "cannot be started" in said[0]


# With reapy.


def test_reapys_own_client_works_when_the_token_is_not_asked_for(start_reaper: StartReaper) -> None:
    reaper = start_reaper(script="daw-bridge", check_token=False)
    reaper.call("InsertTrackAtIndex", 0, True)

    seen = reaper.reapy("""
        track = reapy.Project().tracks[0]
        track.name = "Voice"
        fx = track.add_fx("ReaComp")
        with reapy.inside_reaper():
            fx.params[0] = 0.5
            names = [one.name for one in reapy.Project().tracks]
        result = [names, fx.name, len(fx.params), fx.params[0], RPR.CountTracks(0)]
    """)

    assert seen == [["Voice"], "VST: ReaComp (Cockos)", 24, 0.5, 1]


def test_the_file_says_nothing_when_it_is_only_loaded() -> None:
    names = runpy.run_path(server.__file__, run_name="not main")

    assert callable(names["main"])

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.errors import ReaperUnreachableError
from daw_bridge.hosts.reaper.client import Address, Client, greeting_of
from daw_bridge.hosts.reaper.places import BridgeSettings, read_settings, read_token, settings_path, token_path

GREETING = b"('127.0.0.1', 50000)"


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves each connection with a function, in a thread; gives the port."""
    with contextlib.ExitStack() as stack:

        def start(answer: Callable[[socket.socket], None]) -> int:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=_accept, args=(listening, answer), daemon=True).start()
            # A thread that waits in accept() is not woken by close() alone.
            stack.callback(listening.shutdown, socket.SHUT_RDWR)
            return int(listening.getsockname()[1])

        yield start


def _accept(listening: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            peer, _ = listening.accept()
        except OSError:
            return
        with peer, contextlib.suppress(OSError):
            answer(peer)


def client_at(port: int, **options: Any) -> Client:
    return Client(Address(port=port), connect_s=0.3, **{"answer_s": 0.3, **options})


def silent(peer: socket.socket) -> None:
    peer.recv(1)


def greets_only(peer: socket.socket) -> None:
    peer.sendall(frame(GREETING))
    while peer.recv(1 << 16):
        pass


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    def answer(peer: socket.socket) -> None:
        peer.sendall(frame(GREETING))
        for one in answers:
            peer.recv(1 << 20)
            peer.sendall(one)
        peer.recv(1)

    return answer


def result(value: object) -> bytes:
    return frame(json.dumps({"type": "result", "value": value}).encode())


def test_where_nothing_listens_it_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    with pytest.raises(ReaperUnreachableError) as caught:
        client_at(port).run("snapshot", {})

    assert f"REAPER does not answer on 127.0.0.1:{port}" in caught.value.message
    assert "Start bridge" in caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (silent, "says nothing within"),
        (greets_only, "did not answer for"),
        (lambda peer: peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not REAPER's bridge"),
        (lambda peer: peer.sendall(frame(b"\xff\xfe")), "not REAPER's bridge"),
        (answering(b"\x05"), "did not answer for"),
        (answering((100).to_bytes(8, "little") + b"{"), "did not answer for"),
        (answering(frame(b"no json")), "broke"),
        (answering((1 << 60).to_bytes(8, "little")), "broke"),
        (answering(frame(b"[]")), "refused"),
        (answering(result("null")), "instead of a result"),
        (answering(result(3)), "instead of a result"),
        (answering(frame(b'{"type": "error", "traceback": "Traceback\\n  x\\nOSError: disk"}')), "OSError: disk"),
    ],
)
def test_every_fault_is_an_error_in_time(serve: Serve, answer: Any, message: str) -> None:
    client = client_at(serve(answer))
    started = time.monotonic()

    with pytest.raises(ReaperUnreachableError, match=message):
        client.run("snapshot", {})

    assert time.monotonic() - started < 1.5
    client.close()


def test_an_answer_that_comes_too_late_is_never_taken_for_the_next(serve: Serve) -> None:
    numbers = iter(range(1, 100))

    def late_once(peer: socket.socket) -> None:
        peer.sendall(frame(GREETING))
        while peer.recv(1 << 20):
            number = next(numbers)
            time.sleep(0.5 if number == 1 else 0.0)
            peer.sendall(result(json.dumps({"ok": number})))

    client = client_at(serve(late_once))
    with pytest.raises(ReaperUnreachableError):
        client.run("snapshot", {})
    time.sleep(0.4)

    assert client.run("snapshot", {}) == {"ok": 2}
    client.close()


def test_an_interrupted_request_closes_the_line(serve: Serve, monkeypatch: Any) -> None:
    client = client_at(serve(answering(result('{"ok": 1}'), result('{"ok": 2}'))))
    assert client.run("snapshot", {}) == {"ok": 1}

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("daw_bridge.hosts.reaper.client._Line._exactly", interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.run("snapshot", {})

    assert client.run("snapshot", {}) == {"ok": 1}
    client.close()


def test_a_line_that_was_hung_up_since_is_made_anew(serve: Serve) -> None:
    hung_up = threading.Event()

    def one_answer(peer: socket.socket) -> None:
        peer.sendall(frame(GREETING))
        # All of the request: what is left unread would turn the end of the line into a reset.
        peer.recv(int.from_bytes(peer.recv(8, socket.MSG_WAITALL), "little"), socket.MSG_WAITALL)
        peer.sendall(result('{"ok": 1}'))
        peer.close()
        hung_up.set()

    client = client_at(serve(one_answer))

    for _ in range(3):
        assert client.run("snapshot", {}) == {"ok": 1}
        assert hung_up.wait(5.0)
        hung_up.clear()
    client.close()


def test_threads_share_a_line_without_mixing_answers(serve: Serve) -> None:
    def echo(peer: socket.socket) -> None:
        peer.sendall(frame(GREETING))
        while head := peer.recv(8, socket.MSG_WAITALL):
            data = peer.recv(int.from_bytes(head, "little"), socket.MSG_WAITALL)
            text = json.loads(data)["input"]["args"][1]["text"]
            peer.sendall(result(json.dumps({"ok": json.loads(text)})))

    client = client_at(serve(echo), answer_s=5.0)
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        for _ in range(20):
            answers[number] = client.run("snapshot", number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {number: {"ok": number} for number in range(8)}
    assert client.requests == 160
    client.close()


def test_another_program_in_the_place_of_the_bridge_is_found_out(serve: Serve) -> None:
    def pretends(peer: socket.socket) -> None:
        peer.sendall(frame(GREETING + b" daw-bridge 1 abcdef"))
        peer.recv(1 << 20)
        peer.sendall(result("0" * 64))

    client = Client(Address(port=serve(pretends), token="ab" * 32))

    with pytest.raises(ReaperUnreachableError, match="does not know the token"):
        client.run("snapshot", {"secret": 1})
    client.close()


def test_our_server_and_reapys_are_told_apart_by_their_greeting() -> None:
    assert greeting_of("('127.0.0.1', 50000) daw-bridge 1 abc") == "abc"
    assert greeting_of("('127.0.0.1', 50000)") is None
    assert greeting_of("") is None


def test_reapys_own_server_serves_with_a_warning(bench: Any) -> None:
    made = bench(b'<REAPER_PROJECT 0.1 "7.0" 1\n  TEMPO 90 4 4\n>\n', script="reapy")

    live = made.open()

    assert live.session.tempo[0].bpm == 90.0
    assert len(live.warnings) == 1
    assert "anybody on the network" in live.warnings[0]


def test_our_own_server_gives_no_warning(bench: Any) -> None:
    assert bench(None).open().warnings == ()


def test_a_dialog_in_reaper_is_an_error_in_time_and_no_trouble_after(bench: Any) -> None:
    made = bench(None)
    client = Client(made.client._address, answer_s=0.3)
    made.reaper.do("modal", is_open=True)

    with pytest.raises(ReaperUnreachableError, match=r"says nothing|did not answer"):
        client.run("snapshot", {})

    made.reaper.do("modal", is_open=False)
    assert "ok" in client.run("snapshot", {})
    client.close()


def test_reapy_is_never_imported() -> None:
    code = (
        "import sys, daw_bridge.hosts.reaper.live as live; "
        "assert not {'reapy', 'numpy'} & set(sys.modules), 'imported'"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


# Where things lie.


def test_without_files_the_settings_are_the_usual_ones(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == BridgeSettings(port=2306, check_token=True)
    assert read_token(tmp_path) is None


def test_the_settings_say_what_the_file_says(tmp_path: Path) -> None:
    settings_path(tmp_path).parent.mkdir()
    settings_path(tmp_path).write_text('{"port": 4000, "check_token": false}')

    assert read_settings(tmp_path) == BridgeSettings(port=4000, check_token=False)


@pytest.mark.parametrize("text", ["", "[]", '{"port": "x"}', '{"port": 0}', '{"port": true}', "\xff"])
def test_broken_settings_are_named(tmp_path: Path, text: str) -> None:
    settings_path(tmp_path).parent.mkdir()
    settings_path(tmp_path).write_text(text, encoding="latin-1")

    with pytest.raises(ReaperUnreachableError, match=r"bridge\.json"):
        read_settings(tmp_path)


@pytest.mark.parametrize(("text", "token"), [("ab" * 32 + "\n", "ab" * 32), ("short", None), ("ä" * 64, None)])
def test_only_a_whole_token_counts(tmp_path: Path, text: str, token: str | None) -> None:
    token_path(tmp_path).parent.mkdir()
    token_path(tmp_path).write_text(text, encoding="utf-8")

    assert read_token(tmp_path) == token

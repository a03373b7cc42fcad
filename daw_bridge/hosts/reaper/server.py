"""The bridge in REAPER: a server for reapy's protocol that nothing sent to its port can stop, block or misuse.

An action runs this file in REAPER's own Python: standard library only, the syntax of Python 3.8, nothing of
daw_bridge. It listens on the loopback address, asks for the token that lies in REAPER's resource folder, readable
by the user alone, and answers within REAPER's deferred calls. With the token check off (`bridge.json`), programs
that use reapy work with it unchanged.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib
import json
import operator
import os
import secrets
import select
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

FOLDER = "DAW Bridge"
HOST = "127.0.0.1"
DEFAULT_PORT = 2306
PROTOCOL = "1"

_TICK_S = 0.02  # the most that is worked in one tick, beyond a request that takes longer itself
_LINGER_S = 0.002  # how long to wait for a request that follows an answer
_HOLD_IDLE_S = 5.0
_HOLD_S = 30.0
_PARTIAL_S = 10.0  # a frame, an answer or a proof that takes longer is given up
_STRANGER_BYTES = 4096
_MOST_BYTES = 64 * 1024 * 1024
_MOST_CONNECTIONS = 32
_NAME = "_daw_bridge_server"


class Connection:
    """One peer: what it sent and is not answered yet, what it was answered and has not taken yet.

    A stranger has not shown yet that it knows the token: it may do that, and nothing else.
    """

    def __init__(self, peer: socket.socket, address: Any, token: str, *, stranger: bool) -> None:
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = peer
        self.trusted = not stranger
        self.holds = 0
        self.gone = False
        self.since = time.monotonic()
        self._token = token
        self._greeting = secrets.token_hex(16)
        self._received, self._unsent = bytearray(), bytearray()
        self._put(f"{address} daw-bridge {PROTOCOL} {self._greeting}".encode("ascii"))

    def read(self) -> None:
        """Take what has come, as much as a frame may be long."""
        try:
            while len(self._received) < 8 + self._limit():
                piece = self.socket.recv(1 << 18)
                if not piece:
                    self.gone = True
                    return
                if not self._received:
                    self.since = time.monotonic()
                self._received += piece
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.gone = True

    def frame(self) -> bytes | None:
        """The next whole frame; a peer that announces too long a one, or an empty one, is let go."""
        if self.gone or len(self._received) < 8:
            return None
        length = int.from_bytes(self._received[:8], "little")
        if not 0 < length <= self._limit():
            self.gone = True
            return None
        if len(self._received) < 8 + length:
            return None
        data = bytes(self._received[8 : 8 + length])
        del self._received[: 8 + length]
        self.since = time.monotonic()
        return data

    def answer(self, data: bytes) -> None:
        """Do what a frame asks for, and answer, whatever happens."""
        try:
            result = {"type": "result", "value": self._value(data)}
            self._put(json.dumps(result, default=_encoded).encode())
        except BaseException:  # also SystemExit: nothing that is asked for may end the server
            self._put(json.dumps({"type": "error", "traceback": traceback.format_exc()}).encode())
            self.gone = self.gone or not self.trusted

    def write(self) -> None:
        """Give what the peer takes."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent[: 1 << 18])]
                self.since = time.monotonic()
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.gone = True

    def is_stale(self, now: float) -> bool:
        """Whether it has not finished in time what it has begun."""
        return bool(self._received or self._unsent or not self.trusted) and now - self.since > _PARTIAL_S

    def has_unsent(self) -> bool:
        """Whether the peer has yet to take something."""
        return bool(self._unsent)

    def _limit(self) -> int:
        return _MOST_BYTES if self.trusted else _STRANGER_BYTES

    def _put(self, data: bytes) -> None:
        self._unsent += len(data).to_bytes(8, "little") + data
        self.write()

    def _value(self, data: bytes) -> Any:
        # Before the peer is trusted nothing is looked up that it names: that would import and call.
        request = json.loads(data.decode(), object_hook=_decoded if self.trusted else None)
        function = request["function"]
        if function == "AUTHENTICATE":
            return self._authenticate(*request["input"]["args"])
        if not self.trusted:
            raise PermissionError("the bridge asks for its token")
        if function in ("HOLD", "RELEASE"):
            self.holds = max(0, self.holds + (1 if function == "HOLD" else -1))
            return None
        return function(*request["input"]["args"], **request["input"]["kwargs"])

    def _authenticate(self, nonce: str, proof: str) -> str:
        if not hmac.compare_digest(str(proof), self._proof("client", nonce)):
            raise PermissionError("this is not the token of the bridge")
        self.trusted = True
        return self._proof("server", nonce)

    def _proof(self, who: str, nonce: str) -> str:
        text = f"{who} {self._greeting} {nonce}"
        return hmac.new(self._token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _decoded(found: Any) -> Any:
    """What reapy's client writes for functions, for its own objects and for slices."""
    if "__callable__" in found:
        return operator.attrgetter(found["name"])(importlib.import_module(found["module_name"]))
    if "__reapy__" in found:
        kind = getattr(importlib.import_module("reapy.core"), found["class"])
        return kind(*found["args"], **found["kwargs"])
    if "__slice__" in found:
        return slice(*found["args"])
    return found


def _encoded(value: Any) -> Any:
    """The same the other way round."""
    if hasattr(value, "_to_dict"):
        return value._to_dict()
    if callable(value):
        return {"__callable__": True, "module_name": value.__module__, "name": value.__qualname__}
    if isinstance(value, slice):
        return {"__slice__": True, "args": (value.start, value.stop, value.step)}
    raise TypeError(f"{type(value).__name__} cannot be sent")


class Server:
    """Listens, and works in ticks. Waits for no peer longer than said above; raises for nothing that one does."""

    def __init__(self, port: int, token: str, *, check_token: bool = True) -> None:
        self._token, self._check_token = token, check_token
        self._connections: list[Connection] = []
        self._listening = _loopback_socket(port)
        self.port = self._listening.getsockname()[1]

    def tick(self) -> None:
        """Answer what there is to answer. Stays while a peer holds, which it may not do for long."""
        started, answered = time.monotonic(), None
        while True:
            if self._work():
                answered = time.monotonic()
            now = time.monotonic()
            if any(connection.holds for connection in self._connections):
                if now - started > _HOLD_S or now - (answered or started) > _HOLD_IDLE_S:
                    self._end_holds()
            elif answered is None or now - started > _TICK_S or now - answered > _LINGER_S:
                return
            self._wait(_LINGER_S)

    def close(self) -> None:
        """Stop listening and hang up."""
        for connection in self._connections:
            connection.socket.close()
        self._connections.clear()
        self._listening.close()

    def _work(self) -> bool:
        """One round; whether anything was answered."""
        self._accept()
        answered = False
        for connection in self._connections:
            connection.write()
            connection.read()
            data = connection.frame()
            if data is not None:
                connection.answer(data)
                answered = True
        self._let_go()
        return answered

    def _accept(self) -> None:
        for _ in range(_MOST_CONNECTIONS):
            try:
                peer, address = self._listening.accept()
                new = Connection(peer, address, self._token, stranger=self._check_token)
            except OSError:  # nobody there, or gone already
                return
            if len(self._connections) >= _MOST_CONNECTIONS:
                self._make_room()
            self._connections.append(new)

    def _end_holds(self) -> None:
        for connection in self._connections:
            connection.gone = connection.gone or connection.holds > 0
        self._let_go()

    def _make_room(self) -> None:
        """The peer that has been silent for longest goes, strangers first."""
        longest = min(self._connections, key=lambda connection: (connection.trusted, connection.since))
        longest.gone = True
        self._let_go()

    def _let_go(self) -> None:
        now = time.monotonic()
        for connection in self._connections:
            if connection.gone or connection.is_stale(now):
                connection.write()
                connection.socket.close()
                connection.gone = True
        self._connections = [connection for connection in self._connections if not connection.gone]

    def _wait(self, seconds: float) -> None:
        sockets = [connection.socket for connection in self._connections]
        unsent = [connection.socket for connection in self._connections if connection.has_unsent()]
        with contextlib.suppress(OSError, ValueError):
            select.select([self._listening, *sockets], unsent, [], seconds)


def _loopback_socket(port: int) -> socket.socket:
    listening = socket.socket()
    try:
        # On Windows SO_REUSEADDR would let a second program listen on the same port.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        listening.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def read_settings(folder: Path) -> dict[str, Any]:
    """What `bridge.json` says; nothing where it is missing or broken."""
    try:
        settings = json.loads((folder / "bridge.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def make_token(folder: Path) -> str:
    """The token in the folder; made where there is none: readable by its user alone from its first moment."""
    path = folder / "token"
    with contextlib.suppress(OSError, ValueError):
        token = path.read_text(encoding="ascii").strip()
        if len(token) == 64:
            path.chmod(0o600)
            return token
    token, new = secrets.token_hex(32), folder / "token.new"
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(str(new), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(token.encode())
    new.replace(path)
    return token


class Bridge:
    """The server in REAPER's deferred calls. `reaper` has the functions of ReaScript, as `__main__` does there."""

    def __init__(self, reaper: Any) -> None:
        self._reaper = reaper
        folder = Path(reaper.RPR_GetResourcePath()) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        settings = read_settings(folder)
        self._for_reapy = settings.get("check_token") is False
        port = settings.get("port", DEFAULT_PORT)
        self._server = Server(port, make_token(folder), check_token=not self._for_reapy)

    def start(self) -> None:
        """Go on for as long as REAPER runs or until the action is ended."""
        sys.modules[_NAME] = self  # type: ignore[assignment]
        for section, key in self._ext_states():
            self._reaper.RPR_SetExtState(section, key, str(self._server.port), False)
        self._reaper.RPR_atexit(f"import sys; sys.modules[{_NAME!r}].stop()")
        self.tick()

    def tick(self) -> None:
        """One deferred call, which asks for the next one first."""
        self._reaper.RPR_defer(f"import sys; sys.modules[{_NAME!r}].tick()")
        try:
            self._server.tick()
        except Exception:
            # A defect of ours; an error that leaves a deferred call would end the bridge.
            self._reaper.RPR_ShowConsoleMsg(f"DAW Bridge: {traceback.format_exc()}\n")

    def stop(self) -> None:
        """The action has ended."""
        self._server.close()
        for section, key in self._ext_states():
            self._reaper.RPR_DeleteExtState(section, key, False)

    def _ext_states(self) -> list[tuple[str, str]]:
        """Where the port is told, as long as we listen: to our own actions, and to programs that use reapy."""
        return [("DAW_BRIDGE", "port")] + ([("reapy", "server_port")] if self._for_reapy else [])


def main(reaper: Any) -> None:
    """Start the bridge, or say in REAPER's console why it cannot be started."""
    try:
        Bridge(reaper).start()
    except (OSError, OverflowError, TypeError) as error:
        reaper.RPR_ShowConsoleMsg(f"DAW Bridge: the bridge cannot be started: {error}\n")


if __name__ == "__main__":
    main(sys.modules["__main__"])

"""The line to REAPER: reapy's protocol with deadlines, one request at a time, closed after any fault.

A frame is its length in 8 bytes, little-endian, and JSON. The server greets first. reapy itself is not used: it
connects when it is imported, waits without end, and mixes up answers after an interrupted call.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from importlib import resources
from typing import Any

from daw_bridge.errors import ReaperUnreachableError
from daw_bridge.hosts.reaper.places import DEFAULT_PORT, HOST

CONNECT_S = 2.0
ANSWER_S = 30.0
"""How long REAPER may take for an answer: it has one thread, and may be busy with the user."""

STOCK_WARNING = (
    "REAPER runs the server that comes with reapy, which anybody on the network can give orders; "
    'run the action "DAW Bridge: Start bridge" instead'
)

_START = (
    'Start REAPER and run the action "DAW Bridge: Start bridge"; '
    "`daw-bridge setup` registers it, `daw-bridge doctor` says what is missing."
)
_MODULE = "_daw_bridge_inside"
_MARK = "daw-bridge"
_MOST_BYTES = 1 << 30

# Run in REAPER by `eval` and `exec`, which every reapy server can call.
_CALL = """
(lambda module: module.dispatch(operation, text) if module and module.VERSION == version else None)(
    __import__("sys").modules.get(name)
)
""".strip()
_INSTALL = """
import sys, types
module = types.ModuleType(name)
module.VERSION = version
exec(compile(source, "daw_bridge/inside.py", "exec"), module.__dict__)
sys.modules[name] = module
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the bridge listens, and the secret that it asks for."""

    host: str = HOST
    port: int = DEFAULT_PORT
    token: str | None = None


class Client:
    """A connection that is made when it is needed, and made anew after any fault. Safe to share between threads.

    `requests` counts what was sent. Every method raises ReaperUnreachableError.
    """

    def __init__(self, address: Address, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> None:
        self._address = address
        self._connect_s, self._answer_s = connect_s, answer_s
        self._lock = threading.Lock()
        self._line: _Line | None = None
        self.requests = 0

    def run(self, operation: str, data: object) -> dict[str, Any]:
        """The answer of `inside.dispatch`; our code is sent into REAPER where it is not there yet."""
        values = {"name": _MODULE, "version": version(), "operation": operation, "text": json.dumps(data)}
        with self._lock:
            answer = self._request("eval", _CALL, values)
            if answer is None:
                self._request("exec", _INSTALL, {"name": _MODULE, "version": version(), "source": _source()})
                answer = self._request("eval", _CALL, values)
        found = json.loads(answer) if isinstance(answer, str) else None
        if not isinstance(found, dict):
            raise ReaperUnreachableError(
                f"REAPER answered {answer!r:.80} instead of a result",
                hint="Is another program listening there? `daw-bridge doctor` tells.",
            )
        return found

    @property
    def stock_server(self) -> bool:
        """Whether reapy's own server is at the other end, which listens on all of the machine's addresses."""
        with self._lock:
            return self._connected().greeting is None

    def close(self) -> None:
        """Hang up. The next request connects again."""
        with self._lock:
            self._hang_up()

    def _request(self, function: str, *args: object) -> Any:
        try:
            line = self._connected()
            self.requests += 1
            return line.call({"__callable__": True, "module_name": "builtins", "name": function}, *args)
        except BaseException:
            # Also after Ctrl-C: an answer that still comes must not be taken for that of the next request.
            self._hang_up()
            raise

    def _connected(self) -> _Line:
        if self._line is not None and self._line.is_closed():
            self._hang_up()
        if self._line is None:
            self._line = _connect(self._address, self._connect_s, self._answer_s)
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.socket.close()
            self._line = None


@functools.cache
def _source() -> str:
    return resources.files(__package__).joinpath("inside.py").read_text(encoding="utf-8")


def version() -> str:
    """What tells whether the code in REAPER is this one."""
    return hashlib.sha256(_source().encode()).hexdigest()[:16]


def greeting_of(text: str) -> str | None:
    """The number in our server's greeting, `('127.0.0.1', 50000) daw-bridge 1 NUMBER`; None in that of reapy's."""
    words = text.split()
    return words[-1] if len(words) > 3 and words[-3] == _MARK else None


def proof(token: str, who: str, greeting: str, nonce: str) -> str:
    """What shows the knowledge of the token without telling it."""
    return hmac.new(token.encode(), f"{who} {greeting} {nonce}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """An open connection. After any exception it must be closed."""

    socket: socket.socket
    answer_s: float
    greeting: str | None = None

    def call(self, function: object, *args: object) -> Any:
        request = {"function": function, "input": {"args": list(args), "kwargs": {}}}
        answer = self._exchange(json.dumps(request).encode())
        if answer.get("type") == "result":
            return answer.get("value")
        text = str(answer.get("traceback", "")).strip().rpartition("\n")[2]
        raise ReaperUnreachableError(
            f"REAPER refused a request: {text:.200}", hint="`daw-bridge doctor` says what is missing."
        )

    def _exchange(self, data: bytes) -> dict[str, Any]:
        deadline = time.monotonic() + self.answer_s
        try:
            self.socket.settimeout(self.answer_s)
            self.socket.sendall(len(data).to_bytes(8, "little") + data)
            answer = json.loads(self.receive(deadline))
        except TimeoutError as error:
            raise ReaperUnreachableError(
                f"REAPER did not answer for {self.answer_s:g} s",
                hint="A dialog may be open in REAPER, or it is busy: look there, then run this again.",
            ) from error
        except (OSError, ValueError) as error:
            raise ReaperUnreachableError(f"the connection to REAPER broke: {error}", hint=_START) from error
        return answer if isinstance(answer, dict) else {}

    def is_closed(self) -> bool:
        """Whether the other end has hung up since, as after a restart of REAPER, or says what nobody asked for."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            pass
        return True

    def receive(self, deadline: float) -> bytes:
        length = int.from_bytes(self._exactly(8, deadline), "little")
        if length > _MOST_BYTES:
            raise ValueError(f"an answer of {length} bytes")
        return self._exactly(length, deadline)

    def _exactly(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            left = deadline - time.monotonic()
            if left <= 0.0:
                raise TimeoutError
            self.socket.settimeout(left)
            piece = self.socket.recv(min(length - len(data), 1 << 20))
            if not piece:
                raise ConnectionError("it was closed by REAPER")
            data += piece
        return bytes(data)


def _connect(address: Address, connect_s: float, answer_s: float) -> _Line:
    where = f"{address.host}:{address.port}"
    try:
        opened = socket.create_connection((address.host, address.port), timeout=connect_s)
    except OSError as error:
        raise ReaperUnreachableError(f"REAPER does not answer on {where}: {error}", hint=_START) from error
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(socket=opened, answer_s=answer_s)
        return _greeted(line, where, connect_s, address.token)
    except BaseException:
        opened.close()
        raise


def _greeted(line: _Line, where: str, connect_s: float, token: str | None) -> _Line:
    try:
        text = line.receive(time.monotonic() + connect_s).decode("ascii")
    except TimeoutError as error:
        raise ReaperUnreachableError(
            f"something listens on {where}, but says nothing within {connect_s:g} s",
            hint="REAPER may show a dialog, or another program has the port: `daw-bridge doctor` tells.",
        ) from error
    except (OSError, ValueError) as error:
        raise ReaperUnreachableError(
            f"what listens on {where} is not REAPER's bridge: {error}", hint=_START
        ) from error
    line = dataclasses.replace(line, greeting=greeting_of(text))
    if line.greeting is not None and token is not None:
        _prove(line, line.greeting, token)
    return line


def _prove(line: _Line, greeting: str, token: str) -> None:
    """Show that we know the token, and see that the server does."""
    nonce = secrets.token_hex(16)
    answer = line.call("AUTHENTICATE", nonce, proof(token, "client", greeting, nonce))
    if not isinstance(answer, str) or not hmac.compare_digest(answer, proof(token, "server", greeting, nonce)):
        raise ReaperUnreachableError(
            "what listens there does not know the token of REAPER's bridge", hint="`daw-bridge doctor` tells."
        )

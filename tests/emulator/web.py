"""REAPER's web interface, as far as reapy needs it: polled on the main thread, actions run before the answer."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from urllib.parse import unquote

from emulator.app import App


class Web:
    """Listens on a port of loopback (REAPER: on all addresses)."""

    def __init__(self, app: App, port: int, run_action: Callable[[str], None]) -> None:
        self._app, self._run_action = app, run_action
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])

    def tick(self) -> None:
        while select.select([self._socket], [], [], 0.0)[0]:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(0.5)
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data and len(data) < 65536:
            part = connection.recv(4096)
            if not part:
                return
            data += part
        path = data.split(b" ", 2)[1].decode()
        commands = unquote(path).removeprefix("/_/").split(";")
        body = "".join(self._command(command) for command in commands).encode()
        head = f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    def _command(self, command: str) -> str:
        words = command[:1023].split("/")
        if words[:2] == ["GET", "EXTSTATE"] and len(words) >= 4:
            value = self._app.ext_state.get((words[2], words[3]), "")
            escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
            return f"EXTSTATE\t{words[2]}\t{words[3]}\t{escaped}\n"
        if words[:2] == ["SET", "EXTSTATE"] and len(words) >= 5:
            self._app.ext_state[words[2], words[3]] = "/".join(words[4:])
        elif len(words) == 1 and words[0]:
            self._run_action(words[0])
        return ""

    def close(self) -> None:
        self._socket.close()

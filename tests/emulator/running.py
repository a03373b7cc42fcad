"""An emulated REAPER from a test's point of view: started, asked, broken in many ways, stopped."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
# Long enough for a script that holds REAPER as long as our server lets it.
_ANSWER_S = 20.0
_PATH = os.pathsep.join(map(str, (TESTS, TESTS.parent)))

# reapy looks for REAPER's web interface at port 2307 while it is imported, and cannot be told another one before.
_REAPY_AT = """
import json, urllib.request
_open = urllib.request.urlopen
urllib.request.urlopen = lambda url, *args, **kwargs: _open(url.replace(':2307/', ':{web_port}/'), *args, **kwargs)
import reapy
from reapy import reascript_api as RPR
result = None
"""


class EmulatorError(Exception):
    """What went wrong inside the emulator, with its traceback."""


class Emulator:
    """A process. Commands that are not methods here are those of `control.Control`."""

    def __init__(
        self,
        resource_path: Path,
        project: Path | None = None,
        *,
        script: str | Path | None = "reapy",
        check_token: bool = True,
        hz: float = 1000.0,
        **options: Any,
    ) -> None:
        self.resource_path = resource_path
        self._config: dict[str, Any] = {
            "resource_path": str(resource_path),
            "project": str(project) if project else None,
            "script": str(script) if script else None,
            "check_token": check_token,
            "hz": hz,
            "options": options,
            "port": 0,
            "web_port": 0,
        }
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": _PATH},
        )
        ready = self._exchange(self._config)
        self.port, self.web_port = ready["port"], ready["web_port"]
        self._config.update(port=self.port, web_port=self.web_port)

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """One command of `control.Control`, and its answer."""
        return self._exchange({"do": name, "args": args, "kwargs": kwargs})

    def _exchange(self, message: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        timer = threading.Timer(_ANSWER_S, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            raise EmulatorError(f"the emulator ended with code {self.process.wait(5.0)}")
        answer = json.loads(line)
        if "error" in answer:
            raise EmulatorError(f"{answer['error']}\n{answer['traceback']}")
        return answer["value"]

    def call(self, function: str, *args: Any) -> Any:
        """A function of ReaScript, called from inside REAPER."""
        return self.do("call", function, *args)

    @property
    def state(self) -> dict[str, Any]:
        return self.do("state")  # type: ignore[no-any-return]

    def saved(self, tab: int | None = None) -> bytes:
        """The project as REAPER would save it now."""
        return base64.b64decode(self.do("dump", tab))

    def open_tab(self, data: bytes, path: str = "") -> int:
        return int(self.do("open_tab", base64.b64encode(data).decode(), path))

    def reapy(self, code: str, *, timeout_s: float = 30.0) -> Any:
        """Run code with the unmodified reapy outside REAPER, in a process of its own; the value of its `result`."""
        code = _REAPY_AT.format(web_port=self.web_port) + dedent(code) + "\nprint(json.dumps(result))\n"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout_s, check=False
        )
        if done.returncode:
            raise EmulatorError(done.stderr)
        return json.loads(done.stdout)

    def restart(self, project: Path | None = None) -> None:
        """Quit without saving and start again on the same ports: GUIDs stay, pointers do not."""
        self.stop()
        if project is not None:
            self._config["project"] = str(project)
        self._start()

    def stop(self) -> None:
        """End the process; it is killed if it does not."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(4.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

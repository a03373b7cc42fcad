"""A real browser for the tests of the report: Chromium, spoken to over its debugging pipe."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daw_bridge import mix
from daw_bridge.api import Mix
from daw_bridge.applying import report_project
from daw_bridge.report import report_html

EVIL = "<script>alert(1)</script>"
"""The name of a track that must be shown, and must not run."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_S = 30.0


def _at_3_and_4(commands: int, answers: int) -> None:
    """Puts two files where Chromium's debugging pipe expects them; the others are closed when it starts."""
    spare = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 10) for file in (commands, answers)]
    os.dup2(spare[0], 3)
    os.dup2(spare[1], 4)


class Browser:
    """One page of a Chromium. `events` are the protocol's messages since the last `open`."""

    def __init__(self, program: str, profile: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=lambda: _at_3_and_4(to_browser, from_browser),  # noqa: PLW1509  nothing else forks here
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the Chrome DevTools Protocol, and its answer."""
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], PATIENCE_S)
            assert ready, "the browser does not answer"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser has ended"
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a page into a window of this size, and wait until it is there and drawn."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("document.readyState === 'complete' && document.querySelector('.plot canvas') !== null")

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE_S
        while not self.evaluate(condition):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press and let go of a key, as a user does."""
        named = {" ": ("Space", 32, " "), "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r")}
        code, number, text = named.get(key, (f"Digit{key}", ord(key[0]), key))
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=code,
                windowsVirtualKeyCode=number,
                text=text if kind == "keyDown" else "",
            )

    def screenshot(self, *, whole: bool = False) -> bytes:
        """What is seen, or the whole page, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, and what was thrown, since the page was opened."""
        said = []
        for event in self.events:
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    said.append(str(event["params"]["exceptionDetails"]))
                case "Runtime.consoleAPICalled" if event["params"]["type"] in ("error", "warning", "assert"):
                    said.append(str(event["params"]["args"]))
                case "Log.entryAdded" if event["params"]["entry"]["level"] in ("error", "warning"):
                    said.append(event["params"]["entry"]["text"])
        return said

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened; data in the page itself is none."""
        sent = [event for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        urls = [event["params"]["request"]["url"] for event in sent]
        return [url for url in urls if not url.startswith("data:")]

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait(10)
        os.close(self._in)
        os.close(self._out)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser; the test is skipped where there is no Chromium."""
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium here (Debian and Ubuntu: apt-get install chromium)")
    browser = Browser(program, tmp_path_factory.mktemp("browser"))
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="session")
def made(demo_files: dict[str, Path]) -> Mix:
    """The demo song, mixed."""
    return mix(
        vocals=demo_files["Lead Vocal"],
        backing_vocals=demo_files["Backing Vocals"],
        backings=[demo_files[name] for name in ("Drums", "Bass", "Chords")],
    )


@pytest.fixture(scope="session")
def html(made: Mix) -> str:
    """Its report."""
    return report_html(made)


@pytest.fixture(scope="session")
def page(made: Mix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in a file, of a project in which a track has an evil name."""
    folder = tmp_path_factory.mktemp("report")
    project = made.save(folder / "Song.rpp")
    project.write_bytes(project.read_bytes().replace(b"NAME Bass\n", f'NAME "{EVIL}"\n'.encode()))
    report_project(project, folder / "Song.html")
    return folder / "Song.html"

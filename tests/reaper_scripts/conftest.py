"""A REAPER for Lua scripts: the few functions that our actions call, a clock, deferred calls, a record of all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "reaper_scripts"
TICK_S = 1 / 30


class FakeReaper:
    """`calls` is what the script asked for, in order; `processes` the command lines that it started."""

    def __init__(self, resource: Path, *, bridge_runs: bool = True, selected: int = 0) -> None:
        self.resource, self.selected = resource, selected
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.processes: list[tuple[str, int]] = []
        self.messages: list[str] = []
        self.console = ""
        self.drawn: list[str] = []
        self.key = 0
        self.window: str | None = None
        self.now_s = 100.0
        self.states: dict[tuple[str, str], str] = {("DAW_BRIDGE", "port"): "2306"} if bridge_runs else {}
        self.commands = {"_RSstart": 55001}
        self.on_command: Callable[[int], None] = lambda command: None
        self._deferred: list[Any] = []
        self._at_exit: list[Any] = []
        lupa = pytest.importorskip("lupa.lua54", reason="lupa brings the Lua that REAPER has")
        self.lua = lupa.LuaRuntime(unpack_returned_tuples=True, encoding="utf-8")
        self._provide()

    def run(self, script: str, scripts: Path = SCRIPTS) -> None:
        """Trigger an action."""
        self.lua.globals().dofile(str(scripts / script))

    def tick(self, times: int = 1) -> None:
        """Let REAPER's timer run."""
        for _ in range(times):
            self.now_s += TICK_S
            pending, self._deferred = self._deferred, []
            for call in pending:
                call()

    @property
    def goes_on(self) -> bool:
        """Whether the script asked for another tick."""
        return bool(self._deferred)

    def end(self) -> None:
        """The user ends the script, or it has nothing more to do."""
        self._deferred = []
        for call in self._at_exit:
            call()

    def _provide(self) -> None:
        functions: dict[str, Callable[..., Any]] = {
            "GetResourcePath": lambda: str(self.resource),
            "ShowMessageBox": lambda text, title, kind: self.messages.append(f"{title}|{text}"),
            "ShowConsoleMsg": self._print,
            "GetExtState": lambda section, key: self.states.get((section, key), ""),
            "SetExtState": lambda section, key, value, keep: self.states.update({(section, key): value}),
            "DeleteExtState": lambda section, key, keep: self.states.pop((section, key), None),
            "time_precise": lambda: self.now_s,
            "defer": self._deferred_append,
            "atexit": self._at_exit.append,
            "ExecProcess": lambda command, timeout: self.processes.append((command, timeout)),
            "file_exists": lambda path: Path(path).is_file(),
            "RecursiveCreateDirectory": lambda path, _: Path(path).mkdir(parents=True, exist_ok=True),
            "genGuid": lambda _: "{0123-45}",
            "CountSelectedTracks": lambda project: self.selected,
            "NamedCommandLookup": lambda name: self.commands.get(name, 0),
            "AddRemoveReaScript": lambda add, section, path, commit: 55002 if Path(path).is_file() else 0,
            "Main_OnCommand": lambda command, flag: self.on_command(command),
        }
        recorded = {name: self._recorded(name, function) for name, function in functions.items()}
        table = self.lua.globals()
        table.reaper = self.lua.table_from(recorded)
        table.gfx = self.lua.table_from(
            {
                "init": lambda title, *_: setattr(self, "window", title),
                "quit": lambda: setattr(self, "window", None),
                "getchar": lambda: self.key,
                "drawstr": self.drawn.append,
                **dict.fromkeys(("set", "rect", "setfont", "update"), lambda *_: None),
                "w": 460,
                "h": 100,
            }
        )

    def _recorded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return function(*arguments)

        return call

    def _print(self, text: str) -> None:
        self.console += text

    def _deferred_append(self, call: Any) -> None:
        self._deferred.append(call)

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of a function."""
        return [arguments for called, arguments in self.calls if called == name]

    def job(self, kind: str) -> Path:
        """A file of the job that the script watches."""
        return self.resource / "DAW Bridge" / "jobs" / f"0123-45.{kind}"

    def job_files(self) -> list[str]:
        """What is left of jobs."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(path.name for path in self.job("exit").parent.iterdir())
        return []


@pytest.fixture(scope="session")
def scripts() -> Path:
    """The folder of the actions."""
    return SCRIPTS


@pytest.fixture(scope="session")
def new_reaper() -> type[FakeReaper]:
    """Makes stand-ins for REAPER."""
    return FakeReaper


@pytest.fixture
def resource(tmp_path: Path) -> Path:
    """A resource folder with a hard name, as setup leaves it."""
    folder = tmp_path / "REAPER of Zoë's"
    (folder / "DAW Bridge").mkdir(parents=True)
    setup = "version=0.1.0\ncli=/opt/my venv/bin/python\ncli=-m\ncli=daw_bridge\nstart=_RSstart\n"
    (folder / "DAW Bridge" / "setup.ini").write_text(setup, encoding="utf-8")
    return folder

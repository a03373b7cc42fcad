"""The test bench's side of the emulator: what a user does at the screen, and faults on demand."""

from __future__ import annotations

import base64
import dataclasses
import json
import socket
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from emulator import api_fx, api_items, api_project, api_tracks
from emulator.app import App, Options
from emulator.binding import Binder
from emulator.nodes import Span
from emulator.project import Project
from emulator.scripts import Scripts
from emulator.web import Web

ACTION = "_RS" + "7d3c" * 10
_OUR_SERVER = Path(__file__).resolve().parents[2] / "daw_bridge" / "hosts" / "reaper" / "server.py"
FUNCTIONS = {
    name: function
    for module in (api_project, api_tracks, api_items, api_fx)
    for name, function in vars(module).items()
    if callable(function) and getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")
}


class Control:
    """Commands are the public methods of this class; their arguments and answers are JSON."""

    def __init__(self, main: ModuleType, config: dict[str, Any]) -> None:
        self.tick_s = 1.0 / config["hz"]
        self._modal = False
        self._slow_s = 0.0
        self._ticks = 0
        self.app = App(resource_path=Path(config["resource_path"]), options=_options(Options(), config["options"]))
        self.app.modelled = frozenset(FUNCTIONS)
        (self.app.resource_path / "reaper.ini").touch()
        if config["project"]:
            self.app.tabs[:] = [Project(Path(config["project"]).read_bytes(), config["project"])]
        self._python = Binder(self.app, FUNCTIONS).module
        self._scripts = Scripts(main, self._python)
        self._web = Web(self.app, config["web_port"], self._run_action)
        self._port = config["port"] or _free_port()
        if config["script"]:
            self._add_bridge(config["script"], check_token=config["check_token"])

    def _add_bridge(self, script: str, *, check_token: bool) -> None:
        """The action that starts the bridge: reapy's own script, or one of ours."""
        path = Path(script)
        if script == "reapy":
            import reapy
            import reapy.config

            reapy.config.REAPY_SERVER_PORT = self._port
            path = Path(reapy.__file__).with_name("reascripts") / "activate_reapy_server.py"
        if script == "daw-bridge":
            path = _OUR_SERVER
            settings = self.app.resource_path / "DAW Bridge" / "bridge.json"
            settings.parent.mkdir(exist_ok=True)
            settings.write_text(json.dumps({"port": self._port, "check_token": check_token}), "utf-8")
        self.app.actions[ACTION] = path
        self.app.ext_state["reapy", "activate_reapy_server"] = f'"{ACTION}"'
        self._run_action(ACTION)

    def _run_action(self, name: str) -> None:
        if name in self.app.actions:
            self._scripts.start(self.app.actions[name])

    def ready(self) -> dict[str, Any]:
        return {"port": self._port, "web_port": self._web.port, "died": self._scripts.died}

    def tick(self) -> None:
        """Web requests, then deferred scripts, as REAPER does 30 times a second; nothing while a dialog is open."""
        if self._modal:
            return
        self._ticks += 1
        time.sleep(self._slow_s)
        self._web.tick()
        self._scripts.tick()
        self.app.end_of_tick()

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"value": getattr(self, command["do"])(*command.get("args", ()), **command.get("kwargs", {}))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}

    def close(self) -> None:
        self._scripts.stop()
        self._web.close()

    # What a test asks.

    def call(self, name: str, *args: Any) -> Any:
        """A ReaScript function, called as a script in REAPER would."""
        return getattr(self._python, "RPR_" + name)(*args)

    def dump(self, tab: int | None = None) -> str:
        """The project as REAPER would save it, in base64."""
        project = self.app.project if tab is None else self.app.tabs[tab]
        return base64.b64encode(project.dump()).decode()

    def state(self) -> dict[str, Any]:
        app = self.app
        return {
            "ticks": self._ticks,
            "scripts": [str(script.path) for script in self._scripts.running],
            "died": self._scripts.died,
            "console": app.console,
            "violations": app.violations,
            "undo": app.project.undo_points,
            "redo": app.project.redo_points,
            "changes": app.project.changes,
            "calls": app.calls,
            "tabs": [project.path for project in app.tabs],
            "current": app.current,
        }

    # What the user does.

    def run_script(self, path: str) -> list[str]:
        self._scripts.start(Path(path))
        return self._scripts.died

    def start_bridge(self) -> None:
        self._run_action(ACTION)

    def open_tab(self, data: str, path: str = "") -> int:
        self.app.tabs.append(Project(base64.b64decode(data), path))
        self.app.current = len(self.app.tabs) - 1
        return self.app.current

    def switch_tab(self, tab: int) -> None:
        self.app.current = tab

    def close_tab(self, tab: int) -> None:
        self.app.close_tab(self.app.tabs[tab])

    def delete_track(self, index: int) -> None:
        api_tracks.DeleteTrack(self.app, self.app.project.tracks[index])
        self.app.project.add_undo_point("Remove tracks", -1)

    def rename_track(self, index: int, name: str) -> None:
        """The name may hold bytes that are no UTF-8, as lone surrogates."""
        Span(self.app.project.tracks[index]).replace("NAME", name)
        self.app.project.add_undo_point("Rename track", -1)

    def set_fader(self, index: int, gain: float) -> None:
        api_tracks.SetMediaTrackInfo_Value(self.app, self.app.project.tracks[index], "D_VOL", gain)
        self.app.project.add_undo_point("Change track volume", -1)

    def set_param(self, track: int, fx: int, param: int, raw: float) -> None:
        api_fx.TrackFX_SetParam(self.app, self.app.project.tracks[track], fx, param, raw)
        self.app.project.add_undo_point("Edit FX parameter", -1)

    def delete_fx(self, track: int, fx: int) -> None:
        api_fx.TrackFX_Delete(self.app, self.app.project.tracks[track], fx)
        self.app.project.add_undo_point("Remove FX", -1)

    def undo(self) -> bool:
        return self.app.project.undo()

    def redo(self) -> bool:
        return self.app.project.redo()

    def save_as(self, path: str) -> None:
        api_project.Main_SaveProjectEx(self.app, None, path, 8)

    # Faults.

    def options(self, **values: Any) -> None:
        _options(self.app.options, values)

    def modal(self, *, is_open: bool) -> None:
        """A dialog that waits for the user: ticks stop until it is closed."""
        self._modal = is_open

    def slow(self, seconds: float) -> None:
        """Something else takes its time in each tick."""
        self._slow_s = seconds

    def hz(self, rate: float) -> None:
        self.tick_s = 1.0 / rate

    def fail_in(self, function: str | None, nth: int = 1) -> None:
        """The n-th call from now on of a function of ReaScript raises ("*": of any)."""
        self.app.fail_in = (function, nth) if function else None

    def forget_calls(self) -> None:
        self.app.calls.clear()

    def take_violations(self) -> list[str]:
        """The violations so far; a test that takes them answers for them."""
        taken = list(self.app.violations)
        self.app.violations.clear()
        return taken


def _options(options: Options, values: dict[str, Any]) -> Options:
    known = {field.name for field in dataclasses.fields(options)}
    for name, value in values.items():
        assert name in known, name
        setattr(options, name, tuple(value) if isinstance(value, list) else value)
    return options


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

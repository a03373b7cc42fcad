"""Scripts that defer themselves: each tick runs what they have queued, and an error ends the script."""

from __future__ import annotations

import gc
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType


@dataclass(slots=True)
class Script:
    """A running script. They all share `__main__`, as Python scripts in REAPER do."""

    path: Path
    queue: list[str] = field(default_factory=list)
    at_exit: list[str] = field(default_factory=list)
    names: frozenset[str] = frozenset()


class Scripts:
    """Gives `__main__` what REAPER gives it: `obj`, RPR_defer, RPR_atexit, the functions of ReaScript."""

    def __init__(self, main: ModuleType, reaper_python: ModuleType) -> None:
        self._main = main
        self.running: list[Script] = []
        self.died: list[str] = []
        self._current: Script | None = None
        main.obj = None  # type: ignore[attr-defined]
        main.RPR_defer = self._defer  # type: ignore[attr-defined]
        main.RPR_atexit = self._at_exit  # type: ignore[attr-defined]
        for name in ("__file__", "__spec__"):
            main.__dict__.pop(name, None)
        # Scripts find all functions at hand, and can import them too.
        functions = {name: value for name, value in vars(reaper_python).items() if name.startswith("RPR_")}
        main.__dict__.update(functions)
        sys.modules["reaper_python"] = reaper_python

    def _defer(self, code: str) -> None:
        assert self._current is not None, "RPR_defer outside a script"
        self._current.queue.append(code)

    def _at_exit(self, code: str) -> None:
        assert self._current is not None, "RPR_atexit outside a script"
        self._current.at_exit.append(code)

    def start(self, path: Path) -> None:
        """Run a script as the action list does; a second start of one that runs ends the first (flags 260)."""
        for script in [script for script in self.running if script.path == path]:
            self._end(script)
        script = Script(path)
        before = frozenset(self._main.__dict__)
        sys.path[0:0] = [str(path.parent)]
        self.running.append(script)
        self._run(script, compile(path.read_text("utf-8"), str(path), "exec"))
        script.names = frozenset(self._main.__dict__) - before
        if script not in self.running:
            self._forget(script)

    def tick(self) -> None:
        for script in list(self.running):
            queue, script.queue = script.queue, []
            for code in queue:
                if script in self.running:
                    self._run(script, code)
            if script in self.running and not script.queue:
                self._end(script)

    def stop(self) -> None:
        for script in list(self.running):
            self._end(script)

    def _run(self, script: Script, code: object) -> None:
        self._current = script
        try:
            exec(code, self._main.__dict__)  # type: ignore[arg-type]
        except SystemExit:
            self._end(script)
        except BaseException:
            self.died.append(traceback.format_exc())
            self._end(script)
        finally:
            self._current = None

    def _end(self, script: Script) -> None:
        """Run its exit code and let go of its objects: that closes its sockets."""
        if script not in self.running:
            return
        self.running.remove(script)
        script.queue.clear()
        for code in script.at_exit:
            try:
                exec(code, self._main.__dict__)
            except BaseException:
                self.died.append(traceback.format_exc())
        self._forget(script)

    def _forget(self, script: Script) -> None:
        for name in script.names:
            self._main.__dict__.pop(name, None)
        gc.collect()

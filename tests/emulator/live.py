"""A REAPER that is reached over the bridge: the emulated one, or the real one of `pytest --reaper`."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from daw_bridge.hosts.reaper.client import Client

# Runs in REAPER; the functions of ReaScript have their own names there, and `result` is what comes back.
_RUN = (
    "(lambda names: (exec(code, names), names['result'])[1])(dict(vars(__import__('reaper_python')), result=None))"
)


class LiveReaper:
    """Calls functions of ReaScript, and keeps the answers where a file for them is given: one in JSON a line."""

    def __init__(self, client: Client, test: str, answers: Path | None = None) -> None:
        self._client, self._test, self._answers = client, test, answers

    def run(self, code: str) -> Any:
        """Run code in one tick; the value of its `result`."""
        answer = self._client._request("eval", _RUN, {"code": dedent(code)})
        self._keep(code=code, answer=answer)
        return answer

    def call(self, function: str, *args: Any) -> Any:
        """One function, `RPR_` left out."""
        return self.run(f"result = RPR_{function}(*{args!r})")

    def _keep(self, **entry: Any) -> None:
        if self._answers is not None:
            with self._answers.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"test": self._test, **entry}) + "\n")


_NEW_TAB = 40859
_MARK = ("DAW_BRIDGE_TEST", "tab")
_ADD_TRACK = """
RPR_Undo_BeginBlock2(0)
RPR_InsertTrackAtIndex(RPR_CountTracks(0), False)
RPR_Undo_EndBlock2(0, "DAW Bridge: track for a test", -1)
result = RPR_GetTrack(0, RPR_CountTracks(0) - 1)
"""


def new_tab(reaper: LiveReaper) -> None:
    """Have an empty project of our own in front, so that nobody's is touched; it stays, because closing it asks."""
    if reaper.call("GetExtState", *_MARK) == reaper.call("EnumProjects", -1, "", 4096)[0]:
        return
    reaper.call("Main_OnCommand", _NEW_TAB, 0)
    assert reaper.call("CountTracks", 0) == 0, "the default project of this REAPER has tracks"
    reaper.call("SetExtState", *_MARK, reaper.call("EnumProjects", -1, "", 4096)[0], False)


def new_track(reaper: LiveReaper) -> str:
    return str(reaper.run(_ADD_TRACK))

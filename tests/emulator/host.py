"""The emulated REAPER as a process: `python -m emulator`, told what to do by lines of JSON on its standard input.

It ends when its input ends, so that none outlives the test that started it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import Any

from emulator.control import Control


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a script prints must not get between the answers
    control = Control(sys.modules["__main__"], json.loads(sys.stdin.readline()))

    def reply(answer: dict[str, Any]) -> None:
        replies.write(json.dumps(answer) + "\n")
        replies.flush()

    commands: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    reply({"value": control.ready()})
    _run(control, commands, reply)
    control.close()


def _listen(commands: queue.Queue[dict[str, Any] | None]) -> None:
    """Commands wait for the main thread, as everything does in REAPER."""
    try:
        for line in sys.stdin:
            commands.put(json.loads(line))
    finally:
        commands.put(None)
        # A main thread that is stuck in a script does not come back to read this.
        time.sleep(2.0)
        os._exit(1)


def _run(control: Control, commands: queue.Queue[dict[str, Any] | None], reply: Any) -> None:
    due = time.perf_counter()
    while True:
        try:
            command = commands.get(timeout=max(due - time.perf_counter(), 0.0))
        except queue.Empty:
            due = max(due + control.tick_s, time.perf_counter())
            control.tick()
            continue
        if command is None:
            return
        reply(control.do(command))

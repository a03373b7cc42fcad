"""A command for a program that cannot wait for it: REAPER's actions start it, watch files, and may stop it.

A job is a handful of files whose names begin alike:
`JOB.arguments`  what to run, an argument a line; written by the program before
`JOB.progress`   how far it is, as `progress_file` writes it
`JOB.output`     all that the command printed
`JOB.exit`       its exit code: written last, whole or not at all
`JOB.cancel`     its being there means: stop
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from daw_bridge.files import write_atomically
from daw_bridge.progress import FILE_VARIABLE

CANCELLED = 130
"""The exit code of a job that was stopped, as of a command stopped by Ctrl-C."""

POLL_S = 0.1
LEFT_BEHIND_S = 24 * 3600.0
"""Files of jobs that nobody cleared away for so long are nobody's."""


def run_job(job: Path, program: Sequence[str]) -> int:
    """Run a job to its end, in a process of its own, so that it can be stopped, or crash, and still be answered.

    `program` is the command line that the arguments belong to. A job that was called off meanwhile is not begun.
    """
    _clear_left_behind(job.parent)
    try:
        arguments = _file(job, "arguments").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return CANCELLED
    code = 1
    try:
        with _file(job, "output").open("wb") as output:
            code = _watch([*program, *arguments], job, output.fileno())
    finally:
        write_atomically(_file(job, "exit"), f"{code}\n".encode())
    return code


def _file(job: Path, kind: str) -> Path:
    return job.with_name(f"{job.name}.{kind}")


def _clear_left_behind(folder: Path) -> None:
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > LEFT_BEHIND_S:
            path.unlink(missing_ok=True)


def _watch(command: Sequence[str], job: Path, output: int) -> int:
    environment = {
        **os.environ,
        FILE_VARIABLE: str(_file(job, "progress")),
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
    )
    while process.poll() is None:
        if _file(job, "cancel").exists():
            process.kill()
            process.wait()
            return CANCELLED
        time.sleep(POLL_S)
    return process.returncode

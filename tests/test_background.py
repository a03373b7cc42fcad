from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from daw_bridge import background
from daw_bridge.background import CANCELLED, run_job

PYTHON = (sys.executable, "-c")


def _job(folder: Path, *arguments: str) -> Path:
    (folder / "7.arguments").write_text("".join(f"{line}\n" for line in arguments), encoding="utf-8")
    return folder / "7"


def _text(job: Path, kind: str) -> str:
    return job.with_name(f"{job.name}.{kind}").read_text(encoding="utf-8")


def test_a_job_leaves_what_it_printed_and_its_exit_code(tmp_path: Path):
    program = (
        "import sys; print('Zoë', *sys.argv[1:], flush=True); print('on stderr', file=sys.stderr); sys.exit(3)"
    )
    job = _job(tmp_path, program, "--track", "two words")

    code = run_job(job, PYTHON)

    assert code == 3
    assert _text(job, "output").splitlines() == ["Zoë --track two words", "on stderr"]
    assert _text(job, "exit") == "3\n"


def test_a_job_is_told_where_its_progress_goes(tmp_path: Path):
    job = _job(tmp_path, "import os; print(os.environ['DAW_BRIDGE_PROGRESS'], end='')")

    run_job(job, PYTHON)

    assert _text(job, "output") == f"{job}.progress"


def test_a_program_that_cannot_be_started_still_ends_the_job(tmp_path: Path):
    job = _job(tmp_path, "x")

    with pytest.raises(FileNotFoundError):
        run_job(job, ["/no/such/program"])

    assert _text(job, "exit") == "1\n"


def test_a_job_that_crashes_is_answered(tmp_path: Path):
    job = _job(tmp_path, "import os; os.abort()")

    code = run_job(job, PYTHON)

    assert code != 0
    assert int(_text(job, "exit")) == code


def test_a_cancelled_job_is_stopped_at_once(tmp_path: Path):
    job = _job(tmp_path, "import time; print('begun', flush=True); time.sleep(60)")
    threading.Timer(0.5, (tmp_path / "7.cancel").touch).start()
    began = time.monotonic()

    code = run_job(job, PYTHON)

    assert code == CANCELLED
    assert time.monotonic() - began < 5.0
    assert _text(job, "exit") == f"{CANCELLED}\n"


def test_a_job_that_was_called_off_before_it_began_does_nothing(tmp_path: Path):
    assert run_job(tmp_path / "7", PYTHON) == CANCELLED
    assert [*tmp_path.iterdir()] == []


def test_what_nobody_cleared_away_for_a_day_goes(tmp_path: Path):
    old, young = tmp_path / "1.output", tmp_path / "2.output"
    for path in (old, young):
        path.touch()
    os.utime(old, (0.0, time.time() - background.LEFT_BEHIND_S - 60.0))

    run_job(_job(tmp_path, "pass"), PYTHON)

    assert not old.exists()
    assert young.exists()

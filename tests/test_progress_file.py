from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from daw_bridge.cli import main
from daw_bridge.progress import FILE_VARIABLE
from daw_bridge.progress_file import ProgressFile


def test_each_step_is_a_line_and_the_same_step_is_told_once(tmp_path: Path):
    progress = ProgressFile(tmp_path / "progress")

    progress.show("backing: listening", 0.2)
    progress.show("backing: listening", 0.2001)
    progress.show("Zoë's\nvocal: EQ", 1.5)

    assert (tmp_path / "progress").read_bytes() == "0.20\tbacking: listening\n1.00\tZoë's vocal: EQ\n".encode()


def test_a_file_that_cannot_be_written_stops_no_work(tmp_path: Path):
    ProgressFile(tmp_path / "no such folder" / "progress").show("faders", 0.8)


def test_a_command_writes_its_progress_where_the_environment_says(demo_files, tmp_path: Path):
    where = tmp_path / "progress"
    job = ["mix", "--vocal", str(demo_files["Lead Vocal"]), "--backing", str(demo_files["Drums"]), "--dry-run"]

    done = CliRunner().invoke(main, job, env={FILE_VARIABLE: str(where)})

    assert done.exit_code == 0, done.output
    lines = [line.split("\t") for line in where.read_text(encoding="utf-8").splitlines()]
    assert [float(part) for part, _ in lines] == sorted(float(part) for part, _ in lines)
    assert lines[-1][0] == "1.00"
    assert "\r" not in click.unstyle(done.output)

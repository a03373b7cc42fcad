from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat
from pathlib import Path

import pytest

from daw_bridge.errors import OutputError
from daw_bridge.files import check_outputs, numbered_backup, refuse_existing, write_atomically
from daw_bridge.mix_files import replace_project
from fault_points import Folder, contents, failing_at, left_by_kills


def test_a_file_is_written_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "song.rpp"
    path.write_bytes(b"old")
    path.chmod(0o640)

    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [*tmp_path.iterdir()] == [path]


def test_a_new_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")

    write_atomically(tmp_path / "song.rpp", b"new")

    assert (tmp_path / "song.rpp").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.rpp", tmp_path / "link.rpp"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_atomically(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "song.rpp"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OutputError, match="the disk is full"):
        write_atomically(path, b"new")
    with pytest.raises(OutputError, match="the disk is full"):
        numbered_backup(path)
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere/song.rpp", "there is no folder .*nowhere"), ("folder", "is a folder")]
)
def test_a_place_where_nothing_can_be_written_is_named_at_once_and_at_the_end(
    tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match=message):
        check_outputs([tmp_path / name], force=True)
    with pytest.raises(OutputError, match=message):
        write_atomically(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_backups_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "SONG.rpp"
    names = []
    for content in (b"1", b"2", b"3"):
        path.write_bytes(content)
        names.append(numbered_backup(path).name)

    assert names == ["SONG.rpp.bak", "SONG.rpp.bak1", "SONG.rpp.bak2"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2", b"3"]
    assert path.read_bytes() == b"3"


def test_an_existing_file_is_refused_without_force(tmp_path: Path) -> None:
    path = tmp_path / "song.rpp"
    refuse_existing(path)
    path.write_bytes(b"")

    with pytest.raises(OutputError, match=r"song.rpp already exists"):
        refuse_existing(path)
    refuse_existing(path, force=True)
    check_outputs([path], force=True)
    with pytest.raises(OutputError, match=r"song.rpp already exists"):
        check_outputs([tmp_path / "free.rpp", path])


# --- killed, or failing, at any point ---------------------------------------------------------------------------


OLD, NEW = b"old " * 50_000, b"new " * 70_000


def song(folder: Path) -> Path:
    """A folder with nothing in it but a project and two earlier backups."""
    for path in folder.iterdir():
        path.unlink()
    (folder / "song.rpp.bak").write_bytes(b"earlier")
    (folder / "song.rpp.bak2").write_bytes(b"much earlier")
    (folder / "song.rpp").write_bytes(OLD)
    return folder / "song.rpp"


def named(files: Folder) -> Folder:
    """The files without the temporary ones, which are hidden."""
    return {name: data for name, data in files.items() if not re.fullmatch(r"\.daw-bridge-[0-9a-f]+\.tmp", name)}


BEFORE = {"song.rpp": OLD, "song.rpp.bak": b"earlier", "song.rpp.bak2": b"much earlier"}
WITH_BACKUP = {**BEFORE, "song.rpp.bak1": OLD}
AFTER = {**WITH_BACKUP, "song.rpp": NEW}


@pytest.mark.parametrize("links", [True, False])
def test_a_kill_at_any_point_leaves_the_old_project_or_the_new_and_whole_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    path = song(tmp_path)
    if not links:  # as on exFAT

        def unknown(*_: object) -> None:
            raise OSError(errno.ENOTSUP, "Operation not supported")

        monkeypatch.setattr(Path, "hardlink_to", unknown)

    states = left_by_kills(lambda: replace_project(path, path, NEW), tmp_path)

    seen = [named(state) for state in states]
    assert all(state in (BEFORE, WITH_BACKUP, AFTER) for state in seen)
    assert [state for place, state in enumerate(seen) if state not in seen[:place]] == [BEFORE, WITH_BACKUP, AFTER]
    assert any(state != named(state) for state in states)
    assert states[-1] == AFTER


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_failure_at_any_point_leaves_the_old_project_alone_or_the_new_one_with_its_backup(
    tmp_path: Path, number: int
) -> None:
    for point in itertools.count(1):
        path, failed = song(tmp_path), False
        with failing_at(point, OSError(number, os.strerror(number))) as fault:
            try:
                replace_project(path, path, NEW)
            except (OSError, OutputError):
                failed = True
        if fault.left > 0:
            break

        # A failure while the rest of a failed run is removed may leave a temporary file, as a kill would.
        assert named(contents(tmp_path)) == (BEFORE if failed else AFTER), point
    assert point > 10


def test_ctrl_c_at_any_point_never_takes_the_backup_away_with_the_old_project(tmp_path: Path) -> None:
    for point in itertools.count(1):
        path = song(tmp_path)
        with failing_at(point, KeyboardInterrupt()) as fault, contextlib.suppress(KeyboardInterrupt):
            replace_project(path, path, NEW)
        if fault.left > 0:
            break

        assert named(contents(tmp_path)) in (BEFORE, WITH_BACKUP, AFTER), point
    assert point > 10

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from daw_bridge.errors import OutputError
from daw_bridge.files import check_outputs, numbered_backup, refuse_existing, write_atomically


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

"""A mix is written into several files: killed or failing at any point, each is the old or the new one, whole."""

from __future__ import annotations

import dataclasses
import errno
import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from daw_bridge.api import Mix, mix, write_mix
from daw_bridge.errors import OutputError
from daw_bridge.mix_files import MixFiles
from daw_bridge.session import Session
from fault_points import Folder, contents, failing_at, left_by_kills

BESIDE = ("Mix.wav", "Plan.json", "Song.html")


@pytest.fixture
def made(song: Path, monkeypatch: pytest.MonkeyPatch) -> Mix:
    """A mix that is quick to write: of half a second, played without its reverb, with a report of few words."""

    def cut(session: Session) -> Session:
        clips = {track.guid: (dataclasses.replace(track.clips[0], length_s=0.5),) for track in session.tracks}
        return session.map_tracks(lambda track: dataclasses.replace(track, clips=clips[track.guid]))

    whole = mix("Song.rpp")
    monkeypatch.setattr("daw_bridge.api.report_html", lambda *_, **__: "<p>" + "new report " * 20_000)
    return dataclasses.replace(whole, before=cut(whole.before), session=cut(whole.before))


@pytest.fixture
def write(song: Path, made: Mix) -> Callable[[], object]:
    """Writes the mix over the project that it was made of, and beside it, or fails."""
    render, plan, report = map(song.joinpath, BESIDE)
    files = MixFiles(project=song / "Song.rpp", render=render, plan=plan, report=report)
    return lambda: write_mix(made, files)


def put(folder: Path, files: Folder) -> Folder:
    """Makes these the only files in a folder."""
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        if not (folder / name).exists() or (folder / name).read_bytes() != data:
            (folder / name).write_bytes(data)
    return files


def shown(files: Folder) -> Folder:
    """The files without the temporary ones, which are hidden."""
    return {name: data for name, data in files.items() if not re.fullmatch(r"\.daw-bridge-[0-9a-f]+\.tmp", name)}


def before(song: Path, *, beside: bool) -> Folder:
    """The folder with the project, its recordings and an earlier backup, and with earlier results `beside`."""
    kept = {name: data for name, data in contents(song).items() if name.endswith((".rpp", ".wav"))}
    olds = {name: f"old {name}".encode() for name in BESIDE}
    rest = {name: data for name, data in kept.items() if name not in BESIDE}
    return put(song, {**rest, "Song.rpp.bak": b"earlier", **(olds if beside else {})})


@pytest.mark.parametrize("beside", [True, False])
def test_a_kill_at_any_point_of_a_mix_leaves_each_file_as_it_was_or_as_it_should_be(
    song: Path, write: Callable[[], object], beside: bool
) -> None:
    old = before(song, beside=beside)

    states = left_by_kills(write, song)

    new = states[-1]
    assert new == shown(new)
    assert new.keys() == {*old, *BESIDE, "Song.rpp.bak1"}
    assert new["Song.rpp.bak1"] == old["Song.rpp"]
    for state in map(shown, states):
        assert old.keys() <= state.keys() <= new.keys()
        assert all(data in (old.get(name), new[name]) for name, data in state.items())
    assert len(states) > 8


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("error", "beside"), [(FULL, True), (FULL, False), (KeyboardInterrupt(), True)])
def test_a_mix_that_fails_at_any_point_leaves_the_project_and_takes_no_file_away(
    song: Path, write: Callable[[], object], beside: bool, error: BaseException
) -> None:
    old = before(song, beside=beside)
    write()
    new = contents(song)
    for point in itertools.count(1):
        put(song, old)
        failed = False
        with failing_at(point, error) as fault:
            try:
                write()
            except (OutputError, OSError, KeyboardInterrupt):
                failed = True
        if fault.left > 0:
            break

        left = shown(contents(song))
        assert old.keys() <= left.keys(), point
        assert all(data in (old.get(name), new[name]) for name, data in left.items()), point
        assert failed or left == new, point
        if failed and isinstance(error, OSError):
            assert left.keys() == old.keys(), point
            assert left["Song.rpp"] == old["Song.rpp"], point
    assert point > 40

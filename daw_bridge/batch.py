"""A folder of songs, mixed side by side: which songs lie in it, and each one mixed in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from daw_bridge.errors import DawBridgeError, NothingToMixError, RolesError
from daw_bridge.hosts.reaper.own_folder import command_line
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.progress import Progress, silent
from daw_bridge.roles import assign_roles
from daw_bridge.session import Clip, Role, Session, Source, Track
from daw_bridge.sources import ProjectSource, free_bytes

RECORDINGS = frozenset({".wav", ".wave", ".w64", ".flac", ".aif", ".aiff", ".caf", ".mp3", ".ogg", ".oga", ".opus"})

SONG_BYTES = 1_500_000_000
"""What mixing a song of five minutes with four stereo stems holds in memory, with room to spare."""

_OPTION = {Role.LEAD_VOCAL: "--vocal", Role.BACKING_VOCAL: "--backing-vocal", Role.BACKING: "--backing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """A song that was found: where it lies under the folder, what it is mixed from, and the project of the mix.

    One whose project holds a mix of ours already is `finished`. `problem` is why it cannot be mixed.
    """

    name: str
    output: Path
    project: Path | None = None
    recordings: Mapping[Path, Role] = field(default_factory=dict)
    finished: bool = False
    problem: DawBridgeError | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """What to mix, for the command line. A finished song is mixed again in place: the user's changes stay."""
        if self.finished:
            return (str(self.output), "--in-place")
        if self.project is not None:
            return (str(self.project), "-o", str(self.output))
        named = [word for path, role in self.recordings.items() for word in (_OPTION[role], str(path))]
        return (*named, "-o", str(self.output))


@dataclass(frozen=True, slots=True, kw_only=True)
class SongResult:
    """What became of a song: `state` is mixed, again, tried (a dry run), skipped or failed."""

    song: str
    state: str
    project: Path
    seconds: float = 0.0
    reached: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    hint: str = ""

    def document(self) -> dict[str, object]:
        """The result as one line of JSON holds it."""
        said = {"error": self.error, "hint": self.hint} if self.error else {}
        return {
            "song": self.song,
            "state": self.state,
            "project": str(self.project),
            "seconds": round(self.seconds, 2),
            "reached": dict(self.reached),
            **said,
        }


def find_songs(folder: Path) -> tuple[Song, ...]:
    """The songs in a folder and in the folders right under it, or the folder itself as one song.

    A project file is a song; so is a folder without one that holds recordings, whose roles are told from their
    names. Raises NothingToMixError where there are none.
    """
    folder = folder.absolute()
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    songs = [song for place in (folder, *inside) for song in _songs_of(place, folder)]
    songs = songs or list(_songs_of(folder, folder.parent))
    if not songs:
        raise NothingToMixError(
            f"{folder}: there are no songs in it.",
            hint="It should hold projects (.rpp), or a folder with recordings for each song.",
        )
    return tuple(songs)


def _songs_of(place: Path, folder: Path) -> Iterator[Song]:
    projects = _files(place, {".rpp"})
    outputs = {ProjectSource(path=path).default_output for path in projects}
    sources = [path for path in projects if path not in outputs]
    for project in sources:
        only = len(sources) == 1 and place != folder
        yield _project_song(project, (place if only else project).relative_to(folder).as_posix())
    recordings = _files(place, RECORDINGS)
    if not projects and recordings and place != folder:
        yield _recordings_song(place, recordings, place.relative_to(folder).as_posix())


def _files(place: Path, suffixes: Iterable[str]) -> list[Path]:
    found = (path for path in place.iterdir() if path.suffix.lower() in suffixes and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


def _project_song(project: Path, name: str) -> Song:
    output = ProjectSource(path=project).default_output
    for mixed in (output, project):
        if _is_mixed(mixed):
            return Song(name=name, project=project, output=mixed, finished=True)
    return Song(name=name, project=project, output=output)


def _is_mixed(path: Path) -> bool:
    try:
        return path.exists() and load_project(path).saved is not None
    except DawBridgeError:
        return False  # what is wrong with it is told when it is mixed


def _recordings_song(place: Path, paths: Sequence[Path], name: str) -> Song:
    output = place / f"{place.name}.rpp"
    try:
        return Song(name=name, output=output, recordings=_roles(place.name, paths))
    except RolesError as error:
        hint = "Name the recordings for what they are: 'Lead Vocal.wav', 'Choir.wav', 'Drums.wav'."
        return Song(name=name, output=output, problem=RolesError(error.message, hint=hint))


def _roles(name: str, paths: Sequence[Path]) -> dict[Path, Role]:
    # Roles are a matter of names; that a recording can be read is seen when it is mixed.
    tracks = tuple(
        Track(guid=str(path), name=path.stem, clips=(Clip(source=Source(path=path), length_s=1.0),))
        for path in paths
    )
    with_roles = assign_roles(Session(name=name, rate=44100, tracks=tracks)).tracks
    return {path: track.role for path, track in zip(paths, with_roles, strict=True) if track.role is not None}


def default_jobs() -> int:
    """As many songs at once as there are processors, and as fit into what memory is free now."""
    return max(1, min(os.cpu_count() or 1, free_bytes() // SONG_BYTES))


def mix_songs(
    songs: Sequence[Song],
    options: Sequence[str] = (),
    *,
    names: Sequence[str] = (),
    jobs: int = 1,
    again: bool = False,
    progress: Progress = silent,
) -> Generator[SongResult, None, None]:
    """Mix the songs, `jobs` at a time, each with the same `options` of `daw-bridge mix`; yields as they are done.

    `names` are the options that name tracks; songs made from recordings go without them. Finished songs are
    skipped, unless `again`. A song that fails, or whose process dies, stops no other.
    """
    with ThreadPoolExecutor(jobs) as pool, _processes() as processes:
        mixing = [
            pool.submit(_mix_song, song, [*options, *(names if song.project else ())], processes, again=again)
            for song in songs
        ]
        for done, future in enumerate(as_completed(mixing), 1):
            result = future.result()
            progress(f"{result.song}: {result.state}", done / len(songs))
            yield result


class _Processes:
    """The processes that run now, so that none outlives us when we are stopped."""

    def __init__(self) -> None:
        self.running: set[subprocess.Popen[str]] = set()
        self.stopped = False
        self.lock = Lock()

    def run(self, command: Sequence[str]) -> tuple[int, str, str]:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"}
        with self.lock:
            if self.stopped:
                return -1, "", "stopped"
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                encoding="utf-8",
                errors="backslashreplace",
            )
            self.running.add(process)
        output, errors = process.communicate()
        with self.lock:
            self.running.discard(process)
        return process.returncode, output, errors

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            for process in self.running:
                process.kill()


@contextmanager
def _processes() -> Iterator[_Processes]:
    """Processes that end when they are left, whatever is left undone then."""
    processes = _Processes()
    try:
        yield processes
    finally:
        processes.stop()


def _mix_song(song: Song, options: Sequence[str], processes: _Processes, *, again: bool) -> SongResult:
    if song.problem is not None:
        problem = song.problem
        return SongResult(
            song=song.name, state="failed", project=song.output, error=problem.message, hint=problem.hint
        )
    if song.finished and not again:
        return SongResult(song=song.name, state="skipped", project=song.output)
    started = time.monotonic()
    code, output, errors = processes.run([*command_line(), "mix", *song.arguments, *options, "--json"])
    seconds = time.monotonic() - started
    if code:
        error, hint = _what_went_wrong(code, errors)
        return SongResult(
            song=song.name, state="failed", project=song.output, seconds=seconds, error=error, hint=hint
        )
    state = "tried" if "--dry-run" in options else "again" if song.finished else "mixed"
    reached = json.loads(output)["plan"]["results"]
    return SongResult(song=song.name, state=state, project=song.output, seconds=seconds, reached=reached)


def _what_went_wrong(code: int, errors: str) -> tuple[str, str]:
    """The message and the hint that the command printed; one that was killed prints none."""
    lines = errors.splitlines()
    at = next((at for at, line in enumerate(lines) if line.startswith(("error: ", "Error: "))), None)
    if at is None:
        return f"its process ended with {code}", "Was there enough memory? Fewer --jobs need less."
    hint = lines[at + 1].strip() if len(lines) > at + 1 else ""
    return lines[at].partition(": ")[2], hint

"""Setting REAPER up for DAW Bridge, and undoing it: edits of files, made when nothing stands against them."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.errors import SetupError
from daw_bridge.files import numbered_backup, write_atomically
from daw_bridge.hosts.reaper.configuration import (
    ACTIONS,
    INI,
    KB,
    Files,
    Record,
    configured_library,
    dumps_record,
    foreign_actions,
    loads_record,
    with_us,
    without_us,
)
from daw_bridge.hosts.reaper.own_folder import (
    ACTIONS_FILE,
    RECORD_FILE,
    actions_file,
    clear_folder,
    make_token,
    permission_told,
    scripts_folder,
    this_system,
)
from daw_bridge.hosts.reaper.places import FOLDER
from daw_bridge.hosts.reaper.processes import running_reapers
from daw_bridge.hosts.reaper.python_library import OLDEST, Library, find_library, version_of
from daw_bridge.hosts.reaper.resource_path import Process, System, find_resource_folder, folder_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file as it is and as it shall be; None: it does not exist. `ours`: the file is no one else's."""

    path: Path
    before: bytes | None
    after: bytes | None
    ours: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def diff(self) -> str:
        """What would change, as a unified diff."""
        before, after = ("/dev/null" if data is None else str(self.path) for data in (self.before, self.after))
        lines = difflib.unified_diff(_shown(self.before), _shown(self.after), before, after, lineterm="", n=1)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was edited, and by which names the old files are kept."""

    edits: tuple[Edit, ...]
    backups: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def plan_setup(resource: Path, version: str) -> Done:
    """The edits that set REAPER up. Raises SetupError where no Python can be given to REAPER."""
    files = _read_files(resource)
    library = usable_library(files) or find_library()
    if library is None:
        raise _no_library()
    foreign = tuple(_foreign(resource, files))
    made = with_us(
        files,
        _read_record(resource),
        scripts=scripts_folder(),
        library=library,
        foreign=foreign,
        newline=os.linesep.encode(),
    )
    own = {RECORD_FILE: dumps_record(made.record), ACTIONS_FILE: actions_file(made.start_command, version)}
    return Done(
        edits=(*_own_edits(resource, own), *_edits(resource, files, made.files)),
        notes=(
            *_library_notes(library),
            *(f"{name}: already in the action list, left as it is" for name in foreign),
        ),
    )


def plan_removal(resource: Path) -> Done:
    """The edits that take DAW Bridge out of REAPER again."""
    files = _read_files(resource)
    record = _read_record(resource)
    own: Files = {RECORD_FILE: None, ACTIONS_FILE: None}
    edits = (*_edits(resource, files, without_us(files, record)), *_own_edits(resource, own))
    return Done(edits=edits)


def carry_out(planned: Done, resource: Path, running: Sequence[Process], system: System) -> Done:
    """Make planned edits. Raises SetupError where this REAPER runs: it writes its files anew when it quits."""
    if any(edit.changes and not edit.ours for edit in planned.edits):
        refuse_running(resource, running, system)
    backups = []
    for edit in planned.edits:
        if edit.changes:
            if edit.before is not None and not edit.ours:
                backups.append(numbered_backup(edit.path))
            _write(edit)
    return Done(edits=planned.edits, backups=tuple(backups), notes=planned.notes)


def refuse_running(resource: Path, running: Sequence[Process], system: System) -> None:
    """Raises SetupError for a REAPER that uses this folder, or may use it for all that can be found out."""
    for process in running:
        folder = folder_of(process, system)
        if folder is None or Path(folder).resolve() == resource.resolve():
            raise SetupError(
                f"REAPER is running (process {process.pid}), and would write its files anew when it quits.",
                hint="Quit REAPER, then run this again.",
            )


def usable_library(files: Files) -> Library | None:
    """The Python library that REAPER has been given already, if it can be used."""
    path = configured_library(files[INI] or b"")
    if path is None or not Path(path).is_file() or (version_of(path) or OLDEST) < OLDEST:
        return None
    return Library(path=path, interpreter="")


def _foreign(resource: Path, files: Files) -> list[str]:
    found = foreign_actions(files[KB] or b"")
    return [name for name in ACTIONS if name in found and (resource / "Scripts" / found[name]).is_file()]


def _library_notes(library: Library) -> tuple[str, ...]:
    if not library.interpreter:
        return (f"Python in REAPER: {library.path}, as it was set",)
    named = f"Python in REAPER: {library.path}"
    if library.interpreter == sys.executable:
        return (named,)
    other = (
        f"The Python that runs DAW Bridge ({sys.executable}) has no shared library, "
        f"so REAPER uses that of {library.interpreter}; nothing needs to be installed there."
    )
    return (named, other)


def _no_library() -> SetupError:
    names = {
        "darwin": "Install Python from python.org or Homebrew",
        "win32": "Install Python from python.org",
    }
    default = "Install one with your package manager (Debian, Ubuntu: sudo apt install libpython3-dev)"
    return SetupError(
        f"The Python that runs this ({sys.executable}) has no shared library (libpython), which REAPER needs, "
        "and no other Python on the PATH has one.",
        hint=f"{names.get(sys.platform, default)}, then run `daw-bridge setup` again.",
    )


def _read_files(resource: Path) -> Files:
    return {name: _read(resource / name) for name in (INI, KB)}


def _read_record(resource: Path) -> Record:
    data = _read(resource / FOLDER / RECORD_FILE)
    return Record() if data is None else loads_record(data)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}).", hint="Check its permissions.") from error


def _edits(resource: Path, before: Files, after: Files) -> tuple[Edit, ...]:
    return tuple(Edit(path=resource / name, before=before[name], after=after[name]) for name in after)


def _own_edits(resource: Path, after: Files) -> tuple[Edit, ...]:
    paths = {name: resource / FOLDER / name for name in after}
    return tuple(Edit(path=path, before=_read(path), after=after[name], ours=True) for name, path in paths.items())


def _write(edit: Edit) -> None:
    with permission_told(edit.path):
        if edit.after is None:
            edit.path.unlink(missing_ok=True)
            return
        if edit.ours:
            edit.path.parent.mkdir(exist_ok=True)
    write_atomically(edit.path, edit.after)


def _shown(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


def set_up(named: Path | None, *, version: str, remove: bool = False, dry_run: bool = False) -> str:
    """Set REAPER up, or take DAW Bridge out of it again; returns what was done, or as a diff what would be.

    Raises SetupError, OutputError.
    """
    system, running = this_system(), running_reapers()
    resource = Path(find_resource_folder(system, named=str(named.absolute()) if named else None, running=running))
    planned = plan_removal(resource) if remove else plan_setup(resource, version)
    if dry_run:
        diffs = [edit.diff() for edit in planned.edits if edit.changes]
        return "\n".join([*planned.notes, *diffs] if diffs else ["Nothing would change."])
    done = carry_out(planned, resource, running, system)
    if remove:
        clear_folder(resource)
        return report(done, resource, "DAW Bridge is out of REAPER's configuration.")
    make_token(resource)
    names = "".join(f"\n  DAW Bridge: {action}" for action in ACTIONS)
    return report(done, resource, f"Start REAPER; its action list (press ?) has:{names}")


def report(done: Done, resource: Path, end: str) -> str:
    """What was done, for people."""
    written = [f"{'changed' if edit.after else 'removed'}: {edit.path}" for edit in done.edits if edit.changes]
    kept = [f"the file as it was: {backup}" for backup in done.backups]
    return "\n".join([f"REAPER's settings: {resource}", *done.notes, *written, *kept, "", end])

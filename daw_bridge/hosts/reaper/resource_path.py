"""Which folder REAPER keeps its settings in: by platform, by environment, or by where a running REAPER lies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from daw_bridge.errors import SetupError

SAY_WHERE = "Name the folder with --resource-path (REAPER shows it: Options > Show REAPER resource path)."

_FLATPAK = ".var/app/fm.reaper.Reaper/config/REAPER"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What the resource folder depends on. `platform` is as `sys.platform`; `is_file` looks at the disk."""

    platform: str
    environment: Mapping[str, str]
    home: str
    is_file: Callable[[PurePath], bool]

    def path(self, text: str) -> PurePath:
        """A path by this platform's rules."""
        return PureWindowsPath(text) if self.platform == "win32" else PurePosixPath(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A running REAPER: the path of its program, and the arguments after it. `None`: not to be found out."""

    pid: int
    executable: str | None
    arguments: tuple[str, ...] = ()


def standard_folders(system: System) -> tuple[PurePath, ...]:
    """Where an installed REAPER keeps its settings, most likely place first."""
    home = system.path(system.home)
    match system.platform:
        case "win32":
            roaming = system.environment.get("APPDATA")
            return ((system.path(roaming) if roaming else home / "AppData" / "Roaming") / "REAPER",)
        case "darwin":
            return (home / "Library" / "Application Support" / "REAPER",)
    configured = system.environment.get("XDG_CONFIG_HOME")
    first = (system.path(configured) / "REAPER",) if configured else ()
    return tuple(dict.fromkeys((*first, home / ".config" / "REAPER", home / _FLATPAK)))


def folder_of(process: Process, system: System) -> PurePath | None:
    """The resource folder that a running REAPER uses; None where its program's path is not known.

    `-cfgfile` names it; a portable REAPER has reaper.ini beside its program, on macOS beside REAPER.app.
    """
    named = _named_ini(process.arguments)
    if named is not None and (path := system.path(named)).is_absolute():
        return path.parent
    if process.executable is None:
        return None
    program = system.path(process.executable)
    beside = program.parent
    if system.platform == "darwin" and len(program.parents) > 3:
        beside = program.parents[3]  # X of X/REAPER.app/Contents/MacOS/REAPER
    if _is_resource_folder(beside, system):
        return beside
    return next((folder for folder in standard_folders(system) if _is_resource_folder(folder, system)), None)


def _named_ini(arguments: Sequence[str]) -> str | None:
    for flag, value in itertools.pairwise(arguments):
        if flag.lower() == "-cfgfile":
            return value
    return None


def _is_resource_folder(folder: PurePath, system: System) -> bool:
    return system.is_file(folder / "reaper.ini")


def find_resource_folder(system: System, *, named: str | None = None, running: Sequence[Process] = ()) -> PurePath:
    """The folder that is meant: the `named` one, else that of the REAPER that runs, else the installed one's.

    Raises SetupError: not REAPER's folder, none found, or more than one.
    """
    if named is not None:
        return _checked(system.path(named), system)
    in_use = {folder for process in running if (folder := folder_of(process, system)) is not None}
    tried = tuple(in_use) or standard_folders(system)
    found = [folder for folder in tried if _is_resource_folder(folder, system)]
    if not found:
        places = ", ".join(map(str, tried))
        raise SetupError(f"REAPER's settings are not in {places}.", hint=f"Start REAPER once. {SAY_WHERE}")
    if len(found) > 1:
        raise SetupError(f"There is more than one REAPER: {', '.join(sorted(map(str, found)))}.", hint=SAY_WHERE)
    return found[0]


def _checked(folder: PurePath, system: System) -> PurePath:
    if not _is_resource_folder(folder, system):
        raise SetupError(f"{folder} holds no reaper.ini, so it is no resource folder of REAPER's.", hint=SAY_WHERE)
    return folder

"""Our own folder in REAPER's resource folder: what the actions there must know, and the secret of the bridge."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from daw_bridge.errors import SetupError
from daw_bridge.hosts.reaper.places import FOLDER, token_path
from daw_bridge.hosts.reaper.resource_path import System

ACTIONS_FILE = "setup.ini"
RECORD_FILE = "setup.json"
JOBS_FOLDER = "jobs"


def make_token(resource: Path) -> Path:
    """Makes the secret that the bridge asks for, if there is none; readable by its user alone in any case."""
    path = token_path(resource)
    with permission_told(path):
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
        path.chmod(0o600)
    return path


def clear_folder(resource: Path) -> None:
    """Takes away the token and what jobs left; the folder too, if nothing else is in it."""
    folder = resource / FOLDER
    with permission_told(folder):
        for path in (token_path(resource), *(folder / JOBS_FOLDER).glob("*")):
            path.unlink(missing_ok=True)
        for empty in (folder / JOBS_FOLDER, folder):
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def scripts_folder() -> Path:
    """Where the actions lie: inside an installed package, at the top of a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "data" / "reaper_scripts"
    return installed if installed.is_dir() else package.parent / "reaper_scripts"


def actions_file(start_command: str, version: str) -> bytes:
    """What the actions must know, a `key=value` a line: Lua reads this more easily than JSON."""
    reapy = importlib.util.find_spec("reapy")  # found, not imported: it would connect
    entries = [
        ("version", version),
        *(("cli", word) for word in command_line()),
        ("server", str(Path(__file__).with_name("server.py"))),
        *([("packages", str(Path(reapy.origin).parents[1]))] if reapy and reapy.origin else []),
        ("start", start_command),
    ]
    if any("\n" in value for _, value in entries):
        raise SetupError("The folder of DAW Bridge has a line break in its name.", hint="Install it elsewhere.")
    return "".join(f"{key}={value}\n" for key, value in entries).encode("utf-8", "surrogateescape")


def command_line() -> tuple[str, ...]:
    """How to start `daw-bridge` from anywhere: this very Python, on Windows the one without a console window."""
    windowless = Path(sys.executable).with_name("pythonw.exe")
    python = windowless if sys.platform == "win32" and windowless.is_file() else Path(sys.executable)
    safe_path = ("-P",) if sys.version_info >= (3, 11) else ()
    return (str(python), *safe_path, "-m", "daw_bridge")


def this_system() -> System:
    """The machine that this runs on."""
    return System(
        platform=sys.platform,
        environment=os.environ,
        home=str(Path.home()),
        is_file=lambda path: Path(path).is_file(),
    )


def read_actions_file(resource: Path) -> dict[str, str] | None:
    """What the actions were told; of a repeated key the first value. None where they were told nothing."""
    try:
        text = (resource / FOLDER / ACTIONS_FILE).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    entries = [line.partition("=") for line in text.splitlines()]
    return {key: value for key, _, value in reversed(entries)}


@contextlib.contextmanager
def permission_told(path: Path) -> Iterator[None]:
    """Turns what the system says against a change into words. Raises SetupError."""
    try:
        yield
    except OSError as error:
        raise SetupError(f"{path} cannot be changed ({error.strerror}).", hint="Check its permissions.") from error

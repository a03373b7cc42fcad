"""What the two ends of the bridge share on disk, in REAPER's resource folder: the token and the bridge's settings.

`server.py`, which runs in REAPER and cannot import this, keeps to the same names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.errors import ReaperUnreachableError

FOLDER = "DAW Bridge"
TOKEN_FILE = "token"
SETTINGS_FILE = "bridge.json"
HOST = "127.0.0.1"
DEFAULT_PORT = 2306

_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSettings:
    """What `bridge.json` says. `check_token` is off only for those who use other reapy programs as well."""

    port: int = DEFAULT_PORT
    check_token: bool = True


def token_path(resource: Path) -> Path:
    """The file with the secret that the bridge asks for: 64 hexadecimal digits, readable by its user alone."""
    return resource / FOLDER / TOKEN_FILE


def settings_path(resource: Path) -> Path:
    """The file with the bridge's settings; it may be missing."""
    return resource / FOLDER / SETTINGS_FILE


def read_token(resource: Path) -> str | None:
    """The secret; None where no bridge has ever run, or the file cannot be read."""
    try:
        text = token_path(resource).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _TOKEN.fullmatch(text) else None


def read_settings(resource: Path) -> BridgeSettings:
    """The bridge's settings, with defaults for what the file does not say.

    Raises ReaperUnreachableError where the file says something else.
    """
    path = settings_path(resource)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return BridgeSettings()
    except (OSError, ValueError) as error:
        raise _broken(path, str(error)) from error
    port = data.get("port", DEFAULT_PORT) if isinstance(data, dict) else None
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise _broken(path, f"port is {port!r}, not a number from 1 to 65535")
    return BridgeSettings(port=port, check_token=data.get("check_token") is not False)


def _broken(path: Path, problem: str) -> ReaperUnreachableError:
    return ReaperUnreachableError(f"{path}: {problem}", hint="Mend the file, or delete it for the defaults.")

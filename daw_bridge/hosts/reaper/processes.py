"""Which REAPERs run on this machine, and on which addresses they listen."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import psutil

from daw_bridge.hosts.reaper.resource_path import Process

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def running_reapers() -> tuple[Process, ...]:
    """All REAPERs of this machine that this user may see."""
    found = psutil.process_iter(["pid", "name", "exe", "cmdline"])
    return tuple(_process(entry.info) for entry in found if is_reaper(entry.info["name"] or ""))


def is_reaper(name: str) -> bool:
    """Whether a program of this name is REAPER: `reaper`, `REAPER` or `reaper.exe`."""
    return PurePath(name.lower()).name.removesuffix(".exe") == "reaper"


def _process(info: dict[str, Any]) -> Process:
    words = info["cmdline"] or ()
    return Process(pid=info["pid"], executable=info["exe"] or None, arguments=tuple(words[1:]))


def listening_addresses(pid: int) -> tuple[tuple[str, int], ...] | None:
    """The addresses and TCP ports that a process accepts connections on; None where that is not to be found out."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except _GONE:
        return None
    found = {(entry.laddr.ip, entry.laddr.port) for entry in connections if entry.status == psutil.CONN_LISTEN}
    return tuple(sorted(found))

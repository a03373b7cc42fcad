"""The way to the REAPER of this machine."""

from __future__ import annotations

from pathlib import Path

from daw_bridge.errors import ReaperUnreachableError, SetupError
from daw_bridge.hosts.reaper.client import Address, Client
from daw_bridge.hosts.reaper.own_folder import this_system
from daw_bridge.hosts.reaper.places import read_settings, read_token
from daw_bridge.hosts.reaper.processes import running_reapers
from daw_bridge.hosts.reaper.resource_path import find_resource_folder


def connect(resource: Path | None = None) -> Client:
    """A client for the bridge of the REAPER that runs, or of the one with this resource folder.

    Nothing is sent yet. Raises ReaperUnreachableError where no REAPER was ever installed.
    """
    named = None if resource is None else str(resource.absolute())
    try:
        folder = Path(find_resource_folder(this_system(), named=named, running=running_reapers()))
    except SetupError as error:
        raise ReaperUnreachableError(error.message, hint=error.hint) from error
    return Client(Address(port=read_settings(folder).port, token=read_token(folder)))

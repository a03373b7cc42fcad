"""Gathers the facts that the doctor judges: looks at files, processes and the bridge, and changes nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from daw_bridge.errors import DawBridgeError
from daw_bridge.hosts.reaper.client import Address, Client
from daw_bridge.hosts.reaper.configuration import (
    ACTIONS,
    INI,
    KB,
    SECTION,
    configured_library,
    registered_actions,
)
from daw_bridge.hosts.reaper.doctor import BridgeFacts, Facts, Finding, PythonFacts, findings
from daw_bridge.hosts.reaper.ini_lines import key_lines, value_of
from daw_bridge.hosts.reaper.machine_code import HEAD_BYTES, processors
from daw_bridge.hosts.reaper.own_folder import read_actions_file, this_system
from daw_bridge.hosts.reaper.places import read_settings, read_token, token_path
from daw_bridge.hosts.reaper.processes import listening_addresses, running_reapers
from daw_bridge.hosts.reaper.resource_path import Process, System, find_resource_folder, folder_of

ANSWER_S = 10.0


def examine(named: Path | None, version: str) -> tuple[Finding, ...]:
    """What the doctor finds, for the REAPER that is meant (see `find_resource_folder`)."""
    system, running = this_system(), running_reapers()
    try:
        place = find_resource_folder(system, named=str(named.absolute()) if named else None, running=running)
    except DawBridgeError as error:
        return findings(
            Facts(version=version, resource=None, resource_problem=(error.message, error.hint), actions={})
        )
    resource = Path(place)
    return findings(gather(resource, _of(resource, running, system), version))


def _of(resource: Path, running: Sequence[Process], system: System) -> tuple[Process, ...]:
    return tuple(
        process
        for process in running
        if (folder := folder_of(process, system)) is not None and Path(folder).resolve() == resource.resolve()
    )


def gather(resource: Path, running: Sequence[Process], version: str) -> Facts:
    """All facts about one REAPER and its processes."""
    told = read_actions_file(resource)
    return Facts(
        version=version,
        resource=resource,
        python=_python(_bytes(resource / INI)),
        actions=_actions(resource),
        told=told,
        program_exists=told is not None and Path(told.get("cli", "")).is_file(),
        token_private=_token_private(token_path(resource)),
        running=tuple(process.pid for process in running),
        reaper_processors=processors(_head(running[0].executable)) if running else frozenset(),
        listening=_listening(running),
        bridge=ask_bridge(resource),
    )


def _python(ini: bytes) -> PythonFacts:
    library = configured_library(ini)
    return PythonFacts(
        switched_on=any(value_of(line) not in ("", "0") for line in key_lines(ini, SECTION, "reascript")),
        library=library,
        exists=library is not None and Path(library).is_file(),
        processors=processors(_head(str(library))) if library else frozenset(),
    )


def _actions(resource: Path) -> Mapping[str, bool]:
    found = registered_actions(_bytes(resource / KB))
    return {
        name: any((resource / "Scripts" / script).is_file() for script in found[name])
        for name in ACTIONS
        if name in found
    }


def _token_private(path: Path) -> bool | None:
    """On Windows the folder is the user's own, and file modes say nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return os.name == "nt" or not mode & 0o077


def _listening(running: Sequence[Process]) -> tuple[tuple[str, int], ...] | None:
    found = [listening_addresses(process.pid) for process in running]
    if any(addresses is None for addresses in found):
        return None
    return tuple(address for addresses in found for address in addresses or ())


def ask_bridge(resource: Path) -> BridgeFacts:
    """Whether the bridge answers, and what the client says if it does not."""
    port = 0
    try:
        port = read_settings(resource).port
        client = Client(Address(port=port, token=read_token(resource)), answer_s=ANSWER_S)
        with contextlib.closing(client):
            stock = client.stock_server
            answer = client.run("snapshot", {})
    except DawBridgeError as error:
        return BridgeFacts(port=port, problem=error.message, hint=error.hint)
    if "ok" not in answer:
        return BridgeFacts(port=port, problem=f"REAPER answers, but with an error: {answer.get('message', answer)}")
    return BridgeFacts(port=port, reaper_version=answer["ok"]["reaper"], stock=stock)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _head(path: str | None) -> bytes:
    if path is None:
        return b""
    try:
        with Path(path).open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""

"""An emulated REAPER with our bridge in it, and the project that is open there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daw_bridge.hosts.reaper.client import Address, Client
from daw_bridge.hosts.reaper.live import LiveProject, open_project
from daw_bridge.hosts.reaper.places import read_token
from emulator.plugin import StartReaper
from emulator.running import Emulator

Connect = Callable[[Emulator], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients: list[Client] = []

    def connected(reaper: Emulator) -> Client:
        clients.append(Client(Address(port=reaper.port, token=read_token(reaper.resource_path))))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


class Bench:
    """One REAPER and our line to it."""

    def __init__(self, reaper: Emulator, client: Client) -> None:
        self.reaper, self.client = reaper, client

    def open(self) -> LiveProject:
        return open_project(self.client)


StartBench = Callable[..., Bench]


@pytest.fixture
def bench(start_reaper: StartReaper, connect: Connect) -> StartBench:
    def start(project: Path | bytes | None = None, **options: object) -> Bench:
        reaper = start_reaper(project, **{"script": "daw-bridge", **options})
        return Bench(reaper, connect(reaper))

    return start

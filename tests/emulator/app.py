"""The running REAPER: tabs, pointers, ext state, and a record of everything that a script must not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from emulator.nodes import Element
from emulator.pointers import Pointers
from emulator.project import EMPTY, Project

# Kinds whose NULL means the current project or "none"; any other NULL is a mistake of the caller.
_NULL_IS_FINE = frozenset(("ReaProject*", "HWND", "KbdSectionInfo*"))
# What "any function" leaves out where one is to fail: without these nothing can be mended.
_NEVER_FAIL = ("PreventUIRefresh", "Undo_BeginBlock2", "Undo_EndBlock2", "Undo_CanUndo2", "Undo_DoUndo2")
# Kinds that ValidatePtr2 knows.
_VALIDATED = ("ReaProject*", "MediaTrack*", "MediaItem*", "MediaItem_Take*", "TrackEnvelope*", "PCM_source*")


class WouldCrashError(Exception):
    """A real REAPER would have crashed here."""


@dataclass(slots=True)
class Options:
    """How this REAPER is, beyond the usual; all can be changed while it runs."""

    version: str = "7.78/linux-x86_64"
    missing_plugins: tuple[str, ...] = ()
    odd_display: bool = False
    kilohertz: bool = False
    eq_bands: int = 5
    eq_layout: bool = True
    vst_chunk: bool = True
    band_enabled_lies: bool = False
    set_param_fails: tuple[str, ...] = ()
    shown_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Master:
    """The master track of a project, whose lines lie in the project itself."""

    project: Project


@dataclass(frozen=True, slots=True)
class Take:
    """The take of an item, by its place."""

    item: Element
    place: int


@dataclass(slots=True)
class App:
    """Everything that the functions of ReaScript read and change."""

    resource_path: Path
    tabs: list[Project] = field(default_factory=list)
    current: int = 0
    options: Options = field(default_factory=Options)
    pointers: Pointers = field(default_factory=Pointers)
    ext_state: dict[tuple[str, str], str] = field(default_factory=dict)
    actions: dict[str, Path] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    fail_in: tuple[str, int] | None = None
    modelled: frozenset[str] = frozenset()
    ui_refresh: int = 0
    kept: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.tabs:
            self.tabs.append(Project(EMPTY))

    @property
    def project(self) -> Project:
        return self.tabs[self.current]

    def open_tab(self) -> None:
        self.tabs.append(Project(EMPTY))
        self.current = len(self.tabs) - 1

    def close_tab(self, project: Project) -> None:
        """REAPER always has a tab: closing the last one leaves an empty one."""
        self.tabs.remove(project)
        if not self.tabs:
            self.tabs.append(Project(EMPTY))
        self.current = min(self.current, len(self.tabs) - 1)

    def one(self, thing: Any) -> Any:
        """The same object for equal ones, so that a take or the master has one pointer for as long as it lives."""
        return self.kept.setdefault(thing, thing)

    def violation(self, text: str) -> None:
        self.violations.append(text)

    def would_crash(self, text: str) -> NoReturn:
        self.violation(f"would crash REAPER: {text}")
        raise WouldCrashError(f"would crash REAPER: {text}")

    def on_call(self, name: str) -> None:
        """Count a call; raise where a test wants one to fail."""
        self.calls[name] = self.calls.get(name, 0) + 1
        if self.fail_in is not None and self.fail_in[0] in (name, "*" if name not in _NEVER_FAIL else name):
            left = self.fail_in[1] - 1
            self.fail_in = (self.fail_in[0], left) if left > 0 else None
            if left <= 0:
                raise RuntimeError(f"fault on demand in {name}")

    def null(self, function: str, kind: str) -> None:
        """What stands for NULL: nothing. Only projects may be NULL."""
        if kind not in _NULL_IS_FINE:
            raise NullPointerError(self, function, kind)

    def follow(self, function: str, kind: str, address: int) -> Any:
        """What lies at an address; a wild or dangling pointer is what crashes REAPER."""
        pointed = self.pointers.at(address)
        if pointed is None or pointed.kind != kind or not self.is_alive(kind, pointed.thing):
            problem = "dangling" if pointed is not None and pointed.kind == kind else "wild"
            self.would_crash(f"{function} was given a {problem} {kind}")
        return pointed.thing

    def is_valid(self, project: Project | None, address: int, kind: str) -> bool:
        """What ValidatePtr2 says."""
        pointed = self.pointers.at(address)
        if pointed is None or pointed.kind != kind or kind not in _VALIDATED:
            return False
        if not self.is_alive(kind, pointed.thing):
            return False
        return kind == "ReaProject*" or self.project_of(pointed.thing) is (project or self.project)

    def is_alive(self, kind: str, thing: Any) -> bool:
        if kind == "ReaProject*":
            return thing in self.tabs
        if isinstance(thing, Take) and thing.place >= number_of_takes(thing.item):
            return False
        return self.project_of(thing) is not None

    def project_of(self, thing: Any) -> Project | None:
        if isinstance(thing, Master):
            return thing.project if thing.project in self.tabs else None
        if isinstance(thing, GuidOf):
            thing = thing.owner
            return self.project_of(thing)
        element = thing.item if isinstance(thing, Take) else thing
        root = element.root
        return next((project for project in self.tabs if project.root is root), None)

    def owner(self, thing: Any) -> Project:
        """The project of something that is alive."""
        project = self.project_of(thing)
        assert project is not None
        return project

    def end_of_tick(self) -> None:
        """Whatever a script opened it has to close before REAPER goes on."""
        if self.ui_refresh != 0:
            self.violation(f"PreventUIRefresh is at {self.ui_refresh} at the end of a tick")
            self.ui_refresh = 0
        for project in self.tabs:
            if project.open_blocks:
                self.violation(f"{project.open_blocks} undo blocks are open at the end of a tick")
                project.open_blocks = 0


@dataclass(frozen=True, slots=True)
class GuidOf:
    """Where a GUID* points: to the GUID of a track or a plug-in."""

    owner: Any
    text: str


class NullPointerError(Exception):
    """NULL where REAPER needs an object."""

    def __init__(self, app: App, function: str, kind: str) -> None:
        super().__init__(f"{function} was given NULL for a {kind}")
        app.violation(str(self))


def number_of_takes(item: Element) -> int:
    return 1 + sum(1 for node in item.children if isinstance(node, str) and node.split()[:1] == ["TAKE"])

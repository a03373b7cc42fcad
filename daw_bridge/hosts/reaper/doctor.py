"""Whether each link of the chain from here to the open REAPER holds, and what to do about the first that does not.

Pure: from facts to findings. `examination.py` gathers the facts.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from daw_bridge.hosts.reaper.configuration import ACTIONS
from daw_bridge.hosts.reaper.python_library import OLDEST, version_of

RUN_SETUP = "Quit REAPER and run `daw-bridge setup`."
START_BRIDGE = "In REAPER, run the action `DAW Bridge: Start bridge` (press ? for the action list)."
_NOT_STOCK = f"Stop the script that started it in REAPER (Actions > Running scripts). {START_BRIDGE}"


class State(enum.Enum):
    """How a link is. `UNKNOWN`: not to be told before an earlier one holds."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One link: what was found, and the next step where it does not hold."""

    link: str
    state: State
    found: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFacts:
    """The Python that REAPER is told to load; `processors` are the library's, by its first bytes."""

    switched_on: bool
    library: PurePath | None
    exists: bool = False
    processors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeFacts:
    """How the bridge answered: REAPER's version, or why there was no answer and what the client says about that.

    `stock`: reapy's own server answered, not ours.
    """

    port: int
    reaper_version: str | None = None
    stock: bool = False
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was found. `actions` are the registered ones, by name, and whether their scripts are there.

    `told` is what the actions were told by setup, None if nothing; `listening` the addresses of the running
    REAPER, None where that was not to be found out.
    """

    version: str
    resource: PurePath | None
    resource_problem: tuple[str, str] = ("", "")
    python: PythonFacts | None = None
    actions: Mapping[str, bool]
    told: Mapping[str, str] | None = None
    program_exists: bool = False
    token_private: bool | None = None
    running: tuple[int, ...] = ()
    reaper_processors: frozenset[str] = frozenset()
    listening: tuple[tuple[str, int], ...] | None = None
    bridge: BridgeFacts | None = None


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Every link, from REAPER's settings to the addresses that it listens on."""
    if facts.resource is None:
        problem, hint = facts.resource_problem
        return (Finding(link="REAPER", state=State.BAD, found=problem, next_step=hint),)
    checks: tuple[Callable[[Facts], Finding], ...] = (_settings, _python, _actions, _told, _token, _runs, _answers)
    return (*(check(facts) for check in checks), *_addresses(facts))


def _good(link: str, found: str) -> Finding:
    return Finding(link=link, state=State.GOOD, found=found)


def _bad(link: str, found: str, next_step: str) -> Finding:
    return Finding(link=link, state=State.BAD, found=found, next_step=next_step)


def _settings(facts: Facts) -> Finding:
    return _good("REAPER", f"its settings are in {facts.resource}")


def _python(facts: Facts) -> Finding:
    link, python = "Python in REAPER", facts.python
    if python is None or python.library is None:
        return _bad(link, "none is set", RUN_SETUP)
    if not python.switched_on:
        return _bad(link, "Python scripts are switched off", RUN_SETUP)
    fault = _library_fault(python, python.library)
    if fault:
        return _bad(link, f"{python.library} {fault}", RUN_SETUP)
    if facts.reaper_processors and not facts.reaper_processors & python.processors:
        return _bad(
            link,
            f"{python.library} is for {_all(python.processors)}, REAPER for {_all(facts.reaper_processors)}",
            f"Install a Python for {_all(facts.reaper_processors)}, put it first on the PATH, and run setup again.",
        )
    return _good(link, str(python.library))


def _library_fault(python: PythonFacts, library: PurePath) -> str:
    if not python.exists:
        return "is not there (any more)"
    if (version_of(library) or OLDEST) < OLDEST:
        return f"is older than {'.'.join(map(str, OLDEST))}"
    return "" if python.processors else "is no shared library"


def _all(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))


def _actions(facts: Facts) -> Finding:
    link = "actions"
    missing = [name for name in ACTIONS if name not in facts.actions]
    if missing:
        return _bad(link, f"not in the action list: {', '.join(missing)}", RUN_SETUP)
    lost = [name for name in ACTIONS if not facts.actions[name]]
    if lost:
        return _bad(link, f"registered, but their scripts are gone: {', '.join(lost)}", RUN_SETUP)
    return _good(link, f"all {len(ACTIONS)} are in the action list")


def _told(facts: Facts) -> Finding:
    link = "command line tool"
    if facts.told is None:
        return _bad(link, "the actions have not been told where it is", RUN_SETUP)
    program = facts.told.get("cli", "")
    if not facts.program_exists:
        return _bad(link, f"{program or 'no program'} is not there (any more)", "Run `daw-bridge setup` again.")
    version = facts.told.get("version", "unknown")
    if version != facts.version:
        return _bad(
            link, f"the actions start version {version}, this is {facts.version}", "Run `daw-bridge setup` again."
        )
    return _good(link, f"{facts.version}, started by {program}")


def _token(facts: Facts) -> Finding:
    link = "token"
    if facts.token_private is None:
        return _bad(link, "there is none", "Run `daw-bridge setup`.")
    if not facts.token_private:
        return _bad(link, "other users of this machine can read it", "Run `daw-bridge setup` again.")
    return _good(link, "readable by you alone")


def _runs(facts: Facts) -> Finding:
    if not facts.running:
        return _bad("REAPER runs", "no", "Start REAPER.")
    return _good("REAPER runs", f"process {', '.join(map(str, facts.running))}")


def _answers(facts: Facts) -> Finding:
    link, bridge = "bridge", facts.bridge
    if bridge is None or (not facts.running and bridge.reaper_version is None):
        return Finding(link=link, state=State.UNKNOWN, found="REAPER does not run")
    if bridge.reaper_version is None:
        return _bad(link, bridge.problem, bridge.hint or START_BRIDGE)
    if bridge.stock:
        return _bad(link, f"reapy's own server answers on port {bridge.port}: no token, any machine", _NOT_STOCK)
    return _good(link, f"REAPER {bridge.reaper_version} answers on port {bridge.port}")


def _addresses(facts: Facts) -> Iterator[Finding]:
    link = "addresses"
    if not facts.running:
        return
    if facts.listening is None:
        yield Finding(link=link, state=State.UNKNOWN, found="the system does not tell what REAPER listens on")
        return
    for address, port in facts.listening:
        shown = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        if ipaddress.ip_address(address).is_loopback:
            yield _good(link, f"REAPER listens on {shown}, which only this machine reaches")
        else:
            yield _bad(link, f"REAPER listens on {shown}, which other machines reach", _less_open(facts, port))
    if not facts.listening:
        yield _good(link, "REAPER listens on none")


def _less_open(facts: Facts, port: int) -> str:
    if facts.bridge is not None and port == facts.bridge.port:
        return _NOT_STOCK
    return (
        "DAW Bridge does not need that. If you do not either (a web interface?), remove it in "
        "Preferences > Control/OSC/web; else give it a user name and a password."
    )


def holds(found: tuple[Finding, ...]) -> bool:
    """Whether the whole chain holds."""
    return not any(finding.state is State.BAD for finding in found)


def findings_report(found: tuple[Finding, ...]) -> str:
    """The findings as a list for people."""
    marks = {State.GOOD: "ok", State.BAD: "!!", State.UNKNOWN: "? "}
    width = max(len(finding.link) for finding in found)
    lines = []
    for finding in found:
        lines.append(f"{marks[finding.state]}  {finding.link:<{width}}  {finding.found}")
        if finding.next_step:
            lines.append(" " * (width + 6) + f"-> {finding.next_step}")
    return "\n".join(lines)


def findings_document(found: tuple[Finding, ...]) -> dict[str, object]:
    """The findings as plain data."""
    return {
        "holds": holds(found),
        "links": [
            {"link": entry.link, "state": entry.state.value, "found": entry.found, "next_step": entry.next_step}
            for entry in found
        ],
    }

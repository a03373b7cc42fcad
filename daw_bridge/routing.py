"""Who feeds whom: the ways that sound takes from the clips to the master, and which of them are open."""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from daw_bridge.errors import ProjectFileError
from daw_bridge.mixer import Matrix, send_matrix
from daw_bridge.plugins import ReaComp, Settings
from daw_bridge.session import Fx, SendMode, Session

MASTER = ""
"""Stands for the master where a track's guid is asked for."""

_UNCHANGED = Matrix(1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one track gets of another, or the master of a track, through `matrix`."""

    source: str
    target: str
    tap: SendMode = SendMode.POST_FADER
    matrix: Matrix = _UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """What sounds at one end of a session: the tracks in playing order, that end last, and the ways between.

    `sounding` are the tracks whose own clips are heard.
    """

    order: tuple[str, ...]
    ways: tuple[Way, ...]
    sounding: frozenset[str]


def route(
    session: Session, *, end: str = MASTER, only: Collection[str] | None = None, listening: bool = True
) -> Routing:
    """The part of a session that is heard at `end`, a track's guid or MASTER.

    `only` names the tracks whose own clips sound. Without `listening`, solos do not count, nor that `end` is
    muted: they say what somebody listens to, not what a track holds. The order is empty where nothing sounds.
    Raises ProjectFileError for a feedback loop.

    A muted track neither sounds nor passes anything on; solo overrides its mute. Solo is in place: the clips of
    soloed tracks and of all that feeds them sound, through every way behind a soloed track and through the ways
    that lead to one (REAPER 7.82, github mumu-lhl/AAADAW: ordinary-track-routing.md, audio-sends.md,
    folder-parent-routing.md, audio-send-taps.md).
    """
    soloed = {track.guid for track in session.tracks if track.solo and listening}
    muted = {track.guid for track in session.tracks if track.mute} - soloed
    if not listening:
        muted.discard(end)
    ways = [way for way in _ways(session) if way.source not in muted and way.target not in muted]
    sounding = {track.guid for track in session.tracks if track.clips} - muted
    if soloed:
        before, behind = upstream(soloed, ways), _downstream(soloed, ways)
        ways = [way for way in ways if way.source in behind or way.target in before]
        sounding &= before
    if only is not None:
        sounding &= set(only)
    live = upstream({end}, ways) & _downstream(sounding, ways)
    ways = [way for way in ways if way.source in live and way.target in live]
    return Routing(order=_ordered(session, live, ways), ways=tuple(ways), sounding=frozenset(sounding & live))


def _ways(session: Session) -> list[Way]:
    mains = [Way(source=track.guid, target=track.parent or MASTER) for track in session.tracks if track.to_parent]
    sends = [
        Way(
            source=send.source,
            target=send.target,
            tap=send.mode,
            matrix=send_matrix(send, project_law_db=session.pan_law_db),
        )
        for send in session.sends
        if not send.mute
    ]
    return mains + sends


def upstream(guids: Iterable[str], ways: Iterable[Way]) -> set[str]:
    """These tracks and all that feeds them."""
    return _reached(guids, [(way.target, way.source) for way in ways])


def _downstream(guids: Iterable[str], ways: Iterable[Way]) -> set[str]:
    return _reached(guids, [(way.source, way.target) for way in ways])


def _reached(starts: Iterable[str], steps: Iterable[tuple[str, str]]) -> set[str]:
    onward: dict[str, list[str]] = {}
    for here, there in steps:
        onward.setdefault(here, []).append(there)
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += onward.get(here, ())
    return reached


def _ordered(session: Session, live: set[str], ways: Iterable[Way]) -> tuple[str, ...]:
    feeders: dict[str, list[str]] = {track.guid: [] for track in session.tracks if track.guid in live}
    for way in ways:
        feeders.setdefault(way.target, []).append(way.source)
    try:
        return tuple(graphlib.TopologicalSorter(feeders).static_order())
    except graphlib.CycleError as error:
        names = " > ".join(session.track(guid).name or "unnamed" for guid in error.args[1])
        raise ProjectFileError(
            f"These tracks feed each other in a circle: {names}.", hint="Mute or remove one of the sends."
        ) from error


def playable(fx: Iterable[Fx], enabled: bool) -> tuple[Settings, ...]:
    """The plug-ins of a chain that sound and can be played."""
    return tuple(one.settings for one in fx if enabled and one.enabled and one.settings is not None)


def linear(session: Session) -> bool:
    """Whether the mix is the sum of what its tracks are alone, and follows each fader as a gain.

    So there is no compressor behind any fader, and no send from before one.
    """
    routing = route(session)
    if any(way.tap is not SendMode.POST_FADER for way in routing.ways):
        return False
    return not any(heard - {guid} for guid, heard in _compressed(session, routing))


def share_a_compressor(session: Session, some: Collection[str]) -> bool:
    """Whether there is a compressor that hears the clips of some of these tracks and of others."""
    return any(heard & set(some) and heard - set(some) for _, heard in _compressed(session, route(session)))


def _compressed(session: Session, routing: Routing) -> Iterator[tuple[str, set[str]]]:
    """Each track, or the master, that has a compressor, and the tracks whose clips it hears."""
    chains = {track.guid: playable(track.fx, track.fx_enabled) for track in session.tracks}
    chains[MASTER] = playable(session.master.fx, session.master.fx_enabled)
    for guid in routing.order:
        if any(isinstance(settings, ReaComp) for settings in chains[guid]):
            yield guid, upstream({guid}, routing.ways) & routing.sounding

"""A mix plan: what to set on which track, in plug-in units, and why. Plain data.

A plan can be printed, saved, compared, applied and reverted. It is absolute: applying it twice changes nothing
the second time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.session import Fx, Role, Session, Track

SCHEMA = 1

HIGHEST_FADER_DB = 60.0
"""The highest that any fader of a plan stands: voices end at +12 dB, the user's own may be higher already."""

EQ_NAME = "DAW Bridge: EQ"
COMP_NAME = "DAW Bridge: Comp"
VERB_NAME = "DAW Bridge: Verb"

FX_NAMES: Mapping[str, str] = {"eq": EQ_NAME, "comp": COMP_NAME, "verb": VERB_NAME}
"""The fields of TrackPlan that are plug-ins, in the order of the chain, and the names shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPlan:
    """What to set on one track. A plug-in that is None is not used; the fader is always set.

    `why` gives a reason for each value by its path, e.g. `fader_db`, `eq`, `comp.threshold_db`. `results` are
    the values measured on this track's rendered audio, e.g. `block_range_db`.
    """

    guid: str
    name: str
    role: Role
    fader_db: float
    eq: ReaEq | None = None
    comp: ReaComp | None = None
    verb: ReaVerbate | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, float] = field(default_factory=dict)

    @property
    def chain(self) -> tuple[tuple[str, Settings], ...]:
        """Our plug-ins on this track in the order of the chain: (name shown, settings)."""
        named = ((name, getattr(self, field)) for field, name in FX_NAMES.items())
        return tuple((name, settings) for name, settings in named if settings is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPlan:
    """The decision for a whole session. `results` are values measured on the rendered mix."""

    preset: str
    predictor: str
    amount: float
    tracks: tuple[TrackPlan, ...]
    results: Mapping[str, float] = field(default_factory=dict)
    targets: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a track was before we touched it."""

    fader_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """A value of ours that the user has changed since: `field` is `fader_db`, `eq`, `comp.ratio` and the like.

    A change of ReaEQ's bands is one change, `eq`, because bands move together. `value` is what the user set:
    a number, or a ReaEq (None where the user removed the plug-in; then `field` is `eq`, `comp` or `verb`).
    """

    guid: str
    track: str
    field: str
    planned: object
    value: object


def with_plan(session: Session, plan: MixPlan) -> Session:
    """The session as it is once the plan is applied: ours after the user's own plug-ins, faders as planned."""
    plans = {track.guid: track for track in plan.tracks}

    def change(track: Track) -> Track:
        planned = plans.get(track.guid)
        if planned is None:
            return track
        theirs = tuple(fx for fx in track.fx if not fx.ours)
        ours = tuple(Fx(name=name, settings=settings, ours=True) for name, settings in planned.chain)
        fader = dataclasses.replace(track.fader, volume_db=planned.fader_db)
        return dataclasses.replace(track, fx=theirs + ours, fader=fader)

    return session.map_tracks(change)


def as_theirs(track: Track) -> Track:
    """The track with our plug-ins taken for the user's own: heard, and left alone."""
    return dataclasses.replace(track, fx=tuple(dataclasses.replace(fx, ours=False) for fx in track.fx))


def only_tracks(plan: MixPlan, fixed: Collection[str], before: MixPlan | None) -> MixPlan:
    """The plan without the `fixed` tracks, which keep what the plan `before` had for them."""
    kept = [track for track in before.tracks if track.guid in fixed] if before else []
    chosen = [track for track in plan.tracks if track.guid not in fixed]
    return dataclasses.replace(plan, tracks=(*chosen, *kept))


def leave_alone(track: Track) -> tuple[UserChange, ...]:
    """What tells the engineer to set nothing on a track: its fader stays, and no plug-in is put there."""
    values = {"fader_db": track.fader.volume_db, **dict.fromkeys(FX_NAMES)}
    return tuple(
        UserChange(guid=track.guid, track=track.name, field=field, planned=None, value=value)
        for field, value in values.items()
    )


def without_ours(session: Session, originals: Mapping[str, Original]) -> Session:
    """The session as it was before any plan: our plug-ins out, the faders of `originals` (by guid) back."""

    def change(track: Track) -> Track:
        theirs = tuple(fx for fx in track.fx if not fx.ours)
        original = originals.get(track.guid)
        if original is None:
            return dataclasses.replace(track, fx=theirs)
        fader = dataclasses.replace(track.fader, volume_db=original.fader_db)
        return dataclasses.replace(track, fx=theirs, fader=fader)

    return session.map_tracks(change)

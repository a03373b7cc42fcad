"""Turns what is heard and what is wanted into a plan: closed loops on the plug-ins' own models.

The order is that of a vocal chain: EQ, compressor, reverb, fader. Each stage is set on the rendered output of the
one before, so that what was asked is what is reached.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.engineer.buses import bus, track_bus, unmoved, with_inner
from daw_bridge.engineer.chain import Chain, eq_reasons, set_chain
from daw_bridge.engineer.eq import fit_eq
from daw_bridge.engineer.faders import NOT_FOLLOWED, Desk, Levels, Part, moves_between, set_levels
from daw_bridge.engineer.kept import Kept, kept_on
from daw_bridge.engineer.listening import Listening, Voice, listen
from daw_bridge.engineer.notes import notes_on
from daw_bridge.engineer.references import with_our_room
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import NothingToMixError
from daw_bridge.plan import EQ_NAME, MixPlan, TrackPlan, UserChange, with_plan
from daw_bridge.plugins import ReaEq
from daw_bridge.plugins.sound import process_all
from daw_bridge.progress import Progress, part, side_by_side, silent
from daw_bridge.rendering import linear, remember
from daw_bridge.session import Fx, Role, Session, Track
from daw_bridge.threads import in_parallel
from predictors.decide import Preset, decide, needs_features
from predictors.reference import notes as reference_notes

if TYPE_CHECKING:
    from daw_bridge.media import Media
    from predictors.reference import Reference
    from predictors.targets import Targets, VoiceTargets

__all__ = ["engineer"]

ROUNDS = 8
"""How often faders are set again where a compressor on a bus answers to them."""

CLOSE_ENOUGH_DB = 0.03

FRAMES_AT_ONCE = 1 << 27
"""Voices that are longer than this together are set in turn: side by side each holds up to three copies in stereo,
which is 3 GB for these (ten voices of five minutes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Work:
    """What was decided so far. `session` has the backing's EQ in it; the voices are what their chains gave.

    `level_amount` (0 to 1) is how far to go with levels.
    """

    heard: Listening
    targets: Targets
    chains: Mapping[str, Chain]
    backing_eqs: Mapping[str, ReaEq | None]
    session: Session
    level_amount: float


def engineer(
    session: Session,
    media: Media,
    preset: Preset,
    *,
    predictor: str | None = None,
    amount: float | None = None,
    reference: Reference | None = None,
    kept: Iterable[UserChange] = (),
    progress: Progress = silent,
) -> MixPlan:
    """Decide on a session (as it is without us) and set every value. Raises NothingToMixError.

    `kept` are values that the user has set by hand since our last plan: they stand, and the rest is found around
    them. A fader that was moved by hand counts only in the finished plan: nothing is moved to make up for it.
    """
    by_track = {track.guid: kept_on(track.guid, tuple(kept)) for track in session.tracks}
    heard = listen(session, media, progress, features=needs_features(preset, predictor))
    reference = with_our_room(reference, heard.leads)
    targets = decide(heard.analysis, preset, predictor=predictor, amount=amount, reference=reference)
    chains = _set_chains(heard, targets, by_track, progress)
    progress("backing: EQ", 0.8)
    level_amount = preset.level.amount / 100.0 * (1.0 if amount is None else amount / 100.0)
    work = _work(session, heard, targets, chains, by_track, level_amount)
    progress("all tracks: faders", 0.85)
    desk, levels = _set_faders(work, media)
    faders = dict(levels.faders_db)
    faders.update(
        {guid: own.fader_db for guid, own in by_track.items() if own.fader_db is not None and guid in faders}
    )
    plan = MixPlan(
        preset=preset.name,
        predictor=("reference + " if reference else "") + (predictor or _deciders(preset)),
        amount=100.0 if amount is None else amount,
        tracks=tuple(_track_plan(track, work, levels, faders) for track in session.tracks if track.guid in faders),
        results=_results(work, media, desk, levels, faders),
        targets=dataclasses.asdict(targets),
        notes=(*(reference_notes(reference) if reference else ()), *notes_on(session, heard), *levels.notes),
    )
    planned = with_plan(session, plan)
    for guid, chain in chains.items():
        remember(planned, media, guid, chain.output.samples)
    progress("all tracks: faders", 1.0)
    return plan


def _set_chains(
    heard: Listening, targets: Targets, kept: Mapping[str, Kept], progress: Progress
) -> dict[str, Chain]:
    """The chain of every vocal track. Leads share one EQ, backing vocals another."""
    groups = ((heard.leads, targets.lead), (heard.backing_vocals, targets.backing_vocals))
    jobs: list[tuple[Voice, VoiceTargets | None, ReaEq | None]] = []
    for voices, group_targets in groups:
        aim = group_targets.eq if group_targets and voices else None
        eq = fit_eq(aim, voices[0].dry.rate).eq if aim else None
        jobs += [(voice, group_targets, eq) for voice in voices]
    told = side_by_side(part(progress, 0.3, 0.8), len(jobs))

    def work(number: int) -> Chain:
        voice, group_targets, eq = jobs[number]
        return _set_chain(voice, group_targets, eq, kept[voice.track.guid], told[number])

    small = sum(voice.dry.raw.shape[1] for voice, *_ in jobs) <= FRAMES_AT_ONCE
    chains = in_parallel(work, range(len(jobs))) if small else map(work, range(len(jobs)))
    return {voice.track.guid: chain for (voice, *_), chain in zip(jobs, chains, strict=True)}


def _set_chain(
    voice: Voice, targets: VoiceTargets | None, eq: ReaEq | None, kept: Kept, progress: Progress
) -> Chain:
    if targets is None or not voice.track.fx_enabled:
        return Chain(eq=None, comp=None, verb=None, output=voice.dry, why={}, results={})

    def named(stage: str, done: float) -> None:
        progress(f"{voice.track.name}: {stage}", done)

    chain = set_chain(voice.dry, voice.mask, targets, eq, kept, named)
    if not math.isfinite(chain.output.lufs_over(voice.mask)):
        raise NothingToMixError(
            f"Nothing comes out of our plug-ins on the track {voice.track.name!r}: one is all the way down.",
            hint="Turn it up again, or mix with --force.",
        )
    return chain


def _work(
    session: Session,
    heard: Listening,
    targets: Targets,
    chains: Mapping[str, Chain],
    kept: Mapping[str, Kept],
    level_amount: float,
) -> _Work:
    """What the faders are set on: the chains as they are, and the session with the backing's EQ."""
    fitted = fit_eq(targets.backing_eq, session.rate).eq if targets.backing_eq else None
    backing_eqs = {
        track.guid: _backing_eq(track, fitted, kept[track.guid]) for track in session.with_role(Role.BACKING)
    }
    return _Work(
        heard=heard,
        targets=targets,
        chains=chains,
        backing_eqs=backing_eqs,
        session=session.map_tracks(lambda track: _with_eq(track, backing_eqs.get(track.guid))),
        level_amount=level_amount,
    )


def _backing_eq(track: Track, fitted: ReaEq | None, kept: Kept) -> ReaEq | None:
    if not track.fx_enabled or "eq" in kept.removed:
        return None
    return (kept.eq or fitted) if fitted else None


def _with_eq(track: Track, eq: ReaEq | None) -> Track:
    return dataclasses.replace(track, fx=(*track.fx, Fx(name=EQ_NAME, settings=eq, ours=True))) if eq else track


def _set_faders(work: _Work, media: Media) -> tuple[Desk, Levels]:
    """The faders. Where the sound does not follow them as a gain, they are set and heard again until they stay."""
    backing_vocals = work.targets.backing_vocals
    aims = (
        work.targets.lead.relative_loudness_lu,
        None if backing_vocals is None else backing_vocals.relative_loudness_lu,
    )
    desk = _desk(work, media)
    first = set_levels(desk, *aims, evenness=work.level_amount)
    if linear(work.session):
        return desk, first
    faders = first.faders_db
    steps = missing = moves_between(desk.faders_db, faders)
    for _ in range(ROUNDS):
        desk = dataclasses.replace(_desk(work, media, faders), stood_lu=first.stood_lu)
        levels = set_levels(desk, *aims, evenness=work.level_amount)
        before, missing = missing, moves_between(faders, levels.faders_db)
        if all(abs(value) < CLOSE_ENOUGH_DB for value in missing.values()):
            return desk, levels
        steps = {guid: _secant_step(steps[guid], before[guid], missing[guid]) for guid in missing}
        faders = {guid: round(fader + steps[guid], 2) for guid, fader in faders.items()}
    desk = _desk(work, media, first.faders_db)
    heard = desk.heard(moves_between(desk.faders_db, first.faders_db))
    return desk, dataclasses.replace(first, true_peak_dbtp=heard.true_peak_dbtp, notes=(NOT_FOLLOWED,))


def _secant_step(step_db: float, missing_before_db: float, missing_db: float) -> float:
    """How far to move a fader next: what is missing, over what a decibel of the last step has done about it."""
    done = (missing_before_db - missing_db) / step_db if abs(step_db) > CLOSE_ENOUGH_DB else 1.0
    return missing_db / min(max(done, 0.1), 2.0)


def _desk(work: _Work, media: Media, faders_db: Mapping[str, float] | None = None) -> Desk:
    """The desk as it sounds with faders at `faders_db`, each turned back to where it was found by a gain.

    So what is decided on it starts from where the faders were found, and is right once it says `faders_db` itself.
    """
    found = {track.guid: track.fader.volume_db for track in work.session.tracks if track.role is not None}
    moves = moves_between(found, faders_db or found)
    session = _with_faders(work.session, faders_db or found)
    sounds = {guid: chain.output for guid, chain in work.chains.items()}
    together = {} if linear(session) else sounds

    def part(voice: Voice) -> Part:
        guid = voice.track.guid
        heard = track_bus(session, media, guid, sounds[guid], together)
        return Part(guid=guid, fader_db=found[guid], bus=heard.scaled(-moves[guid]), mask=voice.mask)

    backing, others = work.heard.backing, work.heard.others
    if together or faders_db:
        backing = _group(session, media, with_inner(session, session.with_role(Role.BACKING)), together)
        others = _group(session, media, unmoved(session), together)
    elif backing is not None:
        backing = _with_backing_eq(work, media, backing)
    backing_faders = {track.guid: found[track.guid] for track in session.with_role(Role.BACKING)}
    backing_move = next((moves[guid] for guid in backing_faders), 0.0)
    return Desk(
        leads=tuple(part(voice) for voice in work.heard.leads),
        lead_mask=work.heard.analysis.lead.mask,
        backing_vocals=tuple(part(voice) for voice in work.heard.backing_vocals),
        backing=None if backing is None else backing.scaled(-backing_move),
        backing_faders_db=backing_faders,
        others=others,
    )


def _with_backing_eq(work: _Work, media: Media, backing: Signal) -> Signal | None:
    """The backing with its EQ. One EQ for all is put on their sum: it is the same, and heard once."""
    eqs = set(work.backing_eqs.values())
    if len(eqs) > 1:
        return _group(work.session, media, with_inner(work.session, work.session.with_role(Role.BACKING)), {})
    eq = next(iter(eqs), None)
    return backing if eq is None else Signal.of(process_all(eq, backing.samples, backing.rate), backing.rate)


def _group(session: Session, media: Media, tracks: Iterable[Track], sounds: Mapping[str, Signal]) -> Signal | None:
    guids = [track.guid for track in tracks if track.clips]
    return bus(session, media, guids, sounds) if guids else None


def _with_faders(session: Session, faders_db: Mapping[str, float]) -> Session:
    def change(track: Track) -> Track:
        if track.guid not in faders_db:
            return track
        return dataclasses.replace(track, fader=dataclasses.replace(track.fader, volume_db=faders_db[track.guid]))

    return session.map_tracks(change)


def _track_plan(track: Track, work: _Work, levels: Levels, faders: Mapping[str, float]) -> TrackPlan:
    assert track.role is not None
    why = {"fader_db": levels.why[track.guid]}
    fader_db = faders[track.guid]
    if fader_db != levels.faders_db[track.guid]:
        why["fader_db"] = f"Kept where you put it; we would set {levels.faders_db[track.guid]:+.2f} dB."
    if track.guid in work.backing_eqs:
        eq = work.backing_eqs[track.guid]
        if eq is not None and work.targets.backing_eq is not None:
            why.update(eq_reasons(work.targets.backing_eq))
        return TrackPlan(guid=track.guid, name=track.name, role=track.role, fader_db=fader_db, eq=eq, why=why)
    chain = work.chains[track.guid]
    return TrackPlan(
        guid=track.guid,
        name=track.name,
        role=track.role,
        fader_db=fader_db,
        eq=chain.eq,
        comp=chain.comp,
        verb=chain.verb,
        why={**chain.why, **why},
        results={name: round(value, 3) for name, value in chain.results.items()},
    )


def _results(
    work: _Work, media: Media, desk: Desk, levels: Levels, faders: Mapping[str, float]
) -> dict[str, float]:
    """What is reached with the faders as planned, on the rendered audio; what stood there before beside it."""
    as_set = faders == levels.faders_db
    if not as_set:  # Backing tracks whose faders were kept no longer move as one.
        desk = _desk(work, media, faders)
    mix = desk.heard(moves_between(desk.faders_db, faders))
    before_lu = work.heard.analysis.relative_loudness_lu
    values = {
        "relative_loudness_before_lu": before_lu,
        "relative_loudness_lu": None if before_lu is None else mix.relative_loudness_lu,
        "backing_vocals_lu": mix.backing_vocals_lu,
        "true_peak_dbtp": levels.true_peak_dbtp if as_set else mix.true_peak_dbtp,
    }
    return {name: round(value, 3) for name, value in values.items() if value is not None}


def _deciders(preset: Preset) -> str:
    """Who decides, each named once: a preset may ask another one for each aspect."""
    aspects = (preset.level, preset.eq, preset.dynamics, preset.reverb)
    return " + ".join(dict.fromkeys(aspect.predictor for aspect in aspects))

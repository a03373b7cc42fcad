"""A finished mix and its dry tracks, from files: how they were mixed, as a project to write and to revert."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.api import Mix
from daw_bridge.audio import read_audio
from daw_bridge.engineer.faders import MAX_FADER_DB
from daw_bridge.errors import MatchError
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.matching.model import TrackMatch
from daw_bridge.matching.pair import nearness_results
from daw_bridge.matching.tracks import MixMatch, match_mix
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, TrackPlan, with_plan
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.progress import Progress, silent
from daw_bridge.session import Role, Session, Track
from daw_bridge.threads import one_blas_thread

NAME = "match"
"""Stands for preset and predictor in the plan: nobody decided, it was found."""

_PLUGINS = {"eq": "ReaEQ", "comp": "ReaComp", "verb": "ReaVerbate"}
_REASON_AT = {"comp": "comp.threshold_db", "verb": "verb.room_size"}
_NOT_FOUND = {
    "eq": "Not needed: no frequency is turned up or down.",
    "comp": "Not needed: the gain does not move with the level.",
    "verb": "Not needed: no reverb of this track is heard.",
}
_FARTHER = "Left out: what was found sounds farther from the mix than none."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unmixed:
    """What was found, and as a mix: the tracks with their chains, faders and pans. `finished` is the mix's file."""

    match: MixMatch
    mix: Mix
    finished: Path


@one_blas_thread
def match_mix_files(
    finished: Path,
    tracks: Sequence[Path],
    *,
    output: Path | None = None,
    seed: int = 0,
    budget_s: float | None = None,
    progress: Progress = silent,
) -> Unmixed:
    """Find how `finished` was mixed of the recordings `tracks`. `output` is where the project is to lie.

    Pans, places and phases are the project's own; `revert` takes out plug-ins and faders. Raises AudioFileError and
    MatchError.
    """
    project_path = output or finished.with_suffix(".rpp")
    read = session_from_recordings(
        vocals=[], backings=[*tracks, finished], backing_vocals=[], project_path=project_path
    )
    rate = read.rate
    whole, *dry = (read_audio(path, rate=rate, max_channels=2).samples for path in (finished, *tracks))
    try:
        found = match_mix(whole, dry, rate, seed=seed, budget_s=budget_s, progress=progress)
    except MatchError as error:
        raise MatchError(f"{finished.name}: {error.message}", hint=error.hint) from error
    before = _session(read, found)
    plan = MixPlan(
        preset=NAME,
        predictor=NAME,
        amount=100.0,
        tracks=tuple(
            _track_plan(track, match, rate, _reasons(match, left_out, nearer=found.nearer))
            for track, match, left_out in zip(before.tracks, found.tracks, found.left_out, strict=True)
        ),
        results=nearness_results(found.before, found.after),
        notes=tuple(_notes(before, found)),
    )
    mix = Mix(before=before, session=with_plan(before, plan), plan=plan, media=Media())
    return Unmixed(match=found, mix=mix, finished=finished)


def _session(read: Session, found: MixMatch) -> Session:
    """The tracks without the mix, in their places, with their pans and phases."""
    tracks = zip(read.tracks[:-1], found.tracks, found.offsets_frames, strict=True)
    return dataclasses.replace(read, tracks=tuple(_lying(*one, read.rate) for one in tracks))


def _lying(track: Track, match: TrackMatch, offset_frames: int, rate: int) -> Track:
    (clip,) = track.clips
    late_s = offset_frames / rate
    early_s = min(max(-late_s, 0.0), clip.length_s)
    clip = dataclasses.replace(
        clip, position_s=max(late_s, 0.0), offset_s=early_s, length_s=clip.length_s - early_s
    )
    fader = dataclasses.replace(track.fader, pan=match.strip.pan)
    return dataclasses.replace(track, clips=(clip,), fader=fader, inverted=match.strip.inverted)


def _track_plan(track: Track, match: TrackMatch, rate: int, why: Mapping[str, str]) -> TrackPlan:
    chain = match.chain
    return TrackPlan(
        guid=track.guid,
        name=track.name,
        role=track.role or Role.BACKING,
        fader_db=match.strip.fader_db,
        eq=chain.eq,
        comp=chain.comp,
        verb=chain.verb,
        why=why,
        results={"rt60_s": rt60_s(chain.verb.room_size, chain.verb.dampening, rate)} if chain.verb else {},
    )


def _reasons(match: TrackMatch, left_out: tuple[str, ...], *, nearer: bool) -> dict[str, str]:
    if not match.strip.heard:
        return {"fader_db": "This track is not heard in the mix."}
    why = {"fader_db": f"What it takes in the mix, panned {pan_words(match.strip.pan)}."}
    for part in _PLUGINS:
        if getattr(match.chain, part) is not None:
            why[_REASON_AT.get(part, part)] = "Found in the mix, with what all other tracks do taken off."
        elif not nearer:
            why[part] = _FARTHER
        elif part in left_out:
            why[part] = "Not needed: it was found, and changes too little to be heard."
        else:
            why[part] = _NOT_FOUND[part]
    return why


def pan_words(pan: float) -> str:
    """A pan as REAPER shows it."""
    percent = round(100.0 * abs(pan))
    return f"{percent} % {'right' if pan > 0.0 else 'left'}" if percent else "to the middle"


def _notes(session: Session, found: MixMatch) -> Iterator[str]:
    for track, match, offset in zip(session.tracks, found.tracks, found.offsets_frames, strict=True):
        if not match.strip.heard:
            yield f"{track.name}: not in the mix, or not to be told from the others; its fader is down."
            continue
        if offset:
            by_ms = 1000.0 * abs(offset) / session.rate
            later = "later" if offset > 0 else "earlier"
            yield f"{track.name}: lies {by_ms:.2f} ms {later} in the mix; its item was moved."
        if match.strip.inverted:
            yield f"{track.name}: its polarity is turned in the mix: the track's phase button is on."
        if match.strip.fader_db > MAX_FADER_DB:
            yield f"{track.name}: its fader is above +{MAX_FADER_DB:.0f} dB, where REAPER's ends."
    if not found.nearer:
        yield "No plug-ins were found that bring the tracks nearer to the mix: none are set."
    if not found.complete:
        yield "The search was stopped early: this is the best that it had found."
    yield "Sends, buses, automation and what was done to the sum are not looked for: they are in the residual."

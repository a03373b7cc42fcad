"""A dry recording and what was made of it, from files: the chain that made it, as a mix to write and to revert."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daw_bridge.api import Mix
from daw_bridge.audio import Samples, read_audio
from daw_bridge.decibels import decibels
from daw_bridge.engineer.faders import MAX_FADER_DB
from daw_bridge.errors import MatchError
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.matching.pair import PairMatch, match_pair, nearness_results
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, TrackPlan, with_plan
from daw_bridge.progress import Progress, silent
from daw_bridge.session import Role
from daw_bridge.threads import one_blas_thread

NAME = "match"
"""Stands for preset and predictor in the plan: nobody decided, it was found."""

_LEANING_DB = 1.0
_NOTHING = 1e-6

_REASON_AT = {"comp": "comp.threshold_db", "verb": "verb.room_size"}
"""Where the reason for a plug-in that is used stands in a plan."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """What was found, and as a mix: the dry recording on a track with the chain. `wet` is the processed one."""

    match: PairMatch
    mix: Mix
    wet: Path


@one_blas_thread
def match_files(
    dry: Path,
    wet: Path,
    *,
    output: Path | None = None,
    seed: int = 0,
    budget_s: float | None = None,
    progress: Progress = silent,
) -> Matched:
    """Find what made the recording `wet` of the recording `dry`. `output` is where the project is to lie.

    They may have different rates: the project's is that of the dry one. Raises AudioFileError and MatchError.
    """
    session = session_from_recordings(
        vocals=[dry], backings=[wet], backing_vocals=[], project_path=output or dry.with_suffix(".rpp")
    )
    track = session.tracks[0]
    rate = session.rate
    source, made = (read_audio(path, rate=rate, max_channels=2).samples for path in (dry, wet))
    try:
        found = match_pair(source, made, rate, seed=seed, budget_s=budget_s, progress=progress)
    except MatchError as error:
        raise MatchError(f"{dry.name} and {wet.name}: {error.message}", hint=error.hint) from error
    before = dataclasses.replace(
        session, tracks=(dataclasses.replace(track, inverted=found.chain.inverted),), name=track.name
    )
    plan = MixPlan(
        preset=NAME,
        predictor=NAME,
        amount=100.0,
        tracks=(_track_plan(track.guid, track.name, found),),
        results=nearness_results(found.before, found.after),
        notes=(*_notes(found, rate), *_panned(source, made)),
    )
    mix = Mix(before=before, session=with_plan(before, plan), plan=plan, media=Media())
    return Matched(match=found, mix=mix, wet=wet)


def _track_plan(guid: str, name: str, found: PairMatch) -> TrackPlan:
    chain = found.chain
    why = {
        _REASON_AT.get(part, part) if getattr(chain, part) is not None else part: reason
        for part, reason in found.why.items()
    }
    return TrackPlan(
        guid=guid,
        name=name,
        role=Role.LEAD_VOCAL,
        fader_db=chain.fader_db,
        eq=chain.eq,
        comp=chain.comp,
        verb=chain.verb,
        why=why,
        results={name: round(value, 3) for name, value in found.measured.items()},
    )


def _panned(dry: Samples, wet: Samples) -> Iterator[str]:
    """What a track's pan would do, which is not looked for here."""
    if len(wet) == 1:
        return
    leaning_db = _leaning_db(wet) - _leaning_db(dry)
    if abs(leaning_db) > _LEANING_DB:
        side = "left" if leaning_db > 0.0 else "right"
        yield f"It leans to the {side} by {abs(leaning_db):.1f} dB: pans are found with --mix WET DRY."


def _leaning_db(samples: Samples) -> float:
    left, right = (float(np.std(side)) + _NOTHING for side in (samples[0], samples[-1]))
    return decibels(left / right)


def _notes(found: PairMatch, rate: int) -> Iterator[str]:
    alignment = found.alignment
    apart_s = round(abs(alignment.offset_frames) / rate, 4)
    if apart_s:
        later = "later" if alignment.offset_frames > 0.0 else "earlier"
        yield f"The processed recording is {apart_s:.4f} s {later} than the dry one."
    if alignment.drift_ppm:
        yield f"Its clock drifts by {alignment.drift_ppm:+.1f} ppm against the dry one; that was undone to compare."
    if alignment.inverted:
        yield "Its polarity is turned: the track's phase button is on."
    if found.chain.fader_db > MAX_FADER_DB:
        yield f"The fader is above +{MAX_FADER_DB:.0f} dB, where REAPER's ends on the screen."
    if not found.exact:
        yield "Its reverb is another one: that can be made to sound alike, but not to cancel sample by sample."
    if not found.complete:
        yield "The search was stopped early: this is the best that it had found."

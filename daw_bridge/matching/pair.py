"""Which settings made this? One dry recording and what was made of it.

First what is linear: the response between the two, by least squares. Its early part is EQ and gain, its late part
the reverb. With the tail taken off, the gain that is left over time is the compressor's. Each makes the others
clearer, so they are found in turns; then all values move together to where the sound is nearest. At last each
plug-in has to earn its place.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude, decibels
from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import MatchError
from daw_bridge.matching.align import Alignment, align, find_alignment
from daw_bridge.matching.chain import Chain, as_heard, play
from daw_bridge.matching.knobs import typed
from daw_bridge.matching.losses import Distance, Ear, levels_residual_db, residual_db
from daw_bridge.matching.response import convolved, find_response, minimum_phase
from daw_bridge.matching.search import PLUGINS, WORTH, Found, Pair, fullest, search
from daw_bridge.plan import HIGHEST_FADER_DB
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.progress import Progress, silent
from predictors.analysis import active_mask

HEARD_S = 45.0
"""So much of a recording, its fullest part, is listened to; all of it counts for the residual."""

_ALIGNMENTS = 3
_SHORT_S = 0.5
_LEAST_S = 2.0
_SILENT_DB = -80.0
_MOST_WET_DB = 6.0
_TAIL_DB = -10.0
"""What follows the dry recording's end is a tail where it is this much quieter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near a sound is to the wanted one: what is left sample by sample and of levels, how different it sounds.

    See `losses`: `residual_db` and `levels_residual_db` (None: not measured).
    """

    residual_db: float
    distance: Distance
    levels_residual_db: float | None = None


def nearness_results(before: Nearness, after: Nearness) -> dict[str, float]:
    """Both as the results of a plan."""
    values = {
        "residual_before_db": before.residual_db,
        "residual_db": after.residual_db,
        "distance_before": before.distance.total,
        "distance": after.distance.total,
    }
    return {name: round(value, 3) for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMatch:
    """The chain that was found, and how near the dry recording is as it is (`before`) and through it (`after`).

    `why` has a reason for each of `eq`, `comp`, `verb` and `fader_db`, used or not. `complete` is False where the
    search was stopped early: then this is the best so far. `measured` is on the sound of the chain, by the names
    that the engineer's results have. `exact` is False where a reverb's echoes are not those of ReaVerbate: such a
    sound can be made alike, but no sample by sample.
    """

    chain: Chain
    alignment: Alignment
    before: Nearness
    after: Nearness
    why: Mapping[str, str]
    measured: Mapping[str, float]
    exact: bool
    complete: bool = True


def match_pair(
    dry: Samples,
    wet: Samples,
    rate: int,
    *,
    seed: int = 0,
    budget_s: float | None = None,
    progress: Progress = silent,
) -> PairMatch:
    """Find what made `wet` of `dry`, each (1 or 2, frames) at the same rate, aligned or not.

    Deterministic for a seed, unless it is stopped by `budget_s` or Ctrl-C: then the best so far is given.
    Raises MatchError where they are silent, too short or have nothing to do with each other.
    """
    started_s = time.monotonic()
    _check(dry, wet, rate)
    progress("aligning", 0.0)
    state, complete = _state(dry, wet, rate, _through_eq(dry, wet, rate)), False
    progress("equaliser and compressor", 0.1)
    try:
        for stage, done, found in search(state.part, state.ear, seed):
            state = dataclasses.replace(state, found=found)
            progress(stage, done)
            if budget_s is not None and time.monotonic() - started_s > budget_s:
                break
        else:
            complete = True
    except KeyboardInterrupt:
        pass
    return _match(state, complete=complete)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """How the recordings lie, all of both and the part that is listened to, and what was found so far."""

    alignment: Alignment
    whole: Pair
    part: Pair
    ear: Ear
    found: Found


def _state(dry: Samples, wet: Samples, rate: int, alignment: Alignment) -> _State:
    whole = _pair(dry, wet, rate, alignment)
    start, stop = fullest(whole.dry, rate, HEARD_S)
    part = Pair(whole.dry[:, start:stop], whole.wet[:, start:stop], rate)
    found = Found(chain=Chain(), direct=part.wet)
    return _State(alignment=alignment, whole=whole, part=part, ear=Ear(part.wet, rate), found=found)


def _match(state: _State, *, complete: bool) -> PairMatch:
    before = _nearness(state, Chain())
    chain = typed(_with_make_up(state.part, state.found.chain))
    after = _nearness(state, chain)
    found = state.found
    if not _nearer(after, before):
        lost = dict.fromkeys((name for name in PLUGINS if getattr(chain, name) is not None), 0.0)
        found = Found(chain=Chain(), direct=state.part.wet, lost={**found.lost, **lost})
        chain, after = _fader_at_most(state, before)
    measured = _measured(state.part, chain)
    return PairMatch(
        chain=dataclasses.replace(chain, inverted=state.alignment.inverted),
        alignment=state.alignment,
        before=before,
        after=after,
        why=_reasons(found, chain, measured, complete=complete),
        measured=measured,
        exact=found.exact,
        complete=complete,
    )


def _nearer(after: Nearness, before: Nearness) -> bool:
    """Whether it sounds nearer and its levels are: of single samples another reverb's echoes leave more."""
    assert after.levels_residual_db is not None
    assert before.levels_residual_db is not None
    return after.distance.total < before.distance.total and after.levels_residual_db < before.levels_residual_db


def _fader_at_most(state: _State, before: Nearness) -> tuple[Chain, Nearness]:
    """A fader that makes it as loud, or nothing where not even that comes nearer."""
    gain_db = decibels(_rms(state.part.wet) / _rms(state.part.dry))
    chain = typed(Chain(fader_db=min(gain_db, HIGHEST_FADER_DB)))
    after = _nearness(state, chain)
    return (chain, after) if _nearer(after, before) else (Chain(), before)


def _rms(samples: Samples) -> float:
    return math.sqrt(float(np.vdot(samples, samples)) / samples.size)


def _check(dry: Samples, wet: Samples, rate: int) -> None:
    for name, samples in (("dry", dry), ("processed", wet)):
        if samples.shape[1] < _LEAST_S * rate:
            raise MatchError(
                f"The {name} recording is {_length(samples.shape[1], rate)} long.",
                hint=f"At least {_LEAST_S:.0f} s are needed, of 10 s or more it can be told better.",
            )
        if not np.abs(samples).max() > 10.0 ** (_SILENT_DB / 20.0):
            raise MatchError(f"The {name} recording is silent.", hint="Is it the right file?")


def _length(frames: int, rate: int) -> str:
    if frames >= 0.1 * rate:
        return f"{frames / rate:.1f} s"
    return "1 sample" if frames == 1 else f"{frames} samples"


def _pair(dry: Samples, wet: Samples, rate: int, alignment: Alignment) -> Pair:
    """Both in time and of one polarity, where they sound together; the dry one without a second channel in vain."""
    start = round(alignment.offset_frames)
    stop = start + dry.shape[1]
    dry, wet = (one[:, _together(wet, start, stop)] for one in align(dry, wet, alignment))
    if len(dry) == 2 and (len(wet) == 1 or np.array_equal(dry[0], dry[1])):
        dry = as_heard(dry, 1)
    return Pair(dry, -wet if alignment.inverted else wet, rate)


def _together(wet: Samples, start: int, stop: int) -> slice:
    """Where the wet recording can be of a dry one that lies from `start` to `stop`, its tail too.

    What comes before was made of something else, and so was what goes on behind it hardly quieter.
    """
    start = max(start, 0)
    behind = wet[:, stop:]
    tail = behind.size and _rms(behind) < amplitude(_TAIL_DB) * _rms(wet[:, start:stop])
    return slice(start, None if tail else stop)


def _through_eq(dry: Samples, wet: Samples, rate: int) -> Alignment:
    """The alignment behind what an equaliser does, whose phases look like a shift of a frame or so, or a drift."""
    alignment = find_alignment(dry, wet, rate)
    for _ in range(_ALIGNMENTS):
        pair = _pair(dry, wet, rate, alignment)
        start, stop = fullest(pair.dry, rate, HEARD_S)
        source, made = pair.dry[:, start:stop], pair.wet[:, start:stop]
        equaliser = minimum_phase(find_response(source, made, rate, _SHORT_S), source)
        closer = find_alignment(convolved(dry, equaliser), wet, rate)
        if closer == alignment:
            break
        alignment = closer
    return alignment


def _nearness(state: _State, chain: Chain) -> Nearness:
    whole, part = (as_heard(play(chain, pair.dry, pair.rate), len(pair.wet)) for pair in (state.whole, state.part))
    return Nearness(
        residual_db=residual_db(state.whole.wet, whole),
        levels_residual_db=levels_residual_db(state.part.wet, part, state.part.rate),
        distance=state.ear.distance(part),
    )


def _with_make_up(pair: Pair, chain: Chain) -> Chain:
    """The compressor gives back what it takes, as far as its Wet knob goes; the fader has the rest."""
    if chain.comp is None:
        return chain
    entering = play(Chain(eq=chain.eq), pair.dry, pair.rate)
    after = play(Chain(comp=chain.comp), entering, pair.rate)
    lost_db = decibels(math.sqrt(float(np.vdot(entering, entering)) / float(np.vdot(after, after))))
    wet_db = round(min(lost_db, _MOST_WET_DB), 1)
    comp = dataclasses.replace(chain.comp, wet_db=chain.comp.wet_db + wet_db)
    return dataclasses.replace(chain, comp=comp, fader_db=chain.fader_db - wet_db)


def _measured(pair: Pair, chain: Chain) -> dict[str, float]:
    """Block range before and behind the compressor, and what the reverb is like."""
    values: dict[str, float] = {}
    if chain.comp is not None:
        dry, entering, after = (
            Signal.of(play(one, pair.dry, pair.rate), pair.rate)
            for one in (Chain(), Chain(eq=chain.eq), Chain(eq=chain.eq, comp=chain.comp))
        )
        mask = active_mask(dry.power)
        values["block_range_before_db"] = entering.range_over(mask)
        values["block_range_db"] = after.range_over(mask)
    if chain.verb is not None:
        values["rt60_s"] = rt60_s(chain.verb.room_size, chain.verb.dampening, pair.rate)
        behind = play(Chain(eq=chain.eq, comp=chain.comp), pair.dry, pair.rate)
        values["wet_lu"] = wet_level_lu(Signal.of(behind, pair.rate), chain.verb)
    return values


def _reasons(found: Found, chain: Chain, measured: Mapping[str, float], *, complete: bool) -> dict[str, str]:
    why = {"fader_db": _fader_reason(chain.fader_db)}
    for name in PLUGINS:
        if getattr(chain, name) is not None:
            worth = found.earned.get(name)
            earned = f" Without it the sound is {worth:.2f} farther away." if worth is not None else ""
            why[name] = f"{_does(name, measured)}{earned}"
        elif name in found.lost:
            nearer = max(found.lost[name], 0.0)
            why[name] = (
                f"It would bring the sound only {nearer:.3f} nearer, and {WORTH:g} is the least that counts."
            )
        else:
            why[name] = _NOT_FOUND[name] if complete else "Not found before the search was stopped."
    return why


def _fader_reason(fader_db: float) -> str:
    if fader_db >= HIGHEST_FADER_DB:
        return f"The processed recording is louder still, and +{HIGHEST_FADER_DB:.0f} dB is the most."
    return "What is left of the gain between the two recordings."


_NOT_FOUND = {
    "eq": "No frequency is turned up or down against the others.",
    "comp": "The gain does not move with the level.",
    "verb": "No tail is heard.",
}


def _does(name: str, measured: Mapping[str, float]) -> str:
    match name:
        case "comp":
            before, after = measured["block_range_before_db"], measured["block_range_db"]
            return f"The 100 ms blocks move within {after:.1f} dB, and within {before:.1f} dB before it."
        case "verb":
            return f"Decays by 60 dB in {measured['rt60_s']:.2f} s, {measured['wet_lu']:.1f} LU against the voice."
        case _:
            return "The response between the two recordings, as ReaEQ's bands."

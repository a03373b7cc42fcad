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
from daw_bridge.decibels import decibels
from daw_bridge.errors import MatchError
from daw_bridge.matching.align import Alignment, align, find_alignment
from daw_bridge.matching.chain import Chain, as_heard, play
from daw_bridge.matching.drafting import draft_eq
from daw_bridge.matching.knobs import typed
from daw_bridge.matching.losses import Distance, Ear, residual_db
from daw_bridge.matching.response import find_response
from daw_bridge.matching.search import WORTH, Found, Pair, fullest, search
from daw_bridge.plugins.reacomp_sound import gain_reduction_db
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.progress import Progress, silent

HEARD_S = 45.0
"""So much of a recording, its fullest part, is listened to; all of it counts for the residual."""

_LEAST_S = 2.0
_SILENT_DB = -80.0
_MOST_WET_DB = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near a sound is to the wanted one: what is left sample by sample, and how different it sounds."""

    residual_db: float
    distance: Distance


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMatch:
    """The chain that was found, and how near the dry recording is as it is (`before`) and through it (`after`).

    `why` has a reason for each of `eq`, `comp`, `verb` and `fader_db`, used or not. `complete` is False where the
    search was stopped early: then this is the best so far.
    """

    chain: Chain
    alignment: Alignment
    before: Nearness
    after: Nearness
    why: Mapping[str, str]
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
    alignment = _through_eq(dry, wet, rate, find_alignment(dry, wet, rate))
    whole = _pair(dry, wet, rate, alignment)
    start, stop = fullest(whole.dry, rate, HEARD_S)
    pair = Pair(whole.dry[:, start:stop], whole.wet[:, start:stop], rate)
    ear = Ear(pair.wet, rate)
    found, complete = Found(chain=Chain(), direct=pair.wet), False
    try:
        for stage, done, found in search(pair, ear, seed):  # noqa: B007  the last one counts
            progress(stage, done)
            if budget_s is not None and time.monotonic() - started_s > budget_s:
                break
        else:
            complete = True
    except KeyboardInterrupt:
        pass
    chain = typed(_with_make_up(pair, found.chain))
    return PairMatch(
        chain=dataclasses.replace(chain, inverted=alignment.inverted),
        alignment=alignment,
        before=_nearness(whole, pair, ear, Chain()),
        after=_nearness(whole, pair, ear, chain),
        why=_reasons(pair, found, chain),
        complete=complete,
    )


def _check(dry: Samples, wet: Samples, rate: int) -> None:
    for name, samples in (("dry", dry), ("processed", wet)):
        if samples.shape[1] < _LEAST_S * rate:
            raise MatchError(
                f"The {name} recording is {samples.shape[1] / rate:.1f} s long.",
                hint=f"At least {_LEAST_S:.0f} s are needed, of 10 s or more it can be told better.",
            )
        if not np.abs(samples).max() > 10.0 ** (_SILENT_DB / 20.0):
            raise MatchError(f"The {name} recording is silent.", hint="Is it the right file?")


def _pair(dry: Samples, wet: Samples, rate: int, alignment: Alignment) -> Pair:
    """Both in time and of one polarity; the dry one without a second channel that says nothing."""
    dry, wet = align(dry, wet, alignment)
    if len(dry) == 2 and (len(wet) == 1 or np.array_equal(dry[0], dry[1])):
        dry = as_heard(dry, 1)
    return Pair(dry, -wet if alignment.inverted else wet, rate)


def _through_eq(dry: Samples, wet: Samples, rate: int, alignment: Alignment) -> Alignment:
    """The alignment once more, with a first equaliser: its phases look like a shift of a frame or so."""
    pair = _pair(dry, wet, rate, alignment)
    start, stop = fullest(pair.dry, rate, HEARD_S)
    part = Pair(pair.dry[:, start:stop], pair.wet[:, start:stop], rate)
    response = find_response(part.dry, part.wet, rate, 0.5)
    eq = draft_eq(response, part.dry, part.wet, None).eq
    if eq is None:
        return alignment
    equalised = play(Chain(eq=eq), part.dry, rate)
    closer = find_alignment(equalised, part.wet, rate, whole=not alignment.drift_ppm)
    return dataclasses.replace(alignment, offset_frames=alignment.offset_frames + closer.offset_frames)


def _nearness(whole: Pair, part: Pair, ear: Ear, chain: Chain) -> Nearness:
    heard = {pair: as_heard(play(chain, pair.dry, pair.rate), len(pair.wet)) for pair in (whole, part)}
    return Nearness(
        residual_db=residual_db(whole.wet, heard[whole]),
        distance=ear.distance(heard[part]),
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


def _reasons(pair: Pair, found: Found, chain: Chain) -> dict[str, str]:
    why = {"fader_db": "What is left of the gain between the two recordings."}
    for name in ("eq", "comp", "verb"):
        if getattr(chain, name) is not None:
            why[name] = (
                f"{_does(name, pair, chain)} Without it, it is {found.earned.get(name, 0.0):.2f} farther away."
            )
        elif name in found.lost:
            why[name] = (
                f"Not needed: it would bring the sound {max(found.lost[name], 0.0):.3f} nearer ({WORTH:.2f} count)."
            )
        else:
            why[name] = _NOT_FOUND[name]
    return why


_NOT_FOUND = {
    "eq": "Not needed: no frequency is turned up or down.",
    "comp": "Not needed: the gain does not move with the level.",
    "verb": "Not needed: no tail is heard.",
}


def _does(name: str, pair: Pair, chain: Chain) -> str:
    match name:
        case "comp":
            assert chain.comp is not None
            entering = play(Chain(eq=chain.eq), pair.dry, pair.rate)
            reduction = gain_reduction_db(chain.comp, entering, pair.rate)
            return f"Turns the loudest down by {np.percentile(reduction, 99):.1f} dB."
        case "verb":
            assert chain.verb is not None
            decay = rt60_s(chain.verb.room_size, chain.verb.dampening, pair.rate)
            return f"Decays by 60 dB in {decay:.2f} s."
        case _:
            assert chain.eq is not None
            return f"{len(chain.eq.bands)} bands."

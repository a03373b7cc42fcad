"""Settings as one would leave them: without what is not needed, with values as one would type them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.decibels import decibels
from daw_bridge.matching.chain import Chain, as_heard, play
from daw_bridge.matching.drafting import fewest_bands
from daw_bridge.matching.gains import ABSENT, Strip
from daw_bridge.matching.knobs import typed
from daw_bridge.matching.losses import Ear
from daw_bridge.matching.model import MixModel, TrackMatch

_WORTH = 0.02
"""How much a plug-in must change a track's sound, as `losses.Distance` has it, to be used."""

_BAND_ERROR_DB = 0.25
_BAND_WORTH = 0.02
"""By which share what is left may grow where bands go."""

_STEPS = 2
_MOST_WET_DB = 6.0


def simplify(model: MixModel, at: int) -> None:
    """As few bands as leave hardly more."""
    match, before = model.matches[at], model.misfit()
    has = match.chain.eq
    if has is None:
        return
    eq = fewest_bands(has, model.rate, _BAND_ERROR_DB)
    if eq is None or len(eq.bands) < len(has.bands):
        model.set(at, dataclasses.replace(match, chain=dataclasses.replace(match.chain, eq=eq)))
        model.refine(at, _STEPS)
        if model.misfit() > before * (1.0 + _BAND_WORTH):
            model.set(at, match)


def prune(model: MixModel, at: int) -> tuple[str, ...]:
    """Takes out the plug-ins that do not change the track's sound enough to be heard; says which."""
    match = model.matches[at]
    if not match.strip.heard:
        return ()
    out = []
    for name in ("verb", "comp", "eq"):
        chain = match.chain
        if getattr(chain, name) is None:
            continue
        without = _without(chain, name)
        there, gone = (play(one, model.dry[at], model.rate) for one in (chain, without))
        both = max(len(there), len(gone))
        there, gone = as_heard(there, both), as_heard(gone, both)
        more = math.sqrt(float(np.vdot(there, there)) / max(float(np.vdot(gone, gone)), 1e-30))
        if Ear(there, model.rate).distance(gone * np.float32(more)).total < _WORTH:
            strip = dataclasses.replace(match.strip, fader_db=match.strip.fader_db + decibels(more))
            match = TrackMatch(strip=strip, chain=without)
            out.append(name)
    model.set(at, match)
    return tuple(out)


def finished(match: TrackMatch, dry: Samples, rate: int) -> TrackMatch:
    """Values as one would type them; the compressor gives back what it takes, as far as its Wet knob goes."""
    chain, strip = match.chain, match.strip
    if chain.comp is not None:
        entering = play(Chain(eq=chain.eq), dry, rate)
        after = play(Chain(comp=chain.comp), entering, rate)
        lost_db = decibels(math.sqrt(float(np.vdot(entering, entering)) / max(float(np.vdot(after, after)), 1e-30)))
        wet_db = round(min(lost_db, _MOST_WET_DB), 1)
        chain = dataclasses.replace(chain, comp=dataclasses.replace(chain.comp, wet_db=chain.comp.wet_db + wet_db))
        strip = dataclasses.replace(strip, fader_db=strip.fader_db - wet_db)
    made = typed(chain)
    if chain.verb is not None and made.verb is not None:
        # A frame more or less is another sound to the treble of the echoes.
        verb = dataclasses.replace(made.verb, pre_delay_ms=round(chain.verb.pre_delay_ms, 2))
        made = dataclasses.replace(made, verb=verb)
    return TrackMatch(strip=strip, chain=made)


def _without(chain: Chain, name: str) -> Chain:
    match name:
        case "verb":
            return dataclasses.replace(chain, verb=None)
        case "comp":
            return dataclasses.replace(chain, comp=None)
    return dataclasses.replace(chain, eq=None)


def rounded(match: TrackMatch) -> TrackMatch:
    """Fader and pan as one would type them."""
    strip = match.strip
    if not strip.heard:
        return TrackMatch(strip=ABSENT)
    return dataclasses.replace(
        match,
        strip=Strip(
            fader_db=round(strip.fader_db, 2) + 0.0, pan=round(strip.pan, 3) + 0.0, inverted=strip.inverted
        ),
    )

"""The search for a chain: drafts from measures, values refined together, plug-ins that must earn their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.matching.chain import Chain, as_heard, play
from daw_bridge.matching.drafting import draft_comp, draft_eq, fewest_bands
from daw_bridge.matching.knobs import STAGES
from daw_bridge.matching.losses import Ear
from daw_bridge.matching.refine import Excerpt, misfit, refined
from daw_bridge.matching.response import Response, convolved, find_response
from daw_bridge.matching.tail import fit_tail
from daw_bridge.plugins import ReaComp

EXCERPT_S, LEAD_IN_S = 9.0, 2.5
TAIL_S = 2.0
_TAIL_PART = 0.15


WORTH = 0.02
"""By how much a plug-in has to bring the sound nearer, in `losses.Distance.total`, to be used."""

_CLEARLY = 0.2
"""What a plug-in that brings the sound nearer by so much could be replaced by need not be tried."""

PLUGINS = ("eq", "comp", "verb")
_BAND_WORTH = 0.005
_BAND_ERRORS_DB, _EXACT_ERRORS_DB = (0.3, 0.15), (0.05,)
_ROUNDS = 3
_STEPS, _LAST_STEPS = 8, 12
_RMS_MS = 5.0
_PEAK_OVER_RMS_DB = 6.0
"""How much higher a threshold is for peaks, about."""

_BETTER, _MUCH_BETTER = 0.9, 0.1
"""What is left must become this share of what was. Of finely drafted bands much is asked: bands that made the sound
left a hundredth (measured); those beside which something else made it would only be more bands."""

_EXACT = 1e-5
"""Less need not be left than this share (-50 dB)."""

_SURE = 1e-3
"""With less left than this share (-30 dB) it is the right detector (the other left 6 to 11 times as much, measured)
and there are few unknowns besides the equaliser's bands."""

_NO_TAIL = 2.0
"""Where the wet recording is explained this nearly as well as without its tail, there is none."""

_FRAMES_BESIDE = range(-3, 4)
_OPEN_LOW_HZ, _OPEN_HIGH_HZ = 40.0, 17000.0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A dry recording and what was made of it: aligned, of one polarity, equally long; (1 or 2, frames).

    A dry recording has no more channels than the wet one.
    """

    dry: Samples
    wet: Samples
    rate: int

    def excerpt(self, wanted: Samples) -> Excerpt:
        """The fullest part, to search on, of the dry recording and of what is to be made of it."""
        start, stop = fullest(self.dry, self.rate, LEAD_IN_S + EXCERPT_S)
        lead_in = min(round(LEAD_IN_S * self.rate), (stop - start) // 4)
        return Excerpt(self.dry[:, start:stop], wanted[:, start:stop], self.rate, lead_in)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A chain, what the wet recording is without its reverb, and whether the reverb's very echoes were found.

    `lost` says for each plug-in that was taken out by how much the sound was nearer with it.
    """

    chain: Chain
    direct: Samples
    same_echoes: bool = False
    lost: Mapping[str, float] = field(default_factory=dict)
    earned: Mapping[str, float] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether the chain can make the very wave form of the wet recording."""
        return self.chain.verb is None or self.same_echoes


def fullest(samples: Samples, rate: int, length_s: float) -> tuple[int, int]:
    """Where the part of so many seconds lies that holds most sound, quiet sound included: start and stop."""
    frames, length = samples.shape[1], round(length_s * rate)
    if frames <= length:
        return 0, frames
    hop = rate // 10
    starts = np.arange(0, frames, hop)
    energy = np.add.reduceat(np.square(samples, dtype=np.float64).sum(axis=0), starts)
    fullness = np.concatenate([[0.0], np.cumsum(np.power(energy, 0.25))])
    blocks = length // hop
    at = int(np.argmax(fullness[blocks:] - fullness[:-blocks]))
    start = min(at * hop, frames - length)
    return start, start + length


def search(pair: Pair, ear: Ear, seed: int) -> Iterator[tuple[str, float, Found]]:
    """Ever better chains, with what is done next and how much is done."""
    found = Found(chain=refined(Chain(), pair.excerpt(pair.wet), steps=_STEPS), direct=pair.wet)
    if _nothing_left(pair, found):
        yield "equaliser and compressor", 0.1, found
        return
    found = _refined(pair, _drafted(pair))
    yield "equaliser and compressor", 0.25, found
    if not _nothing_left(pair, found):
        found = _nearest(pair, found, _refined(pair, _without_reverb(pair, found.chain)))
    yield "reverb", 0.35, found
    found = _with_verb(pair, found, seed)
    yield "all together", 0.5, found
    for number in range(_ROUNDS):
        again = _redrafted(pair, found)
        if again is None:
            break
        found = again
        yield "all together", 0.6 + 0.06 * number, found
    for pruned in _pruned(pair, found, ear):
        yield "what is not needed", 0.8, pruned


def _drafted(pair: Pair) -> Found:
    """An equaliser and what is left as a compressor, or the other way round, whichever comes nearer.

    Each can pass for the other: a compressor turns down what is loud, and that is some frequencies.
    """
    eq_first = _with_comp(pair, _without_reverb(pair, Chain()))
    comp_first = _with_comp(pair, Found(chain=Chain(), direct=pair.wet))
    if comp_first.chain.comp is None:
        return eq_first
    return _nearest(pair, eq_first, _without_reverb(pair, comp_first.chain))


def _nearest(pair: Pair, *found: Found) -> Found:
    """The one that comes nearest to what it takes the recording without its reverb for."""
    return min(found, key=lambda one: misfit(one.chain, pair.excerpt(one.direct)))


def _refined(pair: Pair, found: Found) -> Found:
    """All values refined on the wet recording without its tail; with it, where it turns out to have none."""
    direct, wet = pair.excerpt(found.direct), pair.excerpt(pair.wet)
    chain = refined(found.chain, direct, steps=_STEPS)
    if misfit(chain, wet) < _NO_TAIL * misfit(chain, direct):
        chain = refined(chain, wet, steps=_STEPS)
        return dataclasses.replace(found, chain=chain, direct=pair.wet)
    return dataclasses.replace(found, chain=chain)


def _redrafted(pair: Pair, found: Found) -> Found | None:
    """With the equaliser drafted anew, or another detector, and all refined.

    None where that comes no nearer, or would be no use.
    """
    if _nothing_left(pair, found):
        return None
    sure = found.exact and misfit(found.chain, pair.excerpt(pair.wet)) < _SURE
    fresh = _without_reverb(pair, dataclasses.replace(found.chain, verb=None), sure=sure)
    wanted = pair.excerpt(pair.wet if found.exact else fresh.direct)
    verb = found.chain.verb if found.exact else None
    here = dataclasses.replace(found.chain, verb=verb)
    starts = [dataclasses.replace(fresh.chain, verb=verb)]
    if not sure:
        starts += [dataclasses.replace(here, comp=comp) for comp in _other_detectors(here.comp)]
    chain = min((refined(one, wanted, steps=_STEPS) for one in starts), key=lambda one: misfit(one, wanted))
    if misfit(chain, wanted) > (_MUCH_BETTER if sure else _BETTER) * misfit(here, wanted):
        return None
    chain = dataclasses.replace(chain, verb=chain.verb or found.chain.verb)
    return dataclasses.replace(found, chain=chain, direct=fresh.direct)


def _other_detectors(comp: ReaComp | None) -> Iterator[ReaComp]:
    if comp is not None:
        yield from (one for one in _detectors(comp) if (one.rms_ms == 0.0) != (comp.rms_ms == 0.0))


def _source(pair: Pair, chain: Chain) -> Samples:
    """What goes into the reverb."""
    return play(Chain(eq=chain.eq, comp=chain.comp), pair.dry, pair.rate)


def _without_reverb(pair: Pair, chain: Chain, *, sure: bool = False) -> Found:
    """The chain with its equaliser drafted, finely where it is `sure`, on the response that it leaves over."""
    source = _source(pair, chain)
    response = _response(pair, source)
    drafted = draft_eq(response, source, pair.wet, chain.eq, fine=sure)
    chain = dataclasses.replace(chain, eq=drafted.eq, fader_db=drafted.gain_db)
    return Found(chain=chain, direct=pair.wet - convolved(source, response.tail))


def _response(pair: Pair, source: Samples) -> Response:
    """From what goes into the reverb to the wet recording; of a short one no long response can be told."""
    length_s = min(TAIL_S, _TAIL_PART * pair.wet.shape[1] / pair.rate)
    return find_response(source, pair.wet, pair.rate, length_s)


def _with_comp(pair: Pair, found: Found) -> Found:
    """With a compressor, if the gain moves: of several detectors the one that comes nearest."""
    entering = play(Chain(eq=found.chain.eq), pair.dry, pair.rate)
    drafted = draft_comp(entering, found.direct, pair.rate)
    if drafted.comp is None:
        return found
    chain = dataclasses.replace(found.chain, fader_db=drafted.gain_db)
    excerpt = pair.excerpt(found.direct)
    tried = [
        refined(dataclasses.replace(chain, comp=comp), excerpt, steps=4, stages=("comp", "fader"))
        for comp in _detectors(drafted.comp)
    ]
    return dataclasses.replace(found, chain=min(tried, key=lambda one: misfit(one, excerpt)))


def _detectors(comp: ReaComp | None) -> Iterator[ReaComp]:
    """The same, with a detector of peaks and one of RMS."""
    if comp is None:
        return
    rms_db = comp.threshold_db - (_PEAK_OVER_RMS_DB if comp.rms_ms == 0.0 else 0.0)
    yield dataclasses.replace(comp, rms_ms=0.0, threshold_db=rms_db + _PEAK_OVER_RMS_DB)
    yield dataclasses.replace(comp, rms_ms=_RMS_MS, threshold_db=rms_db)


def _with_verb(pair: Pair, found: Found, seed: int) -> Found:
    """With the reverb that the rest of the response is, all values refined if its echoes are known."""
    source = _source(pair, found.chain)
    tail = _response(pair, source).tail / np.float32(found.chain.gain)
    fitted = fit_tail(tail, source, pair.rate, seed=seed)
    if fitted is None:
        return found
    fader_db = found.chain.fader_db - fitted.verb.dry_db
    chain = dataclasses.replace(found.chain, verb=fitted.verb, fader_db=fader_db)
    if fitted.same_echoes:
        chain = _with_echoes(chain, pair.excerpt(pair.wet))
    return dataclasses.replace(found, chain=chain, same_echoes=fitted.same_echoes)


def _with_echoes(chain: Chain, excerpt: Excerpt) -> Chain:
    """All values refined by wave form, with the reverb's cuts and with open ones, whichever comes nearer."""
    assert chain.verb is not None
    opened = dataclasses.replace(chain.verb, low_cut_hz=0.0, high_cut_hz=20000.0)
    tried = [_with_delay(one, excerpt) for one in (dataclasses.replace(chain, verb=opened), chain)]
    return min(tried, key=lambda one: misfit(one, excerpt))


def _with_delay(chain: Chain, excerpt: Excerpt) -> Chain:
    """All values refined; the initial delay is looked for around where the echoes seem to be."""
    chain = refined(chain, excerpt, steps=3, stages=("verb", "fader"))
    for _ in range(2):
        chain = min(_beside(chain, excerpt.rate), key=lambda one: misfit(one, excerpt))
        if misfit(chain, excerpt) > _EXACT:
            chain = refined(chain, excerpt, steps=_STEPS // 2)
    return chain


def _beside(chain: Chain, rate: int) -> Iterator[Chain]:
    """The same with initial delays a few frames longer and shorter."""
    assert chain.verb is not None
    for frames in _FRAMES_BESIDE:
        delay_ms = max(chain.verb.pre_delay_ms + 1000.0 * frames / rate, 0.0)
        yield dataclasses.replace(chain, verb=dataclasses.replace(chain.verb, pre_delay_ms=delay_ms))


def _pruned(pair: Pair, found: Found, ear: Ear) -> Iterator[Found]:
    """Without cuts and bands that do nothing, and without plug-ins that do not earn their place."""
    found = dataclasses.replace(found, chain=_open_cuts(found.chain))
    yield found
    while True:
        tried = {
            name: _without(pair, found, name, ear) for name in PLUGINS if getattr(found.chain, name) is not None
        }
        found = dataclasses.replace(found, earned={name: worth for name, (_, worth) in tried.items()})
        least = min(found.earned, key=lambda name: found.earned[name], default=None)
        if least is None or found.earned[least] >= WORTH:
            break
        lost = {**found.lost, least: found.earned[least]}
        found = dataclasses.replace(found, chain=tried[least][0], lost=lost)
        yield found
    if found.lost:
        found = _redrafted(pair, found) or found
        yield found
    found = _with_fewer_bands(pair, found, ear)
    yield found
    if not _nothing_left(pair, found):
        yield _again(pair, found, found.chain, steps=_LAST_STEPS)


def _without(pair: Pair, found: Found, name: str, ear: Ear) -> tuple[Chain, float]:
    """The chain without a plug-in, and how much farther away it sounds; refined where that might be little."""
    here = ear.distance(_played(pair, found.chain)).total
    bare = _again(pair, found, _bare(found.chain, name), steps=2, stages=("fader",))
    worth = ear.distance(_played(pair, bare.chain)).total - here
    if WORTH <= worth < _CLEARLY:
        bare = _again(pair, bare, bare.chain, steps=3)
        worth = ear.distance(_played(pair, bare.chain)).total - here
    return bare.chain, worth


def _bare(chain: Chain, name: str) -> Chain:
    match name:
        case "eq":
            return dataclasses.replace(chain, eq=None)
        case "comp":
            return dataclasses.replace(chain, comp=None)
        case _:
            return dataclasses.replace(chain, verb=None)


def _with_fewer_bands(pair: Pair, found: Found, ear: Ear) -> Found:
    """With as few bands as sound alike; where the bands cancel the wet recording, the fewer must do that, too."""
    if found.chain.eq is None:
        return found
    here = ear.distance(_played(pair, found.chain)).total
    exact = _nothing_left(pair, found)
    for error_db in _EXACT_ERRORS_DB if exact else _BAND_ERRORS_DB:
        eq = fewest_bands(found.chain.eq, pair.rate, error_db)
        if eq is not None and len(eq.bands) < len(found.chain.eq.bands):
            fewer = _again(pair, found, dataclasses.replace(found.chain, eq=eq), steps=5)
            known = not exact or _nothing_left(pair, fewer)
            if known and ear.distance(_played(pair, fewer.chain)).total < here + _BAND_WORTH:
                return fewer
    return found


def _nothing_left(pair: Pair, found: Found) -> bool:
    return found.exact and misfit(found.chain, pair.excerpt(pair.wet)) < _EXACT


def _again(pair: Pair, found: Found, chain: Chain, *, steps: int, stages: Collection[str] = STAGES) -> Found:
    """A changed chain, its other values refined; a reverb whose echoes are not its own stays as it is."""
    wanted = pair.excerpt(pair.wet if found.same_echoes or chain.verb is None else found.direct)
    verb = chain.verb if found.same_echoes else None
    refit = refined(dataclasses.replace(chain, verb=verb), wanted, steps=steps, stages=stages)
    return dataclasses.replace(found, chain=dataclasses.replace(refit, verb=chain.verb))


def _played(pair: Pair, chain: Chain) -> Samples:
    return as_heard(play(chain, pair.dry, pair.rate), len(pair.wet))


def _open_cuts(chain: Chain) -> Chain:
    if chain.verb is None:
        return chain
    low, high = chain.verb.low_cut_hz, chain.verb.high_cut_hz
    verb = dataclasses.replace(
        chain.verb,
        low_cut_hz=0.0 if low < _OPEN_LOW_HZ else low,
        high_cut_hz=20000.0 if high > _OPEN_HIGH_HZ else high,
    )
    return dataclasses.replace(chain, verb=verb)

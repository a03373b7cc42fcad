"""Undo a mix: fader, pan, EQ, compressor and reverb of several dry tracks, from them and the finished mix.

Block coordinate descent on the plug-ins' own models. All tracks are told apart at once wherever that is linear: by
gains and pans, by EQ curves band by band, by gains block by block; settings are fitted to these. Reverbs are sought
one after the other in what is left, then each track's values are refined together. Sends, buses, automation and
what is done to the sum are not modelled: they stay in what is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.errors import MatchError
from daw_bridge.matching.finishing import finished, prune, rounded, simplify
from daw_bridge.matching.losses import Distance, Ear, residual_db
from daw_bridge.matching.model import MixModel, TrackMatch
from daw_bridge.matching.pair import Nearness
from daw_bridge.matching.placing import find_offset, fullest_of_all, placed
from daw_bridge.progress import Progress, silent

HEARD_S = 45.0
"""So much of a mix, where its tracks have most sound, is listened to; faders and the residual are those of all."""

_LEAST_S = 2.0
_SILENT_DB = -80.0
_ROUNDS = 2
_SWEEPS = 2
_STEPS = 4
_EXPLAINED = 1e-5
"""Where no more than this share of the mix (-50 dB) is left, nothing is looked for any more."""

_NOTHING_LEFT = 1e-7
"""Faders and pans alone explain a mix of which they leave no more (-70 dB): there are no plug-ins to look for."""

_FOREIGN_WORTH = 0.003
"""By how much a reverb that is not ReaVerbate's must bring the mix nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMatch:
    """What was done to each track, and by how many frames it lies later in the mix than in its recording.

    `before` is the nearness of the tracks as they are, in time and at unity; `after` that with all settings.
    `left_out` are the plug-ins of each track that were found and not needed. `nearer` is False where what was found
    sounds farther from the mix than the tracks as they are: then they are left so, or with faders and pans alone.
    `complete` is False where the search was stopped: this is then the best so far.
    """

    tracks: tuple[TrackMatch, ...]
    offsets_frames: tuple[int, ...]
    left_out: tuple[tuple[str, ...], ...]
    before: Nearness
    after: Nearness
    nearer: bool = True
    complete: bool = True


def match_mix(
    mix: Samples,
    tracks: Sequence[Samples],
    rate: int,
    *,
    seed: int = 0,
    budget_s: float | None = None,
    progress: Progress = silent,
) -> MixMatch:
    """Find what was done to `tracks` to make `mix`, each (1 or 2, frames) at the same rate; lengths may differ.

    Deterministic for a seed, unless it is stopped by `budget_s` or Ctrl-C: then the best so far is given. Raises
    MatchError where the mix is silent or too short, or no track is in it.
    """
    started_s = time.monotonic()
    _check(mix, rate)
    progress("finding the tracks in the mix", 0.0)
    offsets = [find_offset(mix, track, rate) for track in tracks]
    in_time = [placed(track, offset, mix.shape[1]) for track, offset in zip(tracks, offsets, strict=True)]
    start, stop = fullest_of_all(in_time, rate, HEARD_S)
    model = MixModel(mix[:, start:stop], [track[:, start:stop] for track in in_time], rate)
    ear = Ear(np.asarray(model.mix), rate)
    before = ear.distance(model.played())
    best, complete = _Best(model.matches, math.inf), False
    try:
        for stage, done in _search(model, ear, seed):
            progress(stage, done)
            best = min(best, _Best(list(model.matches), model.misfit()), key=lambda one: one.misfit)
            if budget_s is not None and time.monotonic() - started_s > budget_s:
                break
        else:
            complete = True
            best = _Best(list(model.matches), model.misfit())
    except KeyboardInterrupt:
        pass
    for at, match in enumerate(best.matches):
        model.set(at, match)
    left_out = [prune(model, at) for at in range(len(tracks))]
    _finish(model)
    nearer = bool(model.heard) and ear.distance(model.played()).total <= before.total
    if not nearer:
        _fall_back(model, ear, before)
    offsets = [offset + shift for offset, shift in zip(offsets, model.shifts, strict=True)]
    moved = [placed(track, offset, mix.shape[1]) for track, offset in zip(tracks, offsets, strict=True)]
    before_db, after_db = _residuals_db(mix, moved, rate, model.matches)
    return MixMatch(
        tracks=tuple(model.matches),
        offsets_frames=tuple(offsets),
        left_out=tuple(left_out),
        before=Nearness(residual_db=before_db, distance=before),
        after=Nearness(residual_db=after_db, distance=ear.distance(model.played())),
        nearer=nearer,
        complete=complete,
    )


@dataclass(frozen=True, slots=True)
class _Best:
    matches: list[TrackMatch]
    misfit: float


def _check(mix: Samples, rate: int) -> None:
    if mix.shape[1] < _LEAST_S * rate:
        raise MatchError(
            f"The mix is {mix.shape[1] / rate:.1f} s long.",
            hint=f"At least {_LEAST_S:.0f} s are needed, of 20 s or more it can be told better.",
        )
    if not np.abs(mix).max() > 10.0 ** (_SILENT_DB / 20.0):
        raise MatchError("The mix is silent.", hint="Is it the right file?")


def _search(model: MixModel, ear: Ear, seed: int) -> Iterator[tuple[str, float]]:
    """Makes the model better and better; says what was done, and how much of all is done."""
    model.fit_strips(doubt=True)
    yield "faders and pans", 0.05
    if model.misfit() > _NOTHING_LEFT:
        yield from _search_plugins(model)
        yield from _search_together(model, ear, seed)


def _search_plugins(model: MixModel) -> Iterator[tuple[str, float]]:
    """One kind after the other, on what the others leave."""
    for number in range(_ROUNDS):
        at_first = number / _ROUNDS
        model.fit_eqs()
        if number == 0:
            model.realign()
            model.fit_eqs()
        yield "equalisers", 0.05 + 0.65 * (at_first + 0.1)
        _fit_comps(model)
        yield "compressors", 0.05 + 0.65 * (at_first + 0.2)
        for at in model.heard:
            model.fit_verb(at)
        model.fit_strips()
        yield "reverbs", 0.05 + 0.65 * (at_first + 0.33)


def _search_together(model: MixModel, ear: Ear, seed: int) -> Iterator[tuple[str, float]]:
    """All values of each track, then what the plug-ins found so far do not explain, and what is not needed."""
    for sweep in range(_SWEEPS):
        if model.misfit() < _EXPLAINED:
            break
        for at in model.heard:
            model.refine(at, _STEPS)
            yield "all values together", 0.7 + 0.25 * (sweep + at / len(model.matches)) / _SWEEPS
        model.fit_strips()
    for at in model.heard:
        if model.matches[at].chain.verb is None and model.misfit() > _EXPLAINED:
            _try_foreign_verb(model, at, ear, seed)
    yield "other reverbs", 0.97
    for at in model.heard:
        simplify(model, at)
    yield "what is not needed", 1.0


def _fit_comps(model: MixModel) -> None:
    """New compressors, and faders behind them, where that leaves less than those before."""
    matches, before = list(model.matches), model.misfit()
    model.fit_comps()
    model.fit_strips()
    if model.misfit() > before:
        for at, match in enumerate(matches):
            model.set(at, match)


def _try_foreign_verb(model: MixModel, at: int, ear: Ear, seed: int) -> None:
    """A reverb that is not ReaVerbate's: kept where the mix sounds nearer with it."""
    match, before = model.matches[at], ear.distance(model.played()).total
    model.fit_foreign_verb(at, seed)
    if ear.distance(model.played()).total > before - _FOREIGN_WORTH:
        model.set(at, match)


def _finish(model: MixModel) -> None:
    """Typed values, and the faders once more behind them."""
    for at, match in enumerate(list(model.matches)):
        model.set(at, finished(match, model.dry[at], model.rate))
    model.fit_strips()
    for at, match in enumerate(list(model.matches)):
        model.set(at, rounded(match))


def _fall_back(model: MixModel, ear: Ear, before: Distance) -> None:
    """Faders and pans alone where they bring the mix nearer, else the tracks as they were: never farther.

    Raises MatchError where no track is heard in the mix.
    """
    model.put_back()
    as_they_were = list(model.matches)
    model.fit_strips()
    for at, match in enumerate(list(model.matches)):
        model.set(at, rounded(match))
    if not model.heard:
        raise MatchError("None of the tracks is in the mix.", hint="Are they the recordings that it was made of?")
    if ear.distance(model.played()).total > before.total:
        for at, match in enumerate(as_they_were):
            model.set(at, match)


def _residuals_db(
    mix: Samples, tracks: Sequence[Samples], rate: int, matches: Sequence[TrackMatch]
) -> tuple[float, float]:
    """What is left of all the mix with the tracks as they are, and as they were matched."""
    model = MixModel(mix, tracks, rate)
    before_db = residual_db(np.asarray(model.mix), model.played())
    for at, match in enumerate(matches):
        model.set(at, match)
    return before_db, residual_db(np.asarray(model.mix), model.played())

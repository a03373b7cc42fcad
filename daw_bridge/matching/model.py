"""A mix as it may have been made: dry tracks, what each went through, and how they sound then.

Each `fit_...` makes one aspect of all tracks anew, as it explains the mix best with all else as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from daw_bridge.audio import Samples
from daw_bridge.matching.bands import Curve, fit_bands
from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.delays import find_delay
from daw_bridge.matching.dynamics import Trajectory, fit_comp, moved_db
from daw_bridge.matching.echoes import Place, Sides, fit_echoes
from daw_bridge.matching.estimates import over_bands, over_blocks
from daw_bridge.matching.gains import ABSENT, GRID, Strip, fit_gains, is_mono, sides, strip_of
from daw_bridge.matching.placing import CLEAR, PHASE_FRAMES, placed
from daw_bridge.matching.products import Array, Grid, Products, counts, inner_products, octave_edges
from daw_bridge.matching.refine import Excerpt, refined
from daw_bridge.matching.response import find_response
from daw_bridge.matching.search import EXCERPT_S, LEAD_IN_S, TAIL_S, fullest
from daw_bridge.matching.tail import fit_tail
from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.reaeq_sound import response_db

EQ_GRID = Grid(frame_s=0.18, pooled=8, edges_hz=octave_edges(40.0, 18000.0, 6))
TIME_GRID = Grid(frame_s=0.023, pooled=1, edges_hz=octave_edges(60.0, 16000.0, 1))

_CURVE_ERROR_DB = 0.2
_BLOCK_ERROR_DB = 0.5
"""What the model itself is off by, in a band and in a block, however well it is measured."""

_DOUBTFUL = Strip(fader_db=-30.0)
_CERTAIN_DB = 2.0
_CERTAIN_BANDS = 5
"""A track is in the mix where its level in so many bands can be told from chance to within this."""

_HIGH_PASS = Band(kind=BandKind.HIGH_PASS, frequency_hz=70.0, bandwidth_oct=1.9)
_PASS_WORTH = 0.95
"""To what share a high-pass that levels do not show has to bring down what is left."""

_ONE_SIDED = 0.2
"""Under this share of the louder side, the softer one is not used to find a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMatch:
    """What was done to a track: plug-ins (the chain's own fader stays at 0 dB), then fader, pan and phase."""

    strip: Strip
    chain: Chain = field(default_factory=Chain)


class MixModel:
    """The mix and the tracks, all equally long and in time, with the state of the search in `matches`.

    `shifts` are by how many frames tracks were moved since.
    """

    def __init__(self, mix: Samples, tracks: Sequence[Samples], rate: int) -> None:
        self.rate, self.dry, self._first = rate, list(tracks), tuple(tracks)
        self.shifts = [0] * len(tracks)
        self.mono = is_mono(mix)
        self.mix = sides(mix, mono=self.mono)
        self.matches = [TrackMatch(strip=Strip(fader_db=0.0)) for _ in tracks]
        self._played: list[Sides] = [self._play(at) for at in range(len(tracks))]

    @property
    def heard(self) -> list[int]:
        """The tracks that are in the mix."""
        return [at for at, match in enumerate(self.matches) if match.strip.heard]

    def put_back(self) -> None:
        """Every track as it is, at unity and where it lay at first."""
        for at, first in enumerate(self._first):
            self.dry[at], self.shifts[at] = first, 0
            self.matches[at] = TrackMatch(strip=Strip(fader_db=0.0))
            self._played[at] = self._play(at)

    def set(self, at: int, match: TrackMatch) -> None:
        """Change what a track went through."""
        if match != self.matches[at]:
            self.matches[at] = match
            self._played[at] = self._play(at)

    def played(self) -> Samples:
        """The mix as the model has it, of as many sides as are compared."""
        return np.asarray(np.sum(self._played, axis=0, dtype=np.float32))

    def left(self) -> Sides:
        """What the model leaves of the mix."""
        return tuple(np.asarray(self.mix) - self.played())

    def misfit(self) -> float:
        """What is left in each band as a share of the mix there, the mean of bands."""
        per_side = [
            inner_products(pair, self.rate, GRID).sum(axis=0) for pair in zip(self.left(), self.mix, strict=True)
        ]
        both = np.sum(per_side, axis=0).real
        whole = both[:, 1, 1]
        return float(np.mean(both[:, 0, 0] / (whole + 1e-4 * whole.max(initial=0.0) + 1e-30)))

    def fit_strips(self, *, doubt: bool = False) -> None:
        """Fader, pan and phase of all tracks behind their chains as they are.

        With `doubt`, a track that does not seem to be there stays, softly: an EQ can make it hard to know again.
        """
        for at, match in enumerate(self.matches):
            self.set(at, dataclasses.replace(match, strip=Strip(fader_db=0.0)))
        gains = fit_gains(self._products(GRID, range(len(self.dry))))
        for at, both in enumerate(gains.T):
            strip = strip_of(float(both[0]), float(both[-1]))
            if doubt and not strip.heard and self.dry[at].any():
                strip = _DOUBTFUL
            self.set(at, dataclasses.replace(self.matches[at], strip=strip))

    def realign(self) -> None:
        """Moves tracks by a few frames to where their parts are, with the phases of their EQs in place."""
        for at in self.heard:
            wanted = [left + own for left, own in zip(self.left(), self._played[at], strict=True)]
            delay = find_delay(wanted, self._played[at], self.rate, (-PHASE_FRAMES, PHASE_FRAMES))
            if delay.frames and delay.clearness > CLEAR:
                self.shifts[at] += delay.frames
                self.dry[at] = placed(self.dry[at], delay.frames, self.dry[at].shape[1])
                self._played[at] = self._play(at)

    def fit_eqs(self) -> None:
        """The EQ of each track: what its bands lack, all tracks told apart at once, on top of what it has."""
        which = self.heard
        if not which:
            return
        lines = counts(EQ_GRID, self.rate)
        lacking = over_bands(self._products(EQ_GRID, which)[:, :, lines > 0], lines[lines > 0])
        middle = np.sqrt(np.multiply(EQ_GRID.edges_hz[:-1], EQ_GRID.edges_hz[1:]))[lines > 0]
        for at, gain_db, error_db in zip(which, lacking.gain_db, lacking.error_db, strict=True):
            match = self.matches[at]
            if np.count_nonzero(error_db < _CERTAIN_DB) < _CERTAIN_BANDS:
                self.set(at, TrackMatch(strip=ABSENT))
                continue
            eq = match.chain.eq
            wanted_db = gain_db + (response_db(eq, middle, self.rate) if eq else 0.0)
            errors = np.hypot(error_db, _CURVE_ERROR_DB)
            fitted = fit_bands(Curve(frequencies_hz=middle, gain_db=wanted_db, error_db=errors), self.rate, eq)
            self.set(at, _changed(match, fitted.gain_db, eq=fitted.eq))

    def fit_comps(self) -> None:
        """The compressor of each track: what it lacks over time, all tracks told apart at once."""
        which = self.heard
        if not which:
            return
        lacking = over_blocks(self._products(TIME_GRID, which), counts(TIME_GRID, self.rate))
        for at, gain_db, error_db in zip(which, lacking.gain_db, lacking.error_db, strict=True):
            match = self.matches[at]
            entering = play(Chain(eq=match.chain.eq), self.dry[at], self.rate)
            trajectory = Trajectory(
                gain_db=gain_db + self._moved_db(match.chain, entering, gain_db.size),
                error_db=np.hypot(error_db, _BLOCK_ERROR_DB),
                grid=TIME_GRID,
            )
            fitted = fit_comp(entering, self.rate, trajectory)
            self.set(at, _changed(match, fitted.gain_db, comp=fitted.comp))

    def fit_verb(self, at: int) -> None:
        """The reverb of a track whose echoes are ReaVerbate's, by what the others and its dry sound leave."""
        match = self.matches[at]
        self.set(at, _changed(match, verb=None))
        entering = play(self.matches[at].chain, self.dry[at], self.rate)
        found = fit_echoes(entering, self._placing(match.strip), self.left(), self.rate, match.chain.verb)
        self.set(at, _changed(match, verb=found))

    def fit_foreign_verb(self, at: int, seed: int) -> None:
        """The reverb of a track by how its tail decays, which is that of some other reverb."""
        match = self.matches[at]
        source = play(match.chain, self.dry[at], self.rate)
        made = self._own_target(at)
        tail = find_response(source, made, self.rate, TAIL_S).tail
        fitted = fit_tail(tail, source, self.rate, seed=seed)
        if fitted is not None:
            self.set(at, _changed(match, -fitted.verb.dry_db, verb=fitted.verb))

    def refine(self, at: int, steps: int) -> None:
        """All values of a track's chain and its fader together, on its fullest part.

        A high-pass where the track has little sound is not seen in levels, but in phases: one is tried.
        """
        first, before = self.matches[at], self.misfit()
        wanted = np.asarray(self.left()) + np.asarray(self._played[at])
        for chain in (first.chain, *_with_high_pass(first.chain)):
            match = self._refined(at, dataclasses.replace(first, chain=chain), wanted, steps)
            here = self.matches[at]
            self.set(at, match)
            after = self.misfit()
            worth = _PASS_WORTH if chain is not first.chain else 1.0
            if after <= worth * before:
                before = after
            else:
                self.set(at, here)

    def _refined(self, at: int, match: TrackMatch, wanted: Samples, steps: int) -> TrackMatch:
        start, stop = fullest(self.dry[at], self.rate, LEAD_IN_S + EXCERPT_S)
        lead_in = min(round(LEAD_IN_S * self.rate), (stop - start) // 4)
        part = slice(start, stop)
        sides = self._gains(match.strip)
        excerpt = Excerpt(self.dry[at][:, part], wanted[:, part], self.rate, lead_in, sides=sides)
        chain = refined(match.chain, excerpt, steps=steps)
        return _changed(match, chain.fader_db, eq=chain.eq, comp=chain.comp, verb=chain.verb)

    def _play(self, at: int) -> Sides:
        match = self.matches[at]
        return self._placing(match.strip)(play(match.chain, self.dry[at], self.rate))

    def _gains(self, strip: Strip) -> tuple[float, ...]:
        return (sum(strip.sides) / 2.0,) if self.mono else strip.sides

    def _placing(self, strip: Strip) -> Place:
        gains = self._gains(strip)

        def place(samples: Samples) -> Sides:
            if self.mono:
                return (np.asarray(samples.mean(axis=0) * np.float32(gains[0])),)
            return samples[0] * np.float32(gains[0]), samples[-1] * np.float32(gains[1])

        return place

    def _products(self, grid: Grid, which: Sequence[int]) -> Products:
        """Inner products of the parts as played, and the mix."""
        per_side = ([*(self._played[at][side] for at in which), whole] for side, whole in enumerate(self.mix))
        return np.stack([inner_products(signals, self.rate, grid) for signals in per_side])

    def _moved_db(self, chain: Chain, entering: Samples, blocks: int) -> Array:
        if chain.comp is None:
            return np.zeros(blocks)
        return moved_db(chain.comp, entering, self.rate, TIME_GRID, blocks)

    def _own_target(self, at: int) -> Samples:
        """What a track's chain should give: its part of the mix, with fader and pan undone."""
        gains = np.array(self._gains(self.matches[at].strip), np.float32)
        wanted = np.asarray(self.left()) + np.asarray(self._played[at])
        usable = np.abs(gains) > _ONE_SIDED * np.abs(gains).max()
        return np.asarray(wanted[usable] / gains[usable][:, None])


def _with_high_pass(chain: Chain) -> tuple[Chain, ...]:
    bands = chain.eq.bands if chain.eq else ()
    if any(band.kind is BandKind.HIGH_PASS for band in bands):
        return ()
    return (dataclasses.replace(chain, eq=ReaEq(bands=(_HIGH_PASS, *bands))),)


def _changed(match: TrackMatch, more_db: float = 0.0, **settings: object) -> TrackMatch:
    chain = dataclasses.replace(match.chain, fader_db=0.0, **settings)  # type: ignore[arg-type]
    strip = dataclasses.replace(match.strip, fader_db=match.strip.fader_db + more_db)
    return TrackMatch(strip=strip, chain=chain)

"""The values of a chain that are sought, as numbers on scales where equal steps sound about equally large."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from daw_bridge.matching.chain import Chain
from daw_bridge.plan import HIGHEST_FADER_DB
from daw_bridge.plugins import BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.parameters import PASSES
from predictors.engineers_table import Spread, engineers_table

Array = NDArray[np.float64]

STAGES = ("eq", "comp", "verb", "fader")

_USUAL_BAND_DB = 6.0
"""Of the bands of real chains two in three are within this (DiffVox's 455 chains)."""

_QUARTILES = 1.349
"""From the 25 % to the 75 % quantile in standard deviations of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A range, whether it is logarithmic (above `zero`), and where real chains stand: mean and deviation.

    `step` is how far the value is moved to see what it does, on the scale.
    """

    low: float
    high: float
    log: bool = False
    zero: float = 0.0
    usual: tuple[float, float] | None = None
    step: float = 0.01

    @property
    def top(self) -> float:
        """The highest place."""
        return self.to_scale(self.high)

    def to_scale(self, value: float) -> float:
        """The place of a value, inside of the range."""
        inside = min(max(value, self.low), self.high)
        return math.log(inside - self.zero) if self.log else inside

    def value(self, place: float) -> float:
        """The value at a place, inside of the range."""
        value = math.exp(min(place, 50.0)) + self.zero if self.log else place
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One value: of which stage, of which band (EQ), which field, and its scale."""

    stage: str
    field: str
    scale: Scale
    band: int = 0

    def read(self, chain: Chain) -> float:
        """Its place on its scale."""
        return self.scale.to_scale(float(getattr(self._owner(chain), self.field)))

    def turned(self, chain: Chain, place: float) -> Chain:
        """The chain with this value there."""
        value = self.scale.value(place)
        if self.stage == "fader":
            return dataclasses.replace(chain, fader_db=value)
        changed = dataclasses.replace(self._owner(chain), **{self.field: value})
        if self.stage == "eq":
            assert chain.eq is not None
            bands = (*chain.eq.bands[: self.band], changed, *chain.eq.bands[self.band + 1 :])
            changed = dataclasses.replace(chain.eq, bands=bands)
        return dataclasses.replace(chain, **{self.stage: changed})

    def _owner(self, chain: Chain):  # type: ignore[no-untyped-def]  # whatever has the field
        if self.stage == "fader":
            return chain
        return chain.eq.bands[self.band] if self.stage == "eq" and chain.eq else getattr(chain, self.stage)


def knobs_of(chain: Chain, rate: int, *, stereo: bool) -> tuple[Knob, ...]:
    """All values of the chain that are sought on its sound.

    The initial delay is not, for it moves in whole samples; nor is the RMS size of a detector of peaks.
    """
    knobs = [Knob(stage="fader", field="fader_db", scale=Scale(low=-90.0, high=HIGHEST_FADER_DB))]
    if chain.eq is not None:
        knobs += _eq_knobs(chain.eq, rate)
    if chain.comp is not None:
        peaks = chain.comp.rms_ms == 0.0
        scales = {field: scale for field, scale in _comp_scales().items() if not (peaks and field == "rms_ms")}
        knobs += [Knob(stage="comp", field=field, scale=scale) for field, scale in scales.items()]
    if chain.verb is not None:
        scales = _verb_scales(chain.verb)
        knobs += [
            Knob(stage="verb", field=field, scale=scale)
            for field, scale in scales.items()
            if stereo or field != "width"
        ]
    return tuple(knobs)


def _eq_knobs(eq: ReaEq, rate: int) -> list[Knob]:
    knobs = []
    for number, band in enumerate(eq.bands):
        shelf = band.kind in (BandKind.LOW_SHELF, BandKind.HIGH_SHELF)
        scales = {
            "frequency_hz": Scale(low=25.0, high=min(16000.0, 0.45 * rate), log=True),
            "bandwidth_oct": Scale(low=0.92 if shelf else 0.1, high=4.0, log=True),
        }
        if band.kind not in PASSES:
            scales["gain_db"] = Scale(low=-24.0, high=12.0, usual=(0.0, _USUAL_BAND_DB))
        knobs += [Knob(stage="eq", field=field, scale=scale, band=number) for field, scale in scales.items()]
    return knobs


@cache
def _comp_scales() -> dict[str, Scale]:
    table = engineers_table()
    return {
        "threshold_db": Scale(low=-60.0, high=6.0),
        "ratio": Scale(low=1.05, high=50.0, log=True, zero=1.0, usual=_usual(table.ratio, 1.0)),
        "attack_ms": Scale(low=0.05, high=300.0, log=True, usual=_usual(table.attack_ms)),
        "release_ms": Scale(low=2.0, high=4000.0, log=True, usual=_usual(table.release_ms)),
        "knee_db": Scale(low=0.0, high=24.0, usual=(3.0, 3.0)),
        # The window is a whole number of samples: smaller steps would do nothing, or too much.
        "rms_ms": Scale(low=0.2, high=200.0, log=True, usual=(math.log(3.0), 1.5), step=0.1),
    }


def _verb_scales(verb: ReaVerbate) -> dict[str, Scale]:
    scales = {
        "wet_db": Scale(low=-60.0, high=6.0),
        "room_size": Scale(low=0.0, high=0.998, step=0.002),
        "dampening": Scale(low=0.0, high=1.0),
        "width": Scale(low=-1.0, high=1.0),
    }
    if verb.low_cut_hz > 0.0:
        scales["low_cut_hz"] = Scale(low=20.0, high=2000.0, log=True)
    if verb.high_cut_hz < 20000.0:
        scales["high_cut_hz"] = Scale(low=500.0, high=19900.0, log=True)
    return scales


def _usual(spread: Spread, zero: float = 0.0) -> tuple[float, float]:
    low, middle, high = (math.log(max(spread.at(part) - zero, 1e-3)) for part in (0.25, 0.5, 0.75))
    return middle, (high - low) / _QUARTILES


def read(chain: Chain, knobs: Sequence[Knob]) -> Array:
    """The places of all knobs."""
    return np.array([knob.read(chain) for knob in knobs])


def turned(chain: Chain, knobs: Sequence[Knob], places: Array) -> Chain:
    """The chain with all knobs at these places."""
    for knob, place in zip(knobs, places, strict=True):
        chain = knob.turned(chain, float(place))
    return chain


def typed(chain: Chain) -> Chain:
    """The chain with values as one would type them."""
    return dataclasses.replace(
        chain,
        eq=_typed_eq(chain.eq) if chain.eq else None,
        comp=_typed_comp(chain.comp) if chain.comp else None,
        verb=_typed_verb(chain.verb) if chain.verb else None,
        fader_db=round(chain.fader_db, 2) + 0.0,
    )


def _typed_eq(eq: ReaEq) -> ReaEq:
    bands = [
        dataclasses.replace(
            band,
            frequency_hz=float(f"{band.frequency_hz:.3g}"),
            gain_db=0.0 if band.kind in PASSES else round(band.gain_db, 1) + 0.0,
            bandwidth_oct=round(band.bandwidth_oct, 2),
        )
        for band in eq.bands
    ]
    return ReaEq(bands=tuple(sorted(bands, key=lambda band: band.frequency_hz)))


def _typed_comp(comp: ReaComp) -> ReaComp:
    return dataclasses.replace(
        comp,
        threshold_db=round(comp.threshold_db, 1) + 0.0,
        ratio=round(comp.ratio, 2),
        attack_ms=round(comp.attack_ms, 1),
        release_ms=float(round(comp.release_ms)),
        knee_db=round(comp.knee_db, 1),
        rms_ms=round(comp.rms_ms, 1),
        wet_db=round(comp.wet_db, 1) + 0.0,
    )


def _typed_verb(verb: ReaVerbate) -> ReaVerbate:
    return dataclasses.replace(
        verb,
        wet_db=round(verb.wet_db, 1) + 0.0,
        room_size=round(verb.room_size, 4),
        dampening=round(verb.dampening, 3),
        width=round(verb.width, 2) + 0.0,
        pre_delay_ms=round(verb.pre_delay_ms, 1),
        low_cut_hz=float(round(verb.low_cut_hz)),
        high_cut_hz=float(round(verb.high_cut_hz, -1)),
    )

"""The parameters of the three plug-ins as REAPER knows them: one row each, and what follows from the rows.

A raw value is what `TrackFX_SetParam` takes and, for ReaComp and ReaVerbate, what a state holds. A setting that
the parameter cannot hold is refused with ValueError where it is turned into a raw value; settings read from a
project may hold more (ReaEQ's state allows gains beyond the parameter's range) and are kept as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from daw_bridge.decibels import amplitude, decibels
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, Settings

SILENT_DB = -120.0
"""Gains from here down are silence: a fresh ReaComp has its Dry at -150 dB, a ReaEQ band ends at -120 dB."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a raw value maps to the unit of the setting, and back."""

    to_unit: Callable[[float], float]
    to_raw: Callable[[float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: the setting that it holds, REAPER's name, index and raw range, and how it is shown.

    `field` is the path of the setting (`threshold_db`, `bands.0.gain_db`).
    """

    field: str
    name: str
    index: int
    scale: Scale
    raw_min: float = 0.0
    raw_max: float = 1.0
    unit: str = ""
    decimals: int = 1
    source: str

    @property
    def tolerance(self) -> float:
        """How far apart two values may be, in the setting's unit, and look the same: half of the last digit."""
        return 0.51 * math.pow(10.0, -self.decimals)

    def value(self, raw: float) -> float:
        """The setting, in its unit, that a raw value stands for."""
        return self.scale.to_unit(raw)

    def raw(self, value: float) -> float:
        """The raw value of a setting; ValueError if the parameter cannot hold it."""
        raw = self.scale.to_raw(value)
        slack = 1e-6 * (self.raw_max - self.raw_min)  # a decibel figure rounded to the shown digits may pass
        if not self.raw_min - slack <= raw <= self.raw_max + slack:
            raise ValueError(f"{self.field} = {value:g} is outside of what {self.name} can hold")
        return min(max(raw, self.raw_min), self.raw_max)

    def text(self, value: float) -> str:
        """The value as REAPER shows it, with its unit."""
        if isinstance(value, bool):
            return "on" if value else "off"
        shown = "-inf" if self.unit == "dB" and value <= SILENT_DB else f"{value:.{self.decimals}f}"
        return f"{shown} {self.unit}".rstrip()

    def same(self, a: float, b: float) -> bool:
        """Whether two values look the same in REAPER."""
        return a == b or abs(max(a, SILENT_DB) - max(b, SILENT_DB)) <= self.tolerance


def _linear(factor: float) -> Scale:
    return Scale(lambda raw: factor * raw, lambda value: value / factor)


def _gain(factor: float = 1.0) -> Scale:
    return Scale(lambda raw: decibels(factor * raw), lambda value: amplitude(value) / factor)


def _raw_of_ratio(ratio: float) -> float:
    if math.isinf(ratio):
        return 1.0
    return (ratio - 1.0) / 99.0 if ratio < 100.0 else math.nan  # raw 1.0 is infinite: 100:1 cannot be held


_RATIO = Scale(lambda raw: math.inf if raw >= 1.0 else 1.0 + 99.0 * raw, _raw_of_ratio)
_TOGGLE = Scale(lambda raw: raw >= 0.5, float)
_WIDTH = Scale(lambda raw: 2.0 * raw - 1.0, lambda width: (width + 1.0) / 2.0)
_EQ_FREQUENCY = Scale(
    lambda raw: 20.0 + 23980.0 * (math.pow(401.0, raw) - 1.0) / 400.0,
    lambda hz: math.log(400.0 * (hz - 20.0) / 23980.0 + 1.0) / math.log(401.0) if hz > 0.0 else math.nan,
)

_STATE, _API = "plugins.md [state]", "plugins.md [api, state]"


def _level(field: str, name: str, index: int) -> Parameter:
    return Parameter(field=field, name=name, index=index, scale=_gain(), raw_max=2.0, unit="dB", source=_API)


def _time(field: str, name: str, index: int, full_ms: float, *, raw_max: float = 1.0) -> Parameter:
    return Parameter(
        field=field,
        name=name,
        index=index,
        scale=_linear(full_ms),
        raw_max=raw_max,
        unit="ms",
        source=_STATE,
    )


def _cutoff(field: str, name: str, index: int) -> Parameter:
    scale = _linear(20000.0)
    return Parameter(field=field, name=name, index=index, scale=scale, unit="Hz", decimals=0, source=_STATE)


def _toggle(field: str, name: str, index: int) -> Parameter:
    return Parameter(field=field, name=name, index=index, scale=_TOGGLE, source=_STATE)


REACOMP = (
    _level("threshold_db", "Threshold", 0),
    Parameter(field="ratio", name="Ratio", index=1, scale=_RATIO, unit=":1", decimals=2, source=_STATE),
    _time("attack_ms", "Attack", 2, 500.0),
    _time("release_ms", "Release", 3, 5000.0),
    _time("pre_comp_ms", "Pre-comp", 4, 250.0),
    _cutoff("detector_low_pass_hz", "Lowpass", 6),
    _cutoff("detector_high_pass_hz", "Hipass", 7),
    _level("dry_db", "Dry", 10),
    _level("wet_db", "Wet", 11),
    _time("rms_ms", "RMS size", 13, 100.0, raw_max=10.0),
    Parameter(field="knee_db", name="Knee", index=14, scale=_linear(24.0), unit="dB", source=_STATE),
    _toggle("auto_make_up", "Auto Make Up Gain", 15),
    _toggle("auto_release", "Auto Release", 16),
)

_FRACTION = _linear(1.0)

REAVERBATE = (
    _level("wet_db", "Wet", 0),
    _level("dry_db", "Dry", 1),
    Parameter(
        field="room_size",
        name="Room size",
        index=2,
        scale=_FRACTION,
        decimals=3,
        source="plugins.md [state, render]; the plug-in shows 30 + 68 raw",
    ),
    Parameter(field="dampening", name="Dampening", index=3, scale=_FRACTION, decimals=3, source=_STATE),
    Parameter(field="width", name="Stereo width", index=4, scale=_WIDTH, decimals=2, source=_STATE),
    _time("pre_delay_ms", "Initial delay", 5, 500.0),
    _cutoff("high_cut_hz", "Lowpass", 6),
    _cutoff("low_cut_hz", "Hipass", 7),
)

KIND_NAMES = {
    BandKind.LOW_SHELF: "Low Shelf",
    BandKind.HIGH_SHELF: "High Shelf",
    BandKind.BAND_ALT_2: "Band (alt 2)",
    BandKind.LOW_PASS: "Low Pass",
    BandKind.HIGH_PASS: "High Pass",
    BandKind.ALL_PASS: "All Pass",
    BandKind.NOTCH: "Notch",
    BandKind.BAND_PASS: "Band Pass",
    BandKind.BAND: "Band",
    BandKind.BAND_ALT: "Band (alt)",
    BandKind.PARALLEL_BAND_PASS: "Parallel Band Pass",
}
"""What REAPER calls the kinds of bands."""

PASSES = frozenset({BandKind.LOW_PASS, BandKind.HIGH_PASS, BandKind.ALL_PASS, BandKind.NOTCH, BandKind.BAND_PASS})
"""The kinds that ignore their gain."""


def band_parameters(slot: int, kind: BandKind) -> tuple[Parameter, Parameter, Parameter]:
    """Frequency, gain and bandwidth of ReaEQ's band in this slot (from 0).

    REAPER names them by the band's kind, and the first band's number is sometimes absent: address them by index.
    """
    suffix = KIND_NAMES[kind] + (f" {slot + 1}" if slot else "")
    frequency = Parameter(
        field=f"bands.{slot}.frequency_hz",
        name=f"Freq-{suffix}",
        index=3 * slot,
        scale=_EQ_FREQUENCY,
        unit="Hz",
        source=_STATE,
    )
    gain = Parameter(
        field=f"bands.{slot}.gain_db",
        name=f"Gain-{suffix}",
        index=3 * slot + 1,
        scale=_gain(4.0),
        unit="dB",
        source=_STATE,
    )
    bandwidth = Parameter(
        field=f"bands.{slot}.bandwidth_oct",
        name=f"BW-{suffix}",
        index=3 * slot + 2,
        scale=_linear(4.0),
        raw_min=0.0025,  # ReaEQ takes less than 0.01 octaves as 0.01
        unit="oct",
        decimals=2,
        source=_STATE,
    )
    return frequency, gain, bandwidth


def global_gain(bands: int) -> Parameter:
    """ReaEQ's global gain, which follows its bands."""
    return Parameter(
        field="gain_db",
        name="Global Gain",
        index=3 * bands,
        scale=_gain(),
        raw_max=4.0,
        unit="dB",
        source="plugins.md [api]",
    )


def band_values(band: Band) -> tuple[float, float, float]:
    """A band's settings in the order of `band_parameters`."""
    return band.frequency_hz, band.gain_db, band.bandwidth_oct


def raw_values(settings: Settings) -> tuple[tuple[Parameter, float], ...]:
    """Every parameter of the settings with its raw value; ValueError for what a parameter cannot hold."""
    return tuple((parameter, parameter.raw(value)) for parameter, value in _values(settings))


def describe(settings: Settings) -> dict[str, str]:
    """The settings as REAPER shows them, by field: `{"ratio": "3.30 :1"}`; ReaEQ's by band: `bands.0`."""
    if not isinstance(settings, ReaEq):
        return {parameter.field: parameter.text(value) for parameter, value in _values(settings)}
    shown = {f"bands.{slot}": _describe_band(slot, band) for slot, band in enumerate(settings.bands)}
    return shown | {"gain_db": global_gain(len(settings.bands)).text(settings.gain_db)}


def differences(a: Settings, b: Settings) -> tuple[str, ...]:
    """The fields that REAPER would show differently; ReaEQ's bands move together and are one field, `eq`.

    The two must be settings of the same plug-in (TypeError).
    """
    if type(a) is not type(b):
        raise TypeError(f"{type(a).__name__} and {type(b).__name__} cannot be compared")
    if isinstance(a, ReaEq) and isinstance(b, ReaEq):
        return () if _same_layout(a, b) and not _differing(a, b) else ("eq",)
    return _differing(a, b)


def _differing(a: Settings, b: Settings) -> tuple[str, ...]:
    rows = zip(_values(a), _values(b), strict=True)
    return tuple(parameter.field for (parameter, one), (_, other) in rows if not parameter.same(one, other))


def _same_layout(a: ReaEq, b: ReaEq) -> bool:
    return [(band.kind, band.enabled) for band in a.bands] == [(band.kind, band.enabled) for band in b.bands]


def _values(settings: Settings) -> tuple[tuple[Parameter, float], ...]:
    if isinstance(settings, ReaEq):
        bands = (
            pair
            for slot, band in enumerate(settings.bands)
            for pair in zip(band_parameters(slot, band.kind), band_values(band), strict=True)
        )
        return (*bands, (global_gain(len(settings.bands)), settings.gain_db))
    table = REACOMP if isinstance(settings, ReaComp) else REAVERBATE
    return tuple((parameter, getattr(settings, parameter.field)) for parameter in table)


def _describe_band(slot: int, band: Band) -> str:
    frequency, gain, bandwidth = (
        parameter.text(value)
        for parameter, value in zip(band_parameters(slot, band.kind), band_values(band), strict=True)
    )
    parts = [frequency, bandwidth] if band.kind in PASSES else [frequency, gain, bandwidth]
    return f"{KIND_NAMES[band.kind]} {', '.join(parts)}" + ("" if band.enabled else " (off)")

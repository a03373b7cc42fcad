"""The parameter tables: maps, ranges, text, comparison."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.parameters import (
    REACOMP,
    REAVERBATE,
    Parameter,
    band_parameters,
    describe,
    differences,
    global_gain,
    raw_values,
)

ALL = (*REACOMP, *REAVERBATE, *band_parameters(1, BandKind.BAND), global_gain(2))
EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=80.0),
        Band(frequency_hz=3000.0, gain_db=-2.5, bandwidth_oct=1.2),
    )
)


def row(table: tuple[Parameter, ...], field: str) -> Parameter:
    return next(parameter for parameter in table if parameter.field == field)


@pytest.mark.parametrize(("table", "settings"), [(REACOMP, ReaComp()), (REAVERBATE, ReaVerbate())])
def test_every_setting_has_exactly_one_parameter(
    table: tuple[Parameter, ...], settings: ReaComp | ReaVerbate
) -> None:
    fields = sorted(field.name for field in dataclasses.fields(settings))

    assert sorted(parameter.field for parameter in table) == fields
    assert len({parameter.index for parameter in table}) == len(table)


@pytest.mark.parametrize(
    ("table", "field", "raw", "value"),
    [  # pairs that real projects and REAPER's own displays confirm (plugins.md)
        (REACOMP, "threshold_db", 1.0, 0.0),
        (REACOMP, "threshold_db", 2.0, 6.0206),
        (REACOMP, "threshold_db", 0.0, -math.inf),
        (REACOMP, "ratio", 0.030303030, 4.0),
        (REACOMP, "ratio", 0.141414, 15.0),
        (REACOMP, "ratio", 1.0, math.inf),
        (REACOMP, "attack_ms", 0.006, 3.0),
        (REACOMP, "release_ms", 0.02, 100.0),
        (REACOMP, "pre_comp_ms", 1.0, 250.0),
        (REACOMP, "rms_ms", 0.05, 5.0),
        (REACOMP, "rms_ms", 2.5, 250.0),
        (REACOMP, "knee_db", 0.416667, 10.0),
        (REACOMP, "detector_high_pass_hz", 0.325, 6500.0),
        (REAVERBATE, "wet_db", 0.500035, -6.0200),
        (REAVERBATE, "width", 0.75, 0.5),
        (REAVERBATE, "pre_delay_ms", 0.1, 50.0),
        (REAVERBATE, "high_cut_hz", 0.45, 9000.0),
    ],
)
def test_raw_values_mean_what_reaper_shows(
    table: tuple[Parameter, ...], field: str, raw: float, value: float
) -> None:
    parameter = row(table, field)

    assert parameter.value(raw) == pytest.approx(value, abs=1e-4)
    assert parameter.raw(parameter.value(raw)) == pytest.approx(raw, rel=1e-9)


@pytest.mark.parametrize(
    ("raw", "hz"),
    [(0.0, 20.0), (0.141438, 100.0), (0.5, 1160.5), (0.739351, 5000.0), (0.2, 158.8508), (1.0, 24000.0)],
)
def test_the_frequency_scale_of_reaeq_is_that_of_its_envelopes(raw: float, hz: float) -> None:
    frequency = band_parameters(0, BandKind.BAND)[0]

    assert frequency.value(raw) == pytest.approx(hz, rel=1e-4)
    assert frequency.raw(hz) == pytest.approx(raw, abs=1e-5)


def test_the_gain_of_a_reaeq_band_is_four_times_its_raw_value_and_the_bandwidth_too() -> None:
    _, gain, bandwidth = band_parameters(0, BandKind.BAND)

    assert gain.raw(0.0) == pytest.approx(0.25)
    assert gain.value(0.37939289) == pytest.approx(20 * math.log10(1.5175716), abs=1e-5)
    assert bandwidth.raw(0.8) == pytest.approx(0.2)


def test_reaeq_counts_three_parameters_a_band_and_then_the_global_gain() -> None:
    rows = raw_values(EQ)

    assert [parameter.index for parameter, _ in rows] == list(range(7))
    assert [parameter.name for parameter, _ in rows[::3]] == ["Freq-High Pass", "Freq-Band 2", "Global Gain"]


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.field)
@given(share=st.floats(0.0, 1.0))
def test_every_raw_value_survives_the_way_to_the_unit_and_back(parameter: Parameter, share: float) -> None:
    raw = parameter.raw_min + share * (parameter.raw_max - parameter.raw_min)
    value = parameter.value(raw)

    if isinstance(value, bool):
        assert parameter.raw(value) in (0.0, 1.0)
    else:
        assert parameter.raw(value) == pytest.approx(raw, abs=1e-9)


@pytest.mark.parametrize(
    "settings",
    [
        ReaComp(threshold_db=6.1),
        ReaComp(ratio=0.9),
        ReaComp(ratio=100.0),
        ReaComp(attack_ms=-0.1),
        ReaComp(release_ms=5001.0),
        ReaComp(wet_db=7.0),
        ReaComp(knee_db=25.0),
        ReaComp(rms_ms=math.nan),
        ReaVerbate(room_size=1.01),
        ReaVerbate(width=-1.1),
        ReaEq(bands=(Band(frequency_hz=19.0),)),
        ReaEq(bands=(Band(frequency_hz=-1000.0),)),
        ReaEq(bands=(Band(frequency_hz=100.0, gain_db=12.2),)),
        ReaEq(bands=(Band(frequency_hz=100.0, bandwidth_oct=4.1),)),
        ReaEq(bands=(), gain_db=12.2),
    ],
    ids=str,
)
def test_what_a_parameter_cannot_hold_is_refused(settings: ReaComp | ReaVerbate | ReaEq) -> None:
    with pytest.raises(ValueError, match=r"outside of what .* can hold"):
        raw_values(settings)


def test_the_largest_gains_may_be_given_in_rounded_decibels() -> None:
    rows = {parameter.field: raw for parameter, raw in raw_values(ReaComp(wet_db=6.0206, dry_db=-math.inf))}

    assert rows["wet_db"] == 2.0
    assert rows["dry_db"] == 0.0


def test_settings_are_described_as_reaper_shows_them() -> None:
    shown = describe(ReaComp(threshold_db=-21.94, ratio=3.3, attack_ms=1.2, dry_db=-math.inf, auto_make_up=True))

    assert shown["threshold_db"] == "-21.9 dB"
    assert shown["ratio"] == "3.30 :1"
    assert shown["attack_ms"] == "1.2 ms"
    assert shown["dry_db"] == "-inf dB"
    assert shown["auto_make_up"] == "on"
    assert describe(EQ) == {
        "bands.0": "High Pass 80.0 Hz, 2.00 oct",
        "bands.1": "Band 3000.0 Hz, -2.5 dB, 1.20 oct",
        "gain_db": "0.0 dB",
    }


@pytest.mark.parametrize("parameter", [*REACOMP, *REAVERBATE], ids=lambda parameter: parameter.field)
def test_a_difference_is_what_reaper_would_show(parameter: Parameter) -> None:
    original = ReaComp(dry_db=-6.0) if parameter in REACOMP else ReaVerbate()
    value = getattr(original, parameter.field)
    less = dataclasses.replace(original, **{parameter.field: value - 0.9 * parameter.tolerance})
    more = dataclasses.replace(original, **{parameter.field: value - 1.1 * parameter.tolerance})

    assert differences(original, less) == ()
    assert differences(original, more) == (parameter.field,)


def test_silence_is_silence_however_it_is_written() -> None:
    assert differences(ReaComp(dry_db=-math.inf), ReaComp(dry_db=-150.0)) == ()
    assert differences(ReaComp(ratio=math.inf), ReaComp(ratio=math.inf)) == ()
    assert differences(ReaComp(ratio=math.inf), ReaComp(ratio=90.0)) == ("ratio",)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(EQ, gain_db=1.0),
        ReaEq(bands=EQ.bands[:1]),
        ReaEq(bands=(EQ.bands[0], dataclasses.replace(EQ.bands[1], gain_db=-2.4))),
        ReaEq(bands=(EQ.bands[0], dataclasses.replace(EQ.bands[1], enabled=False))),
        ReaEq(bands=(EQ.bands[0], dataclasses.replace(EQ.bands[1], kind=BandKind.NOTCH))),
    ],
    ids=str,
)
def test_any_change_of_reaeq_is_one_difference(other: ReaEq) -> None:
    assert differences(EQ, EQ) == ()
    assert differences(EQ, other) == ("eq",)


def test_settings_of_two_plugins_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        differences(ReaComp(), ReaVerbate())

from __future__ import annotations

import numpy as np
import pytest

from daw_bridge.matching.bands import Curve, fit_bands
from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.reaeq_sound import response_db

RATE = 48000
HZ = np.geomspace(40.0, 18000.0, 60)


def measured(eq: ReaEq, gain_db: float, error_db: float) -> Curve:
    noise = np.random.default_rng(3).normal(0.0, error_db, HZ.size)
    return Curve(
        frequencies_hz=HZ,
        gain_db=response_db(eq, HZ, RATE) + gain_db + noise,
        error_db=np.full(HZ.size, error_db),
    )


@pytest.mark.parametrize(
    "bands",
    [
        (Band(frequency_hz=400.0, gain_db=-7.0, bandwidth_oct=1.0),),
        (
            Band(kind=BandKind.HIGH_PASS, frequency_hz=120.0, bandwidth_oct=1.9),
            Band(frequency_hz=3000.0, gain_db=5.0, bandwidth_oct=1.5),
        ),
        (
            Band(kind=BandKind.LOW_SHELF, frequency_hz=200.0, gain_db=4.0, bandwidth_oct=1.5),
            Band(kind=BandKind.HIGH_SHELF, frequency_hz=6000.0, gain_db=-6.0, bandwidth_oct=1.2),
        ),
    ],
)
def test_bands_and_the_gain_beside_them_are_found(bands: tuple[Band, ...]) -> None:
    found = fit_bands(measured(ReaEq(bands=bands), 4.0, 0.2), RATE)

    assert found.eq is not None
    assert len(found.eq.bands) == len(bands)
    assert found.gain_db == pytest.approx(4.0, abs=0.3)
    off = response_db(found.eq, HZ, RATE) - response_db(ReaEq(bands=bands), HZ, RATE)
    assert np.sqrt(np.mean(np.square(off))) < 0.3


def test_a_flat_curve_needs_no_bands() -> None:
    found = fit_bands(measured(ReaEq(bands=()), -12.0, 0.3), RATE)

    assert found.eq is None
    assert found.gain_db == pytest.approx(-12.0, abs=0.1)


def test_what_was_measured_badly_is_not_followed() -> None:
    curve = measured(ReaEq(bands=()), 0.0, 0.2)
    gain_db, error_db = curve.gain_db.copy(), curve.error_db.copy()
    gain_db[-10:] -= 20.0
    error_db[-10:] = 40.0

    assert fit_bands(Curve(frequencies_hz=HZ, gain_db=gain_db, error_db=error_db), RATE).eq is None

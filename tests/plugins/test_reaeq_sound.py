"""ReaEQ's filters against scipy's responses, against a cookbook written down anew, and as a stream."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.reaeq_sound import EqProcessor, band_response_db, response_db, sos

RATES = [44100, 48000, 96000]
HEARD_HZ = np.geomspace(20.0, 20000.0, 400)
CHAIN = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=40.0, bandwidth_oct=1.9),
        Band(kind=BandKind.LOW_SHELF, frequency_hz=120.0, gain_db=3.0, bandwidth_oct=0.8),
        Band(frequency_hz=300.0, gain_db=-4.0, bandwidth_oct=1.5),
        Band(frequency_hz=3000.0, gain_db=5.0, bandwidth_oct=0.5),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=9000.0, gain_db=-6.0, bandwidth_oct=1.2),
    ),
    gain_db=-2.0,
)


def impulse(rate: int) -> np.ndarray:
    samples = np.zeros((1, 2 * rate), np.float32)
    samples[0, 0] = 1.0
    return samples


def scipys_db(eq: ReaEq, frequencies: np.ndarray, rate: int) -> np.ndarray:
    sections = [signal.freqz(row[:3], row[3:], frequencies, fs=rate)[1] for row in sos(eq, rate)]
    return 20 * np.log10(np.abs(np.prod(sections, axis=0)))


def expected(band: Band, rate: int, frequencies: np.ndarray) -> np.ndarray:
    """The models of plugins.md for the measured kinds, as complex functions of z."""
    w = 2 * math.pi * band.frequency_hz / rate
    z = np.exp(-2j * np.pi * frequencies / rate)
    big_a = 10 ** (band.gain_db / 40)
    if band.kind in (BandKind.LOW_PASS, BandKind.HIGH_PASS):
        q = 1 / (2 * math.sinh(math.log(2) / 2 * band.bandwidth_oct))
    elif band.kind is BandKind.BAND:
        q = 1 / (2 * math.sinh(math.log(2) / 2 * band.bandwidth_oct * w / math.sin(w)))
    else:
        slope = 1 / max(band.bandwidth_oct, 0.915) ** 2
        q = 1 / math.sqrt((big_a + 1 / big_a) * (1 / slope - 1) + 2)
    # The analogue prototypes of the cookbook under the bilinear transform.
    s = (1 - z) / (1 + z) / math.tan(w / 2)
    a, r = big_a, math.sqrt(big_a)
    prototypes = {
        BandKind.LOW_PASS: 1 / (s**2 + s / q + 1),
        BandKind.HIGH_PASS: s**2 / (s**2 + s / q + 1),
        BandKind.BAND: (s**2 + s * a / q + 1) / (s**2 + s / (a * q) + 1),
        BandKind.LOW_SHELF: a * (s**2 + r / q * s + a) / (a * s**2 + r / q * s + 1),
        BandKind.HIGH_SHELF: a * (a * s**2 + r / q * s + 1) / (s**2 + r / q * s + a),
    }
    return 20 * np.log10(np.abs(prototypes[band.kind]))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    "band",
    [
        *CHAIN.bands,
        Band(kind=BandKind.LOW_PASS, frequency_hz=8000.0, bandwidth_oct=2.0),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=3000.0, gain_db=12.0, bandwidth_oct=2.5),
        Band(frequency_hz=15000.0, gain_db=-12.0, bandwidth_oct=4.0),
    ],
    ids=str,
)
def test_a_measured_band_follows_its_model(band: Band, rate: int) -> None:
    curve = band_response_db(band.kind, band.frequency_hz, band.gain_db, band.bandwidth_oct, HEARD_HZ, rate)

    assert curve == pytest.approx(expected(band, rate, HEARD_HZ), abs=1e-6)


def test_a_band_reaches_its_gain_and_half_of_it_at_its_edges() -> None:
    edges = 1000.0 * 2.0 ** np.array([-0.5, 0.0, 0.5])

    curve = band_response_db(BandKind.BAND, 1000.0, 6.0, 1.0, edges, 192000)

    assert curve == pytest.approx([3.0, 6.0, 3.0], abs=0.01)


def test_a_high_pass_of_1_9_octaves_is_a_butterworth() -> None:
    curve = band_response_db(BandKind.HIGH_PASS, 100.0, 0.0, 1.9, np.array([50.0, 100.0, 10000.0]), 48000)

    assert curve == pytest.approx([-12.30, -3.01, 0.0], abs=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_the_response_is_that_of_scipy(rate: int) -> None:
    assert response_db(CHAIN, HEARD_HZ, rate) == pytest.approx(scipys_db(CHAIN, HEARD_HZ, rate), abs=1e-6)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("eq", [CHAIN, ReaEq(bands=CHAIN.bands[:1])], ids=["chain", "40 Hz high-pass"])
def test_what_is_heard_is_the_response_within_a_twentieth_of_a_decibel(eq: ReaEq, rate: int) -> None:
    spectrum = np.fft.rfft(EqProcessor(eq, rate, 1).process(impulse(rate))[0])
    frequencies = np.fft.rfftfreq(2 * rate, 1 / rate)
    heard = (frequencies >= 20.0) & (frequencies <= 20000.0)

    heard_db = 20 * np.log10(np.abs(spectrum[heard]))
    assert heard_db == pytest.approx(scipys_db(eq, frequencies[heard], rate), abs=0.05)


def test_many_bands_are_answered_at_once() -> None:
    frequencies, gains = np.array([[200.0], [1000.0], [5000.0]]), np.array([[3.0], [-2.0], [6.0]])

    curves = band_response_db(BandKind.BAND, frequencies, gains, 1.0, HEARD_HZ, 48000)

    assert curves.shape == (3, HEARD_HZ.size)
    assert curves[2] == pytest.approx(band_response_db(BandKind.BAND, 5000.0, 6.0, 1.0, HEARD_HZ, 48000))


@pytest.mark.parametrize("kind", [kind for kind in BandKind if kind not in (2, 9)])
def test_a_flat_band_is_flat_unless_its_kind_is_not(kind: BandKind) -> None:
    curve = response_db(ReaEq(bands=(Band(kind=kind, frequency_hz=1000.0),)), HEARD_HZ, 48000)

    cuts = {BandKind.LOW_PASS, BandKind.HIGH_PASS, BandKind.NOTCH, BandKind.BAND_PASS}
    assert (np.abs(curve).max() > 20.0) == (kind in cuts)
    assert np.abs(curve).max() < 1e-9 or kind in cuts


def test_the_unmeasured_kinds_do_what_their_names_say() -> None:
    at = {kind: band_response_db(kind, 1000.0, 6.0, 1.0, np.array([1000.0, 20.0]), 48000) for kind in BandKind}

    assert at[BandKind.NOTCH][0] < -100.0
    assert at[BandKind.BAND_PASS] == pytest.approx([0.0, -36.97], abs=0.01)
    assert at[BandKind.PARALLEL_BAND_PASS] == pytest.approx([6.0, 0.0], abs=0.01)
    assert at[BandKind.BAND_ALT] == pytest.approx(at[BandKind.BAND])
    assert at[BandKind.BAND_ALT_2] == pytest.approx(at[BandKind.BAND])


def test_a_band_that_is_off_or_above_half_the_rate_has_no_effect() -> None:
    off = Band(frequency_hz=1000.0, gain_db=12.0, enabled=False)
    above = [Band(kind=kind, frequency_hz=12000.0, gain_db=12.0) for kind in BandKind]

    assert np.abs(response_db(ReaEq(bands=(off, *above)), np.array([50.0, 3000.0]), 24000)).max() == 0.0


@given(
    kind=st.sampled_from(BandKind),
    frequency=st.floats(20.0, 24000.0),
    gain=st.floats(-120.0, 24.0),
    bandwidth=st.floats(0.01, 4.0),
    rate=st.sampled_from([8000, 44100, 192000]),
)
def test_every_band_that_reaper_can_hold_is_stable(
    kind: BandKind, frequency: float, gain: float, bandwidth: float, rate: int
) -> None:
    band = Band(kind=kind, frequency_hz=frequency, gain_db=gain, bandwidth_oct=bandwidth)

    sections = sos(ReaEq(bands=(band, Band(frequency_hz=100.0, gain_db=-math.inf))), rate)

    assert np.isfinite(sections).all()
    assert max(np.abs(np.roots(section[3:])).max() for section in sections) < 1.0


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 200000), max_size=12), channels=st.sampled_from([1, 2]))
def test_blocks_of_any_length_sound_the_same(cuts: list[int], channels: int) -> None:
    samples = np.random.default_rng(1).standard_normal((channels, 200000), dtype=np.float32)
    samples[:, 60000:140000] = 0.0
    processor = EqProcessor(CHAIN, 48000, channels)

    pieces = [processor.process(piece) for piece in np.split(samples, sorted(cuts), axis=1)]

    whole = EqProcessor(CHAIN, 48000, channels).process(samples)
    assert np.abs(np.concatenate(pieces, axis=1) - whole).max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(BandKind), min_size=1, max_size=6),
    frequency=st.floats(20.0, 24000.0),
    gain=st.floats(-24.0, 24.0),
    bandwidth=st.floats(0.1, 4.0),
    rate=st.sampled_from([8000, 44100, 192000]),
)
def test_any_bands_sound_as_scipy_filters_them(
    kinds: list[BandKind], frequency: float, gain: float, bandwidth: float, rate: int
) -> None:
    bands = [Band(kind=kind, frequency_hz=frequency, gain_db=gain, bandwidth_oct=bandwidth) for kind in kinds]
    samples = np.random.default_rng(3).standard_normal((2, 70000), dtype=np.float32)

    output = EqProcessor(ReaEq(bands=tuple(bands)), rate, 2).process(samples)

    expected = signal.sosfilt(sos(ReaEq(bands=tuple(bands)), rate), samples.astype(np.float64))
    # Both are some 1e-10 apart where engineers turn; six of the narrowest passes at 20 Hz leave -116 dB of it.
    assert np.abs(output - expected).max() <= 1e-5 * np.abs(expected).max()


def test_silence_stays_exact_silence_and_the_ringing_ends() -> None:
    processor = EqProcessor(CHAIN, 48000, 2)
    processor.process(np.ones((2, 1000), np.float32))

    tail = processor.process(np.zeros((2, 480000), np.float32))

    after = int(processor.tail_s * 48000)
    assert 0.01 < processor.tail_s < 1.0
    assert np.abs(tail[:, after:]).max() < 1e-4
    assert np.abs(tail[:, -48000:]).max() == 0.0


def test_without_bands_only_the_global_gain_is_left() -> None:
    samples = np.random.default_rng(0).standard_normal((2, 100), dtype=np.float32)

    output = EqProcessor(ReaEq(bands=(), gain_db=20.0), 48000, 2).process(samples)

    assert output == pytest.approx(10.0 * samples)
    assert output.dtype == np.float32

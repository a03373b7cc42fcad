"""ReaVerbate: its engine against the recursion written out, and against what was measured on the real plug-in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_engine import engine_response
from daw_bridge.plugins.reaverbate_sound import (
    VerbProcessor,
    impulse_response,
    room_size_for,
    rt60_s,
    wet_energy_gain,
)
from daw_bridge.plugins.sound import process_all

RATE = 48000
WET = ReaVerbate(wet_db=0.0, dry_db=-math.inf, room_size=0.6, dampening=0.4)

# Room size: RT60 in s and energy in dB that others measured on REAPER's renders, dampening 0.3 (plugins.md).
MEASURED = {
    0.0: (0.21, -2.1),
    0.3: (0.32, -1.4),
    0.5: (0.46, -0.6),
    0.6: (0.58, 0.0),
    0.7: (0.78, 0.7),
    0.8: (1.15, 1.6),
    0.9: (2.10, 3.0),
    1.0: (9.72, 6.4),
}


def wdl_engine(side: int, verb: ReaVerbate, rate: int, frames: int) -> np.ndarray:
    """One channel's response, sample by sample, as `verbengine.h` goes."""
    combs = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617, 1685, 1748]
    allpasses = [556, 441, 341, 225, 180, 153]
    feedback, damp = 0.3 + 0.68 * verb.room_size, 0.4 * verb.dampening
    output = [0.0] * frames
    for tuning in combs:
        buffer, filtered = [0.0] * int((tuning + 23 * side) * rate / 44100), 0.0
        for n in range(frames):
            heard = buffer[n % len(buffer)]
            filtered = heard * (1 - damp) + filtered * damp
            buffer[n % len(buffer)] = (n == 0) + filtered * feedback
            output[n] += heard
    for tuning in allpasses:
        buffer = [0.0] * int((tuning + 23 * side) * rate / 44100)
        for n in range(frames):
            heard = buffer[n % len(buffer)]
            buffer[n % len(buffer)] = output[n] + 0.5 * heard
            output[n] = heard - output[n]
    return 0.015 * np.array(output)


def t20_s(response: np.ndarray, rate: int) -> float:
    left_over = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    level = 10 * np.log10(left_over / left_over[0] + 1e-30)
    start, stop = np.argmax(level < -5), np.argmax(level < -25)
    return -60 / np.polyfit(np.arange(stop - start) / rate, level[start:stop], 1)[0]


@pytest.mark.parametrize(("side", "rate"), [(0, 44100), (1, 48000), (1, 8000)])
def test_the_response_is_that_of_the_engine(side: int, rate: int) -> None:
    expected = wdl_engine(side, WET, rate, 24000)

    response = engine_response(WET.room_size, WET.dampening, rate)[side, :24000]

    assert np.abs(response - expected[: response.size]).max() < 1e-8
    assert np.argmax(np.abs(response) > 1e-6) == pytest.approx(0.0253 * rate, abs=0.001 * rate)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_rt60_over_room_size_is_what_was_measured_on_the_real_plugin(rate: int) -> None:
    computed = {room: t20_s(engine_response(room, 0.3, rate)[0], rate) for room in MEASURED}

    for room, (rt60, _) in MEASURED.items():
        assert computed[room] == pytest.approx(rt60, rel=0.05), room


def test_energy_over_room_size_is_what_was_measured_on_the_real_plugin() -> None:
    energy = {room: float(np.sum(engine_response(room, 0.3, RATE)[0].astype(np.float64) ** 2)) for room in MEASURED}

    for room, (_, energy_db) in MEASURED.items():
        assert 10 * math.log10(energy[room] / energy[0.6]) == pytest.approx(energy_db, abs=0.2), room


def test_the_response_ends_at_100_db_or_after_12_seconds() -> None:
    short, long = engine_response(0.5, 0.5, RATE), engine_response(1.0, 0.0, RATE)

    tail = np.sum(short[:, -100:] ** 2, dtype=np.float64) / np.sum(short**2, dtype=np.float64)
    assert 1e-13 < tail < 1e-10
    assert long.shape[1] / RATE == pytest.approx(12.0, abs=0.01)


@pytest.mark.parametrize("dampening", [0.0, 0.3, 1.0])
def test_the_reverberation_time_is_that_of_the_band_from_500_hz_to_1_khz(dampening: float) -> None:
    band = signal.butter(3, [500, 1000], "bandpass", fs=RATE, output="sos")

    for room in (0.2, 0.7, 0.9):
        response = engine_response(room, dampening, RATE)[0].astype(np.float64)
        assert rt60_s(room, dampening, RATE) == pytest.approx(
            t20_s(signal.sosfilt(band, response), RATE), rel=0.005
        )


@pytest.mark.parametrize(
    ("rate", "wanted_s"),
    [(rate, wanted_s) for rate in (8000, 44100, 48000, 96000) for wanted_s in (0.3, 0.8, 1.5, 3.0)]
    + [(48000, 8.0)],
)
def test_the_room_size_gives_the_reverberation_time_that_was_asked(rate: int, wanted_s: float) -> None:
    room_size = room_size_for(wanted_s, 0.5, rate)

    assert rt60_s(room_size, 0.5, rate) == pytest.approx(wanted_s, rel=0.01)


def test_a_reverberation_time_out_of_reach_gives_the_nearer_end() -> None:
    assert room_size_for(0.05, 0.5, RATE) == 0.0
    assert room_size_for(60.0, 0.5, RATE) == 1.0


@pytest.mark.parametrize(
    ("width", "matrix"),
    [
        (1.0, [[1.0, 0.0], [0.0, 1.0]]),
        (0.5, [[0.75, 0.25], [0.25, 0.75]]),
        (0.0, [[0.5, 0.5], [0.5, 0.5]]),
        (-1.0, [[0.0, 1.0], [1.0, 0.0]]),
    ],
)
def test_width_mixes_the_sides_after_the_engine(width: float, matrix: list[list[float]]) -> None:
    settings_ = ReaVerbate(wet_db=0.0, room_size=0.3, width=width)
    sides = engine_response(0.3, 0.5, RATE)

    response = impulse_response(settings_, RATE)

    assert response == pytest.approx(np.array(matrix)[:, :, None] * sides[None], abs=1e-7)


def test_at_full_width_a_silent_side_stays_silent() -> None:
    samples = np.zeros((2, 20000), np.float32)
    samples[0, 0] = 1.0

    output = process_all(WET, samples, RATE)

    assert np.abs(output[0]).max() > 1e-3
    assert np.abs(output[1]).max() < 1e-7


@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_heard_is_dry_plus_the_response_on_the_input(channels: int) -> None:
    verb = ReaVerbate(
        wet_db=-6.0, dry_db=-1.0, room_size=0.4, width=0.3, pre_delay_ms=20.0, low_cut_hz=150.0, high_cut_hz=7000.0
    )
    samples = np.random.default_rng(0).standard_normal((channels, 60000), dtype=np.float32)

    output = process_all(verb, samples, RATE)

    both = np.broadcast_to(samples, (2, 60000)).astype(np.float64)
    response = impulse_response(verb, RATE)
    wet = sum(signal.oaconvolve(both[[side, side]], response[:, side], axes=1) for side in (0, 1))
    assert output.shape == (2, 60000)
    assert output == pytest.approx(10 ** (-1 / 20) * both + wet[:, :60000], abs=1e-5)


def test_cuts_fall_by_12_db_an_octave_and_wet_gain_and_delay_do_as_they_say() -> None:
    plain = impulse_response(WET, RATE)[0, 0]
    cut = impulse_response(
        ReaVerbate(
            wet_db=-20.0, room_size=0.6, dampening=0.4, low_cut_hz=800.0, high_cut_hz=5000.0, pre_delay_ms=100.0
        ),
        RATE,
    )[0, 0]
    frequencies = np.fft.rfftfreq(1 << 18, 1 / RATE)
    ratio = np.abs(np.fft.rfft(cut, 1 << 18)) / np.maximum(np.abs(np.fft.rfft(plain, 1 << 18)), 1e-9)

    def gain_db(hz: float) -> float:
        return 20 * math.log10(np.median(ratio[np.abs(frequencies - hz) < 0.02 * hz]))

    assert gain_db(2000.0) == pytest.approx(-20.0, abs=0.4)
    assert gain_db(800.0) == pytest.approx(-23.0, abs=0.3)
    assert gain_db(200.0) - gain_db(100.0) == pytest.approx(12.0, abs=0.3)
    assert gain_db(5000.0) == pytest.approx(-23.0, abs=0.3)
    first = [int(np.argmax(np.abs(one) > 1e-4 * np.abs(one).max())) for one in (plain, cut)]
    assert first[1] - first[0] == pytest.approx(4800, abs=5)


def test_the_wet_energy_is_foretold_from_a_spectrum() -> None:
    verb = ReaVerbate(wet_db=-3.0, dry_db=-math.inf, room_size=0.7, low_cut_hz=200.0, high_cut_hz=8000.0)
    frames = 8 * RATE
    voice = signal.lfilter([1.0], [1.0, -0.95], np.random.default_rng(5).standard_normal(frames))
    samples = np.zeros((1, frames + 3 * RATE), np.float32)
    samples[0, :frames] = voice
    frequencies, power = signal.welch(voice, RATE, nperseg=4096)

    foretold = float(np.sum(wet_energy_gain(verb, frequencies, RATE) * power) / np.sum(power))

    wet = process_all(verb, samples, RATE).astype(np.float64)
    heard = float(np.sum(wet**2) / 2 / np.sum(voice**2))
    assert 10 * math.log10(foretold) == pytest.approx(10 * math.log10(heard), abs=0.2)


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 150000), max_size=6), channels=st.sampled_from([1, 2]))
def test_blocks_of_any_length_sound_the_same(cuts: list[int], channels: int) -> None:
    samples = 0.3 * np.random.default_rng(1).standard_normal((channels, 150000), dtype=np.float32)
    verb = ReaVerbate(width=0.5)
    processor = VerbProcessor(verb, RATE, channels)

    pieces = [processor.process(piece) for piece in np.split(samples, sorted(cuts), axis=1)]

    whole = VerbProcessor(verb, RATE, channels).process(samples)
    assert np.abs(np.concatenate(pieces, axis=1) - whole).max() < 1e-6


def test_the_tail_lasts_as_long_as_the_response() -> None:
    processor = VerbProcessor(ReaVerbate(pre_delay_ms=50.0, dry_db=-math.inf), RATE, 1)
    processor.process(np.ones((1, 5000), np.float32))

    tail = processor.process(np.zeros((1, int(processor.tail_s * RATE) + 5000), np.float32))

    end = math.ceil(processor.tail_s * RATE)
    assert np.abs(tail[:, end - 40000 : end]).max() > 1e-8
    assert np.abs(tail[:, end:]).max() < 1e-6

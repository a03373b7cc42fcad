"""The room of a recording, heard in its pauses: on noise with exact decays, and on real voices in known rooms."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from daw_bridge.engineer.reverb import set_reverb
from daw_bridge.engineer.signal import Signal
from predictors.loudness import measure
from predictors.reverberance import NOTHING_FOUND, Reverberance, estimate_reverb, voice_mask
from predictors.targets import Aim, ReverbTarget

RATE = 16000
VOICES = ("f2_long_trill_a", "f2_long_trillo_a", "f2_scales_belt_a", "f2_scales_vibrato_a(1)", "vocadito_1")


@pytest.fixture(scope="module")
def phrases() -> np.ndarray:
    """Noise that sounds for 0.8 s and pauses for 1.2 s, six times: (1, frames) at 16 kHz."""
    rng = np.random.default_rng(1)
    sounds = (np.arange(12 * RATE) % (2 * RATE)) < 0.8 * RATE
    return (0.1 * rng.standard_normal(12 * RATE) * sounds)[None].astype(np.float32)


def in_a_room(dry: np.ndarray, rt60_s: float, wet_lu: float, rate: int) -> np.ndarray:
    """The sound with exponentially decaying noise 20 ms behind it, at this K-weighted level."""
    rng = np.random.default_rng(2)
    times = np.arange(round(1.2 * rt60_s * rate)) / rate
    response = rng.standard_normal(times.size) * 10.0 ** (-3.0 * times / rt60_s)
    length = 2 ** int(np.ceil(np.log2(dry.shape[1] + times.size)))
    wet = np.fft.irfft(np.fft.rfft(dry[0], length) * np.fft.rfft(response, length))[: dry.shape[1]]
    wet = np.roll(wet, round(0.02 * rate))[None]
    ratio = measure(wet, rate).block_power.sum() / measure(dry, rate).block_power.sum()
    return (dry + wet * np.sqrt(10.0 ** (wet_lu / 10.0) / ratio)).astype(np.float32)


@pytest.mark.parametrize("rt60_s", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("wet_lu", [-20.0, -10.0])
def test_a_decay_of_noise_is_found_within_10_percent_and_2_lu(phrases, rt60_s, wet_lu):
    room = estimate_reverb(in_a_room(phrases, rt60_s, wet_lu, RATE), RATE)

    assert room.sure
    assert room.rt60_s == pytest.approx(rt60_s, rel=0.1)
    assert room.wet_lu == pytest.approx(wet_lu, abs=2.0)


def test_level_rate_and_channels_change_nothing(phrases):
    wet = in_a_room(phrases, 1.0, -14.0, RATE)
    room = estimate_reverb(wet, RATE)

    for other in (estimate_reverb(0.01 * wet, RATE), estimate_reverb(np.concatenate([wet, wet]), RATE)):
        assert (other.rt60_s, other.wet_lu) == pytest.approx((room.rt60_s, room.wet_lu), rel=1e-6)
    slower = estimate_reverb(np.repeat(wet, 2, axis=1), 2 * RATE)
    assert (slower.rt60_s, slower.wet_lu) == pytest.approx((room.rt60_s, room.wet_lu), rel=0.1)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 3.0])
def test_silence_tells_nothing(seconds):
    assert estimate_reverb(np.zeros((2, round(seconds * RATE)), np.float32), RATE) == NOTHING_FOUND


def test_what_never_pauses_and_what_ends_at_once_tell_no_room(phrases):
    noise = np.random.default_rng(3).standard_normal((1, 8 * RATE)).astype(np.float32)
    tone = np.sin(2 * np.pi * 440 / RATE * np.arange(8 * RATE))[None].astype(np.float32)

    for sound in (noise, tone, phrases):
        assert not estimate_reverb(sound, RATE).sure
    for endless in (noise, tone):
        assert estimate_reverb(endless, RATE).at_most_lu > -3.0


def test_the_pauses_say_how_loud_a_room_can_be_at_most(phrases):
    hiss = 3e-5 * np.random.default_rng(4).standard_normal(phrases.shape).astype(np.float32)
    rooms = [(0.6, -20.0), (1.5, -20.0), (3.0, -12.0)]
    told = [estimate_reverb(in_a_room(phrases + hiss, *room, RATE), RATE).at_most_lu for room in rooms]

    assert estimate_reverb(phrases + hiss, RATE).at_most_lu < -45.0
    assert all(at_most_lu > wet_lu - 1.0 for at_most_lu, (_, wet_lu) in zip(told, rooms, strict=True))


def test_pauses_that_are_cut_to_silence_do_not_pass_for_a_dry_voice(phrases):
    wet = in_a_room(phrases, 1.5, -12.0, RATE)
    wet[:, (np.arange(wet.shape[1]) % (2 * RATE)) > 1.0 * RATE] = 0.0

    assert estimate_reverb(wet, RATE).at_most_lu > -13.0


@pytest.mark.parametrize("name", ["f2_long_trill_a", "f2_scales_belt_a", "vocadito_1"])
def test_dry_voices_are_known_from_the_same_in_a_room(shared, name):
    samples, rate = soundfile.read(shared / f"data/voices/{name}.flac", dtype="float32", always_2d=True)
    dry = Signal.of(samples.T[:, : 14 * rate].copy(), rate)
    wet = set_reverb(dry, _target(0.7, -18.0), {}).output.samples[:, : dry.samples.shape[1]]

    assert estimate_reverb(dry.samples, rate).at_most_lu < -25.0
    assert estimate_reverb(wet, rate).at_most_lu > -19.0


def test_real_voices_in_known_rooms_are_as_close_as_is_said(shared):
    errors = []
    for name in VOICES:
        samples, rate = soundfile.read(shared / f"data/voices/{name}.flac", dtype="float32", always_2d=True)
        dry = Signal.of(samples.T[:, : 14 * rate].copy(), rate)
        for rt60_s, wet_lu in ((0.7, -12.0), (1.5, -16.0), (3.0, -10.0)):
            wet = set_reverb(dry, _target(rt60_s, wet_lu), {}).output.samples[:, : dry.samples.shape[1]]
            room = estimate_reverb(wet, rate)
            if room.sure:
                errors.append((abs(room.rt60_s / rt60_s - 1.0), abs(room.wet_lu - wet_lu)))

    assert len(errors) >= 12
    assert (np.median(errors, axis=0) < (0.1, 1.5)).all()
    assert (np.percentile(errors, 80, axis=0) < (0.2, 3.0)).all()


def _target(rt60_s: float, wet_lu: float) -> ReverbTarget:
    values = {"dampening": 0.4, "pre_delay_ms": 0.0, "low_cut_hz": 200.0, "high_cut_hz": 10000.0}
    aims = {name: Aim(value, "") for name, value in {"rt60_s": rt60_s, "wet_lu": wet_lu, **values}.items()}
    return ReverbTarget(**aims)


def test_dry_voices_are_not_surely_reverberant(shared):
    sure = []
    for path in sorted((shared / "data/voices").glob("*.flac")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        room = estimate_reverb(samples.T, rate)
        sure += [path.name] if room.sure and room.wet_lu > -20.0 else []

    assert sure == ["f2_scales_vocal_fry_o.flac"]  # creaks, which die away like a room of 1 s


def test_the_tails_of_a_room_are_no_voice(phrases):
    wet = in_a_room(phrases, 1.5, -10.0, RATE)
    power = measure(wet, RATE).block_power

    told = voice_mask(power, estimate_reverb(wet, RATE))
    untold = voice_mask(power, Reverberance(rt60_s=1.5, wet_lu=-10.0, confidence=0.0))

    sings = (np.arange(len(power)) % 20) < 8
    assert (told & sings).sum() == sings.sum()
    assert (told & ~sings).sum() <= 6  # at most the first block of each pause
    assert (untold & ~sings).sum() > 20

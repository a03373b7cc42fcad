from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from predictors.tempo import estimate_tempo

Samples = NDArray[np.float32]
FACTORS = (1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3)


def is_tempo(measured: float | None, true: float, *, factors: tuple[float, ...] = (0.5, 1, 2)) -> bool:
    return measured is not None and any(abs(measured / (true * factor) - 1) < 0.02 for factor in factors)


def hit(rate: int, decay_s: float, tone_hz: float | None, random: np.random.Generator) -> NDArray[np.float64]:
    time = np.arange(round(4 * decay_s * rate)) / rate
    sound = random.standard_normal(len(time)) if tone_hz is None else np.sin(2 * np.pi * tone_hz * time)
    return sound * np.exp(-time / decay_s)


def drums(bpm: float, *, seconds: float = 20, rate: int = 48000, channels: int = 1, seed: int = 0) -> Samples:
    """Kick on one and three, snare on two and four, hats on eighths, with a player's 5 ms of scatter."""
    random = np.random.default_rng(seed)
    track = 0.001 * random.standard_normal(round(seconds * rate))
    for eighth in range(int(seconds * bpm / 30) - 1):
        voices = [(0.1, hit(rate, 0.02, None, random))]
        if eighth % 2 == 0:
            voices.append((0.5, hit(rate, 0.08, 60, random) if eighth % 4 == 0 else hit(rate, 0.06, None, random)))
        for gain, sound in voices:
            start = max(round((eighth * 30 / bpm + random.normal(0, 0.005)) * rate), 0)
            end = min(start + len(sound), len(track))
            track[start:end] += gain * sound[: end - start]
    return np.tile(track, (channels, 1)).astype(np.float32)


def clicks(bpm: float, seconds: float, rate: int) -> Samples:
    track = np.zeros((1, round(seconds * rate)), np.float32)
    track[0, (np.arange(0, seconds - 0.1, 60 / bpm) * rate).astype(int)] = 1
    return track


@pytest.mark.parametrize("bpm", range(70, 171, 5))
def test_tempo_of_a_drummer(bpm: int) -> None:
    assert is_tempo(estimate_tempo(drums(bpm, seed=bpm), 48000), bpm)


@pytest.mark.parametrize("bpm", [70.0, 97.3, 120.0, 143.21, 170.0])
@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_tempo_of_clicks(bpm: float, rate: int) -> None:
    assert is_tempo(estimate_tempo(clicks(bpm, 15, rate), rate), bpm)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 192000])
def test_tempo_at_any_rate_and_on_two_channels(rate: int) -> None:
    assert is_tempo(estimate_tempo(drums(104, seconds=12, rate=rate, channels=2), rate), 104)


def test_a_machine_is_measured_to_a_tenth_of_a_beat() -> None:
    measured = estimate_tempo(clicks(127.4, 60, 44100), 44100)

    assert measured == pytest.approx(127.4, abs=0.1)


def test_loudness_does_not_matter() -> None:
    track = drums(95)

    assert estimate_tempo(track * 0.001, 48000) == pytest.approx(estimate_tempo(track, 48000), abs=0.01)


TIME = np.arange(20 * 16000) / 16000
TIMELESS = {
    "silence": np.zeros(len(TIME)),
    "constant": np.ones(len(TIME)),
    "white noise": np.random.default_rng(1).standard_normal(len(TIME)),
    "brown noise": np.cumsum(np.random.default_rng(2).standard_normal(len(TIME))) * 1e-3,
    "sine": np.sin(2 * np.pi * 220 * TIME),
    "held saw": sum(np.sin(2 * np.pi * 110 * k * TIME) / k for k in range(1, 20)),
    "held chord": sum(np.sin(2 * np.pi * f * TIME) for f in (220, 277.18, 329.63, 440)),
    "vibrato": np.sin(2 * np.pi * 440 * TIME + 5 * np.sin(2 * np.pi * 5.5 * TIME)),
    "swell": np.sin(2 * np.pi * 330 * TIME) * np.sin(np.pi * TIME / 20),
}


@pytest.mark.parametrize("name", TIMELESS)
def test_what_has_no_beat_has_no_tempo(name: str) -> None:
    assert estimate_tempo(TIMELESS[name][None].astype(np.float32), 16000) is None


@pytest.mark.parametrize("seed", range(5))
def test_hits_at_random_times_have_no_tempo(seed: int) -> None:
    random = np.random.default_rng(seed)
    track = np.zeros((1, 60 * 16000), np.float32)
    for start in random.integers(0, 59 * 16000, 120):
        sound = hit(16000, 0.03, None, random)
        track[0, start : start + len(sound)] += sound

    assert estimate_tempo(track, 16000) is None


@pytest.mark.parametrize("frames", [0, 1, 100, 48000, 4 * 48000])
def test_too_short_for_a_tempo(frames: int) -> None:
    assert estimate_tempo(drums(120)[:, :frames], 48000) is None


@pytest.mark.parametrize(
    ("song", "bpm"), [("hydrogen", 132), ("lithium", 124), ("potassium", 90), ("rubidium", 132), ("sodium", 140)]
)
def test_drums_and_music_of_a_song_agree(shared: Path, song: str, bpm: float) -> None:
    """The tempi were read off these estimates; that five songs hit whole numbers within 0.05 is no accident."""
    folder = shared / "data/songs" / song
    for stem in ("drums", "music"):
        samples, rate = soundfile.read(folder / f"{stem}.ogg", dtype="float32", frames=150 * 44100)
        assert is_tempo(estimate_tempo(samples.T, rate), bpm)

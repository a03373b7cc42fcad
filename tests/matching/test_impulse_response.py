"""Responses of the engine are found again; what it cannot follow is said."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from daw_bridge.errors import AudioFileError
from daw_bridge.matching.impulse_response import ReverbMatch, reverb_settings_for
from daw_bridge.matching.impulse_response import _measured as measured
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import impulse_response, rt60_s
from daw_bridge.reverb_text import far
from predictors.decay import direct_frames
from predictors.kweighting import sections

RATE = 48000


def played(verb: ReaVerbate, rate: int) -> np.ndarray:
    """What both sides give for an impulse on a mono track, with the dry sound if there is any."""
    response = impulse_response(verb, rate).sum(axis=1).astype(np.float64)
    response[:, 0] += 10.0 ** (verb.dry_db / 20.0)
    return response


def wet_lu(verb: ReaVerbate, rate: int) -> float:
    """K-weighted energy of the wet sound, against that of the dry one where there is one."""

    def energy_db(samples: np.ndarray) -> float:
        return 10.0 * math.log10(float(np.square(signal.sosfilt(sections(rate), samples)).sum()) / len(samples))

    dry_lu = 0.0 if verb.dry_db == -math.inf else energy_db(np.eye(1, rate)) + verb.dry_db
    return energy_db(impulse_response(verb, rate).sum(axis=1)) - dry_lu


@st.composite
def verbs(draw: st.DrawFn) -> ReaVerbate:
    """Any settings with a decay up to 3 s; of dry and wet, none is under the other's pulses."""
    return ReaVerbate(
        wet_db=draw(st.floats(-30.0, 6.0)),
        dry_db=draw(st.sampled_from([-math.inf, -6.0, 0.0])),
        room_size=draw(st.floats(0.0, 0.92)),
        dampening=draw(st.floats(0.0, 1.0)),
        width=draw(st.floats(0.0, 1.0)),
        pre_delay_ms=draw(st.floats(0.0, 150.0)),
        low_cut_hz=draw(st.one_of(st.just(0.0), st.floats(20.0, 800.0))),
        high_cut_hz=draw(st.one_of(st.just(20000.0), st.floats(300.0, 20000.0))),
    )


def assert_found_again(match: ReverbMatch, verb: ReaVerbate, rate: int) -> None:
    found = match.settings
    assert rt60_s(found.room_size, found.dampening, rate) == pytest.approx(
        rt60_s(verb.room_size, verb.dampening, rate), rel=0.1
    )
    assert wet_lu(found, rate) == pytest.approx(wet_lu(verb, rate), abs=1.0)
    assert abs(match.rt60_error) < 0.1
    assert np.nanmax(np.abs(match.octave_rt60_errors)) < 0.1
    assert abs(match.wet_error_db) < 1.0
    assert found.pre_delay_ms == pytest.approx(verb.pre_delay_ms, abs=1.0)
    assert found.width == pytest.approx(verb.width, abs=0.05)


@settings(max_examples=12, deadline=None)
@given(verb=verbs(), rate=st.sampled_from([44100, 48000, 96000]))
def test_any_settings_are_found_again_from_their_response(verb: ReaVerbate, rate: int) -> None:
    match = reverb_settings_for(played(verb, rate), rate)

    assert_found_again(match, verb, rate)
    assert (match.direct_lu is None) == (verb.dry_db == -math.inf)


def test_noise_silence_and_one_channel_only_do_no_harm() -> None:
    verb = ReaVerbate(wet_db=-8.0, dry_db=0.0, room_size=0.75, dampening=0.4, width=0.0, high_cut_hz=6000.0)
    clean = played(verb, RATE)[:1]
    noisy = np.pad(clean, ((0, 0), (RATE // 5, RATE)))
    noisy += 1e-4 * np.random.default_rng(0).standard_normal(noisy.shape)

    match = reverb_settings_for(noisy, RATE)

    assert match.settings.width == 1.0
    assert rt60_s(match.settings.room_size, match.settings.dampening, RATE) == pytest.approx(
        rt60_s(0.75, 0.4, RATE), rel=0.1
    )
    assert wet_lu(match.settings, RATE) == pytest.approx(wet_lu(verb, RATE), abs=1.0)
    assert match.direct_lu == pytest.approx(-wet_lu(verb, RATE), abs=0.5)
    assert match.settings.pre_delay_ms == pytest.approx(0.0, abs=1.0)


def test_the_same_seed_gives_the_same_settings_and_another_about_the_same() -> None:
    response = played(ReaVerbate(room_size=0.6, dampening=0.3, low_cut_hz=200.0), RATE)

    first, again, other = (reverb_settings_for(response, RATE, seed=seed) for seed in (1, 1, 2))

    assert first.settings == again.settings
    assert other.rt60_s == pytest.approx(first.rt60_s, rel=0.03)


def test_more_wet_than_the_knob_has_is_reached_by_less_dry() -> None:
    response = played(ReaVerbate(wet_db=6.0, dry_db=-6.0, room_size=0.7), RATE)

    match = reverb_settings_for(response, RATE)

    assert match.settings.wet_db == 6.0
    assert match.settings.dry_db == pytest.approx(-6.0, abs=0.3)
    assert abs(match.wet_error_db) < 0.2


@cache
def room(seconds: float, slope: float = 0.0, level: float = 0.02) -> np.ndarray:
    """Noise, one band after another, that decays in `seconds` at 1 kHz and `slope` times that an octave higher."""
    frames = int(min(1.5 * seconds * max(1.0, 2.0**-slope) + 0.2, 12.0) * RATE)
    times, spectra = np.arange(frames) / RATE, np.fft.rfftfreq(frames, 1.0 / RATE)
    total = np.zeros(frames)
    for number, hz in enumerate(125.0 * 2.0 ** np.arange(8)):
        white = np.random.default_rng(number).standard_normal(frames)
        band = np.fft.irfft(np.fft.rfft(white) * (np.abs(np.log2(np.maximum(spectra, 1.0) / hz)) <= 0.5), frames)
        total += band * 10.0 ** (-3.0 * times / (seconds * 2.0 ** (slope * math.log2(hz / 1000.0))))
    return level * total


def test_what_the_engine_can_follow_is_not_called_far() -> None:
    verb = ReaVerbate(wet_db=-3.0, dry_db=-math.inf, room_size=0.7, dampening=0.6, pre_delay_ms=30.0)

    match = reverb_settings_for(played(verb, RATE), RATE)

    assert far(match) == ()


@pytest.mark.parametrize(
    ("seconds", "slope", "said"),
    [
        (15.0, 0.0, "with its largest room"),
        (0.05, 0.0, "with its smallest room"),
        (1.5, 0.5, "The response rings longer than ReaVerbate at"),
        (1.5, -0.6, "ReaVerbate dampens by one curve"),
    ],
)
def test_what_it_cannot_follow_is_said(seconds: float, slope: float, said: str) -> None:
    match = reverb_settings_for(room(seconds, slope), RATE)

    assert any(said in sentence for sentence in far(match)), far(match)


def test_a_louder_file_than_the_plugin_gets_is_matched_in_decay_and_said_to_be_louder() -> None:
    match = reverb_settings_for(room(1.2, level=1.0), RATE)

    assert abs(match.rt60_error) < 0.1
    assert match.settings.wet_db == 6.0
    assert any(f"{-match.wet_error_db:.1f} dB louder" in sentence for sentence in far(match))


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE),
        np.ones(1),
        np.eye(1, RATE),
        np.ones((2, 50)),
        np.random.default_rng(0).standard_normal((2, RATE)),
    ],
)
def test_what_does_not_decay_is_refused(samples: np.ndarray) -> None:
    with pytest.raises(AudioFileError, match="no decay"):
        reverb_settings_for(samples, RATE)


@pytest.mark.parametrize("name", ["Lead Vocal", "Backing Vocals", "Drums", "Bass", "Chords"])
@pytest.mark.parametrize("seconds", [6, 36])
def test_a_recording_of_music_is_refused_although_it_decays_here_and_there(
    demo_song, name: str, seconds: int
) -> None:
    samples = demo_song.stems[name][:, -seconds * demo_song.rate :]

    with pytest.raises(AudioFileError, match="no decay"):
        reverb_settings_for(samples, demo_song.rate)


@pytest.mark.parametrize("folder", ["emt140_plate", "openair", "openair_york"])
def test_every_measured_room_is_taken_for_an_impulse_response(shared, folder: str) -> None:
    import soundfile

    paths = [path for path in (shared / "data/ir" / folder).glob("*.flac") if soundfile.info(path).duration < 3.0]
    for path in paths:
        samples, rate = soundfile.read(path, always_2d=True)
        heard = samples.T[: 1 if samples.shape[1] > 2 else 2]

        assert measured(heard, direct_frames(heard, rate), rate) is not None, path
    assert paths


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("openair_york/St. Margaret's Church.flac", 1.29),  # four channels
        ("emt140_plate/emt_140_dark_2.flac", 2.2),  # noise 20 dB down, no direct sound
        ("emt140_plate/emt_140_dark_4.flac", 3.74),  # dark enough for the cuts to cross
        ("openair/MaesHowe.flac", 0.52),
    ],
)
def test_real_rooms_are_met_where_the_ear_judges_them(shared, name: str, seconds: float) -> None:
    import soundfile

    samples, rate = soundfile.read(shared / "data/ir" / name, always_2d=True)

    match = reverb_settings_for(samples.T, rate)

    assert match.wanted.rt60_s[0] == pytest.approx(seconds, rel=0.05)
    assert abs(match.rt60_error) < 0.02
    assert match.direct_lu is None or abs(match.wet_error_db) < 0.2
    assert match.settings.low_cut_hz < match.settings.high_cut_hz

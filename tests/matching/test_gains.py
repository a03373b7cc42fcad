from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.audio import Samples
from daw_bridge.matching.gains import ABSENT, Strip, fit_strips, is_mono, strip_of
from daw_bridge.mixer import fader_matrix
from daw_bridge.session import Fader

RATE = 44100
STEMS = (
    *(f"multitrack/{name}.mp3" for name in ("bassguitar", "clav", "drums", "horns", "leadguitar")),
    *(f"songs/rubidium/{name}.ogg" for name in ("drums", "music", "vox_lead")),
    "songs/hydrogen/music.ogg",
)


def stem(shared: Path, name: str, seconds: float = 8.0, start_s: float = 60.0) -> Samples:
    with soundfile.SoundFile(shared / "data" / name) as file:
        file.seek(round(start_s * RATE))
        return np.ascontiguousarray(file.read(round(seconds * RATE), dtype="float32", always_2d=True).T)


@pytest.fixture(scope="module")
def stems(shared: Path) -> list[Samples]:
    return [stem(shared, name) for name in STEMS]


def noises(count: int, *, seed: int = 0, channels: int = 1, seconds: float = 2.0) -> list[Samples]:
    rng = np.random.default_rng(seed)
    return [(0.1 * rng.standard_normal((channels, round(seconds * RATE)))).astype(np.float32) for _ in range(count)]


def mixed(tracks: list[Samples], strips: list[Strip]) -> Samples:
    parts = [
        fader_matrix(Fader(volume_db=one.fader_db, pan=one.pan), project_law_db=0.0, inverted=one.inverted).apply(
            np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples
        )
        for samples, one in zip(tracks, strips, strict=True)
    ]
    return np.asarray(np.sum(parts, axis=0), np.float32)


def random_strips(rng: np.random.Generator, count: int) -> list[Strip]:
    return [Strip(fader_db=rng.uniform(-24, 6), pan=rng.uniform(-1, 1)) for _ in range(count)]


@given(
    fader_db=st.floats(-60, 24),
    pan=st.floats(-1, 1),
    inverted=st.booleans(),
)
def test_a_strip_has_the_gains_of_the_mixer_and_is_found_from_them(
    fader_db: float, pan: float, inverted: bool
) -> None:
    strip = Strip(fader_db=fader_db, pan=pan, inverted=inverted)
    matrix = fader_matrix(Fader(volume_db=fader_db, pan=pan), project_law_db=0.0, inverted=inverted)

    assert strip.sides == pytest.approx((matrix.left_left, matrix.right_right))
    found = strip_of(*strip.sides)
    assert found.fader_db == pytest.approx(fader_db)
    assert found.pan == pytest.approx(pan, abs=1e-9)
    assert found.inverted is inverted


@pytest.mark.parametrize("seed", range(6))
def test_faders_and_pans_of_four_to_eight_real_stems_are_found(stems: list[Samples], seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(4, 9))
    chosen = [stems[at] for at in rng.permutation(len(stems))[:count]]
    tracks = [samples.mean(axis=0, keepdims=True) if rng.random() < 0.4 else samples for samples in chosen]
    strips = random_strips(rng, count)

    found = fit_strips(mixed(tracks, strips), tracks, RATE)

    for one, true in zip(found, strips, strict=True):
        assert one.fader_db == pytest.approx(true.fader_db, abs=0.3)
        assert one.pan == pytest.approx(true.pan, abs=0.05)
        assert not one.inverted


def test_a_sound_that_is_on_no_track_disturbs_little(stems: list[Samples]) -> None:
    rng = np.random.default_rng(7)
    strips = random_strips(rng, 5)
    extra = stems[7] * (np.std(mixed(stems[:5], strips)) / np.std(stems[7]))

    found = fit_strips(mixed(stems[:5], strips) + extra, stems[:5], RATE)

    for one, true in zip(found, strips, strict=True):
        assert one.fader_db == pytest.approx(true.fader_db, abs=0.3)
        assert one.pan == pytest.approx(true.pan, abs=0.05)


def test_a_track_that_is_not_in_the_mix_and_a_silent_one_are_absent(stems: list[Samples]) -> None:
    strips = [Strip(fader_db=-3.0), Strip(fader_db=-40.0, pan=0.5)]
    silence = np.zeros((1, stems[0].shape[1]), np.float32)

    found = fit_strips(mixed(stems[:2], strips), [*stems[:2], stems[8], silence], RATE)

    assert found[2:] == (ABSENT, ABSENT)
    assert not ABSENT.heard
    assert found[1].fader_db == pytest.approx(-40.0, abs=0.3)


def test_a_silent_mix_has_no_track_in_it() -> None:
    tracks = noises(2)

    assert fit_strips(np.zeros((2, tracks[0].shape[1]), np.float32), tracks, RATE) == (ABSENT, ABSENT)


def test_equal_tracks_share_the_gain() -> None:
    track, other = noises(2)
    strips = [Strip(fader_db=0.0, pan=0.25), Strip(fader_db=-6.0)]

    found = fit_strips(mixed([track, other], strips), [track, track, other], RATE)

    assert [one.fader_db for one in found] == pytest.approx([-6.02, -6.02, -6.0], abs=0.01)
    assert [one.pan for one in found] == pytest.approx([0.25, 0.25, 0.0], abs=0.01)


def test_a_track_that_was_turned_over_is_found_as_such(stems: list[Samples]) -> None:
    strips = [Strip(fader_db=-2.0, pan=-0.3), Strip(fader_db=-9.0, pan=0.6, inverted=True), Strip(fader_db=0.0)]

    found = fit_strips(mixed(stems[:3], strips), stems[:3], RATE)

    assert [one.inverted for one in found] == [False, True, False]
    assert [one.fader_db for one in found] == pytest.approx([-2.0, -9.0, 0.0], abs=0.05)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_mono_mix_gives_faders_and_leaves_the_pans_in_the_middle(stems: list[Samples], channels: int) -> None:
    strips = [Strip(fader_db=-4.0), Strip(fader_db=2.0), Strip(fader_db=-12.0)]
    mono = mixed(stems[:3], strips).mean(axis=0, keepdims=True)

    found = fit_strips(np.repeat(mono, channels, axis=0), stems[:3], RATE)

    assert is_mono(mono)
    assert [one.fader_db for one in found] == pytest.approx([-4.0, 2.0, -12.0], abs=0.05)
    assert [one.pan for one in found] == [0.0, 0.0, 0.0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 8))
def test_any_number_of_noises_is_told_apart(seed: int, count: int) -> None:
    tracks = noises(count, seed=seed, seconds=1.0)
    strips = random_strips(np.random.default_rng(seed), count)

    found = fit_strips(mixed(tracks, strips), tracks, RATE)

    assert [one.fader_db for one in found] == pytest.approx([one.fader_db for one in strips], abs=0.1)
    assert [one.pan for one in found] == pytest.approx([one.pan for one in strips], abs=0.02)

"""References from files: which can be used, that odd ones wreck nothing, and that what they ask for is reached."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge import ReferenceFiles, mix
from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import AudioFileError, PresetError
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reaverbate_sound import room_size_for
from daw_bridge.plugins.sound import process_all
from daw_bridge.rendering import mixdown
from daw_bridge.session import Role
from predictors.analysis import TrackAnalysis, analyze_track
from predictors.eq_targets import heard, octave_levels_db
from predictors.reverberance import Reverberance, estimate_reverb, voice_mask

RATE = 44100
RT60_S, WET_LU = 1.5, -13.0
FINISHED_EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=110.0, gain_db=0.0, bandwidth_oct=2.0),
        Band(kind=BandKind.BAND, frequency_hz=400.0, gain_db=-4.0, bandwidth_oct=1.5),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0, gain_db=6.0, bandwidth_oct=2.0),
    )
)


def finished(dry: np.ndarray, rate: int) -> np.ndarray:
    """The voice through a known chain: EQ, compressor, reverb."""
    bright = Signal.of(process_all(FINISHED_EQ, dry, rate), rate)
    comp = ReaComp(
        threshold_db=bright.one_channel_lufs - 6.0, ratio=3.0, attack_ms=5.0, release_ms=120.0, rms_ms=5.0
    )
    even = Signal.of(process_all(comp, bright.samples, rate), rate)
    verb = ReaVerbate(
        room_size=room_size_for(RT60_S, 0.4, rate), dampening=0.4, dry_db=0.0, wet_db=0.0, low_cut_hz=150.0
    )
    verb = dataclasses.replace(verb, wet_db=WET_LU - wet_level_lu(even, verb))
    return process_all(verb, even.samples, rate)


def told(samples: np.ndarray, rate: int) -> tuple[TrackAnalysis, Reverberance]:
    """A vocal as references are heard."""
    samples = np.asarray(samples, np.float32)
    room = estimate_reverb(samples, rate)
    return analyze_track(samples, rate, mask=voice_mask(Signal.of(samples, rate).power, room)), room


@pytest.fixture(scope="module")
def potassium(shared, tmp_path_factory) -> Path:
    """15 s of a real song, its voice through a known chain, and its backing at a level that engineers use."""
    folder = tmp_path_factory.mktemp("song")
    stems = {}
    for name in ("vox_lead", "music"):
        path = shared / f"data/songs/potassium/{name}.ogg"
        stems[name] = soundfile.read(path, start=205 * RATE, frames=15 * RATE, dtype="float32")[0].T
    wet = finished(stems["vox_lead"], RATE)
    wet *= 0.5 / np.abs(wet).max()
    lead = Signal.of(wet, RATE)
    mask = lead.power > 0.01 * lead.power.max()
    music = stems["music"]
    music *= 10.0 ** ((lead.lufs_over(mask) + 2.0 - Signal.of(music, RATE).lufs_over(mask)) / 20.0)
    for name, samples in {"Vocal": stems["vox_lead"], "Backing": music, "Wet": wet, "Mix": wet + music}.items():
        soundfile.write(folder / f"{name}.wav", samples.T, RATE, subtype="FLOAT")
    return folder


def test_a_voice_comes_to_sound_like_its_own_finished_self(potassium):
    reference = ReferenceFiles(vocal=potassium / "Wet.wav", backing=potassium / "Backing.wav")

    made = mix(vocals=potassium / "Vocal.wav", backings=potassium / "Backing.wav", reference=reference)

    guid = made.session.with_role(Role.LEAD_VOCAL)[0].guid
    dry, wet = (soundfile.read(potassium / name, dtype="float32")[0].T for name in ("Vocal.wav", "Wet.wav"))
    (before, _), (asked, room) = told(dry, RATE), told(wet, RATE)
    after, _ = told(mixdown(made.session, made.media, only={guid}), RATE)
    octaves = heard(before)
    missing = [octave_levels_db(asked) - octave_levels_db(track) for track in (before, after)]
    rms_before, rms_after = (np.std(difference[octaves]) for difference in missing)
    assert rms_before > 2.0
    assert rms_after < 0.8
    lead = made.plan.targets["lead"]
    results = made.plan.tracks[0].results
    assert made.plan.results["relative_loudness_lu"] == pytest.approx(
        lead["relative_loudness_lu"]["value"], abs=0.1
    )
    assert lead["relative_loudness_lu"]["value"] == pytest.approx(-2.0, abs=0.5)
    assert results["rt60_s"] == pytest.approx(RT60_S, rel=0.2)
    assert results["wet_lu"] == pytest.approx(WET_LU, abs=3.0)
    assert results["wet_lu"] == pytest.approx(room.wet_lu, abs=0.5)


def test_the_block_range_of_an_even_reference_is_reached(shared, tmp_path):
    even, rate = soundfile.read(shared / "data/voices/f2_scales_vibrato_a(1).flac", dtype="float32")
    uneven, _ = soundfile.read(shared / "data/voices/f2_long_trill_a.flac", dtype="float32")
    for name, samples in {"even": even, "uneven": uneven}.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, rate, subtype="FLOAT")

    made = mix(
        vocals=tmp_path / "uneven.wav",
        reference=ReferenceFiles(vocal=tmp_path / "even.wav", aspects=("dynamics",)),
    )

    wanted = told(even[None], rate)[0].block_range_db
    results = made.plan.tracks[0].results
    assert results["block_range_before_db"] > wanted + 3.0
    assert results["block_range_db"] == pytest.approx(wanted, abs=0.5)
    assert "even.wav" in made.plan.tracks[0].why["comp.threshold_db"]


def test_a_voice_that_has_the_room_of_the_reference_gets_less_of_it(shared, tmp_path):
    """Each voice in a room of 1.4 s, ours at -12 LU and the reference at -11."""
    for name, file, wet_lu in (("Ours", "f2_long_trill_a", -12.0), ("Reference", "f2_long_trillo_a", -11.0)):
        samples, rate = soundfile.read(shared / f"data/voices/{file}.flac", dtype="float32", frames=10 * 44100)
        verb = ReaVerbate(room_size=room_size_for(1.4, 0.4, rate), dampening=0.4, dry_db=0.0, wet_db=0.0)
        verb = dataclasses.replace(verb, wet_db=wet_lu - wet_level_lu(Signal.of(samples[None], rate), verb))
        wet = process_all(verb, samples[None], rate)
        soundfile.write(tmp_path / f"{name}.wav", wet.T, rate, subtype="FLOAT")

    made = mix(vocals=tmp_path / "Ours.wav", reference=ReferenceFiles(vocal=tmp_path / "Reference.wav"))

    reverb = made.plan.targets["lead"]["reverb"]
    assert "it has already" in str(reverb)
    assert made.plan.tracks[0].results.get("wet_lu", -99.0) < -13.0


def test_a_mix_bends_the_balance_of_all_tracks(potassium):
    made = mix(
        vocals=potassium / "Vocal.wav",
        backings=potassium / "Backing.wav",
        reference=ReferenceFiles(mix=potassium / "Mix.wav"),
    )

    assert "Mix.wav: its overall balance measured" in made.plan.notes[0]
    assert "is only told" in made.plan.notes[0]
    assert made.plan.predictor == "reference + engineers"
    assert made.plan.targets["lead"]["relative_loudness_lu"]["value"] == 0.0


def odd_references() -> dict[str, tuple[np.ndarray, int]]:
    """What nobody should give as a finished vocal, but somebody will."""
    rng = np.random.default_rng(1)
    beats = np.arange(8 * RATE) % (RATE // 2) / RATE
    telephone = np.fft.rfft(rng.standard_normal(8 * RATE) * (np.sin(2 * np.pi * np.arange(8 * RATE) / RATE) > 0))
    hz = np.fft.rfftfreq(8 * RATE, 1.0 / RATE)
    telephone[(hz < 300.0) | (hz > 3400.0)] = 0.0
    return {
        "noise": (0.5 * rng.standard_normal((2, 8 * RATE)), RATE),
        "drums": (rng.standard_normal((1, 8 * RATE)) * np.exp(-12.0 * beats), RATE),
        "telephone": (0.1 * np.fft.irfft(telephone)[None], RATE),
        "low rate": (0.3 * rng.standard_normal((1, 8 * 8000)), 8000),
        "tone": (0.9 * np.sin(2 * np.pi * 50.0 * np.arange(8 * RATE) / RATE)[None], RATE),
    }


@pytest.mark.parametrize("kind", ["vocal", "mix"])
@pytest.mark.parametrize("name", list(odd_references()))
def test_odd_references_wreck_nothing(mixed_once, tmp_path, name, kind):
    samples, rate = odd_references()[name]
    soundfile.write(tmp_path / "odd.wav", samples.T, rate, subtype="FLOAT")

    made = mix(
        vocals=mixed_once / "Lead Vocal.wav",
        backings=mixed_once / "Chords.wav",
        reference=ReferenceFiles(**{kind: tmp_path / "odd.wav"}),
    )

    lead = made.plan.tracks[0]
    largest = max(abs(band.gain_db) for band in lead.eq.bands)
    assert largest <= 12.0
    assert lead.comp is None or lead.comp.ratio <= 20.0
    assert lead.results.get("wet_lu", -99.0) <= -5.5
    assert made.plan.results["true_peak_dbtp"] <= -1.0
    assert made.plan.results["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)


def write(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples.T, 8000)
    return path


def test_references_that_cannot_be_used_are_named(mixed_once, tmp_path):
    vocal, chords = mixed_once / "Lead Vocal.wav", mixed_once / "Chords.wav"
    silent = write(tmp_path / "silent.wav", np.zeros((1, 80000)))
    short = write(tmp_path / "short.wav", 0.1 * np.ones((1, 8000)) * np.sin(np.arange(8000)))
    text = tmp_path / "text.wav"
    text.write_text("no audio", encoding="utf-8")

    for files, words in (
        (ReferenceFiles(vocal=silent), "silent.wav is silent"),
        (ReferenceFiles(mix=silent), "silent.wav is silent"),
        (ReferenceFiles(vocal=short), r"short.wav is too short.* 1.0 s"),
        (ReferenceFiles(mix=text), "text.wav cannot be read"),
        (ReferenceFiles(vocal=tmp_path / "missing.wav"), "no file.*missing.wav"),
        (ReferenceFiles(vocal=vocal, backing=silent), "silent.wav is silent"),
    ):
        with pytest.raises(AudioFileError, match=words) as caught:
            mix(vocals=vocal, backings=chords, reference=files)
        assert caught.value.hint


def test_a_backing_that_plays_at_another_time_is_refused(mixed_once, tmp_path):
    late = write(
        tmp_path / "late.wav", np.pad(np.random.default_rng(1).standard_normal((1, 40000)), ((0, 0), (480000, 0)))
    )

    with pytest.raises(AudioFileError, match=r"late.wav is silent while Lead Vocal.wav sings"):
        mix(
            vocals=mixed_once / "Lead Vocal.wav",
            reference=ReferenceFiles(vocal=mixed_once / "Lead Vocal.wav", backing=late),
        )


@pytest.mark.parametrize("files", [{}, {"vocal": "a", "mix": "b"}, {"mix": "a", "backing": "b"}, {"backing": "b"}])
def test_a_reference_is_a_vocal_or_a_mix(files):
    with pytest.raises(TypeError, match="a reference is"):
        ReferenceFiles(**files)


@pytest.mark.parametrize(
    ("files", "aspects"),
    [({"vocal": "a"}, ("level",)), ({"mix": "a"}, ("dynamics", "eq")), ({"mix": "a"}, ("sound",))],
)
def test_aspects_that_a_reference_does_not_tell_are_refused(files, aspects):
    with pytest.raises(PresetError, match=f"{aspects[0]} cannot be taken"):
        _ = ReferenceFiles(**files, aspects=aspects).taken

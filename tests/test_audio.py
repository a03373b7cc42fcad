"""Reading, resampling and writing audio files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.audio import AudioReader, Samples, read_audio, resample, write_audio
from daw_bridge.errors import AudioFileError, OutputError


def noise(channels: int, frames: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def written(path: Path, samples: Samples, rate: int = 48000, **kind: str) -> Path:
    soundfile.write(path, samples.T, rate, **kind)
    return path


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_file_is_read_as_channels_by_frames(tmp_path: Path, channels: int) -> None:
    samples = noise(channels, 1000)

    audio = read_audio(written(tmp_path / "a.wav", samples, 8000, subtype="FLOAT"))

    assert audio.rate == 8000
    np.testing.assert_array_equal(audio.samples, samples)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match=r"no file .*gone\.wav"):
        read_audio(tmp_path / "gone.wav")


@pytest.mark.parametrize("name", ["notes.wav", "notes.txt", "notes.raw"])
def test_what_is_not_audio_is_refused_with_a_hint(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"Sing it like you mean it.\n" * 50)

    with pytest.raises(AudioFileError, match="notes") as caught:
        read_audio(path)

    assert "convert" in caught.value.hint


def test_a_folder_is_not_a_recording(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError):
        read_audio(tmp_path)


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="0 samples"):
        read_audio(written(tmp_path / "empty.wav", np.zeros((2, 0), np.float32)))


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, kept: float) -> None:
    path = written(tmp_path / name, noise(2, 48000))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])

    with pytest.raises(AudioFileError, match="cut off"):
        read_audio(path)


def test_a_jump_behind_the_break_of_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.flac", noise(2, 480_000))
    path.write_bytes(path.read_bytes()[:500_000])
    reader = AudioReader(path)

    with pytest.raises(AudioFileError, match="cut off"):
        reader.read(reader.frames - 1, 1)


def test_a_wav_from_a_pipe_that_promises_endless_audio_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "piped.wav", noise(2, 5000))
    data = bytearray(path.read_bytes())
    data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)

    assert read_audio(path).samples.shape == (2, 5000)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_found_and_timed(tmp_path: Path, value: float) -> None:
    samples = noise(2, 100_000)
    samples[1, 96_000] = value
    path = written(tmp_path / "nan.wav", samples, subtype="FLOAT")

    with pytest.raises(AudioFileError, match=r"not a number, at 2\.000 s"):
        read_audio(path)


@pytest.mark.parametrize("value", [3e38, -1e10])
def test_a_value_that_no_sound_has_is_found_and_timed(tmp_path: Path, value: float) -> None:
    samples = noise(2, 100_000)
    samples[1, 96_000] = value
    path = written(tmp_path / "huge.wav", samples, subtype="FLOAT")

    with pytest.raises(AudioFileError, match=r"the value .*e\+.*, which is no sound, at 2\.000 s"):
        read_audio(path)


def test_integers_of_32_bits_that_were_stored_as_floats_are_read(tmp_path: Path) -> None:
    samples = np.array([[-(2.0**31), 2.0**31]], np.float32)

    audio = read_audio(written(tmp_path / "loud.wav", samples, subtype="FLOAT"))

    np.testing.assert_array_equal(audio.samples, samples)


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 150_000), min_size=1, max_size=12), rate=st.sampled_from([44100, 48000, 50857.3])
)
def test_resampled_reading_does_not_depend_on_the_blocks(
    cuts: list[int], rate: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(tmp_path_factory.mktemp("cuts") / "a.wav", noise(2, 150_000), 44100, subtype="FLOAT")
    whole = AudioReader(path, rate=rate)
    expected = whole.read(0, whole.frames)

    reader = AudioReader(path, rate=rate)
    pieces = []
    at = 0
    for cut in [*cuts, reader.frames]:
        frames = min(cut, reader.frames - at)
        pieces.append(reader.read(at, frames))
        at += frames

    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), expected)


@pytest.mark.parametrize("rate", [44100, 48000, 96000, 45777.7])
def test_jumping_about_reads_the_same_as_reading_through(tmp_path: Path, rate: float) -> None:
    path = written(tmp_path / "a.wav", noise(2, 400_000), 44100, subtype="FLOAT")
    through = AudioReader(path, rate=rate)
    expected = through.read(0, through.frames)
    reader = AudioReader(path, rate=rate)

    for start in (300_000, 10, 0, 250_001, 123_456, reader.frames - 5000, 299_999):
        got = reader.read(start, 5000)

        assert np.abs(got - expected[:, start : start + 5000]).max() < 1e-6  # -120 dBFS


@pytest.mark.parametrize(("file_rate", "rate"), [(44100, 48000), (48000, 44100), (8000, 48000), (192000, 44100)])
def test_resampling_neither_delays_nor_stretches_nor_changes_the_level(
    tmp_path: Path, file_rate: int, rate: int
) -> None:
    def tone(at_rate: int, seconds: float) -> Samples:
        time = np.arange(round(seconds * at_rate)) / at_rate
        return (0.5 * np.sin(2.0 * np.pi * 997.0 * time))[None].astype(np.float32)

    reader = AudioReader(
        written(tmp_path / "tone.wav", tone(file_rate, 1.5), file_rate, subtype="FLOAT"), rate=rate
    )

    got = reader.read(0, reader.frames)

    expected = tone(rate, 1.5)
    assert got.shape == expected.shape
    inner = slice(rate // 20, -rate // 20)  # the ends ring, because the tone starts and ends there
    assert np.abs(got - expected)[:, inner].max() < 1e-4


@given(frames=st.integers(1, 3000), rate=st.sampled_from([8000, 44100, 48000.0, 71234.5, 192000]))
@settings(max_examples=40, deadline=None)
def test_files_of_any_length_are_read_to_their_end_at_any_rate(
    frames: int, rate: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    samples = noise(2, frames)
    reader = AudioReader(
        written(tmp_path_factory.mktemp("any") / "a.wav", samples, 44100, subtype="FLOAT"), rate=rate
    )

    made = reader.read(0, reader.frames)

    np.testing.assert_array_equal(made, resample(samples, 44100, rate))


def test_reading_beyond_the_end_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    reader = AudioReader(written(tmp_path / "a.wav", noise(1, 100)))

    with pytest.raises(IndexError):
        reader.read(50, 51)


@given(frames=st.integers(1, 3000), rate=st.sampled_from([8000, 44100, 48000.0, 71234.5, 192000]))
@settings(max_examples=40, deadline=None)
def test_resampled_lengths_are_exact(frames: int, rate: float) -> None:
    made = resample(noise(1, frames), 44100, rate)

    assert made.shape == (1, round(frames * rate / 44100))
    assert made.dtype == np.float32


@pytest.mark.parametrize("name", ["out.wav", "out.flac", "OUT.WAV"])
def test_what_is_written_is_read_back_within_24_bits(tmp_path: Path, name: str) -> None:
    samples = noise(2, 70_000)
    path = tmp_path / name

    peak = write_audio(path, iter(np.array_split(samples, 7, axis=1)), 44100, 2)

    audio = read_audio(path)
    assert soundfile.info(str(path)).subtype == "PCM_24"
    assert audio.rate == 44100
    assert peak == np.abs(samples).max()
    np.testing.assert_allclose(audio.samples, samples, atol=1.01 / 2**23, rtol=0)


def test_samples_above_full_scale_are_clipped_and_their_peak_returned(tmp_path: Path) -> None:
    samples = np.array([[0.5, 1.5, -2.0, 0.25]], np.float32)

    peak = write_audio(tmp_path / "loud.wav", [samples], 48000, 1)

    assert peak == 2.0
    np.testing.assert_allclose(read_audio(tmp_path / "loud.wav").samples, [[0.5, 1.0, -1.0, 0.25]], atol=1e-6)


def test_an_unknown_format_is_refused_with_those_that_are_possible(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.mp3") as caught:
        write_audio(tmp_path / "mix.mp3", [], 48000, 2)

    assert ".wav" in caught.value.hint
    assert ".flac" in caught.value.hint


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        write_audio(tmp_path / "nowhere" / "mix.wav", [], 48000, 2)


def test_a_failure_while_blocks_are_made_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mix.wav"
    path.write_bytes(b"old")

    def failing() -> Iterator[Samples]:
        yield noise(2, 1000)
        raise AudioFileError("a source is broken")

    with pytest.raises(AudioFileError):
        write_audio(path, failing(), 48000, 2)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from daw_bridge.audio import write_audio
from daw_bridge.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_audio(Path(sys.argv[1]), (np.zeros((2, 50_000), np.float32) for _ in range(9)), 48000, 2)
except OutputError as error:
    sys.exit(error.message)
"""


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "mix.wav")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "could not be written" in done.stderr or "full" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_mp3_without_a_length_is_as_long_as_what_can_be_decoded(shared: Path) -> None:
    # From file size and bit rate libsndfile guesses 3,693,642 samples; the file's own tag says 3,669,120
    # (iTunSMPB), and the decoder adds the encoder's padding of 528 and 1776 samples.
    audio = read_audio(shared / "data" / "multitrack" / "clav.mp3")

    assert audio.samples.shape == (2, 3_669_120 + 528 + 1776)


def test_real_recordings_are_read_to_their_end(shared: Path) -> None:
    audio = read_audio(shared / "data" / "songs" / "potassium" / "vox_lead.ogg")

    assert audio.samples.shape == (2, 11_015_769)
    assert audio.rate == 44100


def test_a_wav_is_no_longer_than_its_header_can_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daw_bridge.audio._MOST_WAV_BYTES", 6 * 2500)
    blocks = [np.zeros((2, 1000), np.float32)] * 3

    write_audio(tmp_path / "short.wav", blocks[:2], 44100, 2)
    write_audio(tmp_path / "long.flac", blocks, 44100, 2)
    with pytest.raises(OutputError, match="longer than a"):
        write_audio(tmp_path / "long.wav", blocks, 44100, 2)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.flac", "short.wav"]

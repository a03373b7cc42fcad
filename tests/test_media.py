"""What clips read from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.audio import Audio, Samples
from daw_bridge.errors import AudioFileError
from daw_bridge.media import Media
from daw_bridge.session import Source

RATE = 48000


def noise(channels: int, frames: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def written(path: Path, samples: Samples, rate: int = RATE) -> Path:
    soundfile.write(path, samples.T, rate, subtype="FLOAT")
    return path


def kept_and_streamed(path: Path) -> list[Media]:
    """One that keeps the file, and one whose budget is too small for it."""
    return [Media(), Media(budget_bytes=0)]


def test_a_file_is_decoded_once_and_given_out_as_views(tmp_path: Path) -> None:
    samples = noise(2, 5000)
    source = Source(path=written(tmp_path / "a.wav", samples))
    media = Media()

    first = media.read(source, 0, 5000, RATE)
    source.path.unlink()
    second = media.read(source, 100, 50, RATE)

    np.testing.assert_array_equal(first, samples)
    np.testing.assert_array_equal(second, samples[:, 100:150])
    assert np.shares_memory(first, second)


@pytest.mark.parametrize(("start", "frames"), [(-10, 30), (90, 40), (-10, 200), (-50, 20), (150, 20), (0, 0)])
@pytest.mark.parametrize("reverse", [False, True])
def test_outside_of_a_source_there_is_silence(tmp_path: Path, start: int, frames: int, reverse: bool) -> None:
    samples = noise(1, 100)
    padded = np.pad(samples[:, ::-1] if reverse else samples, ((0, 0), (300, 300)))
    source = Source(path=written(tmp_path / "a.wav", samples), reverse=reverse)

    for media in kept_and_streamed(source.path):
        got = media.read(source, start, frames, RATE)

        np.testing.assert_array_equal(got, padded[:, 300 + start : 300 + start + frames])


@pytest.mark.parametrize("reverse", [False, True])
def test_a_section_is_cut_out_first_and_then_reversed(tmp_path: Path, reverse: bool) -> None:
    samples = noise(2, RATE)
    section = samples[:, RATE // 4 : RATE * 3 // 4]
    expected = section[:, ::-1] if reverse else section
    source = Source(
        path=written(tmp_path / "a.wav", samples), section_start_s=0.25, section_length_s=0.5, reverse=reverse
    )

    for media in kept_and_streamed(source.path):
        assert media.info(source) == (RATE // 2, RATE, 2)
        np.testing.assert_array_equal(media.read(source, 100, 500, RATE), expected[:, 100:600])
        np.testing.assert_array_equal(media.read(source, RATE // 2, 10, RATE), np.zeros((2, 10)))


def test_a_section_may_reach_beyond_the_file(tmp_path: Path) -> None:
    samples = noise(1, 1000)
    source = Source(path=written(tmp_path / "a.wav", samples), section_start_s=0.01, section_length_s=1.0)

    for media in kept_and_streamed(source.path):
        got = media.read(source, 0, 1000, RATE)

        np.testing.assert_array_equal(got[:, :520], samples[:, 480:])
        assert not got[:, 520:].any()
        assert media.frames(source, RATE) == RATE


def test_a_file_over_the_budget_is_streamed_with_the_same_result(tmp_path: Path) -> None:
    source = Source(path=written(tmp_path / "a.wav", noise(2, 200_000), 44100))
    kept, streamed = kept_and_streamed(source.path)

    for start in (0, 50_000, 100_000, 7, 150_000):
        a, b = (media.read(source, start, 60_000, RATE) for media in (kept, streamed))

        assert np.abs(a - b).max() < 1e-6


def test_of_many_channels_the_first_two_are_heard(tmp_path: Path) -> None:
    samples = noise(6, 1000)
    source = Source(path=written(tmp_path / "surround.wav", samples))

    for media in kept_and_streamed(source.path):
        assert media.info(source).channels == 6
        np.testing.assert_array_equal(media.read(source, 0, 1000, RATE), samples[:2])


def test_audio_in_memory_is_read_by_its_made_up_name_without_a_copy() -> None:
    media = Media(budget_bytes=0)
    samples = noise(2, 1000)
    media.add(Path("made up"), Audio(samples, RATE))

    got = media.read(Source(path=Path("made up")), 0, 1000, RATE)

    assert np.shares_memory(got, samples)
    assert media.read(Source(path=Path("made up")), 0, 500, RATE / 2).shape == (2, 500)


def test_what_is_added_again_or_discarded_is_forgotten() -> None:
    media = Media()
    source = Source(path=Path("made up"))
    media.add(source.path, Audio(noise(1, 100, seed=1), RATE))
    media.read(source, 0, 100, RATE)

    media.add(source.path, Audio(noise(2, 50, seed=2), RATE))

    np.testing.assert_array_equal(media.read(source, 0, 50, RATE), noise(2, 50, seed=2))
    media.discard(source.path)
    with pytest.raises(AudioFileError):
        media.read(source, 0, 50, RATE)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF")

    with pytest.raises(AudioFileError, match=r"broken\.wav"):
        Media().read(Source(path=path), 0, 10, RATE)


HOUR = """
import resource, sys
from pathlib import Path
from daw_bridge.media import Media
from daw_bridge.rendering import play
from daw_bridge.session import Clip, Session, Source, Track

def track(name):
    clip = Clip(source=Source(path=Path(sys.argv[1]) / name), length_s=float(sys.argv[2]))
    return Track(guid=name, name=name, clips=(clip,))

session = Session(name="long", rate=48000, tracks=(track("vocal.wav"), track("backing.wav")))
frames = sum(block.shape[1] for block in play(session, Media()))
print(frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def silent_wav(path: Path, seconds: int, channels: int) -> None:
    """A 16 bit file that takes no room on the disk, because it is a hole behind its header."""
    soundfile.write(path, np.zeros((1, channels), np.float32), RATE, subtype="PCM_16")
    size = seconds * RATE * channels * 2
    with path.open("r+b") as file:
        file.seek(4)
        file.write((size + 36).to_bytes(4, "little"))
        file.seek(40)
        file.write(size.to_bytes(4, "little"))
        file.truncate(44 + size)


@pytest.mark.parametrize(("minutes", "most_gb"), [(60, 1.5)])
def test_long_sessions_stay_within_the_memory_that_is_promised(
    tmp_path: Path, minutes: int, most_gb: float
) -> None:
    silent_wav(tmp_path / "vocal.wav", minutes * 60, 1)
    silent_wav(tmp_path / "backing.wav", minutes * 60, 2)

    done = subprocess.run(
        [sys.executable, "-c", HOUR, str(tmp_path), str(minutes * 60)], capture_output=True, text=True, check=True
    )

    frames, peak_bytes = map(int, done.stdout.split())
    assert frames == minutes * 60 * RATE
    assert peak_bytes < most_gb * 1e9

"""Work that is shared out gives what it gives in turn."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from daw_bridge import threads
from daw_bridge.audio import Audio, write_audio
from daw_bridge.media import Media
from daw_bridge.progress import side_by_side
from daw_bridge.rendering import mixdown
from daw_bridge.session import Clip, Session, Source, Track
from daw_bridge.threads import in_parallel


@pytest.fixture
def four_threads(monkeypatch):
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    threads._pool.cache_clear()
    yield
    threads._pool().shutdown()
    threads._pool.cache_clear()


def test_results_come_in_the_order_of_the_items(four_threads):
    def late(number: int) -> int:
        time.sleep(0.02 * (4 - number))
        return number * number

    assert in_parallel(late, [0, 1, 2, 3, 4]) == [0, 1, 4, 9, 16]


def test_items_run_side_by_side(four_threads):
    together = threading.Barrier(4, timeout=10)

    in_parallel(lambda _: together.wait(), range(4))


def test_work_inside_of_work_does_not_wait_for_the_threads_that_it_holds(four_threads):
    def outer(number: int) -> list[int]:
        return in_parallel(lambda inner: number * 10 + inner, [1, 2, 3])

    assert in_parallel(outer, list(range(16))) == [[n * 10 + 1, n * 10 + 2, n * 10 + 3] for n in range(16)]


def test_the_first_item_that_fails_is_the_one_that_is_told(four_threads):
    def work(number: int) -> int:
        if number % 2:
            time.sleep(0.02 if number == 1 else 0.0)
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="1"):
        in_parallel(work, range(8))


@pytest.mark.parametrize("budget_bytes", [10**9, 0])
def test_many_threads_read_one_file_as_one_does(four_threads, tmp_path, budget_bytes):
    path, rate = tmp_path / "noise.wav", 44100
    noise = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 200_000)).astype(np.float32)
    write_audio(path, iter([noise]), rate, 2)
    expected = Media().read(Source(path=path), 0, 200_000, rate)
    media = Media(budget_bytes=budget_bytes)

    pieces = in_parallel(lambda at: media.read(Source(path=path), at, 1000, rate), range(0, 200_000, 1000))
    assert np.array_equal(np.concatenate(pieces, axis=1), expected)


def test_what_is_kept_stays_within_the_budget_whoever_asks_first(four_threads, tmp_path):
    media = Media(budget_bytes=3 * 8 * 1000)
    for name in "abcdef":
        write_audio(tmp_path / f"{name}.wav", iter([np.zeros((2, 1000), np.float32)]), 44100, 2)

    in_parallel(lambda name: media.read(Source(path=tmp_path / f"{name}.wav"), 0, 10, 44100), "abcdef")
    assert sum(samples.nbytes for samples in media._decoded.values()) == 3 * 8 * 1000


def test_what_is_kept_is_settled_before_threads_race_for_it(four_threads, tmp_path, monkeypatch):
    """What is streamed from inside a file, resampled, differs in the last bit from what is kept."""
    tracks = []
    for name in "abcd":
        noise = np.random.default_rng(ord(name)).uniform(-0.2, 0.2, (2, 100_000)).astype(np.float32)
        write_audio(tmp_path / f"{name}.wav", iter([noise]), 44100, 2)
        clip = Clip(source=Source(path=tmp_path / f"{name}.wav"), offset_s=1.111, length_s=1.0)
        tracks.append(Track(guid=name, name=name, clips=(clip,)))
    song = Session(name="song", rate=48000, tracks=tuple(tracks))
    kept = Media._kept
    sounds = []
    for late in "ad":

        def kept_late(media, path, rate, late=late):
            time.sleep(0.1 if path.stem == late else 0.0)
            return kept(media, path, rate)

        monkeypatch.setattr(Media, "_kept", kept_late)
        media = Media(budget_bytes=2 * 900_000)
        sounds.append(mixdown(song, media))

        assert sorted(path.stem for path, _ in media._decoded) == ["a", "b"]
    assert np.array_equal(*sounds)


def test_memory_that_is_given_back_can_be_used_again(tmp_path):
    media = Media(budget_bytes=8 * 1000)
    for name in "ab":
        write_audio(tmp_path / f"{name}.wav", iter([np.zeros((2, 1000), np.float32)]), 44100, 2)
    media.read(Source(path=tmp_path / "a.wav"), 0, 10, 44100)
    media.discard(tmp_path / "a.wav")
    media.add(tmp_path / "mine", Audio(np.zeros((2, 1000), np.float32), 44100))
    media.read(Source(path=tmp_path / "mine"), 0, 10, 44100)
    media.discard(tmp_path / "mine")

    media.read(Source(path=tmp_path / "b.wav"), 0, 10, 44100)
    assert [path.name for path, _ in media._decoded] == ["b.wav"]


def test_works_side_by_side_tell_how_far_they_are_together():
    told: list[tuple[str, float]] = []
    lead, choir = side_by_side(lambda stage, done: told.append((stage, done)), 2)

    lead("lead: EQ", 0.5)
    choir("choir: EQ", 0.25)
    lead("lead: reverb", 1.0)
    choir("choir: reverb", 1.0)

    assert told == [("lead: EQ", 0.25), ("choir: EQ", 0.375), ("lead: reverb", 0.625), ("choir: reverb", 1.0)]

"""The same recordings give the same bytes: again, elsewhere, in another language, with other threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import daw_bridge
from daw_bridge import threads
from daw_bridge.api import mix
from daw_bridge.media import Media
from daw_bridge.plan_json import dumps_plan
from daw_bridge.plugins.convolution import PARTITION
from daw_bridge.rendering import mixdown, play

CHECKOUT = Path(daw_bridge.__file__).parents[1]
FILES = {"-o": "Song.rpp", "--render": "Mix.wav", "--plan": "Plan.json", "--report": "Song.html"}


@pytest.fixture(scope="module")
def stems(demo_song, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Some seconds of the demo song in which all of it sounds."""
    folder = tmp_path_factory.mktemp("stems")
    rate = demo_song.rate
    for name, samples in demo_song.stems.items():
        soundfile.write(folder / f"{name}.wav", samples[:, 22 * rate : 28 * rate].T, rate, subtype="PCM_24")
    return {name: folder / f"{name}.wav" for name in demo_song.stems}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all write to, in turn: projects name their recordings from where they lie."""
    return tmp_path_factory.mktemp("written")


def words(stems: dict[str, Path], place: Path) -> list[str]:
    roles = {"Lead Vocal": "--vocal", "Backing Vocals": "--backing-vocal"}
    given = [word for name, path in stems.items() for word in (roles.get(name, "--backing"), str(path))]
    return ["mix", *given, *(word for what, name in FILES.items() for word in (what, str(place / name)))]


def taken(place: Path) -> dict[str, bytes]:
    """What was written, which makes room for the next."""
    data = {name: (place / name).read_bytes() for name in FILES.values()}
    for path in list(place.iterdir()):
        path.unlink()
    return data


@pytest.fixture(scope="module")
def once(command, stems, place) -> dict[str, bytes]:
    assert command(*words(stems, place)).code == 0
    return taken(place)


def test_the_same_command_writes_the_same_bytes_again(command, stems, place, once) -> None:
    command(*words(stems, place))

    assert taken(place) == once


@pytest.mark.parametrize(
    ("seed", "blas", "language", "clock"), [("1", "1", "C", "UTC"), ("4242", "8", "tr_TR.UTF-8", "Asia/Tokyo")]
)
def test_a_fresh_process_elsewhere_writes_the_same_bytes(
    stems, place, once, tmp_path, seed, blas, language, clock
) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONHASHSEED": seed,
        "OMP_NUM_THREADS": blas,
        "OPENBLAS_NUM_THREADS": blas,
        "LC_ALL": language,
        "TZ": clock,
    }
    program = [sys.executable, "-m", "daw_bridge"]
    subprocess.run([*program, *words(stems, place)], cwd=tmp_path, env=environment, check=True, capture_output=True)

    assert taken(place) == once


@pytest.mark.parametrize("predictor", ["engineers", "rules", "learned"])
def test_every_predictor_decides_the_same_with_any_number_of_threads(stems, monkeypatch, predictor) -> None:
    plans, sounds = [], []
    voices = {"vocals": stems["Lead Vocal"], "backing_vocals": stems["Backing Vocals"]}
    for count, frames_at_once in ((1, 1 << 27), (8, 1 << 27), (8, 0)):
        monkeypatch.setattr(threads.os, "cpu_count", lambda count=count: count)
        monkeypatch.setattr("daw_bridge.engineer.FRAMES_AT_ONCE", frames_at_once)
        threads._pool.cache_clear()
        made = mix(**voices, backings=[stems["Drums"], stems["Bass"]], predictor=predictor)
        plans.append(dumps_plan(made.plan))
        sounds.append(mixdown(made.session, Media()))
        threads._pool().shutdown()
    threads._pool.cache_clear()

    assert plans[1:] == plans[:1] * 2
    assert all(np.array_equal(sounds[0], sound) for sound in sounds[1:])


def test_a_whole_mix_is_the_same_in_blocks_of_any_size(stems) -> None:
    """Exactly, but for blocks that cut the reverb's partitions: these round differently, by 1 bit of 24."""
    made = mix(vocals=stems["Lead Vocal"], backing_vocals=stems["Backing Vocals"], backings=stems["Drums"])
    media = Media()  # `made.media` remembers what the chains of the voices give: here they shall play
    whole = mixdown(made.session, media)
    frames = whole.shape[1]

    for block_frames in (PARTITION, 3 * PARTITION, 1 << 17, frames):
        blocks = play(made.session, media, block_frames=block_frames)

        assert np.array_equal(np.concatenate(list(blocks), axis=1), whole)
    odd = np.concatenate(list(play(made.session, media, block_frames=31_111)), axis=1)
    assert np.abs(odd - whole).max() <= 2.0**-22

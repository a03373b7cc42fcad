from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from predictors.training.datasets import Dataset, DatasetError, Song, open_dataset
from predictors.training.datasets.items import read_sound
from predictors.training.datasets.licences import licence_of
from predictors.training.datasets.medleydb import read_stems

RATE = 8000

METADATA = """artist: Ann Artist
has_bleed: 'no'
stems:
  S01:
    component: ''
    filename: Ann_Song_STEM_01.wav
    instrument: drum set
    raw:
      R01:
        filename: Ann_Song_RAW_01_01.wav
        instrument: overhead
  S02:
    component: melody
    filename: Ann_Song_STEM_02.wav
    instrument: female singer
  S03:
    component: ''
    filename: Ann_Song_STEM_03.wav
    instrument:
    - vocalists
    - male singer
title: Song
"""


def write(path: Path, *, seconds: float = 0.2, channels: int = 1, value: float = 0.1, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full((round(seconds * rate), channels), value), rate, subtype="FLOAT")


def songs(root: Path) -> None:
    for stem in ("vox_lead", "vox_bg", "drums", "music"):
        write(root / "Hello" / f"{stem}.wav")


def musdb18_wav(root: Path) -> None:
    for song in ("train/Ann - One", "test/Bob - Two"):
        for stem in ("vocals", "drums", "bass", "other", "mixture"):
            write(root / song / f"{stem}.wav", channels=2)


def musdb18_stems(root: Path) -> None:
    for song in ("train/Ann - One", "test/Bob - Two"):
        (root / f"{song}.stem.mp4").parent.mkdir(parents=True, exist_ok=True)
        (root / f"{song}.stem.mp4").touch()


def medleydb(root: Path) -> None:
    song = root / "Audio" / "Ann_Song"
    for number in (1, 2, 3):
        write(song / "Ann_Song_STEMS" / f"Ann_Song_STEM_0{number}.wav", value=0.1 * number)
    write(song / "Ann_Song_MIX.wav")
    (song / "Ann_Song_METADATA.yaml").write_text(METADATA)


def voices(root: Path) -> None:
    for name in ("f2_scales_a", "f2_scales_e", "m11_long_a", "somebody"):
        write(root / "Voices" / f"{name}.wav")


def impulse_responses(root: Path) -> None:
    for name in ("Chapel_Position1", "Chapel_Position2", "Kitchen"):
        write(root / "ir" / "rooms" / f"{name}.wav", channels=2)
    for name in ("plate_140_dark", "plate_140_bright"):
        write(root / "ir" / "EMT" / f"{name}.wav", channels=4)


def multitrack(root: Path) -> None:
    write(root / "multitrack" / "bass.wav", seconds=0.3)
    write(root / "multitrack" / "horns.wav", seconds=0.2, channels=2)


LAYOUTS: dict[Callable[[Path], None], dict[str, set[str]]] = {
    songs: {"songs": {"Hello"}, "voices": {"Hello"}},
    musdb18_wav: {"songs": {"Ann", "Bob"}, "voices": {"Ann", "Bob"}},
    musdb18_stems: {"songs": {"Ann", "Bob"}, "voices": {"Ann", "Bob"}},
    medleydb: {"songs": {"Ann"}, "voices": {"Ann"}},
    voices: {"voices": {"f2", "m11", "somebody"}},
    impulse_responses: {"impulse_responses": {"Chapel", "Kitchen", "EMT"}},
    multitrack: {"backings": {"multitrack"}},
}
"""What makes a tiny data set of each layout, and the groups that must be found in it."""


@pytest.fixture(autouse=True)
def stempeg(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """In the place of the package, which needs ffmpeg: stream n is n / 10 for 0.2 s."""

    def read_stems(_: str, *, stem_id: int, dtype: type) -> tuple[np.ndarray, float]:
        return np.full((RATE // 5, 2), stem_id / 10.0, dtype), float(RATE)

    module = types.ModuleType("stempeg")
    module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    module.read_stems = read_stems  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stempeg", module)
    return module


def level(song: Song, role: str) -> float:
    return float(np.abs(song.stems[role]().samples).max())


@pytest.mark.parametrize("make", LAYOUTS, ids=lambda make: make.__name__)
def test_every_layout_keeps_the_same_promises(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "data")

    dataset = open_dataset(tmp_path / "data")

    found = {
        kind: {item.group for item in getattr(dataset, kind)()}
        for kind in ("songs", "voices", "impulse_responses", "backings")
        if getattr(dataset, kind)()
    }
    assert found == LAYOUTS[make]
    assert open_dataset(tmp_path / "data").items[0].name == dataset.items[0].name
    for song in dataset.songs():
        assert {"lead", "backing"} <= set(song.stems) <= {"lead", "backing", "backing_vocals"}
        assert song.dry <= set(song.stems)
    loads = [load for song in dataset.songs() for load in song.stems.values()]
    recordings = (*dataset.voices(), *dataset.impulse_responses(), *dataset.backings())
    for load in [*loads, *(item.load for item in recordings)]:
        sound = load()
        assert sound.samples.dtype == np.float32
        assert sound.samples.shape[1] >= RATE // 5
        assert sound.rate == RATE
    assert all(item.name and item.group and item.licence for item in (*dataset.items, *recordings))


def test_a_folder_of_several_data_sets_is_all_of_them(tmp_path: Path) -> None:
    for make in LAYOUTS:
        make(tmp_path / make.__name__)

    dataset = open_dataset(tmp_path)

    assert len(dataset.songs()) == 6
    assert len(dataset.voices()) == 12  # four alone, and of six songs the leads and two times backing vocals
    assert len(dataset.impulse_responses()) == 5
    assert len(dataset.backings()) == 1


def test_one_song_may_be_opened_by_itself(tmp_path: Path) -> None:
    songs(tmp_path)

    assert [song.name for song in open_dataset(tmp_path / "Hello").songs()] == ["Hello"]


def test_a_backing_is_all_that_is_neither_voice_nor_mix(tmp_path: Path) -> None:
    musdb18_wav(tmp_path / "a")
    medleydb(tmp_path / "b")
    musdb18_stems(tmp_path / "c")

    mixed, medley, streams = (open_dataset(tmp_path / name).songs()[0] for name in "abc")

    assert level(mixed, "backing") == pytest.approx(0.3)
    assert None not in (mixed.mix, streams.mix, medley.mix)
    assert [level(medley, role) for role in ("backing", "lead", "backing_vocals")] == pytest.approx([0.1, 0.2, 0.3])
    assert [level(streams, role) for role in ("backing", "lead")] == pytest.approx([0.6, 0.4])


def test_only_what_nobody_has_mixed_or_echoed_is_dry(tmp_path: Path) -> None:
    songs(tmp_path)
    musdb18_wav(tmp_path)
    echo = tmp_path / "Echo"
    (tmp_path / "Hello").rename(echo)
    songs(tmp_path)
    (echo / "STEMS.txt").write_text("drums\tDELAY DRUM\tfull\nvox_lead\tLEAD\tfull\nvox_lead\tVOX ECHO\tfull\n")

    dry = {voice.name for voice in open_dataset(tmp_path).voices() if voice.dry}

    assert dry == {"Hello/lead"}


def test_stems_may_differ_in_length_and_channels_but_not_in_rate(tmp_path: Path) -> None:
    multitrack(tmp_path)
    (backing,) = open_dataset(tmp_path).backings()

    sound = backing.load()

    assert sound.samples.shape == (2, round(0.3 * RATE))
    assert sound.samples[:, [0, -1]] == pytest.approx(np.array([[0.2, 0.1], [0.2, 0.1]]))

    write(tmp_path / "multitrack" / "late.wav", rate=2 * RATE)
    with pytest.raises(DatasetError, match=r"different rates: \[8000, 16000\] Hz"):
        open_dataset(tmp_path).backings()[0].load()


def test_metadata_of_medleydb_are_read_with_lists_and_without_raw_tracks(tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text(METADATA)

    stems = read_stems(tmp_path / "metadata.yaml")

    assert [stem["filename"] for stem in stems] == [f"Ann_Song_STEM_0{n}.wav" for n in (1, 2, 3)]
    assert [stem["instrument"] for stem in stems] == ["drum set", "female singer", "vocalists, male singer"]


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Attribution Share Alike Creative Commons\nhttp://creativecommons.org/licenses/by-sa/3.0/", "CC BY-SA"),
        ("License for this content: Attribution Creative Commons license", "CC BY"),
        ("License for this content: Public Domain Creative Commons license", "public domain"),
        ("CC BY-NC-SA 4.0", "CC BY-NC-SA"),
        ("CC0 1.0 Universal", "CC0"),
        ("The MIT License", "MIT"),
        ("All rights reserved", "unknown"),
    ],
)
def test_a_licence_is_what_the_attribution_beside_the_file_says(text: str, licence: str, tmp_path: Path) -> None:
    (tmp_path / "hall.attribution.txt").write_text(text)

    assert licence_of(tmp_path / "hall.flac") == licence


def test_else_it_is_that_of_the_folder_or_what_the_readme_above_says_of_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("- `one/`: published under CC BY 4.0\n- `two/`: CC0\n")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "LICENSE").write_text("Creative Commons Attribution-ShareAlike")

    assert licence_of(tmp_path / "one" / "a.wav") == "CC BY"
    assert licence_of(tmp_path / "two" / "a.wav") == "CC BY-SA"
    assert licence_of(tmp_path / "three" / "a.wav") == "unknown"


def test_what_is_no_data_set_is_refused_with_its_name_and_what_was_expected(tmp_path: Path) -> None:
    write(tmp_path / "somewhere" / "unnamed.wav")

    with pytest.raises(DatasetError, match=r"somewhere holds no data set: expected are songs .*MUSDB18, MedleyDB"):
        open_dataset(tmp_path / "somewhere")
    with pytest.raises(DatasetError, match=r"There is no folder .*nowhere"):
        open_dataset(tmp_path / "nowhere")


def test_files_that_are_missing_or_damaged_are_named(tmp_path: Path) -> None:
    medleydb(tmp_path)
    voices(tmp_path)
    (tmp_path / "Voices" / "somebody.wav").write_bytes(b"RIFF no sound")
    write(tmp_path / "Voices" / "m11_long_a.wav", value=np.nan)
    dataset = {voice.name: voice for voice in open_dataset(tmp_path).voices()}

    for name in ("somebody", "m11_long_a"):
        with pytest.raises(DatasetError, match=f"{name}.wav"):
            dataset[name].load()
    (tmp_path / "Audio" / "Ann_Song" / "Ann_Song_STEMS" / "Ann_Song_STEM_02.wav").unlink()
    with pytest.raises(DatasetError, match=r"lacks Ann_Song_STEM_02.wav"):
        open_dataset(tmp_path)
    (tmp_path / "Audio" / "Ann_Song" / "Ann_Song_METADATA.yaml").unlink()
    with pytest.raises(DatasetError, match=r"without Ann_Song_METADATA.yaml"):
        open_dataset(tmp_path)


def test_without_stempeg_one_is_told_to_decode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    musdb18_stems(tmp_path)
    monkeypatch.setitem(sys.modules, "stempeg", None)

    with pytest.raises(DatasetError, match=r"stempeg decodes: install it .* or decode the songs to wav"):
        open_dataset(tmp_path)


def test_the_real_data_are_found_with_their_licences(shared: Path) -> None:
    dataset: Dataset = open_dataset(shared / "data")

    assert {song.name for song in dataset.songs()} == {"hydrogen", "lithium", "potassium", "rubidium", "sodium"}
    assert {voice.group for voice in dataset.voices()} == {song.name for song in dataset.songs()} | {
        "f2",
        "vocadito_1",
    }
    assert {voice.name for voice in dataset.voices() if "lithium" in voice.name and voice.dry} == set()
    assert len(dataset.impulse_responses()) == 39
    assert len({room.group for room in dataset.impulse_responses()}) == 23
    licences = {item.name: item.licence for item in dataset.items}
    assert "unknown" not in licences.values()
    assert (licences["YorkMinster"], licences["Basement"], licences["hydrogen"], licences["vocadito_1"]) == (
        "CC BY-SA",
        "public domain",
        "CC0",
        "CC BY",
    )


@pytest.mark.parametrize("name", ["take.wav", "take.aiff", "take.flac", "take.ogg"])
def test_a_recording_that_is_cut_off_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 40_000), RATE)
    whole = read_sound(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert whole.samples.shape == (1, 40_000)
    with pytest.raises(DatasetError, match=name):
        read_sound(path)


def test_a_recording_that_came_through_a_pipe_promises_too_much_and_is_read(tmp_path: Path) -> None:
    path = tmp_path / "piped.wav"
    soundfile.write(path, np.zeros(1000), RATE)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)

    assert read_sound(path).samples.shape == (1, 1000)

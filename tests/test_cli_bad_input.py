"""Input that cannot be used is told with its name and a way out, and nothing is written; odd input just works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from daw_bridge.hosts.rpp.project import load_project


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def refused(command, song):
    """Runs a command that has to fail without writing anything, and gives back what it says."""

    def run(*words: object) -> str:
        before = names(song)
        done = command(*words)
        assert (done.code, done.out) == (1, "")
        assert re.match(r"error: .+\n(.*\n)*  \S.+\n$", done.err), "a message and a hint"
        assert "defect" not in done.err
        assert names(song) == before
        return done.err

    return run


def vocal(song: Path) -> np.ndarray:
    return soundfile.read(song / "Lead Vocal.wav", dtype="float32")[0]


def write(path: Path, samples: np.ndarray, rate: int = 44100, **options: str) -> None:
    soundfile.write(path, samples, rate, **options)


def cut(path: Path, samples: np.ndarray) -> None:
    write(path, samples)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def write_with(path: Path, samples: np.ndarray, value: float) -> None:
    samples = samples.copy()
    samples[44100] = value
    write(path, samples, subtype="FLOAT")


BAD = {
    "text.wav": (lambda path, _: path.write_text("no sound"), "cannot be read as audio"),
    "empty.wav": (lambda path, _: path.write_bytes(b""), "cannot be read as audio"),
    "cut.wav": (cut, "cut off"),
    "cut.flac": (cut, "cut off"),
    "cut.ogg": (cut, "cut off"),
    "zero.wav": (lambda path, samples: write(path, samples[:0]), "0 samples"),
    "silent.wav": (lambda path, samples: write(path, 0.0 * samples), "silent"),
    "nan.wav": (lambda path, samples: write_with(path, samples, np.nan), "not a number, at 1.000 s"),
    "inf.wav": (lambda path, samples: write_with(path, samples, np.inf), "not a number, at 1.000 s"),
    "six.wav": (lambda path, samples: write(path, np.stack([samples] * 6, 1)), "6 channels"),
    "folder.wav": (lambda path, _: path.mkdir(), "is a folder"),
    "missing.wav": (lambda *_: None, "no file"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("as_what", ["--vocal", "--backing", "--backing-vocal"])
def test_a_recording_that_cannot_be_used_is_named(refused, song, name, as_what) -> None:
    make, says = BAD[name]
    make(song / name, vocal(song))
    others = {"--vocal": ["--backing", "Drums.wav"]}.get(
        as_what, ["--vocal", "Lead Vocal.wav", "--backing", "Drums.wav"]
    )
    if (as_what, name) == ("--backing", "silent.wav"):
        others = others[:2]

    told = refused("mix", as_what, name, *others, "-o", "n.rpp", "--render", "n.wav", "--plan", "n.json")

    assert says in told
    assert Path(name).stem in told


@pytest.mark.parametrize("name", ["cut.wav", "nan.wav", "silent.wav", "text.wav"])
def test_analyze_refuses_the_same(refused, song, name) -> None:
    make, says = BAD[name]
    make(song / name, vocal(song))

    assert says in refused("analyze", "--vocal", name, "--backing", "Drums.wav")


@pytest.mark.parametrize(
    "words",
    [("mix", ""), ("mix", "Song.rpp", "-o", ""), ("mix", "--vocal", "", "--backing", "Drums.wav"), ("revert", "")],
)
def test_an_empty_name_is_not_taken_for_the_current_folder(command, song, words) -> None:
    before = names(song)

    done = command(*words)

    assert done.code == 2
    assert "It is empty." in done.err
    assert names(song) == before


def test_a_folder_is_told_from_an_impulse_response(refused, song) -> None:
    (song / "rooms").mkdir()

    assert "rooms is a folder" in refused("match-reverb", "rooms")


def test_a_recording_given_twice_is_refused(refused) -> None:
    assert "Drums.wav is given more than once" in refused(
        "mix", "--vocal", "Lead Vocal.wav", "--backing", "Drums.wav", "--backing-vocal", "./Drums.wav"
    )


def at_rate(song: Path, name: str, rate: int) -> str:
    samples = soundfile.read(song / name, dtype="float32", always_2d=True)[0]
    write(song / f"{rate} {name}", soxr.resample(samples, 44100, rate), rate)
    return f"{rate} {name}"


@pytest.mark.parametrize(
    ("vocal_rate", "backing_rate", "expected"),
    [
        (8000, 8000, 8000),
        (8000, 44100, 44100),
        (48000, 22050, 48000),
        (192000, 192000, 192000),
        (192000, 8000, 192000),
    ],
)
def test_any_rates_are_mixed_to_what_is_asked(command, song, vocal_rate, backing_rate, expected) -> None:
    sung, played = at_rate(song, "Lead Vocal.wav", vocal_rate), at_rate(song, "Drums.wav", backing_rate)

    done = command("mix", "--vocal", sung, "--backing", played, "-o", "n.rpp", "--render", "n.wav", "--json")

    assert soundfile.info(song / "n.wav").samplerate == expected
    assert json.loads(done.out)["plan"]["results"]["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)


def test_channels_and_lengths_may_differ(command, song) -> None:
    mono = vocal(song)
    write(song / "stereo.flac", np.stack([mono, 0.5 * mono], axis=1))
    write(song / "short.wav", soundfile.read(song / "Drums.wav")[0][:100000])
    write(song / "mono.wav", soundfile.read(song / "Chords.wav")[0][:200000, 0])

    done = command(
        "mix", "--vocal", "stereo.flac", "--backing", "short.wav", "--backing", "mono.wav", "-o", "n.rpp", "--json"
    )

    assert json.loads(done.out)["plan"]["results"]["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)
    assert [track.clips[0].length_s for track in load_project(song / "n.rpp").session.tracks] == pytest.approx(
        [8.0, 100000 / 44100, 200000 / 44100]
    )


@pytest.mark.parametrize("name", ["Lead 'a' b.wav", 'Vocal "7".wav', "Füße 鼓 #1.wav", "a; $(b) `c`.wav", "-v.wav"])
def test_names_may_hold_blanks_quotes_and_any_letters(command, song, name) -> None:
    (song / "Lead Vocal.wav").rename(song / name)
    command("mix", "--vocal", name, "--backing", "Drums.wav", "-o", "n.rpp", "--render", "1.wav")
    (song / "folder").mkdir()
    again = command("mix", "n.rpp", "-o", "folder/n.rpp", "--render", "2.wav")

    assert (again.code, again.err) == (0, "")
    assert [track.name for track in load_project(song / "folder" / "n.rpp").session.tracks] == [
        Path(name).stem,
        "Drums",
    ]
    assert (song / "1.wav").read_bytes() == (song / "2.wav").read_bytes()


def test_a_name_that_no_project_can_hold_is_refused(refused, song) -> None:
    (song / "Lead Vocal.wav").rename(song / "all \" ' `.wav")

    told = refused("mix", "--vocal", "all \" ' `.wav", "--backing", "Drums.wav", "--plan", "p.json")

    assert "Rename the file" in told


# --- projects --------------------------------------------------------------------------------------------------

ANY_PROJECT = [
    ("mix", "{}", "-o", "new.rpp"),
    ("analyze", "{}"),
    ("render", "{}", "-o", "new.wav"),
    ("revert", "{}"),
    ("apply", "Plan.json", "{}"),
]


def edit(path: Path, old: str, new: str) -> int:
    """Replaces the first `old` in a project; returns the number of its line."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("words", ANY_PROJECT)
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.rpp", None, "no such file"),
        ("empty.rpp", b"", "the file is empty"),
        ("text.rpp", b"hello\n", "not a REAPER project"),
        ("Drums.wav", None, "not a REAPER project"),
    ],
)
def test_what_is_no_project_is_told_by_every_command(refused, song, words, name, content, says) -> None:
    if content is not None:
        (song / name).write_bytes(content)

    told = refused(*(word.format(name) for word in words))

    assert says in told
    assert f"{name}:" in told


@pytest.mark.parametrize("words", [words for words in ANY_PROJECT if words[0] != "mix"])  # that takes folders
def test_a_folder_is_told_from_a_project_by_every_command(refused, words) -> None:
    assert ".: Is a directory" in refused(*(word.format(".") for word in words))


@pytest.mark.parametrize("words", ANY_PROJECT)
def test_a_broken_project_is_told_with_its_line_by_every_command(refused, song, words) -> None:
    line = edit(song / "Mixed.rpp", "POSITION 0", "POSITION soon")
    assert f"Mixed.rpp: line {line}: POSITION has 'soon'" in refused(*(word.format("Mixed.rpp") for word in words))


def test_a_project_that_breaks_off_is_told_with_the_line_that_is_not_closed(refused, song) -> None:
    text = (song / "Song.rpp").read_text(encoding="utf-8")
    (song / "Song.rpp").write_text(text[: text.rindex("<SOURCE") + 20], encoding="utf-8")
    line = text[: text.rindex("<SOURCE")].count("\n") + 1

    assert f"Song.rpp: line {line}: the block <SOURCE" in refused("mix", "Song.rpp")


@pytest.mark.parametrize("words", ANY_PROJECT[:3])
def test_missing_media_are_all_named_at_once(refused, song, words) -> None:
    (song / "Lead Vocal.wav").unlink()
    (song / "Drums.wav").unlink()

    told = refused(*(word.format("Mixed.rpp") for word in words))

    assert told.count("error:") == 1
    assert "2 media files are missing" in told
    assert "Lead Vocal.wav (track Lead Vocal)" in told
    assert "Drums.wav (track Drums)" in told
    assert "Chords.wav" not in told


def test_without_its_media_a_project_can_still_be_reverted(command, song) -> None:
    (song / "Lead Vocal.wav").unlink()

    assert command("revert", "Mixed.rpp").code == 0
    assert (song / "Mixed.rpp").read_bytes() == (song / "Song.rpp").read_bytes()


FOREIGN = """<VOLENV2
      ACT 1 -1
      PT 0 1 0
      PT 2 0.5 0
    >
    <FXCHAIN
      BYPASS 0 0 0
      <VST "VST3: Pro-Q 3 (FabFilter)" "FabFilter Pro-Q 3.vst3" 0 "" 756089518{72C4DB717A4D459AB97E51745D84B39D} ""
        abcd
      >
      FXID {11111111-1111-1111-1111-111111111111}
      WAK 0 0
    >
    <ITEM
      POSITION 0
      LENGTH 4
      <SOURCE MIDI
        HASDATA 1 960 QN
        E 0 90 3c 60
      >
    >
    """
UNPLAYED = [
    "MIDI items are not played: Lead Vocal.",
    "Pro-Q 3 (FabFilter) (Lead Vocal)",
    "Automation is not played",
]


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.parametrize("words", ANY_PROJECT[:3])
def test_what_cannot_be_played_is_listed_once(command, song, words, more) -> None:
    edit(song / "Song.rpp", "<ITEM", FOREIGN + "<ITEM")

    done = command(*(word.format("Song.rpp") for word in words), *more)

    assert done.code == 0
    assert [done.out.count(sentence) for sentence in UNPLAYED] == [1, 1, 1]


def test_what_is_not_ours_stays_byte_for_byte_through_mix_and_revert(command, song) -> None:
    edit(song / "Song.rpp", "<ITEM", FOREIGN + "<ITEM")
    before = (song / "Song.rpp").read_bytes()
    command("mix", "Song.rpp", "--in-place")
    mixed = (song / "Song.rpp").read_bytes()
    command("revert", "Song.rpp")

    chain = FOREIGN.splitlines()[5:12]
    assert all(line.encode() in mixed for line in chain)
    assert mixed.index(b"Pro-Q 3") < mixed.index(b"DAW Bridge: EQ")
    assert (song / "Song.rpp").read_bytes() == before


@pytest.mark.parametrize("tracks", ["", "  <TRACK\n    NAME Voice\n  >\n"])
def test_a_project_without_any_audio_is_refused(refused, song, tracks) -> None:
    (song / "n.rpp").write_text(f'<REAPER_PROJECT 0.1 "7.0" 1\n{tracks}>\n', encoding="utf-8")

    for words in ANY_PROJECT[:3]:
        assert re.search(
            r"no track|No track|nothing that can be played", refused(*(word.format("n.rpp") for word in words))
        )


def test_unclear_roles_are_told_with_the_tracks_and_the_options(refused, command, song) -> None:
    edit(song / "Song.rpp", 'NAME "Lead Vocal"', 'NAME "Take 1"')

    told = refused("mix", "Song.rpp", "-o", "n.rpp")
    mended = command(
        "mix", "Song.rpp", "--vocal-track", "Take 1", "--ignore-track", "Drums", "-o", "n.rpp", "--json"
    )

    assert "which track is the lead vocal" in told
    for word in (
        "Take 1",
        "Drums",
        "Chords",
        "--vocal-track",
        "--backing-vocal-track",
        "--backing-track",
        "--ignore-track",
    ):
        assert word in told
    tracks = json.loads(mended.out)["plan"]["tracks"]
    assert [(track["name"], track["role"]) for track in tracks] == [("Take 1", "lead vocal"), ("Chords", "backing")]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--vocal-track", "Nobody"), "no track 'Nobody'"),
        (("--vocal-track", "Drums", "--ignore-track", "Drums"), "named for two roles"),
        (("--preset", "popp"), "Did you mean pop"),
        (("--preset", "nowhere/mine.toml"), "cannot be read"),
        (("--preset", "broken.toml"), "not valid TOML"),
        (("--preset", "keys.toml"), "unknown key level.loudness"),
        (("--predictor", "oracle"), "no predictor 'oracle'"),
        (("--amount", "nan"), "amount is nan"),
    ],
)
def test_a_choice_that_there_is_not_is_told_with_those_that_there_are(refused, song, options, says) -> None:
    (song / "broken.toml").write_text("description = ", encoding="utf-8")
    (song / "keys.toml").write_text('description = "x"\n[level]\nloudness = 3.0\n', encoding="utf-8")

    assert says in refused("mix", "Song.rpp", *options, "-o", "n.rpp", "--plan", "p.json", "--render", "r.wav")


@pytest.mark.parametrize("track", ["Lead Vocal", "Drums"])
def test_a_silent_item_in_a_project_is_told_by_its_track(refused, song, track) -> None:
    write(song / "Chords.wav", np.zeros(8 * 44100))
    write(song / f"{track}.wav", np.zeros(8 * 44100))

    told = refused("mix", "Song.rpp")

    assert track in told
    assert "silent" in told


def test_an_item_far_behind_the_song_is_told_where_memory_would_not_do(refused, song, monkeypatch) -> None:
    monkeypatch.setattr("daw_bridge.sources.free_bytes", lambda: 20_000_000_000)
    parts = (song / "Song.rpp").read_text(encoding="utf-8").split("POSITION 0", 2)
    (song / "Song.rpp").write_text(f"{parts[0]}POSITION 0{parts[1]}POSITION 86000{parts[2]}", encoding="utf-8")

    for words in ANY_PROJECT[:2]:
        told = refused(*(word.format("Song.rpp") for word in words))
        assert "Song: the last item, on the track 'Drums', ends at 23.9 hours" in told
        assert "91 GB of memory, and 20 GB are free" in told


def test_too_little_memory_is_told_in_words(refused, monkeypatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("daw_bridge.engineer.listening.chain_input", none_left)

    assert "not enough memory" in refused("mix", "Song.rpp")


# --- plans -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not a text file"),
        (b"[]", "schema"),
        (b'{"schema": 99}', "schema is 99"),
        (b'{"schema": 1}', "is missing"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_name(refused, song, content, says) -> None:
    if content is not None:
        (song / "p.json").write_bytes(content)

    told = refused("apply", "p.json", "Song.rpp")

    assert "p.json: " in told
    assert says in told


def test_a_plan_for_other_tracks_names_them(refused, command, song) -> None:
    command("mix", "--vocal", "Drums.wav", "--backing", "Mix.wav", "-o", "other.rpp", "--plan", "other.json")

    told = refused("apply", "other.json", "Song.rpp")

    assert "Song.rpp" in told
    assert "Drums, Mix" in told


def test_what_was_never_mixed_cannot_be_reverted(refused) -> None:
    assert "nothing of DAW Bridge" in refused("revert", "Song.rpp")

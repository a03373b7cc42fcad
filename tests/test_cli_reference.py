"""`mix` with a reference, as one types it: what goes together, what is said, and that none of it stays behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daw_bridge import ReferenceFiles, mix, render
from daw_bridge.errors import OutputError

RECORDINGS = ("--vocal", "Lead Vocal.wav", "--backing", "Chords.wav")
LIKE_A_VOCAL = ("--reference-vocal", "Lead Vocal.wav", "--reference-backing", "Drums.wav")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--reference-vocal", "a.wav", "--reference", "b.wav"), "not both"),
        (("--reference-backing", "a.wav"), "--reference-backing goes with --reference-vocal"),
        (("--reference", "a.wav", "--reference-backing", "b.wav"), "goes with --reference-vocal"),
        (("--from-reference", "eq"), "--from-reference goes with"),
        (("--reference", "a.wav", "--from-reference", "eq,level"), "'level' is not told by this reference"),
        (("--reference-vocal", "a.wav", "--from-reference", "level"), "only eq, dynamics, reverb"),
        ((*LIKE_A_VOCAL, "--from-reference", "eqq"), "'eqq' is not told"),
        ((*LIKE_A_VOCAL, "--from-reference", ""), "'' is not told"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(song, command, options, words):
    ran = command("mix", *RECORDINGS, *options)

    assert ran.code == 2
    assert words in ran.err


@pytest.mark.parametrize("option", ["--reference", "--reference-vocal"])
def test_a_reference_that_cannot_be_used_is_named_and_nothing_is_written(song, command, option):
    before = sorted(song.iterdir())

    ran = command("mix", *RECORDINGS, option, "Plan.json", "-o", "New.rpp")

    assert ran.code == 1
    assert "Plan.json" in ran.err
    assert "Traceback" not in ran.err
    assert sorted(song.iterdir()) == before


def test_what_is_taken_is_told_in_words_as_json_and_in_the_report(song, command):
    files = ("-o", "New.rpp", "--report", "New.html", "--json")

    document = json.loads(command("mix", *RECORDINGS, *LIKE_A_VOCAL, *files).out)
    words = " ".join(command("mix", *RECORDINGS, *LIKE_A_VOCAL, "--dry-run", "--verbose").out.split())

    page = Path("New.html").read_text(encoding="utf-8")
    said = json.dumps(document["plan"]["targets"]["lead"])
    for where in (words, page, said):
        assert "Measured in the reference Lead Vocal.wav" in where
    note = document["plan"]["notes"][0]
    assert note.startswith(
        "From the reference Lead Vocal.wav: level over its backing, spectrum, block range measured"
    )
    assert note in words
    assert note in page
    assert "decided by reference + engineers" in words


def test_the_same_reference_again_changes_nothing_and_none_is_a_normal_mix(song, command):
    like = ("--reference-vocal", "Drums.wav", "--force")
    first = song / "Mixed.rpp"
    normal = first.read_bytes()

    assert command("mix", "Mixed.rpp", "--in-place", *like).code == 0
    once = first.read_bytes()
    assert command("mix", "Mixed.rpp", "--in-place", *like).code == 0
    twice = first.read_bytes()
    assert command("mix", "Mixed.rpp", "--in-place").code == 0

    assert once != normal
    assert twice == once
    assert first.read_bytes() == normal


def test_the_amount_and_the_aspects_are_those_that_are_asked_for(song):
    reference = ReferenceFiles(vocal="Drums.wav", backing="Chords.wav", aspects=("level",))

    plain = mix("Song.rpp").plan
    whole, half = (mix("Song.rpp", reference=reference, amount=amount).plan for amount in (None, 50.0))

    before = whole.results["relative_loudness_before_lu"]
    wanted = whole.targets["lead"]["relative_loudness_lu"]["value"]
    assert whole.results["relative_loudness_lu"] == pytest.approx(wanted, abs=0.1)
    assert half.results["relative_loudness_lu"] == pytest.approx((before + wanted) / 2.0, abs=0.1)
    assert (whole.tracks[0].eq, whole.tracks[0].comp) == (plain.tracks[0].eq, plain.tracks[0].comp)


def test_a_reference_is_never_overwritten(song, command):
    like = ("--reference", "Mix.wav", "-o", "New.rpp", "--force")
    recording = Path("Mix.wav").read_bytes()

    ran = command("mix", *RECORDINGS, *like, "--render", "Mix.wav")

    assert ran.code == 1
    assert "Mix.wav is part of what is mixed" in ran.err
    made = mix(vocals="Lead Vocal.wav", reference=ReferenceFiles(mix="Mix.wav"))
    with pytest.raises(OutputError, match="part of what is mixed"):
        render(made, "Mix.wav", force=True)
    assert Path("Mix.wav").read_bytes() == recording

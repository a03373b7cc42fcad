"""Running again: the same file, the user's own changes kept until they are given up, and everything out again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.plugins import Settings, vst
from daw_bridge.session import Role

KINDS = {"EQ": "reaeq", "Comp": "reacomp", "Verb": "reaverbate"}


def set_plugin(path: Path, name: str, change: Callable[[Any], Settings]) -> None:
    """Changes one of our plug-ins on the first track that has it, as its user would in REAPER."""
    text = path.read_text(encoding="utf-8")
    body = re.search(rf'"DAW Bridge: {name}".*\n((?:\s+[A-Za-z0-9+/=]+\n)+)', text)
    assert body is not None
    state = vst.parse_vst_body(body[1].split())
    settings = change(vst.settings_from_state(KINDS[name], state))
    lines = vst.dump_vst_body(vst.state_from_settings(settings, state))
    path.write_text(text[: body.start(1)] + "".join(f"        {line}\n" for line in lines) + text[body.end(1) :])


def move_fader(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"VOLPAN \S+", "VOLPAN 0.5", text, count=1), encoding="utf-8")


def remove_verb(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"\n\s+BYPASS[^\n]*\n\s+<VST[^\n]*DAW Bridge: Verb(.|\n)*?WAK[^\n]*", "", text, count=1))


def turn_eq(eq: Any) -> Settings:
    return dataclasses.replace(eq, bands=(dataclasses.replace(eq.bands[0], frequency_hz=91.0), *eq.bands[1:]))


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "fader": (move_fader, "Lead Vocal: fader_db is -6.02"),
    "ratio": (
        lambda path: set_plugin(path, "Comp", lambda comp: dataclasses.replace(comp, ratio=7.5)),
        "Lead Vocal: comp.ratio is 7.5",
    ),
    "wet": (
        lambda path: set_plugin(path, "Verb", lambda verb: dataclasses.replace(verb, wet_db=-30.0)),
        "Lead Vocal: verb.wet_db is -30",
    ),
    "eq": (lambda path: set_plugin(path, "EQ", turn_eq), "Lead Vocal: eq as you changed it"),
    "verb taken out": (remove_verb, "Lead Vocal: you took our verb out"),
}


def user_values(path: Path) -> tuple[object, ...]:
    """What of ours stands on the lead vocal: the fader, and the settings of the plug-ins."""
    (track,) = (track for track in load_project(path).session.tracks if track.name == "Lead Vocal")
    return track.fader.volume_db, *(fx.settings for fx in track.fx)


def test_a_second_run_gives_the_same_bytes(command, song) -> None:
    once = (song / "Mixed.rpp").read_bytes()
    backups = [command("mix", "Mixed.rpp", "--in-place").out.count("backup") for _ in range(2)]

    assert (song / "Mixed.rpp").read_bytes() == once
    assert backups == [0, 0]


def test_another_preset_replaces_ours_and_never_stacks(command, song) -> None:
    once = (song / "Mixed.rpp").read_bytes()
    command("mix", "Mixed.rpp", "--in-place", "--preset", "rock")
    rock = (song / "Mixed.rpp").read_bytes()
    command("mix", "Mixed.rpp", "--in-place")

    assert rock != once
    assert rock.count(b"DAW Bridge: ") == once.count(b"DAW Bridge: ")
    assert (song / "Mixed.rpp").read_bytes() == once


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_user_changed_is_told_and_kept_until_it_is_given_up(command, song, what) -> None:
    change, says = CHANGES[what]
    once = (song / "Mixed.rpp").read_bytes()
    change(song / "Mixed.rpp")
    changed = user_values(song / "Mixed.rpp")
    for preset in ("natural", "natural", "rap", "natural"):
        told = command("mix", "Mixed.rpp", "--in-place", "--preset", preset).out
        assert told.count(f"kept: {says}") == 1
        assert "--force" in told
    natural_again = user_values(song / "Mixed.rpp")
    forced = command("mix", "Mixed.rpp", "--in-place", "--force").out

    if what == "fader":
        assert natural_again == changed
    assert "kept:" not in forced
    assert (song / "Mixed.rpp").read_bytes() == once


def copy_vocal(path: Path) -> None:
    """Copies the track of the vocal as REAPER does: with new GUIDs for the track and its plug-ins."""
    text = path.read_text(encoding="utf-8")
    track = re.search(r"  <TRACK(.|\n)*?\n  >\n", text)
    assert track is not None
    copy = re.sub(r"\{[0-9A-F]{8}-", "{0000C0DE-", track[0]).replace('"Lead Vocal"', '"Lead Vocal 2"')
    path.write_text(text[: track.end()] + copy + text[track.end() :], encoding="utf-8")


def test_a_copied_track_gets_one_chain_and_loses_it_again(command, song) -> None:
    copy_vocal(song / "Mixed.rpp")
    copied = (song / "Mixed.rpp").read_bytes()
    mixed = command(
        "mix", "Mixed.rpp", "-o", "again.rpp", "--vocal-track", "Lead Vocal", "--vocal-track", "Lead Vocal 2"
    )
    command("revert", "Mixed.rpp", "-o", "reverted.rpp")

    assert mixed.code == 0
    leads = [track for track in load_project(song / "again.rpp").session.tracks if "Lead" in track.name]
    chain = [("DAW Bridge: EQ", True), ("DAW Bridge: Comp", True), ("DAW Bridge: Verb", True)]
    assert copied.count(b'"DAW Bridge: Verb"') == 2
    assert [[(fx.name, fx.ours) for fx in track.fx] for track in leads] == [chain, chain]
    assert b"DAW Bridge" not in (song / "reverted.rpp").read_bytes()


def test_our_plugins_in_a_project_that_never_was_mixed_are_taken_out(command, song) -> None:
    """They came with a track that was copied from another project."""
    text = (song / "Mixed.rpp").read_text(encoding="utf-8")
    (song / "pasted.rpp").write_text(re.sub(r"  <EXTSTATE(.|\n)*?\n  >\n", "", text), encoding="utf-8")

    reverted = command("revert", "pasted.rpp", "-o", "reverted.rpp")
    mixed = command("mix", "pasted.rpp", "-o", "again.rpp")

    assert (reverted.code, mixed.code) == (0, 0)
    assert b"DAW Bridge" not in (song / "reverted.rpp").read_bytes()
    assert (song / "again.rpp").read_bytes().count(b'"DAW Bridge: ') == text.count('"DAW Bridge: ')


def test_a_saved_plan_leaves_the_users_changes_too(command, song) -> None:
    move_fader(song / "Mixed.rpp")
    before = (song / "Mixed.rpp").read_bytes()

    kept = command("apply", "Plan.json", "Mixed.rpp")
    after = (song / "Mixed.rpp").read_bytes()
    forced = command("apply", "Plan.json", "Mixed.rpp", "--force")

    assert "kept: Lead Vocal: fader_db is -6.02" in kept.out
    assert after == before
    assert forced.code == 0
    assert user_values(song / "Mixed.rpp")[0] != pytest.approx(-6.02, abs=0.01)


def test_a_dry_run_tells_what_would_be_kept(command, song) -> None:
    move_fader(song / "Mixed.rpp")

    assert "kept: Lead Vocal: fader_db is -6.02" in command("mix", "Mixed.rpp", "--dry-run").out
    assert '"field": "fader_db"' in command("mix", "Mixed.rpp", "--dry-run", "--json").out


def test_revert_leaves_a_moved_fader_unless_forced(command, song) -> None:
    original = (song / "Song.rpp").read_bytes()
    move_fader(song / "Mixed.rpp")

    left = command("revert", "Mixed.rpp", "-o", "left.rpp")
    forced = command("revert", "Mixed.rpp", "-o", "forced.rpp", "--force")

    assert "fader_db is -6.02" in left.out
    assert b"DAW Bridge" not in (song / "left.rpp").read_bytes()
    assert b"VOLPAN 0.5 " in (song / "left.rpp").read_bytes()
    assert forced.code == 0
    assert (song / "forced.rpp").read_bytes() == original


@pytest.mark.parametrize("what", ["ratio", "eq", "verb taken out"])
def test_revert_gives_the_original_whatever_was_turned_on_ours(command, song, what) -> None:
    CHANGES[what][0](song / "Mixed.rpp")

    assert command("revert", "Mixed.rpp").code == 0
    assert (song / "Mixed.rpp").read_bytes() == (song / "Song.rpp").read_bytes()


def test_revert_gives_the_original_after_many_runs(command, song) -> None:
    before = (song / "Song.rpp").read_bytes()
    for preset in ("pop", "spoken", "metal"):
        command("mix", "Song.rpp", "--in-place", "--preset", preset)

    command("revert", "Song.rpp")

    assert (song / "Song.rpp").read_bytes() == before


def test_a_project_of_recordings_with_any_names_is_mixed_again_without_naming_the_roles(command, song) -> None:
    (song / "Lead Vocal.wav").rename(song / "take 3.wav")
    (song / "Chords.wav").rename(song / "Vocals.wav")
    command("mix", "--vocal", "take 3.wav", "--backing", "Drums.wav", "--backing", "Vocals.wav", "-o", "n.rpp")
    once = (song / "n.rpp").read_bytes()

    again = command("mix", "n.rpp", "--in-place")
    other = command("mix", "n.rpp", "-o", "other.rpp", "--vocal-track", "Vocals", "--ignore-track", "take 3")

    assert (again.code, other.code) == (0, 0)
    assert (song / "n.rpp").read_bytes() == once
    saved = load_project(song / "other.rpp").saved
    assert saved is not None
    assert [(track.name, track.role) for track in saved.plan.tracks] == [
        ("Drums", Role.BACKING),
        ("Vocals", Role.LEAD_VOCAL),
    ]

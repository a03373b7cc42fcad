"""`daw-bridge match-reverb` as its users meet it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.match_reverb import match_reverb
from daw_bridge.plugins import ReaVerbate, vst
from daw_bridge.plugins.parameters import differences
from daw_bridge.plugins.reaverbate_sound import impulse_response, rt60_s
from daw_bridge.reverb_text import match_document, match_report

VERB = ReaVerbate(wet_db=-5.0, dry_db=-math.inf, room_size=0.65, dampening=0.5, width=0.8, high_cut_hz=8000.0)
RATE = 44100


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ir") / "Hall.wav"
    soundfile.write(path, impulse_response(VERB, RATE).sum(axis=1).T, RATE, subtype="FLOAT")
    return path


def test_the_json_says_settings_and_distance(command, hall) -> None:
    ran = command("match-reverb", hall, "--json")

    assert ran.code == 0, ran.err
    found = json.loads(ran.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert found["settings"]["dry_db"] is None
    assert found["settings"]["wet_db"] == pytest.approx(-5.0, abs=1.0)
    middle = found["rt60"][0]
    assert middle["reached_s"] == pytest.approx(rt60_s(0.65, 0.5, RATE), rel=0.1)
    assert all(abs(band["error"]) < 0.1 for band in found["rt60"])
    assert abs(found["wet"]["error_db"]) < 1.0
    assert found["far"] == []
    assert "No direct sound" in found["facts"][0]


def test_the_table_names_the_values_as_reaper_does(command, hall) -> None:
    ran = command("match-reverb", hall)

    assert ran.code == 0, ran.err
    rows = {line.split("  ")[0]: line.split()[-1] for line in ran.out.splitlines() if "  " in line}
    assert {
        "Wet",
        "Dry",
        "Room size",
        "Dampening",
        "Stereo width",
        "Initial delay",
        "Lowpass",
        "Hipass",
    } <= rows.keys()
    room_size = next(line for line in ran.out.splitlines() if line.startswith("Room size"))
    assert float(room_size.split()[2]) == pytest.approx(30 + 68 * 0.65, abs=1.0)  # as the plug-in shows it
    assert "RT60 500 Hz to 1 kHz" in rows
    assert "-0 %" not in ran.out


def test_the_chain_holds_what_was_printed_and_overwrites_nothing(command, hall, tmp_path) -> None:
    chain = tmp_path / "My hall.RfxChain"

    ran = command("match-reverb", hall, "-o", chain, "--json")

    block = [line.strip() for line in chain.read_text().splitlines() if line.startswith("  ")]
    read = vst.settings_from_state("reaverbate", vst.parse_vst_body(block))
    settings = json.loads(ran.out)["settings"]
    assert differences(read, ReaVerbate(**{**settings, "dry_db": -math.inf})) == ()
    assert '"My hall"' in chain.read_text()
    before = chain.read_bytes()
    again = command("match-reverb", hall, "-o", chain)
    assert (again.code, chain.read_bytes()) == (1, before)
    assert "--force" in again.err
    assert command("match-reverb", hall, "-o", chain, "--force").code == 0


@pytest.mark.parametrize("name", ["Hall.rpp", "missing/Hall.RfxChain"])
def test_a_chain_that_cannot_be_written_is_refused_first(command, tmp_path, name) -> None:
    ran = command("match-reverb", tmp_path / "not even there.wav", "-o", tmp_path / name)

    assert ran.code == 1
    assert "Hall" in ran.err or "folder" in ran.err
    assert "not even there" not in ran.err


@pytest.mark.parametrize("case", ["missing", "silent", "long", "text"])
def test_what_is_no_impulse_response_is_refused_in_words(command, tmp_path, case) -> None:
    path = tmp_path / "given.wav"
    if case == "silent":
        soundfile.write(path, np.zeros(RATE), RATE)
    if case == "long":
        soundfile.write(path, np.zeros(8000 * 61), 8000)
    if case == "text":
        path.write_text("no audio")

    ran = command("match-reverb", path)

    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert "given.wav" in ran.err
    assert "defect" not in ran.err
    assert ran.out == ""


def test_a_file_with_direct_sound_and_four_channels_says_how_it_was_taken(tmp_path) -> None:
    response = impulse_response(VERB, RATE).sum(axis=1)
    response[:, 0] += 1.0
    path = tmp_path / "Four.wav"
    soundfile.write(path, np.concatenate([response, 0.1 * response]).T, RATE, subtype="FLOAT")

    match = match_reverb(path)

    assert match.channels == 4
    shown = match_report(match, path, {})
    assert "Of its 4 channels the first was taken" in shown
    assert f"The direct sound in it is {match.direct_lu:+.1f} LU" in shown
    assert match_document(match, path, {})["direct_lu"] == pytest.approx(match.direct_lu, abs=1e-6)

"""The table that `mix` prints: as wide as the terminal, in colour only there, and true."""

from __future__ import annotations

import dataclasses
import os
import pty
import re
import select
import subprocess
import sys

import click
import pytest

from daw_bridge import mix
from daw_bridge.api import Mix
from daw_bridge.mix_text import compact_table, mix_report
from daw_bridge.plan import TrackPlan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role

EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=139.0),
        Band(frequency_hz=1670.0, gain_db=2.5),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=2130.0, gain_db=6.2),
        Band(frequency_hz=50.0, gain_db=3.0, enabled=False),
    )
)
LEAD = TrackPlan(
    guid="{1}",
    name="Lead Vocal",
    role=Role.LEAD_VOCAL,
    fader_db=6.39,
    eq=EQ,
    comp=ReaComp(threshold_db=-33.7, ratio=3.8, attack_ms=1.2, release_ms=118.0, wet_db=6.0),
    verb=ReaVerbate(wet_db=-15.7, room_size=0.864),
    results={"rt60_s": 2.03},
)
DRUMS, BASS = (
    TrackPlan(guid=name, name=name, role=Role.BACKING, fader_db=-1.0, eq=ReaEq(bands=EQ.bands[1:2]))
    for name in ("Drums", "Bass")
)
PAD = dataclasses.replace(DRUMS, guid="{4}", name="Pad", fader_db=-2.0)


@pytest.fixture(scope="module")
def made(demo_files) -> Mix:
    return mix(vocals=demo_files["Lead Vocal"], backings=[demo_files["Drums"], demo_files["Bass"]])


def plain(text: str) -> str:
    return click.unstyle(text)


@pytest.mark.parametrize("width", [40, 60, 71, 72, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_no_value_is_lost(width) -> None:
    table = plain(compact_table([LEAD, DRUMS, BASS, PAD], width))

    assert max(map(len, table.splitlines())) <= width
    words = " ".join(re.split(r"[\s;,]+", table))
    for value in ("+6.39 dB", "139 Hz", "1.7 kHz", "+6.2 dB", "-33.7 dB", "3.8:1", "1.2/118 ms", "0.864", "2.03 s"):
        assert value in words
    assert "50 Hz" not in table


def test_neighbours_with_the_same_settings_share_a_row() -> None:
    table = plain(compact_table([LEAD, DRUMS, BASS, PAD], 200))

    assert [line.split("  ")[0] for line in table.splitlines()[1:]] == [
        "Lead Vocal (lead vocal)",
        "Drums, Bass (backing)",
        "Pad (backing)",
    ]


def test_plug_ins_that_nobody_has_take_no_column() -> None:
    table = plain(compact_table([DRUMS], 100))

    assert table.splitlines()[0].split() == ["track", "fader", "ReaEQ"]


def test_numbers_keep_their_units_where_a_line_breaks() -> None:
    table = plain(compact_table([LEAD], 72))

    assert all(not line.strip().startswith(("dB", "Hz", "kHz", "ms")) for line in table.splitlines())


def test_it_says_what_was_reached_before_and_after(made) -> None:
    report = plain(mix_report(made, {}))

    before = made.plan.results["relative_loudness_before_lu"]
    assert re.search(rf"vocal against backing +{re.escape(f'{before:+.1f}')} -> [+]0\.0 LU", report)
    assert f"{made.plan.results['true_peak_dbtp']:.1f} dBTP" in report
    assert report.endswith("Nothing was written (--dry-run).")


def test_reasons_are_printed_only_where_asked_for(made) -> None:
    why = made.plan.tracks[0].why["fader_db"]

    assert why not in " ".join(plain(mix_report(made, {})).split())
    assert why in " ".join(plain(mix_report(made, {}, reasons=True)).split())


def on_a_terminal(words: list[str], folder, **environment: str) -> bytes:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "daw_bridge", *words],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**inherited, "TERM": "xterm", "COLUMNS": "120", **environment},
        ) as running:
            os.close(theirs)
            printed = b""
            while select.select([ours], [], [], 60.0)[0]:
                try:
                    printed += os.read(ours, 1 << 16)
                except OSError:  # how Linux says that the other end is closed
                    break
            running.wait(60)
    finally:
        os.close(ours)
    return printed


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colour_is_for_terminals_that_do_not_refuse_it(demo_files, tmp_path, environment, coloured) -> None:
    words = ["mix", "--vocal", demo_files["Lead Vocal"], "--backing", demo_files["Drums"], "--dry-run"]

    printed = on_a_terminal([str(word) for word in words], tmp_path, **environment)

    assert b"Lead Vocal (lead vocal)" in printed
    assert (b"\x1b[" in printed) is coloured

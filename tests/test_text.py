"""What people read: signs that mean something, and a line for each thing that is not as it should be."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from daw_bridge import mix, text
from daw_bridge.api import analyze_source
from daw_bridge.applying import Change
from daw_bridge.plan import UserChange
from daw_bridge.plugins import ReaEq
from daw_bridge.rendering import RenderResult
from daw_bridge.sources import ProjectSource


def change(field: str, planned: object, value: object) -> UserChange:
    return UserChange(guid="{1}", track="Lead", field=field, planned=planned, value=value)


KEPT = {
    "Lead: fader_db is -6.0206, where we had set 4.63 (--force sets it again)": change("fader_db", 4.63, -6.0206),
    "Lead: eq as you changed it (--force sets it again)": change("eq", ReaEq(bands=()), ReaEq(bands=())),
    "Lead: you took our verb out (--force puts it back)": change("verb", None, None),
}


@pytest.mark.parametrize("sentence", KEPT)
def test_each_change_that_was_kept_is_a_sentence(mixed_once, sentence) -> None:
    kept = KEPT[sentence]
    made = dataclasses.replace(mix(mixed_once / "Song.rpp"), kept=(kept,))
    applied = Change(action="applied", path=Path("a.rpp"), backup=None, tracks=("Lead",), kept=(kept,))

    (entry,) = text.mix_document(made, {})["kept"]
    assert entry == {"track": "Lead", "field": kept.field, "sentence": sentence}
    assert text.change_report(applied) == f"applied: a.rpp (Lead)\nkept: {sentence}"


def test_a_change_in_place_says_where_the_old_file_is() -> None:
    done = Change(action="reverted", path=Path("a.rpp"), backup=Path("a.rpp.bak"), tracks=("Lead", "Band"))

    assert text.change_report(done) == "reverted: a.rpp (Lead, Band)\nthe file as it was: a.rpp.bak"


def test_what_rounds_to_nothing_has_no_minus(mixed_once) -> None:
    session, analysis = analyze_source(ProjectSource(path=mixed_once / "Song.rpp"))
    level = dataclasses.replace(analysis, relative_loudness_lu=-0.04)

    assert "while it sings: +0.0 LU" in text.analysis_report(session, level)


@pytest.mark.parametrize(("peak", "clipped"), [(0.9, False), (1.0, False), (2.0, True)])
def test_a_render_that_clips_says_by_how_much(peak, clipped) -> None:
    done = RenderResult(path=Path("x.wav"), rate=44100, frames=100, peak=peak, warnings=("MIDI is not played.",))

    lines = text.render_report(done).splitlines()

    assert lines[0] == "note: MIDI is not played."
    assert lines[-1] == "wrote render: x.wav"
    assert any("+6.0 dBFS and is clipped" in line for line in lines) is clipped


def test_silence_has_no_peak_in_json() -> None:
    done = RenderResult(path=Path("x.wav"), rate=44100, frames=100, peak=0.0)

    assert text.render_document(done)["sample_peak_dbfs"] is None

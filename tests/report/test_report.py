"""The page as a file: whole, small, safe, and about the project as it stands."""

from __future__ import annotations

import base64
import dataclasses
import json
import re

import pytest
import soundfile

from daw_bridge import mix
from daw_bridge.applying import report_project
from daw_bridge.errors import OutputError, PlanError
from daw_bridge.plan import UserChange
from daw_bridge.plan_json import loads_plan
from daw_bridge.report import report_html
from daw_bridge.report.heard import hear
from daw_bridge.report.values import track_values

MOST_BYTES = 5_000_000


def test_a_page_is_small_and_asks_for_nothing(html) -> None:
    asked = re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', html)

    assert len(html.encode()) < MOST_BYTES / 2
    assert asked == []
    assert "@import" not in html
    assert "default-src &#x27;none&#x27;" in html


def test_the_plan_is_there_to_take_away(made, html) -> None:
    data = re.search(r'href="data:application/json;base64,([^"]+)"', html)[1]

    assert loads_plan(base64.b64decode(data).decode()) == made.plan


def test_every_value_of_every_track_is_there_with_its_reason(made) -> None:
    heard = hear(made, lambda stage, done: None)

    for track in heard.tracks:
        values = track_values(made, track)
        assert values[0].place == "Fader"
        assert all(value.value and value.why for value in values)


def test_what_was_set_by_hand_says_so(made) -> None:
    lead = made.plan.tracks[0]
    change = UserChange(guid=lead.guid, track=lead.name, field="comp.ratio", planned=3.8, value=6.0)
    heard = hear(made, lambda stage, done: None)

    values = track_values(dataclasses.replace(made, kept=(change,)), heard.tracks[0])

    (ratio,) = [value for value in values if value.name == "Ratio"]
    assert ratio.why == "You set 6 by hand; 3.8 was planned."


def test_an_evil_name_is_escaped_wherever_it_stands(page) -> None:
    text = page.read_text(encoding="utf-8")

    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    data = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.DOTALL)[1])
    assert len(data) > 10


def test_a_report_of_a_project_shows_what_the_user_moved_since(made, tmp_path) -> None:
    project = made.save(tmp_path / "Song.rpp")
    moved = re.sub(rb"VOLPAN [0-9.]+", b"VOLPAN 1", project.read_bytes(), count=1)
    project.write_bytes(moved)

    report_project(project, tmp_path / "Song.html")

    text = (tmp_path / "Song.html").read_text(encoding="utf-8")
    assert "fader 0.0 → 0.0 dB" in text
    assert "You set 0 by hand" in text


def test_a_project_without_a_mix_says_to_mix_first(made, tmp_path) -> None:
    project = made.save(tmp_path / "Song.rpp")
    text = re.sub(rb"<DAW_BRIDGE.*?>", b"", project.read_bytes(), flags=re.DOTALL)
    project.write_bytes(text)

    with pytest.raises(PlanError, match="no mix of DAW Bridge") as error:
        report_project(project, tmp_path / "Song.html")

    assert "daw-bridge mix" in error.value.hint
    assert not (tmp_path / "Song.html").exists()


def test_no_file_is_overwritten_without_force_and_no_input_ever(made, tmp_path) -> None:
    project = made.save(tmp_path / "Song.rpp")
    (tmp_path / "Song.html").write_text("mine")

    with pytest.raises(OutputError, match="already exists"):
        report_project(project, tmp_path / "Song.html")
    with pytest.raises(OutputError, match=r"written as \.html"):
        report_project(project, project, force=True)

    assert (tmp_path / "Song.html").read_text() == "mine"


@pytest.fixture(scope="module")
def short(demo_files, tmp_path_factory):
    """Two files of 5 s: a vocal and its backing."""
    folder = tmp_path_factory.mktemp("short")
    for name in ("Lead Vocal", "Drums"):
        samples, rate = soundfile.read(demo_files[name], dtype="float32", start=10 * 44100, frames=5 * 44100)
        soundfile.write(folder / f"{name}.wav", samples, rate)
    return folder


def test_the_excerpt_of_a_short_song_is_all_of_it(short) -> None:
    text = report_html(mix(vocals=short / "Lead Vocal.wav", backings=short / "Drums.wav"))

    assert "5 s around the vocal&#x27;s loudest phrase (0:00.0 to 0:05.0)" in text


def test_a_vocal_alone_has_no_backing_to_be_compared_with(short) -> None:
    text = report_html(mix(vocals=short / "Lead Vocal.wav"))

    assert "Backing loudness" not in text
    assert "There is no backing to compare with." in text


def test_a_muted_song_is_silent_and_has_no_infinite_numbers(short) -> None:
    project = mix(vocals=short / "Lead Vocal.wav", backings=short / "Drums.wav").save(short / "Song.rpp")
    project.write_bytes(project.read_bytes().replace(b"MASTERMUTESOLO 0", b"MASTERMUTESOLO 1"))

    report_project(project, short / "Song.html")

    text = (short / "Song.html").read_text(encoding="utf-8")
    assert "Nothing is heard" in text
    assert "<b>silent</b>" in text
    assert "−inf" not in text

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from daw_bridge.errors import PresetError
from daw_bridge.presets import ASPECTS, RANGES, list_presets, load_preset
from predictors.decide import Preset

PROMISED = {"natural", "pop", "rock", "ballad", "rap", "country", "metal", "karaoke", "spoken"}


@pytest.fixture
def write(tmp_path: Path):
    def write_preset(text: str) -> str:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write_preset


def test_all_promised_presets_are_there_and_the_default_is_first():
    presets = list_presets()

    assert {preset.name for preset in presets} >= PROMISED
    assert presets[0].name == "natural"


def test_every_preset_has_a_description_of_one_line_that_no_other_has():
    descriptions = [preset.description for preset in list_presets()]

    assert all(text.endswith(".") and "\n" not in text and len(text) < 100 for text in descriptions)
    assert len(set(descriptions)) == len(descriptions)


def test_natural_adds_nothing_and_names_every_key():
    natural = load_preset("natural")

    assert natural == Preset(name="natural", description=natural.description)
    text = (Path(__file__).parents[1] / "presets" / "natural.toml").read_text(encoding="utf-8")
    for style in ASPECTS.values():
        for field in dataclasses.fields(style):
            assert field.name in text


def test_styles_are_as_loud_as_the_charts_have_them():
    loudness = {preset.name: preset.level.relative_loudness_lu for preset in list_presets()}

    assert loudness["country"] >= loudness["rap"] >= loudness["pop"] > 0.0 >= loudness["rock"] > loudness["metal"]


def test_a_speaker_gets_no_reverb():
    assert load_preset("spoken").reverb.amount == 0.0


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_number_of_a_preset_lies_in_its_range(name):
    preset = load_preset(name)

    for aspect in ASPECTS:
        for key, value in dataclasses.asdict(getattr(preset, aspect)).items():
            if key != "predictor":
                low, high = RANGES[key]
                assert low <= value <= high


def test_every_number_that_a_preset_can_have_has_a_range():
    keys = {field.name for style in ASPECTS.values() for field in dataclasses.fields(style)}

    assert keys - {"predictor"} == set(RANGES)


def test_a_path_is_read_and_gives_the_name(write):
    path = write('description = "Mine."\n[level]\nrelative_loudness_lu = 3\n[eq]\npredictor = "rules"\n')

    preset = load_preset(path)

    assert preset.name == "mine"
    assert preset.level.relative_loudness_lu == 3.0
    assert preset.eq.predictor == "rules"
    assert preset.reverb == Preset(name="", description="").reverb


def test_an_unknown_name_lists_the_presets_and_the_nearest():
    with pytest.raises(PresetError, match=r"'ballade'.*natural.*pop") as caught:
        load_preset("ballade")

    assert "Did you mean ballad?" in caught.value.hint


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PresetError, match=r"none\.toml cannot be read"):
        load_preset(str(tmp_path / "none.toml"))


def test_a_folder_is_not_a_preset(tmp_path):
    with pytest.raises(PresetError, match="cannot be read"):
        load_preset(f"{tmp_path}/")


def test_what_is_not_toml_is_refused_with_its_line(write):
    with pytest.raises(PresetError, match=r"not valid TOML.*line 2"):
        load_preset(write('description = "x"\n[level\n'))


def test_a_key_given_twice_is_refused(write):
    with pytest.raises(PresetError, match="not valid TOML"):
        load_preset(write('description = "x"\n[level]\namount = 1\namount = 2\n'))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00d")

    with pytest.raises(PresetError, match="UTF-8"):
        load_preset(str(path))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("[reverb]\nwet_lufs = 1", r"unknown key reverb\.wet_lufs\. Did you mean wet_lu\? Allowed are predictor, "),
        ("[compressor]\namount = 1", r"unknown key compressor\. Allowed are description, level, eq"),
        ("[level]\nrelative_loudness_lu = 9", r"level\.relative_loudness_lu is 9, but must be from -6 to 6"),
        ("[eq]\namount = -1", r"eq\.amount is -1, but must be from 0 to 100"),
        ("[eq]\namount = nan", r"eq\.amount is nan, but must be from 0 to 100"),
        ('[eq]\namount = "much"', r"eq\.amount is 'much', but must be a number from 0 to 100"),
        ("[eq]\namount = true", r"eq\.amount is True, but must be a number"),
        ('[reverb]\npredictor = "learnt"', r"reverb\.predictor is 'learnt', but must be one of engineers, rules"),
        ("[reverb]\npredictor = 3", r"reverb\.predictor is 3, but must be one of"),
        ("[reverb]\npredictor = []", r"reverb\.predictor is \[\], but must be one of"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(write, body, says):
    path = write(f'description = "x"\n{body}\n')

    with pytest.raises(PresetError, match=says) as caught:
        load_preset(path)

    assert path in caught.value.message


def test_an_aspect_that_is_no_table_is_refused(write):
    with pytest.raises(PresetError, match=r"eq is a table: write \[eq\]"):
        load_preset(write('description = "x"\neq = 3\n'))


@pytest.mark.parametrize("text", ["", "description = 3"])
def test_a_description_is_asked_for(write, text):
    with pytest.raises(PresetError, match="description is missing"):
        load_preset(write(text))


def test_all_mistakes_are_told_at_once(write):
    with pytest.raises(PresetError) as caught:
        load_preset(write("[eq]\namount = 200\nbrightnes_db = 1\n"))

    assert "description" in caught.value.message
    assert "200" in caught.value.message
    assert "Did you mean brightness_db?" in caught.value.message

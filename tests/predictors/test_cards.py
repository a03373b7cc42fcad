"""Cards say what they were told, and refuse what is none."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from predictors.cards import (
    MODELS,
    Card,
    DataSet,
    Metric,
    ModelError,
    Output,
    card_document,
    card_path,
    check_features,
    parse_card,
    read_card,
    read_index,
)
from predictors.features import FEATURES_TAG

METRIC = Metric(name="MAE", unit="dB", value=1.0, low=0.8, high=1.3, baselines={"constant": 2.0, "rule": 1.5})
CARD = Card(
    task="range",
    features="mel-7-abc",
    inputs=("vocal",),
    outputs=(Output(name="range_change_db", unit="dB"),),
    data=(DataSet(name="voices: müller", licence="CC BY-SA 3.0", items=3),),
    held_out=("sodium",),
    seed=1,
    examples=100,
    steps=20,
    parameters=1234,
    metrics=(METRIC,),
    shipped=True,
    why="MAE 1 dB",
)


def test_a_card_comes_back_from_its_file(tmp_path):
    path = card_path(tmp_path / "range.onnx")
    path.write_text(json.dumps(card_document(CARD)), encoding="utf-8")

    assert path.name == "range.json"
    assert read_card(path) == CARD


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"seed": None, "more": 1}, {"outputs": [{"name": "x"}]}, {"metrics": 3}]
)
def test_what_is_no_card_is_refused(tmp_path, change):
    path = tmp_path / "range.json"
    path.write_text(json.dumps(card_document(CARD) | change), encoding="utf-8")

    with pytest.raises(ModelError, match=r"range\.json is not the card of a network"):
        read_card(path)


@pytest.mark.parametrize("text", ["", "[1]", "{}", "nonsense"])
def test_a_broken_file_is_refused(tmp_path, text):
    path = tmp_path / "card.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ModelError, match=r"card\.json"):
        read_card(path)
    with pytest.raises(ModelError, match=r"nowhere\.json"):
        read_card(tmp_path / "nowhere.json")
    with pytest.raises(ModelError, match=r"index\.json"):
        read_index(tmp_path)


def test_other_features_are_refused_by_both_names():
    with pytest.raises(ModelError, match=r"'mel-7-abc'.*'mel-8-def'"):
        check_features(CARD, "mel-8-def")

    check_features(CARD, "mel-7-abc")


def test_a_network_beats_all_only_if_it_is_surely_better_than_every_baseline():
    assert METRIC.beats_all
    assert not dataclasses.replace(METRIC, value=1.6, high=1.8).beats_all
    assert not dataclasses.replace(METRIC, high=1.5).beats_all
    correlation = dataclasses.replace(
        METRIC, more_is_better=True, value=0.6, low=0.55, high=0.7, baselines={"constant": 0.0, "rule": 0.5}
    )
    assert correlation.beats_all
    assert not dataclasses.replace(correlation, low=0.45).beats_all


def shipped() -> list[Path]:
    return sorted(MODELS.glob("*.onnx"))


def test_every_network_that_is_shipped_is_small_fits_the_features_and_beats_the_rules():
    cards = {card.task: card for card in read_index(MODELS)}

    for path in shipped():
        card = read_card(card_path(path))
        assert path.stat().st_size < 2e6
        check_features(card, FEATURES_TAG)
        assert card == cards[path.stem]
        assert card.shipped
        assert all(metric.beats_all for metric in card.metrics)
        assert all(data.licence for data in card.data)


def test_the_index_gives_the_numbers_of_what_is_left_out_too():
    for card in read_index(MODELS):
        assert card.shipped == (MODELS / f"{card.task}.onnx").exists()
        assert card.shipped == all(metric.beats_all for metric in card.metrics)
        assert card.why
        assert all(math.isfinite(value) for metric in card.metrics for value in metric.baselines.values())


def test_a_document_with_a_key_too_few_is_no_card():
    document = card_document(CARD)
    del document["why"]

    with pytest.raises(TypeError):
        parse_card(document)

"""Training from beginning to end, on a few made-up voices, rooms and songs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import soundfile

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("onnx", reason="needs the extra train")

import torch

from predictors.cards import ModelError, check_features, read_card, read_index
from predictors.features import FEATURE_COUNT, FEATURES_TAG, section_slice
from predictors.training.baselines import average_spectrum, constant, nothing, usual_range
from predictors.training.datasets import Dataset, open_dataset
from predictors.training.examples import Examples, collect
from predictors.training.fitting import curve_path
from predictors.training.recipes import RECIPES
from predictors.training.scores import mean_absolute_error
from predictors.training.split import split
from predictors.training.tasks import make_tasks
from predictors.training.train import Trainer, train, write

RATE = 44100
RANGE = dataclasses.replace(
    RECIPES["range"], examples=20, fitting=dataclasses.replace(RECIPES["range"].fitting, steps=20, check_every=10)
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three voices, one for each part of the split."""
    voices = tmp_path_factory.mktemp("data") / "voices"
    voices.mkdir()
    times = np.arange(8 * RATE) / RATE
    for number, name in enumerate(("hydrogen", "rubidium", "sodium")):
        rng = np.random.default_rng(number)
        pitch = 150.0 * (1.0 + 0.2 * number) * (1.0 + 0.02 * np.sin(2 * np.pi * 5 * times))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        voice = sum(np.sin(n * phase) / n for n in range(1, 12)) + 0.05 * rng.standard_normal(times.size)
        loud = np.interp(times, np.arange(9), rng.uniform(0.01, 1.0, 9)) ** 1.5
        soundfile.write(voices / f"{name}.wav", 0.2 * voice * loud, RATE)
    return voices


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return open_dataset(folder)


def no_progress(stage: str, done: float) -> None:
    pass


def trainer(folder: Path, *, resume: bool = False) -> Trainer:
    return Trainer(seed=3, folder=folder, resume=resume, progress=no_progress)


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def test_a_network_comes_with_a_card_that_says_what_it_is_and_how_good(dataset, tmp_path):
    said: list[tuple[str, float]] = []
    told = Trainer(seed=3, folder=tmp_path, resume=False, progress=lambda stage, done: said.append((stage, done)))

    trained = train(RANGE, dataset, told)

    card = trained.card
    assert (card.task, card.features, card.inputs, card.seed) == ("range", FEATURES_TAG, ("vocal",), 3)
    assert [(output.name, output.unit) for output in card.outputs] == [("range_change_db", "dB")]
    assert card.held_out == ("sodium",)
    assert "hydrogen" in card.data[0].name
    assert set(card.metrics[0].baselines) == {"constant", "doing nothing", "average range"}
    assert card.shipped == card.metrics[0].beats_all
    assert len(curve_path(tmp_path / "range.pt").read_text().splitlines()) == 2
    assert any("example" in stage for stage, _ in said)
    session = onnxruntime.InferenceSession(trained.onnx, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["outputs"], {"features": np.zeros((1, FEATURE_COUNT), np.float32)})
    assert answer.shape == (1, 1)


def test_training_again_from_the_same_seed_gives_the_same_file(dataset, tmp_path):
    first = train(RANGE, dataset, trainer(tmp_path / "1"))
    again = train(RANGE, dataset, trainer(tmp_path / "2"))

    assert first.onnx == again.onnx
    assert first.card == again.card


def test_collecting_that_was_stopped_goes_on_with_what_there_is(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("predictors.training.examples.SHARD", 3)
    task = make_tasks(dataset, vary=True)["range"]

    def stop(stage: str, done: float) -> None:
        if "example 5" in stage:
            raise KeyboardInterrupt

    def collected(folder: Path, progress=no_progress) -> Examples:
        return collect(task, 8, seed=1, part="train", folder=folder, progress=progress)

    whole = collected(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        collected(tmp_path / "stopped", stop)
    kept = {path.name for path in (tmp_path / "stopped").iterdir()}
    resumed = collected(tmp_path / "stopped")

    assert kept == {"train-0-3.npz"}
    assert len(resumed) == 8
    np.testing.assert_array_equal(resumed.features, whole.features)
    np.testing.assert_array_equal(resumed.targets, whole.targets)


def test_the_parts_of_the_split_get_other_examples_of_one_seed(dataset, tmp_path):
    task = make_tasks(dataset, vary=True)["range"]

    train_part, valid_part = (
        collect(task, 2, seed=1, part=part, folder=tmp_path, progress=no_progress) for part in ("train", "valid")
    )

    assert not np.array_equal(train_part.targets, valid_part.targets)


def test_a_network_that_beats_nothing_is_left_out_but_listed(dataset, tmp_path):
    trained = train(RANGE, dataset, trainer(tmp_path / "work"))
    worse, better = (
        dataclasses.replace(trained, card=dataclasses.replace(trained.card, shipped=shipped))
        for shipped in (False, True)
    )

    write(better, tmp_path, put)
    assert (tmp_path / "range.onnx").read_bytes() == trained.onnx
    check_features(read_card(tmp_path / "range.json"), FEATURES_TAG)
    with pytest.raises(ModelError, match="train it again"):
        check_features(read_card(tmp_path / "range.json"), "mel-9-0")
    other = dataclasses.replace(better.card, task="other", shipped=False)
    write(dataclasses.replace(better, card=other), tmp_path, put)
    write(worse, tmp_path, put)

    assert not (tmp_path / "range.onnx").exists()
    assert not (tmp_path / "range.json").exists()
    assert [(card.task, card.shipped) for card in read_index(tmp_path)] == [("other", False), ("range", False)]
    assert json.loads((tmp_path / "index.json").read_text())["networks"]


def test_the_rules_know_what_they_are_for():
    rng = np.random.default_rng(1)
    features = np.zeros((40, FEATURE_COUNT), np.float32)
    tilt = np.linspace(-6.0, 6.0, 64)
    features[20:, section_slice("tone")][:, :64] += tilt.astype(np.float32)
    movement = section_slice("movement").start
    ranges = rng.uniform(8.0, 20.0, 40)
    levels = features[:, movement + 51 : movement + 68]
    levels[:, 14] = ranges  # the 95th percentile of active blocks of four frames; the 10th is 0
    examples = Examples(
        features=features,
        targets=(ranges - 14.0)[:, None].astype(np.float32),
        weights=np.ones((40, 1), np.float32),
        groups=("a",) * 40,
    )
    curves = dataclasses.replace(examples, targets=np.zeros((40, 23), np.float32))

    np.testing.assert_allclose(usual_range(examples, examples), examples.targets, atol=1e-4)
    assert not nothing(curves, curves).any()
    assert constant(mean_absolute_error)(examples, examples)[0, 0] == pytest.approx(
        np.median(ranges) - 14.0, abs=1e-3
    )
    said = average_spectrum(curves, curves)
    assert np.abs(said.mean(axis=1)).max() < 1e-6
    difference = said[30] - said[0]
    assert difference[-1] - difference[0] == pytest.approx(11.0, abs=1.5)
    assert (np.diff(difference) > 0).all()


def test_the_shipped_recipes_find_their_tasks_in_any_data(shared):
    parts = split(open_dataset(shared / "data"))

    for part in (parts.train, parts.valid, parts.held_out):
        tasks = make_tasks(part, vary=False)
        for recipe in RECIPES.values():
            names = [output.name for output in tasks[recipe.task].outputs]
            assert set(recipe.outputs) <= set(names)
            assert recipe.network.outputs == len(recipe.outputs or names)
            assert recipe.network.inputs == len(tasks[recipe.task].inputs)

"""`daw-bridge train`: what it asks for, refuses, resumes and writes."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 44100


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three voices of noise in bursts, one for each part of the split."""
    folder = tmp_path_factory.mktemp("data") / "voices"
    folder.mkdir()
    for number, name in enumerate(("hydrogen", "rubidium", "sodium")):
        rng = np.random.default_rng(number)
        loud = np.repeat(rng.uniform(0.003, 0.3, 70), RATE // 10)
        soundfile.write(folder / f"{name}.wav", rng.standard_normal(loud.size) * loud, RATE)
    return folder


def test_without_torch_it_says_what_to_install(command, tmp_path, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else find_spec(name, *rest)
    )

    ran = command("train", "eq", tmp_path, "-o", tmp_path / "models")

    assert ran.code == 1
    assert "needs torch" in ran.err
    assert 'pip install "daw-bridge[train]"' in ran.err
    assert not (tmp_path / "models").exists()


def test_a_network_or_a_data_set_that_there_is_not_is_named(command, tmp_path):
    pytest.importorskip("torch", reason="needs the extra train")

    unknown = command("train", "compressor", tmp_path, "-o", tmp_path / "models")
    nowhere = command("train", "eq", tmp_path / "nowhere", "-o", tmp_path / "models")
    empty = command("train", "eq", tmp_path, "-o", tmp_path / "models")

    assert unknown.code == 2
    assert "compressor" in unknown.err
    assert (nowhere.code, empty.code) == (1, 1)
    assert "nowhere" in nowhere.err
    assert "holds no data set" in empty.err
    assert not (tmp_path / "models").exists()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of the examples, in a few steps."""
    pytest.importorskip("torch", reason="needs the extra train")
    pytest.importorskip("onnx", reason="needs the extra train")
    import dataclasses

    from predictors.training import recipes

    small = dataclasses.replace(
        recipes.RANGE, examples=20, fitting=dataclasses.replace(recipes.RANGE.fitting, steps=10, check_every=5)
    )
    monkeypatch.setitem(recipes.RECIPES, "range", small)


def test_training_writes_the_index_refuses_to_overwrite_and_is_resumed_only_as_it_began(
    command, voices, tmp_path, tiny
):
    models = tmp_path / "models"

    first = command("train", "range", voices, "-o", models)
    assert first.code == 0, first.err
    assert first.out.startswith("range: ")
    index = json.loads((models / "index.json").read_text())
    assert [card["task"] for card in index["networks"]] == ["range"]
    assert (models / "range.onnx").exists() == index["networks"][0]["shipped"]

    for model in models.glob("*.onnx"):
        model.unlink()
    again = command("train", "range", voices, "-o", models)
    other = command("train", "range", voices, "-o", models, "--resume", "--seed", "7")
    resumed = command("train", "range", voices, "-o", models, "--resume")

    assert again.code == 1
    assert "already exists" in again.err
    assert "--resume" in again.err
    assert other.code == 1
    assert "seed 0, not 7" in other.err
    assert resumed.code == 0, resumed.err
    assert resumed.out == first.out
    assert json.loads((models / "index.json").read_text()) == index


def test_what_was_never_begun_cannot_be_resumed(command, voices, tmp_path, tiny):
    ran = command("train", "range", voices, "-o", tmp_path / "models", "--resume")

    assert ran.code == 1
    assert "no training was stopped there" in ran.err


def test_data_without_material_for_a_network_is_named(command, voices, tmp_path, tiny):
    ran = command("train", "level", voices, "-o", tmp_path / "models")

    assert ran.code == 1
    assert "too little for 'level'" in ran.err
    assert not (tmp_path / "models").exists()


def test_a_recording_that_cannot_be_read_leaves_nothing_in_the_way_of_the_next_try(command, voices, tmp_path, tiny):
    broken = tmp_path / "voices"
    shutil.copytree(voices, broken)
    (broken / "sodium.wav").write_bytes(b"no audio")
    (broken / "hydrogen.wav").write_bytes(b"no audio")

    ran = command("train", "range", broken, "-o", tmp_path / "models")

    assert ran.code == 1
    assert "hydrogen.wav cannot be read as audio" in ran.err
    assert not (tmp_path / "models").exists()


def test_an_empty_folder_of_the_users_stays_where_there_is_nothing_to_learn_from(command, tmp_path):
    (tmp_path / "mine").mkdir()

    assert command("train", "eq", tmp_path / "mine", "-o", tmp_path / "mine").code == 1
    assert (tmp_path / "mine").is_dir()


def test_networks_go_into_a_folder(command, voices, tmp_path, tiny):
    (tmp_path / "models").write_text("mine")

    ran = command("train", "range", voices, "-o", tmp_path / "models")

    assert ran.code == 1
    assert "models is a file" in ran.err
    assert (tmp_path / "models").read_text() == "mine"

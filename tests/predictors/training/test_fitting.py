"""Fitting networks, on tasks made up so that an answer exists."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra train")

import torch

from predictors.features import FEATURE_COUNT, section_slice
from predictors.training.examples import Examples
from predictors.training.fitting import Fitting, curve_path, fit
from predictors.training.networks import Network, answers, parameter_count

NETWORK = Network(sections=("movement",), outputs=1, widths=(16,), members=2)
FITTING = Fitting(steps=60, batch=32, check_every=20)


def examples(count: int, seed: int, outputs: int = 1) -> Examples:
    """The targets are sums of a few features; groups are of very different sizes."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((count, FEATURE_COUNT), np.float32)
    movement = section_slice("movement")
    targets = np.stack([features[:, movement][:, n : n + 3].sum(axis=1) for n in range(outputs)], axis=1)
    return Examples(
        features=features,
        targets=3.0 * targets + 20.0,
        weights=np.ones((count, outputs), np.float32),
        groups=tuple("many" if n % 8 else "few" for n in range(count)),
    )


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def no_progress(stage: str, done: float) -> None:
    pass


def fitted(
    path: Path, fitting: Fitting = FITTING, *, network: Network = NETWORK, seed: int = 1, resume: bool = False
):
    return fit(
        network,
        fitting,
        examples(400, 1, network.outputs),
        examples(100, 2, network.outputs),
        seed=seed,
        checkpoint=path,
        resume=resume,
        progress=no_progress,
    )


def same(first, second) -> bool:
    return all(torch.equal(first.tensors[name], second.tensors[name]) for name in first.tensors)


def losses(checkpoint: Path) -> list[float]:
    lines = curve_path(checkpoint).read_text().splitlines()
    return [json.loads(line)["validation"] for line in lines]


def test_a_short_training_halves_the_loss_on_examples_that_it_has_not_seen(tmp_path):
    fitted(tmp_path / "state.pt", dataclasses.replace(FITTING, steps=400, learning_rate=3e-3))

    curve = losses(tmp_path / "state.pt")
    assert len(curve) == 20
    assert min(curve) < 0.5 * curve[0]


def test_the_same_seed_gives_the_same_network_and_another_seed_another(tmp_path):
    first, again = fitted(tmp_path / "1.pt"), fitted(tmp_path / "2.pt")
    other = fitted(tmp_path / "3.pt", seed=2)

    assert same(first, again)
    assert losses(tmp_path / "1.pt") == losses(tmp_path / "2.pt")
    assert not same(first, other)


class StopError(Exception):
    pass


def test_training_that_was_stopped_and_resumed_ends_as_if_it_had_not(tmp_path):
    def stop_after_two(stage: str, done: float) -> None:
        if done > 0.5:
            raise StopError

    whole = fitted(tmp_path / "whole.pt")
    with pytest.raises(StopError):
        fit(
            NETWORK,
            FITTING,
            examples(400, 1),
            examples(100, 2),
            seed=1,
            checkpoint=tmp_path / "stopped.pt",
            progress=stop_after_two,
        )
    assert torch.load(tmp_path / "stopped.pt", weights_only=True)["step"] == 40
    resumed = fitted(tmp_path / "stopped.pt", resume=True)

    assert same(whole, resumed)
    assert losses(tmp_path / "whole.pt") == losses(tmp_path / "stopped.pt")


def test_what_has_no_weight_is_not_learned(tmp_path):
    data = examples(400, 1, outputs=2)
    data.weights[:, 1] = 0.0
    network = dataclasses.replace(NETWORK, outputs=2, dropout=0.0)
    fitting = dataclasses.replace(FITTING, steps=300, learning_rate=3e-3, weight_decay=0.0)

    best = fit(network, fitting, data, data, seed=1, checkpoint=tmp_path / "s.pt", progress=no_progress)

    said = answers(network, best.tensors, torch.from_numpy(data.features)).mean(dim=0).numpy()
    known, unknown = np.abs(said - data.targets).mean(axis=0)
    assert known < 0.3 * unknown


def test_convolutions_over_frequency_learn_where_in_the_spectrum_something_is(tmp_path):
    rng = np.random.default_rng(1)
    at = rng.integers(8, 56, 600)
    features = rng.standard_normal((600, FEATURE_COUNT), np.float32)
    features[:, section_slice("tone")][:, :64] += 8.0 * np.exp(-0.5 * (np.arange(64) - at[:, None]) ** 2)
    told = Examples(
        features=features,
        targets=at[:, None].astype(np.float32),
        weights=np.ones((600, 1), np.float32),
        groups=("one",) * 600,
    )
    network = Network(sections=("tone",), outputs=1, widths=(), channels=(4, 4), members=2, dropout=0.0)
    fitting = Fitting(steps=250, batch=64, learning_rate=3e-3)

    best = fit(network, fitting, told, told, seed=1, checkpoint=tmp_path / "s.pt", progress=no_progress)

    said = answers(network, best.tensors, torch.from_numpy(features)).mean(dim=0).numpy()[:, 0]
    assert np.abs(said - at).mean() < 3.0
    assert parameter_count(network, best.tensors) == 2 * (9 * 4 * 7 + 4 + 4 * 4 * 7 + 4 + 4 * 64 + 1)

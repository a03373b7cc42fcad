"""The ONNX file says what the trained network says."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("onnx", reason="needs the extra train")

import onnxruntime
import torch

from predictors.features import BANDS, FEATURE_COUNT, TONE_ROWS
from predictors.training.export import onnx_bytes
from predictors.training.networks import Network, answers, make

NETWORKS = {
    "one section": Network(sections=("movement",), outputs=1),
    "two sections": Network(sections=("decay", "tone"), outputs=2, widths=(32,), members=3),
    "two inputs": Network(sections=("tone",), outputs=1, inputs=2, widths=(16, 16)),
    "convolutions": Network(sections=("tone",), outputs=23, channels=(8, 6), widths=(32,)),
    "convolutions and nothing more": Network(sections=("tone",), outputs=3, channels=(8,), widths=(), members=1),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_the_file_says_what_the_members_say_together(network):
    rng = np.random.default_rng(1)
    features = 10.0 * rng.standard_normal((50, network.inputs * FEATURE_COUNT)).astype(np.float32) - 5.0
    targets = 7.0 * rng.standard_normal((50, network.outputs)).astype(np.float32) - 3.0
    tensors = make(network, features, targets, seed=3)

    session = onnxruntime.InferenceSession(onnx_bytes(network, tensors), providers=["CPUExecutionProvider"])
    (said,) = session.run(["outputs"], {"features": features})

    wanted = answers(network, tensors, torch.from_numpy(features)).mean(dim=0).numpy()
    assert np.ptp(wanted) > 1.0
    assert said.shape == (50, network.outputs)
    np.testing.assert_allclose(said, wanted, atol=1e-4)


def test_the_columns_are_those_of_the_sections_of_every_input():
    network = NETWORKS["two inputs"]

    assert len(network.columns) == 2 * TONE_ROWS * BANDS
    assert set(network.columns) == {n + start for start in (0, FEATURE_COUNT) for n in range(TONE_ROWS * BANDS)}

"""How fast recordings are described and networks asked: `pytest tests/benchmarks` prints the factors."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import onnxruntime

from predictors.cards import MODELS
from predictors.features import describe

RATE = 44100
SECONDS = 240


def test_describing_a_voice_and_asking_every_network_is_a_thousand_times_as_fast_as_it_sounds(capsys):
    rng = np.random.default_rng(1)
    loud = np.repeat(rng.uniform(0.01, 1.0, SECONDS * 5), RATE // 5).astype(np.float32)
    voice = (rng.standard_normal(SECONDS * RATE, np.float32) * loud)[None]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    paths = sorted(path for path in MODELS.glob("*.onnx"))
    networks = [onnxruntime.InferenceSession(path.read_bytes(), options) for path in paths]

    def heard() -> None:
        vector = describe(voice, RATE)
        for network in networks:
            inputs = network.get_inputs()[0].shape[-1] // vector.size
            network.run(["outputs"], {"features": np.tile(vector, inputs)[None]})

    def processor_seconds() -> float:
        start = time.process_time()  # other work on the machine does not count
        heard()
        return time.process_time() - start

    heard()
    factor = SECONDS / median(processor_seconds() for _ in range(5))
    with capsys.disabled():
        print(f"\n  features and {len(networks)} networks: {factor:.0f} times as fast as it sounds", end="")

    assert factor > 1000

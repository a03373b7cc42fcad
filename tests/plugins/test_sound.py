"""What all three processors have in common."""

from __future__ import annotations

import numpy as np
import pytest

from daw_bridge.plugins import Band, ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.sound import make_processor, process_all

CHAIN: list[Settings] = [
    ReaEq(bands=(Band(frequency_hz=1000.0, gain_db=6.0),)),
    ReaComp(threshold_db=-30.0, pre_comp_ms=5.0),
    ReaVerbate(),
]


@pytest.mark.parametrize("settings", CHAIN, ids=lambda settings: type(settings).__name__)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_a_processor_keeps_the_number_of_frames_and_the_format(
    settings: Settings, channels: int, rate: int
) -> None:
    samples = 0.1 * np.random.default_rng(0).standard_normal((channels, 5000), dtype=np.float32)
    before = samples.copy()

    output = make_processor(settings, rate, channels).process(samples)

    assert output.shape == (2 if isinstance(settings, ReaVerbate) else channels, 5000)
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    assert (samples == before).all()


@pytest.mark.parametrize("settings", CHAIN, ids=lambda settings: type(settings).__name__)
def test_the_whole_at_once_is_in_time_with_its_input(settings: Settings) -> None:
    samples = np.zeros((1, 5000), np.float32)
    samples[0, 1000] = 0.9

    output = process_all(settings, samples, 48000)

    assert output.shape[1] == 5000
    assert int(np.argmax(np.abs(output[0]))) == 1000


@pytest.mark.parametrize("settings", CHAIN, ids=lambda settings: type(settings).__name__)
def test_a_block_may_be_empty(settings: Settings) -> None:
    processor = make_processor(settings, 48000, 2)

    assert processor.process(np.zeros((2, 0), np.float32)).shape == (2, 0)

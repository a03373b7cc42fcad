from __future__ import annotations

import numpy as np
import pytest

from daw_bridge.audio import Samples
from daw_bridge.matching.dynamics import Trajectory, fit_comp, moved_db
from daw_bridge.matching.estimates import over_blocks
from daw_bridge.matching.products import Grid, counts, inner_products, octave_edges
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.sound import process_all

RATE = 44100
GRID = Grid(frame_s=0.023, pooled=1, edges_hz=octave_edges(60.0, 16000.0, 1))


@pytest.fixture(scope="module")
def phrases() -> Samples:
    rng = np.random.default_rng(5)
    levels = np.repeat(10.0 ** (rng.uniform(-40.0, -6.0, 40) / 20.0), RATE // 8)
    return (levels * rng.standard_normal(levels.size))[None].astype(np.float32)


def measured(dry: Samples, made: Samples) -> Trajectory:
    found = over_blocks(inner_products([dry[0], made[0]], RATE, GRID)[None], counts(GRID, RATE))
    return Trajectory(gain_db=found.gain_db[0], error_db=np.hypot(found.error_db[0], 0.3), grid=GRID)


def test_the_control_path_at_its_low_rate_is_what_is_heard(phrases: Samples) -> None:
    comp = ReaComp(threshold_db=-24.0, ratio=4.0, attack_ms=10.0, release_ms=120.0, rms_ms=5.0)

    heard = measured(phrases, process_all(comp, phrases, RATE))

    off = moved_db(comp, phrases, RATE, GRID, heard.gain_db.size) - heard.gain_db
    assert np.sqrt(np.mean(np.square(off[2:-2]))) < 0.3


def test_a_compressor_is_found_from_the_gain_over_time(phrases: Samples) -> None:
    comp = ReaComp(threshold_db=-24.0, ratio=4.0, attack_ms=10.0, release_ms=120.0, rms_ms=5.0)

    found = fit_comp(phrases, RATE, measured(phrases, 0.5 * process_all(comp, phrases, RATE)))

    assert found.comp is not None
    assert found.gain_db == pytest.approx(-6.02, abs=0.3)
    assert found.comp.threshold_db == pytest.approx(-24.0, abs=2.0)
    assert found.comp.ratio == pytest.approx(4.0, rel=0.25)
    assert found.comp.release_ms == pytest.approx(120.0, rel=0.25)


def test_a_steady_gain_needs_no_compressor(phrases: Samples) -> None:
    found = fit_comp(phrases, RATE, measured(phrases, 2.0 * phrases))

    assert found.comp is None
    assert found.gain_db == pytest.approx(6.02, abs=0.01)


def test_digital_silence_says_nothing_about_a_gain(phrases: Samples) -> None:
    dry = np.pad(phrases[:, : 2 * RATE], ((0, 0), (RATE, 0)))

    heard = measured(dry, 0.5 * dry)

    assert heard.error_db[:40].min() > 50.0
    assert fit_comp(dry, RATE, heard).comp is None

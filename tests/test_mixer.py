"""Pan laws, pan modes, width and sends, against what was measured on REAPER's own renders.

Golden values: REAPER 7.82, tones at -20.0 dBFS a channel, levels read to 0.1 dB ("REAPER's pan, measured",
github, 2026-10-08 to 10).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.decibels import amplitude
from daw_bridge.mixer import Matrix, balance_gains, fader_matrix, send_matrix
from daw_bridge.session import Fader, PanMode, Send

SILENT = -math.inf


def level_db(gain: float) -> float:
    return 20.0 * math.log10(abs(gain)) if abs(gain) > 1e-9 else SILENT


def levels_db(matrix: Matrix, left: float, right: float) -> tuple[float, float]:
    """Levels of both outputs when these amplitudes, of different tones, come in: the louder tone counts."""
    out = matrix.apply(np.array([[left], [right]], np.float32))[:, 0]
    return level_db(float(out[0])), level_db(float(out[1]))


def close_db(got: tuple[float, float], expected: tuple[float, float]) -> bool:
    return all(a == b or abs(a - b) <= 0.06 for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize(
    ("pan", "law_db", "expected"),
    [
        (0.0, 0.0, (0.0, 0.0)),
        (-0.5, 0.0, (0.0, -6.0)),
        (-0.6, 0.0, (0.0, -8.0)),
        (-1.0, 0.0, (0.0, SILENT)),
        (0.5, 0.0, (-6.0, 0.0)),
        (0.4, 0.0, (-4.4, 0.0)),
        (0.0, -3.0, (-3.0, -3.0)),
        (-1.0, -3.0, (0.0, SILENT)),
        (0.4, -3.0, (-6.8, -1.0)),
    ],
)
def test_balance_follows_reapers_renders(pan: float, law_db: float, expected: tuple[float, float]) -> None:
    left, right = balance_gains(pan, law_db)

    assert close_db((level_db(left), level_db(right)), expected)


@given(law_db=st.floats(-12.0, 0.0), pan=st.floats(-1.0, 1.0))
def test_every_law_has_its_gain_at_centre_and_unity_at_the_sides(law_db: float, pan: float) -> None:
    centre = balance_gains(0.0, law_db)
    side = balance_gains(1.0, law_db)
    between = balance_gains(pan, law_db)

    assert centre == pytest.approx((amplitude(law_db), amplitude(law_db)))
    assert side == pytest.approx((0.0, 1.0), abs=1e-9)
    assert 0.0 <= min(between) <= max(between) <= 1.0 + 1e-9
    assert balance_gains(-pan, law_db) == pytest.approx(between[::-1])


@given(law_db=st.floats(0.1, 6.0), pan=st.floats(-1.0, 1.0))
def test_a_compensated_law_is_unity_at_centre(law_db: float, pan: float) -> None:
    plain = balance_gains(pan, -law_db)
    compensated = balance_gains(pan, law_db)

    assert balance_gains(0.0, law_db) == pytest.approx((1.0, 1.0))
    assert compensated == pytest.approx([gain * amplitude(law_db) for gain in plain])


@pytest.mark.parametrize(
    ("fader", "from_left", "from_right"),
    [
        (Fader(pan=-0.5), (0.0, SILENT), (SILENT, -6.0)),
        (Fader(pan=-1.0), (0.0, SILENT), (SILENT, SILENT)),
        (Fader(pan_mode=PanMode.STEREO_PAN, pan=-1.0, width=0.0), (-6.0, SILENT), (-6.0, SILENT)),
        (Fader(pan_mode=PanMode.STEREO_PAN, width=0.5), (-2.5, -12.0), (-12.0, -2.5)),
        (Fader(width=0.0), (-6.0, -6.0), (-6.0, -6.0)),
        (Fader(pan_mode=PanMode.STEREO_PAN, width=-1.0), (SILENT, 0.0), (0.0, SILENT)),
        (Fader(pan_mode=PanMode.DUAL_PAN, pan=-1.0), (0.0, SILENT), (SILENT, 0.0)),
        (Fader(pan_mode=PanMode.DUAL_PAN, pan=-1.0, width=0.0), (0.0, SILENT), (SILENT, 0.0)),
        (Fader(pan_mode=PanMode.DUAL_PAN, pan_right=-1.0), (0.0, SILENT), (0.0, SILENT)),
    ],
)
def test_pan_modes_and_width_follow_reapers_renders(
    fader: Fader, from_left: tuple[float, float], from_right: tuple[float, float]
) -> None:
    matrix = fader_matrix(fader, project_law_db=0.0)

    assert close_db(levels_db(matrix, 1.0, 0.0), from_left)
    assert close_db(levels_db(matrix, 0.0, 1.0), from_right)


@pytest.mark.parametrize(
    ("track_pan", "send", "expected"),
    [
        (-0.6, Send(source="a", target="b"), (0.0, -8.0)),
        (-0.6, Send(source="a", target="b", pan=0.4), (-4.4, -8.0)),
        (-0.6, Send(source="a", target="b", pan=1.0), (SILENT, -8.0)),
        (-1.0, Send(source="a", target="b", pan=0.4), (-4.4, SILENT)),
        (0.0, Send(source="a", target="b", pan=0.4), (-4.4, 0.0)),
        (-0.6, Send(source="a", target="b", mono=True), (-3.1, -3.1)),
        (-0.6, Send(source="a", target="b", mono=True, pan=0.4), (-7.5, -3.1)),
        (-1.0, Send(source="a", target="b", mono=True, pan=0.4), (-10.5, -6.0)),
    ],
)
def test_sends_follow_reapers_renders(track_pan: float, send: Send, expected: tuple[float, float]) -> None:
    left, right = balance_gains(track_pan, 0.0)

    got = levels_db(send_matrix(send, project_law_db=0.0), left, right)

    assert close_db(got, expected)


def test_a_tracks_own_law_counts_before_the_projects() -> None:
    own = fader_matrix(Fader(pan_law_db=-3.0), project_law_db=-6.0)
    projects = fader_matrix(Fader(), project_law_db=-6.0)

    assert level_db(own.left_left) == pytest.approx(-3.0)
    assert level_db(projects.left_left) == pytest.approx(-6.0)


def test_a_fader_that_does_nothing_gives_back_the_same_array() -> None:
    block = np.ones((2, 8), np.float32)

    assert fader_matrix(Fader(), project_law_db=0.0).apply(block) is block
    assert fader_matrix(Fader(), project_law_db=0.0).apply(block[:1]).base is block


def test_volume_and_phase_act_on_both_channels() -> None:
    matrix = fader_matrix(Fader(volume_db=-6.0), project_law_db=0.0, inverted=True)

    out = matrix.apply(np.array([[1.0], [0.5]], np.float32))

    np.testing.assert_allclose(out, [[-amplitude(-6.0)], [-0.5 * amplitude(-6.0)]], rtol=1e-6)


def test_a_fader_that_is_all_the_way_down_is_silent() -> None:
    assert amplitude(-math.inf) == 0.0
    assert not fader_matrix(Fader(volume_db=-math.inf), project_law_db=0.0).apply(np.ones((2, 8), np.float32)).any()


@given(
    pan=st.floats(-1.0, 1.0),
    width=st.floats(-1.0, 1.0),
    mode=st.sampled_from(PanMode),
    sides=st.tuples(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)),
)
def test_one_channel_sounds_like_two_equal_ones(
    pan: float, width: float, mode: PanMode, sides: tuple[float, float]
) -> None:
    fader = Fader(pan=pan, width=width, pan_mode=mode, pan_left=sides[0], pan_right=sides[1])
    matrix = fader_matrix(fader, project_law_db=-3.0)
    mono = np.linspace(-1.0, 1.0, 16, dtype=np.float32)[None]

    got = np.broadcast_to(matrix.apply(mono), (2, 16))

    np.testing.assert_allclose(got, matrix.apply(np.repeat(mono, 2, axis=0)), atol=1e-6)

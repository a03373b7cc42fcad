import numpy as np
import pytest

from daw_bridge.evaluation.human import differences_from


@pytest.fixture(scope="module")
def stems(excerpt):
    return excerpt.stems["lead"] + 0 * excerpt.stems["backing"], excerpt.stems["backing"], excerpt.rate


def test_the_same_mix_at_another_level_is_no_way_off(stems):
    lead, backing, rate = stems
    mix = lead + backing
    found = differences_from(mix, 0.5 * mix, rate)

    assert all(value == pytest.approx(0.0, abs=0.01) for value in found.values())


def test_a_lead_that_is_too_loud_shows_and_more_of_it_shows_more(stems):
    lead, backing, rate = stems
    little, much = (differences_from(lead + backing, gain * lead + backing, rate) for gain in (1.4, 2.8))

    for what in ("loudness over time", "spectrum", "A loudness", "A spectrum", "B bark", "B loss"):
        assert 0.0 < little[what] < much[what]


def test_a_tail_that_only_one_of_them_has_does_not_count(stems):
    lead, backing, rate = stems
    mix = lead + backing
    longer = np.pad(mix, ((0, 0), (0, rate)))

    for found in (differences_from(mix, longer, rate), differences_from(longer, mix, rate)):
        assert all(value == pytest.approx(0.0, abs=1e-3) for value in found.values())

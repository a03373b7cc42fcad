"""Where a value lies among those of others."""

from __future__ import annotations

import pytest

from daw_bridge.report.standing import Standing
from daw_bridge.report.strip import strip
from predictors.engineers_table import Spread, engineers_table

SPREAD = Spread((0.1, 0.25, 0.5, 0.75, 0.9), (1.0, 2.0, 4.0, 8.0, 16.0))


def standing(after: float | None, **values: float) -> Standing:
    return Standing(name="Ratio", unit=":1", after=after, spread=SPREAD, whose="chains", **values)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, "lower than 9 of 10 chains"),
        (1.0, "higher than 10 % of chains"),
        (4.0, "higher than 50 % of chains"),
        (6.0, "higher than 62 % of chains"),
        (16.0, "higher than 90 % of chains"),
        (17.0, "higher than 9 of 10 chains"),
    ],
)
def test_a_value_is_placed_between_the_known_quantiles(value, words) -> None:
    assert standing(value).words() == words


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert standing(None).words() == ""
    assert strip(standing(None)) is None


def test_the_median_of_the_engineers_is_in_the_middle_of_them() -> None:
    spread = engineers_table().wet_lu
    wet = Standing(name="Wet", unit="LU", after=spread.median, spread=spread, whose="chains")

    assert wet.words() == "higher than 50 % of chains"


def test_a_strip_says_in_words_what_it_shows() -> None:
    made = strip(standing(4.0, before=0.5, target=5.0))

    assert 'role="img"' in made
    assert "Ratio: higher than 50 % of chains; 8 of 10 lie from 1 to 16 :1, half are under 4" in made
    assert made.count("<circle") == 3

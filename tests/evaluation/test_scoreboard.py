import numpy as np
import pytest

from daw_bridge.evaluation.measures import MEASURES
from daw_bridge.evaluation.observations import CONSTANT, DO_NOTHING, Observation
from daw_bridge.evaluation.scoreboard import scoreboard
from daw_bridge.evaluation.table import COLUMN, as_json, as_text

SONGS = [f"song {number}" for number in range(8)]


def _levels(who, errors):
    """Each song's own level is ten times its number; `errors` are what is asked in excess of it."""
    return [
        Observation.of("level undone", who, song, 10.0 * number + error, 10.0 * number)
        for number, (song, error) in enumerate(zip(SONGS, errors, strict=True))
    ]


def _row(rows, what):
    return next(row for row in rows if row.measure.what == what)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    errors = rng.uniform(2, 6, 8) * rng.choice([-1, 1], 8)
    return scoreboard(
        [
            *_levels("good", 0.3 * errors),
            *_levels("regressed", 1.3 * errors),
            *_levels("undecided", errors[::-1]),
            *_levels(DO_NOTHING, errors),
        ]
    )


def test_a_planted_regression_is_visible_and_an_improvement_too(rows):
    cells = _row(rows, "level undone").cells
    text = as_text(rows)

    assert cells["regressed"].score.value == pytest.approx(1.3 * cells[DO_NOTHING].score.value)
    assert [cells[who].beats for who in ("good", "regressed", "undecided")] == [True, False, None]
    good, regressed, undecided = (
        text.split("\n")[2][36 + COLUMN * column :][:COLUMN].strip() for column in range(3)
    )
    assert good.endswith("] +")
    assert regressed.endswith("] -")
    assert undecided.endswith("]")


def test_the_constant_is_what_the_other_songs_say(rows):
    levels = 10.0 * np.arange(8)
    expected = np.mean([abs(np.median(np.delete(levels, song)) - levels[song]) for song in range(8)])

    assert _row(rows, "level undone").cells[CONSTANT].score.value == pytest.approx(expected)


def test_a_constant_range_widens_nothing():
    own, present = [10.0, 12.0, 20.0], [14.0, 11.0, 20.0]
    rows = scoreboard(
        [
            Observation.of("range undone", DO_NOTHING, song, now, min(was, now))
            for song, was, now in zip("abc", own, present, strict=True)
        ]
    )

    # What is right: 10, 11, 20. The medians of the others: 15.5, 15, 10.5; but a and b only have 14 and 11.
    assert _row(rows, "range undone").cells[CONSTANT].score.value == pytest.approx((4.0 + 0.0 + 9.5) / 3)


def test_one_song_has_no_constant_and_no_interval_and_nobody_surely_beats_anybody():
    rows = scoreboard(
        [
            Observation.of("level undone", DO_NOTHING, "alone", 3.0, 1.0),
            Observation.of("level undone", "good", "alone", 1.1, 1.0),
        ]
    )

    assert set(rows[0].cells) == {DO_NOTHING, "good"}
    assert rows[0].cells["good"].beats is None
    assert "[" not in as_text(rows)


def test_baselines_stand_last_and_what_was_not_observed_is_a_dash(rows):
    other = scoreboard([Observation.of("hit level", "good", "song 1", 0.02), *_levels(DO_NOTHING, [1.0] * 8)])
    lines = as_text(other).split("\n")

    assert lines[1].split() == ["good", "do", "nothing", "constant"]
    assert lines[2].startswith("  level against backing, LU")
    assert lines[2][36:].split()[0] == "-"
    assert lines[-1].endswith("-")
    assert lines[-1][36:].split() == ["0.02", "-", "-"]


def test_the_correlation_of_curves_is_better_when_it_is_more():
    rng = np.random.default_rng(2)
    curves = rng.normal(size=(8, 20))
    observations = [
        one
        for song, curve in zip(SONGS, curves, strict=True)
        for one in (
            Observation.of("EQ undone", "hears", song, 0.5 * curve, curve),
            Observation.of("EQ undone", DO_NOTHING, song, np.zeros(20), curve),
        )
    ]
    correlated, rms = (row for row in scoreboard(observations) if row.measure.what == "EQ undone")

    assert correlated.cells["hears"].score.value == pytest.approx(1.0)
    assert correlated.cells["hears"].beats
    assert rms.cells["hears"].score.value == pytest.approx(0.5 * rms.cells[DO_NOTHING].score.value)
    assert rms.cells["hears"].beats


def test_the_table_is_the_same_for_a_seed_and_says_the_same_to_programs(rows):
    again = scoreboard(_levels(DO_NOTHING, range(8)), seed=3)

    assert again == scoreboard(_levels(DO_NOTHING, range(8)), seed=3)
    assert again != scoreboard(_levels(DO_NOTHING, range(8)), seed=4)
    first = as_json(rows)[0]
    assert first["unit"] == "LU"
    assert first["scores"]["regressed"]["beats_baselines"] is False
    assert first["scores"]["good"]["value"] == _row(rows, "level undone").cells["good"].score.value


def test_every_measure_is_told_apart():
    assert len({(measure.section, measure.label, measure.unit) for measure in MEASURES}) == len(MEASURES)

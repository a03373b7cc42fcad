from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from predictors.training.datasets import Dataset, ImpulseResponse, Sound, Voice, open_dataset
from predictors.training.split import HELD_OUT, TRAIN, VALID, groups, leave_one_out, split


def nothing() -> Sound:
    return Sound(np.zeros((1, 0), np.float32), 44100)


def dataset(*names: str) -> Dataset:
    voices = (
        Voice(name=f"{name} {n}", group=name, licence="CC0", load=nothing) for name in names for n in range(3)
    )
    rooms = (ImpulseResponse(name=name, group=name, licence="CC0", load=nothing) for name in names)
    return Dataset((*voices, *rooms))


MANY = tuple(f"singer {n}" for n in range(400))


def test_a_group_lies_in_one_part_with_all_that_belongs_to_it() -> None:
    whole = dataset(*MANY)

    parts = split(whole)

    dealt = [groups(part) for part in (parts.train, parts.valid, parts.held_out)]
    assert sorted(name for names in dealt for name in names) == sorted(MANY)
    assert sum(len(part.items) for part in (parts.train, parts.valid, parts.held_out)) == len(whole.items)
    assert [len(names) / len(MANY) for names in dealt] == pytest.approx([0.65, 0.15, 0.2], abs=0.05)


def test_where_a_group_goes_does_not_depend_on_the_others_but_on_the_seed() -> None:
    alone = [split(dataset(name)).held_out.items != () for name in MANY[:50]]
    together = {voice.group for voice in split(dataset(*MANY)).held_out.voices()}

    assert alone == [name in together for name in MANY[:50]]
    assert together != {voice.group for voice in split(dataset(*MANY), seed=1).held_out.voices()}


def test_each_group_is_left_out_once() -> None:
    turns = list(leave_one_out(dataset("a", "b", "c")))

    assert [name for name, _, _ in turns] == ["a", "b", "c"]
    assert all(groups(left) == (name,) and name not in groups(rest) for name, rest, left in turns)
    assert all(len(groups(rest)) == 2 for _, rest, _ in turns)


def test_the_parts_that_are_written_down_share_nothing() -> None:
    assert len(TRAIN | VALID | HELD_OUT) == len(TRAIN) + len(VALID) + len(HELD_OUT)


def test_of_the_real_data_every_group_is_written_down_and_every_part_has_every_kind(shared: Path) -> None:
    whole = open_dataset(shared / "data")

    parts = split(whole)

    assert set(groups(whole)) - {"multitrack"} == TRAIN | VALID | HELD_OUT
    for part in (parts.train, parts.valid, parts.held_out):
        assert part.songs()
        assert any(voice.dry for voice in part.voices())
        assert len(part.impulse_responses()) >= 4
    assert len(parts.held_out.impulse_responses()) == 8

"""What is trained on, what choices are made on, and what is held out until the end: by singer, song and room."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from predictors.training.datasets import Dataset

VALID_SHARE, HELD_OUT_SHARE = 0.15, 0.2

TRAIN = frozenset(
    {
        *("hydrogen", "lithium", "potassium", "f2"),
        *("emt140_plate", "DomesticLivingRoom", "EmptyApartmentBedroom", "FalklandPalaceRoyalTennisCourt"),
        *("InsidePiano", "Jack Lyons Hall, University of York", "MidiverbMark2", "PurnodesRailroadTunnel"),
        *("SpokaneWomansClub", "SportsCentreUniversityOfYork", "StAndrewsChurch", "TyndallBruceMonument"),
        "YorkMinster",
    }
)
VALID = frozenset(
    {
        "rubidium",
        *("Basement", "Genesis 6 Studio Live Room", "LadyChapelStAlbansCathedral"),
        "SaintLawrenceChurchMolenbeekWersbeekBelgium",
    }
)
HELD_OUT = frozenset(
    {
        *("sodium", "vocadito_1"),
        *("Arthur Sykes Rymer Auditorium", "MaesHowe", "St. Margaret's Church", "StPatricksChurchPatrington"),
        *("TerrysTypingRoom", "UndergroundCarPark"),
    }
)
"""The parts of the data that the shipped networks were made with: songs and singers, then rooms, so that each part
has short and long ones. Any other group is dealt by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Three data sets that share no group. `held_out` is for measuring alone, never for a choice."""

    train: Dataset
    valid: Dataset
    held_out: Dataset


def split(dataset: Dataset, seed: int = 0) -> Split:
    """Deal each group to one part. It does not depend on what else is in the data set."""
    parts: dict[str, list[str]] = {"train": [], "valid": [], "held_out": []}
    for group in groups(dataset):
        parts[_part(group, seed)].append(group)
    return Split(**{name: only(dataset, frozenset(members)) for name, members in parts.items()})


def leave_one_out(dataset: Dataset) -> Iterator[tuple[str, Dataset, Dataset]]:
    """For each group: its name, all the others, and the group alone."""
    every = groups(dataset)
    for group in every:
        yield group, only(dataset, frozenset(every) - {group}), only(dataset, frozenset({group}))


def groups(dataset: Dataset) -> tuple[str, ...]:
    """The names of the groups, sorted."""
    return tuple(sorted({item.group for item in dataset.items}))


def only(dataset: Dataset, wanted: frozenset[str]) -> Dataset:
    """The items of some groups."""
    return Dataset(tuple(item for item in dataset.items if item.group in wanted))


def _part(group: str, seed: int) -> str:
    for name, listed in (("train", TRAIN), ("valid", VALID), ("held_out", HELD_OUT)):
        if group in listed:
            return name
    drawn = int(hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()[:8], 16) / 16**8
    return "held_out" if drawn < HELD_OUT_SHARE else "valid" if drawn < HELD_OUT_SHARE + VALID_SHARE else "train"

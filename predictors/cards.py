"""What is known of a trained network: a JSON file beside it, and an index of all that were trained.

A network `NAME.onnx` takes "features", float32 (batch, n): `features.describe` of each of the card's `inputs` one
after the other. It gives "outputs", float32 (batch, one for each of the card's `outputs`), in their units.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = 1
MODELS = Path(__file__).with_name("models")
INDEX = "index.json"


class ModelError(Exception):
    """A network cannot be used: its card is missing, is no card, or belongs to other features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One number that the network gives."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Where examples came from, how many voices, songs or impulse responses, and under which licence."""

    name: str
    licence: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """How far off the network is on data that neither training nor any choice has seen, beside what it must beat.

    `low` and `high`: the 95 % interval over groups (voices, songs, rooms). `baselines`: the same measure of a
    constant, of rules and the like. `goal` is what was hoped for. For a correlation more is better.
    """

    name: str
    unit: str
    value: float
    low: float
    high: float
    baselines: Mapping[str, float]
    goal: float | None = None
    more_is_better: bool = False

    @property
    def beats_all(self) -> bool:
        """Whether no baseline does as well, not even as the worse end of the interval."""
        sign, worst = (1.0, self.low) if self.more_is_better else (-1.0, self.high)
        return all(sign * worst > sign * other for other in self.baselines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Says what a network is for, what it was made from and how good it is.

    `features` is the `FEATURES_TAG` that it was trained on. `shipped` and `why`: whether it is used, and the
    reason. `held_out` names the groups that the metrics were measured on.
    """

    task: str
    features: str
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    data: tuple[DataSet, ...]
    held_out: tuple[str, ...]
    seed: int
    examples: int
    steps: int
    parameters: int
    metrics: tuple[Metric, ...]
    shipped: bool
    why: str
    notes: str = ""


def check_features(card: Card, features_tag: str) -> None:
    """Raises ModelError, naming both, where the card belongs to other features than these."""
    if card.features != features_tag:
        raise ModelError(
            f"The network '{card.task}' was trained on the features '{card.features}', but this version makes "
            f"'{features_tag}': train it again, or use the version that it came with."
        )


def card_path(model: Path) -> Path:
    """Where the card of a network lies."""
    return model.with_suffix(".json")


def read_card(path: Path) -> Card:
    """The card in a file. Raises ModelError."""
    try:
        return parse_card(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} is not the card of a network: {error}") from error


def parse_card(document: Mapping[str, Any]) -> Card:
    """The card that a JSON document says. Raises KeyError, TypeError or ValueError where it is none."""
    fields = dict(document)
    if fields.pop("schema") != SCHEMA:
        raise ValueError(f"schema {document['schema']} instead of {SCHEMA}")
    for name, kind in (("outputs", Output), ("data", DataSet), ("metrics", Metric)):
        fields[name] = tuple(kind(**entry) for entry in fields[name])
    for name in ("inputs", "held_out"):
        fields[name] = tuple(fields[name])
    return Card(**fields)


def card_document(card: Card) -> dict[str, Any]:
    """The card as a JSON document."""
    return {"schema": SCHEMA, **dataclasses.asdict(card)}


def read_index(folder: Path) -> tuple[Card, ...]:
    """The cards of all networks that were trained for `folder`, shipped or not. Raises ModelError."""
    path = folder / INDEX
    try:
        return tuple(parse_card(document) for document in json.loads(path.read_text(encoding="utf-8"))["networks"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} is not an index of networks: {error}") from error

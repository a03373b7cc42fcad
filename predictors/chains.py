"""How usual a vocal chain is: its place in the distribution of 455 chains of real mixes.

Each parameter counts by its rank: it is mapped to the normal value of the same rank, so that no unit, no logarithm
and no outlier weighs more. The distance is Mahalanobis' with the correlations of those values. The table is made by
`training/derive_chains.py`; its source is in NOTICE-engineers.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TABLE = Path(__file__).with_name("chains_table.json")

EQ_HZ = (125.0, 250.0, 500.0, 2000.0, 4000.0, 8000.0)
"""Where the EQ is compared, against 1 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainTable:
    """The distribution. `quantiles`: for each parameter at even steps from the lowest to the highest chain."""

    chains: int
    quantiles: Mapping[str, Array]
    correlations: Array
    distances: Array


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where a chain stands.

    `distance` is in standard deviations: 0 is the middle in all that was compared, and the middle one of the real
    chains stands at about 0.9. `farther` is the part, 0 to 1, of the real chains that stand farther out.
    """

    distance: float
    farther: float


@cache
def chain_table() -> ChainTable:
    """The table that lies beside this module, read once."""
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    return ChainTable(
        chains=raw["chains"],
        quantiles={name: np.array(values) for name, values in raw["quantiles"].items()},
        correlations=np.array(raw["correlations"]),
        distances=np.array(raw["distances"]),
    )


def place(chain: Mapping[str, float]) -> ChainPlace:
    """Where a chain stands, by those parameters that it has; their names are those of the table.

    What lies beyond all real chains counts as the outermost of them. Raises KeyError for another name.
    """
    table = chain_table()
    names = list(table.quantiles)
    chosen = [names.index(name) if name in names else _unknown(name) for name in chain]
    scores = np.array([[_normal_score(table, name, value) for name, value in chain.items()]])
    distance = float(distances(scores, table.correlations[np.ix_(chosen, chosen)])[0])
    nearer = np.interp(distance, table.distances, np.linspace(0.0, 1.0, len(table.distances)), right=1.0)
    return ChainPlace(distance, 1.0 - float(nearer))


def _unknown(name: str) -> int:
    raise KeyError(f"no parameter of the real chains is called {name}")


def distances(scores: Array, correlations: Array) -> Array:
    """The distances from the middle of normal scores (chains, parameters), RMS over independent directions."""
    solved = np.linalg.solve(correlations, scores.T)
    return np.asarray(np.sqrt(np.sum(scores.T * solved, axis=0) / scores.shape[1]))


def _normal_score(table: ChainTable, name: str, value: float) -> float:
    from scipy.special import ndtri  # noqa: PLC0415  slow to import

    quantiles = table.quantiles[name]
    part = np.interp(value, quantiles, np.linspace(0.0, 1.0, len(quantiles)))
    outermost = 0.5 / table.chains
    return float(ndtri(np.clip(part, outermost, 1.0 - outermost)))

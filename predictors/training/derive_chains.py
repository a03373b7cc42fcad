"""Derives the table behind `predictors/chains.py`: how the parameters of 455 real vocal chains are distributed.

python -m predictors.training.derive_chains DIFFVOX_TSV OUT

DIFFVOX_TSV as for `derive_engineers`; here the chains of MedleyDB count as well. The table holds quantiles and
correlations, from which no single chain can be told: see NOTICE-engineers.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from predictors.chains import EQ_HZ, distances
from predictors.training.derive_engineers import TIME_CONSTANTS_10_TO_90, VOCAL_LUFS, column, dumps, rows

Array = NDArray[np.float64]

STEPS = 40
"""Quantiles are kept at every fortieth of the way from the lowest to the highest chain."""


def derive(diffvox_tsv: Path) -> dict[str, object]:
    """The table: quantiles of each parameter, correlations of their normal scores, how far out the chains are."""
    chains = rows(diffvox_tsv)
    values = _parameters(
        {name: column(chains, name) for name in chains[0] if name not in ("set", "track", "train")}
    )
    levels = np.linspace(0.0, 1.0, STEPS + 1)
    scores = np.array([norm.ppf((rankdata(each) - 0.5) / len(each)) for each in values.values()])
    correlations = np.round(np.corrcoef(scores), 3)
    own = np.quantile(distances(scores.T, correlations), levels)
    return {
        "source": "DiffVox (github SonyResearch/diffvox), MIT: see NOTICE-engineers.md; "
        "made by training/derive_chains.py",
        "chains": len(chains),
        "quantiles": {name: _rounded(np.quantile(each, levels)) for name, each in values.items()},
        "correlations": [_rounded(row) for row in correlations],
        "distances": _rounded(own),
    }


def _parameters(of: Mapping[str, Array]) -> dict[str, Array]:
    return {
        "high_pass_hz": of["highpass_hz"],
        **{f"eq_{hz:g}_db": of[f"eq_{hz:g}_db"] - of["eq_1000_db"] for hz in EQ_HZ},
        "threshold_below_lufs_db": VOCAL_LUFS - of["comp_threshold_db"],
        "ratio": of["comp_ratio"],
        "attack_ms": of["comp_attack_ms"] / TIME_CONSTANTS_10_TO_90,
        "release_ms": of["comp_release_ms"] / TIME_CONSTANTS_10_TO_90,
        "wet_lu": of["reverb_wet_lu"],
        "rt60_s": (of["reverb_rt60_500_s"] + of["reverb_rt60_1000_s"]) / 2.0,
    }


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 3) + 0.0 for value in values]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Derive the distribution of real vocal chains.")
    parser.add_argument("diffvox_tsv", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    options.out.write_text(dumps(derive(options.diffvox_tsv)), encoding="utf-8")


if __name__ == "__main__":
    main()

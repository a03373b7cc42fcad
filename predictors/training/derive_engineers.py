"""Derives the table of the `engineers` predictor from two public data sets.

python -m predictors.training.derive_engineers DIFFVOX_TSV MUSDB_DIR OUT

DIFFVOX_TSV: vocal effect chains in physical units, one a row, as fitted by DiffVox (C.-Y. Yu et al., DAFx 2025).
MUSDB_DIR: averages over the stems of MUSDB18, published with FxNorm-automix (Sony): `levels.tsv` and
`spectrum_and_panning.tsv`. Both are MIT licensed: see NOTICE-engineers.md beside the table.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from predictors.kweighting import weighting_power
from predictors.targets import OCTAVES_HZ

Array = NDArray[np.float64]
Table = dict[str, object]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

VOCAL_LUFS = -18.0
"""The loudness to which DiffVox normalises the dry vocal (its `fx_config.yaml`, `lufs`)."""

TIME_CONSTANTS_10_TO_90 = math.log(9.0)
"""DiffVox counts attack and release from 10 % to 90 % (torchcomp: 2200/(ms*rate)): 2.2 time constants."""

EQ_HZ = OCTAVES_HZ[2:-1]
"""125 Hz to 8 kHz: the chains' EQ at 63 Hz is their high-pass, and at 16 kHz the low-pass that each of them has."""

BELOW_125_HZ = 90.0
"""A high-pass under this leaves the octave of 125 Hz alone (a second-order one at 90 Hz takes 1 dB at 125 Hz)."""


def derive(diffvox_tsv: Path, musdb_dir: Path) -> Table:
    """The table: quantiles over the commercial chains, and the average vocal with what covers it."""
    chains = [row for row in rows(diffvox_tsv) if row["set"] == "internal"]
    return {
        "source": "DiffVox (github SonyResearch/diffvox) and FxNorm-automix (github sony/FxNorm-automix), both "
        "MIT: see NOTICE-engineers.md; made by training/derive_engineers.py",
        "chains": len(chains),
        "quantiles": list(QUANTILES),
        **_settings({name: column(chains, name) for name in chains[0] if name not in ("set", "track", "train")}),
        **_averages(musdb_dir),
    }


def _settings(column: dict[str, Array]) -> Table:
    return {
        "threshold_below_lufs_db": _quantiles(VOCAL_LUFS - column["comp_threshold_db"]),
        "ratio": _quantiles(column["comp_ratio"]),
        "attack_ms": _quantiles(column["comp_attack_ms"] / TIME_CONSTANTS_10_TO_90),
        "release_ms": _quantiles(column["comp_release_ms"] / TIME_CONSTANTS_10_TO_90),
        "rt60_s": _quantiles((column["reverb_rt60_500_s"] + column["reverb_rt60_1000_s"]) / 2.0),
        "rt60_8k_over_1k": _quantiles(column["reverb_rt60_8000_s"] / column["reverb_rt60_1000_s"]),
        "wet_lu": _quantiles(column["reverb_wet_lu"]),
        "eq_over_1khz_db": {f"{hz:g}": _quantiles(_eq_over_1khz(column, hz)) for hz in EQ_HZ},
    }


def _eq_over_1khz(column: dict[str, Array], hz: float) -> Array:
    """What all filters of each chain do at an octave against 1 kHz; at 125 Hz where no high-pass reaches it."""
    gains = column[f"eq_{hz:g}_db"] - column["eq_1000_db"]
    return gains[column["highpass_hz"] < BELOW_125_HZ] if hz == 125.0 else gains


def _averages(musdb_dir: Path) -> Table:
    """Octave levels of the average vocal, and how far the backing is over it when both are equally loud.

    The spectra of the stems have no common level: each is put to its stem's published loudness.
    """
    spectra = rows(musdb_dir / "spectrum_and_panning.tsv")
    centres = column(spectra, "centre_hz")
    power = {
        row["stem"]: _octave_power(
            column(spectra, f"{row['stem']}_spectrum_db"), centres, float(row["loudness_lufs"])
        )
        for row in rows(musdb_dir / "levels.tsv")
    }
    vocal = power.pop("vocals")
    backing = np.sum(list(power.values()), axis=0)
    weights = weighting_power(np.array(OCTAVES_HZ))
    louder_db = _db(np.sum(backing * weights) / np.sum(vocal * weights))
    return {
        "average_vocal_db": _rounded(_db(vocal / np.sum(vocal)), 1),
        "average_masking_db": _rounded(_db(backing / vocal) - louder_db, 1),
    }


def _octave_power(spectrum_db: Array, centres: Array, loudness_lufs: float) -> Array:
    """Power in each octave. The centres are spaced by a ratio, so the width of a line grows with its centre."""
    power = 10.0 ** (spectrum_db / 10.0) * centres
    power *= 10.0 ** (loudness_lufs / 10.0) / np.sum(power * weighting_power(centres))
    edge = math.sqrt(2.0)
    return np.array([np.sum(power[(centres >= hz / edge) & (centres < hz * edge)]) for hz in OCTAVES_HZ])


def _db(power: Array) -> Array:
    return np.asarray(10.0 * np.log10(power))


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a table with tabs, by the names in its first line."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def column(table: list[dict[str, str]], name: str) -> Array:
    """One quantity of all lines."""
    return np.array([float(row[name]) for row in table])


def _quantiles(values: Array) -> list[float]:
    return _rounded(np.quantile(values, QUANTILES), 2)


def _rounded(values: Array, digits: int) -> list[float]:
    return [round(float(value), digits) + 0.0 for value in values]


def dumps(table: Table) -> str:
    """The table as JSON, a quantity a line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Derive the table of the engineers predictor.")
    parser.add_argument("diffvox_tsv", type=Path)
    parser.add_argument("musdb_dir", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    options.out.write_text(dumps(derive(options.diffvox_tsv, options.musdb_dir)), encoding="utf-8")


if __name__ == "__main__":
    main()

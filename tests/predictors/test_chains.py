import csv
import math

import numpy as np
import pytest

from predictors.chains import EQ_HZ, TABLE, chain_table, place
from predictors.training.derive_chains import main

NO_SETTING = ("set", "track", "train")


@pytest.fixture(scope="module")
def real(shared) -> list[dict[str, float]]:
    """The chains themselves, in the parameters that are compared."""
    with (shared / "data/diffvox/presets.tsv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [_chain({name: float(value) for name, value in row.items() if name not in NO_SETTING}) for row in rows]


def _chain(row: dict[str, float]) -> dict[str, float]:
    return {
        "high_pass_hz": row["highpass_hz"],
        **{f"eq_{hz:g}_db": row[f"eq_{hz:g}_db"] - row["eq_1000_db"] for hz in EQ_HZ},
        "threshold_below_lufs_db": -18.0 - row["comp_threshold_db"],
        "ratio": row["comp_ratio"],
        "attack_ms": row["comp_attack_ms"] / math.log(9.0),
        "release_ms": row["comp_release_ms"] / math.log(9.0),
        "wet_lu": row["reverb_wet_lu"],
        "rt60_s": (row["reverb_rt60_500_s"] + row["reverb_rt60_1000_s"]) / 2.0,
    }


def _middle() -> dict[str, float]:
    return {name: float(np.median(values)) for name, values in chain_table().quantiles.items()}


def test_the_committed_table_is_what_the_script_derives(shared, tmp_path):
    main([str(shared / "data/diffvox/presets.tsv"), str(tmp_path / "table.json")])

    assert (tmp_path / "table.json").read_text(encoding="utf-8") == TABLE.read_text(encoding="utf-8")


def test_the_notice_of_the_source_names_the_table():
    assert TABLE.name in TABLE.with_name("NOTICE-engineers.md").read_text(encoding="utf-8")


def test_the_middle_of_all_stands_at_no_distance():
    assert place(_middle()).distance == pytest.approx(0.0, abs=0.01)
    assert place(_middle()).farther == 1.0


def test_real_chains_stand_evenly_along_their_own_distribution(real):
    farther = [place(chain).farther for chain in real]

    assert np.quantile(farther, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.02)
    assert 0.9 < np.median([place(chain).distance for chain in real]) < 1.0


def test_one_standard_deviation_in_one_parameter_alone_is_one():
    ratios = chain_table().quantiles["ratio"]
    unusual = float(np.interp(0.8413, np.linspace(0, 1, len(ratios)), ratios))

    assert place({"ratio": unusual}).distance == pytest.approx(1.0, abs=0.01)


def test_what_goes_together_in_real_chains_is_nearer_than_what_does_not():
    bright = {name: values[32] for name, values in chain_table().quantiles.items() if name.startswith("eq_")}
    torn = {**bright, "eq_4000_db": chain_table().quantiles["eq_4000_db"][8]}

    assert place({**_middle(), **bright}).distance < 0.7 * place({**_middle(), **torn}).distance


def test_beyond_all_real_chains_is_as_far_as_the_outermost():
    assert place({"wet_lu": -math.inf}) == place({"wet_lu": -500.0})
    assert place({"wet_lu": -math.inf}).distance == pytest.approx(3.06, abs=0.01)
    assert place({"wet_lu": -math.inf}).farther == 0.0


def test_a_parameter_that_no_chain_has_is_a_mistake():
    with pytest.raises(KeyError, match="drive_db"):
        place({"drive_db": 3.0})

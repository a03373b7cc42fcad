from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from predictors.engineers_table import TABLE, engineers_table
from predictors.eq_targets import k_weighting_db
from predictors.training.derive_engineers import derive, dumps, main


@pytest.fixture(scope="module")
def chains(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/diffvox/presets.tsv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["set"] == "internal"]


def test_the_committed_table_is_what_the_script_derives(shared, tmp_path):
    out = tmp_path / "table.json"

    main([str(shared / "data/diffvox/presets.tsv"), str(shared / "data/musdb18_averages"), str(out)])

    assert out.read_text(encoding="utf-8") == TABLE.read_text(encoding="utf-8")


def test_the_table_reads_back_as_it_was_derived(shared):
    table = derive(shared / "data/diffvox/presets.tsv", shared / "data/musdb18_averages")

    assert json.loads(dumps(table)) == table


def test_the_threshold_is_counted_from_the_loudness_of_the_dry_vocal(chains):
    below = np.sort([-18.0 - float(row["comp_threshold_db"]) for row in chains])

    median = engineers_table().threshold_below_lufs_db.median

    assert len(below) == engineers_table().chains == 385
    assert median == pytest.approx(below[192], abs=0.01)


def test_attack_and_release_are_time_constants(chains):
    ten_to_ninety = np.median([float(row["comp_release_ms"]) for row in chains])

    release_ms = engineers_table().release_ms.median

    # An exponential needs ln 9 time constants from 10 % to 90 %.
    assert release_ms == pytest.approx(ten_to_ninety / np.log(9.0), rel=1e-3)


def test_the_average_vocal_is_the_published_profile():
    # Octaves from 63 Hz to 16 kHz against the total, as others derived them from the same averages.
    published = [-24.7, -16.2, -8.2, -4.5, -5.7, -9.1, -12.7, -16.9, -25.9]

    np.testing.assert_allclose(engineers_table().vocal_db[1:], published, atol=0.4)


def test_average_masking_compares_at_equal_loudness():
    table = engineers_table()
    vocal = 10 ** ((table.vocal_db + k_weighting_db()) / 10)

    backing = vocal * 10 ** (table.masking_db / 10)

    assert 10 * np.log10(backing.sum() / vocal.sum()) == pytest.approx(0.0, abs=0.1)


def test_the_stems_stand_to_each_other_as_loud_as_they_were_published(shared):
    # At 1 kHz the bass is nothing, so voice over drums and others follows from two lines of the source:
    # each stem's octave against its own K-weighted total, at its own loudness.
    profile_db = {"vocals": -5.6, "drums": -16.4, "other": -7.9}
    k_total_db = {"vocals": 1.0, "drums": -0.4, "other": 0.9}
    lufs = {"vocals": -30.73, "drums": -34.18, "other": -31.17}

    level = {stem: 10 ** ((profile_db[stem] - k_total_db[stem] + lufs[stem]) / 10) for stem in lufs}

    over_voice_db = 10 * np.log10((level["drums"] + level["other"]) / level["vocals"])
    assert engineers_table().masking_db[5] == pytest.approx(over_voice_db - 4.2, abs=0.4)


def test_a_spread_is_read_between_its_quantiles():
    ratio = engineers_table().ratio

    assert ratio.at(0.5) == ratio.median == 3.32
    assert ratio.at(0.25) < ratio.at(0.4) < ratio.median
    assert ratio.at(0.0) == ratio.at(0.1)


def test_the_notices_of_both_sources_lie_beside_the_table():
    notice = TABLE.with_name("NOTICE-engineers.md").read_text(encoding="utf-8")

    assert "Copyright (c) 2025 Chin-Yun Yu" in notice
    assert "Copyright (c) 2022 Sony Group Corporation" in notice
    assert notice.count("Permission is hereby granted, free of charge") == 2

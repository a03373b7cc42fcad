"""Us beside what people would use instead: `pytest tests/benchmarks/peers -s` prints one table of ratios.

Everything runs in a process of its own, on one thread where it can be told, in turns; medians are shown. A peer
that is not installed (`pip install -e '.[peers]'`) is skipped by name.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
import soundfile

from predictors.analysis import active_mask
from predictors.loudness import measure
from predictors.spectrum import THIRD_OCTAVES_HZ, band_spectrum

RUNS = 3
JOBS = Path(__file__).with_name("jobs.py")
BRIDGE_SPEED = Path(__file__).parents[1] / "test_bridge_speed.py"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
HEARD_HZ = (45.0, 16500.0)
SETTLED_FRAMES = 22050


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One of those that do the same work. `scale` is the song's length over that of what it is given."""

    name: str
    module: str
    job: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0


def in_turns(contenders: list[Contender]) -> dict[str, dict[str, float]]:
    """The median of each value that the jobs report, by job. The first contender sets what is 1."""
    there = [one for one in contenders if find_spec(one.module)]
    runs = [{one.job: _run(one) for one in there} for _ in range(RUNS)]
    return {job: {key: median(run[job][key] for run in runs) for key in runs[0][job]} for job in runs[0]}


def _run(one: Contender) -> dict[str, float]:
    words = {key: str(value) for key, value in one.arguments.items()}
    command = [sys.executable, "-W", "ignore", str(JOBS), one.job, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ONE_THREAD})
    assert done.returncode == 0, f"{one.name}: {done.stderr[-2000:]}"
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    values["seconds"] *= one.scale
    return values


def rows(
    work: str,
    contenders: list[Contender],
    results: Mapping[str, Mapping[str, float]],
    errors: Mapping[str, str],
    song_s: float,
) -> list[str]:
    """A line of Markdown for each."""
    ours = results[contenders[0].job]
    lines = []
    for one in contenders:
        got = results.get(one.job)
        if got is None:
            lines.append(f"| {work} | {one.name} | skipped: {one.module} is not installed | | | | | |")
            continue
        excerpt = f" (from {song_s / one.scale:.0f} s)" if one.scale > 1.0 else ""
        # What a part of the song takes in memory says nothing of the whole.
        memory = "" if excerpt else _short(got["mebibytes"] / ours["mebibytes"])
        lines.append(
            f"| {work} | {one.name} | {_short(got['seconds'])}{excerpt} | {_short(song_s / got['seconds'])} "
            f"| {_short(got['seconds'] / ours['seconds'])} | {got['mebibytes']:.0f} "
            f"| {memory} | {errors[one.job]} |"
        )
    return lines


def _short(number: float) -> str:
    """Three digits, or the whole number."""
    return f"{number:.3g}" if number < 100.0 else f"{number:.0f}"


def skip_what_is_missing(contenders: list[Contender]) -> None:
    """The table says so too; the test is skipped by the names, after what is there has been measured."""
    missing = [one.module for one in contenders if not find_spec(one.module)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[peers]')")


def test_a_mix_nearer_to_a_reference_beside_matchering(material, table, tmp_path):
    both = []
    for number, (name, reference) in enumerate(material.references.items()):
        outs = {"mix_ours": tmp_path / f"ours{number}.wav", "mix_matchering": tmp_path / f"theirs{number}.wav"}
        files = {"vocal": material.vocal, "backing": material.backing, "project": tmp_path / f"{number}.rpp"}
        both = [
            Contender(
                name="DAW Bridge, mix --render",
                module="daw_bridge",
                job="mix_ours",
                arguments={**files, "reference": reference, "out": outs["mix_ours"]},
            ),
            Contender(
                name="Matchering",
                module="matchering",
                job="mix_matchering",
                arguments={"dry": material.dry, "reference": reference, "out": outs["mix_matchering"]},
            ),
        ]
        results = in_turns(both)
        wanted = balance(reference)
        errors = {job: away(balance(path), wanted) for job, path in outs.items() if path.exists()}
        work = f"near {name}; untouched {away(balance(material.dry), wanted)}"
        table += rows(work, both, results, errors, material.length_s)

        assert all(math.isfinite(value) for got in results.values() for value in got.values())
    skip_what_is_missing(both)


def balance(path: Path) -> tuple[float, np.ndarray]:
    """Loudness in LUFS, and the level of each third octave in dB over their mean."""
    samples, rate = soundfile.read(path, dtype="float32")
    loudness = measure(samples.T, rate)
    powers = band_spectrum(samples.T, rate, active_mask(loudness.block_power))
    heard = [HEARD_HZ[0] < centre < HEARD_HZ[1] for centre in THIRD_OCTAVES_HZ]
    levels_db = 10.0 * np.log10(powers[heard] + 1e-12)
    return loudness.integrated_lufs, levels_db - levels_db.mean()


def away(got: tuple[float, np.ndarray], wanted: tuple[float, np.ndarray]) -> str:
    """How far a balance is from another."""
    rms_db = float(np.sqrt(np.mean(np.square(got[1] - wanted[1]))))
    return f"{got[0] - wanted[0]:+.1f} LU, {rms_db:.1f} dB"


def test_an_equal_chain_beside_dasp_and_grafx(material, table, tmp_path):
    excerpt_of_song = material.length_s * 44100 / soundfile.info(material.excerpt).frames
    given = {"voice": material.voice, "excerpt": material.excerpt}
    chains = [
        Contender(name="DAW Bridge", module="daw_bridge", job="chain_ours", arguments=given),
        Contender(
            name="dasp-pytorch",
            module="dasp_pytorch",
            job="chain_dasp",
            arguments={**given, "voice": material.excerpt},
            scale=excerpt_of_song,
        ),
        Contender(name="grafx", module="grafx", job="chain_grafx", arguments=given),
    ]
    chains = [replace(one, arguments={**one.arguments, "out": tmp_path / f"{one.job}.npy"}) for one in chains]
    results = in_turns(chains)
    ours = np.load(tmp_path / "chain_ours.npy")
    errors = {job: _null_db(np.load(tmp_path / f"{job}.npy"), ours) for job in results if job != "chain_ours"}
    errors["chain_ours"] = ""
    table += rows("EQ, compressor, reverb on a vocal", chains, results, errors, material.length_s)

    assert results["chain_ours"]["seconds"] < material.length_s
    skip_what_is_missing(chains)


def _null_db(theirs: np.ndarray, ours: np.ndarray) -> str:
    """What is left of ours after the compressor when theirs is taken off. (Reverbs differ by design.)

    Without the start: grafx' compressor begins with a gain of 9 dB.
    """
    theirs, ours = theirs[:, SETTLED_FRAMES:], ours[:, SETTLED_FRAMES:]
    left = np.mean(np.square(theirs - ours)) / np.mean(np.square(ours))
    return f"{10.0 * math.log10(left):.0f} dB left, before the reverb"


def test_metering_beside_pyloudnorm_and_pyebur128(material, table):
    given = {"mix": material.references["its own finished mix"]}
    meters = [
        Contender(name="DAW Bridge", module="daw_bridge", job="meter_ours", arguments=given),
        Contender(name="pyloudnorm", module="pyloudnorm", job="meter_pyloudnorm", arguments=given),
        Contender(name="pyebur128", module="pyebur128", job="meter_pyebur128", arguments=given),
    ]
    results = in_turns(meters)
    ours = results["meter_ours"]["lufs"]
    errors = {job: f"{got['lufs'] - ours:+.3f} LU" for job, got in results.items()}
    errors["meter_ours"] = f"{ours:.2f} LUFS"
    table += rows("loudness of a mix", meters, results, errors, material.length_s)

    assert all(abs(got["lufs"] - ours) < 0.1 for got in results.values())
    skip_what_is_missing(meters)


def test_a_plan_into_an_open_reaper_beside_reapy(table):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(BRIDGE_SPEED)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    said = re.search(r"([\d.]+) s mostly.*reapy's objects ([\d.]+) s", done.stdout)

    assert said, done.stdout[-2000:]  # whether it was quick enough for a busy machine is for that benchmark to say
    ours_s, theirs_s = float(said[1]), float(said[2])
    work = "8 tracks into an (emulated) open REAPER, on the clock"
    table.append(f"| {work} | DAW Bridge | {ours_s:.3g} | | 1 | | | every value as planned |")
    table.append(f"| {work} | reapy's own objects | {theirs_s:.3g} | | {_short(theirs_s / ours_s)} | | | |")

"""How fast we are, against something that runs beside us: `pytest tests/benchmarks` prints the ratios."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyloudnorm
import pytest
import soundfile

from daw_bridge import api
from daw_bridge.media import Media
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.rendering import play
from daw_bridge.session import Fx, Role
from predictors.analysis import active_mask, masked_lufs
from predictors.loudness import measure

RUNS = 5

PEDALBOARD_ALONE = """
import sys
import numpy as np
from pedalboard import (Compressor, HighpassFilter, HighShelfFilter, LowShelfFilter, Pedalboard, PeakFilter, Reverb)
from pedalboard.io import AudioFile

def read(path):
    with AudioFile(path) as file:
        return file.read(file.frames), int(file.samplerate)

vocal, rate = read(sys.argv[1])
backing, _ = read(sys.argv[2])
chain = Pedalboard([
    HighpassFilter(90), LowShelfFilter(200, -2), PeakFilter(400, -2, 1), PeakFilter(1500, 1, 1),
    PeakFilter(3000, 2, 1), HighShelfFilter(8000, 3), Compressor(-24, 3, 3, 150), Reverb(0.5, wet_level=0.1),
])
mix = chain(np.repeat(vocal, 2, axis=0), rate) + backing
with AudioFile(sys.argv[3], "w", rate, 2, bit_depth=24) as file:
    file.write(mix)
"""

WITH_PEAK_MEMORY = """
import resource, sys
from daw_bridge.cli import main
try:
    main(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def _paired(
    ours: Callable[[], object], theirs: Callable[[], object], runs: int = RUNS
) -> tuple[float, float, float]:
    """Median seconds of both, run in turns so that the machine's mood hits both, and the median ratio."""
    ours(), theirs()
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(runs)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n  {text}", end="")


def test_a_mix_costs_at_most_three_times_decoding_and_measuring(song, capsys):
    source = api.RecordingsSource(vocals=(song.vocal,), backings=(song.backing,))

    def unavoidable() -> None:
        for path in (song.vocal, song.backing):
            samples, rate = soundfile.read(path, dtype="float32")
            pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples)

    ours_s, theirs_s, ratio = _paired(lambda: api.mix_source(source), unavoidable)
    _say(capsys, f"mix without render {ours_s:.2f} s, decode + pyloudnorm {theirs_s:.2f} s: ratio {ratio:.2f}")
    made = api.mix_source(source)

    _check_on_rendered_audio(made)
    assert ratio <= 3.0


def _check_on_rendered_audio(made: api.Mix) -> None:
    """What the plan promises holds in what is played."""

    def played(role: Role) -> np.ndarray:
        guids = {track.guid for track in made.session.with_role(role)}
        return np.concatenate(list(play(made.session, made.media, only=guids)), axis=1)

    vocal, backing = played(Role.LEAD_VOCAL), played(Role.BACKING)
    rate = made.session.rate
    dry = soundfile.read(made.session.with_role(Role.LEAD_VOCAL)[0].clips[0].source.path, dtype="float32")[0]
    mask = active_mask(measure(dry[None], rate, dual_mono=True).block_power)
    powers = [measure(samples, rate).block_power[: mask.size] for samples in (vocal, backing)]
    reached = masked_lufs(powers[0], mask) - masked_lufs(powers[1], mask)
    wanted = made.plan.targets["lead"]["relative_loudness_lu"]["value"]
    assert reached == pytest.approx(wanted, abs=0.1)
    peak = measure(np.add(*_padded(vocal, backing)), rate, true_peak=True).true_peak_dbtp
    assert peak is not None
    assert peak <= -0.99


def _padded(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames = max(a.shape[1], b.shape[1])
    return tuple(np.pad(x, ((0, 0), (0, frames - x.shape[1]))) for x in (a, b))  # type: ignore[return-value]


def test_the_full_vocal_chain_renders_at_150_times_real_time_in_stereo(song, capsys):
    eq = ReaEq(
        bands=(
            Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0, bandwidth_oct=1.9),
            Band(kind=BandKind.LOW_SHELF, frequency_hz=200.0, gain_db=-2.0, bandwidth_oct=1.5),
            Band(frequency_hz=400.0, gain_db=-2.0, bandwidth_oct=1.0),
            Band(frequency_hz=1500.0, gain_db=1.0, bandwidth_oct=1.0),
            Band(frequency_hz=3000.0, gain_db=2.0, bandwidth_oct=1.0),
            Band(kind=BandKind.HIGH_SHELF, frequency_hz=8000.0, gain_db=3.0, bandwidth_oct=1.5),
        )
    )
    comp = ReaComp(threshold_db=-30.0, ratio=3.3, attack_ms=1.2, release_ms=118.0)
    verb = ReaVerbate(wet_db=-14.0, room_size=0.88)
    session = api.open_source(api.RecordingsSource(vocals=(song.backing,)), Media()).session
    chain = tuple(Fx(name="fx", settings=settings) for settings in (eq, comp, verb))
    session = session.map_tracks(lambda track: dataclasses.replace(track, fx=chain))
    media = Media()

    def render() -> None:
        for _ in play(session, media):
            pass

    render()
    seconds = median(_seconds(render) for _ in range(RUNS))
    speed = session.length_s / seconds
    _say(capsys, f"full vocal chain, stereo: {speed:.0f} x real time")

    assert speed >= 150.0


def test_the_whole_command_costs_at_most_four_times_pedalboard_alone(song, capsys, tmp_path):
    def ours() -> None:
        command = ["mix", "--vocal", song.vocal, "--backing", song.backing, "-o", tmp_path / "song.rpp"]
        _python("-m", "daw_bridge", *command, "--render", tmp_path / "ours.wav", "--force")

    def theirs() -> None:
        _python("-c", PEDALBOARD_ALONE, song.vocal, song.backing, tmp_path / "theirs.wav")

    ours_s, theirs_s, ratio = _paired(ours, theirs, runs=3)
    _say(capsys, f"whole command {ours_s:.2f} s, pedalboard alone {theirs_s:.2f} s: ratio {ratio:.2f}")

    assert ratio <= 4.0


def test_peak_memory_of_the_whole_command(song, capsys, tmp_path):
    pytest.importorskip("resource")
    command = ["mix", "--vocal", song.vocal, "--backing", song.backing, "-o", tmp_path / "song.rpp"]
    done = _python("-c", WITH_PEAK_MEMORY, *command, "--render", tmp_path / "mix.wav")
    mebibytes = int(done.stderr.split()[-1]) / 1024
    audio = (
        sum(np.prod(soundfile.info(path).frames * soundfile.info(path).channels) for path in song[:2]) * 4 / 2**20
    )
    _say(capsys, f"peak memory {mebibytes:.0f} MiB, of which the decoded audio is {audio:.0f} MiB")

    assert mebibytes < 1500.0


def test_help_answers_within_a_fifth_of_a_second(capsys):
    ours_s, theirs_s, _ = _paired(
        lambda: _python("-m", "daw_bridge", "--help"), lambda: _python("-c", "pass"), runs=9
    )
    _say(capsys, f"--help {ours_s:.3f} s, python -c pass {theirs_s:.3f} s: {ours_s - theirs_s:.3f} s more")

    assert ours_s - theirs_s < 0.2


def _python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True)

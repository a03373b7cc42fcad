"""What we and each peer do, one thing a process: `python jobs.py JOB '{"argument": ...}'` prints one JSON line.

Processor seconds are counted, not those on the clock: other work on the machine does not count, and neither do
two cores. What is imported is imported in the job, so that no peer's memory is another's.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import soundfile

Chain = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From a mono voice to what leaves the compressor, and to what leaves the reverb."""

RATE = 44100

# What all three chains can do alike: RBJ's shelves and bells, a peak detector before one time constant, a tail.
BANDS = (  # Hz, dB, Q
    (200.0, -2.0, math.sqrt(0.5)),
    (400.0, -2.0, 1.4),
    (1500.0, 1.0, 1.4),
    (3000.0, 2.0, 1.4),
    (5000.0, -1.0, 1.4),
    (8000.0, 3.0, math.sqrt(0.5)),
)
THRESHOLD_DB, RATIO, KNEE_DB, TIME_MS, MAKE_UP_DB = -30.0, 3.0, 6.0, 20.0, 4.0
RT60_S, TAIL_FRAMES, WET = 1.2, 65536, 0.1

BLOCK_FRAMES = 1 << 17


def mix_ours(*, vocal: str, backing: str, reference: str, project: str, out: str) -> dict[str, float]:
    """The whole command, from its start."""
    from daw_bridge.cli import main

    words = ["mix", "--vocal", vocal, "--backing", backing, "--reference", reference, "-o", project]
    try:
        main([*words, "--render", out, "--force"])
    except SystemExit as ended:
        if ended.code:
            raise
    return {"seconds": time.process_time()}


def mix_matchering(*, dry: str, reference: str, out: str) -> dict[str, float]:
    """A whole program, from its start."""
    import matchering

    matchering.process(dry, reference, [matchering.pcm24(out)])
    return {"seconds": time.process_time()}


def chain_ours(*, voice: str, excerpt: str, out: str) -> dict[str, float]:
    """The models that `mix --render` plays, in its blocks."""
    from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
    from daw_bridge.plugins.reaverbate_sound import room_size_for
    from daw_bridge.plugins.sound import make_processor

    kinds = (BandKind.LOW_SHELF, *[BandKind.BAND] * (len(BANDS) - 2), BandKind.HIGH_SHELF)
    shelves = (BandKind.LOW_SHELF, BandKind.HIGH_SHELF)
    bands = tuple(
        Band(kind=kind, frequency_hz=hz, gain_db=gain, bandwidth_oct=1.0 if kind in shelves else _octaves(hz, q))
        for kind, (hz, gain, q) in zip(kinds, BANDS, strict=True)
    )
    comp = ReaComp(
        threshold_db=THRESHOLD_DB,
        ratio=RATIO,
        knee_db=KNEE_DB,
        attack_ms=TIME_MS,
        release_ms=TIME_MS,
        rms_ms=0.0,
        wet_db=MAKE_UP_DB,
    )
    verb = ReaVerbate(wet_db=20.0 * math.log10(WET), room_size=room_size_for(RT60_S, 0.5, RATE), dampening=0.5)

    def chain(mono: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        processors = [make_processor(settings, RATE, 1) for settings in (ReaEq(bands=bands), comp, verb)]
        before, after = np.empty_like(mono), np.empty((2, mono.shape[1]), np.float32)
        for start in range(0, mono.shape[1], BLOCK_FRAMES):
            block = slice(start, start + BLOCK_FRAMES)
            before[:, block] = processors[1].process(processors[0].process(mono[:, block]))
            after[:, block] = processors[2].process(before[:, block])
        return before, after

    return _timed(chain, voice, excerpt, out)


def _octaves(hz: float, q: float) -> float:
    """The bandwidth of a bell of this Q, by the cookbook. (A shelf with a Q of 0.707 has the slope 1.)"""
    w = 2.0 * math.pi * hz / RATE
    return 2.0 / math.log(2.0) * math.asinh(0.5 / q) * math.sin(w) / w


def chain_dasp(*, voice: str, excerpt: str, out: str) -> dict[str, float]:
    """Its attack is the time from 10 to 90 %, ln 9 time constants; its decay runs over the tail's length."""
    import torch
    from dasp_pytorch import functional

    torch.set_num_threads(1)
    decay = (math.log(1000.0) * TAIL_FRAMES / RATE / RT60_S - 1.0) / 10.0
    comp = (THRESHOLD_DB, RATIO, TIME_MS * math.log(9.0), TIME_MS, KNEE_DB, MAKE_UP_DB)

    def tensors(values: tuple[float, ...]) -> list[Any]:
        return [torch.tensor([[value]]) for value in values]

    def chain(mono: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            samples = torch.from_numpy(mono)[None]
            eq = tensors(tuple(value for hz, gain, q in BANDS for value in (gain, hz, q)))
            before = functional.compressor(functional.parametric_eq(samples, RATE, *eq), RATE, *tensors(comp))
            tail = tensors((1.0,) * 12 + (decay,) * 12 + (WET,))
            after = functional.noise_shaped_reverberation(before, RATE, *tail, num_samples=TAIL_FRAMES)
            return before[0].numpy(), after[0].numpy()

    return _timed(chain, voice, excerpt, out)


def chain_grafx(*, voice: str, excerpt: str, out: str) -> dict[str, float]:
    """Values go through exp or a sigmoid; its threshold is 6 below what it is told; its tail has energy 1.

    Its "iir" smoother cuts off all below 0, and so every gain in dB: only "ballistics" compresses.
    """
    _stand_in_for_torchaudio()
    import torch
    from grafx.processors.dynamics import Compressor
    from grafx.processors.eq import ParametricEqualizer
    from grafx.processors.reverb import FilteredNoiseShapingReverb

    torch.set_num_threads(1)
    energy = math.log(10.0) / 10.0  # natural logarithms of power, of a decibel
    eq = ParametricEqualizer(num_filters=len(BANDS), flashfftconv=False)
    comp = Compressor(energy_smoother=None, gain_smoother="ballistics", gain_smooth_in_log=True)
    verb = FilteredNoiseShapingReverb(ir_len=TAIL_FRAMES, sr=RATE, processor_channel="stereo", flashfftconv=False)
    hz, gain, q = torch.tensor(BANDS).T[:, None, None]
    eq_values = {"w0": torch.logit(2.0 * hz / RATE), "q_inv": -q.log(), "log_gain": gain * math.log(10.0) / 40.0}
    comp_values = {
        "log_threshold": [THRESHOLD_DB * energy + 6.0],
        # It applies a gain of power to amplitudes: twice the dB.
        "log_ratio": [math.log((RATIO - 1.0) / (RATIO + 1.0))],
        "log_knee": [math.log(KNEE_DB * energy)],
        "z_alpha_post": [math.log(math.expm1(1000.0 / (TIME_MS * RATE)))] * 2,
    }
    slope = -math.log(1000.0) / (RT60_S * RATE)
    part = (slope - verb.min_decay) / (verb.max_decay - verb.min_decay)
    tail = {"log_decay": torch.full((1, 2, 12), math.log(part / (1.0 - part))), "log_gain": torch.ones(1, 2, 12)}

    def chain(mono: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            frames = mono.shape[1]  # its convolutions are late by half a sample where they get an even number
            before = eq(torch.from_numpy(np.pad(mono, ((0, 0), (0, 1 - frames % 2))))[None], **eq_values)
            before = comp(before, **{name: torch.tensor([values]) for name, values in comp_values.items()})
            before = before * 10.0 ** (MAKE_UP_DB / 20.0)
            both = before.repeat(1, 2, 1)
            after = (1.0 - WET) * both + WET * verb(both, **tail)
            return before[0, :, :frames].numpy(), after[0, :, :frames].numpy()

    return _timed(chain, voice, excerpt, out)


def meter_ours(*, mix: str) -> dict[str, float]:
    """Loudness of what is decoded already, as with the peers; ours gives range, peaks and blocks with it."""
    from predictors.loudness import LoudnessMeter

    def measured(samples: np.ndarray) -> float:
        meter = LoudnessMeter(RATE, 2)
        meter.add(samples.T)
        return meter.result().integrated_lufs

    return _metered(measured, mix)


def meter_pyloudnorm(*, mix: str) -> dict[str, float]:
    """With the filters that it has unless it is told otherwise."""
    import pyloudnorm

    return _metered(lambda samples: float(pyloudnorm.Meter(RATE).integrated_loudness(samples)), mix)


def meter_pyebur128(*, mix: str) -> dict[str, float]:
    """libebur128, integrated loudness alone."""
    import pyebur128

    def measured(samples: np.ndarray) -> float:
        state = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_I)
        state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
        return float(pyebur128.get_loudness_global(state))

    return _metered(measured, mix)


def _timed(chain: Chain, voice: str, excerpt: str, out: str) -> dict[str, float]:
    """Seconds for the voice; what the compressor makes of the excerpt goes to `out`."""
    samples, part = (soundfile.read(path, dtype="float32", always_2d=True)[0].T for path in (voice, excerpt))
    chain(np.ascontiguousarray(samples[:, :RATE]))
    started = time.process_time()
    before, after = chain(samples)
    seconds = time.process_time() - started
    if after.shape != (2, samples.shape[1]) or not np.isfinite(after).all():
        raise ValueError(f"no stereo sound of {samples.shape[1]} frames: {after.shape}")
    np.save(out, before if voice == excerpt else chain(part)[0])
    return {"seconds": seconds}


def _metered(measured: Callable[[np.ndarray], float], mix: str) -> dict[str, float]:
    samples = soundfile.read(mix, dtype="float32")[0]
    measured(samples[:RATE])
    started = time.process_time()
    level_lufs = measured(samples)
    return {"seconds": time.process_time() - started, "lufs": level_lufs}


def _stand_in_for_torchaudio() -> None:
    """grafx imports it for a filter that is not used here; PyPI's is for CUDA and fails beside torch for CPUs."""
    for name in ("torchaudio", "torchaudio.functional"):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__version__, module.lfilter = "2.4.0", None  # type: ignore[attr-defined]
        sys.modules[name] = module


def _peak_mebibytes() -> float:
    """Of this program alone: `ru_maxrss` on Linux is at least what the parent held when it started us."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2.0**20  # bytes on macOS


JOBS = (
    mix_ours,
    mix_matchering,
    chain_ours,
    chain_dasp,
    chain_grafx,
    meter_ours,
    meter_pyloudnorm,
    meter_pyebur128,
)

if __name__ == "__main__":
    job = {job.__name__: job for job in JOBS}[sys.argv[1]]
    print(json.dumps({**job(**json.loads(sys.argv[2])), "mebibytes": _peak_mebibytes()}))

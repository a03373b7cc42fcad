"""Fitting a network to examples: Adam on batches that depend on the seed and the step alone.

So training that was stopped and resumed ends at the same tensors, on a CPU to the last bit, as training that was
not. Every so many steps the state goes into a checkpoint and the curve into a file beside it, a JSON line each.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from predictors.features import BANDS, CENTRES_HZ, section_slice
from predictors.training.examples import Examples, Progress
from predictors.training.networks import Network, Tensors, answers, make, trained

Floats = NDArray[np.float32]

OTHER_VOICE_DB = ((0.7, 6.0), (3.0, 6.0))
"""Random curves of so many octaves and so many dB that make a new voice of each: the few of training are no sample
of all. Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How a network is fitted. `noise` on the features is in units of their spread.

    `other_voices` adds random smooth curves to the tone, which the network has to tell from what it looks for.
    """

    steps: int = 3000
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    noise: float = 0.1
    other_voices: bool = False
    absolute: bool = False
    """Whether it is the absolute error that counts, and not the squared one."""

    check_every: int = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The tensors that did best on the validation examples, at which step, and their loss there."""

    tensors: Tensors
    step: int
    loss: float


State = dict[str, Any]
"""What a checkpoint holds: `step`, `tensors`, `optimizer`, and `best` with its `tensors`, `step` and `loss`."""


def fit(
    network: Network,
    fitting: Fitting,
    examples: Examples,
    valid: Examples,
    *,
    seed: int,
    checkpoint: Path,
    resume: bool = False,
    progress: Progress,
) -> Fitted:
    """Fit a network; on a GPU where there is one. What stops it, Ctrl-C as well, leaves the last checkpoint."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    state = _begun(network, examples, seed, checkpoint, resume=resume)
    tensors = {name: tensor.to(device) for name, tensor in state["tensors"].items()}
    optimizer = _optimizer(network, fitting, tensors, state)
    for step in range(state["step"], fitting.steps):
        loss = _step(network, fitting, examples, tensors, optimizer, seed=seed, step=step)
        done = step + 1
        if done % fitting.check_every == 0 or done == fitting.steps:
            checked = _checked(network, fitting, tensors, valid)
            state = _now(state, done, tensors, optimizer, checked)
            _write(state, {"step": done, "training": loss, "validation": checked}, checkpoint)
            progress(f"step {done} of {fitting.steps}: {checked:.3f}", done / fitting.steps)
    return Fitted(**state["best"])


def _begun(network: Network, examples: Examples, seed: int, checkpoint: Path, *, resume: bool) -> State:
    if resume and checkpoint.exists():
        return dict(torch.load(checkpoint, weights_only=True, map_location="cpu"))
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    curve_path(checkpoint).write_text("", encoding="utf-8")
    tensors = make(network, examples.features, examples.targets, seed=seed)
    best = {"tensors": tensors, "step": 0, "loss": math.inf}
    return {"step": 0, "tensors": tensors, "optimizer": None, "best": best}


def curve_path(checkpoint: Path) -> Path:
    """Where the curve of a training lies: a JSON line for each check."""
    return checkpoint.with_suffix(".jsonl")


def _optimizer(network: Network, fitting: Fitting, tensors: Tensors, state: State) -> Any:
    changed = [tensors[name].requires_grad_() for name in trained(network)]
    optimizer = torch.optim.AdamW(changed, lr=fitting.learning_rate, weight_decay=fitting.weight_decay)
    if state["optimizer"] is not None:
        optimizer.load_state_dict(state["optimizer"])
    return optimizer


def _step(
    network: Network,
    fitting: Fitting,
    examples: Examples,
    tensors: Tensors,
    optimizer: Any,
    *,
    seed: int,
    step: int,
) -> float:
    """One step down the slope; the rate of learning falls to 0 over half a cosine."""
    rng = np.random.default_rng((seed, step))
    torch.manual_seed(int(rng.integers(2**31)))
    chosen = rng.integers(len(examples), size=fitting.batch)
    device = tensors["unit"].device
    features = torch.from_numpy(_varied(network, fitting, examples.features[chosen], tensors, rng)).to(device)
    targets, weights = (torch.from_numpy(part[chosen]).to(device) for part in (examples.targets, examples.weights))
    for group in optimizer.param_groups:
        group["lr"] = fitting.learning_rate * 0.5 * (1.0 + math.cos(math.pi * step / fitting.steps))
    optimizer.zero_grad()
    loss = _loss(fitting, answers(network, tensors, features, training=True), targets, weights, tensors["unit"])
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _varied(
    network: Network, fitting: Fitting, features: Floats, tensors: Tensors, rng: np.random.Generator
) -> Floats:
    """The features with a little noise and, if wanted, as if other voices had made them."""
    varied: Floats = features.copy()
    if fitting.noise:
        columns = list(network.columns)
        spread = 1.0 / tensors["scale"].cpu().numpy()
        noise = rng.standard_normal((len(features), len(columns)), np.float32)
        varied[:, columns] += np.float32(fitting.noise) * spread * noise
    if fitting.other_voices:
        start = section_slice("tone").start
        varied[:, start : start + BANDS] += sum(_curves(rng, len(features), *kind) for kind in OTHER_VOICE_DB)
    return varied


def _curves(rng: np.random.Generator, count: int, octaves: float, spread_db: float) -> Floats:
    """Random curves over the bands, (count, 64), as smooth as a Gaussian of so many octaves."""
    at = np.log2(CENTRES_HZ)
    kernel = np.exp(-0.5 * np.square((at[:, None] - at) / octaves)) + 1e-4 * np.eye(BANDS)
    curves: Floats = rng.standard_normal((count, BANDS), np.float32) @ np.linalg.cholesky(kernel).T
    return np.asarray(spread_db * curves, dtype=np.float32)


def _loss(fitting: Fitting, said: Tensor, targets: Tensor, weights: Tensor, unit: Tensor) -> Tensor:
    """The error of all members in units of the targets' spread; what has no weight does not count."""
    off = (said - targets) / unit
    error = off.abs() if fitting.absolute else off.square()
    return (error * weights).sum() / (len(said) * weights.sum()).clamp_min(1.0)


def _checked(network: Network, fitting: Fitting, tensors: Tensors, valid: Examples) -> float:
    """The loss of what the members say together on the validation examples."""
    device = tensors["unit"].device
    parts = (valid.features, valid.targets, valid.weights)
    features, targets, weights = (torch.from_numpy(part).to(device) for part in parts)
    with torch.no_grad():
        said = answers(network, tensors, features).mean(dim=0, keepdim=True)
        return float(_loss(fitting, said, targets, weights, tensors["unit"]))


def _now(state: State, step: int, tensors: Tensors, optimizer: Any, checked: float) -> State:
    """The state after a step; the tensors that have done best so far are remembered."""
    kept = {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}
    best = {"tensors": kept, "step": step, "loss": checked} if checked < state["best"]["loss"] else state["best"]
    return {"step": step, "tensors": kept, "optimizer": optimizer.state_dict(), "best": best}


def _write(state: State, line: dict[str, float], checkpoint: Path) -> None:
    with curve_path(checkpoint).open("a", encoding="utf-8") as curve:
        curve.write(json.dumps(line) + "\n")
    temporary = checkpoint.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(checkpoint)

"""The networks: small ensembles, as pure functions of their tensors.

All members of an ensemble see the same features; they start from different weights, and their answers are
averaged. `Network` says how one is made; its tensors are a plain dictionary, to be saved, compared and exported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from predictors.features import BANDS, FEATURE_COUNT, TONE_ROWS, section_slice

Tensors = dict[str, Tensor]
Floats = NDArray[np.float32]

KERNEL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a network looks at and how wide it is.

    `sections` of the features of each of `inputs` go through layers of `widths`. With `channels`, convolutions over
    frequency come first: the section is then "tone" alone, of one input.
    """

    sections: tuple[str, ...]
    outputs: int
    inputs: int = 1
    widths: tuple[int, ...] = (64, 64)
    channels: tuple[int, ...] = ()
    members: int = 4
    dropout: float = 0.2
    exponential: bool = False
    """Whether the outputs are the exponentials of what is trained: then it is ratios that count."""

    @property
    def columns(self) -> tuple[int, ...]:
        """Which of the features it looks at."""
        picked = np.concatenate([np.arange(FEATURE_COUNT)[section_slice(name)] for name in self.sections])
        return tuple(int(n) for start in range(self.inputs) for n in picked + start * FEATURE_COUNT)


def make(network: Network, features: Floats, targets: Floats, *, seed: int) -> Tensors:
    """New tensors. Inputs and outputs are counted in the spread of these training examples."""
    torch.manual_seed(seed)
    chosen = torch.from_numpy(features[:, list(network.columns)])
    scale = chosen.std(dim=0)
    if network.channels:  # one scale a row, so that the same curve looks the same at every frequency
        scale = scale.reshape(TONE_ROWS, BANDS).square().mean(dim=1).sqrt().repeat_interleave(BANDS)
    told = torch.from_numpy(targets)
    return {
        "offset": chosen.mean(dim=0),
        "scale": 1.0 / (scale + 1e-3),
        "unit": told.std(dim=0) + 1e-6,
        "origin": told.mean(dim=0),
        **_convolutions(network),
        **_layers(network),
    }


def _convolutions(network: Network) -> Tensors:
    tensors: Tensors = {}
    before = TONE_ROWS
    for n, channels in enumerate(network.channels):
        spread = (2.0 / (before * KERNEL)) ** 0.5
        tensors[f"kernel{n}"] = torch.randn(network.members * channels, before, KERNEL) * spread
        tensors[f"lift{n}"] = torch.zeros(network.members * channels)
        before = channels
    return tensors


def _layers(network: Network) -> Tensors:
    tensors: Tensors = {}
    before = network.channels[-1] * BANDS if network.channels else len(network.columns)
    for n, width in enumerate((*network.widths, network.outputs)):
        spread = (2.0 / before) ** 0.5 if n < len(network.widths) else before**-0.5
        tensors[f"weight{n}"] = torch.randn(network.members, before, width) * spread
        tensors[f"bias{n}"] = torch.zeros(network.members, 1, width)
        before = width
    return tensors


def trained(network: Network) -> Sequence[str]:
    """The names of the tensors that training changes; the others hold the scales."""
    convolutions = [f"{part}{n}" for n in range(len(network.channels)) for part in ("kernel", "lift")]
    return [*convolutions, *(f"{part}{n}" for n in range(len(network.widths) + 1) for part in ("weight", "bias"))]


def answers(network: Network, tensors: Tensors, features: Tensor, *, training: bool = False) -> Tensor:
    """What each member says to features (examples, n): (members, examples, outputs), in the targets' units."""
    rate = network.dropout if training else 0.0
    seen = (features[:, list(network.columns)] - tensors["offset"]) * tensors["scale"]
    now = _convolved(network, tensors, seen) if network.channels else seen.expand(network.members, *seen.shape)
    for n in range(len(network.widths)):
        now = functional.relu(functional.dropout(now, rate) @ tensors[f"weight{n}"] + tensors[f"bias{n}"])
    last = len(network.widths)
    now = functional.dropout(now, rate) @ tensors[f"weight{last}"] + tensors[f"bias{last}"]
    return now * tensors["unit"] + tensors["origin"]


def _convolved(network: Network, tensors: Tensors, seen: Tensor) -> Tensor:
    """The tone through the convolutions: (members, examples, channels x bands)."""
    now = seen.reshape(-1, TONE_ROWS, BANDS)
    for n in range(len(network.channels)):
        groups = network.members if n else 1
        kernel, lift = tensors[f"kernel{n}"], tensors[f"lift{n}"]
        now = functional.relu(functional.conv1d(now, kernel, lift, padding=KERNEL // 2, groups=groups))
    return now.reshape(len(now), network.members, -1).transpose(0, 1)


def parameter_count(network: Network, tensors: Tensors) -> int:
    """How many numbers were trained."""
    return sum(tensors[name].numel() for name in trained(network))

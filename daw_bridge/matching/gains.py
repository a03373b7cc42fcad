"""Faders and pans of several tracks from their mix: a convex fit, least squares with gains that are not negative.

Left and right are fitted each for itself. Bands and seconds that the tracks do not explain count less, so that
plug-ins on the tracks and sounds that are on none of them disturb little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude, decibels
from daw_bridge.matching.products import Array, Grid, Products, inner_products, octave_edges

Mask = NDArray[np.bool_]

SILENT_FADER_DB = -150.0
"""From here down REAPER shows -inf: where a track is not in the mix."""

GRID = Grid(frame_s=0.09, pooled=20, edges_hz=octave_edges(40.0, 18000.0, 3))

_SAME_SIDES = 1e-8
"""Sides that differ by no more than this share of their energy are those of a mono mix."""

_RIDGE = 1e-6
"""Share of a track's own energy that keeps the fit unique where tracks are alike: they then share the gain."""

_FLOOR = 1e-3
"""A band of a second counts no more than if this share of it were unexplained."""

_ROUNDS = 6
_HEARD = 1e-6
"""The share (-60 dB) of some band in some block that a track must reach to count as being in the mix."""

_EVIDENCE = 0.02
"""What a track that is there has at least: its share of what is unexplained, summed over bands and blocks. Tracks
that are not in the mix came to 0.001 at most, with unrelated sound in it 10 dB over all the tracks (measured)."""

_TURNED = 0.02
"""Turning a track over has to explain this share of what is not explained without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A track's place in a mix, as REAPER's fader, pan (balance with the law 0 dB) and phase button."""

    fader_db: float
    pan: float = 0.0
    inverted: bool = False

    @property
    def heard(self) -> bool:
        """Whether the track is in the mix at all."""
        return self.fader_db > SILENT_FADER_DB

    @property
    def sides(self) -> tuple[float, float]:
        """Linear gains to the left and to the right, below 0 where inverted."""
        gain = (-1.0 if self.inverted else 1.0) * (amplitude(self.fader_db) if self.heard else 0.0)
        return gain * min(1.0, 1.0 - self.pan), gain * min(1.0, 1.0 + self.pan)


ABSENT = Strip(fader_db=SILENT_FADER_DB)


def strip_of(left: float, right: float) -> Strip:
    """The strip with these gains of one sign to the left and to the right."""
    louder, softer = sorted((abs(left), abs(right)), reverse=True)
    if louder <= amplitude(SILENT_FADER_DB):
        return ABSENT
    away = 1.0 - softer / louder
    return Strip(
        fader_db=decibels(louder),
        pan=away if abs(right) > abs(left) else -away,
        inverted=left + right < 0.0,
    )


def sides(samples: Samples, *, mono: bool) -> tuple[NDArray[np.float32], ...]:
    """What goes to the left and to the right, or for a mono mix the mean of both."""
    if mono:
        return (samples.mean(axis=0),)
    return samples[0], samples[-1]


def is_mono(mix: Samples) -> bool:
    """Whether a mix is the same on both sides."""
    if len(mix) == 1:
        return True
    difference = mix[0] - mix[1]
    return bool(np.vdot(difference, difference) <= _SAME_SIDES * np.vdot(mix, mix))


def fit_strips(mix: Samples, tracks: Sequence[Samples], rate: int) -> tuple[Strip, ...]:
    """Fader, pan and phase of each track, as they best explain the mix.

    All are equally long; each may be mono or stereo. In a mono mix all pans are in the middle, since none is heard.
    A track that is silent, or not in the mix, is `ABSENT`; of equal tracks each gets an equal share.
    """
    mono = is_mono(mix)
    per_signal = [sides(samples, mono=mono) for samples in (*tracks, mix)]
    products = [inner_products(side, rate, GRID) for side in zip(*per_signal, strict=True)]
    gains = fit_gains(np.stack(products))
    return tuple(strip_of(float(both[0]), float(both[-1])) for both in gains.T)


def fit_gains(products: Products) -> Array:
    """Gains from inner products (sides, blocks, bands, signals, signals), the mix last; shape (sides, tracks).

    The two sides of a track have the same sign; below 0 it is inverted.
    """
    real = np.asarray(products.real)
    count = real.shape[-1] - 1
    signs = np.ones(count)
    weights = _first_weights(real)
    gains = np.zeros((len(real), count))
    for _ in range(_ROUNDS):
        sums = (real * weights[..., None, None]).sum(axis=(1, 2))
        signs = _signs(sums, signs)
        gains = np.stack([_solve(side, signs) for side in sums])
        weights = 1.0 / _unexplained(real, gains)
    return np.where(_in_mix(real, gains, weights), gains, 0.0)


def _first_weights(products: Array) -> Array:
    """Every band counts the same."""
    power = products[..., -1, -1].sum(axis=(0, 1))
    return np.broadcast_to(1.0 / np.maximum(power, _tiny(products)), products.shape[:3])


def _tiny(products: Array) -> float:
    return 1e-12 * float(products[..., -1, -1].sum(axis=(0, 1)).max(initial=0.0)) + 1e-30


def _unexplained(products: Array, gains: Array) -> Array:
    """Power that the gains leave in every band and block, and a little of what there was."""
    signed = np.concatenate([-gains, np.ones((len(gains), 1))], axis=1)
    left = np.einsum("si,stbij,sj->stb", signed, products, signed)
    usual = products[..., -1, -1].mean(axis=1, keepdims=True)
    return np.asarray(np.maximum(left, 0.0) + _FLOOR * (products[..., -1, -1] + usual) + _tiny(products))


def _signs(sums: Array, before: Array) -> Array:
    """Which tracks to turn over: those for which it explains clearly more."""
    signs: Array = before.copy()
    free: Array = np.mean([_ridged(side)[0] for side in sums], axis=0)
    left = _left_over(sums, signs)
    for track in np.flatnonzero(free * signs < 0.0):
        turned = signs.copy()
        turned[track] *= -1.0
        left_turned = _left_over(sums, turned)
        if left_turned < (1.0 - _TURNED) * left:
            signs, left = turned, left_turned
    return signs


def _ridged(side: Array) -> tuple[Array, Array]:
    """The free least-squares gains of one side, and the matrix of its normal equations."""
    gram = side[:-1, :-1] + np.diag(_RIDGE * np.diag(side)[:-1] + 1e-30)
    return np.asarray(np.linalg.solve(gram, side[:-1, -1])), np.asarray(gram)


def _solve(side: Array, signs: Array) -> Array:
    """Gains of one side with the given signs: non-negative least squares on a root of the normal equations."""
    free, gram = _ridged(side)
    if np.all(free * signs >= 0.0):
        return free
    scale = np.sqrt(np.diag(gram))
    root = np.linalg.cholesky(gram / np.outer(scale, scale)).T
    target = np.linalg.solve(root.T, side[:-1, -1] / scale)
    found, _ = nnls(root * signs, target)
    return np.asarray(found * signs / scale)


def _left_over(sums: Array, signs: Array) -> float:
    total = 0.0
    for side in sums:
        signed = np.append(-_solve(side, signs), 1.0)
        total += float(signed @ side @ signed)
    return total


def _in_mix(products: Array, gains: Array, weights: Array) -> Mask:
    """Which tracks are there: somewhere no more than 60 dB down, and clearly more than by chance."""
    own = np.einsum("stbii->istb", products)[:-1] * np.square(gains).T[:, :, None, None]
    share = (own / np.maximum(products[..., -1, -1], _tiny(products))).max(axis=(1, 2, 3))
    explained = (own * weights).sum(axis=(1, 2, 3))
    heard = (share > _HEARD) & (explained > _EVIDENCE)
    return np.asarray(heard)

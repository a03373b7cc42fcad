"""What the tracks of a model still lack to make the mix, told apart by least squares on all of them at once.

The signals are the parts of the mix as the model plays them. A correction of 1 (0 dB) in every band and block says
that a part is right. With each comes its standard error, from what no track explains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from daw_bridge.matching.products import Array, Products

_RIDGE = 1e-6
_SILENT = 1e-9
"""A track with so little of its largest power makes no sound."""

_DB = 20.0 / np.log(10.0)
_TINY = 1e-30
_UNKNOWN_DB = 60.0
"""The standard error where a track makes no sound."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrections:
    """Gains in dB that the parts lack, and their standard errors in dB; shape (tracks, bands or blocks)."""

    gain_db: Array
    error_db: Array


def over_bands(products: Products, counts: Array) -> Corrections:
    """The corrections band by band, the same at all times; `products` as of `gains.fit_gains`.

    `counts` are how many independent values each band of a block sums. A gain is complex, so that a shift of phase
    that plug-ins bring along does not pass for a loss.
    """
    sums = products.sum(axis=(0, 1))
    total = counts * products.shape[0] * products.shape[1]
    gains, errors = _solved(sums, total)
    return _corrections(np.abs(gains), errors)


def over_blocks(products: Products, counts: Array) -> Corrections:
    """The corrections block by block, the same in all bands; bands count by what is unexplained in them."""
    left = unexplained(products)
    per_value = left.sum(axis=1, keepdims=True) / (counts * products.shape[1])
    weights = 1.0 / np.maximum(per_value, 1e-5 * per_value.max() + _TINY)
    sums = (products.real * weights[..., None, None]).sum(axis=(0, 2))
    gains, errors = _solved(sums, np.full(len(sums), counts.sum() * products.shape[0]))
    return _corrections(np.maximum(gains.real, 1e-3), errors)


def unexplained(products: Products) -> Array:
    """Power that the parts leave of the mix, (sides, blocks, bands)."""
    signs = np.append(-np.ones(products.shape[-1] - 1), 1.0)
    return np.asarray(np.maximum(np.einsum("i,stbij,j->stb", signs, products.real, signs), 0.0))


def _solved(sums: Products | Array, counts: Array) -> tuple[Products, Array]:
    """Least squares for each leading index: gains and their standard errors, (tracks, indices)."""
    gram = sums[:, :-1, :-1]
    own = np.einsum("kii->ki", gram).real
    largest = own.max(axis=0, initial=0.0)
    ridge = _RIDGE * own + _SILENT * largest + _TINY
    gram = gram + ridge[:, :, None] * np.eye(own.shape[1])
    inverse = np.linalg.inv(gram)
    # One is added to the correction, not to nothing: where a track is silent, it is taken for right.
    toward = sums[:, :-1, -1] + ridge
    conjugate = np.einsum("kij,kj->ki", inverse, toward)
    # products are a conj(b): the mix against the tracks is what the normal equations need, conjugated.
    explained = np.einsum("ki,ki->k", conjugate.conj(), toward).real
    left = np.maximum(sums[:, -1, -1].real - explained, 1e-6 * sums[:, -1, -1].real)
    noise = left / np.maximum(counts - own.shape[1], 1.0)
    errors = np.sqrt(np.maximum(noise[:, None] * np.einsum("kii->ki", inverse).real, 0.0))
    # Digital silence makes nothing of nothing, without any error: that tells nothing.
    return conjugate.T, np.where(own > _SILENT * largest, errors, np.inf).T


def _corrections(gains: Array, errors: Array) -> Corrections:
    gains = np.maximum(gains, 1e-3)
    error_db = np.minimum(_DB * errors / gains, _UNKNOWN_DB)
    return Corrections(gain_db=_DB * np.log(gains), error_db=error_db)

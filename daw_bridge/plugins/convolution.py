"""Convolution of a stream with two long impulse responses: partitioned, overlap-add, without latency."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from daw_bridge.audio import Samples

Spectrum = NDArray[np.complex64]

PARTITION = 1 << 15
"""Frames a partition: about the fastest for responses of 0.5 s to 5 s (measured)."""

TOGETHER = 4
"""Partitions that are transformed in one go."""


class Convolver:
    """Two responses, shape (2, frames): each on its side of a stereo input, or both on a mono input.

    Blocks may have any length; those that keep to whole partitions are fastest.
    """

    def __init__(self, responses: Samples, channels: int) -> None:
        count = -(-responses.shape[1] // PARTITION)
        padded = np.pad(responses, ((0, 0), (0, count * PARTITION - responses.shape[1])))
        self._responses = _spectra(padded.reshape(2, count, PARTITION)).swapaxes(0, 1).copy()
        self._heard: deque[Spectrum] = deque(maxlen=count)  # the input's spectra, the newest first
        self._partial = np.zeros((channels, PARTITION), np.float32)
        self._filled = 0
        self._overlap = np.zeros((2, PARTITION), np.float32)

    def process(self, block: Samples) -> Samples:
        """The convolved block, shape (2, frames)."""
        frames = block.shape[1]
        output = np.empty((2, frames), np.float32)
        start = 0
        while start < frames:
            left = frames - start
            whole = min(left // PARTITION, TOGETHER) * PARTITION if self._filled == 0 else 0
            stop = start + (whole or min(left, PARTITION - self._filled))
            piece = block[:, start:stop]
            output[:, start:stop] = self._wholes(piece) if whole else self._part(piece)
            start = stop
        return output

    def _wholes(self, block: Samples) -> Samples:
        """Partitions in a row, from the start of one. Their transforms are faster together."""
        spectra = _spectra(block.reshape(block.shape[0], -1, PARTITION))
        mixed = np.empty((2, spectra.shape[1], PARTITION + 1), np.complex64)
        for step in range(spectra.shape[1]):
            self._heard.appendleft(spectra[:, step])
            mixed[:, step] = _mixed(self._responses, self._heard)
        sounds = fft.irfft(mixed)
        output = sounds[..., :PARTITION]
        output[:, 0] += self._overlap
        output[:, 1:] += sounds[:, :-1, PARTITION:]
        self._overlap = sounds[:, -1, PARTITION:]
        return np.asarray(output.reshape(2, -1))

    def _part(self, block: Samples) -> Samples:
        """A piece of one partition: what there is of it so far is transformed as if silence followed."""
        start, stop = self._filled, self._filled + block.shape[1]
        self._partial[:, start:stop] = block
        spectrum = _spectra(self._partial)
        sound = fft.irfft(_mixed(self._responses, [spectrum, *self._heard]))
        output = sound[:, start:stop] + self._overlap[:, start:stop]
        self._filled = stop % PARTITION
        if self._filled == 0:
            self._heard.appendleft(spectrum)
            self._overlap = sound[:, PARTITION:]
            self._partial[:] = 0.0
        return np.asarray(output)


def _spectra(samples: Samples) -> Spectrum:
    return np.asarray(fft.rfft(samples, 2 * PARTITION))


def _mixed(responses: Spectrum, spectra: Iterable[Spectrum]) -> Spectrum:
    total = np.zeros(responses.shape[1:], np.complex64)
    product = np.empty_like(total)
    for response, spectrum in zip(responses, spectra, strict=False):  # the stream may be younger than the response
        total += np.multiply(response, spectrum, out=product)
    return total

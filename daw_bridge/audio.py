"""Audio in memory, and the doors to audio files."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from daw_bridge.errors import AudioFileError, OutputError
from daw_bridge.files import atomic_path

Samples = NDArray[np.float32]
"""Audio samples, float32, shape (channels, frames)."""

WRITABLE = {".wav": "WAV", ".flac": "FLAC"}

_CHUNK = 1 << 16
"""Frames decoded at once: what a resampler is fed never depends on what is asked of the reader."""

_PRE_ROLL = 1 << 13
"""Frames decoded before a jump, so that the resampler's filter has forgotten that it was restarted."""

LOUDEST = 2.0**32
"""The highest magnitude that a sample may have: integers of 32 bits stored as floats, with room to spare. What is
higher is no sound but damage, or another format, and its square would soon be beyond what a float holds."""

_HINT = "WAV, FLAC, AIFF, MP3 and Ogg files are read: convert it to one of these, or export it again."


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Samples of shape (channels, frames), float32, full scale 1.0, and their rate in Hz."""

    samples: Samples
    rate: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.rate)


class AudioInfo(NamedTuple):
    """What a file says about itself: frames, rate in Hz, channels."""

    frames: int
    rate: int
    channels: int


class AudioReader:
    """The samples of a file at a rate, from any place; cheapest when read from start to end.

    `rate` in Hz may be fractional, by default it is the file's own; `max_channels` leaves out those behind.
    What is read does not depend on how it is cut into blocks. Resampling is by soxr (HQ), without delay.

    Raises AudioFileError for a file that is missing, not audio, empty, cut off, not finite or beyond `LOUDEST`. A
    file can only be found to be cut off, not finite or that loud when it is read as far as that.
    """

    def __init__(self, path: Path, *, rate: float | None = None, max_channels: int | None = None) -> None:
        self.path = path
        self._file = _open(path)
        self.info = AudioInfo(_frames(path, self._file), self._file.samplerate, self._file.channels)
        if not self.info.frames:
            self._file.close()
            raise AudioFileError(f"{path} holds no audio (0 samples).", hint="Record or export it again.")
        self._ratio = (rate or self.info.rate) / self.info.rate
        self.channels = min(self.info.channels, max_channels or self.info.channels)
        self.frames = resampled_frames(self.info.frames, self._ratio)
        self._restart(0)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def read(self, start: int, frames: int) -> Samples:
        """`frames` from `start` on, both at the reader's rate and inside the file: (channels, frames)."""
        if not 0 <= start <= start + frames <= self.frames:
            raise IndexError(f"frames {start} to {start + frames} of {self.frames}")
        if start < self._position or start > self._position + 4 * _PRE_ROLL:
            self._jump(start)
        self._skip(start - self._position)
        out = np.empty((self.channels, frames), np.float32)
        self._fill(out)
        return out

    def _restart(self, file_frame: int) -> None:
        try:
            self._file.seek(file_frame)
        except soundfile.LibsndfileError as error:
            raise _cut_off(self.path, f"it cannot be read at {file_frame / self.info.rate:.1f} s") from error
        self._position = round(file_frame * self._ratio)
        self._pending = np.zeros((0, self.channels), np.float32)
        self._resampler = (
            None
            if self._ratio == 1.0
            else soxr.ResampleStream(self.info.rate, self.info.rate * self._ratio, self.channels, "float32", "HQ")
        )

    def _jump(self, start: int) -> None:
        """Go to a place in the file whose counterpart at the reader's rate is a whole number, before `start`."""
        if self._resampler is None:
            self._restart(start)
            return
        step = _whole_step(self._ratio)
        pre_roll = _PRE_ROLL / min(self._ratio, 1.0)
        self._restart(max(0, int((start / self._ratio - pre_roll) // step) * step) if step else 0)

    def _skip(self, frames: int) -> None:
        while frames:
            piece = self._next(frames)
            frames -= len(piece)

    def _fill(self, out: Samples) -> None:
        done = 0
        while done < out.shape[1]:
            piece = self._next(out.shape[1] - done)
            out[:, done : done + len(piece)] = piece.T
            done += len(piece)

    def _next(self, most: int) -> Samples:
        """The next frames, at most so many: (frames, channels)."""
        while not len(self._pending):
            self._pending = self._decode()
        piece, self._pending = self._pending[:most], self._pending[most:]
        self._position += len(piece)
        return piece

    def _decode(self) -> Samples:
        at = self._file.tell()
        wanted = min(_CHUNK, self.info.frames - at)
        chunk = self._read_chunk(at, wanted)[:, : self.channels]
        if self._resampler is None:
            return chunk
        last = at + wanted == self.info.frames
        if not last:
            return _as_samples(self._resampler.resample_chunk(np.ascontiguousarray(chunk)))
        # One frame more than soxr's own count covers the rounding of the length.
        end = self._resampler.resample_chunk(np.ascontiguousarray(chunk), last=True)
        return np.concatenate([end, np.zeros((2, self.channels), np.float32)])

    def _read_chunk(self, at: int, wanted: int) -> Samples:
        try:
            chunk = _as_samples(self._file.read(wanted, dtype="float32", always_2d=True))
        except soundfile.LibsndfileError as error:
            raise _cut_off(self.path, f"it cannot be read beyond {at / self.info.rate:.1f} s") from error
        if len(chunk) < wanted - (_MP3_SLACK if self._file.format == "MP3" else 0):
            raise _cut_off(self.path, f"{at + len(chunk)} of {self.info.frames} samples are there")
        if not _is_sound(chunk):
            raise self._no_sound(at, chunk)
        return np.pad(chunk, ((0, wanted - len(chunk)), (0, 0))) if len(chunk) < wanted else chunk

    def _no_sound(self, at: int, chunk: Samples) -> AudioFileError:
        """What to say of the first sample in a chunk that is not a number, or far too high."""
        frame, channel = np.argwhere(~(np.abs(chunk) <= LOUDEST))[0]
        value = float(chunk[frame, channel])
        what = (
            f"the value {value:.3g}, which is no sound" if math.isfinite(value) else "a value that is not a number"
        )
        return AudioFileError(
            f"{self.path} holds {what}, at {(at + int(frame)) / self.info.rate:.3f} s.",
            hint="Export it again, or repair the place in an audio editor.",
        )


def _is_sound(chunk: Samples) -> bool:
    """Whether all samples are numbers up to `LOUDEST`; what is not a number is never less than anything."""
    return bool(chunk.min(initial=0.0) >= -LOUDEST and chunk.max(initial=0.0) <= LOUDEST)


def resampled_frames(frames: int, ratio: float) -> int:
    """How many frames `frames` become at `ratio` times their rate."""
    return round(frames * ratio)


def _whole_step(ratio: float) -> int:
    """The fewest frames that become a whole number of frames at `ratio`; 0 where there is no such small number."""
    fraction = Fraction(ratio).limit_denominator(1000)
    return fraction.denominator if float(fraction) == ratio else 0


def _as_samples(array: object) -> Samples:
    return np.asarray(array, dtype=np.float32)


def read_audio(path: Path, *, rate: int | None = None, max_channels: int | None = None) -> Audio:
    """The whole file, by default at its own rate and with all its channels.

    Raises AudioFileError as AudioReader does.
    """
    reader = AudioReader(path, rate=rate, max_channels=max_channels)
    try:
        return Audio(reader.read(0, reader.frames), rate or reader.info.rate)
    finally:
        reader.close()


def resample(samples: Samples, from_hz: float, to_hz: float) -> Samples:
    """The samples at another rate, without delay (soxr, HQ)."""
    if from_hz == to_hz:
        return samples
    frames = resampled_frames(samples.shape[1], to_hz / from_hz)
    made = soxr.resample(np.ascontiguousarray(samples.T), from_hz, to_hz, "HQ").T[:, :frames]
    return np.pad(made, ((0, 0), (0, frames - made.shape[1]))).astype(np.float32, copy=False)


_PROMISE = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_OGG_CUT = ("lacks an end-of-stream bit", "Junk after the last page")
_MP3_SLACK = 2 * 1152
"""Encoders and decoders disagree by up to two frames on how much silence they add to an MP3."""

_UNKNOWN_LENGTH = 0x7FFFF000
"""Programs that write into a pipe promise at least so many bytes, because they do not know better."""


def _open(path: Path) -> soundfile.SoundFile:
    if path.is_dir():
        raise AudioFileError(f"{path} is a folder, not a recording.", hint="Name a file in it.")
    if not path.is_file():
        raise AudioFileError(f"There is no file {path}.", hint="Check the path.")
    try:
        file = soundfile.SoundFile(_as_named(path))
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".")
        raise AudioFileError(f"{path} cannot be read as audio ({reason}).", hint=_HINT) from error
    except TypeError as error:  # soundfile asks for the format of what it takes for headerless audio
        raise AudioFileError(f"{path} has no header that says what it holds.", hint=_HINT) from error
    missing = _missing(file)
    if missing:
        file.close()
        raise _cut_off(path, missing)
    return file


def _as_named(path: Path) -> str | bytes:
    """The path for libsndfile: the bytes themselves where names are bytes, for they need not be UTF-8."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def _missing(file: soundfile.SoundFile) -> str:
    """What the header promises and the file does not hold; libsndfile only notes it in its log."""
    log = file.extra_info
    promise = _PROMISE.search(log)
    if promise and file.frames:
        promised, there = map(int, promise.groups())
        frames = round(promised * file.frames / there)
        if promised < _UNKNOWN_LENGTH and frames > file.frames:
            return f"{file.frames} of {frames} samples are there"
    return "its last page is missing" if any(words in log for words in _OGG_CUT) else ""


def _frames(path: Path, file: soundfile.SoundFile) -> int:
    """How many frames there are; an MP3 without a length in its first frame has to be decoded to know."""
    if file.format != "MP3" or _has_length(path):
        return int(file.frames)
    frames = 0
    while count := len(file.read(_CHUNK, dtype="float32")):
        frames += count
    file.seek(0)
    return frames


def _has_length(path: Path) -> bool:
    """Whether an MP3's first frame, behind a tag, says how many frames follow (Xing, its CBR form Info, VBRI)."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            file.seek(sum((byte & 127) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)), 1)
        first = head + file.read(1024)
    return any(name in first for name in (b"Xing", b"Info", b"VBRI"))


def _cut_off(path: Path, what: str) -> AudioFileError:
    return AudioFileError(f"{path} is cut off: {what}.", hint="Copy or export it again.")


_MOST_WAV_BYTES = 2**32 - 1024
"""A .wav counts its bytes in 32 bits; libsndfile writes on, and the rest is not found again."""


def check_writable(path: Path) -> None:
    """Raises OutputError where `write_audio` could not write: an unknown format, no such folder."""
    if path.suffix.lower() not in WRITABLE:
        raise OutputError(
            f"{path.name}: audio is not written as '{path.suffix}'.",
            hint=f"Name the file with one of {', '.join(WRITABLE)}.",
        )
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}.", hint="Make the folder, or choose another one.")


def write_audio(
    path: Path, blocks: Iterable[Samples], rate: int, channels: int, *, draft: Path | None = None
) -> float:
    """Write blocks of shape (channels, frames) as 24 bit PCM; returns the sample peak, 1.0 being full scale.

    The suffix chooses the format, .wav or .flac. What lies above full scale is clipped. The file appears when it
    is complete, or not at all; with a `draft` of it (see `atomic_path`), that is written, and not named here.
    Raises OutputError (unknown format, no such folder, full disk, too long), and whatever `blocks` raises.
    """
    check_writable(path)
    peak = 0.0
    file_format = WRITABLE[path.suffix.lower()]
    with (
        atomic_path(path) if draft is None else contextlib.nullcontext(draft) as written,
        _writing(path),
        soundfile.SoundFile(_as_named(written), "w", rate, channels, "PCM_24", format=file_format) as file,
    ):
        for block in blocks:
            peak = max(peak, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
            if file_format == "WAV" and 3 * channels * (file.frames + block.shape[1]) > _MOST_WAV_BYTES:
                raise OutputError(f"{path} would be longer than a .wav can be (4 GB).", hint="Name it .flac.")
            file.write(np.ascontiguousarray(block.T))
    return peak


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (soundfile.LibsndfileError, AssertionError) as error:  # soundfile asserts that all was written
        raise OutputError(
            f"{path} could not be written to its end ({error}).", hint="Is the disk full, or the folder protected?"
        ) from error

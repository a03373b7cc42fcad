"""The audio that clips read from: files, decoded once, and audio in memory under made-up names."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from threading import Lock

import numpy as np

from daw_bridge.audio import Audio, AudioInfo, AudioReader, Samples, resample, resampled_frames
from daw_bridge.session import Clip, Source

BUDGET_BYTES = 1_000_000_000
"""How much decoded audio is kept, so that an hour of stereo still renders in less than 1.5 GB altogether."""

_AnyRate = tuple[Path, float]
_Played = tuple[tuple[Clip, ...], Hashable]
Pieces = tuple[Samples, Samples]
"""A sound in two pieces: while its clips may sound, and what rings on after the end of the session."""


class Media:
    """Every file that clips name, decoded once and kept as long as the budget lasts; the rest is streamed.

    Of files with more than two channels the first two are heard. Samples that are given out may be views of
    what is kept: they must not be written to. Several threads may read at once.
    """

    def __init__(self, *, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._added: dict[Path, Audio] = {}
        self._infos: dict[Path, AudioInfo] = {}
        self._decoded: dict[_AnyRate, Samples] = {}
        self._streamed: dict[_AnyRate, AudioReader] = {}
        self._claimed: dict[_AnyRate, int] = {}
        self._played: dict[_Played, Pieces] = {}
        self._used = 0
        self._lock = Lock()
        self._taken: dict[_AnyRate, Lock] = {}

    def add(self, path: Path, audio: Audio) -> None:
        """Let clips read this audio (one or two channels) by a name that no file has."""
        self.discard(path)
        self._added[path] = audio

    def discard(self, path: Path) -> None:
        """Forget what was added or decoded under this name, and what was made of it."""
        self._added.pop(path, None)
        self._infos.pop(path, None)
        for key in [key for key in self._decoded if key[0] == path]:
            del self._decoded[key]
        for key in [key for key in self._claimed if key[0] == path]:
            self._used -= self._claimed.pop(key)
        for key in [key for key in self._streamed if key[0] == path]:
            self._streamed.pop(key).close()
        for played in [played for played in self._played if any(clip.source.path == path for clip in played[0])]:
            self._used -= sum(piece.nbytes for piece in self._played.pop(played))

    def remember(self, clips: tuple[Clip, ...], chain: Hashable, pieces: Pieces) -> None:
        """Keep what a chain makes of clips, if the budget lasts."""
        size = sum(piece.nbytes for piece in pieces)
        if (clips, chain) not in self._played and self._used + size <= self._budget:
            self._played[clips, chain] = pieces
            self._used += size

    def remembered(self, clips: tuple[Clip, ...], chain: Hashable) -> Pieces | None:
        """What the chain makes of the clips, if it was kept."""
        return self._played.get((clips, chain))

    def info(self, source: Source) -> AudioInfo:
        """Length of the source (its section, if it is one), at the file's own rate, and the file's channels.

        Raises AudioFileError.
        """
        whole = self._info(source.path)
        _, frames = _section(source, whole.frames, whole.rate)
        return AudioInfo(frames, whole.rate, whole.channels)

    def frames(self, source: Source, rate: float) -> int:
        """Length of the source in frames at `rate`."""
        return _section(source, self._whole_frames(source.path, rate), rate)[1]

    def claim(self, source: Source, rate: float) -> None:
        """Settle whether the file is kept at this rate: first come, first served, whichever is then read first.

        What is streamed and resampled is not the same to the last bit as what is kept, wherever it begins inside
        of a file: threads that read at once must not decide it by being quick. Raises AudioFileError.
        """
        key = (source.path, rate)
        if key in self._claimed or source.path in self._added:
            return
        size = self._whole_frames(source.path, rate) * self._channels(source.path) * 4
        with self._lock:
            self._claimed[key] = size if self._used + size <= self._budget else 0
            self._used += self._claimed[key]

    def read(self, source: Source, start: int, frames: int, rate: float) -> Samples:
        """Samples (1 or 2, frames) of the source from `start` on, in its own time; zero outside of it.

        `rate` in Hz is the one at which frames are counted: a clip at twice the speed reads at half the
        session's rate. Within a kept file at its own rate this is a view. Raises AudioFileError.
        """
        begin, length = _section(source, self._whole_frames(source.path, rate), rate)
        if source.reverse:
            return self._read_within(source.path, begin, length, length - start - frames, frames, rate)[:, ::-1]
        return self._read_within(source.path, begin, length, start, frames, rate)

    def _read_within(self, path: Path, begin: int, length: int, start: int, frames: int, rate: float) -> Samples:
        """What lies between `start` and `start + frames` of a section, which may reach beyond the file."""
        first = max(start, 0, -begin)
        last = min(start + frames, length, self._whole_frames(path, rate) - begin)
        if last <= first:
            return np.zeros((self._channels(path), frames), np.float32)
        inner = self._read_file(path, begin + first, last - first, rate)
        if last - first == frames:
            return inner
        out = np.zeros((inner.shape[0], frames), np.float32)
        out[:, first - start : last - start] = inner
        return out

    def _read_file(self, path: Path, start: int, frames: int, rate: float) -> Samples:
        with self._lock:
            taken = self._taken.setdefault((path, rate), Lock())
        with taken:
            kept = self._kept(path, rate)
            return (
                self._streamed[path, rate].read(start, frames) if kept is None else kept[:, start : start + frames]
            )

    def _kept(self, path: Path, rate: float) -> Samples | None:
        """The whole file at this rate, or None if it has to be streamed."""
        key = (path, rate)
        if key in self._decoded or key in self._streamed:
            return self._decoded.get(key)
        if path in self._added:
            audio = self._added[path]
            self._decoded[key] = resample(audio.samples, audio.rate, rate)
            return self._decoded[key]
        self.claim(Source(path=path), rate)
        reader = AudioReader(path, rate=rate, max_channels=2)
        if not self._claimed[key]:
            self._streamed[key] = reader
            return None
        self._decoded[key] = reader.read(0, reader.frames)
        reader.close()
        return self._decoded[key]

    def _info(self, path: Path) -> AudioInfo:
        if path in self._added:
            audio = self._added[path]
            return AudioInfo(audio.samples.shape[1], audio.rate, audio.samples.shape[0])
        if path not in self._infos:
            reader = AudioReader(path)
            reader.close()
            self._infos[path] = reader.info
        return self._infos[path]

    def _channels(self, path: Path) -> int:
        return min(2, self._info(path).channels)

    def _whole_frames(self, path: Path, rate: float) -> int:
        info = self._info(path)
        return resampled_frames(info.frames, rate / info.rate)


def _section(source: Source, whole_frames: int, rate: float) -> tuple[int, int]:
    """First frame and number of frames of the section that a source is."""
    begin = round(source.section_start_s * rate)
    if source.section_length_s is None:
        return begin, max(0, whole_frames - begin)
    return begin, round(source.section_length_s * rate)

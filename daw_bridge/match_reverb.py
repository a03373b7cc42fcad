"""An impulse response file as ReaVerbate, and the match as an FX chain file."""

from __future__ import annotations

from pathlib import Path

from daw_bridge.audio import read_audio
from daw_bridge.errors import AudioFileError, OutputError
from daw_bridge.files import check_outputs, write_atomically
from daw_bridge.hosts.rpp.fx_chain import SUFFIX, fx_chain_text
from daw_bridge.matching.impulse_response import ReverbMatch, reverb_settings_for
from daw_bridge.progress import Progress, silent

LONGEST_S = 60.0
"""More is no impulse response but a recording of something else."""


def match_reverb(path: Path, *, seed: int = 0, progress: Progress = silent) -> ReverbMatch:
    """The ReaVerbate nearest to the impulse response in a file, in a project at the file's rate.

    Raises AudioFileError where the file is no audio, is too long, or holds no decay.
    """
    audio = read_audio(path)
    if audio.duration_s > LONGEST_S:
        raise AudioFileError(
            f"{path} lasts {audio.duration_s:.0f} s: that is no impulse response.",
            hint=f"Give the answer of a room or of a reverb to one impulse, at most {LONGEST_S:.0f} s.",
        )
    try:
        return reverb_settings_for(audio.samples, audio.rate, seed=seed, progress=progress)
    except AudioFileError as error:
        raise AudioFileError(f"{path}: {error.message}", hint=error.hint) from error


def check_chain_output(path: Path, *, force: bool = False) -> None:
    """Raises OutputError where `write_chain` could not write: another suffix, no such folder, a file in the way."""
    if path.suffix.lower() != SUFFIX.lower():
        raise OutputError(f"{path.name} is not named as an FX chain.", hint=f"Name it {path.stem}{SUFFIX}.")
    check_outputs([path], force=force)


def write_chain(match: ReverbMatch, path: Path) -> None:
    """Write the match as a chain of one plug-in, which shows the file's name. Raises OutputError."""
    write_atomically(path, fx_chain_text([(path.stem, match.settings)]).encode())

"""Predictors side by side on a data set: `daw-bridge evaluate`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daw_bridge.audio import Samples, resample
from daw_bridge.errors import DatasetError, NothingToMixError, PresetError
from daw_bridge.evaluation.excerpts import BACKING, BACKING_VOCALS, LEAD, Excerpt, busiest
from daw_bridge.evaluation.observations import Observation
from daw_bridge.evaluation.one_song import observe
from daw_bridge.evaluation.recovery import TRIALS_IN_WORDS
from daw_bridge.evaluation.scoreboard import FEWEST_SONGS, Row, scoreboard
from daw_bridge.evaluation.table import as_json, as_text
from daw_bridge.progress import Progress, part, silent
from daw_bridge.threads import one_blas_thread
from predictors.analysis import active_mask
from predictors.cards import ModelError
from predictors.decide import PREDICTORS
from predictors.loudness import measure
from predictors.training import datasets
from predictors.training.scores import CONFIDENCE
from predictors.training.split import TRAIN, VALID

EXCERPT_S = 40.0
"""Enough for the voice to sing for 15 to 30 s; five songs then take about two minutes."""

LEAST_S = 3.0
"""A shorter vocal has hardly a phrase; it may be cut off."""

NOTE_WIDTH = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was found: a table, over which songs, and what to know about it."""

    dataset: Path
    seed: int
    predictors: tuple[str, ...]
    songs: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """For people."""
        return "\n\n".join((as_text(self.rows), *(textwrap.fill(note, NOTE_WIDTH) for note in self.notes)))

    def document(self) -> dict[str, object]:
        """For programs."""
        return {
            "dataset": str(self.dataset),
            "seed": self.seed,
            "excerpt_s": EXCERPT_S,
            "confidence": CONFIDENCE,
            "predictors": list(self.predictors),
            "songs": list(self.songs),
            "measures": as_json(self.rows),
            "notes": list(self.notes),
        }


@one_blas_thread
def evaluate(
    path: Path,
    *,
    predictors: Sequence[str] = (),
    most_songs: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Evaluation:
    """Let predictors (all of them, unless some are named) decide on the songs of a data set.

    Raises DatasetError for a folder that is none or holds no song, PresetError for a predictor that there is not.
    """
    names = _known(tuple(dict.fromkeys(predictors)) or tuple(PREDICTORS))
    songs = _songs(path)[:most_songs]
    observations: list[Observation] = []
    heard: list[datasets.Song] = []
    notes = []
    for number, song in enumerate(songs):
        own = part(progress, number / len(songs), (number + 1) / len(songs))
        try:
            observations += _observed(song, names, seed, own)
        except NothingToMixError as error:
            notes.append(f"Left out: {song.name}. {error.message}")
            continue
        heard.append(song)
    if not heard:
        raise DatasetError(f"No song of {path} can be evaluated.", hint=" ".join(notes))
    return Evaluation(
        dataset=path,
        seed=seed,
        predictors=names,
        songs=tuple(song.name for song in heard),
        rows=scoreboard(observations, seed=seed),
        notes=(*_notes(heard, names), *notes),
    )


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in PREDICTORS:
            known = ", ".join(PREDICTORS)
            raise PresetError(f"There is no predictor {name!r}.", hint=f"There are: {known}.")
    return names


def _songs(path: Path) -> tuple[datasets.Song, ...]:
    try:
        songs = datasets.open_dataset(path).songs()
    except datasets.DatasetError as error:
        raise DatasetError(str(error)) from error
    if not songs:
        raise DatasetError(f"{path} holds no song.", hint="A song is a folder with a vocal and its backing in it.")
    return songs


def _observed(song: datasets.Song, names: tuple[str, ...], seed: int, progress: Progress) -> list[Observation]:
    progress(f"{song.name}: reading", 0.0)
    try:
        return observe(_excerpt(song), names, seed=seed, progress=progress)
    except datasets.DatasetError as error:
        raise DatasetError(str(error)) from error
    except ModelError as error:
        raise PresetError(str(error), hint="Choose other predictors, or install DAW Bridge again.") from error


def _excerpt(song: datasets.Song) -> Excerpt:
    """The piece of a song in which its lead sings most."""
    lead = song.stems["lead"]()
    seconds = lead.samples.shape[1] / lead.rate
    if seconds < LEAST_S:
        raise NothingToMixError(f"Its vocal lasts {seconds:.1f} s, and {LEAST_S:g} s are needed.")
    piece = busiest(lead.samples, lead.rate, EXCERPT_S)
    roles = {LEAD: "lead", BACKING_VOCALS: "backing_vocals", BACKING: "backing"}
    stems = {
        role: _piece(lead if role == LEAD else song.stems[name](), lead.rate, piece)
        for role, name in roles.items()
        if name in song.stems
    }
    if BACKING_VOCALS in stems and not active_mask(measure(stems[BACKING_VOCALS], lead.rate).block_power).any():
        del stems[BACKING_VOCALS]
    mix = None if song.mix is None else _in_stereo(_piece(song.mix(), lead.rate, piece))
    return Excerpt(name=song.name, group=song.group, rate=lead.rate, stems=stems, human_mix=mix)


def _piece(sound: datasets.Sound, rate: int, piece: slice) -> Samples:
    """The piece at another rate; silence where the recording has ended."""
    samples = resample(sound.samples[:2], sound.rate, rate)[:, piece]
    return np.pad(samples, ((0, 0), (0, piece.stop - piece.start - samples.shape[1])))


def _in_stereo(samples: Samples) -> Samples:
    return np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples


def _notes(songs: Sequence[datasets.Song], names: Sequence[str]) -> Iterator[str]:
    count = "1 song" if len(songs) == 1 else f"{len(songs)} songs"
    yield (
        f"Heard: {count}, of each the {EXCERPT_S:g} s in which its lead sings most. In brackets: where "
        f"{100 * CONFIDENCE:g} % of the values lie if the songs are drawn again, which is too narrow for few "
        f"songs. From {FEWEST_SONGS} songs on, + is surely better, - surely worse than the better baseline."
    )
    yield f"Known changes of each song's lead: {TRIALS_IN_WORDS}. No compressor can widen a range again."
    without = [song.name for song in songs if song.mix is None]
    if without:
        yield (
            f"No mix by an engineer: {', '.join(without)}. There, nothing tells whether a mix is good, and the "
            "level to come back to is that of the stems as they are."
        )
    if len(without) < len(songs):
        yield (
            "The stems of finished mixes are processed already, so that doing nothing comes near the engineer's "
            "mix. The lead was put out of balance by up to 8 dB first."
        )
    known = {song.group for song in songs} & (TRAIN | VALID)
    if "learned" in names and known:
        yield f"The networks were made with {', '.join(sorted(known))}: on these, learned is not put to the test."

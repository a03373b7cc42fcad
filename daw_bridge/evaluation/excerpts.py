"""A piece of a song in memory, and as the session that the engineer and the renderer work on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.audio import Audio
from daw_bridge.engineer.listening import listen
from daw_bridge.media import Media
from daw_bridge.progress import silent
from daw_bridge.session import Clip, Role, Session, Source, Tempo, Track
from predictors.loudness import BLOCKS_A_SECOND, measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daw_bridge.audio import Samples
    from predictors.analysis import SessionAnalysis

LEAD, BACKING, BACKING_VOCALS = "lead", "backing", "backing_vocals"

ROLES = {LEAD: Role.LEAD_VOCAL, BACKING_VOCALS: Role.BACKING_VOCAL, BACKING: Role.BACKING}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excerpt:
    """Stems of one song over the same time, (1 or 2, frames) each. `group` is what the statistics draw.

    `stems` has `LEAD` and `BACKING`, and `BACKING_VOCALS` where there are any; `human_mix` is what an engineer made
    of them, where it is known. `tempo_bpm`: None is not known.
    """

    name: str
    group: str
    rate: int
    stems: Mapping[str, Samples]
    human_mix: Samples | None = None
    tempo_bpm: float | None = None

    def with_lead(self, lead: Samples) -> Excerpt:
        """The same with another lead, cut to the length of the backing."""
        frames = self.stems[BACKING].shape[1]
        return dataclasses.replace(self, stems={**self.stems, LEAD: lead[:, :frames]})

    def without_backing_vocals(self) -> Excerpt:
        """Lead and backing alone."""
        stems = {role: samples for role, samples in self.stems.items() if role != BACKING_VOCALS}
        return dataclasses.replace(self, stems=stems)


def busiest(lead: Samples, rate: int, length_s: float) -> slice:
    """The frames of the piece of this length in which the voice sounds most."""
    length = round(length_s * BLOCKS_A_SECOND)
    energy = np.concatenate([[0.0], np.cumsum(np.sqrt(measure(lead, rate).block_power))])
    if len(energy) <= length:
        return slice(0, lead.shape[1])
    start = int(np.argmax(energy[length:] - energy[:-length])) * rate // BLOCKS_A_SECOND
    return slice(start, start + round(length_s * rate))


def as_session(excerpt: Excerpt) -> tuple[Session, Media]:
    """A track a stem; its guid is the name of its role."""
    media = Media()
    tracks = []
    for role, samples in excerpt.stems.items():
        media.add(Path(role), Audio(samples, excerpt.rate))
        clip = Clip(source=Source(path=Path(role)), length_s=samples.shape[1] / excerpt.rate)
        tracks.append(Track(guid=role, name=role, role=ROLES[role], clips=(clip,)))
    tempo = () if excerpt.tempo_bpm is None else (Tempo(position_s=0.0, bpm=excerpt.tempo_bpm),)
    return Session(name=excerpt.name, rate=excerpt.rate, tracks=tuple(tracks), tempo=tempo), media


def hear(excerpt: Excerpt, *, features: bool = False) -> SessionAnalysis:
    """What a predictor is told when such a song is mixed; with what networks are told, if asked for."""
    return listen(*as_session(excerpt), silent, features=features).analysis

"""What the band plays: drums, bass, electric piano and two guitars, from patterns of sixteenths.

In a pattern a letter or digit strikes, `-` lets it ring, `.` is a rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from daw_bridge.demo.dsp import Array, add_at, panned
from daw_bridge.demo.instruments import bass_note, drum, guitar_note, piano_note, room
from daw_bridge.demo.score import BAR_BEATS, BEAT_S, CHORDS, Bar, Part, Score

STRENGTHS = {"X": 1.0, "x": 0.75, "o": 0.45, "d": 1.0, "u": 0.7}
"""How hard: loud, middle, soft; a strum down, a strum up."""

DRUMS = {
    Part.INTRO: {"hat": "o.o.o.o.o.o.o.o."},
    Part.VERSE: {"kick": "x.........x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
    Part.CHORUS: {
        "kick": "X.......X.X.....",
        "snare": "....X.......X...",
        "hat": "X.x.X.x.X.x.X...",
        "open hat": "..............x.",
    },
    Part.ENDING: {"kick": "X", "crash": "X"},
}
FILL = {"snare": "xX..", "high tom": "..X.", "low tom": "...X"}
"""The last beat before a new part."""

PANS = {"kick": 0.0, "snare": 0.08, "hat": -0.4, "open hat": -0.4, "crash": 0.5, "high tom": -0.3, "low tom": 0.35}

BASS = {
    Part.INTRO: "",
    Part.VERSE: "1-----1---5---1-",
    Part.CHORUS: "1-1-1-1-1-1-1-8-",
    Part.ENDING: "1" + 20 * "-",
}
PIANO = {Part.INTRO: "x" + 15 * "-", Part.VERSE: "x-------x-----x-", Part.CHORUS: "x-------x-----x-"} | {
    Part.ENDING: "x" + 20 * "-"
}
GUITAR = {Part.INTRO: "", Part.VERSE: "", Part.CHORUS: "d---d-u---u-d-u-", Part.ENDING: "d" + 20 * "-"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A letter of a pattern, when and how long it sounds, and the chord of its bar."""

    symbol: str
    start_s: float
    length_s: float
    chord: str


def drums(score: Score, *, frames: int, rate: int, seed: int) -> Array:
    """The drum kit in stereo: close microphones and a short room."""
    rng = np.random.default_rng(seed)
    line = np.zeros((2, frames))
    for name, pan in PANS.items():
        sound = panned(drum(name, rate, rng), pan)
        for stroke in _strokes(score, partial(_drum_pattern, name)):
            strength = STRENGTHS[stroke.symbol] * rng.uniform(0.88, 1.0)
            add_at(line, strength * sound, round((stroke.start_s + rng.normal(0.0, 0.002)) * rate))
    return line + 0.25 * room(line, rate, rng)


def _drum_pattern(name: str, bar: Bar) -> str:
    if name == "crash" and bar.first and bar.part is not Part.INTRO:
        return "x"
    pattern = DRUMS[bar.part].get(name, "")
    return pattern[:12].ljust(12, ".") + FILL.get(name, "") if bar.last and bar.part is not Part.ENDING else pattern


def bass(score: Score, *, frames: int, rate: int, seed: int) -> Array:
    """A plucked electric bass, mono."""
    rng = np.random.default_rng(seed)
    line = np.zeros((1, frames))
    note = cache(partial(bass_note, rate=rate))
    for stroke in _strokes(score, lambda bar: BASS[bar.part]):
        root = 28 + (CHORDS[stroke.chord][0] - 28) % 12
        pitch = root + {"1": 0, "5": 7, "8": 12}[stroke.symbol]
        sound = rng.uniform(0.75, 1.0) * note(pitch, stroke.length_s)
        add_at(line, sound[None], round((stroke.start_s + rng.normal(0.0, 0.003)) * rate))
    return line


def chords(score: Score, *, frames: int, rate: int, seed: int) -> Array:
    """An electric piano all through; in the chorus a strummed guitar on each side."""
    rng = np.random.default_rng(seed)
    return _piano(score, frames, rate, rng) + sum(_guitar(score, pan, frames, rate, rng) for pan in (-0.75, 0.75))


def _piano(score: Score, frames: int, rate: int, rng: np.random.Generator) -> Array:
    line = np.zeros((2, frames))
    note = cache(partial(piano_note, rate=rate))
    for stroke in _strokes(score, lambda bar: PIANO[bar.part]):
        for pitch in _voicing(stroke.chord, 55):
            sound = panned(note(pitch, stroke.length_s), (pitch - 62) / 14.0)
            add_at(line, rng.uniform(0.5, 0.7) * sound, round((stroke.start_s + rng.uniform(0.0, 0.012)) * rate))
    # A stereo tremolo in eighths, as on a suitcase piano: what one side loses the other gains.
    swing = 0.25 * np.sin(np.pi * np.arange(frames) / rate / BEAT_S)
    return line * np.stack([1.0 + swing, 1.0 - swing])


def _guitar(score: Score, pan: float, frames: int, rate: int, rng: np.random.Generator) -> Array:
    """Strums down and up, the strings a few milliseconds apart."""
    line = np.zeros(frames)
    note = cache(partial(guitar_note, rate=rate, rng=rng))
    for stroke in _strokes(score, lambda bar: GUITAR[bar.part]):
        strings = _voicing(stroke.chord, 52)
        hand_s = stroke.start_s + rng.normal(0.0, 0.004)
        for order, pitch in enumerate(strings if stroke.symbol == "d" else strings[::-1]):
            strength = 0.14 * STRENGTHS[stroke.symbol] * rng.uniform(0.7, 1.0)
            add_at(line, strength * note(pitch, stroke.length_s), round((hand_s + 0.012 * order) * rate))
    return panned(line, pan)


def _strokes(score: Score, pattern_of: Callable[[Bar], str]) -> Iterator[Stroke]:
    step_s = BEAT_S / 4
    for number, bar in enumerate(score.bars):
        pattern = pattern_of(bar)
        for step, symbol in enumerate(pattern):
            if symbol not in ".-":
                rest = pattern[step + 1 :]
                steps = 1 + len(rest) - len(rest.lstrip("-"))
                yield Stroke(symbol, number * BAR_BEATS * BEAT_S + step * step_s, steps * step_s, bar.chord)


def _voicing(chord: str, lowest: int) -> list[int]:
    """The chord's notes from `lowest` up through an octave and a bit."""
    return [pitch for pitch in range(lowest, lowest + 15) if pitch % 12 in CHORDS[chord]]

"""A singing voice: words and melody become breath, pitch, loudness and movements of the mouth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from daw_bridge.demo.dsp import Array, add_at, gain, hertz, smooth
from daw_bridge.demo.phones import BREATH, CONSONANTS, DIPHTHONGS, VOWELS, Phone
from daw_bridge.demo.score import BEAT_S, Phrase, Syllable
from daw_bridge.demo.throat import CONTROL_HZ, NASAL_POLE_HZ, Mouth, Sources, folds, through_mouth

LEAD_IN_S = 0.8
"""Room before a phrase for its breath and first consonants."""

# A healthy voice: a cycle's length varies by some .3 %, its amplitude by some .3 dB; pitch drifts by some 8 cents.
JITTER, DRIFT, SHIMMER_DB = 0.05, 0.08, 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Singer:
    """What makes one voice differ from another.

    `size` scales the formants (above 1: a shorter throat), `consonants_db` how much the consonants stand out.
    """

    seed: int
    size: float = 1.0
    vibrato_hz: float = 5.5
    vibrato_cents: float = 40.0
    consonants_db: float = 0.0
    late_s: float = 0.0
    breathes: bool = True


def sing(phrases: Iterable[Phrase], singer: Singer, *, frames: int, rate: int) -> Array:
    """The phrases as a dry mono recording of `frames` samples, at no particular level."""
    line = np.zeros(frames)
    for number, phrase in enumerate(phrases):
        start_s = phrase.beat * BEAT_S - LEAD_IN_S + singer.late_s
        rng = np.random.default_rng((singer.seed, number))
        add_at(line, _sing_phrase(phrase, singer, rng, rate), round(start_s * rate))
    return line


def _sing_phrase(phrase: Phrase, singer: Singer, rng: np.random.Generator, rate: int) -> Array:
    segments = list(_segments(phrase, breathes=singer.breathes))
    points = math.ceil((segments[-1].end_s + 0.15) * CONTROL_HZ)
    f0_hz = _pitch(phrase, singer, points, rng)
    effort_db = _effort(phrase, points, rng)
    mouth = _mouth(segments, points)

    frames = points * rate // CONTROL_HZ
    at = np.arange(frames) * (CONTROL_HZ / rate)

    def audio(track: Array) -> Array:
        return np.asarray(np.interp(at, np.arange(points), track))

    flow, pulses = folds(audio(f0_hz), rate)
    noise = rng.standard_normal(frames)
    shimmer = gain(SHIMMER_DB * _wander(rng, points, 12))
    loud, noisy = gain(effort_db), gain(0.5 * effort_db)
    sources = Sources(
        pulses=pulses * audio(mouth.voice * loud * shimmer),
        breath=noise * (0.3 + flow) * audio(mouth.breath * noisy),
        hiss=noise * audio(mouth.hiss * noisy) * gain(singer.consonants_db),
    )
    return through_mouth(sources, mouth, f0_hz, effort_db, size=singer.size, rate=rate)


def _wander(rng: np.random.Generator, points: int, window: int) -> Array:
    """Random movement around 0 of about unit size, no faster than `window` points."""
    return smooth(rng.standard_normal(points), window) * math.sqrt(window / 1.5)


# What is sung when --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Segment:
    start_s: float
    end_s: float
    phone: Phone


def _segments(phrase: Phrase, *, breathes: bool) -> Iterator[_Segment]:
    """The phones of a phrase in time; vowels begin on the beat, so consonants take their time before it."""
    spelled = [_spell(s.phones) for s in phrase.syllables]
    starts_s = [LEAD_IN_S + (beat - phrase.beat) * BEAT_S for beat in phrase.starts]
    onsets_s = [
        start - sum(p.length_s for p in onset) for start, (onset, _, _) in zip(starts_s, spelled, strict=True)
    ]
    ends_s = [*onsets_s[1:], starts_s[-1] + phrase.syllables[-1].beats * BEAT_S]
    if breathes:
        breath_s = onsets_s[0] - 0.06 - BREATH.length_s
        yield _Segment(breath_s, breath_s + BREATH.length_s, BREATH)
    for (onset, vowels, coda), start_s, end_s in zip(spelled, starts_s, ends_s, strict=True):
        vowel_end_s = end_s - sum(p.length_s for p in coda)
        yield from _in_turn(onset, start_s - sum(p.length_s for p in onset))
        yield from _vowels(vowels, start_s, vowel_end_s)
        yield from _in_turn(coda, vowel_end_s)


def _spell(phones: str) -> tuple[list[Phone], list[Phone], list[Phone]]:
    """A syllable as onset, vowel (two for a diphthong) and coda."""
    onset: list[Phone] = []
    vowels: list[Phone] = []
    coda: list[Phone] = []
    for name in phones.split():
        if name in CONSONANTS:
            (coda if vowels else onset).extend(CONSONANTS[name])
        else:
            vowels.extend(VOWELS[v] for v in DIPHTHONGS.get(name, (name,)))
    return onset, vowels, coda


def _in_turn(phones: list[Phone], start_s: float) -> Iterator[_Segment]:
    for phone in phones:
        yield _Segment(start_s, start_s + phone.length_s, phone)
        start_s += phone.length_s


def _vowels(vowels: list[Phone], start_s: float, end_s: float) -> Iterator[_Segment]:
    """A diphthong glides late, as singers do."""
    glide_s = end_s - min(0.16, 0.4 * (end_s - start_s)) if len(vowels) == 2 else end_s
    yield _Segment(start_s, glide_s, vowels[0])
    if len(vowels) == 2:
        yield _Segment(glide_s, end_s, vowels[1])


# How pitch and loudness move ----------------------------------------------------------------------------------


def _notes(phrase: Phrase, points: int, *, early_s: float) -> Iterator[tuple[Syllable, slice, Array]]:
    """Each syllable, its control points, and the seconds since its vowel began; together they cover all points."""
    starts_s = np.array([LEAD_IN_S + (beat - phrase.beat) * BEAT_S for beat in phrase.starts])
    edges = [0, *np.rint((starts_s[1:] - early_s) * CONTROL_HZ).astype(int), points]
    for syllable, start_s, first, end in zip(phrase.syllables, starts_s, edges, edges[1:], strict=False):
        yield syllable, slice(first, end), np.arange(first, end) / CONTROL_HZ - start_s


def _pitch(phrase: Phrase, singer: Singer, points: int, rng: np.random.Generator) -> Array:
    """The fundamental in Hz: glides, a scoop into the phrase, vibrato on long notes, drift and jitter."""
    pitch = np.zeros(points)
    depth = np.zeros(points)
    for syllable, note, held_s in _notes(phrase, points, early_s=0.03):
        pitch[note] = syllable.pitch
        depth[note] = (held_s > 0.2) * (syllable.beats >= 1.0) * singer.vibrato_cents / 100.0
    since_start_s = np.arange(points) / CONTROL_HZ - (LEAD_IN_S - 0.05)
    scoop = -1.2 * np.exp(-np.maximum(since_start_s, 0.0) / 0.05)
    drift = DRIFT * _wander(rng, points, 600)
    jitter = JITTER * _wander(rng, points, 8)
    vibrato_hz = singer.vibrato_hz * (1.0 + 0.05 * _wander(rng, points, 500))
    vibrato = smooth(depth, 240) * np.sin(2.0 * np.pi * np.cumsum(vibrato_hz) / CONTROL_HZ)
    return hertz(smooth(pitch, 90) + scoop + drift + jitter + vibrato)


def _effort(phrase: Phrase, points: int, rng: np.random.Generator) -> Array:
    """Loudness in dB: the phrase's level, high and long notes louder, long notes fade, the last one is let go."""
    beats = sum(s.beats for s in phrase.syllables)
    mean_pitch = sum(s.pitch * s.beats for s in phrase.syllables) / beats
    effort = np.zeros(points)
    for syllable, note, held_s in _notes(phrase, points, early_s=0.05):
        accent_db = 0.5 * (syllable.pitch - mean_pitch) + 2.0 * min(syllable.beats - 1.0, 0.5)
        fade_db = -5.5 * np.clip(held_s - 0.45 * syllable.beats * BEAT_S, 0.0, None)
        effort[note] = phrase.level_db + accent_db + fade_db + rng.normal(0.0, 1.0)
    left_s = LEAD_IN_S + beats * BEAT_S - np.arange(points) / CONTROL_HZ
    letting_go_db = -25.0 * np.clip(1.0 - left_s / 0.16, 0.0, 1.0)
    return smooth(effort, 110) + 0.8 * _wander(rng, points, 250) + letting_go_db


# How the mouth moves ------------------------------------------------------------------------------------------


def _mouth(segments: list[_Segment], points: int) -> Mouth:
    levels = np.zeros((3, points))
    shape = np.zeros((7, points))
    for segment in segments:
        phone = segment.phone
        start, end = round(segment.start_s * CONTROL_HZ), round(segment.end_s * CONTROL_HZ)
        levels[:, start:end] = gain(_upright(phone.voice_db, phone.breath_db, phone.hiss_db))
        nasal_zero_hz = 500.0 if phone.nasal else NASAL_POLE_HZ
        # From here to the end: the mouth stays where it is until the next phone moves it.
        shape[:, start:] = _upright(*phone.formants_hz, phone.hiss_hz, phone.hiss_width_hz, nasal_zero_hz)
    first = round(segments[0].start_s * CONTROL_HZ)
    shape[:, :first] = shape[:, first : first + 1]
    return Mouth(
        voice=smooth(levels[0], 30),
        breath=smooth(levels[1], 40),
        hiss=smooth(levels[2], 10),
        shape=np.concatenate([smooth(shape[:4], 50), shape[4:6], smooth(shape[6:], 30)]),
    )


def _upright(*values: float) -> Array:
    return np.array(values)[:, None]

"""The demo song on paper: chords, words and melody, counted in beats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

TEMPO_BPM = 96.0
BEAT_S = 60.0 / TEMPO_BPM
BAR_BEATS = 4

CHORDS = {"C": (0, 4, 7), "F": (5, 9, 0), "G": (7, 11, 2), "Am": (9, 0, 4)}
"""Pitch classes of each chord, root first."""


@dataclass(frozen=True, slots=True)
class Syllable:
    """Phones as in the CMU dictionary, a MIDI pitch, and a length in beats."""

    phones: str
    pitch: int
    beats: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words sung on one breath, from `beat` of the song on, at `level_db` under full voice."""

    beat: float
    level_db: float
    syllables: tuple[Syllable, ...]

    @property
    def starts(self) -> tuple[float, ...]:
        """The beat on which each syllable's vowel begins."""
        return tuple(self.beat + sum(s.beats for s in self.syllables[:i]) for i in range(len(self.syllables)))


class Part(Enum):
    """What the band plays in a bar."""

    INTRO = "intro"
    VERSE = "verse"
    CHORUS = "chorus"
    ENDING = "ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: its chord, its part of the song, and whether it is the first or the last one of that part."""

    chord: str
    part: Part
    first: bool
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A whole song."""

    bars: tuple[Bar, ...]
    phrases: tuple[Phrase, ...]

    def bar(self, beat: float) -> Bar:
        """The bar that this beat lies in."""
        return self.bars[int(beat) // BAR_BEATS]


def _bars(part: Part, chords: str) -> tuple[Bar, ...]:
    names = chords.split()
    return tuple(Bar(chord=c, part=part, first=i == 0, last=i == len(names) - 1) for i, c in enumerate(names))


INTRO = _bars(Part.INTRO, "Am G")
ROUND = _bars(Part.VERSE, "Am F C G") + _bars(Part.CHORUS, "F C G Am F C G")
ENDING = _bars(Part.ENDING, "C")


def _line(bar: int, level_db: float, text: str) -> Phrase:
    """A phrase from `phones@pitch*beats` groups, e.g. `S-IH-NG@64*1.5`; it begins with a bar of verse or chorus."""
    words = (word.replace("*", "@").split("@") for word in text.split())
    syllables = tuple(
        Syllable(phones.replace("-", " "), int(pitch), float(beats)) for phones, pitch, beats in words
    )
    return Phrase(beat=bar * BAR_BEATS, level_db=level_db, syllables=syllables)


# When the morning finds a window / I will sing a line for you / Take the song and turn it louder /
# so the quiet parts come through / Every voice a place to shine / Bring it home again to you.
LINES = (
    _line(
        0,
        -11.0,
        "W-EH-N@57*.5 DH-AH@57*.5 M-AO-R@60*1 N-IH-NG@59*.5 F-AY-N-D-Z@57*1 AH@55*.5 W-IH-N@57*1 D-OW@60*1.5",
    ),
    _line(2, -8.0, "AY@60*.5 W-IH-L@60*.5 S-IH-NG@64*1.5 AH@62*.5 L-AY-N@60*1 F-AO-R@59*1 Y-UW@62*2"),
    _line(
        4,
        -1.0,
        "T-EY-K@65*1 DH-AH@65*.5 S-AO-NG@67*1.5 AE-N-D@65*.5 T-ER-N@64*.5 IH-T@62*.5 L-AW@64*1 D-ER@60*1.25",
    ),
    _line(6, -3.0, "S-OW@62*1 DH-AH@62*.5 K-W-AY@67*1 AH-T@65*.5 P-AA-R-T-S@64*1 K-AH-M@62*.5 TH-R-UW@60*2.25"),
    _line(8, 0.0, "EH-V@65*.5 R-IY@65*.5 V-OY-S@67*1.5 AH@65*.5 P-L-EY-S@64*1 T-UW@62*.5 SH-AY-N@64*2.25"),
    _line(10, -5.0, "B-R-IH-NG@62*.5 IH-T@64*.5 HH-OW-M@67*1.5 AH@65*.5 G-EH-N@62*1 T-UW@62*.5 Y-UW@60*2.75"),
)


def write_score(seconds: float) -> Score:
    """Intro, then verse and chorus as often as they fit into `seconds`, at least once; no phrase begins later."""
    bars_that_fit = int(seconds / BEAT_S / BAR_BEATS) - len(INTRO + ENDING)
    rounds = max(1, bars_that_fit // len(ROUND))
    first_beats = [(len(INTRO) + i * len(ROUND)) * BAR_BEATS for i in range(rounds)]
    phrases = (replace(line, beat=line.beat + first) for first in first_beats for line in LINES)
    return Score(
        bars=INTRO + ROUND * rounds + ENDING,
        phrases=tuple(phrase for phrase in phrases if phrase.beat * BEAT_S < seconds),
    )


def harmony(score: Score, *, above: bool) -> tuple[Phrase, ...]:
    """The phrases of the chorus, each note moved to a note of the chord at least a minor third away."""

    def moved(phrase: Phrase) -> Phrase:
        pairs = zip(phrase.syllables, phrase.starts, strict=True)
        return replace(
            phrase,
            syllables=tuple(
                replace(s, pitch=_chord_note(s.pitch, score.bar(beat).chord, above=above)) for s, beat in pairs
            ),
        )

    return tuple(moved(phrase) for phrase in score.phrases if score.bar(phrase.beat).part is Part.CHORUS)


def _chord_note(pitch: int, chord: str, *, above: bool) -> int:
    step = 1 if above else -1
    return next(p for p in range(pitch + 3 * step, pitch + 12 * step, step) if p % 12 in CHORDS[chord])

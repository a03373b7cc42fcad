"""The sounds of the sung words: formants, voicing and noise of each phone."""

from __future__ import annotations

from dataclasses import dataclass, replace

SILENT_DB = -100.0


@dataclass(frozen=True, slots=True)
class Phone:
    """A steady sound. Levels are relative to a vowel's source; `length_s` of a vowel follows the music.

    `voice_db` is the vocal folds, `breath_db` noise at the folds, `hiss_db` noise at the teeth or lips, around
    `hiss_hz`, as wide as `hiss_width_hz`.
    """

    formants_hz: tuple[float, float, float, float]
    length_s: float = 0.07
    voice_db: float = SILENT_DB
    breath_db: float = SILENT_DB
    hiss_db: float = SILENT_DB
    hiss_hz: float = 6000.0
    hiss_width_hz: float = 4000.0
    nasal: bool = False


def _vowel(f1: float, f2: float, f3: float, f4: float, voice_db: float = 0.0) -> Phone:
    return Phone((f1, f2, f3, f4), voice_db=voice_db, breath_db=-23.0)


# Formants near the male averages of Peterson and Barney (1952), F4 typical of singing.
VOWELS = {
    "IY": _vowel(290, 2250, 2950, 3500),
    "IH": _vowel(400, 1950, 2600, 3450),
    "EH": _vowel(540, 1800, 2500, 3450),
    "AE": _vowel(660, 1700, 2450, 3400),
    "AA": _vowel(720, 1130, 2500, 3350),
    "AO": _vowel(570, 880, 2450, 3300),
    "AH": _vowel(610, 1200, 2450, 3350, voice_db=-2.0),
    "OH": _vowel(480, 930, 2400, 3300),
    "UW": _vowel(330, 950, 2300, 3250),
    "ER": _vowel(480, 1320, 1700, 3200),
}

DIPHTHONGS = {"AY": ("AA", "IH"), "EY": ("EH", "IY"), "OW": ("OH", "UW"), "AW": ("AA", "UW"), "OY": ("AO", "IH")}

_LIPS = (300.0, 850.0, 2200.0, 3250.0)
_TEETH = (310.0, 1750.0, 2650.0, 3400.0)
_PALATE = (300.0, 1900.0, 2350.0, 3300.0)


def _plosive(
    place: tuple[float, float, float, float], hiss_hz: float, width_hz: float, *, voiced: bool
) -> tuple[Phone, ...]:
    """A closed mouth, a burst, and after a voiceless one a puff of breath."""
    closed = Phone(place, 0.045 if voiced else 0.06, voice_db=-20.0 if voiced else SILENT_DB)
    burst = Phone(
        place, 0.012, SILENT_DB, -30.0, hiss_db=-3.0 if voiced else 4.0, hiss_hz=hiss_hz, hiss_width_hz=width_hz
    )
    puff = Phone(place, 0.035, breath_db=-20.0, hiss_db=-24.0, hiss_hz=hiss_hz, hiss_width_hz=width_hz)
    return (closed, burst) if voiced else (closed, burst, puff)


def _fricative(
    place: tuple[float, float, float, float], length_s: float, hiss_db: float, hiss_hz: float, width_hz: float
) -> Phone:
    return Phone(place, length_s, hiss_db=hiss_db, hiss_hz=hiss_hz, hiss_width_hz=width_hz)


_S = _fricative(_TEETH, 0.11, 2.0, 7200.0, 3500.0)
_F = _fricative(_LIPS, 0.09, -17.0, 7500.0, 7000.0)
_TH = _fricative(_TEETH, 0.09, -18.0, 7000.0, 7000.0)

CONSONANTS = {
    "W": (Phone((320.0, 700.0, 2200.0, 3200.0), 0.07, -5.0, -36.0),),
    "Y": (Phone((280.0, 2250.0, 2950.0, 3500.0), 0.06, -5.0, -36.0),),
    "R": (Phone((380.0, 1150.0, 1550.0, 3200.0), 0.07, -4.0, -36.0),),
    "L": (Phone((360.0, 1100.0, 2700.0, 3400.0), 0.065, -5.0, -36.0),),
    "M": (Phone((280.0, 1000.0, 2200.0, 3300.0), 0.075, -6.0, -36.0, nasal=True),),
    "N": (Phone((280.0, 1600.0, 2600.0, 3400.0), 0.07, -6.0, -36.0, nasal=True),),
    "NG": (Phone((280.0, 2000.0, 2500.0, 3400.0), 0.08, -6.0, -36.0, nasal=True),),
    "HH": (Phone((550.0, 1300.0, 2450.0, 3350.0), 0.07, breath_db=-20.0),),
    "S": (_S,),
    "Z": (replace(_S, length_s=0.075, voice_db=-10.0, hiss_db=-8.0),),
    "SH": (_fricative((300.0, 1900.0, 2500.0, 3300.0), 0.12, 1.0, 3400.0, 1800.0),),
    "F": (_F,),
    "V": (replace(_F, length_s=0.06, voice_db=-6.0, hiss_db=-27.0),),
    "TH": (_TH,),
    "DH": (replace(_TH, length_s=0.045, voice_db=-6.0, hiss_db=-28.0),),
    "P": _plosive(_LIPS, 1300.0, 2200.0, voiced=False),
    "B": _plosive(_LIPS, 1000.0, 1800.0, voiced=True),
    "T": _plosive(_TEETH, 4800.0, 3500.0, voiced=False),
    "D": _plosive(_TEETH, 4200.0, 3500.0, voiced=True),
    "K": _plosive(_PALATE, 2200.0, 1100.0, voiced=False),
    "G": _plosive(_PALATE, 2000.0, 1100.0, voiced=True),
}

BREATH = Phone((600.0, 1500.0, 2500.0, 3500.0), 0.32, breath_db=-17.0, hiss_db=-40.0, hiss_hz=4000.0)

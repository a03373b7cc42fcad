"""Faders: the voices against the backing, and all of them under the ceiling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.decibels import decibels
from daw_bridge.engineer.signal import Mask, Signal, summed
from predictors.truepeak import TruePeakMeter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from predictors.targets import Aim

    Moves = Mapping[str, float]

CEILING_DBTP = -1.0
"""Highest true peak of the sum: what streaming services ask for (research, section 6: delivery)."""

OTHERS_TOO_LOUD = "The sum stays over −1 dBTP: tracks without a role, which are not moved, are too loud."

ROUNDS = 12
"""How often the sum is heard again where not all of it moves: each time less is missing."""

NOT_FOLLOWED = (
    "The levels that are asked for are not reached: what is sent from before a fader, or goes through a compressor "
    "behind it, does not follow it."
)

MAX_FADER_DB = 12.0
"""Where REAPER's faders end; what a voice needs beyond is taken from the backing."""

MOST_FROM_THE_REST_DB = 24.0
"""As much of it at most: what needs more is rather the noise of an empty track than a voice. The limit is ours."""

TOO_QUIET = (
    "The levels that are asked for are not reached: a voice is so quiet that the rest would have to come down by "
    f"more than {MOST_FROM_THE_REST_DB:.0f} dB for it. Its noise would come up as much. Is it the right track?"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A voice that can be moved: its sound at the master with its fader as it is now, and when it sounds."""

    guid: str
    fader_db: float
    bus: Signal
    mask: Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """All that sounds, as the faders stand now. `others` has no role: it is heard, but never moved.

    `stood_lu` is how the lead stood against the backing, where that is another than what is heard here.
    """

    leads: tuple[Part, ...]
    lead_mask: Mask
    backing_vocals: tuple[Part, ...] = ()
    backing: Signal | None = None
    backing_faders_db: Mapping[str, float]
    others: Signal | None = None
    stood_lu: float | None = None

    @property
    def faders_db(self) -> dict[str, float]:
        """Every fader that can be moved, by guid, as it stands."""
        voices = {part.guid: part.fader_db for part in (*self.leads, *self.backing_vocals)}
        return {**voices, **self.backing_faders_db}

    def heard(self, moves: Moves) -> Heard:
        """What is heard once the faders have moved by so many dB, by guid."""
        backing_move = next((moves[guid] for guid in self.backing_faders_db), 0.0)
        return Heard(
            lead=_group([(part, moves[part.guid]) for part in self.leads]),
            lead_mask=self.lead_mask,
            backing_vocals=_group([(part, moves[part.guid]) for part in self.backing_vocals]),
            backing_vocals_mask=_either([part.mask for part in self.backing_vocals]),
            backing=None if self.backing is None else self.backing.scaled(backing_move),
            others=self.others,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """The groups of a mix as they sound at the master."""

    lead: Signal | None
    lead_mask: Mask
    backing_vocals: Signal | None
    backing_vocals_mask: Mask
    backing: Signal | None
    others: Signal | None

    @property
    def relative_loudness_lu(self) -> float | None:
        """Lead minus backing over the lead's active time; None if there is no backing then."""
        if self.lead is None or self.backing is None:
            return None
        return _finite(self.lead.lufs_over(self.lead_mask) - self.backing.lufs_over(self.lead_mask))

    @property
    def backing_vocals_lu(self) -> float | None:
        """Backing vocals minus lead, each over its own active time."""
        if self.lead is None or self.backing_vocals is None:
            return None
        below = self.backing_vocals.lufs_over(self.backing_vocals_mask)
        return _finite(below - self.lead.lufs_over(self.lead_mask))

    @property
    def true_peak_dbtp(self) -> float:
        """The true peak of the whole mix."""
        groups = (self.lead, self.backing_vocals, self.backing, self.others)
        return _true_peak_dbtp([signal for signal in groups if signal is not None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Where the faders go, by guid, and why. `stood_lu` as in `Desk`; `notes` say what could not be reached."""

    faders_db: Mapping[str, float]
    why: Mapping[str, str]
    true_peak_dbtp: float
    stood_lu: float | None = None
    notes: tuple[str, ...] = ()


def set_levels(
    desk: Desk, lead_aim: Aim | None, backing_vocals_aim: Aim | None, *, evenness: float = 1.0
) -> Levels:
    """Faders at which the lead stands against the backing, and the backing vocals against the lead, as asked.

    Leads are first made equally loud, or closer to that by this part of the way (0 to 1). The backing moves as a
    whole, and only where a voice's fader would end. Everything comes down together until the true peak of the sum
    is under `CEILING_DBTP`.
    """
    evened = [evenness * gain_db for gain_db in balance((part.bus, part.mask) for part in desk.leads)]
    moves = dict.fromkeys(desk.faders_db, 0.0)
    moves.update({part.guid: move for part, move in zip(desk.leads, evened, strict=True)})
    why = {part.guid: _balance_why(desk.leads, moves[part.guid], evenness) for part in desk.leads}
    present = desk.heard(moves).relative_loudness_lu
    stood_lu = None
    needed = 0.0
    if lead_aim is not None and present is not None:
        stood_lu = present if desk.stood_lu is None else desk.stood_lu
        needed = lead_aim.value - present
        for part in desk.leads:
            why[part.guid] += _relative_why(stood_lu, lead_aim)
    beyond = _raise(desk.leads, moves, needed) if needed or any(evened) else 0.0
    _take_from((*desk.backing_faders_db, *_guids(desk.backing_vocals)), moves, why, beyond, "the voice's")
    beyond += _move_backing_vocals(desk, moves, why, backing_vocals_aim, beyond)
    down, peak_dbtp = _under_the_ceiling(desk, moves)
    for guid in moves:
        moves[guid] -= down
        why[guid] = why.get(guid, "") + _ceiling_why(down)
    faders = {guid: _moved(fader, moves[guid]) for guid, fader in desk.faders_db.items()}
    return Levels(
        faders_db=faders,
        why={guid: text.strip() or "As it was." for guid, text in why.items()},
        true_peak_dbtp=peak_dbtp,
        stood_lu=stood_lu,
        notes=tuple(_notes(beyond, peak_dbtp)),
    )


def _moved(fader_db: float, move_db: float) -> float:
    """The fader with two digits, rounded down, so that the ceiling holds. What does not move stays as it is."""
    moved = fader_db + move_db
    if abs(move_db) < 1e-6 or not math.isfinite(moved):
        return fader_db
    return math.floor(round(moved * 100.0, 4)) / 100.0 + 0.0


def moves_between(now_db: Mapping[str, float], then_db: Mapping[str, float]) -> dict[str, float]:
    """How far the faders move, by guid. One that is all the way down and stays there does not."""
    return {guid: 0.0 if then_db[guid] == now else then_db[guid] - now for guid, now in now_db.items()}


def _notes(beyond_db: float, peak_dbtp: float) -> Iterator[str]:
    if beyond_db > MOST_FROM_THE_REST_DB:
        yield TOO_QUIET
    if peak_dbtp > CEILING_DBTP:
        yield OTHERS_TOO_LOUD


def _guids(parts: Iterable[Part]) -> Iterator[str]:
    return (part.guid for part in parts)


def _raise(parts: Sequence[Part], moves: dict[str, float], needed_db: float) -> float:
    """Move voices by what they need, as far as the first of their faders goes; how much is missing then."""
    top = max(part.fader_db + moves[part.guid] for part in parts)
    beyond = max(0.0, top + needed_db - MAX_FADER_DB)
    for part in parts:
        moves[part.guid] += needed_db - beyond
    return beyond


def _take_from(
    rest: Iterable[str],
    moves: dict[str, float],
    why: dict[str, str],
    beyond_db: float,
    whose: str,
    taken_db: float = 0.0,
) -> None:
    """Move the rest down by what a fader cannot give, as far as it may go; `taken_db` was asked of it before."""
    down_db = max(0.0, min(beyond_db, MOST_FROM_THE_REST_DB - taken_db))
    for guid in rest:
        moves[guid] -= down_db
        why[guid] = why.get(guid, "") + _beyond_why(beyond_db, down_db, whose)


def _move_backing_vocals(
    desk: Desk, moves: dict[str, float], why: dict[str, str], aim: Aim | None, taken_db: float
) -> float:
    present = desk.heard(moves).backing_vocals_lu
    if aim is None or present is None:
        return 0.0
    beyond = _raise(desk.backing_vocals, moves, aim.value - present)
    for part in desk.backing_vocals:
        why[part.guid] = f"{aim.value:+.1f} LU against the lead, {present:+.1f} LU before. {aim.why} "
    rest = (*_guids(desk.leads), *desk.backing_faders_db)
    _take_from(rest, moves, why, beyond, "the backing vocals'", taken_db)
    return beyond


def _under_the_ceiling(desk: Desk, moves: Moves) -> tuple[float, float]:
    """How far everything must come down, and the true peak then: more than the ceiling if the rest is too loud."""
    down = 0.0
    peak_dbtp = desk.heard(moves).true_peak_dbtp
    if desk.others is not None and peak_dbtp > CEILING_DBTP and _true_peak_dbtp([desk.others]) > CEILING_DBTP:
        return 0.0, peak_dbtp  # whatever we turn down, the rest alone is too loud
    for _ in range(ROUNDS):
        if peak_dbtp <= CEILING_DBTP:
            break
        step = math.ceil((peak_dbtp - CEILING_DBTP) * 100.0) / 100.0
        down += step
        # All of a mix moves as one; what has no role stays, and the sum must be heard again.
        lower = {guid: move - down for guid, move in moves.items()}
        peak_dbtp = peak_dbtp - step if desk.others is None else desk.heard(lower).true_peak_dbtp
    return down, peak_dbtp


def _true_peak_dbtp(signals: Sequence[Signal]) -> float:
    """The true peak of the sum."""
    meter = TruePeakMeter(signals[0].rate, 2)
    for block in summed(signals):
        meter.add(block)
    return decibels(meter.peak)


def balance(signals: Iterable[tuple[Signal, Mask]]) -> list[float]:
    """Gains in dB that make the signals equally loud, each over its own active time, with the same mean."""
    loudness = [signal.lufs_over(mask) for signal, mask in signals]
    mean = sum(loudness) / len(loudness)
    return [mean - value for value in loudness]


def _group(parts: Sequence[tuple[Part, float]]) -> Signal | None:
    """The parts' sum with their moves in dB. One alone is not measured again."""
    scaled = [part.bus.scaled(move) for part, move in parts]
    return Signal.total(scaled) if scaled else None


def _either(masks: Sequence[Mask]) -> Mask:
    result = np.zeros(max((mask.size for mask in masks), default=0), dtype=np.bool_)
    for mask in masks:
        result[: mask.size] |= mask
    return result


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _balance_why(leads: Sequence[Part], balance_db: float, evenness: float) -> str:
    if len(leads) == 1 or evenness == 0.0:
        return ""
    where = "are equally loud" if evenness == 1.0 else f"come {100.0 * evenness:.0f} % closer to each other"
    return f"{balance_db:+.1f} dB so that the {len(leads)} lead vocals {where}. "


def _relative_why(stood_lu: float, aim: Aim) -> str:
    return f"The voice stood {stood_lu:+.1f} LU against the backing; {aim.value:+.1f} LU are wanted. {aim.why} "


def _beyond_why(beyond_db: float, down_db: float, whose: str) -> str:
    if beyond_db <= 0.0:
        return ""
    more = "as much more" if down_db == beyond_db else f"{beyond_db:.1f} dB more, of which no more is given"
    return f"{-down_db:+.1f} dB: {whose} fader ends at +{MAX_FADER_DB:.0f} dB and needs {more}. "


def _ceiling_why(down_db: float) -> str:
    if down_db <= 0.0:
        return ""
    return f"All faders {-down_db:+.2f} dB, to keep the true peak of the sum at {CEILING_DBTP:.0f} dBTP."

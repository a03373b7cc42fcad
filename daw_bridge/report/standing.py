"""Where a mix lies among those of engineers: each measured quantity against its distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.session import Role
from predictors.engineers_table import Spread, engineers_table

if TYPE_CHECKING:
    from daw_bridge.plan import MixPlan
    from daw_bridge.report.heard import SongHeard, TrackHeard

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

RELEASED_RELATIVE_LU = Spread(_QUANTILES, tuple(-2.6 + 3.0 * z for z in (-1.2816, -0.6745, 0.0, 0.6745, 1.2816)))
"""Vocal minus the rest in the songs of MUSDB18: mean -2.6 LU, SD 3.0 LU, taken as normal (K. Li 2022)."""

RELEASED_RANGE_DB = Spread((0.1, 0.5, 0.9), (11.1, 15.6, 20.0))
"""Range of the 100 ms blocks of MUSDB18's vocals: p10 10.4 to 11.8, mean 15.6, p90 20 (K. Li 2022)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One quantity before and after, what was asked for, and how others do it. `spread` and all may be missing."""

    name: str
    unit: str
    decimals: int = 1
    before: float | None = None
    after: float | None = None
    target: float | None = None
    limit: float | None = None
    spread: Spread | None = None
    whose: str = ""
    meaning: str = ""

    def words(self) -> str:
        """Where the value lies in the distribution, in words."""
        if self.spread is None or self.after is None:
            return ""
        levels, values = self.spread.levels, self.spread.values
        if self.after < values[0]:
            return f"lower than 9 of 10 {self.whose}"
        if self.after > values[-1]:
            return f"higher than 9 of 10 {self.whose}"
        return f"higher than {_between(self.after, values, levels):.0%} of {self.whose}".replace("%", " %")


def _between(value: float, values: tuple[float, ...], levels: tuple[float, ...]) -> float:
    for low, high, below, above in zip(values, values[1:], levels, levels[1:], strict=False):
        if low <= value <= high:
            return below + (above - below) * (value - low) / (high - low)
    return levels[-1]


def standings(plan: MixPlan, heard: SongHeard) -> tuple[Standing, ...]:
    """What is seen at one glance of a song, for its first lead vocal where it is about a voice."""
    lead = next(track for track in heard.tracks if track.track.role is Role.LEAD_VOCAL)
    relative, *levels = _levels(plan, heard)
    return (relative, *_voice(plan, lead), *levels)


def _levels(plan: MixPlan, heard: SongHeard) -> tuple[Standing, ...]:
    before, after = heard.before, heard.after
    return (
        Standing(
            name="Vocal against backing",
            unit="LU",
            before=before.analysis.relative_loudness_lu,
            after=after.analysis.relative_loudness_lu,
            target=_target(plan, "relative_loudness_lu"),
            spread=RELEASED_RELATIVE_LU,
            whose="released songs (MUSDB18)",
            meaning="K-weighted, while the vocal sings",
        ),
        Standing(
            name="Vocal loudness",
            unit="LUFS",
            before=before.vocal_lufs,
            after=after.vocal_lufs,
            meaning="integrated, in the mix",
        ),
        Standing(
            name="Backing loudness",
            unit="LUFS",
            before=before.backing_lufs,
            after=after.backing_lufs,
            meaning="integrated, in the mix",
        ),
        Standing(
            name="Mix loudness",
            unit="LUFS",
            before=before.mix.integrated_lufs,
            after=after.mix.integrated_lufs,
            meaning="integrated, all tracks",
        ),
        Standing(
            name="True peak",
            unit="dBTP",
            before=before.mix.true_peak_dbtp,
            after=after.mix.true_peak_dbtp,
            limit=-1.0,
            meaning="of the whole mix",
        ),
    )


def _voice(plan: MixPlan, lead: TrackHeard) -> tuple[Standing, ...]:
    table = engineers_table()
    chains = f"{table.chains} professional chains"
    rows = []
    if lead.squeezed is not None:
        rows.append(
            Standing(
                name="Block range",
                unit="dB",
                before=lead.squeezed.range_before_db,
                after=lead.squeezed.range_after_db,
                target=_target(plan, "dynamics", "block_range_db"),
                spread=RELEASED_RANGE_DB,
                whose="released vocals (MUSDB18)",
                meaning="of 100 ms blocks, 10th to 95th percentile, into and out of ReaComp",
            )
        )
    if lead.verb is not None:
        rows += [
            Standing(
                name="Wet level",
                unit="LU",
                after=lead.wet_lu,
                target=_target(plan, "reverb", "wet_lu"),
                spread=table.wet_lu,
                whose=chains,
                meaning="reverb against dry voice, K-weighted",
            ),
            Standing(
                name="RT60",
                unit="s",
                decimals=2,
                after=lead.rt60_s,
                target=_target(plan, "reverb", "rt60_s"),
                spread=table.rt60_s,
                whose=chains,
                meaning="T20 from 500 Hz to 1 kHz",
            ),
        ]
    return tuple(rows)


def _target(plan: MixPlan, *path: str) -> float | None:
    """The value of one aim of the lead's, as the plan keeps it; None where nothing was asked for."""
    node: object = plan.targets.get("lead")
    for key in (*path, "value"):
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return float(node) if isinstance(node, (int, float)) else None

"""What `mix DIR` prints: one row for each song."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daw_bridge.mix_text import signed

if TYPE_CHECKING:
    from daw_bridge.batch import SongResult

_HEADERS = ("song", "state", "vocal against backing", "true peak", "time")


def batch_table(results: Sequence[SongResult]) -> str:
    """A row for each song, what was wrong with those that failed, and how many there are of each kind."""
    rows = [_HEADERS, *(_row(result) for result in results)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADERS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    failed = [
        "\n".join(
            line for line in (f"{result.song}: {result.error}", f"  {result.hint}" if result.hint else "") if line
        )
        for result in results
        if result.error
    ]
    return "\n\n".join(["\n".join(lines), *failed, _counts(results)])


def _row(result: SongResult) -> tuple[str, ...]:
    level, peak = result.reached.get("relative_loudness_lu"), result.reached.get("true_peak_dbtp")
    return (
        result.song,
        result.state,
        "" if level is None else f"{signed(level)} LU",
        "" if peak is None else f"{peak:.1f} dBTP",
        f"{result.seconds:.0f} s" if result.seconds else "",
    )


def _counts(results: Sequence[SongResult]) -> str:
    states = dict.fromkeys(result.state for result in results)
    return ", ".join(f"{sum(result.state == state for result in results)} {state}" for state in states) + "."

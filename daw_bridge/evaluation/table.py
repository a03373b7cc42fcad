"""The scoreboard for people, and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from daw_bridge.evaluation.scoreboard import BASELINES, Cell, Row

COLUMN = 24


def as_text(rows: Sequence[Row]) -> str:
    """The table for people: value and interval; + where surely better than the baselines, - where surely worse."""
    everybody = list(dict.fromkeys(who for row in rows for who in row.cells))
    everybody.sort(key=lambda who: BASELINES.index(who) + 1 if who in BASELINES else 0)
    lines, section = [], ""
    for row in rows:
        if row.measure.section != section:
            section = row.measure.section
            lines += ["", section, _line("", everybody)]
        label = f"  {row.measure.label}" + (f", {row.measure.unit}" if row.measure.unit else "")
        digits = _two_digits if row.measure.tiny else _digits
        lines.append(_line(label, [_shown(row.cells.get(who), digits) for who in everybody]))
    return "\n".join(lines[1:])


def _line(label: str, cells: Iterable[str]) -> str:
    return (f"{label:<36}" + "".join(f"{cell:<{COLUMN}}" for cell in cells)).rstrip()


def _shown(cell: Cell | None, digits: Callable[[float], str]) -> str:
    if cell is None:
        return "-"
    mark = {True: " +", False: " -", None: ""}[cell.beats]
    value, low, high = (digits(number) for number in (cell.score.value, cell.score.low, cell.score.high))
    return f"{value} [{low}, {high}]{mark}" if cell.songs > 1 else value


def _digits(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 99.5 else f"{number:.1f}" if abs(number) >= 9.95 else f"{number:.2f}"


def _two_digits(number: float) -> str:
    return f"{number:.1e}" if 0.0 < abs(number) < 0.001 else f"{number:.2g}"


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The table for programs."""
    return [
        {
            "section": row.measure.section,
            "measure": row.measure.label,
            "unit": row.measure.unit,
            "what": row.measure.what,
            "more_is_better": row.measure.more_is_better,
            "scores": {
                who: {
                    "value": cell.score.value,
                    "low": cell.score.low,
                    "high": cell.score.high,
                    "songs": cell.songs,
                    "beats_baselines": cell.beats,
                }
                for who, cell in row.cells.items()
            },
        }
        for row in rows
    ]

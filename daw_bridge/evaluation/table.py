"""The scoreboard for people, and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daw_bridge.evaluation.scoreboard import BASELINES, Cell, Row


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
        lines.append(_line(label, [_shown(row.cells.get(who)) for who in everybody]))
    return "\n".join(lines[1:])


def _line(label: str, cells: Iterable[str]) -> str:
    return (f"{label:<36}" + "".join(f"{cell:<22}" for cell in cells)).rstrip()


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    mark = {True: " +", False: " -", None: ""}[cell.beats]
    value, low, high = (_digits(number) for number in (cell.score.value, cell.score.low, cell.score.high))
    return f"{value} [{low}, {high}]{mark}"


def _digits(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 99.5 else f"{number:.1f}" if abs(number) >= 9.95 else f"{number:.2f}"


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
                    "beats_baselines": cell.beats,
                }
                for who, cell in row.cells.items()
            },
        }
        for row in rows
    ]

"""A small picture of where a value lies in a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daw_bridge.report.elements import Html, el

if TYPE_CHECKING:
    from collections.abc import Callable

    from daw_bridge.report.standing import Standing

_WIDTH, _MIDDLE = 240.0, 14.0
_EDGE = 12.0


def strip(standing: Standing) -> Html | None:
    """The middle 80 % as a line, the middle half as a bar, the median; the mix before, after and as asked."""
    spread = standing.spread
    if spread is None or standing.after is None:
        return None
    shown = [value for value in (standing.before, standing.after, standing.target) if value is not None]
    low, high = min(*spread.values, *shown), max(*spread.values, *shown)

    def at(value: float) -> float:
        return _EDGE + (_WIDTH - 2 * _EDGE) * (value - low) / ((high - low) or 1.0)

    ends = [at(spread.at(part)) for part in (0.1, 0.25, 0.5, 0.75, 0.9)]
    labels = [(spread.at(part), at(spread.at(part))) for part in (0.1, 0.5, 0.9)]
    return el(
        "svg",
        _shape("line", "range", x1=ends[0], x2=ends[4], y1=_MIDDLE, y2=_MIDDLE),
        _shape("rect", "half", x=ends[1], width=ends[3] - ends[1], y=_MIDDLE - 5, height=10.0, rx=2.0),
        _shape("line", "median", x1=ends[2], x2=ends[2], y1=_MIDDLE - 8, y2=_MIDDLE + 8),
        _dot("asked", standing.target, at, 7.5),
        _dot("before", standing.before, at, 4.5),
        _dot("after", standing.after, at, 5.5),
        [_label(f"{value:.{standing.decimals}f}".replace("-", "−"), x) for value, x in labels],
        viewBox=f"0 0 {_WIDTH:g} 40",
        class_="strip",
        role="img",
        aria_label=f"{standing.name}: {standing.words()}; 8 of 10 lie from {spread.at(0.1):.4g} to "
        f"{spread.at(0.9):.4g} {standing.unit}, half are under {spread.median:.4g}",
    )


def _shape(tag: str, kind: str, **places: float) -> Html:
    return el(tag, class_=kind, **{name: f"{value:.1f}" for name, value in places.items()})


def _dot(kind: str, value: float | None, at: Callable[[float], float], radius: float) -> Html | None:
    return None if value is None else _shape("circle", kind, cx=at(value), cy=_MIDDLE, r=radius)


def _label(text: str, x: float) -> Html:
    return el("text", text, x=f"{x:.1f}", y="37")

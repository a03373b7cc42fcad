"""A picture on the page: the plot, its words and its numbers."""

from __future__ import annotations

from daw_bridge.report.elements import Html, el, table
from daw_bridge.report.figures import Figure, table_rows


def picture(figure: Figure) -> Html:
    """A figure: title, plot, what it shows in words, and its numbers."""
    headers = [figure.x.label, *(series.label for series in figure.series)]
    title, words = f"{figure.key}-title", f"{figure.key}-words"
    return el(
        "figure",
        el("h4", figure.title, id=title),
        el(
            "div",
            class_="plot",
            data_figure=figure.key,
            role="img",
            aria_labelledby=title,
            aria_describedby=words,
        ),
        el("figcaption", figure.summary, id=words),
        el("details", el("summary", "Numbers"), table(headers, table_rows(figure), caption=figure.title)),
        class_="picture",
    )

"""HTML that cannot be broken by a name: all text is escaped where an element is made of it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Html | Iterable["Child"] | None

_VOID = frozenset({"br", "input", "meta", "link"})


def el(tag: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """An element. Attribute names are written with `_` for `-`; a trailing `_` is dropped (`class_`).

    A value of True gives a bare attribute, False or None none.
    """
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Html(opening if tag in _VOID else f"{opening}{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """Children one after another, each escaped unless it is HTML."""
    return Html("".join(map(_child, children)))


def table(headers: Iterable[str], rows: Iterable[Iterable[Child]], *, caption: str = "", **attributes: str) -> Html:
    """A table; the first cell of each row is its header."""
    head = el("tr", [el("th", header, scope="col") for header in headers])
    body = [_row(list(cells)) for cells in rows]
    title = el("caption", caption) if caption else None
    return el("div", el("table", title, el("thead", head), el("tbody", body), **attributes), class_="scroll")


def script_json(data: object) -> Html:
    """Data for a script element: no name in it can end the script, or open a comment in it."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return Html(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _row(cells: list[Child]) -> Html:
    first, *rest = cells
    return el("tr", el("th", first, scope="row"), [el("td", cell) for cell in rest])


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return html.escape(_printable(child))
    return join(*child)


def _attribute(name: str, value: str | bool | None) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return (
        f" {name}"
        if value is True
        else f' {name}="{value if isinstance(value, Html) else html.escape(_printable(value))}"'
    )


def _printable(text: str) -> str:
    """Names that are not UTF-8 in a project hold lone surrogates, which no page can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")

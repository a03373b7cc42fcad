"""Whatever a name holds, it stays text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.report.elements import Html, el, join, script_json, table


class Reader(HTMLParser):
    """What a browser sees: tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data) -> None:
        self.text += data


names = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0"))


@given(names)
def test_a_name_is_the_text_and_the_attribute_that_it_was(name) -> None:
    seen = Reader(el("p", name, title=name))

    assert seen.tags == ["p"]
    assert seen.text == name
    assert seen.attributes == [("title", name)]


@given(names)
def test_data_for_a_script_cannot_end_it_and_reads_back_the_same(name) -> None:
    data = {"name": name, "values": [1.5, None]}

    text = script_json(data)

    assert not set("<>&") & set(text)
    assert json.loads(text) == data


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert el("p", "F\udcfc\udcdf", title="\udcff") == '<p title="?">F??</p>'


def test_only_html_stays_html() -> None:
    assert join("<b>", Html("<b>"), None, ["&", el("br")]) == "&lt;b&gt;<b>&amp;<br>"


def test_attributes_are_named_as_in_html_and_left_out_where_false() -> None:
    made = el("input", class_="a", data_key="b", disabled=True, checked=False, title=None)

    assert made == '<input class="a" data-key="b" disabled>'


def test_a_table_says_what_its_heads_are_for() -> None:
    made = table(["band", "gain"], [["<1>", "2 dB"]], caption="EQ")

    assert '<th scope="col">band</th>' in made
    assert '<th scope="row">&lt;1&gt;</th><td>2 dB</td>' in made
    assert "<caption>EQ</caption>" in made

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.rpp.tree import MAX_DEPTH, Block, Document, dump, parse, quote, tokens

line_ends = st.sampled_from([b"\n", b"\r\n"])
opaque = st.one_of(
    st.sampled_from(
        [b"", b"   ", b"\t", b"  |<not a block", b"  |>", b"> x", b'NAME "\xe4\xff"', b"a\rb", b"\xc2\x85"]
    ),
    st.binary(max_size=30).filter(lambda line: b"\n" not in line and line.lstrip(b" \t")[:1] not in (b"<", b">")),
)


@st.composite
def blocks(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    name = draw(st.sampled_from([b"TRACK", b"ITEM {1}", b"", b"VST \xff", b"X\t1"]))
    inside = b"".join(draw(st.lists(children, max_size=4)))
    return (
        b"  <" + name + draw(line_ends) + inside + draw(st.sampled_from([b">", b"  > ", b"\t>"])) + draw(line_ends)
    )


lines = st.builds(bytes.__add__, opaque, line_ends)
nodes = st.recursive(lines, lambda children: st.one_of(lines, blocks(children)), max_leaves=20)


def project(inside: bytes) -> bytes:
    return b"<REAPER_PROJECT 0.1\r\n" + inside + b">"


def of(inside: bytes) -> Block:
    return parse(project(inside)).project


@given(st.lists(nodes, max_size=6), st.lists(nodes, max_size=2), st.sampled_from([b"", b"\n", b"\r\n"]))
def test_any_nesting_comes_back_byte_for_byte(inside: list[bytes], before: list[bytes], end: bytes) -> None:
    data = b"".join(before) + project(b"".join(inside)) + end

    assert dump(parse(data)) == data


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_tree_or_a_clear_error(data: bytes, wrapped: bool) -> None:
    data = project(data + b"\n") if wrapped else data

    outcome = through(data)

    assert outcome == data or (isinstance(outcome, str) and outcome.startswith("song.rpp: "))


def through(data: bytes) -> bytes | str:
    """The bytes parsed and dumped again, or the message that refuses them."""
    try:
        return dump(parse(data, name="song.rpp"))
    except ProjectFileError as error:
        return error.message


def test_real_projects_come_back_byte_for_byte(shared: Path) -> None:
    files = [path for path in (shared / "reaper/projects").iterdir() if path.suffix.lower() == ".rpp"]

    assert len(files) == 7
    for path in files:
        assert dump(parse(path.read_bytes())) == path.read_bytes(), path.name


def test_only_a_lone_closing_mark_closes_and_only_line_feeds_end_lines() -> None:
    block = of(b"<NOTES\n|<TRACK\n|>\n> x\n>\x0c\nNAME >\n\x85\x0c\r<NO\n>\n")

    (notes,) = block.blocks()

    assert notes.children == ("|<TRACK\n", "|>\n", "> x\n", ">\x0c\n", "NAME >\n", "\udc85\x0c\r<NO\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "song.rpp: the file is empty"),
        (b" \r\n\n", "song.rpp: the file is empty"),
        (b"RIFF\0\0\0\0WAVE\n<\n", "song.rpp: line 1: not a REAPER project"),
        (b"<TRACK\n  <REAPER_PROJECT\n  >\n>\n", "song.rpp: line 1: not a REAPER project"),
        (
            b"<REAPER_PROJECT 0.1\n  <TRACK {A}\n  >\n",
            "song.rpp: line 1: the block <REAPER_PROJECT 0.1 is not closed",
        ),
        (b"<REAPER_PROJECT\n  NAME\n  <TRACK {A}\n", "song.rpp: line 3: the block <TRACK {A} is not closed"),
        (b"<REAPER_PROJECT\n>\n\n  >\n", "song.rpp: line 4: a '>' closes a block that was never opened"),
    ],
)
def test_a_broken_file_is_named_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(ProjectFileError) as caught:
        parse(data, name="song.rpp")

    assert caught.value.message.startswith(message)


def test_nesting_bombs_are_refused_and_the_deepest_allowed_tree_can_be_compared() -> None:
    bomb = b"<REAPER_PROJECT\n" + b"<A\n" * 300_000
    deepest = project(b"<A\n" * (MAX_DEPTH - 1) + b">\n" * (MAX_DEPTH - 1))

    with pytest.raises(ProjectFileError, match=f"line {MAX_DEPTH + 1}: .*more than {MAX_DEPTH} deep"):
        parse(bomb)
    assert parse(deepest) == parse(deepest)
    assert repr(parse(deepest))


def test_twenty_megabytes_take_well_under_a_second() -> None:
    track = b"  <TRACK\r\n" + b"    PT 1.5 0.25 0\r\n" * 50 + b"    " + b"A" * 128 + b"\r\n  >\r\n"
    data = project(track * 18_000)

    start = time.process_time()
    same = dump(parse(data)) == data
    took_s = time.process_time() - start

    assert same
    assert took_s < 2.0  # 0.5 s on an idle machine


def test_a_line_of_many_megabytes_is_only_carried() -> None:
    data = project(b"  CODE " + b"x\xff" * 10_000_000 + b"\n")

    assert dump(parse(data)) == data


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("    VOLPAN 1 0 -1 -1 1\r\n", ["VOLPAN", "1", "0", "-1", "-1", "1"]),
        ("NAME \"a 'b' c\" '' `\"'` end\n", ["NAME", "a 'b' c", "", "\"'", "end"]),
        ('<VST "VST: A" a.dll 0 "" 19<56> ""\n', ["<VST", "VST: A", "a.dll", "0", "", "19<56>", ""]),
        ('\tNAME\t"never closed \n', ["NAME", "never closed "]),
        (" \n", []),
    ],
)
def test_words_are_read_as_reaper_quotes_them(line: str, words: list[str]) -> None:
    assert tokens(line) == words


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Vocal", "Vocal"),
        ("", '""'),
        ("Lead Vocal", '"Lead Vocal"'),
        ("#kick", '"#kick"'),
        ("|x", '"|x"'),
        ('7" single', "'7\" single'"),
        ("it's 7\" long", "`it's 7\" long`"),
        ("`'\"", "`''\"`"),
        ('"', "'\"'"),
        ("two\r\nlines", '"two lines"'),
    ],
)
def test_a_word_is_quoted_where_reaper_would_need_it(text: str, written: str) -> None:
    assert quote(text) == written


@given(st.text().filter(lambda text: not {"\r", "\n"} & set(text) and len({"'", '"', "`"} & set(text)) < 3))
def test_what_is_quoted_is_read_back(text: str) -> None:
    assert tokens(f"NAME {quote(text)}\r\n") == ["NAME", text]
    assert tokens(f"NAME {quote(text, always=True)} 1\n") == ["NAME", text, "1"]


def test_lines_and_blocks_are_found_by_their_first_word_only_directly() -> None:
    block = of(b'  NAMED x\n  <TRACK {1}\n    NAME inner\n  >\n  NAME\t"a b" 1\n  <TRACK2\n  >\n  NAME later\n')

    assert block.line("NAME") == ["NAME", "a b", "1"]
    assert block.line("inner") is None
    assert [track.tokens for track in block.blocks("TRACK")] == [["TRACK", "{1}"]]
    assert [child.name for child in block.blocks()] == ["TRACK", "TRACK2"]
    assert block.first("ITEM") is None


def test_a_replaced_line_keeps_indentation_line_end_and_everything_else() -> None:
    document = parse(project(b"  A 1\n\t  TEMPO 120 4 4\r\n  TEMPO 90\n"))

    changed = document.with_project(document.project.replace_line("TEMPO", "TEMPO 99 3 4"))

    assert dump(changed) == project(b"  A 1\n\t  TEMPO 99 3 4\r\n  TEMPO 90\n")
    with pytest.raises(KeyError):
        document.project.replace_line("NAME", "x")


def test_the_first_of_several_projects_is_the_project() -> None:
    document = parse(b"<OTHER\n>\n<REAPER_PROJECT 1\n>\n<REAPER_PROJECT 2\n>")

    changed = document.with_project(document.project.with_children(("X\n",)))

    assert dump(changed) == b"<OTHER\n>\n<REAPER_PROJECT 1\nX\n>\n<REAPER_PROJECT 2\n>"
    assert isinstance(changed, Document)

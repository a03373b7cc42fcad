from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import SetupError
from daw_bridge.hosts.reaper import ini_lines

BOM = b"\xef\xbb\xbf"

LINES = st.sampled_from(
    [
        b"[reaper]",
        b"[REAPER] ",
        b"[other]",
        b"key=1",
        b" Key = old",
        b"key=new",
        b"key",
        b"",
        b"x=\xe9",
        b"; [reaper]",
    ]
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files as they come: mixed line ends, none at the end, byte order marks, repeated sections and keys."""
    lines = draw(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n"]))))
    data = b"".join(line + end for line, end in lines)
    last = draw(st.sampled_from([b"", b"[reaper]", b"key=old", b"rest"]))
    return draw(st.sampled_from([b"", BOM])) + data + last


@given(files())
def test_setting_a_key_and_restoring_it_gives_the_very_bytes(data):
    before = ini_lines.key_lines(data, "reaper", "key")
    added = not ini_lines.has_section(data, "reaper")

    changed = ini_lines.set_key(data, "reaper", "key", "set by us")
    again = ini_lines.set_key(changed, "reaper", "key", "set by us")
    restored = ini_lines.restore_key(changed, "reaper", "key", "set by us", before)
    restored = ini_lines.drop_empty_section(restored, "reaper") if added else restored

    assert again == changed
    assert {*map(ini_lines.value_of, ini_lines.key_lines(changed, "reaper", "key"))} == {"set by us"}
    assert restored == data


@given(files())
def test_appending_a_line_and_removing_it_gives_the_very_bytes(data):
    changed = ini_lines.append_line(data, b"ours")

    assert ini_lines.lines_of(changed)[-1] == b"ours"
    assert ini_lines.remove_line(changed, b"ours") == data


def test_a_new_key_stands_first_in_its_section_with_the_file_s_own_line_ends():
    data = b"[a]\r\nkey=0\r\n[REAPER]\r\nx=1\r\n"

    changed = ini_lines.set_key(data, "reaper", "key", "é")

    assert changed == b"[a]\r\nkey=0\r\n[REAPER]\r\nkey=\xc3\xa9\r\nx=1\r\n"


def test_a_section_behind_a_byte_order_mark_is_that_section():
    assert ini_lines.set_key(BOM + b"[reaper]", "reaper", "key", "1") == BOM + b"[reaper]\nkey=1"


def test_a_repeated_key_says_the_same_everywhere():
    data = b"[reaper]\nkey=1\n[x]\n[reaper]\nKEY = 2\n"

    assert ini_lines.set_key(data, "reaper", "key", "3") == b"[reaper]\nkey=3\n[x]\n[reaper]\nkey=3\n"


def test_what_somebody_else_chose_since_is_not_undone():
    changed = ini_lines.set_key(b"[reaper]\nkey=1\n", "reaper", "key", "2")
    theirs = changed.replace(b"key=2", b"key=3")

    assert ini_lines.restore_key(theirs, "reaper", "key", "2", [b"key=1"]) == theirs


def test_a_section_of_ours_that_others_use_by_now_stays():
    data = ini_lines.set_key(b"", "reaper", "key", "1") + b"theirs=1\n"

    restored = ini_lines.restore_key(data, "reaper", "key", "1", [])

    assert ini_lines.drop_empty_section(restored, "reaper") == b"[reaper]\ntheirs=1\n"


def test_a_file_in_utf_16_is_refused():
    with pytest.raises(SetupError, match=r"reaper.ini is not a text file"):
        ini_lines.check_text("[reaper]".encode("utf-16"), "reaper.ini")

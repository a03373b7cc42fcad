"""The `<VST>` block: real states both ways, fresh states, broken ones."""

from __future__ import annotations

import base64
import dataclasses
import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import ProjectFileError
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.vst import (
    Plugin,
    VstState,
    dump_vst_body,
    parse_vst_body,
    plugin_of,
    settings_from_state,
    state_from_settings,
    vst_line,
)

BLOCK = re.compile(r"^[ \t]*(<VST [^\r\n]*)\r?\n((?:[ \t]*[A-Za-z0-9+/=]+\r?\n)+)[ \t]*>", re.MULTILINE)

# Fresh instances as REAPER 7.66 wrote them (danishaft/reaper-mcp, MIT).
FRESH = {
    "reaeq": (
        '<VST "VST: ReaEQ (Cockos)" reaeq.dll 0 "DAW Bridge: EQ" 1919247729<56535472656571726561657100000000> ""',
        "cWVlcu5e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAAzQAAAAEAAAAAABAA",
        "IQAAAAUAAAAAAAAAAQAAAAAAAAAAAFlAAAAAAAAA8D+amZmZmZnpPwEIAAAAAQAAAAAAAAAAwHJAAAAAAAAA8D8AAAAAAAAAQAEIAAAAAQAAAAAAAAAAQI9AAAAAAAAA",
        "8D8AAAAAAAAAQAEBAAAAAQAAAAAAAAAAiLNAAAAAAAAA8D+amZmZmZnpPwEEAAAAAAAAAAAAAAAAAFlAAAAAAAAA8D8AAAAAAAAAQAEBAAAAAQAAAAAAAAAAAPA/AAAA",
        "AAAAAAAAAAAAAgAAAA==",
        "AAAQAAAA",
    ),
    "reacomp": (
        '<VST "VST: ReaComp (Cockos)" reacomp.dll 0 "DAW Bridge: Comp" '
        '1919247213<5653547265636D726561636F6D700000> ""',
        "bWNlcu9e7f4EAAAAAQAAAAAAAAACAAAAAAAAAAQAAAAAAAAACAAAAAAAAAACAAAAAQAAAAAAAAACAAAAAAAAAFwAAAAAAAAAAAAQAA==",
        "776t3g3wrd4AAIA/ED74PKabxDsK16M8AAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAnNEHMwAAgD8AAAAAzcxMPQAAAAAAAAAAAAAAAAAAgD4AAAAAAAAAAAAAAAA=",
        "AAAQAAAA",
    ),
    "reaverbate": (
        '<VST "VST: ReaVerbate (Cockos)" reaverbate.dll 0 "DAW Bridge: Verb" '
        '1920361016<56535472766238726561766572626174> ""',
        "OGJ2cu9e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAAKAAAAAAAAAAAABAA",
        "776t3g3wrd5DAgA/AACAP5eWlj4AAAA/AACAPwAAAAAAAIA/AAAAAA==",
        "AAAQAAAA",
    ),
}  # fmt: skip
FRESH_SETTINGS: dict[str, tuple[str, Settings]] = {
    "reaeq": (
        "DAW Bridge: EQ",
        ReaEq(
            bands=(
                Band(kind=BandKind.LOW_SHELF, frequency_hz=100.0, bandwidth_oct=0.8),
                Band(frequency_hz=300.0),
                Band(frequency_hz=1000.0),
                Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0, bandwidth_oct=0.8),
                Band(kind=BandKind.HIGH_PASS, frequency_hz=100.0, enabled=False),
            )
        ),
    ),
    "reacomp": ("DAW Bridge: Comp", ReaComp(dry_db=-150.0)),
    "reaverbate": ("DAW Bridge: Verb", ReaVerbate(wet_db=-6.02, room_size=0.2 / 0.68)),
}


def real_blocks(shared: Path) -> Iterator[tuple[str, Plugin, list[str]]]:
    for path in sorted((shared / "reaper" / "projects").glob("*.*")):
        for line, body in BLOCK.findall(path.read_bytes().decode("latin-1")):
            plugin = plugin_of(line)
            if plugin:
                yield path.name, plugin, body.split()


def test_real_states_come_back_as_the_same_lines_and_the_same_bytes(shared: Path) -> None:
    blocks = list(real_blocks(shared))

    assert len(blocks) == 35
    for name, plugin, lines in blocks:
        state = parse_vst_body(lines)
        settings = settings_from_state(plugin, state)
        assert dump_vst_body(state) == lines, name
        assert state_from_settings(settings, state) == state, name


def test_a_real_state_holds_the_round_values_that_its_owner_set(shared: Path) -> None:
    found = {(name, plugin): parse_vst_body(lines) for name, plugin, lines in real_blocks(shared)}
    chain = "Ultraschall__Default_Track_Chain.RfxChain"

    comp = settings_from_state("reacomp", found[chain, "reacomp"])
    verb = settings_from_state("reaverbate", found[chain, "reaverbate"])

    assert isinstance(comp, ReaComp)
    assert (comp.ratio, comp.detector_low_pass_hz, comp.detector_high_pass_hz) == pytest.approx(
        (15.0, 8000.0, 6500.0)
    )
    assert isinstance(verb, ReaVerbate)
    assert (verb.wet_db, verb.width, verb.high_cut_hz) == pytest.approx((-25.0, 0.5, 9000.0), abs=1e-3)


@pytest.mark.parametrize("plugin", FRESH)
def test_a_new_instance_is_written_as_reaper_7_writes_a_fresh_one(plugin: str) -> None:
    name, settings = FRESH_SETTINGS[plugin]

    line, *body = FRESH[plugin]
    assert vst_line(settings, name) == line
    assert dump_vst_body(state_from_settings(settings)) == body
    assert flat(settings_from_state(plugin_of(line), parse_vst_body(body))) == near(settings)


def near(settings: Settings) -> object:
    return pytest.approx(flat(settings), rel=1e-6, abs=1e-5)  # float32


def flat(settings: Settings) -> list[float]:
    if isinstance(settings, ReaEq):
        return [settings.gain_db, *(value for band in settings.bands for value in dataclasses.astuple(band))]
    return list(dataclasses.astuple(settings))


decibels = st.one_of(st.floats(-100.0, 6.02), st.just(-math.inf))
COMPS = st.builds(
    ReaComp,
    threshold_db=decibels,
    ratio=st.one_of(st.floats(1.0, 99.9), st.just(math.inf)),
    attack_ms=st.floats(0.0, 500.0),
    release_ms=st.floats(0.0, 5000.0),
    pre_comp_ms=st.floats(0.0, 250.0),
    rms_ms=st.floats(0.0, 1000.0),
    knee_db=st.floats(0.0, 24.0),
    detector_low_pass_hz=st.floats(0.0, 20000.0),
    detector_high_pass_hz=st.floats(0.0, 20000.0),
    auto_make_up=st.booleans(),
    auto_release=st.booleans(),
    dry_db=decibels,
    wet_db=decibels,
)
VERBS = st.builds(
    ReaVerbate,
    wet_db=decibels,
    dry_db=decibels,
    room_size=st.floats(0.0, 1.0),
    dampening=st.floats(0.0, 1.0),
    width=st.floats(-1.0, 1.0),
    pre_delay_ms=st.floats(0.0, 500.0),
    low_cut_hz=st.floats(0.0, 20000.0),
    high_cut_hz=st.floats(0.0, 20000.0),
)
BANDS = st.builds(
    Band,
    kind=st.sampled_from(BandKind),
    frequency_hz=st.floats(20.0, 24000.0),
    gain_db=st.floats(-120.0, 12.04),
    bandwidth_oct=st.floats(0.01, 4.0),
    enabled=st.booleans(),
)
EQS = st.builds(ReaEq, bands=st.lists(BANDS, max_size=8).map(tuple), gain_db=st.floats(-60.0, 12.04))


@given(settings=st.one_of(COMPS, VERBS, EQS))
def test_settings_survive_the_way_through_a_state(settings: Settings) -> None:
    plugin = plugin_of(vst_line(settings, "x"))
    state = parse_vst_body(dump_vst_body(state_from_settings(settings)))

    assert plugin is not None
    assert flat(settings_from_state(plugin, state)) == near(settings)


@given(settings=st.one_of(COMPS, VERBS, EQS), other=st.one_of(COMPS, VERBS, EQS))
def test_settings_put_into_another_state_are_all_that_changes(settings: Settings, other: Settings) -> None:
    if type(settings) is not type(other):
        return
    base = state_from_settings(other)
    written = state_from_settings(settings, base)
    plugin = plugin_of(vst_line(settings, "x"))

    assert plugin is not None
    assert flat(settings_from_state(plugin, written)) == near(settings)
    assert written.trailer == base.trailer
    assert struct.unpack_from("<I", written.header, len(written.header) - 12) == (len(written.data),)


def test_what_reacomp_holds_beyond_our_settings_is_kept() -> None:
    fresh = state_from_settings(ReaComp())
    floats = [float(value) / 64.0 for value in range(23)]  # two more than REAPER 7 has
    floats[8], floats[17] = 2.0 / 1084.0, 0.25
    data = fresh.data[:8] + struct.pack("<23f", *floats)
    header = fresh.header[:-12] + struct.pack("<3I", len(data), 0, 0)
    base = VstState(header, data, b"\x00my preset\x00" + bytes(4))
    before = settings_from_state("reacomp", base)
    assert isinstance(before, ReaComp)

    written = state_from_settings(dataclasses.replace(before, ratio=2.0), base)

    changed = [i for i, (a, b) in enumerate(zip(data, written.data, strict=True)) if a != b]
    assert {(i - 8) // 4 for i in changed} == {1}
    assert (written.header, written.trailer) == (base.header, base.trailer)


def eq_state(data: bytes) -> VstState:
    fresh = state_from_settings(ReaEq(bands=()))
    return VstState(fresh.header[:-12] + struct.pack("<I", len(data)) + fresh.header[-8:], data, fresh.trailer)


@pytest.mark.parametrize(
    ("size", "tail"), [(32, b""), (32, b"\x07\0\0\0"), (33, bytes(range(12))), (33, bytes(16))]
)
def test_flags_window_and_version_of_reaeq_are_kept(size: int, tail: bytes) -> None:
    flag = b"\x00"[: size - 32]
    bands = [struct.pack("<iiddd", 8, 5, 500.0 * n, 1.1, 1.3) + flag for n in (1, 2)]
    data = struct.pack("<2I", size, 2) + b"".join(bands) + struct.pack("<iid", 1, 0, 0.7) + tail
    base = eq_state(data)
    before = settings_from_state("reaeq", base)
    assert isinstance(before, ReaEq)
    third = Band(frequency_hz=4000.0, gain_db=3.0)
    moved = dataclasses.replace(before.bands[1], frequency_hz=900.0)

    written = state_from_settings(dataclasses.replace(before, bands=(before.bands[0], moved, third)), base)

    new_flag = b"\x01"[: size - 32]
    assert written.data == (
        struct.pack("<2I", size, 3)
        + bands[0]
        + struct.pack("<iiddd", 8, 5, 900.0, 1.1, 1.3)
        + flag
        + struct.pack("<iiddd", 8, 1, 4000.0, 10 ** (3 / 20), 2.0)
        + new_flag
        + struct.pack("<iid", 1, 0, 0.7)
        + tail
    )


def test_gains_beyond_the_parameter_are_kept_but_cannot_be_set() -> None:
    loud = struct.pack("<iiddd", 8, 1, 500.0, 10.0, 1.0) + b"\x01"
    base = eq_state(struct.pack("<2I", 33, 1) + loud + struct.pack("<iid", 1, 1, 1.0))
    before = settings_from_state("reaeq", base)
    assert isinstance(before, ReaEq)
    louder = Band(frequency_hz=500.0, gain_db=20.1, bandwidth_oct=1.0)

    assert before.bands[0].gain_db == pytest.approx(20.0)
    assert state_from_settings(before, base) == base
    with pytest.raises(ValueError, match=r"bands\.0\.gain_db"):
        state_from_settings(ReaEq(bands=(louder,)), base)


def test_a_new_state_refuses_what_reaper_cannot_hold() -> None:
    with pytest.raises(ValueError, match="wet_db = 7"):
        state_from_settings(ReaComp(wet_db=7.0))


@pytest.mark.parametrize("width", [4, 76, 128, 4096])
def test_the_old_form_in_one_stream_and_any_length_of_line_is_read(width: int) -> None:
    state = state_from_settings(ReaVerbate())
    text = base64.b64encode(state.header + state.data + state.trailer).decode()
    lines = ["  " + text[start : start + width] + "\r\n" for start in range(0, len(text), width)]

    assert parse_vst_body(lines) == state


@pytest.mark.parametrize(
    ("line", "plugin"),
    [
        (
            '<VST "VST: ReaComp (Cockos)" reacomp.dll 0 "" 1919247213<5653547265636D726561636F6D700000> ""',
            "reacomp",
        ),
        ('<VST "VST: ReaComp (Cockos)" reacomp.dll 0 "" 1919247213', "reacomp"),
        (
            "<VST 'renamed: \"EQ\"' some.dll 0 `my 'name'` 1919247729<56535472656571726561657100000000> \"\"",
            "reaeq",
        ),
        ('<VST "VST: ReaVerbate (Cockos)" reaverbate.vst.dylib 0 ""', "reaverbate"),
        ('<VST "reaeq.dll"', "reaeq"),
        ('  <VST "VST: ReaEQ (Cockos)" REAEQ.DLL 0 ""', "reaeq"),
        ('<VST "VST: ReaTune (Cockos)" reatune.dll 0 "" 1919251566<567374> ""', None),
        ('<VST "VST: Foreign" foreign.dll 0 reaeq.dll 12345678<00> ""', None),
        ('<VST "VST: Impostor" reacomp.dll 0 "" 12345678<00> ""', None),
        ("<JS dynamics/reacomp.dll", None),
        ("", None),
    ],
)
def test_a_plugin_is_known_by_its_id_and_else_by_its_file(line: str, plugin: str | None) -> None:
    assert plugin_of(line) == plugin


def test_tokens_do_as_well_as_the_line() -> None:
    assert plugin_of(["VST", "VST: ReaEQ (Cockos)", "x", "0", "", "1919247729<56>", ""]) == "reaeq"
    assert plugin_of(["<VST", "reaeq.dll"]) == "reaeq"


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("plain", '"plain"'), ('a "b"', "'a \"b\"'"), ("a \"b\" 'c'", "`a \"b\" 'c'`"), ("\"'`", "`\"''`")],
)
def test_a_name_with_quotes_is_quoted_as_reaper_does(name: str, quoted: str) -> None:
    assert f" 0 {quoted} 1919247213<" in vst_line(ReaComp(), name)


def cut(part: str, keep: int) -> VstState:
    state = state_from_settings(ReaComp())
    return dataclasses.replace(state, **{part: getattr(state, part)[:keep]})


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "ends within its header"),
        (["bWNlcu9e"], "ends within its header"),
        (["bWNlcu9e7f7//////w=="], "ends within its header"),
        (["????"], "Line 1 .* no base64"),
        ([*dump_vst_body(cut("trailer", 0)), "A"], "Line 3 .* no base64"),
        (["ä"], "Line 1 .* no base64"),
        ([base64.b64encode(b"\xff" * 80).decode()], "opens with ffffffff"),
        (dump_vst_body(VstState(cut("data", 20).header, cut("data", 20).data, b"")), "cut off: 92 .* 20"),
    ],
)
def test_a_body_that_is_no_state_is_refused(lines: list[str], says: str) -> None:
    with pytest.raises(ProjectFileError, match=says):
        parse_vst_body(lines)


@pytest.mark.parametrize(
    ("plugin", "state", "says"),
    [
        ("reaeq", state_from_settings(ReaComp()), "no state of ReaEQ"),
        ("reacomp", VstState(b"", b"", b""), "no state of ReaComp"),
        ("reacomp", cut("data", 70), "15 values, at least 17"),
        ("reacomp", cut("data", 4), "does not open as"),
        ("reaeq", eq_state(b""), "0 bytes long"),
        ("reaeq", eq_state(struct.pack("<2I", 34, 0) + bytes(16)), "version 34"),
        ("reaeq", eq_state(struct.pack("<2I", 33, 1 << 30) + bytes(16)), "1073741824 bands"),
        (
            "reaeq",
            eq_state(struct.pack("<2I", 32, 1) + struct.pack("<iiddd", 11, 1, 1, 1, 1) + bytes(16)),
            "type 11",
        ),
    ],
)
def test_a_state_that_cannot_be_understood_is_refused(plugin: Plugin, state: VstState, says: str) -> None:
    with pytest.raises(ProjectFileError, match=says):
        settings_from_state(plugin, state)


@given(st.binary(max_size=200), st.sampled_from(["reaeq", "reacomp", "reaverbate"]))
def test_no_bytes_break_anything(noise: bytes, plugin: Plugin) -> None:
    fresh = state_from_settings(FRESH_SETTINGS[plugin][1])
    for data in (noise, fresh.data[:8] + noise):
        try:
            settings = settings_from_state(plugin, VstState(fresh.header, data, b""))
        except ProjectFileError:
            continue
        assert state_from_settings(settings, VstState(fresh.header, data, b"")).data == data

from __future__ import annotations

import base64
import re
import struct

import pytest

from emulator.running import Emulator

# Fresh instances as REAPER 7.66 saved them (plugin-evidence.md, 4.4).
FRESH = {
    "ReaEQ": """
cWVlcu5e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAAzQAAAAEAAAAAABAA
IQAAAAUAAAAAAAAAAQAAAAAAAAAAAFlAAAAAAAAA8D+amZmZmZnpPwEIAAAAAQAAAAAAAAAAwHJAAAAAAAAA8D8AAAAAAAAAQAEIAAAAAQAAAAAAAAAAQI9AAAAAAAAA
8D8AAAAAAAAAQAEBAAAAAQAAAAAAAAAAiLNAAAAAAAAA8D+amZmZmZnpPwEEAAAAAAAAAAAAAAAAAFlAAAAAAAAA8D8AAAAAAAAAQAEBAAAAAQAAAAAAAAAAAPA/AAAA
AAAAAAAAAAAAAgAAAA==
AAAQAAAA""",
    "ReaComp": """
bWNlcu9e7f4EAAAAAQAAAAAAAAACAAAAAAAAAAQAAAAAAAAACAAAAAAAAAACAAAAAQAAAAAAAAACAAAAAAAAAFwAAAAAAAAAAAAQAA==
776t3g3wrd4AAIA/ED74PKabxDsK16M8AAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAnNEHMwAAgD8AAAAAzcxMPQAAAAAAAAAAAAAAAAAAgD4AAAAAAAAAAAAAAAA=
AAAQAAAA""",
    "ReaVerbate": """
OGJ2cu9e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAAKAAAAAAAAAAAABAA
776t3g3wrd5DAgA/AACAP5eWlj4AAAA/AACAPwAAAAAAAIA/AAAAAA==
AAAQAAAA""",
}


def add(reaper: Emulator, name: str) -> tuple[str, int]:
    pointer = str(reaper.call("GetTrack", 0, 0))
    place = reaper.call("TrackFX_AddByName", pointer, name, False, -1)
    assert place >= 0
    return pointer, place


def shown(reaper: Emulator, at: tuple[str, int], place: int, raw: float) -> str:
    return str(reaper.call("TrackFX_FormatParamValue", *at, place, raw, "", 64)[5])


@pytest.mark.parametrize("name", list(FRESH))
def test_a_fresh_plugin_is_saved_as_reaper_saves_it(rules: Emulator, name: str) -> None:
    add(rules, name)

    lines = [line.strip() for line in rules.saved().decode().splitlines()]
    start = next(place for place, line in enumerate(lines) if line.startswith(f'<VST "VST: {name} (Cockos)"'))
    wanted = FRESH[name].split()
    assert lines[start + 1 : start + 1 + len(wanted)] == wanted


@pytest.mark.parametrize(
    ("name", "count", "seen"),
    [
        ("ReaComp", 24, {(0, 1.0): "+0.0 dB", (0, 0.0): "-inf dB", (0, 2.0): "+6.0 dB", (1, 1.0): "inf :1"}),
        ("ReaComp", 24, {(2, 0.006): "3.0 ms", (1, 5.85 / 99): "6.85 :1", (4, 1.0): "250.0 ms"}),
        ("ReaEQ", 19, {(0, 0.141438): "100.0 Hz", (0, 0.739351): "5000.0 Hz", (1, 0.25): "0.0 dB"}),
        ("ReaEQ", 19, {(1, 1.0): "12.0 dB", (2, 0.5): "2.00 oct", (15, 4.0): "12.0 dB"}),
        ("ReaVerbate", 11, {(2, 0.2 / 0.68): "50", (0, 0.5): "-6.0 dB", (5, 1.0): "500.0 ms"}),
    ],
)
def test_plugins_show_what_the_published_tables_say(
    rules: Emulator, name: str, count: int, seen: dict[tuple[int, float], str]
) -> None:
    at = add(rules, name)

    assert rules.call("TrackFX_GetNumParams", *at) == count
    assert {key: shown(rules, at, *key) for key in seen} == seen


def test_normalised_values_run_through_the_middle_value(rules: Emulator) -> None:
    at = add(rules, "ReaEQ")

    rules.call("TrackFX_SetParamNormalized", *at, 1, 0.5)

    assert rules.call("TrackFX_GetParam", *at, 1, 0.0, 0.0)[0] == 0.25
    rules.call("TrackFX_SetParamNormalized", *at, 1, 0.75)
    assert rules.call("TrackFX_GetParamEx", *at, 1, 0.0, 0.0, 0.0)[0::4] == [0.625, 0.0]


def test_values_are_clamped_to_the_range_of_the_parameter(rules: Emulator) -> None:
    at = add(rules, "ReaComp")

    rules.call("TrackFX_SetParam", *at, 0, -18.0)

    assert rules.call("TrackFX_GetParam", *at, 0, 0.0, 0.0)[0] == 0.0


def test_reaeqs_parameters_follow_its_bands(rules: Emulator) -> None:
    at = add(rules, "ReaEQ")
    band = struct.pack("<2i3dB", 8, 1, 1000.0, 1.0, 2.0, 1)
    state = struct.pack("<2I", 33, 7) + 7 * band + struct.pack("<2id4I", 1, 1, 1.0, 0, 0, 0, 2)

    done = rules.call("TrackFX_SetNamedConfigParm", *at, "vst_chunk", base64.b64encode(state).decode())
    rules.call("TrackFX_SetNamedConfigParm", *at, "BANDTYPE6", "3")

    assert done == 1
    assert rules.call("TrackFX_GetNumParams", *at) == 3 * 7 + 4
    assert rules.call("TrackFX_GetParamName", *at, 18, "", 64)[4] == "Freq-Low Pass 7"
    assert rules.call("TrackFX_GetParamIdent", *at, 3, "", 64)[4] == "3:_Freq_Band_2"
    assert rules.call("TrackFX_SetNamedConfigParm", *at, "BANDTYPE7", "3") == 0


def test_reaeq_has_two_lists_of_band_kinds(rules: Emulator) -> None:
    at = add(rules, "ReaEQ")

    # In the list of SetEQParam 1 is the low shelf and 4 the high shelf; in that of BANDTYPE 0 and 1.
    rules.call("TrackFX_SetEQParam", *at, 4, 0, 0, 8000.0, False)

    assert rules.call("TrackFX_GetNamedConfigParm", *at, "BANDTYPE3", "", 64)[4] == "1"
    assert rules.call("TrackFX_GetFormattedParamValue", *at, 9, "", 64)[4] == "8000.0"
    assert rules.call("TrackFX_GetEQParam", *at, 6, 0, 0, 0, 0.0)[4:7] == [2, 1, 0]
    assert rules.call("TrackFX_SetEQParam", *at, 2, 2, 0, 8000.0, False) == 0


def test_displays_can_be_odd(rules: Emulator) -> None:
    at, eq = add(rules, "ReaComp"), add(rules, "ReaEQ")
    rules.do("options", odd_display=True, kilohertz=True)

    assert shown(rules, at, 0, 0.1) == "\u221220.0\u202fdB"
    assert shown(rules, eq, 0, 0.739351) == "5.00\u202fkHz"


def test_faults_of_plugins_on_demand(rules: Emulator) -> None:
    rules.do("options", missing_plugins=["ReaVerbate"], band_enabled_lies=True, eq_bands=4)
    at = add(rules, "ReaEQ")

    assert rules.call("TrackFX_AddByName", at[0], "ReaVerbate", False, -1) == -1
    assert rules.call("TrackFX_GetNumParams", *at) == 16
    assert rules.call("TrackFX_SetNamedConfigParm", *at, "BANDENABLED1", "0") == 0
    assert rules.call("TrackFX_GetNamedConfigParm", *at, "BANDENABLED1", "", 64)[4] == "0"
    rules.do("options", eq_layout=False, vst_chunk=False)
    assert rules.call("TrackFX_SetNamedConfigParm", *at, "BANDTYPE1", "3") == 0
    assert rules.call("TrackFX_GetNamedConfigParm", *at, "vst_chunk", "", 4096)[0] == 0


def test_plugins_are_put_where_they_are_wanted_and_keep_their_guids(rules: Emulator) -> None:
    pointer, _ = add(rules, "ReaEQ")
    first = rules.call("TrackFX_GetFXName", pointer, 0, "", 64)[3]
    guid_of = lambda place: chunk_guids(rules, pointer)[place]  # noqa: E731
    eq = guid_of(0)

    assert rules.call("TrackFX_AddByName", pointer, "VST:ReaComp (Cockos)", False, -1000) == 0
    rules.call("TrackFX_SetNamedConfigParm", pointer, 0, "renamed_name", "Mine")
    assert [first, guid_of(1)] == ["VST: ReaEQ (Cockos)", eq]
    assert rules.call("TrackFX_GetFXName", pointer, 0, "", 64)[3] == "Mine"
    assert rules.call("TrackFX_AddByName", pointer, "ReaComp", False, 0) == 0
    assert rules.call("TrackFX_Delete", pointer, 0) == 1
    assert chunk_guids(rules, pointer) == [eq]


def chunk_guids(reaper: Emulator, pointer: str) -> list[str]:
    return re.findall(r"^FXID (.*)$", reaper.call("GetTrackStateChunk", pointer, "", 2**20, False)[2], re.MULTILINE)

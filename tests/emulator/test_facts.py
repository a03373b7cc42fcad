"""What we rely on in REAPER. Emulated it must be so; `pytest --reaper` asks a real one, and keeps its answers."""

from __future__ import annotations

import base64
import re
import struct
from typing import Any

import pytest

from emulator.live import LiveReaper, new_track

# Parameters by index: name, raw value, and the number that is shown for it (plugins.md).
SHOWN: dict[str, list[tuple[int, str, float, float]]] = {
    "ReaComp": [
        (0, "Threshold", 0.1, -20.0),
        (1, "Ratio", 3.0 / 99.0, 4.0),
        (2, "Attack", 0.006, 3.0),
        (3, "Release", 0.02, 100.0),
        (4, "Pre-comp", 0.1, 25.0),
        (6, "Lowpass", 0.5, 10000.0),
        (7, "Hipass", 0.01, 200.0),
        (11, "Wet", 1.0, 0.0),
        (13, "RMS size", 0.05, 5.0),
        (14, "Knee", 0.25, 6.0),
    ],
    "ReaEQ": [(0, "Freq-Low Shelf", 0.5, 1160.5), (1, "Gain-Low Shelf", 0.5, 6.0), (2, "BW-Low Shelf", 0.5, 2.0)],
    "ReaVerbate": [
        (0, "Wet", 0.5, -6.0),
        (1, "Dry", 1.0, 0.0),
        (2, "Room size", 0.2 / 0.68, 50.0),
        (5, "Initial delay", 0.1, 50.0),
        (7, "Hipass", 0.01, 200.0),
    ],
}
# As REAPER and the older plug-ins call them.
OTHER_NAMES = {"Stereo width": "Width", "Initial delay": "Delay"}


def add(reaper: LiveReaper, name: str) -> tuple[str, int]:
    track = new_track(reaper)
    place = reaper.call("TrackFX_AddByName", track, f"VST:{name} (Cockos)", False, -1)
    assert place == 0
    return track, place


def number(text: str) -> float:
    found = re.search(r"[-+]?\d+(?:\.\d+)?\s*k?", text.replace("\N{MINUS SIGN}", "-"))
    assert found, text
    return float(found[0].rstrip("k ")) * (1000.0 if "k" in found[0] else 1.0)


@pytest.mark.parametrize("name", list(SHOWN))
def test_raw_values_show_what_the_tables_say(any_reaper: LiveReaper, name: str) -> None:
    at = add(any_reaper, name)
    for place, wanted_name, raw, shown in SHOWN[name]:
        done = any_reaper.call("TrackFX_SetParam", *at, place, raw)
        text = any_reaper.call("TrackFX_GetFormattedParamValue", *at, place, "", 256)[4]
        found_name = any_reaper.call("TrackFX_GetParamName", *at, place, "", 256)[4]

        assert done
        assert found_name.split(" 1")[0] in (wanted_name, OTHER_NAMES.get(wanted_name))
        assert number(text) == pytest.approx(shown, rel=0.006, abs=0.051), text


@pytest.mark.parametrize("name", list(SHOWN))
def test_parameters_are_as_the_tables_say(any_reaper: LiveReaper, name: str) -> None:
    """Also asks for much that is only to be kept: ranges, idents, texts all over the range."""
    at = add(any_reaper, name)
    rows = any_reaper.run(f"""
        result = []
        for place in range(RPR_TrackFX_GetNumParams(*{at!r})):
            result.append([
                RPR_TrackFX_GetParamName(*{at!r}, place, "", 256)[4],
                RPR_TrackFX_GetParamIdent(*{at!r}, place, "", 256)[4],
                RPR_TrackFX_GetParamEx(*{at!r}, place, 0.0, 0.0, 0.0),
                RPR_TrackFX_GetParamNormalized(*{at!r}, place),
                RPR_TrackFX_GetFormattedParamValue(*{at!r}, place, "", 256)[4],
                [RPR_TrackFX_FormatParamValueNormalized(*{at!r}, place, n / 20, "", 256)[5] for n in range(21)],
            ])
    """)

    assert [row[1].rpartition(":")[2] for row in rows[-3:]] == ["bypass", "wet", "delta"]
    for place, (_, ident, (value, _, _, _, low, high, mid), normalised, _, _) in enumerate(rows[:-3]):
        assert ident.startswith(f"{place}:_")
        assert low == 0.0
        wanted = 0.5 * value / mid if value <= mid else 0.5 + 0.5 * (value - mid) / (high - mid)
        assert normalised == pytest.approx(wanted, abs=1e-5)


def test_a_whole_state_sets_reaeqs_bands(any_reaper: LiveReaper) -> None:
    at = add(any_reaper, "ReaEQ")
    bands = ((4, 1, 90.0, 1.0, 2.0), (8, 1, 2500.0, 0.75, 1.2), (1, 0, 9000.0, 1.5, 1.0))
    state = struct.pack("<2I", 33, len(bands)) + b"".join(struct.pack("<2i3dB", *band, 1) for band in bands)
    text = base64.b64encode(state + struct.pack("<2id3I2H", 1, 1, 1.0, 0, 0, 0, 2, 1)).decode()

    any_reaper.call("TrackFX_SetNamedConfigParm", *at, "vst_chunk", text)

    found = [[config(any_reaper, at, f"{key}{n}") for key in ("BANDTYPE", "BANDENABLED")] for n in range(3)]
    assert found == [[str(kind), str(enabled)] for kind, enabled, *_ in bands]
    assert any_reaper.call("TrackFX_GetNumParams", *at) == 3 * 3 + 4
    shown = [any_reaper.call("TrackFX_GetFormattedParamValue", *at, place, "", 64)[4] for place in (0, 4, 5)]
    assert list(map(number, shown)) == pytest.approx([90.0, -2.5, 1.2], abs=0.051)


def config(reaper: LiveReaper, at: tuple[str, int], name: str) -> str:
    return str(reaper.call("TrackFX_GetNamedConfigParm", *at, name, "", 64)[4])


def test_a_band_changes_its_kind_and_switch_by_name(any_reaper: LiveReaper) -> None:
    at = add(any_reaper, "ReaEQ")

    # What they answer is only kept: it is said to be false although it worked.
    for name, value in (("BANDTYPE0", "3"), ("BANDENABLED1", "0")):
        any_reaper.call("TrackFX_SetNamedConfigParm", *at, name, value)

    assert config(any_reaper, at, "BANDTYPE0") == "3"
    assert config(any_reaper, at, "BANDENABLED1") == "0"
    assert "Low Pass" in any_reaper.call("TrackFX_GetParamName", *at, 0, "", 64)[4]


def test_the_unit_of_the_eq_functions_gain_is_kept(any_reaper: LiveReaper) -> None:
    at = add(any_reaper, "ReaEQ")

    any_reaper.call("TrackFX_SetEQParam", *at, 1, 0, 1, 2.0, False)

    text = any_reaper.call("TrackFX_GetFormattedParamValue", *at, 1, "", 64)[4]
    assert number(text) == pytest.approx(6.0, abs=0.1)  # linear: 2 is +6 dB


def test_one_undo_takes_back_plugin_fader_and_ext_state(any_reaper: LiveReaper) -> None:
    track = new_track(any_reaper)
    any_reaper.run(f"""
        RPR_Undo_BeginBlock2(0)
        RPR_PreventUIRefresh(1)
        RPR_TrackFX_AddByName({track!r}, "ReaEQ", False, -1000)
        RPR_TrackFX_SetNamedConfigParm({track!r}, 0, "renamed_name", "Ours")
        RPR_SetMediaTrackInfo_Value({track!r}, "D_VOL", 0.25)
        RPR_SetProjExtState(0, "DAW_BRIDGE_TEST", "KEY", "value")
        RPR_PreventUIRefresh(-1)
        RPR_Undo_EndBlock2(0, "DAW Bridge: test", -1)
    """)
    done = state_of(any_reaper, track)

    described = any_reaper.call("Undo_CanUndo2", 0)
    any_reaper.call("Undo_DoUndo2", 0)

    assert described == "DAW Bridge: test"
    assert done == [1, "Ours", 0.25, "value"]
    assert state_of(any_reaper, track) == [0, "", 1.0, ""]


def state_of(reaper: LiveReaper, track: str) -> list[Any]:
    return list(
        reaper.run(f"""
            result = [
                RPR_TrackFX_GetCount({track!r}),
                RPR_TrackFX_GetFXName({track!r}, 0, "", 256)[3],
                RPR_GetMediaTrackInfo_Value({track!r}, "D_VOL"),
                RPR_GetProjExtState(0, "DAW_BRIDGE_TEST", "KEY", "", 256)[4],
            ]
        """)
    )


def test_what_an_undo_point_without_flags_takes_back_is_kept(any_reaper: LiveReaper) -> None:
    track = new_track(any_reaper)
    any_reaper.run(f"""
        RPR_Undo_BeginBlock2(0)
        RPR_SetMediaTrackInfo_Value({track!r}, "D_VOL", 0.25)
        RPR_Undo_EndBlock2(0, "DAW Bridge: no flags", 0)
    """)

    any_reaper.run("""
        try:
            result = [RPR_Undo_CanUndo2(0), RPR_Undo_DoUndo2(0)]
        except Exception as error:
            result = repr(error)
    """)

    assert any_reaper.call("GetMediaTrackInfo_Value", track, "D_VOL") in (0.25, 1.0)


def test_a_tracks_text_holds_its_chain_with_guids(any_reaper: LiveReaper) -> None:
    track, _ = add(any_reaper, "ReaComp")

    text = any_reaper.call("GetTrackStateChunk", track, "", 2**20, False)[2]

    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].startswith("<TRACK")
    assert lines[-1] == ">"
    assert any(line.startswith('<VST "VST: ReaComp (Cockos)"') and "1919247213" in line for line in lines)
    assert sum(bool(re.fullmatch(r"FXID \{[-0-9A-F]{36}\}", line)) for line in lines) == 1
    guid = any_reaper.call("GetSetMediaTrackInfo_String", track, "GUID", "", False)[3]
    assert any(guid in line for line in lines)


def test_what_is_not_there_is_told(any_reaper: LiveReaper) -> None:
    track = new_track(any_reaper)

    assert any_reaper.call("TrackFX_AddByName", track, "VST:NoSuchPlugin (Nobody)", False, -1) == -1
    valid = any_reaper.call("ValidatePtr2", 0, track, "MediaTrack*")
    any_reaper.call("DeleteTrack", track)
    # 0 for both where REAPER's own binding refuses pointers of no kind.
    assert (valid, any_reaper.call("ValidatePtr2", 0, track, "MediaTrack*")) in ((1, 0), (0, 0))


def test_settings_that_reaper_may_not_tell_are_kept(any_reaper: LiveReaper) -> None:
    for name in ("panlaw", "panmode", "itemmixflag", "projsrate"):
        any_reaper.call("get_config_var_string", name, "", 64)
    for name in ("PROJECT_SRATE", "PROJECT_SRATE_USE"):
        any_reaper.call("GetSetProjectInfo", 0, name, 0.0, False)

    assert any_reaper.call("GetAppVersion")

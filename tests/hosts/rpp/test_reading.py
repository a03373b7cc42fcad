"""What is read from a project file, shown on tiny projects and on real ones."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import AudioFileError, ProjectFileError
from daw_bridge.hosts.rpp.reading import check_media, playing_rate, read_session
from daw_bridge.hosts.rpp.tree import parse
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Clip, Fade, PanMode, SendMode, Session, Tempo

HOME = Path("/songs/mine")


def project(*lines: str) -> bytes:
    return "\n".join(['<REAPER_PROJECT 0.1 "7.16/linux-x86_64" 1717171717', *lines, ">", ""]).encode()


def read(*lines: str, path: Path = HOME / "song.rpp", ours: tuple[str, ...] = ()) -> Session:
    return read_session(parse(project(*lines)), path, ours)


def track(*lines: str, guid: str = "{A}") -> list[str]:
    return [f"<TRACK {guid}", *lines, ">"]


def item(*lines: str, source: tuple[str, ...] = ("<SOURCE WAVE", 'FILE "a.wav"', ">")) -> list[str]:
    head = [line for line in ("POSITION 0", "LENGTH 1") if not any(line.split()[0] in given for given in lines)]
    return ["<ITEM", *head, *lines, *source, ">"]


def read_clip(*lines: str, source: tuple[str, ...] = ("<SOURCE WAVE", 'FILE "a.wav"', ">")) -> Clip:
    (clip,) = read(*track(*item(*lines, source=source))).tracks[0].clips
    return clip


COMP = """<VST "VST: ReaComp (Cockos)" reacomp.dll 0 "" 1919247213<5653547265636D726561636F6D700000> ""
bWNlcu9e7f4EAAAAAQAAAAAAAAACAAAAAAAAAAQAAAAAAAAACAAAAAAAAAACAAAAAQAAAAAAAAACAAAAAAAAAFwAAAAAAAAAAAAQAA==
776t3g3wrd4AAIA/ED74PKabxDsK16M8AAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAnNEHMwAAgD8AAAAAzcxMPQAAAAAAAAAAAAAAAAAAgD4AAAAAAAAAAAAAAAA=
AAAQAAAA
>""".splitlines()
VERB = """<VST "VST: ReaVerbate (Cockos)" reaverbate.dll 0 Room 1920361016<56535472766238726561766572626174> ""
OGJ2cu9e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAAKAAAAAAAAAAAABAA
776t3g3wrd5DAgA/AACAP5eWlj4AAAA/AACAPwAAAAAAAIA/AAAAAA==
AAAQAAAA
>""".splitlines()
THIRD_PARTY = [
    '<VST "VST3: Pro-Q 3 (FabFilter)" Pro-Q.vst3 0 "" 756089518{72C4DB717A4D459AB97E51745D84B39D} ""',
    ">",
]


# --- the project -----------------------------------------------------------------------------------------------


def test_a_forced_sample_rate_is_the_sessions_rate() -> None:
    assert read("SAMPLERATE 48000 1 0").rate == 48000


def test_a_rate_that_the_project_leaves_to_the_device_is_0_and_the_media_decide() -> None:
    session = read("SAMPLERATE 96000 0 0")

    assert session.rate == 0
    assert playing_rate(session, [44100, 48000, 44100]) == 44100
    assert playing_rate(session, [44100, 48000]) == 48000  # of equals the higher
    assert playing_rate(session, []) == 48000
    assert playing_rate(read("SAMPLERATE 96000 1 0"), [44100]) == 96000


def test_the_tempo_is_the_projects_where_nothing_changes_it() -> None:
    assert read("TEMPO 93.5 4 4 0").tempo == (Tempo(position_s=0.0, bpm=93.5),)


def test_tempo_changes_are_the_points_of_the_tempo_envelope() -> None:
    session = read("TEMPO 120 4 4", "<TEMPOENVEX", "ACT 0 -1", "PT 0 132 1 262148 0 1", "PT 8.5 140.25 0", ">")

    assert session.tempo == (Tempo(position_s=0.0, bpm=132.0), Tempo(position_s=8.5, bpm=140.25))


def test_a_tempo_change_later_on_leaves_the_projects_tempo_before_it() -> None:
    session = read("TEMPO 120 4 4", "<TEMPOENVEX", "PT 10 90 1", ">")

    assert session.tempo == (Tempo(position_s=0.0, bpm=120.0), Tempo(position_s=10.0, bpm=90.0))


def test_the_master_has_volume_pan_mute_and_plugins() -> None:
    session = read(
        *("MASTERMUTESOLO 1", "MASTER_VOLUME 0.5 -0.25 -1 -1 1", "MASTER_PANMODE 5", "MASTER_FX 0"),
        *("<MASTERFXLIST", "BYPASS 0 0 0", *COMP, "FXID {C}", ">"),
    )

    fader = session.master.fader
    assert fader.volume_db == pytest.approx(-6.0206, abs=1e-4)
    assert (fader.pan, fader.pan_mode, fader.pan_law_db) == (-0.25, PanMode.STEREO_PAN, None)
    assert session.master.mute
    assert not session.master.fx_enabled
    assert isinstance(session.master.fx[0].settings, ReaComp)


def test_name_and_path_are_the_files() -> None:
    session = read(path=Path("/songs/mine/My Song.rpp"))

    assert (session.name, session.path) == ("My Song", Path("/songs/mine/My Song.rpp"))


# --- tracks ----------------------------------------------------------------------------------------------------


def test_a_track_is_read_with_its_switches() -> None:
    (vocal,) = read(
        *track(
            *('NAME "Lead Vox"', "VOLPAN 2 0.5 0.70794578 -0.5 0.75", "PANMODE 6", "WIDTH 0.3", "MUTESOLO 1 2 0"),
            *("IPHASE 1", "MAINSEND 0 0", "FX 0"),
            guid="{78e47b7d-7aaf-4451-b1db-a35c25882c0f}",
        )
    ).tracks

    assert (vocal.guid, vocal.name) == ("{78E47B7D-7AAF-4451-B1DB-A35C25882C0F}", "Lead Vox")
    assert vocal.fader.volume_db == pytest.approx(6.0206, abs=1e-4)
    assert (vocal.fader.pan, vocal.fader.width) == (0.5, 0.3)
    assert (vocal.fader.pan_mode, vocal.fader.pan_left, vocal.fader.pan_right) == (PanMode.DUAL_PAN, -0.5, 0.75)
    assert vocal.fader.pan_law_db == pytest.approx(-3.0, abs=1e-3)
    assert (vocal.mute, vocal.solo, vocal.inverted, vocal.to_parent, vocal.fx_enabled) == (
        *(True, True, True),
        *(False, False),
    )


def test_a_track_without_lines_has_neutral_settings() -> None:
    (bare,) = read("<TRACK", ">").tracks

    assert (bare.fader.volume_db, bare.fader.pan, bare.fader.pan_mode) == (0.0, 0.0, PanMode.BALANCE)
    assert bare.to_parent
    assert bare.fx_enabled
    assert (bare.mute, bare.solo, bare.inverted) == (False, False, False)


def test_pan_mode_and_law_come_from_the_project_where_a_track_has_none() -> None:
    session = read("PANMODE 5", "PANLAW 0.5", *track("VOLPAN 1 0 -1 -1 1"))

    assert session.tracks[0].fader.pan_mode is PanMode.STEREO_PAN
    assert session.tracks[0].fader.pan_law_db is None
    assert session.pan_law_db == pytest.approx(-6.0206, abs=1e-4)


def test_a_fader_that_is_all_the_way_down_is_at_minus_infinity() -> None:
    assert read(*track("VOLPAN 0 0 -1 -1 1")).tracks[0].fader.volume_db == -math.inf


def test_tracks_without_a_guid_or_with_a_second_hand_one_get_their_own_always_the_same() -> None:
    lines = [*track(guid=""), *track(guid="{A}"), *track(guid="{a}")]

    first, again = read(*lines), read(*lines)

    guids = [one.guid for one in first.tracks]
    assert len(set(guids)) == 3
    assert guids[1] == "{A}"
    assert guids == [one.guid for one in again.tracks]


def test_a_nameless_track_is_called_as_reaper_shows_it() -> None:
    assert [one.name for one in read(*track("NAME Vox"), *track('NAME ""', guid="{B}")).tracks] == [
        "Vox",
        "Track 2",
    ]


def test_a_name_in_an_old_code_page_can_be_shown() -> None:
    data = project(*track('NAME "Choeur b\xe9ni"')).decode().encode("latin-1")

    (choir,) = read_session(parse(data), HOME / "song.rpp").tracks

    assert choir.name == "Choeur béni"


def test_folders_nest_and_close() -> None:
    tree = (("All", "1 1"), ("Vox", "1 1"), ("Lead", "0 0"), ("Dbl", "2 -2"), ("Out", "0 0"))
    session = read(
        *(line for name, bus in tree for line in track(f"NAME {name}", f"ISBUS {bus}", guid=f"{{{name.upper()}}}"))
    )

    assert [one.parent for one in session.tracks] == [None, "{ALL}", "{VOX}", "{VOX}", None]


def test_more_folders_closed_than_open_is_not_a_fault() -> None:
    session = read(*track("ISBUS 2 -3"), *track("ISBUS 0 0", guid="{B}"))

    assert [one.parent for one in session.tracks] == [None, None]


def test_solo_defeat_counts_as_solo_only_beside_a_solo() -> None:
    alone = read(*track("MUTESOLO 0 0 1"))
    beside = read(*track("MUTESOLO 0 0 1"), *track("MUTESOLO 0 1 0", guid="{B}"))

    assert [one.solo for one in alone.tracks] == [False]
    assert [one.solo for one in beside.tracks] == [True, True]


# --- sends -----------------------------------------------------------------------------------------------------


def test_a_receive_becomes_a_send_of_its_source() -> None:
    session = read(
        *track("NAME Vox"),
        *track("NAME Room", "AUXRECV 0 3 0.5 -0.25 1 1 1 0 0 -1:U 0 -1 ''", guid="{ROOM}"),
    )

    (send,) = session.sends
    assert (send.source, send.target, send.mode) == ("{A}", "{ROOM}", SendMode.POST_FX)
    assert send.gain_db == pytest.approx(-6.0206, abs=1e-4)
    assert (send.pan, send.mute, send.mono, send.inverted) == (-0.25, True, True, True)
    assert session.warnings == ()


@pytest.mark.parametrize("channels", ["2 0", "0 2", "1024 0", "0 1024"])
def test_a_send_of_other_channels_is_named_and_not_sent_to_the_wrong_ones(channels: str) -> None:
    session = read(*track(), *track("NAME Bass", f"AUXRECV 0 0 1 0 0 0 0 {channels} -1:U 0 -1", guid="{B}"))

    assert session.sends == ()
    assert "sidechains" in session.warnings[0]
    assert "Bass" in session.warnings[0]


def test_a_send_of_midi_only_is_nothing_to_hear() -> None:
    session = read(*track(), *track("AUXRECV 0 0 1 0 0 0 0 -1 0 -1:U 0 -1", guid="{B}"))

    assert (session.sends, session.warnings) == ((), ())


# --- items -----------------------------------------------------------------------------------------------------


def test_an_item_is_read_as_a_clip() -> None:
    clip = read_clip(
        *("POSITION 2.5", "LENGTH 8", "LOOP 1", "MUTE 0 0", "VOLPAN 2 -0.5 0.25 -1", "SOFFS 0.75"),
        *("PLAYRATE 1.25 0 0 -1 0 0.0025", "CHANMODE 3"),
        source=("<SOURCE FLAC", 'FILE "takes/a.flac"', ">"),
    )

    assert clip.source.path == HOME / "takes/a.flac"
    assert (clip.position_s, clip.length_s, clip.offset_s) == (2.5, 8.0, 0.75)
    assert (clip.play_rate, clip.preserve_pitch) == (1.25, False)
    assert clip.gain_db == pytest.approx(-6.0206, abs=1e-4)  # item gain 2, take gain 0.25
    assert (clip.pan, clip.inverted, clip.loop, clip.channel_mode) == (-0.5, False, True, 3)


def test_a_negative_take_gain_turns_the_polarity() -> None:
    clip = read_clip("VOLPAN 1 0 -0.5 -1")

    assert clip.inverted
    assert clip.gain_db == pytest.approx(-6.0206, abs=1e-4)


def test_muted_empty_and_zero_length_items_are_no_clips() -> None:
    session = read(
        *track(
            *item("MUTE 1 0"), *item("LENGTH 0"), *["<ITEM", "POSITION 1", "LENGTH 3", "<NOTES", "|hm", ">", ">"]
        )
    )

    assert session.tracks[0].clips == ()
    assert session.warnings == ()


TAKES = (
    *("NAME one", "VOLPAN 0.5 0.25 1 -1", "SOFFS 1", "PLAYRATE 1 1 0", "<SOURCE WAVE", "FILE one.wav", ">"),
    *(
        "TAKE{}",
        "NAME two",
        "TAKEVOLPAN -0.5 -1 -1",
        "SOFFS 2",
        "PLAYRATE 2 0 0",
        "<SOURCE WAVE",
        "FILE two.wav",
        ">",
    ),
)


def test_the_first_take_plays_unless_another_is_chosen() -> None:
    clip = read_clip(*(line.format("") for line in TAKES), source=())

    assert (clip.source.path.name, clip.offset_s, clip.pan, clip.inverted) == ("one.wav", 1.0, 0.25, False)


def test_the_chosen_take_plays_with_its_own_values_and_the_items_gain() -> None:
    clip = read_clip(*(line.format(" SEL") for line in TAKES), source=())

    assert (clip.source.path.name, clip.offset_s, clip.play_rate) == ("two.wav", 2.0, 2.0)
    assert (clip.pan, clip.inverted) == (-0.5, True)
    assert clip.gain_db == pytest.approx(-6.0206, abs=1e-4)


def test_an_item_that_plays_all_its_takes_is_as_many_clips() -> None:
    session = read(*track(*item("ALLTAKES 1", *(line.format("") for line in TAKES), source=())))

    assert [clip.source.path.name for clip in session.tracks[0].clips] == ["one.wav", "two.wav"]


def test_an_empty_chosen_take_is_silent() -> None:
    session = read(*track(*item(*(line.format("") for line in TAKES), "TAKE NULL SEL", source=())))

    assert session.tracks[0].clips == ()


def test_only_the_lanes_that_play_are_read() -> None:
    lanes = [item(f"YPOS {lane / 3} {1 / 3} 2", f"SOFFS {lane}") for lane in range(3)]
    lines = [line for lane in lanes for line in lane]

    comp = read(*track("FREEMODE 2", "LANESOLO 4 0 0 0 0 0 0 0", *lines))
    off = read(*track("FREEMODE 0", "LANESOLO 4 0 0 0 0 0 0 0", *lines))

    assert [clip.offset_s for clip in comp.tracks[0].clips] == [2.0]
    assert len(off.tracks[0].clips) == 3


SECTION = ("<SOURCE SECTION", "LENGTH 3", "MODE {}", "STARTPOS 1.5", "OVERLAP 0.01", *item()[3:6], ">")


@pytest.mark.parametrize(
    ("mode", "expected"), [(0, (1.5, 3.0, False)), (2, (1.5, 3.0, True)), (3, (0.0, None, True))]
)
def test_sections_and_reversed_sources(mode: int, expected: tuple[float, float | None, bool]) -> None:
    source = read_clip(source=tuple(line.format(mode) for line in SECTION)).source

    assert source.path == HOME / "a.wav"
    assert (source.section_start_s, source.section_length_s, source.reverse) == expected


# --- fades (lines as REAPER 7.82 writes them, and 6.11) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fade"),
    [
        ("FADEIN 1 0.25 0 1 0 0", Fade(length_s=0.25, shape=1)),
        ("FADEIN 2 0.01 0 2 0 1 1 1 0 0 1 0 0", Fade(length_s=0.01, shape=2)),
        ("FADEIN 3 0.01 0 3 0 -1 -1 1 0 0 1 0 0", Fade(length_s=0.01, shape=3)),
        ("FADEIN 5.1 0.01 0 5.1 0 0 0 1 0 0 1 0 0", Fade(length_s=0.01, shape=6)),
        ("FADEIN 0 0.01 0 0 0 -0.5 -0.5 1 0 0 1 0 0", Fade(length_s=0.01, shape=0, curvature=0.25)),
        ("FADEIN 5 0.01 0 5 0 -0.5 -0.5 0 0.25 0.5 1 0 0", Fade(length_s=0.01, shape=5, curvature=0.25)),
        ("FADEIN 1 0.3 0 1 0 0 0 0 0.75 0 1 0 0", Fade(length_s=0.3, shape=0, curvature=0.75)),
        ("FADEIN 1.1 0.01 0.478655 1 1 0", Fade(length_s=0.478655, shape=1)),  # an automatic crossfade
        ("FADEIN 2 0.5 0.0", Fade(length_s=0.5, shape=2)),  # an old version
        ("FADEIN 1 -1 0 1 0 0", Fade(shape=1)),
    ],
)
def test_fade_ins(line: str, fade: Fade) -> None:
    assert read_clip(line).fade_in == fade


@pytest.mark.parametrize(
    ("line", "fade"),
    [
        ("FADEOUT 2 0.01 0 2 0 -1 -1 1 0 0 1 0 0", Fade(length_s=0.01, shape=2)),
        ("FADEOUT 4 1 0 4 0 -1 -1 1 0 0 1 0 0", Fade(length_s=1.0, shape=4)),
        ("FADEOUT 0 0.01 0 0 0 0.5", Fade(length_s=0.01, shape=0, curvature=0.25)),
    ],
)
def test_fade_outs_bend_the_other_way_round_in_the_file(line: str, fade: Fade) -> None:
    assert read_clip(line).fade_out == fade


# --- media -----------------------------------------------------------------------------------------------------


def read_media(folder: Path, written: str, *lines: str) -> Path:
    session = read(
        *lines, *track(*item(source=("<SOURCE WAVE", f'FILE "{written}"', ">"))), path=folder / "song.rpp"
    )
    return session.tracks[0].clips[0].source.path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_relative_media_are_found_from_the_projects_folder_with_either_slash(tmp_path: Path) -> None:
    wav = put(tmp_path / "Audio Files" / "01 Vox.wav")

    assert read_media(tmp_path, "Audio Files/01 Vox.wav") == wav
    assert read_media(tmp_path, "Audio Files\\01 Vox.wav") == wav


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    wav = put(tmp_path / "elsewhere" / "a.wav")

    assert read_media(tmp_path / "project", str(wav)) == wav


@pytest.mark.parametrize(
    "place", ["06-Links.wav", "media/06-Links.wav", "Takes/06-Links.wav", "Audio/06-Links.wav"]
)
def test_a_path_of_another_system_is_looked_for_near_the_project(tmp_path: Path, place: str) -> None:
    wav = put(tmp_path / place)

    found = read_media(tmp_path, "D:\\OneDrive\\Muziek\\media\\06-Links.wav", 'RECORD_PATH "Takes" ""')

    assert found == wav


def test_the_longest_end_of_the_path_that_fits_is_the_file_that_is_meant(tmp_path: Path) -> None:
    put(tmp_path / "vox.wav")
    meant = put(tmp_path / "day 2" / "vox.wav")

    assert read_media(tmp_path, "C:\\Songs\\day 2\\vox.wav") == meant


def test_a_file_name_in_an_old_code_page_is_found_under_its_name_of_today(tmp_path: Path) -> None:
    wav = put(tmp_path / "béni.wav")
    data = project(*track(*item(source=("<SOURCE WAVE", 'FILE "b\xe9ni.wav"', ">")))).decode().encode("latin-1")

    session = read_session(parse(data), tmp_path / "song.rpp")

    assert session.tracks[0].clips[0].source.path == wav


def test_all_missing_media_are_named_in_one_error(tmp_path: Path) -> None:
    put(tmp_path / "there.wav")
    files = {"Vox": "gone.wav", "Gtr": "D:\\also\\gone.flac", "Bass": "there.wav"}
    session = read(
        *(
            line
            for name, file in files.items()
            for line in track(
                f"NAME {name}", *item(source=("<SOURCE WAVE", f'FILE "{file}"', ">")), guid=f"{{{name}}}"
            )
        ),
        path=tmp_path / "song.rpp",
    )

    with pytest.raises(AudioFileError) as caught:
        check_media(session)

    assert "2 media files are missing" in caught.value.message
    assert f"{tmp_path / 'gone.wav'} (track Vox)" in caught.value.message
    assert "D:\\also\\gone.flac (track Gtr)" in caught.value.message
    assert "there.wav" not in caught.value.message
    assert caught.value.hint


def test_media_that_are_all_there_are_no_error(tmp_path: Path) -> None:
    put(tmp_path / "a.wav")

    check_media(read(*track(*item()), path=tmp_path / "song.rpp"))


def test_a_path_that_no_system_can_have_is_missing_rather_than_a_crash(tmp_path: Path) -> None:
    session = read(
        *track(*item(source=("<SOURCE WAVE", f'FILE "{"x" * 5000}.wav"', ">"))), path=tmp_path / "song.rpp"
    )

    assert session.tracks[0].clips[0].source.path.name == "x" * 5000 + ".wav"


# --- plug-ins --------------------------------------------------------------------------------------------------


def test_plugins_are_read_with_settings_and_guids() -> None:
    session = read(
        *track(
            *("NAME Vox", "<FXCHAIN", "SHOW 0", "BYPASS 0 0 0", *COMP, "FXID {c1}", "WAK 0 0"),
            *("BYPASS 1 0 0", *VERB, "FXID {C2}", "BYPASS 0 1 0", *THIRD_PARTY, "FXID {C3}", ">"),
        ),
        ours=("{C1}",),
    )

    comp, verb, foreign = session.tracks[0].fx
    assert (comp.guid, comp.ours, comp.enabled, comp.name) == ("{C1}", True, True, "VST: ReaComp (Cockos)")
    assert isinstance(comp.settings, ReaComp)
    assert comp.settings.ratio == pytest.approx(4.0, abs=1e-4)
    assert (verb.name, verb.enabled, verb.ours) == ("Room", False, False)
    assert isinstance(verb.settings, ReaVerbate)
    assert (foreign.name, foreign.enabled, foreign.settings) == ("VST3: Pro-Q 3 (FabFilter)", False, None)
    assert session.warnings == ()  # what is bypassed or offline does not sound


def test_a_foreign_plugin_that_sounds_is_named_with_its_track() -> None:
    session = read(*track("NAME Vox", "<FXCHAIN", "BYPASS 0 0 0", *THIRD_PARTY, ">"))

    assert session.warnings == (
        "Plug-ins that cannot be played offline are left out: VST3: Pro-Q 3 (FabFilter) (Vox).",
    )


@pytest.mark.parametrize("off", [("FX 0",), ("MUTESOLO 1 0 0",)])
def test_what_is_switched_off_with_its_track_needs_no_warning(off: tuple[str, ...]) -> None:
    session = read(*track(*off, "<FXCHAIN", "BYPASS 0 0 0", *THIRD_PARTY, ">"))

    assert session.warnings == ()


@pytest.mark.parametrize("odd", ["WET 0.5 0", "PARALLEL 1"])
def test_a_plugin_that_is_mixed_in_otherwise_cannot_be_played(odd: str) -> None:
    session = read(*track("<FXCHAIN", "BYPASS 0 0 0", *COMP, odd, ">"))

    assert session.tracks[0].fx[0].settings is None
    assert len(session.warnings) == 1


def test_a_compressor_that_listens_to_a_sidechain_cannot_be_played() -> None:
    # Parameter 8 of the state, the detector's input, is 2/1084: channels 3/4.
    keyed = [line.replace("AIA/AAAAAAAAAAAAAAAAnNEH", "AIA/AAAAAOfO8ToAAAAAnNEH") for line in COMP]
    assert keyed != COMP

    session = read(*track("<FXCHAIN", "BYPASS 0 0 0", *keyed, ">"))

    assert session.tracks[0].fx[0].settings is None
    assert len(session.warnings) == 1


def test_a_broken_plugin_state_is_a_plugin_that_cannot_be_played() -> None:
    session = read(*track("<FXCHAIN", "BYPASS 0 0 0", COMP[0], "%%%", ">", ">"))

    assert session.tracks[0].fx[0].settings is None
    assert len(session.warnings) == 1


def test_plugins_in_a_container_play_in_its_place_and_with_its_switch() -> None:
    inside = ["BYPASS {} 0 0", '<CONTAINER Container Bus ""', "BYPASS 0 0 0", *VERB, ">", "BYPASS 0 0 0", *COMP]

    on = read(*track("<FXCHAIN", *(line.replace("{}", "0") for line in inside), ">")).tracks[0].fx
    off = read(*track("<FXCHAIN", *(line.replace("{}", "1") for line in inside), ">")).tracks[0].fx

    assert [(type(fx.settings), fx.enabled) for fx in on] == [(ReaVerbate, True), (ReaComp, True)]
    assert [(type(fx.settings), fx.enabled) for fx in off] == [(ReaVerbate, False), (ReaComp, True)]


# --- what cannot be played -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (("<SOURCE MIDI", "HASDATA 1 960 QN", ">"), "MIDI"),
        (("<SOURCE MIDI", 'FILE "a.mid"', ">"), "MIDI"),
        (("<SOURCE VIDEO", 'FILE "a.mp4"', ">"), "Video"),
        (("<SOURCE WAVPACK", 'FILE "a.wv"', ">"), "WavPack"),
        (("<SOURCE _OFFLINE_WAVE", 'FILE "a.wav"', ">"), "offline"),
        (("<SOURCE SECTION", "LENGTH 1", "<SOURCE MIDI", ">", ">"), "MIDI"),
        (("<SOURCE SECTION", "LENGTH 1", "<SOURCE SECTION", *item()[3:6], ">", ">"), "sections of sections"),
        (("<SOURCE HOLOGRAM", 'FILE "a.holo"', ">"), "cannot be decoded"),
    ],
)
def test_items_that_are_no_audio_are_left_out_and_named(source: tuple[str, ...], words: str) -> None:
    session = read(*track("NAME Keys", *item(source=source)))

    assert session.tracks[0].clips == ()
    (warning,) = session.warnings
    assert words in warning
    assert warning.endswith(": Keys.")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SM 0 0 + 0.57 0.5", "Stretch markers"),
        ("PLAYRATE 1 1 2 -1", "Pitch"),
        ("PLAYRATE 1.5 1 0 -1", "without keeping their pitch"),
        ("FADELPF 1", "Low-pass fades"),
    ],
)
def test_what_an_item_does_beyond_that_is_named(line: str, words: str) -> None:
    session = read(*track("NAME Vox", *item(line)))

    assert len(session.tracks[0].clips) == 1
    assert words in session.warnings[0]


def test_take_fx_and_take_envelopes_are_named() -> None:
    blocks = ("<TAKEFX", "BYPASS 0 0 0", *COMP, ">", "<VOLENV", "ACT 1 -1", "PT 0 0.5 0", ">")
    session = read(*track("NAME Vox", *item(*blocks)))

    assert [warning.split(" are ")[0] for warning in session.warnings] == [
        "Plug-ins on items (take FX)",
        "Automation is not played: Vox.",
    ]


@pytest.mark.parametrize(
    ("envelope", "named"),
    [
        (("<VOLENV2", "ACT 1 -1", "PT 0 1 0", "PT 9 0.5 0", ">"), True),
        (("<VOLENV2", "ACT 1 -1", "PT 0 1 0", ">"), False),  # a line at 0 dB changes nothing
        (("<PANENV2", "ACT 1 -1", "PT 0 0 0", ">"), False),
        (("<PANENV2", "ACT 1 -1", "PT 0 1 0", ">"), True),
        (("<VOLENV2", "ACT 0 -1", "PT 0 0.5 0", ">"), False),
        (("<VOLENV2", "ACT 1 -1", "POOLEDENVINST 1 0 4", ">"), True),
        (("<FXCHAIN", "BYPASS 0 0 0", *COMP, "<PARMENV 0 0 2 1", "ACT 1 -1", "PT 0 1 0", ">", ">"), True),
    ],
)
def test_automation_that_changes_something_is_named(envelope: tuple[str, ...], named: bool) -> None:
    session = read(*track("NAME Vox", *envelope))

    assert session.warnings == (("Automation is not played: Vox.",) if named else ())


def test_each_kind_is_named_once_with_all_its_tracks() -> None:
    midi = item(source=("<SOURCE MIDI", ">"))
    session = read(*track("NAME Keys", *midi, *midi), *track("NAME Pad", *midi, guid="{B}"))

    assert session.warnings == ("MIDI items are not played: Keys, Pad.",)


def test_other_things_that_sound_differently_are_named() -> None:
    session = read(
        *("PLAYRATE 1.25 0 0.25 4", "ITEMMIX 0"),
        *track(*("NAME A", "PLAYOFFS 0.02 0", "MAINSEND 1 2", "<FREEZE 0", ">"), *item(), *item("LENGTH 0.5")),
        *track("NAME B", "<FXCHAIN_REC", "BYPASS 0 0 0", *COMP, ">", *item(), *item("POSITION 1"), guid="{B}"),
    )

    assert session.warnings == (
        "Frozen tracks are played as they were frozen: A.",
        "Tracks that feed other channels than 1/2 of their folder or the master are played into 1/2: A.",
        "Playback offsets of tracks are not played: A.",
        "Items that lie within others are mixed, where REAPER plays only the inner one: A.",
        "Input FX work only while recording and are not played: B.",
        "The project's play rate (1.25) is not played.",
    )


# --- broken files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "number", "words"),
    [
        (["SAMPLERATE fast 1"], 2, "SAMPLERATE has 'fast'"),
        (["TEMPO 120 4 4", *track("NAME Vox", "VOLPAN 1,5 0 -1")], 5, "VOLPAN has '1,5'"),
        (track(*item("POSITION nan")), 5, "POSITION has 'nan'"),
        (track(*item("VOLPAN 1 0 1 -1", "PLAYRATE 0 1 0")), 7, "PLAYRATE is 0"),
        ([*track(), *track("AUXRECV 0 0 loud", guid="{B}")], 5, "AUXRECV has 'loud'"),
    ],
)
def test_a_number_that_is_none_is_an_error_with_its_line(lines: list[str], number: int, words: str) -> None:
    with pytest.raises(ProjectFileError) as caught:
        read(*lines)

    assert f"song.rpp: line {number}: " in caught.value.message
    assert words in caught.value.message
    assert caught.value.hint


KEYS = (
    "VOLPAN",
    "MUTESOLO",
    "ISBUS",
    "AUXRECV",
    "PANMODE",
    "MAINSEND",
    "PLAYOFFS",
    "FREEMODE",
    "LANESOLO",
    "FADEIN",
)
words = st.sampled_from(["", "0", "1", "-1", "-1:U", "1e308", "2.5", "-7", "99", '"x y"', "{G}", "'"])


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.lists(words, max_size=10)), max_size=8))
def test_odd_lines_are_read_or_refused_but_never_crash(lines: list[tuple[str, list[str]]]) -> None:
    odd = [" ".join((key, *given)) for key, given in lines]
    try:
        session = read(*track(*odd, *item(*(line for line in odd if line.startswith("FADEIN")), "YPOS 0.5 0.5")))
    except ProjectFileError:
        return
    assert len(session.tracks) == 1


# --- real projects ---------------------------------------------------------------------------------------------


def read_real(shared: Path, name: str) -> Session:
    path = shared / "reaper" / "projects" / name
    return read_session(parse(path.read_bytes(), name=name), path)


def test_a_real_project_with_recordings_is_read(shared: Path) -> None:
    session = read_real(shared, "shreyasgune__reaper_projects__FADE-cover.rpp")

    by_name = {one.name: one for one in session.tracks}
    assert session.rate == 48000
    assert session.tempo == (Tempo(position_s=0.0, bpm=132.0001320001),)
    assert session.master.fader.volume_db == pytest.approx(-2.508, abs=1e-3)
    assert len(session.tracks) == 18
    assert by_name["Kick-In"].parent == by_name["EZdrummer"].guid
    assert by_name["EXTRA"].parent == by_name["EZdrummer"].guid
    assert by_name["foundation"].parent is None
    assert isinstance(by_name["ref drums"].fx[0].settings, ReaEq)
    assert by_name["Guitar L"].fader.pan == -1.0
    clip = by_name["ref drums"].clips[0]
    assert clip.source.path.parts[-2:] == ("Audio Files", "Karnivool - Fade (Drum Cover).mp3")
    assert any("Ozone 9 Equalizer" in warning for warning in session.warnings)
    with pytest.raises(AudioFileError, match="media files are missing"):
        check_media(session)


def test_a_real_project_with_a_vocal_chain_is_read(shared: Path) -> None:
    session = read_real(shared, "GriffinSauce__reaper-project-parser__with-external-files.rpp")

    vocals = next(one for one in session.tracks if one.name == "Vocals map")
    singers = [one for one in session.tracks if one.parent == vocals.guid]
    assert [one.name for one in singers] == ["Lead"] * 3 + ["Backing"] * 3
    assert all(isinstance(one.fx[0].settings, ReaComp) for one in singers)
    assert isinstance(vocals.fx[0].settings, ReaVerbate)
    assert any(warning.startswith("WavPack") and "Lead" in warning for warning in session.warnings)
    assert any(warning.startswith("MIDI") for warning in session.warnings)


def test_every_real_project_is_read(shared: Path) -> None:
    folder = shared / "reaper" / "projects"
    paths = [path for path in folder.iterdir() if path.suffix.lower() == ".rpp"]
    assert len(paths) == 7

    for path in paths:
        session = read_session(parse(path.read_bytes(), name=path.name), path)

        blocks = path.read_text("utf-8", "replace").count("\n  <TRACK")
        assert len(session.tracks) == blocks
        assert len({one.guid for one in session.tracks}) == blocks

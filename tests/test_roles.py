"""Which track is what, told from names, folders, switches and options."""

from __future__ import annotations

import dataclasses
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import RolesError
from daw_bridge.hosts.rpp.reading import read_session
from daw_bridge.hosts.rpp.tree import parse
from daw_bridge.role_names import Sound, sound_of
from daw_bridge.roles import assign_roles
from daw_bridge.session import Clip, Role, Send, Session, Source, Track

LEAD, BV, BACKING = Role.LEAD_VOCAL, Role.BACKING_VOCAL, Role.BACKING
CLIP = Clip(source=Source(path=Path("/a.wav")), length_s=1.0)


def sung(name: str, *, guid: str = "", parent: str | None = None, **switches: bool) -> Track:
    return Track(guid=guid or name, name=name, parent=parent, clips=(CLIP,), **switches)


def folder(name: str, *, parent: str | None = None) -> Track:
    return Track(guid=name, name=name, parent=parent)


def session_of(*tracks: Track | str, sends: tuple[Send, ...] = ()) -> Session:
    made = tuple(sung(track) if isinstance(track, str) else track for track in tracks)
    return Session(name="song", rate=48000, tracks=made, sends=sends)


def roles(session: Session, **options: list[str]) -> dict[str, Role | None]:
    return {track.guid: track.role for track in assign_roles(session, **options).tracks}


# --- names -----------------------------------------------------------------------------------------------------

VOICES = """
    Vocal|vocals|VOX|Lead Vox|Ld Vox|lead voc|leadvox|LeadVox_02|Main Vocal|01 Vocals-stem|Singer|Acapella|LV|Rap
    Gesang|Stimme|Hauptstimme|Leadgesang|Sängerin|chant|Voix|voix lead|Chanteuse|Voz|voz principal|Cantante|Vocais
    voce|Voci|canto|zang|zangeres|leadzang|wokal|Wokal główny|głos|sång|Sangerin lead vox|röst|ana vokal|ŞARKICI
    вокал|Голос|основной вокал|ボーカル|ヴォーカル|ﾎﾞｰｶﾙ|歌|リードボーカル|人声|主唱|보컬|노래|Beat It (Vocals)
    Lead Vocal Chorus|Solo Voice|Vocal comp|Vox dry|Vocal bus
"""
BACKING_VOICES = """
    BV|bvs|BGV 2|BGVs|bgvox|Backing Vox|backvox|BackingVocals|background vocals|Harmony|harmonies hi|Choir
    chorus voc|adlib|Ad Libs|ad-lib 2|Vox Double|Lead Vox DBL|dbl vox|Lead Vocal Harmony|Gang vocals|B.V. L|oohs
    Vocal stack|bvox|Kinderchor
    Chor|Backgroundgesang|Zweitstimme|Frauenchor|Choeurs|Chœurs|CHŒURS|choristes|Coros|coro|cori|armonía|koor
    achtergrondzang|chórki|kör|Körsång|arka vokal|geri vokal|бэк-вокал|бэки|Хор|コーラス|ハモリ|和声|코러스
"""
NO_VOICES = """
    Instrumental|Backing Track|Playback|Karaoke|Minus One|Drums|Bass|Synth Voice|Choir Pad|vocoder synth|Leader
    Invoice|Chorus Guitar|Lead Guitar|Harmony Guitar|Double Bass|Alto Sax|Vocal chops|Song (no vocals)|Off Vocal
    sin voz|vocal loop
    Gtr Vox amp|Kick click|Reverb|Leads|Main|Audio 1|Background music|Voice pad|Organ (vox)|伴奏|カラオケ|반주
    コーラスギター|ハモンド
"""
GUIDES = """
    Click|click track|Metronome|Métronome|Klick|Guide|Guide Vocal|Ref|Reference mix|ref drums|Talkback|count in
    scratch vox|クリック|ガイドボーカル
"""


def listed(names: str) -> list[str]:
    return [name.strip() for name in names.replace("\n", "|").split("|") if name.strip()]


def role_of(name: str) -> Role | None:
    """The role of a track of this name beside a lead and a backing."""
    return roles(session_of("Lead Vocal!", "Drums!", sung(name, guid="asked")))["asked"]


@pytest.mark.parametrize("name", listed(VOICES))
def test_a_voice_is_a_lead_vocal(name: str) -> None:
    assert role_of(name) is LEAD


@pytest.mark.parametrize("name", listed(BACKING_VOICES))
def test_a_second_voice_is_a_backing_vocal(name: str) -> None:
    assert role_of(name) is BV


@pytest.mark.parametrize("name", listed(NO_VOICES))
def test_what_is_no_voice_is_backing(name: str) -> None:
    assert role_of(name) is BACKING


@pytest.mark.parametrize("name", listed(GUIDES))
def test_guides_take_no_part(name: str) -> None:
    assert role_of(name) is None


@pytest.mark.parametrize("name", ["Vocal FX return", "Vox verb print", "Lead vocal delay throw", "BV reverb"])
def test_printed_effects_of_a_vocal_are_left_as_they_are(name: str) -> None:
    assert role_of(name) is None


EVERY = [(name, sound_of(name)) for group in (VOICES, BACKING_VOICES, NO_VOICES) for name in listed(group)]


@given(
    st.sampled_from(EVERY),
    st.sampled_from(["upper", "lower", "casefold"]),
    st.sampled_from([" 2", "_03", "-L", ""]),
)
def test_case_numbers_and_separators_do_not_matter(pair: tuple[str, Sound], case: str, tail: str) -> None:
    name, sound = pair

    assert sound_of(getattr(name, case)() + tail) is sound


@given(st.sampled_from(EVERY))
def test_accents_may_be_written_in_one_piece_or_two(pair: tuple[str, Sound]) -> None:
    name, sound = pair

    assert sound_of(unicodedata.normalize("NFD", name)) is sound
    assert sound_of(unicodedata.normalize("NFC", name)) is sound


@given(
    st.permutations(["lead", "vox", "take"]),
    st.permutations(["bass", "di"]),
    st.permutations(["choir", "high", "2"]),
)
def test_the_order_of_words_does_not_matter(lead: list[str], bass: list[str], choir: list[str]) -> None:
    assert sound_of(" ".join(lead)) is Sound.LEAD_VOICE
    assert sound_of(" ".join(bass)) is Sound.VOICE_PART
    assert sound_of(" ".join(choir)) is Sound.BACKING_VOICE


@given(st.sampled_from(["vocal", "vox", "voice", "bv", "choir"]), st.from_regex(r"[a-z]{1,4}", fullmatch=True))
def test_words_count_only_whole(word: str, glued: str) -> None:
    known = {Sound.UNKNOWN, Sound.VOICE, Sound.LEAD_VOICE, Sound.BACKING_VOICE}

    assert sound_of(f"q{glued}q{word}") is Sound.UNKNOWN
    assert sound_of(f"{word} q{glued}q") in known - {Sound.UNKNOWN}


# --- folders ---------------------------------------------------------------------------------------------------


def test_a_folder_says_what_the_tracks_in_it_leave_open() -> None:
    tree = {
        "Vocals": ["Lead", "Backing", "Take 3", "dbl L", "Verse", "Tenor", "Delay print"],
        "BVs": ["Anna", "Voice 2", "Bass voice"],
        "Drums": ["Kick", "Room", "Overheads"],
    }
    tracks = [
        track
        for name, inside in tree.items()
        for track in (folder(name), *(sung(one, guid=f"{name}/{one}", parent=name) for one in inside))
    ]

    found = roles(session_of(*tracks))

    assert [found[f"Vocals/{one}"] for one in tree["Vocals"]] == [LEAD, BV, LEAD, BV, LEAD, BV, None]
    assert [found[f"BVs/{one}"] for one in tree["BVs"]] == [BV, BV, BV]
    assert [found[f"Drums/{one}"] for one in tree["Drums"]] == [BACKING] * 3
    assert [found[name] for name in tree] == [None, None, None]


def test_the_nearest_folder_that_says_something_counts() -> None:
    tracks = (folder("Vocals"), folder("Choir", parent="Vocals"), folder("Day 2", parent="Choir"))

    found = roles(session_of("Lead Vox", *tracks, sung("Anna", parent="Day 2")))

    assert found["Anna"] is BV


def test_a_folder_with_items_of_its_own_still_is_the_bus_of_its_tracks() -> None:
    found = roles(session_of(sung("Drums"), sung("Kick", parent="Drums"), "Vocal"))

    assert found == {"Drums": None, "Kick": BACKING, "Vocal": LEAD}


# --- what sounds -----------------------------------------------------------------------------------------------


def test_tracks_without_audio_get_no_role() -> None:
    sends = (Send(source="Vocal", target="Vocal FX"),)
    found = roles(session_of("Vocal", "Band", Track(guid="Piano", name="Piano"), folder("Vocal FX"), sends=sends))

    assert found == {"Vocal": LEAD, "Band": BACKING, "Piano": None, "Vocal FX": None}


def test_muted_tracks_get_no_role_nor_those_in_a_muted_folder() -> None:
    shut = dataclasses.replace(folder("Old"), mute=True)
    found = roles(session_of("Vocal", "Band", sung("Vocal 2", mute=True), shut, sung("Gtr", parent="Old")))

    assert found == {"Vocal": LEAD, "Band": BACKING, "Vocal 2": None, "Old": None, "Gtr": None}


def test_beside_a_solo_only_what_is_soloed_takes_part() -> None:
    bus = dataclasses.replace(folder("Band"), solo=True)
    found = roles(session_of(sung("Vocal", solo=True), bus, sung("Gtr", parent="Band"), "Drums"))

    assert found == {"Vocal": LEAD, "Band": None, "Gtr": BACKING, "Drums": None}


def test_a_track_that_is_routed_nowhere_takes_no_part() -> None:
    lost = sung("Cue mix", to_parent=False)
    sending = sung("Snare", to_parent=False)
    sends = (Send(source="Snare", target="Bus"),)

    found = roles(session_of("Vocal", lost, sending, folder("Bus"), sends=sends))

    assert found == {"Vocal": LEAD, "Cue mix": None, "Snare": BACKING, "Bus": None}


def test_a_project_with_vocals_only_is_fine() -> None:
    assert roles(session_of("Lead Vox", "BVs")) == {"Lead Vox": LEAD, "BVs": BV}


def test_beside_one_voice_everything_unknown_is_backing() -> None:
    assert roles(session_of("Vocal", "Audio 1", "xyz")) == {"Vocal": LEAD, "Audio 1": BACKING, "xyz": BACKING}


def test_guides_that_were_left_out_are_noted() -> None:
    session = dataclasses.replace(session_of("Vocal", "Band", "Click", "Ref"), warnings=("MIDI is not played: X.",))

    done = assign_roles(session)

    assert done.warnings[0] == "MIDI is not played: X."
    assert len(done.warnings) == 2
    assert "Click, Ref" in done.warnings[1]
    assert "--backing-track" in done.warnings[1]


# --- options ---------------------------------------------------------------------------------------------------


def test_options_go_before_names() -> None:
    session = session_of("Audio 1", "Vocal", "Band", "Click")

    found = roles(session, vocal=["Audio 1"], backing_vocal=["Vocal"], backing=["Click"], ignore=["Band"])

    assert found == {"Audio 1": LEAD, "Vocal": BV, "Band": None, "Click": BACKING}


def test_without_a_word_a_track_is_what_it_was_last_time() -> None:
    session = session_of("take 3", "Vocal", sung("new", parent="Bus"), folder("Bus"), sung("Gtr", mute=True))
    last_time = {"TAKE 3": LEAD, "VOCAL": BACKING, "BUS": BV, "GTR": BACKING, "GONE": LEAD}

    again = {track.guid: track.role for track in assign_roles(session, last_time=last_time).tracks}
    told = {track.guid: track.role for track in assign_roles(session, ignore=["new"], last_time=last_time).tracks}

    assert again == {"take 3": LEAD, "Vocal": BACKING, "new": None, "Bus": BV, "Gtr": None}
    assert told == {"take 3": BACKING, "Vocal": LEAD, "new": None, "Bus": None, "Gtr": None}


def test_a_named_track_has_its_role_even_if_muted() -> None:
    found = roles(session_of("Vocal", "Band", sung("Dub", mute=True)), backing_vocal=["Dub"])

    assert found["Dub"] is BV


def test_an_exact_name_goes_before_one_that_differs_in_case() -> None:
    session = session_of("vox", "VOX", "Band")

    assert roles(session, backing_vocal=["VOX"]) == {"vox": LEAD, "VOX": BV, "Band": BACKING}
    assert roles(session, backing=["bAnD"])["Band"] is BACKING


def test_a_name_that_several_tracks_have_means_all_of_them() -> None:
    session = session_of(sung("Audio", guid="1"), sung("Audio", guid="2"), "Band")

    assert roles(session, vocal=["Audio"]) == {"1": LEAD, "2": LEAD, "Band": BACKING}


def test_a_named_folder_stands_for_its_tracks() -> None:
    session = session_of(folder("Vocals"), sung("Lead", parent="Vocals"), sung("Dbl", parent="Vocals"), "Band")

    assert roles(session, vocal=["Vocals"]) == {"Vocals": LEAD, "Lead": None, "Dbl": None, "Band": BACKING}
    assert roles(session, vocal=["Vocals"], backing_vocal=["Dbl"])["Dbl"] is BV
    assert roles(session, vocal=["Vocals", "Lead"]) == roles(session, vocal=["Vocals"])


def test_an_ignored_folder_takes_its_tracks_along() -> None:
    session = session_of(folder("Old"), sung("Vox 1", parent="Old"), "Vocal", "Band")

    assert roles(session, ignore=["Old"]) == {"Old": None, "Vox 1": None, "Vocal": LEAD, "Band": BACKING}


def test_a_name_that_no_track_has_is_an_error_that_lists_the_tracks() -> None:
    with pytest.raises(RolesError, match="no track 'Voxx'") as caught:
        assign_roles(session_of("Vox", "Band"), vocal=["Voxx"])

    assert "  Vox\n  Band" in caught.value.message


def test_a_track_named_for_two_roles_is_an_error() -> None:
    with pytest.raises(RolesError, match="'Vox' is named for two roles"):
        assign_roles(session_of("Vox", "Band"), vocal=["Vox"], ignore=["vox"])


# --- what is unclear -------------------------------------------------------------------------------------------


def test_without_a_vocal_the_tracks_are_listed_with_the_way_out() -> None:
    with pytest.raises(RolesError, match="unclear which track is the lead vocal") as caught:
        assign_roles(session_of("Audio 1", "Choir", "Click", sung("Old", mute=True)))

    rows = [line.split("  ") for line in caught.value.message.splitlines()[1:]]
    assert [row[1].strip() for row in rows] == ["Audio 1", "Choir", "Click", "Old"]
    assert [row[-1].strip() for row in rows] == [
        "backing",
        "backing vocal",
        "left out: a guide",
        "muted, not soloed, or routed nowhere",
    ]
    assert "--vocal-track NAME" in caught.value.hint
    assert "--ignore-track NAME" in caught.value.hint


def test_a_backing_that_may_be_a_guide_is_asked_for() -> None:
    with pytest.raises(RolesError, match="unclear which track is the backing"):
        assign_roles(session_of("Vocal", "Reference"))

    assert roles(session_of("Vocal", "Reference"), backing=["Reference"])["Reference"] is BACKING
    assert roles(session_of("Vocal", "Reference"), ignore=["Reference"]) == {"Vocal": LEAD, "Reference": None}


def test_a_project_without_any_audio_says_so() -> None:
    with pytest.raises(RolesError, match="No track has audio"):
        assign_roles(session_of(folder("Vocal")))


def test_a_real_project_finds_its_singers(shared: Path) -> None:
    path = shared / "reaper/projects/GriffinSauce__reaper-project-parser__with-external-files.rpp"
    # Its vocals are WavPack: pretend that everything could be played.
    read = read_session(parse(path.read_bytes()), path)
    session = read.map_tracks(lambda track: dataclasses.replace(track, clips=(CLIP,), mute=False))

    done = assign_roles(session)

    assert [track.name for track in done.with_role(LEAD)] == ["Lead"] * 3
    assert [track.name for track in done.with_role(BV)] == ["Backing"] * 3
    assert {track.name for track in done.with_role(BACKING)} >= {"Bass", "Left", "Right", "Cymbals"}

"""What is asked for is what is heard after rendering: each promise is checked on what the renderer plays."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from daw_bridge.audio import Audio
from daw_bridge.engineer import engineer
from daw_bridge.errors import NothingToMixError
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, TrackPlan, UserChange, with_plan
from daw_bridge.plugins import ReaComp, ReaVerbate
from daw_bridge.plugins.reacomp_sound import gain_reduction_db
from daw_bridge.plugins.sound import process_all
from daw_bridge.rendering import chain_input, mixdown
from daw_bridge.session import Clip, Fader, Fx, Master, Role, Send, SendMode, Session, Source, Track
from predictors.analysis import active_mask, block_range_db, masked_lufs
from predictors.decide import LevelStyle, Preset
from predictors.loudness import measure

NATURAL = Preset(name="natural", description="")
RULES = Preset(name="rules", description="")


def _session(stems: dict[str, tuple[Role | None, np.ndarray]], rate: int) -> tuple[Session, Media]:
    media = Media()
    tracks = []
    for name, (role, samples) in stems.items():
        media.add(Path(name), Audio(samples, rate))
        clip = Clip(source=Source(path=Path(name)), length_s=samples.shape[1] / rate)
        tracks.append(Track(guid=name, name=name, role=role, clips=(clip,)))
    return Session(name="song", rate=rate, tracks=tuple(tracks)), media


@pytest.fixture(autouse=True)
def _everything_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer would take the sound of the voices over from the engineer."""
    monkeypatch.setattr(Media, "remembered", lambda *_: None)


@pytest.fixture(scope="module")
def song(demo_song) -> tuple[Session, Media]:
    roles = {"Lead Vocal": Role.LEAD_VOCAL, "Backing Vocals": Role.BACKING_VOCAL}
    stems = {name: (roles.get(name, Role.BACKING), samples) for name, samples in demo_song.stems.items()}
    return _session(stems, demo_song.rate)


@pytest.fixture(scope="module")
def natural(song) -> MixPlan:
    return engineer(*song, NATURAL)


def _heard(session: Session, media: Media, plan: MixPlan, role: Role) -> np.ndarray:
    """Block powers of one role in the rendered mix."""
    planned = with_plan(session, plan)
    guids = {track.guid for track in session.with_role(role)}
    return measure(mixdown(planned, media, only=guids), session.rate).block_power


def _dry_mask(session: Session, media: Media, guid: str) -> np.ndarray:
    return active_mask(measure(chain_input(session, media, guid), session.rate, dual_mono=True).block_power)


def _lead_against_backing_lu(session: Session, media: Media, plan: MixPlan) -> float:
    mask = _dry_mask(session, media, session.with_role(Role.LEAD_VOCAL)[0].guid)
    lead, backing = (_heard(session, media, plan, role) for role in (Role.LEAD_VOCAL, Role.BACKING))
    return masked_lufs(lead, mask) - masked_lufs(backing, mask)


def _planned(plan: MixPlan, guid: str) -> TrackPlan:
    return next(track for track in plan.tracks if track.guid == guid)


def test_the_rendered_lead_stands_against_the_backing_as_asked(song, natural):
    assert _lead_against_backing_lu(*song, natural) == pytest.approx(0.0, abs=0.1)


def test_the_rendered_backing_vocals_sit_under_the_lead_as_the_preset_says(song, natural):
    session, media = song
    lead = masked_lufs(_heard(*song, natural, Role.LEAD_VOCAL), _dry_mask(session, media, "Lead Vocal"))
    under = masked_lufs(_heard(*song, natural, Role.BACKING_VOCAL), _dry_mask(session, media, "Backing Vocals"))

    assert under - lead == pytest.approx(NATURAL.level.backing_vocals_lu, abs=0.1)


def test_the_rendered_sum_stays_under_the_ceiling_even_for_a_hot_backing(song):
    session, media = song
    hot = session.map_tracks(
        lambda track: dataclasses.replace(track, fader=Fader(volume_db=12.0)) if track.name == "Drums" else track
    )
    plan = engineer(hot, media, NATURAL)
    played = measure(mixdown(with_plan(hot, plan), media), hot.rate, true_peak=True)

    assert played.true_peak_dbtp == pytest.approx(-1.0, abs=0.02)
    assert _lead_against_backing_lu(hot, media, plan) == pytest.approx(0.0, abs=0.1)


def test_backing_tracks_keep_their_relation(song, natural):
    moves = {
        _planned(natural, track.guid).fader_db - track.fader.volume_db for track in song[0].with_role(Role.BACKING)
    }

    assert len(moves) == 1


def test_the_reverb_stands_under_the_dry_voice_by_the_wet_level_asked(song, natural):
    session, media = song
    lead = _planned(natural, "Lead Vocal")
    assert lead.eq is not None
    assert lead.comp is not None
    assert lead.verb is not None
    dry = process_all(lead.comp, process_all(lead.eq, chain_input(session, media, "Lead Vocal"), 44100), 44100)
    padded = np.pad(dry, ((0, 0), (0, 6 * 44100)))
    wet = process_all(dataclasses.replace(lead.verb, dry_db=-math.inf), padded, 44100)
    energies = [measure(samples, 44100, dual_mono=True).block_power.sum() for samples in (wet, padded)]

    asked_lu = natural.targets["lead"]["reverb"]["wet_lu"]["value"]
    assert 10 * math.log10(energies[0] / energies[1]) == pytest.approx(asked_lu, abs=0.2)
    assert lead.results["rt60_s"] == pytest.approx(natural.targets["lead"]["reverb"]["rt60_s"]["value"], rel=0.03)


def test_the_rules_reach_their_block_range_or_leave_an_even_voice_alone(song):
    session, media = song
    plan = engineer(session, media, RULES, predictor="rules")
    lead = _planned(plan, "Lead Vocal")
    mask = _dry_mask(session, media, "Lead Vocal")
    samples = chain_input(session, media, "Lead Vocal")
    for settings in (lead.eq, lead.comp):
        samples = samples if settings is None else process_all(settings, samples, session.rate)
    reached = block_range_db(measure(samples, session.rate, dual_mono=True).block_power, mask)

    assert lead.comp is not None
    assert reached == pytest.approx(14.0, abs=0.5)
    again = engineer(session, media, dataclasses.replace(RULES, name="even"), predictor="rules", amount=0)
    assert _planned(again, "Lead Vocal").comp is None


def test_make_up_gives_back_what_the_compressor_takes(song, natural):
    session, media = song
    lead = _planned(natural, "Lead Vocal")
    mask = _dry_mask(session, media, "Lead Vocal")
    assert lead.eq is not None
    assert lead.comp is not None
    equalized = process_all(lead.eq, chain_input(session, media, "Lead Vocal"), session.rate)
    before, after = (
        masked_lufs(measure(samples, session.rate, dual_mono=True).block_power, mask)
        for samples in (equalized, process_all(lead.comp, equalized, session.rate))
    )

    assert after == pytest.approx(before, abs=0.1) or lead.comp.wet_db == 6.0


def test_two_leads_share_the_decision_and_are_equally_loud(demo_song):
    voice = demo_song.stems["Lead Vocal"]
    half = voice.shape[1] // 2
    first, second = voice.copy(), voice.copy() * np.float32(0.25)
    first[:, half:] = 0.0
    second[:, :half] = 0.0
    backing = demo_song.stems["Chords"]
    session, media = _session(
        {"One": (Role.LEAD_VOCAL, first), "Two": (Role.LEAD_VOCAL, second), "Band": (Role.BACKING, backing)},
        demo_song.rate,
    )
    plan = engineer(session, media, NATURAL)
    planned = with_plan(session, plan)
    loudness = [
        masked_lufs(
            measure(mixdown(planned, media, only={name}), session.rate).block_power, _dry_mask(session, media, name)
        )
        for name in ("One", "Two")
    ]

    assert loudness[0] == pytest.approx(loudness[1], abs=0.1)
    assert _planned(plan, "One").eq == _planned(plan, "Two").eq


def test_a_voice_whose_fader_would_end_takes_the_rest_from_the_backing(demo_song):
    quiet = demo_song.stems["Lead Vocal"] * np.float32(0.05)
    session, media = _session(
        {"Voice": (Role.LEAD_VOCAL, quiet), "Band": (Role.BACKING, demo_song.stems["Chords"])}, demo_song.rate
    )
    plan = engineer(session, media, NATURAL)

    assert _planned(plan, "Voice").fader_db == 12.0
    assert _planned(plan, "Band").fader_db < -3.0
    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(0.0, abs=0.1)


def test_a_compressor_on_the_vocal_bus_does_not_keep_the_level_from_being_reached(demo_song):
    session, media = _session(
        {
            "Bus": (None, np.zeros((1, 44100), np.float32)),
            "Voice": (Role.LEAD_VOCAL, demo_song.stems["Lead Vocal"]),
            "Band": (Role.BACKING, demo_song.stems["Chords"]),
        },
        demo_song.rate,
    )
    squash = Fx(name="ReaComp", settings=ReaComp(threshold_db=-30.0, ratio=4.0))
    bus = dataclasses.replace(session.track("Bus"), clips=(), fx=(squash,))
    session = session.map_tracks(
        lambda track: bus if track.guid == "Bus" else dataclasses.replace(track, parent="Bus")
    )
    plan = engineer(session, media, Preset(name="up", description="", level=LevelStyle(relative_loudness_lu=2.0)))

    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(2.0, abs=0.1)


def _voice_and_band(demo_song, *others: Track, **of_the_voice: object) -> tuple[Session, Media]:
    """A voice and a band of the demo song, tracks that hold nothing themselves, and what is said of the voice."""
    stems = {
        "Voice": (Role.LEAD_VOCAL, demo_song.stems["Lead Vocal"]),
        "Band": (Role.BACKING, demo_song.stems["Chords"]),
    }
    session, media = _session(stems, demo_song.rate)
    voice, band = session.tracks
    voice = dataclasses.replace(voice, **of_the_voice)  # type: ignore[arg-type]
    return dataclasses.replace(session, tracks=(*others, voice, band)), media


def test_a_compressor_on_a_bus_of_the_voice_alone_does_not_keep_its_level_from_being_reached(demo_song):
    squash = Fx(name="ReaComp", settings=ReaComp(threshold_db=-45.0, ratio=8.0))
    bus = Track(guid="Bus", name="Bus", fx=(squash,))
    session, media = _voice_and_band(demo_song, bus, parent="Bus", fader=Fader(volume_db=-20.0))
    plan = engineer(session, media, NATURAL)

    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(0.0, abs=0.1)
    assert _planned(plan, "Voice").fader_db == 12.0 or _planned(plan, "Band").fader_db == 0.0


@pytest.mark.parametrize("mode", [SendMode.PRE_FX, SendMode.POST_FX])
def test_a_send_from_before_the_fader_is_reckoned_with(demo_song, mode):
    room = Fx(name="ReaVerbate", settings=ReaVerbate(dry_db=-math.inf, wet_db=0.0))
    send = Send(source="Voice", target="Room", mode=mode, gain_db=-12.0)
    session, media = _voice_and_band(demo_song, Track(guid="Room", name="Room", fx=(room,)))
    session = dataclasses.replace(session, sends=(send,))
    plan = engineer(session, media, NATURAL)

    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(0.0, abs=0.1)


def test_behind_a_compressor_on_the_master_the_voice_stands_as_asked_in_the_mix(demo_song):
    """The compressor turns both down by what the sum demands, whatever each of them would demand alone."""
    squash = ReaComp(threshold_db=-30.0, ratio=4.0)
    session, media = _voice_and_band(demo_song, fader=Fader(volume_db=-8.0))
    session = dataclasses.replace(session, master=Master(fx=(Fx(name="ReaComp", settings=squash),)))
    plan = engineer(session, media, NATURAL)
    planned = dataclasses.replace(with_plan(session, plan), master=Master())
    silence = np.zeros_like(mixdown(planned, media))
    lead, band = silence.copy(), silence.copy()
    for part, name in ((lead, "Voice"), (band, "Band")):
        alone = mixdown(planned, media, only={name})
        part[:, : alone.shape[1]] = alone
    gains = 10 ** (-gain_reduction_db(squash, lead + band, session.rate) / 20)
    mask = _dry_mask(session, media, "Voice")
    powers = [measure(samples * gains, session.rate).block_power for samples in (lead, band)]

    assert gains.min() < 0.5
    assert masked_lufs(powers[0], mask) - masked_lufs(powers[1], mask) == pytest.approx(0.0, abs=0.1)


def test_a_level_that_no_fader_reaches_is_told(demo_song):
    send = Send(source="Voice", target="Out", mode=SendMode.POST_FX, gain_db=20.0)
    session, media = _voice_and_band(demo_song, Track(guid="Out", name="Out"))
    session = dataclasses.replace(session, sends=(send,))
    plan = engineer(session, media, NATURAL)

    reached_lu = _lead_against_backing_lu(session, media, plan)
    assert reached_lu > 1.0
    assert plan.results["relative_loudness_lu"] == pytest.approx(reached_lu, abs=0.02)
    assert "not reached" in plan.notes[0]
    assert _planned(plan, "Voice").fader_db > -60.0


def test_a_folder_that_is_the_backing_is_heard_with_all_that_lies_in_it(demo_song):
    session, media = _voice_and_band(demo_song, Track(guid="All", name="All", role=Role.BACKING))
    inside = dataclasses.replace(session.track("Band"), role=None, parent="All")
    session = dataclasses.replace(session, tracks=(*session.tracks[:2], inside))
    plan = engineer(session, media, NATURAL)
    by_name = _voice_and_band(demo_song)

    assert plan.results == engineer(*by_name, NATURAL).results
    assert plan.results["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)


def test_a_voice_that_sings_while_the_backing_only_hisses_stays_where_it_is_and_is_told(demo_song):
    session, media = _voice_and_band(demo_song)
    voice, band = (chain_input(session, media, name) for name in ("Voice", "Band"))
    hiss = np.random.default_rng(3).standard_normal(voice.shape).astype(np.float32) * np.float32(1e-4)
    later = np.concatenate([np.repeat(hiss, len(band), axis=0), band], axis=1)
    session, media = _session({"Voice": (Role.LEAD_VOCAL, voice), "Band": (Role.BACKING, later)}, session.rate)
    plan = engineer(session, media, NATURAL)

    assert _planned(plan, "Voice").fader_db == 0.0
    assert "relative_loudness_lu" not in plan.results
    assert "the backing is silent while it sings" in plan.notes[0]


def test_a_wet_knob_at_its_end_is_told():
    """Hardly anything of a rumble gets through the reverb's low cut."""
    rumble = 0.3 * np.sin(2 * np.pi * 30 * np.arange(5 * 44100) / 44100)[None]
    session, media = _session({"Voice": (Role.LEAD_VOCAL, rumble.astype(np.float32))}, 44100)
    voice = _planned(engineer(session, media, NATURAL), "Voice")

    assert voice.verb is not None
    assert voice.verb.wet_db == 6.0
    assert "The knob ends at +6 dB" in voice.why["verb.wet_db"]


def test_a_track_that_is_not_soloed_counts_as_not_heard_however_it_gets_to_the_master(demo_song):
    session, media = _voice_and_band(demo_song, solo=True)

    with pytest.raises(NothingToMixError, match=r"backing is silent \(Band\)"):
        engineer(session, media, NATURAL)


def test_what_the_user_set_by_hand_stands_and_the_rest_is_found_around_it(song, natural):
    planned = _planned(natural, "Lead Vocal").comp
    assert planned is not None
    change = UserChange(guid="Lead Vocal", track="Lead Vocal", field="comp.ratio", planned=planned.ratio, value=8.0)
    plan = engineer(*song, NATURAL, kept=[change])
    comp = _planned(plan, "Lead Vocal").comp

    assert comp is not None
    assert comp.ratio == 8.0
    assert _lead_against_backing_lu(*song, plan) == pytest.approx(0.0, abs=0.1)


def test_a_plugin_of_ours_that_the_user_turned_all_the_way_down_is_told(demo_song):
    off = UserChange(guid="Voice", track="Voice", field="comp.wet_db", planned=3.0, value=-math.inf)

    with pytest.raises(NothingToMixError, match="our plug-ins on the track 'Voice'"):
        engineer(*_voice_and_band(demo_song), NATURAL, kept=[off])


def test_an_amount_of_nothing_leaves_two_leads_where_they_are(demo_song):
    session, media = _session(
        {
            "One": (Role.LEAD_VOCAL, demo_song.stems["Lead Vocal"]),
            "Two": (Role.LEAD_VOCAL, demo_song.stems["Lead Vocal"] * np.float32(0.3)),
            "Band": (Role.BACKING, demo_song.stems["Chords"]),
        },
        demo_song.rate,
    )
    plan = engineer(session, media, NATURAL, amount=0.0)

    assert [track.fader_db for track in plan.tracks] == [0.0, 0.0, 0.0]


def test_a_fader_that_the_user_moved_stays_and_nothing_is_moved_to_make_up_for_it(song, natural):
    change = UserChange(guid="Lead Vocal", track="Lead Vocal", field="fader_db", planned=0.0, value=3.0)
    plan = engineer(*song, NATURAL, kept=[change])

    assert _planned(plan, "Lead Vocal").fader_db == 3.0
    assert _planned(plan, "Drums") == _planned(natural, "Drums")
    expected = 3.0 - _planned(natural, "Lead Vocal").fader_db
    assert plan.results["relative_loudness_lu"] == pytest.approx(expected, abs=0.05)


def test_the_results_are_those_of_the_faders_as_the_user_left_them(song, natural):
    change = UserChange(guid="Chords", track="Chords", field="fader_db", planned=0.0, value=6.0)
    plan = engineer(*song, NATURAL, kept=[change])

    assert _planned(plan, "Chords").fader_db == 6.0
    assert plan.results["relative_loudness_lu"] == pytest.approx(_lead_against_backing_lu(*song, plan), abs=0.05)
    assert plan.results["relative_loudness_lu"] < -1.0


def _all_the_way_down(session: Session, name: str) -> Session:
    down = Fader(volume_db=-math.inf)
    return session.map_tracks(lambda track: dataclasses.replace(track, fader=down) if track.name == name else track)


@pytest.mark.parametrize("on_the_master", [(), (Fx(name="ReaComp", settings=ReaComp(threshold_db=-30.0)),)])
def test_a_backing_track_that_is_all_the_way_down_stays_there(song, on_the_master):
    session, media = song
    session = _all_the_way_down(session, "Drums")
    session = dataclasses.replace(session, master=dataclasses.replace(session.master, fx=on_the_master))
    plan = engineer(session, media, NATURAL)

    assert _planned(plan, "Drums").fader_db == -math.inf
    assert plan.results["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)
    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("name", ["Lead Vocal", "Backing Vocals"])
def test_a_voice_that_is_all_the_way_down_is_named(song, name):
    session, media = song

    with pytest.raises(NothingToMixError, match=f"'{name}' is not heard"):
        engineer(_all_the_way_down(session, name), media, NATURAL)


def test_the_same_session_gives_the_same_plan(song, natural):
    assert engineer(*song, NATURAL) == natural


def test_every_value_has_its_reason(natural):
    lead = _planned(natural, "Lead Vocal")

    paths = ["fader_db", "eq", "comp.threshold_db", "comp.ratio", "comp.attack_ms", "comp.release_ms"]
    paths += ["comp.wet_db", "verb.room_size", "verb.wet_db", "verb.dampening"]
    for path in paths:
        assert lead.why[path].endswith("."), path


@pytest.mark.parametrize("silent", ["Voice", "Band"])
def test_silence_is_named(demo_song, silent):
    samples = {"Voice": demo_song.stems["Lead Vocal"], "Band": demo_song.stems["Chords"]}
    samples[silent] = np.zeros_like(samples[silent])
    session, media = _session(
        {"Voice": (Role.LEAD_VOCAL, samples["Voice"]), "Band": (Role.BACKING, samples["Band"])}, demo_song.rate
    )

    with pytest.raises(NothingToMixError, match=silent):
        engineer(session, media, NATURAL)


@pytest.mark.parametrize("predictor", ["engineers", "rules"])
def test_on_a_real_song_the_promises_hold(shared, predictor):
    folder = shared / "data" / "songs" / "hydrogen"
    roles = {"vox_lead": Role.LEAD_VOCAL, "drums": Role.BACKING, "music": Role.BACKING}
    tracks = tuple(
        Track(
            guid=name,
            name=name,
            role=role,
            clips=(Clip(source=Source(path=folder / f"{name}.ogg"), offset_s=60.0, length_s=40.0),),
        )
        for name, role in roles.items()
    )
    session, media = Session(name="hydrogen", rate=44100, tracks=tracks), Media()
    plan = engineer(session, media, NATURAL, predictor=predictor)

    assert _lead_against_backing_lu(session, media, plan) == pytest.approx(0.0, abs=0.1)
    played = measure(mixdown(with_plan(session, plan), media), 44100, true_peak=True)
    assert played.true_peak_dbtp is not None
    assert played.true_peak_dbtp <= -0.99
    assert _planned(plan, "vox_lead").results.get("eq_error_db", 0.0) <= 0.5

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.audio import Samples
from daw_bridge.errors import MatchError
from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.gains import ABSENT, Strip
from daw_bridge.matching.losses import Ear
from daw_bridge.matching.model import MixModel, TrackMatch
from daw_bridge.matching.tracks import MixMatch, match_mix
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.reaverbate_sound import rt60_s

RATE = 44100
HEARD_HZ = np.geomspace(100.0, 8000.0, 60)


@pytest.fixture(scope="module")
def stems(shared: Path) -> dict[str, Samples]:
    band = (f"multitrack/{name}.mp3" for name in ("drums", "horns", "clav", "bassguitar", "leadguitar"))
    songs = ("songs/rubidium/drums.ogg", "songs/rubidium/vox_lead.ogg", "songs/hydrogen/music.ogg")
    found = {}
    for path in (shared / "data" / name for name in (*band, *songs)):
        with soundfile.SoundFile(path) as file:
            file.seek(30 * RATE)
            samples = np.ascontiguousarray(file.read(6 * RATE, dtype="float32", always_2d=True).T)
        found[path.stem if path.parent.name == "multitrack" else f"{path.parent.name} {path.stem}"] = samples
    return found


def mixed(tracks: list[Samples], matches: list[TrackMatch], rate: int = RATE) -> Samples:
    model = MixModel(np.stack([tracks[0][0], -tracks[0][0]]), tracks, rate)
    for at, match in enumerate(matches):
        model.set(at, match)
    return model.played()


def curve_error_db(found: ReaEq | None, true: ReaEq | None) -> float:
    """How differently the two bend the spectrum; a level that the fader makes up for does not count."""
    curves = [response_db(eq, HEARD_HZ, RATE) if eq else np.zeros_like(HEARD_HZ) for eq in (found, true)]
    return float(np.std(curves[0] - curves[1]))


def level_error_db(track: Samples, found: TrackMatch, true: TrackMatch) -> float:
    """By how much the track is louder in the mix than it was, on its louder side."""
    levels = [
        20.0 * np.log10(np.std(play(one.chain, track, RATE)) * max(map(abs, one.strip.sides)))
        for one in (found, true)
    ]
    return float(levels[0] - levels[1])


EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=110.0, bandwidth_oct=1.9),
        Band(frequency_hz=900.0, gain_db=-6.0, bandwidth_oct=1.2),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0, gain_db=5.0, bandwidth_oct=1.5),
    )
)
COMP = ReaComp(threshold_db=-26.0, ratio=4.0, attack_ms=8.0, release_ms=150.0, rms_ms=5.0)
VERB = ReaVerbate(wet_db=-10.0, dry_db=0.0, room_size=0.75, dampening=0.4, pre_delay_ms=20.0)


@pytest.fixture(scope="module")
def undone(stems: dict[str, Samples]) -> tuple[list[Samples], list[TrackMatch], MixMatch]:
    tracks = [stems[name].mean(axis=0, keepdims=True)[:, : 4 * RATE] for name in ("drums", "horns", "clav")]
    true = [
        TrackMatch(strip=Strip(fader_db=-3.0, pan=-0.2), chain=Chain(comp=COMP)),
        TrackMatch(strip=Strip(fader_db=-8.0, pan=0.5), chain=Chain(eq=EQ)),
        TrackMatch(strip=Strip(fader_db=-5.0, pan=-0.6), chain=Chain(verb=VERB)),
    ]
    return tracks, true, match_mix(mixed(tracks, true), tracks, RATE)


def test_levels_and_pans_are_found_behind_plugins(
    undone: tuple[list[Samples], list[TrackMatch], MixMatch],
) -> None:
    tracks, true, match = undone

    for track, one, was in zip(tracks, match.tracks, true, strict=True):
        assert level_error_db(track, one, was) == pytest.approx(0.0, abs=0.3)
        assert one.strip.pan == pytest.approx(was.strip.pan, abs=0.05)


def test_the_plugins_that_were_used_are_found_and_no_others(
    undone: tuple[list[Samples], list[TrackMatch], MixMatch],
) -> None:
    drums, horns, clav = (one.chain for one in undone[2].tracks)

    assert (drums.eq, drums.verb) == (None, None)
    assert drums.comp is not None
    assert (horns.comp, horns.verb) == (None, None)
    assert curve_error_db(horns.eq, EQ) < 0.7
    assert (clav.eq, clav.comp) == (None, None)
    assert clav.verb is not None
    true_s = rt60_s(VERB.room_size, VERB.dampening, RATE)
    assert rt60_s(clav.verb.room_size, clav.verb.dampening, RATE) == pytest.approx(true_s, rel=0.1)
    assert clav.verb.wet_db == pytest.approx(VERB.wet_db, abs=1.0)
    assert clav.verb.pre_delay_ms == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize("count", [4, 6, 8])
def test_faders_and_pans_alone_are_found_in_a_mix_of_real_stems(stems: dict[str, Samples], count: int) -> None:
    rng = np.random.default_rng(count)
    tracks = [samples[:, : 4 * RATE] for samples in list(stems.values())[-count:]]
    true = [TrackMatch(strip=Strip(fader_db=rng.uniform(-15.0, 3.0), pan=rng.uniform(-0.9, 0.9))) for _ in tracks]

    match = match_mix(mixed(tracks, true), tracks, RATE)

    for one, was in zip(match.tracks, true, strict=True):
        assert one.chain == Chain()
        assert one.strip.fader_db == pytest.approx(was.strip.fader_db, abs=0.3)
        assert one.strip.pan == pytest.approx(was.strip.pan, abs=0.05)
    assert match.after.residual_db < -50.0


def test_a_compressor_turns_down_what_it_turned_down(
    undone: tuple[list[Samples], list[TrackMatch], MixMatch],
) -> None:
    drums, found = undone[0][0], undone[2].tracks[0].chain
    assert found.comp is not None

    crests = [
        20.0 * np.log10(np.abs(sound).max() / np.std(sound))
        for sound in (play(Chain(comp=one), drums, RATE) for one in (COMP, found.comp))
    ]

    assert crests[1] == pytest.approx(crests[0], abs=0.5)


def test_what_is_left_is_far_under_the_mix(undone: tuple[list[Samples], list[TrackMatch], MixMatch]) -> None:
    match = undone[2]

    assert match.complete
    assert match.offsets_frames == (0, 0, 0)
    assert match.after.residual_db < -30.0
    assert match.after.distance.total < 0.2 * match.before.distance.total


def test_an_absent_a_silent_and_a_late_track_are_told_apart(stems: dict[str, Samples]) -> None:
    drums, bass, clav = (stems[name][:, : 4 * RATE] for name in ("drums", "bassguitar", "clav"))
    late = np.pad(bass, ((0, 0), (12345, 0)))
    mix = mixed(
        [np.pad(drums, ((0, 0), (0, 12345))), late],
        [TrackMatch(strip=Strip(fader_db=-2.0)), TrackMatch(strip=Strip(fader_db=-6.0, inverted=True))],
    )

    match = match_mix(mix, [drums, bass, clav, np.zeros((1, RATE), np.float32)], RATE)

    assert match.offsets_frames[:2] == (0, 12345)
    assert [one.strip.inverted for one in match.tracks] == [False, True, False, False]
    assert [one.strip.fader_db for one in match.tracks[:2]] == pytest.approx([-2.0, -6.0], abs=0.1)
    assert [one.strip for one in match.tracks[2:]] == [ABSENT, ABSENT]
    assert [one.chain for one in match.tracks] == [Chain()] * 4


def test_a_mono_mix_with_another_sound_in_it_is_brought_nearer(stems: dict[str, Samples]) -> None:
    tracks = [stems[name][:, : 3 * RATE].mean(axis=0, keepdims=True) for name in ("drums", "horns")]
    true = [TrackMatch(strip=Strip(fader_db=-4.0)), TrackMatch(strip=Strip(fader_db=1.0), chain=Chain(eq=EQ))]
    other = 0.3 * stems["clav"][:, : 3 * RATE].mean(axis=0, keepdims=True)
    mix = mixed(tracks, true).mean(axis=0, keepdims=True) + other

    match = match_mix(mix, tracks, RATE)

    assert [one.strip.pan for one in match.tracks] == [0.0, 0.0]
    assert [
        level_error_db(track, one, was) for track, one, was in zip(tracks, match.tracks, true, strict=True)
    ] == pytest.approx([0.0, 0.0], abs=0.5)
    assert match.after.distance.total < match.before.distance.total
    assert match.after.residual_db < match.before.residual_db


def test_equal_tracks_share_what_is_there(stems: dict[str, Samples]) -> None:
    track = stems["clav"][:, : 4 * RATE]

    match = match_mix(track, [track, track], RATE, budget_s=0.0)

    assert [one.strip.fader_db for one in match.tracks] == pytest.approx([-6.02, -6.02], abs=0.02)
    assert match.after.residual_db < -40.0


def test_stopping_at_once_gives_faders_and_pans(stems: dict[str, Samples]) -> None:
    tracks = [stems["drums"], stems["horns"]]
    true = [TrackMatch(strip=Strip(fader_db=-4.0, pan=0.3)), TrackMatch(strip=Strip(fader_db=-1.0, pan=-0.5))]

    match = match_mix(mixed(tracks, true), tracks, RATE, budget_s=0.0)

    assert not match.complete
    assert [one.strip for one in match.tracks] == [dataclasses.replace(one.strip) for one in true]


@pytest.mark.parametrize("mix", [np.zeros((2, 5 * RATE), np.float32), np.ones((2, RATE), np.float32)])
def test_a_mix_that_is_silent_or_short_is_refused(mix: Samples) -> None:
    with pytest.raises(MatchError, match="mix is"):
        match_mix(mix, [np.ones((1, RATE), np.float32)], RATE)


def test_tracks_that_are_not_in_the_mix_are_refused(stems: dict[str, Samples]) -> None:
    with pytest.raises(MatchError, match="None of the tracks"):
        match_mix(stems["drums"][:, : 4 * RATE], [stems["horns"][:, : 4 * RATE]], RATE)


def astray(model: MixModel, ear: Ear, seed: int) -> Iterator[tuple[str, float]]:
    """A search that moves a track and ends at a reverb that nobody used."""
    drowned = Chain(verb=ReaVerbate(wet_db=12.0, dry_db=-30.0, room_size=1.0, dampening=0.0))
    model.shifts[0] += 40
    model.dry[0] = np.roll(model.dry[0], 40, axis=1)
    for at in range(len(model.matches)):
        model.set(at, TrackMatch(strip=Strip(fader_db=0.0), chain=drowned))
    yield "astray", 1.0


def test_what_sounds_farther_than_the_dry_tracks_is_not_kept(
    stems: dict[str, Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = [stems["drums"], stems["horns"]]
    true = [TrackMatch(strip=Strip(fader_db=-3.0, pan=-0.2)), TrackMatch(strip=Strip(fader_db=-8.0, pan=0.5))]
    monkeypatch.setattr("daw_bridge.matching.tracks._search", astray)

    match = match_mix(mixed(tracks, true), tracks, RATE)

    assert not match.nearer
    assert match.offsets_frames == (0, 0)
    assert [one.chain for one in match.tracks] == [Chain(), Chain()]
    assert [one.strip.fader_db for one in match.tracks] == pytest.approx([-3.0, -8.0], abs=0.1)
    assert match.after.distance.total < match.before.distance.total


def test_tracks_stay_as_they_are_where_faders_do_not_help_either(
    stems: dict[str, Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    track = stems["drums"]
    monkeypatch.setattr("daw_bridge.matching.tracks._search", astray)

    match = match_mix(np.tile(track, (2, 1))[:2], [track], RATE)

    assert match.tracks == (TrackMatch(strip=Strip(fader_db=0.0)),)
    assert match.after == match.before

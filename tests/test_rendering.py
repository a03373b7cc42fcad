"""The sound of a session."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.audio import Audio, Samples, read_audio
from daw_bridge.desk import chain_of
from daw_bridge.errors import AudioFileError, OutputError
from daw_bridge.media import Media
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.sound import make_processor
from daw_bridge.rendering import before_fx, chain_input, freeze, mixdown, play, remember, render_to_file
from daw_bridge.session import Clip, Fade, Fader, Fx, Master, PanMode, Send, SendMode, Session, Source, Track

RATE = 48000
FRAMES = RATE // 2
EQ = ReaEq(bands=(Band(frequency_hz=300.0, gain_db=6.0), Band(frequency_hz=4000.0, gain_db=-5.0)))
COMP = ReaComp(threshold_db=-30.0, ratio=4.0)
LOOK_AHEAD = ReaComp(threshold_db=-30.0, ratio=4.0, pre_comp_ms=5.0)
VERB = ReaVerbate(wet_db=-10.0, room_size=0.3)


def noise(channels: int, seed: int, frames: int = FRAMES) -> Samples:
    return np.random.default_rng(seed).uniform(-0.2, 0.2, (channels, frames)).astype(np.float32)


def chain(*settings: Settings, ours: bool = False) -> tuple[Fx, ...]:
    return tuple(Fx(name=type(one).__name__, settings=one, ours=ours) for one in settings)


def clip(name: str, seconds: float = FRAMES / RATE, **kind: object) -> Clip:
    return Clip(source=Source(path=Path(name)), length_s=seconds, **kind)  # type: ignore[arg-type]


def track(name: str, *clips: Clip, **kind: object) -> Track:
    return Track(guid=name, name=name, clips=clips, **kind)  # type: ignore[arg-type]


def session(*tracks: Track, **kind: object) -> Session:
    return Session(name="s", rate=RATE, tracks=tracks, **kind)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def media() -> Media:
    made = Media()
    for seed, (name, channels) in enumerate({"mono": 1, "stereo": 2, "other": 2, "third": 1}.items()):
        made.add(Path(name), Audio(noise(channels, seed), RATE))
    for name, level in (("eighth", 0.125), ("quarter", 0.25)):
        made.add(Path(name), Audio(np.full((1, FRAMES), level, np.float32), RATE))
    return made


def whole(media: Media, name: str) -> Samples:
    return media.read(Source(path=Path(name)), 0, FRAMES, RATE)


def difference_db(a: Samples, b: Samples) -> float:
    """Peak of the difference, in dB below full scale; what one has more at its end counts."""
    length = max(a.shape[1], b.shape[1])
    padded = [np.pad(one, ((0, 0), (0, length - one.shape[1]))) for one in (a, b)]
    peak = float(np.abs(padded[0] - padded[1]).max())
    return 20.0 * math.log10(peak) if peak else -math.inf


def busy_session() -> Session:
    """Folder, sends of every kind, pans, fades, look-ahead, own FX and master FX."""
    return session(
        track("folder", fx=chain(EQ), fader=Fader(volume_db=-2.0, pan=0.2)),
        track("lead", clip("mono", fade_in=Fade(length_s=0.1, shape=1)), parent="folder", fx=chain(EQ, LOOK_AHEAD)),
        track("double", clip("third", 0.3, position_s=0.07, play_rate=1.1), parent="folder", inverted=True),
        track("band", clip("stereo"), fader=Fader(pan_mode=PanMode.STEREO_PAN, width=0.4, pan=-0.5)),
        track("verb", fx=chain(VERB)),
        sends=(
            Send(source="lead", target="verb", gain_db=-12.0, pan=0.3),
            Send(source="band", target="verb", mode=SendMode.PRE_FX, gain_db=-20.0, mono=True),
            Send(source="double", target="verb", mode=SendMode.POST_FX, inverted=True),
        ),
        master=Master(fader=Fader(volume_db=-1.0), fx=chain(EQ)),
        pan_law_db=-3.0,
    )


def test_one_track_at_unity_is_the_recording_itself(media: Media) -> None:
    blocks = list(play(session(track("band", clip("stereo"))), media))

    assert np.shares_memory(blocks[0], whole(media, "stereo"))
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole(media, "stereo"))


def test_a_mono_recording_sounds_at_unity_from_both_sides(media: Media) -> None:
    out = mixdown(session(track("voice", clip("mono"))), media)

    np.testing.assert_array_equal(out, np.repeat(whole(media, "mono"), 2, axis=0))


def test_tracks_are_summed_with_their_gains(media: Media) -> None:
    made = session(
        track("voice", clip("mono"), fader=Fader(volume_db=-6.0)),
        track("band", clip("stereo"), inverted=True),
        master=Master(fader=Fader(volume_db=3.0)),
    )

    out = mixdown(made, media)

    expected = 10 ** (3 / 20) * (10 ** (-6 / 20) * whole(media, "mono") - whole(media, "stereo"))
    np.testing.assert_allclose(out, expected, atol=1e-6)


@pytest.mark.parametrize("block_frames", [1000, 4096, 31_111, 1 << 17])
def test_the_size_of_blocks_does_not_matter(media: Media, block_frames: int) -> None:
    reference = np.concatenate(list(play(busy_session(), media)), axis=1)

    out = np.concatenate(list(play(busy_session(), media, block_frames=block_frames)), axis=1)

    assert out.shape == reference.shape
    assert difference_db(out, reference) < -120.0


def test_every_block_is_stereo_and_float32(media: Media) -> None:
    blocks = list(play(busy_session(), media, block_frames=5000))

    assert {(block.shape[0], block.dtype) for block in blocks} == {(2, np.dtype(np.float32))}


def test_two_groups_sum_to_the_whole_where_the_mix_is_linear(media: Media) -> None:
    made = busy_session()

    voices = mixdown(made, media, only={"lead", "double"})
    band = mixdown(made, media, only={"band"})

    length = max(voices.shape[1], band.shape[1])
    total = np.zeros((2, length), np.float32)
    total[:, : voices.shape[1]] += voices
    total[:, : band.shape[1]] += band
    assert difference_db(total, mixdown(made, media)) < -120.0


def test_gains_before_and_after_a_linear_chain_are_the_same(media: Media) -> None:
    early = track("voice", clip("mono", gain_db=-4.0), fx=chain(EQ, VERB))
    late = track("voice", clip("mono"), fx=chain(EQ, VERB), fader=Fader(volume_db=-4.0))
    last = Master(fader=Fader(volume_db=-4.0))

    reference = mixdown(session(early), media)

    assert difference_db(mixdown(session(late), media), reference) < -120.0
    plain = dataclasses.replace(late, fader=Fader())
    assert difference_db(mixdown(session(plain, master=last), media), reference) < -120.0


def test_playing_changes_no_recording(media: Media) -> None:
    names = ("mono", "stereo", "other", "third")
    before = [whole(media, name).copy() for name in names]
    every = chain(EQ, COMP, VERB)

    mixdown(session(*(track(name, clip(name), fx=every) for name in names), master=Master(fx=every)), media)

    for name, samples in zip(names, before, strict=True):
        np.testing.assert_array_equal(whole(media, name), samples)


def test_opposite_phases_cancel(media: Media) -> None:
    made = session(
        track("voice", clip("mono"), fx=chain(EQ)), track("anti", clip("mono"), fx=chain(EQ), inverted=True)
    )

    assert difference_db(mixdown(made, media), np.zeros((2, 1), np.float32)) < -120.0


def test_look_ahead_is_compensated_on_every_way(media: Media) -> None:
    still = dataclasses.replace(LOOK_AHEAD, threshold_db=0.0, ratio=1.0)
    made = session(
        track("late", clip("mono"), fx=chain(still)),
        track("plain", clip("stereo"), parent="folder"),
        track("folder", fx=chain(still)),
        track("bus"),
        sends=(Send(source="late", target="bus"), Send(source="plain", target="bus", mode=SendMode.PRE_FX)),
    )

    out = mixdown(made, media)

    expected = 2.0 * (whole(media, "mono") + whole(media, "stereo"))
    assert out.shape[1] >= FRAMES
    np.testing.assert_allclose(out[:, :FRAMES], expected, atol=1e-5)


def test_plug_ins_that_are_off_or_cannot_be_played_are_passed(media: Media) -> None:
    unknown = Fx(name="Third party")
    off = dataclasses.replace(chain(EQ)[0], enabled=False)

    for fx, enabled in (((unknown, off), True), (chain(EQ), False)):
        out = mixdown(session(track("band", clip("stereo"), fx=fx, fx_enabled=enabled)), media)

        np.testing.assert_array_equal(out, whole(media, "stereo"))


def test_a_reverb_rings_on_after_the_session_and_has_decayed_at_its_end(media: Media) -> None:
    dry = session(track("voice", clip("mono")))
    wet = session(track("voice", clip("mono"), fx=chain(VERB)))

    out = mixdown(wet, media)

    assert mixdown(dry, media).shape == (2, FRAMES)
    assert out.shape[1] > FRAMES
    assert np.abs(out[:, FRAMES : FRAMES + 4800]).max() > 1e-3
    assert np.abs(out[:, -480:]).max() < 1e-3 * np.abs(out).max()


def receiver_session(**kind: object) -> Session:
    """As measured: a source of 0.125 that is sent, and does not reach the master itself, to one that has 0.25."""
    return session(
        track("source", clip("eighth"), to_parent=False, **kind),
        track("receiver", clip("quarter")),
        sends=(Send(source="source", target="receiver"),),
    )


def level(media: Media, made: Session) -> tuple[float, float]:
    out = mixdown(made, media)
    assert np.ptp(out, axis=1).max() == 0.0
    return float(out[0, 0]), float(out[1, 0])


def soloing(made: Session, *guids: str) -> Session:
    return made.map_tracks(lambda one: dataclasses.replace(one, solo=one.guid in guids))


# Golden values of solo, mute and folders: REAPER 7.82 (github mumu-lhl/AAADAW, docs/verification/reaper-parity).


@pytest.mark.parametrize(("soloed", "expected"), [("source", 0.125), ("receiver", 0.375)])
def test_solo_in_place_follows_sends_as_in_reaper(media: Media, soloed: str, expected: float) -> None:
    assert level(media, soloing(receiver_session(), soloed)) == (expected, expected)


@pytest.mark.parametrize(("soloed", "expected"), [("source", 0.375), ("receiver", 0.375)])
def test_solo_in_place_opens_only_ways_through_the_soloed_track(media: Media, soloed: str, expected: float) -> None:
    made = session(
        track("source", clip("eighth")),
        track("receiver", clip("quarter")),
        track("other"),
        sends=(Send(source="source", target="receiver"), Send(source="source", target="other")),
    )

    assert level(media, soloing(made, soloed)) == (expected, expected)


@pytest.mark.parametrize(("soloed", "expected"), [("", 0.5), ("inner", 0.125), ("leaf", 0.125), ("outer", 0.5)])
def test_solo_in_place_follows_folders_as_in_reaper(media: Media, soloed: str, expected: float) -> None:
    made = session(
        track("outer", clip("quarter")),
        track("inner", parent="outer"),
        track("leaf", clip("eighth"), parent="inner"),
        track("sibling", clip("eighth"), parent="outer"),
        track("outside"),
    )

    assert level(media, soloing(made, soloed)) == (expected, expected)


def test_a_folder_whose_way_to_its_parent_is_off_is_not_heard(media: Media) -> None:
    made = session(
        track("outer", clip("quarter")),
        track("inner", parent="outer", to_parent=False),
        track("leaf", clip("eighth"), parent="inner"),
        track("sibling", clip("eighth"), parent="outer"),
    )

    assert level(media, made) == (0.375, 0.375)


@pytest.mark.parametrize(
    ("mode", "inverted", "expected"),
    [
        (SendMode.POST_FADER, False, (0.0, 0.0625)),
        (SendMode.PRE_FX, False, (0.125, 0.125)),
        (SendMode.POST_FX, False, (0.125, 0.125)),
        (SendMode.POST_FADER, True, (-0.0, -0.0625)),
        (SendMode.PRE_FX, True, (0.125, 0.125)),
        (SendMode.POST_FX, True, (0.125, 0.125)),
    ],
)
@pytest.mark.parametrize("mute", [False, True])
def test_sends_take_the_sound_where_reaper_takes_it(
    media: Media, mode: SendMode, inverted: bool, expected: tuple[float, float], mute: bool
) -> None:
    half = Fader(volume_db=20 * math.log10(0.5), pan=1.0)
    source = track("source", clip("eighth"), to_parent=False, fader=half, inverted=inverted, mute=mute)
    made = session(source, track("receiver"), sends=(Send(source="source", target="receiver", mode=mode),))

    got = level(media, made)

    assert got == pytest.approx((0.0, 0.0) if mute else expected, abs=1e-7)


def test_a_send_from_before_the_fx_does_not_hear_them(media: Media) -> None:
    made = session(
        track("voice", clip("stereo"), to_parent=False, fx=chain(EQ)),
        track("bus"),
        sends=(Send(source="voice", target="bus", mode=SendMode.PRE_FX),),
    )

    np.testing.assert_array_equal(mixdown(made, media), whole(media, "stereo"))


@pytest.mark.parametrize("master", [Master(fx=chain(EQ, LOOK_AHEAD)), Master()])
def test_tracks_that_share_compressors_are_in_the_mix_what_adds_up_to_it(media: Media, master: Master) -> None:
    made = session(
        track("bus", fx=chain(LOOK_AHEAD, VERB)),
        track("voice", clip("mono"), parent="bus", fx=chain(COMP)),
        track("choir", clip("stereo"), parent="bus", fader=Fader(volume_db=-6.0, pan=0.4)),
        track("band", clip("other")),
        track("room", fx=chain(VERB)),
        sends=(Send(source="choir", target="room", mode=SendMode.PRE_FX),),
        master=master,
    )

    parts = [mixdown(made, media, only={name})[:, :FRAMES] for name in ("voice", "choir", "band")]

    assert difference_db(np.sum(parts, axis=0), mixdown(made, media)[:, :FRAMES]) < -110.0
    voice_alone = mixdown(session(*made.tracks[:2], master=master), media)[:, :FRAMES]
    assert difference_db(parts[0], voice_alone) > -40.0


def test_a_muted_master_or_nothing_at_all_is_silence_of_the_right_length(media: Media) -> None:
    made = session(track("voice", clip("mono")))

    for silent in (
        dataclasses.replace(made, master=Master(mute=True)),
        soloing(session(*made.tracks, track("x")), "x"),
    ):
        out = mixdown(silent, media)

        assert out.shape == (2, FRAMES)
        assert not out.any()
    assert mixdown(session(), media).shape == (2, 0)


def test_the_input_of_our_chain_is_a_view_of_a_plain_recording(media: Media) -> None:
    made = session(track("voice", clip("mono"), fx=chain(EQ, ours=True), fader=Fader(volume_db=-9.0), mute=True))

    got = chain_input(made, media, "voice")

    assert np.shares_memory(got, whole(media, "mono"))
    np.testing.assert_array_equal(got, whole(media, "mono"))


def test_the_input_of_our_chain_has_all_that_comes_before_and_nothing_after(media: Media) -> None:
    theirs = chain(EQ, LOOK_AHEAD)
    folder = track("folder", clip("stereo"), fx=theirs + chain(VERB, ours=True), fader=Fader(pan=0.5))
    made = session(folder, track("child", clip("mono"), parent="folder", fx=chain(EQ)), track("x", solo=True))
    alone = session(dataclasses.replace(folder, fx=theirs, fader=Fader()), made.tracks[1])

    got = chain_input(made, media, "folder")

    assert got.shape == (2, FRAMES)
    assert difference_db(got, mixdown(alone, media)[:, :FRAMES]) < -120.0


def test_the_input_of_a_track_that_holds_nothing_is_silence(media: Media) -> None:
    got = chain_input(session(track("empty"), track("voice", clip("mono"))), media, "empty")

    assert got.shape == (1, FRAMES)
    assert not got.any()


def test_a_short_recording_is_filled_up_to_the_length_of_the_session(media: Media) -> None:
    made = session(track("voice", clip("mono", 0.1, position_s=0.2)), track("band", clip("stereo")))

    got = chain_input(made, media, "voice")

    assert got.shape == (1, FRAMES)
    np.testing.assert_array_equal(got[:, 9600:14400], whole(media, "mono")[:, :4800])
    assert not got[:, :9600].any()


@pytest.mark.parametrize("guid", ["lead", "band", "verb", "folder"])
def test_a_frozen_track_sounds_as_before(media: Media, guid: str) -> None:
    long = track("end", clip("mono", 0.01, position_s=2.0), to_parent=False)  # leaves room for the tails
    made = dataclasses.replace(busy_session(), tracks=(*busy_session().tracks, long))
    behind_its_chain = chain_input(made, media, guid)

    frozen = freeze(made, media, guid, behind_its_chain)

    assert frozen.track(guid).fx == ()
    assert difference_db(mixdown(frozen, media), mixdown(made, media)) < -110.0


def test_what_a_track_sends_from_before_its_fx_is_the_same_when_it_is_frozen(media: Media) -> None:
    made = session(
        track("voice", clip("mono"), fx=chain(EQ, COMP), fader=Fader(volume_db=-9.0)),
        track("child", clip("other"), parent="voice"),
        track("guest", clip("third"), to_parent=False),
        track("room", fx=chain(EQ)),
        sends=(
            Send(source="voice", target="room", mode=SendMode.PRE_FX, gain_db=-3.0),
            Send(source="guest", target="voice"),
        ),
    )

    frozen = freeze(made, media, "voice", chain_input(made, media, "voice"))

    assert difference_db(mixdown(frozen, media), mixdown(made, media)) < -110.0
    alone = mixdown(frozen, media, only={"voice", before_fx("voice")})
    assert difference_db(alone, mixdown(frozen, media, only={"voice"})) > -40.0


def test_a_frozen_track_is_not_played_through_its_chain_again(media: Media) -> None:
    samples = noise(2, 9)

    frozen = freeze(session(track("voice", clip("mono"), fx=chain(VERB))), media, "voice", samples)

    np.testing.assert_array_equal(mixdown(frozen, media), samples)
    source = frozen.track("voice").clips[0].source
    media.discard(source.path)
    with pytest.raises(AudioFileError):
        mixdown(frozen, media)


def test_a_session_is_rendered_into_a_file(media: Media, tmp_path: Path) -> None:
    made = session(track("voice", clip("mono"), fader=Fader(volume_db=16.0)))
    seen: list[float] = []

    result = render_to_file(made, media, tmp_path / "mix.wav", progress=lambda _stage, done: seen.append(done))

    out = mixdown(made, media)
    audio = read_audio(tmp_path / "mix.wav")
    assert (result.frames, result.rate, result.path) == (FRAMES, RATE, tmp_path / "mix.wav")
    assert result.peak == np.abs(out).max() > 1.0
    assert result.duration_s == 0.5
    np.testing.assert_allclose(audio.samples, np.clip(out, -1.0, 1.0), atol=1e-6)
    assert seen[-1] == 1.0


def test_a_format_that_cannot_be_written_is_found_before_anything_is_played(tmp_path: Path) -> None:
    broken = session(track("voice", clip("gone")))

    with pytest.raises(OutputError):
        render_to_file(broken, Media(), tmp_path / "mix.mp3")


def test_a_source_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "voice.flac"
    soundfile.write(path, noise(1, 3, RATE).T, RATE)
    path.write_bytes(path.read_bytes()[:20_000])
    made = session(Track(guid="v", name="v", clips=(Clip(source=Source(path=path), length_s=1.0),)))

    with pytest.raises(AudioFileError, match=r"voice\.flac"):
        render_to_file(made, Media(), tmp_path / "mix.wav")

    assert [one.name for one in tmp_path.iterdir()] == ["voice.flac"]


def test_other_rates_are_resampled_to_the_sessions(tmp_path: Path) -> None:
    time = np.arange(44100) / 44100
    tone = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    soundfile.write(tmp_path / "tone.wav", tone, 44100, subtype="FLOAT")
    made = session(
        Track(guid="t", name="t", clips=(Clip(source=Source(path=tmp_path / "tone.wav"), length_s=1.0),))
    )

    out = mixdown(made, Media())

    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.abs(out - expected)[:, 2400:-2400].max() < 1e-4


# --- what is played once only ------------------------------------------------------------------------------------


def sound_of(made: Session, media: Media, guid: str) -> Samples:
    """What the chain of a track gives while the session lasts."""
    block = chain_input(made.map_tracks(lambda one: dataclasses.replace(one, fx=())), media, guid)
    for fx in made.track(guid).fx:
        assert fx.settings is not None
        block = make_processor(fx.settings, RATE, len(block)).process(block)
    return block


def with_memory(media: Media, made: Session, guid: str) -> Media:
    """The same audio, and what the chain of a track makes of it."""
    copy = Media()
    for name in ("mono", "stereo", "other", "third"):
        copy.add(Path(name), Audio(whole(media, name), RATE))
    remember(made, copy, guid, sound_of(made, media, guid))
    return copy


LOW_CUT = ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=30.0, bandwidth_oct=1.9),))


@pytest.mark.parametrize("fx", [(LOW_CUT, COMP, VERB), (EQ, COMP), (VERB,)], ids=["ringing", "no reverb", "reverb"])
@pytest.mark.parametrize("name", ["mono", "stereo"])
def test_a_chain_that_is_remembered_is_not_played_again_and_sounds_as_if_it_were(
    media: Media, fx: tuple[Settings, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the end of its tail: the low cut rings for long, for the recording breaks off."""
    made = session(track("voice", clip(name), fx=chain(*fx), fader=Fader(pan=0.3)), track("band", clip("other")))
    memory = with_memory(media, made, "voice")
    played = mixdown(made, media)

    monkeypatch.setattr("daw_bridge.desk.CompProcessor.process", None)
    monkeypatch.setattr("daw_bridge.desk.VerbProcessor.process", None)
    remembered = mixdown(made, memory)

    assert remembered.shape == played.shape
    assert difference_db(remembered, played) < -110.0
    for block_frames in (31_111, FRAMES):
        blocks = list(play(made, memory, block_frames=block_frames))
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), remembered)


def test_how_a_remembered_chain_rings_on_is_heard_from_a_while_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("daw_bridge.rendering.WARM_UP_S", 3.0)
    fx = chain(LOW_CUT, LOOK_AHEAD, VERB)
    made = session(track("voice", clip("long", 5.0), fx=fx))
    media, memory = Media(), Media()
    for one in (media, memory):
        one.add(Path("long"), Audio(noise(1, 5, 5 * RATE), RATE))
    played = mixdown(made, media)
    remember(made, memory, "voice", played[:, : 5 * RATE])

    assert memory.remembered(made.track("voice").clips, chain_of(made, "voice")) is not None
    assert difference_db(mixdown(made, memory), played) < -100.0


def test_a_remembered_compressor_lets_go_as_slowly_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a shout, it still holds back the voice that the reverb rings on from."""
    monkeypatch.setattr("daw_bridge.rendering.WARM_UP_S", 0.5)
    slow = dataclasses.replace(COMP, release_ms=200.0)
    made = session(track("voice", clip("long", 4.0), fx=chain(slow, VERB)))
    voice = noise(1, 5, 4 * RATE) * np.float32(0.1)
    voice[:, 2 * RATE : 3 * RATE] *= 10.0
    media, memory = Media(), Media()
    for one in (media, memory):
        one.add(Path("long"), Audio(voice, RATE))
    played = mixdown(made, media)
    remember(made, memory, "voice", played[:, : 4 * RATE])

    assert difference_db(mixdown(made, memory), played) < -100.0


@pytest.mark.parametrize("change", ["chain", "clips", "feeder", "forgotten", "full"])
def test_a_chain_is_played_again_where_it_sounds_otherwise(media: Media, change: str) -> None:
    made = session(track("voice", clip("mono"), fx=chain(EQ, VERB)), track("guest", clip("third"), to_parent=False))
    fed = dataclasses.replace(made, sends=(Send(source="guest", target="voice"),))
    memory = with_memory(media, fed if change == "feeder" else made, "voice")
    voice = made.track("voice")
    match change:
        case "chain":
            voice = dataclasses.replace(voice, fx=chain(EQ, dataclasses.replace(VERB, wet_db=-3.0)))
        case "clips":
            voice = dataclasses.replace(voice, clips=(clip("mono", gain_db=-6.0),))
        case "forgotten":
            memory.add(Path("mono"), Audio(whole(media, "third"), RATE))
        case "full":
            memory = Media(budget_bytes=100)
            memory.add(Path("mono"), Audio(whole(media, "mono"), RATE))
            remember(made, memory, "voice", 0.0 * sound_of(made, media, "voice"))

    changed = made.map_tracks(lambda one: voice if one.guid == "voice" else one)
    got = mixdown(changed, memory)

    afresh = Media()
    afresh.add(Path("mono"), Audio(whole(memory, "mono"), RATE))
    afresh.add(Path("third"), Audio(whole(media, "third"), RATE))
    np.testing.assert_array_equal(got, mixdown(changed, afresh))


def test_what_is_remembered_sounds_with_its_track_only(media: Media) -> None:
    """As in `test_tracks_that_share_compressors_are_in_the_mix_what_adds_up_to_it`."""
    made = session(
        track("bus", fx=chain(LOOK_AHEAD)),
        track("voice", clip("mono"), parent="bus", fx=chain(EQ, COMP)),
        track("choir", clip("stereo"), parent="bus"),
        track("room", fx=chain(VERB)),
        sends=(Send(source="voice", target="room", mode=SendMode.PRE_FX),),
    )
    memory = with_memory(media, made, "voice")

    for only in ({"voice"}, {"choir"}, None):
        assert difference_db(mixdown(made, memory, only=only), mixdown(made, media, only=only)) < -110.0

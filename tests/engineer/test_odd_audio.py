"""Whatever is recorded: the engineer ends, keeps to its limits, says what rests on little, lifts no noise too far.

Seeded, so that every run tries the same recordings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daw_bridge.audio import Audio
from daw_bridge.engineer import compressor, engineer, faders
from daw_bridge.engineer.faders import MAX_FADER_DB, MOST_FROM_THE_REST_DB
from daw_bridge.engineer.pauses import MOST_LIFT_DB, Pauses
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import NothingToMixError
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, TrackPlan, with_plan
from daw_bridge.plan_json import dumps_plan, loads_plan
from daw_bridge.plugins import ReaComp, ReaEq
from daw_bridge.plugins.parameters import raw_values
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.sound import process_all
from daw_bridge.rendering import chain_input, mixdown
from daw_bridge.session import Clip, Fx, Master, Role, Session, Source, Track
from predictors.analysis import active_mask
from predictors.decide import Preset
from predictors.loudness import measure

NATURAL = Preset(name="natural", description="")
BUSY_MASTER = Master(fx=(Fx(name="ReaComp", settings=ReaComp(threshold_db=-30.0, ratio=4.0)),))


def _voice(t: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    phase = 2 * np.pi * (220.0 * t + 0.4 * np.sin(2 * np.pi * 5 * t))
    partials = sum(np.sin(n * phase) / n for n in range(1, 12) if 220 * n < 0.45 * rate)
    return partials * (0.5 + 0.45 * np.sin(2 * np.pi * 0.7 * t))


def _phrases(t: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    return _voice(t, rate, rng) * (np.mod(t, 1.0) < 0.6)


SOUNDS = {
    "voice": _voice,
    "phrases with silence between": _phrases,
    "phrases with hiss between": lambda t, rate, rng: _phrases(t, rate, rng) + 0.012 * rng.standard_normal(len(t)),
    "noise": lambda t, rate, rng: rng.standard_normal(len(t)),
    "a low tone": lambda t, rate, rng: np.sin(2 * np.pi * 30 * t),
    "a tone": lambda t, rate, rng: np.sin(2 * np.pi * 1000 * t),
    "a high tone": lambda t, rate, rng: np.sin(2 * np.pi * 0.4 * rate * t),
    "clicks": lambda t, rate, rng: (np.arange(len(t)) % (rate // 2) == 0).astype(float),
    "a click": lambda t, rate, rng: (np.arange(len(t)) == len(t) // 2).astype(float),
    "nothing but an offset": lambda t, rate, rng: np.ones(len(t)),
    "silence": lambda t, rate, rng: np.zeros(len(t)),
    "denormal numbers": lambda t, rate, rng: np.full(len(t), 1e-41),
}
SIDES = {
    "mono": lambda x: x[None],
    "stereo": lambda x: np.stack([x, np.roll(x, 30)]),
    "left": lambda x: np.stack([x, 0.0 * x]),
    "antiphase": lambda x: np.stack([x, -x]),
}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What there is to hear, on which sides, and what was done to it."""

    sound: str = "voice"
    sides: str = "mono"
    rate: int = 44100
    frames: int | None = None
    seconds: float = 2.3
    level_db: float = -12.0
    offset: float = 0.0
    clipped: bool = False

    def audio(self) -> Audio:
        frames = self.frames or max(1, round(self.seconds * self.rate))
        made = SOUNDS[self.sound](np.arange(frames) / self.rate, self.rate, np.random.default_rng(frames))
        made = made * 10 ** (self.level_db / 20)
        made = np.clip(4.0 * made, -1.0, 1.0) if self.clipped else made
        return Audio((SIDES[self.sides](made) + self.offset).astype(np.float32), self.rate)


RECORDINGS = st.builds(
    Recording,
    sound=st.sampled_from(list(SOUNDS)),
    sides=st.sampled_from(list(SIDES)),
    rate=st.sampled_from([8000, 11025, 22257, 44100, 48000, 96000, 192000]),
    frames=st.sampled_from([None, None, None, 1, 2, 11]),
    seconds=st.sampled_from([0.004, 0.05, 0.11, 0.45, 1.3, 2.9, 3.4]),
    level_db=st.sampled_from([-12.0, 0.0, 24.0, -30.0, -45.0, -60.0, -120.0]),
    offset=st.sampled_from([0.0, 0.0, 0.2]),
    clipped=st.booleans(),
)


def _song(recordings: dict[str, Recording], rate: int = 44100, **kind: object) -> tuple[Session, Media]:
    roles = {"Voice": Role.LEAD_VOCAL, "Double": Role.LEAD_VOCAL, "Choir": Role.BACKING_VOCAL}
    media = Media()
    tracks = []
    for name, recording in recordings.items():
        audio = recording.audio()
        media.add(Path(name), audio)
        clip = Clip(source=Source(path=Path(name)), length_s=audio.duration_s)
        tracks.append(Track(guid=name, name=name, role=roles.get(name, Role.BACKING), clips=(clip,)))
    return Session(name="song", rate=rate, tracks=tuple(tracks), **kind), media  # type: ignore[arg-type]


@contextmanager
def _counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often a voice is compressed, and how often a mix is heard, while this is open."""
    counted = {"compressed": 0, "heard": 0}

    def count(owner: object, name: str, what: str) -> None:
        original = getattr(owner, name)

        def counting(*words: object, **named: object) -> object:
            counted[what] += 1
            return original(*words, **named)

        patched.setattr(owner, name, counting)

    with monkeypatch.context() as patched:
        count(compressor, "process_all", "compressed")
        count(faders, "_true_peak_dbtp", "heard")
        yield counted


def _check_settings(track: TrackPlan) -> None:
    assert track.fader_db <= MAX_FADER_DB
    assert math.isfinite(track.fader_db)
    assert track.why["fader_db"]
    for _, plugin in track.chain:
        for parameter, raw in raw_values(plugin):
            assert parameter.raw_min - 1e-9 <= raw <= parameter.raw_max + 1e-9, parameter
    if track.eq is not None:
        assert 1 <= len(track.eq.bands) <= 6
        assert all(abs(band.gain_db) <= 12.0 for band in track.eq.bands)
    assert track.comp is None or (1.0 <= track.comp.ratio <= 20.0 and track.comp.wet_db <= 6.0)
    assert track.verb is None or track.verb.wet_db <= 6.0


def _check_noise(session: Session, media: Media, plan: MixPlan) -> None:
    """No voice comes out louder than the gains that its plan states; its pauses rise no further than they may."""
    planned = with_plan(session, plan)
    rest = [track.fader_db for track in plan.tracks if track.role is Role.BACKING]
    for track in plan.tracks:
        if track.role is Role.BACKING:
            continue
        assert all(track.fader_db - other <= MAX_FADER_DB + MOST_FROM_THE_REST_DB + 0.02 for other in rest)
        dry = Signal.of(chain_input(session, media, track.guid), session.rate)
        mask = active_mask(dry.power)
        equalized = _through(track.eq, dry)
        output = _through(track.comp, equalized)
        told = "" if track.comp is None else track.why["comp.threshold_db"]
        assert Pauses.of(dry, mask).lift_db(output) <= MOST_LIFT_DB + 0.1 or re.search(
            "Raised from|knob ends", told
        )
        if session.master == Master():
            stated_db = track.fader_db + _most_gain_db(track, session.rate)
            heard = Signal.of(mixdown(planned, media, only={track.guid}), session.rate)
            assert heard.power.max() <= dry.power.max() * 10 ** ((stated_db + 3.0) / 10)


def _through(plugin: ReaEq | ReaComp | None, signal: Signal) -> Signal:
    return signal if plugin is None else Signal.of(process_all(plugin, signal.samples, signal.rate), signal.rate)


def _most_gain_db(track: TrackPlan, rate: int) -> float:
    frequencies = np.geomspace(20.0, 0.49 * rate, 200)
    eq_db = 0.0 if track.eq is None else float(response_db(track.eq, frequencies, rate).max())
    return max(eq_db, 0.0) + (0.0 if track.comp is None else max(track.comp.wet_db, 0.0))


@settings(
    max_examples=45,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    voices=st.lists(RECORDINGS, min_size=1, max_size=3),
    backing=st.none() | RECORDINGS,
    rate=st.sampled_from([8000, 22257, 44100]),
    predictor=st.sampled_from(["engineers", "rules", "learned"]),
    busy_master=st.sampled_from([False, False, True]),
)
def test_any_recordings_are_refused_or_mixed_within_limits(
    monkeypatch: pytest.MonkeyPatch,
    voices: list[Recording],
    backing: Recording | None,
    rate: int,
    predictor: str,
    busy_master: bool,
) -> None:
    recordings = dict(zip(("Voice", "Double", "Choir"), voices, strict=False))
    recordings |= {"Band": backing} if backing else {}
    session, media = _song(recordings, rate, master=BUSY_MASTER if busy_master else Master())

    refused, plan = None, None
    with _counting(monkeypatch) as counted:
        try:
            plan = engineer(session, media, NATURAL, predictor=predictor)
        except NothingToMixError as error:
            refused = error

    assert counted["compressed"] <= 150 * len(voices)
    assert counted["heard"] <= 150
    if plan is None:
        assert refused is not None
        assert any(name in refused.message for name in recordings)
        assert refused.hint
        return
    for track in plan.tracks:
        _check_settings(track)
    assert loads_plan(dumps_plan(plan)).tracks == plan.tracks
    mix = mixdown(with_plan(session, plan), media)
    assert np.isfinite(mix).all()
    assert np.abs(mix[:, : session.frames]).max() <= 10 ** (-0.98 / 20)
    if not any(one.offset or "offset" in one.sound for one in recordings.values()):
        # What an EQ rings where an offset breaks off at the end of the project is not reckoned with.
        assert measure(mix, rate, true_peak=True).true_peak_dbtp <= -0.98
    _check_noise(session, media, plan)
    for name, recording in recordings.items():
        if name != "Band" and (recording.frames or recording.seconds < 2.9):
            assert any(note.startswith(f"{name} sounds for") for note in plan.notes)


def test_what_hisses_between_the_phrases_comes_up_no_further_than_it_may_and_that_is_told() -> None:
    """Its EQ alone lifts this hiss by 9 dB against the voice; the chains' usual threshold would add 10."""
    session, media = _song(
        {"Voice": Recording(sound="phrases with hiss between", seconds=6.0), "Band": Recording()}
    )
    plan = engineer(session, media, NATURAL)
    voice = plan.tracks[0]
    dry = Signal.of(chain_input(session, media, "Voice"), session.rate)
    output = _through(voice.comp, _through(voice.eq, dry))

    assert MOST_LIFT_DB - 3.0 < Pauses.of(dry, active_mask(dry.power)).lift_db(output) <= MOST_LIFT_DB
    assert re.search(r"Raised from -\d+\.\d dB, because .* 12 dB are the most", voice.why["comp.threshold_db"])


def test_a_voice_that_is_hardly_there_does_not_take_the_whole_mix_down_and_that_is_told() -> None:
    session, media = _song({"Voice": Recording(sound="noise", level_db=-62.0, seconds=4.0), "Band": Recording()})
    plan = engineer(session, media, NATURAL)
    voice, band = plan.tracks

    assert (voice.fader_db, band.fader_db) == (12.0, -24.0)
    assert "of which no more is given" in band.why["fader_db"]
    assert any("Is it the right track?" in note for note in plan.notes)


def test_two_voices_are_made_equally_loud_without_passing_the_ends_of_their_faders() -> None:
    session, media = _song({"Voice": Recording(seconds=4.0), "Double": Recording(level_db=-50.0, seconds=4.0)})
    plan = engineer(session, media, NATURAL)

    assert plan.tracks[1].fader_db == 12.0
    assert plan.tracks[0].fader_db < -20.0


def test_a_voice_or_a_backing_of_some_milliseconds_is_told() -> None:
    short = Recording(seconds=0.004)
    for recordings, says in (
        ({"Voice": short, "Band": Recording(seconds=4.0)}, "Voice sounds for 0.1 s only"),
        ({"Voice": Recording(seconds=4.0), "Band": short}, "The backing (Band) sounds for 0.1 s only"),
    ):
        plan = engineer(*_song(recordings), NATURAL)

        assert len(plan.notes) == 1
        assert plan.notes[0].startswith(says)


def test_a_song_of_usual_length_has_nothing_to_note() -> None:
    assert engineer(*_song({"Voice": Recording(seconds=4.0), "Band": Recording(seconds=4.0)}), NATURAL).notes == ()

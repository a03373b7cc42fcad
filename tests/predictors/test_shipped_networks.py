"""The networks that come with us, on real voices that they have not seen: what a voice has already counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from predictors import cards, learned
from predictors.analysis import analyze_session
from predictors.cards import MODELS, card_path, read_card, read_index
from predictors.decide import Preset, decide
from predictors.eq_targets import tone_of
from predictors.features import FEATURE_COUNT
from predictors.targets import OCTAVES_HZ, EnoughReverb, VoiceTargets
from predictors.training.perturb import compressed, equalized, reverberated

PLAIN = Preset(name="plain", description="nothing added")
SHIPPED = tuple(path.stem for path in sorted(MODELS.glob("*.onnx")))
MOST_BYTES = 2_000_000

HELD_OUT = {
    "a song's lead": ("songs/sodium/vox_lead.ogg", 200, 240),
    "a dry voice": ("voices/vocadito_1.flac", 0, 30),
}


@pytest.fixture(scope="module", params=HELD_OUT)
def voice(request, shared) -> tuple[np.ndarray, int]:
    name, start_s, stop_s = HELD_OUT[request.param]
    samples, rate = soundfile.read(shared / "data" / name, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples[start_s * rate : stop_s * rate].T), rate


def decided(samples: np.ndarray, rate: int) -> VoiceTargets:
    return decide(analyze_session(samples, None, rate, features=True), PLAIN, predictor="learned").lead


def needs(task: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(task not in SHIPPED, reason=f"no network is shipped for {task}")


def test_the_index_says_of_every_network_whether_it_is_shipped_and_how_good_it_is():
    index = {card.task: card for card in read_index(MODELS)}

    assert tuple(sorted(task for task, card in index.items() if card.shipped)) == SHIPPED
    for card in index.values():
        assert card.data
        assert card.held_out
        assert card.shipped == all(metric.beats_all for metric in card.metrics)


@pytest.mark.parametrize("task", SHIPPED)
def test_a_network_is_small_has_its_card_and_answers(task):
    path = MODELS / f"{task}.onnx"
    network = learned.networks(cards.MODELS)[task]

    said = network.outputs({name: np.zeros((2, FEATURE_COUNT), np.float32) for name in network.card.inputs})

    assert path.stat().st_size < MOST_BYTES
    assert network.card == read_card(card_path(path))
    assert network.card in read_index(MODELS)
    assert list(said) == [output.name for output in network.card.outputs]


@needs("eq")
def test_a_brighter_voice_gets_less_treble_and_a_duller_one_more(voice):
    samples, rate = voice
    treble = [
        _over_500_hz(decided(equalized(samples, rate, _shelf(gain_db)), rate), 8000.0)
        for gain_db in (-6.0, 0.0, 6.0)
    ]

    assert treble[0] > treble[1] + 1.0
    assert treble[1] > treble[2] + 1.0


def _shelf(gain_db: float) -> ReaEq:
    shelf = Band(kind=BandKind.HIGH_SHELF, frequency_hz=3000.0, gain_db=gain_db, bandwidth_oct=1.5)
    return ReaEq(bands=(shelf,))


def _over_500_hz(targets: VoiceTargets, hz: float) -> float:
    tone = tone_of(targets.eq)
    return float(tone[OCTAVES_HZ.index(hz)] - tone[OCTAVES_HZ.index(500.0)])


@needs("wet")
def test_the_wetter_a_voice_the_less_reverb_it_gets(voice):
    samples, rate = voice
    room = ReaVerbate(room_size=0.7, dampening=0.3)
    dry, damp, wet = (
        decided(samples if lu is None else reverberated(samples, rate, room, wet_lu=lu), rate).reverb
        for lu in (None, -18.0, -6.0)
    )

    assert dry.wet_lu.value == pytest.approx(-13.5, abs=1.5)  # the song's lead is not quite dry
    assert isinstance(damp, EnoughReverb) or damp.wet_lu.value < dry.wet_lu.value - 0.5
    assert isinstance(wet, EnoughReverb)


@needs("wet")
def test_the_estimate_of_reverb_is_within_a_few_lu(voice):
    samples, rate = voice
    room = ReaVerbate(room_size=0.8, dampening=0.5)

    carried = decided(reverberated(samples, rate, room, wet_lu=-20.0), rate).reverb.carried_lu

    assert carried.value == pytest.approx(-20.0, abs=5.0)
    assert "network wet, held-out error" in carried.why


@needs("range")
def test_a_compressed_voice_is_told_from_the_same_before(voice):
    samples, rate = voice
    loudness = analyze_session(samples, None, rate).lead.loudness.integrated_lufs - 3.0
    comp = ReaComp(threshold_db=loudness - 6.0, ratio=4.0, attack_ms=3.0, release_ms=150.0, rms_ms=2.0)

    assert _range_change_db(compressed(samples, rate, comp), rate) < _range_change_db(samples, rate) - 0.3


def _range_change_db(samples: np.ndarray, rate: int) -> float:
    features = analyze_session(samples, None, rate, features=True).lead.features
    (change_db,) = learned.networks(cards.MODELS)["range"].outputs({"vocal": features}).values()
    return change_db


@pytest.mark.parametrize("song", ["hydrogen", "sodium"])
def test_no_target_for_a_real_song_is_one_that_no_engineer_sets(shared, song):
    folder = Path(shared) / "data" / "songs" / song
    stems = {}
    for name in ("vox_lead", "music"):
        samples, rate = soundfile.read(
            folder / f"{name}.ogg", dtype="float32", always_2d=True, start=44100 * 200, stop=44100 * 270
        )
        stems[name] = np.ascontiguousarray(samples.T)

    analysis = analyze_session(stems["vox_lead"], stems["music"], rate, features=True, tempo_bpm=120.0)
    lead = decide(analysis, PLAIN, predictor="learned").lead

    assert -6.0 <= lead.relative_loudness_lu.value <= 4.0
    assert np.ptp(tone_of(lead.eq)) < 9.0
    assert 1.1 <= lead.dynamics.ballistics.ratio.value <= 9.0
    assert isinstance(lead.reverb, EnoughReverb) or -24.0 < lead.reverb.wet_lu.value < -13.0

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from predictors import cards, engineers, learned
from predictors.analysis import analyze_session, analyze_track
from predictors.cards import ModelError
from predictors.decide import EqStyle, Preset, ReverbStyle, decide, needs_features
from predictors.eq_targets import tone_of
from predictors.features import CENTRES_HZ, FEATURE_COUNT, FEATURES_TAG, section_slice
from predictors.targets import OCTAVES_HZ, EnoughReverb, EqTarget
from tiny_network import always, write_network

PLAIN = Preset(name="plain", description="nothing added")
EQ_NAMES = {f"gain_{1000 * 10 ** (n / 10):.0f}": "dB" for n in range(-11, 12)}
TOLD = np.zeros((3, FEATURE_COUNT), np.float32)


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """The folder where networks are looked for, empty."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(cards, "MODELS", folder)
    return folder


@pytest.fixture
def heard(make_session, make_track):
    """A session that was analysed with features."""
    lead, backing_vocals = (
        dataclasses.replace(make_track(active_lufs=lufs), features=TOLD) for lufs in (-20.0, -30.0)
    )
    session = make_session(lead, backing_vocals=backing_vocals)
    return dataclasses.replace(session, backing=dataclasses.replace(session.backing, features=TOLD))


def all_networks(folder: Path) -> None:
    always(folder, "eq", EQ_NAMES, [2.0 * np.log2(float(name[5:]) / 1000.0) for name in EQ_NAMES])
    always(folder, "range", {"range_change_db": "dB"}, [-4.0])
    always(folder, "wet", {"wet_lu": "LU"}, [-17.0])
    always(folder, "rt60", {"rt60_s": "s"}, [1.2], error=0.2)
    always(folder, "level", {"relative_loudness_lu": "LU"}, [-2.5], inputs=("vocal", "backing"))


def test_without_networks_all_is_as_engineers_have_it_and_says_so(models, heard):
    usual, said = engineers.predict(heard), learned.predict(heard)

    for was, now in ((usual.lead, said.lead), (usual.backing_vocals, said.backing_vocals)):
        assert now.eq.gains_db == was.eq.gains_db
        assert now.dynamics.ballistics.ratio.value == was.dynamics.ballistics.ratio.value
        assert now.reverb.wet_lu.value == was.reverb.wet_lu.value
        assert now.eq.why == f"The engineers' average, since no network is shipped for EQ. {was.eq.why}"
        assert "no network is shipped for dynamics." in now.dynamics.ballistics.ratio.why
        assert "no network is shipped for reverb." in now.reverb.wet_lu.why
    assert said.lead.relative_loudness_lu.value == usual.lead.relative_loudness_lu.value
    assert "no network is shipped for level." in said.lead.relative_loudness_lu.why
    assert said.backing_eq == usual.backing_eq


def test_each_network_moves_its_aspect_and_is_named(models, heard):
    all_networks(models)

    lead = decide(heard, PLAIN, predictor="learned").lead

    assert lead.relative_loudness_lu.value == -2.5
    assert tone_of(lead.eq)[8] - tone_of(lead.eq)[4] == pytest.approx(-2.0 * 4, abs=0.1)
    assert lead.dynamics.ballistics.ratio.value < engineers.predict(heard).lead.dynamics.ballistics.ratio.value
    assert lead.reverb.wet_lu.value < engineers.predict(heard).lead.reverb.wet_lu.value
    assert "(network level, held-out error 1.7 LU)" in lead.relative_loudness_lu.why
    assert "network eq, held-out error 1.7 dB" in lead.eq.why
    assert "(network range, held-out error 1.7 dB)" in lead.dynamics.ballistics.ratio.why
    assert "17.0 LU of reverb under the voice (network wet, held-out error 1.7 LU)" in lead.reverb.wet_lu.why
    assert "decaying in 1.2 s (network rt60, held-out error 0.2 s)" in lead.reverb.wet_lu.why
    assert not any("no network" in why for why in (lead.eq.why, lead.reverb.wet_lu.why))


@pytest.mark.parametrize("task", ["eq", "range", "wet", "level"])
def test_an_aspect_alone_is_learned_where_one_network_is_there(models, heard, task):
    all_networks(models)
    for path in [*models.glob("*.onnx")]:
        if path.stem != task:
            path.unlink()

    lead = learned.predict(heard).lead

    whys = {
        "eq": lead.eq.why,
        "range": lead.dynamics.ballistics.ratio.why,
        "wet": less(lead.reverb.carried_lu) + lead.reverb.wet_lu.why,
        "level": lead.relative_loudness_lu.why,
    }
    assert {name: "no network" in why for name, why in whys.items()} == {name: name != task for name in whys}


def less(aim) -> str:
    return "" if aim is None else aim.why


def test_networks_hear_backing_vocals_as_they_are(models, heard):
    weights = np.zeros((FEATURE_COUNT, 1))
    weights[0] = 1.0
    write_network(models, "wet", {"wet_lu": "LU"}, weights, np.array([0.0]))
    features = np.array(TOLD)
    features[:, 0] = -60.0
    dry_lead = dataclasses.replace(heard, lead=dataclasses.replace(heard.lead, features=features))

    targets = decide(dry_lead, PLAIN, predictor="learned")

    assert targets.lead.reverb.wet_lu.value == pytest.approx(-13.5, abs=0.1)
    assert isinstance(targets.backing_vocals.reverb, EnoughReverb)


def test_the_presets_wish_counts_before_what_is_carried_is_taken_off(models, heard):
    always(models, "wet", {"wet_lu": "LU"}, [-13.5])
    wetter = dataclasses.replace(PLAIN, reverb=ReverbStyle(predictor="learned", wet_lu=3.0))

    assert isinstance(decide(heard, PLAIN, predictor="learned").lead.reverb, EnoughReverb)
    assert decide(heard, wetter).lead.reverb.wet_lu.value == pytest.approx(-13.5, abs=0.1)


def test_an_amount_of_reverb_is_of_what_is_left(models, heard):
    always(models, "wet", {"wet_lu": "LU"}, [-17.0])

    full, half = (decide(heard, PLAIN, predictor="learned", amount=amount).lead.reverb for amount in (100.0, 50.0))

    assert half.wet_lu.value == pytest.approx(full.wet_lu.value - 6.02, abs=0.01)
    assert decide(heard, PLAIN, predictor="learned", amount=0.0).lead.reverb is None


@pytest.mark.parametrize("value", [-1e30, -300.0, -1.0, 0.0, 1.0, 300.0, 1e30])
def test_whatever_a_network_says_the_targets_are_such_as_one_sets(models, heard, value):
    all_networks(models)
    for path in models.glob("*.onnx"):
        card = cards.read_card(path.with_suffix(".json"))
        outputs = {output.name: output.unit for output in card.outputs}
        always(models, card.task, outputs, [value] * len(outputs), inputs=card.inputs)

    lead = decide(heard, PLAIN, predictor="learned").lead

    assert np.abs(tone_of(lead.eq)).max() <= 12.0
    assert abs(lead.relative_loudness_lu.value) <= 6.0
    assert 1.0 < lead.dynamics.ballistics.ratio.value < 10.0
    assert isinstance(lead.reverb, EnoughReverb) or -24.0 < lead.reverb.wet_lu.value < -13.0


def test_a_network_that_answers_with_no_number_is_refused(models, heard):
    always(models, "wet", {"wet_lu": "LU"}, [float("nan")])

    with pytest.raises(ModelError, match=r"wet.*no number"):
        learned.predict(heard)


def test_no_level_is_asked_for_where_there_is_no_backing(models, make_session, make_track):
    all_networks(models)
    alone = make_session(dataclasses.replace(make_track(), features=TOLD), masking=None)

    assert learned.predict(alone).lead.relative_loudness_lu is None


def test_what_most_excerpts_say_counts(models, heard):
    weights = np.zeros((FEATURE_COUNT, 1))
    weights[0] = 1.0
    write_network(models, "wet", {"wet_lu": "LU"}, weights, np.array([0.0]))
    features = np.array(TOLD)
    features[:, 0] = (-60.0, 0.0, -60.0)

    lead = learned.predict(dataclasses.replace(heard, lead=dataclasses.replace(heard.lead, features=features))).lead

    assert lead.reverb.carried_lu.value == -60.0


@pytest.mark.parametrize(("silent", "learned_from"), [([0], True), ([0, 1, 2], False)])
def test_excerpts_in_which_the_backing_is_silent_do_not_count(models, heard, silent, learned_from):
    always(models, "level", {"relative_loudness_lu": "LU"}, [-2.5], inputs=("vocal", "backing"))
    features = np.array(TOLD)
    features[silent] = np.nan
    backing = dataclasses.replace(heard.backing, features=features)

    aim = learned.predict(dataclasses.replace(heard, backing=backing)).lead.relative_loudness_lu

    assert aim.value == (-2.5 if learned_from else 0.0)
    assert aim.why.startswith("Estimated to belong" if learned_from else "The backing is silent where the voice")


# Loading


def test_a_network_of_other_features_is_refused_and_both_are_named(models, heard):
    always(models, "wet", {"wet_lu": "LU"}, [-9.0], tag="mel-0-older")

    with pytest.raises(ModelError, match=f"'wet'.*'mel-0-older'.*'{FEATURES_TAG}'"):
        learned.predict(heard)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
            r"wet\.onnx is not a network",
        ),
        (lambda path: path.write_bytes(b""), r"wet\.onnx"),
        (lambda path: path.with_suffix(".json").unlink(), r"wet\.json is not the card"),
        (lambda path: path.with_suffix(".json").write_text("{}"), r"wet\.json is not the card"),
    ],
)
def test_a_network_that_cannot_be_read_is_named(models, heard, spoil, says):
    spoil(always(models, "wet", {"wet_lu": "LU"}, [-9.0]))

    with pytest.raises(ModelError, match=says):
        learned.predict(heard)


def test_a_network_that_is_not_what_its_card_says_is_refused(models, heard):
    path = always(models, "wet", {"wet_lu": "LU"}, [-9.0])
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**card, "inputs": ["vocal", "backing"]}))

    with pytest.raises(ModelError, match=rf"{FEATURE_COUNT} numbers"):
        learned.predict(heard)


def test_an_analysis_without_features_is_a_mistake_of_the_caller(models, make_session):
    all_networks(models)

    with pytest.raises(ValueError, match="with features"):
        learned.predict(make_session())


def test_asking_networks_is_repeatable_to_the_bit(models, make_session, make_track):
    rng = np.random.default_rng(1)
    write_network(models, "eq", EQ_NAMES, rng.normal(size=(FEATURE_COUNT, len(EQ_NAMES))), np.zeros(len(EQ_NAMES)))
    features = rng.normal(size=(3, FEATURE_COUNT)).astype(np.float32)
    network = learned.networks(models)["eq"]

    learned.networks.cache_clear()

    assert learned.networks(models)["eq"].outputs({"vocal": features}) == network.outputs({"vocal": features})


@pytest.mark.parametrize("predictor", ["engineers", "rules"])
def test_only_who_asks_networks_needs_features_and_onnxruntime(predictor):
    program = (
        "import sys; from predictors import decide;"
        f"assert not decide.needs_features(decide.Preset(name='p', description=''), {predictor!r});"
        "print('onnxruntime' in sys.modules)"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "False"


def test_features_are_needed_as_soon_as_one_aspect_asks_networks():
    mixed = dataclasses.replace(PLAIN, eq=EqStyle(predictor="learned"))

    assert needs_features(mixed)
    assert needs_features(PLAIN, "learned")
    assert not needs_features(mixed, "engineers")
    assert not needs_features(PLAIN)


# With real sound: a network of one layer that knows the average spectrum, and nothing else


def test_silence_gets_what_engineers_do(models):
    all_networks(models)
    silence = np.zeros((1, 44100), np.float32)
    analysis = analyze_session(silence, silence, 44100, features=True)

    assert learned.predict(analysis) == engineers.predict(analysis)


def test_the_analysis_holds_features_only_where_they_are_asked_for():
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 0.1, (1, 44100)).astype(np.float32)

    plain, told = analyze_track(noise, 44100), analyze_track(noise, 44100, features=True)
    session = analyze_session(noise, noise, 44100, backing_vocals=noise, features=True)

    assert plain.features is None
    assert told.features.shape == (1, FEATURE_COUNT)
    for track in (session.lead, session.backing, session.backing_vocals):
        np.testing.assert_array_equal(track.features, told.features)


def average_spectrum(folder: Path, samples: np.ndarray, rate: int) -> None:
    """A network that says how the median spectrum differs from that of these samples."""
    weights = np.zeros((FEATURE_COUNT, len(EQ_NAMES)))
    for place, name in enumerate(EQ_NAMES):
        band = np.argmin(np.abs(np.log(np.array(CENTRES_HZ) / float(name[5:]))))
        weights[section_slice("tone").start + band, place] = 1.0
    features = analyze_track(samples, rate, features=True).features
    write_network(folder, "eq", EQ_NAMES, weights, -np.median(features @ weights, axis=0))


@pytest.fixture
def voice(demo_song) -> np.ndarray:
    return demo_song.stems["Lead Vocal"][:, 10 * demo_song.rate : 18 * demo_song.rate]


def brighter(samples: np.ndarray, rate: int, gain_db: float) -> np.ndarray:
    """The samples with everything from 4 kHz on louder by `gain_db`."""
    lines = np.fft.rfft(samples)
    high = np.fft.rfftfreq(samples.shape[1], 1.0 / rate) > 2900.0
    return np.fft.irfft(lines * np.where(high, 10 ** (gain_db / 20), 1.0), samples.shape[1]).astype(np.float32)


def test_a_bright_voice_gets_less_treble_by_what_it_has_too_much(models, voice, demo_song):
    average_spectrum(models, voice, demo_song.rate)

    def treble_db(samples: np.ndarray) -> float:
        analysis = analyze_session(samples, None, demo_song.rate, features=True)
        eq = decide(analysis, PLAIN, predictor="learned").lead.eq
        assert isinstance(eq, EqTarget)
        return eq.gains_db[OCTAVES_HZ.index(8000.0)] - eq.gains_db[OCTAVES_HZ.index(1000.0)]

    assert treble_db(voice) == pytest.approx(0.0, abs=0.1)
    assert treble_db(brighter(voice, demo_song.rate, 3.0)) < -2.0
    assert treble_db(brighter(voice, demo_song.rate, -3.0)) > 2.0

"""The response between two recordings, the tail in it, and refinement on the plug-ins' own models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import signal

from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.refine import Excerpt, misfit, refined
from daw_bridge.matching.response import convolved, find_response
from daw_bridge.matching.tail import fit_tail
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reaverbate_sound import rt60_s
from matching.voices import RATE, lead

VERB = ReaVerbate(wet_db=-9.0, room_size=0.7, dampening=0.4, pre_delay_ms=15.0, high_cut_hz=9000.0)


def test_a_response_is_found_again_from_a_voice_with_its_early_part_apart_from_its_tail(shared):
    dry = lead(shared, "sodium", 10.0)
    wet = play(Chain(verb=VERB, fader_db=-6.0), dry, RATE)
    response = find_response(dry, wet, RATE, 1.5)
    left = wet - convolved(dry, response.samples[:, response.early :])

    assert np.vdot(left, left) < 1e-3 * np.vdot(wet, wet)
    assert np.allclose(response.samples[:, response.early], 0.5012, atol=0.01)
    assert np.abs(response.direct[:, response.early + 2 :]).max() < 0.03
    assert not response.tail[:, : round(0.02 * RATE)].any()


def test_the_tail_of_reaverbate_is_known_by_its_echoes(shared):
    dry = lead(shared, "sodium", 10.0)
    response = find_response(dry, play(Chain(verb=VERB), dry, RATE), RATE, 1.5)
    fitted = fit_tail(response.tail, dry, RATE, seed=0)

    assert fitted is not None
    assert fitted.same_echoes
    assert fitted.verb.pre_delay_ms == pytest.approx(15.0, abs=0.1)
    assert rt60_s(fitted.verb.room_size, fitted.verb.dampening, RATE) == pytest.approx(
        rt60_s(0.7, 0.4, RATE), rel=0.1
    )


def test_noise_that_decays_is_a_reverb_whose_echoes_are_others_and_as_loud(shared):
    dry = lead(shared, "sodium", 10.0)
    times = np.arange(round(1.5 * RATE)) / RATE
    noise = np.random.default_rng(1).standard_normal((2, times.size)) * np.exp(-6.9 * times / 0.9)
    noise[:, : round(0.03 * RATE)] = 0.0
    noise = signal.sosfilt(signal.butter(2, 1200.0, fs=RATE, output="sos"), noise)  # as a dark room is
    room = (0.2 * noise / np.sqrt(np.square(noise).sum(axis=1, keepdims=True))).astype(np.float32)
    tail = find_response(dry, dry + convolved(dry, room), RATE, 1.5).tail
    fitted = fit_tail(tail, dry, RATE, seed=0)
    assert fitted is not None
    ours = play(Chain(verb=dataclasses.replace(fitted.verb, dry_db=-150.0)), dry, RATE)
    wanted = convolved(dry, room)

    assert not fitted.same_echoes
    assert rt60_s(fitted.verb.room_size, fitted.verb.dampening, RATE) == pytest.approx(0.9, rel=0.15)
    assert 10.0 * np.log10(np.vdot(ours, ours) / np.vdot(wanted, wanted)) == pytest.approx(0.0, abs=1.0)


def test_no_tail_is_no_reverb(shared):
    dry = lead(shared, "sodium", 10.0)
    response = find_response(dry, 0.5 * dry, RATE, 1.0)

    assert fit_tail(response.tail, dry, RATE, seed=0) is None


def test_values_are_refined_to_those_that_made_the_sound_and_more_bands_than_one_move(shared):
    dry = lead(shared, "rubidium", 6.0)
    true = Chain(
        eq=ReaEq(
            bands=(
                Band(frequency_hz=400.0, gain_db=-5.0, bandwidth_oct=1.5),
                Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0, gain_db=4.0, bandwidth_oct=1.5),
            )
        ),
        comp=ReaComp(threshold_db=-32.0, ratio=3.0, attack_ms=5.0, release_ms=120.0),
        fader_db=2.0,
    )
    begun = Chain(
        eq=ReaEq(
            bands=(
                Band(frequency_hz=330.0, gain_db=-3.0, bandwidth_oct=2.0),
                Band(kind=BandKind.HIGH_SHELF, frequency_hz=6500.0, gain_db=2.0, bandwidth_oct=1.2),
            )
        ),
        comp=ReaComp(threshold_db=-29.0, ratio=2.2, attack_ms=9.0, release_ms=200.0),
    )
    excerpt = Excerpt(dry, play(true, dry, RATE), RATE, RATE // 2)
    found = refined(begun, excerpt, steps=12)

    assert misfit(found, excerpt) < 1e-4 < misfit(begun, excerpt)
    assert found.fader_db == pytest.approx(2.0, abs=0.1)
    assert found.comp is not None
    assert found.comp.attack_ms == pytest.approx(5.0, rel=0.05)
    assert found.comp.release_ms == pytest.approx(120.0, rel=0.05)
    assert found.eq is not None
    assert [band.gain_db for band in found.eq.bands] == pytest.approx([-5.0, 4.0], abs=0.1)


def test_a_silent_side_has_no_response():
    source = np.random.default_rng(1).standard_normal((1, RATE)).astype(np.float32)
    response = find_response(source, np.concatenate([source, 0.0 * source]), RATE, 0.1)

    assert np.abs(response.samples[0]).max() == pytest.approx(1.0, abs=0.05)
    assert not response.samples[1].any()

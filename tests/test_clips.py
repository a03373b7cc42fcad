"""What a clip sounds like on the time line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.audio import Audio, Samples
from daw_bridge.clips import clip_channels, clips_block, fade_curve, place
from daw_bridge.media import Media
from daw_bridge.session import Clip, Fade, Source

RATE = 1000
SOURCE = Source(path=Path("ramp"))


def media_with(samples: Samples, rate: int = RATE) -> Media:
    media = Media()
    media.add(SOURCE.path, Audio(np.asarray(np.atleast_2d(samples), np.float32), rate))
    return media


def ramp(frames: int = RATE, channels: int = 1) -> Samples:
    """Frame n holds n + 1, or its negative on the right."""
    one = np.arange(1.0, frames + 1.0, dtype=np.float32)
    return np.stack([one, -one])[:channels]


def played(clip: Clip, media: Media, start: int, stop: int) -> Samples:
    return clips_block([place(clip, RATE)], media, start, stop, clip_channels(clip, media))


def test_a_clip_sounds_from_its_position_for_its_length() -> None:
    clip = Clip(source=SOURCE, position_s=0.1, length_s=0.2)

    out = played(clip, media_with(ramp()), 0, 400)[0]

    np.testing.assert_array_equal(out, np.concatenate([np.zeros(100), ramp()[0, :200], np.zeros(100)]))


def test_a_clip_that_fills_the_block_is_a_view() -> None:
    samples = ramp(channels=2)

    out = played(Clip(source=SOURCE, length_s=1.0), media_with(samples), 100, 900)

    assert np.shares_memory(out, samples)


def test_positions_are_rounded_to_the_nearest_sample_and_neighbours_neither_overlap_nor_gap() -> None:
    media = media_with(np.ones(RATE))
    clips = [Clip(source=SOURCE, position_s=n / 7, length_s=1 / 7) for n in range(7)]

    out = clips_block([place(clip, RATE) for clip in clips], media, 0, RATE, 1)

    np.testing.assert_array_equal(out, np.ones((1, RATE)))


def test_an_offset_counts_in_the_sources_own_seconds() -> None:
    media = media_with(np.sin(2 * np.pi * 10 * np.arange(4 * RATE) / RATE))
    clip = Clip(source=SOURCE, offset_s=0.5, length_s=0.5, play_rate=2.0)

    out = played(clip, media, 0, 500)[0]

    expected = np.sin(2 * np.pi * 20 * (np.arange(500) / RATE + 0.25))
    assert np.abs(out - expected)[50:-50].max() < 1e-3


def test_a_negative_offset_starts_with_silence() -> None:
    out = played(Clip(source=SOURCE, offset_s=-0.1, length_s=0.2), media_with(ramp()), 0, 200)[0]

    np.testing.assert_array_equal(out, np.concatenate([np.zeros(100), ramp()[0, :100]]))


def test_beyond_its_source_a_clip_is_silent_unless_it_loops() -> None:
    media = media_with(ramp(300))
    clip = Clip(source=SOURCE, length_s=0.7, offset_s=0.1)

    once = played(clip, media, 0, 700)[0]
    looped = played(dataclasses.replace(clip, loop=True), media, 0, 700)[0]

    np.testing.assert_array_equal(once, np.concatenate([ramp()[0, 100:300], np.zeros(500)]))
    np.testing.assert_array_equal(looped, np.tile(ramp(300)[0], 3)[100:800])


def test_a_loop_repeats_the_reversed_section() -> None:
    source = dataclasses.replace(SOURCE, section_start_s=0.1, section_length_s=0.05, reverse=True)

    out = played(Clip(source=source, length_s=0.2, loop=True), media_with(ramp()), 0, 200)[0]

    np.testing.assert_array_equal(out, np.tile(ramp()[0, 100:150][::-1], 4))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0, [[3, 5], [1, 1]]),
        (1, [[1, 1], [3, 5]]),
        (2, [[2, 3]]),
        (3, [[3, 5]]),
        (4, [[1, 1]]),
        (67, [[3, 5], [1, 1]]),
    ],
)
def test_channel_modes_choose_what_is_heard(mode: int, expected: list[list[float]]) -> None:
    clip = Clip(source=SOURCE, length_s=0.002, channel_mode=mode)

    out = played(clip, media_with(np.array([[3, 5], [1, 1]])), 0, 2)

    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("mode", range(6))
def test_every_channel_mode_leaves_one_channel_as_it_is(mode: int) -> None:
    out = played(Clip(source=SOURCE, length_s=0.5, channel_mode=mode), media_with(ramp()), 0, 500)

    np.testing.assert_array_equal(out, ramp()[:, :500])


def test_gain_phase_and_pan_of_an_item() -> None:
    clip = Clip(source=SOURCE, length_s=0.5, gain_db=-6.0, inverted=True, pan=0.25)

    out = played(clip, media_with(ramp()), 0, 500)

    gain = 10 ** (-6 / 20)
    np.testing.assert_allclose(out, [-0.75 * gain * ramp()[0, :500], -gain * ramp()[0, :500]], rtol=1e-6)


def reaper_shape(shape: int, x: float) -> float:
    """As verified sample by sample on REAPER 7.82 (github mumu-lhl/AAADAW, verify-item-fades.py)."""
    return (
        x,
        x * (2 - x),
        x * x,
        1 - (1 - x) ** 4,
        x**4,
        x * x * (3 - 2 * x),
        8 * x**4 if x < 0.5 else 1 - 8 * (1 - x) ** 4,
    )[shape]


@pytest.mark.parametrize("shape", range(7))
def test_fades_follow_reapers_renders_sample_by_sample(shape: int) -> None:
    fade = Fade(length_s=0.25, shape=shape)
    clip = Clip(source=SOURCE, length_s=1.0, fade_in=fade, fade_out=fade)

    out = played(clip, media_with(np.ones(RATE)), 0, RATE)[0]

    rising = [reaper_shape(shape, n / 250) for n in range(250)]
    falling = [reaper_shape(shape, (RATE - n) / 250) for n in range(751, RATE)]
    np.testing.assert_allclose(out, [*rising, *([1.0] * 501), *falling], atol=1e-6)


@pytest.mark.parametrize(
    ("fade_in", "fade_out", "played_in", "played_out"),
    [
        (0.75, 0.75, 0.75, 0.25),
        (0.5, 0.75, 0.5, 0.5),
        (1.0, 1.0, 1.0, 0.0),
        (2.0, 0.0, 1.0, 0.0),
        (0.0, 2.0, 0.0, 1.0),
    ],
)
def test_fades_that_overlap_are_shortened_as_in_reaper(
    fade_in: float, fade_out: float, played_in: float, played_out: float
) -> None:
    def sound(rising: float, falling: float) -> Samples:
        clip = Clip(source=SOURCE, length_s=1.0, fade_in=Fade(length_s=rising), fade_out=Fade(length_s=falling))
        return played(clip, media_with(np.ones(RATE)), 0, RATE)

    np.testing.assert_array_equal(sound(fade_in, fade_out), sound(played_in, played_out))


@pytest.mark.parametrize(("curvature", "shape"), [(0.5, 1), (-0.5, 2), (1.0, 3), (-1.0, 4)])
def test_a_straight_fade_is_bent_into_the_named_shapes(curvature: float, shape: int) -> None:
    x = np.linspace(0.0, 1.0, 101)

    bent = fade_curve(Fade(curvature=curvature), x)

    np.testing.assert_allclose(bent, fade_curve(Fade(shape=shape), x), atol=1e-12)


@given(shape=st.integers(0, 6), curvature=st.floats(-1.0, 1.0))
def test_every_fade_rises_from_silence_to_unity(shape: int, curvature: float) -> None:
    curve = fade_curve(Fade(shape=shape, curvature=curvature), np.linspace(0.0, 1.0, 200))

    assert curve[0] == pytest.approx(0.0, abs=1e-12)
    assert curve[-1] == pytest.approx(1.0)
    assert (np.diff(curve) >= -1e-12).all()


clips = st.builds(
    Clip,
    source=st.builds(
        Source,
        path=st.just(SOURCE.path),
        section_start_s=st.sampled_from([0.0, 0.1]),
        section_length_s=st.sampled_from([None, 0.3]),
        reverse=st.booleans(),
    ),
    position_s=st.floats(0.0, 0.5),
    length_s=st.floats(0.001, 1.0),
    offset_s=st.floats(-0.2, 0.6),
    play_rate=st.sampled_from([1.0, 0.7]),
    pan=st.sampled_from([0.0, -0.3]),
    loop=st.booleans(),
    channel_mode=st.integers(0, 4),
    fade_in=st.builds(Fade, length_s=st.floats(0.0, 0.5), shape=st.integers(0, 6)),
    fade_out=st.builds(Fade, length_s=st.floats(0.0, 0.5), shape=st.integers(0, 6)),
)


@settings(max_examples=60, deadline=None)
@given(track=st.lists(clips, min_size=1, max_size=3), block=st.integers(1, 700))
def test_the_size_of_blocks_does_not_matter(track: list[Clip], block: int) -> None:
    media = media_with(ramp(channels=2))
    placed = [place(clip, RATE) for clip in track]

    whole = clips_block(placed, media, 0, 1600, 2)
    pieces = [clips_block(placed, media, at, min(at + block, 1600), 2) for at in range(0, 1600, block)]

    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)


def test_what_is_kept_is_never_changed() -> None:
    samples = ramp(channels=2)
    fade = Fade(length_s=0.2)
    clip = Clip(source=SOURCE, length_s=1.0, fade_in=fade, fade_out=fade, gain_db=3.0, pan=0.5)

    played(clip, media_with(samples), 0, RATE)

    np.testing.assert_array_equal(samples, ramp(channels=2))

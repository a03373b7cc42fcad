"""The demo song: is it what its score says, and does it behave like recordings of people?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, sosfilt

from daw_bridge.demo import DemoSong, make_song
from daw_bridge.demo.dsp import Array, hertz, smooth
from daw_bridge.demo.phones import CONSONANTS, DIPHTHONGS, VOWELS
from daw_bridge.demo.score import BEAT_S, CHORDS, LINES, Phrase, Syllable, harmony, write_score

STEMS = ["Lead Vocal", "Backing Vocals", "Drums", "Bass", "Chords"]


def test_the_same_seed_gives_the_same_song_and_another_seed_another_one() -> None:
    once = make_song(seconds=6.0, seed=3)
    again = make_song(seconds=6.0, seed=3)
    other = make_song(seconds=6.0, seed=4)

    for name in STEMS:
        assert np.array_equal(once.stems[name], again.stems[name])
    assert not np.array_equal(once.stems["Lead Vocal"], other.stems["Lead Vocal"])


def test_stems_are_finite_float32_of_one_length_with_the_vocal_mono(demo_song: DemoSong) -> None:
    frames = 36 * demo_song.rate

    shapes = {name: stem.shape for name, stem in demo_song.stems.items()}

    assert list(shapes) == STEMS
    assert shapes == {name: (1 if name in {"Lead Vocal", "Bass"} else 2, frames) for name in STEMS}
    assert all(stem.dtype == np.float32 and np.isfinite(stem).all() for stem in demo_song.stems.values())


@pytest.mark.parametrize(("rate", "seconds"), [(48000, 6.5), (32000, 9.0), (96000, 5.2)])
def test_rate_and_length_are_as_asked(rate: int, seconds: float) -> None:
    song = make_song(rate=rate, seconds=seconds)

    assert song.rate == rate
    assert {stem.shape[1] for stem in song.stems.values()} == {round(rate * seconds)}
    assert np.abs(song.stems["Lead Vocal"][:, -2:]).max() < 1e-4  # faded out, not cut


def test_a_long_song_goes_through_verse_and_chorus_again() -> None:
    short, long = write_score(36.0), write_score(67.0)

    assert len(short.phrases) == len(LINES)
    assert len(long.phrases) == 2 * len(LINES)
    assert len(long.bars) * 4 * BEAT_S <= 67.0


def test_the_sum_does_not_clip_and_the_lead_is_several_db_under_the_band(demo_song: DemoSong) -> None:
    stems = demo_song.stems
    everything = np.add.reduce(np.broadcast_arrays(*stems.values()))
    band = sum(stems[name] for name in ("Drums", "Bass", "Chords"))
    sung = np.repeat(_block_rms_db(stems["Lead Vocal"][0], demo_song.rate) > -50.0, demo_song.rate // 10)

    lead_db = _rms_db(stems["Lead Vocal"][0][sung])
    band_db = _rms_db(np.asarray(band)[:, sung])

    assert -8.0 < 20.0 * np.log10(np.abs(everything).max()) < -1.0
    assert -9.0 < lead_db - band_db < -3.0


def test_the_lead_sings_the_melody_in_tune(demo_song: DemoSong) -> None:
    long_notes = [(s, start) for s, start in _notes(demo_song.score.phrases) if s.beats >= 1.0]

    cents = [_mean_cents(demo_song, syllable, start) for syllable, start in long_notes]

    assert len(cents) > 15
    assert np.abs(cents).max() < 40.0
    assert abs(np.mean(cents)) < 10.0


def test_the_words_have_a_phone_for_every_sound() -> None:
    known = CONSONANTS.keys() | VOWELS.keys() | DIPHTHONGS.keys()

    sung = {phone for syllable, _ in _notes(LINES) for phone in syllable.phones.split()}

    assert sung <= known


@pytest.mark.parametrize("above", [True, False])
def test_the_harmony_is_made_of_notes_of_the_chords_and_never_meets_the_lead(above: bool) -> None:
    score = write_score(36.0)
    chorus = score.phrases[2:]

    voices = harmony(score, above=above)

    for (lead, start), (second, _) in zip(_notes(chorus), _notes(voices), strict=True):
        chord = next(b.chord for i, b in enumerate(score.bars) if i * 4 <= start / BEAT_S < (i + 1) * 4)
        assert second.pitch % 12 in CHORDS[chord]
        assert (second.pitch - lead.pitch >= 3) if above else (second.pitch - lead.pitch <= -3)


def test_long_notes_have_a_vibrato_of_a_singer(demo_song: DemoSong) -> None:
    last_note, start_s = list(_notes(demo_song.score.phrases))[-1]
    times_s = np.arange(start_s + 0.5, start_s + last_note.beats * BEAT_S - 0.2, 0.01)

    cents = np.array([_cents(demo_song, last_note.pitch, time) for time in times_s])
    moving = cents - smooth(cents, 60)
    spectrum = np.abs(np.fft.rfft(moving * np.hanning(moving.size), 4096))
    rate_hz = np.fft.rfftfreq(4096, 0.01)[spectrum.argmax()]
    depth_cents = np.sqrt(2.0) * moving[20:-20].std()

    assert 4.8 < rate_hz < 6.2
    assert 25.0 < depth_cents < 55.0


def test_vowels_have_their_formants(demo_song: DemoSong) -> None:
    """Where partials are strongest: in the open vowel of "parts" around 720 Hz, in that of "through" far below."""
    by_word = {s.phones: start for s, start in _notes(demo_song.score.phrases)}

    open_db = _bands_db(demo_song, by_word["P AA R T S"] + 0.15)
    closed_db = _bands_db(demo_song, by_word["TH R UW"] + 0.5)

    assert open_db["550-1300"] - open_db["200-450"] > 3.0
    assert closed_db["200-450"] - closed_db["550-1300"] > 3.0


def test_sibilants_and_plosives_are_bursts_of_high_frequencies(demo_song: DemoSong) -> None:
    rate = demo_song.rate
    treble = sosfilt(butter(4, 5000.0, "highpass", fs=rate, output="sos"), demo_song.stems["Lead Vocal"][0])
    level_db = 10.0 * np.log10(smooth(treble**2, round(0.005 * rate)) + 1e-12)

    for syllable, start_s in _notes(demo_song.score.phrases):
        onset = syllable.phones.split()[0]
        if onset in {"S", "T"}:
            consonant = level_db[round((start_s - 0.16) * rate) : round(start_s * rate)]
            vowel = level_db[round((start_s + 0.1) * rate) : round((start_s + 0.2) * rate)]
            assert consonant.max() > vowel.max() + 6.0, syllable


def test_between_phrases_there_is_a_breath_and_the_noise_of_a_room(demo_song: DemoSong) -> None:
    lead = demo_song.stems["Lead Vocal"][0]
    rate = demo_song.rate
    first = demo_song.score.phrases[0].beat * BEAT_S

    floor_db = _rms_db(lead[: round((first - 1.0) * rate)])
    breath_db = _rms_db(lead[round((first - 0.4) * rate) : round((first - 0.2) * rate)])

    assert -70.0 < floor_db < -60.0
    assert floor_db + 4.0 < breath_db < floor_db + 25.0


def test_the_lead_has_the_dynamics_that_a_compressor_is_for(demo_song: DemoSong) -> None:
    levels_db = _block_rms_db(demo_song.stems["Lead Vocal"][0], demo_song.rate)
    active = levels_db[levels_db > levels_db.max() - 25.0]

    range_db = np.percentile(active, 95) - np.percentile(active, 10)

    assert 12.0 < range_db < 20.0


def test_the_drums_keep_the_tempo(demo_song: DemoSong) -> None:
    """The onsets repeat after a beat of the tempo that the song says it has."""
    step = round(0.005 * demo_song.rate)
    drums = np.abs(demo_song.stems["Drums"]).max(axis=0)
    envelope = np.log(np.maximum.reduceat(drums, np.arange(0, drums.size, step)) + 1e-4)
    onsets = np.maximum(np.diff(envelope), 0.0)

    likeness = np.correlate(onsets, onsets, mode="full")[onsets.size - 1 :]
    lags = np.arange(likeness.size) * step / demo_song.rate
    around = (lags > 0.4) & (lags < 0.9)
    peaks, _ = find_peaks(np.where(around, likeness, 0.0))
    beat_s = lags[peaks[np.argmax(likeness[peaks])]]

    assert 60.0 / beat_s == pytest.approx(demo_song.tempo_bpm, rel=0.01)


def test_drums_and_chords_are_wide_and_the_bass_is_low(demo_song: DemoSong) -> None:
    for name in ("Drums", "Chords", "Backing Vocals"):
        left, right = demo_song.stems[name]
        assert 0.2 < np.corrcoef(left, right)[0, 1] < 0.98

    spectrum = np.abs(np.fft.rfft(demo_song.stems["Bass"][0])) ** 2
    hz = np.fft.rfftfreq(demo_song.stems["Bass"].shape[1], 1.0 / demo_song.rate)
    assert spectrum[hz < 300.0].sum() > 0.9 * spectrum.sum()


def _notes(phrases: tuple[Phrase, ...]) -> Iterator[tuple[Syllable, float]]:
    """Each syllable with the second at which its vowel begins."""
    for phrase in phrases:
        yield from zip(phrase.syllables, (beat * BEAT_S for beat in phrase.starts), strict=True)


def _mean_cents(song: DemoSong, syllable: Syllable, start_s: float) -> float:
    """How far off the pitch is, over the middle of a note, which evens out the vibrato."""
    length_s = syllable.beats * BEAT_S
    times_s = np.arange(start_s + 0.25 * length_s, start_s + 0.7 * length_s, 0.01)
    return float(np.median([_cents(song, syllable.pitch, time) for time in times_s]))


def _cents(song: DemoSong, pitch: int, time_s: float) -> float:
    """Distance of the lead's pitch from `pitch`, by autocorrelation within a fifth on both sides."""
    rate, half = song.rate, 1024
    centre = round(time_s * rate)
    window = np.hanning(2 * half)
    piece = song.stems["Lead Vocal"][0, centre - half : centre + half].astype(float) * window
    likeness = np.fft.irfft(np.abs(np.fft.rfft(piece, 8 * half)) ** 2)
    likeness /= np.maximum(np.fft.irfft(np.abs(np.fft.rfft(window, 8 * half)) ** 2), 1.0)
    target = rate / float(hertz(pitch))
    lags = np.arange(int(target / 1.45), int(target * 1.45))
    best = lags[np.argmax(likeness[lags])]
    left, middle, right = likeness[best - 1 : best + 2]
    period = best + 0.5 * (left - right) / (left - 2.0 * middle + right)
    return float(1200.0 * np.log2(target / period))


def _bands_db(song: DemoSong, time_s: float) -> dict[str, float]:
    start = round(time_s * song.rate)
    piece = song.stems["Lead Vocal"][0, start : start + 4096] * np.hanning(4096)
    power = np.abs(np.fft.rfft(piece)) ** 2
    hz = np.fft.rfftfreq(4096, 1.0 / song.rate)
    bands = {"200-450": (200.0, 450.0), "550-1300": (550.0, 1300.0)}
    return {
        name: float(10.0 * np.log10(power[(hz > low) & (hz < high)].sum())) for name, (low, high) in bands.items()
    }


def _rms_db(signal: Array | np.typing.NDArray[np.float32]) -> float:
    return float(10.0 * np.log10(np.mean(np.square(signal, dtype=float)) + 1e-12))


def _block_rms_db(signal: np.typing.NDArray[np.float32], rate: int) -> Array:
    """Levels of blocks of 100 ms."""
    blocks = signal.reshape(-1, rate // 10).astype(float)
    return np.asarray(10.0 * np.log10((blocks**2).mean(axis=1) + 1e-12))

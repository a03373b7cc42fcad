"""The sounds of the band, one note or stroke each."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, lfilter, oaconvolve, sosfilt

from daw_bridge.demo.dsp import Array, hertz, smooth


def drum(name: str, rate: int, rng: np.random.Generator) -> Array:
    """A stroke on "kick", "snare", "high tom", "low tom", "hat", "open hat" or "crash"."""
    t = _seconds(2.5 if name == "crash" else 1.0, rate)
    noise = rng.standard_normal(t.size)
    match name:
        case "kick":
            click = _band(noise, 2000.0, 6000.0, rate) * np.exp(-t / 0.004)
            return np.tanh(1.8 * _falling_tone(t, 55.0, 130.0, 0.03) * np.exp(-t / 0.12)) + 0.3 * click
        case "snare":
            shell = _falling_tone(t, 185.0, 60.0, 0.01) + 0.5 * _falling_tone(t, 331.0, 80.0, 0.01)
            wires = _band(noise, 600.0, 8000.0, rate) * (np.exp(-t / 0.012) + 0.45 * np.exp(-t / 0.09))
            return 0.6 * shell * np.exp(-t / 0.06) + 0.55 * wires
        case "high tom" | "low tom":
            hz = 160.0 if name == "high tom" else 105.0
            return 0.9 * _falling_tone(t, hz, 0.5 * hz, 0.04) * np.exp(-t / 0.14)
        case _:
            ring_s = {"hat": 0.03, "open hat": 0.15, "crash": 0.45}[name]
            low_hz = 3500.0 if name == "crash" else 6500.0
            return 0.2 * _band(_metal(t) + noise, low_hz, 15000.0, rate) * np.exp(-t / ring_s)


def room(dry: Array, rate: int, rng: np.random.Generator) -> Array:
    """The same in a small live room, without the direct sound: RT60 0.4 s, different on both sides, a bit dull."""
    t = _seconds(0.45, rate)
    tail = rng.standard_normal((2, t.size)) * 10.0 ** (-3.0 * t / 0.4)
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    tail = sosfilt(butter(1, 5000.0, fs=rate, output="sos"), np.pad(tail, ((0, 0), (round(0.008 * rate), 0))))
    mono = np.broadcast_to(dry.mean(axis=0), dry.shape)
    return np.asarray(oaconvolve(mono, tail, axes=1)[:, : dry.shape[1]])


def bass_note(pitch: int, length_s: float, rate: int) -> Array:
    """A string plucked at 17 % of its length, into a slightly overdriven amplifier."""
    t = _seconds(length_s, rate)
    hz = float(hertz(pitch))
    sound = np.zeros(t.size)
    for k in range(1, 25):
        swing = np.sin(0.17 * np.pi * k) / k * np.exp(-t * (0.9 + 0.4 * k))
        sound += swing * np.sin(2.0 * np.pi * k * hz * t * np.sqrt(1.0 + 1e-4 * k * k))
    return np.tanh(1.5 * sound) * _ends(t, 0.004, 0.05)


def piano_note(pitch: int, length_s: float, rate: int) -> Array:
    """An electric piano by frequency modulation: a warm tone, and a short bell at its fourteenth harmonic."""
    t = _seconds(length_s + 0.15, rate)
    hz = float(hertz(pitch))
    angle = 2.0 * np.pi * hz * t
    body = np.sin(angle + 1.8 * np.exp(-t / 0.6) * np.sin(angle)) * np.exp(-t / 1.6)
    bell = np.sin(14.0 * angle) * np.exp(-t / 0.06) if 14.0 * hz < 0.45 * rate else 0.0
    return (body + 0.2 * bell) * _ends(t, 0.003, 0.15)


def guitar_note(pitch: int, length_s: float, rate: int, rng: np.random.Generator) -> Array:
    """A plucked steel string (Karplus and Strong 1983), with three resonances of a guitar's body."""
    t = _seconds(length_s, rate)
    period = rate / float(hertz(pitch)) - 0.5
    whole = int(period)
    loop = np.zeros(whole + 3)
    loop[0] = 1.0
    loop[whole:] = -0.996 * np.convolve((0.5, 0.5), (1.0 - (period - whole), period - whole))
    pluck = np.zeros(t.size)
    pluck[:whole] = smooth(rng.uniform(-1.0, 1.0, whole), round(rate / 6000.0))
    string = lfilter([1.0], loop, pluck)
    body = sum(_band(string, hz / 1.1, hz * 1.1, rate) for hz in (110.0, 220.0, 420.0))
    return np.asarray(string / np.sqrt(np.mean(string**2)) + 0.3 * body) * _ends(t, 0.001, 0.03)


def _seconds(length_s: float, rate: int) -> Array:
    return np.asarray(np.arange(round(length_s * rate)) / rate)


def _ends(t: Array, attack_s: float, release_s: float) -> Array:
    """A fade in and a fade out."""
    return np.asarray(np.minimum(np.clip(t / attack_s, 0.0, 1.0), np.clip((t[-1] - t) / release_s, 0.0, 1.0)))


def _falling_tone(t: Array, hz: float, above_hz: float, fall_s: float) -> Array:
    """A sine that falls from `hz + above_hz` to `hz`."""
    cycles = hz * t + above_hz * fall_s * (1.0 - np.exp(-t / fall_s))
    return np.asarray(np.sin(2.0 * np.pi * cycles))


def _metal(t: Array) -> Array:
    """Six square waves out of tune with each other, as in the cymbals of early drum machines."""
    angles = 2.0 * np.pi * np.outer((411.0, 609.0, 737.0, 1045.0, 1081.0, 1600.0), t)
    return np.asarray(np.sign(np.sin(angles)).sum(axis=0))


def _band(signal: Array, low_hz: float, high_hz: float, rate: int) -> Array:
    """A band of the signal, at unit RMS."""
    band = sosfilt(butter(2, (low_hz, min(high_hz, 0.45 * rate)), "bandpass", fs=rate, output="sos"), signal)
    return np.asarray(band / np.sqrt(np.mean(band**2)))

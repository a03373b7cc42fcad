"""Draws the README's picture from the demo song. Needs matplotlib: `python tests/pictures/draw.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from daw_bridge.demo.job import make_demo
from daw_bridge.plan import without_ours
from daw_bridge.plugins.reacomp_sound import gain_db
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.rendering import chain_input, mixdown
from daw_bridge.session import Role
from predictors.analysis import analyze_track
from predictors.loudness import lufs, measure
from predictors.spectrum import THIRD_OCTAVES_HZ

VOCAL, BACKING, DRY = "#c2410c", "#475569", "#9ca3af"
HERE = Path(__file__).parent


def short_term_lufs(samples: np.ndarray, rate: int) -> np.ndarray:
    """The loudness of the 3 s around each 100 ms block."""
    power = measure(samples, rate, dual_mono=True).block_power
    return lufs(np.maximum(np.convolve(power, np.ones(30) / 30, "same"), 1e-7))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        draw(make_demo(Path(folder) / "demo", preset="natural").mix)


def draw(made) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(11, 6.4), dpi=110, layout="constrained")
    for axis in axes.flat:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    lead, rate = made.plan.tracks[0], made.session.rate
    dry = chain_input(without_ours(made.before, {}), made.media, lead.guid)
    draw_level(axes[0, 0], made)
    draw_tone(axes[0, 1], dry, rate, lead.eq)
    draw_compressor(axes[1, 0], dry, rate, lead.comp)
    draw_room(axes[1, 1], rate, lead)
    before, now = (round(made.plan.results[f"relative_loudness_{when}lu"], 1) + 0.0 for when in ("before_", ""))
    figure.suptitle(f"Vocal against backing: {before:+.1f} LU before, {now:+.1f} LU after", fontsize=12)
    figure.savefig(HERE / "mix.png")


def draw_level(axis, made) -> None:
    for role, color, name in ((Role.BACKING, BACKING, "backing"), (Role.LEAD_VOCAL, VOCAL, "vocal")):
        guids = {track.guid for track in made.session.with_role(role)}
        for session, style, when in ((made.before, ":", "before"), (made.session, "-", "after")):
            heard = short_term_lufs(mixdown(session, made.media, only=guids), session.rate)
            width = 0.9 if style == ":" else 2.0
            axis.plot(np.arange(heard.size) / 10, heard, color=color, lw=width, ls=style, label=f"{name} {when}")
    axis.set(xlabel="time, s", ylabel="short-term loudness, LUFS", ylim=(-45, -10), title="The vocal in the mix")
    axis.legend(fontsize=8, loc="lower right", ncols=2)


def draw_tone(axis, dry, rate, eq) -> None:
    frequencies, centres = np.geomspace(30, 18000, 400), np.array(THIRD_OCTAVES_HZ)
    spectrum = analyze_track(dry, rate).spectrum_db
    equalized = spectrum + response_db(eq, centres, rate)
    axis.semilogx(centres, spectrum - spectrum.max(), color=DRY, lw=1.2, ls=":", label="vocal before")
    axis.semilogx(centres, equalized - equalized.max(), color=DRY, lw=2, label="vocal after ReaEQ")
    axis.semilogx(frequencies, response_db(eq, frequencies, rate), color=VOCAL, lw=2, label="ReaEQ")
    handles = np.array([band.frequency_hz for band in eq.bands])
    axis.plot(handles, response_db(eq, handles, rate), "o", color=VOCAL, ms=6)
    axis.set(xlabel="frequency, Hz", ylabel="dB", ylim=(-42, 8), xlim=(30, 18000), title="ReaEQ")
    axis.legend(fontsize=8, loc="lower center")


def draw_compressor(axis, dry, rate, comp) -> None:
    levels = np.linspace(-60, 0, 300)
    axis.plot(levels, levels, color=DRY, lw=1, ls=":")
    axis.plot(levels, levels + gain_db(levels, comp), color=VOCAL, lw=2)
    axis.axvline(comp.threshold_db, color=BACKING, lw=0.8, ls="--")
    shown = f"{comp.threshold_db:.1f} dB, {comp.ratio:.1f}:1"
    axis.annotate(shown, (comp.threshold_db + 1, -57), fontsize=8, color=BACKING)
    histogram = axis.twinx()
    blocks = lufs(np.maximum(measure(dry, rate).block_power, 1e-7))
    histogram.hist(blocks, bins=np.arange(-60, 1, 2), color=BACKING, alpha=0.25)
    histogram.set(yticks=[])
    histogram.spines[["top", "right"]].set_visible(False)
    axis.set(xlabel="level in, dB", ylabel="level out, dB", title="ReaComp, and how often the voice is how loud")


def draw_room(axis, rate, lead) -> None:
    response = np.asarray(impulse_response(lead.verb, rate), dtype=np.float64)
    energy = response.reshape(-1, response.shape[-1])[0] ** 2
    decay = 10 * np.log10(np.maximum(np.cumsum(energy[::-1])[::-1] / energy.sum(), 1e-8))
    axis.plot(np.arange(decay.size) / rate, decay, color=VOCAL, lw=2)
    axis.axvline(lead.results["rt60_s"], color=BACKING, lw=0.8, ls="--")
    shown = f"RT60 {lead.results['rt60_s']:.2f} s\nwet {-lead.results['wet_lu']:.1f} LU under dry"
    axis.annotate(shown, (lead.results["rt60_s"] + 0.05, -12), fontsize=8, color=BACKING)
    axis.set(xlabel="time, s", ylabel="energy decay, dB", ylim=(-70, 2), xlim=(0, 3.2), title="ReaVerbate")


if __name__ == "__main__":
    main()

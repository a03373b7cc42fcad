"""The player: four excerpts at one loudness, switched while they play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.report.elements import Html, el, table
from daw_bridge.report.excerpt import envelope, match_loudness, mp3_data_uri
from daw_bridge.report.figures import signed

if TYPE_CHECKING:
    from daw_bridge.report.heard import SongHeard

_HEIGHT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One of the excerpts: its sound as a data URI, and how it was made as loud as the others."""

    name: str
    uri: str
    peaks: tuple[float, ...]
    gain_db: float | None
    length_s: float


def versions(heard: SongHeard, rate: int) -> tuple[tuple[Version, ...], str]:
    """The four excerpts at one loudness, and in words what that means."""
    sounds = {
        "Mix before": heard.before.mix_excerpt,
        "Mix after": heard.after.mix_excerpt,
        "Vocal before": heard.before.vocal_excerpt,
        "Vocal after": heard.after.vocal_excerpt,
    }
    matched = match_loudness(list(sounds.values()), rate)
    made = tuple(
        Version(
            name=name,
            uri=mp3_data_uri(samples, rate),
            peaks=tuple(envelope(samples)),
            gain_db=gain,
            length_s=heard.excerpt.length_s,
        )
        for name, samples, gain in zip(sounds, matched.samples, matched.gains_db, strict=True)
    )
    start, end = heard.excerpt.start_s, heard.excerpt.start_s + heard.excerpt.length_s
    if all(gain is None for gain in matched.gains_db):
        return made, "Nothing is heard: vocal and mix are silent, before and after."
    words = (
        f"{heard.excerpt.length_s:.3g} s around the vocal's loudest phrase ({_clock(start)} to {_clock(end)}), "
        f"in a loop. All four are played at {signed(matched.loudness_lufs)} LUFS, so that louder does not win: "
        "what each was moved by stands below."
    )
    return made, words


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60.0)
    return f"{minutes:.0f}:{rest:04.1f}"


def player(made: Sequence[Version]) -> Html:
    """The player's controls. Without scripts the four files still play, one by one."""
    rows = [
        [version.name, "silent" if version.gain_db is None else f"{signed(version.gain_db)} dB"] for version in made
    ]
    return el(
        "div",
        el(
            "fieldset",
            el("legend", "What you hear"),
            [_choice(number, version) for number, version in enumerate(made, start=1)],
        ),
        el(
            "div",
            [_wave(version) for version in made],
            el("div", class_="head"),
            class_="waves",
            aria_hidden="true",
        ),
        el(
            "div",
            el("button", "Play", type="button", id="play"),
            el(
                "input",
                type="range",
                id="seek",
                min="0",
                max=f"{made[0].length_s:g}",
                step="0.01",
                value="0",
                aria_label="Position in seconds",
            ),
            el("output", "0.0 s", id="time"),
            class_="transport",
        ),
        el(
            "p",
            el("kbd", "Space"),
            " plays and stops, ",
            el("kbd", "1"),
            " to ",
            el("kbd", "4"),
            " switch without losing the place.",
            class_="keys",
        ),
        el("p", role="alert", id="player-error"),
        el(
            "details",
            el("summary", "Loudness matching, and the four files"),
            table(["excerpt", "moved by"], rows),
            [_file(version) for version in made],
        ),
        class_="player",
        data_length=f"{made[0].length_s:g}",
    )


def _choice(number: int, version: Version) -> Html:
    field = el("input", type="radio", name="version", value=str(number - 1), checked=number == 1)
    return el("label", field, el("span", el("kbd", str(number)), version.name))


def _wave(version: Version) -> Html:
    """The envelope as one closed shape."""
    middle = _HEIGHT / 2
    top = [f"{x},{middle - middle * peak:.1f}" for x, peak in enumerate(version.peaks)]
    bottom = [f"{x},{middle + middle * peak:.1f}" for x, peak in enumerate(version.peaks)][::-1]
    shape = el("path", d=f"M{' '.join(top)} {' '.join(bottom)}Z")
    return el("svg", shape, viewBox=f"0 0 {len(version.peaks) - 1} {_HEIGHT}", preserveAspectRatio="none")


def _file(version: Version) -> Html:
    sound = el("audio", controls=True, preload="none", src=version.uri, aria_label=version.name)
    return el("div", el("span", version.name), sound, class_="file")

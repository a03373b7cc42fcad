"""What a plan says beside its values: why something was left as it is, or says little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from daw_bridge.session import Role
from predictors.analysis import active_mask
from predictors.loudness import BLOCKS_A_SECOND

if TYPE_CHECKING:
    from daw_bridge.engineer.listening import Listening, Voice
    from daw_bridge.engineer.signal import Signal
    from daw_bridge.session import Session

LEAST_S = 3.0
"""Of less there is hardly a phrase: spectrum, range and level are chance. As for references."""


def notes_on(session: Session, heard: Listening) -> Iterator[str]:
    """What the user should know about what was heard, a sentence or two each."""
    switched_off = [track.name for track in session.tracks if track.role is not None and not track.fx_enabled]
    if switched_off:
        yield f"Only the fader is set, because the FX chain is switched off: {', '.join(switched_off)}."
    for voice in (*heard.leads, *heard.backing_vocals):
        yield from _too_short(voice)
    if heard.backing is None:
        return
    if heard.analysis.relative_loudness_lu is None:
        yield "The level of the voice stays as it is, because the backing is silent while it sings."
    elif _active_s(heard.backing) < LEAST_S:
        names = ", ".join(track.name for track in session.with_role(Role.BACKING))
        yield (
            f"The backing ({names}) sounds for {_seconds(_active_s(heard.backing))} only: "
            "its level, and how far it covers the voice, say little."
        )


def _too_short(voice: Voice) -> Iterator[str]:
    seconds = float(voice.mask.sum()) / BLOCKS_A_SECOND
    if seconds < LEAST_S:
        yield (
            f"{voice.track.name} sounds for {_seconds(seconds)} only: what was set on it rests on too little to be "
            "trusted."
        )


def _active_s(signal: Signal) -> float:
    return float(active_mask(signal.power).sum()) / BLOCKS_A_SECOND


def _seconds(seconds: float) -> str:
    """A time in blocks of 100 ms."""
    return f"{max(seconds, 1.0 / BLOCKS_A_SECOND):.1f} s"

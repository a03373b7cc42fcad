"""What the engineer hears before anything is decided: every voice at the input of our chain, and the backing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.engineer.buses import bus, track_bus, unmoved, with_inner
from daw_bridge.engineer.faders import balance
from daw_bridge.engineer.signal import Mask, Signal
from daw_bridge.errors import NothingToMixError
from daw_bridge.rendering import chain_input, decode_ahead
from daw_bridge.session import Role, Session, Tempo, Track
from daw_bridge.threads import in_parallel
from predictors.analysis import SessionAnalysis, TrackAnalysis, active_mask, analyze_track, compare
from predictors.tempo import estimate_tempo

if TYPE_CHECKING:
    from daw_bridge.audio import Samples
    from daw_bridge.media import Media
    from daw_bridge.progress import Progress


UNSET_TEMPO = Tempo(position_s=0.0, bpm=120.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Voice:
    """A vocal track at the input of our chain. `mask` is frozen here and used everywhere after."""

    track: Track
    dry: Signal
    mask: Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listening:
    """The voices, the other groups at the master with their faders as they are, and what was measured.

    `others` are the tracks without a role: they are heard in the mix, but never moved.
    """

    leads: tuple[Voice, ...]
    backing_vocals: tuple[Voice, ...]
    backing: Signal | None
    others: Signal | None
    analysis: SessionAnalysis


def listen(session: Session, media: Media, progress: Progress, *, features: bool = False) -> Listening:
    """Play and measure all that sounds. Raises NothingToMixError for a silent voice or a silent backing.

    `features` asks for what networks are told, too.
    """
    progress("all tracks: decoding", 0.0)
    decode_ahead(session, media)
    lead_tracks = session.with_role(Role.LEAD_VOCAL)
    if not lead_tracks:
        raise NothingToMixError(
            "No track of the session is a lead vocal.", hint="Say which one is with --vocal-track NAME."
        )
    voices = _voices(session, media, (*lead_tracks, *session.with_role(Role.BACKING_VOCAL)), progress)
    leads, backing_vocals = voices[: len(lead_tracks)], voices[len(lead_tracks) :]
    lead = _analyze(session, media, leads, features=features)
    progress("backing: listening", 0.2)
    backing = _group_bus(session, media, with_inner(session, session.with_role(Role.BACKING)))
    backing_analysis = None if backing is None else _analyze_signal(backing, lead.mask, features=features)
    if backing_analysis is not None and backing_analysis.silent:
        names = ", ".join(track.name for track in session.with_role(Role.BACKING))
        raise NothingToMixError(
            f"The backing is silent ({names}).",
            hint="Check its items and faders, the master's too, or name other tracks.",
        )
    progress("backing: tempo", 0.25)
    tempo_bpm, tempo_source = _tempo(session, backing)
    return Listening(
        leads=leads,
        backing_vocals=backing_vocals,
        backing=backing,
        others=_group_bus(session, media, unmoved(session)),
        analysis=compare(
            lead,
            backing_analysis,
            backing_vocals=_analyze(session, media, backing_vocals, features=features) if backing_vocals else None,
            tempo_bpm=tempo_bpm,
            tempo_source=tempo_source,
        ),
    )


def _voices(session: Session, media: Media, tracks: Sequence[Track], progress: Progress) -> tuple[Voice, ...]:
    def voice(track: Track) -> Voice:
        return _voice(track, chain_input(session, media, track.guid), session.rate)

    for track in tracks:
        progress(f"{track.name}: listening", 0.0)
    return tuple(in_parallel(voice, tracks))


def _voice(track: Track, samples: Samples, rate: int) -> Voice:
    dry = Signal.of(samples, rate)
    mask = active_mask(dry.power)
    if not mask.any():
        raise NothingToMixError(
            f"The track {track.name!r} is silent.",
            hint="Choose another recording; in a project, leave the track out with --ignore-track NAME.",
        )
    return Voice(track=track, dry=dry, mask=mask)


def _analyze(session: Session, media: Media, voices: Sequence[Voice], *, features: bool) -> TrackAnalysis:
    """The voices as they sound together at the master, made equally loud if they are several."""
    buses = [track_bus(session, media, voice.track.guid, voice.dry) for voice in voices]
    for voice, at_master in zip(voices, buses, strict=True):
        if not math.isfinite(at_master.lufs_over(voice.mask)):
            raise NothingToMixError(
                f"The track {voice.track.name!r} is not heard: its fader or one behind it is all the way down.",
                hint="Turn it up, or leave the track out with --ignore-track NAME.",
            )
    if len(voices) == 1:
        return _analyze_signal(buses[0], voices[0].mask, features=features)
    gains_db = balance(zip(buses, (voice.mask for voice in voices), strict=True))
    evened = [signal.scaled(gain_db) for signal, gain_db in zip(buses, gains_db, strict=True)]
    return _analyze_signal(Signal.total(evened), None, features=features)


def _analyze_signal(signal: Signal, mask: Mask | None, *, features: bool) -> TrackAnalysis:
    known = signal.measured if signal.gain == 1.0 else None
    return analyze_track(signal.samples, signal.rate, mask=mask, loudness=known, features=features)


def _group_bus(session: Session, media: Media, tracks: Sequence[Track]) -> Signal | None:
    guids = [track.guid for track in tracks if track.clips]
    if len(guids) != 1:
        return bus(session, media, guids) if guids else None
    return track_bus(session, media, guids[0], Signal.of(chain_input(session, media, guids[0]), session.rate))


def _tempo(session: Session, backing: Signal | None) -> tuple[float | None, str]:
    """The project's tempo, else that of the backing; and where it comes from.

    A project that stands at REAPER's 120 BPM throughout was most likely never set to the music.
    """
    if session.tempo and session.tempo != (UNSET_TEMPO,):
        return session.tempo[0].bpm, "project"
    measured = None if backing is None else estimate_tempo(backing.samples, session.rate)
    return measured, "not found" if measured is None else "measured from the backing"

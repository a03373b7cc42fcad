"""How loud a group of tracks is in the mix: its sound at the master."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from daw_bridge.engineer.signal import Signal
from daw_bridge.media import Media
from daw_bridge.rendering import before_fx, freeze, mixdown
from daw_bridge.session import Fader, Session, Track

Sounds = Mapping[str, Signal]
"""What the chains of tracks give, by guid."""

_NONE: Sounds = {}


def bus(session: Session, media: Media, guids: Collection[str], sounds: Sounds = _NONE) -> Signal:
    """The master's output when only the clips of these tracks sound, through all that they pass on the way.

    `sounds` take the places of what the tracks' chains would give; others count where they share a compressor.
    """
    for guid, sound in sounds.items():
        session = freeze(session, media, guid, sound.samples)
    only = {*guids, *(before_fx(guid) for guid in guids)}
    heard = Signal.of(mixdown(session, media, only=only), session.rate)
    for guid in sounds:
        media.discard(session.track(guid).clips[0].source.path)
    return heard


def track_bus(session: Session, media: Media, guid: str, sound: Signal, others: Sounds = _NONE) -> Signal:
    """`bus` of a track whose chain gives `sound`; nothing is played where only gains lie on its way."""
    gain_db = plain_gain_db(session, session.track(guid))
    return bus(session, media, {guid}, {**others, guid: sound}) if gain_db is None else sound.scaled(gain_db)


def with_inner(session: Session, tracks: Iterable[Track]) -> tuple[Track, ...]:
    """The tracks, and those without a role that lie in them as in folders: they move with their faders."""
    inside = {track.guid for track in tracks}
    inner = {track.guid: track for track in session.tracks if track.role is None and track.to_parent}
    while new := {guid for guid, track in inner.items() if track.parent in inside} - inside:
        inside |= new
    return tuple(track for track in session.tracks if track.guid in inside)


def unmoved(session: Session) -> tuple[Track, ...]:
    """The tracks that no fader of ours moves."""
    ours = with_inner(session, [track for track in session.tracks if track.role is not None])
    return tuple(track for track in session.tracks if track not in ours)


def plain_gain_db(session: Session, track: Track) -> float | None:
    """The gain from the end of a track's chain to the master's output, if it is nothing but a gain."""
    master = session.master
    plain_way = (
        track.parent is None
        and track.to_parent
        and not track.inverted
        and not track.mute
        and _is_centred(track.fader, session)
        and not any(send.source == track.guid and not send.mute for send in session.sends)
        and not any(one.solo for one in session.tracks)
        and _is_centred(master.fader, session)
        and not master.mute
        and not (master.fx_enabled and any(fx.enabled and fx.settings for fx in master.fx))
    )
    return track.fader.volume_db + master.fader.volume_db if plain_way else None


def _is_centred(fader: Fader, session: Session) -> bool:
    law_db = session.pan_law_db if fader.pan_law_db is None else fader.pan_law_db
    neutral = Fader(volume_db=fader.volume_db, pan_mode=fader.pan_mode, pan_law_db=fader.pan_law_db)
    return law_db == 0.0 and fader == neutral

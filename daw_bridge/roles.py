"""Which track is what: lead vocal, backing vocal or backing, from names and from what the user says."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum

from daw_bridge.errors import RolesError
from daw_bridge.role_names import Sound, sound_of
from daw_bridge.routing import route
from daw_bridge.session import Role, Session, Track

_HINT = "Say which is which: {} (each can be given several times)."
_OPTIONS = ("--vocal-track NAME", "--backing-vocal-track NAME", "--backing-track NAME", "--ignore-track NAME")


class _Left(Enum):
    """Why a track gets no role."""

    IGNORED = "ignored, as you said"
    FOLDER = "a folder; its tracks count"
    INSIDE = "inside a folder that you named"
    EMPTY = "no audio that can be played"
    SILENT = "muted, not soloed, or routed nowhere"
    GUIDE = "left out: a guide"
    EFFECT = "left as it is: a vocal's effects"


_Verdict = Role | _Left


def assign_roles(
    session: Session,
    *,
    vocal: Sequence[str] = (),
    backing_vocal: Sequence[str] = (),
    backing: Sequence[str] = (),
    ignore: Sequence[str] = (),
    last_time: Mapping[str, Role] | None = None,
) -> Session:
    """The session with a role on each track that takes part in the mix.

    What the user names counts; an exact name goes before one typed otherwise, and a name that several tracks
    have means all of them. Without a word from the user, what a track was `last_time` (by guid, in upper case)
    counts. The rest is told from the names of tracks and of the folders around them: what is not a voice is
    backing. Muted tracks, guides (click, talkback, reference), effect returns and folders whose tracks
    have roles get none. Guides and printed effects that were left out are listed in `warnings`.

    Raises RolesError for a name that no track has or that was given for two roles, and where there is no lead
    vocal, or where it is unclear what the backing is; ProjectFileError for a feedback loop.
    """
    named: dict[str, _Verdict] = {}
    for names, verdict in (
        (vocal, Role.LEAD_VOCAL),
        (backing_vocal, Role.BACKING_VOCAL),
        (backing, Role.BACKING),
        (ignore, _Left.IGNORED),
    ):
        for name in names:
            _put(named, session, name, verdict)
    verdicts = _verdicts(session, named or _as_last_time(session, last_time or {}))
    _check(session, verdicts)
    roles = {guid: verdict for guid, verdict in verdicts.items() if isinstance(verdict, Role)}
    with_roles = session.map_tracks(lambda track: dataclasses.replace(track, role=roles.get(track.guid)))
    return dataclasses.replace(with_roles, warnings=(*session.warnings, *_notes(session, verdicts)))


def _as_last_time(session: Session, roles: Mapping[str, Role]) -> dict[str, _Verdict]:
    """The tracks that had a role last time and still play."""
    playing = route(session).order if roles else ()
    return {
        track.guid: roles[track.guid.upper()]
        for track in session.tracks
        if track.guid in playing and track.guid.upper() in roles
    }


def _put(named: dict[str, _Verdict], session: Session, name: str, verdict: _Verdict) -> None:
    for track in _find(session, name):
        if named.setdefault(track.guid, verdict) is not verdict:
            raise RolesError(
                f"The track '{track.name}' is named for two roles.", hint="Name it for the one that it has."
            )


def _find(session: Session, name: str) -> tuple[Track, ...]:
    exact = tuple(track for track in session.tracks if track.name == name)
    found = exact or tuple(track for track in session.tracks if _typed(track.name) == _typed(name))
    if not found:
        listed = "\n".join(f"  {track.name}" for track in session.tracks)
        raise RolesError(f"There is no track '{name}'. The tracks are:\n{listed}", hint="Check the name.")
    return found


def _typed(name: str) -> str:
    """What of a name counts when it is typed: not its case, nor whether accents are composed (macOS parts them)."""
    return unicodedata.normalize("NFC", name).casefold()


def _verdicts(session: Session, named: Mapping[str, _Verdict]) -> dict[str, _Verdict]:
    """What each track is, by its guid."""
    tracks = {track.guid: track for track in session.tracks}
    sounding = route(session).sounding
    verdicts = {
        track.guid: named.get(track.guid) or _unnamed(track, list(_folders(tracks, track)), named, sounding)
        for track in session.tracks
    }
    for track in session.tracks:
        if verdicts[track.guid] in {named.get(folder.guid) for folder in _folders(tracks, track)} & set(Role):
            verdicts[track.guid] = _Left.INSIDE  # its folder's fader moves it already
    # A folder is known to be one only when all of its tracks are known.
    for track in session.tracks:
        inner = (verdicts[inside.guid] for inside in session.tracks if track in _folders(tracks, inside))
        if track.guid not in named and any(isinstance(verdict, Role) for verdict in inner):
            verdicts[track.guid] = _Left.FOLDER
    return verdicts


def _folders(tracks: Mapping[str, Track], track: Track) -> Iterator[Track]:
    """The folders that a track lies in, from the inside out."""
    while track.parent is not None:
        track = tracks[track.parent]
        yield track


def _unnamed(
    track: Track, folders: list[Track], named: Mapping[str, _Verdict], sounding: Collection[str]
) -> _Verdict:
    if any(isinstance(named.get(folder.guid), Role) for folder in folders):
        return _Left.INSIDE
    if any(named.get(folder.guid) is _Left.IGNORED for folder in folders):
        return _Left.IGNORED
    if not track.clips:
        return _Left.EMPTY
    if track.guid not in sounding:
        return _Left.SILENT
    return _guess([track.name, *(folder.name for folder in folders)])


def _guess(names: list[str]) -> _Verdict:
    """What a track of this name is; `names` goes on with the folders around it, from the inside out."""
    own, *around = map(sound_of, names)
    folder = next((sound for sound in around if sound is not Sound.UNKNOWN), Sound.UNKNOWN)
    match own:
        case Sound.LEAD_VOICE:
            return Role.LEAD_VOCAL
        case Sound.BACKING_VOICE:
            return Role.BACKING_VOCAL
        case Sound.INSTRUMENT:
            return Role.BACKING
        case Sound.VOCAL_EFFECT:
            return _Left.EFFECT
        case Sound.GUIDE:
            return _Left.GUIDE
    return _guess_in(folder, own)


def _guess_in(folder: Sound, own: Sound) -> _Verdict:
    """What a track is whose own name says only a part of it (`Take 2`, `Double`, `Voice 1`)."""
    match folder, own:
        case Sound.GUIDE, _:
            return _Left.GUIDE
        case (Sound.VOCAL_EFFECT, _) | ((Sound.VOICE | Sound.LEAD_VOICE | Sound.BACKING_VOICE), Sound.EFFECT):
            return _Left.EFFECT
        case (Sound.BACKING_VOICE, _) | ((Sound.VOICE | Sound.LEAD_VOICE), (Sound.SECOND | Sound.VOICE_PART)):
            return Role.BACKING_VOCAL
        case ((Sound.VOICE | Sound.LEAD_VOICE), _) | (_, Sound.VOICE):
            return Role.LEAD_VOCAL
    return Role.BACKING


def _check(session: Session, verdicts: Mapping[str, _Verdict]) -> None:
    """Raise RolesError unless there is a lead vocal, and a backing where anything else is there to be one."""
    found = set(verdicts.values())
    if not session.tracks:
        raise RolesError("There is no track.", hint="Put the recordings on tracks, and save the project.")
    if not any(track.clips for track in session.tracks):
        problem = "No track has audio that can be played."
    elif Role.LEAD_VOCAL not in found:
        problem = "It is unclear which track is the lead vocal."
    elif Role.BACKING not in found and found & {_Left.GUIDE, _Left.EFFECT}:
        problem = "It is unclear which track is the backing."
    else:
        return
    width = max((len(track.name) for track in session.tracks), default=0)
    listed = "\n".join(f"  {track.name:<{width}}  {verdicts[track.guid].value}" for track in session.tracks)
    raise RolesError(
        f"{problem} The tracks, and what they seem to be:\n{listed}", hint=_HINT.format(", ".join(_OPTIONS))
    )


def _notes(session: Session, verdicts: Mapping[str, _Verdict]) -> Iterator[str]:
    for left, note in (
        (_Left.GUIDE, "Left out of the mix's decisions as guide tracks: {} (--backing-track NAME takes one in)."),
        (_Left.EFFECT, "Played as they are, being effects of a vocal: {} (--backing-track NAME takes one in)."),
    ):
        names = [track.name for track in session.tracks if verdicts[track.guid] is left]
        if names:
            yield note.format(", ".join(names))

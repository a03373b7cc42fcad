"""A session from a project file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from daw_bridge.errors import AudioFileError
from daw_bridge.hosts.rpp.channels import (
    master_fader,
    pan_law_db,
    pan_mode,
    parents,
    sends,
    track_fader,
    track_guids,
    track_names,
)
from daw_bridge.hosts.rpp.items import clips
from daw_bridge.hosts.rpp.media_files import MediaFolders, media_folders
from daw_bridge.hosts.rpp.numbers import BrokenLineError, flag, line_numbers, numbers, raw_line
from daw_bridge.hosts.rpp.plugins import read_chain
from daw_bridge.hosts.rpp.tree import Block, Document, has_key
from daw_bridge.hosts.rpp.unplayable import unplayable
from daw_bridge.session import Master, Session, Tempo, Track

_MOST_LISTED = 20
# What audio devices offer, from telephones to 16 times 48 kHz.
_RATES = (8000, 768000)


def read_session(document: Document, path: Path, ours: Collection[str] = ()) -> Session:
    """The session in a project file saved at `path`; `ours` are the GUIDs of our plug-ins.

    `rate` is 0 where the project leaves it to the audio device: see `playing_rate`. Media that cannot be found
    are no error here: see `check_media`. What cannot be played offline is named in `warnings`. Pan laws above 0 dB
    are compensated ones: 0 dB at centre, so much more at the sides.

    Raises ProjectFileError, with the number of the line, for numbers that are none.
    """
    try:
        return _session(document.project, path, frozenset(guid.upper() for guid in ours))
    except BrokenLineError as error:
        raise error.located(document, path.name) from error


def playing_rate(session: Session, rates: Iterable[int]) -> int:
    """The rate to play a session at: the project's own, else what most of its media have, of equals the higher.

    `rates` are those of the media, one a source. Without any it is 48 kHz.
    """
    counted = Counter(rates)
    return session.rate or max(counted, key=lambda rate: (counted[rate], rate), default=48000)


def check_media(session: Session) -> None:
    """Raise one AudioFileError that names all media files that are missing, and the tracks they are on."""
    missing: dict[Path, str] = {}
    for track in session.tracks:
        for clip in track.clips:
            if clip.source.path not in missing and not clip.source.path.is_file():
                missing[clip.source.path] = track.name
    if missing:
        listed = [f"  {path} (track {name})" for path, name in missing.items()]
        rest = len(listed) - _MOST_LISTED
        lines = [*listed[:_MOST_LISTED], *([f"  and {rest} more"] if rest > 0 else [])]
        raise AudioFileError(
            f"{len(missing)} media {'file is' if len(missing) == 1 else 'files are'} missing:\n" + "\n".join(lines),
            hint="Put them back, or beside the project; or open it in REAPER, let it find them, and save.",
        )


def _session(project: Block, path: Path, ours: Collection[str]) -> Session:
    names, guids = track_names(project), track_guids(project)
    return Session(
        name=path.stem,
        rate=_forced_rate(project),
        tracks=_tracks(project, names, guids, media_folders(project, path), ours),
        sends=tuple(sends(project, guids)),
        master=_master(project, ours),
        tempo=_tempo(project),
        pan_law_db=pan_law_db(project),
        path=path.absolute(),
        warnings=unplayable(project, names),
    )


def _forced_rate(project: Block) -> int:
    """The rate that the project insists on; 0 where it leaves it to the audio device."""
    rate, forced = numbers(project, "SAMPLERATE", 0.0, 0.0)
    if not forced or rate <= 0.0:
        return 0
    lowest, highest = _RATES
    if not lowest <= rate <= highest:
        problem = f"SAMPLERATE is {rate:g}; projects play at {lowest} to {highest} Hz"
        raise BrokenLineError(raw_line(project, "SAMPLERATE") or "", problem)
    return int(rate)


def _tracks(
    project: Block, names: tuple[str, ...], guids: tuple[str, ...], folders: MediaFolders, ours: Collection[str]
) -> tuple[Track, ...]:
    blocks = list(project.blocks("TRACK"))
    mutesolo = [numbers(block, "MUTESOLO", 0.0, 0.0, 0.0) for block in blocks]
    any_solo = any(solo for _, solo, _ in mutesolo)
    mode = pan_mode(project)
    return tuple(
        Track(
            guid=guids[place],
            name=names[place],
            clips=clips(block, folders),
            fx=tuple(read_chain(block.first("FXCHAIN"), ours)),
            fx_enabled=flag(block, "FX", default=True),
            fader=track_fader(block, mode),
            inverted=flag(block, "IPHASE"),
            mute=bool(mute),
            # Solo defeat: the track goes on sounding beside those that are soloed.
            solo=bool(solo) or (any_solo and bool(defeat) and not mute),
            parent=None if parent is None else guids[parent],
            to_parent=flag(block, "MAINSEND", default=True),
        )
        for place, (block, (mute, solo, defeat), parent) in enumerate(
            zip(blocks, mutesolo, parents(project), strict=True)
        )
    )


def _master(project: Block, ours: Collection[str]) -> Master:
    return Master(
        fader=master_fader(project),
        mute=bool(int(numbers(project, "MASTERMUTESOLO", 0.0)[0]) & 1),
        fx=tuple(read_chain(project.first("MASTERFXLIST"), ours)),
        fx_enabled=flag(project, "MASTER_FX", default=True),
    )


def _tempo(project: Block) -> tuple[Tempo, ...]:
    """The project's tempo and its changes; in a gradual change only the values at its ends."""
    envelope = project.first("TEMPOENVEX")
    lines = [line for line in envelope.lines() if has_key(line, "PT")] if envelope else []
    points = [line_numbers(line, 0.0, 0.0)[:2] for line in lines]
    changes = [Tempo(position_s=position, bpm=bpm) for position, bpm in points if bpm > 0.0]
    (bpm,) = numbers(project, "TEMPO", 0.0)
    if bpm > 0.0 and not any(change.position_s <= 0.0 for change in changes):
        changes.insert(0, Tempo(position_s=0.0, bpm=bpm))
    return tuple(changes)

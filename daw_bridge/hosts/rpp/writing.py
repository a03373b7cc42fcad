"""A plan put into a project file, and everything of ours taken out again. Documents in, documents out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from pathlib import Path

from daw_bridge.changes import FX_FIELDS, fader_moved, keep_changes, remembered_plan, track_changes
from daw_bridge.errors import PlanError, ProjectFileError
from daw_bridge.hosts.rpp.chain import CHAIN
from daw_bridge.hosts.rpp.channels import track_guids
from daw_bridge.hosts.rpp.fader import fader_db, fader_text, with_fader_db, with_fader_text
from daw_bridge.hosts.rpp.media_paths import move_media, put_media_back
from daw_bridge.hosts.rpp.own_fx import copied_fx, found_fx, fx_guid, with_own_fx, without_fx
from daw_bridge.hosts.rpp.saved import EXTSTATE, MovedMedia, Saved, SavedTrack, read_saved, with_saved
from daw_bridge.hosts.rpp.tree import Block, Document
from daw_bridge.plan import MixPlan, TrackPlan, UserChange


def apply_plan(document: Document, plan: MixPlan, *, force: bool = False) -> Document:
    """The project with the plan in it.

    Our plug-ins of an earlier plan are set anew where they stand; the user's own are not touched. What the user
    changed since (`user_changes`) stays, unless `force`, whether or not the plan has taken it over
    (`keep_changes`), and is reported again next time. Tracks of the earlier plan that this one leaves out are
    reverted, and copies of our plug-ins taken out. The plan is remembered in the project.

    Raises PlanError where the project lacks a track of the plan.
    """
    project = document.project
    _refuse_missing_tracks(project, plan)
    saved = read_saved(project)
    kept = () if force or saved is None else user_changes(document, saved)
    planned = {track.guid.upper(): track for track in keep_changes(plan, kept).tracks}
    project = _without_copies(project, saved)
    if saved is not None:
        project = _revert_tracks(project, saved, spare=planned, force=force)
    touched: dict[str, SavedTrack] = {}

    def change(guid: str, track: Block) -> Block:
        if guid not in planned:
            return track
        touched[guid] = _remember(track, planned[guid], saved.tracks.get(guid) if saved else None)
        return with_fader_db(with_own_fx(track, planned[guid], touched[guid]), planned[guid].fader_db)

    project = _map_tracks(project, change)
    if saved is None:
        new = Saved(plan=plan, tracks=touched, created_extstate=project.first(EXTSTATE) is None)
    else:
        overruled = user_changes(document, dataclasses.replace(saved, plan=plan))
        new = dataclasses.replace(saved, plan=remembered_plan(plan, kept, overruled), tracks=touched)
    return document.with_project(with_saved(project, new))


def user_changes(document: Document, saved: Saved) -> tuple[UserChange, ...]:
    """What the user changed since the saved plan was applied. Tracks that are gone are no change."""
    tracks = _tracks(document.project)
    changes: list[UserChange] = []
    for planned in saved.plan.tracks:
        track, known = tracks.get(planned.guid.upper()), saved.tracks.get(planned.guid.upper())
        if track is not None and known is not None:
            changes.extend(track_changes(planned, fader_db(fader_text(track)), found_fx(track, known)))
    return tuple(changes)


def revert(document: Document, *, folder: Path | None = None, force: bool = False) -> Document:
    """The project without anything of ours: the original file byte for byte if REAPER has not saved it since.

    A fader that the user moved since stays there, unless `force`. `folder` is where the document's file lies:
    media paths that were rewritten for another folder become the original text again if that is the first folder;
    elsewhere they stay as they are, so that the media is still found. To write the result into yet another folder,
    `relocate` first, then revert with the new folder.

    Raises ProjectFileError where there is nothing of ours.
    """
    saved = read_saved(document.project)
    cleared = _without_copies(document.project, saved)
    if saved is None and cleared is not document.project:
        return document.with_project(cleared)
    if saved is None:
        raise ProjectFileError(
            "there is nothing of DAW Bridge in this project",
            hint="It was never mixed with DAW Bridge, or was reverted already.",
        )
    project = with_saved(_revert_tracks(cleared, saved, spare=(), force=force), None)
    if saved.media is not None and folder is not None and str(folder.resolve()) == saved.media.folder:
        project = put_media_back(project, saved.media.paths)
    return document.with_project(project)


def relocate(document: Document, old_folder: Path, new_folder: Path) -> Document:
    """The project for a file in `new_folder`, reaching the media that it reached from `old_folder`.

    A project with a plan in it remembers its first folder and the paths as they stood there, for `revert`.
    """
    old = old_folder.resolve()
    project, paths = move_media(document.project, old, new_folder.resolve())
    saved = read_saved(project)
    if saved is not None and paths:
        project = with_saved(project, dataclasses.replace(saved, media=_moved_again(saved.media, old, paths)))
    return document.with_project(project)


def _moved_again(before: MovedMedia | None, old_folder: Path, paths: dict[str, str]) -> MovedMedia:
    """The first folder and its paths also after a second move; what was added in between never stood there."""
    if before is None:
        return MovedMedia(folder=str(old_folder), paths=paths)
    again = {new: before.paths[old] for new, old in paths.items() if old in before.paths}
    return dataclasses.replace(before, paths={**before.paths, **again})


def _refuse_missing_tracks(project: Block, plan: MixPlan) -> None:
    tracks = _tracks(project)
    missing = [track.name for track in plan.tracks if track.guid.upper() not in tracks]
    if missing:
        raise PlanError(
            f"the project does not have these tracks of the plan: {', '.join(missing)}",
            hint="The plan was made for another project, or the tracks were deleted since; mix the project again.",
        )


def _tracks(project: Block) -> dict[str, Block]:
    return dict(zip(track_guids(project), project.blocks("TRACK"), strict=True))


def _map_tracks(project: Block, change: Callable[[str, Block], Block]) -> Block:
    """The project with `change(guid, track)` in the place of each track."""
    guids = iter(track_guids(project))
    return project.map_blocks("TRACK", lambda track: change(next(guids), track))


def _remember(track: Block, planned: TrackPlan, before: SavedTrack | None) -> SavedTrack:
    """What to keep of a track: how it was before our first plan, and the GUIDs that our plug-ins have."""
    own = {field: fx_guid(planned.guid, field) for field in FX_FIELDS if getattr(planned, field) is not None}
    creates_chain = bool(own) and track.first(CHAIN) is None
    if before is None:
        return SavedTrack(fader=fader_text(track), created_chain=creates_chain, fx=own)
    return dataclasses.replace(before, created_chain=before.created_chain or creates_chain, fx={**own, **before.fx})


def _without_copies(project: Block, saved: Saved | None) -> Block:
    """The project without plug-ins of ours that came with copied tracks; the same where there are none."""
    copies = dict.fromkeys(copied_fx(project, saved.fx_guids if saved else ()))
    if not copies:
        return project
    return _map_tracks(project, lambda _, track: without_fx(track, copies, created_chain=False))


def _revert_tracks(project: Block, saved: Saved, *, spare: Collection[str], force: bool) -> Block:
    """The project without our plug-ins and faders on all tracks but those to spare.

    Plug-ins are taken out wherever the user has moved them.
    """
    reverted = {guid: known for guid, known in saved.tracks.items() if guid not in spare}
    gone = {fx: None for known in reverted.values() for fx in known.fx.values()}
    planned_db = {track.guid.upper(): track.fader_db for track in saved.plan.tracks}

    def change(guid: str, track: Block) -> Block:
        known = reverted.get(guid)
        track = without_fx(track, gone, created_chain=known is not None and known.created_chain)
        if known is None or (not force and fader_moved(planned_db[guid], fader_db(fader_text(track)))):
            return track
        return with_fader_text(track, known.fader)

    return _map_tracks(project, change)

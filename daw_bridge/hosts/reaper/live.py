"""The open REAPER project: its session, what of it is ours; a plan put in or taken out, in one undo point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daw_bridge.errors import DawBridgeError, PlanError, ProjectFileError, ReaperUnreachableError
from daw_bridge.hosts.reaper.client import STOCK_WARNING, Client
from daw_bridge.hosts.reaper.jobs import make_job
from daw_bridge.hosts.reaper.reading import UNTITLED, live_document, live_path, live_session
from daw_bridge.hosts.rpp import writing
from daw_bridge.hosts.rpp.channels import track_guids
from daw_bridge.hosts.rpp.saved import Saved, read_saved
from daw_bridge.hosts.rpp.tree import Document
from daw_bridge.plan import MixPlan, UserChange, without_ours
from daw_bridge.session import Role, Session

_TRIES = 3
_AGAIN = "Run it again: what has changed will be heard then."


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of it. `changed` is False where the project was so already; `kept` are the user's own values.

    `job` is what `verify` checks.
    """

    changed: bool
    kept: tuple[UserChange, ...]
    job: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that REAPER shows otherwise than wanted. `plugin` is empty for the fader."""

    track: str
    plugin: str
    parameter: str
    wanted: str
    shown: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.track, self.plugin, self.parameter) if part)
        return f"{place}: {self.wanted} wanted, {self.shown} shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProject:
    """The project that was in front in REAPER when it was opened. `selected` are the GUIDs of the selected tracks.

    `changes` are values of ours that the user has changed since.
    """

    client: Client
    snapshot: Mapping[str, Any]
    document: Document
    saved: Saved | None
    session: Session
    changes: tuple[UserChange, ...]
    selected: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call the project."""
        path = live_path(self.snapshot)
        return path.stem if path is not None else UNTITLED

    @property
    def roles(self) -> dict[str, Role]:
        """What the tracks of the plan in the project are, by guid in upper case."""
        return self.saved.roles if self.saved else {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the connection."""
        return (STOCK_WARNING,) if self.client.stock_server else ()

    def session_before_us(self) -> Session:
        """The session without our plug-ins and with the faders as we found them."""
        return without_ours(self.session, self.saved.originals if self.saved else {})

    def apply(self, plan: MixPlan, *, force: bool = False) -> Applied:
        """Put a plan into the project; what the user changed since the last one stays, unless `force`.

        Raises PlanError where the project lacks a track of the plan, or has become another one since it was opened;
        ProjectFileError where REAPER shows anything else than wanted: the project is as before then.
        """
        kept = () if force else self.changes
        return self._do(
            lambda document: writing.apply_plan(document, plan, force=force),
            kept,
            f"DAW Bridge: mix ({plan.preset})",
        )

    def revert(self, *, force: bool = False) -> Applied:
        """Take everything of ours out; a fader that the user moved since stays there, unless `force`.

        Raises ProjectFileError where there is nothing of ours.
        """
        moved = () if force else tuple(change for change in self.changes if change.field == "fader_db")
        return self._do(lambda document: writing.revert(document, force=force), moved, "DAW Bridge: revert")

    def verify(self, applied: Applied) -> tuple[Difference, ...]:
        """Where REAPER now shows anything else than what was applied."""
        return _differences(self._ask("verify", applied.job)["differences"])

    def _do(self, change: Callable[[Document], Document], kept: tuple[UserChange, ...], name: str) -> Applied:
        now = self
        for _ in range(_TRIES):
            job = make_job(now.snapshot, now.document, change(now.document), name=name)
            answer = self._ask("apply", job)
            if answer.get("error") != "moved":
                return Applied(changed=answer["changed"], kept=kept, job=_with_guids(job, answer["fx"]))
            now = open_project(self.client, like=self.snapshot)
            _refuse_another_basis(self, now)
        raise PlanError("the project does not stop changing", hint="Stop what is changing it, then run this again.")

    def _ask(self, operation: str, data: object) -> dict[str, Any]:
        answer = self.client.run(operation, data)
        if answer.get("error") not in (None, "moved"):
            raise _error(answer)
        found = answer.get("ok", answer)
        assert isinstance(found, dict)
        return found


def open_project(client: Client, *, like: Mapping[str, Any] | None = None) -> LiveProject:
    """Read the project in front, or the one of an earlier snapshot. One request.

    Raises ReaperUnreachableError, and ProjectFileError for what cannot be read.
    """
    answer = client.run("snapshot", {"project": like["project"]} if like else {})
    if "error" in answer:
        raise _error(answer)
    snapshot = answer["ok"]
    document = live_document(snapshot)
    saved = read_saved(document.project)
    selected = [bool(track["selected"]) for track in snapshot["tracks"]]
    guids = track_guids(document.project)
    return LiveProject(
        client=client,
        snapshot=snapshot,
        document=document,
        saved=saved,
        session=live_session(document, snapshot, saved.fx_guids if saved else frozenset()),
        changes=writing.user_changes(document, saved) if saved else (),
        selected=tuple(guid for guid, chosen in zip(guids, selected, strict=True) if chosen),
    )


def _with_guids(job: dict[str, Any], fx: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The job with the GUIDs that REAPER gave to new plug-ins, so that it can be verified."""
    tracks = [
        {**track, "fx": [{**one, "guid": fx[track["guid"]][one["field"]]} for one in track["fx"]]}
        for track in job["tracks"]
    ]
    return {**job, "tracks": tracks}


def _refuse_another_basis(before: LiveProject, now: LiveProject) -> None:
    """Raise PlanError where anything that can be heard has changed; names, markers, selections may."""
    if before.saved is not None and now.saved is None:
        raise PlanError("the last mix was undone in the meantime", hint=_AGAIN)
    changed = _changed_tracks(before.session_before_us(), now.session_before_us())
    if changed:
        raise PlanError(f"the project was changed in the meantime: {', '.join(changed)}", hint=_AGAIN)


def _changed_tracks(before: Session, now: Session) -> list[str]:
    old, new = ({track.guid: dataclasses.replace(track, name="") for track in s.tracks} for s in (before, now))
    names = {track.guid: track.name for session in (before, now) for track in session.tracks}
    changed = [names[guid] for guid in names if old.get(guid) != new.get(guid)]
    same = all(getattr(before, field) == getattr(now, field) for field in ("rate", "sends", "master", "pan_law_db"))
    return changed if same else [*changed, "the master, the sends or the project's settings"]


def _differences(found: list[dict[str, str]]) -> tuple[Difference, ...]:
    return tuple(Difference(**one) for one in found)


def _error(answer: Mapping[str, Any]) -> DawBridgeError:
    """What REAPER refused, for the user. Nothing has been changed, or it has been undone."""
    state = "The project is as it was." if answer.get("undone", True) else "Undo the last step in REAPER (Ctrl+Z)."
    kind: type[DawBridgeError] = ProjectFileError
    match answer["error"]:
        case "mismatch":
            lines = "\n".join(f"  {difference}" for difference in _differences(answer["differences"]))
            message, hint = f"REAPER does not show what was set:\n{lines}", ""
        case "plugin":
            message = f"{answer['plugin']} cannot be put on track {answer['track']}"
            hint = "It comes with REAPER: scan the plug-ins again (Preferences > Plug-ins > VST)."
        case "container":
            message = f"{answer['plugin']} of track {answer['track']} lies in a container"
            hint = "Move it out of the container in REAPER, then run this again."
        case "chunk":
            message = f"track {answer['track']} is too large to be read"
            hint = "Freeze it, or save the project and mix the file."
        case "tracks":
            kind, hint = PlanError, _AGAIN
            message = f"the project no longer has these tracks: {', '.join(answer['names'])}"
        case "closed":
            kind, hint = PlanError, "Open it again."
            message = f"the project is no longer open in REAPER: {answer['path'] or UNTITLED}"
        case _:
            kind, hint = ReaperUnreachableError, ""
            message = f"a defect in DAW Bridge, in REAPER: {answer.get('message')}"
    return kind(message, hint=f"{hint} {state}".strip())

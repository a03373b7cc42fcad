"""What was done to a song and why, to look at and to listen to: one page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daw_bridge.progress import Progress, silent
from daw_bridge.report.chain_figures import chain_figures
from daw_bridge.report.figures import song_figures
from daw_bridge.report.heard import Mixed, TrackHeard, hear
from daw_bridge.report.page import Page, render_page
from daw_bridge.report.player import versions
from daw_bridge.report.standing import standings
from daw_bridge.report.track_page import TrackPage
from daw_bridge.report.values import track_values
from daw_bridge.session import Role

if TYPE_CHECKING:
    from daw_bridge.plan import MixPlan

__all__ = ["report_html"]

_EQ_TARGETS = {
    Role.LEAD_VOCAL: ("lead", "eq"),
    Role.BACKING_VOCAL: ("backing_vocals", "eq"),
    Role.BACKING: ("backing_eq",),
}


def report_html(made: Mixed, *, progress: Progress = silent) -> str:
    """The report of a mix as HTML. Raises as `rendering.play`."""
    heard = hear(made, progress)
    progress("drawing the report", 0.95)
    rate = made.session.rate
    excerpts, listening = versions(heard, rate)
    page = Page(
        session=made.session,
        plan=made.plan,
        standings=standings(made.plan, heard),
        figures=song_figures(heard),
        tracks=tuple(_track_page(made, track) for track in heard.tracks),
        versions=excerpts,
        listening=listening,
        notes=(*made.plan.notes, *made.session.warnings),
    )
    html = render_page(page)
    progress("drawing the report", 1.0)
    return html


def _track_page(made: Mixed, heard: TrackHeard) -> TrackPage:
    return TrackPage(
        track=heard.track,
        before_db=made.before.track(heard.track.guid).fader.volume_db,
        values=tuple(track_values(made, heard)),
        figures=chain_figures(heard, made.session.rate, _wanted_eq_db(made.plan, heard.track.role)),
    )


def _wanted_eq_db(plan: MixPlan, role: Role | None) -> tuple[float, ...] | None:
    """The EQ curve that was asked for on tracks of this role, by octave; None where there was none."""
    node: object = plan.targets
    for key in (*_EQ_TARGETS[role or Role.BACKING], "gains_db"):
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return tuple(node) if isinstance(node, tuple) else None

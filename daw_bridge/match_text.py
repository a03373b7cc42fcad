"""What `match` prints: the chain that was found, what was left out, and how near it comes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from click import style

from daw_bridge.mix_text import compact_table, notes, terminal_width, track_reasons, written_lines
from daw_bridge.plan_json import plan_to_json

if TYPE_CHECKING:
    from daw_bridge.match import Matched
    from daw_bridge.match_mix import Unmixed
    from daw_bridge.matching.pair import Nearness


def match_report(made: Matched, written: Mapping[str, Path], *, reasons: bool = False) -> str:
    """The chain as a table, how near it comes, and what was written; with the `reasons` for every value."""
    plan = made.mix.plan
    title = style(f"what made {made.wet.name} of {plan.tracks[0].name}", bold=True)
    parts = [title, compact_table(plan.tracks, terminal_width())]
    parts.append(track_reasons(plan.tracks[0]) if reasons else _left_out(made))
    parts += [_nearness_lines(made.match.before, made.match.after), *notes(plan.notes, ())]
    parts.append(written_lines(written) if written else "Nothing was written: name a project with -o SONG.rpp.")
    return "\n\n".join(part for part in parts if part)


def _left_out(made: Matched) -> str:
    names = {"eq": "ReaEQ", "comp": "ReaComp", "verb": "ReaVerbate"}
    chain, why = made.match.chain, made.match.why
    return "\n".join(f"no {name}: {why[part]}" for part, name in names.items() if getattr(chain, part) is None)


def _nearness_lines(before: Nearness, after: Nearness) -> str:
    rows = [("residual, sample by sample", f"{before.residual_db:.1f}", f"{after.residual_db:.1f} dB")]
    if before.levels_residual_db is not None and after.levels_residual_db is not None:
        was, now = before.levels_residual_db, after.levels_residual_db
        rows.append(("residual of levels, by third octaves", f"{was:.1f}", f"{now:.1f} dB"))
    rows.append(("perceptual distance", f"{before.distance.total:.3f}", f"{after.distance.total:.3f}"))
    width = max(len(label) for label, *_ in rows)
    return "\n".join(f"{label:<{width}}  {was:>6} -> {style(now, fg='green')}" for label, was, now in rows)


def match_document(made: Matched, written: Mapping[str, Path]) -> dict[str, object]:
    """What was found, as plain data."""
    alignment = made.match.alignment
    return {
        "plan": plan_to_json(made.mix.plan),
        "alignment": {
            "offset_s": alignment.offset_frames / made.mix.session.rate,
            "inverted": alignment.inverted,
            "drift_ppm": alignment.drift_ppm,
        },
        "before": _nearness_document(made.match.before),
        "after": _nearness_document(made.match.after),
        "complete": made.match.complete,
        "written": {what: str(path) for what, path in written.items()},
    }


def _nearness_document(nearness: Nearness) -> dict[str, float | None]:
    return {
        "residual_db": nearness.residual_db,
        "levels_residual_db": nearness.levels_residual_db,
        "spectral_distance": nearness.distance.spectral,
        "dynamic_distance": nearness.distance.dynamic,
        "distance": nearness.distance.total,
    }


def mix_match_report(made: Unmixed, written: Mapping[str, Path], *, reasons: bool = False) -> str:
    """How the tracks were mixed, as a table, and how near that comes; with the `reasons` for every value."""
    from daw_bridge.match_mix import pan_words  # noqa: PLC0415  the printing of a pair does without

    plan = made.mix.plan
    table = compact_table(plan.tracks, terminal_width(), roles=False)
    parts = [style(f"how {made.finished.name} was mixed", bold=True), table]
    placed = [
        f"{track.name} {pan_words(track.fader.pan)}"
        for track, match in zip(made.mix.session.tracks, made.match.tracks, strict=True)
        if match.strip.heard
    ]
    parts.append("pans: " + "; ".join(placed))
    parts += [track_reasons(track, roles=False) for track in plan.tracks] if reasons else []
    parts += [_nearness_lines(made.match.before, made.match.after), *notes(plan.notes, ())]
    parts.append(written_lines(written) if written else "Nothing was written: name a project with -o SONG.rpp.")
    return "\n\n".join(part for part in parts if part)


def mix_match_document(made: Unmixed, written: Mapping[str, Path]) -> dict[str, object]:
    """How the tracks were mixed, as plain data."""
    rate = made.mix.session.rate
    tracks = zip(made.mix.session.tracks, made.match.tracks, made.match.offsets_frames, strict=True)
    return {
        "plan": plan_to_json(made.mix.plan),
        "tracks": [
            {
                "name": track.name,
                "heard": match.strip.heard,
                "pan": match.strip.pan,
                "inverted": match.strip.inverted,
                "offset_s": offset / rate,
            }
            for track, match, offset in tracks
        ],
        "before": _nearness_document(made.match.before),
        "after": _nearness_document(made.match.after),
        "complete": made.match.complete,
        "written": {what: str(path) for what, path in written.items()},
    }

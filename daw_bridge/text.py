"""What the commands print: tables for people, documents for other tools."""

from __future__ import annotations

import dataclasses
import math
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.plan import UserChange
from daw_bridge.plan_json import plan_to_json
from daw_bridge.plugins.parameters import describe

if TYPE_CHECKING:
    from daw_bridge.api import Change, Mix
    from daw_bridge.demo.job import Demo
    from daw_bridge.plan import TrackPlan
    from daw_bridge.plugins import Settings
    from daw_bridge.rendering import RenderResult
    from daw_bridge.session import Session
    from predictors.analysis import SessionAnalysis, TrackAnalysis
    from predictors.decide import Preset

Row = tuple[str, str, str]

_SHOWN = {
    "comp": {
        "threshold_db": "threshold",
        "ratio": "ratio",
        "attack_ms": "attack",
        "release_ms": "release",
        "knee_db": "knee",
        "rms_ms": "RMS size",
        "wet_db": "wet (make-up)",
    },
    "verb": {
        "wet_db": "wet",
        "room_size": "room size",
        "dampening": "dampening",
        "pre_delay_ms": "initial delay",
        "low_cut_hz": "hipass",
        "high_cut_hz": "lowpass",
    },
}
_PLUGIN_NAMES = {"comp": "ReaComp", "verb": "ReaVerbate"}


def mix_report(made: Mix, written: Mapping[str, Path]) -> str:
    """What was decided for each track, why, what it reaches, and what was written."""
    plan = made.plan
    title = f"preset {plan.preset}, decided by {plan.predictor}, amount {plan.amount:g} %"
    parts = [title, *(_track_report(track) for track in plan.tracks), _results(plan.results)]
    parts += _notes((*plan.notes, *made.session.warnings), made.kept)
    parts.append(_written(written) if written else "Nothing was written (--dry-run).")
    return "\n\n".join(part for part in parts if part)


def _track_report(track: TrackPlan) -> str:
    rows: list[Row] = [("fader", f"{track.fader_db:+.2f} dB", track.why.get("fader_db", ""))]
    if track.eq is not None:
        rows += _eq_rows(track)
    for plugin, fields in _SHOWN.items():
        settings: Settings | None = getattr(track, plugin)
        if settings is not None:
            shown = describe(settings)
            rows += [
                (f"{_PLUGIN_NAMES[plugin]} {label}", shown[name], track.why.get(f"{plugin}.{name}", ""))
                for name, label in fields.items()
            ]
        elif plugin in track.why:
            rows.append((_PLUGIN_NAMES[plugin], "not used", track.why[plugin]))
    return f"{track.name} ({track.role.value})\n" + _table(rows)


def _eq_rows(track: TrackPlan) -> list[Row]:
    assert track.eq is not None
    bands = [text for name, text in describe(track.eq).items() if name.startswith("bands.")]
    curve, high_pass = track.why.get("eq", ""), track.why.get("eq.high_pass", "")
    rows = []
    for band in bands:
        if high_pass and band.startswith("High Pass"):
            rows.append(("ReaEQ", band, high_pass))
        else:
            rows.append(("ReaEQ", band, curve))
            curve = ""
    return [*rows, ("", "", curve)] if curve else rows


def _results(results: Mapping[str, float]) -> str:
    labels = {
        "relative_loudness_before_lu": ("vocal against backing, before", "LU"),
        "relative_loudness_lu": ("vocal against backing, now", "LU"),
        "backing_vocals_lu": ("backing vocals against lead", "LU"),
        "true_peak_dbtp": ("true peak of the mix", "dBTP"),
    }
    rows = [
        (label, f"{_signed(results[name])} {unit}", "") for name, (label, unit) in labels.items() if name in results
    ]
    return "Reached\n" + _table(rows) if rows else ""


def _signed(value: float) -> str:
    """With one decimal, and without a minus before what rounds to 0."""
    return f"{round(value, 1) + 0.0:+.1f}"


def _notes(notes: Iterable[str], kept: Iterable[UserChange]) -> list[str]:
    lines = [f"note: {note}" for note in notes] + [f"kept: {_kept(change)}" for change in kept]
    return ["\n".join(lines)] if lines else []


def _kept(change: UserChange) -> str:
    """One value of the user's that stands."""
    if change.value is None:
        return f"{change.track}: you took our {change.field} out (--force puts it back)"
    if isinstance(change.value, float) and isinstance(change.planned, float):
        return (
            f"{change.track}: {change.field} is {change.value:g}, where we had set {change.planned:g} "
            "(--force sets it again)"
        )
    return f"{change.track}: {change.field} as you changed it (--force sets it again)"


def _written(written: Mapping[str, Path]) -> str:
    return "\n".join(f"wrote {what}: {path}" for what, path in written.items())


def _table(rows: Sequence[Row]) -> str:
    """Three columns; the last, the reason, is wrapped to the terminal's width."""
    first = max((len(row[0]) for row in rows), default=0)
    second = max((len(row[1]) for row in rows), default=0)
    width = max(40, min(shutil.get_terminal_size((110, 24)).columns, 140) - first - second - 7)
    lines = []
    for name, value, reason in rows:
        wrapped = textwrap.wrap(reason, width) or [""]
        lines.append(f"  {name:<{first}}  {value:<{second}}  {wrapped[0]}".rstrip())
        lines += [" " * (first + second + 6) + line for line in wrapped[1:]]
    return "\n".join(lines)


def mix_document(made: Mix, written: Mapping[str, Path]) -> dict[str, object]:
    """The plan, what of the user's was kept, and what was written."""
    return {
        "plan": plan_to_json(made.plan),
        "kept": [{"track": change.track, "field": change.field, "sentence": _kept(change)} for change in made.kept],
        "warnings": list(made.session.warnings),
        "written": {what: str(path) for what, path in written.items()},
    }


def analysis_report(session: Session, analysis: SessionAnalysis) -> str:
    """The measured values of each group as a table."""
    names = {"lead vocal": analysis.lead, "backing vocals": analysis.backing_vocals, "backing": analysis.backing}
    groups = {name: group for name, group in names.items() if group is not None}
    lines = [f"{'':<24}" + "".join(f"{name:>16}" for name in groups)]
    measured = [_measured(group) for group in groups.values()]
    lines += [f"{label:<24}" + "".join(f"{values[label]:>16}" for values in measured) for label in measured[0]]
    facts = []
    if analysis.relative_loudness_lu is not None:
        facts.append(f"vocal against backing while it sings: {_signed(analysis.relative_loudness_lu)} LU")
    if analysis.tempo_bpm is not None:
        facts.append(f"tempo: {analysis.tempo_bpm:.1f} BPM ({analysis.tempo_source})")
    else:
        facts.append("tempo: not found")
    parts = ["\n".join(lines), _spectrum_report(analysis), "\n".join(facts), *_notes(session.warnings, ())]
    return "\n\n".join(part for part in parts if part)


def _finite(value: float, unit: str) -> str:
    return f"{value:.1f} {unit}" if math.isfinite(value) else "silent"


def _measured(group: TrackAnalysis) -> dict[str, str]:
    return {
        "integrated loudness": _finite(group.loudness.integrated_lufs, "LUFS"),
        "loudness range": _finite(group.loudness.range_lu, "LU"),
        "100 ms block range": _finite(group.block_range_db, "dB"),
        "momentary max": _finite(group.loudness.momentary_max_lufs, "LUFS"),
        "sample peak": _finite(group.loudness.sample_peak_dbfs, "dBFS"),
        "crest": _finite(group.crest_db, "dB"),
        "active": f"{group.active_s:.0f} of {group.duration_s:.0f} s",
    }


def _spectrum_report(analysis: SessionAnalysis) -> str:
    """Octave bands: how far the backing stands over the vocal while it sings."""
    from predictors.targets import OCTAVES_HZ  # noqa: PLC0415

    if analysis.masking_octaves_db is None:
        return ""
    header = f"{'octave, Hz':<24}" + "".join(f"{hz:>8g}" for hz in OCTAVES_HZ)
    values = "".join(f"{value:>+8.1f}" for value in analysis.masking_octaves_db)
    return f"{header}\n{'backing over vocal, dB':<24}{values}"


def analysis_document(session: Session, analysis: SessionAnalysis) -> dict[str, object]:
    """All that was measured, as plain data; -inf (silence) as null."""
    document = _plain(dataclasses.asdict(analysis))
    assert isinstance(document, dict)
    roles = [{"name": track.name, "role": track.role.value if track.role else None} for track in session.tracks]
    return {"tracks": roles, "analysis": document, "warnings": list(session.warnings)}


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case np.ndarray():
            return [_plain(item) for item in value.tolist()]
        case list() | tuple():
            return [_plain(item) for item in value]
        case float():
            return round(value, 6) if math.isfinite(value) else None
        case np.generic():
            return _plain(value.item())
    return value


def render_report(done: RenderResult) -> str:
    """What was rendered, and what in it is not as it should be."""
    lines = [f"note: {warning}" for warning in done.warnings]
    if done.peak > 1.0:
        lines.append(f"note: The sum reaches {_dbfs(done.peak):+.1f} dBFS and is clipped: turn the master down.")
    return "\n".join([*lines, _written({"render": done.path})])


def change_report(change: Change) -> str:
    """What was applied or reverted, and where the old file is."""
    lines = [f"{change.action}: {change.path} ({', '.join(change.tracks)})"]
    if change.backup is not None:
        lines.append(f"the file as it was: {change.backup}")
    return "\n".join([*lines, *(f"kept: {_kept(item)}" for item in change.kept)])


def presets_report(presets: Sequence[Preset]) -> str:
    """The presets, a line each."""
    width = max(len(preset.name) for preset in presets)
    return "\n".join(f"{preset.name:<{width}}  {preset.description}" for preset in presets)


def render_document(done: RenderResult) -> dict[str, object]:
    """What was rendered, as plain data."""
    return {
        "path": str(done.path),
        "rate": done.rate,
        "duration_s": done.duration_s,
        "sample_peak_dbfs": _dbfs(done.peak) if done.peak > 0.0 else None,
        "warnings": list(done.warnings),
    }


def _dbfs(peak: float) -> float:
    return 20.0 * math.log10(peak)


def presets_document(presets: Sequence[Preset]) -> dict[str, object]:
    """The presets with all their values."""
    return {preset.name: dataclasses.asdict(preset) for preset in presets}


def preset_report(preset: Preset) -> str:
    """One preset with all its values."""
    values = _flat(dataclasses.asdict(preset))
    width = max(map(len, values))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in values.items())


def _flat(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def demo_report(demo: Demo) -> str:
    """The mix, and what lies where."""
    files = {"project": demo.project, "plan": demo.plan, "render before": demo.dry, "render after": demo.mixed}
    return "\n\n".join(
        [
            "A short song, made by this program: drums, bass, chords, and a synthesised voice.",
            mix_report(demo.mix, files),
            f"Open {demo.project} in REAPER, or listen to {demo.dry.name} and {demo.mixed.name}.",
        ]
    )

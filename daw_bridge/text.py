"""What the commands print: tables for people, documents for other tools."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.mix_text import kept_sentence, mix_report, notes, signed, written_lines
from daw_bridge.plan_json import plan_to_json

if TYPE_CHECKING:
    from daw_bridge.api import Mix
    from daw_bridge.applying import Change
    from daw_bridge.demo.job import Demo
    from daw_bridge.rendering import RenderResult
    from daw_bridge.session import Session
    from predictors.analysis import SessionAnalysis, TrackAnalysis
    from predictors.decide import Preset


def mix_document(made: Mix, written: Mapping[str, Path]) -> dict[str, object]:
    """The plan, what of the user's was kept, and what was written."""
    return {
        "plan": plan_to_json(made.plan),
        "kept": [
            {"track": change.track, "field": change.field, "sentence": kept_sentence(change)}
            for change in made.kept
        ],
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
        facts.append(f"vocal against backing while it sings: {signed(analysis.relative_loudness_lu)} LU")
    if analysis.tempo_bpm is not None:
        facts.append(f"tempo: {analysis.tempo_bpm:.1f} BPM ({analysis.tempo_source})")
    else:
        facts.append("tempo: not found")
    parts = ["\n".join(lines), _spectrum_report(analysis), "\n".join(facts), *notes(session.warnings, ())]
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
    document = _plain(dataclasses.asdict(analysis, dict_factory=_for_people))
    assert isinstance(document, dict)
    roles = [{"name": track.name, "role": track.role.value if track.role else None} for track in session.tracks]
    return {"tracks": roles, "analysis": document, "warnings": list(session.warnings)}


def _for_people(fields: list[tuple[str, object]]) -> dict[str, object]:
    """Without what only networks can read."""
    return {name: value for name, value in fields if name != "features"}


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
    return "\n".join([*lines, written_lines({"render": done.path})])


def change_report(change: Change) -> str:
    """What was applied or reverted, and where the old file is."""
    lines = [f"{change.action}: {change.path} ({', '.join(change.tracks)})"]
    if change.backup is not None:
        lines.append(f"the file as it was: {change.backup}")
    return "\n".join([*lines, *(f"kept: {kept_sentence(item)}" for item in change.kept)])


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

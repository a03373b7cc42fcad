"""The demo: makes the song, mixes it as a user would, and writes everything into one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daw_bridge import api
from daw_bridge.audio import write_audio
from daw_bridge.demo import LEVELS_DBFS, make_song
from daw_bridge.errors import OutputError
from daw_bridge.files import all_or_nothing, refuse_existing
from daw_bridge.mix_files import MixFiles
from daw_bridge.presets import load_preset
from daw_bridge.progress import Progress, silent
from daw_bridge.rendering import render_to_file
from daw_bridge.sources import RecordingsSource

LEAD = "Lead Vocal"
BACKING_VOCALS = "Backing Vocals"
RATE = 44100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demo:
    """What was made, and where it lies."""

    mix: api.Mix
    recordings: tuple[Path, ...]
    project: Path
    plan: Path
    dry: Path
    mixed: Path


def make_demo(folder: Path, *, preset: str, force: bool = False, progress: Progress = silent) -> Demo:
    """Write the song's recordings, its mixed project, the plan, and renders before and after into `folder`.

    Raises OutputError where a file is in the way, unless `force`.
    """
    load_preset(preset)
    recordings = {name: folder / f"{name}.wav" for name in LEVELS_DBFS}
    project, plan, dry, mixed = (folder / name for name in ("Song.rpp", "Plan.json", "Dry.wav", "Mixed.wav"))
    for path in (*recordings.values(), project, plan, dry, mixed):
        refuse_existing(path, force=force)
    _make_folder(folder)
    source = RecordingsSource(
        vocals=(recordings[LEAD],),
        backing_vocals=(recordings[BACKING_VOCALS],),
        backings=tuple(path for name, path in recordings.items() if name not in (LEAD, BACKING_VOCALS)),
        output=project,
    )
    with all_or_nothing((*recordings.values(), dry)):
        progress("making the song", 0.0)
        for name, samples in make_song(rate=RATE).stems.items():
            write_audio(recordings[name], [samples], RATE, samples.shape[0])
        made = api.mix_source(source, preset=preset, progress=progress)
        render_to_file(made.before, made.media, dry, progress=progress)
        api.write_mix(made, MixFiles(project=project, render=mixed, plan=plan), progress=progress)
    return Demo(mix=made, recordings=tuple(recordings.values()), project=project, plan=plan, dry=dry, mixed=mixed)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be made ({error.strerror})", hint="Name a folder that you may write to."
        ) from error

"""A short song to judge predictors on."""

from __future__ import annotations

import pytest

from daw_bridge.demo import DemoSong
from daw_bridge.evaluation.excerpts import Excerpt


@pytest.fixture(scope="session")
def excerpt(demo_song: DemoSong) -> Excerpt:
    """8 s of the demo song: a lead, and drums and chords as one backing."""
    piece = slice(10 * demo_song.rate, 18 * demo_song.rate)
    stems = {name: samples[:, piece] for name, samples in demo_song.stems.items()}
    backing = stems["Drums"] + stems["Chords"]
    return Excerpt(
        name="demo", group="demo", rate=demo_song.rate, stems={"lead": stems["Lead Vocal"], "backing": backing}
    )

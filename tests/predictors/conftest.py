"""Analyses made by hand, so that deciding is tested without listening."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from predictors.analysis import SessionAnalysis, TrackAnalysis
from predictors.loudness import Loudness

AVERAGE_VOCAL_DB = (-31.2, -25.0, -16.3, -8.3, -4.5, -5.6, -9.1, -12.6, -16.9, -25.6)
"""The average vocal of MUSDB18 in octaves from 31.5 Hz to 16 kHz."""


@pytest.fixture(scope="session")
def make_track() -> Callable[..., TrackAnalysis]:
    """A track with these octave levels, this range, this lowest frequency."""

    def make(
        octaves_db: Sequence[float] = AVERAGE_VOCAL_DB,
        *,
        block_range_db: float = 14.2,
        lowest_hz: float = 100.0,
        active_lufs: float = -20.0,
    ) -> TrackAnalysis:
        thirds = np.concatenate([[-100.0], np.repeat(np.asarray(octaves_db) - 10 * np.log10(3.0), 3)])
        power = np.full(100, 0.01)
        return TrackAnalysis(
            loudness=Loudness(
                integrated_lufs=active_lufs,
                range_lu=5.0,
                momentary_max_lufs=-15.0,
                short_term_max_lufs=-17.0,
                sample_peak_dbfs=-6.0,
                true_peak_dbtp=None,
                block_power=power,
            ),
            duration_s=10.0,
            silent=False,
            mask=np.ones(100, dtype=bool),
            active_s=10.0,
            active_lufs=active_lufs,
            block_range_db=block_range_db,
            crest_db=15.0,
            spectrum_db=thirds,
            lowest_hz=lowest_hz,
        )

    return make


@pytest.fixture(scope="session")
def make_session(make_track: Callable[..., TrackAnalysis]) -> Callable[..., SessionAnalysis]:
    """A session of such tracks; `masking` is backing minus lead in octaves, as the mix stands."""

    def make(
        lead: TrackAnalysis | None = None,
        *,
        masking: Sequence[float] | None = (18.6, 19.3, 13.8, 2.3, -5.0, -6.2, -3.0, -2.6, -3.7, -1.5),
        relative_loudness_lu: float = 0.0,
        backing_vocals: TrackAnalysis | None = None,
        tempo_bpm: float | None = None,
    ) -> SessionAnalysis:
        alone = masking is None
        return SessionAnalysis(
            lead=lead or make_track(),
            backing=None if alone else make_track(),
            backing_vocals=backing_vocals,
            relative_loudness_lu=None if alone else relative_loudness_lu,
            relative_loudness_integrated_lu=None if alone else relative_loudness_lu,
            masking_db=None if alone else np.repeat(np.asarray(masking), 3)[:31],
            masking_octaves_db=None if alone else np.asarray(masking, dtype=float) - relative_loudness_lu,
            tempo_bpm=tempo_bpm,
            tempo_source="project" if tempo_bpm else "not found",
        )

    return make

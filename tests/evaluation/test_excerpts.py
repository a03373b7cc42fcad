import numpy as np
import pytest

from daw_bridge.evaluation.excerpts import Excerpt, as_session, busiest, hear
from daw_bridge.session import Role

RATE = 8000


def _voice(*sounding_s: tuple[float, float], length_s: float = 60.0) -> np.ndarray:
    t = np.arange(round(length_s * RATE)) / RATE
    gate = sum(((t >= start) & (t < end)).astype(float) for start, end in sounding_s)
    return (0.2 * np.sin(2 * np.pi * 300 * t) * gate)[None].astype(np.float32)


def test_the_piece_is_where_the_voice_sounds_most():
    piece = busiest(_voice((2, 4), (30, 38), (45, 46)), RATE, 10.0)

    assert piece.stop - piece.start == 10 * RATE
    assert piece.start <= 30 * RATE
    assert piece.stop >= 38 * RATE


def test_a_song_that_is_shorter_is_taken_as_it_is():
    assert busiest(_voice((1, 2), length_s=5.0), RATE, 10.0) == slice(0, 5 * RATE)


def test_stems_become_tracks_of_their_roles_and_are_heard_as_a_mix_is():
    lead, noise = _voice((1, 9), length_s=10.0), 0.1 * np.random.default_rng(1).normal(size=(2, 10 * RATE))
    excerpt = Excerpt(
        name="song", group="song", rate=RATE, stems={"lead": lead, "backing": noise.astype(np.float32)}
    )
    session, media = as_session(excerpt)
    louder = hear(excerpt.with_lead(2 * lead))

    assert [track.role for track in session.tracks] == [Role.LEAD_VOCAL, Role.BACKING]
    assert session.frames == 10 * RATE
    assert media.read(session.tracks[0].clips[0].source, 0, 10 * RATE, RATE) == pytest.approx(lead)
    assert louder.relative_loudness_lu == pytest.approx(hear(excerpt).relative_loudness_lu + 6.02, abs=0.01)

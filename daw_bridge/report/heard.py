"""What the report shows, measured: a song before and after, and each track at the stations of its chain.

Everything is played once and made small right away, so that a long song does not fill the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Signal
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reacomp_sound import gain_reduction_db
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.plugins.sound import process_all
from daw_bridge.rendering import chain_input, mixdown
from daw_bridge.report.excerpt import LENGTH_S, Excerpt, cut, loudest_start_s
from daw_bridge.session import Role
from predictors.analysis import SessionAnalysis, active_mask, analyze_track, compare
from predictors.loudness import Loudness, lufs, measure

if TYPE_CHECKING:
    from daw_bridge.audio import Samples
    from daw_bridge.media import Media
    from daw_bridge.plan import MixPlan, UserChange
    from daw_bridge.plugins import Settings
    from daw_bridge.progress import Progress
    from daw_bridge.session import Session, Track

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_POINTS = 1500
"""So many points of time are drawn: more than a page has pixels."""

LEVEL_S = 0.005
LEVELS_DB = np.arange(-72.0, 1.0)
"""The lower edges of the level histogram's classes of 1 dB."""


class Mixed(Protocol):
    """A session before and after, and what was planned for it: `api.Mix`."""

    @property
    def before(self) -> Session:
        """The session without us."""
        ...

    @property
    def session(self) -> Session:
        """The session as it is mixed."""
        ...

    @property
    def plan(self) -> MixPlan:
        """What was decided, and why."""
        ...

    @property
    def kept(self) -> tuple[UserChange, ...]:
        """What the user changed since."""
        ...

    @property
    def media(self) -> Media:
        """The audio of both."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """The song as it sounds at the master, before or after."""

    analysis: SessionAnalysis
    mix: Loudness
    mix_excerpt: Samples
    vocal_excerpt: Samples

    @property
    def vocal_lufs(self) -> float:
        """Integrated loudness of the lead vocals in the mix."""
        return self.analysis.lead.loudness.integrated_lufs

    @property
    def backing_lufs(self) -> float | None:
        """Integrated loudness of the backing in the mix."""
        return None if self.analysis.backing is None else self.analysis.backing.loudness.integrated_lufs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Squeezed:
    """A compressor at work. Levels and times are decimated; `histogram` is a share for each of `LEVELS_DB`."""

    time_s: Array
    peak: Array
    reduction_db: Array
    histogram: Array
    detector: str
    range_before_db: float
    range_after_db: float
    mean_reduction_db: float
    most_reduction_db: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackHeard:
    """One track with what of ours stands on it. Spectra are third octaves in dBFS, over its active time."""

    track: Track
    eq: ReaEq | None
    comp: ReaComp | None
    verb: ReaVerbate | None
    spectrum_before_db: Array
    spectrum_after_db: Array
    power: Array
    mask: Mask
    squeezed: Squeezed | None = None
    wet_lu: float | None = None
    rt60_s: float | None = None

    @property
    def is_vocal(self) -> bool:
        """Whether it is a lead or a backing vocal."""
        return self.track.role is not Role.BACKING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SongHeard:
    """All that was measured."""

    before: Moment
    after: Moment
    tracks: tuple[TrackHeard, ...]
    excerpt: Excerpt


def hear(made: Mixed, progress: Progress) -> SongHeard:
    """Play a mix before and after, and each of its tracks. Raises as `play`."""
    planned = {track.guid.upper() for track in made.plan.tracks}
    chosen = [track for track in made.session.tracks if track.guid.upper() in planned]
    tracks = []
    for number, track in enumerate(chosen):
        progress(f"{track.name}: measuring for the report", 0.5 * number / len(chosen))
        tracks.append(_hear_track(made, track))
    leads = [heard for heard in tracks if heard.track.role is Role.LEAD_VOCAL]
    power = _total([heard.power for heard in leads])
    length_s = min(LENGTH_S, made.session.length_s)
    excerpt = Excerpt(start_s=loudest_start_s(power, length_s), length_s=length_s)
    mask = _total([heard.mask for heard in leads]) > 0
    progress("the song before: measuring for the report", 0.5)
    before = _moment(made.before, made, mask, excerpt)
    progress("the song after: measuring for the report", 0.75)
    after = _moment(made.session, made, mask, excerpt)
    return SongHeard(before=before, after=after, tracks=tuple(tracks), excerpt=excerpt)


def _moment(session: Session, made: Mixed, mask: Mask, excerpt: Excerpt) -> Moment:
    """The groups are told by the roles of the mixed session: what they were called before does not count."""
    rate, media = session.rate, made.media
    guids = {role: frozenset(track.guid for track in made.session.with_role(role)) for role in Role}
    vocal = mixdown(session, media, only=guids[Role.LEAD_VOCAL])
    lead, vocal_excerpt = analyze_track(vocal, rate, mask=mask), cut(vocal, rate, excerpt)
    del vocal
    backing = None
    if guids[Role.BACKING]:
        backing = analyze_track(mixdown(session, media, only=guids[Role.BACKING]), rate, mask=mask)
    mix = mixdown(session, media)
    return Moment(
        analysis=compare(lead, backing),
        mix=measure(mix, rate, true_peak=True),
        mix_excerpt=cut(mix, rate, excerpt),
        vocal_excerpt=vocal_excerpt,
    )


def _hear_track(made: Mixed, track: Track) -> TrackHeard:
    rate = made.session.rate
    eq, comp, verb = _ours(track)
    dry = chain_input(made.session, made.media, track.guid)
    heard = Signal.of(dry, rate)
    mask = active_mask(heard.power)
    equalized = process_all(eq, dry, rate) if eq else dry
    compressed = process_all(comp, equalized, rate) if comp else equalized
    squeezed = _squeezed(comp, equalized, compressed, rate, mask) if comp else None
    return TrackHeard(
        track=track,
        eq=eq,
        comp=comp,
        verb=verb,
        spectrum_before_db=_spectrum_dbfs(dry, rate, mask),
        spectrum_after_db=_spectrum_dbfs(compressed, rate, mask),
        power=heard.power,
        mask=mask,
        squeezed=squeezed,
        wet_lu=wet_level_lu(Signal.of(compressed, rate), verb) if verb else None,
        rt60_s=rt60_s(verb.room_size, verb.dampening, rate) if verb else None,
    )


def _ours(track: Track) -> tuple[ReaEq | None, ReaComp | None, ReaVerbate | None]:
    """Our plug-ins on a track as they stand: switched off, or with the chain switched off, they do nothing."""
    playing = [fx.settings for fx in track.fx if fx.ours and fx.enabled] if track.fx_enabled else []
    eq, comp, verb = (_first(playing, kind) for kind in (ReaEq, ReaComp, ReaVerbate))
    return eq, comp, verb  # type: ignore[return-value]


def _first(playing: Sequence[Settings | None], kind: type) -> Settings | None:
    return next((settings for settings in playing if isinstance(settings, kind)), None)


def _spectrum_dbfs(samples: Samples, rate: int, mask: Mask) -> Array:
    """Third octaves in dB against a full-scale sine, the mean of the channels."""
    from predictors.spectrum import band_spectrum  # noqa: PLC0415

    bands = band_spectrum(samples, rate, mask) / len(samples) * 2.0
    return np.asarray(10.0 * np.log10(np.maximum(bands, 1e-12)))


def _squeezed(comp: ReaComp, samples: Samples, output: Samples, rate: int, mask: Mask) -> Squeezed:
    reduction = gain_reduction_db(comp, samples, rate)
    active = np.repeat(mask, -(-rate // 10))[: reduction.size]
    heard = reduction[: active.size][active]
    levels, detector = _levels_db(comp, samples, rate, active)
    before, after = Signal.of(samples, rate), Signal.of(output, rate)
    return Squeezed(
        time_s=_bins(np.arange(reduction.size) / rate)[:, 0].astype(np.float64),
        peak=_bins(np.abs(samples).max(axis=0)).max(axis=1).astype(np.float64),
        reduction_db=_bins(reduction).max(axis=1).astype(np.float64),
        histogram=_histogram(levels),
        detector=detector,
        range_before_db=before.range_over(mask),
        range_after_db=after.range_over(mask),
        mean_reduction_db=float(heard.mean()) if heard.size else 0.0,
        most_reduction_db=float(heard.max()) if heard.size else 0.0,
    )


def _levels_db(comp: ReaComp, samples: Samples, rate: int, active: Mask) -> tuple[Array, str]:
    """How loud the detector finds the active parts: their peaks each 5 ms, or the RMS of its window if longer."""
    window_s = max(comp.rms_ms / 1000.0, LEVEL_S)
    length = max(round(window_s * rate), 1)
    whole = min(samples.shape[1], active.size) // length
    pieces = np.square(samples[:, : whole * length]).max(axis=0).reshape(whole, length)
    power = pieces.max(axis=1) if window_s <= LEVEL_S else pieces.mean(axis=1)
    sung = active[: whole * length].reshape(whole, length).any(axis=1)
    detector = f"peak in each {window_s * 1000:.0f} ms" if window_s <= LEVEL_S else f"RMS of {comp.rms_ms:.0f} ms"
    return 10.0 * np.log10(np.maximum(power[sung], 1e-12, dtype=np.float64)), detector


def _histogram(levels_db: Array) -> Array:
    counts, _ = np.histogram(np.minimum(levels_db, LEVELS_DB[-1]), bins=[*LEVELS_DB, LEVELS_DB[-1] + 1.0])
    return np.asarray(counts / max(levels_db.size, 1))


def _bins(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The values in at most `MOST_POINTS` rows of equal length; the last is filled up with its last value."""
    length = max(-(-values.size // MOST_POINTS), 1)
    missing = -values.size % length
    return np.pad(values, (0, missing), mode="edge").reshape(-1, length)


def _total(rows: Sequence[Array] | Sequence[Mask]) -> Array:
    """The sum of rows of different lengths."""
    total = np.zeros(max((row.size for row in rows), default=0))
    for row in rows:
        total[: row.size] += row
    return total


def short_term_lufs(loudness: Loudness) -> Array:
    """The loudness of the 3 s around each 100 ms block."""
    power = loudness.block_power
    return np.asarray(lufs(np.maximum(np.convolve(power, np.ones(30) / 30, "same")[: power.size], 1e-9)))

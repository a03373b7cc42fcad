"""All that is observed of one song: what is asked for after known changes, and the mix that is made of it."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.engineer import engineer
from daw_bridge.evaluation.excerpts import LEAD, Excerpt, as_session, hear
from daw_bridge.evaluation.hits import chain_values, errors, play
from daw_bridge.evaluation.human import differences_from
from daw_bridge.evaluation.observations import DO_NOTHING, Observation
from daw_bridge.evaluation.recovery import MOST_GAIN_DB, Decide, recover
from daw_bridge.progress import Progress, silent
from daw_bridge.rendering import mixdown
from predictors.chains import place
from predictors.decide import Preset, decide, needs_features
from predictors.training.perturb import amplified

if TYPE_CHECKING:
    from predictors.targets import Targets

PLAIN = Preset(name="as predicted", description="What a predictor says, with nothing added.")


def deciders(predictors: Sequence[str]) -> dict[str, Decide]:
    """Those who decide, by name, with nothing added by a preset."""
    return {name: functools.partial(decide, preset=PLAIN, predictor=name) for name in predictors}


def observe(
    excerpt: Excerpt, predictors: Sequence[str], *, seed: int, progress: Progress = silent
) -> list[Observation]:
    """Everything, the same for a seed. Raises NothingToMixError where the voice or the backing is silent."""
    deciding = deciders(predictors)
    progress(f"{excerpt.name}: undoing known changes", 0.0)
    features = any(needs_features(PLAIN, name) for name in predictors)
    observations = list(recover(excerpt, deciding, seed=seed, features=features))
    start = excerpt if excerpt.human_mix is None else _out_of_balance(excerpt, seed)
    heard = hear(start, features=features)
    for number, (who, decides) in enumerate(deciding.items()):
        progress(f"{excerpt.name}: mixing as {who} say", 0.5 + 0.5 * number / len(deciding))
        observations += _observed(excerpt.group, who, _mixed(start, who, decides(heard)))
    if start.human_mix is not None:
        unmixed = differences_from(start.human_mix, mixdown(*as_session(start)), start.rate)
        observations += _observed(excerpt.group, DO_NOTHING, unmixed)
    return observations


def _observed(group: str, who: str, values: Mapping[str, float]) -> Iterator[Observation]:
    return (Observation.of(what, who, group, value) for what, value in values.items() if np.isfinite(value))


def _out_of_balance(excerpt: Excerpt, seed: int) -> Excerpt:
    """The stems of a finished mix give its balance away: the lead goes up or down by up to 8 dB."""
    rng = np.random.default_rng([seed, zlib.crc32(excerpt.name.encode())])
    gain_db = float(rng.uniform(-MOST_GAIN_DB, MOST_GAIN_DB))
    return excerpt.with_lead(amplified(excerpt.stems[LEAD], gain_db))


def _mixed(excerpt: Excerpt, who: str, targets: Targets) -> dict[str, float]:
    """What there is to say of the mix that our engineer makes of a song."""
    session, media = as_session(excerpt)
    plan = engineer(session, media, PLAIN, predictor=who)
    mix = play(session, media, plan)
    chain = place(chain_values(session, media, plan))
    return {
        **{f"hit {aspect}": value for aspect, value in errors(session, media, plan, targets.lead, mix).items()},
        "chain distance": chain.distance,
        "chain farther": 100.0 * chain.farther,
        **({} if excerpt.human_mix is None else differences_from(excerpt.human_mix, mix, excerpt.rate)),
    }

"""The `learned` predictor: what trained networks hear in a voice, and what is left to do by the engineers' targets.

An aspect for which no network is shipped stays as `engineers` has it, and says so. The only door to onnxruntime.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from predictors import cards, engineers
from predictors.cards import Card, ModelError
from predictors.features import FEATURE_COUNT, FEATURES_TAG
from predictors.present import Colour, Estimate, balancing, carrying, compressing, equalizing
from predictors.targets import Aim, EnoughReverb, EqTarget, ReverbTarget, Targets, ThresholdTarget, VoiceTargets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from predictors.analysis import SessionAnalysis, TrackAnalysis
    from predictors.targets import DynamicsTarget

Features = NDArray[np.float32]
"""One row for each excerpt, see `excerpts`."""

UNREADABLE = tuple(
    getattr(onnx_errors, name)
    for name in ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile")
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """A network that is ready to be asked, and its card."""

    card: Card
    session: onnxruntime.InferenceSession

    def outputs(self, features: Mapping[str, Features]) -> dict[str, float]:
        """What it says of these inputs, by the names of its outputs: the median over the excerpts.

        Raises ModelError for an answer that is no number, ValueError where an input is silent in every excerpt.
        """
        chosen = {name: features[name] for name in self.card.inputs}
        told = np.concatenate([*chosen.values()], axis=1)[_heard(chosen)]
        if not len(told):
            raise ValueError(f"{' and '.join(chosen)} are not heard in one excerpt")
        (said,) = self.session.run(["outputs"], {"features": told})
        if not np.isfinite(said).all():
            raise ModelError(f"The network '{self.card.task}' answers with what is no number.")
        values = np.median(said, axis=0)
        return {output.name: float(value) for output, value in zip(self.card.outputs, values, strict=True)}

    def source(self, unit: str) -> str:
        """Its name, and how far off it is where a value has this unit."""
        errors = [metric.value for metric in self.card.metrics if metric.unit == unit and not metric.more_is_better]
        return f"network {self.card.task}" + (f", held-out error {errors[0]:.2g} {unit}" if errors else "")


def _heard(features: Mapping[str, Features]) -> NDArray[np.bool_]:
    """The excerpts in which none of these is silent."""
    return np.asarray(np.all([np.isfinite(rows).all(axis=1) for rows in features.values()], axis=0))


@cache
def networks(folder: Path) -> Mapping[str, Network]:
    """The networks in a folder by task. Raises ModelError for one that cannot be used."""
    return {path.stem: _network(path) for path in sorted(folder.glob("*.onnx"))}


def _network(path: Path) -> Network:
    card = cards.read_card(cards.card_path(path))
    cards.check_features(card, FEATURES_TAG)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # it raises what it would log
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except UNREADABLE as error:
        raise ModelError(f"{path} is not a network: {error}") from error
    told = session.get_inputs()[0].shape[-1]
    if told != len(card.inputs) * FEATURE_COUNT:
        raise ModelError(f"{path} takes {told} numbers, but its card says {len(card.inputs)} x {FEATURE_COUNT}.")
    return Network(card=card, session=session)


def predict(analysis: SessionAnalysis) -> Targets:
    """What is left to do. Raises ModelError for a network that cannot be used, ValueError without features."""
    known = networks(cards.MODELS)
    usual = engineers.predict(analysis)
    backing_vocals = analysis.backing_vocals
    level = usual.lead.relative_loudness_lu
    return dataclasses.replace(
        usual,
        lead=dataclasses.replace(
            _left_to_do(usual.lead, analysis.lead, known),
            relative_loudness_lu=None if level is None else _level(level, analysis, known),
        ),
        backing_vocals=None
        if usual.backing_vocals is None or backing_vocals is None
        else _left_to_do(usual.backing_vocals, backing_vocals, known),
    )


def _left_to_do(usual: VoiceTargets, track: TrackAnalysis, known: Mapping[str, Network]) -> VoiceTargets:
    """The targets of one voice, less what it has. What is silent has nothing."""
    if known and not _heard(_features({"vocal": track})).any():
        return usual
    values = {task: _one(known[task], {"vocal": track}) for task in ("range", "wet", "rt60") if task in known}
    return dataclasses.replace(
        usual,
        eq=None if usual.eq is None else _eq(usual.eq, track, known.get("eq")),
        dynamics=None if usual.dynamics is None else _dynamics(usual.dynamics, track, values.get("range")),
        reverb=None if usual.reverb is None else _reverb(usual.reverb, values.get("wet"), values.get("rt60")),
    )


def _one(network: Network, tracks: Mapping[str, TrackAnalysis]) -> Estimate:
    """The value of a network that gives one."""
    (output,) = network.card.outputs
    return Estimate(network.outputs(_features(tracks))[output.name], network.source(output.unit))


def _features(tracks: Mapping[str, TrackAnalysis]) -> Mapping[str, Features]:
    features = {name: track.features for name, track in tracks.items() if track.features is not None}
    if len(features) < len(tracks):
        raise ValueError("the learned predictor needs an analysis that was made with features")
    return features


def _level(usual: Aim, analysis: SessionAnalysis, known: Mapping[str, Network]) -> Aim:
    assert analysis.backing is not None  # there is a level only where there is a backing
    if "level" not in known:
        return _as_usual(usual, "level")
    tracks = {"vocal": analysis.lead, "backing": analysis.backing}
    if not _heard(_features(tracks)).any():
        return Aim(usual.value, f"The backing is silent where the voice was listened to. {usual.why}")
    return balancing(_one(known["level"], tracks))


def _eq(usual: EqTarget, track: TrackAnalysis, network: Network | None) -> EqTarget:
    if network is None:
        return dataclasses.replace(usual, why=_as_usual(Aim(0.0, usual.why), "EQ").why)
    said = network.outputs(_features({"vocal": track}))
    colour = Colour(
        frequencies_hz=np.array([float(name.rpartition("_")[2]) for name in said]),
        gains_db=np.array(list(said.values())),
        source=network.source("dB"),
    )
    return equalizing(colour, track)


def _dynamics(usual: DynamicsTarget, track: TrackAnalysis, range_change: Estimate | None) -> DynamicsTarget:
    if range_change is not None and isinstance(usual, ThresholdTarget):
        return compressing(usual, range_change, track.block_range_db)
    ratio = _as_usual(usual.ballistics.ratio, "dynamics")
    return dataclasses.replace(usual, ballistics=dataclasses.replace(usual.ballistics, ratio=ratio))


def _reverb(
    usual: ReverbTarget | EnoughReverb, wet_lu: Estimate | None, rt60_s: Estimate | None
) -> ReverbTarget | EnoughReverb:
    if isinstance(usual, EnoughReverb):
        return usual
    if wet_lu is None:
        return dataclasses.replace(usual, wet_lu=_as_usual(usual.wet_lu, "reverb"))
    return carrying(usual, wet_lu, rt60_s)


def _as_usual(aim: Aim, aspect: str) -> Aim:
    return Aim(aim.value, f"The engineers' average, since no network is shipped for {aspect}. {aim.why}")

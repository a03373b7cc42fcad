"""Training from beginning to end: examples, network, what it is worth, and the files that it leaves."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from predictors.cards import INDEX, Card, Metric, card_document, card_path, read_index
from predictors.features import FEATURES_TAG
from predictors.training.datasets import Dataset, DatasetError
from predictors.training.examples import Examples, Progress, collect
from predictors.training.export import onnx_bytes
from predictors.training.fitting import Fitted, fit
from predictors.training.networks import answers, parameter_count
from predictors.training.recipes import Measure, Recipe
from predictors.training.scores import score
from predictors.training.split import groups, leave_one_out, split
from predictors.training.tasks import Task, make_tasks

Floats = NDArray[Any]

CHECKED_SHARE = 10
"""For this many examples to learn from there is one to choose on, and one to judge on."""

CROSSED = (
    "Judged on each song in turn, by a network that has not seen it; the one kept has not seen held-out songs."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A network as a file, and its card."""

    onnx: bytes
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What a network and each baseline say to examples that it has not seen, and the truth."""

    said: Floats
    baselines: Mapping[str, Mapping[str, Floats]]
    targets: Floats
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """Where the work is kept, so that it can be stopped and resumed, and who is told how far it is."""

    seed: int
    folder: Path
    resume: bool
    progress: Progress

    def examples(self, recipe: Recipe, dataset: Dataset, part: str, count: int, *, vary: bool) -> Examples:
        """Examples of a recipe's task, less those of which the truth is not known."""
        task = _task(recipe, dataset, vary=vary)
        folder = self.folder / "examples" / recipe.task
        made = collect(task, count, seed=self.seed, part=part, folder=folder, progress=self.progress)
        return _asked(made, _places(recipe, task))

    def fit(self, recipe: Recipe, training: Examples, valid: Examples, name: str) -> Fitted:
        """A network fitted to examples, its checkpoint under this name."""
        return fit(
            recipe.network,
            recipe.fitting,
            _as_fitted(recipe, training),
            _as_fitted(recipe, valid),
            seed=self.seed,
            checkpoint=self.folder / f"{name}.pt",
            resume=self.resume,
            progress=lambda stage, done: self.progress(f"{name}: {stage}", done),
        )


def check(recipe: Recipe, dataset: Dataset) -> None:
    """Raises DatasetError, before anything is made, where the data has nothing for a network to learn from."""
    parts = split(dataset)
    for part in (parts.train, parts.valid, *(() if recipe.crossed else (parts.held_out,))):
        _task(recipe, part, vary=False)


def train(recipe: Recipe, dataset: Dataset, trainer: Trainer) -> Trained:
    """Train and judge one network. Raises DatasetError where the data has nothing for it to learn from."""
    parts = split(dataset)
    few = max(recipe.examples // CHECKED_SHARE, 1)
    training = trainer.examples(recipe, parts.train, "train", recipe.examples, vary=True)
    valid = trainer.examples(recipe, parts.valid, "valid", few, vary=False)
    fitted = trainer.fit(recipe, training, valid, recipe.name)
    if recipe.crossed:
        judged = _crossed(recipe, dataset, trainer)
    else:
        unseen = trainer.examples(recipe, parts.held_out, "held_out", few, vary=False)
        judged = _judge(recipe, fitted, unseen, training)
    task = _task(recipe, parts.train, vary=True)
    metrics = tuple(_metric(measure, judged) for measure in recipe.measures)
    card = Card(
        task=recipe.name,
        features=FEATURES_TAG,
        inputs=task.inputs,
        outputs=tuple(task.outputs[place] for place in _places(recipe, task)),
        data=task.data,
        held_out=tuple(group for group in groups(dataset) if group in judged.groups),
        seed=trainer.seed,
        examples=len(training),
        steps=fitted.step,
        parameters=parameter_count(recipe.network, fitted.tensors),
        metrics=metrics,
        shipped=all(metric.beats_all for metric in metrics),
        why="; ".join(map(_in_words, metrics)),
        notes=CROSSED if recipe.crossed else "",
    )
    return Trained(onnx=onnx_bytes(recipe.network, fitted.tensors), card=card)


def _task(recipe: Recipe, dataset: Dataset, *, vary: bool) -> Task:
    tasks = make_tasks(dataset, vary=vary)
    if recipe.task not in tasks:
        raise DatasetError(
            f"The data has too little for '{recipe.name}': after parting it into what is learned from, chosen on "
            f"and judged on, a part has examples for {', '.join(tasks) or 'nothing'} only. Give more voices, songs "
            "or rooms."
        )
    return tasks[recipe.task]


def _places(recipe: Recipe, task: Task) -> list[int]:
    """Which outputs of the task the network gives."""
    names = [output.name for output in task.outputs]
    return [names.index(name) for name in recipe.outputs or names]


def _asked(examples: Examples, places: list[int]) -> Examples:
    """The examples with these outputs alone, less those of which none is known."""
    known = np.asarray(examples.weights[:, places].any(axis=1))
    return Examples(
        features=examples.features[known],
        targets=examples.targets[known][:, places],
        weights=examples.weights[known][:, places],
        groups=tuple(group for group, kept in zip(examples.groups, known, strict=True) if kept),
    )


def _as_fitted(recipe: Recipe, examples: Examples) -> Examples:
    """The examples as the network is fitted to them."""
    if not recipe.network.exponential:
        return examples
    return dataclasses.replace(examples, targets=np.log(examples.targets))


def _said(recipe: Recipe, fitted: Fitted, examples: Examples) -> Floats:
    with torch.no_grad():
        said = answers(recipe.network, fitted.tensors, torch.from_numpy(examples.features)).mean(dim=0).numpy()
    return np.asarray(np.exp(said) if recipe.network.exponential else said)


def _judge(recipe: Recipe, fitted: Fitted, unseen: Examples, training: Examples) -> _Judged:
    return _Judged(
        said=_said(recipe, fitted, unseen),
        baselines={
            measure.name: {name: rule(unseen, training) for name, rule in recipe.baselines(measure).items()}
            for measure in recipe.measures
        },
        targets=unseen.targets,
        groups=unseen.groups,
    )


def _crossed(recipe: Recipe, dataset: Dataset, trainer: Trainer) -> _Judged:
    """Each song judged by a network that was fitted to the others, and that chose its step on those too."""
    judged = []
    for song, others, alone in leave_one_out(Dataset(dataset.songs())):
        training = trainer.examples(recipe, others, f"without {song}", recipe.examples, vary=True)
        unseen = trainer.examples(recipe, alone, song, recipe.examples // CHECKED_SHARE, vary=False)
        fitted = trainer.fit(recipe, training, training, f"{recipe.name} without {song}")
        judged.append(_judge(recipe, fitted, unseen, training))
    return _together(judged)


def _together(judged: list[_Judged]) -> _Judged:
    first = judged[0]
    return _Judged(
        said=np.concatenate([each.said for each in judged]),
        baselines={
            measure: {name: np.concatenate([each.baselines[measure][name] for each in judged]) for name in rules}
            for measure, rules in first.baselines.items()
        },
        targets=np.concatenate([each.targets for each in judged]),
        groups=tuple(group for each in judged for group in each.groups),
    )


def _metric(measure: Measure, judged: _Judged) -> Metric:
    below = np.inf if measure.below is None else measure.below
    counted = np.asarray((judged.targets < below).all(axis=1))
    names = [group for group, counts in zip(judged.groups, counted, strict=True) if counts]
    truth = judged.targets[counted]
    ours = score(measure.statistic, judged.said[counted], truth, names)
    return Metric(
        name=measure.name,
        unit=measure.unit,
        value=round(ours.value, 3),
        low=round(ours.low, 3),
        high=round(ours.high, 3),
        baselines={**_rounded(measure, judged.baselines[measure.name], counted, truth), **measure.published},
        goal=measure.goal,
        more_is_better=measure.more_is_better,
    )


def _rounded(
    measure: Measure, baselines: Mapping[str, Floats], counted: NDArray[np.bool_], truth: Floats
) -> dict[str, float]:
    return {name: round(measure.statistic(said[counted], truth), 3) for name, said in baselines.items()}


def _in_words(metric: Metric) -> str:
    best = (max if metric.more_is_better else min)(metric.baselines, key=lambda name: metric.baselines[name])
    verdict = "surely better than" if metric.beats_all else "not surely better than"
    unit = f" {metric.unit}" if metric.unit else ""
    value = f"{metric.value:g} ({metric.low:g} to {metric.high:g}){unit}"
    return f"{metric.name} {value}, {verdict} {metric.baselines[best]:g}{unit} ({best})"


def write(trained: Trained, folder: Path, put: Callable[[Path, bytes], None]) -> None:
    """Put network and card into a folder, if it is to be shipped, and its card into the index in any case."""
    model = folder / f"{trained.card.task}.onnx"
    if trained.card.shipped:
        put(model, trained.onnx)
        put(card_path(model), _json(card_document(trained.card)))
    else:
        model.unlink(missing_ok=True)
        card_path(model).unlink(missing_ok=True)
    known = read_index(folder) if (folder / INDEX).exists() else ()
    put(folder / INDEX, _index(known, trained.card))


def _index(known: Iterable[Card], card: Card) -> bytes:
    cards = {each.task: each for each in (*known, card)}
    return _json({"networks": [card_document(cards[name]) for name in sorted(cards)]})


def _json(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()

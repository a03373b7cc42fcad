"""The networks that are trained: what each is asked, how it is made and fitted, and how it is judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from predictors.training.baselines import Rule, average_spectrum, constant, nothing, usual_range
from predictors.training.fitting import Fitting
from predictors.training.networks import Network
from predictors.training.scores import Statistic, correlation, mean_absolute_error, rmse


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number that says how good a network is. Examples whose target is `below` this count, all if None.

    `published` are results of others, on their data, that must be beaten as well.
    """

    name: str
    unit: str
    statistic: Statistic
    goal: float | None
    below: float | None = None
    more_is_better: bool = False
    published: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network comes about: which `outputs` of a task it gives (all, if none are named).

    It learns from so many `examples`; a tenth as many are there to choose on, and to judge on. `crossed`: it is
    judged on each song in turn, by networks that have not seen it, since there are few songs.
    """

    name: str
    task: str
    outputs: tuple[str, ...] = ()
    network: Network
    fitting: Fitting
    examples: int
    measures: tuple[Measure, ...]
    rules: Mapping[str, Rule] = dataclasses.field(default_factory=dict)
    crossed: bool = False

    def baselines(self, measure: Measure) -> Mapping[str, Rule]:
        """What must be beaten by a measure."""
        return {"constant": constant(measure.statistic), **self.rules}


def smaller(recipe: Recipe) -> Recipe:
    """A tenth of the examples and steps: to see whether it all works."""
    fitting = dataclasses.replace(recipe.fitting, steps=recipe.fitting.steps // 10)
    return dataclasses.replace(recipe, examples=recipe.examples // 10, fitting=fitting)


EQ = Recipe(
    name="eq",
    task="eq",
    network=Network(sections=("tone",), outputs=23, widths=(), channels=(16, 16), members=4),
    fitting=Fitting(steps=1200, other_voices=True),
    examples=3000,
    measures=(
        Measure(name="RMSE", unit="dB", statistic=rmse, goal=1.54),
        Measure(name="correlation", unit="", statistic=correlation, goal=0.85, more_is_better=True),
    ),
    rules={"doing nothing": nothing, "average spectrum": average_spectrum},
)

RT60 = Recipe(
    name="rt60",
    task="reverb",
    outputs=("rt60_mid_s",),
    network=Network(sections=("decay", "rooms"), outputs=1, widths=(32,), exponential=True, dropout=0.3),
    fitting=Fitting(steps=1000, noise=1.5, absolute=True),
    examples=3000,
    measures=(Measure(name="MAE under 3 s", unit="s", statistic=mean_absolute_error, goal=0.25, below=3.0),),
)

WET = Recipe(
    name="wet",
    task="reverb",
    outputs=("wet_lu",),
    network=Network(sections=("decay", "rooms"), outputs=1),
    fitting=Fitting(steps=1000, noise=1.0, absolute=True),
    examples=3000,
    measures=(Measure(name="MAE", unit="LU", statistic=mean_absolute_error, goal=2.0),),
)

RANGE = Recipe(
    name="range",
    task="range",
    network=Network(sections=("tone", "decay", "movement"), outputs=1, widths=(32,)),
    fitting=Fitting(steps=1000, noise=2.0, absolute=True),
    examples=3000,
    measures=(Measure(name="MAE", unit="dB", statistic=mean_absolute_error, goal=1.0),),
    rules={"doing nothing": nothing, "average range": usual_range},
)

LI_2022_LU = {"constant of Li 2022 on MUSDB18": 2.24, "network of Li 2022 on MUSDB18": 1.87}
"""Levels can be learned from finished mixes only. Stems that nobody has balanced teach what is no mix: what is
learned from them is far from these."""

LEVEL = Recipe(
    name="level",
    task="level",
    network=Network(sections=("tone", "movement"), outputs=1, inputs=2, widths=(32,), dropout=0.5),
    fitting=Fitting(steps=500, absolute=True, weight_decay=0.1),
    examples=500,
    measures=(Measure(name="MAE", unit="LU", statistic=mean_absolute_error, goal=1.87, published=LI_2022_LU),),
    rules={"as loud as the backing": nothing},
    crossed=True,
)

RECIPES = {recipe.name: recipe for recipe in (EQ, RT60, WET, RANGE, LEVEL)}

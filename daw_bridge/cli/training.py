"""The command that trains networks."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import click

from daw_bridge.cli.options import FILE, force_option, verbose_option
from daw_bridge.cli.terminal import echo, errors, showing_progress

if TYPE_CHECKING:
    from daw_bridge.progress import Progress
    from predictors.training.datasets import Dataset
    from predictors.training.recipes import Recipe

NETWORKS = ("eq", "rt60", "wet", "range", "level")
WORK = ".training"
"""The folder in MODELS that keeps examples, checkpoints and curves."""


@click.command()
@click.argument("network", type=click.Choice((*NETWORKS, "all")))
@click.argument("datasets", nargs=-1, required=True, type=FILE, metavar="DATASET...")
@click.option("-o", "--output", type=FILE, required=True, metavar="MODELS", help="The folder to write networks to.")
@click.option("--steps", type=click.IntRange(min=1), help="How long to fit.  [default: what suits each network]")
@click.option("--small", is_flag=True, help="A tenth of the examples and steps, to see whether it works.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all that is drawn.")
@click.option("--resume", is_flag=True, help="Go on where a training into MODELS was stopped.")
@force_option
@verbose_option
def train(**options: Any) -> None:
    """Train a network, or all, on recordings of yours: songs with stems, dry voices, impulse responses.

    Examples are recordings changed in known ways by the models of our plug-ins. A network is written where it is
    better than the rules on recordings held out for judging; MODELS/index.json says how good each is.
    """
    with errors(verbose=options["verbose"]):
        _check_extra()
        from daw_bridge.errors import DatasetError
        from predictors.training.datasets import Dataset, open_dataset
        from predictors.training.datasets import DatasetError as Unusable

        new = not options["output"].exists()
        try:
            dataset = Dataset(tuple(item for path in options["datasets"] for item in open_dataset(path).items))
            recipes = _recipes(options)
            _check_data(recipes, dataset)
            _prepare(recipes, options)
            with showing_progress(verbose=options["verbose"]) as progress:
                _train_all(recipes, dataset, options, progress)
        except Unusable as error:
            _forget(options, new=new)
            raise DatasetError(str(error)) from error


def _check_extra() -> None:
    from importlib.util import find_spec

    from daw_bridge.errors import MissingExtraError

    missing = [name for name in ("torch", "onnx") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"Training needs {' and '.join(missing)}.", hint='Install it: pip install "daw-bridge[train]"'
        )


def _recipes(options: dict[str, Any]) -> list[Recipe]:
    import dataclasses

    from predictors.training.recipes import RECIPES, smaller

    wanted = NETWORKS if options["network"] == "all" else (options["network"],)
    recipes = [smaller(RECIPES[name]) if options["small"] else RECIPES[name] for name in wanted]
    if not options["steps"]:
        return recipes
    longer = [dataclasses.replace(recipe.fitting, steps=options["steps"]) for recipe in recipes]
    return [dataclasses.replace(recipe, fitting=fitting) for recipe, fitting in zip(recipes, longer, strict=True)]


def _check_data(recipes: list[Recipe], dataset: Dataset) -> None:
    from predictors.training.train import check

    for recipe in recipes:
        check(recipe, dataset)


def _forget(options: dict[str, Any], *, new: bool) -> None:
    """Leave nothing of a training that had nothing to learn from, so that the next can begin.

    The folder goes, too, if it is a new one.
    """
    work = options["output"] / WORK
    if options["resume"] or any(path.suffix in (".npz", ".pt") for path in work.rglob("*")):
        return  # what was made already can be resumed
    shutil.rmtree(work, ignore_errors=True)
    if new:
        with contextlib.suppress(OSError):
            options["output"].rmdir()


def _prepare(recipes: list[Recipe], options: dict[str, Any]) -> None:
    """Make room for a training, or check that what is resumed is what was stopped. Raises OutputError."""
    from daw_bridge.errors import OutputError
    from daw_bridge.files import refuse_existing, write_atomically

    output = options["output"]
    if output.exists() and not output.is_dir():
        raise OutputError(f"{output} is a file.", hint="Name a folder for the networks.")
    said, now = output / WORK / "run.json", _run(options)
    if options["resume"]:
        before = json.loads(said.read_text(encoding="utf-8")) if said.exists() else None
        if before != now:
            was = "no training was stopped there" if before is None else f"it was {_in_words(before, now)}"
            raise OutputError(
                f"The training in {output} cannot be resumed: {was}.",
                hint="Give the same options as before, or begin anew, with --force.",
            )
        return
    for recipe in recipes:
        refuse_existing(output / f"{recipe.name}.onnx", force=options["force"])
    if said.parent.exists() and not options["force"]:
        raise OutputError(
            f"{said.parent} already exists: a training into {output} was begun.",
            hint="Go on with it with --resume, or begin anew with --force.",
        )
    shutil.rmtree(output / WORK, ignore_errors=True)
    (output / WORK).mkdir(parents=True)
    write_atomically(said, json.dumps(now).encode())


def _run(options: dict[str, Any]) -> dict[str, Any]:
    """What must be the same for a training to be resumed."""
    from predictors.features import FEATURES_TAG

    said = {name: options[name] for name in ("steps", "small", "seed")}
    return {**said, "features": FEATURES_TAG, "datasets": [str(path.resolve()) for path in options["datasets"]]}


def _in_words(before: dict[str, Any], now: dict[str, Any]) -> str:
    different = [name for name in now if before.get(name) != now[name]]
    return ", ".join(f"{name} {before.get(name)}, not {now[name]}" for name in different)


def _train_all(recipes: list[Recipe], dataset: Dataset, options: dict[str, Any], progress: Progress) -> None:
    from daw_bridge.files import write_atomically
    from daw_bridge.progress import part
    from predictors.training.train import Trainer, train, write

    for place, recipe in enumerate(recipes):
        trainer = Trainer(
            seed=options["seed"],
            folder=options["output"] / WORK,
            resume=options["resume"],
            progress=part(progress, place / len(recipes), (place + 1) / len(recipes)),
        )
        trained = train(recipe, dataset, trainer)
        write(trained, options["output"], write_atomically)
        verdict = "written" if trained.card.shipped else "left out"
        echo(f"{recipe.name}: {verdict}: {trained.card.why}")

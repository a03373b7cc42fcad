"""What a predictor needs to decide here. Each test holds every one that predictors/decide.py names to it.

The recipe is "Add a predictor" in daw_bridge/docs/code.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from daw_bridge.engineer.listening import listen
from daw_bridge.media import Media
from daw_bridge.presets import ASPECTS, load_preset
from daw_bridge.progress import silent
from daw_bridge.sources import ProjectSource, open_source
from predictors.analysis import SessionAnalysis
from predictors.decide import PREDICTORS, Preset, decide
from predictors.targets import OCTAVES_HZ, Aim, EnoughReverb, EqTarget, Targets

ROOT = Path(__file__).resolve().parents[2]
PLAIN = Preset(name="plain", description="nothing added")


@pytest.fixture(params=PREDICTORS)
def name(request: pytest.FixtureRequest) -> str:
    """Each that can be named with --predictor."""
    return str(request.param)


@pytest.fixture(scope="module")
def heard(mixed_once: Path) -> SessionAnalysis:
    """Eight seconds of a song, listened to; with what networks ask for."""
    media = Media()
    session = open_source(ProjectSource(path=mixed_once / "Song.rpp"), media).session
    return listen(session, media, silent, features=True).analysis


def test_it_decides_every_aspect_of_the_lead(name: str, heard: SessionAnalysis) -> None:
    lead = PREDICTORS[name](heard).lead

    for aspect in dataclasses.fields(lead):
        assert getattr(lead, aspect.name) is not None, f"`{name}` leaves {aspect.name} alone: say what it should be"


def test_it_says_the_same_each_time(name: str, heard: SessionAnalysis) -> None:
    assert PREDICTORS[name](heard) == PREDICTORS[name](heard), f"`{name}` is not deterministic"


def test_it_gives_a_finite_value_and_a_reason_for_all_that_it_says(name: str, heard: SessionAnalysis) -> None:
    for path, value, why in said(decide(heard, PLAIN, predictor=name)):
        assert math.isfinite(value), f"`{name}`: {path} is {value}"
        assert why.endswith("."), f"`{name}`: {path} needs a reason in whole sentences, not {why!r}"


@pytest.mark.parametrize("amount", [0.0, 50.0, 100.0])
def test_it_can_be_gone_as_far_as_one_likes(name: str, amount: float, heard: SessionAnalysis) -> None:
    targets = decide(heard, PLAIN, predictor=name, amount=amount)

    if amount == 0.0:
        assert set(dataclasses.astuple(targets.lead)) == {None}
    else:
        assert all(math.isfinite(value) and why for _, value, why in said(targets))


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_preset_may_have_it_decide_one_aspect_alone(name: str, aspect: str, heard: SessionAnalysis) -> None:
    style = dataclasses.replace(getattr(PLAIN, aspect), predictor=name)

    assert decide(heard, dataclasses.replace(PLAIN, **{aspect: style})).lead is not None


def test_it_decides_where_there_is_nothing_to_stand_against(name: str, heard: SessionAnalysis) -> None:
    alone = dataclasses.replace(
        heard,
        backing=None,
        relative_loudness_lu=None,
        relative_loudness_integrated_lu=None,
        masking_db=None,
        masking_octaves_db=None,
        tempo_bpm=None,
    )

    targets = PREDICTORS[name](alone)

    assert targets.lead.relative_loudness_lu is None, f"`{name}` asks for a level against nothing"
    assert targets.backing_eq is None, f"`{name}` changes a backing that is not there"


def test_a_preset_file_can_name_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'description = "mine"\n[eq]\npredictor = "{name}"\n', encoding="utf-8")

    assert load_preset(str(path)).eq.predictor == name


def test_people_are_told_of_it(name: str, command) -> None:
    places = {
        "the help of --predictor (daw_bridge/cli/mixing.py)": command("mix", "--help").out,
        "daw_bridge/docs/engineers.md": (ROOT / "daw_bridge/docs/engineers.md").read_text(encoding="utf-8"),
    }

    missing = [place for place, text in places.items() if name not in text]
    assert missing == [], f"`{name}` is not named in {', '.join(missing)}"


def said(targets: object, path: str = "targets") -> Iterator[tuple[str, float, str]]:
    """Every value in the targets with its place and its reason; an EQ has one reason for all of its gains."""
    match targets:
        case Aim():
            yield path, targets.value, targets.why
            return
        case EqTarget():
            assert len(targets.gains_db) == len(OCTAVES_HZ)
            yield from ((f"{path}.gains_db", gain, targets.why) for gain in targets.gains_db)
        case EnoughReverb():
            yield path, 0.0, targets.why
    if isinstance(targets, Targets) or dataclasses.is_dataclass(targets):
        for field in dataclasses.fields(targets):
            yield from said(getattr(targets, field.name), f"{path}.{field.name}")

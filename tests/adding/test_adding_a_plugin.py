"""What a plug-in needs to be one of ours. Each test names the file in which a new one is still missing.

The recipe is "Add a plug-in" in daw_bridge/docs/code.md.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import click
import numpy as np
import pytest

from daw_bridge.changes import FX_FIELDS, keep_changes, track_changes
from daw_bridge.engineer.kept import Kept, kept_on
from daw_bridge.hosts.reaper.client import Address, Client
from daw_bridge.hosts.reaper.live import open_project
from daw_bridge.hosts.reaper.places import read_token
from daw_bridge.hosts.rpp.saved import read_saved
from daw_bridge.hosts.rpp.tree import dump, parse
from daw_bridge.hosts.rpp.writing import apply_plan, revert, user_changes
from daw_bridge.mix_text import compact_table, mix_report
from daw_bridge.plan import MixPlan, TrackPlan, leave_alone
from daw_bridge.plan_json import dumps_plan, loads_plan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.parameters import describe, differences, raw_values
from daw_bridge.plugins.sound import make_processor, process_all
from daw_bridge.plugins.vst import (
    dump_vst_body,
    parse_vst_body,
    plugin_of,
    settings_from_state,
    state_from_settings,
    vst_line,
)
from daw_bridge.report.heard import TrackHeard
from daw_bridge.report.values import track_values
from daw_bridge.session import Role
from emulator.plugin import StartReaper
from emulator.plugins import KINDS as TWINS
from emulator.plugins import float32
from emulator.songs import guid, song

EXAMPLES: dict[type, Settings] = {
    ReaEq: ReaEq(
        bands=(
            Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0),
            Band(frequency_hz=2500.0, gain_db=-2.5, bandwidth_oct=1.27),
        ),
        gain_db=-1.0,
    ),
    ReaComp: ReaComp(
        threshold_db=-22.3,
        ratio=2.5,
        attack_ms=12.0,
        release_ms=140.0,
        pre_comp_ms=2.0,
        rms_ms=10.0,
        knee_db=6.0,
        detector_low_pass_hz=15000.0,
        detector_high_pass_hz=100.0,
        auto_make_up=True,
        auto_release=True,
        dry_db=-30.0,
        wet_db=4.0,
    ),
    ReaVerbate: ReaVerbate(
        wet_db=-21.7,
        dry_db=-1.0,
        room_size=0.6,
        dampening=0.4,
        width=0.8,
        pre_delay_ms=23.0,
        low_cut_hz=180.0,
        high_cut_hz=15000.0,
    ),
}
"""Settings of each plug-in with no field as in a fresh one, so that a field that is lost somewhere is seen."""


@pytest.fixture(params=typing.get_args(Settings), ids=lambda kind: kind.__name__)
def settings(request: pytest.FixtureRequest) -> Settings:
    """An example of each plug-in that `daw_bridge.plugins.Settings` names."""
    if request.param not in EXAMPLES:
        pytest.fail(f"{__file__}: EXAMPLES has no {request.param.__name__}", pytrace=False)
    return EXAMPLES[request.param]


@contextlib.contextmanager
def needed(what: str) -> Iterator[None]:
    """Tells of anything that goes wrong by what is missing, and where."""
    try:
        yield
    except Exception as error:  # of any kind: the code does not know the plug-in
        told = f"still missing: {what}\n\n{type(error).__name__}: {error}"
        raise pytest.fail.Exception(told, pytrace=False) from None


def field_of(settings: Settings) -> str:
    """The field of a track's plan that holds such settings."""
    name = type(settings).__name__
    fields = [f for f, hint in typing.get_type_hints(TrackPlan).items() if type(settings) in typing.get_args(hint)]
    with needed(f"daw_bridge/plan.py: one field of TrackPlan that is `{name} | None`"):
        (field,) = fields
    return field


def planned(settings: Settings, **values: Any) -> TrackPlan:
    base = TrackPlan(guid=guid(1), name="Track 1", role=Role.LEAD_VOCAL, fader_db=-6.0)
    return dataclasses.replace(base, **{field_of(settings): settings}, **values)


def plan_of(*tracks: TrackPlan) -> MixPlan:
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tracks)


def as_set(found: Settings | None, wanted: Settings) -> bool:
    """Whether REAPER shows the same of both."""
    return found is not None and differences(found, wanted) == ()


def title(settings: Settings) -> str:
    """What REAPER calls the plug-in: `ReaComp`."""
    with needed("daw_bridge/plugins/vst.py: its name in `Plugin`, a row of `_IDENTITIES`, an arm of `_plugin`"):
        return vst_line(settings, "").split('"VST: ')[1].split(" (")[0]
    raise AssertionError("unreachable: needed() raises what it tells")


# Settings, parameters, states.


def test_its_example_has_no_field_as_in_a_fresh_plugin(settings: Settings) -> None:
    for field in dataclasses.fields(settings):
        assert getattr(settings, field.name) != field.default, f"{__file__}: EXAMPLES, {field.name}"


def test_every_setting_is_a_parameter_with_a_place_and_a_source(settings: Settings) -> None:
    with needed("daw_bridge/plugins/parameters.py: a table with a row for every field, chosen in `_values`"):
        rows = raw_values(settings)
        fields = {parameter.field.partition(".")[0] for parameter, _ in rows}
        assert fields == {field.name for field in dataclasses.fields(settings)}
        assert len({parameter.index for parameter, _ in rows}) == len(rows)
        assert all(parameter.name and parameter.source for parameter, _ in rows)


def test_every_setting_can_be_shown_and_compared(settings: Settings) -> None:
    with needed("daw_bridge/plugins/parameters.py: what `describe` and `differences` say of it"):
        assert {name.partition(".")[0] for name in describe(settings)} == {
            field.name for field in dataclasses.fields(settings)
        }
        assert differences(settings, settings) == ()
        for field in dataclasses.fields(settings):
            if field.default is not dataclasses.MISSING:
                fresh = dataclasses.replace(settings, **{field.name: field.default})
                assert differences(settings, fresh) in ((field.name,), ("eq",))


def test_it_is_known_by_the_line_that_opens_it_in_a_project(settings: Settings) -> None:
    name = title(settings)

    with needed("daw_bridge/plugins/vst.py: its name in `Plugin`, found again by its number and by its file"):
        assert plugin_of(vst_line(settings, "DAW Bridge: X")) == name.lower()
        assert plugin_of(f'<VST "VST: {name} (Cockos)" {name.lower()}.dll 0') == name.lower()


def test_its_settings_survive_the_way_through_a_saved_state(settings: Settings) -> None:
    with needed(
        "daw_bridge/plugins/codec.py: its settings from a block of data and into one, and a fresh block;\n"
        "  daw_bridge/plugins/vst.py: arms for them in `settings_from_state`, `state_from_settings`, `_fresh`"
    ):
        plugin = plugin_of(vst_line(settings, ""))
        assert plugin is not None
        lines = dump_vst_body(state_from_settings(settings))
        read = settings_from_state(plugin, parse_vst_body(lines))
        assert as_set(read, settings)
        assert as_set(settings_from_state(plugin, state_from_settings(settings, parse_vst_body(lines))), settings)


# Sound.


@pytest.mark.parametrize("channels", [1, 2])
def test_it_can_be_heard_however_the_stream_is_cut(settings: Settings, channels: int) -> None:
    samples = 0.2 * np.random.default_rng(0).standard_normal((channels, 6000), dtype=np.float32)
    with needed("a module daw_bridge/plugins/*_sound.py with its processor, an arm in plugins/sound.py for it"):
        output = process_all(settings, samples, 48000)
        assert output.shape[1] == 6000
        assert output.dtype == np.float32
        assert np.isfinite(output).all()
        assert not np.array_equal(output[:channels], samples)

        processor = make_processor(settings, 48000, channels)
        late = processor.latency_frames
        padded = np.pad(samples, ((0, 0), (0, late)))
        pieces = [processor.process(piece) for piece in np.split(padded, [1, 700, 4001], axis=1)]
        assert np.abs(np.concatenate(pieces, axis=1)[:, late:] - output).max() < 1e-5
        assert processor.tail_s >= 0.0


# Plans.


def test_a_plan_holds_it_in_the_order_of_the_chain(settings: Settings) -> None:
    field = field_of(settings)
    with needed("daw_bridge/plan.py: its field and the name to show in FX_NAMES, in the order of the chain"):
        ((shown, found),) = planned(settings).chain
        assert shown.startswith("DAW Bridge: ")
        assert found is settings
        assert field in {change.field for change in leave_alone(_track())}


def test_a_plan_with_it_is_read_back_from_json(settings: Settings) -> None:
    plan = plan_of(planned(settings))

    with needed("daw_bridge/plan_json.py: a way to write the types of its fields"):
        assert loads_plan(dumps_plan(plan)) == plan


def test_what_the_user_changes_on_it_is_seen_and_kept(settings: Settings) -> None:
    track, field = planned(settings), field_of(settings)
    fresh = type(settings)(**({"bands": ()} if isinstance(settings, ReaEq) else {}))  # type: ignore[arg-type]

    with needed("daw_bridge/changes.py: what `track_changes` and `keep_changes` do with it"):
        changes = tuple(track_changes(track, track.fader_db, {field: fresh}))
        assert {change.field.partition(".")[0] for change in changes} == {field}
        (kept,) = keep_changes(plan_of(track), changes).tracks
        assert getattr(kept, field) == fresh
    with needed(f"daw_bridge/engineer/kept.py: a field `{field}` of Kept, so that the engineer works around it"):
        assert getattr(kept_on(track.guid, changes), field) != getattr(Kept(), field)


# What people read.


def test_it_has_a_column_in_the_table_that_mix_prints(settings: Settings) -> None:
    with needed("daw_bridge/mix_text.py: a word in _HEADERS and a cell in `_cells`"):
        assert title(settings) in click.unstyle(compact_table([planned(settings)], 140))


def test_its_reasons_are_printed(settings: Settings) -> None:
    made = SimpleNamespace(plan=plan_of(planned(settings, why=_reasons(settings))), session=_session(), kept=())

    with needed("daw_bridge/mix_text.py: its parameters in _SHOWN, its name in _PLUGIN_NAMES"):
        assert "Because of the voice." in click.unstyle(mix_report(made, {}, reasons=True))  # type: ignore[arg-type]


def test_the_report_lists_its_values(settings: Settings) -> None:
    track = planned(settings, why=_reasons(settings))
    made = SimpleNamespace(plan=plan_of(track), kept=())
    heard = SimpleNamespace(track=_track(), **{field: getattr(track, field) for field in FX_FIELDS})

    with needed("daw_bridge/report/heard.py: its field of TrackHeard, found by `_ours`"):
        assert field_of(settings) in {field.name for field in dataclasses.fields(TrackHeard)}
    with needed("daw_bridge/report/values.py: its rows in `track_values`, and what a fresh one is set to"):
        rows = track_values(made, heard)  # type: ignore[arg-type]
        assert "Because of the voice." in {row.why for row in rows if row.place == title(settings)}


def _reasons(settings: Settings) -> dict[str, str]:
    field, why = field_of(settings), "Because of the voice."
    return {field: why, **{f"{field}.{one.name}": why for one in dataclasses.fields(settings)}}


def _session() -> Any:
    return SimpleNamespace(warnings=())


def _track() -> Any:
    return SimpleNamespace(guid=guid(1), name="Track 1", fader=SimpleNamespace(volume_db=-6.0))


# Hosts.


def test_project_files_hold_it_and_give_it_back(settings: Settings) -> None:
    data, plan = song(1), plan_of(planned(settings))

    with needed("daw_bridge/hosts/rpp/own_fx.py: what writes and finds it, with its name shown"):
        mixed = dump(apply_plan(parse(data), plan))
        document = parse(mixed)
        saved = read_saved(document.project)
        assert saved is not None
        assert saved.plan == plan
        assert user_changes(document, saved) == ()
        assert plan.tracks[0].chain[0][0].encode() in mixed
        assert dump(revert(document)) == data


def test_the_twin_in_the_emulator_agrees_with_its_table(settings: Settings) -> None:
    assert title(settings)
    line = vst_line(settings, "")

    with needed("tests/emulator/plugins.py: a Kind, written from what is published and not from our table"):
        (kind,) = (twin for twin in TWINS if f" {twin.number}<{twin.unique}>" in line)
        twin = kind.make()
        twin.load(state_from_settings(settings).data)
        for parameter, raw in raw_values(settings):
            assert twin.parameters()[parameter.index].name == parameter.name
            assert twin.get(parameter.index) == pytest.approx(float32(raw), abs=1e-6)


def test_an_open_project_takes_it_shows_it_and_loses_it_again(
    settings: Settings, start_reaper: StartReaper
) -> None:
    reaper = start_reaper(song(1), script="daw-bridge")
    plan = plan_of(planned(settings))

    with (
        contextlib.closing(Client(Address(port=reaper.port, token=read_token(reaper.resource_path)))) as client,
        needed(
            "daw_bridge/hosts/reaper/jobs.py: its name in _PLUGINS, its table in `_values`;\n"
            "  daw_bridge/hosts/reaper/inside.py: its number and file among the states that are read"
        ),
    ):
        project = open_project(client)
        before = project.session
        assert project.verify(project.apply(plan)) == ()
        mixed = open_project(client)
        (found,) = mixed.session.tracks[0].fx
        assert found.ours
        assert as_set(found.settings, settings)
        assert mixed.changes == ()
        mixed.revert()
        assert open_project(client).session == before

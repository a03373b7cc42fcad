"""FX chain files, in the form of one that REAPER saved."""

from __future__ import annotations

import math

from daw_bridge.hosts.rpp.fx_chain import fx_chain_text
from daw_bridge.plugins import ReaComp, ReaVerbate, vst
from daw_bridge.plugins.parameters import differences

VERB = ReaVerbate(wet_db=-3.0, dry_db=-math.inf, room_size=0.8, pre_delay_ms=12.0, high_cut_hz=7000.0)


def split(text: str) -> list[list[str]]:
    """The lines of each plug-in's block, its opening line first."""
    blocks = text.split("<VST ")[1:]
    return [["<VST " + block.splitlines()[0], *block.split("\n>")[0].splitlines()[1:]] for block in blocks]


def test_the_plugins_stand_in_their_order_with_name_and_state() -> None:
    text = fx_chain_text([("Press", ReaComp(ratio=3.0)), ("Hall of mine", VERB)])

    comp, verb = split(text)
    assert [vst.plugin_of(block[0]) for block in (comp, verb)] == ["reacomp", "reaverbate"]
    assert '"Hall of mine"' in verb[0]
    read = vst.settings_from_state("reaverbate", vst.parse_vst_body(verb[1:]))
    assert differences(read, VERB) == ()


def test_the_lines_are_those_of_a_chain_that_reaper_saved(shared) -> None:
    real = (shared / "reaper/projects/Ultraschall__Default_Track_Chain.RfxChain").read_text()

    ours = fx_chain_text([("Hall", VERB)])

    (theirs,) = (block for block in split(real) if vst.plugin_of(block[0]) == "reaverbate")
    (made,) = split(ours)
    assert [len(line) for line in made[1:3]] == [len(line) for line in theirs[1:3]]
    assert vst.settings_from_state("reaverbate", vst.parse_vst_body(theirs[1:])).room_size > 0.0
    words = {line.split()[0] for line in ours.splitlines() if not line.startswith("  ")}
    assert words <= {line.split()[0] for line in real.splitlines()}

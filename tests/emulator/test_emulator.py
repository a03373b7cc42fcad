from __future__ import annotations

from emulator.running import Emulator


def test_the_real_client_of_reapy_works_unmodified(reaper: Emulator) -> None:
    reaper.call("InsertTrackAtIndex", 0, True)

    seen = reaper.reapy("""
        track = reapy.Project().tracks[0]
        track.name = "Vocal"
        fx = track.add_fx("ReaComp")
        fx.params[0] = 0.5
        reapy.set_ext_state("a", "b", 3)
        result = [track.name, fx.name, len(fx.params), fx.params[0], reapy.get_ext_state("a", "b")]
    """)

    assert seen == ["Vocal", "VST: ReaComp (Cockos)", 24, 0.5, "3"]

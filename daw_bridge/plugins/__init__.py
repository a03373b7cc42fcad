"""The three plug-ins of the chain: settings, parameter table, state codec and sound.

Facts about the real plug-ins and how they are known: `../shared/reaper/plugins.md` of the development tree,
repeated as a source beside each number here.
"""

from __future__ import annotations

from daw_bridge.plugins.reacomp import ReaComp
from daw_bridge.plugins.reaeq import Band, BandKind, ReaEq
from daw_bridge.plugins.reaverbate import ReaVerbate

Settings = ReaEq | ReaComp | ReaVerbate

__all__ = ["Band", "BandKind", "ReaComp", "ReaEq", "ReaVerbate", "Settings"]

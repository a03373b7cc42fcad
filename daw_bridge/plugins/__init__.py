"""The three plug-ins of the chain: settings, parameter tables, states in project files, and sound.

Settings, tables (`parameters`) and states (`vst`) need the standard library only; `sound` loads scipy and
pedalboard. What is known of the real plug-ins, and how, is collected in `plugins.md`: the source named beside each
number.
"""

from __future__ import annotations

from daw_bridge.plugins.reacomp import ReaComp
from daw_bridge.plugins.reaeq import Band, BandKind, ReaEq
from daw_bridge.plugins.reaverbate import ReaVerbate

Settings = ReaEq | ReaComp | ReaVerbate

__all__ = ["Band", "BandKind", "ReaComp", "ReaEq", "ReaVerbate", "Settings"]

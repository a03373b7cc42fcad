"""A REAPER FX chain file (.RfxChain): plug-ins to be dropped on a track.

It holds the lines of a track's chain without the block around them, as the chains do that REAPER itself has saved
(plugins.md [state]).
"""

from __future__ import annotations

from collections.abc import Iterable

from daw_bridge.plugins import Settings, vst

SUFFIX = ".RfxChain"


def fx_chain_text(named: Iterable[tuple[str, Settings]]) -> str:
    """The file with these plug-ins in their order, each under the name that REAPER shall show."""
    return "".join(f"{line}\n" for name, settings in named for line in _instance(name, settings))


def _instance(name: str, settings: Settings) -> list[str]:
    state = vst.dump_vst_body(vst.state_from_settings(settings))
    return ["BYPASS 0 0 0", vst.vst_line(settings, name), *(f"  {line}" for line in state), ">", "WAK 0 0"]

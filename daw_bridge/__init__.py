"""Mixes a vocal into its backing with the plug-ins of REAPER, and says why.

    from daw_bridge import mix, render

`mix` decides, `render` plays; see `daw_bridge.api`. Both are loaded when they are first used: importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daw_bridge.api import Mix, mix, render
    from daw_bridge.engineer.references import ReferenceFiles

__all__ = ["Mix", "ReferenceFiles", "mix", "render"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in __all__:
        from daw_bridge import api  # noqa: PLC0415  numpy and scipy take half a second

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

# @noindex

"""Starts the bridge, through which the command line tool `daw-bridge` reaches REAPER.

Python 3.8, standard library: this runs in REAPER's own Python. The bridge itself is a file of the package, whose
place `daw-bridge setup` wrote into REAPER's resource folder.
"""

import os
import sys

from reaper_python import *  # noqa: F403


def _told(resource):
    """What `daw-bridge setup` wrote, by key; nothing if it was never run."""
    path = os.path.join(resource, "DAW Bridge", "setup.ini")  # noqa: PTH118
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    except OSError:
        return {}


def _start(reaper):
    told = _told(reaper.RPR_GetResourcePath())
    path = told.get("server", "")
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            source = file.read()
    except OSError:
        text = "DAW Bridge is not set up. In a terminal, with REAPER closed, run:\n\n    daw-bridge setup"
        reaper.RPR_ShowMessageBox(text, "DAW Bridge: Start bridge", 0)
        return
    if "packages" in told and told["packages"] not in sys.path:
        sys.path.append(told["packages"])  # for programs that use reapy; the bridge needs nothing of it
    server = {"__name__": "daw_bridge_server", "__file__": path}
    exec(compile(source, path, "exec"), server)
    server["main"](reaper)


_start(sys.modules["__main__"])

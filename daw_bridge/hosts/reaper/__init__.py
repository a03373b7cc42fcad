"""The open REAPER project: reached by the bridge, changed in one tick, undoable."""

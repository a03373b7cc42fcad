"""Where a plan is carried out: a project file, plain recordings, the open REAPER."""

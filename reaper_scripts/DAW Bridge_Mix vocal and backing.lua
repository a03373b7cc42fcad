-- @description DAW Bridge: mix a vocal into its backing
-- @author DAW Bridge
-- @version 0.1.0
-- @provides
--   [main] DAW Bridge_Show what was measured.lua
--   [main] DAW Bridge_Revert.lua
--   [main] DAW Bridge_Start bridge.py
--   [nomain] DAW Bridge_shared.lua
-- @about
--   # DAW Bridge
--
--   Listens to a dry vocal and its backing tracks, decides how the vocal should sit, and sets fader, ReaEQ, ReaComp
--   and ReaVerbate on the tracks of the open project, with a reason for every value. One undo takes it back.
--
--   Needs the command line tool `daw-bridge`, and once, with REAPER closed, `daw-bridge setup` in a terminal.
--
--   Actions: *Mix vocal and backing*, *Show what was measured*, *Revert*, *Start bridge*. With tracks selected, the
--   selection limits the job.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
dofile(folder .. "DAW Bridge_shared.lua").run("Mix vocal and backing", "mix")

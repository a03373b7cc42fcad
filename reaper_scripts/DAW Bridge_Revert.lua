-- @noindex

-- Takes everything of ours out of the open project again.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
dofile(folder .. "DAW Bridge_shared.lua").run("Revert", "revert")

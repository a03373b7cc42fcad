-- @noindex

-- What the actions of DAW Bridge have in common: they start the command line tool in the background, watch the files
-- that it writes (see daw_bridge/background.py), and show its progress and its result.

local M = {}

local NAME = "DAW Bridge" -- our folder in REAPER's resource folder, our section of ext states
local START_SCRIPT = "DAW Bridge_Start bridge.py"
local SET_UP = "In a terminal, with REAPER closed, run:\n\n    daw-bridge setup"
local CHECK = "To find out why, run in a terminal:\n\n    daw-bridge doctor"
local BRIDGE_S = 5 -- as long as the bridge may take to start
local START_S = 20 -- as long as the command line tool may take to start
local STOP_S = 5 -- as long as it may take to stop
local ALIVE_S = 2 -- an action that was not heard of for so long is gone
local CANCELLED = 130
local ESCAPE, CLOSED = 27, -1

local function our_folder()
  return reaper.GetResourcePath() .. "/" .. NAME
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file = io.open(path, "wb")
  if not file then return false end
  local written = file:write(text)
  return file:close() and written ~= nil
end

-- What `daw-bridge setup` wrote: a list of values for each key; nil if it was never run.
function M.read_setup()
  local text = read(our_folder() .. "/setup.ini")
  if not text then return nil end
  local setup = {}
  for line in text:gmatch("[^\r\n]+") do
    local key, value = line:match("^(%w+)=(.*)$")
    if key then
      setup[key] = setup[key] or {}
      table.insert(setup[key], value)
    end
  end
  return setup.cli and setup or nil
end

-- REAPER splits a command line at blanks, and knows quotes but no escapes. Nil for a word that has every quote.
function M.quoted(word)
  for _, quote in ipairs({ '"', "'" }) do
    if not word:find(quote, 1, true) then return quote .. word .. quote end
  end
  return nil
end

function M.command_line(words)
  local quoted = {}
  for _, word in ipairs(words) do
    local text = M.quoted(word)
    if not text then return nil, word end
    table.insert(quoted, text)
  end
  return table.concat(quoted, " ")
end

-- The last whole line of a progress file: how much is done, 0 to 1, and what is being done.
function M.last_progress(text)
  local done, stage
  for part, name in (text or ""):gmatch("([%d.]+)\t([^\n]*)\n") do
    done, stage = tonumber(part), name
  end
  return done or 0, stage or "starting"
end

local function say(title, text)
  reaper.ShowMessageBox(text, title, 0)
end

local function bridge_runs()
  return reaper.GetExtState("DAW_BRIDGE", "port") ~= "" -- told by the bridge as long as it listens
end

-- The command of the action that starts the bridge: as setup registered it, else as REAPER registers it now.
local function start_command(setup)
  local named = setup.start and reaper.NamedCommandLookup(setup.start[1]) or 0
  if named ~= 0 then return named end
  local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
  return reaper.AddRemoveReaScript(true, 0, folder .. START_SCRIPT, true)
end

local function draw(title, done, stage)
  local width, height = gfx.w, gfx.h
  gfx.set(0.2, 0.2, 0.2)
  gfx.rect(0, 0, width, height, 1)
  gfx.set(0.35, 0.35, 0.35)
  gfx.rect(16, 44, width - 32, 14, 1)
  gfx.set(0.2, 0.65, 0.5)
  gfx.rect(16, 44, math.floor((width - 32) * math.min(done, 1)), 14, 1)
  gfx.set(0.9, 0.9, 0.9)
  gfx.setfont(1, "Arial", 16)
  gfx.x, gfx.y = 16, 16
  gfx.drawstr(stage)
  gfx.x, gfx.y = 16, 68
  gfx.drawstr("Esc, or closing this window, cancels.")
  gfx.update()
end

local Job = {}
Job.__index = Job

function Job:path(kind)
  return self.base .. "." .. kind
end

function Job:clean()
  for _, kind in ipairs({ "arguments", "progress", "output", "exit", "cancel" }) do
    os.remove(self:path(kind))
  end
end

function Job:mark_alive()
  reaper.SetExtState(NAME, "job", tostring(reaper.time_precise()), false)
end

function Job:finish()
  self.finished = true
  gfx.quit()
  reaper.DeleteExtState(NAME, "job", false)
end

function Job:fail(text)
  self:finish()
  self:clean()
  say(self.title, text)
end

function Job:show_result(code)
  local output = read(self:path("output")) or ""
  self:finish()
  self:clean()
  if code == 0 then
    reaper.ShowConsoleMsg(self.title .. "\n\n" .. output .. "\n")
  elseif code ~= CANCELLED then
    say(self.title, output:match("%S") and output or ("It stopped with exit code " .. code .. ".\n\n" .. CHECK))
  end
end

function Job:cancel()
  write(self:path("cancel"), "")
  self.cancelled = reaper.time_precise()
  gfx.quit()
end

-- One look at the files, many times a second; REAPER goes on in between.
function Job:watch()
  self:mark_alive()
  local now = reaper.time_precise()
  local code = tonumber(read(self:path("exit")) or "")
  if code then return self:show_result(math.tointeger(code) or 1) end
  if self.cancelled then
    if now - self.cancelled > STOP_S then return self:finish() end
  elseif not self.answered and now - self.started > START_S then
    self:cancel()
    return self:fail("The command line tool did not start.\n\n" .. CHECK)
  else
    self.answered = self.answered or reaper.file_exists(self:path("output"))
    draw(self.title, M.last_progress(read(self:path("progress"))))
    local key = gfx.getchar()
    if key == ESCAPE or key == CLOSED then self:cancel() end
  end
  reaper.defer(function() self:watch() end)
end

function Job:start()
  local words = table.move(self.setup.cli, 1, #self.setup.cli, 1, {})
  table.insert(words, "background")
  table.insert(words, self.base)
  local command, word = M.command_line(words)
  if not command then return self:fail("REAPER cannot start a program with both kinds of quotes in its path:\n\n" .. word) end
  if not write(self:path("arguments"), table.concat(self.arguments, "\n") .. "\n") then
    return self:fail("Nothing can be written into\n\n" .. our_folder())
  end
  self.started = reaper.time_precise()
  gfx.init(self.title, 460, 100)
  reaper.ExecProcess(command, -1) -- -1: do not wait
  self:watch()
end

function Job:wait_for_bridge()
  self:mark_alive()
  if bridge_runs() then return self:start() end
  if reaper.time_precise() - self.started > BRIDGE_S then
    return self:fail("The bridge did not start.\n\n" .. CHECK)
  end
  reaper.defer(function() self:wait_for_bridge() end)
end

function Job:start_bridge()
  local command = start_command(self.setup)
  if command == 0 then return self:fail("The action that starts the bridge is not registered.\n\n" .. SET_UP) end
  self.started = reaper.time_precise()
  reaper.Main_OnCommand(command, 0)
  self:wait_for_bridge()
end

local function busy()
  local last = tonumber(reaper.GetExtState(NAME, "job"))
  return last ~= nil and reaper.time_precise() - last < ALIVE_S
end

local function new_job(title, command, setup)
  local folder = our_folder() .. "/jobs"
  reaper.RecursiveCreateDirectory(folder, 0)
  local base = folder .. "/" .. reaper.genGuid(""):gsub("[{}]", "")
  local arguments = { command }
  if reaper.CountSelectedTracks(0) > 0 then table.insert(arguments, "--selected") end
  return setmetatable({ title = title, setup = setup, base = base, arguments = arguments }, Job)
end

-- Run a command of the command line tool on the open project; the bridge is started first if it does not run.
function M.run(action, command)
  local title = NAME .. ": " .. action
  local setup = M.read_setup()
  if not setup then return say(title, "DAW Bridge is not set up yet. " .. SET_UP) end
  if busy() then return say(title, "Another action of DAW Bridge is still at work.") end
  local job = new_job(title, command, setup)
  reaper.atexit(function()
    if not job.finished then
      write(job:path("cancel"), "")
      job:finish()
    end
  end)
  if bridge_runs() then return job:start() end
  job:start_bridge()
end

return M

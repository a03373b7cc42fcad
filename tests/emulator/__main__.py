# Scripts share this module, as they do in REAPER, and put their own names into it: keep it empty.
import emulator.host

emulator.host.main()

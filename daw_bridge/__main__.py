"""`python -m daw_bridge` is `daw-bridge`."""

from daw_bridge.cli import main

main(prog_name="daw-bridge")

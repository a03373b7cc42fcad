"""Draws the README's picture of the actions, in the manner of REAPER's action list.

Run `python tests/pictures/action_list.py`. The names are those that `daw-bridge setup`
registers.
"""

from __future__ import annotations

import html
from pathlib import Path

from chromium import photograph

from daw_bridge.hosts.reaper.configuration import ACTIONS

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #3b3f42; font: 13px "DejaVu Sans", sans-serif; color: #dfe3e4; padding: 14px; }}
.window {{ background: #2b2e30; border: 1px solid #16181a; border-radius: 6px; box-shadow: 0 6px 18px #0008; }}
.title {{ padding: 8px 12px; background: #1d1f21; border-radius: 6px 6px 0 0; }}
.filter {{ margin: 10px 12px; display: flex; gap: 8px; align-items: center; }}
.filter span {{ background: #1b1d1e; border: 1px solid #55595c; padding: 4px 8px; flex: 1; }}
table {{ border-collapse: collapse; margin: 0 12px 10px; width: calc(100% - 24px); background: #1b1d1e; }}
th {{ text-align: left; font-weight: normal; color: #9aa1a5; border-bottom: 1px solid #44484b; padding: 5px 8px; }}
td {{ padding: 5px 8px; }}
tr.chosen td {{ background: #2f6d7e; color: #fff; }}
.buttons {{ display: flex; gap: 8px; justify-content: flex-end; padding: 0 12px 12px; }}
.buttons b {{ font-weight: normal; background: #45494c; border: 1px solid #5d6266; padding: 4px 16px; }}
</style>
<div class="window"><div class="title">Actions</div>
<div class="filter">Filter: <span>daw bridge</span></div>
<table><tr><th>Shortcut</th><th>Description</th><th>Section</th></tr>{rows}</table>
<div class="buttons"><b>Run</b><b>Run/close</b><b>Close</b></div></div>
"""


def main() -> None:
    rows = [
        f'<tr class="{"chosen" if action.startswith("Mix") else ""}">'
        f"<td></td><td>Custom: DAW Bridge: {html.escape(action)}</td><td>Main</td></tr>"
        for action in sorted(ACTIONS)
    ]
    page = PAGE.format(rows="".join(rows))
    photograph(page, Path(__file__).with_name("actions.png"), width=660, height=270)


if __name__ == "__main__":
    main()

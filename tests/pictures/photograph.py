"""Takes the README's picture of a report: `python tests/pictures/photograph.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chromium import photograph

from daw_bridge import mix
from daw_bridge.demo.job import make_demo
from daw_bridge.report import report_html


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = make_demo(Path(folder) / "demo", preset="natural").project
        page = report_html(mix(project))
    photograph(page, Path(__file__).with_name("report.png"), width=1180, height=1255)


if __name__ == "__main__":
    main()

"""Takes the README's picture of a report, with Chromium: `python tests/pictures/photograph.py`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from daw_bridge import mix
from daw_bridge.demo.job import make_demo
from daw_bridge.report import report_html

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1180, 1255


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = make_demo(Path(folder) / "demo", preset="natural").project
        page = Path(folder) / "report.html"
        page.write_text(report_html(mix(project)), encoding="utf-8")
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--virtual-time-budget=2000",
                f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={HERE / 'report.png'}",
                page.as_uri(),
            ],
            check=True,
        )


if __name__ == "__main__":
    main()

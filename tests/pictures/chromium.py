"""Takes a picture of a page with headless Chromium."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")


def photograph(page: str, picture: Path, *, width: int, height: int) -> None:
    """Write `picture` (PNG) of a page given as HTML."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        where = (f"--user-data-dir={folder}/profile", f"--screenshot={picture}", path.as_uri())
        command = ["chromium", *FLAGS, "--virtual-time-budget=2000", f"--window-size={width},{height}", *where]
        subprocess.run(command, check=True)

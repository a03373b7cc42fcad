"""How fast large project files are read and written: `pytest tests/benchmarks` prints the times."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from daw_bridge.hosts.rpp.tree import dump, parse

BYTES = 20_000_000
ITEM = b"""    <ITEM
      POSITION %d.5
      LENGTH 3.25
      LOOP 0
      FADEIN 1 0.01 0 1 0 0 0
      FADEOUT 1 0.01 0 1 0 0 0
      VOLPAN 1 0 1 -1
      SOFFS 0
      PLAYRATE 1 1 0 -1 0 0.0025
      <SOURCE WAVE
        FILE "media/take %d.wav"
      >
    >
"""
PLUGIN = b'<VST "VST: Other (Other)" other.dll 0 "" 1<0>\n' + b"        " + b"QUJD" * 32 + b"\n" + b"      >\n"


def test_twenty_megabytes_are_parsed_and_dumped_in_a_second_or_few_times_their_splitting(capsys) -> None:
    track = b"  <TRACK\n    NAME t\n    <FXCHAIN\n      BYPASS 0 0 0\n      " + PLUGIN + b"    >\n%b  >\n"
    items = b"".join(ITEM % (number, number) for number in range(20))
    data = b"<REAPER_PROJECT 0.1\n" + (track % items) * (BYTES // len(track % items)) + b">\n"

    def split() -> None:
        data.decode("utf-8", "surrogateescape").splitlines(keepends=True)

    document = parse(data)
    seconds = [[_seconds(work) for work in (lambda: parse(data), lambda: dump(document), split)] for _ in range(5)]
    parse_s, dump_s, split_s = map(median, zip(*seconds, strict=True))
    with capsys.disabled():
        print(f"\n  a project of {len(data) / 1e6:.0f} MB, in processor seconds: ", end="")
        print(f"parsed {parse_s:.2f}, dumped {dump_s:.2f}; split into lines {split_s:.2f}", end="")

    assert dump(document) == data
    assert parse_s < max(1.0, 25.0 * split_s)
    assert dump_s < max(1.0, 25.0 * split_s)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start

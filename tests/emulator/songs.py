"""Small projects for tests."""

from __future__ import annotations

from collections.abc import Sequence


def guid(number: int) -> str:
    return f"{{{number:08d}-2222-3333-4444-555555555555}}"


def track(number: int, *, name: str = "", inside: str = "", volume: str = "0.70794578") -> str:
    return f"""  <TRACK {guid(number)}
    NAME "{name or f"Track {number}"}"
    VOLPAN {volume} 0 -1 -1 1
    MUTESOLO 0 0 0
    IPHASE 0
    ISBUS 0 0
    SEL 0
    NCHAN 2
    FX 1
    TRACKID {guid(number)}
    MAINSEND 1 0
{inside}  >
"""


def item(path: str, *, position_s: float = 0.0, length_s: float = 4.0, number: int = 1) -> str:
    return f"""    <ITEM
      POSITION {position_s}
      LENGTH {length_s}
      LOOP 0
      ALLTAKES 0
      FADEIN 1 0.01 0 1 0 0 0
      FADEOUT 1 0.01 0 1 0 0 0
      MUTE 0 0
      IGUID {{{number:08d}-0000-3333-4444-555555555555}}
      NAME "{path}"
      VOLPAN 1 0 1 -1
      SOFFS 0
      PLAYRATE 1 1 0 -1 0 0.0025
      CHANMODE 0
      GUID {{{number:08d}-1111-3333-4444-555555555555}}
      <SOURCE WAVE
        FILE "{path}"
      >
    >
"""


def song(tracks: int | Sequence[str] = 2, *, after: str = "") -> bytes:
    """A project with these tracks, or as many empty ones."""
    made = [track(number) for number in range(1, tracks + 1)] if isinstance(tracks, int) else tracks
    head = '<REAPER_PROJECT 0.1 "7.78/linux-x86_64" 1700000000\n  SAMPLERATE 48000 0 0\n  TEMPO 120 4 4\n'
    return (head + "".join(made) + after + ">\n").encode("utf-8", "surrogateescape")

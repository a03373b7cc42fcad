"""ReaEQ, ReaComp and ReaVerbate as a running REAPER has them: parameters, what they show, their saved states.

Written from the published facts alone and on purpose not from daw_bridge.plugins: a wrong map there must not agree
with itself here. Raw values are what TrackFX_SetParam takes, 32-bit floats as all VST parameters.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

Shown = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`shown` gives the text for a raw value and its unit; `middle` is where the normalised value is 0.5."""

    name: str
    default: float
    shown: Callable[[float], Shown]
    maximum: float = 1.0
    middle: float | None = None

    @property
    def mid(self) -> float:
        return self.maximum / 2.0 if self.middle is None else self.middle

    def normalised(self, raw: float) -> float:
        if raw <= self.mid:
            return 0.5 * raw / self.mid
        return 0.5 + 0.5 * (raw - self.mid) / (self.maximum - self.mid)

    def raw(self, normalised: float) -> float:
        if normalised <= 0.5:
            return 2.0 * normalised * self.mid
        return self.mid + (2.0 * normalised - 1.0) * (self.maximum - self.mid)


def float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _decibels(linear: float) -> Shown:
    return (f"{20.0 * math.log10(linear):+.1f}" if linear > 1e-7 else "-inf"), "dB"


def _scaled(scale: float, unit: str, digits: int = 1) -> Callable[[float], Shown]:
    return lambda raw: (f"{scale * raw:.{digits}f}", unit)


def _ratio(raw: float) -> Shown:
    return (f"{1.0 + 99.0 * raw:.2f}" if raw < 1.0 else "inf"), ":1"


def _index(count: int) -> Callable[[float], Shown]:
    return lambda raw: (str(round(count * raw)), "")


def _switch(raw: float) -> Shown:
    return ("on" if raw >= 0.5 else "off"), ""


_PLAIN = _scaled(1.0, "", 3)

REACOMP = (
    Parameter("Threshold", 1.0, _decibels, 2.0),
    Parameter("Ratio", 3.0 / 99.0, _ratio),
    Parameter("Attack", 0.006, _scaled(500.0, "ms")),
    Parameter("Release", 0.02, _scaled(5000.0, "ms", 0)),
    Parameter("Pre-comp", 0.0, _scaled(250.0, "ms")),
    Parameter("resvd", 0.0, _PLAIN),
    Parameter("Lowpass", 1.0, _scaled(20000.0, "Hz", 0)),
    Parameter("Hipass", 0.0, _scaled(20000.0, "Hz", 0)),
    Parameter("SignIn", 0.0, _index(1084)),
    Parameter("AudIn", 0.0, _index(1084)),
    Parameter("Dry", 10.0**-7.5, _decibels, 2.0),
    Parameter("Wet", 1.0, _decibels, 2.0),
    Parameter("Filter Preview", 0.0, _switch),
    Parameter("RMS size", 0.05, _scaled(100.0, "ms"), 10.0),
    Parameter("Knee", 0.0, _scaled(24.0, "dB")),
    Parameter("Auto Make Up Gain", 0.0, _switch),
    Parameter("Auto Release", 0.0, _switch),
    Parameter("Legacy attack/knee options", 0.25, _PLAIN),
    Parameter("Deprecated Broken Anti-Alias", 0.0, _index(13)),
    Parameter("Multichannel Mode", 0.0, _PLAIN),
    Parameter("Metering Index", 0.0, _PLAIN),
)

REAVERBATE = (
    Parameter("Wet", 0.5 + 579 / 2**24, _decibels, 2.0),  # the bits that REAPER 7.66 saves
    Parameter("Dry", 1.0, _decibels, 2.0),
    Parameter("Room size", 0.2 / 0.68, lambda raw: (f"{30.0 + 68.0 * raw:.0f}", "")),
    Parameter("Dampening", 0.5, _scaled(100.0, "", 0)),
    Parameter("Stereo width", 1.0, lambda raw: (f"{2.0 * raw - 1.0:.2f}", "")),
    Parameter("Initial delay", 0.0, _scaled(500.0, "ms")),
    Parameter("Lowpass", 1.0, _scaled(20000.0, "Hz", 0)),
    Parameter("Hipass", 0.0, _scaled(20000.0, "Hz", 0)),
)

_SENTINEL = struct.pack("<2I", 0xDEADBEEF, 0xDEADF00D)


class Dump:
    """A plug-in whose state is a list of its raw parameters."""

    layout_changes = False

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self._all = parameters
        self.values = [float32(parameter.default) for parameter in parameters]
        self._rest = b""

    def parameters(self) -> tuple[Parameter, ...]:
        return self._all[: len(self.values)]

    def get(self, place: int) -> float:
        return self.values[place]

    def set(self, place: int, raw: float) -> None:
        self.values[place] = float32(min(max(raw, 0.0), self._all[place].maximum))

    def state(self) -> bytes:
        return _SENTINEL + struct.pack(f"<{len(self.values)}f", *self.values) + self._rest

    def load(self, state: bytes) -> None:
        if state[:8] != _SENTINEL:
            raise ValueError("not a list of parameters")
        count = min((len(state) - 8) // 4, len(self._all))
        self.values = list(struct.unpack_from(f"<{count}f", state, 8))
        self._rest = state[8 + 4 * count :]


@dataclass(slots=True)
class EqBand:
    kind: int
    enabled: int
    hz: float
    gain: float
    octaves: float
    logarithmic: int = 1


# How ReaEQ stores the kinds of its bands, and how it calls them.
EQ_KINDS = {
    0: "Low Shelf",
    1: "High Shelf",
    2: "Band (alt 2)",
    3: "Low Pass",
    4: "High Pass",
    5: "All Pass",
    6: "Notch",
    7: "Band Pass",
    8: "Band",
    9: "Band (alt)",
    10: "Parallel Band Pass",
}
# The numbers that TrackFX_SetEQParam and its like have for the same kinds.
EQ_API_KINDS = {0: (4,), 1: (0,), 2: (8, 9, 2), 3: (6,), 4: (1,), 5: (3,), 6: (7,), 7: (10,)}
_FRESH_BANDS = (
    (0, 1, 100.0, 0.8),
    (8, 1, 300.0, 2.0),
    (8, 1, 1000.0, 2.0),
    (1, 1, 5000.0, 0.8),
    (4, 0, 100.0, 2.0),
)
_FRESH_TAIL = struct.pack("<2id3I2H", 1, 1, 1.0, 0, 0, 0, 2, 0)


def hz_of(raw: float) -> float:
    return 20.0 + 23980.0 * (math.pow(401.0, raw) - 1.0) / 400.0


def raw_of_hz(hz: float) -> float:
    return math.log(400.0 * (hz - 20.0) / 23980.0 + 1.0) / math.log(401.0)


def _eq_gain(raw: float) -> Shown:
    return (f"{20.0 * math.log10(4.0 * raw):.1f}" if raw > 0.0 else "-inf"), "dB"


@functools.cache
def _eq_parameters(kinds: tuple[int, ...]) -> tuple[Parameter, ...]:
    listed: list[Parameter] = []
    for number, kind in enumerate(kinds, start=1):
        name = EQ_KINDS.get(kind, "Band") + (f" {number}" if number > 1 else "")
        listed.append(Parameter(f"Freq-{name}", 0.5, lambda raw: (f"{hz_of(raw):.1f}", "Hz")))
        listed.append(Parameter(f"Gain-{name}", 0.25, _eq_gain, middle=0.25))
        listed.append(Parameter(f"BW-{name}", 0.5, _scaled(4.0, "oct", 2)))
    return (*listed, Parameter("Global Gain", 1.0, lambda raw: _eq_gain(raw / 4.0), 4.0, 1.0))


class Eq:
    """ReaEQ: three parameters a band, then the global gain; their number and names follow the bands."""

    layout_changes = True

    def __init__(self, bands: int = len(_FRESH_BANDS)) -> None:
        self.bands = [EqBand(kind, on, hz, 1.0, octaves) for kind, on, hz, octaves in _FRESH_BANDS[:bands]]
        self._tail = _FRESH_TAIL
        self._version = 33

    def parameters(self) -> tuple[Parameter, ...]:
        return _eq_parameters(tuple(band.kind for band in self.bands))

    def get(self, place: int) -> float:
        if place == 3 * len(self.bands):
            return float32(self.global_gain)
        band = self.bands[place // 3]
        return float32(min(max((raw_of_hz(band.hz), band.gain / 4.0, band.octaves / 4.0)[place % 3], 0.0), 1.0))

    def set(self, place: int, raw: float) -> None:
        if place == 3 * len(self.bands):
            self.global_gain = float32(min(max(raw, 0.0), 4.0))
            return
        band, raw = self.bands[place // 3], float32(min(max(raw, 0.0), 1.0))
        if place % 3 == 0:
            band.hz = hz_of(raw)
        elif place % 3 == 1:
            band.gain = 4.0 * raw
        else:
            band.octaves = max(4.0 * raw, 0.01)

    @property
    def global_gain(self) -> float:
        return float(struct.unpack_from("<d", self._tail, 8)[0])

    @global_gain.setter
    def global_gain(self, gain: float) -> None:
        self._tail = self._tail[:8] + struct.pack("<d", gain) + self._tail[16:]

    def api_band(self, kind: int, number: int) -> int | None:
        """The slot of the `number`-th band of a kind, counted as TrackFX_SetEQParam does."""
        slots = [slot for slot, band in enumerate(self.bands) if band.kind in EQ_API_KINDS.get(kind, ())]
        return slots[number] if 0 <= number < len(slots) else None

    def state(self) -> bytes:
        layout = "<2i3dB" if self._version == 33 else "<2i3d"
        bands = b"".join(
            struct.pack(layout, b.kind, b.enabled, b.hz, b.gain, b.octaves, *[b.logarithmic][: self._version - 32])
            for b in self.bands
        )
        return struct.pack("<2I", self._version, len(self.bands)) + bands + self._tail

    def load(self, state: bytes) -> None:
        version, count = struct.unpack_from("<2I", state)
        if version not in (32, 33) or len(state) < 8 + version * count + 16:
            raise ValueError("not a state of ReaEQ")
        layout = "<2i3dB" if version == 33 else "<2i3d"
        self.bands = [EqBand(*struct.unpack_from(layout, state, 8 + version * n)) for n in range(count)]
        self._version, self._tail = version, state[8 + version * count :]


class Unknown:
    """A plug-in of somebody else: its state is kept as it is, its parameters are not known."""

    layout_changes = False

    def __init__(self) -> None:
        self._state = b""

    def parameters(self) -> tuple[Parameter, ...]:
        return ()

    def get(self, place: int) -> float:
        raise IndexError(place)

    def set(self, place: int, raw: float) -> None:
        raise IndexError(place)

    def state(self) -> bytes:
        return self._state

    def load(self, state: bytes) -> None:
        self._state = state


Plugin = Dump | Eq | Unknown
# Versions of the header: the state is a chunk of the plug-in's own, or its parameters.
_CHUNK, _DUMP = 0xFEED5EEE, 0xFEED5EEF


@dataclass(frozen=True, slots=True)
class Kind:
    """A plug-in that can be put on a track: how it stands in a project file, and how a fresh one is made."""

    name: str
    file: str
    number: int
    unique: str
    inputs: int
    header_version: int
    make: Callable[[], Plugin]

    @property
    def shown(self) -> str:
        return f"VST: {self.name} (Cockos)"

    def header(self, size: int) -> bytes:
        """Magic, version, pins in and out with a channel each, size of the state."""
        masks = [
            struct.pack("<I", n) + b"".join(struct.pack("<Q", 1 << i) for i in range(n)) for n in (self.inputs, 2)
        ]
        chunk = int(self.header_version == _CHUNK)
        start = struct.pack("<2I", self.number, self.header_version)
        return start + b"".join(masks) + struct.pack("<3I", size, chunk, 0x100000)


KINDS = (
    Kind("ReaEQ", "reaeq.dll", 1919247729, "56535472656571726561657100000000", 2, _CHUNK, Eq),
    Kind(
        "ReaComp",
        "reacomp.dll",
        1919247213,
        "5653547265636D726561636F6D700000",
        4,
        _DUMP,
        functools.partial(Dump, REACOMP),
    ),
    Kind(
        "ReaVerbate",
        "reaverbate.dll",
        1920361016,
        "56535472766238726561766572626174",
        2,
        _DUMP,
        functools.partial(Dump, REAVERBATE),
    ),
)

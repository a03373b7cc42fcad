"""Networks of one layer, written byte by byte: what networks are used for is tested without training any."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from predictors.cards import Card, Metric, Output, card_document, card_path
from predictors.features import FEATURE_COUNT, FEATURES_TAG


def write_network(
    folder: Path,
    task: str,
    outputs: Mapping[str, str],
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    inputs: tuple[str, ...] = ("vocal",),
    tag: str = FEATURES_TAG,
    error: float = 1.7,
) -> Path:
    """A network that answers features @ weights + bias, and its card. `outputs` are names and units."""
    unit = next(iter(outputs.values()))
    card = Card(
        task=task,
        features=tag,
        inputs=inputs,
        outputs=tuple(Output(name=name, unit=unit) for name, unit in outputs.items()),
        data=(),
        held_out=(),
        seed=0,
        examples=0,
        steps=0,
        parameters=weights.size,
        metrics=(Metric(name="mean absolute error", unit=unit, value=error, low=error, high=error, baselines={}),),
        shipped=True,
        why="made by hand",
    )
    folder.mkdir(exist_ok=True)
    path = folder / f"{task}.onnx"
    path.write_bytes(one_layer(weights, bias))
    card_path(path).write_text(json.dumps(card_document(card)), encoding="utf-8")
    return path


def always(folder: Path, task: str, outputs: Mapping[str, str], values: list[float], **more: object) -> Path:
    """A network that always answers the same."""
    inputs = more.get("inputs", ("vocal",))
    assert isinstance(inputs, tuple)
    weights = np.zeros((FEATURE_COUNT * len(inputs), len(values)))
    return write_network(folder, task, outputs, weights, np.array(values), **more)  # type: ignore[arg-type]


def one_layer(weights: np.ndarray, bias: np.ndarray) -> bytes:
    """An ONNX file with one Gemm node: "outputs" = "features" @ weights (n, m) + bias (m,)."""
    told, said = weights.shape
    node = b"".join(
        [
            *(_bytes(1, name) for name in (b"features", b"weights", b"bias")),
            _bytes(2, b"outputs"),
            _bytes(4, b"Gemm"),
        ]
    )
    graph = b"".join(
        [
            _bytes(1, node),
            _bytes(2, b"tiny"),
            _bytes(5, _tensor(b"weights", weights)),
            _bytes(5, _tensor(b"bias", bias)),
            _bytes(11, _value(b"features", told)),
            _bytes(12, _value(b"outputs", said)),
        ]
    )
    opset = _bytes(1, b"") + _number(2, 13)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _tensor(name: bytes, values: np.ndarray) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    return dims + _number(2, 1) + _bytes(8, name) + _bytes(9, values.astype("<f4").tobytes())


def _value(name: bytes, size: int) -> bytes:
    shape = _bytes(1, _bytes(2, b"batch")) + _bytes(1, _number(1, size))
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return struct.pack("B", low | 0x80) + _varint(rest) if rest else struct.pack("B", low)

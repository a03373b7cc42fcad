"""A trained network as ONNX: the whole ensemble in one graph, from features to its mean answer in units."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from predictors.features import BANDS, FEATURE_COUNT, TONE_ROWS
from predictors.training.networks import KERNEL, Network, Tensors

OPSET, IR_VERSION = 17, 8
"""What onnxruntime reads since 1.12."""


class _Graph:
    """Nodes one after the other; each takes what the one before it gave."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = "features"

    def then(self, operation: str, *constants: NDArray[np.generic], **attributes: object) -> None:
        """Apply an operation to the last result and these constants."""
        names = [f"constant{len(self.constants) + n}" for n in range(len(constants))]
        made = zip(names, constants, strict=True)
        self.constants += [numpy_helper.from_array(constant, name) for name, constant in made]
        output = f"{operation.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, [self.last, *names], [output], **attributes))
        self.last = output


def onnx_bytes(network: Network, tensors: Tensors) -> bytes:
    """The file: "features" float32 (batch, n) to "outputs" float32 (batch, outputs)."""
    values = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
    graph = _Graph()
    graph.then("Gather", np.array(network.columns, np.int64), axis=1)
    graph.then("Sub", values["offset"])
    graph.then("Mul", values["scale"])
    if network.channels:
        _convolutions(graph, network, values)
    for n in range(len(network.widths) + 1):
        graph.then("MatMul", values[f"weight{n}"])  # (batch, n) or (members, batch, n), by (members, n, width)
        graph.then("Add", values[f"bias{n}"])
        if n < len(network.widths):
            graph.then("Relu")
    graph.then("ReduceMean", axes=[0], keepdims=0)
    graph.then("Mul", values["unit"])
    graph.then("Add", values["origin"])
    if network.exponential:
        graph.then("Exp")
    graph.nodes[-1].output[0] = "outputs"
    return _file(graph, network)


def _convolutions(graph: _Graph, network: Network, values: dict[str, NDArray[np.float32]]) -> None:
    graph.then("Reshape", np.array((-1, TONE_ROWS, BANDS), np.int64))
    for n in range(len(network.channels)):
        padding = [KERNEL // 2, KERNEL // 2]
        group = network.members if n else 1
        graph.then("Conv", values[f"kernel{n}"], values[f"lift{n}"], pads=padding, group=group)
        graph.then("Relu")
    graph.then("Reshape", np.array((0, network.members, network.channels[-1] * BANDS), np.int64))
    graph.then("Transpose", perm=[1, 0, 2])


def _file(graph: _Graph, network: Network) -> bytes:
    told = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", network.inputs * FEATURE_COUNT])
    said = helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["batch", network.outputs])
    made = helper.make_graph(graph.nodes, "network", [told], [said], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="daw-bridge")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())

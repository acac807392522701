"""An ONNX file looked through: its operators, where its tensors are, and what it takes and gives."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.inventory.artifacts.findings import Finding, NotAccepted, Scan

if TYPE_CHECKING:
    import onnx

STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
OLDEST_IR = 3  # the first that says which operator sets it uses
MOST_NODES = 200_000
URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
FILE_PATH = re.compile(r"^(/|~|\\\\|[a-zA-Z]:[\\/]|\.{1,2}[\\/])")


def look_through(path: Path, scan: Scan) -> None:
    """Add what was found in an ONNX file to the scan; raises NotAccepted where reading on makes no sense."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path), load_external_data=False)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise NotAccepted("onnx.unreadable", "The file is not readable as an ONNX model.") from error
    scan.add(*_versions(model, onnx.IR_VERSION))
    graphs = list(_graphs(model))
    nodes = [node for graph in graphs for node in graph.node]
    if len(nodes) > MOST_NODES:
        raise NotAccepted("onnx.nodes", f"The ONNX model has {len(nodes):,} nodes; up to {MOST_NODES:,} are taken.")
    scan.details |= _described(model, nodes)
    scan.add(*_operators(model, nodes))
    scan.add(*(finding for graph in graphs for finding in _tensors_elsewhere(graph)))
    scan.add(*(finding for node in nodes for finding in _strings(node)))
    if scan.accepted:
        scan.add(*_checked(model))


def _versions(model: "onnx.ModelProto", newest: int) -> Iterator[Finding]:
    if not OLDEST_IR <= model.ir_version <= newest:
        yield Finding(
            "onnx.ir_version", f"The ONNX model is IR version {model.ir_version}; {OLDEST_IR} to {newest} are read."
        )
    if not model.opset_import:
        yield Finding("onnx.opset", "The ONNX model doesn't say which operator sets it uses.")
    if not model.graph.output:
        yield Finding("onnx.outputs", "The ONNX model has no output.")
    if model.training_info:
        yield Finding("onnx.training", "The ONNX model carries training steps; only inference is taken.")


def _graphs(model: "onnx.ModelProto") -> Iterator["onnx.GraphProto"]:
    """The graph and all graphs within its nodes (branches and loop bodies)."""
    waiting = [model.graph]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]


def _operators(model: "onnx.ModelProto", nodes: list[Any]) -> Iterator[Finding]:
    for name in sorted({f"{node.domain}.{node.op_type}" for node in nodes if node.domain not in STANDARD_DOMAINS}):
        yield Finding(
            "onnx.custom_operator", f"The ONNX model uses the custom operator {name!r}; only standard ones are run."
        )
    for domain in sorted({opset.domain for opset in model.opset_import} - STANDARD_DOMAINS):
        yield Finding(
            "onnx.custom_domain", f"The ONNX model imports the operator set {domain!r}; only standard ones are run."
        )
    for function in model.functions:
        name = f"{function.domain}.{function.name}"
        yield Finding(
            "onnx.function", f"The ONNX model brings an operator of its own, {name!r}; only standard ones are run."
        )


def _tensors_elsewhere(graph: "onnx.GraphProto") -> Iterator[Finding]:
    from onnx import TensorProto

    sparse = [tensor for s in graph.sparse_initializer for tensor in (s.values, s.indices)]
    held = [a.t for node in graph.node for a in node.attribute if a.HasField("t")]
    held += [tensor for node in graph.node for a in node.attribute for tensor in a.tensors]
    for tensor in (*graph.initializer, *sparse, *held):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            where = next((entry.value for entry in tensor.external_data if entry.key == "location"), "elsewhere")
            yield Finding("onnx.external_data", f"The ONNX model keeps {tensor.name!r} in another file ({where!r}).")


def _strings(node: Any) -> Iterator[Finding]:
    """A single string steers the operator; lists of them are labels, where an address is only noted."""
    for attribute in node.attribute:
        text = attribute.s.decode("utf-8", "replace")
        if URL.search(text) or FILE_PATH.match(text):
            yield Finding(
                "onnx.reaches_out",
                f"The ONNX operator {node.op_type!r} is given an address, {text[:100]!r} ({attribute.name}): "
                "a model has no business outside its file.",
            )
        if any(URL.search(label.decode("utf-8", "replace")) for label in attribute.strings):
            yield Finding("onnx.label_address", f"A label of {node.op_type!r} looks like an address.", refuses=False)


def _checked(model: "onnx.ModelProto") -> Iterator[Finding]:
    import onnx

    try:
        onnx.checker.check_model(model)
    except Exception as error:  # the checker raises whatever its C++ raises
        told = " ".join(str(error).split())[:300]
        yield Finding("onnx.invalid", f"The ONNX model breaks its own rules: {told}")


def _described(model: "onnx.ModelProto", nodes: list[Any]) -> dict[str, Any]:
    constants = {tensor.name for tensor in model.graph.initializer}
    return {
        "ir_version": model.ir_version,
        "opset": {opset.domain or "ai.onnx": opset.version for opset in model.opset_import},
        "producer": f"{model.producer_name} {model.producer_version}".strip()[:200],
        "inputs": [_value(value) for value in model.graph.input if value.name not in constants],
        "outputs": [_value(value) for value in model.graph.output],
        "operators": dict(sorted(Counter(node.op_type for node in nodes).items())),
    }


def _value(value: Any) -> dict[str, Any]:
    import onnx

    kind = value.type.WhichOneof("value") or "unknown"
    if kind != "tensor_type":
        return {"name": value.name, "type": kind.removesuffix("_type"), "shape": []}
    tensor = value.type.tensor_type
    try:
        element = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
    except ValueError:
        element = "unknown"
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in tensor.shape.dim]
    return {"name": value.name, "type": element, "shape": shape}

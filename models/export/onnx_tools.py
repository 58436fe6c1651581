"""Writes a graph as ONNX, with its weights beside it if they are large, and compares with torch."""

import json

import numpy as np
import onnx
import onnx_ir
import onnxruntime as ort
import torch
from graphs import FLOAT32_INPUTS, Casting, random_inputs

OPSET = 18
DATA_FILE = "model.onnx_data"


def initializer_bytes(model):
    """Returns the size of all weights."""
    return sum(value.const_value.nbytes for value in model.graph.initializers.values())


def strip_notes(model, notes):
    """Removes the exporter's notes, which hold paths of this machine; leaves ours."""
    model.producer_name, model.producer_version = "isochron", None
    model.doc_string = model.graph.doc_string = None
    model.metadata_props.clear()
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.doc_string = None
        node.metadata_props.clear()
    for name, value in sorted(notes.items()):
        model.metadata_props[f"isochron.{name}"] = str(value)


def to_onnx(graph, inside, outside):
    """Exports with one dynamic axis, the batch; `inside` and `outside` are types, as in Casting."""
    batch = torch.export.Dim("batch")
    examples = tuple(
        value.to(outside) if value.is_floating_point() and name not in FLOAT32_INPUTS else value
        for name, value in graph.inputs.items())
    axes = (tuple({0: batch} for _ in examples),)  # one tuple: the module takes *inputs
    program = torch.onnx.export(
        Casting(graph, inside, outside).eval(), examples, input_names=list(graph.inputs),
        output_names=graph.outputs, dynamo=True, dynamic_shapes=axes, opset_version=OPSET, verbose=False)
    return program.model


def write_graph(graph, folder, types, external_above):
    """Writes the graph's folder, model.onnx and config.json; returns the paths of the model files."""
    target = folder / graph.folder
    target.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        model = to_onnx(graph, *types)
    strip_notes(model, graph.notes)
    external = initializer_bytes(model) > external_above
    path = target / "model.onnx"
    onnx_ir.save(model, path, external_data=DATA_FILE if external else None)
    onnx.checker.check_model(str(path), full_check=not external)
    (target / "config.json").write_text(json.dumps(graph.config, indent=2, default=str) + "\n")
    return [path, target / DATA_FILE] if external else [path]


def open_session(path, threads=1):
    """Opens an ONNX Runtime session; idle threads sleep, to leave a shared machine to others."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def describe(values):
    """Returns names, types and shapes as ONNX Runtime tells them."""
    return [{"name": v.name, "type": v.type.removeprefix("tensor(").rstrip(")"), "shape": v.shape}
            for v in values]


def check_signature(session, graph, batch_name="batch"):
    """Raises unless every input and output has a free batch axis and the expected name."""
    for kind, values, names in (("input", session.get_inputs(), list(graph.inputs)),
                                ("output", session.get_outputs(), graph.outputs)):
        found = [value.name for value in values]
        if found != names:
            raise ValueError(f"{graph.folder}: {kind}s are {found}, expected {names}")
        for value in values:
            if not value.shape or not isinstance(value.shape[0], str):
                raise ValueError(f"{graph.folder}: {kind} {value.name} has shape {value.shape}, "
                                 f"expected [{batch_name}, ...]")


def run_torch(graph, feed):
    """Returns torch's outputs, computed in float32 also if the weights are half floats."""
    tensors = [torch.from_numpy(value) for value in feed.values()]
    tensors = [value.float() if value.is_floating_point() else value for value in tensors]
    with torch.no_grad():
        found = graph.module(*tensors)
    return [value.float().numpy() for value in (found if isinstance(found, tuple) else (found,))]


def compare(graph, session, rows):
    """Returns the largest difference from torch and the largest value, over all outputs."""
    feed = random_inputs(graph, rows, seed=100 + rows)
    expected = run_torch(graph, feed)
    types = {value.name: value.type for value in session.get_inputs()}
    half = {name: value.astype(np.float16) if types[name] == "tensor(float16)" else value
            for name, value in feed.items()}
    found = session.run(None, half)
    difference = scale = 0.0
    for name, one, other in zip(graph.outputs, expected, found):
        if one.shape != other.shape:
            raise ValueError(f"{graph.folder}: {name} has shape {other.shape}, torch {one.shape}")
        if not np.isfinite(other).all():
            raise ValueError(f"{graph.folder}: {name} is not finite with {rows} rows")
        difference = max(difference, float(np.abs(one - other.astype(np.float32)).max()))
        scale = max(scale, float(np.abs(one).max()))
    return difference, scale

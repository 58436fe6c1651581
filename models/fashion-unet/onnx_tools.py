"""Writes a torch module as one small, clean ONNX file."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
SMALL = 2048  # tensors up to this size stay float32: they hardly count, and some are tables


def round_weights(module):
    """Rounds the large weights to float16 in place, so that torch and the file agree."""
    for weight in module.parameters():
        if weight.numel() > SMALL:
            weight.data = weight.data.half().float()
    return module


def halve_initializers(model):
    """Stores large float32 initializers as float16, each followed by a Cast to float32.

    The arithmetic stays float32, since a runtime folds the casts while it loads the file.
    """
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        size = int(np.prod(tensor.dims))
        if tensor.data_type != TensorProto.FLOAT or size <= SMALL:
            continue
        name, stored = tensor.name, tensor.name + ".fp16"
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, stored))
        casts.append(helper.make_node("Cast", [stored], [name], name + ".cast", to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def strip_notes(model):
    """Removes the exporter's notes, which hold source paths of the exporting machine."""
    graph = model.graph
    for item in [model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        item.doc_string = ""
        if hasattr(item, "metadata_props"):
            del item.metadata_props[:]
    del graph.value_info[:]
    return model


def write_onnx(module, examples, inputs, output, path, half=True):
    """Exports `module` with a dynamic batch axis on every input; returns the file's size."""
    batch = torch.export.Dim("batch")
    program = torch.onnx.export(
        module.eval(), examples, input_names=inputs, output_names=[output], dynamo=True,
        dynamic_shapes=tuple({0: batch} for _ in examples), opset_version=OPSET, verbose=False)
    model = strip_notes(program.model_proto)
    if half:
        model = halve_initializers(model)
    model.producer_name = "isochron"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path.stat().st_size

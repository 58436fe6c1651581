"""Writes a torch module as one ONNX file whose large weights are stored as int8.

Each row of a weight matrix (one output) has its own float32 scale. A Cast and a Mul restore
float32 weights; ONNX Runtime folds both while it loads the file, so that a call computes in
float32 with float32 weights and takes as long as it would without. Activations stay float32.
"""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
SMALL = 8192  # weights up to this size stay float32: they hardly count


def quantize(weight):
    """Returns int8 codes of a matrix [outputs, inputs] and the scale of each output [outputs, 1]."""
    scale = np.abs(weight).max(axis=1, keepdims=True) / 127
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def round_weights(module):
    """Rounds the large weights in place to what the file will hold, so that both agree."""
    for weight in module.parameters():
        if weight.ndim == 2 and weight.numel() > SMALL:
            codes, scale = quantize(weight.detach().numpy())
            weight.data = torch.from_numpy(codes.astype(np.float32) * scale)
    return module


def shrink_initializers(model, module):
    """Stores the large matrices of `module` as int8 codes, each followed by a Cast and a Mul."""
    graph, nodes, weights = model.graph, [], dict(module.named_parameters())
    for tensor in [t for t in graph.initializer if int(np.prod(t.dims)) > SMALL]:
        name, stored = tensor.name, numpy_helper.to_array(tensor)
        weight = weights[name].detach().numpy()
        turned = stored.shape != weight.shape or not np.array_equal(stored, weight)
        if turned and not np.array_equal(stored, weight.T):
            raise ValueError(f"{name}: expected the weight or its transpose")
        codes, scale = quantize(weight)
        if turned:
            codes, scale = codes.T, scale.T
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(codes), name + ".int8"))
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(scale), name + ".scale"))
        nodes.append(helper.make_node("Cast", [name + ".int8"], [name + ".whole"], name + ".cast", to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [name + ".whole", name + ".scale"], [name], name + ".mul"))
    nodes += list(graph.node)
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


def write_onnx(module, examples, names, path, int8=True):
    """Exports `module` with a dynamic batch axis on every input; returns the file's size.

    `names` are those of the inputs and then of the output.
    """
    batch = torch.export.Dim("batch")
    program = torch.onnx.export(
        module.eval(), examples, input_names=names[:-1], output_names=names[-1:], dynamo=True,
        dynamic_shapes=tuple({0: batch} for _ in examples), opset_version=OPSET, verbose=False)
    model = strip_notes(program.model_proto)
    if int8:
        model = shrink_initializers(model, module)
    model.producer_name = "isochron"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path.stat().st_size

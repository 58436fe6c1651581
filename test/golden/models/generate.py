"""Tiny ONNX models for the backend tests: a good one, and one for every way to be unusable.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2 numpy==2.4.6
    venv/bin/python test/golden/models/generate.py

Deterministic: two runs write the same bytes. The good model is

    epsilon = tanh(sample @ W + (timestep / 1000) * u + E[class_label])

with W, u and E from small sines, so the tests can recompute it (test/worker/backend/onnx.test.ts).
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save_model

HERE = Path(__file__).resolve().parent
DIM = 16
CLASSES = 11
NAN_TIMESTEP = 500.0


def constant(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def weights():
    index = np.arange(DIM * DIM, dtype=np.float64)
    return [
        constant("W", (0.25 * np.sin(index)).reshape(DIM, DIM).astype(np.float32)),
        constant("u", np.cos(index[:DIM]).astype(np.float32)),
        constant(
            "E",
            (0.1 * np.sin(index[: CLASSES * DIM] + 1)).reshape(CLASSES, DIM).astype(np.float32),
        ),
        constant("thousand", np.float32(1000)),
        constant("flat_shape", np.array([-1, DIM], dtype=np.int64)),
        constant("column", np.array([-1, 1], dtype=np.int64)),
    ]


def nan_constants():
    return [
        constant("nan_timestep", np.float32(NAN_TIMESTEP)),
        constant("nan", np.float32(np.nan)),
    ]


def denoiser(
    sample="sample",
    timestep="timestep",
    label="class_label",
    output="epsilon",
    timestep_dtype=TensorProto.FLOAT,
    timestep_shape=("batch",),
    sample_dtype=TensorProto.FLOAT,
    side=4,
    batch="batch",
    nan=False,
    mean=False,
):
    """The good model; every keyword spoils or changes one thing."""
    shape = [batch, 1, side, side]
    nodes = [
        helper.make_node("Cast", [sample], ["sample32"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["sample32", "flat_shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "W"], ["mixed"]),
        helper.make_node("Cast", [timestep], ["t32"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["t32", "column"], ["t"]),
        helper.make_node("Div", ["t", "thousand"], ["time"]),
        helper.make_node("Mul", ["time", "u"], ["timed"]),
        helper.make_node("Gather", ["E", label], ["embedded"], axis=0),
        helper.make_node("Add", ["mixed", "timed"], ["sum1"]),
        helper.make_node("Add", ["sum1", "embedded"], ["sum2"]),
        helper.make_node("Tanh", ["sum2"], ["tanh"]),
    ]
    last = "tanh"
    if nan:
        nodes += [
            helper.make_node("Equal", ["t", "nan_timestep"], ["is_nan"]),
            helper.make_node("Where", ["is_nan", "nan", last], ["spoiled"]),
        ]
        last = "spoiled"
    if mean:
        nodes += [
            helper.make_node("ReduceMean", [last], ["mean"], keepdims=1),
            helper.make_node("Sub", [last, "mean"], ["centred"]),
        ]
        last = "centred"
    nodes += [
        helper.make_node("Shape", [sample], ["sample_shape"]),
        helper.make_node("Reshape", [last, "sample_shape"], [output]),
    ]
    graph = helper.make_graph(
        nodes,
        "denoiser",
        [
            helper.make_tensor_value_info(sample, sample_dtype, shape),
            helper.make_tensor_value_info(timestep, timestep_dtype, list(timestep_shape)),
            helper.make_tensor_value_info(label, TensorProto.INT64, [batch]),
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        weights() + (nan_constants() if nan else []),
    )
    model = helper.make_model(
        graph,
        producer_name="isochron-test",
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    checker.check_model(model)
    return model


def main():
    models = {
        "good": denoiser(),
        "timestep-int64": denoiser(timestep_dtype=TensorProto.INT64),
        "timestep-rank0": denoiser(timestep_shape=()),
        "nan-at-500": denoiser(nan=True),
        "batch-dependent": denoiser(mean=True),
        "wrong-names": denoiser(sample="x", timestep="t_in", label="y", output="eps"),
        "fixed-batch": denoiser(batch=8, timestep_shape=(8,)),
        "half-sample": denoiser(sample_dtype=TensorProto.FLOAT16),
    }
    for name, model in models.items():
        (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    good = (HERE / "good.onnx").read_bytes()
    (HERE / "truncated.onnx").write_bytes(good[: len(good) // 2])
    (HERE / "text.onnx").write_text("version https://git-lfs.github.com/spec/v1\nsize 123456\n")
    save_model(
        denoiser(),
        str(HERE / "external.onnx"),
        save_as_external_data=True,
        location="external.onnx.data",
        size_threshold=256,
    )
    # The file beside it stays out of the repository: the tests need only the reference to it.
    (HERE / "external.onnx.data").unlink()


main()

"""Tiny ONNX models for the backend tests: a good one, and one for every way to be unusable.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2 numpy==2.4.6
    venv/bin/python test/golden/models/generate.py

Deterministic: two runs write the same bytes. The good model is

    epsilon = tanh(sample @ W + (timestep / 1000) * u + E[class_label])

with W, u and E from small sines, so the tests can recompute it (test/worker/backend/onnx.test.ts).

And the parts of a pipeline that reads prompts: a denoiser that sees the mean of 8 tokens, a text
encoder that is a table, and a decoder of latents [1, 4, 4] to pictures [3, 8, 8].
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
    output_dtype=TensorProto.FLOAT,
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
    ]
    if output_dtype != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [last], ["narrow"], to=output_dtype))
        last = "narrow"
    nodes.append(helper.make_node("Reshape", [last, "sample_shape"], [output]))
    graph = helper.make_graph(
        nodes,
        "denoiser",
        [
            helper.make_tensor_value_info(sample, sample_dtype, shape),
            helper.make_tensor_value_info(timestep, timestep_dtype, list(timestep_shape)),
            helper.make_tensor_value_info(label, TensorProto.INT64, [batch]),
        ],
        [helper.make_tensor_value_info(output, output_dtype, shape)],
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


TOKENS, WIDTH, VOCABULARY, PICTURE = 8, 4, 64, (3, 8, 8)


def model_of(nodes, inputs, outputs, constants):
    """One file of a pipeline; the batch axis is the only free one."""
    values = [
        [helper.make_tensor_value_info(name, dtype, ["batch", *shape]) for name, dtype, shape in given]
        for given in (inputs, outputs)
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "part", *values, constants),
        producer_name="isochron-test",
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    checker.check_model(model)
    return model


def sines(name, rows, columns, scale, shift=0.0):
    index = np.arange(rows * columns, dtype=np.float64)
    return constant(name, (scale * np.sin(index + shift)).reshape(rows, columns).astype(np.float32))


def prompted_denoiser():
    """out_sample = tanh(sample @ W + (timestep / 1000) * u + mean of the tokens @ P)"""
    nodes = [
        helper.make_node("Reshape", ["sample", "flat_shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "W"], ["mixed"]),
        helper.make_node("Reshape", ["timestep", "column"], ["t"]),
        helper.make_node("Div", ["t", "thousand"], ["time"]),
        helper.make_node("Mul", ["time", "u"], ["timed"]),
        helper.make_node("ReduceMean", ["encoder_hidden_states"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "P"], ["worded"]),
        helper.make_node("Add", ["mixed", "timed"], ["sum1"]),
        helper.make_node("Add", ["sum1", "worded"], ["sum2"]),
        helper.make_node("Tanh", ["sum2"], ["tanh"]),
        helper.make_node("Shape", ["sample"], ["sample_shape"]),
        helper.make_node("Reshape", ["tanh", "sample_shape"], ["out_sample"]),
    ]
    own = [one for one in weights() if one.name != "E"] + [sines("P", WIDTH, DIM, 2.0)]
    sample = ("sample", TensorProto.FLOAT, (1, 4, 4))
    time = ("timestep", TensorProto.FLOAT, ())
    words = ("encoder_hidden_states", TensorProto.FLOAT, (TOKENS, WIDTH))
    return model_of(nodes, [sample, time, words], [("out_sample", TensorProto.FLOAT, (1, 4, 4))], own)


def text_encoder():
    nodes = [helper.make_node("Gather", ["T", "input_ids"], ["last_hidden_state"], axis=0)]
    ids = [("input_ids", TensorProto.INT64, (TOKENS,))]
    states = [("last_hidden_state", TensorProto.FLOAT, (TOKENS, WIDTH))]
    return model_of(nodes, ids, states, [sines("T", VOCABULARY, WIDTH, 1.0)])


def decoder():
    """sample = tanh(latent @ D)"""
    shape = constant("picture", np.array([-1, *PICTURE], dtype=np.int64))
    nodes = [
        helper.make_node("Reshape", ["latent_sample", "flat_shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "D"], ["mixed"]),
        helper.make_node("Tanh", ["mixed"], ["tanh"]),
        helper.make_node("Reshape", ["tanh", "picture"], ["sample"]),
    ]
    flat = constant("flat_shape", np.array([-1, DIM], dtype=np.int64))
    latent = [("latent_sample", TensorProto.FLOAT, (1, 4, 4))]
    pixels = [("sample", TensorProto.FLOAT, PICTURE)]
    return model_of(nodes, latent, pixels, [sines("D", DIM, 192, 0.3), flat, shape])


def encoder():
    """latent_parameters = tanh(sample @ V), twice: the mean, and the logarithm of a variance"""
    columns = PICTURE[0] * PICTURE[1] * PICTURE[2]
    flat = constant("flat_shape", np.array([-1, columns], dtype=np.int64))
    shape = constant("latents", np.array([-1, 1, 4, 4], dtype=np.int64))
    nodes = [
        helper.make_node("Reshape", ["sample", "flat_shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "V"], ["mixed"]),
        helper.make_node("Tanh", ["mixed"], ["tanh"]),
        helper.make_node("Reshape", ["tanh", "latents"], ["mean"]),
        helper.make_node("Concat", ["mean", "mean"], ["latent_parameters"], axis=1),
    ]
    pixels = [("sample", TensorProto.FLOAT, PICTURE)]
    moments = [("latent_parameters", TensorProto.FLOAT, (2, 4, 4))]
    return model_of(nodes, pixels, moments, [sines("V", columns, DIM, 0.1), flat, shape])


def main():
    models = {
        "encoder": encoder(),
        "prompted-denoiser": prompted_denoiser(),
        "text-encoder": text_encoder(),
        "decoder": decoder(),
        "good": denoiser(),
        "timestep-int64": denoiser(timestep_dtype=TensorProto.INT64),
        "timestep-rank0": denoiser(timestep_shape=()),
        "nan-at-500": denoiser(nan=True),
        "batch-dependent": denoiser(mean=True),
        "wrong-names": denoiser(sample="x", timestep="t_in", label="y", output="eps"),
        "fixed-batch": denoiser(batch=8, timestep_shape=(8,)),
        "half-sample": denoiser(sample_dtype=TensorProto.FLOAT16),
        "half-all": denoiser(
            sample_dtype=TensorProto.FLOAT16,
            timestep_dtype=TensorProto.FLOAT16,
            output_dtype=TensorProto.FLOAT16,
        ),
    }
    for name, model in models.items():
        (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    good = (HERE / "good.onnx").read_bytes()
    (HERE / "truncated.onnx").write_bytes(good[: len(good) // 2])
    (HERE / "text.onnx").write_text("version https://git-lfs.github.com/spec/v1\nsize 123456\n")
    # it would append to a file that is there
    (HERE / "external.onnx.data").unlink(missing_ok=True)
    save_model(
        denoiser(),
        str(HERE / "external.onnx"),
        save_as_external_data=True,
        location="external.onnx.data",
        size_threshold=256,
    )


main()

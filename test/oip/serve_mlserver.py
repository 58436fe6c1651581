#!/usr/bin/env python3
"""Serves ONNX files with MLServer, by its own runtime class below, until it is told to stop.

    python test/oip/serve_mlserver.py --port 8001 --model NAME=FILE [--model NAME=FILE ...]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse

TYPES = {"tensor(float)": "FP32", "tensor(int64)": "INT64", "tensor(int32)": "INT32"}


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="of gRPC, on 127.0.0.1; the next one is for HTTP")
    parser.add_argument("--model", action="append", required=True, metavar="NAME=FILE")
    return parser.parse_args()


def open_graph(file):
    """Returns a session that uses one core."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])


class OnnxModel(MLModel):
    """A graph; what MLServer calls."""

    async def load(self):
        """Opens it."""
        self.session = open_graph(self.settings.parameters.uri)
        return True

    async def predict(self, payload):
        """Runs one request."""
        feed = {one.name: NumpyCodec.decode_input(one) for one in payload.inputs}
        outputs = self.session.get_outputs()
        found = self.session.run(None, feed)
        named = [NumpyCodec.encode_output(value.name, array) for value, array in zip(outputs, found)]
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=named)


def tensors(values):
    """Returns what clients are told of inputs or outputs."""
    return [{"name": value.name, "datatype": TYPES[value.type], "shape": [-1, *value.shape[1:]]}
            for value in values]


def write_model(folder, name, file):
    """Writes the settings of a model."""
    session = open_graph(file)
    settings = {"name": name, "implementation": "serve_mlserver.OnnxModel",
                "inputs": tensors(session.get_inputs()), "outputs": tensors(session.get_outputs()),
                "parameters": {"uri": str(Path(file).resolve())}}
    (folder / name).mkdir()
    (folder / name / "model-settings.json").write_text(json.dumps(settings), "utf-8")


def main(args):
    """Serves until a signal."""
    with tempfile.TemporaryDirectory(prefix="isochron-mlserver-") as name:
        folder = Path(name)
        for model, _, file in (text.partition("=") for text in args.model):
            write_model(folder, model, file)
        settings = {"host": "127.0.0.1", "grpc_port": args.port, "http_port": args.port + 1,
                    "metrics_port": args.port + 2, "parallel_workers": 0, "debug": False}
        (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
        program = [str(Path(sys.executable).parent / "mlserver"), "start", str(folder)]
        here = str(Path(__file__).resolve().parent)
        server = subprocess.Popen(program, env={**os.environ, "PYTHONPATH": here})
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.terminate())
        server.wait()


if __name__ == "__main__":
    main(parse_arguments())

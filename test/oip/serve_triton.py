#!/usr/bin/env python3
"""Serves ONNX files with NVIDIA Triton (its Python backend, on the CPU) until it is told to stop.

    python test/oip/serve_triton.py --port 8001 --model NAME=FILE [--model NAME=FILE ...]

The server is the one that the package nvidia-pytriton brings along; of the package itself nothing
runs. Names, types and shapes are those of the graph. A number per row, which Triton has no shape
for, is [rows, 1] outside.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import onnxruntime as ort

import pytriton

TYPES = {"tensor(float)": "TYPE_FP32", "tensor(int64)": "TYPE_INT64", "tensor(int32)": "TYPE_INT32"}
BATCH = 64


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="of gRPC, on 127.0.0.1")
    parser.add_argument("--model", action="append", required=True, metavar="NAME=FILE")
    return parser.parse_args()


def tensor(value):
    """Returns an input or an output in the words of config.pbtxt."""
    row = value.shape[1:]
    dims = f"dims: [{', '.join(map(str, row))}]" if row else "dims: [1] reshape: {shape: []}"
    return f'{{name: "{value.name}" data_type: {TYPES[value.type]} {dims}}}'


def write_model(repository, name, file):
    """Adds a model to the repository."""
    session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
    inputs, outputs = session.get_inputs(), session.get_outputs()
    config = f"""
backend: "python"
max_batch_size: {BATCH}
input [{', '.join(map(tensor, inputs))}]
output [{', '.join(map(tensor, outputs))}]
dynamic_batching {{}}
instance_group [{{kind: KIND_CPU count: 1}}]
parameters: {{key: "file" value: {{string_value: "{Path(file).resolve()}"}}}}
"""
    folder = repository / name / "1"
    folder.mkdir(parents=True)
    (folder.parent / "config.pbtxt").write_text(config, "utf-8")
    shutil.copy(Path(__file__).parent / "triton_model.py", folder / "model.py")


def copy_backend(home, work):
    """Returns a folder of backends whose interpreter is of this Python's version."""
    shutil.copytree(home / "backends", work / "backends")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = home / "python_backend_stubs" / version / "triton_python_backend_stub"
    shutil.copy(stub, work / "backends" / "python" / stub.name)
    return work / "backends"


def main(args):
    """Serves until a signal."""
    home = Path(pytriton.__file__).parent / "tritonserver"
    with tempfile.TemporaryDirectory(prefix="isochron-triton-") as folder:
        work = Path(folder)
        for name, _, file in (text.partition("=") for text in args.model):
            write_model(work / "repository", name, file)
        program = [str(home / "bin" / "tritonserver"), f"--model-repository={work / 'repository'}",
                   f"--backend-directory={copy_backend(home, work)}", "--grpc-address=127.0.0.1",
                   f"--grpc-port={args.port}", "--allow-http=false", "--allow-metrics=false",
                   "--log-info=false"]
        # what the backend was linked with lies beside the package, not beside the copy
        libraries = [str(home.parents[1] / "nvidia_pytriton.libs"), os.environ.get("LD_LIBRARY_PATH", "")]
        # the backend's interpreter finds its library by the program that is first in PATH
        paths = [str(Path(sys.executable).parent), os.environ["PATH"]]
        server = subprocess.Popen(program, env={**os.environ, "PATH": os.pathsep.join(paths),
                                                "LD_LIBRARY_PATH": os.pathsep.join(libraries)})
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.terminate())
        server.wait()


if __name__ == "__main__":
    main(parse_arguments())

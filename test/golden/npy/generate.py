"""Writes the golden NPY files of test/protocol/npy.test.ts, with NumPy itself.

Made with Python 3.11.7, NumPy 2.4.6:  python3 -m venv V && V/bin/pip install numpy==2.4.6 &&
V/bin/python test/golden/npy/generate.py
"""

import json
from pathlib import Path

import numpy

HERE = Path(__file__).parent
VALUES = [[0, 1, -2], [3.5, 100, -0.25]]

expected = {}
for dtype in ["float16", "float32", "float64", "int32", "int64", "uint8"]:
    array = numpy.abs(numpy.array(VALUES)).astype(dtype) if dtype == "uint8" else (
        numpy.array(VALUES).astype(dtype)
    )
    numpy.save(HERE / f"{dtype}.npy", array)
    expected[dtype] = {"shape": list(array.shape), "values": array.ravel().tolist()}

numpy.save(HERE / "scalar.npy", numpy.float32(1.5))
expected["scalar"] = {"shape": [], "values": [1.5]}
numpy.save(HERE / "empty.npy", numpy.zeros((0, 3), numpy.float32))
expected["empty"] = {"shape": [0, 3], "values": []}

# Refused.
numpy.save(HERE / "fortran.npy", numpy.asfortranarray(numpy.array(VALUES, numpy.float32)))
numpy.save(HERE / "big-endian.npy", numpy.array(VALUES, ">f4"))

(HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")

#!/usr/bin/env python3
"""Writes what the denoiser of every case is given beside its rows: embeddings of the prompts.

    python test/parity/conditions.py --exported FOLDER --reference FOLDER

With them the sampling is compared by itself. Files are CASE.NAME.npy, one row for all samples, and
CASE.NAME.unconditional.npy where the case is guided; the list is conditions.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from onnx_loop import CONDITIONS, read_json


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exported", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    return parser.parse_args()


def write_case(folder, reference, case):
    """Writes the conditions of one case; returns the names of their files."""
    name = read_json(folder / "model_index.json")["_class_name"]
    if name not in CONDITIONS:
        return {}
    guided = case["guidance"] is not None and case["guidance"] > 1
    texts = ([case["negativePrompt"] or ""] if guided else []) + [case["prompt"]]
    written = {}
    for key, rows in CONDITIONS[name](folder, texts, case).items():
        for suffix, row in zip([".unconditional", ""] if guided else [""], rows):
            file = f"{case['pipeline']}.{case['case']}.{key}{suffix}.npy"
            np.save(reference / file, np.asarray(row, np.float32))
            written[f"{key}{suffix}"] = file
    return written


def main(args):
    """Writes the conditions of every case whose folder is there."""
    cases = read_json(args.reference / "index.json")["cases"]
    there = [case for case in cases if (args.exported / case["pipeline"]).exists()]
    names = {f"{case['pipeline']}.{case['case']}": write_case(
        args.exported / case["pipeline"], args.reference, case) for case in there}
    (args.reference / "conditions.json").write_text(json.dumps(names, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(parse_arguments())

"""Samples through plain gRPC: submits a job, watches it, fetches the result, saves it for numpy.

    python sample.py --model mixture6 --steps 50 --samples 4 --seed 7 --out samples.npy

The protos are the only thing of isochron that it needs; they are compiled when it starts.
ISOCHRON_COORDINATOR is the address, ISOCHRON_TOKEN the token, where there is one.
"""

import argparse
import os
import pathlib
import sys

import grpc
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
# In the checkout and in the installed package the protos are three folders up.
PROTOS = os.environ.get("ISOCHRON_PROTOS", str(HERE.parents[2] / "proto"))
SECONDS_MAX = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mixture6")
    parser.add_argument("--solver", default="ddim")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tolerance", type=float, default=0.01)
    parser.add_argument("--out", default="samples.npy")
    asked = parser.parse_args()

    sys.path.insert(0, PROTOS)  # where grpc looks for .proto files
    messages, services = grpc.protos_and_services("isochron/v1/sampler.proto")
    address = os.environ.get("ISOCHRON_COORDINATOR", "127.0.0.1:7400")
    token = os.environ.get("ISOCHRON_TOKEN")
    call = {
        "metadata": [("authorization", f"Bearer {token}")] if token else [],
        "timeout": SECONDS_MAX,
        "wait_for_ready": True,
    }
    with grpc.insecure_channel(address) as channel:
        sampler = services.SamplerStub(channel)
        request = messages.SubmitRequest(
            model=asked.model,
            solver=asked.solver,
            steps=asked.steps,
            samples=asked.samples,
            seed=asked.seed,
            tolerance=asked.tolerance,
        )
        job = sampler.Submit(request, **call).job
        for event in sampler.Watch(messages.WatchRequest(job=job), **call):
            status = event.status
            print(f"round {status.rounds}: {status.frontier} of {status.rows} rows are final")
        if status.state != messages.JobState.Value("DONE"):
            raise SystemExit(f"{status.error_code}: {status.message}")

        data = bytearray()
        for piece in sampler.Result(messages.JobRequest(job=job), **call):
            if piece.HasField("report"):
                report = piece.report
            data += piece.samples  # empty in pieces of another kind
    shape = (report.samples, *report.sample_shape)
    np.save(asked.out, np.frombuffer(data, dtype="<f4").reshape(shape))
    print(f"{shape} in {report.rounds} rounds, {report.model_calls} model calls: {asked.out}")


if __name__ == "__main__":
    main()

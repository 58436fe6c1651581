"""Prints the pixel statistics of the training pictures in [-1, 1] that the model card quotes."""

import argparse

import numpy as np

import data


def main():
    """Measures the overall standard deviation and what is left about the mean picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=data.DEFAULT_DATA, help="folder of the idx files")
    images, labels = data.load(parser.parse_args().data, "train")
    x = data.to_unit_range(images).astype(np.float64)
    by_class = np.mean([x[labels == c].var(axis=0).mean() for c in range(10)])
    print(f"mean {x.mean():.6f}")
    print(f"standard deviation about the one mean {x.std():.6f}")
    print(f"residual about the mean picture {np.sqrt(x.var(axis=0).mean()):.6f}")
    print(f"residual about the mean picture of its class {np.sqrt(by_class):.6f}")


if __name__ == "__main__":
    main()

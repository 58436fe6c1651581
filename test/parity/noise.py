#!/usr/bin/env python3
"""isochron's noise in NumPy: Philox4x32-10 and Box-Muller (docs/NUMERICS.md, section 7).

    key     = (seed low 32 bits, seed high 32 bits)
    counter = (q, step, sample, stream),   q = floor(e/4) for latent element e
    u(w)    = (w + 1/2) 2^-32
    elements 4q, 4q+1 = R cos(2 pi u1), R sin(2 pi u1),   R = sqrt(-2 ln u0);  4q+2, 4q+3 likewise

isochron has its own logarithm and sine, so single elements may differ from these in the last bit
of a float32. Run as a program, this file checks itself against the published answers:

    python test/parity/noise.py
"""

import numpy as np

INITIAL, STEP = 0, 1  # streams
WORD = np.uint64(0xFFFFFFFF)
HIGH = np.uint64(32)

# Random123's known answers: counter, key, result.
PHILOX_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]

# isochron's own: seed, sample, step, stream, first elements.
NORMAL_ANSWERS = [
    (42, 0, 3, STEP, [0.788265393, 0.191405446, 0.495682728, 0.806435264,
                      0.131131415, 1.545379491, -0.561035975, -0.015504328]),
    (42, 0, 0, INITIAL, [-0.970189790, 0.194018955, -1.235620743, 1.923926750]),
    (0x0123456789ABCDEF, 5, 7, STEP, [0.875778220, 0.084216586, 0.079320442, 0.613836576]),
]


def philox4x32(counter, key):
    """Returns Philox4x32-10 of a counter [4, n] under a key of two words (Salmon et al., 2011)."""
    c0, c1, c2, c3 = (np.asarray(word, np.uint64) for word in counter)
    k0, k1 = (np.uint64(word) for word in key)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> HIGH) ^ c1 ^ k0, p1 & WORD, (p0 >> HIGH) ^ c3 ^ k1, p0 & WORD
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & WORD, (k1 + np.uint64(0xBB67AE85)) & WORD
    return np.stack([c0, c1, c2, c3])


def normal(shape, seed, sample=0, step=0, stream=INITIAL):
    """Returns the standard normal latent of one sample, float32, row-major (C, H, W)."""
    size = int(np.prod(shape))
    groups = np.arange(-(-size // 4), dtype=np.uint64)
    rest = [np.full_like(groups, value) for value in (step, sample, stream)]
    words = philox4x32([groups, *rest], (seed & 0xFFFFFFFF, seed >> 32))
    u = (words.astype(np.float64) + 0.5) / 2.0**32
    radius, angle = np.sqrt(-2 * np.log(u[0::2])), 2 * np.pi * u[1::2]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)  # pair, part, group
    flat = pairs.transpose(2, 0, 1).reshape(-1)[:size]
    return flat.astype(np.float32).reshape(shape)


def check():
    """Compares with the known answers; raises if one differs."""
    for counter, key, expected in PHILOX_ANSWERS:
        found = philox4x32([np.array([word]) for word in counter], key)[:, 0]
        assert tuple(int(word) for word in found) == expected, (counter, found)
    for seed, sample, step, stream, expected in NORMAL_ANSWERS:
        found = normal((len(expected),), seed, sample, step, stream)
        np.testing.assert_allclose(found, np.float32(expected), rtol=0, atol=2e-9 + 1e-7)
    print(f"noise: {len(PHILOX_ANSWERS)} Philox and {len(NORMAL_ANSWERS)} normal answers agree")


if __name__ == "__main__":
    check()

"""A yardstick: chips of a 196-64-10 network with feedback, each with weights and offsets of its own, infer digits.

python3 chips_numpy.py CHIPS EXAMPLES STEPS BATCH
prints chips per second of a straightforward numpy program in float32: one Euler loop over batches, products by the BLAS that numpy has.
"""
import sys
import time

import numpy as np

chips, examples, steps, batch = (int(a) for a in sys.argv[1:5])
rng = np.random.default_rng(1)
x = rng.random((examples, 196), dtype=np.float32)
nominal = [rng.uniform(-0.15, 0.15, s).astype(np.float32) for s in ((196, 64), (64, 10), (10, 64))]


def infer(wxh, why, wyh, bh, by):
    said = np.empty(examples, dtype=np.int64)
    for start in range(0, examples, batch):
        xb = x[start:start + batch]
        drive = xb @ wxh + bh
        h = np.zeros((len(xb), 64), dtype=np.float32)
        y = np.zeros((len(xb), 10), dtype=np.float32)
        for _ in range(steps):
            h, y = (
                np.clip(h + 0.5 * (drive + np.clip(y, 0, 1) @ wyh - h), 0, 1),
                np.clip(y + 0.5 * (np.clip(h, 0, 1) @ why + by - y), 0, 1),
            )
        said[start:start + batch] = y.argmax(axis=1)
    return said


begin = time.perf_counter()
total = 0
for chip in range(chips):
    draw = np.random.default_rng((7, chip))
    weights = [w * (1 + 0.05 * draw.standard_normal(w.shape, dtype=np.float32)) for w in nominal]
    offsets = [0.02 * draw.standard_normal(n, dtype=np.float32) for n in (64, 10)]
    total += int(infer(*weights, *offsets).sum())
seconds = time.perf_counter() - begin
print(f"numpy {np.__version__}: {chips} chips x {examples} examples x {steps} steps in {seconds:.2f} s: {chips / seconds:.3f} chips/s (checksum {total})")

"""The wires of a crossbar by nodal analysis with SciPy's SuperLU: one factorisation, one solution for each row. Prints seconds to the error stream.

usage: wires_scipy.py POST PRE
"""
import sys
import time

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

post, pre = int(sys.argv[1]), int(sys.argv[2])
columns, g = 2 * post, 1.0
devices = np.random.default_rng(3).uniform(1e-6, 2.5e-5, (pre, columns))
row = np.arange(pre * columns).reshape(pre, columns)
below = row + pre * columns


def entries(u, v, conductance):
    """A conductance between nodes u and v."""
    conductance = np.broadcast_to(conductance, u.shape).ravel()
    u, v = u.ravel(), v.ravel()
    return np.concatenate([u, v, u, v]), np.concatenate([u, v, v, u]), np.concatenate([conductance, conductance, -conductance, -conductance])


parts = [entries(row, below, devices), entries(row[:, 1:], row[:, :-1], g), entries(below[1:], below[:-1], g)]
ends = np.concatenate([row[:, 0], below[-1]])
parts.append((ends, ends, np.full(ends.size, g)))
i, j, values = (np.concatenate(p) for p in zip(*parts))
matrix = coo_matrix((values, (i, j)), shape=(2 * row.size, 2 * row.size)).tocsc()
begin = time.perf_counter()
factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
drive = np.zeros((2 * row.size, pre))
drive[row[:, 0], np.arange(pre)] = g
currents = g * factors.solve(drive)[below[-1]]
print(time.perf_counter() - begin, file=sys.stderr)

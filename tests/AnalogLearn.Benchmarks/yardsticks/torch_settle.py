#!/usr/bin/env python3
"""Yardstick: the training step of SettleBenchmarks in PyTorch.

784-512-512-10, hard sigmoid, states clipped to [0, 1]; 200 free and 100 nudged synchronous Euler steps of 0.5, beta = 1, weight update
included; random data, single precision. Prints for each batch and number of threads the best of some runs:
milliseconds, examples/s, GFLOP/s (recurrent products alone, as SettleBenchmarks counts them).

Usage: torch_settle.py [runs]
"""
import sys
import time

import torch


def step(x_drive, s, w, nudge=None):
    """One Euler step of all layers at once; s = [h1, h2, y]."""
    h1, h2, y = s
    m1 = x_drive + h2 @ w["21"] + w["b1"] - h1
    m2 = h1 @ w["12"] + y @ w["y2"] + w["b2"] - h2
    m0 = h2 @ w["2y"] + w["by"] - y
    if nudge is not None:
        beta, target = nudge
        m0 = m0 + beta * (target - y)
    return [torch.clamp(v + 0.5 * m, 0.0, 1.0) for v, m in zip(s, (m1, m2, m0))]


def train(x, target, w, beta=1.0, rate=1e-4):
    n = x.shape[0]
    s = [torch.zeros(n, k) for k in (512, 512, 10)]
    drive = x @ w["x1"]
    for _ in range(200):
        s = step(drive, s, w)
    free = s
    for _ in range(100):
        s = step(drive, s, w, (beta, target))
    d1, d2, dy = [(b - a) / (beta * n) for a, b in zip(free, s)]
    w["x1"].addmm_(x.t(), d1, alpha=rate)
    w["21"].addmm_(free[1].t(), d1, alpha=rate)
    w["12"].addmm_(free[0].t(), d2, alpha=rate)
    w["y2"].addmm_(free[2].t(), d2, alpha=rate)
    w["2y"].addmm_(free[1].t(), dy, alpha=rate)
    w["b1"].add_(d1.sum(0), alpha=rate)
    w["b2"].add_(d2.sum(0), alpha=rate)
    w["by"].add_(dy.sum(0), alpha=rate)


def glorot(pre, post):
    bound = (6.0 / (pre + post)) ** 0.5
    return (torch.rand(pre, post) * 2 - 1) * bound


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    torch.manual_seed(1)
    flop = 300 * 2.0 * (2 * 512 * 512 + 2 * 512 * 10)
    print(f"torch {torch.__version__}")
    for batch in (20, 200):
        x = torch.clamp(torch.rand(batch, 784) * 3 - 2, min=0)
        target = torch.nn.functional.one_hot(torch.randint(0, 10, (batch,)), 10).float()
        for threads in (1, 2):
            torch.set_num_threads(threads)
            w = {"x1": glorot(784, 512), "12": glorot(512, 512), "21": glorot(512, 512), "2y": glorot(512, 10), "y2": glorot(10, 512)}
            w.update(b1=torch.zeros(512), b2=torch.zeros(512), by=torch.zeros(10))
            best = best_cpu = float("inf")
            with torch.no_grad():
                train(x, target, w)
                for _ in range(runs):
                    start, start_cpu = time.perf_counter(), time.process_time()
                    train(x, target, w)
                    best = min(best, time.perf_counter() - start)
                    best_cpu = min(best_cpu, time.process_time() - start_cpu)
            print(
                f"batch {batch:4d} threads {threads}: {1e3 * best:8.1f} ms {batch / best:8.0f} examples/s {flop * batch / best / 1e9:7.1f} GFLOP/s"
                f"   by processor time {flop * batch / best_cpu / 1e9:7.1f} GFLOP/s",
                flush=True,
            )


if __name__ == "__main__":
    main()

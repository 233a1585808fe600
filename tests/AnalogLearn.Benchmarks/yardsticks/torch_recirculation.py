#!/usr/bin/env python3
"""Yardstick: epochs of recirculation in PyTorch, as RecirculationComparison runs them.

An autoencoder of the given widths learns by plain recirculation (Baldi and Sadowski 2018): forward pass, the output goes round once more, every deep
weight changes by its presynaptic activity times what its postsynaptic neuron lost, the top layer by its gradient. Batches of 100 in a new random order
each epoch, biases learn, the cost of every batch is read. Random data: the time does not depend on them.

Usage: torch_recirculation.py 100-20-100 linear|tanh examples epochs threads float|double
Prints the seconds of each epoch.
"""
import sys
import time

import torch

BATCH = 100


def main():
    sizes = [int(n) for n in sys.argv[1].split("-")]
    linear = sys.argv[2] == "linear"
    examples, epochs, threads = (int(n) for n in sys.argv[3:6])
    torch.set_num_threads(threads)
    torch.set_default_dtype(torch.float64 if sys.argv[6] == "double" else torch.float32)
    torch.manual_seed(1)
    depth = len(sizes) - 1
    data = torch.randn(examples, 20) @ torch.randn(20, sizes[0]) if linear else torch.rand(examples, sizes[0])
    weights = [(torch.rand(post, pre) * 2 - 1) * (6 / (pre + post)) ** 0.5 for pre, post in zip(sizes, sizes[1:])]
    biases = [torch.zeros(post) for post in sizes[1:]]
    rate = 1e-3 if linear else 1e-2

    def forward(x, layers):
        activity = [x]
        for h in range(layers):
            z = torch.addmm(biases[h], activity[-1], weights[h].t())
            if not linear:
                z = torch.tanh(z) if h < depth - 1 else torch.sigmoid(z)
            activity.append(z)
        return activity

    def epoch():
        order = torch.randperm(examples)
        total = 0.0
        for start in range(0, examples, BATCH):
            x = data[order[start : start + BATCH]]
            first = forward(x, depth)
            error = x - first[depth]
            total += (0.5 * (error * error).sum() if linear else torch.nn.functional.binary_cross_entropy(first[depth], x, reduction="sum")).item()
            second = forward(first[depth], depth - 1)
            for h in range(depth):
                post = error if h == depth - 1 else first[h + 1] - second[h + 1]
                weights[h].addmm_(post.t(), first[h], alpha=rate / BATCH)
                biases[h].add_(post.sum(0), alpha=rate / BATCH)
        return total / examples

    with torch.no_grad():
        for _ in range(epochs):
            start = time.perf_counter()
            epoch()
            print(time.perf_counter() - start)


if __name__ == "__main__":
    main()

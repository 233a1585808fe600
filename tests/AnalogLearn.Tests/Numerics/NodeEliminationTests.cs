using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

/// <summary>Nodes eliminated all at once against one after the other.</summary>
public sealed class NodeEliminationTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 8)]
    [InlineData(7, 63)]
    [InlineData(48, 64)]
    [InlineData(49, 65)]
    [InlineData(130, 77)]
    [InlineData(200, 211)]
    public void WhatIsLeftIsThatOfGauss(int gone, int stay)
    {
        double[,] network = Network(gone + stay);
        AlignedBuffer<double> kept = Eliminate(network, gone, stay, 1), shared = Eliminate(network, gone, stay, 2);
        Assert.Equal(kept.Span, shared.Span);
        for (int k = 0; k < gone; k++)
        {
            for (int i = k + 1; i < gone + stay; i++)
            {
                double factor = network[i, k] / network[k, k];
                for (int j = k; j < gone + stay; j++)
                    network[i, j] -= factor * network[k, j];
            }
        }

        int stride = AlignedBuffer<double>.Padded(stay);
        for (int i = 0; i < stay; i++)
        {
            for (int j = 0; j < stay; j++)
                Assert.Equal(network[gone + i, gone + j], kept.Span[(i * stride) + j], 1e-12 * network[gone, gone]);
        }
    }

    private static AlignedBuffer<double> Eliminate(double[,] network, int gone, int stay, int threads)
    {
        var elimination = new NodeElimination();
        Span<double> front = elimination.Front(gone, stay);
        int stride = NodeElimination.Stride(gone, stay), start = AlignedBuffer<double>.Padded(gone), width = AlignedBuffer<double>.Padded(stay);
        var kept = new AlignedBuffer<double>(stay * width);
        for (int i = 0; i < gone; i++)
        {
            for (int j = 0; j < gone + stay; j++)
                front[(i * stride) + (j < gone ? j : start + j - gone)] = network[i, j];
        }

        for (int i = 0; i < stay; i++)
        {
            for (int j = 0; j < stay; j++)
                kept.Span[(i * width) + j] = network[gone + i, gone + j];
        }

        elimination.Eliminate(gone, stay, kept, threads);
        return kept;
    }

    /// <summary>Conductances between all nodes at random, and from each to ground.</summary>
    private static double[,] Network(int count)
    {
        CounterRandom random = CounterRandom.ForPath(7, "network");
        var network = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            network[i, i] += random.Uniform();
            for (int j = 0; j < i; j++)
            {
                double g = random.Uniform();
                network[i, i] += g;
                network[j, j] += g;
                network[i, j] = network[j, i] = -g;
            }
        }

        return network;
    }
}

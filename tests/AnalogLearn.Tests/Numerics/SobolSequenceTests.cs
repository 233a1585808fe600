using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

/// <summary>Sobol's sequence: primitive polynomials, stratification of every dimension and of pairs, property A, scrambling that keeps all of it.</summary>
public sealed class SobolSequenceTests
{
    [Fact]
    public void PolynomialsAreThePrimitiveOnes()
    {
        // φ(2^s − 1)/s primitive polynomials of degree s.
        int[] counts = [.. SobolSequence.Polynomials().Take(336).GroupBy(p => 31 - int.LeadingZeroCount((int)p)).Select(g => g.Count())];
        Assert.Equal([1, 1, 2, 2, 6, 6, 18, 16, 48, 60, 176], counts);
        Assert.Equal([0b11u, 0b111u, 0b1011u, 0b1101u, 0b10011u, 0b11001u, 0b100101u], SobolSequence.Polynomials().Take(7));
    }

    [Fact]
    public void TheFirstDimensionsAreWhatTheyHaveToBe()
    {
        // van der Corput in base 2, and x + 1: 0, 1/2, 3/4, 1/4, …
        Assert.Equal([0, 0.5, 0.25, 0.75, 0.125], Enumerable.Range(0, 5).Select(n => SobolSequence.At(0, (uint)n) / 4294967296.0));
        Assert.Equal([0, 0.5, 0.75, 0.25], Enumerable.Range(0, 4).Select(n => SobolSequence.At(1, (uint)n) / 4294967296.0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryDimensionIsStratified(bool scrambled)
    {
        const int points = 256;
        var key = new CounterRandom(5, 17);
        foreach (int d in new[] { 0, 1, 2, 7, 31, 63 })
        {
            CounterRandom own = key.Child((ulong)d);
            IEnumerable<uint> places = Enumerable.Range(0, points).Select(n => SobolSequence.At(d, (uint)n)).Select(x => (scrambled ? SobolSequence.Scramble(x, own) : x) >> 24);
            Assert.Equal(points, places.Distinct().Count());
        }
    }

    [Fact]
    public void TheFirstDimensionsHavePropertyAAndGoodPairs()
    {
        uint[][] table = SobolSequence.Table(32);
        for (int d = 1; d < 32; d++)
            Assert.True(SobolSequence.HasPropertyA([.. table.Take(d)], table[d]));
        Assert.Equal(0, SobolSequence.QualityOfPair(table[0], table[1], 10));
        double mean = 0;
        for (int a = 0; a < 16; a++)
        {
            for (int b = 0; b < a; b++)
                mean += SobolSequence.QualityOfPair(table[a], table[b], 10) / 120.0;
        }

        Assert.InRange(mean, 0, 3);
    }

    [Fact]
    public void ScrambledPointsAreUniform()
    {
        // The same point under many keys is uniform, and two coordinates of it are independent.
        const int keys = 4000;
        double first = 0, second = 0, product = 0;
        for (int k = 0; k < keys; k++)
        {
            var key = new CounterRandom((ulong)k, 3);
            double a = (SobolSequence.Scramble(SobolSequence.At(0, 5), key.Child(0)) / 4294967296.0) - 0.5, b = (SobolSequence.Scramble(SobolSequence.At(1, 5), key.Child(1)) / 4294967296.0) - 0.5;
            first += a / keys;
            second += 12 * a * a / keys;
            product += 12 * a * b / keys;
        }

        Assert.InRange(first, -4 * 0.289 / Math.Sqrt(keys), 4 * 0.289 / Math.Sqrt(keys));
        Assert.InRange(second, 1 - (4 * 0.9 / Math.Sqrt(keys)), 1 + (4 * 0.9 / Math.Sqrt(keys)));
        Assert.InRange(product, -4 / Math.Sqrt(keys), 4 / Math.Sqrt(keys));
    }

    [Theory]
    [InlineData(1ul)]
    [InlineData(7ul)]
    [InlineData(500ul)]
    [InlineData(5000ul)]
    public void KeyedOrdersAreOrders(ulong count)
    {
        var order = new KeyedPermutation(count, new CounterRandom(1, 2));
        Assert.Equal((int)count, Enumerable.Range(0, (int)count).Select(k => order.At((ulong)k)).Where(k => k < count).Distinct().Count());
    }

    [Fact]
    public void KeyedOrdersHaveNoPreference()
    {
        // Where index 0 goes under 6,000 keys: χ² of 5 degrees of freedom, 20.5 at 0.1 %; and all six orders of three.
        int[] places = new int[6];
        int[] orders = new int[27];
        for (int k = 0; k < 6000; k++)
        {
            places[new KeyedPermutation(6, new CounterRandom(9, (ulong)k)).At(0)]++;
            var three = new KeyedPermutation(3, new CounterRandom(8, (ulong)k));
            orders[(9 * three.At(0)) + (3 * three.At(1)) + three.At(2)]++;
        }

        Assert.InRange(places.Sum(n => Math.Pow(n - 1000, 2) / 1000), 0, 20.5);
        Assert.Equal(6, orders.Count(n => n > 0));
        Assert.InRange(orders.Where(n => n > 0).Sum(n => Math.Pow(n - 1000, 2) / 1000), 0, 20.5);
    }
}

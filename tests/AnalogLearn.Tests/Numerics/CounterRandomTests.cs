using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public sealed class CounterRandomTests
{
    // The published known-answer vectors of Philox4x32-10 (Random123's kat_vectors): counter, key, output.
    [Theory]
    [InlineData(0x00000000_00000000, 0x00000000_00000000, 0x00000000_00000000, 0xe169c58d_6627e8d5, 0x9b00dbd8_bc57ac4c)]
    [InlineData(0xffffffff_ffffffff, 0xffffffff_ffffffff, 0xffffffff_ffffffff, 0x41c83b0e_408f276d, 0x6d5451fd_a20bc7c6)]
    [InlineData(0x85a308d3_243f6a88, 0x03707344_13198a2e, 0x299f31d0_a4093822, 0x94fdcceb_d16cfe09, 0x24126ea1_5001e420)]
    public void Philox_gives_the_published_vectors(ulong counterLow, ulong counterHigh, ulong key, ulong low, ulong high)
    {
        Philox.Block(key, counterLow, counterHigh, out ulong a, out ulong b);
        Assert.Equal(low, a);
        Assert.Equal(high, b);
    }

    [Fact]
    public void A_draw_is_the_same_in_sequence_and_by_its_number()
    {
        CounterRandom stream = CounterRandom.ForPath(42, "chip", "7", "yq");
        for (ulong k = 0; k < 101; k++)
        {
            Assert.Equal(stream.UInt64At(k), stream.NextUInt64());
        }

        stream.Position = 55;
        Assert.Equal(stream.UInt64At(55), stream.NextUInt64());
        Assert.Equal(stream.UniformAt(56), stream.Uniform());
        Assert.Equal(stream.NormalAt(57), stream.Normal());
        Assert.Equal((uint)(stream.UInt64At(58) >> 32), stream.NextUInt32());
        Assert.Equal(59UL, stream.Position);
        stream.Position = 3;
        stream.NextUInt64();
        stream.Position = 3;
        Assert.Equal(stream.UInt64At(3), stream.NextUInt64());
    }

    [Fact]
    public void Paths_have_borders_and_children_continue_them()
    {
        Assert.NotEqual(StableHash.OfPath("a", "bc"), StableHash.OfPath("ab", "c"));
        Assert.NotEqual(StableHash.OfPath("a"), StableHash.OfPath("a", ""));
        Assert.NotEqual(StableHash.OfPath("a", "b"), StableHash.OfPath("b", "a"));
        Assert.Equal(
            CounterRandom.ForPath(1, "a", "b").UInt64At(9),
            CounterRandom.ForPath(1, "a").Child("b").UInt64At(9));
        Assert.NotEqual(CounterRandom.ForPath(1, "a").UInt64At(0), CounterRandom.ForPath(2, "a").UInt64At(0));
        HashSet<ulong> streams = [];
        for (int i = 0; i < 20_000; i++)
        {
            Assert.True(streams.Add(CounterRandom.ForPath(1, "x").Child((ulong)i).Stream));
            Assert.True(streams.Add(CounterRandom.ForPath(1, $"y[{i}]").Stream));
        }
    }

    [Fact]
    public void The_hash_of_a_text_never_changes()
    {
        // Saved studies and data sets depend on these bits.
        Assert.Equal(0xefd01f60ba992926UL, StableHash.Of(""));
        Assert.Equal(StableHash.OfPath("digits", "train"), StableHash.Combine(StableHash.Of("digits"), "train"));
    }

    [Theory]
    [InlineData(1UL, "a")]
    [InlineData(2UL, "a")]
    [InlineData(1UL, "b")]
    public void Uniform_numbers_are_uniform(ulong seed, string path)
    {
        const int count = 200_000;
        const int bins = 100;
        CounterRandom stream = CounterRandom.ForPath(seed, path);
        int[] histogram = new int[bins];
        double sum = 0, squares = 0, lag = 0, previous = 0;
        for (int i = 0; i < count; i++)
        {
            double u = stream.Uniform();
            Assert.InRange(u, 0, 0.99999999999999999);
            histogram[(int)(u * bins)]++;
            sum += u - 0.5;
            squares += (u - 0.5) * (u - 0.5);
            lag += (u - 0.5) * previous;
            previous = u - 0.5;
        }

        // Five standard deviations of each statistic.
        Assert.InRange(sum / count, -5 * Math.Sqrt(1 / 12.0 / count), 5 * Math.Sqrt(1 / 12.0 / count));
        Assert.InRange(squares / count - 1 / 12.0, -5 * Math.Sqrt(1 / 180.0 / count), 5 * Math.Sqrt(1 / 180.0 / count));
        Assert.InRange(lag / count, -5 / 12.0 / Math.Sqrt(count), 5 / 12.0 / Math.Sqrt(count));
        double chiSquared = histogram.Sum(n => (n - (double)count / bins) * (n - (double)count / bins) / ((double)count / bins));
        Assert.InRange(chiSquared, 99 - 5 * Math.Sqrt(198), 99 + 5 * Math.Sqrt(198));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        const int count = 400_000;
        CounterRandom stream = CounterRandom.ForPath(3, "normal");
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
        int beyondTwo = 0;
        for (int i = 0; i < count; i++)
        {
            double z = stream.Normal();
            m1 += z;
            m2 += z * z;
            m3 += z * z * z;
            m4 += z * z * z * z;
            beyondTwo += Math.Abs(z) > 2 ? 1 : 0;
        }

        double five = 5 / Math.Sqrt(count);
        Assert.InRange(m1 / count, -five, five);
        Assert.InRange(m2 / count - 1, -five * Math.Sqrt(2), five * Math.Sqrt(2));
        Assert.InRange(m3 / count, -five * Math.Sqrt(15), five * Math.Sqrt(15));
        Assert.InRange(m4 / count - 3, -five * Math.Sqrt(96), five * Math.Sqrt(96));
        Assert.InRange(beyondTwo / (double)count - 0.0455002638963584, -five * 0.21, five * 0.21);
    }

    [Fact]
    public void Streams_are_independent_of_each_other()
    {
        const int count = 50_000;
        CounterRandom[] streams =
        [
            CounterRandom.ForPath(1, "y[0]"), CounterRandom.ForPath(1, "y[1]"), CounterRandom.ForPath(2, "y[0]"),
            CounterRandom.ForPath(1, "y[0]").Child(0), CounterRandom.ForPath(1, "y[0]").Child(1),
        ];
        for (int a = 0; a < streams.Length; a++)
        {
            for (int b = a + 1; b < streams.Length; b++)
            {
                double product = 0;
                for (ulong k = 0; k < count; k++)
                {
                    product += (streams[a].UniformAt(k) - 0.5) * (streams[b].UniformAt(k) - 0.5);
                }

                Assert.InRange(product / count * 12, -5 / Math.Sqrt(count), 5 / Math.Sqrt(count));
            }
        }
    }

    // Values of Φ⁻¹ to 17 digits by mpmath (50 digits): sqrt(2)·erfinv(2p − 1).
    [Theory]
    [InlineData(0.5, 0.0)]
    [InlineData(0.25, -0.67448975019608174)]
    [InlineData(0.9, 1.2815515655446004)]
    [InlineData(0.975, 1.9599639845400542)]
    [InlineData(0.001, -3.0902323061678135)]
    [InlineData(1e-6, -4.7534243088228988)]
    [InlineData(1e-10, -6.3613409024040562)]
    [InlineData(1e-13, -7.3487961028006776)]
    [InlineData(1e-100, -21.273453560965324)]
    public void The_normal_quantile_is_right_to_the_last_digits(double p, double z)
    {
        Assert.InRange(NormalQuantile.At(p) - z, -4e-15 * Math.Max(1, Math.Abs(z)), 4e-15 * Math.Max(1, Math.Abs(z)));
    }

    [Fact]
    public void The_platform_free_logarithm_agrees_with_the_platforms()
    {
        CounterRandom stream = CounterRandom.ForPath(5, "ln");
        for (int i = 0; i < 10_000; i++)
        {
            double x = Math.Exp(stream.Uniform(-740, 700));
            double expected = Math.Log(x);
            Assert.InRange(NormalQuantile.Ln(x) - expected, -4e-16 * Math.Max(0.5, Math.Abs(expected)), 4e-16 * Math.Max(0.5, Math.Abs(expected)));
        }
    }

    [Fact]
    public void Integers_cover_their_range_evenly_and_a_shuffle_is_a_permutation()
    {
        CounterRandom stream = CounterRandom.ForPath(9, "int");
        int[] seen = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            seen[stream.NextInt32(7)]++;
        }

        Assert.All(seen, n => Assert.InRange(n, 10_000 - 500, 10_000 + 500));

        int[] items = [.. Enumerable.Range(0, 1000)];
        stream.Shuffle(items);
        Assert.NotEqual(Enumerable.Range(0, 1000), items);
        Assert.Equal(Enumerable.Range(0, 1000), items.Order());
    }

    [Fact]
    public void Every_order_of_a_shuffle_is_equally_likely()
    {
        CounterRandom stream = CounterRandom.ForPath(10, "orders");
        Dictionary<int, int> orders = [];
        for (int i = 0; i < 24_000; i++)
        {
            int[] items = [0, 1, 2, 3];
            stream.Shuffle(items);
            int code = items[0] * 1000 + items[1] * 100 + items[2] * 10 + items[3];
            orders[code] = orders.GetValueOrDefault(code) + 1;
        }

        Assert.Equal(24, orders.Count);
        Assert.All(orders.Values, n => Assert.InRange(n, 1000 - 160, 1000 + 160));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1003)]
    public void ManyDrawsAtOnceAreTheSameDraws(int count)
    {
        var low = new ulong[count];
        var high = new ulong[count];
        const ulong key = 0x0123456789ABCDEF, first = 5UL << 32 | 77, stream = 0xFEDCBA9876543210;
        Philox.Blocks(key, first, stream, low, high);
        var normal = new double[count];
        NormalQuantile.Of(low, normal);
        for (int k = 0; k < count; k++)
        {
            Philox.Block(key, first + (ulong)k, stream, out ulong even, out ulong odd);
            Assert.Equal((even, odd), (low[k], high[k]));
            Assert.Equal(CounterRandom.ToNormal(even), normal[k]);
        }
    }
}

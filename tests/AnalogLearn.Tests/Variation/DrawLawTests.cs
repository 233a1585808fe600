using AnalogLearn.Numerics;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>Moments of 10⁵ draws of every law against their closed forms, within five standard errors.</summary>
public sealed class DrawLawTests
{
    private const int Count = 100_000;

    /// <summary>Mean, standard deviation, third standardised moment and fourth of each law at p = 2.</summary>
    public static TheoryData<DrawShape, double, bool, double> Laws => new()
    {
        { DrawShape.Normal, 0.1, true, 3 },
        { DrawShape.Normal, 0.1, false, 3 },
        { DrawShape.Lognormal, 0.3, true, 3 },
        { DrawShape.Lognormal, 0.5, false, 3 },
        { DrawShape.TruncatedNormal, 0.1, true, 3 },
        { DrawShape.TruncatedNormal, 0.1, true, 1 },
        { DrawShape.TruncatedNormal, 0.4, false, 2 },
        { DrawShape.Uniform, 0.1, true, 3 },
        { DrawShape.Uniform, 0.3, false, 3 },
    };

    [Theory]
    [MemberData(nameof(Laws))]
    public void MomentsAreThoseOfTheory(DrawShape shape, double amount, bool isRelative, double truncation)
    {
        const double nominal = 2;
        var law = new DrawLaw(shape, amount, isRelative, truncation);
        double[] x = Draws(law, nominal, 17);
        double sigma = isRelative ? amount * nominal : amount;
        double deviation = shape switch
        {
            DrawShape.Uniform => sigma / Math.Sqrt(3),
            DrawShape.TruncatedNormal => sigma * Math.Sqrt(1 - (2 * truncation * Math.Exp(-0.5 * truncation * truncation) / Math.Sqrt(2 * Math.PI) / ((2 * StandardDraw.Cumulative(truncation)) - 1))),
            _ => sigma,
        };
        double mean = x.Average();
        double[] away = [.. x.Select(v => v - nominal)];
        double variance = away.Average(d => d * d);
        double fourth = away.Average(d => d * d * d * d);
        Assert.InRange(mean - nominal, -5 * deviation / Math.Sqrt(Count), 5 * deviation / Math.Sqrt(Count));
        double error = Math.Sqrt((fourth - (variance * variance)) / Count);
        Assert.InRange(variance - (deviation * deviation), -5 * error, 5 * error);
    }

    [Fact]
    public void LognormalHasANormalLogarithmAndTheRelativeDeviationThatItSays()
    {
        double[] x = Draws(new DrawLaw(DrawShape.Lognormal, 0.5, true), 3e-6, 5);
        Assert.All(x, v => Assert.True(v > 0));
        double s2 = Math.Log(1.25);
        double[] logs = [.. x.Select(v => Math.Log(v / 3e-6))];
        double mean = logs.Average();
        double variance = logs.Average(l => (l - mean) * (l - mean));
        Assert.InRange(mean + (0.5 * s2), -5 * Math.Sqrt(s2 / Count), 5 * Math.Sqrt(s2 / Count));
        Assert.InRange(variance / s2, 1 - (5 * Math.Sqrt(2.0 / Count)), 1 + (5 * Math.Sqrt(2.0 / Count)));
        double third = logs.Average(l => Math.Pow((l - mean) / Math.Sqrt(variance), 3));
        Assert.InRange(third, -5 * Math.Sqrt(6.0 / Count), 5 * Math.Sqrt(6.0 / Count));

        // A negative threshold stays negative, with the same spread.
        Assert.All(Draws(new DrawLaw(DrawShape.Lognormal, 0.5, true), -0.5, 5).Take(1000), v => Assert.True(v < 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2.5)]
    public void TruncationEndsWhereItSays(double k)
    {
        double[] x = Draws(new DrawLaw(DrawShape.TruncatedNormal, 0.1, true, k), 1, 3);
        Assert.InRange(x.Min(), 1 - (0.1 * k), 1 - (0.0995 * k));
        Assert.InRange(x.Max(), 1 + (0.0995 * k), 1 + (0.1 * k));

        // Inside, the shares are those of the normal law given that it is inside.
        double inside = (2 * StandardDraw.Cumulative(k)) - 1;
        double share = ((2 * StandardDraw.Cumulative(0.5 * k)) - 1) / inside;
        double found = x.Count(v => Math.Abs(v - 1) < 0.05 * k) / (double)Count;
        Assert.InRange(found - share, -5 * Math.Sqrt(share * (1 - share) / Count), 5 * Math.Sqrt(share * (1 - share) / Count));
    }

    [Theory]
    [InlineData(-3, 0.0013498980316300946)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(0, 0.5)]
    [InlineData(2, 0.9772498680518208)]
    public void CumulativeNormal(double z, double expected) => Assert.Equal(expected, StandardDraw.Cumulative(z), 15);

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void FollowersCorrelateByTheirShare(double share)
    {
        CounterRandom group = CounterRandom.ForPath(1, "group"), a = CounterRandom.ForPath(1, "a"), b = CounterRandom.ForPath(1, "b");
        double xy = 0, xx = 0, uu = 0;
        for (ulong k = 0; k < Count; k++)
        {
            StandardDraw g = StandardDraw.Of(group.UInt64At(k));
            StandardDraw x = StandardDraw.Follow(g, StandardDraw.Of(a.UInt64At(k)), share);
            StandardDraw y = StandardDraw.Follow(g, StandardDraw.Of(b.UInt64At(k)), share);
            xy += x.Normal * y.Normal;
            xx += x.Normal * x.Normal;
            uu += x.Uniform;
        }

        Assert.InRange((xy / Count) - share, -5 * Math.Sqrt((1 + (share * share)) / Count), 5 * Math.Sqrt((1 + (share * share)) / Count));
        Assert.InRange((xx / Count) - 1, -5 * Math.Sqrt(2.0 / Count), 5 * Math.Sqrt(2.0 / Count));
        Assert.InRange((uu / Count) - 0.5, -5 * Math.Sqrt(1 / 12.0 / Count), 5 * Math.Sqrt(1 / 12.0 / Count));
    }

    private static double[] Draws(DrawLaw law, double nominal, ulong seed)
    {
        CounterRandom random = CounterRandom.ForPath(seed, "laws", law.Shape.ToString());
        return [.. Enumerable.Range(0, Count).Select(k => law.Apply(nominal, StandardDraw.Of(random.UInt64At((ulong)k))))];
    }
}

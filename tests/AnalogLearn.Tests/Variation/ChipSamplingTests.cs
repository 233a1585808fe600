using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>Points of studies: stratified, uniform, better than random ones where functions are smooth, and functions of seed and chip alone; weights that average to 1.</summary>
public sealed class ChipSamplingTests
{
    private const string Text = "five resistors\n.model rm r(r=1k DEV=1% LOT=2%)\nV1 a 0 1\nR1 a b rm\nR2 b c rm\nR3 c 0 {agauss(1k,10,1)}\nR4 c 0 1k DEV=5%/uniform\n.op\n.measure op vc param='v(c)'\n";

    [Fact]
    public void TheSpaceHasEveryDrawOnceByName()
    {
        var space = DrawSpace.Of(Read(Text));
        Assert.Equal(["rm value lot", "r3", "r1 value dev", "r2 value dev", "r4 value dev"], space.Coordinates.Select(c => c.Name));
        Assert.Equal(["r3", "r4 value dev", "rm value dev", "rm value lot"], space.Spreads.AsEnumerable());
        Assert.Equal(0, space.Beyond);

        // Without points the coordinates are the chip's own draws.
        double[] z = new ChipSampling { Space = space }.PointOf(3, 12);
        Chip chip = Read(Text).Fabricate(3, 12);
        Assert.Equal(1e3 + (10 * z[1]), chip.Draws.Single(d => d.Path == "r3").Values[0], 9);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(64)]
    public void LatinHypercubesAreStratified(int count)
    {
        var points = new LatinPoints(4, count);
        for (int d = 0; d < 5; d++)
        {
            double[] u = [.. Enumerable.Range(1, count).Select(k => points.At(d, k, 0.25))];
            Assert.Equal(Enumerable.Range(0, count), u.Select(v => (int)(v * count)).Order());
        }

        Assert.Equal(count, Enumerable.Range(count + 1, count).Select(k => (int)(points.At(0, k, 0.5) * count)).Distinct().Count());
    }

    [Fact]
    public void PointsLowerTheErrorOfSmoothMeans()
    {
        // f = Π (1 + (u_d − ½)/2) and Σ z_d over five coordinates: mean 1 and 0. Root mean square errors of 40 seeds with 128 chips.
        const int chips = 128, seeds = 40, dimensions = 5;
        double Error(Func<ulong, IUnitPoints?> of, bool isSum)
        {
            double sum = 0;
            for (ulong seed = 1; seed <= seeds; seed++)
            {
                IUnitPoints? points = of(seed);
                double mean = 0;
                for (int k = 1; k <= chips; k++)
                {
                    double f = isSum ? 0 : 1;
                    for (int d = 0; d < dimensions; d++)
                    {
                        double own = new CounterRandom(seed, (ulong)((1000 * d) + k)).UniformAt(0);
                        double u = points?.At(d, k, own) ?? own;
                        f = isSum ? f + StandardDraw.AtUniform(u).Normal : f * (1 + ((u - 0.5) / 2));
                    }

                    mean += f / chips;
                }

                sum += Math.Pow(mean - (isSum ? 0 : 1), 2) / seeds;
            }

            return Math.Sqrt(sum);
        }

        double random = Error(_ => null, false), latin = Error(s => new LatinPoints(s, chips), false), sobol = Error(s => new SobolPoints(s), false);
        double randomSum = Error(_ => null, true), latinSum = Error(s => new LatinPoints(s, chips), true), sobolSum = Error(s => new SobolPoints(s), true);
        Assert.True(latin < random / 3, $"{latin} {random}");
        Assert.True(sobol < random / 5, $"{sobol} {random}");
        Assert.True(latinSum < randomSum / 5, $"{latinSum} {randomSum}");
        Assert.True(sobolSum < randomSum / 5, $"{sobolSum} {randomSum}");
        Assert.InRange(randomSum / Math.Sqrt(dimensions / (double)chips), 0.6, 1.4);
    }

    [Fact]
    public void MomentsOfPointsAreThoseOfTheirLaws()
    {
        foreach (IUnitPoints points in new IUnitPoints[] { new LatinPoints(2, 1000), new SobolPoints(2) })
        {
            for (int d = 0; d < 8; d++)
            {
                double[] z = [.. Enumerable.Range(1, 1000).Select(k => StandardDraw.AtUniform(points.At(d, k, new CounterRandom(7, (ulong)d).UniformAt((ulong)k))).Normal)];
                Assert.InRange(z.Average(), -0.01, 0.01);
                Assert.InRange(z.Average(v => v * v), 0.97, 1.03);
                Assert.InRange(z.Average(v => v * v * v * v), 2.6, 3.6);
            }
        }
    }

    [Fact]
    public void ChipsOfAStudyAreFunctionsOfSeedAndNumber()
    {
        Deck deck = Read(Text);
        var space = DrawSpace.Of(deck);
        foreach (ChipSampling sampling in new ChipSampling[] { new() { Space = space, Points = new SobolPoints(3) }, new() { Space = space, Points = new LatinPoints(3, 50) } })
        {
            Chip first = deck.Fabricate(3, 20, sampling), again = Read(Text.Replace("R3 c 0", "R9 c 0 1k DEV=3%\nR3 c 0", StringComparison.Ordinal)).Fabricate(3, 20, sampling);
            Assert.Equal(first.Circuit.Element("r1")!.Parameters, again.Circuit.Element("r1")!.Parameters);
            Assert.Equal(first.Circuit.Element("r4")!.Value, again.Circuit.Element("r4")!.Value);
            Assert.NotEqual(first.Circuit.Element("r4")!.Value, deck.Fabricate(3, 20).Circuit.Element("r4")!.Value);
        }
    }

    [Fact]
    public void SpreadsAreSwitchedOffAndTakenFromOtherChips()
    {
        Deck deck = Read(Text);
        Chip whole = deck.Fabricate(3, 8), other = deck.Fabricate(3, 9);
        Chip without = deck.Fabricate(3, 8, new ChipSampling { Source = (spread, chip) => spread == "r4 value dev" ? 0 : chip });
        Assert.Equal(1e3, without.Circuit.Element("r4")!.Value);
        Assert.Equal(Resistance(whole, "r1"), Resistance(without, "r1"));
        Assert.Equal(Resistance(whole, "r3"), Resistance(without, "r3"));
        Chip mixed = deck.Fabricate(3, 8, new ChipSampling { Source = (spread, chip) => spread == "r3" ? 9 : chip });
        Assert.Equal(Resistance(other, "r3"), Resistance(mixed, "r3"));
        Assert.Equal(Resistance(whole, "r4"), Resistance(mixed, "r4"));
        Chip nothing = deck.Fabricate(3, 8, new ChipSampling { Source = (_, _) => 0 });
        Assert.Equal(1e3, Resistance(nothing, "r3"));
    }

    [Fact]
    public void WeightsAverageToOne()
    {
        var space = DrawSpace.Of(Read(Text));
        var shifted = new ChipSampling { Space = space, Parts = [new(0.2, [0, 0, 0, 0, 0]), new(0.8, [1, 0, -1, 0.5, 0])] };
        var scaled = new ChipSampling { Space = space, Scale = 1.5 };
        foreach (ChipSampling sampling in new[] { shifted, scaled })
        {
            double[] weights = [.. Enumerable.Range(1, 4000).Select(k => Math.Exp(sampling.LogWeight(1, k)))];
            double error = Math.Sqrt(weights.Average(w => (w - 1) * (w - 1)) / weights.Length);
            Assert.InRange(weights.Average(), 1 - (4 * error), 1 + (4 * error));
            Assert.InRange(error, 0, 0.05);
        }
    }

    private static double Resistance(Chip chip, string name) => chip.Circuit.Element(name)!.Value is var v && double.IsNaN(v) ? chip.Circuit.Models[chip.Circuit.Element(name)!.Model!].Number("r", double.NaN) : v;

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}

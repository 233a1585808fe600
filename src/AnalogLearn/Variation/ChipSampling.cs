using System.Collections.Immutable;
using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>Where the points of a study lie in the unit cube.</summary>
internal interface IUnitPoints
{
    /// <summary>A coordinate of a chip's point.</summary>
    /// <param name="dimension">Which, from 0.</param>
    /// <param name="chip">The chip's number, from 1.</param>
    /// <param name="own">The chip's own uniform number, for what the design leaves open.</param>
    /// <returns>A number between 0 and 1.</returns>
    double At(int dimension, int chip, double own);
}

/// <summary>Sobol's sequence, scrambled by the seed: chip K is point K − 1, whatever the number of chips. 2^k chips are best.</summary>
internal sealed class SobolPoints(ulong seed) : IUnitPoints
{
    private readonly CounterRandom _key = CounterRandom.ForPath(seed, "*sobol");

    public double At(int dimension, int chip, double own) =>
        (SobolSequence.Scramble(SobolSequence.At(dimension, (uint)(chip - 1)), _key.Child((ulong)dimension)) + own) * (1.0 / (1UL << 32));
}

/// <summary>
/// A Latin hypercube of n points (McKay, Beckman and Conover 1979, DOI 10.1080/00401706.1979.10489755): in every dimension one point in each of n equal intervals, in an order of its own (<see cref="KeyedPermutation"/>).
/// Chips beyond n are a hypercube of their own.
/// </summary>
internal sealed class LatinPoints(ulong seed, int count) : IUnitPoints
{
    private readonly CounterRandom _key = CounterRandom.ForPath(seed, "*latin");

    public double At(int dimension, int chip, double own)
    {
        ulong cube = (ulong)((chip - 1) / count), within = (ulong)((chip - 1) % count);
        return (new KeyedPermutation((ulong)count, _key.Child((ulong)dimension).Child(cube)).At(within) + own) / count;
    }
}

/// <summary>A place in the space of draws that chips are drawn about, and how many of them.</summary>
/// <param name="Share">The share of chips.</param>
/// <param name="Shift">μ, a number for each coordinate.</param>
internal sealed record ShiftedPart(double Share, ImmutableArray<double> Shift);

/// <summary>
/// How a study draws its chips. Everything is a function of (seed, chip number) and the study's design: which points (pseudo-random, Latin hypercube, Sobol), from where (scaled or shifted, for rare failures), which
/// coordinates are held (corners, differences), which spreads are switched off (ablation) or taken from another chip (variance-based sensitivity).
/// </summary>
internal sealed record ChipSampling
{
    /// <summary>The coordinates, or null when none is looked at.</summary>
    public DrawSpace? Space { get; init; }

    /// <summary>The points, or null for pseudo-random ones.</summary>
    public IUnitPoints? Points { get; init; }

    /// <summary>The scale of every coordinate (scaled-sigma sampling).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Where chips are drawn about (mean-shifted sampling), or empty for the origin.</summary>
    public ImmutableArray<ShiftedPart> Parts { get; init; } = [];

    /// <summary>The coordinates that are held, in units of σ; all other draws are then absent. Null when nothing is held.</summary>
    public ImmutableDictionary<int, double>? Held { get; init; }

    /// <summary>Of a spread and a chip, the chip whose draws it takes; 0 for none: nominal. Null when all take their own.</summary>
    public Func<string, int, int>? Source { get; init; }

    /// <summary>Writes down what is asked for, or null.</summary>
    public DrawRecorder? Recorder { get; init; }

    /// <summary>The chip whose draws a spread takes on a chip; 0 when it is switched off.</summary>
    public int SourceOf(string spread, int chip) => Source?.Invoke(spread, chip) ?? chip;

    /// <summary>Whether a spread is drawn at all.</summary>
    public bool Draws(string spread, int chip)
    {
        Recorder?.Spreads.Add(spread);
        return SourceOf(spread, chip) != 0;
    }

    /// <summary>A draw of a stream.</summary>
    public StandardDraw Draw(in CounterRandom bits, int chip, string[] path, string spread, ulong index)
    {
        Recorder?.Asked(path, spread, index);
        if (chip == 0)
            return StandardDraw.Absent;
        int place = Space?.Find(path, index) ?? -1;
        if (Held is not null)
            return place >= 0 && Held.TryGetValue(place, out double held) ? StandardDraw.AtNormal(held) : StandardDraw.Absent;
        return place < 0 ? StandardDraw.Of(bits.UInt64At(index)) : At(place, bits.Seed, chip, StandardDraw.Of(bits.UInt64At(index)));
    }

    /// <summary>The chip's coordinates, in units of σ.</summary>
    /// <param name="seed">The study's seed.</param>
    /// <param name="chip">The chip's number.</param>
    public double[] PointOf(ulong seed, int chip) => Space is null ? [] : [.. Space.Coordinates.Select((c, k) => At(k, seed, chip, StandardDraw.Of(c.Bits(seed, chip))).Normal)];

    /// <summary>
    /// The logarithm of the chip's weight: how much more likely its coordinates are as they are fabricated than as this study draws them. Of parts about μ_k: w = 1/Σ α_k exp(μ_k·z − |μ_k|²/2); of a scale s in d
    /// coordinates: w = s^d exp(−(1 − 1/s²)|z|²/2).
    /// </summary>
    public double LogWeight(ulong seed, int chip)
    {
        if (Scale == 1 && Parts.IsEmpty)
            return 0;
        double[] z = PointOf(seed, chip);
        if (Parts.IsEmpty)
            return (z.Length * Math.Log(Scale)) - (0.5 * (1 - (1 / (Scale * Scale))) * z.Sum(v => v * v));
        double[] exponents = [.. Parts.Select(p => Math.Log(p.Share) + p.Shift.Select((m, k) => m * (z[k] - (0.5 * m))).Sum())];
        double most = exponents.Max();
        return -(most + Math.Log(exponents.Sum(e => Math.Exp(e - most))));
    }

    private StandardDraw At(int place, ulong seed, int chip, in StandardDraw own)
    {
        StandardDraw draw = Points is null ? own : StandardDraw.AtUniform(Points.At(place, chip, own.Uniform));
        if (Scale != 1)
            return StandardDraw.AtNormal(Scale * draw.Normal);
        if (Parts.IsEmpty)
            return draw;
        double shift = Parts[PartOf(seed, chip)].Shift[place];
        return shift == 0 ? draw : StandardDraw.AtNormal(draw.Normal + shift);
    }

    private int PartOf(ulong seed, int chip)
    {
        double u = ChipStreams.Of(seed, chip).Child("*part").UniformAt(0);
        for (int k = 0; k < Parts.Length - 1; k++)
        {
            u -= Parts[k].Share;
            if (u < 0)
                return k;
        }

        return Parts.Length - 1;
    }
}

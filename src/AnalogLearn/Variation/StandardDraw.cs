using AnalogLearn.Numerics;
using MathNet.Numerics;

namespace AnalogLearn.Variation;

/// <summary>
/// One draw before it has a law: u uniform in (0, 1) and z = Φ⁻¹(u) standard normal, two faces of the same 64 bits. A draw that partly follows another one is
/// z = √ρ z_group + √(1 − ρ) z_own, so that two members of a group correlate by ρ (a Gaussian copula when the law is not normal).
/// </summary>
/// <param name="Uniform">u.</param>
/// <param name="Normal">z.</param>
public readonly record struct StandardDraw(double Uniform, double Normal)
{
    /// <summary>The least u that a draw can have.</summary>
    private const double Smallest = 0.5 / (1UL << 52);

    /// <summary>The draw that 64 random bits are: u = (n + ½) 2⁻⁵² with n their upper 52.</summary>
    /// <param name="bits">The bits.</param>
    public static StandardDraw Of(ulong bits) => new(((bits >> 12) + 0.5) * (1.0 / (1UL << 52)), CounterRandom.ToNormal(bits));

    /// <summary>No draw: what has it keeps its nominal value.</summary>
    public static StandardDraw Absent { get; } = new(double.NaN, double.NaN);

    /// <summary>Whether there is no draw.</summary>
    public bool IsAbsent => double.IsNaN(Normal);

    /// <summary>The draw that lies at a place of the normal distribution.</summary>
    /// <param name="z">z.</param>
    public static StandardDraw AtNormal(double z) => new(Math.Clamp(Cumulative(z), Smallest, 1 - Smallest), z);

    /// <summary>The draw that lies at a place of the uniform distribution.</summary>
    /// <param name="u">u, 0 to 1.</param>
    public static StandardDraw AtUniform(double u)
    {
        u = Math.Clamp(u, Smallest, 1 - Smallest);
        return new StandardDraw(u, NormalQuantile.At(u));
    }

    /// <summary>A draw that follows a group by a share of its variance.</summary>
    /// <param name="group">The group's draw.</param>
    /// <param name="own">The draw of its own.</param>
    /// <param name="share">ρ, 0 to 1.</param>
    public static StandardDraw Follow(in StandardDraw group, in StandardDraw own, double share)
    {
        if (share >= 1)
            return group;
        if (share <= 0)
            return own;
        double z = (Math.Sqrt(share) * group.Normal) + (Math.Sqrt(1 - share) * own.Normal);
        return new StandardDraw(Cumulative(z), z);
    }

    /// <summary>Φ(z) = erfc(−z/√2)/2.</summary>
    /// <param name="z">Any number.</param>
    public static double Cumulative(double z) => 0.5 * SpecialFunctions.Erfc(-z / Constants.Sqrt2);
}

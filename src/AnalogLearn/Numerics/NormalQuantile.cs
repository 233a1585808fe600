using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// The inverse of the standard normal distribution function: z with Φ(z) = p, relative error about 1e-16 for 0 &lt; p &lt; 1.
/// </summary>
/// <remarks>
/// Source: M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Statist. 37 (1988)
/// 477–484, routine PPND16: three rational functions of degree 7, for |p − ½| ≤ 0.425 and, with r = √(−ln min(p, 1 − p)), for
/// r ≤ 5 and r &gt; 5. Only + − × ÷ √ are used, the logarithm included, all of which IEEE 754 rounds correctly: the result has
/// the same bits on every platform.
/// </remarks>
public static class NormalQuantile
{
    /// <summary>The quantile of the standard normal distribution.</summary>
    /// <param name="p">Probability.</param>
    /// <returns>z with Φ(z) = p; −∞ at 0, +∞ at 1, NaN outside [0, 1].</returns>
    public static double At(double p)
    {
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - q * q;
            double numerator = ((((((2.5090809287301226727e+3 * r + 3.3430575583588128105e+4) * r + 6.7265770927008700853e+4) * r
                + 4.5921953931549871457e+4) * r + 1.3731693765509461125e+4) * r + 1.9715909503065514427e+3) * r
                + 1.3314166789178437745e+2) * r + 3.3871328727963666080e0;
            double denominator = ((((((5.2264952788528545610e+3 * r + 2.8729085735721942674e+4) * r + 3.9307895800092710610e+4) * r
                + 2.1213794301586595867e+4) * r + 5.3941960214247511077e+3) * r + 6.8718700749205790830e+2) * r
                + 4.2313330701600911252e+1) * r + 1.0;
            return q * numerator / denominator;
        }

        double tail = q < 0 ? p : 1.0 - p;
        if (!(tail > 0))
        {
            return tail == 0 ? (q < 0 ? double.NegativeInfinity : double.PositiveInfinity) : double.NaN;
        }

        double s = Math.Sqrt(-Ln(tail));
        double z;
        if (s <= 5.0)
        {
            s -= 1.6;
            double numerator = ((((((7.74545014278341407640e-4 * s + 2.27238449892691845833e-2) * s + 2.41780725177450611770e-1) * s
                + 1.27045825245236838258e0) * s + 3.64784832476320460504e0) * s + 5.76949722146069140550e0) * s
                + 4.63033784615654529590e0) * s + 1.42343711074968357734e0;
            double denominator = ((((((1.05075007164441684324e-9 * s + 5.47593808499534494600e-4) * s + 1.51986665636164571966e-2) * s
                + 1.48103976427480074590e-1) * s + 6.89767334985100004550e-1) * s + 1.67638483018380384940e0) * s
                + 2.05319162663775882187e0) * s + 1.0;
            z = numerator / denominator;
        }
        else
        {
            s -= 5.0;
            double numerator = ((((((2.01033439929228813265e-7 * s + 2.71155556874348757815e-5) * s + 1.24266094738807843860e-3) * s
                + 2.65321895265761230930e-2) * s + 2.96560571828504891230e-1) * s + 1.78482653991729133580e0) * s
                + 5.46378491116411436990e0) * s + 6.65790464350110377720e0;
            double denominator = ((((((2.04426310338993978564e-15 * s + 1.42151175831644588870e-7) * s + 1.84631831751005468180e-5) * s
                + 7.86869131145613259100e-4) * s + 1.48753612908506148525e-2) * s + 1.36929880922735805310e-1) * s
                + 5.99832206555887937690e-1) * s + 1.0;
            z = numerator / denominator;
        }

        return q < 0 ? -z : z;
    }

    /// <summary>Standard normal numbers of random bits, several at a time: the same as <see cref="CounterRandom.ToNormal"/> of each.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="normal">Receives as many numbers.</param>
    public static void Of(ReadOnlySpan<ulong> bits, Span<double> normal)
    {
        const double scale = 1.0 / (1UL << 52);
        int k = 0;
        Vector256<ulong> exponent = Vector256.Create(0x4330000000000000UL);
        for (; k + 4 <= bits.Length; k += 4)
        {
            // A whole number below 2⁵² in the mantissa of 2⁵² + n.
            Vector256<double> whole = ((Vector256.Create(bits.Slice(k, 4)) >>> 12) | exponent).AsDouble() - Vector256.Create(4503599627370496.0);
            Vector256<double> q = ((whole + Vector256.Create(0.5)) * scale) - Vector256.Create(0.5);
            Vector256<double> r = Vector256.Create(0.180625) - (q * q);
            Vector256<double> numerator = ((((((((Vector256.Create(2.5090809287301226727e+3) * r) + Vector256.Create(3.3430575583588128105e+4)) * r + Vector256.Create(6.7265770927008700853e+4)) * r
                + Vector256.Create(4.5921953931549871457e+4)) * r + Vector256.Create(1.3731693765509461125e+4)) * r + Vector256.Create(1.9715909503065514427e+3)) * r
                + Vector256.Create(1.3314166789178437745e+2)) * r) + Vector256.Create(3.3871328727963666080e0);
            Vector256<double> denominator = ((((((((Vector256.Create(5.2264952788528545610e+3) * r) + Vector256.Create(2.8729085735721942674e+4)) * r + Vector256.Create(3.9307895800092710610e+4)) * r
                + Vector256.Create(2.1213794301586595867e+4)) * r + Vector256.Create(5.3941960214247511077e+3)) * r + Vector256.Create(6.8718700749205790830e+2)) * r
                + Vector256.Create(4.2313330701600911252e+1)) * r) + Vector256.Create(1.0);
            (q * numerator / denominator).CopyTo(normal[k..]);
            uint outside = Vector256.GreaterThan(Vector256.Abs(q), Vector256.Create(0.425)).ExtractMostSignificantBits();
            for (; outside != 0; outside &= outside - 1)
            {
                int j = k + BitOperations.TrailingZeroCount(outside);
                normal[j] = CounterRandom.ToNormal(bits[j]);
            }
        }

        for (; k < bits.Length; k++)
            normal[k] = CounterRandom.ToNormal(bits[k]);
    }

    /// <summary>
    /// The natural logarithm from correctly rounded operations only: x = m·2ᵉ with m in [√½, √2), ln m = 2 artanh((m − 1)/(m + 1))
    /// by its series to the 21st power (|argument| ≤ 0.172, remainder below 1e-18).
    /// </summary>
    /// <param name="x">A positive finite number.</param>
    /// <returns>ln x, relative error about 2e-16 away from x = 1.</returns>
    internal static double Ln(double x)
    {
        int shift = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0; // 2⁵⁴: lifts subnormal numbers
            shift = -54;
        }

        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023 + shift;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFFL) | 0x3FF0000000000000L);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        double t = (m - 1.0) / (m + 1.0);
        double u = t * t;
        double series = 1.0 / 21.0;
        for (int odd = 19; odd >= 3; odd -= 2)
        {
            series = series * u + 1.0 / odd;
        }

        // ln 2 in two parts: the first has 32 significant bits, so its product with the exponent is exact.
        const double ln2High = 6.93147180369123816490e-01;
        const double ln2Low = 1.90821492927058770002e-10;
        return exponent * ln2High + (2.0 * t + (2.0 * t * u * series + exponent * ln2Low));
    }
}

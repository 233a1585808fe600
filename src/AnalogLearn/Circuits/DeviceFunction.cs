using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Circuits;

/// <summary>The shapes of functions on a device's card.</summary>
public enum DeviceFunctionKind
{
    /// <summary>Σ c_k x^k; a plain number is the polynomial of degree 0.</summary>
    Polynomial,

    /// <summary>clip(a ln x + b, lo, hi).</summary>
    LogClip,

    /// <summary>min(q x^p, max).</summary>
    PowerClip,

    /// <summary>a (1 − exp(−x/b)).</summary>
    Saturation,
}

/// <summary>
/// A quantity of a device that depends on its conductance, as published fits give it: <c>poly(c0,c1,…)</c> = Σ c_k x^k, <c>lnclip(a,b,lo,hi)</c> = clip(a ln x + b, lo, hi), <c>powclip(q,p,max)</c> = min(q x^p, max), <c>satexp(a,b)</c> = a (1 − exp(−x/b)). x is G/gmax (of
/// <c>relax_sd</c> the logarithm of time); the result is in the unit of the parameter.
/// </summary>
/// <param name="Kind">The shape.</param>
/// <param name="Coefficients">Its coefficients, in the order of the call.</param>
public sealed record DeviceFunction(DeviceFunctionKind Kind, ImmutableArray<double> Coefficients)
{
    /// <summary>A plain number.</summary>
    /// <param name="value">The number.</param>
    public static DeviceFunction Constant(double value) => new(DeviceFunctionKind.Polynomial, [value]);

    /// <summary>Whether it is the same everywhere.</summary>
    public bool IsConstant => Kind == DeviceFunctionKind.Polynomial && Coefficients.Length == 1;

    /// <summary>Its value.</summary>
    /// <param name="x">G/gmax, at least 0.</param>
    public double At(double x)
    {
        ReadOnlySpan<double> c = Coefficients.AsSpan();
        switch (Kind)
        {
            case DeviceFunctionKind.LogClip:
                // a = 0 at x = 0 would be 0·∞.
                return Math.Clamp(c[0] == 0 ? c[1] : (c[0] * Math.Log(x)) + c[1], c[2], c[3]);
            case DeviceFunctionKind.PowerClip:
                return c[0] == 0 ? Math.Min(0, c[2]) : Math.Min(c[0] * Math.Pow(x, c[1]), c[2]);
            case DeviceFunctionKind.Saturation:
                return c[0] * (1 - Math.Exp(-x / c[1]));
            default:
                double sum = c[^1];
                for (int k = c.Length - 2; k >= 0; k--)
                    sum = (sum * x) + c[k];
                return sum;
        }
    }

    /// <summary>The function as a card writes it.</summary>
    public override string ToString()
    {
        if (IsConstant)
            return Coefficients[0].ToString("R", CultureInfo.InvariantCulture);
        var text = new StringBuilder(Kind switch { DeviceFunctionKind.LogClip => "lnclip(", DeviceFunctionKind.PowerClip => "powclip(", DeviceFunctionKind.Saturation => "satexp(", _ => "poly(" });
        text.AppendJoin(',', Coefficients.Select(c => c.ToString("R", CultureInfo.InvariantCulture)));
        return text.Append(')').ToString();
    }

    /// <inheritdoc/>
    public bool Equals(DeviceFunction? other) => other is not null && Kind == other.Kind && Coefficients.AsSpan().SequenceEqual(other.Coefficients.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Kind);
        foreach (double c in Coefficients)
            hash.Add(c);
        return hash.ToHashCode();
    }
}

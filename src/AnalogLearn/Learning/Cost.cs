using System.Numerics;

namespace AnalogLearn.Learning;

/// <summary>What the outputs are held against.</summary>
public enum CostKind
{
    /// <summary>C = ½ Σ (o − y)².</summary>
    Quadratic,

    /// <summary>C = −Σ y log softmax(o).</summary>
    CrossEntropy,
}

/// <summary>
/// The cost C(o, y) of one example, its gradient and its curvature. Quadratic: C = ½‖o − y‖², ∂C/∂o = o − y. Cross-entropy: C = −Σ_i y_i log p_i with
/// p = softmax(o), ∂C/∂o = (Σ y) p − y. The outputs o are states or activities, as the <see cref="Readout"/> says.
/// </summary>
/// <param name="Kind">Which.</param>
public sealed record Cost(CostKind Kind)
{
    /// <summary>C = ½ Σ (o − y)².</summary>
    public static Cost Quadratic { get; } = new(CostKind.Quadratic);

    /// <summary>C = −Σ y log softmax(o).</summary>
    public static Cost CrossEntropy { get; } = new(CostKind.CrossEntropy);

    /// <summary>C(o, y).</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="output">o.</param>
    /// <param name="target">y.</param>
    public double Value<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        if (Kind == CostKind.Quadratic)
        {
            for (int i = 0; i < output.Length; i++)
            {
                double d = double.CreateChecked(output[i] - target[i]);
                sum += 0.5 * d * d;
            }

            return sum;
        }

        double largest = double.NegativeInfinity;
        foreach (T o in output)
            largest = Math.Max(largest, double.CreateChecked(o));
        double partition = 0;
        foreach (T o in output)
            partition += Math.Exp(double.CreateChecked(o) - largest);
        double log = largest + Math.Log(partition);
        for (int i = 0; i < output.Length; i++)
            sum += double.CreateChecked(target[i]) * (log - double.CreateChecked(output[i]));
        return sum;
    }

    /// <summary>Adds scale · ∂C/∂o.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="output">o.</param>
    /// <param name="target">y.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="into">Receives the sum.</param>
    public void AddGradient<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target, T scale, Span<T> into)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Kind == CostKind.Quadratic)
        {
            for (int i = 0; i < output.Length; i++)
                into[i] += scale * (output[i] - target[i]);
            return;
        }

        (T largest, T partition, T mass) = Partition(output, target);
        for (int i = 0; i < output.Length; i++)
            into[i] += scale * ((mass * (T.Exp(output[i] - largest) / partition)) - target[i]);
    }

    /// <summary>Adds scale · (∂²C/∂o²) u; the curvature is symmetric.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="output">o.</param>
    /// <param name="target">y.</param>
    /// <param name="direction">u.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="into">Receives the sum.</param>
    public void AddCurvature<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target, ReadOnlySpan<T> direction, T scale, Span<T> into)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Kind == CostKind.Quadratic)
        {
            for (int i = 0; i < output.Length; i++)
                into[i] += scale * direction[i];
            return;
        }

        (T largest, T partition, T mass) = Partition(output, target);
        T mean = T.Zero;
        for (int i = 0; i < output.Length; i++)
            mean += T.Exp(output[i] - largest) / partition * direction[i];
        for (int i = 0; i < output.Length; i++)
            into[i] += scale * mass * (T.Exp(output[i] - largest) / partition) * (direction[i] - mean);
    }

    private static (T Largest, T Partition, T Mass) Partition<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest = T.NegativeInfinity;
        T mass = T.Zero;
        for (int i = 0; i < output.Length; i++)
        {
            largest = T.Max(largest, output[i]);
            mass += target[i];
        }

        T partition = T.Zero;
        foreach (T o in output)
            partition += T.Exp(o - largest);
        return (largest, partition, mass);
    }
}

using System.Numerics;
using System.Numerics.Tensors;

namespace AnalogLearn.Learning;

/// <summary>What the outputs are held against.</summary>
public enum CostKind
{
    /// <summary>C = ½ Σ (o − y)².</summary>
    Quadratic,

    /// <summary>C = −Σ y log softmax(o).</summary>
    CrossEntropy,

    /// <summary>C = −Σ y log o + (1 − y) log(1 − o).</summary>
    Binary,
}

/// <summary>
/// The cost C(o, y) of one example, its gradient and its curvature. Quadratic: C = ½‖o − y‖², ∂C/∂o = o − y. Cross-entropy: C = −Σ_i y_i log p_i with
/// p = softmax(o), ∂C/∂o = (Σ y) p − y. Binary cross-entropy, of each output by itself: C = −Σ y log o + (1 − y) log(1 − o), ∂C/∂o = (o − y)/(o (1 − o)), for outputs between 0 and 1. The outputs o are states or activities, as the <see cref="Readout"/> says.
/// </summary>
/// <param name="Kind">Which.</param>
public sealed record Cost(CostKind Kind)
{
    /// <summary>C = ½ Σ (o − y)².</summary>
    public static Cost Quadratic { get; } = new(CostKind.Quadratic);

    /// <summary>C = −Σ y log softmax(o).</summary>
    public static Cost CrossEntropy { get; } = new(CostKind.CrossEntropy);

    /// <summary>C = −Σ y log o + (1 − y) log(1 − o).</summary>
    public static Cost Binary { get; } = new(CostKind.Binary);

    /// <summary>Where the logarithms of the binary cross-entropy end: a wrong answer given with certainty costs this much.</summary>
    private const double Certain = 100;

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

        if (Kind == CostKind.Binary)
            return Entropy(output, target);

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

        if (Kind == CostKind.Binary)
        {
            for (int i = 0; i < output.Length; i++)
                into[i] += scale * (output[i] - target[i]) / Spread(output[i]);
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

        if (Kind == CostKind.Binary)
        {
            for (int i = 0; i < output.Length; i++)
            {
                T spread = Spread(output[i]);
                T curvature = ((target[i] * (T.One - output[i]) * (T.One - output[i])) + ((T.One - target[i]) * output[i] * output[i])) / (spread * spread);
                into[i] += scale * curvature * direction[i];
            }

            return;
        }

        (T largest, T partition, T mass) = Partition(output, target);
        T mean = T.Zero;
        for (int i = 0; i < output.Length; i++)
            mean += T.Exp(output[i] - largest) / partition * direction[i];
        for (int i = 0; i < output.Length; i++)
            into[i] += scale * mass * (T.Exp(output[i] - largest) / partition) * (direction[i] - mean);
    }

    /// <summary>o (1 − o), kept from 0: at an output of exactly 0 or 1 the slope is large instead of infinite.</summary>
    private static T Spread<T>(T output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Max(output * (T.One - output), T.CreateChecked(1e-12));

    private static double Entropy<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // In stretches, so that the logarithms run in whole registers; each stretch is summed on its own.
        const int stretch = 128;
        Span<T> yes = stackalloc T[stretch], no = stackalloc T[stretch];
        T least = T.CreateChecked(-Certain);
        double sum = 0;
        for (int start = 0; start < output.Length; start += stretch)
        {
            ReadOnlySpan<T> o = output.Slice(start, Math.Min(stretch, output.Length - start)), y = target.Slice(start, o.Length);
            Span<T> log = yes[..o.Length], logOfRest = no[..o.Length];
            TensorPrimitives.Subtract(T.One, o, logOfRest);
            TensorPrimitives.Log(o, log);
            TensorPrimitives.Log(logOfRest, logOfRest);
            TensorPrimitives.Max(log, least, log);
            TensorPrimitives.Max(logOfRest, least, logOfRest);
            TensorPrimitives.Subtract(log, logOfRest, log);
            TensorPrimitives.MultiplyAdd(y, log, logOfRest, log);
            sum -= double.CreateChecked(TensorPrimitives.Sum<T>(log));
        }

        return sum;
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

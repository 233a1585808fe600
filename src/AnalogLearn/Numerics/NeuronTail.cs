using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>A non-linearity ρ on registers.</summary>
internal interface ILaneCurve
{
    /// <summary>ρ(z).</summary>
    static abstract TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>;
}

/// <summary>ρ(z) = z.</summary>
internal readonly struct LinearCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => z;
}

/// <summary>ρ(z) = max(0, z).</summary>
internal readonly struct ReluCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => TLanes.Maximum(LaneFunctions<T, TVector, TLanes>.Constant(0), z);
}

/// <summary>ρ(z) = 0 ∨ z ∧ 1.</summary>
internal readonly struct HardSigmoidCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => LaneFunctions<T, TVector, TLanes>.Clamp(z, 0, 1);
}

/// <summary>ρ(z) = 1/(1 + e⁻ᶻ).</summary>
internal readonly struct LogisticCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => LaneFunctions<T, TVector, TLanes>.Logistic(z);
}

/// <summary>ρ(z) = tanh z.</summary>
internal readonly struct TanhCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => LaneFunctions<T, TVector, TLanes>.Tanh(z);
}

/// <summary>ρ(z) = log(1 + eᶻ).</summary>
internal readonly struct SoftplusCurve : ILaneCurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector, TLanes>(TVector z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector> => LaneFunctions<T, TVector, TLanes>.Softplus(z);
}

/// <summary>The parameters of a bank's neurons, one a lane, at some column.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct NeuronLanes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h/τ.</summary>
    public T* Step { get; init; }

    /// <summary>Resting potential [V].</summary>
    public T* Rest { get; init; }

    /// <summary>Gain of the non-linearity [1/V].</summary>
    public T* Gain { get; init; }

    /// <summary>vos − center [V].</summary>
    public T* Shift { get; init; }

    /// <summary>Lower rail [V].</summary>
    public T* Low { get; init; }

    /// <summary>Upper rail [V].</summary>
    public T* High { get; init; }

    /// <summary>−κ, minus the factor on the leak.</summary>
    public T* Leak { get; init; }

    /// <summary>The largest |μ| that moves a state [V], or null.</summary>
    public T* Swing { get; init; }

    /// <summary>All bits but the sign in real columns, no bits in padding: what counts of a residual.</summary>
    public T* Magnitude { get; init; }
}

/// <summary>The rows of a tile: where its neurons' numbers lie, all with the same distance from row to row but the drive.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct NeuronRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of rows.</summary>
    public int Rows { get; init; }

    /// <summary>Number of columns, a multiple of the register's lanes.</summary>
    public int Columns { get; init; }

    /// <summary>Distance from row to row of all but the drive.</summary>
    public nint RowStride { get; init; }

    /// <summary>Distance from row to row of the drive.</summary>
    public nint DriveStride { get; init; }

    /// <summary>Σ W a + b [V].</summary>
    public T* Drive { get; init; }

    /// <summary>A further term of μ [V], or null.</summary>
    public T* Force { get; init; }

    /// <summary>s [V].</summary>
    public T* State { get; init; }

    /// <summary>Receives the next s [V].</summary>
    public T* NextState { get; init; }

    /// <summary>Receives the next activity.</summary>
    public T* NextActivity { get; init; }

    /// <summary>The largest residual of each row so far [V], lane by lane in a cache line a row; raised.</summary>
    public T* Residual { get; init; }
}

/// <summary>
/// What follows the product while its tile is in the first cache: μ, the Euler step s ← clip(s + (h/τ) μ) with μ cut at what the slew rate lets through, the next activity and
/// the residual |clip(s + μ) − s| of the μ that is not cut. With κ = 1 the fused −κ (s − rest) + drive has the bits of a subtraction. A NaN anywhere survives into the state and into the residual.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
/// <typeparam name="TCurve">ρ.</typeparam>
internal static unsafe class NeuronTail<T, TVector, TLanes, TCurve>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<T, TVector>
    where TCurve : ILaneCurve
{
    /// <summary>μ = drive − κ (s − rest), a = ρ(gain (s + shift)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Voltage(in NeuronRows<T> rows, in NeuronLanes<T> lanes)
    {
        int columns = rows.Columns, count = rows.Rows;
        nint stride = rows.RowStride, driveStride = rows.DriveStride, residualStride = AlignedBuffer<T>.Line / Unsafe.SizeOf<T>();
        for (int j = 0; j < columns; j += TLanes.Count)
        {
            TVector step = TLanes.Load(lanes.Step + j), rest = TLanes.Load(lanes.Rest + j), gain = TLanes.Load(lanes.Gain + j);
            TVector shift = TLanes.Load(lanes.Shift + j), low = TLanes.Load(lanes.Low + j), high = TLanes.Load(lanes.High + j);
            TVector magnitude = TLanes.Load(lanes.Magnitude + j), leak = TLanes.Load(lanes.Leak + j);
            T* swing = lanes.Swing is null ? null : lanes.Swing + j;
            T* drive = rows.Drive + j, state = rows.State + j, nextState = rows.NextState + j, nextActivity = rows.NextActivity + j;
            T* force = rows.Force is null ? null : rows.Force + j;
            T* residual = rows.Residual + (j & (residualStride - 1));
            for (int r = 0; r < count; r++)
            {
                TVector s = TLanes.Load(state);
                TVector mu = TLanes.FusedMultiplyAdd(leak, TLanes.Subtract(s, rest), TLanes.Load(drive));
                if (force is not null)
                {
                    mu = TLanes.Add(mu, TLanes.Load(force));
                    force += stride;
                }

                Raise(residual, s, mu, low, high, magnitude);
                if (swing is not null)
                    mu = Clip(mu, TLanes.Subtract(LaneFunctions<T, TVector, TLanes>.Constant(0), TLanes.Load(swing)), TLanes.Load(swing));
                TVector next = Clip(TLanes.FusedMultiplyAdd(step, mu, s), low, high);
                TLanes.Store(nextState, next);
                TLanes.Store(nextActivity, TCurve.Value<T, TVector, TLanes>(TLanes.Multiply(gain, TLanes.Add(next, shift))));
                drive += driveStride;
                state += stride;
                nextState += stride;
                nextActivity += stride;
                residual += residualStride;
            }
        }
    }

    /// <summary>μ = ρ(gain (drive + shift)) − κ s, a = s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rate(in NeuronRows<T> rows, in NeuronLanes<T> lanes)
    {
        int columns = rows.Columns, count = rows.Rows;
        nint stride = rows.RowStride, driveStride = rows.DriveStride, residualStride = AlignedBuffer<T>.Line / Unsafe.SizeOf<T>();
        for (int j = 0; j < columns; j += TLanes.Count)
        {
            TVector step = TLanes.Load(lanes.Step + j), gain = TLanes.Load(lanes.Gain + j), shift = TLanes.Load(lanes.Shift + j);
            TVector low = TLanes.Load(lanes.Low + j), high = TLanes.Load(lanes.High + j), magnitude = TLanes.Load(lanes.Magnitude + j);
            TVector leak = TLanes.Load(lanes.Leak + j);
            T* swing = lanes.Swing is null ? null : lanes.Swing + j;
            T* drive = rows.Drive + j, state = rows.State + j, nextState = rows.NextState + j, nextActivity = rows.NextActivity + j;
            T* force = rows.Force is null ? null : rows.Force + j;
            T* residual = rows.Residual + (j & (residualStride - 1));
            for (int r = 0; r < count; r++)
            {
                TVector s = TLanes.Load(state);
                TVector target = TCurve.Value<T, TVector, TLanes>(TLanes.Multiply(gain, TLanes.Add(TLanes.Load(drive), shift)));
                TVector mu = TLanes.FusedMultiplyAdd(leak, s, target);
                if (force is not null)
                {
                    mu = TLanes.Add(mu, TLanes.Load(force));
                    force += stride;
                }

                Raise(residual, s, mu, low, high, magnitude);
                if (swing is not null)
                    mu = Clip(mu, TLanes.Subtract(LaneFunctions<T, TVector, TLanes>.Constant(0), TLanes.Load(swing)), TLanes.Load(swing));
                TVector next = Clip(TLanes.FusedMultiplyAdd(step, mu, s), low, high);
                TLanes.Store(nextState, next);
                TLanes.Store(nextActivity, next);
                drive += driveStride;
                state += stride;
                nextState += stride;
                nextActivity += stride;
                residual += residualStride;
            }
        }
    }

    /// <summary>target ← ρ(gain (source + shift)) on one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Curve(T* source, T* target, int columns, in NeuronLanes<T> lanes)
    {
        for (int j = 0; j < columns; j += TLanes.Count)
        {
            TVector z = TLanes.Multiply(TLanes.Load(lanes.Gain + j), TLanes.Add(TLanes.Load(source + j), TLanes.Load(lanes.Shift + j)));
            TLanes.Store(target + j, TCurve.Value<T, TVector, TLanes>(z));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Clip(TVector x, TVector low, TVector high) => TLanes.Minimum(high, TLanes.Maximum(low, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Raise(T* residual, TVector s, TVector mu, TVector low, TVector high, TVector magnitude)
    {
        TVector distance = TLanes.And(magnitude, TLanes.Subtract(Clip(TLanes.Add(s, mu), low, high), s));
        TLanes.Store(residual, TLanes.MaximumOfBits(TLanes.Load(residual), distance));
    }
}

/// <summary>ρ_i(z) = e^{z_i} / Σ_k e^{z_k} over a row.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
internal static unsafe class SoftmaxRow<T, TVector, TLanes>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<T, TVector>
{
    /// <summary>Replaces z by ρ(z). The sum runs over the row in order, one by one.</summary>
    /// <param name="row">z, padded to whole registers.</param>
    /// <param name="width">Number of z that count.</param>
    public static void Apply(T* row, int width)
    {
        T largest = row[0];
        for (int k = 1; k < width; k++)
            largest = row[k] > largest || T.IsNaN(row[k]) ? row[k] : largest;
        TVector shift = TLanes.Broadcast(largest);
        for (int k = 0; k < width; k += TLanes.Count)
            TLanes.Store(row + k, LaneFunctions<T, TVector, TLanes>.Exponential(TLanes.Subtract(TLanes.Load(row + k), shift)));
        T sum = T.Zero;
        for (int k = 0; k < width; k++)
            sum += row[k];
        for (int k = 0; k < width; k++)
            row[k] /= sum;
    }
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>The most fused multiply-adds that a machine does, measured: two floating-point operations each, sums in registers, no memory.</summary>
/// <param name="OneCore">One core [GFLOP/s].</param>
/// <param name="AllCores">All cores at once [GFLOP/s].</param>
/// <param name="Cores">How many cores those are.</param>
/// <param name="Width">The register width that reached it.</param>
public sealed record FmaPeak(double OneCore, double AllCores, int Cores, RegisterWidth Width)
{
    /// <summary>Measures single (or double) precision; takes about half a second.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    public static FmaPeak Measure<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double one = 0, all = 0;
        RegisterWidth best = RegisterWidth.Widest;
        foreach (RegisterWidth width in (RegisterWidth[])[RegisterWidth.Bits512, RegisterWidth.Bits256, RegisterWidth.Bits128])
        {
            if (PackedProduct.Resolve(width) != width)
                continue;
            double rate = Rate<T>(width, 1);
            if (rate > one)
            {
                one = rate;
                best = width;
            }

            all = Math.Max(all, Rate<T>(width, WorkerPool.Shared.Count));
        }

        return new FmaPeak(one, all, WorkerPool.Shared.Count, best);
    }

    /// <summary>Measures single precision; takes about half a second.</summary>
    public static FmaPeak Measure() => Measure<float>();

    private static double Rate<T>(RegisterWidth width, int workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Steps = 2_000_000;
        var job = new Job<T>(width, Steps);
        int lanes = (int)width / 8 / Unsafe.SizeOf<T>();
        double best = 0;
        for (int trial = 0; trial < 8; trial++)
        {
            long start = Stopwatch.GetTimestamp();
            WorkerPool.Shared.Run(job, workers);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, 2.0 * 10 * lanes * Steps * workers / seconds / 1e9);
        }

        return best;
    }

    private sealed class Job<T>(RegisterWidth width, int steps) : IParallelJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private T _sink;

        public void Execute(int worker, int workers)
        {
            T sum;
            if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
                sum = Chains<T, Vector512<T>, Lanes512<T>>(steps);
            else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
                sum = Chains<T, Vector256<T>, Lanes256<T>>(steps);
            else
                sum = Chains<T, Vector128<T>, Lanes128<T>>(steps);
            if (worker == 0)
                _sink = sum + _sink;
        }
    }

    /// <summary>Ten independent chains a step: more than latency times throughput of any core.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Chains<T, TVector, TLanes>(int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
    {
        TVector x = TLanes.Broadcast(T.CreateChecked(0.9999)), y = TLanes.Broadcast(T.CreateChecked(0.0001));
        TVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int k = 0; k < steps; k++)
        {
            a = TLanes.FusedMultiplyAdd(a, x, y);
            b = TLanes.FusedMultiplyAdd(b, x, y);
            c = TLanes.FusedMultiplyAdd(c, x, y);
            d = TLanes.FusedMultiplyAdd(d, x, y);
            e = TLanes.FusedMultiplyAdd(e, x, y);
            f = TLanes.FusedMultiplyAdd(f, x, y);
            g = TLanes.FusedMultiplyAdd(g, x, y);
            h = TLanes.FusedMultiplyAdd(h, x, y);
            i = TLanes.FusedMultiplyAdd(i, x, y);
            j = TLanes.FusedMultiplyAdd(j, x, y);
        }

        a = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h)));
        return TLanes.LargestBits(TLanes.Add(a, TLanes.Add(i, j)));
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>Inner loops of the sparse factorisation.</summary>
internal static class SparseKernels
{
    /// <summary>|x|, or for complex x the sum of the magnitudes of its parts: within √2 of |x| and free of a square root.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Magnitude<T>(T x)
        where T : struct, INumberBase<T>
    {
        if (typeof(T) == typeof(double))
            return Math.Abs((double)(object)x);
        if (typeof(T) == typeof(Complex))
        {
            var z = (Complex)(object)x;
            return Math.Abs(z.Real) + Math.Abs(z.Imaginary);
        }

        return double.CreateTruncating(T.Abs(x));
    }

    /// <summary>|x|.</summary>
    public static double Modulus<T>(T x)
        where T : struct, INumberBase<T> =>
        typeof(T) == typeof(Complex) ? Complex.Abs((Complex)(object)x) : Magnitude(x);

    /// <summary>The complex conjugate.</summary>
    public static T Conjugate<T>(T x)
        where T : struct, INumberBase<T> =>
        typeof(T) == typeof(Complex) ? (T)(object)Complex.Conjugate((Complex)(object)x) : x;

    /// <summary>y ← y − f x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractScaled<T>(T factor, ReadOnlySpan<T> x, Span<T> y)
        where T : struct, INumberBase<T>
    {
        int i = 0;
        if (typeof(T) == typeof(Complex))
        {
            // (re, im) pairs in one register: f x = Re f · (re, im) + Im f · (−im, re).
            var f = (Complex)(object)factor;
            ReadOnlySpan<double> from = MemoryMarshal.Cast<T, double>(x);
            Span<double> to = MemoryMarshal.Cast<T, double>(y)[..from.Length];
            var re = Vector256.Create(-f.Real);
            var im = Vector256.Create(f.Imaginary, -f.Imaginary, f.Imaginary, -f.Imaginary);
            for (; i <= x.Length - 2; i += 2)
            {
                Vector256<double> z = Vector256.LoadUnsafe(in from[2 * i]);
                Vector256<double> swapped = Vector256.Shuffle(z, Vector256.Create(1L, 0, 3, 2));
                Vector256<double> sum = Vector256.LoadUnsafe(in to[2 * i]);
                sum = Vector256.MultiplyAddEstimate(re, z, sum);
                Vector256.MultiplyAddEstimate(im, swapped, sum).StoreUnsafe(ref to[2 * i]);
            }
        }

        for (; i < x.Length; i++)
            y[i] -= factor * x[i];
    }

    /// <summary>x[rows] ← x[rows] − u l: one column of L taken from a working column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractColumn<T>(ReadOnlySpan<int> rows, ReadOnlySpan<T> l, T u, T[] x)
        where T : struct, INumberBase<T>
    {
        ref T target = ref MemoryMarshal.GetArrayDataReference(x);
        ref int row = ref MemoryMarshal.GetReference(rows);
        ref T value = ref MemoryMarshal.GetReference(l);
        for (nint i = 0; i < rows.Length; i++)
            Unsafe.Add(ref target, (nint)Unsafe.Add(ref row, i)) -= Unsafe.Add(ref value, i) * u;
    }

    /// <summary>Σ x[rows] l.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T DotColumn<T>(ReadOnlySpan<int> rows, ReadOnlySpan<T> l, Span<T> x)
        where T : struct, INumberBase<T>
    {
        ref T source = ref MemoryMarshal.GetReference(x);
        ref int row = ref MemoryMarshal.GetReference(rows);
        ref T value = ref MemoryMarshal.GetReference(l);
        T sum = T.Zero;
        for (nint i = 0; i < rows.Length; i++)
            sum += Unsafe.Add(ref source, (nint)Unsafe.Add(ref row, i)) * Unsafe.Add(ref value, i);
        return sum;
    }

    /// <summary>
    /// A supernode taken from a working column: the columns <paramref name="first"/> … <paramref name="last"/> of L have the same rows below the last of them, so their
    /// sum is formed in registers and scattered once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractSupernode(ReadOnlySpan<int> starts, ReadOnlySpan<int> rows, ReadOnlySpan<double> l, int first, int last, Span<double> x, Span<double> sum)
    {
        ref double target = ref MemoryMarshal.GetReference(x);
        ref double values = ref MemoryMarshal.GetReference(l);
        for (int c = first; c < last; c++)
        {
            double u = Unsafe.Add(ref target, c);
            ref double column = ref Unsafe.Add(ref values, starts[c] - c - 1);
            for (int r = c + 1; r <= last; r++)
                Unsafe.Add(ref target, r) -= Unsafe.Add(ref column, r) * u;
        }

        int count = starts[last + 1] - starts[last];
        if (count == 0)
            return;
        rows = rows.Slice(starts[last], count);
        ref double total = ref MemoryMarshal.GetReference(sum);
        int at = first;
        for (; at + 3 <= last; at += 4)
        {
            ref double l0 = ref Unsafe.Add(ref values, starts[at + 1] - count);
            ref double l1 = ref Unsafe.Add(ref values, starts[at + 2] - count);
            ref double l2 = ref Unsafe.Add(ref values, starts[at + 3] - count);
            ref double l3 = ref Unsafe.Add(ref values, starts[at + 4] - count);
            double u0 = Unsafe.Add(ref target, at), u1 = Unsafe.Add(ref target, at + 1), u2 = Unsafe.Add(ref target, at + 2), u3 = Unsafe.Add(ref target, at + 3);
            Vector256<double> f0 = Vector256.Create(u0), f1 = Vector256.Create(u1), f2 = Vector256.Create(u2), f3 = Vector256.Create(u3);
            bool fresh = at == first;
            int i = 0;
            for (; i <= count - 4; i += 4)
            {
                Vector256<double> s = fresh ? Vector256<double>.Zero : Vector256.LoadUnsafe(ref total, (nuint)i);
                s = Vector256.FusedMultiplyAdd(f0, Vector256.LoadUnsafe(ref l0, (nuint)i), s);
                s = Vector256.FusedMultiplyAdd(f1, Vector256.LoadUnsafe(ref l1, (nuint)i), s);
                s = Vector256.FusedMultiplyAdd(f2, Vector256.LoadUnsafe(ref l2, (nuint)i), s);
                s = Vector256.FusedMultiplyAdd(f3, Vector256.LoadUnsafe(ref l3, (nuint)i), s);
                s.StoreUnsafe(ref total, (nuint)i);
            }

            for (; i < count; i++)
            {
                double s = fresh ? 0 : Unsafe.Add(ref total, i);
                s += (u0 * Unsafe.Add(ref l0, i)) + (u1 * Unsafe.Add(ref l1, i)) + (u2 * Unsafe.Add(ref l2, i)) + (u3 * Unsafe.Add(ref l3, i));
                Unsafe.Add(ref total, i) = s;
            }
        }

        for (; at <= last; at++)
        {
            ref double l0 = ref Unsafe.Add(ref values, starts[at + 1] - count);
            double u0 = Unsafe.Add(ref target, at);
            Vector256<double> f0 = Vector256.Create(u0);
            bool fresh = at == first;
            int i = 0;
            for (; i <= count - 4; i += 4)
            {
                Vector256<double> s = fresh ? Vector256<double>.Zero : Vector256.LoadUnsafe(ref total, (nuint)i);
                Vector256.FusedMultiplyAdd(f0, Vector256.LoadUnsafe(ref l0, (nuint)i), s).StoreUnsafe(ref total, (nuint)i);
            }

            for (; i < count; i++)
                Unsafe.Add(ref total, i) = (fresh ? 0 : Unsafe.Add(ref total, i)) + (u0 * Unsafe.Add(ref l0, i));
        }

        ref int row = ref MemoryMarshal.GetReference(rows);
        if (rows[count - 1] - rows[0] == count - 1)
        {
            ref double aim = ref Unsafe.Add(ref target, rows[0]);
            int i = 0;
            for (; i <= count - 4; i += 4)
                (Vector256.LoadUnsafe(ref aim, (nuint)i) - Vector256.LoadUnsafe(ref total, (nuint)i)).StoreUnsafe(ref aim, (nuint)i);
            for (; i < count; i++)
                Unsafe.Add(ref aim, i) -= Unsafe.Add(ref total, i);
        }
        else
        {
            for (nint i = 0; i < count; i++)
                Unsafe.Add(ref target, (nint)Unsafe.Add(ref row, i)) -= Unsafe.Add(ref total, i);
        }
    }
}

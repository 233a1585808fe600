using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// Sums and differences on the columns of one layer in a batch, all rows in one call: what a small layer does between its products, where a call for each row would cost more than its arithmetic. Every element is computed by itself
/// and sums over examples run in their order, so that no bit depends on registers or threads.
/// </summary>
internal static unsafe class LayerColumns
{
    /// <summary>difference[e, i] = (from[e, i] − to[e, i]) · scale for some rows.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="from">The first factor.</param>
    /// <param name="fromStart">Its first column.</param>
    /// <param name="to">What is subtracted.</param>
    /// <param name="toStart">Its first column.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="difference">Receives the differences.</param>
    /// <param name="start">Their first column.</param>
    /// <param name="width">How many columns.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    public static void Difference<T>(Batch<T> from, int fromStart, Batch<T> to, int toStart, T scale, Batch<T> difference, int start, int width, int first, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(from, fromStart, width, first, rows);
        Check(to, toStart, width, first, rows);
        Check(difference, start, width, first, rows);
        int lanes = Vector256<T>.Count, narrow = Vector128<T>.Count;
        Vector256<T> factor = Vector256.Create(scale);
        fixed (T* f = from.Values, t = to.Values, d = difference.Values)
        {
            for (int e = first; e < first + rows; e++)
            {
                T* a = f + ((nint)e * from.Width) + fromStart, b = t + ((nint)e * to.Width) + toStart, c = d + ((nint)e * difference.Width) + start;
                int k = 0;
                for (; k + lanes <= width; k += lanes)
                    ((Vector256.Load(a + k) - Vector256.Load(b + k)) * factor).Store(c + k);
                for (; k + narrow <= width; k += narrow)
                    ((Vector128.Load(a + k) - Vector128.Load(b + k)) * factor.GetLower()).Store(c + k);
                for (; k < width; k++)
                    c[k] = (a[k] - b[k]) * scale;
            }
        }
    }

    /// <summary>The quadratic cost of some rows and its descent: cost_e = ½ Σ_i (target[e, i] − output[e, i])², descent[e, i] = (target[e, i] − output[e, i]) · scale.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="target">y, from its first column.</param>
    /// <param name="output">o.</param>
    /// <param name="descent">Receives the descent, in the columns of the outputs.</param>
    /// <param name="start">The first column of the outputs.</param>
    /// <param name="width">How many columns.</param>
    /// <param name="scale">The factor of the descent.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="costs">Receives one cost a row, in its place among all rows.</param>
    public static void Squares<T>(Batch<T> target, Batch<T> output, Batch<T> descent, int start, int width, T scale, int first, int rows, Span<double> costs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(target, 0, width, first, rows);
        Check(output, start, width, first, rows);
        Check(descent, start, width, first, rows);
        int lanes = Vector256<T>.Count, narrow = Vector128<T>.Count, four = 4 * lanes;
        Vector256<T> factor = Vector256.Create(scale);
        fixed (T* t = target.Values, o = output.Values, d = descent.Values)
        {
            for (int e = first; e < first + rows; e++)
            {
                T* y = t + ((nint)e * target.Width), a = o + ((nint)e * output.Width) + start, c = d + ((nint)e * descent.Width) + start;
                Vector256<T> s0 = Vector256<T>.Zero, s1 = Vector256<T>.Zero, s2 = Vector256<T>.Zero, s3 = Vector256<T>.Zero;
                int k = 0;
                for (; k + four <= width; k += four)
                {
                    Vector256<T> p0 = Vector256.Load(y + k) - Vector256.Load(a + k), p1 = Vector256.Load(y + k + lanes) - Vector256.Load(a + k + lanes);
                    Vector256<T> p2 = Vector256.Load(y + k + (2 * lanes)) - Vector256.Load(a + k + (2 * lanes)), p3 = Vector256.Load(y + k + (3 * lanes)) - Vector256.Load(a + k + (3 * lanes));
                    (p0 * factor).Store(c + k);
                    (p1 * factor).Store(c + k + lanes);
                    (p2 * factor).Store(c + k + (2 * lanes));
                    (p3 * factor).Store(c + k + (3 * lanes));
                    s0 += p0 * p0;
                    s1 += p1 * p1;
                    s2 += p2 * p2;
                    s3 += p3 * p3;
                }

                for (; k + lanes <= width; k += lanes)
                {
                    Vector256<T> p = Vector256.Load(y + k) - Vector256.Load(a + k);
                    (p * factor).Store(c + k);
                    s0 += p * p;
                }

                s0 = s0 + s1 + (s2 + s3);
                Vector128<T> sum = s0.GetLower() + s0.GetUpper();
                for (; k + narrow <= width; k += narrow)
                {
                    Vector128<T> p = Vector128.Load(y + k) - Vector128.Load(a + k);
                    (p * factor.GetLower()).Store(c + k);
                    sum += p * p;
                }

                T rest = Vector128.Sum(sum);
                for (; k < width; k++)
                {
                    T p = y[k] - a[k];
                    rest += p * p;
                    c[k] = p * scale;
                }

                costs[e] = 0.5 * double.CreateChecked(rest);
            }
        }
    }

    /// <summary>sums[i] ← sums[i] + Σ_e terms[e, i], in the order of the examples.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="terms">The terms, examples × any width.</param>
    /// <param name="start">Their first column.</param>
    /// <param name="sums">Receives the sums, one a column.</param>
    public static void Add<T>(Batch<T> terms, int start, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(terms, start, sums.Length, 0, terms.Rows);
        int lanes = Vector256<T>.Count, row = terms.Width, rows = terms.Rows, k = 0;
        fixed (T* t = terms.Values, s = sums)
        {
            T* from = t + start;
            for (; k + (4 * lanes) <= sums.Length; k += 4 * lanes)
            {
                Vector256<T> a = Vector256.Load(s + k), b = Vector256.Load(s + k + lanes), c = Vector256.Load(s + k + (2 * lanes)), d = Vector256.Load(s + k + (3 * lanes));
                T* at = from + k;
                for (int e = 0; e < rows; e++, at += row)
                {
                    a += Vector256.Load(at);
                    b += Vector256.Load(at + lanes);
                    c += Vector256.Load(at + (2 * lanes));
                    d += Vector256.Load(at + (3 * lanes));
                }

                a.Store(s + k);
                b.Store(s + k + lanes);
                c.Store(s + k + (2 * lanes));
                d.Store(s + k + (3 * lanes));
            }

            for (; k + lanes <= sums.Length; k += lanes)
            {
                Vector256<T> a = Vector256.Load(s + k);
                T* at = from + k;
                for (int e = 0; e < rows; e++, at += row)
                    a += Vector256.Load(at);
                a.Store(s + k);
            }

            for (int narrow = Vector128<T>.Count; k + narrow <= sums.Length; k += narrow)
            {
                Vector128<T> a = Vector128.Load(s + k);
                T* at = from + k;
                for (int e = 0; e < rows; e++, at += row)
                    a += Vector128.Load(at);
                a.Store(s + k);
            }

            // What is left of a register: its columns side by side, so that their sums overlap.
            for (int e = 0; e < rows && k < sums.Length; e++)
            {
                for (int i = k; i < sums.Length; i++)
                    s[i] += from[((nint)e * row) + i];
            }
        }
    }

    private static void Check<T>(Batch<T> batch, int start, int width, int first, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (start < 0 || start + width > batch.Width || first < 0 || first + rows > batch.Rows)
            throw new ArgumentException("The columns or rows lie outside a batch.", nameof(batch));
    }
}

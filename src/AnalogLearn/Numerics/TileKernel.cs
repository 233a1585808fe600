using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>A number known to the compiler: how many rows or registers a tile has.</summary>
internal interface ITileExtent
{
    static abstract int Count { get; }
}

/// <summary>
/// result[r, j] ← start[r, j] + Σ_k left[r, k] · right[k, j] on a tile of at most twelve rows and two registers of columns, all of it in registers. Every
/// element is its own chain of fused multiply-adds over k in increasing order, so that its bits depend neither on the tile's shape nor on the width of a
/// register. All distances are free: the same kernel serves the product with packed weights, outer products and transposed products.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
/// <typeparam name="TRows">1 to 12 rows; with 256-bit registers at most 6, as there are sixteen of them.</typeparam>
/// <typeparam name="TColumns">1 or 2 registers of columns.</typeparam>
internal static unsafe class TileKernel<T, TVector, TLanes, TRows, TColumns>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<T, TVector>
    where TRows : ITileExtent
    where TColumns : ITileExtent
{
    /// <summary>Computes the tile.</summary>
    /// <param name="depth">Number of k.</param>
    /// <param name="left">left[0, 0].</param>
    /// <param name="leftRow">Distance from left[r, k] to left[r + 1, k].</param>
    /// <param name="leftDepth">Distance from left[r, k] to left[r, k + 1].</param>
    /// <param name="right">right[0, 0]; columns are adjacent.</param>
    /// <param name="rightDepth">Distance from right[k, j] to right[k + 1, j].</param>
    /// <param name="start">start[0, 0]; columns are adjacent. May be the result itself.</param>
    /// <param name="startRow">Distance from start[r, j] to start[r + 1, j].</param>
    /// <param name="result">result[0, 0]; columns are adjacent.</param>
    /// <param name="resultRow">Distance from result[r, j] to result[r + 1, j].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(int depth, T* left, nint leftRow, nint leftDepth, T* right, nint rightDepth, T* start, nint startRow, T* result, nint resultRow)
    {
        nint lanes = TLanes.Count;
        TVector c00 = default, c01 = default;
        TVector c10 = default, c11 = default;
        TVector c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        TVector c40 = default, c41 = default;
        TVector c50 = default, c51 = default;
        TVector c60 = default, c61 = default;
        TVector c70 = default, c71 = default;
        TVector c80 = default, c81 = default;
        TVector c90 = default, c91 = default;
        TVector cA0 = default, cA1 = default;
        TVector cB0 = default, cB1 = default;
        T* row = start;
        if (TRows.Count > 0)
        {
            c00 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c01 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 1)
        {
            c10 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c11 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 2)
        {
            c20 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c21 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 3)
        {
            c30 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c31 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 4)
        {
            c40 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c41 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 5)
        {
            c50 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c51 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 6)
        {
            c60 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c61 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 7)
        {
            c70 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c71 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 8)
        {
            c80 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c81 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 9)
        {
            c90 = TLanes.Load(row);
            if (TColumns.Count > 1)
                c91 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 10)
        {
            cA0 = TLanes.Load(row);
            if (TColumns.Count > 1)
                cA1 = TLanes.Load(row + lanes);
            row += startRow;
        }

        if (TRows.Count > 11)
        {
            cB0 = TLanes.Load(row);
            if (TColumns.Count > 1)
                cB1 = TLanes.Load(row + lanes);
        }

        // Four bases three rows apart, so that every row is a base plus one or two times the distance: it fits the registers of the machine.
        T* a0 = left, a3 = left + (3 * leftRow), a6 = left + (6 * leftRow), a9 = left + (9 * leftRow);
        nint leftRow2 = 2 * leftRow;
        for (; depth > 0; depth--)
        {
            TVector w0 = TLanes.Load(right), w1 = default;
            if (TColumns.Count > 1)
                w1 = TLanes.Load(right + lanes);
            right += rightDepth;

            if (TRows.Count > 0)
            {
                TVector x = TLanes.Broadcast(*a0);
                c00 = TLanes.FusedMultiplyAdd(x, w0, c00);
                if (TColumns.Count > 1)
                    c01 = TLanes.FusedMultiplyAdd(x, w1, c01);
            }

            if (TRows.Count > 1)
            {
                TVector x = TLanes.Broadcast(a0[leftRow]);
                c10 = TLanes.FusedMultiplyAdd(x, w0, c10);
                if (TColumns.Count > 1)
                    c11 = TLanes.FusedMultiplyAdd(x, w1, c11);
            }

            if (TRows.Count > 2)
            {
                TVector x = TLanes.Broadcast(a0[leftRow2]);
                c20 = TLanes.FusedMultiplyAdd(x, w0, c20);
                if (TColumns.Count > 1)
                    c21 = TLanes.FusedMultiplyAdd(x, w1, c21);
            }

            if (TRows.Count > 3)
            {
                TVector x = TLanes.Broadcast(*a3);
                c30 = TLanes.FusedMultiplyAdd(x, w0, c30);
                if (TColumns.Count > 1)
                    c31 = TLanes.FusedMultiplyAdd(x, w1, c31);
            }

            if (TRows.Count > 4)
            {
                TVector x = TLanes.Broadcast(a3[leftRow]);
                c40 = TLanes.FusedMultiplyAdd(x, w0, c40);
                if (TColumns.Count > 1)
                    c41 = TLanes.FusedMultiplyAdd(x, w1, c41);
            }

            if (TRows.Count > 5)
            {
                TVector x = TLanes.Broadcast(a3[leftRow2]);
                c50 = TLanes.FusedMultiplyAdd(x, w0, c50);
                if (TColumns.Count > 1)
                    c51 = TLanes.FusedMultiplyAdd(x, w1, c51);
            }

            if (TRows.Count > 6)
            {
                TVector x = TLanes.Broadcast(*a6);
                c60 = TLanes.FusedMultiplyAdd(x, w0, c60);
                if (TColumns.Count > 1)
                    c61 = TLanes.FusedMultiplyAdd(x, w1, c61);
            }

            if (TRows.Count > 7)
            {
                TVector x = TLanes.Broadcast(a6[leftRow]);
                c70 = TLanes.FusedMultiplyAdd(x, w0, c70);
                if (TColumns.Count > 1)
                    c71 = TLanes.FusedMultiplyAdd(x, w1, c71);
            }

            if (TRows.Count > 8)
            {
                TVector x = TLanes.Broadcast(a6[leftRow2]);
                c80 = TLanes.FusedMultiplyAdd(x, w0, c80);
                if (TColumns.Count > 1)
                    c81 = TLanes.FusedMultiplyAdd(x, w1, c81);
            }

            if (TRows.Count > 9)
            {
                TVector x = TLanes.Broadcast(*a9);
                c90 = TLanes.FusedMultiplyAdd(x, w0, c90);
                if (TColumns.Count > 1)
                    c91 = TLanes.FusedMultiplyAdd(x, w1, c91);
            }

            if (TRows.Count > 10)
            {
                TVector x = TLanes.Broadcast(a9[leftRow]);
                cA0 = TLanes.FusedMultiplyAdd(x, w0, cA0);
                if (TColumns.Count > 1)
                    cA1 = TLanes.FusedMultiplyAdd(x, w1, cA1);
            }

            if (TRows.Count > 11)
            {
                TVector x = TLanes.Broadcast(a9[leftRow2]);
                cB0 = TLanes.FusedMultiplyAdd(x, w0, cB0);
                if (TColumns.Count > 1)
                    cB1 = TLanes.FusedMultiplyAdd(x, w1, cB1);
            }

            a0 += leftDepth;
            if (TRows.Count > 3)
                a3 += leftDepth;
            if (TRows.Count > 6)
                a6 += leftDepth;
            if (TRows.Count > 9)
                a9 += leftDepth;
        }

        row = result;
        if (TRows.Count > 0)
        {
            TLanes.Store(row, c00);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c01);
            row += resultRow;
        }

        if (TRows.Count > 1)
        {
            TLanes.Store(row, c10);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c11);
            row += resultRow;
        }

        if (TRows.Count > 2)
        {
            TLanes.Store(row, c20);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c21);
            row += resultRow;
        }

        if (TRows.Count > 3)
        {
            TLanes.Store(row, c30);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c31);
            row += resultRow;
        }

        if (TRows.Count > 4)
        {
            TLanes.Store(row, c40);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c41);
            row += resultRow;
        }

        if (TRows.Count > 5)
        {
            TLanes.Store(row, c50);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c51);
            row += resultRow;
        }

        if (TRows.Count > 6)
        {
            TLanes.Store(row, c60);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c61);
            row += resultRow;
        }

        if (TRows.Count > 7)
        {
            TLanes.Store(row, c70);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c71);
            row += resultRow;
        }

        if (TRows.Count > 8)
        {
            TLanes.Store(row, c80);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c81);
            row += resultRow;
        }

        if (TRows.Count > 9)
        {
            TLanes.Store(row, c90);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, c91);
            row += resultRow;
        }

        if (TRows.Count > 10)
        {
            TLanes.Store(row, cA0);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, cA1);
            row += resultRow;
        }

        if (TRows.Count > 11)
        {
            TLanes.Store(row, cB0);
            if (TColumns.Count > 1)
                TLanes.Store(row + lanes, cB1);
        }
    }
}

/// <summary>1.</summary>
internal readonly struct Extent1 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }
}

/// <summary>2.</summary>
internal readonly struct Extent2 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }
}

/// <summary>3.</summary>
internal readonly struct Extent3 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 3;
    }
}

/// <summary>4.</summary>
internal readonly struct Extent4 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }
}

/// <summary>5.</summary>
internal readonly struct Extent5 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 5;
    }
}

/// <summary>6.</summary>
internal readonly struct Extent6 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 6;
    }
}

/// <summary>7.</summary>
internal readonly struct Extent7 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 7;
    }
}

/// <summary>8.</summary>
internal readonly struct Extent8 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }
}

/// <summary>9.</summary>
internal readonly struct Extent9 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 9;
    }
}

/// <summary>10.</summary>
internal readonly struct Extent10 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 10;
    }
}

/// <summary>11.</summary>
internal readonly struct Extent11 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 11;
    }
}

/// <summary>12.</summary>
internal readonly struct Extent12 : ITileExtent
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 12;
    }
}

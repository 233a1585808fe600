using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AnalogLearn.Numerics;

/// <summary>Which registers the kernels use. The results are the same bits; only tests and benchmarks have reason to choose.</summary>
public enum RegisterWidth
{
    /// <summary>The widest that the machine has.</summary>
    Widest = 0,

    /// <summary>128 bits.</summary>
    Bits128 = 128,

    /// <summary>256 bits.</summary>
    Bits256 = 256,

    /// <summary>512 bits.</summary>
    Bits512 = 512,
}

/// <summary>
/// The weights of one synapse array (post × pre) laid out for the kernel: panels of 128 bytes of post columns (32 in single, 16 in double precision), in
/// each the rows of all pre in order; the last panel is filled up with zeros to 64 or 128 bytes. Packed once an update, read some hundred times.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed unsafe class PackedWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _panels;

    /// <summary>An array of zeros.</summary>
    /// <param name="post">Columns of the product: postsynaptic nodes.</param>
    /// <param name="pre">Depth of the product: presynaptic nodes.</param>
    public PackedWeights(int post, int pre)
    {
        Post = post;
        Pre = pre;
        _panels = new AlignedBuffer<T>((nint)AlignedBuffer<T>.Padded(post) * pre);
    }

    /// <summary>Columns of the product: postsynaptic nodes.</summary>
    public int Post { get; }

    /// <summary>Depth of the product: presynaptic nodes.</summary>
    public int Pre { get; }

    /// <summary>Columns of a full panel.</summary>
    internal static int PanelWidth => 128 / Unsafe.SizeOf<T>();

    /// <summary>Number of panels, the last perhaps half as wide.</summary>
    internal int PanelCount => (Post + PanelWidth - 1) / PanelWidth;

    /// <summary>Columns of one panel with its padding: a full or half panel width.</summary>
    internal int WidthOf(int panel) => Math.Min(PanelWidth, AlignedBuffer<T>.Padded(Post) - (panel * PanelWidth));

    /// <summary>The first number of one panel.</summary>
    internal T* Panel(int panel) => _panels.Pointer + ((nint)panel * PanelWidth * Pre);

    /// <summary>Packs weights.</summary>
    /// <param name="weights">post × pre, row-major.</param>
    public void Pack(ReadOnlySpan<T> weights)
    {
        for (int panel = 0; panel < PanelCount; panel++)
            PackPanel(weights, panel);
    }

    /// <summary>Packs the transpose of weights, for the product with them from the other side.</summary>
    /// <param name="weights">pre × post, row-major: this array's pre are the rows.</param>
    public void PackTransposed(ReadOnlySpan<T> weights)
    {
        for (int panel = 0; panel < PanelCount; panel++)
            PackTransposedPanel(weights, panel);
    }

    /// <summary>Packs one panel; panels may be packed by several threads.</summary>
    internal void PackPanel(ReadOnlySpan<T> weights, int panel)
    {
        CheckShape(weights);
        int width = WidthOf(panel), first = panel * PanelWidth, real = Math.Min(width, Post - first);
        fixed (T* source = weights)
        {
            T* from = source + ((nint)first * Pre), to = Panel(panel);
            int block = Avx.IsSupported ? Vector256<T>.Count : 1;
            int wholeRows = real / block * block, wholeColumns = Pre / block * block;
            for (int k = 0; k < wholeColumns; k += block)
            {
                for (int j = 0; j < wholeRows; j += block)
                {
                    T* corner = from + ((nint)j * Pre) + k, target = to + ((nint)k * width) + j;
                    if (Avx.IsSupported && Format<T>.IsSingle)
                        Transpose8((float*)corner, Pre, (float*)target, width);
                    else if (Avx.IsSupported)
                        Transpose4((double*)corner, Pre, (double*)target, width);
                    else
                        *target = *corner;
                }
            }

            // The edges in small blocks where they fit: columns behind the blocks of whole rows, then the rows that are left.
            if (Format<T>.IsSingle && Avx.IsSupported)
            {
                int foldedColumns = Pre / 4 * 4, foldedRows = real / 4 * 4;
                for (int j = 0; j < foldedRows; j += 4)
                {
                    for (int k = j < wholeRows ? wholeColumns : 0; k < foldedColumns; k += 4)
                        Transpose4((float*)(from + ((nint)j * Pre) + k), Pre, (float*)(to + ((nint)k * width) + j), width);
                }

                for (int j = 0; j < real; j++)
                {
                    for (int k = j < foldedRows ? foldedColumns : 0; k < Pre; k++)
                        to[((nint)k * width) + j] = from[((nint)j * Pre) + k];
                }

                return;
            }

            for (int j = 0; j < real; j++)
            {
                for (int k = j < wholeRows ? wholeColumns : 0; k < Pre; k++)
                    to[((nint)k * width) + j] = from[((nint)j * Pre) + k];
            }
        }
    }

    /// <summary>Packs one panel of the transpose; panels may be packed by several threads.</summary>
    internal void PackTransposedPanel(ReadOnlySpan<T> weights, int panel)
    {
        CheckShape(weights);
        int width = WidthOf(panel), first = panel * PanelWidth, real = Math.Min(width, Post - first);
        for (int k = 0; k < Pre; k++)
            weights.Slice((k * Post) + first, real).CopyTo(new Span<T>(Panel(panel) + ((nint)k * width), real));
    }

    private void CheckShape(ReadOnlySpan<T> weights)
    {
        if (weights.Length != (long)Post * Pre)
            throw new ArgumentException("The weights do not have the array's shape.", nameof(weights));
    }

    /// <summary>target[k, j] ← source[j, k] of a block of 8 × 8.</summary>
    private static void Transpose8(float* source, nint sourceRow, float* target, nint targetRow)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + sourceRow);
        Vector256<float> r2 = Vector256.Load(source + (2 * sourceRow)), r3 = Vector256.Load(source + (3 * sourceRow));
        Vector256<float> r4 = Vector256.Load(source + (4 * sourceRow)), r5 = Vector256.Load(source + (5 * sourceRow));
        Vector256<float> r6 = Vector256.Load(source + (6 * sourceRow)), r7 = Vector256.Load(source + (7 * sourceRow));
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
        Avx.Permute2x128(b0, b4, 0x20).Store(target);
        Avx.Permute2x128(b1, b5, 0x20).Store(target + targetRow);
        Avx.Permute2x128(b2, b6, 0x20).Store(target + (2 * targetRow));
        Avx.Permute2x128(b3, b7, 0x20).Store(target + (3 * targetRow));
        Avx.Permute2x128(b0, b4, 0x31).Store(target + (4 * targetRow));
        Avx.Permute2x128(b1, b5, 0x31).Store(target + (5 * targetRow));
        Avx.Permute2x128(b2, b6, 0x31).Store(target + (6 * targetRow));
        Avx.Permute2x128(b3, b7, 0x31).Store(target + (7 * targetRow));
    }

    /// <summary>target[k, j] ← source[j, k] of a block of 4 × 4.</summary>
    private static void Transpose4(float* source, nint sourceRow, float* target, nint targetRow)
    {
        Vector128<float> r0 = Vector128.Load(source), r1 = Vector128.Load(source + sourceRow), r2 = Vector128.Load(source + (2 * sourceRow)), r3 = Vector128.Load(source + (3 * sourceRow));
        Vector128<float> a0 = Sse.UnpackLow(r0, r1), a1 = Sse.UnpackHigh(r0, r1), a2 = Sse.UnpackLow(r2, r3), a3 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(a0, a2).Store(target);
        Sse.MoveHighToLow(a2, a0).Store(target + targetRow);
        Sse.MoveLowToHigh(a1, a3).Store(target + (2 * targetRow));
        Sse.MoveHighToLow(a3, a1).Store(target + (3 * targetRow));
    }

    /// <summary>target[k, j] ← source[j, k] of a block of 4 × 4.</summary>
    private static void Transpose4(double* source, nint sourceRow, double* target, nint targetRow)
    {
        Vector256<double> r0 = Vector256.Load(source), r1 = Vector256.Load(source + sourceRow);
        Vector256<double> r2 = Vector256.Load(source + (2 * sourceRow)), r3 = Vector256.Load(source + (3 * sourceRow));
        Vector256<double> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Avx.Permute2x128(a0, a2, 0x20).Store(target);
        Avx.Permute2x128(a1, a3, 0x20).Store(target + targetRow);
        Avx.Permute2x128(a0, a2, 0x31).Store(target + (2 * targetRow));
        Avx.Permute2x128(a1, a3, 0x31).Store(target + (3 * targetRow));
    }
}

/// <summary>
/// The dense products of a network: state × weightsᵀ with packed weights, and what learning and adjoints need besides. Every element of a result is one
/// chain of fused multiply-adds in increasing order of the summed index, whatever the number of rows, threads, or lanes of a register.
/// </summary>
public static unsafe class PackedProduct
{
    /// <summary>result[b, i] ← result[b, i] + Σ_j left[b, j] · weights[i, j].</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Activities, examples × pre.</param>
    /// <param name="weights">The packed weights.</param>
    /// <param name="result">Sums, examples × post.</param>
    /// <param name="threads">Number of threads, 0 for all cores.</param>
    /// <param name="width">The registers to use.</param>
    public static void Accumulate<T>(Batch<T> left, PackedWeights<T> weights, Batch<T> result, int threads = 1, RegisterWidth width = RegisterWidth.Widest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (left.Width != weights.Pre || result.Width != weights.Post || left.Rows != result.Rows)
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        if (left.Rows == 0 || result.Width == 0)
            return;
        var job = new ProductJob<T>(left, 0, weights, result, 0, left.Rows, width);
        if (threads == 1 || left.Rows == 1)
            job.Execute(0, 1);
        else
            WorkerPool.Shared.Run(ref job, WorkerPool.Shared.Limit(threads));
    }

    /// <summary>result[b, resultStart + i] ← result[b, resultStart + i] + Σ_j left[b, leftStart + j] · weights[i, j] for the first rows of wider batches.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Activities, in examples × any width.</param>
    /// <param name="leftStart">First column of the activities.</param>
    /// <param name="weights">The packed weights.</param>
    /// <param name="result">Sums, in examples × any width.</param>
    /// <param name="resultStart">First column of the sums.</param>
    /// <param name="rows">How many rows.</param>
    public static void Accumulate<T>(Batch<T> left, int leftStart, PackedWeights<T> weights, Batch<T> result, int resultStart, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (leftStart + weights.Pre > left.Width || resultStart + weights.Post > result.Width || rows > left.Rows || rows > result.Rows)
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        if (rows > 0 && weights.Post > 0)
            new ProductJob<T>(left, leftStart, weights, result, resultStart, rows, RegisterWidth.Widest).Execute(0, 1);
    }

    /// <summary>result[i] ← result[i] + Σ_j left[j] · weights[i, j] for one example; the bits are those of any batch.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Activities, one a presynaptic node.</param>
    /// <param name="weights">The packed weights.</param>
    /// <param name="result">Sums, one a postsynaptic node.</param>
    public static void AccumulateRow<T>(ReadOnlySpan<T> left, PackedWeights<T> weights, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (left.Length != weights.Pre || result.Length != weights.Post)
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        RegisterWidth width = Resolve(RegisterWidth.Widest);
        T* tile = stackalloc T[PackedWeights<T>.PanelWidth];
        fixed (T* from = left, to = result)
        {
            for (int panel = 0; panel < weights.PanelCount; panel++)
            {
                int columns = weights.WidthOf(panel), first = panel * PackedWeights<T>.PanelWidth, real = Math.Min(columns, weights.Post - first);
                T* sums = to + first;
                if (real < columns)
                {
                    result[first..].CopyTo(new Span<T>(tile, real));
                    sums = tile;
                }

                Tile(width, 1, columns, weights.Pre, from, 0, 1, weights.Panel(panel), columns, sums, 0, sums, 0);
                if (real < columns)
                    new ReadOnlySpan<T>(tile, real).CopyTo(result[first..]);
            }
        }
    }

    /// <summary>result[i, j] ← result[i, j] + Σ_b left[b, i] · right[b, j]: what a batch does to the weights of an array.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Postsynaptic factors, examples × post.</param>
    /// <param name="right">Presynaptic factors, examples × pre.</param>
    /// <param name="result">post × pre, row-major.</param>
    /// <param name="threads">Number of threads, 0 for all cores.</param>
    /// <param name="width">The registers to use.</param>
    public static void AccumulateOuter<T>(Batch<T> left, Batch<T> right, T[] result, int threads = 1, RegisterWidth width = RegisterWidth.Widest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AccumulateOuter(left, 0, left.Width, right, 0, right.Width, result, threads, width);

    /// <summary>result[i, j] ← result[i, j] + Σ_b left[b, leftStart + i] · right[b, rightStart + j], on slices of wider rows.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Postsynaptic factors, in examples × any width.</param>
    /// <param name="leftStart">First column of the postsynaptic factors.</param>
    /// <param name="post">Number of postsynaptic nodes.</param>
    /// <param name="right">Presynaptic factors, in examples × any width.</param>
    /// <param name="rightStart">First column of the presynaptic factors.</param>
    /// <param name="pre">Number of presynaptic nodes.</param>
    /// <param name="result">post × pre, row-major.</param>
    /// <param name="threads">Number of threads, 0 for all cores.</param>
    /// <param name="width">The registers to use.</param>
    public static void AccumulateOuter<T>(
        Batch<T> left, int leftStart, int post, Batch<T> right, int rightStart, int pre, T[] result, int threads = 1, RegisterWidth width = RegisterWidth.Widest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (left.Rows != right.Rows || result.Length != (long)post * pre || leftStart + post > left.Width || rightStart + pre > right.Width)
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        if (left.Rows == 0 || result.Length == 0)
            return;
        var job = new OuterJob<T>(left, leftStart, post, right, rightStart, pre, result, width);
        if (threads == 1)
            job.Execute(0, 1);
        else
            WorkerPool.Shared.Run(ref job, WorkerPool.Shared.Limit(threads));
    }

    /// <summary>result[b, j] ← result[b, j] + Σ_i left[b, i] · weights[i, j]: covectors of the post side carried back to the pre side, without packing.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Covectors, in examples × any width.</param>
    /// <param name="leftStart">First column of the covectors.</param>
    /// <param name="post">Number of postsynaptic nodes.</param>
    /// <param name="weights">post × pre, row-major.</param>
    /// <param name="result">Sums, in examples × any width.</param>
    /// <param name="resultStart">First column of the sums.</param>
    /// <param name="pre">Number of presynaptic nodes.</param>
    /// <param name="threads">Number of threads, 0 for all cores.</param>
    /// <param name="width">The registers to use.</param>
    public static void AccumulateTransposed<T>(
        Batch<T> left, int leftStart, int post, T[] weights, Batch<T> result, int resultStart, int pre, int threads = 1, RegisterWidth width = RegisterWidth.Widest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (left.Rows != result.Rows || weights.Length != (long)post * pre || leftStart + post > left.Width || resultStart + pre > result.Width)
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        if (left.Rows == 0 || weights.Length == 0)
            return;
        var job = new TransposedJob<T>(left, leftStart, post, weights, result, resultStart, pre, width);
        if (threads == 1 || left.Rows == 1)
            job.Execute(0, 1);
        else
            WorkerPool.Shared.Run(ref job, WorkerPool.Shared.Limit(threads));
    }

    /// <summary>The widest register not above a wish that the machine has.</summary>
    internal static RegisterWidth Resolve(RegisterWidth wish)
    {
        if (Vector512.IsHardwareAccelerated && wish is RegisterWidth.Widest or RegisterWidth.Bits512)
            return RegisterWidth.Bits512;
        if (Vector256.IsHardwareAccelerated && wish is not RegisterWidth.Bits128)
            return RegisterWidth.Bits256;
        return RegisterWidth.Bits128;
    }

    /// <summary>Rows of the largest tile: its registers of sums, two a row, its two of weights and one of activity fill the register file.</summary>
    internal static int TileRows(RegisterWidth width) => width == RegisterWidth.Bits512 ? 12 : 6;

    /// <summary>Adds one tile: some rows by one panel of 64 or 128 bytes.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="width">A resolved width.</param>
    /// <param name="rows">Rows, at most <see cref="TileRows"/>.</param>
    /// <param name="columns">Columns: those of a half or a whole panel.</param>
    /// <param name="depth">Number of summed terms.</param>
    /// <param name="left">left[0, 0].</param>
    /// <param name="leftRow">Distance from left[r, k] to left[r + 1, k].</param>
    /// <param name="leftDepth">Distance from left[r, k] to left[r, k + 1].</param>
    /// <param name="right">right[0, 0].</param>
    /// <param name="rightDepth">Distance from right[k, j] to right[k + 1, j].</param>
    /// <param name="start">start[0, 0], what the product is added to; may be the result itself.</param>
    /// <param name="startRow">Distance from start[r, j] to start[r + 1, j].</param>
    /// <param name="result">result[0, 0].</param>
    /// <param name="resultRow">Distance from result[r, j] to result[r + 1, j].</param>
    internal static void Tile<T>(
        RegisterWidth width, int rows, int columns, int depth, T* left, nint leftRow, nint leftDepth, T* right, nint rightDepth, T* start, nint startRow, T* result, nint resultRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
            Columns<T, Vector512<T>, Lanes512<T>>(rows, columns, depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
        else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
            Columns<T, Vector256<T>, Lanes256<T>>(rows, columns, depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
        else
            Columns<T, Vector128<T>, Lanes128<T>>(rows, columns, depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
    }

    /// <summary>Whether the columns behind the last whole register are better multiplied by narrower registers than in a register that is filled up: they leave none over, and nothing is computed that nobody asked for.</summary>
    internal static bool FitsNarrowRegisters<T>(int columns)
        where T : unmanaged => columns % (16 / Unsafe.SizeOf<T>()) == 0;

    /// <summary>The same for any number of columns: whole registers first, then narrower ones, then one number at a time.</summary>
    internal static void AnyColumns<T>(
        RegisterWidth width, int rows, int columns, int depth, T* left, nint leftRow, nint leftDepth, T* right, nint rightDepth, T* start, nint startRow, T* result, nint resultRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = Unsafe.SizeOf<T>();
        int lanes = (int)width / 8 / size;
        int whole = columns / lanes * lanes;
        if (whole > 0)
            Tile(width, rows, whole, depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
        if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits512 && columns - whole >= 32 / size)
        {
            Rows<T, Vector256<T>, Lanes256<T>, Extent1>(rows, depth, left, leftRow, leftDepth, right + whole, rightDepth, start + whole, startRow, result + whole, resultRow);
            whole += 32 / size;
        }

        // One register a row leaves room for all rows of a tile whatever the register file.
        for (; columns - whole >= 16 / size; whole += 16 / size)
            Rows<T, Vector128<T>, Lanes128<T>, Extent1>(rows, depth, left, leftRow, leftDepth, right + whole, rightDepth, start + whole, startRow, result + whole, resultRow);

        for (; whole < columns; whole++)
        {
            // One column: the rows stay together, so that their chains overlap.
            for (int r = 0; r < rows; r += 6)
            {
                Rows<T, T, ScalarLane<T>, Extent1>(
                    Math.Min(6, rows - r), depth, left + (r * leftRow), leftRow, leftDepth, right + whole, rightDepth, start + (r * startRow) + whole, startRow, result + (r * resultRow) + whole, resultRow);
            }
        }
    }

    private static void Columns<T, TVector, TLanes>(
        int rows, int columns, int depth, T* left, nint leftRow, nint leftDepth, T* right, nint rightDepth, T* start, nint startRow, T* result, nint resultRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
    {
        int pair = 2 * TLanes.Count;
        int j = 0;
        for (; j + pair <= columns; j += pair)
            Rows<T, TVector, TLanes, Extent2>(rows, depth, left, leftRow, leftDepth, right + j, rightDepth, start + j, startRow, result + j, resultRow);
        if (j < columns)
            Rows<T, TVector, TLanes, Extent1>(rows, depth, left, leftRow, leftDepth, right + j, rightDepth, start + j, startRow, result + j, resultRow);
    }

    private static void Rows<T, TVector, TLanes, TColumns>(
        int rows, int depth, T* left, nint leftRow, nint leftDepth, T* right, nint rightDepth, T* start, nint startRow, T* result, nint resultRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
        where TColumns : ITileExtent
    {
        switch (rows)
        {
            case 1:
                TileKernel<T, TVector, TLanes, Extent1, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 2:
                TileKernel<T, TVector, TLanes, Extent2, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 3:
                TileKernel<T, TVector, TLanes, Extent3, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 4:
                TileKernel<T, TVector, TLanes, Extent4, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 5:
                TileKernel<T, TVector, TLanes, Extent5, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 6:
                TileKernel<T, TVector, TLanes, Extent6, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 7:
                TileKernel<T, TVector, TLanes, Extent7, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 8:
                TileKernel<T, TVector, TLanes, Extent8, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 9:
                TileKernel<T, TVector, TLanes, Extent9, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 10:
                TileKernel<T, TVector, TLanes, Extent10, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 11:
                TileKernel<T, TVector, TLanes, Extent11, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            case 12:
                TileKernel<T, TVector, TLanes, Extent12, TColumns>.Accumulate(depth, left, leftRow, leftDepth, right, rightDepth, start, startRow, result, resultRow);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(rows), rows, "A tile has 1 to 12 rows.");
        }
    }

    /// <summary>Rows of one of several nearly equal groups, none larger than a tile.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="largest">Rows of the largest tile.</param>
    /// <returns>Number of groups; group g has the rows from g·rows/groups to (g + 1)·rows/groups.</returns>
    internal static int Groups(int rows, int largest) => (rows + largest - 1) / largest;

    private readonly struct ProductJob<T>(
        Batch<T> left, int leftStart, PackedWeights<T> weights, Batch<T> result, int resultStart, int total, RegisterWidth wish) : IParallelJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Execute(int worker, int workers)
        {
            RegisterWidth width = Resolve(wish);
            int start = (int)((long)total * worker / workers), rows = (int)((long)total * (worker + 1) / workers) - start;
            int groups = Groups(rows, TileRows(width));
            int lanes = PackedWeights<T>.PanelWidth;
            T* tile = stackalloc T[12 * lanes];
            fixed (T* factors = left.Values, sums = result.Values)
            {
                for (int panel = 0; panel < weights.PanelCount; panel++)
                {
                    int columns = weights.WidthOf(panel), first = panel * lanes, real = Math.Min(columns, weights.Post - first);
                    for (int g = 0; g < groups; g++)
                    {
                        int r0 = start + (rows * g / groups), count = start + (rows * (g + 1) / groups) - r0;
                        T* from = factors + ((nint)r0 * left.Width) + leftStart, to = sums + ((nint)r0 * result.Width) + resultStart + first;
                        if (real == columns)
                        {
                            Tile(width, count, columns, weights.Pre, from, left.Width, 1, weights.Panel(panel), columns, to, result.Width, to, result.Width);
                            continue;
                        }

                        if (FitsNarrowRegisters<T>(real))
                        {
                            AnyColumns(width, count, real, weights.Pre, from, left.Width, 1, weights.Panel(panel), columns, to, result.Width, to, result.Width);
                            continue;
                        }

                        for (int r = 0; r < count; r++)
                            new ReadOnlySpan<T>(to + ((nint)r * result.Width), real).CopyTo(new Span<T>(tile + (r * lanes), real));
                        Tile(width, count, columns, weights.Pre, from, left.Width, 1, weights.Panel(panel), columns, tile, lanes, tile, lanes);
                        for (int r = 0; r < count; r++)
                            new ReadOnlySpan<T>(tile + (r * lanes), real).CopyTo(new Span<T>(to + ((nint)r * result.Width), real));
                    }
                }
            }
        }
    }

    private readonly struct OuterJob<T>(Batch<T> left, int leftStart, int post, Batch<T> right, int rightStart, int pre, T[] result, RegisterWidth wish) : IParallelJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Execute(int worker, int workers)
        {
            RegisterWidth width = Resolve(wish);
            int start = (int)((long)post * worker / workers), rows = (int)((long)post * (worker + 1) / workers) - start;
            int groups = Groups(rows, TileRows(width));
            int panel = PackedWeights<T>.PanelWidth;
            fixed (T* l = left.Values, r = right.Values, to = result)
            {
                for (int j = 0; j < pre; j += panel)
                {
                    int columns = Math.Min(panel, pre - j);
                    for (int g = 0; g < groups; g++)
                    {
                        int i0 = start + (rows * g / groups), count = start + (rows * (g + 1) / groups) - i0;
                        AnyColumns(width, count, columns, left.Rows, l + leftStart + i0, 1, left.Width, r + rightStart + j, right.Width, to + ((nint)i0 * pre) + j, pre, to + ((nint)i0 * pre) + j, pre);
                    }
                }
            }
        }
    }

    private readonly struct TransposedJob<T>(
        Batch<T> left, int leftStart, int post, T[] weights, Batch<T> result, int resultStart, int pre, RegisterWidth wish) : IParallelJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Execute(int worker, int workers)
        {
            RegisterWidth width = Resolve(wish);
            int start = (int)((long)left.Rows * worker / workers), rows = (int)((long)left.Rows * (worker + 1) / workers) - start;
            int groups = Groups(rows, TileRows(width));
            int panel = PackedWeights<T>.PanelWidth;
            fixed (T* l = left.Values, w = weights, to = result.Values)
            {
                for (int j = 0; j < pre; j += panel)
                {
                    int columns = Math.Min(panel, pre - j);
                    for (int g = 0; g < groups; g++)
                    {
                        int b0 = start + (rows * g / groups), count = start + (rows * (g + 1) / groups) - b0;
                        T* from = l + ((nint)b0 * left.Width) + leftStart, sums = to + ((nint)b0 * result.Width) + resultStart + j;
                        AnyColumns(width, count, columns, post, from, left.Width, 1, w + j, pre, sums, result.Width, sums, result.Width);
                    }
                }
            }
        }
    }
}

using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AnalogLearn.Numerics;

/// <summary>
/// Copies chosen rows of a large matrix into a batch. The rows lie anywhere in memory, where no hardware foresees them, so the caches are told of them some rows ahead: without that, drawing a batch costs as much as half of what
/// small networks learn from it.
/// </summary>
internal static unsafe class RowGather
{
    private const int Line = 64;

    /// <summary>Cache lines that are on their way at a time.</summary>
    private const int Ahead = 96;

    /// <summary>Lines of a row that are asked for; of longer rows the hardware foresees the rest.</summary>
    private const int MostLines = 16;

    /// <summary>Copies rows[i] of the matrix into row i of the batch, rounded to its precision.</summary>
    /// <typeparam name="TFrom">float or double.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="from">The matrix, row after row, as wide as the batch.</param>
    /// <param name="start">Its first row.</param>
    /// <param name="rows">Which rows, counted from there; each within the matrix.</param>
    /// <param name="into">Receives them.</param>
    public static void Copy<TFrom, T>(ReadOnlySpan<TFrom> from, int start, ReadOnlySpan<int> rows, Batch<T> into)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = into.Width, bytes = width * Unsafe.SizeOf<TFrom>(), lines = Math.Min(MostLines, (bytes / Line) + 1), ahead = Math.Max(1, Ahead / lines);
        if (width == 0)
            return;
        for (int i = -ahead; i < rows.Length; i++)
        {
            if (Sse.IsSupported && i + ahead < rows.Length)
            {
                byte* row = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in from[(start + rows[i + ahead]) * width]));
                for (int line = 0; line < lines; line++)
                    Sse.Prefetch1(row + (line * Line));
            }

            if (i < 0)
                continue;
            ReadOnlySpan<TFrom> source = from.Slice((start + rows[i]) * width, width);
            if (typeof(TFrom) == typeof(T))
                Unsafe.BitCast<ReadOnlySpan<TFrom>, ReadOnlySpan<T>>(source).CopyTo(into.Row(i));
            else
                TensorPrimitives.ConvertTruncating(source, into.Row(i));
        }
    }
}

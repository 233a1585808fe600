namespace AnalogLearn.Plots;

/// <summary>
/// Draws a long waveform with few points: over each of many narrow stretches of X only the first, lowest, highest and last point are kept, so
/// that the picture is the same and no spike is lost. Gaps (NaN) stay gaps.
/// </summary>
public static class Decimation
{
    /// <summary>Lines with more points than this are decimated by the built-in back ends.</summary>
    public const int Threshold = 2000;

    /// <summary>The points to keep.</summary>
    /// <param name="x">Positions as they will be drawn (after the axis's scale).</param>
    /// <param name="y">Values as they will be drawn, as many; NaN is a gap.</param>
    /// <param name="stretches">Number of stretches; at most four points of each are kept, and four more at each gap.</param>
    /// <returns>
    /// Indices, ascending. Everything when <paramref name="x"/> and <paramref name="y"/> have at most four points per stretch. When x does not ascend
    /// (a trajectory in a plane) the stretches have equal numbers of points instead, and the extremes of x are kept as well.
    /// </returns>
    public static int[] Indices(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int stretches)
    {
        int n = Math.Min(x.Length, y.Length);
        stretches = Math.Max(1, stretches);
        if (n <= 4 * stretches)
            return [.. Enumerable.Range(0, n)];
        bool ascending = true;
        double before = double.NegativeInfinity;
        double low = double.PositiveInfinity;
        for (int k = 0; k < n; k++)
        {
            if (double.IsNaN(x[k]))
                continue;
            ascending &= x[k] >= before;
            before = x[k];
            low = Math.Min(low, x[k]);
        }

        double width = (before - low) / stretches;
        ascending &= width > 0 && double.IsFinite(width);
        var kept = new List<int>(Math.Min(n, 4 * stretches) + 16);
        Span<int> corner = stackalloc int[6];
        int start = 0;
        while (start < n)
        {
            if (double.IsNaN(y[start]) || double.IsNaN(x[start]))
            {
                if (kept.Count > 0 && !IsGap(x, y, kept[^1]))
                    kept.Add(start);
                start++;
                continue;
            }

            int end = start + 1;
            if (ascending)
            {
                double stretch = Math.Floor((x[start] - low) / width);
                while (end < n && !IsGap(x, y, end) && Math.Floor((x[end] - low) / width) <= stretch)
                    end++;
            }
            else
            {
                int most = (int)Math.Ceiling(n * 1.5 / stretches);
                while (end < n && end - start < most && !IsGap(x, y, end))
                    end++;
            }

            corner[0] = corner[1] = corner[2] = corner[3] = corner[4] = start;
            corner[5] = end - 1;
            for (int k = start; k < end; k++)
            {
                if (y[k] < y[corner[1]])
                    corner[1] = k;
                if (y[k] > y[corner[2]])
                    corner[2] = k;
                if (x[k] < x[corner[3]])
                    corner[3] = k;
                if (x[k] > x[corner[4]])
                    corner[4] = k;
            }

            if (ascending)
            {
                corner[3] = start;
                corner[4] = end - 1;
            }

            corner.Sort();
            int last = -1;
            foreach (int k in corner)
            {
                if (k != last)
                    kept.Add(k);
                last = k;
            }

            corner[0] = start;
            start = end;
        }

        return [.. kept];
    }

    private static bool IsGap(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int k) => double.IsNaN(x[k]) || double.IsNaN(y[k]);
}

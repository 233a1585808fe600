using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Linear interpolation between points (x₀, y₀), (x₁, y₁) … with rising x, clamped at both ends, by bisection. At a point the segment to its
/// left counts; the slope beyond the ends is 0.
/// </summary>
internal static class TableLookup
{
    /// <summary>The values at x, one table a lane.</summary>
    /// <param name="x">Where; not a number gives the same.</param>
    /// <param name="points">x₀, y₀, x₁, y₁ …, the lanes beside each other.</param>
    public static Vector256<double> Values(Vector256<double> x, ReadOnlySpan<Vector256<double>> points) =>
        Vector256.Create(At(x.GetElement(0), points, 0, false), At(x.GetElement(1), points, 1, false), At(x.GetElement(2), points, 2, false), At(x.GetElement(3), points, 3, false));

    /// <summary>The slopes at x.</summary>
    /// <param name="x">Where.</param>
    /// <param name="points">As in <see cref="Values"/>.</param>
    public static Vector256<double> Slopes(Vector256<double> x, ReadOnlySpan<Vector256<double>> points) =>
        Vector256.Create(At(x.GetElement(0), points, 0, true), At(x.GetElement(1), points, 1, true), At(x.GetElement(2), points, 2, true), At(x.GetElement(3), points, 3, true));

    private static double At(double x, ReadOnlySpan<Vector256<double>> points, int lane, bool slope)
    {
        if (double.IsNaN(x))
            return x;
        int low = 0;
        int high = (points.Length / 2) - 1;
        if (x <= points[0].GetElement(lane))
            return slope ? 0 : points[1].GetElement(lane);
        if (x > points[2 * high].GetElement(lane))
            return slope ? 0 : points[^1].GetElement(lane);
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (x <= points[2 * middle].GetElement(lane))
                high = middle;
            else
                low = middle;
        }

        double x0 = points[2 * low].GetElement(lane);
        double width = points[2 * high].GetElement(lane) - x0;
        double y0 = points[(2 * low) + 1].GetElement(lane);
        double rise = points[(2 * high) + 1].GetElement(lane) - y0;
        return slope ? rise / width : y0 + ((x - x0) / width * rise);
    }
}

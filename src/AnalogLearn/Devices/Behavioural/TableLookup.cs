using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Linear interpolation between points (x₀, y₀), (x₁, y₁) … with rising x, clamped at both ends, by bisection. At a point the segment to its
/// left counts; the slope beyond the ends is 0. Each lane has its own table: number k of block j stands at k·n + j.
/// </summary>
internal static class TableLookup
{
    /// <summary>The values at x; not a number gives the same.</summary>
    public static Vector256<double> Values(Vector256<double> x, ReadOnlySpan<Vector256<double>> points, int count, int j, int n) =>
        Vector256.Create(
            At(x.GetElement(0), new(points, count, j, n, 0), false),
            At(x.GetElement(1), new(points, count, j, n, 1), false),
            At(x.GetElement(2), new(points, count, j, n, 2), false),
            At(x.GetElement(3), new(points, count, j, n, 3), false));

    /// <summary>The slopes at x.</summary>
    public static Vector256<double> Slopes(Vector256<double> x, ReadOnlySpan<Vector256<double>> points, int count, int j, int n) =>
        Vector256.Create(
            At(x.GetElement(0), new(points, count, j, n, 0), true),
            At(x.GetElement(1), new(points, count, j, n, 1), true),
            At(x.GetElement(2), new(points, count, j, n, 2), true),
            At(x.GetElement(3), new(points, count, j, n, 3), true));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double At(double x, LaneTable table, bool slope)
    {
        if (double.IsNaN(x))
            return x;
        int low = 0;
        int high = table.Count - 1;
        if (x <= table.X(0))
            return slope ? 0 : table.Y(0);
        if (x > table.X(high))
            return slope ? 0 : table.Y(high);
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (x <= table.X(middle))
                high = middle;
            else
                low = middle;
        }

        double width = table.X(high) - table.X(low);
        double rise = table.Y(high) - table.Y(low);
        return slope ? rise / width : table.Y(low) + ((x - table.X(low)) / width * rise);
    }

    /// <summary>The points of one lane.</summary>
    private readonly ref struct LaneTable(ReadOnlySpan<Vector256<double>> points, int count, int j, int n, int lane)
    {
        private readonly ReadOnlySpan<Vector256<double>> _points = points;

        public int Count => count;

        public double X(int k) => _points[(2 * k * n) + j].GetElement(lane);

        public double Y(int k) => _points[(((2 * k) + 1) * n) + j].GetElement(lane);
    }
}

namespace AnalogLearn.Studies;

/// <summary>
/// Measures waveforms as SPICE does: between the points of the time axis they are straight lines, so that integrals are sums of trapezoids, crossings
/// are interpolated, and the square in <c>rms</c> is that of the line.
/// </summary>
/// <remarks>
/// The axis of a sweep may fall, or begin anew with every value of a second quantity. Then a value is taken in the first row that has it, crossings are counted from the first point on,
/// as ngspice does, and integrals go up the axis in each row.
/// </remarks>
/// <param name="time">The time axis [s], or that of another analysis.</param>
public sealed class WaveformMeasures(double[] time)
{
    private readonly bool _rises = IsRising(time);

    /// <summary>Takes <c>max min pp avg rms integ max_at min_at</c>.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="values">The waveform, a value a point.</param>
    /// <param name="from">Beginning [s]; before the first point means the first point.</param>
    /// <param name="to">End [s]; beyond the last point means the last point.</param>
    /// <returns>The value, or NaN when there is nothing between the two times.</returns>
    public double Statistic(string kind, double[] values, double from, double to)
    {
        if (!_rises)
            return OfRows(kind, values, from, to);
        (double[] t, double[] y) = Window(values, from, to);
        if (t.Length == 0)
            return double.NaN;
        int highest = 0;
        int lowest = 0;
        double integral = 0;
        double square = 0;
        for (int k = 0; k < t.Length; k++)
        {
            highest = y[k] > y[highest] ? k : highest;
            lowest = y[k] < y[lowest] ? k : lowest;
            if (k == 0)
                continue;
            double h = t[k] - t[k - 1];
            integral += 0.5 * h * (y[k] + y[k - 1]);
            square += h * ((y[k] * y[k]) + (y[k] * y[k - 1]) + (y[k - 1] * y[k - 1])) / 3;
        }

        double length = t[^1] - t[0];
        return kind switch
        {
            "max" => y[highest],
            "min" => y[lowest],
            "pp" => y[highest] - y[lowest],
            "max_at" => t[highest],
            "min_at" => t[lowest],
            "integ" => integral,
            "avg" => length > 0 ? integral / length : y[0],
            "rms" => length > 0 ? Math.Sqrt(square / length) : Math.Abs(y[0]),
            _ => double.NaN,
        };
    }

    /// <summary>The value at a time.</summary>
    /// <param name="values">The waveform.</param>
    /// <param name="at">The time [s].</param>
    /// <returns>The value, or NaN outside the time axis.</returns>
    public double At(double[] values, double at)
    {
        if (time.Length == 0)
            return double.NaN;
        if (!_rises)
            return Segment(at) is var first and >= 0 ? Between(values, first, at) : double.NaN;

        // The last point of a run may miss its end by rounding.
        double slack = 1e-9 * Math.Max(Math.Abs(time[^1]), Math.Abs(time[0]));
        if (!(at >= time[0] - slack && at <= time[^1] + slack))
            return double.NaN;
        int k = Array.BinarySearch(time, at);
        if (k >= 0)
            return values[k];
        k = ~k;
        if (k == 0 || k == time.Length)
            return values[Math.Min(k, time.Length - 1)];
        double share = (at - time[k - 1]) / (time[k] - time[k - 1]);
        return values[k - 1] + (share * (values[k] - values[k - 1]));
    }

    /// <summary>The slope at a time [1/s].</summary>
    /// <param name="values">The waveform.</param>
    /// <param name="at">The time [s].</param>
    public double Slope(double[] values, double at)
    {
        int k = Array.BinarySearch(time, at);
        if (!_rises)
        {
            int segment = Segment(at);
            return segment < 0 ? double.NaN : (values[segment + 1] - values[segment]) / (time[segment + 1] - time[segment]);
        }

        (int a, int b) = k >= 0 ? (Math.Max(0, k - 1), Math.Min(time.Length - 1, k + 1)) : (~k - 1, ~k);
        return a >= 0 && b < time.Length && b > a ? (values[b] - values[a]) / (time[b] - time[a]) : double.NaN;
    }

    /// <summary>The instant of a crossing of two waveforms.</summary>
    /// <param name="values">The waveform that crosses.</param>
    /// <param name="levels">The level, a value a point.</param>
    /// <param name="kind">Which crossings count.</param>
    /// <param name="number">Which of them, from 1; 0 for the last.</param>
    /// <param name="after">Crossings before this time do not count [s].</param>
    /// <returns>The time [s], or NaN when there is no such crossing.</returns>
    public double Cross(double[] values, double[] levels, CrossingKind kind, int number, double after)
    {
        double last = double.NaN;
        int seen = 0;
        for (int k = 1; k < time.Length; k++)
        {
            double before = values[k - 1] - levels[k - 1];
            double now = values[k] - levels[k];

            // A sine from zero on crosses zero where it begins, as ngspice counts; one that falls from there does not.
            bool rises = (before < 0 && now >= 0) || (k == 1 && before == 0 && now > 0 && levels[0] == levels[1]);
            bool falls = before > 0 && now <= 0;
            if (!(rises && kind != CrossingKind.Fall) && !(falls && kind != CrossingKind.Rise))
                continue;
            double at = time[k - 1] + ((time[k] - time[k - 1]) * before / (before - now));
            if (k > 1 && !_rises && RowDirection() * (time[k] - time[k - 1]) < 0)
                continue;
            if (_rises && at < after)
                continue;
            last = at;
            if (++seen == number)
                return at;
        }

        return number == 0 ? last : double.NaN;
    }

    private static bool IsRising(double[] axis)
    {
        for (int k = 1; k < axis.Length; k++)
        {
            if (axis[k] < axis[k - 1])
                return false;
        }

        return true;
    }

    /// <summary>The first segment within a row that has a place of the axis, or −1.</summary>
    private int Segment(double at)
    {
        double slack = time.Length == 0 ? 0 : 1e-9 * Math.Max(Math.Abs(time[0]), Math.Abs(time[^1]));
        int sign = RowDirection();
        for (int k = 1; k < time.Length; k++)
        {
            double low = Math.Min(time[k - 1], time[k]);
            double high = Math.Max(time[k - 1], time[k]);
            if (sign * (time[k] - time[k - 1]) > 0 && at >= low - slack && at <= high + slack)
                return k - 1;
        }

        return -1;
    }

    private double Between(double[] values, int k, double at) => values[k] + ((values[k + 1] - values[k]) * (at - time[k]) / (time[k + 1] - time[k]));

    /// <summary>1 when rows go up the axis, −1 when they go down; between rows the axis jumps the other way.</summary>
    private int RowDirection() => time.Length < 2 || time[1] >= time[0] ? 1 : -1;

    /// <summary>A statistic over all rows: each is measured by itself, and the results are put together.</summary>
    private double OfRows(string kind, double[] values, double from, double to)
    {
        int sign = RowDirection();
        double best = double.NaN;
        double other = double.NaN;
        double place = double.NaN;
        double sum = 0;
        double length = 0;
        for (int first = 0; first < time.Length;)
        {
            int last = first;
            while (last + 1 < time.Length && sign * (time[last + 1] - time[last]) > 0)
                last++;
            double[] t = time[first..(last + 1)];
            double[] y = values[first..(last + 1)];
            if (sign < 0)
            {
                Array.Reverse(t);
                Array.Reverse(y);
            }

            first = last + 1;
            var row = new WaveformMeasures(t);
            double high = row.Statistic("max", y, from, to);
            if (double.IsNaN(high))
                continue;
            double low = row.Statistic("min", y, from, to);
            bool lowest = kind is "min" or "min_at";
            double extreme = lowest ? low : high;
            if (double.IsNaN(best) || (lowest ? extreme < best : extreme > best))
            {
                best = extreme;
                place = row.Statistic(lowest ? "min_at" : "max_at", y, from, to);
            }

            other = double.IsNaN(other) ? low : Math.Min(other, low);
            double span = Math.Min(to, t[^1]) - Math.Max(from, t[0]);
            double mean = row.Statistic(kind == "rms" ? "rms" : "avg", y, from, to);
            double weight = kind != "integ" && t.Length == 1 ? 1 : span;
            sum += (kind == "rms" ? mean * mean : mean) * weight;
            length += weight;
        }

        return kind switch
        {
            "max" or "min" => best,
            "max_at" or "min_at" => place,
            "pp" => best - other,
            "integ" => sum,
            "avg" => sum / length,
            "rms" => Math.Sqrt(sum / length),
            _ => double.NaN,
        };
    }

    private (double[] Time, double[] Values) Window(double[] values, double from, double to)
    {
        if (time.Length == 0)
            return ([], []);
        from = Math.Max(from, time[0]);
        to = Math.Min(to, time[^1]);
        if (!(from <= to))
            return ([], []);
        var t = new List<double> { from };
        var y = new List<double> { At(values, from) };
        for (int k = 0; k < time.Length; k++)
        {
            if (time[k] > from && time[k] < to)
            {
                t.Add(time[k]);
                y.Add(values[k]);
            }
        }

        if (to > from)
        {
            t.Add(to);
            y.Add(At(values, to));
        }

        return ([.. t], [.. y]);
    }
}

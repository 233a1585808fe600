using System.Numerics;
using AnalogLearn.Interchange;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>Figures of the nodal engine's sweeps: currents and voltages over the swept value, magnitude and phase over frequency, noise density over frequency.</summary>
internal static class AnalysisFigures
{
    private const int Most = 12;

    /// <summary>The figure of an analysis.</summary>
    /// <param name="analysis">The analysis.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Of(AnalysisTable analysis, string name)
    {
        WaveformTable table = analysis.Table;
        WaveformColumn axis = table.Columns[0];
        return analysis.Analysis switch
        {
            "ac" => new Figure(name, table.PlotName)
            {
                Panels =
                [
                    Panel(table, axis, WaveformQuantity.Voltage, "magnitude", "V", v => v.Magnitude, AxisScale.Logarithmic),
                    Panel(table, axis, WaveformQuantity.Voltage, "phase", "°", v => v.Phase * 180 / Math.PI, AxisScale.Linear),
                ],
            },
            "noise" => new Figure(name, table.PlotName) { Panels = [Panel(table, axis, null, "density", "V/√Hz", v => v.Real, AxisScale.Logarithmic)] },
            _ => new Figure(name, table.PlotName)
            {
                Panels =
                [
                    .. new[] { (WaveformQuantity.Voltage, "voltage", "V"), (WaveformQuantity.Current, "current", "A") }
                        .Where(q => table.Columns.Skip(1).Any(c => c.Quantity == q.Item1))
                        .Select(q => Panel(table, axis, q.Item1, q.Item2, q.Item3, v => v.Real, AxisScale.Linear)),
                ],
            },
        };
    }

    /// <summary>Whether a noise density is one kind of a device's noise, <c>onoise_r1_thermal</c>, whose sum <c>onoise_r1</c> is there too.</summary>
    private static bool IsPart(WaveformColumn column, WaveformTable table) => table.Columns.Any(c => column.Name.StartsWith(c.Name + "_", StringComparison.Ordinal));

    private static Panel Panel(WaveformTable table, WaveformColumn axis, WaveformQuantity? quantity, string label, string unit, Func<Complex, double> part, AxisScale scale) => new()
    {
        X = Axis.Of(axis.Name, axis.Unit) with { Scale = axis.Quantity == WaveformQuantity.Frequency && axis.Values[0] > 0 ? AxisScale.Logarithmic : AxisScale.Linear },
        Y = Axis.Of(label, unit) with { Scale = scale },
        Series =
        [
            .. table.Columns.Skip(1).Where(c => quantity is null ? !IsPart(c, table) : c.Quantity == quantity).Take(Most).Select(c =>
                new Curve(c.Name, axis.Values, [.. c.Values.Select((v, k) => part(new Complex(v, c.Imaginary?[k] ?? 0)))]).ToSeries() with { Label = c.Name }),
        ],
    };
}

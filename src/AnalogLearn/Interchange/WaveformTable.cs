using System.Collections.Immutable;

namespace AnalogLearn.Interchange;

/// <summary>What the numbers of a column measure.</summary>
public enum WaveformQuantity
{
    /// <summary>Time [s].</summary>
    Time,

    /// <summary>Frequency [Hz].</summary>
    Frequency,

    /// <summary>Voltage [V].</summary>
    Voltage,

    /// <summary>Current [A].</summary>
    Current,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>One column of a table of waveforms.</summary>
/// <param name="Name">Its name, such as <c>time</c> or <c>v(h_3)</c>.</param>
/// <param name="Quantity">What its numbers measure.</param>
/// <param name="Values">Its numbers, or their real parts.</param>
public sealed record WaveformColumn(string Name, WaveformQuantity Quantity, double[] Values)
{
    /// <summary>The imaginary parts, or null when the column is real.</summary>
    public double[]? Imaginary { get; init; }

    /// <summary>The unit of quantities that are none of the named ones: <c>V/Ω</c>; empty when there is none.</summary>
    public string OtherUnit { get; init; } = string.Empty;

    /// <summary>The unit's symbol; empty when there is none.</summary>
    public string Unit => Quantity switch
    {
        WaveformQuantity.Time => "s",
        WaveformQuantity.Frequency => "Hz",
        WaveformQuantity.Voltage => "V",
        WaveformQuantity.Current => "A",
        _ => OtherUnit,
    };
}

/// <summary>The result of one analysis: columns of equal length, the first usually what the others are plotted against.</summary>
/// <param name="PlotName">The analysis as viewers show it, such as <c>Transient Analysis</c>.</param>
/// <param name="Columns">The columns.</param>
public sealed record WaveformTable(string PlotName, ImmutableArray<WaveformColumn> Columns)
{
    /// <summary>Number of points.</summary>
    public int PointCount => Columns.IsDefaultOrEmpty ? 0 : Columns[0].Values.Length;

    /// <summary>Whether any column is complex.</summary>
    public bool IsComplex => Columns.Any(c => c.Imaginary is not null);

    /// <summary>The column of a name in any case, or null.</summary>
    /// <param name="name">The name.</param>
    public WaveformColumn? Column(string name) => Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether all columns, real and imaginary parts, are of one length.</summary>
    internal bool IsRectangular => Columns.All(c => c.Values.Length == PointCount && (c.Imaginary is null || c.Imaginary.Length == PointCount));
}

namespace AnalogLearn.Plots;

/// <summary>How an axis maps numbers to places.</summary>
public enum AxisScale
{
    /// <summary>Proportionally.</summary>
    Linear,

    /// <summary>By the decimal logarithm; numbers that are not positive are left out.</summary>
    Logarithmic,

    /// <summary>By sign(v) log₁₀(1 + |v| / <see cref="Axis.LinearWithin"/>): both signs and zero over many decades.</summary>
    SymmetricLogarithmic,
}

/// <summary>One axis of a panel. The numbers are in the plain SI unit; the prefix (ms, µV, kΩ) is found when drawing.</summary>
/// <param name="Label">What it measures, such as <c>time</c>. <c>_{…}</c> and <c>^{…}</c> set sub- and superscripts.</param>
/// <param name="Unit">Its unit without prefix, such as <c>s</c>, or an empty text.</param>
public sealed record Axis(string Label = "", string Unit = "")
{
    /// <summary>Whether what stands on it has no unit: a count, a ratio, a parameter as the deck writes it. An axis of numbers has a unit or is declared to have none.</summary>
    public bool IsPureNumber { get; init; }

    /// <summary>An axis of something without a unit.</summary>
    /// <param name="label">What stands on it.</param>
    public static Axis Number(string label) => new(label) { IsPureNumber = true };

    /// <summary>An axis of something with a unit, or of a pure number where the unit is empty.</summary>
    /// <param name="label">What stands on it.</param>
    /// <param name="unit">Its unit, or empty.</param>
    public static Axis Of(string label, string unit) => new(label, unit) { IsPureNumber = unit.Length == 0 };

    /// <summary>How numbers map to places.</summary>
    public AxisScale Scale { get; init; }

    /// <summary>Where the axis starts; from the data when null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Where the axis ends; from the data when null.</summary>
    public double? Maximum { get; init; }

    /// <summary>Names of the positions 0, 1, 2, …; when not empty the axis is one of categories.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether numbers grow downwards or leftwards, as the rows of a matrix do.</summary>
    public bool Reversed { get; init; }

    /// <summary>Whether the axis draws nothing at all.</summary>
    public bool Hidden { get; init; }

    /// <summary>Whether a range that is found from data always holds zero.</summary>
    public bool IncludeZero { get; init; }

    /// <summary>Whether ticks stand on whole numbers only (epochs, neurons).</summary>
    public bool WholeNumbers { get; init; }

    /// <summary>Of the symmetric logarithmic scale: below this magnitude it is nearly linear. In the axis's unit; positive.</summary>
    public double LinearWithin { get; init; } = 1;
}

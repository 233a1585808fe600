using System.Collections.Immutable;

namespace AnalogLearn.Studies.Explaining;

/// <summary>A corner: some draws at a number of standard deviations, all others nominal.</summary>
/// <param name="Name">nominal, all+, all−, or the draw that is moved with its sign.</param>
/// <param name="Sigma">How far the draws are moved [σ].</param>
/// <param name="Measures">Its measures.</param>
/// <param name="Status">How its run ended.</param>
/// <param name="Step">The point of the sweep.</param>
public sealed record CornerRecord(string Name, double Sigma, IReadOnlyDictionary<string, double> Measures, string Status, IReadOnlyDictionary<string, double> Step);

/// <summary>What one draw, or all draws of one spread, contribute to the variance of a measure, to first order.</summary>
/// <param name="Name">The draw, or the spread.</param>
/// <param name="Spread">The spread that it belongs to.</param>
/// <param name="Derivative">∂m/∂z: the change for one standard deviation; of a spread the root of the sum of squares.</param>
/// <param name="Share">Its part of the predicted variance.</param>
public sealed record ContributionRecord(string Name, string Spread, double Derivative, double Share);

/// <summary>σ of a measure to first order, √Σ (∂m/∂z)², beside the Monte Carlo's.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Method">adjoint or differences.</param>
/// <param name="Nominal">Its nominal value.</param>
/// <param name="Predicted">Its predicted standard deviation.</param>
/// <param name="Found">That of the chips, or NaN without any.</param>
/// <param name="Low">Lower end of the 95 % interval of that.</param>
/// <param name="High">Upper end.</param>
/// <param name="Mean">The mean of the chips.</param>
/// <param name="Chips">How many chips.</param>
/// <param name="Step">The point of the sweep.</param>
public sealed record PredictionRecord(string Measure, string Method, double Nominal, double Predicted, double Found, double Low, double High, double Mean, int Chips, IReadOnlyDictionary<string, double> Step)
{
    /// <summary>The contributions of spreads, largest first.</summary>
    public ImmutableArray<ContributionRecord> Spreads { get; init; } = [];

    /// <summary>The contributions of single draws, largest first.</summary>
    public ImmutableArray<ContributionRecord> Draws { get; init; } = [];

    /// <summary>Draws that are not in the prediction.</summary>
    public int LeftOut { get; init; }
}

/// <summary>What one non-ideality costs: the same chips with it alone, or without it alone.</summary>
/// <param name="NonIdeality">Its name; none and all for the references.</param>
/// <param name="Way">only, without, or reference.</param>
/// <param name="Measure">The measure; <c>yield</c> for the share of chips that meet the specification.</param>
/// <param name="Mean">Its mean over chips.</param>
/// <param name="Change">only: with it minus without any; without: all minus all but it. Chip by chip.</param>
/// <param name="Low">Lower end of the 95 % interval of the change.</param>
/// <param name="High">Upper end.</param>
/// <param name="Chips">Pairs of chips.</param>
/// <param name="Step">The point of the sweep.</param>
public sealed record AblationRecord(string NonIdeality, string Way, string Measure, double Mean, double Change, double Low, double High, int Chips, IReadOnlyDictionary<string, double> Step);

/// <summary>Sobol's indices of one spread for one measure, with 95 % intervals of the bootstrap.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Spread">The spread.</param>
/// <param name="First">The share of the variance that is its own alone.</param>
/// <param name="FirstLow">Lower end.</param>
/// <param name="FirstHigh">Upper end.</param>
/// <param name="Total">The share with all its interactions.</param>
/// <param name="TotalLow">Lower end.</param>
/// <param name="TotalHigh">Upper end.</param>
/// <param name="Deviation">The measure's standard deviation.</param>
/// <param name="Chips">Pairs of chips.</param>
/// <param name="Step">The point of the sweep.</param>
public sealed record VarianceRecord(
    string Measure, string Spread, double First, double FirstLow, double FirstHigh, double Total, double TotalLow, double TotalHigh, double Deviation, int Chips, IReadOnlyDictionary<string, double> Step);

/// <summary>The yield at one value of the parameter of a tolerance search.</summary>
/// <param name="Value">The value.</param>
/// <param name="Yield">The yield.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record TolerancePoint(double Value, double Yield, double Low, double High);

/// <summary>Where the yield crosses a level as a parameter grows.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Yield">The level.</param>
/// <param name="Value">Where the yield crosses it; NaN when it does not between the ends.</param>
/// <param name="Low">Lower end of the interval: where an end of the yield's own interval crosses it.</param>
/// <param name="High">Upper end.</param>
/// <param name="Chips">Chips at each value.</param>
public sealed record ToleranceRecord(string Parameter, double Yield, double Value, double Low, double High, int Chips)
{
    /// <summary>The values that were tried, in order.</summary>
    public ImmutableArray<TolerancePoint> Points { get; init; } = [];
}

/// <summary>What the studies that explain have found.</summary>
public sealed record ExplanationRecord
{
    /// <summary>Corners.</summary>
    public ImmutableArray<CornerRecord> Corners { get; init; } = [];

    /// <summary>First-order predictions.</summary>
    public ImmutableArray<PredictionRecord> Predictions { get; init; } = [];

    /// <summary>Ablations.</summary>
    public ImmutableArray<AblationRecord> Ablations { get; init; } = [];

    /// <summary>Variance-based indices.</summary>
    public ImmutableArray<VarianceRecord> Variances { get; init; } = [];

    /// <summary>Tolerances.</summary>
    public ImmutableArray<ToleranceRecord> Tolerances { get; init; } = [];

    /// <summary>All of it as tables that people read.</summary>
    public string ToText() => ExplanationTables.Text(this);
}

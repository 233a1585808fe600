using System.Numerics;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>A quantity over the points of an analysis.</summary>
/// <param name="Name">As users call it: <c>v(out)</c>, <c>i(v1)</c>, <c>time</c>.</param>
/// <param name="Unit">V, A, s, Hz …</param>
/// <param name="Values">One value a point; the real part in complex results.</param>
/// <param name="Imaginary">The imaginary part, or null in real results.</param>
public sealed record AnalysisColumn(string Name, string Unit, double[] Values, double[]? Imaginary = null)
{
    /// <summary>A value as a complex number.</summary>
    /// <param name="point">The point, from 0.</param>
    public Complex At(int point) => new(Values[point], Imaginary?[point] ?? 0);
}

/// <summary>What an analysis gives: an axis and quantities over it.</summary>
/// <param name="Analysis">op, dc, ac, tran, noise, tf, sens.</param>
/// <param name="Title">As ngspice calls the plot: <c>Operating Point</c>, <c>Transient Analysis</c> …</param>
/// <param name="Axis">The swept quantity; null for a single point.</param>
/// <param name="Columns">The quantities.</param>
public sealed record AnalysisResult(string Analysis, string Title, AnalysisColumn? Axis, IReadOnlyList<AnalysisColumn> Columns)
{
    /// <summary>How many points.</summary>
    public int PointCount => Axis?.Values.Length ?? (Columns.Count > 0 ? Columns[0].Values.Length : 0);

    /// <summary>A quantity.</summary>
    /// <param name="name">Its name, lower case.</param>
    /// <returns>The column, or null.</returns>
    public AnalysisColumn? Find(string name) => Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>An analysis that could not be finished: what, where, and what to try.</summary>
/// <param name="Message">What happened, in a sentence that names the worst node and its residual.</param>
/// <param name="Fix">What to try next.</param>
public sealed record AnalysisFailure(string Message, string Fix)
{
    /// <summary>The place in the deck that is to blame; where nothing is known, the card of the analysis is told.</summary>
    public SourceSpan Span { get; init; } = SourceSpan.None;
}

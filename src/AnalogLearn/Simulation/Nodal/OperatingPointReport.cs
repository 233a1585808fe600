using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>One thing that was tried on the way to an operating point.</summary>
/// <param name="Method">Its name: Newton's method, gmin stepping …</param>
/// <param name="Iterations">Newton iterations that it took.</param>
/// <param name="Succeeded">Whether it came to its end.</param>
/// <param name="Remark">How far it came, or null.</param>
public sealed record OperatingPointAttempt(string Method, int Iterations, bool Succeeded, string? Remark = null);

/// <summary>How an operating point was found, or why not, and how well Kirchhoff's laws hold at it.</summary>
public sealed record OperatingPointReport
{
    /// <summary>Newton iterations, all attempts together.</summary>
    public required int Iterations { get; init; }

    /// <summary>What was tried, in order; the last one is what succeeded.</summary>
    public required ImmutableArray<OperatingPointAttempt> Attempts { get; init; }

    /// <summary>
    /// Largest residual of an equation against the currents (voltages, for the equations of branches) that add up in it, max_k |f_k| / max(Σ|f|, Σ|J||x|): a few 1e-16 means that the unknowns are right to rounding.
    /// NaN without an operating point.
    /// </summary>
    public double KirchhoffResidual { get; init; } = double.NaN;

    /// <summary>Largest sum of currents that do not cancel at a node [A].</summary>
    public double CurrentResidual { get; init; } = double.NaN;

    /// <summary>The node where that is.</summary>
    public string WorstNode { get; init; } = string.Empty;

    /// <summary>What could not be done, or null.</summary>
    public AnalysisFailure? Failure { get; init; }

    /// <summary>Whether it was stopped from outside.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>Whether there is an operating point.</summary>
    public bool IsConverged => Failure is null && !IsCancelled;

    /// <summary>In a sentence.</summary>
    public override string ToString()
    {
        if (IsCancelled)
            return "stopped";
        if (Failure is not null)
            return Failure.Message;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Iterations} iterations, Kirchhoff's current law to {CurrentResidual:e1} A at {WorstNode} (relative {KirchhoffResidual:e1})");
        if (Attempts.Length > 1)
            text.Append(CultureInfo.InvariantCulture, $"; found by {Attempts[^1].Method} after {string.Join(", ", Attempts.Take(Attempts.Length - 1).Select(a => a.Method))}");
        return text.ToString();
    }
}

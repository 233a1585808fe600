using AnalogLearn.Circuits;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>From when to when a transient goes, and in which steps.</summary>
/// <param name="Step">Step at which results are wanted [s]; steps of integration are not longer.</param>
/// <param name="Stop">End [s].</param>
public sealed record TransientSpan(double Step, double Stop)
{
    /// <summary>Start of what is kept [s].</summary>
    public double Start { get; init; }

    /// <summary>Longest step of integration [s], or null: the smaller one of <see cref="Step"/> and a fiftieth of what is kept, as in ngspice.</summary>
    public double? MaximumStep { get; init; }

    /// <summary>Whether it starts from initial conditions instead of an operating point.</summary>
    public bool UseInitialConditions { get; init; }

    /// <summary>Whether every step but those at corners is the longest, whatever its error: for measurements of order.</summary>
    internal bool FixedStep { get; init; }

    internal double LongestStep => Math.Min(MaximumStep ?? Math.Min(Step, (Stop - Start) / 50), Stop);

    /// <summary>What a card says.</summary>
    /// <param name="card">The card.</param>
    public static TransientSpan From(TransientCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return new(card.Step, card.Stop) { Start = card.Start, MaximumStep = card.MaximumStep, UseInitialConditions = card.UseInitialConditions };
    }
}

/// <summary>Is told of the points of a transient.</summary>
public interface ITransientObserver
{
    /// <summary>A point that the integration stands at.</summary>
    /// <param name="time">The time [s].</param>
    /// <param name="x">The unknowns, and ground; valid during the call.</param>
    void Accept(double time, ReadOnlySpan<double> x);
}

/// <summary>How a transient went.</summary>
public sealed record TransientReport
{
    /// <summary>Accepted steps.</summary>
    public int Points { get; init; }

    /// <summary>Steps that were done again, shorter.</summary>
    public int Rejected { get; init; }

    /// <summary>Newton iterations.</summary>
    public int Iterations { get; init; }

    /// <summary>Factorisations of the Jacobian.</summary>
    public int Factorisations { get; init; }

    /// <summary>Factorisations that had to choose pivots.</summary>
    public int Pivotings { get; init; }

    /// <summary>The operating point that it started from, or null.</summary>
    public OperatingPointReport? OperatingPoint { get; init; }

    /// <summary>What could not be done, or null.</summary>
    public AnalysisFailure? Failure { get; init; }

    /// <summary>Whether it was stopped from outside.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>Whether it came to its end.</summary>
    public bool IsFinished => Failure is null && !IsCancelled;
}

namespace AnalogLearn.Numerics;

/// <summary>How a sparse factorisation ended.</summary>
public enum LuStatus
{
    /// <summary>The factors can be used.</summary>
    Done,

    /// <summary>No pivot could be found: the matrix is singular, by its pattern or to working precision.</summary>
    Singular,

    /// <summary>A pivot of the fixed sequence became too small beside its column: factor afresh.</summary>
    Unstable,
}

/// <summary>How a sparse factorisation ended, and where it stopped.</summary>
/// <param name="Status">How.</param>
/// <param name="Row">Row (equation) of the given matrix where it stopped, or −1.</param>
/// <param name="Column">Column (unknown) of the given matrix where it stopped, or −1.</param>
/// <param name="Structural">Whether the pattern alone makes the matrix singular, whatever its values.</param>
public readonly record struct LuOutcome(LuStatus Status, int Row, int Column, bool Structural)
{
    /// <summary>The factors can be used.</summary>
    public static LuOutcome Done { get; } = new(LuStatus.Done, -1, -1, false);

    /// <summary>Whether the factors can be used.</summary>
    public bool IsDone => Status == LuStatus.Done;
}

namespace AnalogLearn.Numerics;

/// <summary>Tolerances of <see cref="SparseLu{T}"/>.</summary>
public sealed record SparseLuOptions
{
    /// <summary>The diagonal is taken as pivot if it is at least this part of the largest candidate of its column (Davis, KLU: 1e-3).</summary>
    public double PivotThreshold { get; init; } = 1e-3;

    /// <summary>Where elimination makes an entry of a column larger than this times the largest it began with, the block is factored again with larger pivots.</summary>
    public double GrowthLimit { get; init; } = 100;

    /// <summary>
    /// A refactorisation goes on while each pivot is at least this part of the largest entry of its column. Smaller than <see cref="PivotThreshold"/>, so that
    /// pivots chosen at the threshold are not thrown away at the next step.
    /// </summary>
    public double RefactorThreshold { get; init; } = 1e-4;

    /// <summary>A pivot of at most this part of what its column held before elimination is taken for rounding of zero: two units in the last place.</summary>
    public double SingularTolerance { get; init; } = 4.5e-16;
}

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The formula of one step of integration: q̇₁ = OfNew q₁ + OfLast q₀ + OfOlder q₋ + OfRate q̇₀. Backward Euler: 1/h, −1/h, 0, 0; trapezoidal: 2/h, −2/h, 0, −1; Gear 2 and both stages of TR-BDF2
/// likewise.
/// </summary>
/// <param name="Time">Where it leads [s].</param>
/// <param name="OfNew">Factor on the charge there [1/s].</param>
/// <param name="OfLast">Factor on the charge one point before [1/s].</param>
/// <param name="OfOlder">Factor on the charge two points before [1/s].</param>
/// <param name="OfRate">Factor on the charge's derivative one point before.</param>
/// <param name="IsStage">Whether the point is only a stage on the way, such as the middle of TR-BDF2.</param>
internal readonly record struct IntegrationStep(double Time, double OfNew, double OfLast, double OfOlder, double OfRate, bool IsStage = false);

/// <summary>The steps that a transient took and where it stood after each: what its adjoint goes back along. Memory: unknowns × points.</summary>
internal sealed class SensitivityTape
{
    private readonly List<IntegrationStep> _steps = [];
    private readonly List<double[]> _points = [];

    /// <summary>How many points, the start included.</summary>
    public int Count => _points.Count;

    /// <summary>Starts at the operating point.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    public void Start(ReadOnlySpan<double> x)
    {
        _steps.Clear();
        _points.Clear();
        Add(default, x);
    }

    /// <summary>Adds a step.</summary>
    /// <param name="step">Its formula.</param>
    /// <param name="x">Where it led: the unknowns, and ground.</param>
    public void Add(in IntegrationStep step, ReadOnlySpan<double> x)
    {
        _steps.Add(step);
        _points.Add(x.ToArray());
    }

    /// <summary>The formula that led to a point; nothing for the start.</summary>
    /// <param name="point">The point, from 0 for the start.</param>
    public IntegrationStep Step(int point) => _steps[point];

    /// <summary>The unknowns at a point, and ground.</summary>
    /// <param name="point">The point, from 0 for the start.</param>
    public double[] Point(int point) => _points[point];
}

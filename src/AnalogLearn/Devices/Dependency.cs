namespace AnalogLearn.Devices;

/// <summary>
/// A mark instead of a number: which of up to 32 variables a result depends on, and which of them it does not depend on linearly. Running a device's equation on marks
/// gives the pattern of its Jacobian and says whether the device is linear, without anyone writing either down.
/// </summary>
/// <param name="Variables">The variables it depends on, one bit each.</param>
/// <param name="Nonlinear">Those on which the dependence may be other than linear.</param>
public readonly record struct Dependency(uint Variables, uint Nonlinear) : IReal<Dependency>
{
    /// <summary>The mark of a variable.</summary>
    /// <param name="variable">Which, from 0.</param>
    public static Dependency Variable(int variable) => new(1u << variable, 0);

    /// <inheritdoc/>
    public static implicit operator Dependency(double value) => default;

    /// <inheritdoc/>
    public static Dependency operator +(Dependency left, Dependency right) => new(left.Variables | right.Variables, left.Nonlinear | right.Nonlinear);

    /// <inheritdoc/>
    public static Dependency operator -(Dependency left, Dependency right) => left + right;

    /// <inheritdoc/>
    public static Dependency operator *(Dependency left, Dependency right) =>
        left.Variables == 0 ? right : right.Variables == 0 ? left : Bent(left.Variables | right.Variables);

    /// <inheritdoc/>
    public static Dependency operator /(Dependency left, Dependency right) => right.Variables == 0 ? left : Bent(left.Variables | right.Variables);

    /// <inheritdoc/>
    public static Dependency operator +(Dependency left, double right) => left;

    /// <inheritdoc/>
    public static Dependency operator -(Dependency left, double right) => left;

    /// <inheritdoc/>
    public static Dependency operator *(Dependency left, double right) => left;

    /// <inheritdoc/>
    public static Dependency operator -(Dependency value) => value;

    /// <inheritdoc/>
    public static Dependency Exp(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Log(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Sqrt(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Tanh(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Logistic(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Softplus(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Atan(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Sin(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Cos(Dependency x) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency Power(Dependency x, Dependency y) => Bent(x.Variables | y.Variables);

    /// <inheritdoc/>
    public static Dependency Power(Dependency x, double y) => Bent(x.Variables);

    /// <inheritdoc/>
    public static Dependency WhereLess(Dependency a, Dependency b, Dependency whenTrue, Dependency whenFalse) =>
        (a.Variables | b.Variables) == 0
            ? whenTrue + whenFalse
            : Bent(a.Variables | b.Variables | whenTrue.Variables | whenFalse.Variables);

    private static Dependency Bent(uint variables) => new(variables, variables);
}

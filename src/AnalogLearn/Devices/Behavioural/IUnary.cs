using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>A function of one operand, four lanes at a time and each lane alone, with its derivative.</summary>
internal interface IUnary
{
    /// <summary>r = f(x).</summary>
    static abstract Vector256<double> At(Vector256<double> x);

    /// <summary>f′(x); by default 0, of a function that is constant in pieces.</summary>
    static virtual Vector256<double> Slope(Vector256<double> x, Vector256<double> r) => Vector256<double>.Zero;

    /// <summary>The nearest x where f and f′ are finite.</summary>
    static virtual Vector256<double> Guard(Vector256<double> x) => x;
}

/// <summary>A function of two operands with its derivatives.</summary>
internal interface IBinary
{
    /// <summary>r = f(x, y).</summary>
    static abstract Vector256<double> At(Vector256<double> x, Vector256<double> y);

    /// <summary>d · ∂f/∂x.</summary>
    static virtual Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => Vector256<double>.Zero;

    /// <summary>d · ∂f/∂y.</summary>
    static virtual Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => Vector256<double>.Zero;

    /// <summary>The nearest x where f is finite.</summary>
    static virtual Vector256<double> GuardX(Vector256<double> x) => x;

    /// <summary>The nearest y where f is finite.</summary>
    static virtual Vector256<double> GuardY(Vector256<double> y) => y;
}

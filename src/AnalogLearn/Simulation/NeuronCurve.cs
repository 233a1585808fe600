using System.Numerics;
using AnalogLearn.Circuits;

namespace AnalogLearn.Simulation;

/// <summary>ρ and ρ′ of one neuron, by value: the plain form that the fast kernels are held against.</summary>
public static class NeuronCurve
{
    /// <summary>ρ(z) (not for softmax, which needs its whole bank).</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="z">gain · (v + vos − center).</param>
    public static T Value<T>(Activation activation, T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => activation switch
        {
            Activation.Linear => z,
            Activation.Relu => T.Max(T.Zero, z),
            Activation.Logistic => T.One / (T.One + T.Exp(-z)),
            Activation.Tanh => T.Tanh(z),
            Activation.HardSigmoid => T.Clamp(z, T.Zero, T.One),
            Activation.Softplus => T.Max(z, T.Zero) + T.LogP1(T.Exp(-T.Abs(z))),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "This non-linearity needs its whole bank."),
        };

    /// <summary>dρ/dz (not for softmax). At a corner, the slope inside the linear part.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="z">gain · (v + vos − center).</param>
    public static T Slope<T>(Activation activation, T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (activation)
        {
            case Activation.Linear:
                return T.One;
            case Activation.Relu:
                return z > T.Zero ? T.One : T.Zero;
            case Activation.Logistic:
                T y = T.One / (T.One + T.Exp(-z));
                return y * (T.One - y);
            case Activation.Tanh:
                T t = T.Tanh(z);
                return T.One - (t * t);
            case Activation.HardSigmoid:
                return z >= T.Zero && z <= T.One ? T.One : T.Zero;
            case Activation.Softplus:
                return T.One / (T.One + T.Exp(-z));
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "This non-linearity needs its whole bank.");
        }
    }

    /// <summary>z with ρ(z) = a, as far as there is one: values at or beyond the ends of ρ's range give a z close to that end.</summary>
    /// <param name="activation">The non-linearity, not softmax.</param>
    /// <param name="a">The activity.</param>
    public static double Inverse(Activation activation, double a)
    {
        const double edge = 1e-4;
        switch (activation)
        {
            case Activation.Logistic:
                double p = Math.Clamp(a, edge, 1 - edge);
                return Math.Log(p / (1 - p));
            case Activation.Tanh:
                return Math.Atanh(Math.Clamp(a, edge - 1, 1 - edge));
            case Activation.Softplus:
                return Math.Log(Math.Exp(Math.Max(a, edge)) - 1);
            default:
                return a;
        }
    }
}

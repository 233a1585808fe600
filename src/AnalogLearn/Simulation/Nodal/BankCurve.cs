using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// ρ(gain (v + vos − center)) of one neuron bank with its first and second derivatives. Of softmax, p_i = e^{z_i}/Σ e^{z_k}, z = gain (v + vos − center):
///     Dp[u]_i = p_i (U_i − Ū),  D²p[u, w]_i = p_i ((U_i − Ū)(W_i − W̄) − cov(U, W)),  U = gain u, Ū = Σ p U.
/// </summary>
internal sealed class BankCurve
{
    private readonly Activation _activation;
    private readonly double[] _gain;
    private readonly double[] _shift;

    public BankCurve(RateNetwork network, RateBank bank)
    {
        _activation = bank.Description.Activation;
        _gain = network.Gain.AsSpan(bank.Offset, bank.Width).ToArray();
        _shift = new double[bank.Width];
        for (int i = 0; i < _shift.Length; i++)
            _shift[i] = network.Offset[bank.Offset + i] - network.Center[bank.Offset + i];
    }

    /// <summary>Whether each neuron's activity depends on all of the bank.</summary>
    public bool IsCoupled => _activation == Activation.Softmax;

    /// <summary>Gains [1/V].</summary>
    public ReadOnlySpan<double> Gain => _gain;

    /// <summary>a = ρ(v).</summary>
    public void Value(ReadOnlySpan<double> v, Span<double> a)
    {
        if (!IsCoupled)
        {
            CurveKernel.Apply<double>(_activation, v, _gain, _shift, a);
            return;
        }

        double largest = double.NegativeInfinity;
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = _gain[i] * (v[i] + _shift[i]);
            largest = Math.Max(largest, a[i]);
        }

        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = Math.Exp(a[i] - largest);
            sum += a[i];
        }

        for (int i = 0; i < a.Length; i++)
            a[i] /= sum;
    }

    /// <summary>gain ρ′(v); of softmax the values p, which determine its derivatives.</summary>
    /// <param name="v">Where [V].</param>
    /// <param name="a">ρ(v).</param>
    /// <param name="slope">Receives the slopes.</param>
    public void Slope(ReadOnlySpan<double> v, ReadOnlySpan<double> a, Span<double> slope)
    {
        if (IsCoupled)
        {
            a.CopyTo(slope);
            return;
        }

        for (int i = 0; i < slope.Length; i++)
            slope[i] = _gain[i] * NeuronCurve.Slope(_activation, _gain[i] * (v[i] + _shift[i]));
    }

    /// <summary>x ← Dρ x, or Dρᵀ x.</summary>
    /// <param name="slope">Of <see cref="Slope"/>.</param>
    /// <param name="x">The factor; replaced.</param>
    /// <param name="transposed">Whether the transposed derivative is wanted.</param>
    public void Apply(ReadOnlySpan<double> slope, Span<double> x, bool transposed)
    {
        if (!IsCoupled)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] *= slope[i];
            return;
        }

        double mean = 0;
        for (int i = 0; i < x.Length; i++)
            mean += slope[i] * (transposed ? x[i] : _gain[i] * x[i]);
        for (int i = 0; i < x.Length; i++)
            x[i] = transposed ? _gain[i] * slope[i] * (x[i] - mean) : slope[i] * ((_gain[i] * x[i]) - mean);
    }

    /// <summary>The gradient by v of λᵀ Dρ(v) y: Σ_i λ_i D²ρ_i[y, e_k] for each k.</summary>
    /// <param name="v">Where [V].</param>
    /// <param name="a">ρ(v).</param>
    /// <param name="covector">λ.</param>
    /// <param name="direction">y.</param>
    /// <param name="gradient">Receives one number a neuron.</param>
    public void Second(ReadOnlySpan<double> v, ReadOnlySpan<double> a, ReadOnlySpan<double> covector, ReadOnlySpan<double> direction, Span<double> gradient)
    {
        if (!IsCoupled)
        {
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = covector[i] * direction[i] * _gain[i] * _gain[i] * Curvature(a[i], _gain[i] * (v[i] + _shift[i]));
            return;
        }

        double mean = 0;
        double weighted = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            mean += a[i] * _gain[i] * direction[i];
            weighted += a[i] * covector[i];
        }

        double joint = 0;
        for (int i = 0; i < gradient.Length; i++)
            joint += covector[i] * a[i] * ((_gain[i] * direction[i]) - mean);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = _gain[i] * a[i] * (((covector[i] - weighted) * ((_gain[i] * direction[i]) - mean)) - joint);
    }

    private double Curvature(double a, double z)
    {
        switch (_activation)
        {
            case Activation.Logistic:
                return a * (1 - a) * (1 - (2 * a));
            case Activation.Tanh:
                return -2 * a * (1 - (a * a));
            case Activation.Softplus:
                double s = 1 / (1 + Math.Exp(-z));
                return s * (1 - s);
            default:
                return 0;
        }
    }
}

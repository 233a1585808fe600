using System.Collections.Immutable;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogLearn.Learning;

/// <summary>What tells the deep layers of a linear autoencoder of its error.</summary>
public enum ErrorChannel
{
    /// <summary>The output, or the error, goes round the circle again: P^h (Id − P) Σ (P^(h−1))ᵀ.</summary>
    Recirculation,

    /// <summary>Transposed weights carry the error back: (A^L … A^(h+1))ᵀ (Id − P) Σ (P^(h−1))ᵀ.</summary>
    BackPropagation,

    /// <summary>Fixed matrices carry the error to each layer: C^h (Id − P) Σ (P^(h−1))ᵀ.</summary>
    Random,
}

/// <summary>
/// The weights of a linear autoencoder as a vector field: what a learning rule does to them on average, with a small rate. With P^h = A^h … A^1, P = P^L, P^0 = Id and Σ = E(I Iᵀ),
/// dA^h/dt = B^h (Id − P) Σ (P^(h−1))ᵀ for h &lt; L and dA^L/dt = (Id − P) Σ (P^(L−1))ᵀ, where B^h is P^h in recirculation (Baldi and Sadowski 2018, DOI 10.1016/j.neunet.2018.08.006, equations 20 and 35, of which 37, 40
/// and 52 are cases), (A^L … A^(h+1))ᵀ in back-propagation (38), a fixed matrix in random back-propagation (39).
/// When the output goes round n times, Id − P becomes Id − Pⁿ (48). When cycles n and m are compared the rule of every layer, the top one too, is P^h Pⁿ (Id − P^(m−n)) Σ (P^(h−1) Pⁿ)ᵀ (51).
/// </summary>
/// <remarks>The state is A^1, A^2, …, A^L, each row-major. It has no parameters and no input; time is in units of 1/rate.</remarks>
public sealed class WeightFlow : IVectorField<double>
{
    private readonly Matrix<double> _covariance;
    private readonly ImmutableArray<Matrix<double>> _channels;
    private readonly double[] _tau;
    private readonly int[] _start;

    /// <summary>A flow.</summary>
    /// <param name="widths">Neurons of each layer, the input first: L + 1 numbers, of which the last equals the first.</param>
    /// <param name="covariance">Σ, input × input.</param>
    /// <param name="channel">What tells the deep layers.</param>
    /// <param name="channels">Of <see cref="ErrorChannel.Random"/>: C^1 … C^(L−1), layer × input; empty otherwise.</param>
    public WeightFlow(ImmutableArray<int> widths, Matrix<double> covariance, ErrorChannel channel = ErrorChannel.Recirculation, ImmutableArray<Matrix<double>> channels = default)
    {
        ArgumentNullException.ThrowIfNull(covariance);
        ArgumentOutOfRangeException.ThrowIfLessThan(widths.Length, 3, nameof(widths));
        if (widths[0] != widths[^1])
            throw new ArgumentException("An autoencoder has as many outputs as inputs.", nameof(widths));
        if (covariance.RowCount != widths[0] || covariance.ColumnCount != widths[0])
            throw new ArgumentException("The covariance is input × input.", nameof(covariance));
        _channels = channels.IsDefault ? [] : channels;
        if (channel == ErrorChannel.Random && (_channels.Length != widths.Length - 2 || _channels.Where((c, h) => c.RowCount != widths[h + 1] || c.ColumnCount != widths[0]).Any()))
            throw new ArgumentException("Random back-propagation takes a matrix for each layer but the top one, layer × input.", nameof(channels));
        Widths = widths;
        Channel = channel;
        _covariance = covariance;
        _start = new int[widths.Length];
        for (int h = 1; h < widths.Length; h++)
            _start[h] = _start[h - 1] + (widths[h] * widths[h - 1]);
        StateCount = _start[^1];
        _tau = [.. Enumerable.Repeat(1.0, StateCount)];
    }

    /// <summary>Neurons of each layer, the input first.</summary>
    public ImmutableArray<int> Widths { get; }

    /// <summary>What tells the deep layers.</summary>
    public ErrorChannel Channel { get; }

    /// <summary>n: the cycle that is compared with the first one, or m when <see cref="FromCycle"/> is above 0.</summary>
    public int Cycles { get; init; } = 1;

    /// <summary>n of the comparison of cycles n and m; 0 for the first pass.</summary>
    public int FromCycle { get; init; }

    /// <inheritdoc/>
    public int StateCount { get; }

    /// <inheritdoc/>
    public ParameterLayout Parameters { get; } = new([]);

    /// <inheritdoc/>
    public ReadOnlySpan<double> TimeConstants => _tau;

    /// <inheritdoc/>
    public int ExampleCount => 0;

    /// <summary>P = A^L … A^1.</summary>
    /// <param name="state">The weights.</param>
    public Matrix<double> Product(ReadOnlySpan<double> state)
    {
        Matrix<double> product = Weights(state, 1);
        for (int h = 2; h < Widths.Length; h++)
            product = Weights(state, h) * product;
        return product;
    }

    /// <summary>A^h.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="layer">h, from 1.</param>
    public Matrix<double> Weights(ReadOnlySpan<double> state, int layer) =>
        Matrix<double>.Build.DenseOfRowMajor(Widths[layer], Widths[layer - 1], state[_start[layer - 1].._start[layer]].ToArray());

    /// <inheritdoc/>
    public void Evaluate(Batch<double> state, Batch<double> derivative)
    {
        for (int e = 0; e < state.Rows; e++)
            Flow(state.Row(e), [], derivative.Row(e));
    }

    /// <inheritdoc/>
    public void ApplyJacobian(Batch<double> state, Batch<double> direction, Batch<double> result)
    {
        for (int e = 0; e < state.Rows; e++)
            Flow(state.Row(e), direction.Row(e), result.Row(e));
    }

    /// <inheritdoc/>
    public void ApplyTransposedJacobian(Batch<double> state, Batch<double> covector, Batch<double> result)
    {
        var unit = new double[StateCount];
        var column = new double[StateCount];
        for (int e = 0; e < state.Rows; e++)
        {
            for (int k = 0; k < StateCount; k++)
            {
                unit[k] = 1;
                Flow(state.Row(e), unit, column);
                unit[k] = 0;
                double sum = 0;
                for (int i = 0; i < StateCount; i++)
                    sum += covector.Row(e)[i] * column[i];
                result.Row(e)[k] = sum;
            }
        }
    }

    /// <inheritdoc/>
    public void AccumulateParameterGradient(Batch<double> state, Batch<double> covector, ParameterSet<double> into)
    {
        // There are no parameters.
    }

    /// <summary>The flow, or its derivative along a direction of weights.</summary>
    private void Flow(ReadOnlySpan<double> state, ReadOnlySpan<double> direction, Span<double> result)
    {
        int layers = Widths.Length - 1;
        bool differentiate = !direction.IsEmpty;
        var weights = new Varying[layers + 1];
        var products = new Varying[layers + 1];
        Matrix<double> identity = Matrix<double>.Build.DenseIdentity(Widths[0]);
        products[0] = new Varying(identity, null);
        for (int h = 1; h <= layers; h++)
        {
            weights[h] = new Varying(Weights(state, h), differentiate ? Weights(direction, h) : null);
            products[h] = weights[h] * products[h - 1];
        }

        Varying before = products[layers].Power(FromCycle, identity);
        Varying change = new Varying(identity, null) - products[layers].Power(Cycles - FromCycle, identity);
        Varying error = FromCycle == 0 ? change : before * change;
        error *= new Varying(_covariance, null);
        var back = new Varying(identity, null);
        for (int h = layers; h >= 1; h--)
        {
            Varying told = Channel switch
            {
                ErrorChannel.BackPropagation => back * error,
                _ when h == layers && FromCycle == 0 => error,
                ErrorChannel.Random => new Varying(_channels[h - 1], null) * error,
                _ => products[h] * error,
            };
            back = weights[h].Transposed() * back;
            Varying seen = FromCycle == 0 ? products[h - 1] : products[h - 1] * before;
            Varying own = told * seen.Transposed();
            (differentiate ? own.Derivative ?? Matrix<double>.Build.Dense(own.Value.RowCount, own.Value.ColumnCount) : own.Value).ToRowMajorArray().CopyTo(result[_start[h - 1]..]);
        }
    }

    /// <summary>A matrix and, where one is asked for, its derivative along a direction.</summary>
    private readonly record struct Varying(Matrix<double> Value, Matrix<double>? Derivative)
    {
        public static Varying operator *(Varying a, Varying b)
        {
            Matrix<double>? left = a.Derivative is null ? null : a.Derivative * b.Value;
            Matrix<double>? right = b.Derivative is null ? null : a.Value * b.Derivative;
            return new Varying(a.Value * b.Value, left is null ? right : right is null ? left : left + right);
        }

        public static Varying operator -(Varying a, Varying b) => new(a.Value - b.Value, b.Derivative is null ? a.Derivative : a.Derivative is null ? -b.Derivative : a.Derivative - b.Derivative);

        public Varying Transposed() => new(Value.Transpose(), Derivative?.Transpose());

        public Varying Power(int exponent, Matrix<double> identity)
        {
            var power = new Varying(identity, null);
            for (int k = 0; k < exponent; k++)
                power *= this;
            return power;
        }
    }
}

using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// What integrators drive: ds/dt = μ(θ, x(t), s)/τ, no faster than the slew rates, kept between the rails, with noise b dW where states have it. The inputs follow time by a callback that
/// sets them before the field is looked at.
/// </summary>
/// <remarks>One object for one run at a time.</remarks>
public sealed class Dynamics
{
    private readonly double[] _inverseTau;
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly bool _hasRails;
    private readonly double[]? _slew;
    private double _inputTime = double.NaN;
    private double _earliest = double.NegativeInfinity;
    private double _latest = double.PositiveInfinity;

    /// <summary>The dynamics of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="sources">Sets the field's inputs for a time [s], or null when they stand still.</param>
    /// <param name="noise">b of each state [V/√s], or null without noise (<see cref="NeuronNoiseAmplitudes"/>).</param>
    /// <param name="corners">Where each state's noise has its 1/f corner [Hz], or null without flicker noise (<see cref="FlickerNoise"/>).</param>
    public Dynamics(IVectorField<double> field, Action<double>? sources = null, double[]? noise = null, double[]? corners = null)
    {
        FlickerCorners = corners;
        Field = field;
        Sources = sources;
        Noise = noise;
        int n = field.StateCount;
        _inverseTau = new double[n];
        for (int i = 0; i < n; i++)
            _inverseTau[i] = 1 / field.TimeConstants[i];
        _low = new double[n];
        _high = new double[n];
        if (field is IStateDescription description)
        {
            description.LowerRails.CopyTo(_low);
            description.UpperRails.CopyTo(_high);
            if (description.SlewRates.ContainsAnyExcept(double.PositiveInfinity))
                _slew = description.SlewRates.ToArray();
        }
        else
        {
            _low.AsSpan().Fill(double.NegativeInfinity);
            _high.AsSpan().Fill(double.PositiveInfinity);
        }

        _hasRails = _low.Any(double.IsFinite) || _high.Any(double.IsFinite);
    }

    /// <summary>The field.</summary>
    public IVectorField<double> Field { get; }

    /// <summary>Sets the field's inputs for a time [s], or null.</summary>
    public Action<double>? Sources { get; }

    /// <summary>b of each state [V/√s], or null.</summary>
    public double[]? Noise { get; }

    /// <summary>Corner of each state's flicker noise [Hz], or null.</summary>
    public double[]? FlickerCorners { get; }

    /// <summary>How often the field was evaluated.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Number of states.</summary>
    public int StateCount => _inverseTau.Length;

    /// <summary>1/τ of each state [1/s].</summary>
    public ReadOnlySpan<double> InverseTau => _inverseTau;

    /// <summary>Lower rails [V].</summary>
    public ReadOnlySpan<double> Low => _low;

    /// <summary>Upper rails [V].</summary>
    public ReadOnlySpan<double> High => _high;

    /// <summary>The name of a state's node, or its number.</summary>
    /// <param name="state">The state's place.</param>
    public string StateName(int state) => Field is IStateDescription d ? d.StateName(state) : state.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Keeps the sources between two times at which they jump: at the first they show what comes after the jump, at the second what comes before it.
    /// </summary>
    /// <param name="after">The last jump [s], or −∞.</param>
    /// <param name="before">The next jump [s], or +∞.</param>
    public void Between(double after, double before)
    {
        _earliest = double.IsInfinity(after) ? after : Math.BitIncrement(after);
        _latest = double.IsInfinity(before) ? before : Math.BitDecrement(before);
    }

    /// <summary>μ at a time [V].</summary>
    /// <param name="time">The time [s].</param>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="mu">Receives μ.</param>
    public void Drive(double time, Batch<double> state, Batch<double> mu)
    {
        time = Math.Clamp(time, _earliest, _latest);
        if (Sources is not null && time != _inputTime)
        {
            Sources(time);
            _inputTime = time;
        }

        Field.Evaluate(state, mu);
        Evaluations++;
    }

    /// <summary>ds/dt at a time [V/s].</summary>
    /// <param name="time">The time [s].</param>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="slope">Receives ds/dt.</param>
    public void Slope(double time, Batch<double> state, Batch<double> slope)
    {
        Drive(time, state, slope);
        for (int e = 0; e < slope.Rows; e++)
        {
            Span<double> row = slope.Row(e);
            for (int i = 0; i < row.Length; i++)
                row[i] *= _inverseTau[i];
            if (_slew is not null)
                Limit(row, 1);
        }
    }

    /// <summary>Cuts what states move by in some time at what their slew rates let through.</summary>
    /// <param name="moves">The moves of one example [V], in place.</param>
    /// <param name="time">The time [s].</param>
    public void Limit(Span<double> moves, double time)
    {
        for (int i = 0; i < moves.Length && _slew is not null; i++)
            moves[i] = Math.Clamp(moves[i], -_slew[i] * time, _slew[i] * time);
    }

    /// <summary>Puts states that went past a rail back on it.</summary>
    /// <param name="state">s, examples × states [V].</param>
    /// <returns>Whether there were any.</returns>
    public bool Clip(Batch<double> state)
    {
        if (!_hasRails)
            return false;
        bool any = false;
        for (int e = 0; e < state.Rows; e++)
        {
            Span<double> row = state.Row(e);
            for (int i = 0; i < row.Length; i++)
            {
                if (row[i] < _low[i])
                {
                    row[i] = _low[i];
                    any = true;
                }
                else if (row[i] > _high[i])
                {
                    row[i] = _high[i];
                    any = true;
                }
            }
        }

        return any;
    }

    /// <summary>The largest |clip(s + μ) − s| of one example, and which state has it; a NaN counts as the largest.</summary>
    /// <param name="state">The example's states [V].</param>
    /// <param name="mu">μ there [V].</param>
    public (double Residual, int State) Residual(ReadOnlySpan<double> state, ReadOnlySpan<double> mu)
    {
        double largest = 0;
        int worst = 0;
        for (int i = 0; i < state.Length; i++)
        {
            double r = Math.Abs(Math.Clamp(state[i] + mu[i], _low[i], _high[i]) - state[i]);
            if (r > largest || double.IsNaN(r))
            {
                largest = r;
                worst = i;
                if (double.IsNaN(r))
                    break;
            }
        }

        return (largest, worst);
    }
}

using System.Collections.Concurrent;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Learning;

/// <summary>Settings of <see cref="CircuitEquilibriumPropagation"/>.</summary>
public sealed record CircuitEquilibriumPropagationOptions
{
    /// <summary>β, the strength of the nudge: a current β ∂C/∂v out of each output. For the quadratic cost in volts a conductance [S].</summary>
    public double Beta { get; init; } = 1e-6;

    /// <summary>Compare +β with −β instead of with the free equilibrium: the error falls as β² instead of β.</summary>
    public bool Centred { get; init; }

    /// <summary>Draw the sign of β for each batch (one-sided only).</summary>
    public bool RandomSign { get; init; }

    /// <summary>The local rule.</summary>
    public IConductanceRule Rule { get; init; } = new ProductRule();
}

/// <summary>
/// Equilibrium propagation in a circuit (Scellier et al. 2018; Kendall et al. 2020): the equilibrium, then that with nudging currents at the outputs; each conductance changes by the voltages
/// across it alone, ΔG = (∂μ/∂G)ᵀ (x^β − x⁰)/β. As β → 0 it is minus the gradient where the Jacobian is symmetric: resistors, diodes, any two-terminal device.
/// </summary>
/// <remarks>
/// A bidirectional amplifier (v_out = A v_in, i_in = i_out/B) makes the Jacobian D⁻¹ times a symmetric one, with D = A B at each node of its input side, multiplied along the way to the
/// outputs: a layer's change is then minus its gradient divided by its D, so its direction is exact and its size a matter of the layer's rate. With B = A (Kendall et al.) D is A²; with
/// B = 1/A, an ideal transformer, 1. An amplifier that works one way gives nothing back, and what is before it learns nothing.
/// </remarks>
/// <param name="circuit">The circuit.</param>
/// <param name="options">Phases and rule.</param>
public sealed class CircuitEquilibriumPropagation(LearningCircuit circuit, CircuitEquilibriumPropagationOptions options) : ILearner<double>
{
    private readonly BatchOutcome _outcome = new();
    private readonly ConcurrentBag<NodalNudge> _nudges = [];
    private Batch<double> _plus = new(0, 0);
    private Batch<double> _minus = new(0, 0);
    private bool[] _lost = [];
    private int[] _freeSteps = [];
    private int[] _nudgedSteps = [];
    private double[] _residuals = [];

    /// <inheritdoc/>
    public string Name => "eqprop";

    /// <summary>Phases and rule.</summary>
    public CircuitEquilibriumPropagationOptions Options { get; } = options;

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<double> state, Batch<double> targets, BatchPlace place, ParameterSet<double> direction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(direction);
        MakeRoom(state);
        double beta = Options.Beta;
        if (Options.RandomSign && !Options.Centred && place.DrawsNegative("beta-sign"))
            beta = -beta;
        if (circuit.Equations.Theta.Devices is { IsReading: true })
        {
            // Each phase has its own reading of the devices.
            circuit.Equations.ReadDevices();
            circuit.ForEach(state.Rows, (work, e) => Free(work, e, state, cancellation));
            circuit.Equations.ReadDevices();
            circuit.ForEach(state.Rows, (work, e) => Nudged(work, e, state, _plus, targets, beta, cancellation));
            if (Options.Centred)
            {
                circuit.Equations.ReadDevices();
                circuit.ForEach(state.Rows, (work, e) => Nudged(work, e, state, _minus, targets, -beta, cancellation));
            }
        }
        else
        {
            circuit.ForEach(state.Rows, (work, e) =>
            {
                Free(work, e, state, cancellation);
                Nudged(work, e, state, _plus, targets, beta, cancellation);
                if (Options.Centred)
                    Nudged(work, e, state, _minus, targets, -beta, cancellation);
            });
        }

        Batch<double> free = circuit.Sampled(state, "free", place);
        Batch<double> plus = circuit.Sampled(_plus, "nudged", place);
        Batch<double> from = Options.Centred ? circuit.Sampled(_minus, "nudged back", place) : free;
        Score(free, targets);
        int used = state.Rows - _outcome.Unsettled;
        direction.Clear();
        if (used > 0)
            Compare(free, from, plus, 1 / ((Options.Centred ? 2 : 1) * beta * used), direction);
        return _outcome;
    }

    private void Free(NodalWorkspace work, int e, Batch<double> state, CancellationToken cancellation)
    {
        _lost[e] = !work.Settle(e, state.Row(e), null, cancellation);
        _freeSteps[e] = work.Iterations;
        _nudgedSteps[e] = 0;
        _residuals[e] = work.Residual(e, state.Row(e));
    }

    private void Nudged(NodalWorkspace work, int e, Batch<double> free, Batch<double> state, Batch<double> targets, double beta, CancellationToken cancellation)
    {
        if (_lost[e])
            return;
        if (!_nudges.TryTake(out NodalNudge? nudge))
            nudge = new NodalNudge(circuit.Equations.Circuit, circuit.Readout);
        targets.Row(e).CopyTo(nudge.Target);
        free.Row(e).CopyTo(state.Row(e));
        nudge.Beta = beta;
        _lost[e] = !work.Settle(e, state.Row(e), nudge, cancellation);
        _nudgedSteps[e] += work.Iterations;
        _nudges.Add(nudge);
    }

    private void MakeRoom(Batch<double> state)
    {
        if (_plus.Rows == state.Rows)
            return;
        _plus = new Batch<double>(state.Rows, state.Width);
        _minus = new Batch<double>(Options.Centred ? state.Rows : 0, state.Width);
        _lost = new bool[state.Rows];
        _freeSteps = new int[state.Rows];
        _nudgedSteps = new int[state.Rows];
        _residuals = new double[state.Rows];
    }

    private void Score(Batch<double> state, Batch<double> targets)
    {
        Scoring.Score(circuit, state, targets, _outcome);
        _outcome.FreeResidual = _residuals.Max();
        _outcome.FreeSteps = _freeSteps.Average();
        _outcome.NudgedSteps = _nudgedSteps.Average();
        _outcome.Unsettled = _lost.Count(l => l);
    }

    /// <summary>Weights and biases: (∂μ/∂W)ᵀ Δx, as of the rate engine's ρ(s_j) Δs_i.</summary>
    private void AddSynapses(Batch<double> state, Batch<double> from, Batch<double> to, double scale, ParameterSet<double> direction)
    {
        if (direction.Blocks.Length == circuit.Equations.Blocks.Length)
            return;
        double[] moved = new double[state.Width];
        for (int e = 0; e < state.Rows; e++)
        {
            if (_lost[e])
                continue;
            for (int k = 0; k < moved.Length; k++)
                moved[k] = scale * (to[e, k] - from[e, k]);
            circuit.Equations.AddWeightGradient(state.Row(e), moved, direction);
        }
    }

    /// <summary>The same for elements that are more than a conductance, by what their own terminals see.</summary>
    private void CompareElements(int block, Batch<double> state, Batch<double> from, Batch<double> to, double scale, double[] into)
    {
        NodalField field = circuit.Equations;
        LearningBlock of = field.Blocks[block];
        int n = state.Width;
        int terminals = of.Terminals;
        double[] free = new double[n + 1];
        double[] begin = new double[n + 1];
        double[] end = new double[n + 1];
        Span<double> room = new double[5 * terminals];
        var signals = new TerminalSignals
        {
            FreeSlopes = room[..terminals],
            From = room.Slice(terminals, terminals),
            FromSlopes = room.Slice(2 * terminals, terminals),
            To = room.Slice(3 * terminals, terminals),
            ToSlopes = room[(4 * terminals)..],
        };
        field.HoldCircuit();
        for (int e = 0; e < state.Rows; e++)
        {
            if (_lost[e])
                continue;
            state.Row(e).CopyTo(free);
            from.Row(e).CopyTo(begin);
            to.Row(e).CopyTo(end);
            for (int k = 0; k < into.Length; k++)
            {
                field.Slopes(of, k, free, room[..terminals]);
                of.Voltages(k, begin, room.Slice(terminals, terminals));
                of.Voltages(k, end, room.Slice(3 * terminals, terminals));
                if (Options.Rule.NeedsLinearity)
                {
                    field.Slopes(of, k, begin, room.Slice(2 * terminals, terminals));
                    field.Slopes(of, k, end, room[(4 * terminals)..]);
                }

                into[k] += scale * Options.Rule.Change(signals);
            }
        }
    }

    /// <summary>Sums over the examples in their order, conductance by conductance.</summary>
    private void Compare(Batch<double> state, Batch<double> from, Batch<double> to, double scale, ParameterSet<double> direction)
    {
        AddSynapses(state, from, to, scale, direction);
        for (int b = 0; b < circuit.Equations.Blocks.Length; b++)
        {
            if (!circuit.Equations.Blocks[b].IsConductance)
            {
                CompareElements(b, state, from, to, scale, direction.Blocks[b]);
                continue;
            }

            ParameterBlock shape = direction.Layout.Blocks[b];
            int columns = shape.Columns;
            double[] into = direction.Blocks[b];
            double[] room = new double[4 * columns];
            Span<double> free = room.AsSpan(0, columns);
            Span<double> begin = room.AsSpan(columns, columns);
            Span<double> end = room.AsSpan(2 * columns, columns);
            Span<double> change = room.AsSpan(3 * columns, columns);
            for (int row = 0; row < shape.Rows; row++)
            {
                Span<double> sums = into.AsSpan(row * columns, columns);
                for (int e = 0; e < state.Rows; e++)
                {
                    if (_lost[e])
                        continue;
                    circuit.Equations.Across(b, row, state.Row(e), free);
                    circuit.Equations.Across(b, row, from.Row(e), begin);
                    circuit.Equations.Across(b, row, to.Row(e), end);
                    Options.Rule.Change(free, begin, end, change);
                    for (int k = 0; k < columns; k++)
                        sums[k] += change[k];
                }

                ReadOnlySpan<double> gains = circuit.Equations.Gains(b, row);
                for (int k = 0; k < columns; k++)
                    sums[k] *= scale * gains[k];
            }
        }
    }
}

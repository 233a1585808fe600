using System.Collections.Immutable;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Gradients;

/// <summary>The cost C of one example at a state.</summary>
/// <param name="example">The example's row.</param>
/// <param name="state">Its states [V].</param>
public delegate double StateCost(int example, ReadOnlySpan<double> state);

/// <summary>∂C/∂s of one example.</summary>
/// <param name="example">The example's row.</param>
/// <param name="state">Its states [V].</param>
/// <param name="gradient">Receives the gradient, one a state.</param>
public delegate void StateCostGradient(int example, ReadOnlySpan<double> state, Span<double> gradient);

/// <summary>Puts a state back between its rails.</summary>
/// <param name="state">The states of one example [V].</param>
public delegate void StateLimit(Span<double> state);

/// <summary>
/// What an exact gradient is taken of: J(θ) = mean over examples of C(s*(θ)), with 0 = μ(θ, x, s*) (Scellier et al., eqs. 4 to 6). It knows the field by its
/// products alone, so it serves a rate network and a transistor circuit alike.
/// </summary>
public sealed class FixedPointProblem
{
    /// <summary>A problem whose states are at the fixed points, or are yet to be brought there by <see cref="Polish"/>.</summary>
    /// <param name="field">The field, its inputs clamped to the examples.</param>
    /// <param name="state">s, examples × states [V]; kept, not copied.</param>
    /// <param name="cost">C of an example.</param>
    /// <param name="costGradient">∂C/∂s of an example.</param>
    public FixedPointProblem(IParametrizedField<double> field, Batch<double> state, StateCost cost, StateCostGradient costGradient)
    {
        Field = field;
        State = state;
        Cost = cost;
        CostGradient = costGradient;
        Residuals = new double[state.Rows];
        Measure();
    }

    /// <summary>The field.</summary>
    public IParametrizedField<double> Field { get; }

    /// <summary>s, examples × states [V].</summary>
    public Batch<double> State { get; }

    /// <summary>C of an example.</summary>
    public StateCost Cost { get; }

    /// <summary>∂C/∂s of an example.</summary>
    public StateCostGradient CostGradient { get; }

    /// <summary>Puts states back between their rails, or null when there are none.</summary>
    public StateLimit? Limit { get; init; }

    /// <summary>Which parameters exist, block by block (a masked synapse does not); an empty entry, or an empty list, means all.</summary>
    public ImmutableArray<ImmutableArray<bool>> Exists { get; init; } = [];

    /// <summary>
    /// Largest |μ| at which an example counts as settled [V]. The gradient's relative error is of the order of the residual, so this keeps it below
    /// what a comparison with a rule can see.
    /// </summary>
    public double SettledTolerance { get; init; } = 1e-9;

    /// <summary>Magnitude below which parameters count as small, block by block: 1 for weights, and where nothing is said; part of a typical conductance for conductances [S].</summary>
    public ImmutableArray<double> ParameterScales { get; init; } = [];

    /// <summary>What residuals are small against: 1 V for a network, a typical current for a circuit [A].</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>Threads; results do not depend on it.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Largest |μ| of each example [V].</summary>
    public double[] Residuals { get; }

    /// <summary>Number of examples.</summary>
    public int ExampleCount => State.Rows;

    /// <summary>A problem on a rate network.</summary>
    /// <param name="field">The field, its inputs clamped to the examples and no force on it.</param>
    /// <param name="readout">The outputs and the cost.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="state">s, examples × states [V]; kept, not copied.</param>
    /// <param name="settledTolerance">Largest |μ| at which an example counts as settled [V].</param>
    public static FixedPointProblem Of(RateField<double> field, Readout readout, Batch<double> targets, Batch<double> state, double settledTolerance = 1e-9) =>
        new(
            field,
            state,
            (example, s) =>
            {
                double[] output = new double[readout.Count];
                readout.Read<double>(field, s, output);
                return readout.Cost.Value<double>(output, targets.Row(example));
            },
            (example, s, gradient) => readout.StateGradient(field, s, targets.Row(example), gradient))
        {
            SettledTolerance = settledTolerance,
            Exists = MasksOf(field.Network),
            Limit = s =>
            {
                for (int i = 0; i < s.Length; i++)
                    s[i] = Math.Min(Math.Max(s[i], field.Network.ClipLow[i]), field.Network.ClipHigh[i]);
            },
        };

    /// <summary>A problem on a circuit: the mean cost over the clamped examples at their equilibria.</summary>
    /// <param name="circuit">The circuit, its inputs clamped to the examples.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="state">The equilibria, examples × unknowns; kept, not copied.</param>
    public static FixedPointProblem Of(LearningCircuit circuit, Batch<double> targets, Batch<double> state)
    {
        NodalField equations = circuit.Equations;
        NodalReadout readout = circuit.Readout;
        double conductance = equations.TypicalConductance;
        return new(
            equations,
            state,
            (example, x) =>
            {
                double[] output = new double[readout.Count];
                readout.Read(x, output);
                return readout.Cost.Value<double>(output, targets.Row(example));
            },
            (example, x, gradient) => readout.StateGradient(x, targets.Row(example), gradient))
        {
            // A residual moves voltages by its ratio to a conductance: a billionth of a volt.
            SettledTolerance = 1e-9 * conductance,
            ParameterScales = [.. equations.Theta.Blocks.Select((_, b) => b >= equations.Blocks.Length ? 1 : equations.Blocks[b].IsInSiemens ? 1e-3 * conductance : 1e-2 * (equations.Blocks[b].High - equations.Blocks[b].Low))],
            ResidualScale = conductance,
        };
    }

    /// <summary>Which parameters of a rate network exist, block by block; an empty entry means all.</summary>
    /// <param name="network">The network.</param>
    public static ImmutableArray<ImmutableArray<bool>> MasksOf(RateNetwork network)
    {
        var masks = new ImmutableArray<bool>[network.Layout.Blocks.Length];
        Array.Fill(masks, []);
        foreach (RateConnection c in network.Connections.Where(c => !c.IsTied && !c.Description.Mask.IsDefaultOrEmpty))
            masks[c.Block] = c.Description.Mask;
        return [.. masks];
    }

    /// <summary>Whether a parameter exists.</summary>
    /// <param name="block">The block's place in the layout.</param>
    /// <param name="index">The parameter's place in the block.</param>
    public bool HasParameter(int block, int index) => Exists.IsDefaultOrEmpty || Exists[block].IsDefaultOrEmpty || Exists[block][index];

    /// <summary>Whether an example is settled.</summary>
    /// <param name="example">The example's row.</param>
    public bool IsSettled(int example) => Residuals[example] <= SettledTolerance;

    /// <summary>∂C/∂s of all examples.</summary>
    /// <returns>Examples × states.</returns>
    public Batch<double> CostGradients()
    {
        var all = new Batch<double>(State.Rows, State.Width);
        for (int e = 0; e < State.Rows; e++)
            CostGradient(e, State.Row(e), all.Row(e));
        return all;
    }

    /// <summary>
    /// Brings every example to its fixed point by Newton's method, s ← s − J⁻¹μ, halving steps that make |μ| larger. Meant for states that have nearly
    /// settled: from far off, Newton's method may find another fixed point than the dynamics would, an unstable one included.
    /// </summary>
    /// <param name="wanted">Which examples to move, or null for all.</param>
    /// <param name="tolerance">Largest |μ| to aim for [V]. The best state seen is kept when rounding stops the iteration above it.</param>
    /// <param name="iterations">Most steps.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The largest residual over the examples [V].</returns>
    public double Polish(Func<int, bool>? wanted = null, double tolerance = 1e-14, int iterations = 30, CancellationToken cancellation = default)
    {
        int n = Field.StateCount;
        var mu = new Batch<double>(State.Rows, n);
        var best = State.Clone();
        Field.Evaluate(State, mu);
        Residuals.AsSpan().Fill(double.PositiveInfinity);
        var damping = new double[State.Rows];
        var active = new bool[State.Rows];
        damping.AsSpan().Fill(1);
        active.AsSpan().Fill(true);
        Accept();
        for (int e = 0; e < active.Length; e++)
            active[e] &= wanted is null || wanted(e);
        for (int k = 0; k < iterations && Array.Exists(active, a => a); k++)
        {
            JacobianSolves.ForEach(Field, best, e => active[e], ThreadCount, (e, jacobian) =>
            {
                Span<double> target = State.Row(e);
                best.Row(e).CopyTo(target);
                double[] step = new double[n];
                if (jacobian.Solve(mu.Row(e), step) == 0)
                {
                    active[e] = false;
                    return;
                }

                for (int i = 0; i < n; i++)
                    target[i] -= damping[e] * step[i];
                Limit?.Invoke(target);
            }, cancellation);
            Field.Evaluate(State, mu);
            Accept();
            Field.Evaluate(best, mu);
        }

        State.CopyFrom(best);
        return Residuals.Length == 0 ? 0 : Residuals.Max();

        // Keeps what is better; an example stops when it is good enough or when even a thousandth of a step makes it no better.
        void Accept()
        {
            for (int e = 0; e < State.Rows; e++)
            {
                if (!active[e])
                    continue;
                double residual = Largest(mu.Row(e));
                if (residual < Residuals[e])
                {
                    Residuals[e] = residual;
                    State.Row(e).CopyTo(best.Row(e));
                    damping[e] = Math.Min(1, 4 * damping[e]);
                    active[e] = residual > tolerance * ResidualScale;
                }
                else
                {
                    damping[e] /= 4;
                    active[e] = damping[e] > 1e-3 && Residuals[e] > 1e-13 * ResidualScale;
                }
            }
        }
    }

    /// <summary>Measures the residuals of the states as they are.</summary>
    public void Measure()
    {
        var mu = new Batch<double>(State.Rows, State.Width);
        Field.Evaluate(State, mu);
        for (int e = 0; e < State.Rows; e++)
            Residuals[e] = Largest(mu.Row(e));
    }

    /// <summary>The largest magnitude, NaN when any number is.</summary>
    internal static double Largest(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double v in values)
            largest = Math.Max(largest, Math.Abs(v));
        return largest;
    }
}

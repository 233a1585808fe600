using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Learning;

/// <summary>A circuit that learns.</summary>
/// <param name="equations">Its equations.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="threads">Threads over examples; 0 for all. Results do not depend on it.</param>
public sealed class LearningCircuit(NodalField equations, NodalReadout readout, int threads = 0) : ILearningSystem<double>
{
    private readonly StateSampler<double>? _sampler = equations.Circuit.Network is { } network && new StateSampler<double>(network) is { IsPlain: false } sampler ? sampler : null;
    private readonly int[] _neurons = equations.Circuit.Network is { } neurons
        ? [.. neurons.Banks.SelectMany(b => Enumerable.Range(0, b.Width).Select(k => equations.Circuit.NodeUnknown(b.Description.Bus.NodeName(k))))]
        : [];

    /// <summary>Its equations.</summary>
    public NodalField Equations => equations;

    /// <summary>The outputs and their cost.</summary>
    public NodalReadout Readout => readout;

    /// <inheritdoc/>
    public IParametrizedField<double> Field => equations;

    /// <inheritdoc/>
    public int InputCount => equations.InputCount;

    /// <inheritdoc/>
    public int OutputCount => readout.Count;

    /// <inheritdoc/>
    public Cost Cost => readout.Cost;

    /// <inheritdoc/>
    public void Clamp(Batch<double> inputs) => equations.SetInputs(inputs);

    /// <inheritdoc/>
    public void RestingState(Span<double> state) => equations.RestingState(state);

    /// <inheritdoc/>
    public SettleTotals Settle(Batch<double> state, SettleOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        equations.ReadDevices();
        var residuals = new double[state.Rows];
        var steps = new int[state.Rows];
        var lost = new bool[state.Rows];
        ForEach(state.Rows, (work, e) =>
        {
            lost[e] = !work.Settle(e, state.Row(e), null, cancellation);
            steps[e] = work.Iterations;
            residuals[e] = work.Residual(e, state.Row(e));
        });
        return new(residuals.DefaultIfEmpty(0).Max(), steps.Sum(s => (long)s), lost.Count(l => l));
    }

    /// <inheritdoc/>
    /// <remarks>Neurons are read as those of a network are (<see cref="StateSampler{T}"/>); other nodes as they stand.</remarks>
    public void Sample(Batch<double> state, string phase, BatchPlace place)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (_sampler is null)
            return;
        var voltages = new Batch<double>(state.Rows, _neurons.Length);
        for (int e = 0; e < state.Rows; e++)
        {
            for (int k = 0; k < _neurons.Length; k++)
                voltages[e, k] = state[e, _neurons[k]];
        }

        _sampler.ReadInPlace(voltages, phase, place);
        for (int e = 0; e < state.Rows; e++)
        {
            for (int k = 0; k < _neurons.Length; k++)
                state[e, _neurons[k]] = voltages[e, k];
        }
    }

    /// <summary>What is read of a batch of states; the states themselves where reading is perfect.</summary>
    internal Batch<double> Sampled(Batch<double> state, string phase, BatchPlace place)
    {
        if (_sampler is null)
            return state;
        Batch<double> read = state.Clone();
        Sample(read, phase, place);
        return read;
    }

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<double> state, Span<double> output) => readout.Read(state, output);

    /// <summary>Solves examples on several threads, each with a workspace of its own.</summary>
    internal void ForEach(int examples, Action<NodalWorkspace, int> solve)
    {
        int workers = Math.Min(examples, WorkerPool.Shared.Limit(threads));
        WorkerPool.Shared.Run(new Job(equations, examples, solve), workers);
    }

    private sealed class Job(NodalField field, int examples, Action<NodalWorkspace, int> solve) : IParallelJob
    {
        private int _next = -1;

        public void Execute(int worker, int workers)
        {
            NodalWorkspace work = field.Rent();
            for (int e = Interlocked.Increment(ref _next); e < examples; e = Interlocked.Increment(ref _next))
                solve(work, e);
            field.Return(work);
        }
    }
}

using System.Globalization;
using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Settings of <see cref="StdpLearner{T}"/>.</summary>
public sealed record StdpOptions
{
    /// <summary>β, the strength of the nudge.</summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>Draw the sign of β for each batch.</summary>
    public bool RandomSign { get; init; }

    /// <summary>How the free phase settles.</summary>
    public SettleOptions Free { get; init; } = new() { MaximumSteps = 60 };

    /// <summary>How the nudged phase runs; its step is also the step of the integration of the weights.</summary>
    public SettleOptions Nudged { get; init; } = new() { MaximumSteps = 30 };

    /// <summary>
    /// Rates of each block for weights that move while the state moves, or null to hold the weights through the phase and hand the integral to the
    /// optimizer at its end.
    /// </summary>
    public double[]? LiveRates { get; init; }
}

/// <summary>
/// The STDP-compatible rule as it would run in hardware: through the nudged phase every weight follows dW_ij = (η/β) ρ(s_j) ds_i (Scellier et al., eqs. 2
/// and 5), step by step, with whatever its two ends do at that moment. As the steps shrink, with weights held, the integral tends to
/// ∫ρ(s_j) ds_i, which agrees with the end-point rule ρ(s_j⁰)(s_i^β − s_i⁰) to first order in β.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="options">Phases.</param>
public sealed class StdpLearner<T>(RateField<T> field, Readout readout, StdpOptions options) : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Settler<T> _settler = new(field);
    private readonly Nudge<T> _nudge = new(field, readout);
    private readonly LocalUpdate<T> _update = new(field, options.Free.ThreadCount);
    private readonly StateRule _rule = new();
    private readonly ParameterSet<T> _step = new(field.Parameters);
    private readonly BatchOutcome _outcome = new();
    private readonly StateSampler<T> _sampler = new(field.Network);
    private Batch<T>? _before;
    private Batch<T>? _after;
    private Batch<T>? _read;

    /// <inheritdoc/>
    public string Name => "stdp";

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        field.ReadDevices();
        SettleReport report = _settler.Settle(state, options.Free, null, cancellation);
        _outcome.FreeResidual = report.LargestResidual;
        _outcome.FreeSteps = (double)report.TotalSteps / state.Rows;
        _outcome.Unsettled = report.UnsettledCount;
        Batch<T> free = _sampler.Read(state, "free", place, ref _read);
        Scoring.Score(field, readout, free, targets, _outcome);

        double beta = options.Beta;
        if (options.RandomSign && CounterRandom.ForPath(place.Seed, "beta-sign").Child((ulong)place.Epoch).UniformAt((ulong)place.Batch) < 0.5)
            beta = -beta;
        field.ReadDevices();
        _nudge.Targets = targets;
        _nudge.Beta = T.CreateChecked(beta);
        if (_before is null || _before.Rows != state.Rows)
        {
            _before = new Batch<T>(state.Rows, state.Width);
            _after = new Batch<T>(state.Rows, state.Width);
        }

        Batch<T> before = _before;
        Batch<T> after = _after!;
        before.CopyFrom(free);
        after.CopyFrom(state);
        direction.Clear();
        SettleOptions oneStep = options.Nudged with { MaximumSteps = 1, Tolerance = 0, MeasureLast = options.Nudged.Tolerance > 0 };
        double scale = 1.0 / (beta * state.Rows);
        for (int step = 0; step < options.Nudged.MaximumSteps; step++)
        {
            report = _settler.Settle(after, oneStep, _nudge, cancellation);
            Batch<T> read = _sampler.Read(after, string.Create(CultureInfo.InvariantCulture, $"nudged {step}"), place, ref _read);
            if (options.LiveRates is { } rates)
            {
                _step.Clear();
                _update.Add(_rule, before, before, read, scale, _step);
                for (int b = 0; b < rates.Length; b++)
                    WeightUpdate.Apply<T>(field, b, _step.Blocks[b], rates[b]);
                field.ParametersChanged();
            }
            else
            {
                _update.Add(_rule, before, before, read, scale, direction);
            }

            before.CopyFrom(read);
            if (options.Nudged.Tolerance > 0 && report.LargestResidual <= options.Nudged.Tolerance)
            {
                _outcome.NudgedSteps = step + 1;
                break;
            }

            _outcome.NudgedSteps = step + 1;
        }

        _outcome.NudgedResidual = report.LargestResidual;
        return _outcome;
    }
}

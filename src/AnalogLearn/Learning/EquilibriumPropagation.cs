using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Settings of <see cref="EquilibriumPropagation{T}"/>.</summary>
public sealed record EquilibriumPropagationOptions
{
    /// <summary>β, the strength of the nudge (dimensionless: a nudging current β g (y − s)).</summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>Compare +β with −β instead of with the free phase: the error falls as β² instead of β.</summary>
    public bool Centred { get; init; }

    /// <summary>Draw the sign of β for each batch (one-sided only).</summary>
    public bool RandomSign { get; init; }

    /// <summary>Add (J⁰ᵀ − J⁰)(s − s⁰) to the nudged phase.</summary>
    public bool Asymmetric { get; init; }

    /// <summary>The local rule.</summary>
    public ILocalRule Rule { get; init; } = new StateRule();

    /// <summary>How the free phase settles.</summary>
    public SettleOptions Free { get; init; } = new() { MaximumSteps = 60 };

    /// <summary>How each nudged phase settles.</summary>
    public SettleOptions Nudged { get; init; } = new() { MaximumSteps = 30 };
}

/// <summary>
/// Generalised equilibrium propagation (Scellier, Goyal, Binas, Mesnard, Bengio 2018): the circuit settles freely, is nudged at its outputs and settles
/// again; every synapse changes by what its own two ends did, ΔW = (∂μ/∂W)ᵀ (s^β − s⁰)/β (eqs. 16 and 56). Works for any weights; equals minus the
/// gradient where ∂μ/∂s is symmetric.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="options">Phases and rule.</param>
public sealed class EquilibriumPropagation<T>(RateField<T> field, Readout readout, EquilibriumPropagationOptions options) : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Settler<T> _settler = new(field);
    private readonly Nudge<T> _nudge = new(field, readout);
    private readonly LocalUpdate<T> _update = new(field, options.Free.ThreadCount);
    private readonly BatchOutcome _outcome = new();
    private readonly StateSampler<T> _sampler = new(field.Network);
    private AsymmetricForce<T>? _asymmetric;
    private Batch<T>? _plus;
    private Batch<T>? _minus;
    private Batch<T>? _freeRead;
    private Batch<T>? _plusRead;
    private Batch<T>? _minusRead;

    /// <inheritdoc/>
    public string Name => "eqprop";

    /// <summary>Phases and rule.</summary>
    public EquilibriumPropagationOptions Options { get; } = options;

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        // Free phase.
        field.ReadDevices();
        SettleReport report = _settler.Settle(state, Options.Free, null, cancellation);
        _outcome.FreeResidual = report.LargestResidual;
        _outcome.FreeSteps = (double)report.TotalSteps / state.Rows;
        _outcome.Unsettled = report.UnsettledCount;
        Batch<T> free = _sampler.Read(state, "free", place, ref _freeRead);
        Scoring.Score(field, readout, free, targets, _outcome);

        // Nudged phases, each from the free fixed point.
        double beta = Options.Beta;
        if (Options.RandomSign && place.DrawsNegative("beta-sign"))
            beta = -beta;
        _outcome.NudgedResidual = 0;
        _outcome.NudgedSteps = 0;
        Batch<T> plus = _sampler.Read(NudgedPhase(ref _plus, state, targets, beta, cancellation), "nudged", place, ref _plusRead);
        Batch<T> from = Options.Centred ? _sampler.Read(NudgedPhase(ref _minus, state, targets, -beta, cancellation), "nudged back", place, ref _minusRead) : free;

        // Local changes, averaged over the batch.
        direction.Clear();
        double scale = 1.0 / ((Options.Centred ? 2 : 1) * beta * state.Rows);
        _update.Add(Options.Rule, free, from, plus, scale, direction);
        return _outcome;
    }

    private Batch<T> NudgedPhase(ref Batch<T>? room, Batch<T> free, Batch<T> targets, double beta, CancellationToken cancellation)
    {
        if (room is null || room.Rows != free.Rows)
            room = new Batch<T>(free.Rows, free.Width);
        room.CopyFrom(free);
        field.ReadDevices();
        _nudge.Targets = targets;
        _nudge.Beta = T.CreateChecked(beta);
        IStateForce<T> force = _nudge;
        if (Options.Asymmetric)
        {
            _asymmetric ??= new AsymmetricForce<T>(field, _nudge);
            _asymmetric.Linearize(free);
            force = _asymmetric;
        }

        SettleReport report = _settler.Settle(room, Options.Nudged, force, cancellation);
        _outcome.NudgedResidual = Math.Max(_outcome.NudgedResidual, report.LargestResidual);
        _outcome.NudgedSteps += (double)report.TotalSteps / free.Rows;
        return room;
    }
}

using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary><c>stdp(beta= random_sign=0|1 live=0|1 tied=0|1 cost= on=states free= nudge= step= tol=)</c>.</summary>
public sealed class StdpBinding : IRuleBinding
{
    /// <inheritdoc/>
    public string Name => "stdp";

    /// <inheritdoc/>
    public string Summary => "the STDP-compatible rule dW = η ρ(s_j) ds_i, integrated while the state moves";

    /// <inheritdoc/>
    public IBoundRule Bind(ArgumentReader arguments, RuleContext context)
    {
        double beta = arguments.Number("beta", 0.5);
        if (beta == 0)
            arguments.Diagnostics.Error("AL0910", arguments.Span, "'beta' is 0: the outputs are never nudged, so nothing is learned", "Give a small β such as 0.1.");
        arguments.Flag("tied", absent: false);
        var options = new StdpOptions
        {
            Beta = beta == 0 ? 1 : beta,
            RandomSign = arguments.Flag("random_sign", absent: false),
            Free = context.Phase(arguments, "free", 30),
            Nudged = context.Phase(arguments, "nudge", 15),
        };
        return new Bound(options, arguments.Flag("live", absent: true), context.Readout(arguments, CostOn.States));
    }

    private sealed record Bound(StdpOptions Options, bool Live, Readout Readout) : IBoundRule
    {
        public ILearner<T> Create<T>(RateField<T> field, double[] rates)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new StdpLearner<T>(field, Readout, Options with { LiveRates = Live ? rates : null });
    }
}

using System.Collections.Immutable;

namespace AnalogLearn.Circuits;

/// <summary>How conductances make a weight.</summary>
public enum SynapsePair
{
    /// <summary>W = (G⁺ − G⁻)/g0 of two devices, both programmable.</summary>
    Differential,

    /// <summary>W = (G⁺ − G⁻)/g0 of two devices that pulses only raise: what makes the weight larger goes to G⁺, what makes it smaller to G⁻.</summary>
    OneSided,

    /// <summary>W = (G − gref)/g0 of one device and a reference column.</summary>
    Reference,
}

/// <summary>The laws by which a pulse changes a conductance (<c>update=</c>).</summary>
public enum SynapseUpdate
{
    /// <summary>No pulses: what is asked for is what is done.</summary>
    Ideal,

    /// <summary>The same step everywhere.</summary>
    Constant,

    /// <summary>A step that falls linearly towards the bound that it goes to.</summary>
    Linear,

    /// <summary>Linear to nothing at the bound.</summary>
    SoftBounds,

    /// <summary>1 − A e^(±γ z).</summary>
    Exponential,

    /// <summary>A power of the distance from the bound.</summary>
    Power,

    /// <summary>NeuroSim's exponential curves, given by their labels.</summary>
    Labelled,

    /// <summary>A table.</summary>
    Piecewise,
}

/// <summary>How a change that is asked for becomes a whole number of pulses (<c>rounding=</c>).</summary>
public enum PulseRoundingKind
{
    /// <summary>Up with the probability of the fraction: right in the mean.</summary>
    Stochastic,

    /// <summary>To the nearest number.</summary>
    Nearest,

    /// <summary>To the nearest number, and what is left is added to what is asked for next.</summary>
    Carry,
}

/// <summary>
/// What the devices of a synapse array are, as its model and line say it: the parameters of synapse hardware, read and checked. Nominal values; what differs from device to device replaces entries of a copy of <see cref="Numbers"/>.
/// </summary>
public sealed record SynapseCard
{
    /// <summary>The numbers by <see cref="SynapseParameter"/>. A function that is a plain number stands here as that number; of any other function the entry is 1, a factor on it.</summary>
    public required ImmutableArray<double> Numbers { get; init; }

    /// <summary>The functions by <see cref="SynapseParameter"/>, null where there is none.</summary>
    public required ImmutableArray<DeviceFunction?> Functions { get; init; }

    /// <summary>The parameters that were written.</summary>
    public required ImmutableHashSet<SynapseParameter> Given { get; init; }

    /// <summary>Two programmable devices, or one and a reference.</summary>
    public SynapsePair Pair { get; init; }

    /// <summary>Programmable levels of each device, equidistant from gmin to gmax; 0 for any conductance.</summary>
    public int Levels { get; init; }

    /// <summary>The law of a pulse.</summary>
    public SynapseUpdate Update { get; init; }

    /// <summary>How an update becomes whole pulses.</summary>
    public PulseRoundingKind Rounding { get; init; }

    /// <summary>The most pulses of one update of one device.</summary>
    public int MostPulses { get; init; } = int.MaxValue;

    /// <summary>At each how many writes of the array one-sided pairs that stand high are reset and written anew (<c>refresh</c>); 0 for never.</summary>
    public int RefreshInterval { get; init; }

    /// <summary>Whether the noise of a pulse shrinks with its step (<c>mult</c>).</summary>
    public bool IsMultiplicative { get; init; } = true;

    /// <summary>The factors of a pulse up at conductances equidistant from gmin to gmax (<c>nodes_up</c>); empty unless the law is a table.</summary>
    public ImmutableArray<double> NodesUp { get; init; } = [];

    /// <summary>The factors of a pulse down.</summary>
    public ImmutableArray<double> NodesDown { get; init; } = [];

    /// <summary>1, k2, k3 … of I = G V (1 + k2 V + k3 V² + …); empty for a straight line.</summary>
    public ImmutableArray<double> CurrentPolynomial { get; init; } = [];

    /// <summary>1, k2 vread, k3 vread² …: the factors of the powers of an activity; empty for a straight line.</summary>
    public ImmutableArray<double> Conduction => CurrentPolynomial.Length < 2 ? [] : [.. CurrentPolynomial.Select((c, k) => c * Math.Pow(this[SynapseParameter.ReadVoltage], k))];

    /// <summary>A nominal number.</summary>
    /// <param name="parameter">Which.</param>
    public double this[SynapseParameter parameter] => Numbers[(int)parameter];

    /// <summary>Whether a parameter was written.</summary>
    /// <param name="parameter">Which.</param>
    public bool Has(SynapseParameter parameter) => Given.Contains(parameter);

    /// <summary>Smallest nominal conductance of a device [S].</summary>
    public double Minimum => this[SynapseParameter.Minimum];

    /// <summary>Largest nominal conductance of a device [S].</summary>
    public double Maximum => this[SynapseParameter.Maximum];

    /// <summary>gmax − gmin [S].</summary>
    public double Range => Maximum - Minimum;

    /// <summary>The conductance of the reference column, and where linear, soft-bounded and exponential steps are what the card says [S].</summary>
    public double Reference => this[SynapseParameter.Reference];

    /// <summary>Whether learning writes with pulses.</summary>
    public bool IsPulsed => Update != SynapseUpdate.Ideal;

    /// <summary>Whether what is read differs from one settle to the next.</summary>
    public bool HasReadNoise => IsOn(SynapseParameter.ReadNoise) || IsOn(SynapseParameter.Flicker);

    /// <summary>Whether what is read depends on the time since programming.</summary>
    public bool HasDrift => IsOn(SynapseParameter.Drift) || IsOn(SynapseParameter.DriftDeviation) || IsOn(SynapseParameter.RelaxationMean) || IsOn(SynapseParameter.RelaxationDeviation);

    /// <summary>Whether a device may be no device.</summary>
    public bool HasFaults => this[SynapseParameter.StuckOn] + this[SynapseParameter.StuckOff] + this[SynapseParameter.Open] + this[SynapseParameter.Stuck] > 0;

    /// <summary>A function of a device.</summary>
    /// <param name="parameter">Which.</param>
    /// <param name="x">G/gmax, or the logarithm of time.</param>
    /// <param name="number">The device's own entry of <see cref="Numbers"/>: the value of a plain number, a factor on a function.</param>
    /// <returns>0 where the card has no such function.</returns>
    public double Value(SynapseParameter parameter, double x, double number) =>
        Functions[(int)parameter] is not { } function ? 0 : function.IsConstant ? number : number * function.At(x);

    /// <summary>A function of a nominal device.</summary>
    /// <param name="parameter">Which.</param>
    /// <param name="x">G/gmax, or the logarithm of time.</param>
    public double Value(SynapseParameter parameter, double x) => Value(parameter, x, this[parameter]);

    /// <summary>The change of conductance that a controller counts on a nominal pulse to make [S]: the step, times 1 ± up_down; of NeuroSim's curves the mean over the range.</summary>
    /// <param name="up">Whether the pulse goes up.</param>
    public double NominalStep(bool up)
    {
        if (Update == SynapseUpdate.Labelled)
            return Range / this[up ? SynapseParameter.PulsesUp : SynapseParameter.PulsesDown];
        double step = this[SynapseParameter.Step] > 0 ? this[SynapseParameter.Step] : Range / this[SynapseParameter.Pulses];
        return step * (up ? 1 + this[SynapseParameter.Asymmetry] : 1 - this[SynapseParameter.Asymmetry]);
    }

    /// <summary>Whether a function is there and not 0 everywhere.</summary>
    private bool IsOn(SynapseParameter parameter) => Has(parameter) && Functions[(int)parameter] is not { IsConstant: true, Coefficients: [0] } && (Functions[(int)parameter] is not null || this[parameter] != 0);
}

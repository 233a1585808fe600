using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AnalogLearn.Circuits;

/// <summary>The numbers on a card of synapse hardware.</summary>
public enum SynapseParameter
{
    /// <summary><c>gmin</c> [S].</summary>
    Minimum,

    /// <summary><c>gmax</c> [S].</summary>
    Maximum,

    /// <summary><c>gref</c> [S].</summary>
    Reference,

    /// <summary><c>write_noise</c>, σ(x) of a programmed conductance [S].</summary>
    WriteNoise,

    /// <summary><c>pulses</c> from gmin to gmax by the step.</summary>
    Pulses,

    /// <summary><c>step</c> of a pulse where its law is 1 [S].</summary>
    Step,

    /// <summary><c>up_down</c>: steps up are 1 + β of the step, steps down 1 − β.</summary>
    Asymmetry,

    /// <summary><c>slope_up</c>, γ of <c>linear</c>.</summary>
    SlopeUp,

    /// <summary><c>slope_down</c>.</summary>
    SlopeDown,

    /// <summary><c>es_a</c>.</summary>
    ExponentialScale,

    /// <summary><c>es_b</c>.</summary>
    ExponentialShift,

    /// <summary><c>es_gamma_up</c>.</summary>
    ExponentUp,

    /// <summary><c>es_gamma_down</c>.</summary>
    ExponentDown,

    /// <summary><c>es_amp_up</c>.</summary>
    AmplitudeUp,

    /// <summary><c>es_amp_down</c>.</summary>
    AmplitudeDown,

    /// <summary><c>power_up</c>.</summary>
    PowerUp,

    /// <summary><c>power_down</c>.</summary>
    PowerDown,

    /// <summary><c>nl_up</c>, NeuroSim's label.</summary>
    LabelUp,

    /// <summary><c>nl_down</c>.</summary>
    LabelDown,

    /// <summary><c>pulses_up</c> from gmin to gmax.</summary>
    PulsesUp,

    /// <summary><c>pulses_down</c> from gmax to gmin.</summary>
    PulsesDown,

    /// <summary><c>pulse_noise</c>, σ of a pulse relative to its step.</summary>
    PulseNoise,

    /// <summary><c>pulse_noise_range</c>, σ of a pulse as a share of gmax − gmin.</summary>
    PulseNoiseOfRange,

    /// <summary><c>persistent_noise</c>, σ of the visible conductance around the hidden one, in steps.</summary>
    PersistentNoise,

    /// <summary><c>endurance</c> [pulses].</summary>
    Endurance,

    /// <summary><c>endurance_shape</c>, of Weibull's law.</summary>
    EnduranceShape,

    /// <summary><c>read_noise</c>, σ(x) relative to G.</summary>
    ReadNoise,

    /// <summary><c>flicker</c>, Q(x).</summary>
    Flicker,

    /// <summary><c>flicker_t</c>, the time of one reading [s].</summary>
    FlickerTime,

    /// <summary><c>read_time</c>, over which the readings are spread [s].</summary>
    ReadTime,

    /// <summary><c>nu</c>, ν(x).</summary>
    Drift,

    /// <summary><c>nu_sd</c>, the standard deviation of ν from device to device.</summary>
    DriftDeviation,

    /// <summary><c>t0</c> [s].</summary>
    DriftTime,

    /// <summary><c>t_read</c>, time since programming [s].</summary>
    Age,

    /// <summary><c>relax_mean</c> [S per ln s].</summary>
    RelaxationMean,

    /// <summary><c>relax_sd</c>, σ(ln t) [S].</summary>
    RelaxationDeviation,

    /// <summary><c>p_stuck_on</c>.</summary>
    StuckOn,

    /// <summary><c>p_stuck_off</c>.</summary>
    StuckOff,

    /// <summary><c>p_open</c>.</summary>
    Open,

    /// <summary><c>p_stuck</c>, stuck anywhere.</summary>
    Stuck,

    /// <summary><c>vread</c> [V] for an activity of 1.</summary>
    ReadVoltage,

    /// <summary><c>rwire</c> [Ω] of a segment.</summary>
    WireResistance,

    /// <summary><c>refresh_at</c>, the share of its range that the higher device of a pair stands above when the pair is refreshed.</summary>
    RefreshThreshold,

    /// <summary><c>refresh_least</c>, the share that the lower device stands above then.</summary>
    RefreshLeast,
}

/// <summary>One parameter of synapse hardware.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">Its name in decks.</param>
/// <param name="Unit">Its unit, or empty.</param>
/// <param name="Default">What it is when it is not written; NaN where there is no default, or one that depends on others.</param>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
/// <param name="IsOpen">Whether the smallest value itself is not allowed.</param>
/// <param name="IsFunction">Whether it may be a function.</param>
public sealed record SynapseParameterInfo(SynapseParameter Id, string Name, string Unit, double Default, double Low, double High, bool IsOpen = false, bool IsFunction = false)
{
    /// <summary>Whether a number is in range.</summary>
    /// <param name="value">The number.</param>
    public bool Allows(double value) => value <= High && (IsOpen ? value > Low : value >= Low);
}

/// <summary>The vocabulary of synapse hardware.</summary>
public static class SynapseParameters
{
    private const double Infinity = double.PositiveInfinity;

    /// <summary>The numbers and functions, in the order of <see cref="SynapseParameter"/>.</summary>
    public static ImmutableArray<SynapseParameterInfo> All { get; } =
    [
        new(SynapseParameter.Minimum, "gmin", "S", 0, 0, Infinity),
        new(SynapseParameter.Maximum, "gmax", "S", double.NaN, 0, Infinity, true),
        new(SynapseParameter.Reference, "gref", "S", double.NaN, 0, Infinity),
        new(SynapseParameter.WriteNoise, "write_noise", "S", 0, 0, Infinity, IsFunction: true),
        new(SynapseParameter.Pulses, "pulses", "", double.NaN, 1, 1e9),
        new(SynapseParameter.Step, "step", "S", double.NaN, 0, Infinity, true),
        new(SynapseParameter.Asymmetry, "up_down", "", 0, -0.999, 0.999),
        new(SynapseParameter.SlopeUp, "slope_up", "", 0, 0, 100),
        new(SynapseParameter.SlopeDown, "slope_down", "", 0, 0, 100),
        new(SynapseParameter.ExponentialScale, "es_a", "", double.NaN, -100, 100),
        new(SynapseParameter.ExponentialShift, "es_b", "", 0, -100, 100),
        new(SynapseParameter.ExponentUp, "es_gamma_up", "", double.NaN, 0, 1000),
        new(SynapseParameter.ExponentDown, "es_gamma_down", "", double.NaN, 0, 1000),
        new(SynapseParameter.AmplitudeUp, "es_amp_up", "", double.NaN, -1e6, 1e6),
        new(SynapseParameter.AmplitudeDown, "es_amp_down", "", double.NaN, -1e6, 1e6),
        new(SynapseParameter.PowerUp, "power_up", "", 1, 0, 100),
        new(SynapseParameter.PowerDown, "power_down", "", 1, 0, 100),
        new(SynapseParameter.LabelUp, "nl_up", "", 0, -10, 10),
        new(SynapseParameter.LabelDown, "nl_down", "", 0, -10, 10),
        new(SynapseParameter.PulsesUp, "pulses_up", "", double.NaN, 1, 1e9),
        new(SynapseParameter.PulsesDown, "pulses_down", "", double.NaN, 1, 1e9),
        new(SynapseParameter.PulseNoise, "pulse_noise", "", 0, 0, 1e3),
        new(SynapseParameter.PulseNoiseOfRange, "pulse_noise_range", "", 0, 0, 1),
        new(SynapseParameter.PersistentNoise, "persistent_noise", "", 0, 0, 1e4),
        new(SynapseParameter.Endurance, "endurance", "", Infinity, 1, Infinity),
        new(SynapseParameter.EnduranceShape, "endurance_shape", "", Infinity, 0, Infinity, true),
        new(SynapseParameter.ReadNoise, "read_noise", "", 0, 0, 10, IsFunction: true),
        new(SynapseParameter.Flicker, "flicker", "", 0, 0, 10, IsFunction: true),
        new(SynapseParameter.FlickerTime, "flicker_t", "s", double.NaN, 0, Infinity, true),
        new(SynapseParameter.ReadTime, "read_time", "s", double.NaN, 0, Infinity),
        new(SynapseParameter.Drift, "nu", "", 0, 0, 10, IsFunction: true),
        new(SynapseParameter.DriftDeviation, "nu_sd", "", 0, 0, 10, IsFunction: true),
        new(SynapseParameter.DriftTime, "t0", "s", 1, 0, Infinity, true),
        new(SynapseParameter.Age, "t_read", "s", 0, 0, Infinity),
        new(SynapseParameter.RelaxationMean, "relax_mean", "S", 0, double.NegativeInfinity, Infinity),
        new(SynapseParameter.RelaxationDeviation, "relax_sd", "S", 0, 0, Infinity, IsFunction: true),
        new(SynapseParameter.StuckOn, "p_stuck_on", "", 0, 0, 1),
        new(SynapseParameter.StuckOff, "p_stuck_off", "", 0, 0, 1),
        new(SynapseParameter.Open, "p_open", "", 0, 0, 1),
        new(SynapseParameter.Stuck, "p_stuck", "", 0, 0, 1),
        new(SynapseParameter.ReadVoltage, "vread", "V", 1, 0, Infinity, true),
        new(SynapseParameter.WireResistance, "rwire", "Ω", 0, 0, Infinity),
        new(SynapseParameter.RefreshThreshold, "refresh_at", "", 0.75, 0, 1),
        new(SynapseParameter.RefreshLeast, "refresh_least", "", 0.25, 0, 1),
    ];

    /// <summary>What is neither a number nor a function of one device: <c>pair bits levels update rounding most_pulses refresh mult nodes_up nodes_down iv</c>.</summary>
    public static ImmutableArray<string> Words { get; } = ["pair", "bits", "levels", "update", "rounding", "most_pulses", "refresh", "mult", "nodes_up", "nodes_down", "iv"];

    /// <summary>Parameters that belong to a whole array and not to a device: a spread of them means nothing.</summary>
    private static readonly FrozenSet<SynapseParameter> OfArray = new[]
    {
        SynapseParameter.FlickerTime, SynapseParameter.ReadTime, SynapseParameter.Age, SynapseParameter.StuckOn, SynapseParameter.StuckOff, SynapseParameter.Open, SynapseParameter.Stuck,
        SynapseParameter.ReadVoltage, SynapseParameter.WireResistance, SynapseParameter.EnduranceShape,
        SynapseParameter.RefreshThreshold, SynapseParameter.RefreshLeast,
    }.ToFrozenSet();

    private static readonly FrozenDictionary<string, SynapseParameterInfo> ByName = All.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>The parameter of a name, or null.</summary>
    /// <param name="name">Lower case.</param>
    public static SynapseParameterInfo? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>What is known of a parameter.</summary>
    /// <param name="parameter">Which.</param>
    public static SynapseParameterInfo Of(SynapseParameter parameter) => All[(int)parameter];

    /// <summary>Whether a parameter can differ from device to device: <c>DEV=</c> and <c>LOT=</c>.</summary>
    /// <param name="name">Lower case.</param>
    public static bool CanSpread(string name) => Find(name) is { } info && !OfArray.Contains(info.Id);
}

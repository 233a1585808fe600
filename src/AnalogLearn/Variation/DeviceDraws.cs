using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Synapses;

namespace AnalogLearn.Variation;

/// <summary>
/// What is drawn once for each synapse device of a chip, besides the spreads of its numbers: whether it is faulty (<c>fault</c>: −1 for a sound one, −2 for an open one, else the share of its range that it is stuck
/// at: <c>p_stuck_on</c> 1, <c>p_stuck_off</c> 0, <c>p_stuck</c> anywhere), how its drift exponent differs from the mean (<c>drift</c>, in units of <c>nu_sd</c>: z, normal), and how many times its
/// <c>endurance</c> it lasts (<c>lifetime</c>: (−ln u)^(1/k) with k of <c>endurance_shape</c>, Weibull's law).
/// </summary>
/// <param name="Parameter">fault, drift or lifetime.</param>
/// <param name="Law">How it is told.</param>
/// <param name="Nominal">Its value on chip 0.</param>
/// <param name="Value">Its value, from two draws of the device.</param>
internal sealed record DeviceDraws(string Parameter, string Law, double Nominal, Func<StandardDraw, StandardDraw, double> Value)
{
    /// <summary>Whether it is faulty.</summary>
    public const string Fault = "fault";

    /// <summary>How its exponent of drift differs.</summary>
    public const string Drift = "drift";

    /// <summary>How long it lasts.</summary>
    public const string Lifetime = "lifetime";

    private const string Source = "device";

    /// <summary>A device without a fault.</summary>
    public const double Sound = -1;

    /// <summary>A device without a connection.</summary>
    public const double Open = -2;

    /// <summary>What a card has drawn for each of its devices.</summary>
    /// <param name="card">The card, or null.</param>
    public static IEnumerable<DeviceDraws> Of(SynapseCard? card)
    {
        if (card is null)
            yield break;
        double on = card[SynapseParameter.StuckOn], off = card[SynapseParameter.StuckOff], open = card[SynapseParameter.Open], stuck = card[SynapseParameter.Stuck];
        if (card.HasFaults)
        {
            string law = string.Join(' ', new[] { ("p_stuck_on", on), ("p_stuck_off", off), ("p_open", open), ("p_stuck", stuck) }.Where(p => p.Item2 > 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Item1}={p.Item2:R}")));
            yield return new(Fault, law, Sound, (which, where) => DeviceFaults.Of(card, which.Uniform) switch
            {
                DeviceFault.StuckOn => 1,
                DeviceFault.StuckOff => 0,
                DeviceFault.Open => Open,
                DeviceFault.Stuck => where.Uniform,
                _ => Sound,
            });
        }

        if (card.Functions[(int)SynapseParameter.DriftDeviation] is { } spread && spread != DeviceFunction.Constant(0))
            yield return new(Drift, "normal", 0, (z, _) => z.Normal);
        double shape = card[SynapseParameter.EnduranceShape];
        if (card.Has(SynapseParameter.Endurance) && double.IsFinite(shape))
            yield return new(Lifetime, string.Create(CultureInfo.InvariantCulture, $"weibull/shape:{shape:R}"), 1, (u, _) => Endurance.Lifetime(shape, u.Uniform));
    }

    /// <summary>These draws for the devices of one array, or for one device.</summary>
    /// <param name="path">The element's path.</param>
    /// <param name="sign">+ or − of a pair, or nothing.</param>
    /// <param name="lot">The model, or the line of an element without one.</param>
    /// <param name="count">How many devices.</param>
    /// <param name="span">Where the element stands.</param>
    public Varied Varied(string path, string sign, string lot, int count, SourceSpan span) => new()
    {
        Path = path,
        Parameter = Parameter + sign,
        Lot = lot,
        LotParameter = Parameter,
        Nominal = [Nominal],
        Count = count,
        Terms = [new VariedTerm(new DrawLaw(DrawShape.Uniform, 1, false), true, Source, null, 1)],
        Span = span,
        OwnLaw = Law,
        Own = (streams, key) =>
        {
            DrawStream own = streams.Devices(path, Parameter + sign, Source, lot, Parameter);
            return Value(own.At(key), own.Child("where").At(key));
        },
    };
}

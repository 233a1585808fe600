using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Synapses;

/// <summary>One equation: how much a pulse changes a conductance in the mean.</summary>
internal interface IPulseLaw
{
    /// <summary>The numbers of a device.</summary>
    PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers);

    /// <summary>The mean change by one pulse up [S], at least 0, before the range ends it.</summary>
    double Up(in PulsedDevice device, double conductance);

    /// <summary>The mean change by one pulse down [S], at most 0.</summary>
    double Down(in PulsedDevice device, double conductance);

    /// <summary>Where n pulses without noise lead in one direction, when there is a closed form that equals n single pulses.</summary>
    bool TryMany(in PulsedDevice device, double conductance, int pulses, bool up, out double reached)
    {
        reached = double.NaN;
        return false;
    }
}

/// <summary>
/// The law by which write pulses change a conductance. One pulse in the direction d = ±1 makes G ← clip(G + ΔG_d(G) + s_d(G) ξ, gmin, gmax), ξ ~ N(0, 1), with the mean step ΔG_d of the law and
/// s_d² = (pulse_noise · |ΔG_d(G)|)² + (pulse_noise_range · (gmax − gmin))²; with <c>mult=0</c> the first term is that of the step where the law is 1.
/// </summary>
/// <remarks>
/// Sources: the per-pulse noise is that of T. Gokmen and Y. Vlasov, Front. Neurosci. 10:333 (2016), doi:10.3389/fnins.2016.00333; noise as a share of the range that grows with √pulses is that of
/// P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37, 3067 (2018), doi:10.1109/TCAD.2018.2789723. Pulses are drawn one by one, so that n pulses at once are n single ones to the last bit.
/// The noise of pulse number k of a device is draw k of the device's own stream, whatever else is drawn anywhere and by whatever thread. A conductance that programming left outside the range stays
/// where it is, or comes back: no pulse moves it further out.
/// </remarks>
public abstract class UpdateLaw
{
    /// <summary>Only the laws of this library.</summary>
    private protected UpdateLaw()
    {
    }

    /// <summary>The law of a card; null when its updates are ideal.</summary>
    /// <param name="card">The card.</param>
    public static UpdateLaw? Of(SynapseCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return card.Update switch
        {
            SynapseUpdate.Constant => new UpdateLaw<ConstantStep>(default),
            SynapseUpdate.Linear => new UpdateLaw<LinearStep>(new LinearStep(IsSoft: false)),
            SynapseUpdate.SoftBounds => new UpdateLaw<LinearStep>(new LinearStep(IsSoft: true)),
            SynapseUpdate.Exponential => new UpdateLaw<ExponentialStep>(default),
            SynapseUpdate.Power => new UpdateLaw<PowerStep>(default),
            SynapseUpdate.Labelled => new UpdateLaw<LabelledStep>(default),
            SynapseUpdate.Piecewise => new UpdateLaw<PiecewiseStep>(new PiecewiseStep(card.NodesUp, card.NodesDown)),
            _ => null,
        };
    }

    /// <summary>The numbers of a nominal device.</summary>
    /// <param name="card">The card.</param>
    public PulsedDevice Device(SynapseCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Device(card, card.Numbers.AsSpan());
    }

    /// <summary>The numbers of a device that differs.</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">A copy of <see cref="SynapseCard.Numbers"/> with the device's own in their places.</param>
    public abstract PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers);

    /// <summary>The mean change by one pulse [S] before the range ends it: at least 0 up, at most 0 down.</summary>
    /// <param name="device">The device.</param>
    /// <param name="conductance">Its conductance [S].</param>
    /// <param name="up">Whether the pulse goes up.</param>
    public abstract double Step(in PulsedDevice device, double conductance, bool up);

    /// <summary>The standard deviation of the change by one pulse [S].</summary>
    /// <param name="device">The device.</param>
    /// <param name="conductance">Its conductance [S].</param>
    /// <param name="up">Whether the pulse goes up.</param>
    public double Deviation(in PulsedDevice device, double conductance, bool up) => Spread(device, Step(device, conductance, up), up);

    /// <summary>The conductance after some pulses.</summary>
    /// <param name="device">The device.</param>
    /// <param name="conductance">Before [S].</param>
    /// <param name="pulses">How many, below 0 down.</param>
    /// <param name="cycles">The device's stream: draw k is the noise of its pulse number k.</param>
    /// <param name="first">How many pulses it has had.</param>
    public abstract double Apply(in PulsedDevice device, double conductance, int pulses, in CounterRandom cycles, ulong first);

    /// <summary>The conductance after some pulses without noise.</summary>
    /// <param name="device">The device.</param>
    /// <param name="conductance">Before [S].</param>
    /// <param name="pulses">How many, below 0 down.</param>
    public double Apply(in PulsedDevice device, double conductance, int pulses) => Apply(device with { Noise = 0, RangeNoise = 0 }, conductance, pulses, default, 0);

    /// <summary>s_d, from the mean step.</summary>
    private protected static double Spread(in PulsedDevice device, double mean, bool up)
    {
        double relative = device.Noise * (device.IsMultiplicative ? Math.Abs(mean) : up ? device.StepUp : device.StepDown);
        return device.RangeNoise == 0 ? relative : Math.Sqrt((relative * relative) + (device.RangeNoise * device.RangeNoise));
    }
}

/// <summary>A law with its equation.</summary>
/// <param name="law">The equation.</param>
internal sealed class UpdateLaw<TLaw>(TLaw law) : UpdateLaw
    where TLaw : struct, IPulseLaw
{
    /// <inheritdoc/>
    public override PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers) => law.Device(card, numbers);

    /// <inheritdoc/>
    public override double Step(in PulsedDevice device, double conductance, bool up) => up ? law.Up(device, conductance) : law.Down(device, conductance);

    /// <inheritdoc/>
    public override double Apply(in PulsedDevice device, double conductance, int pulses, in CounterRandom cycles, ulong first)
    {
        bool up = pulses > 0;
        int count = Math.Abs(pulses);
        double low = Math.Min(device.Minimum, conductance);
        double high = Math.Max(device.Maximum, conductance);
        if (device.IsNoisy)
        {
            CounterRandom noise = cycles;
            noise.Position = first;
            for (int k = 0; k < count; k++)
            {
                double mean = up ? law.Up(device, conductance) : law.Down(device, conductance);
                conductance = Within(conductance + mean + (Spread(device, mean, up) * noise.Normal()), ref low, ref high, device);
            }

            return conductance;
        }

        if (count > 1 && conductance >= device.Minimum && conductance <= device.Maximum && law.TryMany(device, conductance, count, up, out double reached))
            return Math.Clamp(reached, device.Minimum, device.Maximum);
        for (int k = 0; k < count; k++)
        {
            double before = conductance;
            conductance = Within(conductance + (up ? law.Up(device, conductance) : law.Down(device, conductance)), ref low, ref high, device);
            if (conductance == before)
                break;
        }

        return conductance;
    }

    /// <summary>Ends a step at the range; where programming left a device outside, the way back in is not open again.</summary>
    private static double Within(double conductance, ref double low, ref double high, in PulsedDevice device)
    {
        conductance = Math.Clamp(conductance, low, high);
        low = Math.Min(device.Minimum, conductance);
        high = Math.Max(device.Maximum, conductance);
        return conductance;
    }
}

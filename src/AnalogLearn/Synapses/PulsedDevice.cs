using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// The numbers of one device that its update law works with, in SI units: its own range, its own steps, and up to two numbers for each direction whose meaning is the law's.
/// </summary>
public readonly record struct PulsedDevice
{
    /// <summary>gmin of this device [S].</summary>
    public double Minimum { get; init; }

    /// <summary>gmax of this device [S].</summary>
    public double Maximum { get; init; }

    /// <summary>Where linear and exponential laws are 1 [S].</summary>
    public double Origin { get; init; }

    /// <summary>What a pulse up adds where its law is 1 [S].</summary>
    public double StepUp { get; init; }

    /// <summary>What a pulse down takes where its law is 1 [S], above 0.</summary>
    public double StepDown { get; init; }

    /// <summary>The law's first number for pulses up.</summary>
    public double ShapeUp { get; init; }

    /// <summary>The law's first number for pulses down.</summary>
    public double ShapeDown { get; init; }

    /// <summary>The law's second number for pulses up.</summary>
    public double SecondUp { get; init; }

    /// <summary>The law's second number for pulses down.</summary>
    public double SecondDown { get; init; }

    /// <summary>A number of the law for both directions.</summary>
    public double Scale { get; init; }

    /// <summary>Another one.</summary>
    public double Shift { get; init; }

    /// <summary>σ of a pulse relative to its step.</summary>
    public double Noise { get; init; }

    /// <summary>σ of a pulse whatever its step [S].</summary>
    public double RangeNoise { get; init; }

    /// <summary>Whether the relative noise shrinks with the step, rather than being that of the step where the law is 1.</summary>
    public bool IsMultiplicative { get; init; }

    /// <summary>gmax − gmin [S].</summary>
    public double Range => Maximum - Minimum;

    /// <summary>Whether pulses are noisy.</summary>
    public bool IsNoisy => Noise > 0 || RangeNoise > 0;

    /// <summary>
    /// What all laws share: range, origin, steps and noise. The step in siemens is the nominal one (gmax − gmin)/pulses, whatever the device's own range, unless NeuroSim's curves stretch with it.
    /// </summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's own numbers, by <see cref="SynapseParameter"/>.</param>
    public static PulsedDevice Common(SynapseCard card, ReadOnlySpan<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(card);
        double low = Math.Max(0, numbers[(int)SynapseParameter.Minimum]);
        double high = Math.Max(low, numbers[(int)SynapseParameter.Maximum]);
        double step = card.Has(SynapseParameter.Step) ? numbers[(int)SynapseParameter.Step] : card.Range / numbers[(int)SynapseParameter.Pulses];
        double asymmetry = numbers[(int)SynapseParameter.Asymmetry];
        return new PulsedDevice
        {
            Minimum = low,
            Maximum = high,
            Origin = numbers[(int)SynapseParameter.Reference],
            StepUp = Math.Max(0, step * (1 + asymmetry)),
            StepDown = Math.Max(0, step * (1 - asymmetry)),
            Noise = Math.Max(0, numbers[(int)SynapseParameter.PulseNoise]),
            RangeNoise = Math.Max(0, numbers[(int)SynapseParameter.PulseNoiseOfRange]) * (high - low),
            IsMultiplicative = card.IsMultiplicative,
        };
    }
}

using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// C dv = … dt + i_n dt. A noise current of one-sided density S [A²/Hz] moves the capacitor by b dW with b = √(S/2)/C. A leak has S = 4kTg (Johnson 1928, Nyquist
/// 1928), and a leak alone then fluctuates with variance b²τ/2 = kT/C, whatever g.
/// </summary>
public static class NeuronNoiseAmplitudes
{
    /// <summary>k, exact since 2019 [J/K].</summary>
    public const double Boltzmann = 1.380649e-23;

    /// <summary>b of each state of a network [V/√s], or null when no neuron has noise.</summary>
    /// <param name="network">The network.</param>
    public static double[]? Of(RateNetwork network)
    {
        double[]? amplitudes = Charges(network);
        for (int i = 0; i < amplitudes?.Length; i++)
            amplitudes[i] /= network.Capacitance[i];
        return amplitudes;
    }

    /// <summary>The corners of the neurons' flicker noise [Hz], or null when no neuron has any.</summary>
    /// <param name="network">The network.</param>
    public static double[]? Corners(RateNetwork network) => network.FlickerCorner.AsSpan().ContainsAnyExcept(0.0) ? network.FlickerCorner : null;

    /// <summary>
    /// Standard deviation of each state about its equilibrium [V], of a neuron by itself: √(b²τ/2κ), which is √(kT/C) for the thermal noise of a leak. What stands around a neuron in its circuit, and flicker
    /// noise, are not in it.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <returns>Null when no neuron has noise.</returns>
    public static double[]? Deviations(RateNetwork network)
    {
        double[]? deviations = Of(network);
        for (int i = 0; i < deviations?.Length; i++)
            deviations[i] *= Math.Sqrt(network.Tau[i] / (2 * network.LeakFactor[i]));
        return deviations;
    }

    /// <summary>√(S/2) of each state: the charge that its noise current moves is this times dW [A/√Hz], on either engine. Null when no neuron has noise.</summary>
    /// <param name="network">The network.</param>
    internal static double[]? Charges(RateNetwork network)
    {
        double kelvin = network.Circuit.Temperature + 273.15;
        var charges = new double[network.StateCount];
        foreach (RateBank bank in network.Banks)
        {
            for (int i = bank.Offset; i < bank.Offset + bank.Width; i++)
            {
                (double thermal, double given) = White(bank.Description.Noise, network.LeakConductance[i], kelvin);
                charges[i] = Math.Sqrt((thermal + given) / 2);
            }
        }

        return charges.AsSpan().ContainsAnyExcept(0.0) ? charges : null;
    }

    /// <summary>S of a neuron's white noise [A²/Hz]: that of its leak, and the density that is given; 1/f noise is S f_c/f.</summary>
    /// <param name="noise">What the card says.</param>
    /// <param name="conductance">g [S].</param>
    /// <param name="kelvin">Its temperature [K].</param>
    internal static (double Thermal, double Given) White(NeuronNoise noise, double conductance, double kelvin) =>
        (noise.Thermal ? 4 * Boltzmann * kelvin * Math.Abs(conductance) : 0, noise.Density * noise.Density);

    /// <summary>The seed of the noise in time of one chip: two chips have the same neurons and different noise.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="circuit">The chip's circuit, or the design, whose seed is that of the run.</param>
    internal static ulong Seed(ulong seed, Circuit circuit) =>
        circuit.ChipNumber == 0 ? seed : CounterRandom.ForPath(seed, "noise of a chip").Child((ulong)circuit.ChipNumber).Stream;

    /// <summary>s ← s + what noise moved it by [V].</summary>
    internal static void Add(Batch<double> moves, Batch<double> state)
    {
        if (moves.Rows > 0)
            TensorPrimitives.Add(state.Span, moves.Span, state.Span);
    }
}

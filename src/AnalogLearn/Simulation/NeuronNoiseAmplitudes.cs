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
        double kelvin = network.Circuit.Temperature + 273.15;
        var amplitudes = new double[network.StateCount];
        bool any = false;
        foreach (RateBank bank in network.Banks)
        {
            NeuronBank neuron = bank.Description;
            double given = neuron.Noise.Density * neuron.Noise.Density;
            for (int i = bank.Offset; i < bank.Offset + bank.Width; i++)
            {
                double density = neuron.Noise.Thermal ? given + (4 * Boltzmann * kelvin * network.LeakConductance[i]) : given;
                amplitudes[i] = Math.Sqrt(density / 2) / network.Capacitance[i];
                any |= density > 0;
            }
        }

        return any ? amplitudes : null;
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

    /// <summary>s ← s + what noise moved it by [V].</summary>
    internal static void Add(Batch<double> moves, Batch<double> state)
    {
        if (moves.Rows > 0)
            TensorPrimitives.Add(state.Span, moves.Span, state.Span);
    }
}

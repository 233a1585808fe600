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

    /// <summary>s ← s + b ΔW.</summary>
    internal static void Add(Dynamics dynamics, Batch<double> increments, Batch<double> state)
    {
        if (increments.Rows == 0 || dynamics.Noise is not { } amplitudes)
            return;
        for (int e = 0; e < state.Rows; e++)
        {
            Span<double> s = state.Row(e);
            ReadOnlySpan<double> w = increments.Row(e);
            for (int i = 0; i < s.Length; i++)
                s[i] += amplitudes[i] * w[i];
        }
    }
}

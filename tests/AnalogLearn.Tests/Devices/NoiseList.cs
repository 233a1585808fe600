using AnalogLearn.Devices;

namespace AnalogLearn.Tests.Devices;

/// <summary>Keeps the noise sources that a device tells of.</summary>
internal sealed class NoiseList : INoiseReceiver
{
    public Dictionary<string, double> White { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, double> Flicker { get; } = new(StringComparer.Ordinal);

    public void Current(string name, int from, int to, double white, double flicker = 0, double exponent = 1)
    {
        White[name] = white;
        Flicker[name] = flicker;
    }
}

using System.Collections.Immutable;

namespace AnalogLearn.Devices;

/// <summary>A number on a device's card: of its instance line, of its <c>.model</c> card, or of both (the instance wins).</summary>
/// <param name="Name">Its name in decks, lower case.</param>
/// <param name="Unit">Its unit; empty for pure numbers.</param>
/// <param name="Default">Its value when no one gives it; NaN where the equation has to know that it was not given.</param>
/// <param name="What">What it is, in a few words.</param>
public sealed record DeviceParameter(string Name, string Unit, double Default, string What)
{
    /// <summary>Other names under which decks give it.</summary>
    public ImmutableArray<string> Synonyms { get; init; } = [];

    /// <summary>Whether it chooses between equations rather than being a quantity: nothing is differentiated by it.</summary>
    public bool IsChoice { get; init; }
}

/// <summary>
/// What a device is connected to, and the numbers on its card. Its local variables, in this order, are: the voltages of its terminals against its last terminal; its states (unknowns
/// of its own: a branch current, a memristor's state); the voltage differences that control it; the unknowns of others that it only reads. It has one equation for each
/// terminal but the last (the current that flows into the device there) and one for each state.
/// </summary>
/// <param name="Name">The device's name: <c>diode</c>.</param>
/// <param name="Terminals">How many terminals; 0 for a device that only has states.</param>
/// <param name="Parameters">The numbers on its card, in the order in which its equation takes them.</param>
/// <param name="DerivedCount">How many numbers <see cref="IDeviceModel.Derive"/> makes of them.</param>
public sealed record DeviceShape(string Name, int Terminals, ImmutableArray<DeviceParameter> Parameters, int DerivedCount)
{
    /// <summary>How many states.</summary>
    public int States { get; init; }

    /// <summary>How many controlling voltage differences, two nodes each.</summary>
    public int ControlPairs { get; init; }

    /// <summary>How many unknowns of others are read.</summary>
    public int Readings { get; init; }

    /// <summary>Whether the equation contains the time explicitly.</summary>
    public bool UsesTime { get; init; }

    /// <summary>How many equations: terminals but the last, then states.</summary>
    public int Equations => Math.Max(0, Terminals - 1) + States;

    /// <summary>How many local variables.</summary>
    public int Variables => Equations + ControlPairs + Readings;

    /// <summary>How many entries a connection has: terminals, states, control pairs (plus and minus), readings.</summary>
    public int Connections => Terminals + States + (2 * ControlPairs) + Readings;

    /// <summary>The place of a parameter.</summary>
    /// <param name="name">Its name or a synonym, lower case.</param>
    /// <returns>The index, or −1.</returns>
    public int IndexOf(string name)
    {
        for (int k = 0; k < Parameters.Length; k++)
        {
            if (Parameters[k].Name == name || Parameters[k].Synonyms.Contains(name))
                return k;
        }

        return -1;
    }
}

/// <summary>What the circuit is under while a device is evaluated.</summary>
public readonly record struct DeviceConditions
{
    /// <summary>What holds at 27 °C, at rest.</summary>
    public DeviceConditions()
    {
    }

    /// <summary>Temperature of the device [K].</summary>
    public double Temperature { get; init; } = PhysicalConstants.NominalTemperature;

    /// <summary>Temperature at which model cards are given, unless they say otherwise (<c>.options tnom</c>) [K].</summary>
    public double NominalTemperature { get; init; } = PhysicalConstants.NominalTemperature;

    /// <summary>Conductance across every junction [S].</summary>
    public double JunctionConductance { get; init; } = 1e-12;

    /// <summary>Time [s].</summary>
    public double Time { get; init; }

    /// <summary>Whether slow states (memristors) stand still: in an operating point they keep their initial value, f = w − w0.</summary>
    public bool HoldStates { get; init; }

    /// <summary>Factor on independent sources, for source stepping.</summary>
    public double SourceScale { get; init; } = 1;
}

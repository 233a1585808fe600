using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>
/// The random streams of one chip. Each is keyed by (study seed, chip, what it belongs to), names only: no stream depends on the order of lines, on what else is in the deck, on threads, or on which draws
/// were made before. What is no element's path begins with a star, which no name of a deck does.
/// </summary>
/// <param name="seed">The study's seed.</param>
/// <param name="chip">The chip's number.</param>
internal readonly struct ChipStreams(ulong seed, int chip)
{
    private readonly CounterRandom _chip = CounterRandom.ForPath(seed, "chip", chip.ToString(CultureInfo.InvariantCulture));

    /// <summary>The devices of one element: a parameter, and what draws it (<c>dev</c>, <c>area</c>); draw k belongs to device k.</summary>
    public CounterRandom Devices(string path, string parameter, string source) => _chip.Child(path).Child(parameter).Child(source);

    /// <summary>What parameters of one device share that follow the same group.</summary>
    public CounterRandom DeviceGroup(string path, string group) => _chip.Child(path).Child("*group").Child(group);

    /// <summary>A parameter of a model, or of a line without a model; one draw.</summary>
    public CounterRandom Lot(string model, string parameter) => _chip.Child("*lot").Child(model).Child(parameter);

    /// <summary>What parameters of a chip share that follow the same group; one draw.</summary>
    public CounterRandom LotGroup(string group) => _chip.Child("*lot group").Child(group);

    /// <summary>The random functions in the expressions of one owner; draw k belongs to occurrence k.</summary>
    public CounterRandom Expressions(string owner) => _chip.Child("*expression").Child(owner);
}

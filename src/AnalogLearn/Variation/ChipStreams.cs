using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>
/// The random streams of one chip. Each is keyed by (study seed, chip, what it belongs to), names only: no stream depends on the order of lines, on what else is in the deck, on threads, or on which draws
/// were made before. What is no element's path begins with a star, which no name of a deck does.
/// </summary>
/// <param name="seed">The study's seed.</param>
/// <param name="chip">The chip's number.</param>
/// <param name="sampling">How a study draws, or null for the generator alone.</param>
internal readonly struct ChipStreams(ulong seed, int chip, ChipSampling? sampling = null)
{
    private readonly CounterRandom _chip = Of(seed, chip);

    /// <summary>The root of a chip's streams.</summary>
    public static CounterRandom Of(ulong seed, int chip) => CounterRandom.ForPath(seed, "chip", chip.ToString(CultureInfo.InvariantCulture));

    /// <summary>The devices of one element: a parameter, and what draws it (<c>dev</c>, <c>area</c>); draw k belongs to device k.</summary>
    /// <param name="path">The element's path.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="source">What draws it.</param>
    /// <param name="owner">The model or line that the spread stands on; the element when not said.</param>
    /// <param name="ownParameter">The parameter's name there, without the sign of a pair's devices.</param>
    public DrawStream Devices(string path, string parameter, string source, string? owner = null, string? ownParameter = null) =>
        sampling is null ? new(_chip.Child(path).Child(parameter).Child(source)) : Sampled(Spread(owner ?? path, ownParameter ?? parameter.TrimEnd('+', '-'), source), path, parameter, source);

    /// <summary>What parameters of one device share that follow the same group.</summary>
    public DrawStream DeviceGroup(string path, string group) =>
        sampling is null ? new(_chip.Child(path).Child("*group").Child(group)) : Sampled(Spread("group", group, "dev"), path, "*group", group);

    /// <summary>A parameter of a model, or of a line without a model; one draw.</summary>
    public DrawStream Lot(string model, string parameter) =>
        sampling is null ? new(_chip.Child("*lot").Child(model).Child(parameter)) : Sampled(Spread(model, parameter, "lot"), "*lot", model, parameter);

    /// <summary>What parameters of a chip share that follow the same group; one draw.</summary>
    public DrawStream LotGroup(string group) =>
        sampling is null ? new(_chip.Child("*lot group").Child(group)) : Sampled(Spread("group", group, "lot"), "*lot group", group);

    /// <summary>The random functions in the expressions of one owner; draw k belongs to occurrence k.</summary>
    public DrawStream Expressions(string owner) => sampling is null ? new(_chip.Child("*expression").Child(owner)) : Sampled(owner, "*expression", owner);

    /// <summary>Whether a spread is drawn on this chip; a study may have switched it off.</summary>
    public bool Draws(VariedTerm term, Varied varied) => sampling is null || sampling.Draws(Spread(varied.Lot, varied.LotParameter, term.Source), chip);

    /// <summary>The name that a spread has in studies: <c>rm r dev</c>.</summary>
    private static string Spread(string owner, string parameter, string source) => $"{owner} {parameter} {source}";

    private DrawStream Sampled(string spread, params string[] path)
    {
        int from = sampling!.SourceOf(spread, chip);
        CounterRandom bits = from == chip ? _chip : Of(seed, from);
        foreach (string name in path)
            bits = bits.Child(name);
        return new DrawStream(bits, from, path, spread, sampling);
    }
}

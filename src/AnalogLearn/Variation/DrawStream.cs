using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>The draws of one parameter of one owner on one chip: draw k belongs to device k. Which numbers they are is the generator's, or what a study's <see cref="ChipSampling"/> makes of them.</summary>
internal readonly struct DrawStream
{
    private readonly CounterRandom _bits;
    private readonly ChipSampling? _sampling;
    private readonly string[] _path;
    private readonly int _chip;

    /// <summary>Draws of the generator alone.</summary>
    public DrawStream(CounterRandom bits)
    {
        _bits = bits;
        _path = [];
    }

    /// <summary>Draws that a study has its say in.</summary>
    /// <param name="bits">The generator's.</param>
    /// <param name="chip">The chip's number.</param>
    /// <param name="path">The names that the stream is keyed by.</param>
    /// <param name="spread">The spread that it belongs to.</param>
    /// <param name="sampling">The study's way to draw.</param>
    public DrawStream(CounterRandom bits, int chip, string[] path, string spread, ChipSampling sampling)
    {
        _bits = bits;
        _chip = chip;
        _path = path;
        Spread = spread;
        _sampling = sampling;
    }

    /// <summary>The spread that it belongs to; empty when no study asks.</summary>
    public string Spread { get; } = string.Empty;

    /// <summary>A draw.</summary>
    /// <param name="k">Its number.</param>
    public StandardDraw At(ulong k) => _sampling is null ? StandardDraw.Of(_bits.UInt64At(k)) : _sampling.Draw(_bits, _chip, _path, Spread, k);

    /// <summary>Further draws of the same devices.</summary>
    /// <param name="name">What for.</param>
    public DrawStream Child(string name) => _sampling is null ? new(_bits.Child(name)) : new(_bits.Child(name), _chip, [.. _path, name], Spread, _sampling);
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// What clamps the input nodes in <c>.op</c> and <c>.tran</c>: the sources on them; where there are none, an example of the data set's test set
/// (<c>.options example=</c>, 0 by default); otherwise 0 V.
/// </summary>
public sealed class InputDrive
{
    private readonly double[] _constant;
    private readonly ImmutableArray<(int Node, Waveform Waveform)> _sources;

    private InputDrive(double[] constant, ImmutableArray<(int, Waveform)> sources, string description)
    {
        _constant = constant;
        _sources = sources;
        Description = description;
    }

    /// <summary>Where the voltages come from, in words.</summary>
    public string Description { get; }

    /// <summary>The drive of a network's inputs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="deck">The deck.</param>
    /// <param name="data">Its data set, or null.</param>
    /// <param name="diagnostics">Receives an example number that does not exist.</param>
    public static InputDrive Of(RateNetwork network, Deck deck, DataSet? data, DiagnosticBag diagnostics)
    {
        var constant = new double[network.InputCount];
        var driven = new bool[network.InputCount];
        var sources = ImmutableArray.CreateBuilder<(int, Waveform)>();
        foreach (InputSource source in network.Circuit.InputSources)
        {
            if (source.Waveform is DataWaveform || network.Inputs.FirstOrDefault(i => i.Description.Bus == source.Bus) is not { } input)
                continue;
            sources.Add((input.Offset + source.Index, source.Waveform));
            driven[input.Offset + source.Index] = true;
        }

        int? example = null;
        if (data is { Test.Count: > 0 } && data.Test.InputWidth == network.InputCount && !Array.TrueForAll(driven, d => d))
        {
            var options = new ArgumentReader(".options", [.. deck.Options.Values], SourceSpan.None, diagnostics);
            example = Math.Min(options.Integer("example", 0, 0, data.Test.Count - 1), data.Test.Count - 1);
            var row = new Numerics.Batch<double>(1, network.InputCount);
            data.Test.Gather([example.Value], row, null);
            for (int k = 0; k < constant.Length; k++)
                constant[k] = driven[k] ? 0 : row[0, k];
        }

        string from = example is { } number ? string.Create(CultureInfo.InvariantCulture, $"test example {number} of {data!.Name}") : "0 V";
        string description = sources.Count == 0 ? from : Array.TrueForAll(driven, d => d) ? "sources" : $"sources, the others {from}";
        return new InputDrive(constant, sources.ToImmutable(), network.InputCount == 0 ? "none" : description);
    }

    /// <summary>A drive that shows one example and nothing else.</summary>
    /// <param name="inputs">The example's inputs, in the order of the network's inputs [V].</param>
    /// <param name="description">Which example it is.</param>
    public static InputDrive Showing(ReadOnlySpan<double> inputs, string description) => new([.. inputs], [], description);

    /// <summary>The voltages at a time.</summary>
    /// <param name="time">The time [s].</param>
    /// <param name="voltages">Receives one a node, in the order of the network's inputs [V].</param>
    public void At(double time, Span<double> voltages)
    {
        _constant.CopyTo(voltages);
        foreach ((int node, Waveform waveform) in _sources)
            voltages[node] = waveform.At(time);
    }

    /// <summary>The voltages before anything moves.</summary>
    public double[] AtStart()
    {
        var voltages = new double[_constant.Length];
        At(0, voltages);
        return voltages;
    }

    /// <summary>Whether the voltages never change.</summary>
    public bool IsConstant => _sources.All(s => s.Waveform is ConstantWaveform);

    /// <summary>The times at which a waveform has a corner, rising.</summary>
    /// <param name="stop">The last time of interest [s].</param>
    public double[] Breakpoints(double stop) => [.. _sources.SelectMany(s => s.Waveform.Breakpoints(stop)).Distinct().Order()];
}

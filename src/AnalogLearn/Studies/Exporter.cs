using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>A file that an export wrote.</summary>
/// <param name="Kind">onnx, npz, spice or csv.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its length.</param>
public sealed record ExportedFile(string Kind, string Path, long Bytes);

/// <summary>Writes a network with its parameters in other programs' formats (<c>.export</c>).</summary>
/// <param name="network">The network; null for a circuit of the nodal engine.</param>
/// <param name="parameters">Its θ; null when nothing learns.</param>
/// <param name="settle">Step, tolerance and limit of settling, which an ONNX model carries.</param>
public sealed class Exporter(RateNetwork? network, ParameterSet<double>? parameters, SettleOptions settle)
{
    /// <summary>The kinds of export.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["onnx", "npz", "spice", "csv"];

    /// <summary>The circuit on the nodal engine, or null.</summary>
    public NodalSession? Nodal { get; init; }

    /// <summary>The bus that an ONNX model gives out first, or null for all.</summary>
    public string? OutputBus { get; init; }

    /// <summary>Whether weights are written in double precision.</summary>
    public bool DoublePrecision { get; init; } = true;

    /// <summary>The voltages that a SPICE deck clamps the inputs to, in the order of the network's inputs [V]; empty for zeros.</summary>
    public ImmutableArray<double> Inputs { get; init; } = [];

    /// <summary>The name that a kind's file has when the card names none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="deck">The deck's name without folder and extension.</param>
    public static string DefaultName(string kind, string deck) => kind switch
    {
        "onnx" => deck + ".onnx",
        "npz" => deck + ".npz",
        "spice" => deck + "-export.cir",
        _ => deck + "-weights.csv",
    };

    /// <summary>Writes one file.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="path">Where to.</param>
    /// <param name="span">The card, for diagnostics.</param>
    /// <param name="diagnostics">Receives what keeps it from being written.</param>
    /// <returns>The file, or null when nothing was written.</returns>
    public ExportedFile? Write(string kind, string path, SourceSpan span, DiagnosticBag diagnostics)
    {
        string word = kind.ToLowerInvariant();
        if (!Kinds.Contains(word))
        {
            diagnostics.Error("AL0940", span, $"there is no export '{kind}'", NameSuggestion.Nearest(kind, Kinds) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", Kinds)}");
            return null;
        }

        if (network is null && word == "onnx")
        {
            diagnostics.Error("AL0940", span, "onnx is for networks of neuron banks and synapse arrays alone", "a circuit is exported as spice, what it has learned as npz or csv");
            return null;
        }

        if (parameters is null && word != "spice")
        {
            diagnostics.Error("AL0940", span, $"nothing of this deck learns, so there is nothing to export as {word}", "a circuit is exported as spice");
            return null;
        }

        using var room = new MemoryStream();
        bool written = word switch
        {
            "onnx" => OnnxExport.Write(
                network!.Circuit,
                parameters!.To<float>(),
                new OnnxExportOptions
                {
                    OutputBuses = OutputBus is null ? [] : [OutputBus],
                    StepOverTau = settle.StepOverTau,
                    Tolerance = settle.Tolerance > 0 ? settle.Tolerance : 1e-5,
                    MaximumSteps = settle.MaximumSteps,
                },
                room,
                diagnostics),
            "npz" => WriteWeights(room),
            "spice" => WriteSpice(room, diagnostics),
            _ => WriteCsv(room),
        };
        if (!written)
            return null;
        try
        {
            RunFolder.WriteAtomically(path, stream => stream.Write(room.GetBuffer().AsSpan(0, (int)room.Length)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            diagnostics.Error("AL0941", span, $"'{path}' cannot be written: {e.Message}");
            return null;
        }

        return new ExportedFile(word, path, room.Length);
    }

    private bool WriteWeights(Stream stream)
    {
        if (DoublePrecision)
            WeightFile.Write(stream, parameters!);
        else
            WeightFile.Write(stream, parameters!.To<float>());
        return true;
    }

    private bool WriteSpice(Stream stream, DiagnosticBag diagnostics)
    {
        if (Nodal is not null)
            return Nodal.WriteSpice(stream, diagnostics);
        var inputs = network!.Inputs.ToDictionary(
            i => i.Description.Bus.Name,
            i => Inputs.IsDefaultOrEmpty ? new double[i.Width] : Inputs.AsSpan().Slice(i.Offset, i.Width).ToArray(),
            StringComparer.OrdinalIgnoreCase);
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        return SpiceExport.Write(network.Circuit, parameters!, inputs, new SpiceExportOptions(), writer, diagnostics);
    }

    private bool WriteCsv(Stream stream)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.Write("array,post,pre,weight\n");
        for (int k = 0; k < parameters!.Blocks.Length; k++)
        {
            ParameterBlock block = parameters.Layout.Blocks[k];
            for (int i = 0; i < block.Count; i++)
            {
                string pre = block.Kind == ParameterKind.Bias ? string.Empty : (i % block.Columns).ToString(CultureInfo.InvariantCulture);
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{block.Name},{i / block.Columns},{pre},{parameters.Blocks[k][i]:R}\n"));
            }
        }

        return true;
    }
}

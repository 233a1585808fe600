using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using Google.Protobuf;

namespace AnalogLearn.Interchange;

/// <summary>The network that an exported ONNX model describes in its metadata and constants: enough to build the circuit again and to simulate it.</summary>
/// <param name="Circuit">The circuit: buses, banks and arrays with their quantities. Masked synapses have come back as weights of zero.</param>
/// <param name="Parameters">Its weights and biases.</param>
/// <param name="OutputBuses">The buses whose states the model gives.</param>
/// <param name="StepOverTau">Euler step in units of the shortest time constant.</param>
/// <param name="Tolerance">Settle tolerance [V].</param>
/// <param name="MaximumSteps">Step limit.</param>
/// <param name="IsRecurrent">Whether the model iterates (an ONNX <c>Loop</c>) rather than being plain layers.</param>
public sealed record OnnxNetwork(Circuit Circuit, ParameterSet<float> Parameters, ImmutableArray<string> OutputBuses, double StepOverTau, double Tolerance, int MaximumSteps, bool IsRecurrent)
{
    private const string Format = "analoglearn.network/1";

    /// <summary>Reads a model that <see cref="OnnxExport"/> wrote.</summary>
    /// <param name="model">The model's bytes.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="diagnostics">Receives what is wrong with the file.</param>
    /// <returns>The network, or null when the file is no such model.</returns>
    public static OnnxNetwork? Read(byte[] model, string path, DiagnosticBag diagnostics)
    {
        var read = new OnnxModel();
        try
        {
            read.Read(model);
        }
        catch (InvalidProtocolBufferException fault)
        {
            diagnostics.Error("AL0710", SourceSpan.None, $"{path} is not an ONNX model: {fault.Message}");
            return null;
        }

        var metadata = read.Metadata.GroupBy(p => p.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Value, StringComparer.Ordinal);
        if (!metadata.TryGetValue("format", out string? format) || format != Format)
        {
            diagnostics.Error("AL0711", SourceSpan.None, $"{path} has no circuit in its metadata (expected format {Format}).", "Only models that this program exported can be compared with the simulator.");
            return null;
        }

        try
        {
            return Build(read, metadata, path, diagnostics);
        }
        catch (Exception fault) when (fault is FormatException or KeyNotFoundException or OverflowException or ArgumentException)
        {
            diagnostics.Error("AL0712", SourceSpan.None, $"The circuit in the metadata of {path} cannot be read: {fault.Message}");
            return null;
        }
    }

    /// <summary>The metadata of a model: the circuit's quantities, in the order of the deck.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Describe(Circuit circuit, OnnxExportOptions options)
    {
        yield return new("format", Format);
        yield return new("circuit.title", circuit.Title);
        yield return new("circuit.temperature", Number(circuit.Temperature));
        yield return new("settle.step_over_tau", Number(options.StepOverTau));
        yield return new("settle.tolerance", Number(options.Tolerance));
        yield return new("settle.maximum_steps", options.MaximumSteps.ToString(CultureInfo.InvariantCulture));
        foreach ((string node, double voltage) in circuit.InitialConditions.OrderBy(i => i.Key, StringComparer.Ordinal))
            yield return new($"ic.{node}", Number(voltage));
        foreach (NeuronBank bank in circuit.Banks)
        {
            string place = $"bus={bank.Bus.Name} low={Number(bank.Bus.Low)} width={Number(bank.Bus.Width)}{(bank.Bus.IsPlain ? " plain=1" : string.Empty)}";
            yield return new($"bank.{bank.Name}", bank.IsInput
                ? $"{place} input=1"
                : $"{place} form={Word(bank.Form)} rho={Word(bank.Activation)} gain={Number(bank.Gain)} center={Number(bank.Center)} vos={Number(bank.Offset)} vrest={Number(bank.Rest)}"
                    + $" c={Number(bank.Capacitance)} g={Number(bank.LeakConductance)} tau={Number(bank.TimeConstant)} clip={Number(bank.ClipLow)},{Number(bank.ClipHigh)} learn={Flag(bank.LearnBias)}{Model(bank.Model)}");
        }

        foreach (SynapseArray array in circuit.Arrays)
        {
            string weights = array.TiedTo is { } tied ? $" tied={tied}" : string.Empty;
            yield return new($"array.{array.Name}", $"pre={array.Pre.Name} post={array.Post.Name}{weights} g0={Number(array.UnitConductance)} gmin={Number(array.MinimumConductance)}"
                + $" gmax={Number(array.MaximumConductance)} wmin={Number(array.WeightLow)} wmax={Number(array.WeightHigh)} learn={Flag(array.Learn)}{Model(array.Model)}");
        }
    }

    private static OnnxNetwork? Build(OnnxModel model, Dictionary<string, string> metadata, string path, DiagnosticBag diagnostics)
    {
        var constants = model.Graph.Constants.ToDictionary(c => c.Name, StringComparer.Ordinal);
        var banks = ImmutableArray.CreateBuilder<NeuronBank>();
        var arrays = ImmutableArray.CreateBuilder<SynapseArray>();
        var initial = ImmutableDictionary.CreateBuilder<string, double>();
        foreach (OnnxProperty entry in model.Metadata)
        {
            Dictionary<string, string> fields = Fields(entry.Value);
            if (entry.Key.StartsWith("bank.", StringComparison.Ordinal))
                banks.Add(Bank(entry.Key[5..], fields));
            else if (entry.Key.StartsWith("array.", StringComparison.Ordinal))
                arrays.Add(Array(entry.Key[6..], fields, name => banks.First(b => b.Bus.Name == name).Bus));
            else if (entry.Key.StartsWith("ic.", StringComparison.Ordinal))
                initial[entry.Key[3..]] = Parse(entry.Value);
        }

        for (int k = 0; k < banks.Count; k++)
        {
            if (!banks[k].IsInput && constants.TryGetValue($"{banks[k].Name}.bias", out OnnxConstant? bias))
                banks[k] = banks[k] with { Bias = [.. bias.Floats().Select(b => (double)b)] };
        }

        var circuit = new Circuit
        {
            Title = metadata["circuit.title"],
            Temperature = Parse(metadata["circuit.temperature"]),
            Buses = [.. banks.Select(b => b.Bus)],
            Banks = banks.ToImmutable(),
            Arrays = arrays.ToImmutable(),
            InitialConditions = initial.ToImmutable(),
        };
        var parameters = new ParameterSet<float>(RateNetwork.Compile(circuit).Layout);
        foreach (ParameterBlock block in parameters.Layout.Blocks)
        {
            string name = block.Kind == ParameterKind.Bias ? $"{block.Name}.bias" : block.Name;
            if (!constants.TryGetValue(name, out OnnxConstant? constant) || constant.Type != OnnxType.Float || constant.Raw.Length != 4 * block.Count)
            {
                diagnostics.Error("AL0712", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"{path} has no constant {name} of {block.Count} floats."));
                return null;
            }

            constant.Floats().CopyTo(parameters[block.Name], 0);
        }

        ImmutableArray<string> outputs = [.. model.Graph.Outputs.Select(o => o.Name).Where(name => circuit.BankOn(name) is { IsInput: false })];
        return new OnnxNetwork(
            circuit,
            parameters,
            outputs,
            Parse(metadata["settle.step_over_tau"]),
            Parse(metadata["settle.tolerance"]),
            int.Parse(metadata["settle.maximum_steps"], CultureInfo.InvariantCulture),
            model.Graph.Nodes.Exists(n => n.Operator == "Loop"));
    }

    private static NeuronBank Bank(string name, Dictionary<string, string> fields)
    {
        var bus = new Bus(fields["bus"], int.Parse(fields["low"], CultureInfo.InvariantCulture), int.Parse(fields["width"], CultureInfo.InvariantCulture)) { IsPlain = fields.ContainsKey("plain") };
        if (fields.ContainsKey("input"))
            return new NeuronBank { Name = name, Bus = bus, IsInput = true };
        string[] rails = fields["clip"].Split(',');
        return new NeuronBank
        {
            Name = name,
            Bus = bus,
            Model = fields.GetValueOrDefault("model", string.Empty),
            Form = Enum.Parse<NeuronForm>(fields["form"], ignoreCase: true),
            Activation = Enum.Parse<Activation>(fields["rho"], ignoreCase: true),
            Gain = Parse(fields["gain"]),
            Center = Parse(fields["center"]),
            Offset = Parse(fields["vos"]),
            Rest = Parse(fields["vrest"]),
            Capacitance = Parse(fields["c"]),
            LeakConductance = Parse(fields["g"]),
            Bias = [.. new double[bus.Width]],
            LearnBias = fields["learn"] == "1",
            ClipLow = Parse(rails[0]),
            ClipHigh = Parse(rails[1]),
        };
    }

    private static SynapseArray Array(string name, Dictionary<string, string> fields, Func<string, Bus> bus) => new()
    {
        Name = name,
        Pre = bus(fields["pre"]),
        Post = bus(fields["post"]),
        Model = fields.GetValueOrDefault("model", string.Empty),
        TiedTo = fields.GetValueOrDefault("tied"),
        UnitConductance = Parse(fields["g0"]),
        MinimumConductance = Parse(fields["gmin"]),
        MaximumConductance = Parse(fields["gmax"]),
        WeightLow = Parse(fields["wmin"]),
        WeightHigh = Parse(fields["wmax"]),
        Learn = fields["learn"] == "1",
    };

    private static Dictionary<string, string> Fields(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0], StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);

    private static string Model(string name) => name.Length > 0 ? $" model={name}" : string.Empty;

    private static string Word<TEnum>(TEnum value)
        where TEnum : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Flag(bool value) => value ? "1" : "0";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Parse(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}

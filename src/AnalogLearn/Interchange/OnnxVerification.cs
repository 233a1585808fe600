using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Interchange;

/// <summary>How one output of a model compares with the simulator.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="LargestDifference">Largest absolute difference over all examples [V]; NaN when the shapes differ or the output is missing.</param>
/// <param name="LargestValue">Largest absolute value that the simulator gives [V].</param>
public sealed record OnnxOutputComparison(string Name, double LargestDifference, double LargestValue);

/// <summary>
/// Runs an exported model in a real ONNX Runtime and holds it against the simulator, which settles the circuit that the model itself describes, in single
/// precision with the model's own step, tolerance and limit.
/// </summary>
/// <param name="Outputs">Every state and activity output.</param>
/// <param name="ExampleCount">Examples compared.</param>
/// <param name="LargestResidual">Largest residual of the model's fixed-point iteration [V]; 0 for plain layers.</param>
/// <param name="LargestSteps">Most steps that an example took; 0 for plain layers.</param>
/// <param name="UnsettledCount">Examples whose residual stayed above the tolerance.</param>
/// <param name="Runtime">The runtime that ran the model.</param>
public sealed record OnnxVerification(ImmutableArray<OnnxOutputComparison> Outputs, int ExampleCount, double LargestResidual, int LargestSteps, int UnsettledCount, string Runtime)
{
    /// <summary>The largest difference of all outputs [V]; NaN when any could not be compared.</summary>
    public double LargestDifference => Outputs.Any(o => double.IsNaN(o.LargestDifference)) ? double.NaN : Outputs.Max(o => o.LargestDifference);

    /// <summary>Runs a model file and compares.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="inputs">Values of each input bus by name, examples × width [V]; the same number of examples for all.</param>
    /// <param name="runner">The runtime.</param>
    /// <param name="diagnostics">Receives what is wrong with the file or the inputs.</param>
    /// <returns>The comparison, or null when the file is missing or is no exported network, or when the inputs do not fit.</returns>
    public static OnnxVerification? Run(string path, IReadOnlyDictionary<string, Batch<float>> inputs, IOnnxRunner runner, DiagnosticBag diagnostics)
    {
        if (!File.Exists(path))
        {
            diagnostics.Error("AL0713", SourceSpan.None, $"There is no file {path}.");
            return null;
        }

        byte[] model = File.ReadAllBytes(path);
        return OnnxNetwork.Read(model, path, diagnostics) is { } network ? Run(model, network, inputs, runner, diagnostics) : null;
    }

    /// <summary>Runs a model and compares it with a network.</summary>
    /// <param name="model">The model's bytes.</param>
    /// <param name="network">The network that it should be: what <see cref="OnnxNetwork.Read"/> found in it, or the one that was exported.</param>
    /// <param name="inputs">Values of each input bus by name, examples × width [V]; the same number of examples for all.</param>
    /// <param name="runner">The runtime.</param>
    /// <param name="diagnostics">Receives what is wrong with the inputs.</param>
    /// <returns>The comparison, or null when the inputs do not fit.</returns>
    public static OnnxVerification? Run(byte[] model, OnnxNetwork network, IReadOnlyDictionary<string, Batch<float>> inputs, IOnnxRunner runner, DiagnosticBag diagnostics)
    {
        if (Simulate(network, inputs, diagnostics) is not { } expected)
            return null;
        var tensors = network.Circuit.Banks.Where(b => b.IsInput).ToDictionary(
            b => b.Bus.Name,
            b => new OnnxTensor([inputs[b.Bus.Name].Rows, b.Bus.Width], [.. inputs[b.Bus.Name].Values.Select(v => (double)v)]),
            StringComparer.Ordinal);
        IReadOnlyDictionary<string, OnnxTensor> found = runner.Run(model, tensors);
        return Compare(network, expected, found, runner.Description);
    }

    /// <summary>What the simulator gives for every state and activity output of a model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Values of each input bus by name, examples × width [V].</param>
    /// <param name="diagnostics">Receives what is wrong with the inputs.</param>
    /// <returns>Outputs by name, examples × width; null when the inputs do not fit.</returns>
    public static IReadOnlyDictionary<string, Batch<float>>? Simulate(OnnxNetwork network, IReadOnlyDictionary<string, Batch<float>> inputs, DiagnosticBag diagnostics)
    {
        RateNetwork layout = RateNetwork.Compile(network.Circuit);
        var field = new RateField<float>(layout, network.Parameters);
        int examples = layout.Inputs.Length > 0 ? -1 : 1;
        foreach (RateInput input in layout.Inputs)
        {
            string bus = input.Description.Bus.Name;
            if (!inputs.TryGetValue(bus, out Batch<float>? values) || values.Width != input.Width || (examples >= 0 && values.Rows != examples))
            {
                string given = values is null ? "none were given" : string.Create(CultureInfo.InvariantCulture, $"{values.Rows} x {values.Width} were given");
                string wanted = examples < 0 ? "N" : examples.ToString(CultureInfo.InvariantCulture);
                diagnostics.Error("AL0714", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"The input {bus} needs {wanted} x {input.Width} values, but {given}."));
                return null;
            }

            examples = values.Rows;
            field.SetInput(input.Index, values);
        }

        var state = new Batch<float>(examples, layout.StateCount);
        if (OnnxExport.LayerOrder(layout) is { } order)
        {
            Layers(field, order, state);
        }
        else
        {
            for (int e = 0; e < examples; e++)
                Start(layout, state.Row(e));
            new Settler<float>(field).Settle(state, new SettleOptions { StepOverTau = network.StepOverTau, Tolerance = network.Tolerance, MaximumSteps = network.MaximumSteps });
        }

        var outputs = new Dictionary<string, Batch<float>>(StringComparer.Ordinal);
        foreach (string bus in network.OutputBuses)
        {
            RateBank bank = layout.Bank(bus);
            var states = new Batch<float>(examples, bank.Width);
            var rates = new Batch<float>(examples, bank.Width);
            var all = new float[layout.StateCount];
            for (int e = 0; e < examples; e++)
            {
                state.Row(e).Slice(bank.Offset, bank.Width).CopyTo(states.Row(e));
                field.Activities(state.Row(e), all);
                all.AsSpan(bank.Offset, bank.Width).CopyTo(rates.Row(e));
            }

            outputs[bus] = states;
            if (!bank.ActivityIsState)
                outputs[$"{bus}_rate"] = rates;
        }

        return outputs;
    }

    /// <summary>Holds the outputs of a model against the simulator's.</summary>
    /// <param name="network">The network.</param>
    /// <param name="expected">The simulator's outputs by name.</param>
    /// <param name="found">The model's outputs by name.</param>
    /// <param name="runtime">The runtime that ran it.</param>
    public static OnnxVerification Compare(OnnxNetwork network, IReadOnlyDictionary<string, Batch<float>> expected, IReadOnlyDictionary<string, OnnxTensor> found, string runtime)
    {
        var outputs = ImmutableArray.CreateBuilder<OnnxOutputComparison>();
        foreach ((string name, Batch<float> values) in expected.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            double difference = double.NaN;
            if (found.TryGetValue(name, out OnnxTensor? tensor) && tensor.Shape.SequenceEqual([values.Rows, values.Width]))
            {
                difference = 0;
                for (int k = 0; k < tensor.Values.Length; k++)
                    difference = Math.Max(difference, Math.Abs(tensor.Values[k] - values.Values[k])); // NaN stays NaN
            }

            outputs.Add(new OnnxOutputComparison(name, difference, values.Values.Select(v => Math.Abs((double)v)).DefaultIfEmpty().Max()));
        }

        double[] residuals = found.TryGetValue("residual", out OnnxTensor? residual) ? residual.Values : [];
        double[] steps = found.TryGetValue("steps", out OnnxTensor? taken) ? taken.Values : [];
        return new OnnxVerification(
            outputs.ToImmutable(),
            expected.Values.Select(v => v.Rows).FirstOrDefault(),
            residuals.DefaultIfEmpty().Max(),
            (int)steps.DefaultIfEmpty().Max(),
            residuals.Count(r => !(r <= network.Tolerance)),
            runtime);
    }

    /// <summary>The fixed point of a network without a loop: as many sweeps as there are layers, each making one more layer exact.</summary>
    private static void Layers(RateField<float> field, ImmutableArray<RateBank> order, Batch<float> state)
    {
        RateNetwork layout = field.Network;
        var mu = new float[layout.StateCount];
        for (int e = 0; e < state.Rows; e++)
        {
            Span<float> s = state.Row(e);
            foreach (RateBank bank in order)
            {
                field.Unprojected(e, s, mu);
                for (int i = bank.Offset; i < bank.Offset + bank.Width; i++)
                    s[i] = Math.Min(Math.Max(s[i] + mu[i], (float)layout.ClipLow[i]), (float)layout.ClipHigh[i]);
            }
        }
    }

    private static void Start(RateNetwork layout, Span<float> state)
    {
        foreach (RateBank bank in layout.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                int i = bank.Offset + k;
                double v = layout.Circuit.InitialConditions.GetValueOrDefault(bank.Description.Bus.NodeName(k));
                state[i] = (float)Math.Min(Math.Max(v, layout.ClipLow[i]), layout.ClipHigh[i]);
            }
        }
    }
}

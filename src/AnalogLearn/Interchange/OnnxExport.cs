using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Interchange;

/// <summary>How a network is exported to ONNX.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The buses whose states become outputs, lower case; when empty, every bus that carries neurons.</summary>
    public ImmutableArray<string> OutputBuses { get; init; } = [];

    /// <summary>Euler step of a recurrent network in units of its shortest time constant.</summary>
    public double StepOverTau { get; init; } = 0.5;

    /// <summary>An example is settled when the largest |clip(s + μ) − s| is at or below this [V].</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Most steps taken.</summary>
    public int MaximumSteps { get; init; } = 1000;

    /// <summary>What the model says made it.</summary>
    public string ProducerName { get; init; } = "AnalogLearn";

    /// <summary>The version of what made it.</summary>
    public string ProducerVersion { get; init; } = typeof(OnnxExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? string.Empty;

    /// <summary>Further entries of the model's metadata; those that describe the circuit cannot be replaced.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>
/// Writes a trained network as an ONNX model (operator set 17, IR version 8): as what it is. A network with a loop becomes a fixed-point iteration, an ONNX
/// <c>Loop</c> whose body is one Euler step
///     s ← clip(s + ε (τ_min/τ) μ(s)),   μ = rest + Σ W ρ(s) + b − s (voltage form) or ρ(Σ W s + b) − s (rate form),
/// and which ends when every example's residual max |clip(s + μ) − s| is at or below the tolerance, or at the step limit. Examples that have settled stand
/// still, so an example's result does not depend on its companions in the batch. A network without a loop becomes plain layers, its fixed point in
/// closed form: s = clip(rest + Σ W a + b), or clip(ρ(Σ W a + b)).
/// </summary>
/// <remarks>
/// Inputs are named after the input buses, N × width, N free. Outputs: for each output bus its state under the bus's name [V, N × width], in voltage form also
/// its activity ρ(s) as <c>bus_rate</c>; for a network with a loop <c>residual</c> [V, N] and <c>steps</c> [N]. Weights are constants named after
/// their arrays, post × pre, a tied array using the constant of the other; biases are <c>bank.bias</c>. Circuit quantities stand in the metadata,
/// from which <see cref="OnnxNetwork"/> builds the circuit again. The same network always gives the same bytes.
/// </remarks>
public static class OnnxExport
{
    /// <summary>Writes a model.</summary>
    /// <param name="circuit">A circuit of neuron banks and synapse arrays alone.</param>
    /// <param name="parameters">Its trained parameters, in the layout of <see cref="RateNetwork.Layout"/>.</param>
    /// <param name="options">Outputs, step, tolerance, limit.</param>
    /// <param name="stream">Where to write; left open.</param>
    /// <param name="diagnostics">Receives what keeps the network from being exported.</param>
    /// <returns>Whether a model was written; nothing is written when not.</returns>
    public static bool Write(Circuit circuit, ParameterSet<float> parameters, OnnxExportOptions options, Stream stream, DiagnosticBag diagnostics)
    {
        foreach (Element element in circuit.Elements.Take(1))
        {
            diagnostics.Error("AL0701", element.Span, $"The element {element.Name} cannot be exported to ONNX: only neuron banks and synapse arrays can.", "Export the deck with 'spice' instead, or leave the element out.");
            return false;
        }

        foreach (NeuronBank bank in circuit.Banks.Where(b => double.IsFinite(b.FiniteGain) || b.Dac is not null || b.Adc is not null))
        {
            string what = double.IsFinite(bank.FiniteGain) ? "a0" : bank.Dac is not null ? "dac" : "adc";
            diagnostics.Error("AL0704", bank.Variation.FirstOrDefault(a => a.Name == what)?.Span ?? bank.Span, $"'{what}' of '{bank.Name}' cannot be exported to ONNX.", "Leave it out, or export the deck with 'spice' or 'npz'.");
        }

        foreach (SynapseArray array in circuit.Arrays.Where(a => a.Card is { Conduction.IsEmpty: false }))
            diagnostics.Error("AL0704", array.Variation.FirstOrDefault(a => a.Name is "iv")?.Span ?? array.Span, $"'iv' of '{array.Name}' cannot be exported to ONNX.", "Leave it out, or export the weights with 'npz'.");
        ImmutableArray<NeuronBank> outputs = Outputs(circuit, options, diagnostics);
        if (!(options.StepOverTau > 0))
            diagnostics.Error("AL0703", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"The step of the settling loop must be positive, but it is {options.StepOverTau} time constants."));
        if (!(options.Tolerance >= 0))
            diagnostics.Error("AL0703", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"The settle tolerance must not be negative, but it is {options.Tolerance} V."));
        if (options.MaximumSteps < 1)
            diagnostics.Error("AL0703", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"The step limit must be at least 1, but it is {options.MaximumSteps}."));
        if (diagnostics.HasErrors)
            return false;

        byte[] bytes = new Exporter(RateNetwork.Compile(circuit), parameters, options, outputs).Model().ToBytes();
        stream.Write(bytes);
        return true;
    }

    private static ImmutableArray<NeuronBank> Outputs(Circuit circuit, OnnxExportOptions options, DiagnosticBag diagnostics)
    {
        if (options.OutputBuses.IsDefaultOrEmpty)
            return [.. circuit.Banks.Where(b => !b.IsInput)];
        var outputs = ImmutableArray.CreateBuilder<NeuronBank>();
        foreach (string name in options.OutputBuses)
        {
            if (circuit.BankOn(name) is { IsInput: false } bank)
            {
                if (!outputs.Contains(bank))
                    outputs.Add(bank);
                continue;
            }

            string known = string.Join(", ", circuit.Banks.Where(b => !b.IsInput).Select(b => b.Bus.Name));
            diagnostics.Error("AL0702", SourceSpan.None, $"There is no bus of neurons named '{name}' to export.", $"Buses that carry neurons: {known}.");
        }

        return outputs.ToImmutable();
    }

    /// <summary>The banks in an order in which each comes after those it receives from, or null when there is a loop among them.</summary>
    /// <param name="network">The network.</param>
    internal static ImmutableArray<RateBank>? LayerOrder(RateNetwork network)
    {
        var order = ImmutableArray.CreateBuilder<RateBank>();
        var waiting = network.Banks.ToList();
        while (waiting.Count > 0)
        {
            RateBank? next = waiting.Find(bank => !network.Connections.Any(c => c.Post == bank && c.Pre is { } pre && waiting.Contains(pre)));
            if (next is null)
                return null;
            waiting.Remove(next);
            order.Add(next);
        }

        return order.ToImmutable();
    }

    private sealed class Exporter
    {
        private readonly RateNetwork _network;
        private readonly ParameterSet<float> _parameters;
        private readonly OnnxExportOptions _options;
        private readonly ImmutableArray<NeuronBank> _outputs;
        private readonly OnnxGraphBuilder _main;
        private readonly Dictionary<int, string> _weights = [];
        private readonly Dictionary<int, string> _biases = [];
        private readonly string _batchSize;

        public Exporter(RateNetwork network, ParameterSet<float> parameters, OnnxExportOptions options, ImmutableArray<NeuronBank> outputs)
        {
            _network = network;
            _parameters = parameters;
            _options = options;
            _outputs = outputs;
            IEnumerable<string> reserved = network.Inputs.Select(i => i.Description.Bus.Name)
                .Concat(outputs.SelectMany(b => new[] { b.Bus.Name, $"{b.Bus.Name}_rate" })).Concat(["residual", "steps"]);
            _main = new OnnxGraphBuilder("network", reserved);
            foreach (RateInput input in network.Inputs)
            {
                string bus = input.Description.Bus.Name;
                _main.Graph.Inputs.Add(new OnnxPort(bus, OnnxType.Float, ["N", input.Width], Invariant($"clamped voltages of bus {bus} [V], examples x {input.Width}")));
            }

            foreach (RateBank bank in network.Banks)
                _biases[bank.Index] = _main.Constant($"{bank.Description.Name}.bias", [bank.Width], parameters.Blocks[bank.BiasBlock], $"biases of {bank.Description.Name} on bus {bank.Description.Bus.Name} [V]");
            foreach (RateConnection c in network.Connections.Where(c => !c.IsTied))
                _weights[c.Block] = _main.Constant(c.Description.Name, [c.Description.Post.Width, c.Description.Pre.Width], Masked(c), $"weights from {c.Description.Pre.Name} to {c.Description.Post.Name}, post x pre");
            _batchSize = network.Inputs.Length > 0
                ? _main.Add("Shape", _main.Unique("examples"), [new OnnxAttribute("start", 0), new OnnxAttribute("end", 1)], network.Inputs[0].Description.Bus.Name)
                : _main.Integers(1);
        }

        public OnnxModel Model()
        {
            if (LayerOrder(_network) is { } order)
                Layers(order);
            else
                Loop();
            _main.Graph.Doc = "tau ds/dt = -(s - rest) + sum W rho(s) + b (voltage form), -s + rho(sum W s + b) (rate form); states in volts.";
            var model = new OnnxModel
            {
                ProducerName = _options.ProducerName,
                ProducerVersion = _options.ProducerVersion,
                Doc = _network.Circuit.Title,
                Graph = _main.Graph,
            };
            model.OperatorSets.Add(new OnnxOperatorSet { Version = 17 });
            foreach ((string key, string value) in OnnxNetwork.Describe(_network.Circuit, _options))
                model.Metadata.Add(new OnnxProperty { Key = key, Value = value });
            foreach ((string key, string value) in _options.Metadata.Where(entry => model.Metadata.TrueForAll(known => !string.Equals(known.Key, entry.Key, StringComparison.Ordinal))))
                model.Metadata.Add(new OnnxProperty { Key = key, Value = value });
            return model;
        }

        /// <summary>No loop: the fixed point in closed form, layer after layer.</summary>
        private void Layers(ImmutableArray<RateBank> order)
        {
            var activity = new Dictionary<int, string>();
            foreach (RateBank bank in order)
            {
                string bus = bank.Description.Bus.Name;
                string sum = Sum(_main, bank, Drive(bank), activity);
                if (_network.Connections.All(c => c.Post != bank))
                    sum = PerExample(sum, bank.Width, $"{bus}.sum");
                string state = bank.ActivityIsState ? Curve(_main, bank, sum, $"{bus}.rate") : sum;
                state = Clip(_main, bank, state, $"{bus}.clipped");
                Output(bank, state, activity, needed: _network.Connections.Any(c => c.Pre == bank));
            }
        }

        /// <summary>A loop: iterate an Euler step from the initial state until every example has settled.</summary>
        private void Loop()
        {
            string[] drive = [.. _network.Banks.Select(Drive)];
            var loop = new OnnxNode { Operator = "Loop", Name = "settle", Doc = "s <- clip(s + step mu(s)) until the residual of every example is within the tolerance" };
            loop.Inputs.Add(_main.Integer(_options.MaximumSteps + 1L)); // the last pass takes no step: it measures the residual where the state came to
            loop.Inputs.Add(_main.True());

            OnnxGraphBuilder body = _main.Nested("step");
            string iteration = body.Unique("iteration");
            string go = body.Unique("go");
            body.Graph.Inputs.Add(new OnnxPort(iteration, OnnxType.Int64, []));
            body.Graph.Inputs.Add(new OnnxPort(go, OnnxType.Bool, []));
            var states = new List<string>();
            var activity = new Dictionary<int, string>();
            foreach (RateBank bank in _network.Banks)
            {
                string bus = bank.Description.Bus.Name;
                string state = body.Unique($"{bus}.state");
                states.Add(state);
                body.Graph.Inputs.Add(new OnnxPort(state, OnnxType.Float, ["N", bank.Width]));
                loop.Inputs.Add(PerExample(InitialState(bank), bank.Width, $"{bus}.initial"));
                if (_network.Connections.Any(c => c.Pre == bank))
                    activity[bank.Index] = bank.ActivityIsState ? state : Curve(body, bank, state, $"{bus}.activity");
            }

            string residualBefore = body.Unique("residual.before");
            string stepsBefore = body.Unique("steps.before");
            body.Graph.Inputs.Add(new OnnxPort(residualBefore, OnnxType.Float, ["N", 1]));
            body.Graph.Inputs.Add(new OnnxPort(stepsBefore, OnnxType.Int64, ["N", 1]));
            loop.Inputs.Add(PerExample(_main.Scalar(0), 1, "residual.initial"));
            loop.Inputs.Add(PerExample(_main.Integer(0), 1, "steps.initial"));

            var drifts = new List<string>();
            var residuals = new List<string>();
            foreach (RateBank bank in _network.Banks)
            {
                string bus = bank.Description.Bus.Name;
                string sum = Sum(body, bank, drive[bank.Index], activity);
                if (bank.ActivityIsState)
                    sum = Curve(body, bank, sum, $"{bus}.target");
                string drift = body.Add("Sub", $"{bus}.mu", sum, states[bank.Index]);
                drifts.Add(drift);
                string free = drift;
                if (IsClipped(bank))
                    free = body.Add("Sub", $"{bus}.free", Clip(body, bank, body.Add("Add", $"{bus}.full_step", states[bank.Index], drift), $"{bus}.full_step_clipped"), states[bank.Index]);
                residuals.Add(body.Add("ReduceMax", body.Unique($"{bus}.residual"), [new OnnxAttribute("axes", [1]), new OnnxAttribute("keepdims", 1)], body.Add("Abs", $"{bus}.distance", free)));
            }

            string residual = residuals.Count == 1 ? residuals[0] : body.Add("Max", "residual.now", [.. residuals]);
            string moving = body.Add("And", "moving", body.Add("Greater", "unsettled", residual, body.Scalar(_options.Tolerance)), body.Add("Less", "within_limit", iteration, body.Integer(_options.MaximumSteps)));
            double shortest = _network.Tau.Min();
            var next = new List<string>();
            foreach (RateBank bank in _network.Banks)
            {
                string bus = bank.Description.Bus.Name;
                double[] step = [.. Of(_network.Tau, bank).ToArray().Select(tau => _options.StepOverTau * shortest / tau)];
                string moved = body.Add("Add", $"{bus}.moved", states[bank.Index], body.Add("Mul", $"{bus}.change", drifts[bank.Index], body.PerNeuron($"{bus}.step", step)));
                next.Add(body.Add("Where", $"{bus}.next", moving, Clip(body, bank, moved, $"{bus}.moved_clipped"), states[bank.Index]));
            }

            string one = body.Add("Cast", body.Unique("moved"), [new OnnxAttribute("to", (long)OnnxType.Int64)], moving);
            string steps = body.Add("Add", "steps.now", stepsBefore, one);
            string any = body.Add("ReduceMax", body.Unique("any_moving"), [new OnnxAttribute("keepdims", 0)], one);
            string again = body.Add("Greater", "again", any, body.Integer(0));

            body.Graph.Outputs.Add(new OnnxPort(again, OnnxType.Bool, []));
            foreach (RateBank bank in _network.Banks)
                body.Graph.Outputs.Add(new OnnxPort(next[bank.Index], OnnxType.Float, ["N", bank.Width]));
            string residualAfter = body.Add("Identity", "residual.after", residual);
            body.Graph.Outputs.Add(new OnnxPort(residualAfter, OnnxType.Float, ["N", 1]));
            body.Graph.Outputs.Add(new OnnxPort(steps, OnnxType.Int64, ["N", 1]));
            loop.Attributes.Add(new OnnxAttribute("body", body.Graph));

            foreach (RateBank bank in _network.Banks)
                loop.Outputs.Add(_main.Unique($"{bank.Description.Bus.Name}.settled"));
            string residualSettled = _main.Unique("residual.settled");
            string stepsSettled = _main.Unique("steps.settled");
            string[] settled = [.. loop.Outputs];
            loop.Outputs.Add(residualSettled);
            loop.Outputs.Add(stepsSettled);
            _main.Graph.Nodes.Add(loop);

            foreach (RateBank bank in _network.Banks)
                Output(bank, settled[bank.Index], activity: null, needed: false);
            _main.Add("Squeeze", "residual", [], residualSettled, _main.Integers(1));
            _main.Add("Squeeze", "steps", [], stepsSettled, _main.Integers(1));
            _main.Graph.Outputs.Add(new OnnxPort("residual", OnnxType.Float, ["N"], "how far each example still is from its fixed point: largest |clip(s + mu) - s| [V]"));
            _main.Graph.Outputs.Add(new OnnxPort("steps", OnnxType.Int64, ["N"], "Euler steps that each example took"));
        }

        /// <summary>What does not change while the states move: Σ W x over the inputs, the bias, and the constants that stand beside them.</summary>
        private string Drive(RateBank bank)
        {
            string bus = bank.Description.Bus.Name;
            string drive = _biases[bank.Index];
            double[] constant = bank.ActivityIsState ? Shift(bank) : Of(_network.Rest, bank).ToArray();
            if (Array.Exists(constant, c => c != 0))
                drive = _main.Add("Add", $"{bus}.bias_and_offset", drive, _main.PerNeuron($"{bus}.offset", constant));
            foreach (RateConnection c in _network.Connections.Where(c => c.Post == bank && c.PreInput is not null))
                drive = Product(_main, c, c.PreInput!.Description.Bus.Name, drive, $"{bus}.drive");
            return drive;
        }

        /// <summary>The drive, and Σ W a over the banks.</summary>
        private string Sum(OnnxGraphBuilder graph, RateBank bank, string drive, Dictionary<int, string> activity)
        {
            foreach (RateConnection c in _network.Connections.Where(c => c.Post == bank && c.Pre is not null))
                drive = Product(graph, c, activity[c.Pre!.Index], drive, $"{bank.Description.Bus.Name}.sum");
            return drive;
        }

        /// <summary>a Wᵀ + sum: the weights stand post × pre; those of a tied array are the transpose of the other's, and so already pre × post.</summary>
        private string Product(OnnxGraphBuilder graph, RateConnection c, string pre, string sum, string result) =>
            graph.Add("Gemm", graph.Unique(result), c.IsTied ? [] : [new OnnxAttribute("transB", 1)], pre, _weights[c.Block], sum);

        /// <summary>ρ(gain (v + vos − center)); in rate form vos − center is in the drive already.</summary>
        private string Curve(OnnxGraphBuilder graph, RateBank bank, string v, string result)
        {
            string bus = bank.Description.Bus.Name;
            double[] shift = Shift(bank);
            if (!bank.ActivityIsState && Array.Exists(shift, c => c != 0))
                v = graph.Add("Add", $"{bus}.shifted", v, graph.PerNeuron($"{bus}.shift", shift));
            ReadOnlySpan<double> gain = Of(_network.Gain, bank);
            if (gain.ContainsAnyExcept(1.0))
                v = graph.Add("Mul", $"{bus}.amplified", v, graph.PerNeuron($"{bus}.gain", gain));
            return bank.Description.Activation switch
            {
                Activation.Linear => v,
                Activation.Relu => graph.Add("Relu", result, v),
                Activation.Logistic => graph.Add("Sigmoid", result, v),
                Activation.Tanh => graph.Add("Tanh", result, v),
                Activation.HardSigmoid => graph.Add("Clip", result, v, graph.Scalar(0), graph.Scalar(1)),
                Activation.Softplus => graph.Add("Softplus", result, v),
                Activation.Softmax => graph.Add("Softmax", graph.Unique(result), [new OnnxAttribute("axis", -1)], v),
                _ => throw new InvalidOperationException($"No ONNX operator for {bank.Description.Activation}."),
            };
        }

        private string Clip(OnnxGraphBuilder graph, RateBank bank, string v, string result)
        {
            if (!IsClipped(bank))
                return v;
            string bus = bank.Description.Bus.Name;
            ReadOnlySpan<double> low = Of(_network.ClipLow, bank);
            ReadOnlySpan<double> high = Of(_network.ClipHigh, bank);
            if (OnnxGraphBuilder.IsUniform(low) && OnnxGraphBuilder.IsUniform(high))
            {
                string[] rails = [v, double.IsInfinity(low[0]) ? string.Empty : graph.Scalar(low[0]), double.IsInfinity(high[0]) ? string.Empty : graph.Scalar(high[0])];
                return graph.Add("Clip", result, rails[2].Length > 0 ? rails : rails[..2]);
            }

            return graph.Add("Min", result, graph.Add("Max", $"{result}.low", v, graph.PerNeuron($"{bus}.clip_low", low)), graph.PerNeuron($"{bus}.clip_high", high));
        }

        /// <summary>The outputs of a bank, and its activity where others need it.</summary>
        private void Output(RateBank bank, string state, Dictionary<int, string>? activity, bool needed)
        {
            string bus = bank.Description.Bus.Name;
            bool wanted = _outputs.Contains(bank.Description);
            bool isState = bank.ActivityIsState;
            string rate = isState || !(wanted || needed) ? state : Curve(_main, bank, state, $"{bus}.activity");
            if (activity is not null)
                activity[bank.Index] = rate;
            if (!wanted)
                return;
            _main.Add("Identity", bus, [], state);
            _main.Graph.Outputs.Add(new OnnxPort(bus, OnnxType.Float, ["N", bank.Width], Invariant($"states of bus {bus} [V], examples x {bank.Width}")));
            if (isState)
                return;
            _main.Add("Identity", $"{bus}_rate", [], rate);
            _main.Graph.Outputs.Add(new OnnxPort($"{bus}_rate", OnnxType.Float, ["N", bank.Width], Invariant($"activities rho of bus {bus}, examples x {bank.Width}")));
        }

        /// <summary>A constant, repeated for every example: N × width.</summary>
        private string PerExample(string value, int width, string result)
        {
            string shape = _main.Add("Concat", _main.Unique($"{result}.shape"), [new OnnxAttribute("axis", 0)], _batchSize, _main.Integers(width));
            return _main.Add("Expand", result, value, shape);
        }

        /// <summary>Where the states start: their initial conditions, or zero, inside the rails.</summary>
        private string InitialState(RateBank bank)
        {
            var start = new double[bank.Width];
            for (int k = 0; k < start.Length; k++)
            {
                double v = _network.Circuit.InitialConditions.GetValueOrDefault(bank.Description.Bus.NodeName(k));
                start[k] = Math.Min(Math.Max(v, _network.ClipLow[bank.Offset + k]), _network.ClipHigh[bank.Offset + k]);
            }

            return _main.PerNeuron($"{bank.Description.Bus.Name}.start", start);
        }

        private float[] Masked(RateConnection c)
        {
            var weights = (float[])_parameters.Blocks[c.Block].Clone();
            ImmutableArray<bool> mask = c.Description.Mask;
            for (int k = 0; !mask.IsDefaultOrEmpty && k < weights.Length; k++)
                weights[k] = mask[k] ? weights[k] : 0;
            return weights;
        }

        private double[] Shift(RateBank bank) => [.. Of(_network.Offset, bank).ToArray().Zip(Of(_network.Center, bank).ToArray(), (vos, center) => vos - center)];

        private bool IsClipped(RateBank bank) => Of(_network.ClipLow, bank).ContainsAnyExcept(double.NegativeInfinity) || Of(_network.ClipHigh, bank).ContainsAnyExcept(double.PositiveInfinity);

        private static ReadOnlySpan<double> Of(double[] all, RateBank bank) => all.AsSpan(bank.Offset, bank.Width);

        private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}

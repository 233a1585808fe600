using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Interchange;

/// <summary>How the synapses of a network are written in a SPICE deck.</summary>
public enum SpiceSynapses
{
    /// <summary>One linear controlled source (G) a synapse.</summary>
    Sources,

    /// <summary>One behavioural source (B) a neuron, the sum over its synapses in its expression.</summary>
    Expressions,
}

/// <summary>How a network is exported as a SPICE deck.</summary>
public sealed record SpiceExportOptions
{
    /// <summary>How synapses are written.</summary>
    public SpiceSynapses Synapses { get; init; } = SpiceSynapses.Sources;

    /// <summary>Whether the deck asks for the operating point.</summary>
    public bool OperatingPoint { get; init; } = true;

    /// <summary>End of the transient analysis [s]; null for ten times the longest time constant; 0 for none.</summary>
    public double? StopTime { get; init; }

    /// <summary>Largest time step [s]; null for a fiftieth of the shortest time constant.</summary>
    public double? MaximumStep { get; init; }

    /// <summary>ngspice's <c>reltol</c>.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>ngspice's <c>vntol</c> [V].</summary>
    public double VoltageTolerance { get; init; } = 1e-9;

    /// <summary>Conductance of the clamps that hold a state at its rails, in units of the neuron's leak.</summary>
    public double ClampRatio { get; init; } = 1e7;

    /// <summary>Further simulator options by name, such as <c>gmin</c> and <c>tnom</c>.</summary>
    public ImmutableArray<KeyValuePair<string, double>> Further { get; init; } = [];

    /// <summary>The buses whose node voltages are saved; when empty, all that carry neurons.</summary>
    public ImmutableArray<string> SavedBuses { get; init; } = [];
}

/// <summary>
/// Writes a network as a plain ngspice deck, one subnet a neuron:
///     voltage form  C dv/dt = −κ g v + g (κ vrest + b) + Σ (g W) ρ(v_j) − i_clamp(v):  C, R = 1/κg, a current source, a G source a synapse; ρ(v_j) is the voltage of node <c>h_3.rate</c>, set by a B source;
///     rate form     C dv/dt = −κ g v + g ρ(Σ W v_j + b) − i_clamp(v):  the sum is the voltage of node <c>h_3.sum</c> across 1 Ω, its curve one B source.
/// A node of bus <c>h[0:n]</c> is called <c>h_3</c>; inputs are V sources, with the waveform of the circuit's own source where it has one. The deck starts from
/// the circuit's initial conditions, zero where it has none. Activities through bent currents of devices (<c>iv</c>) are the voltages of nodes <c>h_3.passed</c>; a slew limit has its integrator <c>h_3.int</c>.
/// </summary>
/// <remarks>
/// Rails: the simulator stops a state exactly at its rail. A SPICE deck holds it there with a piecewise-linear clamp, a B source of conductance
/// <see cref="SpiceExportOptions.ClampRatio"/> times the leak beyond the rail, so a pinned state stands beyond its rail by its overdrive over that ratio
/// (10⁻⁷ of the overdrive by default) and leaves it when the simulator's would. Noise is not exported (a comment in the deck says so).
/// </remarks>
public static class SpiceExport
{
    /// <summary>Writes a deck.</summary>
    /// <param name="circuit">The circuit. Elements beside its neuron banks and synapse arrays are written as they are.</param>
    /// <param name="parameters">Its parameters, in the layout of <see cref="RateNetwork.Layout"/>.</param>
    /// <param name="inputs">The voltages of each input bus by name [V]; a bus whose nodes all have sources in the circuit needs none, and such nodes keep their sources.</param>
    /// <param name="options">Synapses, analyses, tolerances.</param>
    /// <param name="writer">Where to; left open.</param>
    /// <param name="diagnostics">Receives what keeps the network from being exported.</param>
    /// <returns>Whether a deck was written; nothing is written when not.</returns>
    public static bool Write(Circuit circuit, ParameterSet<double> parameters, IReadOnlyDictionary<string, double[]> inputs, SpiceExportOptions options, TextWriter writer, DiagnosticBag diagnostics)
    {
        int errors = diagnostics.Count(d => d.Severity == Severity.Error);
        foreach (NeuronBank input in circuit.Banks.Where(b => b.IsInput && Enumerable.Range(0, b.Bus.Width).Any(k => Source(circuit, b.Bus, k) is null)))
        {
            int given = inputs.TryGetValue(input.Bus.Name, out double[]? values) ? values.Length : 0;
            if (given != input.Bus.Width)
                diagnostics.Error("AL0731", input.Span, string.Create(CultureInfo.InvariantCulture, $"The input bus {input.Bus.Name} has {input.Bus.Width} nodes, but {given} values were given for it."), "Choose an example of the data set, or give a value for every node.");
            else if (System.Array.Exists(values!, v => !double.IsFinite(v)))
                diagnostics.Error("AL0731", input.Span, $"The values for the input bus {input.Bus.Name} are not all finite.");
        }

        foreach (string bus in options.SavedBuses.Where(bus => circuit.BankOn(bus) is null))
            diagnostics.Error("AL0732", SourceSpan.None, $"There is no bus named '{bus}' to save.", $"Buses: {string.Join(", ", circuit.Banks.Select(b => b.Bus.Name))}.");
        if (diagnostics.Count(d => d.Severity == Severity.Error) > errors)
            return false;

        new Deck(circuit, RateNetwork.Compile(circuit with { Elements = [] }), parameters, inputs, options, writer).Write();
        return true;
    }

    /// <summary>Writes a circuit without neuron banks: elements and models, flat, every number evaluated.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="options">Which analyses; <see cref="SpiceExportOptions.StopTime"/> null is none here.</param>
    /// <param name="writer">Where to; left open.</param>
    /// <exception cref="ArgumentException">The circuit has neuron banks, whose weights and inputs are needed.</exception>
    public static void Write(Circuit circuit, SpiceExportOptions options, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        if (!circuit.Banks.IsEmpty)
            throw new ArgumentException("A circuit with neuron banks needs its weights and inputs.", nameof(circuit));
        RateNetwork nothing = RateNetwork.Compile(circuit with { Elements = [] });
        new Deck(circuit, nothing, new ParameterSet<double>(nothing.Layout), new Dictionary<string, double[]>(), options with { StopTime = options.StopTime ?? 0, MaximumStep = options.MaximumStep ?? options.StopTime / 1000 }, writer).Write();
    }

    /// <summary>The circuit's own source of an input node, unless it is the data set's.</summary>
    private static Waveform? Source(Circuit circuit, Bus bus, int index)
    {
        string name = bus.Name;
        Waveform? waveform = circuit.InputSources.FirstOrDefault(s => s.Index == index && string.Equals(s.Bus.Name, name, StringComparison.OrdinalIgnoreCase))?.Waveform;
        return waveform is DataWaveform ? null : waveform;
    }

    private sealed class Deck(Circuit circuit, RateNetwork network, ParameterSet<double> parameters, IReadOnlyDictionary<string, double[]> inputs, SpiceExportOptions options, TextWriter writer)
    {
        private const int TermsPerLine = 4;

        public void Write()
        {
            string title = string.Join(' ', network.Circuit.Title.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
            Line(title.Length > 0 ? title : "network exported by AnalogLearn");
            foreach (RateBank bank in network.Banks.Where(b => b.Description.Noise != NeuronNoise.None))
                Line($"* the noise of {bank.Description.Name} is not part of this deck");
            foreach (RateBank bank in network.Banks)
            {
                string[] left = [.. new[] { ("adc", bank.Description.Adc is not null), ("adc_noise", bank.Description.AdcNoise > 0) }.Where(p => p.Item2).Select(p => p.Item1)];
                if (left.Length > 0)
                    Line($"* {string.Join(", ", left)} of {bank.Description.Name} cannot be carried by a SPICE deck and {(left.Length == 1 ? "is" : "are")} not part of it");
            }

            foreach (RateInput input in network.Inputs.Where(i => i.Description.Dac is not null))
                Line($"* dac of {input.Description.Name} cannot be carried by a SPICE deck: constant sources have converted values, others those before conversion");
            Line($".temp {Number(network.Circuit.Temperature)}");
            Line($".options reltol={Number(options.RelativeTolerance)} vntol={Number(options.VoltageTolerance)} abstol={Number(options.VoltageTolerance * network.Banks.Select(b => b.Description.LeakConductance).DefaultIfEmpty(1e-3).Min())}");
            foreach ((string name, double value) in options.Further)
                Line($".options {name}={Number(value)}");
            foreach (RateInput input in network.Inputs)
                Input(input);
            foreach (RateBank bank in network.Banks)
                Bank(bank);
            var elements = new SpiceElements(circuit, writer);
            elements.Write();
            elements.WriteStart();
            Analyses();
            Line(".end");
        }

        private void Input(RateInput input)
        {
            NeuronBank bank = input.Description;
            Line($"* input {bank.Name} on {bank.Bus.Name}");
            for (int k = 0; k < input.Width; k++)
            {
                string node = bank.Bus.NodeName(k);
                if (!circuit.Elements.Any(e => e.Kind == 'v' && e.Nodes[0] == node && e.Nodes[1] == "0"))
                    Line($"V{bank.Bus.NodeName(k)} {bank.Bus.NodeName(k)} 0 {(Source(network.Circuit, bank.Bus, k) is { } waveform ? $"dc {Number(Converted(bank, waveform.At(0)))}{SpiceElements.Shape(waveform)}" : $"dc {Number(Converted(bank, inputs[bank.Bus.Name][k]))}")}");
            }

            Passed(bank.Bus, string.Empty, input.Conduction);
        }

        private void Bank(RateBank bank)
        {
            NeuronBank neuron = bank.Description;
            string rails = Bounded(bank) ? $", clip {Number(neuron.ClipLow)}..{Number(neuron.ClipHigh)} V" : string.Empty;
            Line($"* neurons {neuron.Name} on {neuron.Bus.Name}: {neuron.Form.ToString().ToLowerInvariant()} form, {neuron.Activation.ToString().ToLowerInvariant()}{rails}");
            double[] bias = parameters.Blocks[bank.BiasBlock];
            bool rate = bank.ActivityIsState;
            for (int k = 0; k < bank.Width; k++)
            {
                int i = bank.Offset + k;
                string node = neuron.Bus.NodeName(k);
                double g = network.LeakConductance[i];
                double c = network.Tau[i] * g;
                if (double.IsFinite(network.SlewRate[i]))
                    Slewing(node, c, network.SlewRate[i], Start(bank, k));
                else
                    Line($"C{node} {node} 0 {Number(c)} ic={Number(Start(bank, k))}");
                Line($"R{node} {node} 0 {Number(1 / (g * network.LeakFactor[i]))}");
                string sum = rate ? $"{node}.sum" : node;
                double unit = rate ? 1 : g;
                double constant = unit * (rate ? bias[k] : bias[k] + (network.LeakFactor[i] * network.Rest[i]));
                if (rate)
                    Line($"R{sum} {sum} 0 1");
                if (options.Synapses == SpiceSynapses.Sources)
                {
                    if (constant != 0)
                        Line($"I{sum} 0 {sum} dc {Number(constant)}");
                    Sources(bank, k, sum, unit);
                }
                else
                {
                    Expression(bank, k, sum, unit, constant);
                }

                if (double.IsFinite(network.ClipLow[i]) || double.IsFinite(network.ClipHigh[i]))
                    Clamp(node, network.ClipLow[i], network.ClipHigh[i], options.ClampRatio * g);
            }

            // ρ of each neuron's own voltage (voltage form) or of its sum (rate form).
            bool heard = network.Connections.Any(connection => connection.Pre == bank);
            if (rate || heard)
                Curve(bank, k => rate ? $"{neuron.Bus.NodeName(k)}.sum" : neuron.Bus.NodeName(k));
            if (heard)
                Passed(neuron.Bus, rate ? string.Empty : ".rate", bank.Conduction);
        }

        /// <summary>
        /// A capacitor whose voltage moves no faster than a slew rate: the node follows that of an integrator, C dv/dt = clamp(i, ±C S), i the current that the node has to spare. A millionth of the current beyond the limit still counts, so that
        /// no simulator's matrix is singular there.
        /// </summary>
        private void Slewing(string node, double capacitance, double slew, double start)
        {
            string most = Number(capacitance * slew);
            Line($"V{node}.w {node} {node}.hold 0");
            Line($"E{node}.hold {node}.hold 0 {node}.int 0 1");
            Line($"B{node}.int 0 {node}.int i=min(max(i(V{node}.w),-{most}),{most})+1e-6*i(V{node}.w)");
            Line($"C{node} {node}.int 0 {Number(capacitance)} ic={Number(start)}");
        }

        /// <summary>What synapses pass of the activities of a bus where the current of their devices is no straight line: node voltages <c>.passed</c>.</summary>
        private void Passed(Bus bus, string suffix, ImmutableArray<double> curve)
        {
            for (int k = 0; k < bus.Width && curve.Length > 0; k++)
            {
                string a = $"v({bus.NodeName(k)}{suffix})";
                string sum = Number(curve[^1]);
                for (int power = curve.Length - 2; power >= 0; power--)
                    sum = $"({Number(curve[power])}+{a}*{sum})";
                Line($"B{bus.NodeName(k)}.passed {bus.NodeName(k)}.passed 0 v={a}*{sum}");
            }
        }

        private static double Converted(NeuronBank bank, double value) => bank.Dac?.Convert(value) ?? value;

        private void Sources(RateBank bank, int k, string sum, double unit)
        {
            foreach (RateConnection c in network.Connections.Where(c => c.Post == bank))
            {
                for (int j = 0; j < c.Description.Pre.Width; j++)
                {
                    double w = Weight(c, k, j);
                    if (w != 0)
                        Line($"G{c.Description.Name}_{Index(k)}_{Index(j)} 0 {sum} {PreNode(c, j)} 0 {Number(unit * w)}");
                }
            }
        }

        private void Expression(RateBank bank, int k, string sum, double unit, double constant)
        {
            writer.Write($"B{sum}.in 0 {sum} i={Number(constant)}");
            int terms = 0;
            foreach (RateConnection c in network.Connections.Where(c => c.Post == bank))
            {
                for (int j = 0; j < c.Description.Pre.Width; j++)
                {
                    double w = Weight(c, k, j);
                    if (w == 0)
                        continue;
                    if (terms++ % TermsPerLine == 0)
                        writer.Write("\n+ ");
                    writer.Write($"+({Number(unit * w)})*v({PreNode(c, j)})");
                }
            }

            writer.Write('\n');
        }

        private void Clamp(string node, double low, double high, double conductance)
        {
            var parts = new List<string>();
            if (double.IsFinite(high))
                parts.Add($"max(v({node})-({Number(high)}),0)");
            if (double.IsFinite(low))
                parts.Add($"min(v({node})-({Number(low)}),0)");
            Line($"B{node}.clamp {node} 0 i={Number(conductance)}*({string.Join('+', parts)})");
        }

        /// <summary>The activities of a bank: node voltages <c>.rate</c> (voltage form), or currents into the neurons (rate form).</summary>
        private void Curve(RateBank bank, Func<int, string> node)
        {
            NeuronBank neuron = bank.Description;
            string Argument(int k)
            {
                int i = bank.Offset + k;
                double shift = network.Offset[i] - network.Center[i];
                string v = shift == 0 ? $"v({node(k)})" : $"(v({node(k)})+({Number(shift)}))";
                return network.Gain[i] == 1 ? v : $"({Number(network.Gain[i])}*{v})";
            }

            string bus = neuron.Bus.Name;
            if (neuron.Activation == Activation.Softmax)
            {
                // e^{z − max z} / Σ: the largest argument is taken off so that nothing overflows.
                string largest = Argument(0);
                for (int k = 1; k < bank.Width; k++)
                    largest = $"max({largest},{Argument(k)})";
                Line($"B{bus}.max {bus}.max 0 v={largest}");
                for (int k = 0; k < bank.Width; k++)
                    Line($"B{neuron.Bus.NodeName(k)}.exp {neuron.Bus.NodeName(k)}.exp 0 v=exp({Argument(k)}-v({bus}.max))");
                Line($"R{bus}.total {bus}.total 0 1");
                for (int k = 0; k < bank.Width; k++)
                    Line($"G{neuron.Bus.NodeName(k)}.exp 0 {bus}.total {neuron.Bus.NodeName(k)}.exp 0 1");
            }

            for (int k = 0; k < bank.Width; k++)
            {
                string z = Argument(k);
                string rho = neuron.Activation switch
                {
                    Activation.Linear => z,
                    Activation.Relu => $"max({z},0)",
                    Activation.Logistic => $"0.5*(1+tanh(0.5*{z}))",
                    Activation.Tanh => $"tanh({z})",
                    Activation.HardSigmoid => $"min(max({z},0),1)",
                    Activation.Softplus => $"max({z},0)+ln(1+exp(-abs({z})))",
                    Activation.Softmax => $"v({neuron.Bus.NodeName(k)}.exp)/v({bus}.total)",
                    _ => throw new InvalidOperationException($"No SPICE expression for {neuron.Activation}."),
                };
                string name = neuron.Bus.NodeName(k);
                Line(bank.ActivityIsState ? $"B{name}.rho 0 {name} i={Number(network.LeakConductance[bank.Offset + k])}*({rho})" : $"B{name}.rate {name}.rate 0 v={rho}");
            }
        }

        private void Analyses()
        {
            double stop = options.StopTime ?? 10 * network.Tau.Max();
            double step = options.MaximumStep ?? (stop > 0 ? network.Tau.Min() / 50 : 0);
            IEnumerable<NeuronBank> saved = options.SavedBuses.IsDefaultOrEmpty ? network.Banks.Select(b => b.Description) : options.SavedBuses.Select(bus => network.Circuit.BankOn(bus)!);
            foreach (NeuronBank bank in saved)
            {
                for (int k = 0; k < bank.Bus.Width; k += 8)
                    Line($".save {string.Join(' ', Enumerable.Range(k, Math.Min(8, bank.Bus.Width - k)).Select(i => $"v({bank.Bus.NodeName(i)})"))}");
            }

            foreach (RateBank bank in network.Banks)
            {
                for (int k = 0; k < bank.Width; k++)
                {
                    string node = bank.Description.Bus.NodeName(k);
                    if (network.Circuit.NodeSets.TryGetValue(node, out double guess))
                        Line($".nodeset v({node})={Number(guess)}");
                }
            }

            if (options.OperatingPoint)
                Line(".op");
            if (stop > 0)
                Line($".tran {Number(step)} {Number(stop)} 0 {Number(step)}{(network.Banks.IsEmpty ? string.Empty : " uic")}");
        }

        private string PreNode(RateConnection c, int j)
        {
            string node = c.Description.Pre.NodeName(j);
            if ((c.Pre?.Conduction ?? c.PreInput!.Conduction).Length > 0)
                return $"{node}.passed";
            return c.Pre is { ActivityIsState: false } ? $"{node}.rate" : node;
        }

        private double Weight(RateConnection c, int post, int pre)
        {
            ImmutableArray<bool> mask = c.Description.Mask;
            if (!mask.IsDefaultOrEmpty && !mask[(post * c.Description.Pre.Width) + pre])
                return 0;
            return parameters.Blocks[c.Block][c.IsTied ? (pre * c.Description.Post.Width) + post : (post * c.Description.Pre.Width) + pre];
        }

        private bool Bounded(RateBank bank) => double.IsFinite(network.ClipLow[bank.Offset]) || double.IsFinite(network.ClipHigh[bank.Offset]);

        private double Start(RateBank bank, int k)
        {
            int i = bank.Offset + k;
            double v = network.Circuit.InitialConditions.GetValueOrDefault(bank.Description.Bus.NodeName(k));
            return Math.Min(Math.Max(v, network.ClipLow[i]), network.ClipHigh[i]);
        }

        private void Line(string text)
        {
            writer.Write(text);
            writer.Write('\n');
        }

        private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

        private static string Index(int value) => value.ToString(CultureInfo.InvariantCulture);
    }
}

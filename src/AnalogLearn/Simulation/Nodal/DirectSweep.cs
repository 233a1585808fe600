using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// Operating points along one or two swept quantities (<c>.dc</c>): the value of a source, a resistance, the temperature, or a number on a card, <c>d1[is]</c> for an element's and <c>dm[is]</c>
/// for that of every element with a model. Each point starts from the one before, so that a circuit with hysteresis stays on its branch; the first of each row from the first of the row before.
/// </summary>
public static class DirectSweep
{
    /// <summary>Sweeps.</summary>
    /// <param name="system">The circuit's equations; sources and cards are afterwards as before.</param>
    /// <param name="card">What is swept; the inner dimension is the faster one.</param>
    /// <param name="options">Tolerances and limits.</param>
    /// <param name="diagnostics">Receives what cannot be swept.</param>
    /// <param name="failure">Receives what could not be solved, or null; the points before it are in the result.</param>
    /// <param name="cancellation">Stops it; the points before it are in the result.</param>
    /// <returns>The points, one after the other; the axis is ngspice's <c>v-sweep</c>, <c>i-sweep</c>, <c>res-sweep</c>, <c>temp-sweep</c>. Null when nothing could be swept.</returns>
    public static AnalysisResult? Run(
        NodalSystem system, DirectSweepCard card, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        SweptQuantity? inner = Find(system.Circuit, card.Inner, card.Span, diagnostics);
        SweptQuantity? outer = card.Outer is { } dimension ? Find(system.Circuit, dimension, card.Span, diagnostics) : null;
        if (inner is null || (card.Outer is not null && outer is null))
            return null;
        double[] innerValues = card.Inner.Values();
        double[] outerValues = card.Outer?.Values() ?? [0];
        var points = new Points(system.Circuit, innerValues.Length * outerValues.Length);
        var state = new State(system, options);
        inner.Keep(system);
        outer?.Keep(system);
        var first = new double[system.Circuit.UnknownCount + 1];
        bool warm = false;
        foreach (double outside in outerValues)
        {
            for (int k = 0; k < innerValues.Length; k++)
            {
                if (outer is { IsTemperature: true })
                    state.Heat(outside, diagnostics);
                if (inner.IsTemperature)
                    state.Heat(innerValues[k], diagnostics);
                outer?.Apply(state.System, outside);
                inner.Apply(state.System, innerValues[k]);
                if (k == 0 && warm)
                    first.CopyTo(state.X, 0);
                OperatingPointReport report = state.Solver.Solve(state.X, warm, cancellation);
                if (!report.IsConverged)
                {
                    if (report.Failure is { } found)
                    {
                        string at = string.Create(CultureInfo.InvariantCulture, $"{card.Inner.Name} = {innerValues[k]:g6}");
                        if (card.Outer is { } other)
                            at += string.Create(CultureInfo.InvariantCulture, $", {other.Name} = {outside:g6}");
                        failure = found with { Message = $"at {at}: {found.Message}" };
                    }

                    Restore(system, inner, outer);
                    return points.Count > 0 ? points.Result(inner) : null;
                }

                warm = true;
                if (k == 0)
                    state.X.CopyTo(first, 0);
                points.Add(innerValues[k], state.X);
            }
        }

        Restore(system, inner, outer);
        return points.Result(inner);
    }

    private static void Restore(NodalSystem system, SweptQuantity inner, SweptQuantity? outer)
    {
        inner.Restore(system);
        outer?.Restore(system);
    }

    private static SweptQuantity? Find(NodalCircuit circuit, SweepDimension dimension, SourceSpan span, DiagnosticBag diagnostics)
    {
        string name = dimension.Name;
        if (name is "temp" or "temper")
            return new SweptQuantity { Name = name, Axis = "temp-sweep", Unit = "°C", IsTemperature = true };
        for (int k = 0; k < circuit.Sources.Length; k++)
        {
            if (circuit.Sources[k].Name != name)
                continue;
            bool voltage = circuit.Sources[k].IsVoltage;
            return new SweptQuantity { Name = name, Axis = voltage ? "v-sweep" : "i-sweep", Unit = voltage ? "V" : "A", Source = k };
        }

        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        string owner = bracket < 0 ? name : name[..bracket].TrimStart('@');
        string parameter = bracket < 0 ? "value" : name[(bracket + 1)..].TrimEnd(']');
        var places = new List<(int Bank, int Instance, int Parameter)>();
        for (int b = 0; b < circuit.Banks.Length; b++)
        {
            DeviceBank bank = circuit.Banks[b];
            int index = -1;
            for (int k = 0; k < bank.Parameters.Length && index < 0; k++)
            {
                if (bank.Parameters[k].Name == parameter || bank.Parameters[k].Synonyms.Contains(parameter))
                    index = k;
            }

            if (index < 0 || (bracket < 0 && bank is not ModelBank<Resistor>))
                continue;
            bool isPart = bank is ModelBank<Resistor>;
            for (int k = 0; k < bank.Count; k++)
            {
                string element = bank.Owner(k);
                Element? card = element == owner || bracket >= 0 ? circuit.Circuit.Element(element) : null;
                bool mine = element == owner || (card?.Model == owner && !card.Parameters.ContainsKey(parameter));
                if (mine && card is not null && (!isPart || card.Kind == 'r'))
                    places.Add((b, k, index));
            }
        }

        if (places.Count > 0)
            return new SweptQuantity { Name = name, Axis = bracket < 0 ? "res-sweep" : "param-sweep", Unit = bracket < 0 ? "Ω" : string.Empty, Places = [.. places] };
        diagnostics.Error(Codes.UnknownReference, span, $"there is nothing called '{name}' to sweep", "sweep a source (v1), a resistor that has a number (r1), temp, or a number on a card (d1[is], dm[is])");
        return null;
    }

    /// <summary>What is solved: another circuit at every temperature.</summary>
    private sealed class State
    {
        private readonly NodalSystem _given;
        private readonly SolverOptions _options;
        private double _temperature;

        public State(NodalSystem system, SolverOptions options)
        {
            _given = system;
            _options = options;
            _temperature = system.Circuit.Circuit.Temperature;
            System = system;
            Solver = new OperatingPointSolver(system, options);
            X = new double[system.Circuit.UnknownCount + 1];
        }

        public NodalSystem System { get; private set; }

        public OperatingPointSolver Solver { get; private set; }

        public double[] X { get; }

        public void Heat(double temperature, DiagnosticBag diagnostics)
        {
            if (temperature == _temperature)
                return;
            _temperature = temperature;
            Circuit circuit = _given.Circuit.Circuit with { Temperature = temperature };
            if (NodalCircuit.Compile(circuit, _given.Circuit.Conditions, diagnostics) is not { } compiled)
                return;
            System = new NodalSystem(compiled);
            _given.SourceValues.CopyTo(System.SourceValues);
            Solver = new OperatingPointSolver(System, _options);
        }
    }

    private sealed class SweptQuantity
    {
        private double[] _kept = [];

        public required string Name { get; init; }

        public required string Axis { get; init; }

        public required string Unit { get; init; }

        public bool IsTemperature { get; init; }

        public int Source { get; init; } = -1;

        public (int Bank, int Instance, int Parameter)[] Places { get; init; } = [];

        public void Keep(NodalSystem system) =>
            _kept = Source >= 0 ? [system.SourceValues[Source]] : [.. Places.Select(p => system.Circuit.Banks[p.Bank].Parameter(p.Instance, p.Parameter))];

        public void Apply(NodalSystem system, double value)
        {
            if (Source >= 0)
                system.SourceValues[Source] = value * system.Circuit.Sources[Source].Multiple;
            bool linear = false;
            foreach ((int bank, int instance, int parameter) in Places)
            {
                DeviceBank devices = system.Circuit.Banks[bank];
                devices.SetParameter(instance, parameter, value);
                linear |= devices.IsLinear;
            }

            if (linear)
                system.RefreshLinear();
        }

        public void Restore(NodalSystem system)
        {
            if (Source >= 0)
                system.SourceValues[Source] = _kept[0];
            for (int k = 0; k < Places.Length; k++)
                system.Circuit.Banks[Places[k].Bank].SetParameter(Places[k].Instance, Places[k].Parameter, _kept[k]);
            if (Places.Length > 0)
                system.RefreshLinear();
        }
    }

    private sealed class Points(NodalCircuit circuit, int most)
    {
        private readonly int[] _shown = [.. Enumerable.Range(0, circuit.UnknownCount).Where(k => circuit.Unknowns[k].Kind != UnknownKind.InternalNode)];
        private readonly double[] _axis = new double[most];
        private readonly double[] _values = new double[most * circuit.UnknownCount];

        public int Count { get; private set; }

        public void Add(double at, ReadOnlySpan<double> x)
        {
            _axis[Count] = at;
            for (int k = 0; k < _shown.Length; k++)
                _values[(k * most) + Count] = x[_shown[k]];
            Count++;
        }

        public AnalysisResult Result(SweptQuantity axis) => new(
            "dc",
            "DC transfer characteristic",
            new AnalysisColumn(axis.Axis, axis.Unit, _axis[..Count]),
            [.. _shown.Select((unknown, k) => new AnalysisColumn(circuit.Unknowns[unknown].Name, circuit.Unknowns[unknown].Unit, _values.AsSpan(k * most, Count).ToArray()))]);
    }
}

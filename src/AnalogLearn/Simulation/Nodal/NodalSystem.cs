using AnalogLearn.Circuits;
using AnalogLearn.Devices;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The equations f(x, t) + dq(x)/dt = 0 of a circuit at one place: sums and Jacobians, and what devices remember between Newton iterations. One workspace for each thread; the circuit and its
/// banks are shared. Linear devices are evaluated once (their Jacobians never change); the others at every <see cref="Load"/>.
/// </summary>
public sealed class NodalSystem
{
    private readonly double[] _linearConductances;
    private readonly double[] _linearCapacitances;
    private readonly double[] _linearFlow;
    private readonly double[] _linearCharge;
    private readonly double[][] _memories;
    private readonly double[] _sources;
    private (int Row, int Column, double Value)[] _stores = [];
    private readonly int[] _unconnected;
    private readonly SourceNoise?[] _noise;
    private double[][]? _kept;
    private bool _linearMoved = true;

    /// <summary>Makes a workspace, its sources at their constant values.</summary>
    /// <param name="circuit">The circuit.</param>
    public NodalSystem(NodalCircuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        Circuit = circuit;
        Conditions = circuit.Conditions;
        int rows = circuit.UnknownCount + 1;
        int entries = circuit.Pattern.Count + 1;
        Flow = new double[rows];
        Charge = new double[rows];
        Conductances = new double[entries];
        Capacitances = new double[entries];
        _linearConductances = new double[entries];
        _linearCapacitances = new double[entries];
        _linearFlow = new double[rows];
        _linearCharge = new double[rows];
        _memories = [.. circuit.Banks.Select(b => new double[b.MemorySize])];
        _sources = [.. circuit.ExternalValues];
        _noise = new SourceNoise?[circuit.Sources.Length];
        _unconnected = Unconnected(circuit);
        RefreshLinear();
        SetSourcesConstant();
    }

    /// <summary>The circuit.</summary>
    public NodalCircuit Circuit { get; }

    /// <summary>Temperature, time, junction conductance, and whether slow states stand still.</summary>
    public DeviceConditions Conditions { get; set; }

    /// <summary>f by row at the last load [A]; one more entry for ground.</summary>
    public double[] Flow { get; }

    /// <summary>q by row at the last load [C]; one more entry for ground.</summary>
    public double[] Charge { get; }

    /// <summary>∂f/∂x by slot of the pattern at the last load [S]; one more entry.</summary>
    public double[] Conductances { get; }

    /// <summary>∂q/∂x by slot of the pattern at the last load [F]; one more entry.</summary>
    public double[] Capacitances { get; }

    /// <summary>The values of the independent sources [V or A], in the order of <see cref="NodalCircuit.Sources"/>. Multiplied by <see cref="DeviceConditions.SourceScale"/> when loaded.</summary>
    public Span<double> SourceValues => _sources;

    /// <summary>Currents that depend on voltages and come from outside of the circuit, such as the nudge of learning; null for none.</summary>
    public INodalForce? Force { get; set; }

    /// <summary>The linear devices' part of ∂f/∂x by slot [S]; one more entry.</summary>
    internal ReadOnlySpan<double> LinearConductances => _linearConductances;

    /// <summary>Whether only operating points are solved here: q and its Jacobian are then not evaluated anew at each load.</summary>
    internal bool IsStatic { get; init; }

    /// <summary>Puts other conductances in the place of the linear devices'.</summary>
    /// <param name="conductances">∂f/∂x by slot [S]; one more entry.</param>
    internal void SetLinearConductances(ReadOnlySpan<double> conductances)
    {
        conductances.CopyTo(_linearConductances);
        _linearMoved = true;
    }

    /// <summary>What a source drives its nodes with [V or A]: its value, in the codes of its converter where it has one.</summary>
    /// <param name="source">Its place in <see cref="NodalCircuit.Sources"/>.</param>
    internal double Driven(int source) => Circuit.Sources[source].Dac is { } dac ? dac.Convert(_sources[source]) : _sources[source];

    /// <summary>Sets sources to the values of direct-current analyses.</summary>
    public void SetSourcesConstant()
    {
        for (int k = 0; k < _sources.Length; k++)
        {
            if (!Circuit.Sources[k].IsExternal)
                _sources[k] = Circuit.Sources[k].Constant;
        }
    }

    /// <summary>Sets sources to their values at a time, and the time of the conditions with them.</summary>
    /// <param name="time">The time [s].</param>
    public void SetSourcesAt(double time)
    {
        for (int k = 0; k < _sources.Length; k++)
        {
            IndependentSource source = Circuit.Sources[k];
            if (!source.IsExternal)
                _sources[k] = _noise[k] is { } noise ? source.Constant + (source.Multiple * noise.At(time)) : source.At(time);
        }

        DeviceNoise?.Go(time);
        Conditions = Conditions with { Time = time };
    }

    /// <summary>The noise of other devices over time, or null where it is left out.</summary>
    internal NoiseCurrents? DeviceNoise { get; set; }

    /// <summary>The noise of neurons over time, or null where it is left out.</summary>
    internal NeuronNoiseCurrents? NeuronNoise { get; set; }

    /// <summary>Gives sources that are noise their values as functions of time.</summary>
    /// <param name="seed">The seed that they are drawn from.</param>
    internal void StartNoise(ulong seed)
    {
        for (int k = 0; k < _noise.Length; k++)
        {
            if (Circuit.Sources[k].Waveform is NoiseWaveform waveform)
                _noise[k] = new SourceNoise(waveform.Numbers, seed, Circuit.Sources[k].Name);
        }
    }

    /// <summary>Times at which a source's value or slope jumps.</summary>
    /// <param name="source">Its place in <see cref="NodalCircuit.Sources"/>.</param>
    /// <param name="stop">The end of the interval, which begins at 0 [s].</param>
    internal IEnumerable<double> Breakpoints(int source, double stop) => _noise[source] is { } noise ? noise.Breakpoints(stop) : Circuit.Sources[source].Waveform?.Breakpoints(stop) ?? [];

    /// <summary>Evaluates the linear devices again, after a number on one of their cards has changed.</summary>
    public void RefreshLinear()
    {
        _linearConductances.AsSpan().Clear();
        _linearCapacitances.AsSpan().Clear();
        _linearFlow.AsSpan().Clear();
        _linearCharge.AsSpan().Clear();
        Span<double> zero = Flow;
        zero.Clear();
        foreach (DeviceBank bank in Circuit.Banks)
        {
            if (!bank.IsLinear)
                continue;
            bank.Load(
                Conditions,
                zero,
                new Stamp { Flow = _linearFlow, Charge = _linearCharge, Conductances = _linearConductances, Capacitances = _linearCapacitances });
        }

        foreach (int slot in _unconnected)
            _linearConductances[slot] = 1;

        // Most of the pattern belongs to conductances: capacitances are few, or none.
        _stores = [];
        if (!_linearCapacitances.AsSpan(0, Circuit.Pattern.Count).ContainsAnyExcept(0.0))
            return;
        var stores = new List<(int Row, int Column, double Value)>();
        for (int j = 0; j < Circuit.UnknownCount; j++)
        {
            for (int p = Circuit.Pattern.ColumnStarts[j]; p < Circuit.Pattern.ColumnStarts[j + 1]; p++)
            {
                if (_linearCapacitances[p] != 0)
                    stores.Add((Circuit.Pattern.RowIndices[p], j, _linearCapacitances[p]));
            }
        }

        _stores = [.. stores];
    }

    /// <summary>Evaluates f, q and their Jacobians.</summary>
    /// <param name="x">The unknowns, and ground, which is 0.</param>
    /// <param name="restraint">How devices that restrain their steps are evaluated.</param>
    /// <returns>How many devices were restrained.</returns>
    public int Load(ReadOnlySpan<double> x, Restraint restraint = Restraint.None)
    {
        _linearFlow.CopyTo(Flow, 0);
        _linearCharge.CopyTo(Charge, 0);
        if (_linearMoved || Circuit.MovingSlots.Length > Conductances.Length / 4)
        {
            _linearConductances.CopyTo(Conductances, 0);
            _linearMoved = false;
        }
        else
        {
            foreach (int slot in Circuit.MovingSlots)
                Conductances[slot] = _linearConductances[slot];
        }

        if (!IsStatic)
            _linearCapacitances.CopyTo(Capacitances, 0);
        AddLinear(x);
        int restrained = 0;
        for (int k = 0; k < Circuit.Banks.Length; k++)
        {
            DeviceBank bank = Circuit.Banks[k];
            if (bank.IsLinear)
                continue;
            restrained += bank.Load(
                Conditions,
                x,
                new Stamp { Flow = Flow, Charge = Charge, Conductances = Conductances, Capacitances = Capacitances, Memory = _memories[k], Restraint = restraint });
        }

        AddSources(Flow, []);
        Force?.Add(x, Flow, Conductances);
        return restrained;
    }

    /// <summary>Evaluates f and q alone, every device at x itself.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    public void LoadFlows(ReadOnlySpan<double> x)
    {
        _linearFlow.CopyTo(Flow, 0);
        _linearCharge.CopyTo(Charge, 0);
        AddLinear(x);
        foreach (DeviceBank bank in Circuit.Banks)
        {
            if (!bank.IsLinear)
                bank.LoadFlows(Conditions, x, Flow, Charge, []);
        }

        AddSources(Flow, []);
        Force?.Add(x, Flow, []);
    }

    /// <summary>Evaluates f device by device, linear ones too, and the sum of magnitudes in each row: what a residual is small against.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="magnitude">Receives Σ|f| by row, one more entry for ground.</param>
    public void LoadMagnitudes(ReadOnlySpan<double> x, Span<double> magnitude)
    {
        Flow.AsSpan().Clear();
        Charge.AsSpan().Clear();
        magnitude.Clear();
        foreach (DeviceBank bank in Circuit.Banks)
            bank.LoadFlows(Conditions, x, Flow, Charge, magnitude);
        AddSources(Flow, magnitude);
        Force?.Add(x, Flow, []);
    }

    /// <summary>Keeps what devices remember, to come back to it.</summary>
    internal void KeepMemories()
    {
        _kept ??= [.. _memories.Select(m => new double[m.Length])];
        for (int k = 0; k < _memories.Length; k++)
            _memories[k].CopyTo(_kept[k], 0);
    }

    /// <summary>Brings back what was kept last.</summary>
    internal void RecallMemories()
    {
        for (int k = 0; _kept is not null && k < _memories.Length; k++)
            _kept[k].CopyTo(_memories[k], 0);
    }

    /// <summary>Diagonal slots of nodes that nothing is connected to, such as a subcircuit's unused port: they stand at 0 V.</summary>
    private static int[] Unconnected(NodalCircuit circuit)
    {
        var connected = new bool[circuit.UnknownCount + 1];
        foreach (DeviceBank bank in circuit.Banks)
        {
            for (int k = 0; k < bank.Count; k++)
            {
                foreach (int unknown in bank.Connections(k))
                    connected[unknown] = true;
            }
        }

        foreach (IndependentSource source in circuit.Sources)
            connected[source.Plus] = connected[source.Minus] = true;
        var slots = new List<int>();
        for (int k = 0; k < circuit.NodeCount; k++)
        {
            if (!connected[k])
                slots.Add(circuit.Pattern.SlotOf(k, k));
        }

        return [.. slots];
    }

    private void AddLinear(ReadOnlySpan<double> x)
    {
        int n = Circuit.UnknownCount;
        Circuit.Pattern.MultiplyAdd<double>(_linearConductances.AsSpan(0, Circuit.Pattern.Count), x[..n], Flow.AsSpan(0, n));
        foreach ((int row, int column, double value) in _stores)
            Charge[row] += value * x[column];
    }

    private void AddSources(Span<double> flow, Span<double> magnitude)
    {
        double scale = Conditions.SourceScale;
        DeviceNoise?.AddTo(flow, magnitude);
        NeuronNoise?.AddTo(flow, magnitude);
        for (int k = 0; k < _sources.Length; k++)
        {
            IndependentSource source = Circuit.Sources[k];
            double value = scale * Driven(k);
            if (source.IsVoltage)
            {
                flow[source.Branch] -= value;
                if (magnitude.Length > 0)
                    magnitude[source.Branch] += Math.Abs(value);
                continue;
            }

            flow[source.Plus] += value;
            flow[source.Minus] -= value;
            if (magnitude.Length > 0)
            {
                magnitude[source.Plus] += Math.Abs(value);
                magnitude[source.Minus] += Math.Abs(value);
            }
        }
    }
}

namespace AnalogLearn.Simulation.Nodal;

/// <summary>What one thread needs to solve examples of a <see cref="NodalField"/>: equations, solver, room for the unknowns.</summary>
internal sealed class NodalWorkspace
{
    private readonly NodalField _field;
    private readonly int[] _sources;
    private readonly double _shunt;
    private double[] _pivots = [];
    private int _pivotings;
    private int _version = -1;

    /// <summary>Opens a workspace.</summary>
    /// <param name="field">The field.</param>
    /// <param name="options">Tolerances.</param>
    /// <param name="sources">The sources that examples drive.</param>
    /// <param name="linear">The linear devices' conductances that the field began with.</param>
    public NodalWorkspace(NodalField field, SolverOptions options, int[] sources, ReadOnlySpan<double> linear)
    {
        _field = field;
        _sources = sources;
        _shunt = double.IsFinite(options.ShuntResistance) ? 1 / options.ShuntResistance : 0;
        System = new NodalSystem(field.Circuit) { IsStatic = true };
        System.Conditions = System.Conditions with { HoldStates = true };
        Solver = new OperatingPointSolver(System, options) { Certifies = false };
        X = new double[field.StateCount + 1];
        System.SetLinearConductances(linear);
        foreach (int source in sources)
            System.SourceValues[source] = 0;
    }

    /// <summary>The equations.</summary>
    public NodalSystem System { get; }

    /// <summary>The solver on them.</summary>
    public OperatingPointSolver Solver { get; }

    /// <summary>The unknowns, and ground.</summary>
    public double[] X { get; }

    /// <summary>Newton iterations of the last <see cref="Settle"/>.</summary>
    public int Iterations { get; private set; }

    /// <summary>Chooses the pivots that all workspaces have in common.</summary>
    /// <param name="pivots">The matrix that they are chosen by.</param>
    public void Begin(double[] pivots)
    {
        _pivots = pivots;
        Solver.Newton.ChoosePivots(pivots);
        _pivotings = Solver.Newton.Pivotings;
    }

    /// <summary>Takes over the field's present conductances.</summary>
    public void Follow()
    {
        if (_version == _field.Version)
            return;
        System.SetLinearConductances(_field.Linear);
        _version = _field.Version;
    }

    /// <summary>Takes an example's inputs and state.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its state.</param>
    public void Set(int example, ReadOnlySpan<double> state)
    {
        Clamp(example);
        state.CopyTo(X);
        X[^1] = 0;
    }

    /// <summary>Solves an example's equilibrium.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Where it starts; receives the equilibrium, and stays as it is when there is none.</param>
    /// <param name="force">What is added to the equations, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether it was found.</returns>
    public bool Settle(int example, Span<double> state, INodalForce? force, CancellationToken cancellation)
    {
        Set(example, state);
        System.Force = force;
        OperatingPointReport report = Solver.Solve(X, warm: true, cancellation);
        System.Force = null;
        Iterations = report.Iterations;
        if (Solver.Newton.Pivotings != _pivotings)
            Begin(_pivots);
        if (report.Failure is not null || report.IsCancelled)
            return false;
        X.AsSpan(0, state.Length).CopyTo(state);
        return true;
    }

    /// <summary>The largest residual at a state, without any force.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its state.</param>
    public double Residual(int example, ReadOnlySpan<double> state)
    {
        Set(example, state);
        System.LoadFlows(X);
        AddShunt(System.Flow, []);
        double largest = 0;
        for (int k = 0; k < state.Length; k++)
            largest = Math.Max(largest, Math.Abs(System.Flow[k]));
        return largest;
    }

    /// <summary>Adds the shunt of every node (<c>.options rshunt</c>), which the solver adds by itself.</summary>
    /// <param name="flow">Receives currents at <see cref="X"/> by row; may be empty.</param>
    /// <param name="conductances">Receives their Jacobian by slot; may be empty.</param>
    public void AddShunt(Span<double> flow, Span<double> conductances)
    {
        if (_shunt == 0)
            return;
        for (int k = 0; k < _field.StateCount; k++)
        {
            if (_field.Circuit.Unknowns[k].Kind is not (UnknownKind.Node or UnknownKind.InternalNode))
                continue;
            if (flow.Length > 0)
                flow[k] += _shunt * X[k];
            if (conductances.Length > 0)
                conductances[_field.Circuit.Pattern.SlotOf(k, k)] += _shunt;
        }
    }

    private void Clamp(int example)
    {
        ReadOnlySpan<double> input = _field.Input(example);
        Span<double> values = System.SourceValues;
        for (int k = 0; k < input.Length; k++)
            values[_sources[k]] = input[k];
    }
}

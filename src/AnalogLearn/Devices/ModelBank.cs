using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices;

/// <summary>
/// The instances of a device that is one equation, as a structure of arrays: four at a time, values and exact derivatives together. Instances are padded to a multiple of four with
/// copies of the last one that are connected to ground alone.
/// </summary>
/// <typeparam name="TModel">The equation.</typeparam>
public sealed class ModelBank<TModel> : DeviceBank
    where TModel : struct, IDeviceModel
{
    private const int Lanes = RealLanes.Count;
    private static readonly Structure Pattern = Structure.Of();

    private readonly int _ground;
    private readonly int[] _connections;
    private readonly double[] _card;
    private readonly double[] _derived;
    private readonly double[] _temperatures;
    private readonly string[] _owners;
    private readonly ImmutableArray<CardOrigin>[]? _origins;
    private readonly DeviceConditions _nominal;
    private readonly int[] _variableEnds;
    private readonly int[] _equationEnds;
    private int[] _slots = [];

    /// <summary>A bank of finished instances.</summary>
    /// <param name="instances">The instances.</param>
    /// <param name="unknownCount">How many unknowns the circuit has; that is the index of ground too.</param>
    /// <param name="conditions">Temperatures at which the derived numbers are made, for instances without one of their own.</param>
    public ModelBank(ReadOnlySpan<DeviceInstance> instances, int unknownCount, in DeviceConditions conditions)
    {
        DeviceShape shape = TModel.Shape;
        Debug.Assert(shape.Variables <= 4 && shape.DerivedCount <= 96, "a device has at most four variables");
        Count = instances.Length;
        Padded = (Count + Lanes - 1) / Lanes * Lanes;
        _ground = unknownCount;
        _nominal = conditions;
        _connections = new int[Padded * shape.Connections];
        Array.Fill(_connections, unknownCount);
        _card = new double[Count * shape.Parameters.Length];
        _derived = new double[Padded * shape.DerivedCount];
        _temperatures = new double[Count];
        _owners = new string[Count];
        for (int k = 0; k < Count; k++)
        {
            DeviceInstance instance = instances[k];
            for (int c = 0; c < shape.Connections; c++)
                _connections[(k * shape.Connections) + c] = instance.Connections[c] < 0 ? unknownCount : instance.Connections[c];
            instance.Card.CopyTo(_card.AsSpan(k * shape.Parameters.Length));
            _owners[k] = instance.Owner;
            if (!instance.Origins.IsDefaultOrEmpty)
                (_origins ??= new ImmutableArray<CardOrigin>[Count])[k] = instance.Origins;
            _temperatures[k] = double.IsNaN(instance.Temperature) ? conditions.Temperature : instance.Temperature;
            Derive(k);
        }

        // Where variables and equations lie in x and in the sums, two ends each.
        _variableEnds = new int[Padded * shape.Variables * 2];
        _equationEnds = new int[Padded * shape.Equations * 2];
        for (int k = 0; k < Padded; k++)
        {
            for (int v = 0; v < shape.Variables; v++)
                (_variableEnds[((k * shape.Variables) + v) * 2], _variableEnds[(((k * shape.Variables) + v) * 2) + 1]) = Columns(Connections(k), v);
            for (int e = 0; e < shape.Equations; e++)
                (_equationEnds[((k * shape.Equations) + e) * 2], _equationEnds[(((k * shape.Equations) + e) * 2) + 1]) = Rows(Connections(k), e);
        }
    }

    /// <inheritdoc/>
    public override string Name => TModel.Shape.Name;

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override bool IsLinear => Pattern.IsLinear;

    /// <inheritdoc/>
    public override ImmutableArray<DeviceParameter> Parameters => TModel.Shape.Parameters;

    /// <inheritdoc/>
    public override int MemorySize => TModel.Limits ? Padded * TModel.Shape.Variables : 0;

    private int Padded { get; }

    /// <inheritdoc/>
    public override string Owner(int instance) => _owners[instance];

    /// <inheritdoc/>
    public override ReadOnlySpan<CardOrigin> Origins(int instance) => _origins is null || _origins[instance].IsDefault ? [] : _origins[instance].AsSpan();

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Connections(int instance) => _connections.AsSpan(instance * TModel.Shape.Connections, TModel.Shape.Connections);

    /// <inheritdoc/>
    public override double Parameter(int instance, int parameter) => _card[(instance * TModel.Shape.Parameters.Length) + parameter];

    /// <inheritdoc/>
    public override void SetParameter(int instance, int parameter, double value)
    {
        _card[(instance * TModel.Shape.Parameters.Length) + parameter] = value;
        Derive(instance);
    }

    /// <inheritdoc/>
    public override void AddEntries(List<int> rows, List<int> columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        for (int k = 0; k < Count; k++)
        {
            ReadOnlySpan<int> at = Connections(k);
            foreach (Term term in Pattern.Terms)
            {
                (int rowPlus, int rowMinus) = Rows(at, term.Equation);
                (int columnPlus, int columnMinus) = Columns(at, term.Variable);
                rows.Add(rowPlus);
                columns.Add(columnPlus);
                rows.Add(rowPlus);
                columns.Add(columnMinus);
                rows.Add(rowMinus);
                columns.Add(columnPlus);
                rows.Add(rowMinus);
                columns.Add(columnMinus);
            }
        }
    }

    /// <inheritdoc/>
    public override void PlaceEntries(ReadOnlySpan<int> slots, int end)
    {
        // Padding instances write behind the last entry, as ground does.
        int width = Pattern.Terms.Length * 4;
        _slots = new int[Padded * width];
        slots.CopyTo(_slots);
        if (Padded > Count)
            _slots.AsSpan(Count * width).Fill(end);
    }

    /// <inheritdoc/>
    public override int Load(in DeviceConditions conditions, ReadOnlySpan<double> x, in Stamp stamp) => TModel.Shape.Variables switch
    {
        1 => Load<LaneDual1>(conditions, x, stamp),
        2 => Load<LaneDual2>(conditions, x, stamp),
        3 => Load<LaneDual3>(conditions, x, stamp),
        _ => Load<LaneDual4>(conditions, x, stamp),
    };

    /// <inheritdoc/>
    public override void LoadFlows(in DeviceConditions conditions, ReadOnlySpan<double> x, Span<double> flow, Span<double> charge, Span<double> magnitude)
    {
        DeviceShape shape = TModel.Shape;
        int variables = shape.Variables;
        int equations = shape.Equations;
        Span<RealLanes> p = stackalloc RealLanes[shape.DerivedCount];
        Span<RealLanes> u = stackalloc RealLanes[variables];
        Span<RealLanes> f = stackalloc RealLanes[equations];
        Span<RealLanes> q = stackalloc RealLanes[equations];
        Span<double> plain = stackalloc double[variables * Lanes];
        for (int first = 0; first < Padded; first += Lanes)
        {
            Gather(first, x, plain);
            for (int v = 0; v < variables; v++)
                u[v] = new RealLanes(Vector256.Create<double>(plain.Slice(v * Lanes, Lanes)));
            for (int k = 0; k < p.Length; k++)
                p[k] = new RealLanes(Vector256.Create<double>(_derived.AsSpan((k * Padded) + first, Lanes)));
            q.Clear();
            TModel.Evaluate<RealLanes>(conditions, p, u, f, q);
            for (int lane = 0; lane < Lanes; lane++)
            {
                ReadOnlySpan<int> at = Connections(first + lane);
                for (int e = 0; e < equations; e++)
                {
                    double current = f[e].Value[lane];
                    double stored = q[e].Value[lane];
                    (int plus, int minus) = Rows(at, e);
                    flow[plus] += current;
                    charge[plus] += stored;
                    if (minus != _ground)
                    {
                        flow[minus] -= current;
                        charge[minus] -= stored;
                    }

                    if (magnitude.Length > 0)
                    {
                        magnitude[plus] += Math.Abs(current);
                        magnitude[minus] += Math.Abs(current);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override (double Flow, double Charge) ParameterGradient(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> covector)
    {
        DeviceShape shape = TModel.Shape;
        Span<Dual<Real, Partials1<Real>>> p = stackalloc Dual<Real, Partials1<Real>>[shape.DerivedCount];
        Span<Dual<Real, Partials1<Real>>> u = stackalloc Dual<Real, Partials1<Real>>[shape.Variables];
        Span<Dual<Real, Partials1<Real>>> f = stackalloc Dual<Real, Partials1<Real>>[shape.Equations];
        Span<Dual<Real, Partials1<Real>>> q = stackalloc Dual<Real, Partials1<Real>>[shape.Equations];
        Derive(conditions, instance, parameter, p);
        ReadOnlySpan<int> at = Connections(instance);
        for (int v = 0; v < u.Length; v++)
            u[v] = Variable(at, v, x);
        TModel.Evaluate<Dual<Real, Partials1<Real>>>(conditions, p, u, f, q);
        double flow = 0;
        double charge = 0;
        for (int e = 0; e < f.Length; e++)
        {
            double weight = Weight(at, e, covector);
            flow += weight * f[e].Derivatives.A.Value;
            charge += weight * q[e].Derivatives.A.Value;
        }

        return (flow, charge);
    }

    /// <inheritdoc/>
    public override void CurrentSlopes(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, Span<double> slopes)
    {
        DeviceShape shape = TModel.Shape;
        Span<Dual<Real, Partials1<Real>>> p = stackalloc Dual<Real, Partials1<Real>>[shape.DerivedCount];
        Span<Dual<Real, Partials1<Real>>> u = stackalloc Dual<Real, Partials1<Real>>[shape.Variables];
        Span<Dual<Real, Partials1<Real>>> f = stackalloc Dual<Real, Partials1<Real>>[shape.Equations];
        Span<Dual<Real, Partials1<Real>>> q = stackalloc Dual<Real, Partials1<Real>>[shape.Equations];
        Derive(conditions, instance, parameter, p);
        ReadOnlySpan<int> at = Connections(instance);
        for (int v = 0; v < u.Length; v++)
            u[v] = Variable(at, v, x);
        TModel.Evaluate<Dual<Real, Partials1<Real>>>(conditions, p, u, f, q);
        int ends = Math.Max(0, shape.Terminals - 1);
        if (shape.States > 0)
        {
            // A held state's equation is s − s₀(p) = 0, so that ∂s/∂p is minus the equation's own derivative.
            for (int s = ends; s < ends + shape.States; s++)
                u[s] = new(u[s].Value, new Partials1<Real>(new Real(-f[s].Derivatives.A.Value)));
            TModel.Evaluate<Dual<Real, Partials1<Real>>>(conditions, p, u, f, q);
        }

        slopes[ends] = 0;
        for (int e = 0; e < ends; e++)
        {
            slopes[e] = f[e].Derivatives.A.Value;
            slopes[ends] -= slopes[e];
        }
    }

    /// <inheritdoc/>
    public override (double Flow, double Charge) JacobianParameterGradient(
        in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector)
    {
        // Along u + ε₁ y, at p + ε₂: the coefficient of ε₁ε₂.
        DeviceShape shape = TModel.Shape;
        Span<Dual<Real, Partials1<Real>>> inner = stackalloc Dual<Real, Partials1<Real>>[shape.DerivedCount];
        Derive(conditions, instance, parameter, inner);
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> p = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.DerivedCount];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> u = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Variables];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> f = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Equations];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> q = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Equations];
        for (int k = 0; k < p.Length; k++)
            p[k] = new(inner[k], default);
        ReadOnlySpan<int> at = Connections(instance);
        for (int v = 0; v < u.Length; v++)
            u[v] = new(Variable(at, v, x), new Partials1<Dual<Real, Partials1<Real>>>(Variable(at, v, direction)));
        TModel.Evaluate<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>>(conditions, p, u, f, q);
        double flow = 0;
        double charge = 0;
        for (int e = 0; e < f.Length; e++)
        {
            double weight = Weight(at, e, covector);
            flow += weight * f[e].Derivatives.A.Derivatives.A.Value;
            charge += weight * q[e].Derivatives.A.Derivatives.A.Value;
        }

        return (flow, charge);
    }

    /// <inheritdoc/>
    public override void JacobianStateGradient(
        in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector, Span<double> flow, Span<double> charge)
    {
        if (IsLinear)
            return;
        DeviceShape shape = TModel.Shape;
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> p = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.DerivedCount];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> u = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Variables];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> f = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Equations];
        Span<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>> q = stackalloc Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>[shape.Equations];
        for (int instance = 0; instance < Count; instance++)
        {
            ReadOnlySpan<int> at = Connections(instance);
            for (int k = 0; k < p.Length; k++)
                p[k] = _derived[(k * Padded) + instance];
            for (int along = 0; along < shape.Variables; along++)
            {
                for (int v = 0; v < u.Length; v++)
                    u[v] = new(new(Variable(at, v, x), v == along ? Partials1<Real>.Unit(0) : default), new Partials1<Dual<Real, Partials1<Real>>>(Variable(at, v, direction)));
                q.Clear();
                TModel.Evaluate<Dual<Dual<Real, Partials1<Real>>, Partials1<Dual<Real, Partials1<Real>>>>>(conditions, p, u, f, q);
                double ofFlow = 0;
                double ofCharge = 0;
                for (int e = 0; e < f.Length; e++)
                {
                    double weight = Weight(at, e, covector);
                    ofFlow += weight * f[e].Derivatives.A.Derivatives.A.Value;
                    ofCharge += weight * q[e].Derivatives.A.Derivatives.A.Value;
                }

                (int columnPlus, int columnMinus) = Columns(at, along);
                flow[columnPlus] += ofFlow;
                charge[columnPlus] += ofCharge;
                if (columnMinus != _ground)
                {
                    flow[columnMinus] -= ofFlow;
                    charge[columnMinus] -= ofCharge;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Noise(in DeviceConditions conditions, int instance, ReadOnlySpan<double> x, INoiseReceiver noise)
    {
        DeviceShape shape = TModel.Shape;
        Span<double> p = stackalloc double[shape.DerivedCount];
        Span<double> u = stackalloc double[shape.Variables];
        for (int k = 0; k < p.Length; k++)
            p[k] = _derived[(k * Padded) + instance];
        ReadOnlySpan<int> at = Connections(instance);
        for (int v = 0; v < u.Length; v++)
            u[v] = Variable(at, v, x);
        TModel.Noise(conditions with { Temperature = _temperatures[instance] }, p, u, noise);
    }

    private int Load<TDual>(in DeviceConditions conditions, ReadOnlySpan<double> x, in Stamp stamp)
        where TDual : unmanaged, ILaneDual<TDual>
    {
        DeviceShape shape = TModel.Shape;
        int variables = shape.Variables;
        int equations = shape.Equations;
        Span<TDual> p = stackalloc TDual[shape.DerivedCount];
        p.Clear();
        Span<TDual> u = stackalloc TDual[variables];
        Span<TDual> f = stackalloc TDual[equations];
        Span<TDual> q = stackalloc TDual[equations];
        Span<double> proposed = stackalloc double[variables * Lanes];
        Span<double> taken = stackalloc double[variables * Lanes];
        ReadOnlySpan<Term> terms = Pattern.Terms;
        int width = terms.Length * 4;
        bool restrained = TModel.Limits && stamp.Restraint != Restraint.None;
        int moved = 0;
        Span<double> conductances = stamp.Conductances;
        Span<double> capacitances = stamp.Capacitances;
        Span<double> flow = stamp.Flow;
        Span<double> charge = stamp.Charge;
        for (int first = 0; first < Padded; first += Lanes)
        {
            Gather(first, x, proposed);
            proposed.CopyTo(taken);
            if (restrained)
                moved += Restrain(first, stamp, taken);
            for (int v = 0; v < variables; v++)
                u[v] = TDual.Variable(Vector256.Create<double>(taken.Slice(v * Lanes, Lanes)), v);
            for (int k = 0; k < p.Length; k++)
                p[k].Value = Vector256.Create<double>(_derived.AsSpan((k * Padded) + first, Lanes));
            q.Clear();
            TModel.Evaluate<TDual>(conditions, p, u, f, q);
            if (restrained)
                Continue(proposed, taken, f, q);

            for (int e = 0; e < equations; e++)
            {
                Vector256<double> current = f[e].Value;
                Vector256<double> stored = q[e].Value;
                for (int lane = 0; lane < Lanes; lane++)
                {
                    int end = (((first + lane) * equations) + e) * 2;
                    int plus = _equationEnds[end];
                    int minus = _equationEnds[end + 1];
                    flow[plus] += current[lane];
                    charge[plus] += stored[lane];
                    flow[minus] -= current[lane];
                    charge[minus] -= stored[lane];
                }
            }

            for (int t = 0; t < terms.Length; t++)
            {
                Term term = terms[t];
                if (term.InFlow)
                {
                    Vector256<double> g = f[term.Equation].Partial(term.Variable);
                    for (int lane = 0; lane < Lanes; lane++)
                        Add(conductances, _slots.AsSpan(((first + lane) * width) + (t * 4), 4), g[lane]);
                }

                if (term.InCharge)
                {
                    Vector256<double> c = q[term.Equation].Partial(term.Variable);
                    for (int lane = 0; lane < Lanes; lane++)
                        Add(capacitances, _slots.AsSpan(((first + lane) * width) + (t * 4), 4), c[lane]);
                }
            }
        }

        return moved;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Span<double> values, ReadOnlySpan<int> slots, double value)
    {
        values[slots[0]] += value;
        values[slots[1]] -= value;
        values[slots[2]] -= value;
        values[slots[3]] += value;
    }

    /// <summary>f(u) = f(ũ) + ∂f/∂u (u − ũ) for lanes that were evaluated at ũ.</summary>
    private static void Continue<TDual>(ReadOnlySpan<double> proposed, ReadOnlySpan<double> taken, Span<TDual> f, Span<TDual> q)
        where TDual : unmanaged, ILaneDual<TDual>
    {
        for (int v = 0; v < TDual.Count; v++)
        {
            Vector256<double> step = Vector256.Create<double>(proposed.Slice(v * Lanes, Lanes)) - Vector256.Create<double>(taken.Slice(v * Lanes, Lanes));
            for (int e = 0; e < f.Length; e++)
            {
                f[e].Value += f[e].Partial(v) * step;
                q[e].Value += q[e].Partial(v) * step;
            }
        }
    }

    private int Restrain(int first, in Stamp stamp, Span<double> taken)
    {
        DeviceShape shape = TModel.Shape;
        int variables = shape.Variables;
        Span<double> p = stackalloc double[shape.DerivedCount];
        Span<double> u = stackalloc double[variables];
        int moved = 0;
        int lanes = Math.Min(Lanes, Count - first);
        for (int lane = 0; lane < lanes; lane++)
        {
            for (int k = 0; k < p.Length; k++)
                p[k] = _derived[(k * Padded) + first + lane];
            Span<double> memory = stamp.Memory.Slice((first + lane) * variables, variables);
            for (int v = 0; v < variables; v++)
                u[v] = taken[(v * Lanes) + lane];
            if (stamp.Restraint == Restraint.Start)
            {
                u.Clear();
                TModel.Start(p, u);
                moved++;
            }
            else if (stamp.Restraint == Restraint.Limited && TModel.Limit(p, memory, u))
            {
                moved++;
            }

            for (int v = 0; v < variables; v++)
                memory[v] = taken[(v * Lanes) + lane] = u[v];
        }

        return moved;
    }

    private void Gather(int first, ReadOnlySpan<double> x, Span<double> u)
    {
        int variables = u.Length / Lanes;
        ReadOnlySpan<int> ends = _variableEnds.AsSpan(first * variables * 2, Lanes * variables * 2);
        int end = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int v = 0; v < variables; v++)
            {
                u[(v * Lanes) + lane] = x[ends[end]] - x[ends[end + 1]];
                end += 2;
            }
        }
    }

    private static double Variable(ReadOnlySpan<int> at, int variable, ReadOnlySpan<double> x)
    {
        DeviceShape shape = TModel.Shape;
        int ends = Math.Max(0, shape.Terminals - 1);
        if (variable < ends)
            return x[at[variable]] - x[at[ends]];
        variable -= ends;
        if (variable < shape.States)
            return x[at[shape.Terminals + variable]];
        variable -= shape.States;
        int pairs = shape.Terminals + shape.States;
        return variable < shape.ControlPairs
            ? x[at[pairs + (2 * variable)]] - x[at[pairs + (2 * variable) + 1]]
            : x[at[pairs + (2 * shape.ControlPairs) + variable - shape.ControlPairs]];
    }

    private (int Plus, int Minus) Columns(ReadOnlySpan<int> at, int variable)
    {
        DeviceShape shape = TModel.Shape;
        int ends = Math.Max(0, shape.Terminals - 1);
        if (variable < ends)
            return (at[variable], at[ends]);
        variable -= ends;
        if (variable < shape.States)
            return (at[shape.Terminals + variable], _ground);
        variable -= shape.States;
        int pairs = shape.Terminals + shape.States;
        return variable < shape.ControlPairs
            ? (at[pairs + (2 * variable)], at[pairs + (2 * variable) + 1])
            : (at[pairs + (2 * shape.ControlPairs) + variable - shape.ControlPairs], _ground);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (int Plus, int Minus) Rows(ReadOnlySpan<int> at, int equation)
    {
        int terminals = TModel.Shape.Terminals;
        int ends = Math.Max(0, terminals - 1);
        return equation < ends ? (at[equation], at[ends]) : (at[terminals + equation - ends], _ground);
    }

    /// <summary>λ of an equation: what it is at the terminal less what it is where the current comes out again.</summary>
    private double Weight(ReadOnlySpan<int> at, int equation, ReadOnlySpan<double> covector)
    {
        (int plus, int minus) = Rows(at, equation);
        return covector[plus] - (minus == _ground ? 0 : covector[minus]);
    }

    private void Derive(int instance)
    {
        DeviceShape shape = TModel.Shape;
        Span<Real> derived = stackalloc Real[shape.DerivedCount];
        TModel.Derive<Real>(
            _nominal with { Temperature = _temperatures[instance] },
            MemoryMarshal.Cast<double, Real>(_card.AsSpan(instance * shape.Parameters.Length, shape.Parameters.Length)),
            derived);
        int copies = instance == Count - 1 ? Padded - instance : 1;
        for (int k = 0; k < derived.Length; k++)
            _derived.AsSpan((k * Padded) + instance, copies).Fill(derived[k].Value);
    }

    private void Derive(in DeviceConditions conditions, int instance, int parameter, Span<Dual<Real, Partials1<Real>>> derived)
    {
        DeviceShape shape = TModel.Shape;
        Span<Dual<Real, Partials1<Real>>> card = stackalloc Dual<Real, Partials1<Real>>[shape.Parameters.Length];
        for (int k = 0; k < card.Length; k++)
            card[k] = new(Parameter(instance, k), k == parameter ? Partials1<Real>.Unit(0) : default);
        TModel.Derive<Dual<Real, Partials1<Real>>>(_nominal with { Temperature = _temperatures[instance], JunctionConductance = conditions.JunctionConductance }, card, derived);
    }

    /// <summary>∂(equation)/∂(variable), where there is one.</summary>
    private readonly record struct Term(int Equation, int Variable, bool InFlow, bool InCharge);

    /// <summary>What depends on what, found by running the equation on marks.</summary>
    private sealed record Structure(Term[] Terms, bool IsLinear)
    {
        public static Structure Of()
        {
            DeviceShape shape = TModel.Shape;
            var p = new Dependency[shape.DerivedCount];
            var u = new Dependency[shape.Variables];
            for (int v = 0; v < u.Length; v++)
                u[v] = Dependency.Variable(v);
            var f = new Dependency[shape.Equations];
            var q = new Dependency[shape.Equations];
            var held = new Dependency[shape.Equations];
            TModel.Evaluate<Dependency>(new DeviceConditions(), p, u, f, q);
            TModel.Evaluate<Dependency>(new DeviceConditions { HoldStates = true }, p, u, held, q);
            var terms = new List<Term>();
            for (int e = 0; e < f.Length; e++)
            {
                f[e] += held[e];
                for (int v = 0; v < u.Length; v++)
                {
                    bool inFlow = (f[e].Variables & (1u << v)) != 0;
                    bool inCharge = (q[e].Variables & (1u << v)) != 0;
                    if (inFlow || inCharge)
                        terms.Add(new Term(e, v, inFlow, inCharge));
                }
            }

            return new([.. terms], !shape.UsesTime && Array.TrueForAll(f, m => m.Nonlinear == 0) && Array.TrueForAll(q, m => m.Nonlinear == 0));
        }
    }
}

/// <summary>One device, ready for its bank.</summary>
/// <param name="Owner">The full name of the element that it belongs to.</param>
/// <param name="Connections">Unknowns: terminals, states, control pairs, readings; ground is −1.</param>
/// <param name="Card">The numbers on its card.</param>
/// <param name="Temperature">Its own temperature [K]; NaN for the circuit's.</param>
public readonly record struct DeviceInstance(string Owner, int[] Connections, double[] Card, double Temperature)
{
    /// <summary>Where numbers on its card come from, when that is not the owner's parameter of the same name; empty for most.</summary>
    public ImmutableArray<CardOrigin> Origins { get; init; } = [];
}

/// <summary>
/// Where a number on a device's card comes from, when that is not its owner's parameter of the same name: the resistance of a diode's series resistor is the diode's <c>rs</c>, the inductances on
/// a coupling's card are those of the inductors. A number may have several origins; derivatives by each are the slope times the derivative by the number.
/// </summary>
/// <param name="Parameter">The number's place on the card.</param>
/// <param name="Element">The full name of the element whose parameter it follows.</param>
/// <param name="Name">That parameter's name.</param>
/// <param name="OnModel">Whether it stands on the element's model card.</param>
/// <param name="Slope">∂(the number)/∂(that parameter).</param>
public readonly record struct CardOrigin(int Parameter, string Element, string Name, bool OnModel, double Slope);

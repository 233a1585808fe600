using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The noise of neurons as currents over time, of the spectrum and by the draws of the rate engine (<see cref="NeuronNoiseAmplitudes"/>, <see cref="CounterBrownianPath"/>, <see cref="FlickerNoise"/>). Time is
/// divided into cells of length Δ; in each the current is constant, its mean there: i = √(S/2) ΔW/Δ + x, variance S/(2Δ) of the white part, density S sinc²(fΔ) (Wong and Zakai 1965,
/// doi:10.1214/aoms/1177699916: as Δ → 0 the voltages are those of the stochastic equation).
///     The trapezoidal rule with one step a cell solves (C/Δ + G/2) x₁ = (C/Δ − G/2) x₀ + i, and the covariance P of x that stays the same fulfils C P Gᵀ + G P Cᵀ = (S/2), the equation of the continuous circuit,
/// whatever Δ: at the ends of cells a linear circuit has its exact covariance, kT/C of a leak alone (Schurz 1999, The invariance of asymptotic laws of linear stochastic systems under discretization, Z. Angew. Math. Mech.
/// 79, 375). Where errors ask for shorter steps it is tanh(d/2)/(d/2) = 1 − d²/12 of it with d = Δ/τ, backward Euler's (<c>maxord=1</c>) 1/(1 + d/2). Within a cell the variance dips by at most d/2.
/// </summary>
/// <remarks>
/// Δ is the longest step, halved until it is at most τ/20, where τ is that of the neuron's node as it stands at the start, with all that is connected to it: cells lie in each other, and what stands elsewhere changes
/// no neuron's. A load of more than 64 leaks is not followed: what is left of the noise there is less than a 64th of kT/C.
/// </remarks>
internal sealed class NeuronNoiseCurrents
{
    private const double CellsPerTimeConstant = 20;

    private const double HeaviestLoad = 64;

    private readonly Group[] _groups;
    private readonly double _cell;
    private long _next;

    private NeuronNoiseCurrents(Group[] groups)
    {
        _groups = groups;
        _cell = groups.Min(g => g.Cell);
    }

    /// <summary>When the shortest cell ends, and the first one begins [s].</summary>
    public double Next => _next * _cell;

    /// <summary>The noise of a circuit's neurons.</summary>
    /// <param name="system">The circuit, loaded at the point where it starts.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="longest">The longest step [s].</param>
    /// <param name="stop">How long the run is [s].</param>
    /// <param name="bandwidth">1/(2Δ) for all neurons [Hz], or null for that of each.</param>
    /// <returns>Null where no neuron has noise.</returns>
    public static NeuronNoiseCurrents? Of(NodalSystem system, ulong seed, double longest, double stop, double? bandwidth)
    {
        if (system.Circuit.Network is not { } network || NeuronNoiseAmplitudes.Charges(network) is not { } charges)
            return null;
        var members = new SortedDictionary<int, List<Member>>();
        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                int i = bank.Offset + k;
                if (charges[i] == 0)
                    continue;
                string node = bank.Description.Bus.NodeName(k);
                int unknown = system.Circuit.NodeUnknown(node);
                double tau = bandwidth is null ? TimeConstant(system, network, i, unknown) : double.PositiveInfinity;

                // Rounding of τ must not halve a cell.
                int halvings = Math.Max(0, (int)Math.Ceiling(Math.Log2(CellsPerTimeConstant * longest / tau) - 1e-6));
                if (!members.TryGetValue(halvings, out List<Member>? alike))
                    members[halvings] = alike = [];
                alike.Add(new Member(unknown, node, charges[i], network.FlickerCorner[i]));
            }
        }

        ulong key = NeuronNoiseAmplitudes.Seed(seed, system.Circuit.Circuit);
        int finest = members.Keys.Last();
        return new NeuronNoiseCurrents(
        [
            .. members.Select(m => new Group([.. m.Value], bandwidth is { } b ? 0.5 / b : Math.ScaleB(longest, -m.Key), 1L << (finest - m.Key), stop, key)),
        ]);
    }

    /// <summary>Goes on to the next cell.</summary>
    public void Enter()
    {
        foreach (Group group in _groups)
        {
            if (_next % group.Ratio == 0)
                group.Draw(_next / group.Ratio);
        }

        _next++;
    }

    /// <summary>Adds the currents of the present cell: into the nodes.</summary>
    /// <param name="flow">f by row; one more entry for ground.</param>
    /// <param name="magnitude">Σ|f| by row; may be empty.</param>
    public void AddTo(Span<double> flow, Span<double> magnitude)
    {
        foreach (Group group in _groups)
            group.AddTo(flow, magnitude);
    }

    /// <summary>C/G of a neuron's node by itself, no shorter than a share of the neuron's own; |G|, for a node that drives itself has noise all the same.</summary>
    private static double TimeConstant(NodalSystem system, RateNetwork network, int neuron, int unknown)
    {
        int slot = system.Circuit.Pattern.SlotOf(unknown, unknown);
        double capacitance = system.Capacitances[slot] + (double.IsFinite(network.SlewRate[neuron]) ? network.Capacitance[neuron] : 0);
        double own = network.Tau[neuron] / network.LeakFactor[neuron];
        return Math.Max(capacitance / Math.Abs(system.Conductances[slot]), own / HeaviestLoad);
    }

    private readonly record struct Member(int Unknown, string Node, double Charge, double Corner);

    /// <summary>Neurons whose cells are alike.</summary>
    private sealed class Group
    {
        private readonly Member[] _members;
        private readonly CounterBrownianPath _path;
        private readonly FlickerNoise? _flicker;
        private readonly Batch<double> _moved;

        public Group(Member[] members, double cell, long ratio, double stop, ulong seed)
        {
            _members = members;
            Cell = cell;
            Ratio = ratio;
            _path = new CounterBrownianPath(seed, 1, members.Length, i => members[i].Node);
            _flicker = members.Any(m => m.Corner > 0)
                ? new FlickerNoise([.. members.Select(m => m.Charge)], [.. members.Select(m => m.Corner)], 1, stop, cell, seed, i => members[i].Node)
                : null;
            _moved = new Batch<double>(1, members.Length);
        }

        /// <summary>Δ [s].</summary>
        public double Cell { get; }

        /// <summary>How many of the shortest cells one is.</summary>
        public long Ratio { get; }

        /// <summary>Draws the charges that noise moves in a cell.</summary>
        public void Draw(long cell)
        {
            _path.Increments(cell, Cell, _moved);
            Span<double> row = _moved.Row(0);
            for (int i = 0; i < row.Length; i++)
                row[i] *= _members[i].Charge;
            _flicker?.Step(cell, Cell, _moved);
        }

        public void AddTo(Span<double> flow, Span<double> magnitude)
        {
            ReadOnlySpan<double> row = _moved.Row(0);
            for (int i = 0; i < row.Length; i++)
            {
                double current = row[i] / Cell;
                flow[_members[i].Unknown] -= current;
                if (magnitude.Length > 0)
                    magnitude[_members[i].Unknown] += Math.Abs(current);
            }
        }
    }
}

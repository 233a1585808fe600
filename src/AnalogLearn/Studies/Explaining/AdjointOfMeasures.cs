using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// Derivatives of measures of an operating point by every draw, by the adjoint method (Director and Rohrer 1969, DOI 10.1109/TCT.1969.1082967): f(x; p) = 0 and m(x) give dm/dz = −λᵀ ∂f/∂z with Gᵀλ = ∂m/∂x. One transposed
/// solve a measure serves all draws; no circuit is solved again. ∂f/∂z is the difference of the residuals of two chips, fabricated ±h standard deviations along the draw, at the one operating point, so that every way in
/// which a draw can enter (cards, lines, expressions, groups) is in it; exact but for h²/6 of the third derivative.
/// </summary>
internal static class AdjointOfMeasures
{
    private const double Step = 1e-3;

    /// <summary>The derivatives of the measures of <c>.op</c>.</summary>
    /// <param name="run">The nominal deck, made ready.</param>
    /// <param name="design">The design.</param>
    /// <param name="seed">The study's seed.</param>
    /// <param name="space">The draws.</param>
    /// <returns>∂m/∂z by measure; empty where there is no operating point.</returns>
    public static IReadOnlyDictionary<string, double[]> Of(DeckRun run, Deck design, ulong seed, DrawSpace space)
    {
        if (!design.All<OperatingPointCard>().Any())
            return ImmutableDictionary<string, double[]>.Empty;
        if (run.Experiment is not null)
            return OfNetwork(run, space);
        if (run.Nodal is not { } session || design.Circuit.Banks.Length > 0)
            return ImmutableDictionary<string, double[]>.Empty;
        var results = new RunResults();
        if (session.Run(new OperatingPointCard(SourceSpan.None), results) is not null || session.LastPoint is not { } point)
            return ImmutableDictionary<string, double[]>.Empty;
        WaveformTable table = results.Table("op")!;
        NodalCircuit circuit = session.Circuit;
        int n = circuit.UnknownCount;
        var system = new NodalSystem(circuit);
        var tangent = new DirectCurrentTangent(system, point, session.Options);
        if (tangent.Failure is not null)
            return ImmutableDictionary<string, double[]>.Empty;

        // ∂m/∂x: measures are expressions in the columns of the operating point.
        Dictionary<string, double> At(int column, double by)
        {
            var moved = new RunResults();
            moved.Analyses.Add(new AnalysisTable("op", column < 0 ? table : table with { Columns = table.Columns.SetItem(column, table.Columns[column] with { Values = [table.Columns[column].Values[0] + by] }) }));
            return run.MeasuresOf(moved, "op");
        }

        string[] measures = [.. At(-1, 0).Keys];
        var covectors = measures.ToDictionary(m => m, _ => new double[n + 1], StringComparer.OrdinalIgnoreCase);
        for (int column = 0; column < table.Columns.Length; column++)
        {
            int row = IndexOf(circuit, table.Columns[column].Name);
            if (row < 0)
                continue;
            double h = 1e-6 * Math.Max(Math.Abs(table.Columns[column].Values[0]), table.Columns[column].Quantity == WaveformQuantity.Voltage ? 1e-2 : 1e-9);
            Dictionary<string, double> up = At(column, h), down = At(column, -h);
            foreach (string measure in measures)
                covectors[measure][row] = (up[measure] - down[measure]) / (2 * h);
        }

        foreach (double[] covector in covectors.Values)
            tangent.Solver.SolveTransposed(covector.AsSpan(0, n));

        var derivatives = measures.ToDictionary(m => m, _ => new double[space.Coordinates.Length], StringComparer.OrdinalIgnoreCase);
        for (int d = 0; d < space.Coordinates.Length; d++)
        {
            if (Residual(d, Step) is not { } up || Residual(d, -Step) is not { } down)
                return ImmutableDictionary<string, double[]>.Empty;
            foreach (string measure in measures)
            {
                double sum = 0;
                for (int row = 0; row < n; row++)
                    sum -= covectors[measure][row] * (up[row] - down[row]);
                derivatives[measure][d] = sum / (2 * Step);
            }
        }

        return derivatives.Where(m => m.Value.All(double.IsFinite)).ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

        double[]? Residual(int draw, double by)
        {
            Chip chip = design.Fabricate(seed, 1, new ChipSampling { Space = space, Held = ImmutableDictionary<int, double>.Empty.Add(draw, by) });
            if (!chip.IsSound || NodalCircuit.Compile(chip.Deck!.Circuit, session.Options.Conditions, new DiagnosticBag()) is not { } made || made.UnknownCount != n)
                return null;
            var own = new NodalSystem(made) { Conditions = tangent.Conditions };
            own.RefreshLinear();
            own.SetSourcesConstant();
            own.LoadFlows(point);
            return [.. own.Flow];
        }
    }

    /// <summary>On the rate engine: μ(s; p) = 0, dm/dz = −λᵀ ∂μ/∂z with Jᵀλ = ∂m/∂s.</summary>
    private static ImmutableDictionary<string, double[]> OfNetwork(DeckRun run, DrawSpace space)
    {
        ImmutableDictionary<string, double[]> none = ImmutableDictionary<string, double[]>.Empty;
        OperatingPoint point = run.SolveOperatingPoint();
        if (!point.IsSettled || run.FieldOf(null) is not { } field)
            return none;
        int n = field.StateCount, inputs = point.Nodes.Length - n;
        var state = new Batch<double>(1, n);
        point.State.AsSpan().CopyTo(state.Row(0));
        Dictionary<string, double> At(int node, double by) =>
            run.MeasuresOf(new RunResults { OperatingPoint = node < 0 ? point : point with { Voltages = point.Voltages.SetItem(node, point.Voltages[node] + by) } }, "op");
        string[] measures = [.. At(-1, 0).Keys];
        var slopes = measures.ToDictionary(m => m, _ => new double[n], StringComparer.OrdinalIgnoreCase);
        int at = inputs;
        foreach (RateBank bank in run.Experiment!.Network.Banks)
        {
            for (int k = 0; k < bank.Width; k++, at++)
            {
                double h = 1e-6 * Math.Max(Math.Abs(point.Voltages[at]), 1e-2);
                Dictionary<string, double> up = At(at, h), down = At(at, -h);
                foreach (string measure in measures)
                    slopes[measure][bank.Offset + k] = (up[measure] - down[measure]) / (2 * h);
            }
        }

        var covectors = new Dictionary<string, double[]>(StringComparer.OrdinalIgnoreCase);
        bool isRegular = true;
        JacobianSolves.ForEach(field, state, _ => true, 1, (_, jacobian) =>
        {
            foreach (string measure in measures)
            {
                var covector = new double[n];
                isRegular &= jacobian.SolveTransposed(slopes[measure], covector) > 0;
                covectors[measure] = covector;
            }
        }, default);
        if (!isRegular)
            return none;
        var derivatives = measures.ToDictionary(m => m, _ => new double[space.Coordinates.Length], StringComparer.OrdinalIgnoreCase);
        Batch<double> above = new(1, n), below = new(1, n);
        for (int d = 0; d < space.Coordinates.Length; d++)
        {
            if (run.FieldOf(Held(d, Step)) is not { } up || run.FieldOf(Held(d, -Step)) is not { } down)
                return none;
            up.Evaluate(state, above);
            down.Evaluate(state, below);
            foreach (string measure in measures)
            {
                double sum = 0;
                for (int k = 0; k < n; k++)
                    sum -= covectors[measure][k] * (above[0, k] - below[0, k]);
                derivatives[measure][d] = sum / (2 * Step);
            }
        }

        return derivatives.Where(m => m.Value.All(double.IsFinite)).ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

        ChipSampling Held(int draw, double by) => new() { Space = space, Held = ImmutableDictionary<int, double>.Empty.Add(draw, by) };
    }

    private static int IndexOf(NodalCircuit circuit, string name)
    {
        for (int k = 0; k < circuit.UnknownCount; k++)
        {
            if (circuit.Unknowns[k].Kind != UnknownKind.InternalNode && circuit.Unknowns[k].Name == name)
                return k;
        }

        return -1;
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Data;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Plots;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// What nodes do through the free and the nudged phase of one example. Of the first examples the one with the largest cost is shown, because the nudge hardly
/// moves what is right already, and of it the outputs that leave their resting place and the hidden nodes that the nudge moves most.
/// </summary>
/// <param name="Example">The example's number.</param>
/// <param name="Table">The waveforms.</param>
/// <param name="Phases">The phases.</param>
public sealed record PhaseWaveforms(int Example, WaveformTable Table, ImmutableArray<PhaseSpan> Phases)
{
    private const int Candidates = 200;
    private const int MostOutputs = 5;
    private const int MostHidden = 4;

    /// <summary>Simulates both phases.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="examples">The examples to choose from.</param>
    /// <param name="beta">β.</param>
    /// <param name="free">Duration of the free phase [s].</param>
    /// <param name="nudged">Duration of the nudged phase [s].</param>
    public static PhaseWaveforms Of(Experiment experiment, Readout readout, ParameterSet<double> parameters, Examples examples, double beta, double free, double nudged)
    {
        RateNetwork network = experiment.Network;
        (Batch<double>[] inputs, Batch<double> targets) = ComparisonPlan.Gather(network, examples.Head(Candidates));
        int chosen = MostCostly(experiment, readout, parameters, inputs, targets);
        var row = new double[network.InputCount];
        foreach (RateInput input in network.Inputs)
            inputs[input.Index].Row(chosen).CopyTo(row.AsSpan(input.Offset));
        InputDrive drive = InputDrive.Showing(row, string.Create(CultureInfo.InvariantCulture, $"example {chosen}"));
        (WaveformTable table, ImmutableArray<PhaseSpan> phases) = TransientAnalysis.Phases(network, parameters, drive, readout, targets.Row(chosen), beta, free, nudged);

        int turn = Array.FindIndex(table.Columns[0].Values, t => t >= free);
        var outputs = new HashSet<string>(Enumerable.Range(readout.Start, readout.Count).Select(k => Column(readout.Bank, k)), StringComparer.OrdinalIgnoreCase);
        string[] hidden = [.. network.Banks.Where(b => b != readout.Bank).SelectMany(b => Enumerable.Range(0, b.Width).Select(k => Column(b, k)))];
        WaveformColumn[] kept =
        [
            table.Columns[0],
            .. table.Columns.Where(c => outputs.Contains(c.Name)).OrderByDescending(Reach).Where((c, k) => k == 0 || Reach(c) > 1e-3).Take(MostOutputs).OrderBy(c => table.Columns.IndexOf(c)),
            .. hidden.Select(name => table.Column(name)!).OrderByDescending(c => Math.Abs(c.Values[^1] - c.Values[turn])).Take(MostHidden).OrderBy(c => table.Columns.IndexOf(c)),
        ];
        return new PhaseWaveforms(chosen, table with { Columns = [.. kept] }, phases);
    }

    private static double Reach(WaveformColumn column) => column.Values.Max() - column.Values.Min();

    private static string Column(RateBank bank, int k) => $"v({bank.Description.Bus.NodeName(k)})";

    private static int MostCostly(Experiment experiment, Readout readout, ParameterSet<double> parameters, Batch<double>[] inputs, Batch<double> targets)
    {
        var field = new RateField<double>(experiment.Network, parameters);
        for (int k = 0; k < inputs.Length; k++)
            field.SetInput(k, inputs[k]);
        var state = new Batch<double>(targets.Rows, field.StateCount);
        for (int e = 0; e < state.Rows; e++)
            field.RestingState(state.Row(e));
        new Settler<double>(field).Settle(state, experiment.Settle);
        int worst = 0;
        double most = double.NegativeInfinity;
        var output = new double[readout.Count];
        for (int e = 0; e < state.Rows; e++)
        {
            readout.Read<double>(field, state.Row(e), output);
            double cost = readout.Cost.Value<double>(output, targets.Row(e));
            if (cost > most)
                (worst, most) = (e, cost);
        }

        return worst;
    }
}

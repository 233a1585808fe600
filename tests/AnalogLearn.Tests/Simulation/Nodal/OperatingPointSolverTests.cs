using System.Globalization;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class OperatingPointSolverTests
{
    /// <summary>Answers of an independent implementation in Python (modified nodal analysis, dense), which agree with those of ngspice 47.</summary>
    [Theory]
    [InlineData("ep_4-10-3")]
    [InlineData("ep_4-10-3_nudged")]
    [InlineData("ep_100-50-10")]
    [InlineData("ep_100-50-10_nudged")]
    [InlineData("xbar_16")]
    [InlineData("xbar_64")]
    public void GoldenOperatingPointsAreMetToANanovolt(string name)
    {
        NodalCase circuit = NodalDecks.Open("Golden", "spice", name + ".cir");
        OperatingPointReport report = circuit.Solve();
        Assert.True(report.IsConverged, report.ToString());
        Assert.InRange(report.KirchhoffResidual, 0, 1e-12);
        Assert.InRange(report.CurrentResidual, 0, 1e-15);
        double worst = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "spice", name + ".mna.csv")).Skip(1))
        {
            string[] cells = line.Split(',');
            worst = Math.Max(worst, Math.Abs(double.Parse(cells[1], CultureInfo.InvariantCulture) - circuit[cells[0]]));
        }

        Assert.InRange(worst, 0, 1e-9);
    }

    [Theory]
    [InlineData("op_divider_lex")]
    [InlineData("op_controlled")]
    [InlineData("op_diode")]
    [InlineData("op_bidir_amp")]
    [InlineData("op_param_funcs")]
    [InlineData("op_temp")]
    [InlineData("op_gmult")]
    [InlineData("op_bistable_pos")]
    [InlineData("op_hard_feedback")]
    public void CasesOfNgspiceAreMet(string name)
    {
        NodalCase circuit = NodalDecks.Open("Cases", "spice", name + ".cir");
        OperatingPointReport report = circuit.Solve();
        Assert.True(report.IsConverged, report.ToString());
        (string[] names, double[][] columns) = NodalDecks.Table("Golden", "spice", name + ".csv");
        for (int k = 0; k < names.Length; k++)
            Assert.True(Math.Abs(columns[k][0] - circuit[names[k]]) <= (name == "op_bistable_pos" ? 1e-6 : 1e-7) * Math.Abs(columns[k][0]) + 1e-12, $"{names[k]}: {columns[k][0]} and {circuit[names[k]]}");
    }

    [Fact]
    public void TheLastPointMakesTheNextOneCheapAndNothingIsAllocated()
    {
        NodalCase circuit = NodalDecks.Open("Golden", "spice", "ep_4-10-3.cir");
        var solver = new OperatingPointSolver(circuit.System, circuit.Options) { Certifies = false };
        OperatingPointReport cold = solver.Solve(circuit.X);
        circuit.System.SourceValues[0] += 0.1;
        OperatingPointReport warm = solver.Solve(circuit.X, warm: true);
        Assert.True(warm.IsConverged);
        Assert.InRange(warm.Iterations, 1, cold.Iterations - 2);
        double[] other = [.. circuit.X];
        Assert.True(new OperatingPointSolver(circuit.System, circuit.Options).Solve(other).IsConverged);
        for (int k = 0; k < other.Length; k++)
            Assert.Equal(other[k], circuit.X[k], 1e-12);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 20; k++)
        {
            circuit.System.SourceValues[0] += 0.01;
            solver.Solve(circuit.X, warm: true);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 * 200);
    }

    /// <summary>A loop of diodes and an amplifier of gain −10⁶ (junctions that pull back), and one of gain 30 (three solutions).</summary>
    [Theory]
    [InlineData(-1e6)]
    [InlineData(30)]
    [InlineData(1000)]
    public void FeedbackThroughJunctionsIsSolved(double gain)
    {
        NodalCase circuit = NodalDecks.Read(string.Create(
            CultureInfo.InvariantCulture,
            $"loop\nV1 in 0 12\nR1 in a 1k\nD1 a b dm\nD2 b 0 dm\nE1 c 0 b 0 {gain}\nR2 c d 10\nD3 d a dm\nD4 a d dm\nR3 d 0 50k\n.model dm D(is=1e-16)\n.op\n"));
        OperatingPointReport report = circuit.Solve();
        Assert.True(report.IsConverged, report.ToString());
        Assert.InRange(report.KirchhoffResidual, 0, 1e-11);
    }

    [Fact]
    public void NodeSetsChooseAmongSolutions()
    {
        // A latch: an amplifier of gain 3 with diodes as limits holds whatever sign it begins with.
        const string latch = "latch\nE1 o 0 n 0 3\nR1 o n 1k\nD1 n 0 dm\nD2 0 n dm\nR2 n 0 10k\n.model dm D(is=1e-14)\n.op\n";
        NodalCase positive = NodalDecks.Read(latch + ".nodeset v(n)=0.7\n");
        NodalCase negative = NodalDecks.Read(latch + ".nodeset v(n)=-0.7\n");
        Assert.True(positive.Solve().IsConverged);
        Assert.True(negative.Solve().IsConverged);
        Assert.InRange(positive["v(n)"], 0.3, 0.9);
        Assert.Equal(-positive["v(n)"], negative["v(n)"], 12);
    }

    [Fact]
    public void ASingularCircuitNamesItsNode()
    {
        NodalCase circuit = NodalDecks.Read("cut\nI1 0 a 1u\nC1 a 0 1n\nV1 b 0 1\nR1 b 0 1k\n.op\n");
        OperatingPointReport report = circuit.Solve();
        Assert.False(report.IsConverged);
        Assert.Contains("v(a)", report.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnImpossibleCircuitSaysWhatWasTriedAndWhereItFails()
    {
        // A controlled source and a junction without a common solution: i = 1 A whatever the voltage, into a diode that only blocks.
        NodalCase circuit = NodalDecks.Read("none\nI1 a 0 1\nD1 a 0 dm\n.model dm D(is=1e-14)\n.options gmin=1e-30\n.op\n");
        OperatingPointReport report = circuit.Solve();
        if (report.IsConverged)
            Assert.InRange(report.KirchhoffResidual, 0, 1e-9);
        else
            Assert.Contains("v(a)", report.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsHaveNgspicesNames()
    {
        NodalCase circuit = NodalDecks.Read("options\nV1 a 0 1\nR1 a 0 1\n.options reltol=1e-5 abstol=1p vntol=1n gmin=1e-11 itl1=250 method=gear rshunt=1g\n.op\n");
        Assert.Equal(1e-5, circuit.Options.RelativeTolerance);
        Assert.Equal(1e-9, circuit.Options.VoltageTolerance, 15);
        Assert.Equal(250, circuit.Options.ColdIterations);
        Assert.Equal(IntegrationMethod.Gear, circuit.Options.Method);
        Assert.Equal(1e9, circuit.Options.ShuntResistance, 1e-3);
        Assert.Equal(1e-11, circuit.Circuit.Conditions.JunctionConductance, 1e-20);
    }
}

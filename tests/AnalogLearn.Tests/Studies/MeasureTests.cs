using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public sealed class MeasureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly double[] s_time = [.. Enumerable.Range(0, 2001).Select(k => k * 1e-3)];
    private static readonly double[] s_sine = [.. s_time.Select(t => Math.Sin(2 * Math.PI * t))];

    [Fact]
    public void StatisticsOfASine()
    {
        var measures = new WaveformMeasures(s_time);
        Assert.Equal(1, measures.Statistic("max", s_sine, 0, 2), 5);
        Assert.Equal(-1, measures.Statistic("min", s_sine, 0, 2), 5);
        Assert.Equal(2, measures.Statistic("pp", s_sine, 0, 2), 5);
        Assert.Equal(0, measures.Statistic("avg", s_sine, 0, 2), 9);
        Assert.Equal(Math.Sqrt(0.5), measures.Statistic("rms", s_sine, 0, 2), 4e-6);
        Assert.Equal(1 / Math.PI, measures.Statistic("integ", s_sine, 0, 0.5), 4e-6);
        Assert.Equal(0.25, measures.Statistic("max_at", s_sine, 0, 0.5), 9);
        Assert.Equal(0.75, measures.Statistic("min_at", s_sine, 0, 1), 9);
        Assert.True(double.IsNaN(measures.Statistic("max", s_sine, 3, 4)));
    }

    [Fact]
    public void WindowsCutBetweenPoints()
    {
        var measures = new WaveformMeasures([0, 1, 2]);
        double[] ramp = [0, 1, 2];
        Assert.Equal(1.5, measures.Statistic("max", ramp, 0.5, 1.5), 12);
        Assert.Equal(1, measures.Statistic("avg", ramp, 0.5, 1.5), 12);
        Assert.Equal(Math.Sqrt(13.0 / 12), measures.Statistic("rms", ramp, 0.5, 1.5), 12);
    }

    [Fact]
    public void CrossingsAreCountedAndInterpolated()
    {
        var measures = new WaveformMeasures(s_time);
        double[] half = [.. s_time.Select(_ => 0.5)];
        Assert.Equal(1.0 / 12, measures.Cross(s_sine, half, CrossingKind.Rise, 1, 0), 1e-6);
        Assert.Equal(5.0 / 12, measures.Cross(s_sine, half, CrossingKind.Fall, 1, 0), 1e-6);
        Assert.Equal(13.0 / 12, measures.Cross(s_sine, half, CrossingKind.Any, 3, 0), 1e-6);
        Assert.Equal(17.0 / 12, measures.Cross(s_sine, half, CrossingKind.Any, 0, 0), 1e-6);
        Assert.Equal(13.0 / 12, measures.Cross(s_sine, half, CrossingKind.Rise, 1, 0.2), 1e-6);
        Assert.True(double.IsNaN(measures.Cross(s_sine, half, CrossingKind.Rise, 3, 0)));
    }

    [Fact]
    public void ValuesAndSlopesAreInterpolated()
    {
        var measures = new WaveformMeasures([0, 1, 3]);
        Assert.Equal(4, measures.At([0, 2, 6], 2), 12);
        Assert.Equal(2, measures.Slope([0, 2, 6], 2), 12);
        Assert.True(double.IsNaN(measures.At([0, 2, 6], 3.1)));
    }

    [Theory]
    [InlineData(".measure op a param='v(s[7])'", "s[7]", "outside")]
    [InlineData(".measure op a param='v(t[0])'", "t[0]", "no node")]
    [InlineData(".measure op a param='residul'", "residul", "residual")]
    [InlineData(".measure op a param='voltage(1)'", "voltage", "measure")]
    [InlineData(".measure op a max v(s[0])", "max", "waveforms")]
    [InlineData(".measure op a param='v(s[0])' chek='a>1'", "chek='a>1'", "no meaning")]
    [InlineData(".measure train a param='test_error'", "a", "does not ask for")]
    public void NamesThatMeanNothingAreToldAtTheirPlace(string card, string at, string says)
    {
        DeckRun run = Open(SmallDecks.ThreeNeurons(".op\n" + card));
        Assert.False(run.Bind());
        Diagnostic error = Assert.Single(run.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Contains(says, error.Message + error.Fix, StringComparison.Ordinal);
        string line = error.Span.Source.Line(error.Span.Source.Locate(error.Span.Start).Line).ToString();
        Assert.Contains(at, line[(error.Span.Source.Locate(error.Span.Start).Column - 1)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max=2", RunStatus.Done)]
    [InlineData("max=1", RunStatus.CheckNotMet)]
    [InlineData("min=1.4", RunStatus.Done)]
    [InlineData("min=1.5", RunStatus.CheckNotMet)]
    [InlineData("goal=1.4 tol=0.01", RunStatus.Done)]
    [InlineData("goal=1.5 tol=0.01", RunStatus.CheckNotMet)]
    [InlineData("check='a > 1.3 && v(s[1]) < 1'", RunStatus.Done)]
    [InlineData("check='a > 1.5'", RunStatus.CheckNotMet)]
    public void AChecksOutcomeIsTheRuns(string check, RunStatus status)
    {
        DeckRun run = Open(SmallDecks.ThreeNeurons(".op\n.measure op a param='v(s[0])' " + check));
        Assert.Equal(status, run.Run());
        Assert.Equal(1.4003469924473, Assert.Single(run.Results.Measures).Value, 10);
    }

    [Fact]
    public void ComparisonsGiveNumbersOfEveryKind()
    {
        DeckRun run = Open("""
            compare
            .model cell neuron(c=1n g=1u rho=tanh)
            .model w synapse()
            Nx x[0:1] input
            Ny y[0:1] cell bias=0.1
            Yxy x y w init=[[0.5, -0.3],[0.2, 0.4]]
            Yyy y y w init=[[0, 0.3],[0.3, 0]]
            .options precision=double
            .dataset d inline(x=[[1,0.5],[-0.5,1]] y=[[0.5,0],[0,0.5]]) input=x target=y
            .learn eqprop(rule=rate beta=1e-4 centred=1 free=100m nudge=100m tol=1e-15) out=y
            .compare implicit
            .measure compare c param='cosine(all)'
            .measure compare a param='angle(Yxy)'
            .measure compare n param='norm_ratio(Yyy)'
            .measure compare r param='rel_error(Ny)'
            .measure compare s param='sign_agreement(all)'
            .measure compare g param='gradient(Yxy,1,0)'
            .measure compare u param='update(Yxy,1,0)'
            .measure compare w param='weight(Yxy,1,0)'
            .measure compare b param='gradient(Ny,1)'
            .measure compare e param='examples'
            .measure compare d param='g+u'
            """);
        Assert.Equal(RunStatus.Done, run.Run());
        Dictionary<string, double> of = run.Results.Measures.ToDictionary(m => m.Name, m => m.Value);
        Assert.Equal(1, of["c"], 6);
        Assert.Equal(0, of["a"], 3);
        Assert.Equal(1, of["n"], 4);
        Assert.Equal(0, of["r"], 3);
        Assert.Equal(1, of["s"]);
        Assert.Equal(0.2, of["w"]);
        Assert.Equal(2, of["e"]);
        Assert.NotEqual(0, of["b"]);
        Assert.True(Math.Abs(of["d"]) < 1e-4 * Math.Abs(of["g"]), "the update is minus the gradient");
    }

    [Theory]
    [InlineData("gradient(Yxy,2,0)", "numbered from 0 to 1")]
    [InlineData("gradient(Yxz,0,0)", "yxy")]
    [InlineData("gradient(Yxy,0)", "needs i (post) and j (pre)")]
    [InlineData("cosine()", "1")]
    public void ArraysAndIndicesAreChecked(string expression, string says)
    {
        DeckRun run = Open($"""
            compare
            .model cell neuron(c=1n g=1u rho=tanh)
            .model w synapse()
            Nx x[0:1] input
            Ny y[0:1] cell
            Yxy x y w init=0.1
            .dataset d inline(x=[[1,0.5]] y=[[0.5,0]]) input=x target=y
            .compare implicit against=eqprop(beta=0.1)
            .measure compare m param='{expression}'
            """);
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => (d.Message + d.Fix).Contains(says, StringComparison.Ordinal));
    }

    private DeckRun Open(string text)
    {
        DeckResult read = DeckReader.Parse(text);
        Assert.True(read.Deck is not null, string.Join("\n", read.Diagnostics));
        return DeckRun.Of(read.Deck, new RunSettings { Folder = _folder.Path });
    }
}

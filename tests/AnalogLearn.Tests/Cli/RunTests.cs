using System.Text.Json;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Cli;

public class RunTests
{
    [Fact]
    public void ARunPrintsOneJsonObjectAndLeavesItsFolder()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(2, more: """
            .compare implicit against=eqprop(beta=0.01 free=60m nudge=60m tol=1e-9) examples=3
            .measure train err param='test_error'
            .measure train n param='epochs'
            .measure train first param='test_error(1)'
            .measure compare c1 param='cosine(Yxh)'
            .export onnx file=net.onnx
            .export npz
            .export spice
            .export csv
            """));
        string place = Path.Combine(folder.Path, "place");
        ProgramRun run = ProgramRun.Of("run", deck, "--out", place, "--json", "--seed", "5", "--threads", "1");
        Assert.True(run.Status == 0, run.Error);
        JsonElement json = run.Json();
        Assert.Equal("run", json.GetProperty("command").GetString());
        Assert.Equal("done", json.GetProperty("status").GetString());
        Assert.Equal("rate", json.GetProperty("engine").GetString());
        Assert.Equal(5, json.GetProperty("seed").GetInt32());
        Assert.Equal(place, json.GetProperty("out").GetString());
        Assert.Equal(3, json.GetProperty("train").GetProperty("epochs").GetArrayLength());
        JsonElement measures = json.GetProperty("measures");
        Assert.Equal(["err", "n", "first", "c1"], measures.EnumerateObject().Select(p => p.Name));
        Assert.Equal(2, measures.GetProperty("n").GetDouble());
        Assert.InRange(measures.GetProperty("err").GetDouble(), 0, 1);
        Assert.InRange(measures.GetProperty("c1").GetDouble(), -1, 1);
        Assert.True(json.GetProperty("compare").GetProperty("arrays").TryGetProperty("yxh", out _));
        Assert.Equal(4, json.GetProperty("exports").GetArrayLength());
        foreach (JsonElement file in json.GetProperty("exports").EnumerateArray())
            Assert.True(File.Exists(file.GetProperty("path").GetString()));
        foreach (string name in new[] { "run.json", "weights.npz", "compare.csv", "report.html", "plots/training.svg", "plots/confusion.svg", "plots/phases.svg", "plots/weights.svg", "plots/receptive-fields-yxh.svg", "plots/gradient.svg" })
            Assert.True(File.Exists(Path.Combine(place, name)), name);
        Assert.False(File.Exists(Path.Combine(place, "checkpoint.bin")));

        // What is in the folder is what was printed.
        using JsonDocument kept = JsonDocument.Parse(File.ReadAllText(Path.Combine(place, "run.json")));
        Assert.Equal(measures.ToString(), kept.RootElement.GetProperty("measures").ToString());
        Assert.Equal(64, kept.RootElement.GetProperty("files")[0].GetProperty("sha256").GetString()!.Length);

        // Everything is reproducible: another run with other threads gives the same weights and numbers.
        string again = Path.Combine(folder.Path, "again");
        JsonElement second = ProgramRun.Of("run", deck, "--out", again, "--json", "--seed", "5", "--threads", "2").Json();
        Assert.Equal(File.ReadAllBytes(Path.Combine(place, "weights.npz")), File.ReadAllBytes(Path.Combine(again, "weights.npz")));
        Assert.Equal(measures.ToString(), second.GetProperty("measures").ToString());
        Assert.NotEqual(measures.ToString(), ProgramRun.Of("run", deck, "--out", again, "--json", "--seed", "6").Json().GetProperty("measures").ToString());
    }

    [Fact]
    public void PlotDrawsTheSamePicturesAgain()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(2));
        string place = Path.Combine(folder.Path, "place");
        Assert.Equal(0, ProgramRun.Of("train", deck, "--out", place, "--quiet").Status);
        Dictionary<string, string> drawn = Directory.GetFiles(Path.Combine(place, "plots"), "*.svg").ToDictionary(p => p, File.ReadAllText);
        Assert.True(drawn.Count >= 4);
        foreach (string file in drawn.Keys)
            File.Delete(file);
        ProgramRun run = ProgramRun.Of("plot", place);
        Assert.True(run.Status == 0, run.Error);
        foreach ((string file, string content) in drawn)
            Assert.Equal(content, File.ReadAllText(file));
    }

    [Fact]
    public void CompareAndExportTakeTheTrainedWeightsOfTheFolder()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(1, more: """
            .compare implicit examples=2
            .measure compare w param='weight(Yhy,0,0)'
            """));
        string place = Path.Combine(folder.Path, "place");
        double Weight(params string[] more) => ProgramRun.Of(["compare", deck, "--out", place, "--json", .. more]).Json().GetProperty("measures").GetProperty("w").GetDouble();
        double fabricated = Weight();
        Assert.Equal(0, ProgramRun.Of("train", deck, "--out", place, "--quiet").Status);
        double trained = Weight();
        Assert.NotEqual(fabricated, trained);
        Assert.Equal(fabricated, Weight("--fresh"));
        Assert.Equal(trained, Weight("--weights", Path.Combine(place, "weights.npz")));
        string npz = folder.File("w.npz");
        ProgramRun export = ProgramRun.Of("export", "npz", deck, "--out", place, "-o", npz);
        Assert.True(export.Status == 0, export.Error);
        Assert.True(NumpyArchive.TryReadFile(npz, out var arrays, out _));
        Assert.Equal(trained, arrays["yhy"].ToDoubles()[0]);
    }

    [Fact]
    public void TransientMeasuresFollowTheExponential()
    {
        // One leak: v = 1 − e^{−t/τ}, τ = 1 ms.
        using var folder = new TemporaryFolder();
        string deck = folder.File("rc.cir", """
            one leak
            .model cell neuron(c=1n g=1u rho=linear)
            .model w synapse()
            Nx x[0:0] input
            Ns s[0:0] cell bias=0
            Yx x s w init=1
            Vx x[0] 0 DC 1
            .tran 10u 5m uic
            .measure tran half when v(s[0])=0.5 rise=1
            .measure tran late find v(s[0]) at=1m
            .measure tran top max v(s[0])
            .measure tran mean avg v(s[0]) from=0 to=5m
            .measure tran rise trig v(s[0]) val=0.1 rise=1 targ v(s[0]) val=0.9 rise=1
            .measure tran twice param='2*half'
            .measure tran slope deriv v(s[0]) at=1m
            .print tran v(s[0]) 'v(x[0])-v(s[0])'
            .plot tran v(s[0])
            .op
            .print op v(s[0])
            """);
        string place = Path.Combine(folder.Path, "place");
        ProgramRun run = ProgramRun.Of("run", deck, "--out", place, "--json");
        Assert.True(run.Status == 0, run.Error);
        JsonElement m = run.Json().GetProperty("measures");
        Assert.Equal(1e-3 * Math.Log(2), m.GetProperty("half").GetDouble(), 1e-7);
        Assert.Equal(1 - Math.Exp(-1), m.GetProperty("late").GetDouble(), 1e-6);
        Assert.Equal(1 - Math.Exp(-5), m.GetProperty("top").GetDouble(), 1e-6);
        Assert.Equal(1 - ((1 - Math.Exp(-5)) / 5), m.GetProperty("mean").GetDouble(), 1e-5);
        Assert.Equal(1e-3 * Math.Log(9), m.GetProperty("rise").GetDouble(), 1e-6);
        Assert.Equal(2e-3 * Math.Log(2), m.GetProperty("twice").GetDouble(), 1e-6);
        Assert.Equal(1e3 * Math.Exp(-1), m.GetProperty("slope").GetDouble(), 0.1);

        RawFile raw = RawFile.Read(File.ReadAllBytes(Path.Combine(place, "waveforms.raw")), "waveforms.raw", new DiagnosticBag())!;
        Assert.Equal(["Operating Point", "Transient Analysis"], raw.Tables.Select(t => t.PlotName));
        WaveformTable table = raw.Tables[1];
        Assert.Equal(501, table.PointCount);
        double[] time = table.Column("time")!.Values;
        double[] v = table.Column("v(s_0)")!.Values;
        for (int k = 0; k < time.Length; k++)
            Assert.Equal(1 - Math.Exp(-time[k] / 1e-3), v[k], 1e-6);
        Assert.Equal(502, File.ReadAllLines(Path.Combine(place, "tran.csv")).Length);
        Assert.True(File.Exists(Path.Combine(place, "plots/plot-1.svg")));

        string printed = ProgramRun.Of("run", deck, "--out", place).Output;
        Assert.Contains(File.ReadAllText(Path.Combine(place, "print.txt")).Split('\n')[0], printed, StringComparison.Ordinal);
        Assert.Contains("Index   time            v(s[0])", printed, StringComparison.Ordinal);
        Assert.Contains("100     1.000000e-03    6.321", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void ATransientBeginsAtTheOperatingPointUnlessTold()
    {
        using var folder = new TemporaryFolder();
        string Deck(string tran, string more = "") => SmallDecks.ThreeNeurons($"{tran}\n{more}\n.measure tran a find v(s[0]) at=0\n.measure tran b find v(s[0]) at=10m");
        JsonElement Measures(string text) => ProgramRun.Of("run", folder.File("a.cir", text), "--out", folder.Path, "--json").Json().GetProperty("measures");
        JsonElement settled = Measures(Deck(".tran 100u 10m"));
        Assert.Equal(settled.GetProperty("a").GetDouble(), settled.GetProperty("b").GetDouble(), 1e-9);
        JsonElement rest = Measures(Deck(".tran 100u 10m uic"));
        Assert.Equal(0, rest.GetProperty("a").GetDouble());
        Assert.Equal(1.4, rest.GetProperty("b").GetDouble(), 0.1);
        JsonElement held = Measures(Deck(".tran 100u 10m", ".ic v(s[0])=0.2"));
        Assert.Equal(0.2, held.GetProperty("a").GetDouble(), 1e-12);
        Assert.Equal(1.4, held.GetProperty("b").GetDouble(), 0.1);
    }

    [Fact]
    public void WhatIsSavedIsWhatTheCardsSay()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", SmallDecks.ThreeNeurons(".tran 100u 1m uic\n.save v(s[1:2])"));
        Assert.Equal(0, ProgramRun.Of("run", deck, "--out", folder.Path, "--quiet").Status);
        Assert.Equal("time [s],v(s_1) [V],v(s_2) [V]", File.ReadLines(Path.Combine(folder.Path, "tran.csv")).First());
    }

    [Fact]
    public void BadDecksAreToldWithPlaceLineAndCaret()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("bad.cir", SmallDecks.ThreeNeurons(".op\n.measure op a param='v(q[0])'\n.frob x"));
        ProgramRun run = ProgramRun.Of("run", deck, "--out", folder.Path, "--json");
        Assert.Equal(2, run.Status);
        Assert.Contains("bad.cir:11:1: error:", run.Error, StringComparison.Ordinal);
        Assert.Contains("^", run.Error, StringComparison.Ordinal);
        JsonElement[] diagnostics = [.. run.Json().GetProperty("diagnostics").EnumerateArray()];
        Assert.NotEmpty(diagnostics);
        Assert.Equal("error", diagnostics[0].GetProperty("severity").GetString());
        Assert.Equal(11, diagnostics[0].GetProperty("line").GetInt32());
        Assert.Equal(1, diagnostics[0].GetProperty("column").GetInt32());
    }

    [Fact]
    public void AMissingDeckIsBadInput() => Assert.Equal(2, ProgramRun.Of("run", "no-such-deck.cir").Status);

    [Fact]
    public void ParametersAreSetFromOutside()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", "t\n.param b=1\n.model c neuron(rho=linear)\nNs s[0:0] c bias={b}\n.op\n.measure op v param='v(s[0])'\n.measure op w param='b'\n");
        JsonElement m = ProgramRun.Of("run", deck, "--out", folder.Path, "--json", "--set", "b=2.5").Json().GetProperty("measures");
        Assert.Equal(2.5, m.GetProperty("v").GetDouble(), 12);
        Assert.Equal(2.5, m.GetProperty("w").GetDouble());
        Assert.Equal(2, ProgramRun.Of("run", deck, "--out", folder.Path, "--set", "q=2").Status);
    }

    [Fact]
    public void ACheckNotMetIsThreeAndAFailedMeasureIsNull()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", SmallDecks.ThreeNeurons(".tran 100u 1m uic\n.measure tran never when v(s[0])=100"));
        ProgramRun run = ProgramRun.Of("run", deck, "--out", folder.Path, "--json");
        Assert.Equal(3, run.Status);
        Assert.Equal(JsonValueKind.Null, run.Json().GetProperty("measures").GetProperty("never").ValueKind);
        Assert.Equal("check_not_met", run.Json().GetProperty("status").GetString());
    }

    [Fact]
    public void TrainingThatDivergesIsOne()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", """
            diverges
            .model cell neuron(rho=linear)
            .model w synapse()
            Nx x[0:1] input
            Ny y[0:0] cell
            Yq x y w init=0.5
            Yw y y w init=0.5
            .dataset d xor() input=x target=y
            .learn eqprop(beta=1 free=20m nudge=20m) out=y
            .train epochs=2000 rate=1e9 seed=1
            .measure train e param='epochs'
            """);
        ProgramRun run = ProgramRun.Of("run", deck, "--out", folder.Path, "--json");
        Assert.True(run.Status == 1, run.Error + run.Output);
        Assert.Contains("diverged", run.Error, StringComparison.Ordinal);
        Assert.Equal("diverged", run.Json().GetProperty("train").GetProperty("end").GetString());
    }

    [Fact]
    public void CheckSaysWhatADeckIs()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(2));
        ProgramRun run = ProgramRun.Of("check", deck, "--set", "epochs=7");
        Assert.True(run.Status == 0, run.Error);
        foreach (string part in new[] { "engine: rate", "x[0:195]", "h[0:15]", "yhy", "epochs=7", "training: 7 epochs", "0 errors, 0 warnings" })
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
        JsonElement circuit = ProgramRun.Of("check", deck, "--json").Json().GetProperty("circuit");
        Assert.Equal(222, circuit.GetProperty("nodes").GetInt32());
        Assert.Equal(6, circuit.GetProperty("elements").GetInt32());
        Assert.Equal((196 * 16) + 160 + 160, circuit.GetProperty("synapses").GetInt32());
    }

    [Fact]
    public void SweepsOfAComparisonAreWrittenAndDrawn()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", """
            sweep
            .model cell neuron(rho=tanh)
            .model w synapse(init=glorot)
            Nx x[0:2] input
            Nh h[0:5] cell
            Ny y[0:1] cell
            Yxh x h w
            Yhy h y w
            Yyh y h w
            .options precision=double
            .dataset d inline(x=[[1,0,0.5],[0,1,-0.5]] y=[[0.5,0],[0,0.5]]) input=x target=y
            .compare implicit against=eqprop(beta=0.1 free=200m nudge=200m tol=1e-13) beta=[0.1, 0.001] symmetry=[0, 1] forms=[state, asymmetric-centred]
            .measure compare a param='angle(all)'
            """);
        ProgramRun run = ProgramRun.Of("run", deck, "--out", folder.Path, "--json");
        Assert.True(run.Status == 0, run.Error);
        JsonElement[] sweep = [.. run.Json().GetProperty("compare").GetProperty("sweep").EnumerateArray()];
        Assert.Contains(sweep, s => s.GetProperty("form").GetString() == "asymmetric-centred" && s.GetProperty("beta").GetDouble() == 0.001 && s.GetProperty("array").GetString() == "all" && s.GetProperty("angle").GetDouble() < 0.01);
        foreach (string name in new[] { "compare-sweep.csv", "plots/nudge-sweep-90.svg", "plots/nudge-sweep-0.svg", "plots/symmetry-sweep.svg" })
            Assert.True(File.Exists(Path.Combine(folder.Path, name)), name);
        Assert.Equal(1 + (2 * 2 * 2 * 6), File.ReadAllLines(Path.Combine(folder.Path, "compare-sweep.csv")).Length);
    }
}

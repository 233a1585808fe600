using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Cli;

namespace AnalogLearn.Tests.Studies;

/// <summary>Chips of a study that are cut off in the midst of their training go on from there, and end in the same bits.</summary>
public sealed class ChipCheckpointTests : IDisposable
{
    private const string Modes = "modes=[ideal, transfer, aware, insitu, finetune] finetune=2 aware_every=2";
    private const string Pulses = "DEV=3% update=softbounds pulses=300 DEV=10% pulse_noise=30% write_noise=1% read_noise=1% nu=0.02 nu_sd=0.005 t0=1 t_read=100 p_stuck=2% endurance=60 endurance_shape=2 persistent_noise=1";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string, string> Decks => new()
    {
        { Pulses, "optimizer=adam rate=0.05", Modes, "" },
        { Pulses, "optimizer=momentum rate=0.1 remember=1", "", ".step param spread list 0.02 0.1\n" },
        { "bits=5 rounding=carry write_noise=1%", "rate=0.3", Modes, "" },
        { "DEV=3% update=constant pulses=200 rounding=carry pulse_noise=20% rwire=2", "rate=0.2", "", ".options rwire_every=3\n" },
        { "pair=onesided update=linear slope_up=0.5 slope_down=0.5 pulses=100 refresh=3 refresh_at=0.1 refresh_least=0.01", "rate=0.2", Modes, "" },
        { "pair=reference update=expstep pulses=300 es_a=0.1 es_b=0.2 es_gamma_up=8 es_gamma_down=8 es_amp_up=0.01 es_amp_down=0.01 endurance=100 endurance_shape=1.5", "rate=0.1", "", "" },
        { "update=nl nl_up=1 nl_down=-1 pulses_up=100 pulses_down=100 pulse_noise_range=1% p_stuck_off=5%", "optimizer=adam rate=0.03", Modes, ".options settle_noise=1\n" },
        { "update=powstep pulses=200 power_up=1 power_down=1 max_norm=0.7", "rate=0.2 evaluate_every=3", Modes, "" },
        { "DEV=5%", "rate=0.2 until=\"train_cost<0.11\" evaluate_every=2", Modes, "" },
    };

    [Theory]
    [MemberData(nameof(Decks))]
    public void StudiesThatAreStoppedAtRandomBatchesAreTheStudyAtOnce(string synapse, string train, string modes, string more)
    {
        string deck = _folder.File("chips.cir", Deck(synapse, train, modes, more));
        string whole = Path.Combine(_folder.Path, "whole");
        var all = new Counter();
        Assert.Equal(RunStatus.Done, Run(deck, whole, 1, all));
        Assert.True(all.Batches > 30, all.Batches.ToString(CultureInfo.InvariantCulture));

        // Ctrl-C: the chip saves and stops at the batch, so that no batch is learned twice.
        foreach (int threads in new[] { 1, 3 })
        {
            string parts = Path.Combine(_folder.Path, string.Create(CultureInfo.InvariantCulture, $"stopped-{threads}"));
            var random = new Random(threads);
            int batches = 0, interruptions = 0, said = 0;
            while (true)
            {
                using var stop = new CancellationTokenSource();
                var counter = new Counter { Left = random.Next(3, 16), AtZero = stop.Cancel };
                RunStatus status = Run(deck, parts, threads, counter, double.PositiveInfinity, cancellation: stop.Token);
                batches += counter.Batches;
                said += counter.Lines.Count(l => l.Contains("in training go", StringComparison.Ordinal));
                if (status == RunStatus.Done)
                    break;
                Assert.Equal(RunStatus.Interrupted, status);
                interruptions++;
            }

            Assert.InRange(interruptions, 2, 200);
            Assert.Equal(all.Batches, batches);
            Assert.InRange(said, 1, interruptions);
            AssertSame(whole, parts);
        }

        // Killed: no one saves anything, and at most the batch since the last checkpoint is learned again.
        string killed = Path.Combine(_folder.Path, "killed");
        var when = new Random(7);
        int learned = 0, kills = 0;
        while (true)
        {
            var counter = new Counter { Left = when.Next(2, 20), AtZero = () => throw new KilledException() };
            try
            {
                Assert.Equal(RunStatus.Done, Run(deck, killed, 1, counter, seconds: 0));
                learned += counter.Batches;
                break;
            }
            catch (KilledException)
            {
                learned += counter.Batches - 1;
                kills++;
            }
        }

        Assert.InRange(kills, 2, 200);
        Assert.Equal(all.Batches, learned);
        AssertSame(whole, killed);
    }

    [Fact]
    public void CircuitsGoOnToo()
    {
        string deck = _folder.File("chips.cir", Deck(Pulses, "optimizer=adam rate=0.05", Modes, "", rule: "beta=0.5u", epochs: 3));
        string whole = Path.Combine(_folder.Path, "whole"), parts = Path.Combine(_folder.Path, "parts");
        var all = new Counter();
        Assert.Equal(RunStatus.Done, Run(deck, whole, 2, all, engine: EngineChoice.Nodal));
        var random = new Random(3);
        int batches = 0, interruptions = 0;
        while (true)
        {
            using var stop = new CancellationTokenSource();
            var counter = new Counter { Left = random.Next(3, 20), AtZero = stop.Cancel };
            RunStatus status = Run(deck, parts, 2, counter, double.PositiveInfinity, EngineChoice.Nodal, stop.Token);
            batches += counter.Batches;
            if (status == RunStatus.Done)
                break;
            interruptions++;
        }

        Assert.InRange(interruptions, 1, 100);
        Assert.Equal(all.Batches, batches);
        AssertSame(whole, parts);
    }

    [Fact]
    public void ACheckpointOfAnotherStudyIsNotUsed()
    {
        string text = Deck(Pulses, "rate=0.1", "", "");
        string deck = _folder.File("chips.cir", text), seed = _folder.File("seed.cir", text.Replace(".mc 2 seed=5", ".mc 2 seed=6", StringComparison.Ordinal)), rate = _folder.File("rate.cir", text.Replace("rate=0.1", "rate=0.11", StringComparison.Ordinal));
        string cut = Path.Combine(_folder.Path, "cut");
        Cut(deck, cut, 5);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(cut, "training")));
        foreach ((string other, string name) in new[] { (seed, "seed"), (rate, "rate") })
        {
            string whole = Path.Combine(_folder.Path, name + "-whole"), place = Path.Combine(_folder.Path, name);
            Assert.Equal(RunStatus.Done, Run(other, whole, 1, new Counter()));
            Directory.CreateDirectory(Path.Combine(place, "training"));
            File.Copy(file, Path.Combine(place, "training", Path.GetFileName(file)));
            var counter = new Counter();
            Assert.Equal(RunStatus.Done, Run(other, place, 1, counter));
            Assert.DoesNotContain(counter.Lines, l => l.Contains("in training", StringComparison.Ordinal));
            AssertSame(whole, place);
        }

        // Of another chip of the same study, and damaged.
        File.Copy(file, Path.Combine(cut, "training", "1.bin"));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        File.WriteAllText(Path.Combine(cut, "training", ".0.bin.1-1.part"), "half");
        var again = new Counter();
        Assert.Equal(RunStatus.Done, Run(deck, cut, 1, again));
        Assert.DoesNotContain(again.Lines, l => l.Contains("in training", StringComparison.Ordinal));
        string plain = Path.Combine(_folder.Path, "plain");
        Assert.Equal(RunStatus.Done, Run(deck, plain, 1, new Counter()));
        AssertSame(plain, cut);
    }

    [Fact]
    public void FreshBeginsChipsFromTheirBeginning()
    {
        string deck = _folder.File("chips.cir", Deck("", "rate=0.1", "", ""));
        string place = Path.Combine(_folder.Path, "place"), whole = Path.Combine(_folder.Path, "whole");
        Cut(deck, place, 5);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(place, "training")));
        var observer = new Counter();
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = place, Fresh = true }, observer).Run("mc"));
        Assert.DoesNotContain(observer.Lines, l => l.Contains("resumed", StringComparison.Ordinal));
        Assert.Equal(RunStatus.Done, Run(deck, whole, 1, new Counter()));
        AssertSame(whole, place);
    }

    [Fact]
    public void AChipThatTakesLessThanTheIntervalLeavesNoFile()
    {
        string deck = _folder.File("chips.cir", Deck(Pulses, "rate=0.1", "", ""));
        string place = Path.Combine(_folder.Path, "place");
        var counter = new Counter { Each = () => Assert.False(Directory.Exists(Path.Combine(place, "training"))) };
        Assert.Equal(RunStatus.Done, Run(deck, place, 2, counter, seconds: 3600));
        Assert.True(counter.Batches > 20);
    }

    /// <summary>The nominal design is run once all chips have their rows; Ctrl-C is heard there too.</summary>
    [Fact]
    public void AStudyThatIsStoppedBehindItsLastChipGoesOn()
    {
        string deck = _folder.File("chips.cir", Deck(Pulses, "rate=0.1", "", ""));
        string whole = Path.Combine(_folder.Path, "whole"), parts = Path.Combine(_folder.Path, "parts");
        Assert.Equal(RunStatus.Done, Run(deck, whole, 1, new Counter()));
        using var stop = new CancellationTokenSource();
        Assert.Equal(RunStatus.Interrupted, Run(deck, parts, 1, new Counter { AtEnd = stop.Cancel }, cancellation: stop.Token));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(parts, "chips.csv")).Length);
        Directory.CreateDirectory(Path.Combine(parts, "references"));
        File.WriteAllText(Path.Combine(parts, "references", ".ideal.npz.1-1.part"), "half");
        var again = new Counter();
        Assert.Equal(RunStatus.Done, Run(deck, parts, 1, again));
        Assert.Equal(0, again.Batches);
        AssertSame(whole, parts);
    }

    [Fact]
    public void ShardsHaveTheirOwnCheckpointsAndMergeLeavesThemAlone()
    {
        string deck = _folder.File("chips.cir", Deck(Pulses, "rate=0.1", "modes=[transfer, insitu]", ""));
        string whole = Path.Combine(_folder.Path, "whole"), place = Path.Combine(_folder.Path, "shards");
        Assert.Equal(RunStatus.Done, Run(deck, whole, 1, new Counter()));
        for (int k = 1; k <= 2; k++)
        {
            using var stop = new CancellationTokenSource();
            RunStatus status = Run(deck, place, 1, new Counter { Left = 20, AtZero = stop.Cancel }, double.PositiveInfinity, shard: new StudyShard(k, 2), cancellation: stop.Token);
            Assert.True(status == RunStatus.Interrupted || k == 1);
        }

        Assert.NotEmpty(Directory.GetDirectories(place, "training-*"));
        ProgramRun early = ProgramRun.Of("merge", place, "--out", Path.Combine(_folder.Path, "early"));
        Assert.True(early.Status == 130, early.Error + early.Output);
        for (int k = 1; k <= 2; k++)
            Assert.Equal(RunStatus.Done, Run(deck, place, 1, new Counter(), shard: new StudyShard(k, 2)));
        Assert.Empty(Directory.GetDirectories(place, "training*"));
        Assert.Equal(0, ProgramRun.Of("merge", place, "--out", place).Status);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "chips.csv")), File.ReadAllText(Path.Combine(place, "chips.csv")));
    }

    [Fact]
    public void WhatExplainsGoesOnAndDoesNotTrainAgain()
    {
        // One training, then chips in variants: no .mc.
        string text = Explained();
        string deck = _folder.File("explained.cir", text[..text.IndexOf(".mc", StringComparison.Ordinal)] + ".ablate chips=2\n");
        string whole = Path.Combine(_folder.Path, "whole"), parts = Path.Combine(_folder.Path, "parts");
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = whole, ThreadCount = 2 }).Run());
        using var stop = new CancellationTokenSource();
        var first = new Counter { AtLine = ("ablate:", stop.Cancel) };
        Assert.Equal(RunStatus.Interrupted, DeckRun.Open(deck, new RunSettings { Folder = parts, CheckpointSeconds = 0 }, first).Run(cancellation: stop.Token));
        Assert.True(first.Batches > 5);
        Assert.True(File.Exists(Path.Combine(parts, CheckpointStore.FileName)));
        var second = new Counter();
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = parts, CheckpointSeconds = 0 }, second).Run());
        Assert.Equal(0, second.Batches);
        Assert.Contains(second.Lines, l => l.Contains("training was done", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(parts, CheckpointStore.FileName)));
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "ablation.csv")), File.ReadAllText(Path.Combine(parts, "ablation.csv")));
        RunRecord a = RunRecord.FromJson(File.ReadAllText(Path.Combine(whole, "run.json")))!, b = RunRecord.FromJson(File.ReadAllText(Path.Combine(parts, "run.json")))!;
        Assert.Equal(a.Measures, b.Measures);
        Assert.Equal(Bits(a.Train!.Epochs), Bits(b.Train!.Epochs));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "weights.npz")).Length, File.ReadAllBytes(Path.Combine(parts, "weights.npz")).Length);
    }

    /// <summary>Chips of what explains are cut off in their training as well. When that happens is a matter of luck, so that it is tried until it has.</summary>
    [Fact]
    public void ChipsThatExplainGoOnInTheirTraining()
    {
        string deck = _folder.File("explained.cir", Explained() + ".ablate chips=2\n");
        string whole = Path.Combine(_folder.Path, "whole");
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = whole, ThreadCount = 2 }).Run("ablate"));
        for (int attempt = 0; attempt < 50; attempt++)
        {
            string parts = Path.Combine(_folder.Path, string.Create(CultureInfo.InvariantCulture, $"parts-{attempt}")), training = Path.Combine(parts, "training-explain");
            using var stop = new CancellationTokenSource();
            var watch = new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    if (Directory.Exists(training) && Directory.EnumerateFiles(training, "*.bin").Any())
                        stop.Cancel();
                    Thread.Yield();
                }
            });
            watch.Start();
            RunStatus status = DeckRun.Open(deck, new RunSettings { Folder = parts, ThreadCount = 2, CheckpointSeconds = 0 }).Run("ablate", cancellation: stop.Token);
            stop.Cancel();
            watch.Join();
            if (status != RunStatus.Interrupted || !Directory.Exists(training))
                continue;
            var second = new Counter();
            Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = parts, ThreadCount = 2 }, second).Run("ablate"));
            Assert.Contains(second.Lines, l => l.Contains("in training go", StringComparison.Ordinal));
            Assert.False(Directory.Exists(training));
            Assert.Equal(File.ReadAllText(Path.Combine(whole, "ablation.csv")), File.ReadAllText(Path.Combine(parts, "ablation.csv")));
            return;
        }

        Assert.Fail("it was always over before it was stopped");
    }

    [Fact]
    public void ASweepWithoutChipsDoesNotTrainItsPointsAgain()
    {
        string text = Deck("", "rate={rate}", "", "");
        string deck = _folder.File("sweep.cir", text[..text.IndexOf(".mc", StringComparison.Ordinal)].Replace(".param", ".param rate=0.1\n.param", StringComparison.Ordinal) + ".step param rate list 0.05 0.1 0.2\n");
        string whole = Path.Combine(_folder.Path, "whole"), parts = Path.Combine(_folder.Path, "parts");
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = whole }).Run());
        using var stop = new CancellationTokenSource();
        var first = new Counter { AtLine = ("step 3 of 3", stop.Cancel) };
        Assert.Equal(RunStatus.Interrupted, DeckRun.Open(deck, new RunSettings { Folder = parts, CheckpointSeconds = 0 }, first).Run(cancellation: stop.Token));
        var second = new Counter();
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = parts, CheckpointSeconds = 0 }, second).Run());
        Assert.Equal(2, second.Lines.Count(l => l.Contains("training was done", StringComparison.Ordinal)));
        Assert.Equal(first.Batches / 2, second.Batches);
        Assert.Empty(Directory.GetFiles(parts, CheckpointStore.FileName, SearchOption.AllDirectories));
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "steps.csv")), File.ReadAllText(Path.Combine(parts, "steps.csv")));
    }

    /// <summary>A run that is taken up when all is learned reads its test set with the noise that it had, and one that stops between evaluations evaluates what it has learned.</summary>
    [Theory]
    [InlineData("rate=0.2", ".options settle_noise=1\n")]
    [InlineData("rate=0.2 until=\"train_cost<0.2\" evaluate_every=1000", "")]
    public void TheTestSetAtTheEndIsThatOfTheRunAtOnce(string train, string more)
    {
        string text = Deck("adc_noise", train, "", more);
        string deck = _folder.File("one.cir", text[..text.IndexOf(".mc", StringComparison.Ordinal)].Replace("adc_noise", string.Empty, StringComparison.Ordinal).Replace("rho=hardsigmoid", "noise=thermal rho=hardsigmoid", StringComparison.Ordinal) + more);
        var settings = new RunSettings { Folder = Path.Combine(_folder.Path, "one"), CheckpointSeconds = 0, KeepsCheckpoint = true };
        DeckRun whole = DeckRun.Open(deck, settings), again = DeckRun.Open(deck, settings);
        Assert.Equal(whole.Run(), again.Run());
        Assert.NotNull(again.Results.Training!.ResumedAt);
        Assert.Equal(whole.Results.Training!.Test!.Cost, again.Results.Training.Test!.Cost);
        Assert.True(double.IsNaN(whole.Results.Training.Last!.TestCost) || whole.Results.Training.Last.TestCost == whole.Results.Training.Test.Cost);
        Assert.NotEqual(whole.Results.Training.History[0].TestCost, whole.Results.Training.Test.Cost);
    }

    [Fact]
    public void ACheckpointOfAnotherChipOrEngineIsNotUsed()
    {
        // Chips without any draw differ in the noise that their neurons are read with.
        string text = Deck("", "rate=0.2", "", ".options settle_noise=1\n", rule: "beta=0.5u").Replace("spread=0.05", "spread=0", StringComparison.Ordinal).Replace("rho=hardsigmoid", "noise=thermal rho=hardsigmoid", StringComparison.Ordinal);
        string deck = _folder.File("one.cir", text);
        string Print(int chip, EngineChoice engine)
        {
            DeckRun run = DeckRun.Open(deck, new RunSettings { Chip = chip, Engine = engine, Folder = _folder.Path });
            Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
            return run.Fingerprint;
        }

        Assert.Equal(4, new[] { Print(1, EngineChoice.Rate), Print(2, EngineChoice.Rate), Print(1, EngineChoice.Nodal), Print(0, EngineChoice.Nodal) }.Distinct(StringComparer.Ordinal).Count());
    }

    internal static string Deck(string synapse, string train, string modes, string more, string rule = "beta=0.5 free=20m nudge=10m", int epochs = 4) =>
        $"chips in training\n.param spread=0.05\n.options precision=double settle_tol=1e-7\n.model cell neuron(c=1n g=1u gain=1 DEV={{spread}} rho=hardsigmoid clip=0,1)\n.model w synapse(gmin=0.1u g0=10u gmax=30u {synapse})\nNx x[0:1] input\nNh h[0:5] cell bias=0.2\nNy y cell\n"
        + $"Yxh x h w init=uniform(-1,1)\nYhy h y w init=uniform(-1,1)\nYyh y h w init=uniform(-0.5,0.5)\n.dataset d xor() input=x target=y\n.learn eqprop({rule}) out=y\n"
        + string.Create(CultureInfo.InvariantCulture, $".train epochs={epochs} batch=1 seed=4 {train}\n.measure train cost param='test_cost'\n.measure train pulses param='pulses(all)'\n.mc 2 seed=5 {modes}\n{more}");

    private static string Explained() =>
        Deck("update=softbounds pulses=300 pulse_noise=30%", "rate=0.1", "", "").Replace(".measure train pulses param='pulses(all)'\n", string.Empty, StringComparison.Ordinal);

    private static string[] Bits(IReadOnlyList<EpochRecord> epochs) => [.. epochs.Select(e => System.Text.Json.JsonSerializer.Serialize(e with { Seconds = 0 }, TrainingJson.Options))];

    /// <summary>A study that is stopped after some batches.</summary>
    private static void Cut(string deck, string folder, int batches)
    {
        using var stop = new CancellationTokenSource();
        Assert.Equal(RunStatus.Interrupted, Run(deck, folder, 1, new Counter { Left = batches, AtZero = stop.Cancel }, double.PositiveInfinity, cancellation: stop.Token));
    }

    /// <summary>The study of a deck as the command runs it, with someone who counts the batches of all chips and of what is trained once for them.</summary>
    private static RunStatus Run(string deck, string folder, int threads, Counter counter, double? seconds = null, EngineChoice engine = EngineChoice.Auto, CancellationToken cancellation = default, StudyShard? shard = null)
    {
        var settings = new RunSettings { Folder = folder, ThreadCount = threads, CheckpointSeconds = seconds, Engine = engine, Shard = shard ?? StudyShard.Whole };
        DeckRun run = DeckRun.Open(deck, settings, counter);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        RunStatus Counted(DeckRun chip, CancellationToken token)
        {
            chip.Observer = counter;
            return chip.Run("mc", RunParts.All & ~RunParts.Export, token);
        }

        ModeStudy? several = run.Modes is { } modes ? new ModeStudy(modes, run.ChipSeed(run.Deck!), settings, run.Folder, counter, Counted) { TrainingObserver = counter } : null;
        PreparedStudy? study = run.PrepareStudy("mc", RunParts.All, run.Modes?.Names ?? default, several is null ? (chip, _, token) => Counted(chip, token) : several.Work, several);
        Assert.True(study is not null, string.Join('\n', run.Diagnostics));
        return run.RunStudy(study, "mc", 0, cancellation);
    }

    private static void AssertSame(string whole, string parts)
    {
        ChipStudyTests.AssertSame(whole, parts);
        Assert.Empty(Directory.GetDirectories(parts, "training*"));
        if (Directory.Exists(Path.Combine(parts, "references")))
            Assert.All(Directory.GetFiles(Path.Combine(parts, "references")), f => Assert.Equal(".npz", Path.GetExtension(f)));
    }

    private sealed class KilledException : Exception;

    /// <summary>Counts batches of all threads, and does something after so many.</summary>
    private sealed class Counter : IRunObserver
    {
        private readonly Lock _lock = new();

        public int Left { get; set; } = int.MaxValue;

        public Action? AtZero { get; init; }

        public (string Line, Action Then) AtLine { get; init; } = ("\n", () => { });

        public Action? Each { get; init; }

        public Action? AtEnd { get; init; }

        public int Batches { get; private set; }

        /// <summary>What was said by the study and by its chips, which speak from threads of their own.</summary>
        public List<string> Lines { get; } = [];

        public void Say(string text)
        {
            lock (_lock)
                Lines.Add(text);
            if (text.StartsWith(AtLine.Line, StringComparison.Ordinal))
                AtLine.Then();
        }

        public void StudyProgress(StudyProgress progress)
        {
            if (progress.Done == progress.Total)
                AtEnd?.Invoke();
        }

        public void BatchDone(TrainingProgress progress)
        {
            bool isNow;
            lock (_lock)
            {
                Batches++;
                isNow = --Left == 0;
            }

            Each?.Invoke();
            if (isNow)
                AtZero?.Invoke();
        }
    }
}

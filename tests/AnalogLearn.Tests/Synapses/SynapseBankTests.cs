using AnalogLearn.Circuits;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Synapses;

/// <summary>What programming, learning and reading make of the devices of an array.</summary>
public class SynapseBankTests
{
    private const double G0 = 1e-6;

    [Theory]
    [InlineData("bits=3", "differential", 8)]
    [InlineData("levels=5", "differential", 5)]
    [InlineData("bits=4 pair=reference", "reference", 16)]
    [InlineData("bits=3 update=constant pulses=100", "differential", 8)]
    public void ProgrammingTakesTheNearestLevel(string card, string pair, int levels)
    {
        Made made = Make($"gmin=0.5u gmax=4.5u {card}", 10, 10, "uniform(-5,5)");
        SynapseBank bank = made.Bank;
        double step = 4e-6 / (levels - 1);
        foreach (double g in bank.Plus.ToArray().Concat(bank.Minus.ToArray()))
            Assert.Equal(0, Math.IEEERemainder(g - 0.5e-6, step), 1e-18);
        Assert.Equal(pair == "reference" ? 0 : 100, bank.Minus.Length);
        (double low, double high) = pair == "reference" ? (-2.0, 2.0) : (-4.0, 4.0);
        for (int k = 0; k < 100; k++)
        {
            double asked = Math.Clamp(made.Asked[k], low, high);

            // Balanced pairs are rounded one device at a time.
            Assert.InRange(made.Weights[k] - asked, -step / G0 * 1.0001, step / G0 * 1.0001);
            Assert.Equal((bank.Plus[k] - (bank.Minus.IsEmpty ? 2.5e-6 : bank.Minus[k])) / G0, made.Weights[k], 12);
        }

        if (!card.Contains("update", StringComparison.Ordinal))
            Assert.All(Enumerable.Range(0, 100), k => Assert.InRange(made.Weights[k] - Math.Clamp(made.Asked[k], low, high), -0.5001 * step / G0, 0.5001 * step / G0));
    }

    [Fact]
    public void ProgrammingNoiseHasTheMomentsOfItsLaw()
    {
        Made made = Make("gmin=0 gmax=25u write_noise=poly(0.26u,1.965u,-1.173u)", 100, 100, "10");
        double[] plus = [.. made.Bank.Plus];
        (double mean, double deviation) = Moments(plus);
        double x = 10.0 / 25, expected = 0.26e-6 + (1.965e-6 * x) - (1.173e-6 * x * x);
        Assert.Equal(10e-6, mean, 5 * expected / 100);
        Assert.Equal(1, deviation / expected, 0.03);

        // At 0 the lower half is cut off: mean σ/√(2π).
        (double idle, _) = Moments([.. made.Bank.Minus]);
        Assert.Equal(1, idle / (0.26e-6 / Math.Sqrt(2 * Math.PI)), 0.05);

        // Another programming draws anew; another run draws the same.
        double[] again = [.. Make("gmin=0 gmax=25u write_noise=poly(0.26u,1.965u,-1.173u)", 100, 100, "10").Bank.Plus];
        Assert.Equal(plus, again);
        ParameterSet<double> theta = made.Theta;
        theta["yw"].AsSpan().Fill(10);
        made.Network.Program(theta);
        Assert.InRange(Correlation(plus, [.. made.Bank.Plus]), -0.05, 0.05);
        Assert.NotEqual(plus, [.. Make("gmin=0 gmax=25u write_noise=poly(0.26u,1.965u,-1.173u)", 100, 100, "10", chip: 3).Bank.Plus]);
    }

    [Fact]
    public void StuckDevicesNeverMove()
    {
        Made made = Make("gmin=1u gmax=5u p_stuck_on=10% p_stuck_off=5% p_open=2% p_stuck=3% update=constant pulses=40", 50, 40, "uniform(-3,3)", chip: 1);
        SynapseBank bank = made.Bank;
        Draw faults = made.Chip!.Draws.Single(d => d is { Path: "yw", Parameter: "fault+" });
        double[] plus = [.. bank.Plus];
        int[] stuck = [.. Enumerable.Range(0, plus.Length).Where(k => faults.Values[k] != -1)];
        Assert.InRange(stuck.Length, 300, 500);
        Assert.InRange(faults.Values.Count(v => v == 1), 140, 260);
        Assert.InRange(faults.Values.Count(v => v == 0), 60, 140);
        Assert.InRange(faults.Values.Count(v => v == -2), 20, 65);
        Assert.All(stuck, k => Assert.Equal(faults.Values[k] == -2 ? 0 : 1e-6 + (4e-6 * faults.Values[k]), plus[k], 15));
        Assert.True(bank.StuckCount > stuck.Length);
        Move(made, 1);
        Move(made, -0.7);
        made.Network.Program(made.Theta);
        Assert.All(stuck, k => Assert.Equal(plus[k], bank.Plus[k]));
        Assert.True(Enumerable.Range(0, plus.Length).Except(stuck).All(k => plus[k] != bank.Plus[k]));

        // The design has none.
        Assert.Equal(0, Make("gmin=1u gmax=5u p_stuck_on=10%", 50, 40, "0").Bank.StuckCount);
    }

    [Fact]
    public void AnExactUpdateGoesOnWithTheDeviceThatStillFollows()
    {
        Made made = Make("gmin=0 gmax=4u p_stuck_on=100%", 1, 1, "0", chip: 1);
        Assert.Equal(0, made.Weights[0]);
        Made half = Make("gmin=0 gmax=4u p_stuck_on=40%", 20, 20, "0.5", chip: 2);
        double[] before = [.. half.Weights];
        Move(half, -0.3);
        Draw plus = half.Chip!.Draws.Single(d => d.Parameter == "fault+"), minus = half.Chip.Draws.Single(d => d.Parameter == "fault-");
        for (int k = 0; k < before.Length; k++)
        {
            bool isStuck = plus.Values[k] == 1 && minus.Values[k] == 1;
            Assert.Equal(isStuck ? before[k] : minus.Values[k] == 1 && plus.Values[k] != 1 ? 0.2 - 4 : before[k] - 0.3, half.Weights[k], 12);
        }
    }

    [Theory]
    [InlineData("differential", "stochastic")]
    [InlineData("differential", "carry")]
    [InlineData("reference", "stochastic")]
    [InlineData("reference", "nearest")]
    public void FinePulsesAreExactChanges(string pair, string rounding)
    {
        Made made = Make($"gmin=0 gmax=4u pair={pair} update=constant pulses=4meg rounding={rounding}", 30, 30, "uniform(-1,1)");
        double[] before = [.. made.Weights];
        Move(made, 0.3);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k] + 0.3, made.Weights[k], 5e-6);
        long expected = (long)(900 * 0.3 * 1e6);
        Assert.InRange(made.Bank.PulseCount, expected - 900, expected + 900);
    }

    [Fact]
    public void RoundingIsRightInTheMeanOrKeepsWhatIsLeft()
    {
        // A tenth of a pulse, a hundred times.
        foreach ((string rounding, double sum, double within) in new[] { ("stochastic", 10.0, 0.4), ("carry", 10.0, 0.5001), ("nearest", 0.0, 0.0) })
        {
            Made made = Make($"gmin=0 gmax=4u pair=reference update=constant step=1n rounding={rounding}", 20, 20, "0");
            for (int n = 0; n < 100; n++)
                Move(made, 1e-4);
            double mean = made.Weights.Average() / 1e-3;
            Assert.InRange(mean, sum - within, sum + within);
            if (rounding == "carry")
                Assert.All(made.Weights, w => Assert.Equal(10, w / 1e-3, 1.0001));
        }

        Made capped = Make("gmin=0 gmax=4u pair=reference update=constant step=1n most_pulses=7 rounding=nearest", 4, 4, "0");
        Move(capped, 1);
        Assert.All(capped.Weights, w => Assert.Equal(7e-3, w, 12));
        Assert.Equal(7 * 16, capped.Bank.PulseCount);
    }

    [Fact]
    public void LevelsOfAnExactUpdateAreRoundedToo()
    {
        Made made = Make("gmin=0 gmax=3u bits=2", 40, 40, "1");
        Move(made, 0.25);
        Assert.All(made.Weights, w => Assert.True(w is 1 or 2, $"{w}"));
        Assert.InRange(made.Weights.Average(), 1.2, 1.3);
        for (int n = 0; n < 8; n++)
            Move(made, -1);
        Assert.All(made.Weights, w => Assert.Equal(-3, w, 12));
        Assert.All(made.Bank.Plus.ToArray(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void DevicesWearOut()
    {
        Made made = Make("gmin=0 gmax=4u pair=reference update=constant pulses=1000 rounding=nearest endurance=50 endurance_shape=2", 60, 60, "0", chip: 1);
        double[] life = [.. made.Chip!.Draws.Single(d => d.Parameter == "lifetime+").Values.Select(v => Math.Floor(50 * v))];
        for (int n = 0; n < 40; n++)
            Move(made, 4e-3 * 5);
        for (int k = 0; k < life.Length; k++)
            Assert.Equal(Math.Min(200, life[k]) * 4e-3, made.Weights[k], 9);
        Assert.Equal(3600, made.Bank.StuckCount);
        Assert.Equal(0.5 * Math.Sqrt(Math.PI), made.Chip!.Draws.Single(d => d.Parameter == "lifetime+").Values.Average(), 0.03);

        // Without a chip all last as long as the card says.
        Made design = Make("gmin=0 gmax=4u pair=reference update=constant pulses=1000 rounding=nearest endurance=50 endurance_shape=2", 3, 3, "0");
        for (int n = 0; n < 40; n++)
            Move(design, 4e-3 * 5);
        Assert.All(design.Weights, w => Assert.Equal(50 * 4e-3, w, 9));
    }

    /// <summary>Pulses that only raise: a fall of the weight goes to G⁻, and both creep up until nothing moves.</summary>
    [Fact]
    public void OneSidedPairsCreepUpAndSaturate()
    {
        Made made = Make("gmin=0 gmax=4u pair=onesided update=constant pulses=1000 rounding=nearest", 3, 4, "uniform(-1,1)");
        double[] start = [.. made.Weights];
        for (int k = 0; k < 12; k++)
        {
            Assert.Equal(Math.Max(0, start[k]) * G0, made.Bank.Plus[k], 1e-18);
            Assert.Equal(Math.Max(0, -start[k]) * G0, made.Bank.Minus[k], 1e-18);
        }

        Move(made, 0.2);
        Move(made, -0.4);
        for (int k = 0; k < 12; k++)
        {
            Assert.Equal((Math.Max(0, start[k]) + 0.2) * G0, made.Bank.Plus[k], 1e-15);
            Assert.Equal((Math.Max(0, -start[k]) + 0.4) * G0, made.Bank.Minus[k], 1e-15);
            Assert.Equal(start[k] - 0.2, made.Weights[k], 1e-9);
        }

        Assert.Equal(12 * 150, made.Bank.PulseCount);
        for (int n = 0; n < 20; n++)
            Move(made, n % 2 == 0 ? 0.5 : -0.5);
        Assert.All(made.Bank.Plus.ToArray().Concat(made.Bank.Minus.ToArray()), g => Assert.Equal(4e-6, g));
        Assert.All(made.Weights, w => Assert.Equal(0, w));
        Assert.Equal(0, made.Bank.RefreshCount);
    }

    /// <summary>A refresh leaves a sound pair's weight, to its levels; it resets the lower device and counts its pulses.</summary>
    [Theory]
    [InlineData("gmin=0 gmax=4u ", 0)]
    [InlineData("gmin=0.2u DEV=20% gmax=4u DEV=5% ", 0)]
    [InlineData("gmin=0 gmax=4u bits=6 ", 4.0 / 63 / 2)]
    public void ARefreshKeepsTheWeight(string card, double level)
    {
        bool isPlain = card == "gmin=0 gmax=4u ";
        Made made = Make($"{card}pair=onesided update=constant pulses=1000 rounding=nearest refresh=3", 8, 9, "uniform(-0.5,0.5)", chip: 1);
        Move(made, 3.2);
        Move(made, -2.5);
        (double[] plus, double[] minus, double[] before) = ([.. made.Bank.Plus], [.. made.Bank.Minus], [.. made.Weights]);
        long pulses = made.Bank.PulseCount;
        Assert.Equal(0, made.Bank.RefreshCount);
        Move(made, 0);
        SynapseBank bank = made.Bank;
        long counted = 0;
        int refreshed = 0;
        for (int k = 0; k < 72; k++)
        {
            Assert.InRange(made.Weights[k] - before[k], -level - 1e-9, level + 1e-9);
            if (bank.Plus[k] == plus[k])
            {
                Assert.Equal(minus[k], bank.Minus[k]);
                Assert.True(plus[k] < 3.3e-6);
                continue;
            }

            refreshed++;
            Assert.True(bank.Minus[k] < 0.4e-6 && minus[k] > 1e-6);
            counted += 2 + (long)Math.Round((bank.Plus[k] - bank.Minus[k]) / 4e-9);
        }

        Assert.Equal(refreshed, bank.RefreshCount);
        Assert.InRange(refreshed, 40, 72);
        if (isPlain)
            Assert.InRange(bank.PulseCount - pulses, counted, counted + refreshed);

        // The next ones stand low, and are left alone.
        for (int n = 0; n < 3; n++)
            Move(made, 0);
        Assert.Equal(refreshed, bank.RefreshCount);
    }

    /// <summary>The weight is written back with the noise of programming: right in the mean, and with its deviation.</summary>
    [Fact]
    public void ARefreshWritesWithNoise()
    {
        Made made = Make("gmin=0 gmax=4u pair=onesided update=constant pulses=1000 rounding=nearest refresh=2 write_noise=poly(0,0.2u)", 60, 60, "0");
        Move(made, 3.5);
        Move(made, -2);
        Assert.Equal(3600, made.Bank.RefreshCount);
        (double mean, double deviation) = Moments([.. made.Weights]);
        double expected = 0.2 * 1.5 / 4;
        Assert.Equal(1.5, mean, 5 * expected / 60);
        Assert.Equal(1, deviation / expected, 0.05);
        Assert.All(made.Bank.Minus.ToArray(), g => Assert.Equal(0, g));
        Made again = Make("gmin=0 gmax=4u pair=onesided update=constant pulses=1000 rounding=nearest refresh=2 write_noise=poly(0,0.2u)", 60, 60, "0");
        Move(again, 3.5);
        Move(again, -2);
        Assert.Equal(made.Weights, again.Weights);
    }

    /// <summary>Where pairs without a refresh have come to a stop, those with one go on following.</summary>
    [Fact]
    public void RefreshedPairsGoOnFollowing()
    {
        double Follow(string refresh, out long refreshes)
        {
            Made made = Make("gmin=0 gmax=4u pair=onesided update=softbounds pulses=200 " + refresh, 20, 20, "0");
            double worst = 0;
            for (int n = 0; n < 400; n++)
            {
                // A target that goes to and fro, followed by the error at hand.
                double target = Math.Sin(n / 20.0);
                Move(made, 0.3 * (target - made.Weights.Average()));
                if (n > 200)
                    worst = Math.Max(worst, Math.Abs(target - made.Weights.Average()));
            }

            refreshes = made.Bank.RefreshCount;
            return worst;
        }

        Assert.True(Follow(string.Empty, out long none) > 0.9);
        Assert.Equal(0, none);
        Assert.True(Follow("refresh=5", out long some) < 0.35);
        Assert.True(some > 400);
    }

    [Fact]
    public void RefreshesWearDevicesOut()
    {
        Made made = Make("gmin=0 gmax=4u pair=onesided update=constant pulses=100 rounding=nearest refresh=2 endurance=150", 3, 3, "0");
        for (int n = 0; n < 8; n++)
            Move(made, n % 2 == 0 ? 3.6 : -3.2);
        Assert.Equal(18, made.Bank.StuckCount);
        Assert.InRange(made.Bank.RefreshCount, 9, 18);
    }

    [Fact]
    public void ReadingsScatterAboutTheWeight()
    {
        Made made = Make("gmin=0.5u gmax=4.5u read_noise=3% update=ideal", 3, 3, "uniform(-2,2)");
        SynapseHardware hardware = made.Theta.Devices!;
        Assert.False(hardware.IsReading);
        var read = new ParameterSet<double>(made.Network.Layout);
        const int many = 4000;
        var sums = new double[9];
        var squares = new double[9];
        double[] first = [];
        for (int n = 0; n < many; n++)
        {
            hardware.Begin(ReadOccasion.Learning(n));
            Assert.True(hardware.IsReading);
            hardware.Read(made.Theta, read);
            double[] w = read["yw"];
            if (n == 0)
                first = [.. w];
            for (int k = 0; k < 9; k++)
            {
                sums[k] += w[k] - made.Weights[k];
                squares[k] += Math.Pow(w[k] - made.Weights[k], 2);
            }
        }

        for (int k = 0; k < 9; k++)
        {
            double sigma = 0.03 * Math.Sqrt(Math.Pow(made.Bank.Plus[k], 2) + Math.Pow(made.Bank.Minus[k], 2)) / G0;
            Assert.Equal(0, sums[k] / many, 5 * sigma / Math.Sqrt(many));
            Assert.Equal(1, Math.Sqrt(squares[k] / many) / sigma, 0.06);
        }

        // The same occasion reads the same, its second reading another one.
        hardware.Begin(ReadOccasion.Learning(0));
        hardware.Read(made.Theta, read);
        Assert.Equal(first, read["yw"]);
        hardware.Read(made.Theta, read);
        Assert.NotEqual(first, read["yw"]);
    }

    [Fact]
    public void WhatIsReadLaterHasDrifted()
    {
        Made now = Make("gmin=0 gmax=25u nu=0.05 t0=20", 4, 4, "uniform(-9,9)"), later = Make("gmin=0 gmax=25u nu=0.05 t0=20 t_read=86400", 4, 4, "uniform(-9,9)");
        for (int k = 0; k < 16; k++)
            Assert.Equal(now.Weights[k] * Math.Pow((86400 + 20) / 20.0, -0.05), later.Weights[k], 12);

        // Learning reads a moment after it has written.
        SynapseHardware hardware = later.Theta.Devices!;
        hardware.Begin(ReadOccasion.Learning(0));
        var read = new ParameterSet<double>(later.Network.Layout);
        hardware.Read(later.Theta, read);
        Assert.All(Enumerable.Range(0, 16), k => Assert.Equal(now.Weights[k], read["yw"][k], 12));
        hardware.Begin(ReadOccasion.Evaluation(0, 0));
        Assert.False(hardware.IsReading);

        // Exponents that differ belong to the chip.
        Made spread = Make("gmin=0 gmax=25u nu=0.05 nu_sd=0.01 t0=20 t_read=86400", 100, 100, "5", chip: 1);
        double[] nu = [.. spread.Weights.Select(w => -Math.Log(w / 5) / Math.Log((86400 + 20) / 20.0))];
        (double mean, double deviation) = Moments(nu);
        Assert.Equal(0.05, mean, 5e-4);
        Assert.Equal(0.01, deviation, 3e-4);
        Assert.Single(spread.Chip!.Draws, d => d.Parameter == "drift+");
    }

    [Fact]
    public void DrawsDependOnNamesAlone()
    {
        const string card = "gmin=0.5u DEV=5% gmax=5u DEV=10% write_noise=2% read_noise=2% update=softbounds pulses=200 DEV=20% pulse_noise=30% p_stuck=2%";
        Made alone = Make(card, 5, 6, "uniform(-2,2)", chip: 4), among = Make(card, 5, 6, "uniform(-2,2)", chip: 4, before: "Nz z[0:3] cell\nYa a z w\nYz z h w\n", after: "Yb a h w init=0.1\n");
        Move(alone, 0.4);
        Move(among, 0.4);
        Assert.Equal(alone.Weights, among.Weights);
        Assert.Equal(alone.Bank.Plus.ToArray(), among.Bank.Plus.ToArray());

        // No two devices share a draw, and no two numbers.
        double[] all = [.. alone.Bank.Plus, .. alone.Bank.Minus];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" pair=onesided refresh=2 refresh_at=0.5 refresh_least=0.1")]
    public void StateIsSavedWhole(string more)
    {
        string card = "gmin=0.5u DEV=5% gmax=5u write_noise=2% update=expstep pulses=100 es_a=0.5 es_b=0 es_gamma_up=1 es_gamma_down=1 es_amp_up=0.1 es_amp_down=0.1 pulse_noise=40% persistent_noise=2 rounding=carry endurance=30 endurance_shape=2 read_noise=1%" + more;
        Made one = Make(card, 8, 8, "uniform(-2,2)", chip: 2), other = Make(card, 8, 8, "uniform(-2,2)", chip: 2);
        for (int n = 0; n < 10; n++)
            Move(one, 0.13);
        using var stream = new MemoryStream();
        one.Theta.Devices!.Save(new BinaryWriter(stream));
        stream.Position = 0;
        other.Theta.Devices!.Load(new BinaryReader(stream));
        Assert.Equal(stream.Length, stream.Position);
        ParameterSet<double> copy = one.Theta.To<double>();
        Made third = one with { Theta = copy };
        for (int n = 0; n < 10; n++)
        {
            Move(one, -0.11);
            Move(other, -0.11);
        }

        Assert.Equal(one.Bank.Plus.ToArray(), other.Bank.Plus.ToArray());
        Assert.Equal(one.Bank.PulseCount, other.Bank.PulseCount);
        Assert.Equal(one.Bank.RefreshCount, other.Bank.RefreshCount);
        Assert.Equal(more.Length > 0, one.Bank.RefreshCount > 0);
        Assert.True(one.Bank.StuckCount > 0);
        Assert.True(third.Bank.PulseCount < one.Bank.PulseCount);
        for (int n = 0; n < 10; n++)
            Move(third, -0.11);
        Assert.Equal(one.Bank.Minus.ToArray(), third.Bank.Minus.ToArray());
        Assert.Equal(one.Weights, third.Weights);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" g0=2u LOT=20%")]
    public void RangesThatDifferMeanTheSameWhateverElseDevicesHave(string more)
    {
        string card = "gmin=0.1u DEV=20% gmax=3u DEV=10% LOT=10%" + more;
        Made plain = Make(card, 6, 5, "uniform(-1,1)", chip: 3), noisy = Make(card + " read_noise=1%", 6, 5, "uniform(-1,1)", chip: 3);
        Assert.Null(plain.Theta.Devices);
        Assert.NotNull(noisy.Theta.Devices);
        foreach (double change in new[] { 0.0, 0.3, -0.9, 50 })
        {
            Move(plain, change);
            Move(noisy, change);
            for (int k = 0; k < 30; k++)
                Assert.Equal(plain.Weights[k], noisy.Weights[k], 12);
        }
    }

    private static void Move(Made made, double change)
    {
        var field = new RateField<double>(made.Network, made.Theta);
        var changes = new double[made.Weights.Length];
        changes.AsSpan().Fill(change);
        field.Move(made.Network.Layout.IndexOf("yw"), changes, 1);
    }

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)));
    }

    private static double Correlation(double[] a, double[] b)
    {
        (double ma, double sa) = Moments(a);
        (double mb, double sb) = Moments(b);
        return a.Zip(b, (x, y) => (x - ma) * (y - mb)).Average() / (sa * sb);
    }

    private static Made Make(string card, int post, int pre, string init, int chip = 0, string before = "", string after = "")
    {
        string text = $"devices\n.model cell neuron(c=1n g=1u)\n.model w synapse({card})\n.model ideal synapse()\nNa a[0:{pre - 1}] input\nNh h[0:{post - 1}] cell\n{before}Yw a h w init={init}\n{after}";
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null && !result.Diagnostics.Any(d => d.Severity == AnalogLearn.Netlist.Severity.Error), string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        Chip? made = chip == 0 ? null : result.Deck.Circuit.Fabricate(7, chip);
        Assert.True(made?.IsSound ?? true, string.Join('\n', made?.Problems.Select(d => d.ToString()) ?? []));
        RateNetwork network = RateNetwork.Compile(made?.Circuit ?? result.Deck.Circuit);
        RateNetwork ideal = RateNetwork.Compile(DeckReader.Parse(text.Replace("a h w", "a h ideal", StringComparison.Ordinal).Replace("z w", "z ideal", StringComparison.Ordinal)).Deck!.Circuit);
        return new Made(network, network.InitialParameters(7), made, ideal.InitialParameters(7)["yw"]);
    }

    private sealed record Made(RateNetwork Network, ParameterSet<double> Theta, Chip? Chip, double[] Asked)
    {
        public SynapseBank Bank => Theta.Devices![Network.Layout.IndexOf("yw")]!;

        public double[] Weights => Theta["yw"];
    }
}

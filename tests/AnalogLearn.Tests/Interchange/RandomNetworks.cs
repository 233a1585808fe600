using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Interchange;

/// <summary>A network with random topology, neurons and weights that settles to one fixed point, and inputs for it.</summary>
internal sealed record RandomNetwork(Circuit Circuit, RateNetwork Layout, ParameterSet<double> Parameters, ImmutableArray<Batch<double>> Inputs)
{
    /// <summary>Draws a network.</summary>
    /// <param name="seed">Which one.</param>
    /// <param name="examples">How many inputs.</param>
    /// <param name="choose">Changes the drawn banks (their form, curve, rails); the weights are then made small enough for them.</param>
    /// <param name="recurrent">Whether it has a loop; by chance when null.</param>
    public static RandomNetwork Draw(int seed, int examples, Func<NeuronBank, NeuronBank>? choose = null, bool? recurrent = null, int largestWidth = 7)
    {
        var random = new Random(seed);
        double Between(double low, double high) => low + ((high - low) * random.NextDouble());
        bool loops = recurrent ?? random.Next(3) > 0;

        var banks = new List<NeuronBank>();
        int inputs = random.Next(1, 3);
        for (int k = 0; k < inputs; k++)
            banks.Add(new NeuronBank { Name = $"nx{k}", Bus = new Bus($"x{k}", k, random.Next(1, largestWidth)), IsInput = true });
        int cells = random.Next(1, 4);
        for (int k = 0; k < cells; k++)
        {
            var bus = new Bus(random.Next(4) == 0 ? $"x1.h{k}" : $"h{k}", random.Next(2), random.Next(2, largestWidth));
            bool clipped = random.Next(2) == 0;
            var bank = new NeuronBank
            {
                Name = $"n{bus.Name}",
                Bus = bus,
                Form = (NeuronForm)random.Next(2),
                Activation = (Activation)random.Next(7),
                Gain = random.Next(2) == 0 ? 1 : Between(0.5, 3),
                Center = random.Next(2) == 0 ? 0 : Between(-0.4, 0.4),
                Offset = random.Next(3) == 0 ? Between(-0.05, 0.05) : 0,
                Rest = random.Next(2) == 0 ? 0 : Between(-0.3, 0.3),
                Capacitance = Between(0.5e-9, 4e-9),
                LeakConductance = 1e-6,
                Bias = [.. Enumerable.Range(0, bus.Width).Select(_ => Between(-0.6, 0.6))],
                ClipLow = clipped ? Between(-0.2, 0) : double.NegativeInfinity,
                ClipHigh = clipped ? (random.Next(2) == 0 ? Between(0.2, 0.6) : double.PositiveInfinity) : double.PositiveInfinity,
            };
            banks.Add(choose?.Invoke(bank) ?? bank);
        }

        var arrays = new List<SynapseArray>();
        foreach (NeuronBank post in banks.Where(b => !b.IsInput))
        {
            foreach (NeuronBank pre in banks)
            {
                bool forward = pre.IsInput || banks.IndexOf(pre) < banks.IndexOf(post);
                bool isolated = pre == banks[inputs - 1] && !arrays.Exists(a => a.Post == post.Bus);
                if ((!forward && !loops) || (random.Next(5) == 0 && !isolated))
                    continue;
                string name = $"y{pre.Bus.Name}{post.Bus.Name}";
                SynapseArray? back = arrays.Find(a => a.Pre == post.Bus && a.Post == pre.Bus && a.TiedTo is null);
                int count = pre.Bus.Width * post.Bus.Width;
                arrays.Add(new SynapseArray
                {
                    Name = name,
                    Pre = pre.Bus,
                    Post = post.Bus,
                    TiedTo = back is not null && random.Next(2) == 0 ? back.Name : null,
                    Mask = random.Next(3) == 0 ? [.. Enumerable.Range(0, count).Select(_ => random.Next(4) > 0)] : [],
                });
                if (arrays[^1].TiedTo is not null)
                    arrays[^1] = arrays[^1] with { Mask = [] };
            }
        }

        if (loops && !arrays.Exists(a => a.Pre == a.Post))
            arrays.Add(new SynapseArray { Name = "ylateral", Pre = banks[^1].Bus, Post = banks[^1].Bus });

        var circuit = new Circuit
        {
            Title = $"random network {seed}",
            Buses = [.. banks.Select(b => b.Bus)],
            Banks = [.. banks],
            Arrays = [.. arrays],
        };
        RateNetwork layout = RateNetwork.Compile(circuit);
        var parameters = new ParameterSet<double>(layout.Layout);
        foreach (RateBank bank in layout.Banks)
            bank.Description.Bias.CopyTo(parameters.Blocks[bank.BiasBlock]);
        double steepest = banks.Where(b => !b.IsInput).Max(b => b.Gain);
        foreach (RateConnection c in layout.Connections.Where(c => !c.IsTied))
        {
            // In the largest row and column sums of all arrays together, times the steepest slope, well below one: a contraction.
            double bound = c.Pre is null ? 0.8 : 0.7 / (steepest * cells * Math.Max(c.Description.Pre.Width, c.Description.Post.Width));
            double[] w = parameters.Blocks[c.Block];
            for (int k = 0; k < w.Length; k++)
            {
                w[k] = Between(-bound, bound);
                if (!c.Description.Mask.IsEmpty && !c.Description.Mask[k])
                    w[k] = 0;
            }
        }

        var values = ImmutableArray.CreateBuilder<Batch<double>>();
        foreach (RateInput input in layout.Inputs)
        {
            var batch = new Batch<double>(examples, input.Width);
            for (int k = 0; k < batch.Values.Length; k++)
                batch.Values[k] = Between(-1, 1);
            values.Add(batch);
        }

        return new RandomNetwork(circuit, layout, parameters, values.ToImmutable());
    }

    /// <summary>The same network through devices whose current is I = G V (1 + k2 V + …), a polynomial that is small enough to leave one fixed point.</summary>
    public RandomNetwork WithCurve(params double[] polynomial)
    {
        double[] numbers = [.. SynapseParameters.All.Select(p => p.Default)];
        var card = new SynapseCard { Numbers = [.. numbers], Functions = [.. new DeviceFunction?[numbers.Length]], Given = [], CurrentPolynomial = [.. polynomial] };
        Circuit circuit = Circuit with { Arrays = [.. Circuit.Arrays.Select(a => a with { Card = card })] };
        return this with { Circuit = circuit, Layout = RateNetwork.Compile(circuit) };
    }

    /// <summary>The field with its inputs clamped.</summary>
    public RateField<double> Field()
    {
        var field = new RateField<double>(Layout, Parameters);
        for (int k = 0; k < Inputs.Length; k++)
            field.SetInput(k, Inputs[k]);
        return field;
    }

    /// <summary>Where it settles, to 1e-13 V.</summary>
    public Batch<double> FixedPoint()
    {
        var state = new Batch<double>(Inputs[0].Rows, Layout.StateCount);
        SettleReport report = new Settler<double>(Field()).Settle(state, new SettleOptions { StepOverTau = 0.8, Tolerance = 1e-13, MaximumSteps = 20_000 });
        Assert.Equal(0, report.UnsettledCount);
        return state;
    }

    /// <summary>The inputs by bus name, in single precision.</summary>
    public Dictionary<string, Batch<float>> FloatInputs()
    {
        var named = new Dictionary<string, Batch<float>>();
        foreach (RateInput input in Layout.Inputs)
        {
            var batch = new Batch<float>(Inputs[input.Index].Rows, input.Width);
            for (int k = 0; k < batch.Values.Length; k++)
                batch.Values[k] = (float)Inputs[input.Index].Values[k];
            named[input.Description.Bus.Name] = batch;
        }

        return named;
    }
}

using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>A small layered network with feedback: x(3) → h(6) ⇄ y(2), with free, transposed or tied feedback.</summary>
internal static class SmallNetworks
{
    public const ulong Seed = 11;

    public static Circuit Layered(
        Activation activation,
        string feedback,
        NeuronForm form = NeuronForm.Voltage,
        double low = double.NegativeInfinity,
        double high = double.PositiveInfinity,
        double scale = 0.6)
    {
        Bus x = new("x", 0, 3);
        Bus h = new("h", 0, 6);
        Bus y = new("y", 0, 2);
        NeuronBank Bank(Bus bus, double bias) => new()
        {
            Name = "n" + bus.Name,
            Bus = bus,
            Form = form,
            Activation = activation,
            Gain = 1.3,
            Center = 0.1,
            ClipLow = low,
            ClipHigh = high,
            Bias = [.. Enumerable.Range(0, bus.Width).Select(k => bias + (0.03 * k))],
        };
        SynapseArray Array(string name, Bus pre, Bus post) => new() { Name = name, Pre = pre, Post = post, Init = new WeightInit.Glorot(scale) };
        SynapseArray back = Array("yyh", y, h);
        back = feedback switch
        {
            "tied" => back with { TiedTo = "yhy" },
            "transposed" => back with { Init = new WeightInit.NearTranspose("yhy", 0) },
            _ => back,
        };
        return new Circuit
        {
            Buses = [x, h, y],
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, Bank(h, 0.2), Bank(y, 0.15)],
            Arrays = [Array("yxh", x, h), Array("yhh", h, h) with { Init = new WeightInit.Constant(0), Learn = false }, Array("yhy", h, y), back],
        };
    }

    public static (RateField<double> Field, RateNetwork Network) Field(Circuit circuit, int examples, ulong seed = Seed)
    {
        RateNetwork network = RateNetwork.Compile(circuit);
        var field = new RateField<double>(network, network.InitialParameters(seed));
        foreach (RateInput input in network.Inputs)
            field.SetInput(input.Index, Draw(examples, input.Width, seed + 1));
        return (field, network);
    }

    public static Batch<double> Draw(int rows, int width, ulong seed)
    {
        var batch = new Batch<double>(rows, width);
        CounterRandom random = CounterRandom.ForPath(seed, "test");
        for (int k = 0; k < batch.Values.Length; k++)
            batch.Values[k] = random.UniformAt((ulong)k);
        return batch;
    }

    public static Readout Readout(RateNetwork network, CostOn on, Cost? cost = null)
    {
        RateBank y = network.Bank("y");
        return new Readout(y, 0, y.Width, cost ?? Cost.Quadratic, on);
    }

    public static SettleOptions Tight => new() { StepOverTau = 0.5, MaximumSteps = 4000, Tolerance = 1e-15, ThreadCount = 1 };

    /// <summary>dJ/dθ of the mean cost by central differences, settling anew for every parameter.</summary>
    public static ParameterSet<double> NumericalGradient(RateField<double> field, Readout readout, Batch<double> targets, double step = 1e-5)
    {
        var settler = new Settler<double>(field);
        var gradient = new ParameterSet<double>(field.Parameters);
        double Cost()
        {
            var state = new Batch<double>(targets.Rows, field.StateCount);
            settler.Settle(state, Tight);
            var outcome = new BatchOutcome();
            Scoring.Score(field, readout, state, targets, outcome);
            return outcome.Cost;
        }

        for (int b = 0; b < gradient.Blocks.Length; b++)
        {
            for (int k = 0; k < gradient.Blocks[b].Length; k++)
            {
                double kept = field.Theta.Blocks[b][k];
                field.Theta.Blocks[b][k] = kept + step;
                field.ParametersChanged();
                double plus = Cost();
                field.Theta.Blocks[b][k] = kept - step;
                field.ParametersChanged();
                double minus = Cost();
                field.Theta.Blocks[b][k] = kept;
                gradient.Blocks[b][k] = (plus - minus) / (2 * step);
            }
        }

        field.ParametersChanged();
        return gradient;
    }

    /// <summary>‖u + g‖/‖g‖ over the blocks that learn.</summary>
    public static double RelativeError(ParameterSet<double> update, ParameterSet<double> gradient)
    {
        double difference = 0;
        double norm = 0;
        foreach ((double u, double g) in Learned(update, gradient))
        {
            difference += (u + g) * (u + g);
            norm += g * g;
        }

        return Math.Sqrt(difference / norm);
    }

    public static double AngleDegrees(ParameterSet<double> update, ParameterSet<double> gradient)
    {
        double dot = 0;
        double first = 0;
        double second = 0;
        foreach ((double u, double g) in Learned(update, gradient))
        {
            dot -= u * g;
            first += u * u;
            second += g * g;
        }

        return Math.Acos(Math.Clamp(dot / Math.Sqrt(first * second), -1, 1)) * 180 / Math.PI;
    }

    private static IEnumerable<(double U, double G)> Learned(ParameterSet<double> update, ParameterSet<double> gradient)
    {
        ImmutableArray<ParameterBlock> blocks = update.Layout.Blocks;
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int k = 0; k < blocks[b].Count && blocks[b].Learn; k++)
                yield return (update.Blocks[b][k], gradient.Blocks[b][k]);
        }
    }
}

using AnalogLearn.Devices;

namespace AnalogLearn.Tests.Devices;

/// <summary>What has to hold of every device that is one equation: its derivatives are those of its values, and no entry of its Jacobian is missing.</summary>
internal static class DeviceCheck
{
    /// <summary>A bank of one device, its connections unknowns of their own in order.</summary>
    public static ModelBank<TModel> Bank<TModel>(double[] card, double temperature = double.NaN)
        where TModel : struct, IDeviceModel
    {
        int size = TModel.Shape.Connections;
        return new ModelBank<TModel>([new DeviceInstance("device", [.. Enumerable.Range(0, size)], [.. card], temperature)], size, new DeviceConditions());
    }

    /// <summary>The defaults of a card, with some numbers changed.</summary>
    public static double[] Card(DeviceShape shape, params ReadOnlySpan<(string Name, double Value)> given)
    {
        double[] card = [.. shape.Parameters.Select(p => p.Default)];
        foreach ((string name, double value) in given)
        {
            Assert.True(shape.IndexOf(name) >= 0, name);
            card[shape.IndexOf(name)] = value;
        }

        return card;
    }

    /// <summary>f and q by row at x, ground left out.</summary>
    public static (double[] Flow, double[] Charge) Sums(DeviceBank bank, double[] x, in DeviceConditions conditions)
    {
        int n = x.Length;
        double[] extended = [.. x, 0];
        var flow = new double[n + 1];
        var charge = new double[n + 1];
        bank.LoadFlows(conditions, extended, flow, charge, []);
        return (flow[..n], charge[..n]);
    }

    /// <summary>Values and Jacobians as a Newton iteration gets them, the Jacobians dense and by row.</summary>
    public static (double[] Flow, double[] Charge, double[,] OfFlow, double[,] OfCharge) Load(DeviceBank bank, double[] x, in DeviceConditions conditions)
    {
        int n = x.Length;
        List<int> rows = [];
        List<int> columns = [];
        bank.AddEntries(rows, columns);
        int[] slots = [.. rows.Zip(columns, (r, c) => r == n || c == n ? n * n : (r * n) + c)];
        bank.PlaceEntries(slots, n * n);
        var stamp = new Stamp { Flow = new double[n + 1], Charge = new double[n + 1], Conductances = new double[(n * n) + 1], Capacitances = new double[(n * n) + 1] };
        double[] extended = [.. x, 0];
        bank.Load(conditions, extended, stamp);
        var g = new double[n, n];
        var c = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                g[i, j] = stamp.Conductances[(i * n) + j];
                c[i, j] = stamp.Capacitances[(i * n) + j];
            }
        }

        return (stamp.Flow[..n].ToArray(), stamp.Charge[..n].ToArray(), g, c);
    }

    /// <summary>Holds the Jacobians against central differences, and both ways of evaluating against each other.</summary>
    public static void Jacobian<TModel>(double[] card, double[] x, double step = 1e-5, double tolerance = 1e-6, double temperature = double.NaN, bool hold = false)
        where TModel : struct, IDeviceModel
    {
        ModelBank<TModel> bank = Bank<TModel>(card, temperature);
        var conditions = new DeviceConditions { HoldStates = hold };
        (double[] flow, double[] charge, double[,] g, double[,] c) = Load(bank, x, conditions);
        (double[] plainFlow, double[] plainCharge) = Sums(bank, x, conditions);
        int n = x.Length;
        double flowScale = flow.Max(Math.Abs);
        double chargeScale = charge.Max(Math.Abs);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(plainFlow[i], flow[i], 1e-12 * flowScale);
            Assert.Equal(plainCharge[i], charge[i], 1e-12 * chargeScale);
        }

        for (int j = 0; j < n; j++)
        {
            // Fourth order: the error is that of the fifth derivative.
            double h = step * Math.Max(1, Math.Abs(x[j]) > 1e3 ? Math.Abs(x[j]) : 1);
            (double[] f1, double[] q1) = At(h);
            (double[] f2, double[] q2) = At(-h);
            (double[] f3, double[] q3) = At(2 * h);
            (double[] f4, double[] q4) = At(-2 * h);
            for (int i = 0; i < n; i++)
            {
                double ofFlow = ((8 * (f1[i] - f2[i])) - (f3[i] - f4[i])) / (12 * h);
                double ofCharge = ((8 * (q1[i] - q2[i])) - (q3[i] - q4[i])) / (12 * h);
                Near($"df{i}/dx{j} at {string.Join(", ", x)}", ofFlow, g[i, j], tolerance, 1e-12 * flowScale / h);
                Near($"dq{i}/dx{j} at {string.Join(", ", x)}", ofCharge, c[i, j], tolerance, 1e-12 * chargeScale / h);
            }

            (double[], double[]) At(double by)
            {
                double[] moved = [.. x];
                moved[j] += by;
                return Sums(bank, moved, conditions);
            }
        }
    }

    /// <summary>Holds derivatives by every number on the card that is given against central differences.</summary>
    public static void Sensitivities<TModel>(double[] card, double[] x, double tolerance = 1e-6, double temperature = double.NaN, params string[] except)
        where TModel : struct, IDeviceModel
    {
        ModelBank<TModel> bank = Bank<TModel>(card, temperature);
        var conditions = new DeviceConditions();
        double[] extended = [.. x, 0];
        double[] covector = [.. x.Select((_, k) => Math.Sin(1 + (2.3 * k))), 0];
        for (int p = 0; p < card.Length; p++)
        {
            if (double.IsNaN(card[p]) || except.Contains(TModel.Shape.Parameters[p].Name))
                continue;
            double h = card[p] == 0 ? 1e-6 : 1e-5 * Math.Abs(card[p]);
            (double flow, double charge) = bank.ParameterGradient(conditions, 0, p, extended, covector);
            (double f1, double q1, double size, double qSize) = At(card[p] + h);
            (double f2, double q2, _, _) = At(card[p] - h);
            (double f3, double q3, _, _) = At(card[p] + (2 * h));
            (double f4, double q4, _, _) = At(card[p] - (2 * h));
            bank.SetParameter(0, p, card[p]);
            string name = $"{TModel.Shape.Parameters[p].Name} at {string.Join(", ", x)}";
            Near("df/d" + name, ((8 * (f1 - f2)) - (f3 - f4)) / (12 * h), flow, tolerance, 1e-12 * size / h);
            Near("dq/d" + name, ((8 * (q1 - q2)) - (q3 - q4)) / (12 * h), charge, tolerance, 1e-12 * qSize / h);

            (double, double, double, double) At(double value)
            {
                bank.SetParameter(0, p, value);
                (double[] f, double[] q) = Sums(bank, x, conditions);
                return (f.Zip(covector, (a, b) => a * b).Sum(), q.Zip(covector, (a, b) => a * b).Sum(), f.Max(Math.Abs), q.Max(Math.Abs));
            }
        }
    }

    public static double Uniform(Random random, double low, double high) => low + ((high - low) * random.NextDouble());

    public static double LogUniform(Random random, double low, double high) => low * Math.Pow(high / low, random.NextDouble());

    private static void Near(string what, double expected, double actual, double relative, double absolute) =>
        Assert.True(Math.Abs(expected - actual) <= (relative * Math.Abs(expected)) + absolute + 1e-30, $"{what}: {actual:R}, differences say {expected:R}");
}

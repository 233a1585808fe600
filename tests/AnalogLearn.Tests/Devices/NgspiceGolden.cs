using System.Globalization;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Devices;

/// <summary>Decks with ngspice's answers: sources set to values, operating points, and one frequency.</summary>
internal static class NgspiceGolden
{
    public static NodalCircuit Compile(string name)
    {
        DeckResult read = DeckReader.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "ngspice", name + ".cir")), name + ".cir");
        Assert.DoesNotContain(read.Diagnostics, d => d.Severity == Severity.Error);
        return Compile(read.Deck!.Circuit);
    }

    public static NodalCircuit CompileText(string text)
    {
        DeckResult read = DeckReader.Parse(text, "test.cir");
        Assert.DoesNotContain(read.Diagnostics, d => d.Severity == Severity.Error);
        return Compile(read.Deck!.Circuit);
    }

    /// <summary>The largest relative difference by column, against |answer| + floor.</summary>
    public static Dictionary<string, double> Constant(string name, double floor, Action<string>? log = null)
    {
        NodalCircuit circuit = Compile(name);
        (string[] columns, double[][] rows) = Read(name + ".dc");
        var worst = new Dictionary<string, double>(StringComparer.Ordinal);
        var system = new NodalSystem(circuit);
        foreach (double[] row in rows)
        {
            Set(circuit, system, columns, row);
            double[] x = Newton(circuit, system);
            for (int k = 0; k < columns.Length; k++)
            {
                if (!columns[k].Contains('('))
                    continue;
                double mine = x[Unknown(circuit, columns[k])];
                double difference = Math.Abs(mine - row[k]) / (Math.Abs(row[k]) + floor);
                if (difference > worst.GetValueOrDefault(columns[k]))
                {
                    worst[columns[k]] = difference;
                    log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{columns[k]} at {row[0]}: {mine:R}, ngspice {row[k]:R}, {difference:E2}"));
                }
            }
        }

        return worst;
    }

    /// <summary>The largest relative difference by column at one frequency.</summary>
    public static Dictionary<string, double> SmallSignal(string name, double floor, Action<string>? log = null)
    {
        NodalCircuit circuit = Compile(name);
        (string[] columns, double[][] rows) = Read(name + ".ac");
        var worst = new Dictionary<string, double>(StringComparer.Ordinal);
        var system = new NodalSystem(circuit);
        int at = Array.IndexOf(columns, "frequency");
        foreach (double[] row in rows)
        {
            Set(circuit, system, columns, row);
            double[] x = Newton(circuit, system);
            Complex[] y = Respond(circuit, system, x, row[at]);
            for (int k = at + 1; k < columns.Length; k += 2)
            {
                string column = columns[k][..^3];
                Complex mine = y[Unknown(circuit, column)];
                var theirs = new Complex(row[k], row[k + 1]);
                double difference = (mine - theirs).Magnitude / (theirs.Magnitude + floor);
                if (difference > worst.GetValueOrDefault(column))
                {
                    worst[column] = difference;
                    log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{column} at {row[0]}: {mine}, ngspice {theirs}, {difference:E2}"));
                }
            }
        }

        return worst;
    }

    public static double[] Newton(NodalCircuit circuit, NodalSystem system, double[]? from = null)
    {
        var solver = new SparseLu<double>(circuit.Pattern);
        int n = circuit.UnknownCount;
        double[] x = from is null ? new double[n + 1] : [.. from];
        if (from is null)
        {
            foreach ((int unknown, double value) in circuit.InitialStates)
                x[unknown] = value;
        }

        double last = 0;
        for (int iteration = 0; iteration < 200; iteration++)
        {
            int restrained = system.Load(x, iteration == 0 && from is null ? Restraint.Start : iteration == 0 ? Restraint.None : Restraint.Limited);
            if (iteration == 0 && from is not null)
                restrained = 1;
            solver.Factor(system.Conductances.AsSpan(0, circuit.Pattern.Count));
            double[] step = [.. system.Flow.AsSpan(0, n)];
            solver.Solve(step);
            double size = 0;
            for (int k = 0; k < n; k++)
            {
                x[k] -= step[k];
                size = Math.Max(size, Math.Abs(step[k]) / (1 + Math.Abs(x[k])));
            }

            if (restrained == 0 && size < 1e-13)
                return x;
            last = size;
        }

        throw new InvalidOperationException($"no convergence: the last step was {last}");
    }

    public static int Unknown(NodalCircuit circuit, string column)
    {
        string name = column[2..^1];
        int unknown = column[0] == 'v' ? circuit.NodeUnknown(name) : circuit.BranchUnknown(name);
        Assert.True(unknown >= 0, column);
        return unknown;
    }

    private static NodalCircuit Compile(Circuit elaborated)
    {
        var diagnostics = new DiagnosticBag();
        NodalCircuit? circuit = NodalCircuit.Compile(elaborated, new DeviceConditions(), diagnostics);
        Assert.Empty(diagnostics);
        return circuit!;
    }

    private static void Set(NodalCircuit circuit, NodalSystem system, string[] columns, double[] row)
    {
        for (int s = 0; s < circuit.Sources.Length; s++)
        {
            int column = Array.IndexOf(columns, circuit.Sources[s].Name);
            if (column >= 0)
                system.SourceValues[s] = row[column];
        }
    }

    private static Complex[] Respond(NodalCircuit circuit, NodalSystem system, double[] x, double frequency)
    {
        system.Load(x);
        int n = circuit.UnknownCount;
        var matrix = new Complex[n, n + 1];
        for (int column = 0; column < n; column++)
        {
            for (int slot = circuit.Pattern.ColumnStarts[column]; slot < circuit.Pattern.ColumnStarts[column + 1]; slot++)
                matrix[circuit.Pattern.RowIndices[slot], column] = new Complex(system.Conductances[slot], 2 * Math.PI * frequency * system.Capacitances[slot]);
        }

        foreach (IndependentSource source in circuit.Sources)
        {
            if (source.IsVoltage)
                matrix[source.Branch, n] = source.SmallSignalMagnitude;
        }

        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int r = k + 1; r < n; r++)
            {
                if (matrix[r, k].Magnitude > matrix[pivot, k].Magnitude)
                    pivot = r;
            }

            for (int c = k; c <= n; c++)
                (matrix[k, c], matrix[pivot, c]) = (matrix[pivot, c], matrix[k, c]);
            for (int r = 0; r < n; r++)
            {
                if (r == k || matrix[r, k] == Complex.Zero)
                    continue;
                Complex factor = matrix[r, k] / matrix[k, k];
                for (int c = k; c <= n; c++)
                    matrix[r, c] -= factor * matrix[k, c];
            }
        }

        var y = new Complex[n];
        for (int k = 0; k < n; k++)
            y[k] = matrix[k, n] / matrix[k, k];
        return y;
    }

    private static (string[] Columns, double[][] Rows) Read(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "ngspice", name + ".csv"));
        return (lines[0].Split(','), [.. lines.Skip(1).Select(l => l.Split(',').Select(t => double.Parse(t, CultureInfo.InvariantCulture)).ToArray())]);
    }
}

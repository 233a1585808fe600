using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;
using AnalogLearn.Tests.Simulation.Nodal;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Synapses;

/// <summary>Crossbars with the resistance of every piece of wire, against dense elimination and nodal analysis.</summary>
public sealed class CrossbarWiresTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3, 5, 1.0)]
    [InlineData(2, 11, 10.0)]
    [InlineData(7, 4, 300.0)]
    [InlineData(1, 1, 5000.0)]
    [InlineData(4, 30, 20000.0)]
    public void EveryCurrentIsThatOfDenseElimination(int post, int pre, double resistance)
    {
        (double[] plus, double[] minus) = Devices(post, pre, 1e-6, 1e-4);
        plus[0] = 0;
        (double[] effectivePlus, double[] effectiveMinus) = CrossbarWires.Effective(plus, minus, post, resistance);
        double[,] exact = Dense(plus, minus, post, pre, resistance);
        double largest = exact.Cast<double>().Max();
        for (int i = 0; i < post; i++)
        {
            for (int j = 0; j < pre; j++)
            {
                Assert.Equal(exact[2 * i, j], effectivePlus[(i * pre) + j], 1e-10 * largest);
                Assert.Equal(exact[(2 * i) + 1, j], effectiveMinus[(i * pre) + j], 1e-10 * largest);
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void TheGoldenCrossbarHasTheCurrentsOfNodalAnalysis(int side)
    {
        // A square with one ohm a segment, made and solved by another program: columns 2i and 2i + 1 are those of a pair.
        string folder = Path.Combine(AppContext.BaseDirectory, "Golden", "spice");
        var conductances = new double[side, side];
        var drives = new double[side];
        foreach (string line in File.ReadLines(Path.Combine(folder, $"xbar_{side}.cir")))
        {
            string[] words = line.Split(' ');
            if (words[0].StartsWith("Rc", StringComparison.Ordinal))
            {
                int[] place = [.. words[0][2..].Split('_').Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
                conductances[place[0], place[1]] = 1 / double.Parse(words[3], CultureInfo.InvariantCulture);
            }
            else if (words[0].StartsWith("Vr", StringComparison.Ordinal))
            {
                drives[int.Parse(words[0][2..], CultureInfo.InvariantCulture)] = double.Parse(words[3], CultureInfo.InvariantCulture);
            }
        }

        Dictionary<string, double> golden = File.ReadLines(Path.Combine(folder, $"xbar_{side}.mna.csv")).Skip(1).Select(l => l.Split(',')).ToDictionary(w => w[0], w => double.Parse(w[1], CultureInfo.InvariantCulture));
        var plus = new double[side / 2 * side];
        var minus = new double[side / 2 * side];
        for (int i = 0; i < side / 2; i++)
        {
            for (int j = 0; j < side; j++)
            {
                plus[(i * side) + j] = conductances[j, 2 * i];
                minus[(i * side) + j] = conductances[j, (2 * i) + 1];
            }
        }

        (double[] effectivePlus, double[] effectiveMinus) = CrossbarWires.Effective(plus, minus, side / 2, 1.0);
        for (int c = 0; c < side; c++)
        {
            double current = 0;
            for (int j = 0; j < side; j++)
                current += drives[j] * (c % 2 == 0 ? effectivePlus : effectiveMinus)[(c / 2 * side) + j];
            double expected = golden[$"v(c{side - 1}_{c})"] / 1.0;
            Assert.Equal(1, current / expected, 1e-9);
        }
    }

    [Fact]
    public void TheNodalEngineSaysTheSameOfTheDeckOfWires()
    {
        // The cells of netlists/crossbar-ir-drop.cir: every column the same, 0.2 V on every row, 20 ohm.
        double[] cells = [10e3, 38e3, 22e3, 50e3, 34e3, 18e3, 46e3, 30e3, 14e3, 42e3, 26e3, 10e3, 38e3, 22e3, 50e3, 34e3];
        var same = new double[8 * 16];
        for (int k = 0; k < same.Length; k++)
            same[k] = 1 / cells[k % 16];
        (double[] plus, double[] minus) = CrossbarWires.Effective(same, same, 8, 20);
        double ideal = 0.2 * cells.Sum(r => 1 / r);

        // What the deck says it expects: a loss of 9 % in the first column and 19 % in the last.
        Assert.InRange(1 - (0.2 * plus.AsSpan(0, 16).ToArray().Sum() / ideal), 0.085, 0.095);
        Assert.InRange(1 - (0.2 * minus.AsSpan(7 * 16, 16).ToArray().Sum() / ideal), 0.185, 0.195);

        // And a smaller one by the nodal engine itself, to rounding.
        const int Post = 2, Pre = 3;
        const double Wire = 150;
        (double[] gPlus, double[] gMinus) = Devices(Post, Pre, 1e-5, 1e-3);
        var lines = new List<string> { "a crossbar" };
        for (int j = 0; j < Pre; j++)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"V{j} s{j} 0 {0.1 * (j + 1)}"));
            for (int c = 0; c < 2 * Post; c++)
            {
                string left = c == 0 ? $"s{j}" : $"r{j}_{c - 1}", below = j == Pre - 1 ? $"k{c}" : $"c{j + 1}_{c}";
                double g = (c % 2 == 0 ? gPlus : gMinus)[(c / 2 * Pre) + j];
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"Ra{j}_{c} {left} r{j}_{c} {Wire}"));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"Rd{j}_{c} r{j}_{c} c{j}_{c} {1 / g:R}"));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"Rb{j}_{c} c{j}_{c} {below} {Wire}"));
            }
        }

        for (int c = 0; c < 2 * Post; c++)
            lines.Add($"Vk{c} k{c} 0 0");
        lines.Add(".op");
        NodalCase circuit = NodalDecks.Read(string.Join('\n', lines) + "\n");
        Assert.True(circuit.Solve().IsConverged);
        (double[] a, double[] b) = CrossbarWires.Effective(gPlus, gMinus, Post, Wire);
        for (int c = 0; c < 2 * Post; c++)
        {
            double expected = circuit[$"v(c{Pre - 1}_{c})"] / Wire;
            double current = Enumerable.Range(0, Pre).Sum(j => 0.1 * (j + 1) * (c % 2 == 0 ? a : b)[(c / 2 * Pre) + j]);
            Assert.Equal(1, current / expected, 1e-9);
        }
    }

    [Fact]
    public void ThreadsDoNotChangeABitAndWithoutWiresNothingIsLost()
    {
        const int Post = 45, Pre = 90;
        (double[] plus, double[] minus) = Devices(Post, Pre, 1e-6, 2e-5);
        var one = new double[2][] { new double[Post * Pre], new double[Post * Pre] };
        var two = new double[2][] { new double[Post * Pre], new double[Post * Pre] };
        new CrossbarWires(Post, Pre, 2).Solve(plus, minus, one[0], one[1], 1);
        var wires = new CrossbarWires(Post, Pre, 2);
        for (int again = 0; again < 2; again++)
        {
            wires.Solve(plus, minus, two[0], two[1], 2);
            Assert.Equal(one[0], two[0]);
            Assert.Equal(one[1], two[1]);
        }

        Assert.True(one[0].Zip(plus).All(p => p.First < p.Second));
        (double[] same, double[] too) = CrossbarWires.Effective(plus, minus, Post, 0);
        Assert.Equal(plus, same);
        Assert.Equal(minus, too);
    }

    [Fact]
    public void BetweenSolutionsTheSharesOfTheLastOneAreClose()
    {
        const int Post = 32, Pre = 64;
        (double[] plus, double[] minus) = Devices(Post, Pre, 1e-6, 2.5e-5);
        var wires = new CrossbarWires(Post, Pre, 1);
        double[] a = new double[Post * Pre], b = new double[Post * Pre], exact = new double[Post * Pre], other = new double[Post * Pre];
        Assert.Throws<InvalidOperationException>(() => wires.Follow(plus, minus, a, b));
        wires.Solve(plus, minus, a, b);
        double lost = plus.Zip(a, (g, m) => 1 - (m / g)).Max();
        CounterRandom random = CounterRandom.ForPath(2, "change");
        for (int k = 0; k < plus.Length; k++)
            plus[k] *= 1 + (0.01 * random.Normal());
        wires.Follow(plus, minus, a, b);
        new CrossbarWires(Post, Pre, 1).Solve(plus, minus, exact, other);
        double error = a.Zip(exact, (x, y) => Math.Abs((x / y) - 1)).Max();
        Assert.True(lost > 0.02 && error < 0.01 * lost, $"{error} of {lost}");
    }

    [Theory]
    [InlineData(37, 70, 1.0)]
    [InlineData(37, 70, 400.0)]
    [InlineData(61, 13, 30.0)]
    [InlineData(5, 210, 5.0)]
    public void DissectionAndConjugateGradientsAgree(int post, int pre, double resistance) => Measure(post, pre, resistance);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(64, 196)]
    [InlineData(128, 128)]
    [InlineData(256, 256)]
    [InlineData(512, 784)]
    public void SoTheyDoOnLargeArrays(int post, int pre) => Measure(post, pre, 1);

    private void Measure(int post, int pre, double resistance)
    {
        (double[] plus, double[] minus) = Devices(post, pre, 1e-6, 2.5e-5);
        var wires = new CrossbarWires(post, pre, resistance);
        var a = new double[post * pre];
        var b = new double[post * pre];
        wires.Solve(plus, minus, a, b);
        var watch = Stopwatch.StartNew();
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        wires.Solve(plus, minus, a, b);
        TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime - before;
        output.WriteLine($"{post} x {pre}: {watch.Elapsed.TotalMilliseconds:0} ms, {used.TotalMilliseconds:0} ms of processors, least share {a.Zip(plus, (m, g) => m / g).Min():0.000}");
        foreach (int source in new[] { 0, pre / 3, pre - 1 })
        {
            double[] currents = ByConjugateGradients(plus, minus, post, pre, resistance, source);
            double largest = currents.Max();
            for (int i = 0; i < post; i++)
            {
                Assert.Equal(currents[2 * i], a[(i * pre) + source], 1e-11 * largest);
                Assert.Equal(currents[(2 * i) + 1], b[(i * pre) + source], 1e-11 * largest);
            }
        }
    }

    /// <summary>
    /// Currents into the columns' ends per volt on one row, by iteration: (C − D R⁻¹ D) k = D R⁻¹ g V with conjugate gradients, C as the preconditioner, R and C the tridiagonal matrices of the row and the column wires with the devices D.
    /// </summary>
    private static double[] ByConjugateGradients(double[] plus, double[] minus, int post, int pre, double resistance, int source)
    {
        int columns = 2 * post, n = pre * columns;
        double g = 1 / resistance;
        double Device(int k) => (k % columns % 2 == 0 ? plus : minus)[(k % columns / 2 * pre) + (k / columns)];
        double[] d = [.. Enumerable.Range(0, n).Select(Device)];

        // One tridiagonal solution for each line: along it `step` apart, g to the neighbours, and one more segment to what is fixed at one of its ends.
        double[] Line(double[] right, bool alongRows)
        {
            var x = new double[n];
            (int lines, int length, int step, int between) = alongRows ? (pre, columns, 1, columns) : (columns, pre, columns, 1);
            var ratio = new double[length];
            for (int line = 0; line < lines; line++)
            {
                double last = 0, before = 0;
                for (int k = 0; k < length; k++)
                {
                    int at = (line * between) + (k * step);
                    int neighbours = alongRows ? (k < length - 1 ? 2 : 1) : (k > 0 ? 2 : 1);
                    double pivot = d[at] + (neighbours * g) - (k > 0 ? g * before : 0);
                    before = ratio[k] = g / pivot;
                    x[at] = last = (right[at] + (k > 0 ? g * last : 0)) / pivot;
                }

                for (int k = length - 2; k >= 0; k--)
                    x[(line * between) + (k * step)] += ratio[k] * x[(line * between) + ((k + 1) * step)];
            }

            return x;
        }

        double[] Apply(double[] p)
        {
            double[] rows = Line([.. p.Select((v, k) => d[k] * v)], true);
            var q = new double[n];
            for (int k = 0; k < n; k++)
            {
                int a = k / columns;
                q[k] = ((d[k] + (a > 0 ? 2 * g : g)) * p[k]) - (a > 0 ? g * p[k - columns] : 0) - (a < pre - 1 ? g * p[k + columns] : 0) - (d[k] * rows[k]);
            }

            return q;
        }

        static double Dot(double[] u, double[] v) => u.Zip(v, (s, t) => s * t).Sum();
        var drive = new double[n];
        drive[source * columns] = g;
        double[] r = [.. Line(drive, true).Select((v, k) => d[k] * v)], x = new double[n], z = Line(r, false), p = [.. z];
        double now = Dot(r, z), start = now;
        for (int iteration = 0; iteration < 4000 && now > 1e-28 * start; iteration++)
        {
            double[] q = Apply(p);
            double length = now / Dot(p, q);
            for (int k = 0; k < n; k++)
            {
                x[k] += length * p[k];
                r[k] -= length * q[k];
            }

            z = Line(r, false);
            double next = Dot(r, z), turn = next / now;
            for (int k = 0; k < n; k++)
                p[k] = z[k] + (turn * p[k]);
            now = next;
        }

        return [.. Enumerable.Range(0, columns).Select(c => g * x[((pre - 1) * columns) + c])];
    }

    private static (double[] Plus, double[] Minus) Devices(int post, int pre, double low, double high)
    {
        var plus = new double[post * pre];
        var minus = new double[post * pre];
        CounterRandom.ForPath(3, "plus").FillUniform(plus, low, high);
        CounterRandom.ForPath(3, "minus").FillUniform(minus, low, high);
        return (plus, minus);
    }

    /// <summary>Currents into the columns' ends per volt on each row, by elimination of the whole network.</summary>
    private static double[,] Dense(double[] plus, double[] minus, int post, int pre, double resistance)
    {
        int columns = 2 * post, crossings = pre * columns, n = 2 * crossings;
        double g = 1 / resistance;
        var matrix = new double[n, n + pre];
        void Join(int u, int v, double conductance)
        {
            matrix[u, u] += conductance;
            if (v < 0)
                return;
            matrix[v, v] += conductance;
            matrix[u, v] -= conductance;
            matrix[v, u] -= conductance;
        }

        for (int j = 0; j < pre; j++)
        {
            for (int c = 0; c < columns; c++)
            {
                int row = (j * columns) + c, column = crossings + row;
                Join(row, column, (c % 2 == 0 ? plus : minus)[(c / 2 * pre) + j]);
                Join(row, c == 0 ? -1 : row - 1, g);
                Join(column, j == pre - 1 ? -1 : column + columns, g);
            }

            matrix[j * columns, n + j] = g;
        }

        for (int k = 0; k < n; k++)
        {
            for (int i = k + 1; i < n; i++)
            {
                double factor = matrix[i, k] / matrix[k, k];
                for (int l = k; factor != 0 && l < n + pre; l++)
                    matrix[i, l] -= factor * matrix[k, l];
            }
        }

        var currents = new double[columns, pre];
        var x = new double[n];
        for (int j = 0; j < pre; j++)
        {
            for (int i = n - 1; i >= 0; i--)
            {
                double sum = matrix[i, n + j];
                for (int l = i + 1; l < n; l++)
                    sum -= matrix[i, l] * x[l];
                x[i] = sum / matrix[i, i];
            }

            for (int c = 0; c < columns; c++)
                currents[c, j] = g * x[crossings + ((pre - 1) * columns) + c];
        }

        return currents;
    }
}

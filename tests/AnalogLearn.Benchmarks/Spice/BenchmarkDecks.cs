using System.Globalization;
using System.Text;
using AnalogLearn.Interchange;

namespace AnalogLearn.Benchmarks.Spice;

/// <summary>
/// The decks that speed is compared on, written with seeds of their own: a recurrent network of tanh neurons as SPICE elements and as a bank with a synapse array, a resistive network of
/// Kendall et al. 2020, a crossbar with wire resistance. Both programs read the same files; only the rate deck is ours alone.
/// </summary>
internal static class BenchmarkDecks
{
    /// <summary>τ dv/dt = −v + W tanh(v) + b with τ = 1 µs over 10 µs, weights from the given seed: one B source per activation and one G element per synapse.</summary>
    public static string Rate(int neurons)
    {
        (double[] w, double[] b) = Weights(neurons);
        var deck = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Recurrent network of {neurons} tanh neurons, a source for each activation, an element for each synapse\n");
        for (int i = 0; i < neurons; i++)
        {
            deck.Append(CultureInfo.InvariantCulture, $"R{i} n{i} 0 1meg\nC{i} n{i} 0 1p ic=0\nI{i} 0 n{i} {b[i] * 1e-6:R}\nB{i} r{i} 0 v=tanh(v(n{i}))\n");
            for (int j = 0; j < neurons; j++)
            {
                if (j != i)
                    deck.Append(CultureInfo.InvariantCulture, $"G{i}_{j} 0 n{i} r{j} 0 {w[(i * neurons) + j] * 1e-6:R}\n");
            }
        }

        return deck.Append(".tran 0.1u 10u 0 0.2u uic\n.end\n").ToString();
    }

    /// <summary>The same network as one bank and one synapse array, which read their numbers from two files.</summary>
    /// <param name="neurons">How many neurons.</param>
    /// <param name="weights">Path of the weights.</param>
    /// <param name="biases">Path of the biases.</param>
    /// <param name="given">A folder with the numbers as <c>rate_a2_N.W.csv</c> and <c>rate_a2_N.b.csv</c>, or null for those of <see cref="Rate"/>.</param>
    public static string RateBank(int neurons, string weights, string biases, string? given)
    {
        (double[] w, double[] b) = given is null ? Weights(neurons) : (Numbers(given, "W"), Numbers(given, "b"));
        NumpyFormat.WriteFile(weights, NumpyArray.Of(w, neurons, neurons));
        NumpyFormat.WriteFile(biases, NumpyArray.Of(b, neurons));
        return FormattableString.Invariant($"""
            Recurrent network of {neurons} tanh neurons, a bank and an array
            .model cell neuron(c=1p g=1u rho=tanh)
            .model w synapse()
            Nn n[0:{neurons - 1}] cell bias="{Path.GetFileName(biases)}"
            Yn n n w init="{Path.GetFileName(weights)}"
            .tran 0.1u 10u 0 0.2u uic
            .end

            """);

        double[] Numbers(string folder, string kind) =>
            [.. File.ReadLines(Path.Combine(folder, $"rate_a2_{neurons}.{kind}.csv")).SelectMany(line => line.Split(',')).Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
    }

    /// <summary>Resistors between layers, diodes that hold hidden nodes, bidirectional amplifiers: an operating point.</summary>
    /// <param name="widths">Nodes of each layer.</param>
    public static string ResistiveNetwork(params int[] widths)
    {
        const double gain = 4;
        var random = new Random(7 + widths.Sum());
        var deck = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Resistive network {string.Join('-', widths)} of diodes and bidirectional amplifiers\n.model dm d(is=1e-8 n=1)\nVbias bias 0 1\n");
        var previous = new List<string>();
        for (int k = 0; k < widths[0]; k++)
        {
            deck.Append(CultureInfo.InvariantCulture, $"Vin{k} x{k} 0 {2 * (random.Next(2) == 0 ? -1 : 1) * (0.3 + (0.7 * random.NextDouble())):R}\n");
            previous.Add($"x{k}");
        }

        for (int layer = 1; layer < widths.Length; layer++)
        {
            previous.Add("bias");
            var outputs = new List<string>();
            for (int k = 0; k < widths[layer]; k++)
            {
                bool last = layer == widths.Length - 1;
                string node = last ? $"o{k}" : $"h{layer}_{k}";
                for (int p = 0; p < previous.Count; p++)
                    deck.Append(CultureInfo.InvariantCulture, $"R{layer}_{p}_{k} {previous[p]} {node} {Math.Sqrt(previous.Count) / (1e-6 + (99e-6 * random.NextDouble())):R}\n");
                if (last)
                    continue;
                string own = $"{layer}_{k}";
                deck.Append(CultureInfo.InvariantCulture, $"D{own}p {node} bp{own} dm\nVbp{own} bp{own} 0 0.02\nD{own}n bn{own} {node} dm\nVbn{own} bn{own} 0 -0.02\n");
                deck.Append(CultureInfo.InvariantCulture, $"E{own} a{own} 0 {node} 0 {gain}\nVs{own} a{own} y{own} 0\nF{own} {node} 0 Vs{own} {1 / gain:R}\n");
                outputs.Add($"y{own}");
            }

            previous = outputs;
        }

        return deck.Append(".op\n.end\n").ToString();
    }

    /// <summary>M × M cells between rows and columns of 1 Ω segments, 2 M² nodes: an operating point.</summary>
    public static string Crossbar(int side)
    {
        var random = new Random(3 + side);
        var deck = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Crossbar of {side} rows and columns with wire resistance\n");
        for (int i = 0; i < side; i++)
        {
            deck.Append(CultureInfo.InvariantCulture, $"Vr{i} r{i}_s 0 {0.2 * random.NextDouble():R}\nVk{i} k{i} 0 0\n");
            for (int j = 0; j < side; j++)
            {
                string before = j == 0 ? "s" : (j - 1).ToString(CultureInfo.InvariantCulture);
                string below = i < side - 1 ? $"c{i + 1}_{j}" : $"k{j}";
                double resistance = 1e6 * Math.Exp(-random.NextDouble() * Math.Log(100));
                deck.Append(CultureInfo.InvariantCulture, $"Rw{i}_{j} r{i}_{before} r{i}_{j} 1\nRc{i}_{j} r{i}_{j} c{i}_{j} {resistance:R}\nRb{i}_{j} c{i}_{j} {below} 1\n");
            }
        }

        return deck.Append(".op\n.end\n").ToString();
    }

    /// <summary>A resistive network 100-50-10 that learns 20 drawn examples: 5,560 conductances.</summary>
    public static string Learning()
    {
        var random = new Random(11);
        string inputs = Rows(100, _ => (2 * random.NextDouble()) - 1);
        int label = 0;
        string targets = Rows(10, k => k == label ? 0.5 : 0, () => label = random.Next(10));
        return $"""
            Drawn examples, learned by a circuit
            .model wr  r(r=20k learn=1 gmin=0.1u gmax=1m init=uniform(0.1u,10u))
            .model dio d(is=1e-8 n=1)
            Vx  x[0:99] 0 DATA
            Vb  b 0 1
            Rxh x h[0:49] wr dense
            Rbh b h       wr dense
            Dp  h  vp dio
            Dn  vn h  dio
            Vp  vp 0  0.02
            Vn  vn 0 -0.02
            Ea  a[0:49] 0 h 0 4
            Va  a u[0:49] 0
            Fa  h 0 Va 0.25
            Ruy u y[0:9] wr dense
            Rby b y      wr dense
            .dataset d inline(x={inputs} y={targets}) input=x target=y
            .learn eqprop(beta=1u) out=y
            .train epochs=1 batch=1 seed=1 rate=1u
            .end

            """;

        static string Rows(int width, Func<int, double> value, Action? begin = null) => $"[{string.Join(',', Enumerable.Range(0, 20).Select(_ =>
        {
            begin?.Invoke();
            return $"[{string.Join(',', Enumerable.Range(0, width).Select(k => value(k).ToString("R", CultureInfo.InvariantCulture)))}]";
        }))}]";
    }

    private static (double[] Weights, double[] Biases) Weights(int neurons)
    {
        var random = new Random(1 + neurons);
        var w = new double[neurons * neurons];
        var b = new double[neurons];
        for (int i = 0; i < neurons; i++)
        {
            b[i] = random.NextDouble() - 0.5;
            for (int j = 0; j < neurons; j++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                double drawn = radius * Math.Cos(2 * Math.PI * random.NextDouble());
                w[(i * neurons) + j] = i == j ? 0 : 0.5 / Math.Sqrt(neurons) * drawn;
            }
        }

        return (w, b);
    }
}

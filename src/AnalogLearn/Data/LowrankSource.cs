using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Data;

/// <summary>
/// <c>lowrank(d= r=)</c>: points of a random r-dimensional subspace of d dimensions, x = u V with V of r × d and u of r numbers, all N(0, 1) (Baldi and Sadowski 2018, section 7.1). The targets are
/// the inputs. An autoencoder with r hidden neurons can reconstruct them without error; with any inner weights, random ones included, as long as the outer ones are fitted.
/// </summary>
public sealed class LowrankSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "lowrank";

    /// <inheritdoc/>
    public string Summary => "points of a random subspace of r of d dimensions, with themselves as targets";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("d", "dimensions (default: the width of the input bus, else 100)", Positional: true),
        new("r", "rank (default 20)", Positional: true),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        DataRequest request = arguments.Request;
        int d = (int)arguments.Integer("d", request.InputWidth > 0 ? request.InputWidth : 100, 1, 100_000);
        int r = (int)arguments.Integer("r", Math.Min(20, d), 1, 100_000);
        if (r > d)
            arguments.Report(string.Create(CultureInfo.InvariantCulture, $"a rank of {r} in {d} dimensions"), "the rank is at most the number of dimensions", "r");
        if (arguments.HasProblems)
            return null;
        CounterRandom random = CounterRandom.ForPath(arguments.Seed, "lowrank");
        var basis = new double[r * d];
        random.Child("basis").FillNormal(basis);
        Examples train = Draw(random.Child("train"), "lowrank train", request.Train ?? 60_000, basis, r, d);
        Examples test = Draw(random.Child("test"), "lowrank test", request.Test ?? 10_000, basis, r, d);
        return new("lowrank", train, test, string.Create(CultureInfo.InvariantCulture, $"Points of a random {r}-dimensional subspace of {d} dimensions."));
    }

    private static Examples Draw(CounterRandom random, string name, int count, double[] basis, int r, int d)
    {
        var points = new float[checked(count * d)];
        Parallel.For(0, (count + 99) / 100, chunk =>
        {
            Span<double> x = new double[d];
            for (int e = 100 * chunk; e < Math.Min(count, 100 * (chunk + 1)); e++)
            {
                CounterRandom own = random.Child((ulong)e);
                x.Clear();
                for (int k = 0; k < r; k++)
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(basis.AsSpan(k * d, d), own.NormalAt((ulong)k), x, x);
                for (int j = 0; j < d; j++)
                    points[(e * d) + j] = (float)x[j];
            }
        });
        return new Examples(name, count, d, d, points, points);
    }
}

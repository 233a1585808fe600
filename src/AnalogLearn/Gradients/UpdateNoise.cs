using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;

namespace AnalogLearn.Gradients;

/// <summary>What repeating the same update on the same examples tells of one array.</summary>
/// <param name="Name">The array's or bank's name, or <c>all</c>.</param>
/// <param name="BiasAngle">The angle of the mean update to minus the exact gradient [°], the part of the mean's length that is left of the noise taken out: what no averaging removes.</param>
/// <param name="NoiseRatio">E|u − ū|²/|ū|²: noise of one update, as a share of what it is on the mean, in squares.</param>
/// <param name="Angle">The mean angle of a single update to minus the exact gradient [°].</param>
/// <param name="MeanNorm">|ū|.</param>
public sealed record ArrayNoise(string Name, double BiasAngle, double NoiseRatio, double Angle, double MeanNorm);

/// <summary>
/// The difference of a local update from the exact gradient of the very circuit that it was made on, in two parts. u_1 … u_R are updates for the same examples under fresh noise of reading, of neurons, and (where they are written)
/// of the devices' pulses and steps. ū = Σu_r/R estimates the mean m; with s² = Σ|u_r − ū|²/(R − 1), E|ū|² = |m|² + s²/R, so that |m|² is taken as |ū|² − s²/R:
/// cos(bias) = −ū·g/(|g| √(|ū|² − s²/R)), noise = s²/(|ū|² − s²/R).
/// </summary>
/// <param name="Arrays">Every array and bank that learns.</param>
/// <param name="All">All of them together.</param>
/// <param name="Repeats">R.</param>
public sealed record UpdateNoise(ImmutableArray<ArrayNoise> Arrays, ArrayNoise All, int Repeats)
{
    /// <summary>The numbers of an array, a bank, or <c>all</c>; null when there is none of that name.</summary>
    /// <param name="name">The name, in any case.</param>
    public ArrayNoise? Of(string name) => string.Equals(name, "all", StringComparison.OrdinalIgnoreCase) ? All : Arrays.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>As comma-separated values.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("array,repeats,bias_angle,noise_ratio,angle,mean_norm\n");
        foreach (ArrayNoise a in Arrays.Append(All))
            text.Append(CultureInfo.InvariantCulture, $"{a.Name},{Repeats},{a.BiasAngle:R},{a.NoiseRatio:R},{a.Angle:R},{a.MeanNorm:R}\n");
        return text.ToString();
    }

    /// <summary>Repeats an update.</summary>
    /// <param name="field">The field, its inputs clamped to the examples; its devices are read anew in every repeat.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="learner">The rule on this very field.</param>
    /// <param name="start">Where the free phase starts, examples × states.</param>
    /// <param name="exact">The exact gradient.</param>
    /// <param name="repeats">R, at least 2.</param>
    /// <param name="writes">A field of the same layout with a copy of the devices, and the rates at which updates are written into them, block by block, one after another; what the devices made of each is taken for the update. Null to take what the rule asks for.</param>
    /// <param name="cancellation">Stops early.</param>
    public static UpdateNoise Measure(
        IParametrizedField<double> field,
        Batch<double> targets,
        ILearner<double> learner,
        Batch<double> start,
        ParameterSet<double> exact,
        int repeats,
        (IParametrizedField<double> Copy, IReadOnlyList<double> Rates)? writes = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 2);
        var updates = new List<ParameterSet<double>>();
        var state = new Batch<double>(start.Rows, start.Width);
        for (int r = 0; r < repeats; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            state.CopyFrom(start);
            var update = new ParameterSet<double>(field.Parameters);
            field.Theta.Devices?.Begin(ReadOccasion.Learning(r));
            learner.Learn(state, targets, new BatchPlace(1, 0, r), update, cancellation);
            updates.Add(writes is { } written ? Written(written.Copy, update, written.Rates) : update);
        }

        field.ParametersChanged();
        int[] learning = [.. Enumerable.Range(0, exact.Blocks.Length).Where(b => exact.Layout.Blocks[b].Learn)];
        return new UpdateNoise(
            [.. learning.Select(b => Of(exact.Layout.Blocks[b].Name, exact.Blocks[b], [.. updates.Select(u => u.Blocks[b])]))],
            Of("all", [.. learning.SelectMany(b => exact.Blocks[b])], [.. updates.Select(u => learning.SelectMany(b => u.Blocks[b]).ToArray())]),
            repeats);
    }

    /// <summary>The two parts of some updates of one array.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="gradient">The exact gradient.</param>
    /// <param name="updates">u_1 … u_R.</param>
    internal static ArrayNoise Of(string name, double[] gradient, double[][] updates)
    {
        int n = gradient.Length, count = updates.Length;
        double[] mean = new double[n], descent = Array.ConvertAll(gradient, g => -g);
        foreach (double[] u in updates)
        {
            for (int k = 0; k < n; k++)
                mean[k] += u[k] / count;
        }

        double spread = 0, length = 0, along = 0, slope = 0;
        foreach (double[] u in updates)
        {
            for (int k = 0; k < n; k++)
                spread += (u[k] - mean[k]) * (u[k] - mean[k]) / (count - 1);
        }

        for (int k = 0; k < n; k++)
        {
            length += mean[k] * mean[k];
            along += mean[k] * descent[k];
            slope += descent[k] * descent[k];
        }

        double left = length - (spread / count);
        double angle = updates.Average(u => GradientComparison.Angle(descent, u));
        double bias = spread == 0
            ? GradientComparison.Angle(descent, mean)
            : left > 0 && slope > 0 ? Math.Acos(Math.Clamp(along / Math.Sqrt(left * slope), -1, 1)) * 180 / Math.PI : double.NaN;
        return new ArrayNoise(name, bias, left > 0 ? spread / left : double.PositiveInfinity, angle, Math.Sqrt(length));
    }

    private static ParameterSet<double> Written(IParametrizedField<double> copy, ParameterSet<double> asked, IReadOnlyList<double> rates)
    {
        var made = new ParameterSet<double>(asked.Layout);
        for (int b = 0; b < asked.Blocks.Length; b++)
        {
            if (!asked.Layout.Blocks[b].Learn || !(rates[b] > 0))
                continue;
            double[] before = [.. copy.Theta.Blocks[b]];
            copy.Move(b, asked.Blocks[b], rates[b]);
            for (int k = 0; k < before.Length; k++)
                made.Blocks[b][k] = (copy.Theta.Blocks[b][k] - before[k]) / rates[b];
        }

        return made;
    }
}

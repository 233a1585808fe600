using System.Collections.Immutable;
using AnalogLearn.Interchange;
using AnalogLearn.Numerics;
using AnalogLearn.Plots;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>Some held-out images and what a trained autoencoder makes of them, one after the other: the inputs and the outputs, a row each.</summary>
/// <param name="Inputs">The images.</param>
/// <param name="Outputs">What comes out.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Width">Pixels across.</param>
internal sealed record Reconstruction(ImmutableArray<double[]> Inputs, ImmutableArray<double[]> Outputs, int Height, int Width)
{
    /// <summary>Its file in a run's folder.</summary>
    public const string FileName = "reconstruction.npz";

    private const int Most = 10;
    private const int MostRows = 12;

    /// <summary>Lets a trained network see the first images of the test set, one of each class where there are classes.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="parameters">What was learned.</param>
    /// <returns>The images, or null when it is no autoencoder of images.</returns>
    public static Reconstruction? Of(Experiment experiment, ParameterSet<double> parameters)
    {
        if (experiment is not { Rule: { } rule, Plan: { } plan, Data.Test: { TargetsAreInputs: true, Count: > 0, InputShape: [> 1, > 1] } test } || test.InputShape[0] * test.InputShape[1] != test.InputWidth)
            return null;
        int count = Math.Min(Most, test.Count);
        var inputs = new Batch<double>(count, test.InputWidth);
        test.Gather([.. Enumerable.Range(0, count)], inputs, inputs);
        var field = new RateField<double>(experiment.Network, parameters.To<double>());
        Learning.ILearningSystem<double> system = rule.CreateSystem(field);
        system.Clamp(inputs);
        var state = new Batch<double>(count, field.StateCount);
        for (int e = 0; e < count; e++)
            system.RestingState(state.Row(e));
        system.Settle(state, plan.Evaluation, CancellationToken.None);
        var outputs = ImmutableArray.CreateBuilder<double[]>(count);
        for (int e = 0; e < count; e++)
        {
            double[] output = new double[system.OutputCount];
            system.Read(state.Row(e), output);
            outputs.Add(output);
        }

        return new Reconstruction([.. Enumerable.Range(0, count).Select(e => inputs.Row(e).ToArray())], outputs.MoveToImmutable(), test.InputShape[0], test.InputShape[1]);
    }

    /// <summary>Reads what a run wrote, or returns null.</summary>
    /// <param name="path">The file.</param>
    public static Reconstruction? Read(string path)
    {
        if (!File.Exists(path) || !NumpyArchive.TryReadFile(path, out ImmutableDictionary<string, NumpyArray>? arrays, out _)
            || !arrays.TryGetValue("input", out NumpyArray? inputs) || !arrays.TryGetValue("output", out NumpyArray? outputs) || inputs.Shape is not [_, > 1, > 1] || !inputs.Shape.SequenceEqual(outputs.Shape))
        {
            return null;
        }

        int size = inputs.Shape[1] * inputs.Shape[2];
        return new Reconstruction([.. inputs.ToDoubles().Chunk(size)], [.. outputs.ToDoubles().Chunk(size)], inputs.Shape[1], inputs.Shape[2]);
    }

    /// <summary>Writes both as arrays, images × height × width.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => NumpyArchive.Write(
        stream,
        [
            new("input", NumpyArray.Of<double>([.. Inputs.SelectMany(i => i)], Inputs.Length, Height, Width)),
            new("output", NumpyArray.Of<double>([.. Outputs.SelectMany(i => i)], Outputs.Length, Height, Width)),
        ]);

    /// <summary>The images above what one rule makes of them.</summary>
    /// <param name="label">The rule.</param>
    /// <param name="subtitle">A line below the heading.</param>
    public Figure Draw(string label, string subtitle) => Figures.Reconstructions([("input", [.. Inputs]), (label, [.. Outputs])], Width, Height, subtitle);

    /// <summary>The images above what the points of a sweep make of them, where they saw the same ones; of several repetitions the first.</summary>
    /// <param name="points">The points.</param>
    /// <param name="about">What the deck says of its points.</param>
    /// <param name="subtitle">A line below the heading.</param>
    public static IEnumerable<Figure> Together(IReadOnlyList<(IReadOnlyDictionary<string, double> Step, Reconstruction Images)> points, StudyMeasures about, string subtitle)
    {
        if (points.Count < 2 || !points.All(p => p.Images.Inputs.Zip(points[0].Images.Inputs).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second))))
            yield break;
        Reconstruction first = points[0].Images;
        IEnumerable<(string, IReadOnlyList<double[]>)> rows = points.DistinctBy(p => about.Describe(p.Step), StringComparer.Ordinal).Take(MostRows).Select(p => (about.Describe(p.Step), (IReadOnlyList<double[]>)[.. p.Images.Outputs]));
        yield return Figures.Reconstructions([("input", [.. first.Inputs]), .. rows], first.Width, first.Height, subtitle);
    }
}

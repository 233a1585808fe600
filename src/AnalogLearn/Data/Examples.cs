using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Data;

/// <summary>
/// Examples to learn from or to be tested on: a pair of matrices, inputs [count × inputWidth] and targets
/// [count × targetWidth], one example a row, and for classes the label of each. Immutable.
/// </summary>
/// <remarks>
/// Numbers are kept in single precision, which is what training reads. Where the source gave numbers in double precision
/// (a deck's own lists, csv, npz), they are kept as well, and <see cref="Gather{T}"/> hands those out to a computation in double.
/// </remarks>
public sealed class Examples
{
    private readonly float[] _inputs;
    private readonly float[] _targets;
    private readonly double[]? _preciseInputs;
    private readonly double[]? _preciseTargets;
    private readonly int[]? _labels;
    private readonly int _start; // first row of the shared arrays that belongs to this set

    /// <summary>Examples over arrays in single precision, which they own from here on.</summary>
    /// <param name="name">What the set is called in messages and reports.</param>
    /// <param name="count">Number of examples.</param>
    /// <param name="inputWidth">Numbers an input.</param>
    /// <param name="targetWidth">Numbers a target.</param>
    /// <param name="inputs">count × inputWidth, row after row.</param>
    /// <param name="targets">count × targetWidth, row after row.</param>
    /// <param name="labels">The class index of each example, or null where there are no classes.</param>
    public Examples(string name, int count, int inputWidth, int targetWidth, float[] inputs, float[] targets, int[]? labels = null)
        : this(name, 0, count, inputWidth, targetWidth, inputs, targets, null, null, labels)
    {
        if (inputs.Length != (long)count * inputWidth)
            throw new ArgumentException("The inputs are not count × inputWidth numbers.", nameof(inputs));
        if (targets.Length != (long)count * targetWidth)
            throw new ArgumentException("The targets are not count × targetWidth numbers.", nameof(targets));
        if (labels is not null && labels.Length != count)
            throw new ArgumentException("There is not one label for each example.", nameof(labels));
    }

    private Examples(
        string name, int start, int count, int inputWidth, int targetWidth, float[] inputs, float[] targets, double[]? preciseInputs, double[]? preciseTargets, int[]? labels)
    {
        Name = name;
        _start = start;
        Count = count;
        InputWidth = inputWidth;
        TargetWidth = targetWidth;
        _inputs = inputs;
        _targets = targets;
        _preciseInputs = preciseInputs;
        _preciseTargets = preciseTargets;
        _labels = labels;
        InputShape = [inputWidth];
    }

    /// <summary>What the set is called in messages and reports, such as <c>mnist train</c>.</summary>
    public string Name { get; }

    /// <summary>Number of examples.</summary>
    public int Count { get; }

    /// <summary>Numbers an input.</summary>
    public int InputWidth { get; }

    /// <summary>Numbers a target.</summary>
    public int TargetWidth { get; }

    /// <summary>The shape of one input: <c>[28, 28]</c> (rows, columns) for a picture, <c>[inputWidth]</c> where none is known.</summary>
    public ImmutableArray<int> InputShape { get; private init; }

    /// <summary>What the classes are called, by index; empty where there are no classes.</summary>
    public ImmutableArray<string> ClassNames { get; private init; } = [];

    /// <summary>Whether every example has a class.</summary>
    public bool HasLabels => _labels is not null;

    /// <summary>Whether the numbers are held in double precision too.</summary>
    public bool IsPrecise => _preciseInputs is not null;

    /// <summary>Whether the targets are the inputs themselves, as for an autoencoder.</summary>
    public bool TargetsAreInputs => ReferenceEquals(_inputs, _targets) && InputWidth == TargetWidth;

    /// <summary>All inputs, count × inputWidth, row after row.</summary>
    public ReadOnlySpan<float> Inputs => _inputs.AsSpan(_start * InputWidth, Count * InputWidth);

    /// <summary>All targets, count × targetWidth, row after row.</summary>
    public ReadOnlySpan<float> Targets => _targets.AsSpan(_start * TargetWidth, Count * TargetWidth);

    /// <summary>The class index of each example; empty where there are no classes.</summary>
    public ReadOnlySpan<int> Labels => _labels is null ? [] : _labels.AsSpan(_start, Count);

    /// <summary>Examples whose numbers were given in double precision; the arrays are theirs from here on.</summary>
    /// <param name="name">What the set is called.</param>
    /// <param name="count">Number of examples.</param>
    /// <param name="inputWidth">Numbers an input.</param>
    /// <param name="targetWidth">Numbers a target.</param>
    /// <param name="inputs">count × inputWidth, row after row.</param>
    /// <param name="targets">count × targetWidth, row after row.</param>
    /// <param name="labels">The class index of each example, or null.</param>
    public static Examples OfDoubles(string name, int count, int inputWidth, int targetWidth, double[] inputs, double[] targets, int[]? labels = null)
    {
        var single = new Examples(
            name, count, inputWidth, targetWidth, Array.ConvertAll(inputs, v => (float)v), Array.ConvertAll(targets, v => (float)v), labels);
        return new(name, 0, count, inputWidth, targetWidth, single._inputs, single._targets, inputs, targets, labels);
    }

    /// <summary>Target rows for classes: 1 at the class, 0 elsewhere.</summary>
    /// <param name="labels">Class indices in 0 … classCount − 1.</param>
    /// <param name="classCount">Number of classes, the width of a row.</param>
    /// <returns>labels.Length × classCount numbers.</returns>
    public static float[] OneHot(ReadOnlySpan<int> labels, int classCount)
    {
        var targets = new float[labels.Length * classCount];
        for (int i = 0; i < labels.Length; i++)
        {
            targets[(i * classCount) + labels[i]] = 1;
        }

        return targets;
    }

    /// <summary>The input of one example.</summary>
    /// <param name="row">Its number, from 0.</param>
    /// <returns>inputWidth numbers.</returns>
    public ReadOnlySpan<float> Input(int row) => Inputs.Slice(row * InputWidth, InputWidth);

    /// <summary>The target of one example.</summary>
    /// <param name="row">Its number, from 0.</param>
    /// <returns>targetWidth numbers.</returns>
    public ReadOnlySpan<float> Target(int row) => Targets.Slice(row * TargetWidth, TargetWidth);

    /// <summary>The first examples.</summary>
    /// <param name="count">How many at most.</param>
    /// <returns>A view of the first min(count, Count) examples; no numbers are copied.</returns>
    public Examples Head(int count) => Slice(0, Math.Min(count, Count));

    /// <summary>A run of examples.</summary>
    /// <param name="start">The first one, from 0.</param>
    /// <param name="count">How many.</param>
    /// <returns>A view; no numbers are copied.</returns>
    public Examples Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new(Name, _start + start, count, InputWidth, TargetWidth, _inputs, _targets, _preciseInputs, _preciseTargets, _labels)
        {
            InputShape = InputShape,
            ClassNames = ClassNames,
        };
    }

    /// <summary>Chosen examples, in the order given.</summary>
    /// <param name="rows">Their numbers.</param>
    /// <param name="name">What the new set is called, or null for this one's name.</param>
    /// <returns>A copy.</returns>
    public Examples Select(ReadOnlySpan<int> rows, string? name = null)
    {
        return new(
            name ?? Name,
            0,
            rows.Length,
            InputWidth,
            TargetWidth,
            Pick<float>(_inputs, rows, InputWidth),
            Pick<float>(_targets, rows, TargetWidth),
            _preciseInputs is null ? null : Pick<double>(_preciseInputs, rows, InputWidth),
            _preciseTargets is null ? null : Pick<double>(_preciseTargets, rows, TargetWidth),
            _labels is null ? null : Pick<int>(_labels, rows, 1))
        {
            InputShape = InputShape,
            ClassNames = ClassNames,
        };
    }

    /// <summary>The same examples with their inputs as targets, for an autoencoder; no numbers are copied, labels are left behind.</summary>
    public Examples AsAutoencoder() => new(Name, _start, Count, InputWidth, InputWidth, _inputs, _inputs, _preciseInputs, _preciseInputs, null) { InputShape = InputShape };

    /// <summary>The mean of each input over the examples.</summary>
    /// <returns>inputWidth numbers; zeros without examples.</returns>
    public double[] MeanInput() => Mean(_inputs, _preciseInputs, InputWidth);

    /// <summary>The mean of each target over the examples.</summary>
    /// <returns>targetWidth numbers; zeros without examples.</returns>
    public double[] MeanTarget() => Mean(_targets, _preciseTargets, TargetWidth);

    /// <summary>The same examples with something subtracted from every input.</summary>
    /// <param name="origin">What to subtract, inputWidth numbers.</param>
    /// <returns>A copy of the inputs; where they are the targets too, of these as well.</returns>
    public Examples InputsFrom(ReadOnlySpan<double> origin)
    {
        var single = new float[Count * InputWidth];
        double[]? precise = _preciseInputs is null ? null : new double[Count * InputWidth];
        for (int e = 0; e < Count; e++)
        {
            for (int j = 0; j < InputWidth; j++)
            {
                int from = ((_start + e) * InputWidth) + j, to = (e * InputWidth) + j;
                double value = (_preciseInputs is null ? _inputs[from] : _preciseInputs[from]) - origin[j];
                single[to] = (float)value;
                if (precise is not null)
                    precise[to] = value;
            }
        }

        bool both = TargetsAreInputs;
        float[] targets = both ? single : Targets.ToArray();
        double[]? preciseTargets = both ? precise : _preciseTargets?.AsSpan(_start * TargetWidth, Count * TargetWidth).ToArray();
        return new(Name, 0, Count, InputWidth, TargetWidth, single, targets, precise, preciseTargets, _labels is null ? null : Labels.ToArray()) { InputShape = InputShape, ClassNames = ClassNames };
    }

    /// <summary>The same examples under another name; no numbers are copied.</summary>
    /// <param name="name">The name.</param>
    public Examples Named(string name) => Copy(name, InputShape, ClassNames);

    /// <summary>The same examples with names for their classes; no numbers are copied.</summary>
    /// <param name="names">The names, by class index.</param>
    public Examples WithClasses(ImmutableArray<string> names) => Copy(Name, InputShape, names);

    /// <summary>The same examples with a shape for their inputs; no numbers are copied.</summary>
    /// <param name="shape">Rows and columns of a picture, or more axes; their product is the input width.</param>
    public Examples WithShape(ImmutableArray<int> shape)
    {
        if (shape.Aggregate(1, (a, b) => a * b) != InputWidth)
            throw new ArgumentException("The shape does not hold as many numbers as an input.", nameof(shape));
        return Copy(Name, shape, ClassNames);
    }

    /// <summary>Copies chosen examples into a batch; nothing is allocated.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="rows">The examples' numbers.</param>
    /// <param name="inputs">At least rows.Length × inputWidth.</param>
    /// <param name="targets">At least rows.Length × targetWidth, or null where they are not wanted.</param>
    public void Gather<T>(ReadOnlySpan<int> rows, Batch<T> inputs, Batch<T>? targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckWidth(inputs.Width, InputWidth, inputs.Rows, rows.Length, nameof(inputs));
        if (targets is not null)
            CheckWidth(targets.Width, TargetWidth, targets.Rows, rows.Length, nameof(targets));
        foreach (int row in rows)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(rows));
        CopyRows(_inputs, _preciseInputs, rows, inputs);
        if (targets is not null && !ReferenceEquals(targets, inputs))
            CopyRows(_targets, _preciseTargets, rows, targets);
    }

    /// <summary>How many examples each class has.</summary>
    /// <returns>One number a class, as many as there are class names, or targets where there are no names; empty without labels.</returns>
    public int[] ClassCounts()
    {
        if (_labels is null)
            return [];
        int classes = Math.Max(ClassNames.Length, ClassNames.IsEmpty ? TargetWidth : 0);
        foreach (int label in Labels)
        {
            classes = Math.Max(classes, label + 1);
        }

        var counts = new int[classes];
        foreach (int label in Labels)
        {
            counts[label]++;
        }

        return counts;
    }

    private double[] Mean(float[] single, double[]? precise, int width)
    {
        var mean = new double[width];
        for (int e = 0; e < Count; e++)
        {
            for (int j = 0; j < width; j++)
            {
                int at = ((_start + e) * width) + j;
                mean[j] += precise is null ? single[at] : precise[at];
            }
        }

        for (int j = 0; j < width && Count > 0; j++)
            mean[j] /= Count;
        return mean;
    }

    private Examples Copy(string name, ImmutableArray<int> shape, ImmutableArray<string> classes)
    {
        return new(name, _start, Count, InputWidth, TargetWidth, _inputs, _targets, _preciseInputs, _preciseTargets, _labels)
        {
            InputShape = shape,
            ClassNames = classes,
        };
    }

    private static void CheckWidth(int width, int expected, int rows, int needed, string argument)
    {
        if (width != expected || rows < needed)
            throw new ArgumentException("The batch is too small or differs in width.", argument);
    }

    private void CopyRows<T>(float[] single, double[]? precise, ReadOnlySpan<int> rows, Batch<T> into)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (precise is null || typeof(T) == typeof(float))
            RowGather.Copy<float, T>(single, _start, rows, into);
        else
            RowGather.Copy<double, T>(precise, _start, rows, into);
    }

    private T[] Pick<T>(T[] from, ReadOnlySpan<int> rows, int width)
    {
        var picked = new T[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rows[i], (uint)Count, nameof(rows));
            from.AsSpan((_start + rows[i]) * width, width).CopyTo(picked.AsSpan(i * width, width));
        }

        return picked;
    }
}

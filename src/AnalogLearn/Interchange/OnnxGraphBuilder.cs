namespace AnalogLearn.Interchange;

/// <summary>
/// Writes one ONNX graph, node after node, with value names that are unique across the graph and those nested in it. Constants always go to the outermost
/// graph, where nested graphs see them, and equal numbers are written once.
/// </summary>
internal sealed class OnnxGraphBuilder
{
    private readonly OnnxGraphBuilder _outermost;
    private readonly HashSet<string> _names;
    private readonly Dictionary<string, string> _constants;

    /// <summary>The outermost graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reserved">Names that only the given inputs and outputs may have.</param>
    public OnnxGraphBuilder(string name, IEnumerable<string> reserved)
    {
        Graph.Name = name;
        _outermost = this;
        _names = new HashSet<string>(reserved, StringComparer.Ordinal);
        _constants = new Dictionary<string, string>(StringComparer.Ordinal);
    }

    private OnnxGraphBuilder(string name, OnnxGraphBuilder outer)
    {
        Graph.Name = name;
        _outermost = outer._outermost;
        _names = outer._names;
        _constants = outer._constants;
    }

    /// <summary>The graph so far.</summary>
    public OnnxGraph Graph { get; } = new();

    /// <summary>A graph inside this one.</summary>
    /// <param name="name">Its name.</param>
    public OnnxGraphBuilder Nested(string name) => new(name, this);

    /// <summary>A name that no other value has, as near to the wanted one as can be.</summary>
    /// <param name="wanted">The wanted name.</param>
    public string Unique(string wanted)
    {
        string name = wanted;
        for (int k = 1; !_names.Add(name); k++)
            name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{wanted}.{k}");
        return name;
    }

    /// <summary>Adds a node with one result and gives the result's name.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="result">The wanted name of its result.</param>
    /// <param name="inputs">Names of its inputs; empty where an optional one is not given.</param>
    public string Add(string operation, string result, params ReadOnlySpan<string> inputs) => Add(operation, Unique(result), [], inputs);

    /// <summary>Adds a node whose result must have the very name given.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="result">The name of its result.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Names of its inputs; empty where an optional one is not given.</param>
    public string Add(string operation, string result, ReadOnlySpan<OnnxAttribute> attributes, params ReadOnlySpan<string> inputs)
    {
        var node = new OnnxNode { Operator = operation, Name = $"{operation}:{result}" };
        node.Inputs.AddRange(inputs);
        node.Outputs.Add(result);
        node.Attributes.AddRange(attributes);
        Graph.Nodes.Add(node);
        return result;
    }

    /// <summary>A named constant of floats.</summary>
    public string Constant(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values, string doc)
    {
        string unique = Unique(name);
        _outermost.Graph.Constants.Add(OnnxConstant.Of(unique, shape, values, doc));
        return unique;
    }

    /// <summary>One number, or one a neuron when they differ.</summary>
    /// <param name="name">What it is, for its name.</param>
    /// <param name="values">One a neuron.</param>
    public string PerNeuron(string name, ReadOnlySpan<double> values)
    {
        if (IsUniform(values))
            return Scalar(values[0]);
        var floats = new float[values.Length];
        for (int k = 0; k < floats.Length; k++)
            floats[k] = (float)values[k];
        return Constant(name, [values.Length], floats, string.Empty);
    }

    /// <summary>A float without dimensions.</summary>
    public string Scalar(double value)
    {
        string key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(float)value:R}");
        return Shared(key, name => OnnxConstant.Of(name, [], [(float)value]));
    }

    /// <summary>A list of integers.</summary>
    public string Integers(params long[] values)
    {
        string key = $"[{string.Join(',', values.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]";
        return Shared(key, name => OnnxConstant.Of(name, [values.Length], values));
    }

    /// <summary>An integer without dimensions.</summary>
    public string Integer(long value)
    {
        string key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}i");
        return Shared(key, name => OnnxConstant.Of(name, [], [value]));
    }

    /// <summary>The constant "true".</summary>
    public string True() => Shared("true", name => new OnnxConstant { Name = name, Type = OnnxType.Bool, Raw = [1] });

    /// <summary>Whether all numbers are the same.</summary>
    public static bool IsUniform(ReadOnlySpan<double> values) => !values.ContainsAnyExcept(values[0]);

    private string Shared(string key, Func<string, OnnxConstant> make)
    {
        if (_constants.TryGetValue(key, out string? known))
            return known;
        string name = Unique($"constant.{key}");
        _outermost.Graph.Constants.Add(make(name));
        _constants.Add(key, name);
        return name;
    }
}

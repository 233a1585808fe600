using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>A parameter: its expression, and its value once someone has asked for it.</summary>
internal sealed class ParameterEntry(string name, ExpressionSyntax? expression, Scope scope, SourceSpan span)
{
    public string Name { get; } = name;

    public ExpressionSyntax? Expression { get; set; } = expression;

    /// <summary>Where the expression's names are looked up.</summary>
    public Scope Scope { get; set; } = scope;

    public SourceSpan Span { get; } = span;

    /// <summary>Whether random functions in it give their nominal value: it only serves to find out how wide something is.</summary>
    public bool IsFixed { get; init; }

    public ParameterState State { get; set; }

    public double Value { get; set; }
}

internal enum ParameterState
{
    Unknown,
    InProgress,
    Known,
    Failed,
}

/// <summary>A function of the deck.</summary>
internal sealed record FunctionEntry(FunctionSyntax Syntax, Scope Scope, ImmutableArray<string> Parameters)
{
    public bool InProgress { get; set; }
}

/// <summary>A model card, and the model once someone has asked for it.</summary>
internal sealed class ModelEntry(ModelSyntax syntax, Scope scope)
{
    public ModelSyntax Syntax { get; } = syntax;

    public Scope Scope { get; } = scope;

    public bool IsEvaluated { get; set; }

    public Model? Model { get; set; }
}

/// <summary>A subcircuit as it was written, with what was found in it.</summary>
internal sealed class SubcircuitEntry(SubcircuitSyntax syntax, Scope scope, ImmutableStack<string> files)
{
    public SubcircuitSyntax Syntax { get; } = syntax;

    /// <summary>Where it was defined.</summary>
    public Scope Scope { get; } = scope;

    /// <summary>The chain of files that it stands in.</summary>
    public ImmutableStack<string> Files { get; } = files;

    /// <summary>Its lines, includes resolved; filled at first use.</summary>
    public List<(StatementSyntax Statement, ImmutableStack<string> Files)>? Body { get; set; }

    public bool InProgress { get; set; }

    public bool Used { get; set; }

    public bool PortsChecked { get; set; }
}

/// <summary>Nodes that a name stands for in a scope.</summary>
internal readonly record struct NodeSlice(Bus Bus, int Start, int Count)
{
    /// <summary>The index of the first node of the whole bus in <see cref="Circuit.Nodes"/>.</summary>
    public int Base { get; init; } = -1;

    /// <summary>Whether an element is known to stand on it.</summary>
    public bool IsConnected { get; init; }

    public bool IsGround => ReferenceEquals(Bus, Scope.Ground);

    public string Node(int k) => IsGround ? "0" : Bus.NodeName(Start + k);

    /// <summary>The index of a node; −1 for ground.</summary>
    public int Index(int k) => IsGround ? -1 : Base + Start + k;
}

/// <summary>The names that are in reach: of the deck, or of one instance of a subcircuit.</summary>
internal sealed class Scope(Scope? parent, string prefix)
{
    public static readonly Bus Ground = new("0", 0, 1) { IsPlain = true };

    /// <summary>The scope around the definition; null for the deck.</summary>
    public Scope? Parent { get; } = parent;

    /// <summary><c>x1.</c> for the inside of X1, empty for the deck.</summary>
    public string Prefix { get; } = prefix;

    /// <summary><c>amp/</c> for the inside of instances of the subcircuit amp, whichever they are; empty for the deck.</summary>
    public string Definition { get; init; } = string.Empty;

    public Scope Root => Parent?.Root ?? this;

    public Dictionary<string, ParameterEntry> Parameters { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, FunctionEntry> Functions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ModelEntry> Models { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, SubcircuitEntry> Subcircuits { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, NodeSlice> Nodes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, NodeSlice>.AlternateLookup<ReadOnlySpan<char>> NodesBySpan => Nodes.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The first index of each port that is a bus, as the subcircuit writes it.</summary>
    public Dictionary<string, int> PortLows { get; } = new(StringComparer.Ordinal);

    public ParameterEntry? Parameter(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Parameters.TryGetValue(name, out ParameterEntry? found))
                return found;
        }

        return null;
    }

    public FunctionEntry? Function(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Functions.TryGetValue(name, out FunctionEntry? found))
                return found;
        }

        return null;
    }

    public ModelEntry? Model(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Models.TryGetValue(name, out ModelEntry? found))
                return found;
        }

        return null;
    }

    public SubcircuitEntry? Subcircuit(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Subcircuits.TryGetValue(name, out SubcircuitEntry? found))
                return found;
        }

        return null;
    }

    public IEnumerable<string> Reach(Func<Scope, IEnumerable<string>> names)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            foreach (string name in names(scope))
                yield return name;
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>What an argument of a quantity's function must be.</summary>
public enum QuantityArgument
{
    /// <summary>A node: <c>y[0]</c>.</summary>
    Node,

    /// <summary>A synapse array or a neuron bank: <c>Yxh</c>.</summary>
    Block,

    /// <summary>A synapse array, a neuron bank, or <c>all</c>.</summary>
    BlockOrAll,

    /// <summary>The number of a postsynaptic node in its bus, from 0.</summary>
    Row,

    /// <summary>The number of a presynaptic node in its bus, from 0.</summary>
    Column,

    /// <summary>An epoch.</summary>
    Epoch,

    /// <summary>An element: <c>v1</c>.</summary>
    Element,

    /// <summary>A parameter of an element: <c>tc1</c>.</summary>
    Word,
}

/// <summary>A function that gives quantities of an analysis: <c>v(node)</c>, <c>cosine(Yxh)</c>, <c>weight(Yxh,i,j)</c>.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Required">How many arguments it needs.</param>
/// <param name="Arguments">What they are.</param>
public sealed record QuantityFunction(string Name, int Required, params ImmutableArray<QuantityArgument> Arguments);

/// <summary>A quantity that a measure asks for, its arguments found.</summary>
/// <param name="Name">Its name, lower case.</param>
/// <param name="Node">The node, or empty.</param>
/// <param name="OtherNode">The second node, or empty.</param>
/// <param name="Block">The place of the array or bank in the layout; −1 for <c>all</c> or none.</param>
/// <param name="OtherBlock">That of the second one, or −1.</param>
/// <param name="Row">i, or the epoch.</param>
/// <param name="Column">j.</param>
/// <remarks>A request for a quantity of an element has the element's name as <paramref name="Node"/>, and a parameter's name as <paramref name="OtherNode"/>.</remarks>
public sealed record QuantityRequest(string Name, string Node = "", string OtherNode = "", int Block = -1, int OtherBlock = -1, int Row = 0, int Column = 0)
{
    /// <summary>Whether the quantity was asked for as a function.</summary>
    public bool IsCall { get; init; }
}

/// <summary>What the measures of one analysis may name, known before it runs.</summary>
/// <param name="Analysis">op, tran, train or compare.</param>
/// <param name="Names">Quantities without arguments.</param>
/// <param name="Functions">Quantities with arguments.</param>
public sealed record QuantityTable(string Analysis, ImmutableArray<string> Names, ImmutableArray<QuantityFunction> Functions)
{
    private const QuantityArgument Node = QuantityArgument.Node;
    private const QuantityArgument Block = QuantityArgument.Block;
    private const QuantityArgument BlockOrAll = QuantityArgument.BlockOrAll;
    private const QuantityArgument Row = QuantityArgument.Row;
    private const QuantityArgument Column = QuantityArgument.Column;
    private const QuantityArgument Epoch = QuantityArgument.Epoch;
    private const QuantityArgument Element = QuantityArgument.Element;

    private static readonly ImmutableArray<string> s_epochQuantities =
    [
        "test_accuracy", "test_error", "test_cost", "train_accuracy", "train_error", "train_cost", "residual", "free_residual", "nudged_residual",
        "free_steps", "nudged_steps", "unsettled",
    ];

    /// <summary>States of devices, such as memristors.</summary>
    private static readonly ImmutableArray<QuantityFunction> s_states = [new("x", 1, Element), new("gap", 1, Element)];

    /// <summary>Of <c>.op</c>.</summary>
    public static QuantityTable OperatingPoint { get; } = new("op", ["residual", "steps"], [new("v", 1, Node, Node), new("i", 1, Element), .. s_states]);

    /// <summary>Of <c>.dc</c>.</summary>
    public static QuantityTable DirectSweep { get; } = new("dc", ["sweep"], [new("v", 1, Node, Node), new("i", 1, Element), .. s_states]);

    /// <summary>Of <c>.ac</c>. <c>v()</c> and <c>i()</c> are magnitudes; phases are in radians, as ngspice gives them.</summary>
    public static QuantityTable SmallSignal { get; } = new(
        "ac",
        ["frequency"],
        [
            .. new[] { "v", "vm", "vp", "vdb", "vr", "vi" }.Select(n => new QuantityFunction(n, 1, Node, Node)),
            .. new[] { "i", "im", "ip", "idb", "ir", "ii" }.Select(n => new QuantityFunction(n, 1, Element)),
        ]);

    /// <summary>Of <c>.noise</c>.</summary>
    public static QuantityTable Noise { get; } = new("noise", ["frequency", "onoise_spectrum", "inoise_spectrum", "onoise_total", "inoise_total"], []);

    /// <summary>Of <c>.tf</c>.</summary>
    public static QuantityTable TransferFunction { get; } = new("tf", ["transfer_function", "input_impedance", "output_impedance"], []);

    /// <summary>Of <c>.sens</c>.</summary>
    public static QuantityTable Sensitivity { get; } = new("sens", ["frequency", "value"], [new("sens", 1, Element, QuantityArgument.Word)]);

    /// <summary>Of <c>.tran</c>.</summary>
    public static QuantityTable Transient { get; } = new("tran", ["time"], [new("v", 1, Node, Node), new("i", 1, Element), .. s_states]);

    /// <summary>Of <c>.train</c>. Each quantity of an epoch is that of the last one, or with a number that of the epoch of this number.</summary>
    public static QuantityTable Training { get; } = new(
        "train",
        [.. s_epochQuantities, "epochs", "best_test_accuracy", "best_test_error"],
        [
            .. s_epochQuantities.Select(q => new QuantityFunction(q, 1, Epoch)),
            new("cosine", 1, BlockOrAll, Block),
            new("alignment", 2, Block, Block),
            new("angle", 1, BlockOrAll),
            new("weight", 2, Block, Row, Column),
            new("bias", 2, Block, Row),
            new("pulses", 1, BlockOrAll),
            new("refreshes", 1, BlockOrAll),
            new("stuck", 1, BlockOrAll),
        ]);

    /// <summary>Of <c>.compare</c>.</summary>
    public static QuantityTable Comparison { get; } = new(
        "compare",
        ["examples", "left_out", "residual"],
        [
            new("cosine", 1, BlockOrAll),
            new("angle", 1, BlockOrAll),
            new("norm_ratio", 1, BlockOrAll),
            new("rel_error", 1, BlockOrAll),
            new("sign_agreement", 1, BlockOrAll),
            new("bias_angle", 1, BlockOrAll),
            new("noise_ratio", 1, BlockOrAll),
            new("gradient", 2, Block, Row, Column),
            new("update", 2, Block, Row, Column),
            new("weight", 2, Block, Row, Column),
        ]);

    /// <summary>All of them.</summary>
    public static ImmutableArray<QuantityTable> All { get; } = [OperatingPoint, DirectSweep, SmallSignal, Transient, Noise, TransferFunction, Sensitivity, Training, Comparison];

    /// <summary>Whether the analysis gives quantities over an axis.</summary>
    public bool HasAxis => Analysis is "dc" or "ac" or "tran" or "noise" or "sens";

    /// <summary>The quantities of an analysis, or null when this version measures nothing of it.</summary>
    /// <param name="analysis">Its name.</param>
    public static QuantityTable? Find(string analysis) => All.FirstOrDefault(t => t.Analysis == analysis);
}

/// <summary>
/// Gives the names in a measure's expression their meaning: quantities of its analysis, measures above it, parameters of the deck. Used twice: before a run,
/// to tell of names that mean nothing, and after it, to evaluate.
/// </summary>
/// <param name="deck">The deck.</param>
/// <param name="circuit">The circuit that is simulated: the deck's, with the ties that the rule asked for.</param>
/// <param name="layout">The arrays and banks of its network.</param>
public sealed class QuantityNames(Deck deck, Circuit circuit, ParameterLayout layout)
{
    private readonly NodeNames _nodes = new(circuit);

    /// <summary>Evaluates an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="table">What its analysis offers.</param>
    /// <param name="quantity">The value of a quantity.</param>
    /// <param name="measures">The measures so far, by name in any case.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The value, or null when it has none.</returns>
    public double? Evaluate(MeasureExpression expression, QuantityTable table, Func<QuantityRequest, double> quantity, IReadOnlyDictionary<string, double> measures, DiagnosticBag diagnostics)
    {
        var found = new DiagnosticBag();
        bool failed = false;
        var evaluator = new SymbolEvaluator(
            found,
            name =>
            {
                if (table.Names.Contains(name))
                    return Checked(quantity(new QuantityRequest(name)));
                return measures.TryGetValue(name, out double above) ? Checked(above) : deck.Parameters.TryGetValue(name, out double parameter) ? parameter : null;
            },
            call => Request(call, table, found, measures) is { } request ? Checked(quantity(request)) : null);
        bool done = evaluator.TryEvaluate(expression.Tree, out double value);
        if (failed)
            return double.NaN;
        expression.Tell(found, diagnostics);
        return done ? value : null;

        // A quantity that a run could not give (a diverged cost, say) makes the measure NaN, not the deck wrong.
        double Checked(double number)
        {
            failed |= !double.IsFinite(number);
            return double.IsFinite(number) ? number : 1;
        }
    }

    /// <summary>Tells of every name in an expression that means nothing.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="table">What its analysis offers.</param>
    /// <param name="measures">Names of the measures above.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    public void Check(MeasureExpression expression, QuantityTable table, IReadOnlyCollection<string> measures, DiagnosticBag diagnostics)
    {
        var found = new DiagnosticBag();
        var open = new Stack<ExpressionSyntax>();
        open.Push(expression.Tree);
        while (open.TryPop(out ExpressionSyntax? next))
        {
            switch (next)
            {
                case NameExpression name when !IsKnown(name.Name, table, measures):
                    string[] names = [.. table.Names, .. measures, .. deck.Parameters.Keys];
                    found.Error(
                        "AL0950",
                        name.Span,
                        $"there is nothing called '{name.Name}' to measure in .{table.Analysis}",
                        NameSuggestion.Nearest(name.Name, [.. names, .. table.Functions.Select(f => f.Name)]) is { } near
                            ? $"did you mean '{near}'?"
                            : $"there are: {string.Join(", ", names.Concat(table.Functions.Select(f => f.Name + "(…)")).Take(40))}");
                    break;
                case UnaryExpression or BinaryExpression or ConditionalExpression:
                    next.PushParts(open);
                    break;
                case CallExpression call when table.Functions.Any(f => f.Name == call.Name):
                    Request(call, table, found, null);
                    break;
                case CallExpression call when Functions.TryArity(call.Name, out _, out _):
                    next.PushParts(open);
                    break;
                case CallExpression call:
                    IEnumerable<string> functions = table.Functions.Select(f => f.Name).Concat(Functions.Names);
                    found.Error(
                        "AL0950",
                        call.NameSpan,
                        $"there is no {call.Name}(…) to measure in .{table.Analysis}",
                        NameSuggestion.Nearest(call.Name, functions) is { } meant ? $"did you mean '{meant}'?" : $"there are: {string.Join(", ", table.Functions.Select(f => f.Name + "(…)").Distinct())}");
                    break;
            }
        }

        expression.Tell(found, diagnostics);
    }

    private static bool HasCurrent(Element element) => element.Kind is 'v' or 'e' or 'h' or 'l' || (element.Kind == 'b' && element.Expressions.ContainsKey("v"));

    private static bool IsConstant(string name) => Functions.Constant(name) is not null;

    private static string Words(ExpressionSyntax syntax) => syntax.Span.Text.Trim().ToString();

    private bool IsKnown(string name, QuantityTable table, IReadOnlyCollection<string> measures) =>
        table.Names.Contains(name) || IsConstant(name) || deck.Parameters.ContainsKey(name) || measures.Contains(name, StringComparer.OrdinalIgnoreCase);

    private QuantityRequest? Request(CallExpression call, QuantityTable table, DiagnosticBag found, IReadOnlyDictionary<string, double>? measures)
    {
        QuantityFunction[] named = [.. table.Functions.Where(f => f.Name == call.Name)];
        if (named.Length == 0)
            return null;
        QuantityFunction function = named[0];
        int least = function.Required;
        int most = function.Arguments.Length;
        if (call.Arguments.Length < least || call.Arguments.Length > most)
        {
            string wanted = least == most ? least.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
            found.Error("AL0952", call.Span, string.Create(CultureInfo.InvariantCulture, $"{call.Name}() takes {wanted} arguments, not {call.Arguments.Length}"));
            return null;
        }

        var request = new QuantityRequest(call.Name) { IsCall = true };
        ParameterBlock? block = null;
        bool transposed = false;
        for (int k = 0; k < call.Arguments.Length; k++)
        {
            ExpressionSyntax argument = call.Arguments[k];
            string text = Words(argument);
            switch (function.Arguments[k])
            {
                case QuantityArgument.Node:
                    if (text is "0" or "gnd" && k > 0)
                        break;
                    if (NodeOf(argument, measures) is not { } node)
                    {
                        _nodes.TellUnknown(text, argument.Span, found);
                        return null;
                    }

                    request = k == 0 ? request with { Node = node } : request with { OtherNode = node };
                    break;
                case QuantityArgument.Element:
                    if (circuit.Element(text.ToLowerInvariant()) is not { } element)
                    {
                        string[] elements = [.. circuit.Elements.Select(e => e.Name)];
                        found.Error("AL0951", argument.Span, $"there is no element '{text}'", NameSuggestion.Nearest(text.ToLowerInvariant(), elements) is { } close ? $"did you mean '{close}'?" : null);
                        return null;
                    }

                    if (call.Name[0] == 'i' && !HasCurrent(element))
                    {
                        found.Error(
                            "AL0951",
                            argument.Span,
                            $"the current through '{text}' is not among the unknowns of the circuit",
                            "currents of V, E, H, L and of B with V= are; put a voltage source of 0 V in series and ask for its current");
                        return null;
                    }

                    request = request with { Node = element.Name };
                    break;
                case QuantityArgument.Word:
                    request = request with { OtherNode = text.ToLowerInvariant() };
                    break;
                case QuantityArgument.BlockOrAll when text.Equals("all", StringComparison.OrdinalIgnoreCase):
                    break;
                case QuantityArgument.Block or QuantityArgument.BlockOrAll:
                    string? tiedTo = circuit.Array(text)?.TiedTo;
                    int at = layout.IndexOf(tiedTo ?? text);
                    if (at < 0)
                    {
                        string[] known = [.. layout.Blocks.Select(b => b.Name)];
                        found.Error("AL0953", argument.Span, $"there is no synapse array or neuron bank '{text}'", NameSuggestion.Nearest(text, known) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", known)}");
                        return null;
                    }

                    block = layout.Blocks[at];
                    transposed = tiedTo is not null;
                    request = k == 0 ? request with { Block = at } : request with { OtherBlock = at };
                    break;
                case QuantityArgument.Row when Index(argument, transposed ? block!.Columns : block!.Rows, "post", found, measures) is { } row:
                    request = transposed ? request with { Column = row } : request with { Row = row };
                    break;
                case QuantityArgument.Column when Index(argument, transposed ? block!.Rows : block!.Columns, "pre", found, measures) is { } column:
                    request = transposed ? request with { Row = column } : request with { Column = column };
                    break;
                case QuantityArgument.Epoch when Index(argument, int.MaxValue, "epoch", found, measures) is { } epoch:
                    request = request with { Row = epoch };
                    break;
                default:
                    return null;
            }
        }

        if (function.Arguments.Contains(QuantityArgument.Column) && block is { Kind: ParameterKind.Weights } && call.Arguments.Length < most)
        {
            found.Error("AL0952", call.Span, $"{call.Name}() of an array needs i (post) and j (pre): {call.Name}({block.Name},0,0)");
            return null;
        }

        return request;
    }

    private string? NodeOf(ExpressionSyntax argument, IReadOnlyDictionary<string, double>? measures)
    {
        if (argument is ReferenceExpression { Reference: BusSyntax { Last: null, First: ExpressionValueSyntax index } bus })
        {
            var found = new DiagnosticBag();
            return Number(index.Expression, found, measures) is { } number
                ? _nodes.Find(string.Create(CultureInfo.InvariantCulture, $"{bus.Name.Text}[{number}]"))
                : null;
        }

        return _nodes.Find(Words(argument));
    }

    private double? Number(ExpressionSyntax expression, DiagnosticBag found, IReadOnlyDictionary<string, double>? measures)
    {
        var evaluator = new SymbolEvaluator(
            found,
            name => deck.Parameters.TryGetValue(name, out double p) ? p : measures is not null && measures.TryGetValue(name, out double m) ? m : null,
            null,
            deck.Parameters.Keys);
        return evaluator.TryEvaluate(expression, out double value) ? value : null;
    }

    private int? Index(ExpressionSyntax argument, int count, string what, DiagnosticBag found, IReadOnlyDictionary<string, double>? measures)
    {
        if (Number(argument, found, measures) is not { } number)
            return null;
        if (number == Math.Floor(number) && number >= 0 && number < count)
            return (int)number;
        found.Error(
            "AL0954",
            argument.Span,
            count == int.MaxValue
                ? $"'{Words(argument)}' is no {what}"
                : string.Create(CultureInfo.InvariantCulture, $"'{Words(argument)}' is no {what}synaptic node: they are numbered from 0 to {count - 1}"));
        return null;
    }
}

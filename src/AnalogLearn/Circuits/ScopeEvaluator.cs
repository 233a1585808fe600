using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>Evaluates expressions in a scope: parameters in any order, functions of the deck, constants.</summary>
internal sealed class ScopeEvaluator(DiagnosticBag diagnostics) : ExpressionEvaluator(diagnostics)
{
    private readonly List<ParameterEntry> _asked = [];
    private readonly HashSet<(SourceText, int)> _noted = [];
    private readonly ImmutableArray<RandomTerm>.Builder _random = ImmutableArray.CreateBuilder<RandomTerm>();
    private readonly Dictionary<(string Owner, CallSite Place), int> _occurrences = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private Scope? _scope;
    private Dictionary<string, double>? _arguments;

    /// <summary>Draws random functions; null gives every one its nominal value.</summary>
    public IExpressionDraws? Draws { get; init; }

    /// <summary>Whose draws random functions are at the moment: an element, a parameter or a model by its full name. Null where nothing is drawn: cards, widths of buses, temperatures.</summary>
    public string? Owner { get; set; }

    /// <summary>Which of the devices behind the owner's line draws, or null when the owner is one device.</summary>
    public int? Device { get; set; }

    /// <summary>How many draws devices of a line have made.</summary>
    public int DeviceDraws { get; private set; }

    /// <summary>Where the function that is being evaluated is called from, or null outside functions.</summary>
    public CallSite? Site { get; set; }

    /// <summary>The temperature that <c>temper</c> stands for [°C].</summary>
    public double Temperature { get; set; } = 27.0;

    public ImmutableArray<RandomTerm> RandomTerms => _random.ToImmutable();

    public bool TryEvaluate(ExpressionSyntax expression, Scope scope, out double value)
    {
        (Scope? outer, Dictionary<string, double>? arguments) = (_scope, _arguments);
        (_scope, _arguments) = (scope, null);
        bool done = TryEvaluate(expression, out value);
        (_scope, _arguments) = (outer, arguments);
        return done;
    }

    /// <summary>The value of a parameter; false when it has none, which has been diagnosed.</summary>
    public bool TryParameter(ParameterEntry entry, out double value)
    {
        value = entry.Value;
        switch (entry.State)
        {
            case ParameterState.Known:
                return true;
            case ParameterState.Failed:
                return false;
            case ParameterState.InProgress:
                int from = _asked.IndexOf(entry);
                string chain = string.Join(" → ", _asked.Skip(from).Append(entry).Select(e => e.Name));
                Diagnostics.Error(Codes.CyclicDefinition, entry.Span, $"the parameter is defined by itself: {chain}", "give one of them a number");
                foreach (ParameterEntry member in _asked.Skip(from))
                    member.State = ParameterState.Failed;
                return false;
            default:
                if (entry.Expression is null)
                    return false;
                entry.State = ParameterState.InProgress;
                _asked.Add(entry);
                (string? owner, int? device, CallSite? site) = (Owner, Device, Site);
                if (Draws is not null)
                    (Owner, Device, Site) = (entry.IsFixed ? null : string.Concat(".param ", entry.Scope.Prefix, entry.Name), null, null);
                bool done = TryEvaluate(entry.Expression, entry.Scope, out value);
                (Owner, Device, Site) = (owner, device, site);
                _asked.RemoveAt(_asked.Count - 1);
                entry.Value = value;
                entry.State = done && entry.State == ParameterState.InProgress ? ParameterState.Known : ParameterState.Failed;
                return entry.State == ParameterState.Known;
        }
    }

    protected override IEnumerable<string> ForeignFunctions => _scope?.Reach(s => s.Functions.Keys) ?? [];

    protected override bool TryName(NameExpression name, out double value)
    {
        if (_arguments is not null && _arguments.TryGetValue(name.Name, out value))
            return true;
        if (_scope!.Parameter(name.Name) is { } entry)
            return TryParameter(entry, out value);
        if (name.Name == "temper")
        {
            value = Temperature;
            return true;
        }

        if (Functions.Constant(name.Name) is { } constant)
        {
            value = constant;
            return true;
        }

        value = double.NaN;
        Diagnostics.Error(Codes.UnknownName, name.Span, UnknownMessage(name.Name), Diagnostics.IsFull ? null : UnknownHelp(name.Name, _scope!));
        return false;
    }

    internal static string UnknownMessage(string name) => name is "time" or "hertz" or "freq"
        ? $"'{name}' changes during an analysis and cannot stand in a number that is fixed before it"
        : $"there is no parameter '{name}'";

    internal static string? UnknownHelp(string name, Scope scope) =>
        NameSuggestion.Nearest(name, scope.Reach(s => s.Parameters.Keys).Concat(Functions.Constants)) is { } near ? $"did you mean '{near}'?" : $"define it: .param {name}=…";

    protected override bool? TryForeignCall(CallExpression call, out double value)
    {
        value = double.NaN;
        if (_scope!.Function(call.Name) is not { } function)
        {
            if (call.Name is "v" or "i" && _scope is not null)
            {
                Diagnostics.Error(Codes.BadExpression, call.Span, $"'{call.Span.Text}' is a quantity of the running circuit and cannot stand in a number that is fixed before it", "a B source, or R={…} and C={…}, may depend on voltages and currents");
                return false;
            }

            return null;
        }

        if (function.Syntax.IsBroken || !HasArity(call, function.Parameters.Length, function.Parameters.Length))
            return false;
        if (function.InProgress)
        {
            Diagnostics.Error(Codes.CyclicDefinition, function.Syntax.Name, $"the function {call.Name}() calls itself", "functions are written out where they are used: write it without itself");
            return false;
        }

        var arguments = new Dictionary<string, double>(function.Parameters.Length, StringComparer.Ordinal);
        for (int k = 0; k < call.Arguments.Length; k++)
        {
            if (!TryEvaluate(call.Arguments[k], out double argument))
                return false;
            arguments[function.Parameters[k]] = argument;
        }

        (Scope? scope, Dictionary<string, double>? outer) = (_scope, _arguments);
        (_scope, _arguments) = (function.Scope, arguments);
        CallSite? site = Site;
        if (Draws is not null)
            Site = new CallSite(site, call.Span.Source, call.Span.Start);
        function.InProgress = true;
        bool done = TryEvaluate(function.Syntax.Body.Expression, out value);
        function.InProgress = false;
        Site = site;
        (_scope, _arguments) = (scope, outer);
        return done;
    }

    protected override double Random(CallExpression call, ReadOnlySpan<double> arguments)
    {
        if (_noted.Add((call.Span.Source, call.Span.Start)))
            _random.Add(new(call.Name, call.Span));
        if (Draws is not { } draws || Owner is not { } owner)
            return base.Random(call, arguments);
        if (Device is { } device)
        {
            DeviceDraws++;
            owner = string.Create(CultureInfo.InvariantCulture, $"{owner}_{device}");
        }

        return draws.Draw(owner, Occurrence(owner, call.Span), call.Name, arguments);
    }

    /// <summary>
    /// The number of an occurrence among those of its owner. The same place is the same occurrence however often it is evaluated; in the body of a function it is another one for each
    /// place that calls the function.
    /// </summary>
    private int Occurrence(string owner, SourceSpan span)
    {
        var place = new CallSite(Site, span.Source, span.Start);
        if (_occurrences.TryGetValue((owner, place), out int known))
            return known;
        int next = _counts.GetValueOrDefault(owner);
        _counts[owner] = next + 1;
        _occurrences.Add((owner, place), next);
        return next;
    }
}

/// <summary>A place that a function of the deck is called from, and the places that the callers are called from.</summary>
/// <param name="Outer">Where the function that holds this call is called from, or null.</param>
/// <param name="Source">The text.</param>
/// <param name="Start">Where the call begins.</param>
internal sealed record CallSite(CallSite? Outer, SourceText Source, int Start);

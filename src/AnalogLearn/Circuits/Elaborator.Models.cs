using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Model cards: their types, the parameters that equations use, and spreads.</content>
internal sealed partial class Elaborator
{
    private Model? Evaluate(ModelEntry entry)
    {
        if (entry.IsEvaluated)
            return entry.Model;
        entry.IsEvaluated = true;
        if (entry.Syntax.IsBroken)
            return null;
        (string? owner, int? device, CallSite? site) = (_evaluator.Owner, _evaluator.Device, _evaluator.Site);
        (_evaluator.Owner, _evaluator.Device, _evaluator.Site) = (string.Concat(".model ", entry.Scope.Prefix, Name(entry.Syntax.Name)), null, null);
        Model? model = New(entry);
        (_evaluator.Owner, _evaluator.Device, _evaluator.Site) = (owner, device, site);
        return model;
    }

    private Model? New(ModelEntry entry)
    {
        ModelSyntax syntax = entry.Syntax;
        string type = Name(syntax.Type);
        if (ModelTypes.Canonical(type) is not { } canonical)
        {
            _diagnostics.Error(Codes.UnknownModelType, syntax.Type, $"there is no model type '{type}'", Help(type, ModelTypes.Names, "types"));
            return null;
        }

        if (!TryParameters(syntax.Items, entry.Scope, canonical, type, out ImmutableArray<Argument> parameters, out ImmutableArray<ParameterSpread> spreads))
            return null;
        string name = Name(entry.Scope.Prefix + Name(syntax.Name));
        foreach (Argument argument in parameters)
        {
            if (argument is { Name: "level", Value: NumberValue { Number: not 1 } level } && canonical is not ("neuron" or "synapse") && !(canonical is "nmos" or "pmos" && level.Number == ModelTypes.EkvLevel))
            {
                _diagnostics.Error(Codes.UnknownModelType, argument.Span, string.Create(CultureInfo.InvariantCulture, $"level {level.Number} of the model type {type} is not supported"), canonical is "nmos" or "pmos" ? "levels 1 and ekv (44) are" : "level 1 is");
                return null;
            }
        }

        ModelRanges.Check(name, canonical, parameters, _diagnostics);

        // Values are checked here too, so that a model that no element uses is no place for mistakes to hide.
        if (canonical == "neuron")
            WithParameters(new NeuronBank { Name = name, Bus = Scope.Ground }, [.. parameters.Where(p => p.Name != "bias")], entry.Scope);
        else if (canonical == "synapse")
            WithParameters(new PendingArray(new SynapseArray { Name = name, Pre = Scope.Ground, Post = Scope.Ground }), [.. parameters.Where(p => p.Name is not ("init" or "mask"))], entry.Scope, isComplete: false);
        return entry.Model = new Model(name, canonical, parameters, spreads, syntax.Span);
    }

    /// <summary>
    /// Parameters of a model or of an instance: each must be one that an equation uses; <c>DEV=</c> and <c>LOT=</c> belong to the one before.
    /// </summary>
    private bool TryParameters(
        ImmutableArray<ValueSyntax> items, Scope scope, string type, string typeAsWritten, out ImmutableArray<Argument> parameters, out ImmutableArray<ParameterSpread> spreads)
    {
        var known = ImmutableArray.CreateBuilder<Argument>(items.Length);
        var spread = ImmutableArray.CreateBuilder<ParameterSpread>();
        bool sound = true;
        string? last = null;
        bool left = false;
        bool behindSpread = false;
        bool isEkv = type is "nmos" or "pmos" && items.Any(IsEkvLevel);
        var lookup = ModelTypes.Parameters(type, isEkv ? ModelTypes.EkvLevel : 1);
        foreach (ValueSyntax item in items)
        {
            bool continues = behindSpread && item is WordSyntax && item.Span.Text.StartsWith("/");
            behindSpread = false;
            if (continues)
            {
                // DEV={x}/lognormal: the words of a spread whose amount is an expression.
                if (left)
                    continue;
                if (spread.Count > 0 && WithWords(spread[^1], item.Span) is { } whole)
                    spread[^1] = whole;
                else
                    sound = false;
                continue;
            }

            if (item is not NamedSyntax { Key: WordSyntax key } named)
            {
                _diagnostics.Error(Codes.SurplusText, item.Span, $"'{Short(item.Span)}' is not a parameter", "write name=value");
                sound = false;
                continue;
            }

            string name = Name(key.Span);
            if (name is "dev" or "lot")
            {
                behindSpread = named.Value is not WordSyntax;
                if (left)
                    continue;
                if (last is null)
                {
                    _diagnostics.Error(Codes.Missing, key.Span, $"{key.Text}= stands before any parameter that could spread", "write it behind the parameter: gmax=25u DEV=5%");
                    sound = false;
                }
                else if (ToSpread(named, scope, last, name == "dev") is { } one)
                {
                    spread.Add(one);
                }
                else
                {
                    sound = false;
                }

                continue;
            }

            if (!lookup.Contains(name))
            {
                _diagnostics.Error(
                    Codes.UnknownParameter,
                    key.Span,
                    $"'{name}' is a declared parameter that no equation of {typeAsWritten} uses",
                    Help(name, lookup.Order(StringComparer.Ordinal), "parameters") ?? $"parameters: {string.Join(", ", lookup.Order(StringComparer.Ordinal))}");
                sound = false;
                continue;
            }

            if (known.Any(a => a.Name == name))
            {
                _diagnostics.Error(Codes.RepeatedParameter, named.Span, $"'{name}' is given twice", "leave one of them out");
                sound = false;
                continue;
            }

            last = name;
            left = _options.Without is { } without && type is "synapse" or "neuron" && without(_evaluator.Owner ?? string.Empty, type, name);
            if (left)
                continue;
            if (isEkv && name == "level")
                known.Add(new Argument(name, new NumberValue(ModelTypes.EkvLevel, named.Value.Span), named.Span));
            else if (ToValue(named.Value, scope) is { } value)
                known.Add(new Argument(name, value, named.Span));
            else
                sound = false;
        }

        parameters = known.DrainToImmutable();
        spreads = spread.DrainToImmutable();
        return sound;
    }

    private static bool IsEkvLevel(ValueSyntax item) =>
        item is NamedSyntax { Key: WordSyntax key, Value: WordSyntax value } && key.Is("level") && (value.Is("ekv") || value.Is("44"));

    private ParameterSpread? ToSpread(NamedSyntax named, Scope scope, string parameter, bool perDevice)
    {
        var spread = new ParameterSpread(parameter, perDevice, 0, true, "normal", named.Span);
        bool relative;
        double amount;
        ReadOnlySpan<char> text = named.Value.Span.Text;
        if (named.Value is WordSyntax)
        {
            int first = text.IndexOf('/');
            if (first >= 0)
            {
                if (WithWords(spread, named.Value.Span with { Start = named.Value.Span.Start + first, Length = text.Length - first }) is not { } more)
                    return null;
                spread = more;
                text = text[..first];
            }

            relative = text.Length > 0 && text[^1] == '%';
            if (!NumberLiteral.TryParse(text, out amount, out int error))
            {
                _diagnostics.Error(Codes.BadNumber, named.Value.Span, LineParser.BadNumberMessage(text, error), "write DEV=5%, DEV=0.1u or DEV=5%/lognormal");
                return null;
            }
        }
        else
        {
            relative = true;
            if (!TryNumber(named.Value, scope, out amount))
                return null;
        }

        if (amount < 0)
        {
            _diagnostics.Error(Codes.BadValue, named.Value.Span, "a spread cannot be negative", "a spread is a standard deviation: write DEV=5%");
            return null;
        }

        return spread with { Amount = amount, Relative = relative };
    }

    /// <summary>The words <c>/lognormal/group:a</c> behind a spread.</summary>
    private ParameterSpread? WithWords(ParameterSpread spread, SourceSpan span)
    {
        ReadOnlySpan<char> text = span.Text;
        for (int slash = text.LastIndexOf('/'); slash >= 0; slash = text.LastIndexOf('/'))
        {
            if (WithWord(spread, text[(slash + 1)..].ToString().ToLowerInvariant(), span with { Start = span.Start + slash + 1, Length = text.Length - slash - 1 }) is not { } more)
                return null;
            spread = more;
            text = text[..slash];
        }

        return spread;
    }

    /// <summary>A word behind a spread: a distribution, <c>group:name</c>, <c>rho:share</c> or <c>at:sigmas</c>.</summary>
    private ParameterSpread? WithWord(ParameterSpread spread, string word, SourceSpan span)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            string distribution = word is "gauss" or "gaussian" ? "normal" : word;
            if (ParameterSpread.Distributions.Contains(distribution))
                return spread with { Distribution = distribution };
            _diagnostics.Error(Codes.BadValue, span, $"there is no distribution '{distribution}'", Help(distribution, ParameterSpread.Distributions, "distributions"));
            return null;
        }

        string key = word[..colon];
        string value = word[(colon + 1)..];
        bool isNumber = NumberLiteral.TryParse(value, out double number, out _);
        switch (key)
        {
            case "group" when value.Length > 0:
                return spread with { Group = value };
            case "rho" when isNumber && number is >= 0 and <= 1:
                return spread with { Correlation = number };
            case "at" when isNumber && number > 0:
                return spread with { Truncation = number };
            default:
                _diagnostics.Error(
                    Codes.BadValue,
                    span,
                    key is "rho" ? "rho is a share of the variance, from 0 to 1" : key is "at" ? "a truncated distribution ends at a number of standard deviations above 0" : $"there is nothing called '{word}' that a spread could have",
                    "write DEV=5%/normal/group:a/rho:0.5, or DEV=5%/truncnormal/at:2");
                return null;
        }
    }

    /// <summary>The model that an element names; null when there is none, which has been diagnosed.</summary>
    private Model? FindModel(WordSyntax word, Scope scope, ReadOnlySpan<char> element, params ReadOnlySpan<string> types)
    {
        string name = Name(word.Span);
        if (scope.Model(name) is not { } entry)
        {
            _diagnostics.Error(
                Codes.UnknownModel,
                word.Span,
                $"there is no model '{word.Text}'",
                Help(name, scope.Reach(s => s.Models.Keys), "models") ?? $"declare it: .model {word.Text} {types[0]}(…)");
            return null;
        }

        if (Evaluate(entry) is not { } model)
            return null;
        if (!types.Contains(model.Type))
        {
            _diagnostics.Error(
                Codes.WrongModelType,
                word.Span,
                $"the model '{word.Text}' is of type {model.Type}, but {element} takes {string.Join(" or ", types.ToArray())}",
                $"it is declared in line {Line(model.Span)}");
            return null;
        }

        _models[model.Name] = model;
        return model;
    }

    /// <summary>Parameters of the model, then those of the instance, which override them.</summary>
    private static ImmutableArray<Argument> Merge(ImmutableArray<Argument> model, ImmutableArray<Argument> instance) =>
        instance.Length == 0 ? model : [.. model.Where(m => !instance.Any(i => i.Name == m.Name)), .. instance];
}

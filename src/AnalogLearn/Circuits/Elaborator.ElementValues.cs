using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Values of SPICE's elements: numbers, models, behavioural expressions, polynomials and tables.</content>
internal sealed partial class Elaborator
{
    private void Values(PendingElement pending, int lane, Findings found)
    {
        switch (pending.Syntax.Letter)
        {
            case 'r':
                Passive(pending, lane, found, "resistance", "r", "resistance", "value");
                break;
            case 'c':
                Passive(pending, lane, found, "capacitance", "c", "capacitance", "value");
                break;
            case 'l':
                Passive(pending, lane, found, "inductance", "l", "inductance", "value");
                break;
            case 'k':
                Coupling(pending, found);
                break;
            case 'v' or 'i':
                Source(pending, found);
                break;
            case 'e' or 'g':
                Controlled(pending, lane, found);
                break;
            case 'f' or 'h':
                CurrentControlled(pending, lane, found);
                break;
            case 'b':
                Behavioural(pending, lane, found);
                break;
            default:
                Device(pending, found);
                break;
        }
    }

    private void Wrong(Findings found, string code, SourceSpan span, string message, string? fix = null)
    {
        found.Failed = true;
        _diagnostics.Error(code, span, message, fix);
    }

    /// <summary>A named value behind the nodes: a number under its name, a spread, or something unknown.</summary>
    private void Parameter(PendingElement pending, NamedSyntax named, Findings found, ref string? last)
    {
        string name = Name(named.Key.Span);
        if (name is "dev" or "lot")
        {
            if (ToSpread(named, pending.Scope, last ?? "value", name == "dev") is { } spread)
                found.Spreads.Add(spread);
            else
                found.Failed = true;
            return;
        }

        if (!pending.Form.Parameters.Contains(name) && !Section5(pending, name))
        {
            Wrong(
                found,
                Codes.UnknownParameter,
                named.Key.Span,
                $"'{named.Key.Span.Text}' is a declared parameter that no equation of {pending.Form.What} uses",
                Help(name, pending.Form.Parameters, "parameters"));
            return;
        }

        last = name;
        if (found.Numbers.ContainsKey(name))
        {
            Wrong(found, Codes.RepeatedParameter, named.Span, $"'{name}' is given twice", "leave one of them out");
            return;
        }

        if (name == "ic" && named.Value is ListSyntax list)
        {
            foreach (ValueSyntax item in list.Items)
                found.Failed |= !TryNumber(item, pending.Scope, out _);
            return;
        }

        if (!TryNumber(named.Value, pending.Scope, out double value))
        {
            found.Failed = true;
            return;
        }

        if (value <= 0 && name is "m" or "w" or "l" or "area" or "scale")
            Wrong(found, Codes.BadValue, named.Value.Span, string.Create(CultureInfo.InvariantCulture, $"{name}={value}: it must be greater than 0"), "check its sign and its unit");
        found.Numbers[name] = value;
    }

    /// <summary>Parameters of device variation on an instance that a model may have too.</summary>
    private static bool Section5(PendingElement pending, string name) =>
        pending.Form.Models.Length > 0 && ModelTypes.SynapseVariation.Contains(name) && ModelTypes.Parameters(pending.Form.Models[0]).Contains(name);

    private void Surplus(PendingElement pending, ValueSyntax item, Findings found) =>
        Wrong(found, Codes.SurplusText, item.Span, $"'{Short(item.Span)}' is too much", $"write {pending.Form.Example}");

    private void Passive(PendingElement pending, int lane, Findings found, string quantity, params ReadOnlySpan<string> valueNames)
    {
        char letter = pending.Syntax.Letter;
        SourceSpan? place = null;
        string? last = null;
        foreach (ValueSyntax item in pending.Rest)
        {
            if (item is NamedSyntax named)
            {
                string name = Name(named.Key.Span);
                if (valueNames.Contains(name))
                {
                    Principal(pending, lane, found, named.Value, quantity, ref place);
                    last = "value";
                }
                else if (letter == 'c' && name is "q" && named.Value is ExpressionValueSyntax charge)
                {
                    if (Bind(charge.Expression, pending.Scope, lane, pending.Lanes) is { } bound)
                        found.Expressions["charge"] = bound;
                    else
                        found.Failed = true;
                    place = named.Value.Span;
                }
                else
                {
                    Parameter(pending, named, found, ref last);
                }
            }
            else if (item is WordSyntax word && !NumberLiteral.LooksNumeric(word.Text) && found.Model is null && !found.Failed)
            {
                found.Model = FindModel(word, pending.Scope, pending.Form.What, pending.Form.Models);
                found.Failed |= found.Model is null;
            }
            else if (place is null && item is WordSyntax or ExpressionValueSyntax)
            {
                Principal(pending, lane, found, item, quantity, ref place);
                last = "value";
            }
            else
            {
                Surplus(pending, item, found);
            }
        }

        if (found.Failed)
            return;
        if (place is null && found.Model is { } model)
        {
            if (model.Parameters.FirstOrDefault(p => p.Name is { } name && (name == letter.ToString() || (letter == 'c' && name == "cap") || (letter == 'l' && name == "ind"))) is { Value: NumberValue own })
                found.Numbers["value"] = own.Number;
            else if (found.Numbers.ContainsKey("w") || found.Numbers.ContainsKey("l") || found.Numbers.ContainsKey("nt"))
                return;
        }

        if (place is null && !found.Numbers.ContainsKey("value"))
        {
            ValueSyntax? end = pending.Syntax.Items.LastOrDefault();
            Wrong(found, Codes.Missing, end?.Span ?? pending.Syntax.Name, $"the {quantity} of '{pending.Name}' is missing", $"write {pending.Form.Example}; are all nodes there?");
        }
    }

    private void Principal(PendingElement pending, int lane, Findings found, ValueSyntax item, string quantity, ref SourceSpan? place)
    {
        if (place is not null)
        {
            Wrong(found, Codes.RepeatedParameter, item.Span, $"the {quantity} is given twice", "leave one of them out");
            return;
        }

        place = item.Span;
        if (item is ExpressionValueSyntax expression && !IsFixed(expression.Expression, pending.Scope))
        {
            if (Bind(expression.Expression, pending.Scope, lane, pending.Lanes) is { } bound)
                found.Expressions["value"] = bound;
            else
                found.Failed = true;
            return;
        }

        if (!TryNumber(item, pending.Scope, out double value))
        {
            found.Failed = true;
            return;
        }

        char letter = pending.Syntax.Letter;
        if (value < 0 && letter is 'c' or 'l')
        {
            Wrong(found, Codes.BadValue, item.Span, string.Create(CultureInfo.InvariantCulture, $"{pending.Form.What} of {value} {(letter == 'c' ? "F" : "H")}: it cannot be negative"), "check its sign; an expression may have made it so");
            return;
        }

        if (value == 0 && letter == 'r')
        {
            _diagnostics.Warning(Codes.BadValue, item.Span, "a resistance of 0 Ω is taken as 1 mΩ, as ngspice does", "to join two nodes use a voltage source of 0 V");
            value = 1e-3;
        }

        found.Numbers["value"] = value;
    }

    private void Coupling(PendingElement pending, Findings found)
    {
        ImmutableArray<ValueSyntax> rest = pending.Rest;
        if (rest.Length < 3)
        {
            Wrong(found, Codes.Missing, rest.Length == 0 ? pending.Syntax.Name : rest[^1].Span, "a coupling needs two inductors and a coefficient", $"write {pending.Form.Example}");
            return;
        }

        for (int k = 0; k < rest.Length - 1; k++)
        {
            if (rest[k] is WordSyntax word)
                found.References.Add((Name(word.Span), word.Span));
            else
                Wrong(found, Codes.BadCard, rest[k].Span, $"the name of an inductor was expected, not '{Short(rest[k].Span)}'", $"write {pending.Form.Example}");
        }

        if (rest[^1] is NamedSyntax named)
        {
            Surplus(pending, named, found);
        }
        else if (!TryNumber(rest[^1], pending.Scope, out double value))
        {
            found.Failed = true;
        }
        else if (!(Math.Abs(value) is > 0 and <= 1))
        {
            Wrong(found, Codes.BadValue, rest[^1].Span, string.Create(CultureInfo.InvariantCulture, $"a coupling of {value}: its magnitude is above 0 and at most 1"), $"write {pending.Form.Example}");
        }
        else
        {
            found.Numbers["value"] = value;
        }
    }

    private void Device(PendingElement pending, Findings found)
    {
        ImmutableArray<ValueSyntax> rest = pending.Rest;
        int at = 0;
        if (pending.Syntax.Letter == 'w')
        {
            if (rest.Length == 0 || rest[0] is not WordSyntax source)
            {
                Wrong(found, Codes.Missing, rest.Length == 0 ? pending.Syntax.Items[^1].Span : rest[0].Span, "the source whose current controls the switch is missing", $"write {pending.Form.Example}");
                return;
            }

            found.References.Add((Name(source.Span), source.Span));
            at = 1;
        }

        if (at >= rest.Length || rest[at] is not WordSyntax word)
        {
            Wrong(found, Codes.Missing, at >= rest.Length ? pending.Syntax.Items[^1].Span : rest[at].Span, $"the model of '{pending.Name}' is missing", $"write {pending.Form.Example}; are all nodes there?");
            return;
        }

        found.Model = FindModel(word, pending.Scope, pending.Form.What, pending.Form.Models);
        found.Failed |= found.Model is null;
        string? last = null;
        for (int k = at + 1; k < rest.Length && !found.Failed; k++)
        {
            switch (rest[k])
            {
                case NamedSyntax named:
                    Parameter(pending, named, found, ref last);
                    break;
                case WordSyntax flag when flag.Is("off") || flag.Is("on"):
                    found.Numbers[flag.Is("off") ? "off" : "on"] = 1;
                    break;
                case WordSyntax or ExpressionValueSyntax when pending.Syntax.Letter is 'd' or 'q' or 'j' && !found.Numbers.ContainsKey("area"):
                    if (!TryNumber(rest[k], pending.Scope, out double area))
                        found.Failed = true;
                    else if (area <= 0)
                        Wrong(found, Codes.BadValue, rest[k].Span, string.Create(CultureInfo.InvariantCulture, $"an area of {area}: it must be greater than 0"), "the area is a factor on the currents of the model: write area=1");
                    else
                        found.Numbers["area"] = area;
                    break;
                default:
                    Surplus(pending, rest[k], found);
                    break;
            }
        }
    }

    private void Controlled(PendingElement pending, int lane, Findings found)
    {
        bool linear = pending.Terminals.Length == 4 && !pending.Syntax.Items.Any(IsPoly);
        string? last = null;
        int expressions = 0;
        List<double> coefficients = [];
        for (int k = 0; k < pending.Rest.Length && !found.Failed; k++)
        {
            ValueSyntax item = pending.Rest[k];
            switch (item)
            {
                case NamedSyntax { Key: WordSyntax key, Value: ExpressionValueSyntax value } when key.Is("value") || key.Is(pending.Syntax.Letter == 'e' ? "vol" : "cur"):
                    expressions++;
                    Expression(pending, lane, found, value);
                    break;
                case WordSyntax word when word.Is("table"):
                    expressions++;
                    Table(pending, lane, found, ref k);
                    break;
                case WordSyntax word when word.Is("value") && k + 1 < pending.Rest.Length && pending.Rest[k + 1] is ExpressionValueSyntax bare:
                    expressions++;
                    k++;
                    Expression(pending, lane, found, bare);
                    break;
                case WordSyntax word when word.Is("laplace") || word.Is("freq"):
                    Wrong(found, Codes.BadCard, word.Span, $"the {word.Text} form is not supported", "use R, C and L, or value={expression}");
                    break;
                case NamedSyntax named:
                    Parameter(pending, named, found, ref last);
                    break;
                case WordSyntax or ExpressionValueSyntax when pending.Terminals.Length > 2:
                    if (TryNumber(item, pending.Scope, out double number))
                        coefficients.Add(number);
                    else
                        found.Failed = true;
                    break;
                default:
                    Surplus(pending, item, found);
                    break;
            }
        }

        if (found.Failed)
            return;
        if (pending.Terminals.Length == 2)
        {
            if (expressions != 1)
                Wrong(found, Codes.Missing, pending.Syntax.Items[^1].Span, $"'{pending.Name}' has no expression", $"write {pending.Form.Example}, or value={{expression}}");
            return;
        }

        if (coefficients.Count == 0)
        {
            Wrong(found, Codes.Missing, pending.Syntax.Items[^1].Span, $"the gain of '{pending.Name}' is missing", $"write {pending.Form.Example}");
            return;
        }

        if (linear)
        {
            if (coefficients.Count > 1)
                Surplus(pending, pending.Rest.Where(r => r is not NamedSyntax).ElementAt(1), found);
            found.Numbers["value"] = coefficients[0];
            return;
        }

        var controls = new List<ExpressionSyntax>();
        for (int k = 2; k + 1 < pending.Terminals.Length; k += 2)
        {
            NodeSlice plus = pending.Terminals[k];
            NodeSlice minus = pending.Terminals[k + 1];
            controls.Add(new VoltageExpression(plus.Node(plus.Count == 1 ? 0 : lane), minus.Node(minus.Count == 1 ? 0 : lane), pending.Syntax.Span));
        }

        found.Expressions["value"] = Polynomial(controls, coefficients, pending.Syntax.Span);
    }

    private static bool IsPoly(ValueSyntax item) => item is CallSyntax call && call.Name.Text.Equals("poly", StringComparison.OrdinalIgnoreCase);

    private void CurrentControlled(PendingElement pending, int lane, Findings found)
    {
        int sources = 1;
        int at = 0;
        bool poly = pending.Rest.Length > 0 && IsPoly(pending.Rest[0]);
        if (poly)
        {
            if (!TryDimension((CallSyntax)pending.Rest[0], pending.Scope, out sources))
            {
                found.Failed = true;
                return;
            }

            at = 1;
        }

        var controls = new List<ExpressionSyntax>();
        for (int k = 0; k < sources; k++, at++)
        {
            if (at >= pending.Rest.Length || pending.Rest[at] is not WordSyntax word || NumberLiteral.LooksNumeric(word.Text))
            {
                Wrong(found, Codes.Missing, at < pending.Rest.Length ? pending.Rest[at].Span : pending.Syntax.Items[^1].Span, "the voltage source whose current controls is missing", $"write {pending.Form.Example}");
                return;
            }

            if (!poly)
            {
                found.References.Add((Name(word.Span), word.Span));
            }
            else if (FindElement(Name(word.Span), word.Span, pending.Scope, lane, pending.Lanes, "v") is { } full)
            {
                controls.Add(new CurrentExpression(full, word.Span));
            }
            else
            {
                found.Failed = true;
                return;
            }
        }

        string? last = null;
        List<double> coefficients = [];
        for (; at < pending.Rest.Length && !found.Failed; at++)
        {
            if (pending.Rest[at] is NamedSyntax named)
                Parameter(pending, named, found, ref last);
            else if (!poly && coefficients.Count == 1)
                Surplus(pending, pending.Rest[at], found);
            else if (TryNumber(pending.Rest[at], pending.Scope, out double number))
                coefficients.Add(number);
            else
                found.Failed = true;
        }

        if (found.Failed)
            return;
        if (coefficients.Count == 0)
            Wrong(found, Codes.Missing, pending.Syntax.Items[^1].Span, $"the gain of '{pending.Name}' is missing", $"write {pending.Form.Example}");
        else if (poly)
            found.Expressions["value"] = Polynomial(controls, coefficients, pending.Syntax.Span);
        else
            found.Numbers["value"] = coefficients[0];
    }

    private void Behavioural(PendingElement pending, int lane, Findings found)
    {
        string? last = null;
        foreach (ValueSyntax item in pending.Rest)
        {
            if (item is not NamedSyntax named)
            {
                Surplus(pending, item, found);
                return;
            }

            string name = Name(named.Key.Span);
            if (name is not ("i" or "v"))
            {
                Parameter(pending, named, found, ref last);
                continue;
            }

            if (found.Expressions.Count > 0)
            {
                Wrong(found, Codes.RepeatedParameter, named.Span, "a behavioural source has one expression, either I= or V=", $"write {pending.Form.Example}");
                return;
            }

            if (named.Value is not ExpressionValueSyntax expression || Bind(expression.Expression, pending.Scope, lane, pending.Lanes) is not { } bound)
            {
                found.Failed = true;
                return;
            }

            found.Expressions[name] = bound;
        }

        if (!found.Failed && found.Expressions.Count == 0)
            Wrong(found, Codes.Missing, pending.Syntax.Items[^1].Span, $"the expression of '{pending.Name}' is missing", $"write {pending.Form.Example}");
    }

    private void Expression(PendingElement pending, int lane, Findings found, ExpressionValueSyntax value)
    {
        if (Bind(value.Expression, pending.Scope, lane, pending.Lanes) is { } bound)
            found.Expressions["value"] = bound;
        else
            found.Failed = true;
    }

    /// <summary><c>TABLE {expression} = (x, y) (x, y) …</c>.</summary>
    private void Table(PendingElement pending, int lane, Findings found, ref int k)
    {
        SourceSpan keyword = pending.Rest[k].Span;
        ExpressionValueSyntax? input = null;
        var points = new List<ValueSyntax>();
        for (k++; k < pending.Rest.Length; k++)
        {
            if (pending.Rest[k] is NamedSyntax { Key: ExpressionValueSyntax left } pair && input is null)
            {
                input = left;
                points.Add(pair.Value);
            }
            else if (pending.Rest[k] is ExpressionValueSyntax expression && input is null)
            {
                input = expression;
            }
            else if (pending.Rest[k] is ListSyntax or WordSyntax)
            {
                // Parentheses around all of the points are as good as none.
                if (pending.Rest[k] is ListSyntax { Items: [ListSyntax, ..] } all)
                    points.AddRange(all.Items);
                else
                    points.Add(pending.Rest[k]);
            }
            else
            {
                break;
            }
        }

        k--;
        if (input is null)
        {
            Wrong(found, Codes.Missing, keyword, "the expression of the table is missing", "write TABLE {v(a)} = (0, 0) (1, 1)");
            return;
        }

        if (Bind(input.Expression, pending.Scope, lane, pending.Lanes) is not { } bound)
        {
            found.Failed = true;
            return;
        }

        var arguments = ImmutableArray.CreateBuilder<ExpressionSyntax>();
        arguments.Add(bound);
        foreach (ValueSyntax point in points)
        {
            foreach (ValueSyntax coordinate in point is ListSyntax list ? list.Items : [point])
            {
                if (!TryNumber(coordinate, pending.Scope, out double number))
                {
                    found.Failed = true;
                    return;
                }

                if (arguments.Count % 2 == 1 && arguments.Count > 1 && arguments[^2] is NumberExpression before && number <= before.Value)
                {
                    Wrong(found, Codes.BadValue, coordinate.Span, "the points of a table must rise in x", "write TABLE {v(a)} = (0, 0) (1, 1)");
                    return;
                }

                arguments.Add(new NumberExpression(number, coordinate.Span));
            }
        }

        if (arguments.Count < 3 || arguments.Count % 2 == 0)
        {
            Wrong(found, Codes.Missing, points.Count > 0 ? points[^1].Span : keyword, "the points of the table are not pairs", "write TABLE {v(a)} = (0, 0) (1, 1)");
            return;
        }

        found.Expressions["value"] = new CallExpression("table", arguments.DrainToImmutable(), keyword, pending.Syntax.Span);
    }

    /// <summary>SPICE2's polynomial: p0 + p1 x1 + … + pn xn + p(n+1) x1² + p(n+2) x1 x2 + … in the order of the SPICE2 manual.</summary>
    private static ExpressionSyntax Polynomial(List<ExpressionSyntax> controls, List<double> coefficients, SourceSpan span)
    {
        // One coefficient for one control is its factor, as in the linear form.
        if (coefficients.Count == 1)
            coefficients = [0, coefficients[0]];
        ExpressionSyntax sum = new NumberExpression(coefficients[0], span);
        int[] factors = [];
        for (int k = 1; k < coefficients.Count; k++)
        {
            factors = NextTerm(factors, controls.Count);
            if (coefficients[k] == 0)
                continue;
            ExpressionSyntax term = new NumberExpression(coefficients[k], span);
            foreach (int factor in factors)
                term = new BinaryExpression(Operator.Multiply, term, controls[factor], span);
            sum = new BinaryExpression(Operator.Add, sum, term, span);
        }

        return sum;
    }

    /// <summary>The next product of controls, as indices that never fall: 0, 1, …, then 00, 01, 11, …</summary>
    private static int[] NextTerm(int[] term, int controls)
    {
        int[] next = [.. term];
        for (int k = next.Length - 1; k >= 0; k--)
        {
            if (next[k] + 1 < controls)
            {
                int value = next[k] + 1;
                for (int j = k; j < next.Length; j++)
                    next[j] = value;
                return next;
            }
        }

        return new int[term.Length + 1];
    }
}

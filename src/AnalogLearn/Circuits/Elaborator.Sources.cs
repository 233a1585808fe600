using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Independent sources: DC, AC and waveforms.</content>
internal sealed partial class Elaborator
{
    private static readonly string[] WaveformNames = ["pulse", "sin", "exp", "pwl", "sffm", "trnoise", "data"];

    private void Source(PendingElement pending, Findings found)
    {
        ImmutableArray<ValueSyntax> rest = pending.Rest;
        string? last = null;
        double? repeat = null;
        double delay = 0;
        SourceSpan? wave = null;
        for (int k = 0; k < rest.Length && !found.Failed; k++)
        {
            switch (rest[k])
            {
                case NamedSyntax { Key: WordSyntax key } named:
                    string name = Name(key.Span);
                    if (name is "dc")
                    {
                        Direct(pending, found, named.Value);
                    }
                    else if (name is "ac" && named.Value is ListSyntax { Open: '\0', Items.Length: 2 } polar)
                    {
                        Number(pending, found, polar.Items[0], "acmag");
                        Number(pending, found, polar.Items[1], "acphase");
                    }
                    else if (name is "ac")
                    {
                        Number(pending, found, named.Value, "acmag");
                        if (!found.Failed && k + 1 < rest.Length && IsNumber(rest[k + 1]))
                            Number(pending, found, rest[++k], "acphase");
                    }
                    else if (name is "r" or "td" && found.Waveform is PiecewiseLinearWaveform or null)
                    {
                        if (!TryNumber(named.Value, pending.Scope, out double time))
                            found.Failed = true;
                        else if (name == "r")
                            repeat = time;
                        else
                            delay = time;
                    }
                    else
                    {
                        Parameter(pending, named, found, ref last);
                    }

                    break;
                case WordSyntax word when word.Is("dc"):
                    if (k + 1 >= rest.Length || !IsNumber(rest[k + 1]))
                        Wrong(found, Codes.Missing, word.Span, "no value behind DC", $"write {pending.Form.Example}");
                    else
                        Direct(pending, found, rest[++k]);
                    break;
                case WordSyntax word when word.Is("ac"):
                    found.Numbers["acmag"] = 1;
                    if (k + 1 < rest.Length && IsNumber(rest[k + 1]))
                        Number(pending, found, rest[++k], "acmag");
                    if (!found.Failed && k + 1 < rest.Length && IsNumber(rest[k + 1]))
                        Number(pending, found, rest[++k], "acphase");
                    break;
                case WordSyntax word when word.Is("data"):
                    OnlyOnce(found, ref wave, word.Span);
                    found.Waveform = new DataWaveform();
                    break;
                case WordSyntax word when WaveformNames.Contains(Name(word.Span)):
                    OnlyOnce(found, ref wave, word.Span);
                    int first = k + 1;
                    while (k + 1 < rest.Length && IsNumber(rest[k + 1]))
                        k++;
                    found.Waveform = Waveform(pending, found, Name(word.Span), word.Span, rest[first..(k + 1)], ref repeat, ref delay);
                    break;
                case CallSyntax call:
                    OnlyOnce(found, ref wave, call.Name);
                    found.Waveform = Waveform(pending, found, Name(call.Name), call.Name, call.Items, ref repeat, ref delay);
                    break;
                case ExpressionValueSyntax expression when !IsFixed(expression.Expression, pending.Scope) && ExpressionBinder.References(expression.Expression).Any():
                    Wrong(found, Codes.BadExpression, expression.Span, "an independent source cannot depend on the circuit", $"use a behavioural source: B1 plus minus {char.ToUpperInvariant(pending.Syntax.Letter)}={Short(expression.Span)}");
                    break;
                case WordSyntax or ExpressionValueSyntax:
                    if (k == 0)
                        Direct(pending, found, rest[k]);
                    else
                        Surplus(pending, rest[k], found);
                    break;
                default:
                    Surplus(pending, rest[k], found);
                    break;
            }
        }

        if (found.Failed)
            return;
        if (found.Waveform is PiecewiseLinearWaveform line && (repeat is not null || delay != 0))
            found.Waveform = line with { RepeatFrom = repeat, Delay = delay };
        if (!found.Numbers.ContainsKey("value"))
            found.Numbers["value"] = found.Waveform?.At(0) ?? 0;
    }

    private void OnlyOnce(Findings found, ref SourceSpan? wave, SourceSpan span)
    {
        if (wave is not null)
            Wrong(found, Codes.RepeatedParameter, span, "a second waveform on one source", "leave one of them out, or put two sources in a row");
        wave = span;
    }

    private static bool IsNumber(ValueSyntax item) => item is ExpressionValueSyntax || (item is WordSyntax word && NumberLiteral.LooksNumeric(word.Text));

    private void Number(PendingElement pending, Findings found, ValueSyntax item, string name)
    {
        if (TryNumber(item, pending.Scope, out double value))
            found.Numbers[name] = value;
        else
            found.Failed = true;
    }

    private void Direct(PendingElement pending, Findings found, ValueSyntax item)
    {
        if (found.Numbers.ContainsKey("value"))
            Wrong(found, Codes.RepeatedParameter, item.Span, "the DC value is given twice", "leave one of them out");
        else if (item is WordSyntax word && !NumberLiteral.LooksNumeric(word.Text) && Nearest(word.Text, WaveformNames) is { } near)
            Wrong(found, Codes.NumberExpected, word.Span, $"a value was expected, not '{Short(word.Span)}'", $"did you mean {near.ToUpperInvariant()}?");
        else
            Number(pending, found, item, "value");
    }

    private Waveform? Waveform(PendingElement pending, Findings found, string name, SourceSpan span, ImmutableArray<ValueSyntax> items, ref double? repeat, ref double delay)
    {
        if (name == "data" && items.Length == 0)
            return new DataWaveform();
        (int least, int most) = name switch
        {
            "pulse" => (2, 7),
            "sin" => (2, 6),
            "exp" => (2, 6),
            "sffm" => (2, 5),
            "trnoise" => (2, 7),
            "pwl" => (2, int.MaxValue),
            _ => (-1, -1),
        };
        if (least < 0)
        {
            Wrong(found, Codes.UnknownFunction, span, $"there is no waveform '{span.Text}'", Help(name, WaveformNames, "waveforms"));
            return null;
        }

        var numbers = new List<double>();
        var places = new List<SourceSpan>();
        foreach (ValueSyntax item in Flat(items))
        {
            if (item is NamedSyntax { Key: WordSyntax key } named && name == "pwl" && (key.Is("r") || key.Is("td")))
            {
                if (!TryNumber(named.Value, pending.Scope, out double time))
                    found.Failed = true;
                else if (key.Is("r"))
                    repeat = time;
                else
                    delay = time;
                continue;
            }

            if (!TryNumber(item, pending.Scope, out double number))
            {
                found.Failed = true;
                return null;
            }

            numbers.Add(number);
            places.Add(item.Span);
        }

        if (numbers.Count < least || numbers.Count > most)
        {
            Wrong(
                found,
                Codes.WrongArgumentCount,
                numbers.Count > most ? places[most] : span,
                string.Create(CultureInfo.InvariantCulture, $"{name.ToUpperInvariant()} takes {least}{(most == int.MaxValue ? " or more" : $" to {most}")} numbers, not {numbers.Count}"), "netlists/README.md, section 6, lists the waveforms with their numbers");
            return null;
        }

        double At(int k, double otherwise) => k < numbers.Count ? numbers[k] : otherwise;

        // As in ngspice a zero counts as left out.
        double Given(int k, double otherwise) => At(k, 0) != 0 ? At(k, 0) : otherwise;
        (double step, double stop) = TransientTimes();
        switch (name)
        {
            case "pulse":
                for (int k = 3; k < numbers.Count; k++)
                {
                    if (numbers[k] < 0)
                    {
                        Wrong(found, Codes.BadValue, places[k], "a time of a pulse cannot be negative", "pulse(v1 v2 delay rise fall width period): times are 0 or more");
                        return null;
                    }
                }

                double rise = At(3, 0) > 0 ? At(3, 0) : double.IsFinite(step) ? step : 0;
                double fall = At(4, 0) > 0 ? At(4, 0) : double.IsFinite(step) ? step : 0;
                double width = At(5, 0) > 0 ? At(5, 0) : stop;
                double period = At(6, 0) > 0 ? At(6, 0) : double.PositiveInfinity;
                if (period < rise + width + fall && numbers.Count > 6 && numbers[6] > 0)
                    _diagnostics.Warning(Codes.BadValue, places[6], "the period is shorter than rise, width and fall together", "pulse(v1 v2 delay rise fall width period): a longer period, or a shorter width");
                return new PulseWaveform(numbers[0], numbers[1], At(2, 0), rise, fall, width, period);
            case "sin":
                return new SineWaveform(numbers[0], numbers[1], Given(2, double.IsFinite(stop) ? 1 / stop : 0), At(3, 0), At(4, 0), At(5, 0));
            case "exp":
                double tau = double.IsFinite(step) ? step : 1e-9;
                double delay1 = Given(2, double.IsFinite(step) ? step : 0);
                double tau1 = Given(3, tau);
                double tau2 = Given(5, tau);
                if (tau1 <= 0 || tau2 <= 0)
                {
                    Wrong(found, Codes.BadValue, tau1 <= 0 ? places[3] : places[5], "a time constant must be greater than 0", "exp(v1 v2 delay1 tau1 delay2 tau2): write time constants above 0");
                    return null;
                }

                return new ExponentialWaveform(numbers[0], numbers[1], delay1, tau1, Given(4, delay1 + tau), tau2);
            case "sffm":
                double frequency = double.IsFinite(stop) ? 1 / stop : 0;
                return new FrequencyModulatedWaveform(numbers[0], numbers[1], Given(2, frequency), At(3, 0), Given(4, frequency));
            case "trnoise":
                return new NoiseWaveform([.. numbers]);
            default:
                if (numbers.Count % 2 != 0)
                {
                    Wrong(found, Codes.WrongArgumentCount, places[^1], "PWL takes pairs of time and value; the last value is missing", "write pwl(t1 v1 t2 v2 …)");
                    return null;
                }

                for (int k = 2; k < numbers.Count; k += 2)
                {
                    if (!(numbers[k] > numbers[k - 2]))
                    {
                        Wrong(found, Codes.BadValue, places[k], string.Create(CultureInfo.InvariantCulture, $"the times of PWL must rise: {numbers[k]} s is not after {numbers[k - 2]} s"), "write pwl(t1 v1 t2 v2 …) with t1 < t2 < …");
                        return null;
                    }
                }

                return new PiecewiseLinearWaveform([.. numbers.Where((_, k) => k % 2 == 0)], [.. numbers.Where((_, k) => k % 2 == 1)]);
        }
    }

    /// <summary>The items of tuples in their place: PWL((0, 0) (1u, 1)).</summary>
    private static IEnumerable<ValueSyntax> Flat(IEnumerable<ValueSyntax> items) => items.SelectMany(i => i is ListSyntax list ? Flat(list.Items) : [i]);

    /// <summary>Step and end of <c>.tran</c>, which SPICE's waveforms take their defaults from; infinite when there is none.</summary>
    private (double Step, double Stop) TransientTimes()
    {
        if (!_transientSought)
        {
            _transientSought = true;
            if (_cards.FirstOrDefault(c => c.Card is { Name: "tran", IsBroken: false, Items.Length: >= 2 }).Card is { } card
                && TryNumber(card.Items[0], _root, out double step) && TryNumber(card.Items[1], _root, out double stop))
            {
                _transientTimes = (step, stop);
            }
        }

        return _transientTimes ?? (double.PositiveInfinity, double.PositiveInfinity);
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>Which crossing of a level counts.</summary>
public enum CrossingKind
{
    /// <summary>Upward or downward.</summary>
    Any,

    /// <summary>Upward.</summary>
    Rise,

    /// <summary>Downward.</summary>
    Fall,
}

/// <summary>An instant at which a waveform crosses a level, or a given time.</summary>
/// <param name="Signal">The waveform, or null for a given time.</param>
/// <param name="Level">The level, an expression in the same quantities.</param>
/// <param name="Kind">Which crossings count.</param>
/// <param name="Number">Which of them, from 1; 0 for the last.</param>
/// <param name="After">Crossings before this time do not count [s].</param>
/// <param name="At">The given time [s], or null.</param>
public sealed record Crossing(MeasureExpression? Signal, MeasureExpression? Level, CrossingKind Kind, int Number, double After, double? At);

/// <summary>What a measure takes of its analysis.</summary>
public abstract record Measurement;

/// <summary><c>param='expression'</c>: an expression in quantities and in measures above.</summary>
/// <param name="Expression">The expression.</param>
public sealed record ExpressionMeasurement(MeasureExpression Expression) : Measurement;

/// <summary><c>max min pp avg rms integ min_at max_at</c> of a waveform, between two times.</summary>
/// <param name="Kind">Which, lower case.</param>
/// <param name="Signal">The waveform.</param>
/// <param name="From">Beginning [s].</param>
/// <param name="To">End [s].</param>
public sealed record StatisticMeasurement(string Kind, MeasureExpression Signal, double From, double To) : Measurement;

/// <summary><c>find signal at=time</c> and <c>find signal when other=level</c>, <c>deriv …</c> for the slope.</summary>
/// <param name="Signal">The waveform.</param>
/// <param name="When">The instant.</param>
/// <param name="Slope">Whether its slope is wanted [1/s].</param>
public sealed record FindMeasurement(MeasureExpression Signal, Crossing When, bool Slope) : Measurement;

/// <summary><c>when signal=level</c>: the instant itself.</summary>
/// <param name="When">The instant.</param>
public sealed record WhenMeasurement(Crossing When) : Measurement;

/// <summary><c>trig … targ …</c>: the time between two instants.</summary>
/// <param name="Trigger">The first instant.</param>
/// <param name="Target">The second instant.</param>
public sealed record DelayMeasurement(Crossing Trigger, Crossing Target) : Measurement;

/// <summary>A <c>.measure</c> card, read.</summary>
/// <param name="Name">Its name, as written.</param>
/// <param name="Table">What its analysis offers.</param>
/// <param name="Measurement">What it takes.</param>
/// <param name="Check">What the value must satisfy.</param>
/// <param name="Span">Where the card stands.</param>
public sealed record Measure(string Name, QuantityTable Table, Measurement Measurement, MeasureCheck Check, SourceSpan Span);

/// <summary>What a measure's value must satisfy: bounds, a goal, a condition. Nothing by default.</summary>
/// <param name="Minimum">Lowest value.</param>
/// <param name="Maximum">Highest value.</param>
/// <param name="Goal">The value wanted, or null.</param>
/// <param name="Tolerance">Largest |value − goal|/max(|goal|, floor).</param>
/// <param name="Floor">The floor below the goal in that quotient (<c>minval</c>).</param>
/// <param name="Condition">An expression that must not be 0, or null.</param>
public sealed record MeasureCheck(double Minimum, double Maximum, double? Goal, double Tolerance, double Floor, MeasureExpression? Condition)
{
    /// <summary>Nothing.</summary>
    public static MeasureCheck None { get; } = new(double.NegativeInfinity, double.PositiveInfinity, null, 0.01, 1e-12, null);

    /// <summary>Says why a value does not satisfy it, or null when it does. The condition is not looked at.</summary>
    /// <param name="value">The value.</param>
    public string? Complaint(double value)
    {
        if (value < Minimum)
            return string.Create(CultureInfo.InvariantCulture, $"{value:g6} is below min={Minimum:g6}");
        if (value > Maximum)
            return string.Create(CultureInfo.InvariantCulture, $"{value:g6} is above max={Maximum:g6}");
        double error = Goal is { } goal ? Math.Abs(value - goal) / Math.Max(Math.Abs(goal), Floor) : 0;
        return error <= Tolerance || Goal is null
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{value:g6} is not goal={Goal:g6}: relative error {error:g3}, allowed {Tolerance:g3}");
    }
}

/// <summary>Reads <c>.measure</c> cards.</summary>
/// <param name="names">What names mean.</param>
/// <param name="diagnostics">Receives what is wrong.</param>
public sealed class MeasureReader(QuantityNames names, DiagnosticBag diagnostics)
{
    private static readonly string[] s_statistics = ["max", "min", "pp", "avg", "rms", "integ", "integral", "max_at", "min_at"];
    private static readonly string[] s_forms = [.. s_statistics, "find", "when", "deriv", "trig", "param"];
    private static readonly string[] s_checks = ["goal", "tol", "minval", "min", "max", "check"];

    private readonly List<string> _above = [];

    /// <summary>Reads the cards in order; a measure may name those above it.</summary>
    /// <param name="cards">The cards.</param>
    public ImmutableArray<Measure> Read(IEnumerable<MeasureCard> cards)
    {
        var measures = ImmutableArray.CreateBuilder<Measure>();
        foreach (MeasureCard card in cards)
        {
            if (QuantityTable.Find(card.Analysis) is not { } table)
            {
                diagnostics.Error("AL0955", card.Span, $"nothing of .{card.Analysis} can be measured in this version", $"there are: {string.Join(", ", QuantityTable.All.Select(t => t.Analysis))}");
                continue;
            }

            var words = new WordList(card.Words);
            MeasureCheck? check = ReadCheck(words, table, card.Name);
            Measurement? measurement = ReadForm(words, table, card);
            _above.Add(card.Name);
            if (check is null || measurement is null)
                continue;
            if (words.Left is { } left)
                diagnostics.Error("AL0956", left.Span, left.Name is { } name ? $"'{name}' has no meaning in this measure" : $"'{left.Span.Text}' has no meaning in this measure", Forms(table));
            measures.Add(new Measure(card.Name, table, measurement, check, card.Span));
        }

        return measures.ToImmutable();
    }

    private static string Forms(QuantityTable table) => table.HasAxis
        ? "write max|min|avg|pp|rms|integ v(y[0]) [from= to=], find v(y[0]) at=1m, find … when v(y[0])=0.5 rise=1, trig … targ …, or param='…'"
        : "write param='…'";

    private Measurement? ReadForm(WordList words, QuantityTable table, MeasureCard card)
    {
        if (words.Take("param") is { } param)
            return Expression(param.Value, table) is { } expression ? new ExpressionMeasurement(expression) : null;
        if (words.TakeWord() is not { } first)
        {
            diagnostics.Error("AL0956", card.Span, $"the measure '{card.Name}' does not say what to measure", Forms(table));
            return null;
        }

        string form = first.Text.ToLowerInvariant();
        if (!s_forms.Contains(form, StringComparer.Ordinal))
        {
            diagnostics.Error("AL0956", first.Span, $"there is no measure '{first.Text}'", NameSuggestion.Nearest(form, s_forms) is { } near ? $"did you mean '{near}'?" : Forms(table));
            return null;
        }

        if (!table.HasAxis)
        {
            diagnostics.Error("AL0956", first.Span, $"'{first.Text}' needs waveforms, and .{table.Analysis} has none", "write param='…'");
            return null;
        }

        switch (form)
        {
            case "trig":
                return ReadCrossing(words, table, first.Span, "val") is { } trigger && words.TakeWord("targ") is { } targ && ReadCrossing(words, table, targ.Span, "val") is { } target
                    ? new DelayMeasurement(trigger, target)
                    : Incomplete(card, "write trig v(a) val=0.5 rise=1 targ v(b) val=0.5 rise=1");
            case "when":
                return ReadWhen(words, table, first.Span) is { } when ? new WhenMeasurement(when) : null;
            case "find" or "deriv":
                if (words.TakeValue() is not { } found || Expression(found.Value, table) is not { } signal)
                    return Incomplete(card, Forms(table));
                if (Number(words, "at") is { } at)
                    return new FindMeasurement(signal, new Crossing(null, null, CrossingKind.Any, 1, 0, at), form == "deriv");
                return words.TakeWord("when") is { } word && ReadWhen(words, table, word.Span) is { } instant
                    ? new FindMeasurement(signal, instant, form == "deriv")
                    : Incomplete(card, "write find v(y[0]) at=1m, or find v(y[0]) when v(h[0])=0.5 rise=1");
            default:
                if (words.TakeValue() is not { } of || Expression(of.Value, table) is not { } waveform)
                    return Incomplete(card, Forms(table));
                return new StatisticMeasurement(form == "integral" ? "integ" : form, waveform, Number(words, "from") ?? double.NegativeInfinity, Number(words, "to") ?? double.PositiveInfinity);
        }
    }

    private Measurement? Incomplete(MeasureCard card, string fix)
    {
        diagnostics.Error("AL0956", card.Span, $"the measure '{card.Name}' is not complete", fix);
        return null;
    }

    /// <summary>Reads <c>v(a)=level [rise|fall|cross=n] [td=time]</c>.</summary>
    private Crossing? ReadWhen(WordList words, QuantityTable table, SourceSpan span)
    {
        if (words.TakeFirstNamed() is not { } equation)
        {
            diagnostics.Error("AL0956", span, "'when' needs an equation", "write when v(y[0])=0.5 rise=1");
            return null;
        }

        MeasureExpression? signal = Key(equation, table);
        MeasureExpression? level = Expression(equation.Value, table);
        return signal is null || level is null ? null : Edge(words, signal, level);
    }

    /// <summary>Reads <c>v(a) val=level [rise|fall|cross=n] [td=time]</c>, or <c>at=time</c>.</summary>
    private Crossing? ReadCrossing(WordList words, QuantityTable table, SourceSpan span, string levelName)
    {
        if (words.NextIs("at") && Number(words, "at") is { } at)
            return new Crossing(null, null, CrossingKind.Any, 1, 0, at);
        if (words.TakeValue() is not { } value)
        {
            diagnostics.Error("AL0956", span, $"'{span.Text}' needs a waveform and a level", $"write {span.Text} v(a) val=0.5 rise=1");
            return null;
        }

        if (words.Take(levelName) is not { } level)
        {
            diagnostics.Error("AL0956", value.Span, $"the level val= is missing behind '{value.Span.Text}'", $"write {span.Text} v(a) val=0.5 rise=1");
            return null;
        }

        MeasureExpression? signal = Expression(value.Value, table);
        MeasureExpression? of = Expression(level.Value, table);
        return signal is null || of is null ? null : Edge(words, signal, of);
    }

    private Crossing Edge(WordList words, MeasureExpression signal, MeasureExpression level)
    {
        double after = Number(words, "td") ?? double.NegativeInfinity;
        foreach ((string name, CrossingKind kind) in new[] { ("rise", CrossingKind.Rise), ("fall", CrossingKind.Fall), ("cross", CrossingKind.Any) })
        {
            if (!words.NextIs(name) || words.Take(name) is not { } argument)
                continue;
            int number = 1;
            if (argument.Value is NumberValue { Number: >= 1 and var n } && n == Math.Floor(n))
                number = (int)n;
            else if (argument.Value is TextValue text && text.Text.Equals("last", StringComparison.OrdinalIgnoreCase))
                number = 0;
            else
                diagnostics.Error("AL0956", argument.Value.Span, $"'{name}' is the number of a crossing, from 1, or last");
            after = Math.Max(after, Number(words, "td") ?? double.NegativeInfinity);
            return new Crossing(signal, level, kind, number, after, null);
        }

        return new Crossing(signal, level, CrossingKind.Any, 1, after, null);
    }

    private MeasureCheck? ReadCheck(WordList words, QuantityTable table, string name)
    {
        MeasureExpression? condition = null;
        if (words.Take("check") is { } check)
        {
            condition = MeasureExpression.Read(check.Value, diagnostics);
            if (condition is null)
                return null;
            names.Check(condition, table, [.. _above, name], diagnostics);
        }

        return MeasureCheck.None with
        {
            Minimum = Number(words, "min") ?? double.NegativeInfinity,
            Maximum = Number(words, "max") ?? double.PositiveInfinity,
            Goal = Number(words, "goal"),
            Tolerance = Number(words, "tol") ?? MeasureCheck.None.Tolerance,
            Floor = Number(words, "minval") ?? MeasureCheck.None.Floor,
            Condition = condition,
        };
    }

    private double? Number(WordList words, string name)
    {
        if (words.Take(name) is not { } argument)
            return null;
        if (argument.Value is NumberValue number)
            return number.Number;
        diagnostics.Error("AL0956", argument.Value.Span, $"'{name}' must be a number");
        return null;
    }

    private MeasureExpression? Expression(Value value, QuantityTable table)
    {
        MeasureExpression? expression = value is CallValue { Call: { Name: "par", Arguments: [var inner] } } ? MeasureExpression.Read(inner.Value, diagnostics) : MeasureExpression.Read(value, diagnostics);
        if (expression is not null)
            names.Check(expression, table, _above, diagnostics);
        return expression;
    }

    private MeasureExpression? Key(Argument equation, QuantityTable table)
    {
        // The left side of v(a)=0.5 was taken for an argument's name.
        int length = equation.Span.Text.IndexOf('=');
        MeasureExpression? expression = equation.Span.IsWritten && length > 0
            ? MeasureExpression.Read(equation.Span with { Length = equation.Span.Text[..length].TrimEnd().Length }, diagnostics)
            : MeasureExpression.Read(equation.Name!, diagnostics);
        if (expression is not null)
            names.Check(expression, table, _above, diagnostics);
        return expression;
    }

    /// <summary>The words of a card, taken one by one from the front, arguments by name from anywhere up to the next plain word.</summary>
    private sealed class WordList(ImmutableArray<Argument> words)
    {
        private readonly List<Argument> _words = [.. words];

        public Argument? Left => _words.Count > 0 ? _words[0] : null;

        /// <summary>Takes the next argument of a name; one of a later <c>targ</c> does not count.</summary>
        public Argument? Take(string name)
        {
            int end = Array.Exists(s_checks, c => c == name) || name == "param" ? _words.Count : Section();
            int at = _words.FindIndex(0, end, w => string.Equals(w.Name, name, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
                return null;
            Argument taken = _words[at];
            _words.RemoveAt(at);
            return taken;
        }

        public bool NextIs(string name) => _words.FindIndex(0, Section(), w => string.Equals(w.Name, name, StringComparison.OrdinalIgnoreCase)) >= 0;

        public TextValue? TakeWord(string? expected = null)
        {
            if (_words.Count == 0 || _words[0] is not { Name: null, Value: TextValue text } || (expected is not null && !text.Text.Equals(expected, StringComparison.OrdinalIgnoreCase)))
                return null;
            _words.RemoveAt(0);
            return text;
        }

        public Argument? TakeValue()
        {
            if (_words.Count == 0 || _words[0].Name is not null)
                return null;
            Argument taken = _words[0];
            _words.RemoveAt(0);
            return taken;
        }

        public Argument? TakeFirstNamed()
        {
            if (_words.Count == 0 || _words[0].Name is null)
                return null;
            Argument taken = _words[0];
            _words.RemoveAt(0);
            return taken;
        }

        private int Section()
        {
            int targ = _words.FindIndex(w => w is { Name: null, Value: TextValue t } && t.Text.Equals("targ", StringComparison.OrdinalIgnoreCase));
            return targ < 0 ? _words.Count : targ;
        }
    }
}

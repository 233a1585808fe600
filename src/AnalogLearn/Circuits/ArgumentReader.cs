using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Takes named arguments of a card one by one, with their type and range, and complains about those that nobody took. Every complaint stands at the argument.
/// </summary>
/// <param name="what">What the arguments belong to, for messages: <c>eqprop(...)</c>, <c>.train</c>.</param>
/// <param name="arguments">The arguments.</param>
/// <param name="span">Where the card or call stands.</param>
/// <param name="diagnostics">Receives the complaints.</param>
public sealed class ArgumentReader(string what, ImmutableArray<Argument> arguments, SourceSpan span, DiagnosticBag diagnostics)
{
    private readonly HashSet<Argument> _taken = [];
    private readonly HashSet<string> _known = [];

    /// <summary>Arguments of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="diagnostics">Receives the complaints.</param>
    public ArgumentReader(Call call, DiagnosticBag diagnostics)
        : this($"{call.Name}(...)", call.Arguments, call.Span, diagnostics)
    {
    }

    /// <summary>Where the card or call stands.</summary>
    public SourceSpan Span { get; } = span;

    /// <summary>Receives the complaints.</summary>
    public DiagnosticBag Diagnostics { get; } = diagnostics;

    /// <summary>An argument, or null when it is absent.</summary>
    /// <param name="name">Its lower-case name.</param>
    public Argument? Take(string name)
    {
        bool asked = !_known.Add(name);
        Argument? last = null;
        foreach (Argument a in arguments)
        {
            if (!string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (last is not null && !asked)
                Diagnostics.Error("AL0901", a.Span, $"'{name}' is given twice in {what}", "Remove one of the two.");
            last = a;
            _taken.Add(a);
        }

        return last;
    }

    /// <summary>The arguments without a name, all taken.</summary>
    public ImmutableArray<Argument> Positional()
    {
        ImmutableArray<Argument> all = [.. arguments.Where(a => a.Name is null)];
        _taken.UnionWith(all);
        return all;
    }

    /// <summary>A number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">Its value when absent.</param>
    /// <param name="low">Smallest value allowed.</param>
    /// <param name="high">Largest value allowed.</param>
    /// <param name="openLow">Whether the smallest value itself is not allowed.</param>
    public double Number(string name, double absent, double low = double.NegativeInfinity, double high = double.PositiveInfinity, bool openLow = false)
    {
        Argument? a = Take(name);
        return a is null ? absent : Number(a, absent, low, high, openLow);
    }

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">Its value when absent.</param>
    /// <param name="low">Smallest value allowed.</param>
    /// <param name="high">Largest value allowed.</param>
    public int Integer(string name, int absent, int low = int.MinValue, int high = int.MaxValue)
    {
        Argument? a = Take(name);
        if (a is null)
            return absent;
        double value = Number(a, absent, low, high, openLow: false);
        if (value != Math.Floor(value))
            Diagnostics.Error("AL0903", a.Value.Span, string.Create(CultureInfo.InvariantCulture, $"'{name}' must be a whole number, not {value:g6}"), string.Create(CultureInfo.InvariantCulture, $"Write {name}={Math.Clamp(Math.Round(value), low, high):g6}."));
        return (int)value;
    }

    /// <summary>A switch, 0 or 1 (or on, off, yes, no, true, false).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">Its value when absent.</param>
    public bool Flag(string name, bool absent)
    {
        Argument? a = Take(name);
        switch (a?.Value)
        {
            case null:
                return absent;
            case NumberValue { Number: 0 }:
                return false;
            case NumberValue { Number: 1 }:
                return true;
            case TextValue t when t.Text.ToUpperInvariant() is "ON" or "YES" or "TRUE":
                return true;
            case TextValue t when t.Text.ToUpperInvariant() is "OFF" or "NO" or "FALSE":
                return false;
            default:
                Diagnostics.Error("AL0904", a.Value.Span, $"'{name}' is a switch: 0 or 1", $"Write {name}=1 for yes, {name}=0 for no.");
                return absent;
        }
    }

    /// <summary>One of a few words.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">Its value when absent.</param>
    /// <param name="allowed">The words, lower case; any word when empty.</param>
    public string Word(string name, string absent, params ReadOnlySpan<string> allowed)
    {
        Argument? a = Take(name);
        if (a is null)
            return absent;
        string? word = a.Value switch { TextValue t => t.Text, CallValue c => c.Call.Name, _ => null };
        if (word is null)
        {
            Diagnostics.Error("AL0905", a.Value.Span, $"'{name}' must be a word", allowed.Length > 0 ? $"There are: {string.Join(", ", allowed.ToArray())}." : $"Write {name}=word.");
            return absent;
        }

        if (allowed.Length == 0)
            return word;
        foreach (string w in allowed)
        {
            if (string.Equals(w, word, StringComparison.OrdinalIgnoreCase))
                return w;
        }

        Diagnostics.Error("AL0906", a.Value.Span, $"'{word}' is no value of '{name}'", Suggest(word, allowed.ToArray()));
        return absent;
    }

    /// <summary>Complains about every argument that was not taken.</summary>
    public void Finish()
    {
        foreach (Argument a in arguments)
        {
            if (_taken.Contains(a))
                continue;
            if (a.Name is null)
                Diagnostics.Error("AL0907", a.Span, $"{what} takes no value without a name here", _known.Count > 0 ? $"Write name=value; it knows: {string.Join(", ", _known)}." : "Leave it out.");
            else
                Diagnostics.Error("AL0902", a.Span, $"{what} has no argument '{a.Name}'", Suggest(a.Name, _known));
        }
    }

    private static string Suggest(string word, IReadOnlyCollection<string> known) =>
        NameSuggestion.Nearest(word, known) is { } near ? $"Did you mean '{near}'?" : $"It knows: {string.Join(", ", known)}.";

    private double Number(Argument a, double absent, double low, double high, bool openLow)
    {
        if (a.Value is not NumberValue { Number: var value })
        {
            Diagnostics.Error("AL0908", a.Value.Span, $"'{a.Name}' must be a number", "An expression goes in braces: {2*a}.");
            return absent;
        }

        if (!(value >= low && value <= high) || (openLow && value == low))
        {
            string range = double.IsPositiveInfinity(high)
                ? string.Create(CultureInfo.InvariantCulture, $"{(openLow ? "greater than" : "at least")} {low:g6}")
                : string.Create(CultureInfo.InvariantCulture, $"between {low:g6} and {high:g6}");
            Diagnostics.Error("AL0909", a.Value.Span, string.Create(CultureInfo.InvariantCulture, $"'{a.Name}' is {value:g6}; it must be {range}"), Within(a.Name, absent, low, high, openLow));
            return absent;
        }

        return value;
    }

    /// <summary>What to write instead of a number that is out of range: what stands there when nothing is said, else the end that is allowed.</summary>
    private static string Within(string? name, double absent, double low, double high, bool openLow)
    {
        if (double.IsFinite(absent) && absent >= low && absent <= high && !(openLow && absent == low))
            return string.Create(CultureInfo.InvariantCulture, $"Leave it out for {name}={absent:g6}, or write another number in that range.");
        double end = !openLow && double.IsFinite(low) ? low : double.IsFinite(high) ? high : low + 1;
        return string.Create(CultureInfo.InvariantCulture, $"Write a number in that range, such as {name}={end:g6}.");
    }
}

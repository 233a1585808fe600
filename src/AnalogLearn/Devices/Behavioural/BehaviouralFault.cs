using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>Where the value of a behavioural expression first ceased to be a finite number.</summary>
/// <param name="Span">The sub-expression that gave it.</param>
/// <param name="What">What went wrong: <c>division by zero</c>, <c>overflow</c> …</param>
/// <param name="Value">The operand that the operation could not take.</param>
public sealed record BehaviouralFault(SourceSpan Span, string What, double Value)
{
    /// <summary>The fault as a diagnostic, for an accepted solution that has it.</summary>
    public Diagnostic ToDiagnostic()
    {
        string text = Span.Length <= 40 ? Span.Text.ToString() : string.Concat(Span.Text[..37], "…");
        return new(
            Codes.NotANumber,
            Severity.Error,
            Span,
            string.Create(CultureInfo.InvariantCulture, $"'{text}' has no finite value at this solution: {What} ({Value:G6})"),
            "guard it, for instance {x == 0 ? 0 : 1/x}, or bound its argument with limit(x, low, high)");
    }
}

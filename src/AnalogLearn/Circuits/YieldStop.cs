using System.Globalization;

namespace AnalogLearn.Circuits;

/// <summary>How a study of chips says when it has seen enough: <c>until="interval&lt;0.02"</c> of the width of the yield's interval, or <c>halfwidth=0.01</c> of half of it.</summary>
internal static class YieldStop
{
    /// <summary>The half-width in <c>until</c>.</summary>
    /// <param name="value">The argument's value.</param>
    /// <returns>The half-width, or null when the text says none.</returns>
    public static double? HalfWidthOf(Value value)
    {
        string text = (value is TextValue { Text: var own } ? own : value.Span.IsWritten ? value.Span.Text.ToString() : string.Empty).Trim('"');
        int at = text.IndexOf('<', StringComparison.Ordinal);
        return at > 0 && text[..at].Trim().Equals("interval", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(at + 1).TrimStart('=').Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double width) ? 0.5 * width : null;
    }
}

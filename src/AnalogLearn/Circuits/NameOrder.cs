namespace AnalogLearn.Circuits;

/// <summary>
/// Names in an order of their own, in which <c>n2</c> stands before <c>n10</c>: what is laid out in this order does not depend on the order of a deck's lines, nor on what else the deck holds.
/// </summary>
internal sealed class NameOrder : IComparer<string>
{
    /// <summary>The order.</summary>
    public static NameOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x, b = y;
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                ReadOnlySpan<char> left = Number(a, ref i), right = Number(b, ref j);
                int byValue = left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
                if (byValue != 0)
                    return byValue;
                continue;
            }

            if (a[i] != b[j])
                return a[i].CompareTo(b[j]);
            i++;
            j++;
        }

        int byLength = (a.Length - i).CompareTo(b.Length - j);
        return byLength != 0 ? byLength : string.CompareOrdinal(x, y);
    }

    /// <summary>The digits from a place on, without the zeros that they begin with.</summary>
    private static ReadOnlySpan<char> Number(ReadOnlySpan<char> text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text[start..at].TrimStart('0');
    }
}

namespace AnalogLearn.Netlist;

/// <summary>
/// Finds the name that was probably meant: the nearest one in the restricted Damerau–Levenshtein distance (insertions, deletions,
/// substitutions and swaps of neighbours), if it is near enough for the length of the name.
/// </summary>
public static class NameSuggestion
{
    /// <summary>The nearest of some names, or null when none is near. Of several equally near ones that which only has letters left out in what was written, else the first.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">The names in reach.</param>
    public static string? Nearest(ReadOnlySpan<char> name, IEnumerable<string> candidates) => Nearest(name, candidates, 1) is [var best, ..] ? best : null;

    /// <summary>A question that names the nearest of some names, up to three where several are equally near, or null when none is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">The names in reach.</param>
    public static string? Question(ReadOnlySpan<char> name, IEnumerable<string> candidates)
    {
        string[] near = [.. Nearest(name, candidates, 3).Select(n => $"'{n}'")];
        return near.Length == 0 ? null : $"did you mean {(near.Length == 1 ? near[0] : $"{string.Join(", ", near[..^1])} or {near[^1]}")}?";
    }

    private static List<string> Nearest(ReadOnlySpan<char> name, IEnumerable<string> candidates, int most)
    {
        var best = new List<string>();
        if (name.Length is 0 or > 64)
            return best;
        int limit = Math.Max(1, (name.Length + 1) / 3);
        int looked = 0, shortened = 0;
        foreach (string candidate in candidates)
        {
            if (++looked > 20_000)
                break;
            if (Math.Abs(candidate.Length - name.Length) > limit || candidate.Length > 64)
                continue;
            int distance = Distance(name, candidate, limit);
            if (distance > limit || distance >= Math.Max(name.Length, candidate.Length))
                continue;
            if (distance < limit)
            {
                best.Clear();
                (limit, shortened) = (distance, 0);
            }

            if (candidate.Length == name.Length + distance)
                best.Insert(shortened++, candidate);
            else
                best.Add(candidate);
            if (best.Count > most)
                best.RemoveAt(most);
            shortened = Math.Min(shortened, best.Count);
            if (distance == 0)
                break;
        }

        return best;
    }

    /// <summary>A help text that names the nearest of some names, or lists the names when they are few, or null.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">The names in reach.</param>
    /// <param name="what">What the names are, in the plural: <c>models</c>.</param>
    public static string? Help(ReadOnlySpan<char> name, IEnumerable<string> candidates, string? what = null)
    {
        string[] all = [.. candidates.Take(20_001)];
        if (Nearest(name, all) is { } near)
            return $"did you mean '{near}'?" + (what is not null && all.Length <= 30 ? $" ({what}: {string.Join(", ", all)})" : string.Empty);
        return what is not null && all.Length is > 0 and <= 40 ? $"{what}: {string.Join(", ", all)}" : null;
    }

    /// <summary>The distance between two names without regard to case, or more than the limit.</summary>
    /// <param name="a">One name.</param>
    /// <param name="b">The other.</param>
    /// <param name="limit">Beyond this the exact distance does not matter.</param>
    public static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b, int limit = int.MaxValue)
    {
        Span<int> before = stackalloc int[b.Length + 1];
        Span<int> last = stackalloc int[b.Length + 1];
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            int smallest = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                int d = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 2]) && char.ToLowerInvariant(a[i - 2]) == char.ToLowerInvariant(b[j - 1]))
                    d = Math.Min(d, before[j - 2] + 1);
                row[j] = d;
                smallest = Math.Min(smallest, d);
            }

            if (smallest > limit)
                return smallest;
            Span<int> spare = before;
            before = last;
            last = row;
            row = spare;
        }

        return last[b.Length];
    }
}

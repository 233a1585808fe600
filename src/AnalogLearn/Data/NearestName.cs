namespace AnalogLearn.Data;

/// <summary>The known name that a misspelt one probably stands for: least optimal-string-alignment distance (insert, delete, replace, swap).</summary>
internal static class NearestName
{
    /// <summary>The nearest of some names.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="names">The names that exist.</param>
    /// <returns>The nearest name, case ignored, or null where none is within a third of the word's length (at least 1).</returns>
    public static string? Of(string word, IEnumerable<string> names)
    {
        string? best = null;
        int limit = Math.Max(1, word.Length / 3) + 1;
        string lower = word.ToLowerInvariant();
        foreach (string name in names)
        {
            int distance = Distance(lower, name.ToLowerInvariant());
            if (distance < limit)
            {
                limit = distance;
                best = name;
            }
        }

        return best;
    }

    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                int least = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        }

        return rows[a.Length, b.Length];
    }
}

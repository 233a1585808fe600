using System.Text;

namespace AnalogLearn.Gradients;

/// <summary>Rows of words in aligned columns: the first column to the left, the others to the right.</summary>
internal static class TextTable
{
    /// <summary>Writes the rows, the first one underlined.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="rows">The rows, all of one length, the heading first.</param>
    public static void Write(StringBuilder text, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        for (int r = 0; r < rows.Count; r++)
        {
            for (int c = 0; c < widths.Length; c++)
            {
                if (c > 0)
                    text.Append("  ");
                text.Append(c == 0 ? rows[r][c].PadRight(widths[c]) : rows[r][c].PadLeft(widths[c]));
            }

            text.Append('\n');
            if (r == 0)
                text.Append('-', widths.Sum() + (2 * (widths.Length - 1))).Append('\n');
        }
    }
}

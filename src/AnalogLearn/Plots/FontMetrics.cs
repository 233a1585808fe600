using System.Globalization;
using System.Text;

namespace AnalogLearn.Plots;

/// <summary>A stretch of text on one baseline.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Shift">0 on the baseline, +1 superscript, −1 subscript.</param>
internal readonly record struct TextRun(string Text, int Shift);

/// <summary>
/// How wide text will be without a font at hand: advance widths of DejaVu Sans, the widest of the usual sans-serif fonts, so that what is laid out
/// with them fits in Helvetica, Arial or Liberation Sans as well.
/// </summary>
internal static class FontMetrics
{
    /// <summary>The fonts asked for, in order.</summary>
    public const string Family = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

    /// <summary>Height of capitals and ascenders above the baseline, as a share of the size.</summary>
    public const double Ascent = 0.76;

    /// <summary>Depth of descenders below the baseline, as a share of the size.</summary>
    public const double Descent = 0.22;

    /// <summary>Distance of baselines, as a share of the size.</summary>
    public const double LineHeight = 1.3;

    /// <summary>Size of sub- and superscripts, as a share of the size.</summary>
    public const double ScriptSize = 0.72;

    // Thousandths of the size, for the characters from space to tilde.
    private static readonly short[] s_regular =
    [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
        1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
        500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
    ];

    private static readonly short[] s_bold =
    [
        348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580,
        1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500,
        500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
    ];

    /// <summary>Width of a text in the unit of its size.</summary>
    /// <param name="text">The text, with <c>_{…}</c> and <c>^{…}</c> for sub- and superscripts.</param>
    /// <param name="size">The font's size.</param>
    /// <param name="bold">Whether it is bold.</param>
    public static double Width(string text, double size, bool bold = false)
    {
        double width = 0;
        foreach (TextRun run in Runs(text))
        {
            double thousandths = 0;
            foreach (Rune rune in run.Text.EnumerateRunes())
                thousandths += Advance(rune, bold);
            width += thousandths * (run.Shift == 0 ? 1 : ScriptSize);
        }

        return width * size / 1000;
    }

    /// <summary>The text split at sub- and superscripts.</summary>
    public static IReadOnlyList<TextRun> Runs(string text)
    {
        if (!text.Contains('{', StringComparison.Ordinal))
            return [new(text, 0)];
        var runs = new List<TextRun>();
        int start = 0;
        for (int k = 0; k + 1 < text.Length; k++)
        {
            if (text[k] is not ('_' or '^') || text[k + 1] != '{')
                continue;
            int close = text.IndexOf('}', k + 2);
            if (close < 0)
                break;
            if (k > start)
                runs.Add(new(text[start..k], 0));
            if (close > k + 2)
                runs.Add(new(text[(k + 2)..close], text[k] == '^' ? 1 : -1));
            start = close + 1;
            k = close;
        }

        if (start < text.Length)
            runs.Add(new(text[start..], 0));
        return runs;
    }

    /// <summary>The text without its sub- and superscript marks.</summary>
    public static string Plain(string text) => string.Concat(Runs(text).Select(static r => r.Text));

    /// <summary>Breaks a text into lines, at spaces where possible, that are no wider than allowed.</summary>
    public static IReadOnlyList<string> Wrap(string text, double size, double widest, bool bold = false)
    {
        var lines = new List<string>();
        foreach (string paragraph in text.Split('\n'))
        {
            string line = string.Empty;
            foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string longer = line.Length == 0 ? word : line + " " + word;
                if (Width(longer, size, bold) <= widest)
                {
                    line = longer;
                    continue;
                }

                if (line.Length > 0)
                    lines.Add(line);
                line = word;
                while (Width(line, size, bold) > widest && !line.Contains('{', StringComparison.Ordinal))
                {
                    int fits = line.Length - 1;
                    while (fits > 1 && Width(line[..fits], size, bold) > widest)
                        fits--;
                    if (fits < 1)
                        break;
                    if (char.IsHighSurrogate(line[fits - 1]) && fits < line.Length)
                        fits++;
                    if (fits >= line.Length)
                        break;
                    lines.Add(line[..fits]);
                    line = line[fits..];
                }
            }

            lines.Add(line);
        }

        return lines;
    }

    private static double Advance(Rune rune, bool bold)
    {
        int c = rune.Value;
        if (c is >= 32 and < 127)
            return (bold ? s_bold : s_regular)[c - 32];
        if (c is '°' or '·' or '²' or '³' or '¹' or '–')
            return 500;
        if (c is '−' or '×' or '→' or '←' or '≤' or '≥' or '≈' or '±')
            return 838;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control => 0,
            UnicodeCategory.UppercaseLetter => bold ? 850 : 770,
            UnicodeCategory.LowercaseLetter => bold ? 720 : 650,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherNumber => 500,
            _ => 1000,
        };
    }
}

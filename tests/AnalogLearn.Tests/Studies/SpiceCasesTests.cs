using System.Globalization;
using System.Text.RegularExpressions;
using AnalogLearn.Interchange;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>
/// Decks with ngspice's answers (origin and noise floors in Cases/spice/INDEX.md), run as a user runs them. A column may differ, against its own largest value, by the deck's noise floor:
/// the distance between ngspice's answers at its default and at tight tolerances, and at least by what its own tolerances leave open.
/// </summary>
public sealed partial class SpiceCasesTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases", "spice");

    public static TheoryData<string> Cases
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.GetFiles(Folder, "*.cir").Order(StringComparer.Ordinal))
                data.Add(Path.GetFileNameWithoutExtension(path));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheAnswerIsNgspices(string name)
    {
        using var folder = new TemporaryFolder();
        DeckRun run = DeckRun.Open(Path.Combine(Folder, name + ".cir"), new RunSettings { Folder = folder.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, string.Join("\n", run.Diagnostics));
        foreach (string path in Directory.GetFiles(Folder, name + ".*csv"))
        {
            string plot = Path.GetFileName(path)[(name.Length + 1)..];
            string analysis = plot.StartsWith("integrated", StringComparison.Ordinal) ? "noise_total" : name[..name.IndexOf('_', StringComparison.Ordinal)];
            WaveformTable? mine = run.Results.Table(analysis);
            Assert.True(mine is not null, $"no {analysis}");
            Compare(name, mine!, path, Floor(name));
        }
    }

    private static double Floor(string name)
    {
        string row = File.ReadLines(Path.Combine(Folder, "INDEX.md")).Single(l => l.StartsWith($"| {name} |", StringComparison.Ordinal));
        double[] floors = [.. FloorPattern().Matches(row).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

        // ngspice's tight answers are themselves good to about reltol = 1e-6; where the step is bounded, its transients repeat to all digits but still carry the trapezoidal rule's error.
        double least = name.StartsWith("tran", StringComparison.Ordinal) ? 1e-4 : name.StartsWith("sens", StringComparison.Ordinal) ? 3e-6 : 2e-6;
        return Math.Max(least, floors.Max());
    }

    private static void Compare(string name, WaveformTable mine, string path, double tolerance)
    {
        string[] lines = File.ReadAllLines(path);
        string[] head = lines[0].Split(',');
        double[][] rows = [.. lines.Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',').Select(c => double.Parse(c, CultureInfo.InvariantCulture)).ToArray())];
        bool overAxis = head[0] is "time" or "frequency" or "v(v-sweep)" or "res-sweep";
        double[] axis = overAxis ? mine.Columns[0].Values : [];
        if (overAxis && head[0] != "time")
        {
            Assert.Equal(rows.Length, axis.Length);
            Assert.All(rows, r => Assert.Contains(axis, a => Math.Abs(a - r[0]) <= 1e-9 * Math.Max(Math.Abs(r[0]), 1e-3)));
        }

        var wrong = new List<string>();
        int compared = 0;
        for (int c = overAxis ? 1 : 0; c < head.Length; c++)
        {
            if (Find(mine, head[c]) is not { } values)
            {
                // Sensitivities by parameters that no equation of ours has are zero in ngspice's table too.
                if (!rows.All(r => r[c] == 0))
                    wrong.Add($"there is no {head[c]}");
                continue;
            }

            compared++;
            double scale = Math.Max(rows.Max(r => Math.Abs(r[c])), head[c].StartsWith("i(", StringComparison.Ordinal) ? 1e-12 : 1e-9);
            for (int r = 0; r < rows.Length; r++)
            {
                double value = !overAxis ? values[0] : head[0] == "time" ? At(axis, values, rows[r][0]) : values[r];
                if (Math.Abs(value - rows[r][c]) > tolerance * scale)
                {
                    wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{head[c]} at {(overAxis ? rows[r][0] : 0):g6}: {value:g12}, ngspice {rows[r][c]:g12}, off by {Math.Abs(value - rows[r][c]) / scale:e2} of {scale:g4}, allowed {tolerance:e1}"));
                    break;
                }
            }
        }

        Assert.True(wrong.Count == 0, name + "\n" + string.Join("\n", wrong));
        Assert.True(compared > 0, "nothing was compared");
    }

    private static double[]? Find(WaveformTable table, string name)
    {
        if (name.EndsWith(".re", StringComparison.Ordinal))
            return table.Column(name[..^3])?.Values;
        if (name.EndsWith(".im", StringComparison.Ordinal))
            return table.Column(name[..^3])?.Imaginary;
        return (table.Column(name) ?? (name.StartsWith("v(", StringComparison.Ordinal) ? table.Column(name[2..^1]) : null))?.Values;
    }

    private static double At(double[] axis, double[] values, double at)
    {
        int k = Array.BinarySearch(axis, at);
        if (k >= 0)
            return values[k];
        k = Math.Clamp(~k, 1, axis.Length - 1);
        return values[k - 1] + ((values[k] - values[k - 1]) * (at - axis[k - 1]) / (axis[k] - axis[k - 1]));
    }

    [GeneratedRegex(@"(?:d/t|v39) ([0-9.e+-]+)")]
    private static partial Regex FloorPattern();
}

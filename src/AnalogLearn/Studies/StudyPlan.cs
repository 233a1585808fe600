using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Studies;

/// <summary>
/// What a study consists of: every chip from 1 to n at every point of the sweep in every mode. Items are numbered in that order, the mode varying fastest; the number is the row's key.
/// </summary>
internal sealed record StudyPlan
{
    private ImmutableArray<IReadOnlyDictionary<string, double>> _steps;

    /// <summary>The most items of one study.</summary>
    public const int Most = 1_000_000_000;

    /// <summary>The stepped parameters, in order of the cards.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>The points of the sweep; the only one is empty when nothing is stepped.</summary>
    public ImmutableArray<ImmutableDictionary<string, double>> Points { get; init; } = [ImmutableDictionary<string, double>.Empty];

    /// <summary>The points as rows show them: the parameters in order of the cards.</summary>
    public ImmutableArray<IReadOnlyDictionary<string, double>> Steps => _steps.IsDefault ? _steps = [.. Points.Select(p => StepSweep.InOrder(Names, p))] : _steps;

    /// <summary>n.</summary>
    public required int Chips { get; init; }

    /// <summary>The modes; one without a name in a study that does one thing only.</summary>
    public ImmutableArray<string> Modes { get; init; } = [string.Empty];

    /// <summary>What a chip has to meet, as written, or null.</summary>
    public string? Spec { get; init; }

    /// <summary>When a point of the sweep has enough chips, or null for all n.</summary>
    public StopRule? Stop { get; init; }

    /// <summary>The part of the items that is to be done here.</summary>
    public StudyShard Shard { get; init; } = StudyShard.Whole;

    /// <summary>How many items there are.</summary>
    public int Count => Points.Length * Chips * Modes.Length;

    /// <summary>How many of them belong to the shard.</summary>
    public int Mine => (Count / Shard.Count) + (Shard.Index - 1 < Count % Shard.Count ? 1 : 0);

    /// <summary>The item of a number.</summary>
    /// <param name="id">The number, from 0.</param>
    public StudyItem ItemAt(int id)
    {
        (int chip, int mode) = Math.DivRem(id, Modes.Length);
        (int step, chip) = Math.DivRem(chip, Chips);
        return new StudyItem(step, chip + 1, Modes[mode]);
    }

    /// <summary>The number of an item.</summary>
    /// <param name="item">The item.</param>
    public int IdOf(StudyItem item) => (((item.Step * Chips) + item.Chip - 1) * Modes.Length) + Modes.IndexOf(item.Mode);

    /// <summary>Everything of the plan that rows depend on, as text.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"chips {Chips}; modes {string.Join(',', Modes)}; spec {Spec}; stop {Stop}; points");
        foreach (ImmutableDictionary<string, double> point in Points)
            text.Append(' ').AppendJoin(',', Names.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n}={point[n]:R}")));
        return text.ToString();
    }
}

/// <summary>One of n parts of a study: the items whose number leaves the remainder k − 1 when divided by n.</summary>
/// <param name="Index">k, from 1.</param>
/// <param name="Count">n.</param>
public sealed record StudyShard(int Index, int Count)
{
    /// <summary>The study in one piece.</summary>
    public static StudyShard Whole { get; } = new(1, 1);

    /// <summary>The name of the store in the run's folder.</summary>
    public string FileName => Count == 1 ? StudyStore.FileName : $"study{Suffix}.db";

    /// <summary>What tells its files from those of other shards: nothing in a study in one piece.</summary>
    internal string Suffix => Count == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{Index}-of-{Count}");

    /// <summary>Reads <c>k/n</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The shard, or null when the text is none.</returns>
    public static StudyShard? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const int most = 100_000;
        string[] parts = text.Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int k) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            && k >= 1 && k <= n && n <= most ? new StudyShard(k, n) : null;
    }
}

/// <summary>
/// When enough chips have been seen: when half the width of the 95 % interval of the yield is below a limit. Looked at after every tenth chip, in order of their numbers, so that neither threads nor shards change where a
/// study stops. An interval that is looked at so often is a little too sure of itself; <c>least</c> keeps the first lucky chips from deciding.
/// </summary>
/// <param name="HalfWidth">The limit.</param>
/// <param name="Least">Chips that are seen in any case.</param>
internal sealed record StopRule(double HalfWidth, int Least)
{
    /// <summary>Chips between two looks.</summary>
    public const int Block = 10;

    /// <summary>Whether so many chips are enough.</summary>
    /// <param name="chips">Chips seen.</param>
    /// <param name="passed">Those that meet the specification.</param>
    public bool IsMet(int chips, int passed)
    {
        if (chips < Least || chips % Block != 0)
            return false;
        (double low, double high) = YieldRecord.Wilson(chips, passed);
        return 0.5 * (high - low) < HalfWidth;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"halfwidth {HalfWidth:R} least {Least}");
}

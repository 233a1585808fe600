using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Learning;

namespace AnalogLearn.Studies;

/// <summary>An epoch of a chip's learning.</summary>
/// <param name="Measure">test_error (of autoencoders test_cost) or train_cost.</param>
/// <param name="Epoch">The epoch; 0 before training.</param>
/// <param name="Value">The value.</param>
internal readonly record struct LearningPoint(string Measure, int Epoch, double Value);

/// <summary>A chip's learning curve as entries of its row, beside its measures: <c>test_error@3</c> after epoch 3. No name of a measure holds an @.</summary>
internal static class LearningCurve
{
    private const char At = '@';
    private const int Most = 400;

    /// <summary>The entries of a training of at least one epoch; of very long ones every so many epochs.</summary>
    /// <param name="training">The training, or null.</param>
    public static IEnumerable<(string Name, double Value)> Entries(TrainingOutcome? training)
    {
        if (training is null || training.History.Length < 2)
            yield break;
        int every = (training.History.Length + Most - 1) / Most;
        foreach (EpochRecord epoch in training.History)
        {
            if (epoch.Epoch % every != 0 && epoch != training.Last)
                continue;
            if (double.IsFinite(epoch.TestError))
                yield return (string.Create(CultureInfo.InvariantCulture, $"test_error{At}{epoch.Epoch}"), epoch.TestError);
            if (double.IsFinite(epoch.TestCost) && !double.IsFinite(epoch.TestError))
                yield return (string.Create(CultureInfo.InvariantCulture, $"test_cost{At}{epoch.Epoch}"), epoch.TestCost);
            if (double.IsFinite(epoch.TrainCost))
                yield return (string.Create(CultureInfo.InvariantCulture, $"train_cost{At}{epoch.Epoch}"), epoch.TrainCost);
        }
    }

    /// <summary>Whether an entry of a row belongs to the curve and is no measure.</summary>
    public static bool IsEntry(string name) => name.Contains(At, StringComparison.Ordinal);

    /// <summary>The curve of a row.</summary>
    public static ImmutableArray<LearningPoint> Of(ImmutableArray<(string Name, double Value)> entries)
    {
        var points = ImmutableArray.CreateBuilder<LearningPoint>();
        foreach ((string name, double value) in entries)
        {
            int at = name.IndexOf(At, StringComparison.Ordinal);
            if (at > 0 && int.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch))
                points.Add(new LearningPoint(name[..at], epoch, value));
        }

        return points.ToImmutable();
    }

    /// <summary>Writes learning curves in long form: chip, mode, what is stepped, epoch, measure, value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="steps">What is stepped.</param>
    /// <param name="rows">The rows.</param>
    public static void WriteCsv(TextWriter writer, ImmutableArray<string> steps, IEnumerable<ChipRecord> rows)
    {
        writer.Write("chip,mode,");
        foreach (string step in steps)
            writer.Write(step + ",");
        writer.Write("epoch,measure,value\n");
        foreach (ChipRecord row in rows)
        {
            foreach (LearningPoint point in row.Learning)
            {
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{row.Chip},{row.Mode},"));
                foreach (string step in steps)
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"{row.Step.GetValueOrDefault(step, double.NaN):R},"));
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{point.Epoch},{point.Measure},{point.Value:R}\n"));
            }
        }
    }
}

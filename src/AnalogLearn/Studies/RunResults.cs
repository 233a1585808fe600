using System.Collections.Immutable;
using AnalogLearn.Interchange;

namespace AnalogLearn.Studies;

/// <summary>What a run has found so far.</summary>
public sealed class RunResults
{
    /// <summary>The operating point, or null.</summary>
    public OperatingPoint? OperatingPoint { get; internal set; }

    /// <summary>Where the input voltages of the operating point and the transient came from.</summary>
    public string Inputs { get; internal set; } = "none";

    /// <summary>The waveforms, or null.</summary>
    public WaveformTable? Transient { get; internal set; }

    /// <summary>What the nodal engine's analyses gave, in the order in which they ran; the first column of those with an axis is the axis.</summary>
    public List<AnalysisTable> Analyses { get; } = [];

    /// <summary>The table of an analysis, or null when it has not run.</summary>
    /// <param name="analysis">op, dc, ac, tran, noise, tf, sens.</param>
    public WaveformTable? Table(string analysis) => analysis == "tran" && Transient is { } waveforms ? waveforms : Analyses.LastOrDefault(a => a.Analysis == analysis)?.Table;

    /// <summary>The points of a <c>.step</c> sweep or the chips of a study, in order; of many chips they are read from the store as they are asked for.</summary>
    public IReadOnlyList<ChipRecord> Steps { get; internal set; } = [];

    /// <summary>The rule's name for each number of a stepped parameter that chooses rules (<c>choose({k}, …)</c>); empty where none does.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> Words { get; internal set; } = ImmutableDictionary<string, IReadOnlyDictionary<double, string>>.Empty;

    /// <summary>How many chips of a study meet its specification, or null.</summary>
    public YieldRecord? Yield { get; internal set; }

    /// <summary>What the studies that explain have found, or null.</summary>
    public Explaining.ExplanationRecord? Explanation { get; internal set; }

    /// <summary>The yield at each point of a sweep.</summary>
    public List<YieldRecord> Yields { get; } = [];

    /// <summary>How well Kirchhoff's laws hold at the nodal engine's last operating point, or null.</summary>
    public KirchhoffCertificate? Kirchhoff { get; internal set; }

    /// <summary>The training run, or null.</summary>
    public TrainingOutcome? Training { get; internal set; }

    /// <summary>What a trained autoencoder makes of some held-out images, or null.</summary>
    internal Reconstruction? Reconstruction { get; set; }

    /// <summary>Comparisons, in order of the deck.</summary>
    public List<Comparison> Comparisons { get; } = [];

    /// <summary>Exported files.</summary>
    public List<ExportedFile> Exports { get; } = [];

    /// <summary>The measures of the deck.</summary>
    public ImmutableArray<MeasureRecord> Measures { get; internal set; } = [];

    /// <summary>Texts that <c>.print</c> cards asked for.</summary>
    public List<string> Printed { get; } = [];

    /// <summary>How the run ended.</summary>
    public RunStatus Status { get; internal set; }

    /// <summary>What could not be simulated, or null.</summary>
    public string? Trouble { get; internal set; }

    /// <summary>The record of the run.</summary>
    public RunRecord Record { get; internal set; } = new();
}

/// <summary>What an analysis gave.</summary>
/// <param name="Analysis">op, dc, ac, tran, noise, noise_total, tf, sens.</param>
/// <param name="Table">Its columns.</param>
public sealed record AnalysisTable(string Analysis, WaveformTable Table);

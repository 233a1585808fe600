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

    /// <summary>The training run, or null.</summary>
    public TrainingOutcome? Training { get; internal set; }

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

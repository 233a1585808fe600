using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>How a run ended; the number is the program's exit status.</summary>
public enum RunStatus
{
    /// <summary>Everything that was asked for is done.</summary>
    Done = 0,

    /// <summary>The simulation could not be done: something diverged or did not settle.</summary>
    NotSimulated = 1,

    /// <summary>The deck, the data or the command line is wrong.</summary>
    BadInput = 2,

    /// <summary>A measure was not obtained, or its check is not met.</summary>
    CheckNotMet = 3,

    /// <summary>Interrupted; what was finished is saved.</summary>
    Interrupted = 130,
}

/// <summary>A file and its hash.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal.</param>
public sealed record FileRecord(string Path, string Sha256);

/// <summary>A diagnostic as programs read it.</summary>
/// <param name="Code">Its stable code.</param>
/// <param name="Severity">error, warning or note.</param>
/// <param name="File">The file, or null.</param>
/// <param name="Line">The line, from 1, or null.</param>
/// <param name="Column">The column, from 1, or null.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="Fix">What to do, or null.</param>
public sealed record DiagnosticRecord(string Code, string Severity, string? File, int? Line, int? Column, string Message, string? Fix)
{
    /// <summary>A diagnostic as programs read it.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    public static DiagnosticRecord Of(Diagnostic diagnostic)
    {
        string severity = diagnostic.Severity switch { Netlist.Severity.Error => "error", Netlist.Severity.Warning => "warning", _ => "note" };
        if (!diagnostic.Span.IsWritten)
            return new(diagnostic.Code, severity, null, null, null, diagnostic.Message, diagnostic.Fix);
        (int line, int column) = diagnostic.Span.Source.Locate(diagnostic.Span.Start);
        return new(diagnostic.Code, severity, diagnostic.Span.Source.Path, line, column, diagnostic.Message, diagnostic.Fix);
    }
}

/// <summary>The machine that a run ran on.</summary>
/// <param name="System">The operating system.</param>
/// <param name="Architecture">The processor's architecture.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="Threads">Threads that the run was given.</param>
/// <param name="VectorBits">Width of the widest vector registers in use.</param>
public sealed record MachineRecord(string System, string Architecture, string Runtime, int Processors, int Threads, int VectorBits)
{
    /// <summary>This machine.</summary>
    /// <param name="threads">Threads that the run is given.</param>
    public static MachineRecord This(int threads) => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        RuntimeInformation.FrameworkDescription,
        Environment.ProcessorCount,
        threads,
        Avx512F.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128);
}

/// <summary>An operating point.</summary>
/// <param name="Residual">Largest |μ| [V].</param>
/// <param name="Steps">Euler steps until it stood still.</param>
/// <param name="Settled">Whether it is a fixed point.</param>
/// <param name="Inputs">Where the input voltages came from.</param>
/// <param name="Voltages">Voltage of each node [V]; of a neuron in rate form its activity.</param>
public sealed record OperatingPointRecord(double Residual, int Steps, bool Settled, string Inputs, IReadOnlyDictionary<string, double> Voltages);

/// <summary>The nodal engine's part of a run.</summary>
/// <param name="Unknowns">Unknowns of the circuit.</param>
/// <param name="Devices">Devices.</param>
/// <param name="Entries">Structural nonzeros of the Jacobian.</param>
/// <param name="Method">How the operating point was found, or null.</param>
/// <param name="Iterations">Newton iterations of the operating point.</param>
/// <param name="KirchhoffResidual">Largest |Σi|/Σ|i| of any row.</param>
/// <param name="KirchhoffCurrent">Largest |Σi| of any node [A].</param>
public sealed record NodalRecord(int Unknowns, int Devices, int Entries, string? Method, int? Iterations, double? KirchhoffResidual, double? KirchhoffCurrent)
{
    /// <summary>The analyses.</summary>
    public ImmutableArray<AnalysisRecord> Analyses { get; init; } = [];
}

/// <summary>An analysis of the nodal engine.</summary>
/// <param name="Analysis">op, dc, ac, tran, noise, tf, sens.</param>
/// <param name="Plot">Its name in the raw file.</param>
/// <param name="Points">Points.</param>
/// <param name="Columns">Quantities, the axis included.</param>
public sealed record AnalysisRecord(string Analysis, string Plot, int Points, int Columns);

/// <summary>A transient.</summary>
/// <param name="Points">Points of the time axis.</param>
/// <param name="Stop">Its end [s].</param>
/// <param name="Inputs">Where the input voltages came from.</param>
/// <param name="Raw">The raw file.</param>
/// <param name="Csv">The csv file.</param>
public sealed record TransientRecord(int Points, double Stop, string Inputs, string Raw, string Csv);

/// <summary>A training run.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="End">done, condition_met, interrupted or diverged.</param>
/// <param name="Epochs">The epochs; epoch 0 is the state before training.</param>
public sealed record TrainingRecord(string Rule, string Optimizer, string End, ImmutableArray<EpochRecord> Epochs)
{
    /// <summary>Epochs and batches that a checkpoint had brought, or null.</summary>
    public string? ResumedAt { get; init; }

    /// <summary>What went wrong, or null.</summary>
    public string? Trouble { get; init; }

    /// <summary>Names of the classes; empty when the targets are no classes.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>Test examples by true class (row) and answer (column).</summary>
    public ImmutableArray<ImmutableArray<int>> Confusion { get; init; } = [];

    /// <summary>Shape of an input example, such as 28, 28; empty when it is plain numbers.</summary>
    public ImmutableArray<int> InputShape { get; init; } = [];

    /// <summary>Seconds of learning.</summary>
    public double Seconds { get; init; }
}

/// <summary>How the update of one array compares with minus the exact gradient.</summary>
/// <param name="Cosine">Cosine of the angle.</param>
/// <param name="Angle">The angle [°].</param>
/// <param name="NormRatio">‖update‖/‖gradient‖.</param>
/// <param name="RelError">‖update + gradient‖/‖gradient‖.</param>
/// <param name="SignAgreement">Fraction of downhill moves.</param>
/// <param name="GradientNorm">‖gradient‖.</param>
/// <param name="UpdateNorm">‖update‖.</param>
public sealed record ArrayComparisonRecord(double Cosine, double Angle, double NormRatio, double RelError, double SignAgreement, double GradientNorm, double UpdateNorm);

/// <summary>A setting of a sweep and what came of it, for one array or all.</summary>
/// <param name="Form">The form of the rule.</param>
/// <param name="Beta">β.</param>
/// <param name="Steps">Steps of a nudged phase.</param>
/// <param name="SymmetryDegrees">Angle between feedback and the transpose of feed-forward weights [°], or NaN for the network's own.</param>
/// <param name="Array">The array, or <c>all</c>.</param>
/// <param name="Angle">Mean angle [°].</param>
/// <param name="AngleError">Its standard error [°].</param>
/// <param name="Cosine">Mean cosine.</param>
/// <param name="Count">Repetitions.</param>
public sealed record SweepRecord(string Form, double Beta, int Steps, double SymmetryDegrees, string Array, double Angle, double AngleError, double Cosine, int Count)
{
    /// <summary>Mean of ‖update + gradient‖/‖gradient‖.</summary>
    public double RelError { get; init; } = double.NaN;
}

/// <summary>A comparison of a rule with an exact reference.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Reference">The reference.</param>
/// <param name="Examples">Examples compared.</param>
/// <param name="LeftOut">Examples left out, and why.</param>
/// <param name="Residual">Largest |μ| at the fixed points [V].</param>
/// <param name="Arrays">Each array and bank that learns, and <c>all</c>.</param>
public sealed record ComparisonRecord(
    string Rule, string Reference, int Examples, ImmutableArray<string> LeftOut, double Residual, IReadOnlyDictionary<string, ArrayComparisonRecord> Arrays)
{
    /// <summary>Bias and noise of the update, array by array, where it was repeated; else empty.</summary>
    public ImmutableArray<Gradients.ArrayNoise> Noise { get; init; } = [];

    /// <summary>The sweep, or empty.</summary>
    public ImmutableArray<SweepRecord> Sweep { get; init; } = [];
}

/// <summary>A measure as it came out.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; NaN when it was not obtained.</param>
/// <param name="Met">Whether it was obtained and its check is met.</param>
/// <param name="Complaint">Why not, or null.</param>
public sealed record MeasureRecord(string Name, double Value, bool Met, string? Complaint);

/// <summary>One chip of a study, or one point of a sweep.</summary>
/// <param name="Chip">The chip's number; 0 is the nominal one.</param>
/// <param name="Step">The stepped parameters.</param>
/// <param name="Measures">Its measures by name.</param>
/// <param name="Status">How its run ended.</param>
public sealed record ChipRecord(int Chip, IReadOnlyDictionary<string, double> Step, IReadOnlyDictionary<string, double> Measures, string Status)
{
    /// <summary>What was done with the chip, in a study that does several things with each; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mode { get; init; }

    /// <summary>How it learned, or empty; <c>learning.csv</c> holds it.</summary>
    [JsonIgnore]
    internal ImmutableArray<LearningPoint> Learning { get; init; } = [];
}

/// <summary>Everything about a run that can be written down: <c>run.json</c>, and what <c>--json</c> prints.</summary>
public sealed record RunRecord
{
    /// <summary>The command.</summary>
    public string Command { get; init; } = "run";

    /// <summary>Cards of device libraries that were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<DeviceRecord> Devices { get; init; }

    /// <summary>The deck's path.</summary>
    public string Deck { get; init; } = string.Empty;

    /// <summary>The deck's first line.</summary>
    public string Title { get; init; } = string.Empty;

    /// <summary>The program's version.</summary>
    public string Version { get; init; } = ProductVersion.Text;

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The chip's number; 0 is the nominal one.</summary>
    public int Chip { get; init; }

    /// <summary>The seed that the chip was drawn with, or null for the nominal one.</summary>
    public ulong? ChipSeed { get; init; }

    /// <summary>The file of the chip's draws, or null for the nominal one.</summary>
    public string? ChipFile { get; init; }

    /// <summary>rate or nodal.</summary>
    public string Engine { get; init; } = "rate";

    /// <summary>float or double.</summary>
    public string Precision { get; init; } = "float";

    /// <summary>done, not_simulated, bad_input, check_not_met or interrupted.</summary>
    public string Status { get; init; } = "done";

    /// <summary>The program's exit status.</summary>
    public int ExitCode { get; init; }

    /// <summary>The run's folder.</summary>
    public string? Out { get; init; }

    /// <summary>Every measure by name; null when it was not obtained. Of a sweep those of its last point, of a study of chips their means over the chips.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Measures with what became of their checks.</summary>
    public ImmutableArray<MeasureRecord> Checks { get; init; } = [];

    /// <summary>Everything that was told.</summary>
    public ImmutableArray<DiagnosticRecord> Diagnostics { get; init; } = [];

    /// <summary>The nodal engine's part, or null.</summary>
    public NodalRecord? Nodal { get; init; }

    /// <summary>The operating point, or null.</summary>
    public OperatingPointRecord? Op { get; init; }

    /// <summary>The transient, or null.</summary>
    public TransientRecord? Tran { get; init; }

    /// <summary>The training run, or null.</summary>
    public TrainingRecord? Train { get; init; }

    /// <summary>The last comparison, or null.</summary>
    public ComparisonRecord? Compare => Comparisons.IsDefaultOrEmpty ? null : Comparisons[^1];

    /// <summary>The comparisons, in order of the deck.</summary>
    public ImmutableArray<ComparisonRecord> Comparisons { get; init; } = [];

    /// <summary>Phases whose waveforms stand in <c>phases.raw</c>, or empty.</summary>
    public ImmutableArray<PhaseSpan> Phases { get; init; } = [];

    /// <summary>Of which example and rule they are, or null.</summary>
    public string? PhasesOf { get; init; }

    /// <summary>Exported files.</summary>
    public ImmutableArray<ExportedFile> Exports { get; init; } = [];

    /// <summary>The points of a sweep or the chips of a study, with their measures; empty in a single run.</summary>
    public IReadOnlyList<ChipRecord> Chips { get; init; } = [];

    /// <summary>How many chips meet the specification, or null.</summary>
    public YieldRecord? Yield { get; init; }

    /// <summary>The yield at each point of a sweep.</summary>
    public ImmutableArray<YieldRecord> Yields { get; init; } = [];

    /// <summary>The same chips in several modes, measure by measure; empty in a study that does one thing only.</summary>
    public ImmutableArray<ModeComparison> Modes { get; init; } = [];

    /// <summary>What the studies that explain have found, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Explaining.ExplanationRecord? Explanation { get; init; }

    /// <summary>Tables of a study or a sweep, relative to the run's folder.</summary>
    public ImmutableArray<string> Tables { get; init; } = [];

    /// <summary>Figures, by their files in the run's folder.</summary>
    public ImmutableArray<string> Plots { get; init; } = [];

    /// <summary>The report's file in the run's folder, or null.</summary>
    public string? Report { get; init; }

    /// <summary>What the circuit consists of, or null.</summary>
    public CircuitSummary? Circuit { get; init; }

    /// <summary>Hash of everything that the numbers depend on.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The deck's parameters.</summary>
    public IReadOnlyDictionary<string, double> Parameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The deck's options, as written.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The deck with the files that it reads.</summary>
    public ImmutableArray<FileRecord> Files { get; init; } = [];

    /// <summary>The data set's name and size, or null.</summary>
    public string? Data { get; init; }

    /// <summary>The data set's files.</summary>
    public ImmutableArray<FileRecord> DataFiles { get; init; } = [];

    /// <summary>The machine.</summary>
    public MachineRecord? Machine { get; init; }

    /// <summary>When the run began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>How long each part took [s].</summary>
    public IReadOnlyDictionary<string, double> Seconds { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The record as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Record);

    /// <summary>Writes the record as JSON; the chips of a large study pass through one by one.</summary>
    /// <param name="stream">Where to.</param>
    public void WriteJson(Stream stream) => JsonSerializer.Serialize(stream, this, RunJson.Record);

    /// <summary>Writes the record as JSON; the chips of a large study pass through one by one.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteJson(TextWriter writer)
    {
        using var stream = new TextStream(writer);
        WriteJson(stream);
    }

    /// <summary>Writes what the file <c>run.json</c> holds.</summary>
    internal void WriteFile(Stream stream)
    {
        WriteJson(stream);
        stream.WriteByte((byte)'\n');
    }

    /// <summary>Reads a record.</summary>
    /// <param name="json">The JSON text.</param>
    /// <returns>The record, or null when the text is none.</returns>
    public static RunRecord? FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RunJson.Record);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How records are written as JSON: names in snake case, numbers that are not finite as null.</summary>
public static class RunJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteNumberConverter() },
        TypeInfoResolver = RunJsonContext.Default,
    };

    internal static JsonTypeInfo<RunRecord> Record { get; } = (JsonTypeInfo<RunRecord>)Options.GetTypeInfo(typeof(RunRecord));

    /// <summary>A word in snake case, as JSON names are.</summary>
    /// <param name="word">The word, such as <c>ConditionMet</c>.</param>
    public static string Snake(string word) => JsonNamingPolicy.SnakeCaseLower.ConvertName(word);

    private sealed class FiniteNumberConverter : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(value);
            else
                writer.WriteNullValue();
        }
    }
}

/// <summary>How each type is written, known when the program is compiled: nothing is looked up by reflection.</summary>
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class RunJsonContext : JsonSerializerContext;

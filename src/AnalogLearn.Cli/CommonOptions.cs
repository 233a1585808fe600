using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed class CommonOptions
{
    private readonly Option<string[]> _set = new("--set") { Description = "Override a .param of the deck; repeatable", HelpName = "name=value", AllowMultipleArgumentsPerToken = false };
    private readonly Option<string?> _seed = new("--seed") { Description = "Seed of the weights, the order of examples and every draw", HelpName = "N" };
    private readonly Option<string?> _chip = new("--chip") { Description = "Chip number, 0 is the nominal one; or the chip.json of an earlier run", HelpName = "K" };
    private readonly Option<string?> _threads = new("--threads") { Description = "Threads; results do not depend on it", HelpName = "N" };
    private readonly Option<string?> _out = new("--out") { Description = "Folder of the run (default: out/<deck>)", HelpName = "DIR" };
    private readonly Option<string[]> _data = new("--data") { Description = "Folder where data sets are looked for first", HelpName = "DIR", AllowMultipleArgumentsPerToken = false };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on standard output and nothing else there" };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress and no warnings" };
    private readonly Option<string?> _engine = new("--engine") { Description = "rate: neurons and synapses alone, batched; nodal: every element, Kirchhoff's laws exactly; auto (default): rate where the deck allows it", HelpName = "auto|rate|nodal" };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Leave a checkpoint of an interrupted run aside and start from the beginning" };

    public IEnumerable<Option> All => [_set, _seed, _chip, _threads, _out, _data, _json, _quiet, _engine, _fresh];

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public bool Quiet(ParseResult parsed) => parsed.GetValue(_quiet);

    public bool Fresh(ParseResult parsed) => parsed.GetValue(_fresh);

    public ImmutableArray<string> DataDirectories(ParseResult parsed) => [.. parsed.GetValue(_data) ?? []];

    public ulong? Seed(ParseResult parsed, DiagnosticBag problems)
    {
        if (parsed.GetValue(_seed) is not { } text)
            return null;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) && seed <= long.MaxValue)
            return seed;
        problems.Error("AL0981", SourceSpan.None, $"--seed is a whole number, not '{text}'");
        return null;
    }

    /// <summary>The settings that the options say.</summary>
    public RunSettings Settings(ParseResult parsed, DiagnosticBag problems)
    {
        var parameters = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string pair in parsed.GetValue(_set) ?? [])
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == pair.Length - 1)
                problems.Error("AL0981", SourceSpan.None, $"--set takes name=value, not '{pair}'", "write --set epochs=40");
            else
                parameters[pair[..at].Trim()] = pair[(at + 1)..].Trim();
        }

        int threads = Environment.ProcessorCount;
        if (parsed.GetValue(_threads) is { } count && (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out threads) || threads is < 1 or > 4096))
        {
            problems.Error("AL0981", SourceSpan.None, $"--threads is a number of threads, not '{count}'");
            threads = 1;
        }

        int? number = null;
        string? file = null;
        if (parsed.GetValue(_chip) is { } chip)
        {
            if (int.TryParse(chip, NumberStyles.None, CultureInfo.InvariantCulture, out int k))
                number = k;
            else if (chip.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
                file = chip;
            else
                problems.Error("AL0981", SourceSpan.None, $"--chip is the number of a chip, not '{chip}'", "write --chip 3, or --chip FILE.json for a saved one");
        }

        EngineChoice engine = EngineChoice.Auto;
        if (parsed.GetValue(_engine) is { } word && (!Enum.TryParse(word, ignoreCase: true, out engine) || int.TryParse(word, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)))
            problems.Error("AL0981", SourceSpan.None, $"there is no engine '{word}'", "engines: auto, rate, nodal");
        return new RunSettings
        {
            Parameters = parameters.ToImmutable(),
            Seed = Seed(parsed, problems),
            Chip = number,
            ChipFile = file,
            ThreadCount = threads,
            Folder = parsed.GetValue(_out),
            DataDirectories = DataDirectories(parsed),
            Engine = engine,
            Fresh = Fresh(parsed),
        };
    }
}

using System.CommandLine;
using AnalogLearn.Netlist;
#if WITH_ONNXRUNTIME
using System.Globalization;
using AnalogLearn.Interchange;
using AnalogLearn.Numerics;
using AnalogLearn.OnnxRuntime;
using AnalogLearn.Studies;
#endif

namespace AnalogLearn.Cli.Commands;

/// <summary><c>verify model.onnx</c>: runs an exported model in the real ONNX Runtime and holds it against the simulator.</summary>
internal static class VerifyCommand
{
    /// <summary>Whether the program was built with ONNX Runtime.</summary>
#if WITH_ONNXRUNTIME
    public const bool IsCompiledIn = true;
#else
    public const bool IsCompiledIn = false;
#endif

    public static Command Make(Terminal terminal, CommonOptions common)
    {
        var command = new Command("verify", "Run an exported model in the real ONNX Runtime and hold it against the simulator");
        var model = new Argument<string>("model") { Description = "The model (.onnx)" };
        var deck = new Option<string?>("--deck") { Description = "Netlist whose test examples to compare on (default: random inputs)", HelpName = "DECK" };
        var examples = new Option<int>("--examples") { Description = "Examples to compare", DefaultValueFactory = _ => 100 };
        var tolerance = new Option<double>("--tolerance") { Description = "Largest difference allowed [V]", DefaultValueFactory = _ => 1e-4 };
        command.Add(model);
        command.Add(deck);
        command.Add(examples);
        command.Add(tolerance);
        command.SetAction(parsed => Verify(terminal, common, parsed, parsed.GetValue(model)!, parsed.GetValue(deck), Math.Max(1, parsed.GetValue(examples)), parsed.GetValue(tolerance)));
        return command;
    }

#if WITH_ONNXRUNTIME
    private static int Verify(Terminal terminal, CommonOptions common, ParseResult parsed, string path, string? deck, int examples, double tolerance)
    {
        var problems = new DiagnosticBag();
        ulong seed = common.Seed(parsed, problems) ?? 1;
        OnnxNetwork? network = null;
        if (!File.Exists(path))
            problems.Error("AL0713", SourceSpan.None, $"there is no file '{path}'");
        else if (!problems.HasErrors)
            network = OnnxNetwork.Read(File.ReadAllBytes(path), path, problems);
        if (network is null)
            return Failure.Tell(terminal, common.Json(parsed), "verify", problems);
        Dictionary<string, Batch<float>> inputs = deck is null ? Random(network, examples, seed) : OfDeck(network, deck, common.Settings(parsed, problems), examples, problems);
        if (problems.HasErrors)
            return Failure.Tell(terminal, common.Json(parsed), "verify", problems);
        var runner = new OnnxRuntimeRunner();
        OnnxVerification? verification = OnnxVerification.Run(path, inputs, runner, problems);
        if (verification is null)
            return Failure.Tell(terminal, common.Json(parsed), "verify", problems);
        bool met = verification.LargestDifference <= tolerance;
        RunStatus status = met ? RunStatus.Done : RunStatus.CheckNotMet;
        if (!met)
            problems.Error("AL0984", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"the model and the simulator differ by {verification.LargestDifference:g3} V, more than {tolerance:g3} V"));
        terminal.Tell(problems);
        if (common.Json(parsed))
        {
            terminal.Output.WriteLine(new RunRecord
            {
                Command = "verify",
                Deck = path,
                Status = RunJson.Snake(status.ToString()),
                ExitCode = (int)status,
                Measures = new Dictionary<string, double>
                {
                    ["largest_difference"] = verification.LargestDifference,
                    ["largest_residual"] = verification.LargestResidual,
                    ["largest_steps"] = verification.LargestSteps,
                    ["unsettled"] = verification.UnsettledCount,
                    ["examples"] = verification.ExampleCount,
                },
                Diagnostics = [.. problems.Select(DiagnosticRecord.Of)],
            }.ToJson());
            return (int)status;
        }

        terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path} in {verification.Runtime}, {verification.ExampleCount} {(deck is null ? "random examples" : $"test examples of {deck}")}"));
        foreach (OnnxOutputComparison output in verification.Outputs)
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {output.Name}: largest difference {output.LargestDifference:g3} V of {output.LargestValue:g3} V"));
        terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  largest residual {verification.LargestResidual:g3} V, at most {Amount.Of(verification.LargestSteps, "step")}, {verification.UnsettledCount} not settled"));
        return (int)status;
    }

    private static Dictionary<string, Batch<float>> Random(OnnxNetwork network, int examples, ulong seed)
    {
        var inputs = new Dictionary<string, Batch<float>>(StringComparer.Ordinal);
        foreach (Circuits.NeuronBank bank in network.Circuit.Banks.Where(b => b.IsInput))
        {
            var values = new Batch<float>(examples, bank.Bus.Width);
            CounterRandom draw = CounterRandom.ForPath(seed, "verify/" + bank.Bus.Name);
            for (int e = 0; e < examples; e++)
            {
                for (int k = 0; k < bank.Bus.Width; k++)
                    values[e, k] = (float)draw.UniformAt(((ulong)e * (ulong)bank.Bus.Width) + (ulong)k);
            }

            inputs[bank.Bus.Name] = values;
        }

        return inputs;
    }

    /// <summary>The first test examples of a deck's data set, spread over the model's inputs in their order.</summary>
    private static Dictionary<string, Batch<float>> OfDeck(OnnxNetwork network, string deck, RunSettings settings, int examples, DiagnosticBag problems)
    {
        var inputs = new Dictionary<string, Batch<float>>(StringComparer.Ordinal);
        DeckRun run = DeckRun.Open(deck, settings);
        run.Bind();
        foreach (Diagnostic diagnostic in run.Diagnostics)
            problems.Add(diagnostic);
        if (problems.HasErrors)
            return inputs;
        Circuits.NeuronBank[] banks = [.. network.Circuit.Banks.Where(b => b.IsInput)];
        if (run.Experiment?.Data?.Test is not { Count: > 0 } test || test.InputWidth != banks.Sum(b => b.Bus.Width))
        {
            problems.Error("AL0984", SourceSpan.None, $"the data set of '{deck}' does not fit the inputs of the model");
            return inputs;
        }

        int count = Math.Min(examples, test.Count);
        int offset = 0;
        foreach (Circuits.NeuronBank bank in banks)
        {
            var values = new Batch<float>(count, bank.Bus.Width);
            for (int e = 0; e < count; e++)
                test.Input(e).Slice(offset, bank.Bus.Width).CopyTo(values.Row(e));
            offset += bank.Bus.Width;
            inputs[bank.Bus.Name] = values;
        }

        return inputs;
    }
#else
    private static int Verify(Terminal terminal, CommonOptions common, ParseResult parsed, string path, string? deck, int examples, double tolerance)
    {
        var problems = new DiagnosticBag();
        problems.Error(
            "AL0984",
            SourceSpan.None,
            $"'{path}' cannot be verified: this program was built without ONNX Runtime",
            FormattableString.Invariant($"dotnet run -c Release --project src/AnalogLearn.Cli -p:WithOnnxRuntime=true -- verify {path}{(deck is null ? string.Empty : " --deck " + deck)} --examples {examples} --tolerance {tolerance}"));
        return Failure.Tell(terminal, common.Json(parsed), "verify", problems);
    }
#endif
}

using System.CommandLine;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>version</c>: which version, on which runtime, with what compiled in.</summary>
internal static class VersionCommand
{
    public static Command Make(Terminal terminal, CommonOptions common)
    {
        var command = new Command("version", "Version, runtime and what is compiled in");
        command.SetAction(parsed =>
        {
            MachineRecord machine = MachineRecord.This(Environment.ProcessorCount);
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord { Command = "version", Machine = machine }.ToJson());
                return 0;
            }

            terminal.Output.WriteLine($"analoglearn {ProductVersion.Text}");
            terminal.Output.WriteLine(FormattableString.Invariant($"{machine.Runtime}, {machine.System}, {machine.Architecture}, {machine.Processors} processors, {machine.VectorBits}-bit vectors"));
            terminal.Output.WriteLine($"ONNX Runtime: {(VerifyCommand.IsCompiledIn ? "compiled in" : "not compiled in (build with -p:WithOnnxRuntime=true)")}");
            return 0;
        });
        return command;
    }
}

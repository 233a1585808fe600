using System.Text.Json;
using AnalogLearn.Cli;

namespace AnalogLearn.Tests.Cli;

/// <summary>One run of the program inside the test's own process.</summary>
internal sealed record ProgramRun(int Status, string Output, string Error)
{
    public static ProgramRun Of(params string[] args) => Of(CancellationToken.None, args);

    public static ProgramRun Of(CancellationToken interrupt, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int status = Program.Run(args, new Terminal(output, error), interrupt);
        return new(status, output.ToString(), error.ToString());
    }

    /// <summary>Standard output as the one JSON object that it must be.</summary>
    public JsonElement Json()
    {
        using JsonDocument document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }
}

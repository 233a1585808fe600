using System.Text.Json;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Cli;

public class CommandLineTests
{
    [Theory]
    [InlineData("chek", "did you mean 'analoglearn check'?")]
    [InlineData("rum", "did you mean 'analoglearn run'?")]
    [InlineData("frobnicate", "commands: run, check")]
    public void AnUnknownCommandIsToldWithWhatWasMeant(string word, string help)
    {
        ProgramRun run = ProgramRun.Of(word, "x.cir");
        Assert.Equal(2, run.Status);
        Assert.Contains($"there is no command '{word}'", run.Error, StringComparison.Ordinal);
        Assert.Contains(help, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void ADeckInThePlaceOfACommandIsTold()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("a.cir", "title\n");
        Assert.Contains($"analoglearn run {deck}", ProgramRun.Of(deck).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--jsn", "--json")]
    [InlineData("--seeed", "--seed")]
    [InlineData("--thread", "--threads")]
    public void AnUnknownOptionIsToldWithWhatWasMeant(string option, string meant)
    {
        ProgramRun run = ProgramRun.Of("run", "x.cir", option);
        Assert.Equal(2, run.Status);
        Assert.Contains($"did you mean '{meant}'?", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed", "x", "--seed is a whole number, not 'x'")]
    [InlineData("--seed", "-3", "--seed is a whole number, not '-3'")]
    [InlineData("--threads", "0", "--threads is a number of threads")]
    [InlineData("--set", "epochs", "--set takes name=value")]
    [InlineData("--engine", "spice", "there is no engine 'spice'")]
    [InlineData("--chip", "three", "is the number of a chip")]
    public void OptionsThatMakeNoSenseAreTold(string option, string value, string says)
    {
        using var folder = new TemporaryFolder();
        ProgramRun run = ProgramRun.Of("run", folder.File("a.cir", SmallDecks.ThreeNeurons(".op")), option, value);
        Assert.Equal(2, run.Status);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report")]
    [InlineData("serve")]
    public void CommandsOfLaterVersionsAreNamedAsSuch(string command)
    {
        ProgramRun run = ProgramRun.Of(command, "x.cir", "--json");
        Assert.Equal(2, run.Status);
        Assert.Contains("not in this version", run.Json().GetProperty("diagnostics")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EvenABadCommandLineAnswersInJson()
    {
        JsonElement json = ProgramRun.Of("run", "--json").Json();
        Assert.Equal("bad_input", json.GetProperty("status").GetString());
        Assert.Empty(json.GetProperty("measures").EnumerateObject());
        Assert.NotEmpty(json.GetProperty("diagnostics").EnumerateArray());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("help", "run")]
    [InlineData("run", "--help")]
    [InlineData("export", "-h")]
    public void HelpHasExamplesAndTheProgramsName(params string[] args)
    {
        ProgramRun run = ProgramRun.Of(args);
        Assert.Equal(0, run.Status);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains("analoglearn", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("testhost", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("AnalogLearn.Cli", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NoCommandIsBadInputWithHelpOnStandardError()
    {
        ProgramRun run = ProgramRun.Of();
        Assert.Equal(2, run.Status);
        Assert.Empty(run.Output);
        Assert.Contains("Usage:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void VersionNamesTheVersion()
    {
        ProgramRun run = ProgramRun.Of("version");
        Assert.Equal(0, run.Status);
        Assert.StartsWith("analoglearn 0.", run.Output, StringComparison.Ordinal);
        Assert.Equal("version", ProgramRun.Of("version", "--json").Json().GetProperty("command").GetString());
    }

#if !WITH_ONNXRUNTIME
    [Fact]
    public void VerifyWithoutOnnxRuntimeSaysHowToBuildWithIt()
    {
        ProgramRun run = ProgramRun.Of("verify", "model.onnx");
        Assert.Equal(2, run.Status);
        Assert.Contains("-p:WithOnnxRuntime=true", run.Error, StringComparison.Ordinal);
    }
#endif

    [Fact]
    public void DataIsListedAndShown()
    {
        ProgramRun list = ProgramRun.Of("data", "list");
        Assert.Equal(0, list.Status);
        Assert.Contains("digits", list.Output, StringComparison.Ordinal);
        Assert.Contains("mnist", list.Output, StringComparison.Ordinal);
        ProgramRun show = ProgramRun.Of("data", "show", "xor", "--count", "4");
        Assert.Equal(0, show.Status);
        Assert.Contains("4 examples", show.Output, StringComparison.Ordinal);
        ProgramRun wrong = ProgramRun.Of("data", "fetch", "mnst");
        Assert.Equal(2, wrong.Status);
        Assert.Contains("did you mean 'mnist'?", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, ProgramRun.Of("data", "fetch", "mnist", "--mirror", "nowhere").Status);
    }
}

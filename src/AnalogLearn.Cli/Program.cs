using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AnalogLearn.Cli;

/// <summary>Entry point of the program <c>analoglearn</c>.</summary>
public static class Program
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <returns>0 done, 1 not simulated, 2 bad input, 3 a check not met, 130 interrupted.</returns>
    public static int Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
#if WITH_OXYPLOT
        Plots.FigureBackends.Add(new Plots.Oxy.OxyPlotBackend());
#endif
        using var interrupt = new CancellationTokenSource();
        using PosixSignalRegistration ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        return Run(args, new Terminal(Console.Out, Console.Error) { IsInteractive = !Console.IsErrorRedirected && IsCapable() }, interrupt.Token);

        // The first signal lets the running batch finish and a checkpoint be written; the second one ends the program at once.
        void Interrupt(PosixSignalContext context)
        {
            if (interrupt.IsCancellationRequested)
                Environment.Exit((int)Studies.RunStatus.Interrupted);
            context.Cancel = true;
            interrupt.Cancel();
        }
    }

    /// <summary>Runs one command line with streams of the caller's own.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="terminal">Where results, progress and messages go.</param>
    /// <param name="interrupt">Interrupts as Ctrl-C does.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string[] args, Terminal terminal, CancellationToken interrupt = default) => new CommandLine(terminal, interrupt).Run(args);

    private static bool IsCapable() => Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null or "") || OperatingSystem.IsWindows();
}

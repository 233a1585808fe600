using AnalogLearn.Netlist;

namespace AnalogLearn.Cli;

/// <summary>Where the program writes: results on standard output, progress and messages on standard error.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress and messages.</param>
public sealed class Terminal(TextWriter output, TextWriter error)
{
    private int _told;

    /// <summary>Results.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Progress and messages.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Whether standard error is a terminal that can redraw a line.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether progress and warnings are left out.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Tells what of a bag has not been told yet; of a quiet terminal errors only.</summary>
    /// <param name="diagnostics">The bag; always the same one.</param>
    public void Tell(DiagnosticBag diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics.Skip(_told))
        {
            if (!IsQuiet || diagnostic.Severity == Severity.Error)
                Error.WriteLine(diagnostic);
        }

        _told = diagnostics.Count;
    }
}

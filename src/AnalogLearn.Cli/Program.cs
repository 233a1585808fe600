namespace AnalogLearn.Cli;

/// <summary>Entry point of the program <c>analoglearn</c>.</summary>
public static class Program
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <returns>0 done, 1 not simulated, 2 bad input, 3 a check not met, 130 interrupted.</returns>
    public static int Main(string[] args) => args.Length == 0 ? 2 : 0;
}

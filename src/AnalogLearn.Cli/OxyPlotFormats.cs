#if WITH_OXYPLOT
using System.Runtime.CompilerServices;
using AnalogLearn.Plots;
using AnalogLearn.Plots.Oxy;

namespace AnalogLearn.Cli;

/// <summary>Makes PNG and PDF known to a program that was built with OxyPlot.</summary>
internal static class OxyPlotFormats
{
    /// <summary>Adds the back end before the program starts.</summary>
    [ModuleInitializer]
    internal static void Register() => FigureBackends.Add(new OxyPlotBackend());
}
#endif

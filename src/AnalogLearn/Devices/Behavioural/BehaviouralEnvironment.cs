using System.Runtime.InteropServices;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>The variables of the analysis that an expression may read beside its controls.</summary>
/// <param name="Time"><c>time</c> [s]; 0 outside a transient analysis.</param>
/// <param name="Temperature"><c>temper</c> [°C].</param>
/// <param name="Frequency"><c>hertz</c> [Hz]; 0 outside a small-signal analysis.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BehaviouralEnvironment(double Time, double Temperature, double Frequency = 0);

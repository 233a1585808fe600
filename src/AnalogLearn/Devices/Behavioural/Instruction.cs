using System.Runtime.InteropServices;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>One step of the tape. Its result goes to the next register.</summary>
/// <param name="Operation">What it computes.</param>
/// <param name="Active">Which operands depend on a control: bit 0 for A, 1 for B, 2 for C. Only those receive adjoints.</param>
/// <param name="A">The register of x.</param>
/// <param name="B">The register of y; of a table, where its points begin among the constants.</param>
/// <param name="C">The register of z; of a table, how many points it has.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Instruction(Operation Operation, byte Active, int A, int B, int C);

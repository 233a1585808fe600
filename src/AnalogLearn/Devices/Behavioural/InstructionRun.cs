using System.Runtime.InteropServices;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Consecutive instructions that are one: the same operation on operands and results in consecutive registers, hence one long row (255 tanh
/// of 255 controls), or a chain of sums in which each takes the one before (Σ w·x).
/// </summary>
/// <param name="First">The number of the first instruction.</param>
/// <param name="Count">How many.</param>
/// <param name="IsChain">Whether each takes the result before it as z.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InstructionRun(int First, int Count, bool IsChain)
{
    /// <summary>The runs of a tape.</summary>
    /// <param name="instructions">The tape.</param>
    /// <param name="firstResult">The register of its first result.</param>
    /// <param name="result">The register of the whole's result.</param>
    public static InstructionRun[] Of(ReadOnlySpan<Instruction> instructions, int firstResult, int result)
    {
        // A link of a chain may have no other use: its adjoint is then that of the chain's end.
        int[] uses = new int[firstResult + instructions.Length];
        uses[result]++;
        foreach (Instruction instruction in instructions)
        {
            uses[instruction.A]++;
            if (instruction.Operation.Operands() > 1)
                uses[instruction.B]++;
            if (instruction.Operation.Operands() > 2)
                uses[instruction.C]++;
        }

        var runs = new List<InstructionRun>();
        for (int k = 0; k < instructions.Length;)
        {
            int row = 1;
            while (k + row < instructions.Length && IsRow(instructions[k], instructions[k + row], row, firstResult + k))
                row++;
            int chain = 1;
            while (k + chain < instructions.Length && uses[firstResult + k + chain - 1] == 1 && IsLink(instructions[k + chain - 1], instructions[k + chain], firstResult + k + chain - 1))
                chain++;
            int count = Math.Max(row, chain);
            runs.Add(new(k, count, chain > 1 && chain >= row));
            k += count;
        }

        return [.. runs];
    }

    private static bool IsRow(Instruction first, Instruction next, int distance, int firstTarget)
    {
        if (next.Operation != first.Operation || next.Active != first.Active || first.Operation == Operation.Table)
            return false;
        int operands = first.Operation.Operands();
        return Follows(first.A, next.A) && (operands < 2 || Follows(first.B, next.B)) && (operands < 3 || Follows(first.C, next.C));

        bool Follows(int a, int b) => b == a + distance && b < firstTarget;
    }

    private static bool IsLink(Instruction before, Instruction next, int target) =>
        next.Operation == Operation.MultiplyAdd && before.Operation == Operation.MultiplyAdd && next.Active == before.Active
        && next.C == target && next.A == before.A + 1 && next.B == before.B + 1;
}

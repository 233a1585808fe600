using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Finds where a value that is not finite came from: from the result back along the operands that are not finite themselves and that
/// count (of a choice: the condition and the branch taken), to the first operation whose operands were all finite. An infinity that
/// disappears again, as in 1/(1 + exp(1000)), is none.
/// </summary>
internal static class FaultSearch
{
    public static BehaviouralFault? Find(BehaviouralProgram program, double[] registers)
    {
        BehaviouralStructure structure = program.Structure;
        bool[] blamed = new bool[registers.Length];
        if (!Blame(structure.ResultRegister))
            return null;
        ReadOnlySpan<Instruction> instructions = structure.Instructions;
        BehaviouralFault? fault = null;
        for (int k = instructions.Length - 1; k >= 0; k--)
        {
            if (!blamed[structure.FirstResult + k])
                continue;
            Instruction step = instructions[k];
            bool inherited = Blame(step.A);
            if (step.Operation == Operation.Select)
                inherited |= Blame(registers[step.A] == 0 ? step.C : step.B);
            else if (step.Operation is not Operation.Table)
                inherited |= (step.Operation.Operands() > 1 && Blame(step.B)) | (step.Operation.Operands() > 2 && Blame(step.C));
            if (!inherited)
                fault = Describe(program.Spans[k], step, registers);
        }

        for (int k = 0; fault is null && k < structure.ControlCount; k++)
        {
            if (blamed[k])
                fault = new(program.ControlSpans[k], "the solver gave no finite number", registers[k]);
        }

        return fault ?? new(SourceSpan.None, "a constant that is not finite", registers[structure.ResultRegister]);

        bool Blame(int register)
        {
            if (double.IsFinite(registers[register]))
                return false;
            blamed[register] = true;
            return true;
        }
    }

    private static BehaviouralFault Describe(SourceSpan span, Instruction step, double[] registers)
    {
        double x = registers[step.A];
        double y = step.Operation.Operands() > 1 ? registers[step.B] : 0;
        return step.Operation switch
        {
            Operation.Divide or Operation.Remainder or Operation.IntegerDivide when y == 0 => new(span, "division by zero", y),
            Operation.Logarithm or Operation.Logarithm10 => new(span, x == 0 ? "the logarithm of zero" : "the logarithm of a negative number", x),
            Operation.SquareRoot => new(span, "the square root of a negative number", x),
            Operation.Power or Operation.SignedPower when x == 0 => new(span, "a negative power of zero", y),
            Operation.ArcSine or Operation.ArcCosine => new(span, "an argument outside −1 … 1", x),
            Operation.AreaCosine => new(span, "an argument below 1", x),
            Operation.AreaTangent => new(span, "an argument that is not between −1 and 1", x),
            _ => new(span, "overflow", x),
        };
    }
}

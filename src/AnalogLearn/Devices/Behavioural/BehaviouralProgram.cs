using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// One behavioural expression, compiled: y = f(c₁ … c_k; time, temper, hertz), where the c are node voltages and branch currents. Constants
/// are folded, equal sub-expressions computed once, and what is left is a tape (<see cref="BehaviouralStructure"/>) with this instance's
/// constants. <see cref="BehaviouralBatch"/> evaluates it with all ∂y/∂c.
/// </summary>
public sealed class BehaviouralProgram
{
    internal BehaviouralProgram(BehaviouralStructure structure, ImmutableArray<Control> controls, ImmutableArray<double> constants, ImmutableArray<SourceSpan> spans, ImmutableArray<SourceSpan> controlSpans)
    {
        Structure = structure;
        Controls = controls;
        Constants = constants;
        Spans = spans;
        ControlSpans = controlSpans;
    }

    /// <summary>What it shares with other expressions of the same form.</summary>
    public BehaviouralStructure Structure { get; }

    /// <summary>Its controls, in the order of the derivatives. No two are the same.</summary>
    public ImmutableArray<Control> Controls { get; }

    /// <summary>Its constants, in the structure's order.</summary>
    public ImmutableArray<double> Constants { get; }

    /// <summary>Whether it reads <c>time</c>.</summary>
    public bool UsesTime => Structure.UsesTime;

    /// <summary>Where each operation stands in the deck.</summary>
    internal ImmutableArray<SourceSpan> Spans { get; }

    /// <summary>Where each control is first named.</summary>
    internal ImmutableArray<SourceSpan> ControlSpans { get; }

    /// <summary>Compiles an expression that the elaborator has bound: numbers, operators, functions of the language, controls and variables of the analysis.</summary>
    /// <param name="expression">The bound expression. It may share parts; each is compiled once. Its depth is not limited by the stack.</param>
    /// <exception cref="ArgumentException">It holds a name or a function that the elaborator would not have left.</exception>
    public static BehaviouralProgram Compile(ExpressionSyntax expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        var lowering = new ExpressionLowering();
        return lowering.Emit(lowering.Lower(expression));
    }
}

namespace AnalogLearn.Devices.Behavioural;

/// <summary>Where the value of a behavioural expression goes.</summary>
public enum BehaviouralPlace
{
    /// <summary>Into the equations themselves: a current, or the voltage of a branch.</summary>
    Flow,

    /// <summary>Under the derivative by time: a charge, or a flux.</summary>
    Charge,
}

/// <summary>
/// One expression in a circuit: s·y is added to one row and taken from another, where y is the expression's value. For a current these are the rows of two nodes; for a voltage
/// the row of the branch, v(plus) − v(minus) − s·y = 0, whose other terms a <see cref="VoltageBranch"/> adds.
/// </summary>
/// <param name="Owner">The full name of the element that it belongs to.</param>
/// <param name="Program">The expression.</param>
/// <param name="Place">Whether y is part of f or of q.</param>
/// <param name="Plus">The row that s·y is added to; −1 for ground.</param>
/// <param name="Minus">The row that s·y is taken from; −1 for ground.</param>
/// <param name="Scale">s.</param>
/// <param name="Controls">The unknowns of each control of the program, x[Plus] − x[Minus]; −1 for ground.</param>
public sealed record BehaviouralInstance(string Owner, BehaviouralProgram Program, BehaviouralPlace Place, int Plus, int Minus, double Scale, (int Plus, int Minus)[] Controls);

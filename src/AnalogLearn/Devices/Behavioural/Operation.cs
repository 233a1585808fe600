namespace AnalogLearn.Devices.Behavioural;

/// <summary>What an instruction of the tape computes from its operands x, y, z.</summary>
internal enum Operation : byte
{
    // Leaves; they stand in registers and are never executed.
    Constant,
    Control,
    Time,
    Temperature,
    Frequency,

    // Arithmetic.
    Add,
    Subtract,
    Multiply,

    /// <summary>z + x·y, rounded twice as the two operations that it replaces.</summary>
    MultiplyAdd,
    Divide,
    Remainder,
    IntegerDivide,
    Negate,

    /// <summary>|x|^y.</summary>
    Power,

    /// <summary>sgn(x)·|x|^y.</summary>
    SignedPower,

    // Truth: 1 or 0, and not a number when what decides is none.
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    And,
    Or,
    Not,
    Step,

    /// <summary>x ≠ 0 ? y : z.</summary>
    Select,
    Minimum,
    Maximum,
    Ramp,
    Absolute,

    // Piecewise constant.
    Sign,
    Floor,
    Ceiling,
    Truncate,
    RoundToEven,
    RoundAway,

    // Smooth functions.
    SquareRoot,
    Exponential,
    Logarithm,
    Logarithm10,
    Sine,
    Cosine,
    Tangent,
    ArcSine,
    ArcCosine,
    ArcTangent,
    ArcTangent2,
    HyperbolicSine,
    HyperbolicCosine,
    HyperbolicTangent,
    AreaSine,
    AreaCosine,
    AreaTangent,

    /// <summary>Linear interpolation of x between constant points, clamped at both ends.</summary>
    Table,
}

/// <summary>What is known of operations.</summary>
internal static class Operations
{
    /// <summary>How many registers an operation reads.</summary>
    public static int Operands(this Operation operation) => operation switch
    {
        Operation.MultiplyAdd or Operation.Select => 3,
        Operation.Add or Operation.Subtract or Operation.Multiply or Operation.Divide or Operation.Remainder or Operation.IntegerDivide
            or Operation.Power or Operation.SignedPower or Operation.Equal or Operation.NotEqual or Operation.Less or Operation.LessOrEqual
            or Operation.And or Operation.Or or Operation.Minimum or Operation.Maximum or Operation.ArcTangent2 => 2,
        _ => 1,
    };
}

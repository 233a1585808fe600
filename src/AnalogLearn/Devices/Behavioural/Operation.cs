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

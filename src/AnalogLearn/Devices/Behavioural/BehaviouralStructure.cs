namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// What expressions that differ only in their constants and in the nodes they name have in common: a linear tape of operations on
/// registers. The registers hold, in order, the controls, the scalar constants, time, temperature and frequency, then one result per
/// operation. Equal structures can be evaluated together, in SIMD lanes.
/// </summary>
public sealed class BehaviouralStructure : IEquatable<BehaviouralStructure>
{
    private readonly Instruction[] _instructions;
    private readonly int _hash;

    internal BehaviouralStructure(Instruction[] instructions, int controls, int scalarConstants, int constants, int result, bool usesTime, bool usesTemperature, bool usesFrequency, bool resultIsActive)
    {
        _instructions = instructions;
        ControlCount = controls;
        ScalarConstantCount = scalarConstants;
        ConstantCount = constants;
        ResultRegister = result;
        UsesTime = usesTime;
        UsesTemperature = usesTemperature;
        UsesFrequency = usesFrequency;
        ResultIsActive = resultIsActive;
        Runs = InstructionRun.Of(instructions, FirstResult, result);
        var hash = default(HashCode);
        hash.Add(controls);
        hash.Add(constants);
        hash.Add(result);
        foreach (Instruction instruction in instructions)
            hash.Add(instruction);
        _hash = hash.ToHashCode();
    }

    /// <summary>How many controls it has.</summary>
    public int ControlCount { get; }

    /// <summary>How many constants each instance brings, the points of its tables included.</summary>
    public int ConstantCount { get; }

    /// <summary>How many operations it takes.</summary>
    public int OperationCount => _instructions.Length;

    /// <summary>Whether it reads <c>time</c>: then the source drives even a circuit at rest.</summary>
    public bool UsesTime { get; }

    /// <summary>Whether it reads <c>temper</c>.</summary>
    public bool UsesTemperature { get; }

    /// <summary>Whether it reads <c>hertz</c>.</summary>
    public bool UsesFrequency { get; }

    internal ReadOnlySpan<Instruction> Instructions => _instructions;

    /// <summary>The tape as it is executed.</summary>
    internal InstructionRun[] Runs { get; }

    internal int ScalarConstantCount { get; }

    internal int ResultRegister { get; }

    internal bool ResultIsActive { get; }

    internal int EnvironmentRegister => ControlCount + ScalarConstantCount;

    internal int FirstResult => EnvironmentRegister + 3;

    internal int RegisterCount => FirstResult + _instructions.Length;

    /// <inheritdoc/>
    public bool Equals(BehaviouralStructure? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && _hash == other._hash
            && ControlCount == other.ControlCount
            && ConstantCount == other.ConstantCount
            && ScalarConstantCount == other.ScalarConstantCount
            && ResultRegister == other.ResultRegister
            && _instructions.AsSpan().SequenceEqual(other._instructions));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BehaviouralStructure);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}

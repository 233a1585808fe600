using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Instances of one <see cref="BehaviouralStructure"/>, evaluated four at a time: y = f(c; time, temper, hertz) and every ∂y/∂c, by reverse
/// differentiation of the tape, so that a sum of 255 neurons costs no more per term than a sum of two.
/// <para>
/// Arrays are laid out in blocks of four instances: number k of instance i stands at <c>(i / 4 · count + k) · 4 + i % 4</c>
/// (<see cref="Place"/>), count being the number of controls; values are plain. The lanes of the last block beyond the last instance are
/// computed and ignored. An instance's bits depend neither on its lane nor on its neighbours.
/// </para>
/// <para>
/// When a value is not finite (a division by zero, a logarithm of what is not positive, an overflow), ngspice goes on with a number: it
/// shifts each divisor by gmin·10⁻²⁰, ends eˣ at 10⁹⁹, takes −10⁹⁹ for log 0, and stops with an error at the infinities that are left. Here the plain
/// IEEE value counts wherever it is finite; where it is not, the instance is reported as faulty and gets a finite stand-in with finite derivatives,
/// so that Newton's method can go on. Whether an accepted solution has a fault, and where, tells <see cref="Explain"/>. A derivative that
/// is infinite while the value is finite (√x at 0) is replaced in the same way and is no fault. At a kink the derivative is that of the
/// branch taken: abs, min, max and limit take their first operand at a tie, a table the segment to the left; comparisons and roundings have derivative 0.
/// </para>
/// </summary>
public sealed class BehaviouralBatch
{
    /// <summary>Instances in a block.</summary>
    public const int BlockSize = 4;

    private readonly BehaviouralProgram[] _programs;
    private readonly Vector256<double>[] _constants;
    private int _version;

    /// <summary>Gathers instances.</summary>
    /// <param name="programs">At least one; all of the same structure.</param>
    /// <exception cref="ArgumentException">There is none, or their structures differ.</exception>
    public BehaviouralBatch(IReadOnlyList<BehaviouralProgram> programs)
    {
        ArgumentNullException.ThrowIfNull(programs);
        if (programs.Count == 0)
            throw new ArgumentException("a batch needs an instance", nameof(programs));
        _programs = [.. programs];
        Structure = _programs[0].Structure;
        _constants = new Vector256<double>[Blocks * Structure.ConstantCount];
        for (int i = 0; i < Blocks * BlockSize; i++)
        {
            BehaviouralProgram program = _programs[Math.Min(i, Count - 1)];
            if (!program.Structure.Equals(Structure))
                throw new ArgumentException("the programs of a batch have one structure", nameof(programs));
            Store(i, program.Constants.AsSpan());
        }
    }

    /// <summary>The common structure.</summary>
    public BehaviouralStructure Structure { get; }

    /// <summary>How many instances.</summary>
    public int Count => _programs.Length;

    /// <summary>How many blocks of four hold them.</summary>
    public int Blocks => (Count + BlockSize - 1) / BlockSize;

    /// <summary>The length of the arrays of controls and of derivatives.</summary>
    public int ControlLength => Blocks * Structure.ControlCount * BlockSize;

    /// <summary>An instance's program.</summary>
    /// <param name="instance">Its number.</param>
    public BehaviouralProgram this[int instance] => _programs[instance];

    /// <summary>Where a control of an instance, or the derivative by it, stands in an array.</summary>
    /// <param name="instance">The instance's number.</param>
    /// <param name="control">The control's number in <see cref="BehaviouralProgram.Controls"/>.</param>
    public int Place(int instance, int control) =>
        (((instance / BlockSize * Structure.ControlCount) + control) * BlockSize) + (instance % BlockSize);

    /// <summary>Registers for one thread.</summary>
    public BehaviouralWorkspace CreateWorkspace() => new(this);

    /// <summary>Replaces the constants of an instance: the same expression at another parameter. Not while another thread evaluates.</summary>
    /// <param name="instance">Its number.</param>
    /// <param name="constants">As many as the structure has, in the order of <see cref="BehaviouralProgram.Constants"/>.</param>
    public void SetConstants(int instance, ReadOnlySpan<double> constants)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)instance, (uint)Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(constants.Length, Structure.ConstantCount);
        Store(instance, constants);
        _version++;
    }

    /// <summary>Evaluates all instances.</summary>
    /// <param name="workspace">Of this batch.</param>
    /// <param name="controls">[V] or [A], in blocks, <see cref="ControlLength"/> numbers.</param>
    /// <param name="environment">Time, temperature, frequency.</param>
    /// <param name="values">Receives y, one an instance.</param>
    /// <param name="derivatives">Receives ∂y/∂c, in blocks, <see cref="ControlLength"/> numbers; empty when only values are wanted.</param>
    /// <returns>How many instances have no finite value here; theirs is a stand-in.</returns>
    public int Evaluate(BehaviouralWorkspace workspace, ReadOnlySpan<double> controls, in BehaviouralEnvironment environment, Span<double> values, Span<double> derivatives)
    {
        Check(workspace, controls);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, Count);
        bool wanted = !derivatives.IsEmpty;
        if (wanted)
            ArgumentOutOfRangeException.ThrowIfLessThan(derivatives.Length, ControlLength);
        int width = Structure.ControlCount;
        ReadOnlySpan<Vector256<double>> given = MemoryMarshal.Cast<double, Vector256<double>>(controls[..ControlLength]);
        Span<Vector256<double>> slopes = MemoryMarshal.Cast<double, Vector256<double>>(wanted ? derivatives[..ControlLength] : default);
        workspace.Faults.Clear();
        int faults = 0;
        for (int block = 0; block < Blocks; block++)
        {
            ReadOnlySpan<Vector256<double>> constants = Load(workspace, block, given, environment);
            BehaviouralTape.Forward<BehaviouralTape.Plain>(Structure, workspace.Registers, constants);
            Vector256<double> value = workspace.Registers[Structure.ResultRegister];

            // 0·x is 0 when x is finite and not a number otherwise.
            Vector256<double> valueCheck = value * Vector256<double>.Zero;
            Vector256<double> check = valueCheck;
            Span<Vector256<double>> slope = wanted ? slopes.Slice(block * width, width) : default;
            if (wanted)
            {
                BehaviouralTape.Reverse<BehaviouralTape.Plain>(Structure, workspace.Registers, workspace.Adjoints, constants);
                for (int k = 0; k < slope.Length; k++)
                {
                    slope[k] = workspace.Adjoints[k];
                    check += slope[k] * Vector256<double>.Zero;
                }
            }

            int lanes = Math.Min(BlockSize, Count - (block * BlockSize));
            uint used = (1u << lanes) - 1;
            if ((Vector256.ExtractMostSignificantBits(~Vector256.Equals(check, check)) & used) != 0)
                faults += StandIn(workspace, block, constants, valueCheck, check, ref value, slope);
            for (int lane = 0; lane < lanes; lane++)
                values[(block * BlockSize) + lane] = value.GetElement(lane);
        }

        return faults;
    }

    /// <summary>Where the value of an instance first ceases to be finite at these controls; null when it is finite.</summary>
    /// <param name="workspace">Of this batch.</param>
    /// <param name="instance">Its number.</param>
    /// <param name="controls">As for <see cref="Evaluate"/>.</param>
    /// <param name="environment">As for <see cref="Evaluate"/>.</param>
    public BehaviouralFault? Explain(BehaviouralWorkspace workspace, int instance, ReadOnlySpan<double> controls, in BehaviouralEnvironment environment)
    {
        Check(workspace, controls);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)instance, (uint)Count);
        int block = instance / BlockSize;
        ReadOnlySpan<Vector256<double>> constants = Load(workspace, block, MemoryMarshal.Cast<double, Vector256<double>>(controls[..ControlLength]), environment);
        BehaviouralTape.Forward<BehaviouralTape.Plain>(Structure, workspace.Registers, constants);
        double[] registers = Array.ConvertAll(workspace.Registers, r => r.GetElement(instance % BlockSize));
        return FaultSearch.Find(_programs[instance], registers);
    }

    private void Check(BehaviouralWorkspace workspace, ReadOnlySpan<double> controls)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (!ReferenceEquals(workspace.Batch, this))
            throw new ArgumentException("the workspace belongs to another batch", nameof(workspace));
        ArgumentOutOfRangeException.ThrowIfLessThan(controls.Length, ControlLength);
    }

    private ReadOnlySpan<Vector256<double>> Load(BehaviouralWorkspace workspace, int block, ReadOnlySpan<Vector256<double>> controls, in BehaviouralEnvironment environment)
    {
        Span<Vector256<double>> registers = workspace.Registers;
        ReadOnlySpan<Vector256<double>> constants = _constants.AsSpan(block * Structure.ConstantCount, Structure.ConstantCount);
        controls.Slice(block * Structure.ControlCount, Structure.ControlCount).CopyTo(registers);
        if (workspace.Loaded != (block, _version))
        {
            constants[..Structure.ScalarConstantCount].CopyTo(registers[Structure.ControlCount..]);
            workspace.Loaded = (block, _version);
        }

        registers[Structure.EnvironmentRegister] = Vector256.Create(environment.Time);
        registers[Structure.EnvironmentRegister + 1] = Vector256.Create(environment.Temperature);
        registers[Structure.EnvironmentRegister + 2] = Vector256.Create(environment.Frequency);
        return constants;
    }

    /// <summary>Guarded values in the lanes whose value is not finite, guarded derivatives where anything is not.</summary>
    private int StandIn(
        BehaviouralWorkspace workspace,
        int block,
        ReadOnlySpan<Vector256<double>> constants,
        Vector256<double> valueCheck,
        Vector256<double> check,
        ref Vector256<double> value,
        Span<Vector256<double>> slope)
    {
        foreach (ref Vector256<double> control in workspace.Registers.AsSpan(0, Structure.ControlCount))
            control = BehaviouralTape.Bounded(control);
        BehaviouralTape.Forward<BehaviouralTape.Guarded>(Structure, workspace.Registers, constants);
        Vector256<double> faulty = ~Vector256.Equals(valueCheck, valueCheck);
        value = Vector256.ConditionalSelect(faulty, BehaviouralTape.Bounded(workspace.Registers[Structure.ResultRegister]), value);
        if (!slope.IsEmpty)
        {
            Vector256<double> replaced = ~Vector256.Equals(check, check);
            BehaviouralTape.Reverse<BehaviouralTape.Guarded>(Structure, workspace.Registers, workspace.Adjoints, constants);
            for (int k = 0; k < slope.Length; k++)
                slope[k] = Vector256.ConditionalSelect(replaced, workspace.Adjoints[k], slope[k]);
        }

        int faults = 0;
        for (int i = block * BlockSize; i < Math.Min(Count, (block + 1) * BlockSize); i++)
        {
            bool one = double.IsNaN(valueCheck.GetElement(i % BlockSize));
            workspace.Faults[i] = one;
            faults += one ? 1 : 0;
        }

        return faults;
    }

    private void Store(int instance, ReadOnlySpan<double> constants)
    {
        Span<double> all = MemoryMarshal.Cast<Vector256<double>, double>(_constants.AsSpan());
        int start = instance / BlockSize * Structure.ConstantCount * BlockSize;
        for (int k = 0; k < constants.Length; k++)
            all[start + (k * BlockSize) + (instance % BlockSize)] = constants[k];
    }
}

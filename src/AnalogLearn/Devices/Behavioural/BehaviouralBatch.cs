using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Instances of one <see cref="BehaviouralStructure"/>, evaluated in SIMD lanes: y = f(c; time, temper, hertz) and every ∂y/∂c, by reverse
/// differentiation of the tape, so that a sum of 255 neurons costs no more per term than a sum of two.
/// <para>
/// Arrays of controls and derivatives are laid out as the registers are, so that they are copied whole: rows of so many instances as travel
/// together, one row a control. <see cref="Place"/> says where a number stands; who gathers and scatters asks it once. Values are plain. Places that belong to
/// no instance are computed and ignored. An instance's bits depend neither on its lane nor on its neighbours.
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
    // Lanes of a register.
    private const int BlockSize = 4;

    // So many bytes of registers stay in the first cache beside their adjoints.
    private const int RegisterBytes = 16384;
    private const int MostBlocks = 16;

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
        int blocks = (Count + BlockSize - 1) / BlockSize;
        int most = Math.Clamp(RegisterBytes / (Structure.RegisterCount * BlockSize * sizeof(double)), 1, MostBlocks);
        Groups = (blocks + most - 1) / most;
        GroupBlocks = (blocks + Groups - 1) / Groups;
        _constants = new Vector256<double>[Groups * Structure.ConstantCount * GroupBlocks];
        for (int i = 0; i < Groups * GroupSize; i++)
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

    /// <summary>The length of the arrays of controls and of derivatives.</summary>
    public int ControlLength => Groups * Structure.ControlCount * GroupSize;

    /// <summary>How many groups of instances there are that travel through the tape together.</summary>
    internal int Groups { get; }

    /// <summary>Blocks of four instances in a group.</summary>
    internal int GroupBlocks { get; }

    private int GroupSize => GroupBlocks * BlockSize;

    /// <summary>An instance's program.</summary>
    /// <param name="instance">Its number.</param>
    public BehaviouralProgram this[int instance] => _programs[instance];

    /// <summary>Where a control of an instance, or the derivative by it, stands in an array.</summary>
    /// <param name="instance">The instance's number.</param>
    /// <param name="control">The control's number in <see cref="BehaviouralProgram.Controls"/>.</param>
    public int Place(int instance, int control) =>
        (((instance / GroupSize * Structure.ControlCount) + control) * GroupSize) + (instance % GroupSize);

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
    /// <param name="controls">[V] or [A], placed by <see cref="Place"/>, <see cref="ControlLength"/> numbers.</param>
    /// <param name="environment">Time, temperature, frequency.</param>
    /// <param name="values">Receives y, one an instance.</param>
    /// <param name="derivatives">Receives ∂y/∂c, placed by <see cref="Place"/>, <see cref="ControlLength"/> numbers; empty when only values are wanted.</param>
    /// <returns>How many instances have no finite value here; theirs is a stand-in.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Evaluate(BehaviouralWorkspace workspace, ReadOnlySpan<double> controls, in BehaviouralEnvironment environment, Span<double> values, Span<double> derivatives)
    {
        Check(workspace, controls);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, Count);
        bool wanted = !derivatives.IsEmpty;
        if (wanted)
            ArgumentOutOfRangeException.ThrowIfLessThan(derivatives.Length, ControlLength);
        int n = GroupBlocks;
        int width = Structure.ControlCount * n;
        ReadOnlySpan<Vector256<double>> given = MemoryMarshal.Cast<double, Vector256<double>>(controls[..ControlLength]);
        Span<Vector256<double>> slopes = MemoryMarshal.Cast<double, Vector256<double>>(wanted ? derivatives[..ControlLength] : default);
        Span<Vector256<double>> results = workspace.Registers.AsSpan(Structure.ResultRegister * n, n);
        if (workspace.HasFaults)
            workspace.Faults.Clear();
        workspace.HasFaults = false;
        int faults = 0;
        for (int group = 0; group < Groups; group++)
        {
            ReadOnlySpan<Vector256<double>> constants = Load(workspace, group, given, environment);
            BehaviouralTape.Forward<Plain>(Structure, workspace.Registers, constants, n);
            results.CopyTo(workspace.Values);

            // 0·x is 0 when x is finite and not a number otherwise; what is summed stays so.
            Span<Vector256<double>> check = workspace.Check;
            Vector256<double> all = Vector256<double>.Zero;
            for (int j = 0; j < n; j++)
            {
                check[j] = results[j] * Vector256<double>.Zero;
                all += check[j];
            }

            Span<Vector256<double>> slope = wanted ? slopes.Slice(group * width, width) : default;
            if (wanted)
            {
                BehaviouralTape.Reverse<Plain>(Structure, workspace.Registers, workspace.Adjoints, constants, n);
                workspace.Adjoints.AsSpan(0, width).CopyTo(slope);
                foreach (Vector256<double> one in slope)
                    all += one * Vector256<double>.Zero;
            }

            if (!Vector256.EqualsAll(all, all))
                faults += StandIn(workspace, group, constants, slope);
            int first = group * GroupSize;
            int count = Math.Min(GroupSize, Count - first);
            if (count > 0)
                MemoryMarshal.Cast<Vector256<double>, double>(workspace.Values.AsSpan())[..count].CopyTo(values[first..]);
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
        int group = instance / GroupSize;
        ReadOnlySpan<Vector256<double>> constants = Load(workspace, group, MemoryMarshal.Cast<double, Vector256<double>>(controls[..ControlLength]), environment);
        BehaviouralTape.Forward<Plain>(Structure, workspace.Registers, constants, GroupBlocks);
        double[] registers = new double[Structure.RegisterCount];
        Span<double> all = MemoryMarshal.Cast<Vector256<double>, double>(workspace.Registers.AsSpan());
        for (int k = 0; k < registers.Length; k++)
            registers[k] = all[(k * GroupSize) + (instance % GroupSize)];
        return FaultSearch.Find(_programs[instance], registers);
    }

    private void Check(BehaviouralWorkspace workspace, ReadOnlySpan<double> controls)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (!ReferenceEquals(workspace.Batch, this))
            throw new ArgumentException("the workspace belongs to another batch", nameof(workspace));
        ArgumentOutOfRangeException.ThrowIfLessThan(controls.Length, ControlLength);
    }

    private ReadOnlySpan<Vector256<double>> Load(BehaviouralWorkspace workspace, int group, ReadOnlySpan<Vector256<double>> controls, in BehaviouralEnvironment environment)
    {
        int n = GroupBlocks;
        Span<Vector256<double>> registers = workspace.Registers;
        ReadOnlySpan<Vector256<double>> constants = _constants.AsSpan(group * Structure.ConstantCount * n, Structure.ConstantCount * n);
        controls.Slice(group * Structure.ControlCount * n, Structure.ControlCount * n).CopyTo(registers);
        if (workspace.Loaded != (group, _version))
        {
            constants[..(Structure.ScalarConstantCount * n)].CopyTo(registers[(Structure.ControlCount * n)..]);
            workspace.Loaded = (group, _version);
        }

        int at = Structure.EnvironmentRegister * n;
        if (Structure.UsesTime)
            registers.Slice(at, n).Fill(Vector256.Create(environment.Time));
        if (Structure.UsesTemperature)
            registers.Slice(at + n, n).Fill(Vector256.Create(environment.Temperature));
        if (Structure.UsesFrequency)
            registers.Slice(at + (2 * n), n).Fill(Vector256.Create(environment.Frequency));
        return constants;
    }

    /// <summary>Guarded values in the lanes whose value is not finite, guarded derivatives in those where anything is not.</summary>
    private int StandIn(BehaviouralWorkspace workspace, int group, ReadOnlySpan<Vector256<double>> constants, Span<Vector256<double>> slope)
    {
        int n = GroupBlocks;
        BehaviouralTape.Bound(workspace.Registers.AsSpan(0, Structure.ControlCount * n));
        BehaviouralTape.Forward<Guarded>(Structure, workspace.Registers, constants, n);
        for (int j = 0; j < n; j++)
        {
            Vector256<double> check = workspace.Check[j];
            Vector256<double> standIn = Guarded.Bounded(workspace.Registers[(Structure.ResultRegister * n) + j]);
            workspace.Values[j] = Vector256.ConditionalSelect(Vector256.Equals(check, check), workspace.Values[j], standIn);
        }

        if (!slope.IsEmpty)
        {
            BehaviouralTape.Reverse<Guarded>(Structure, workspace.Registers, workspace.Adjoints, constants, n);
            for (int j = 0; j < n; j++)
            {
                Vector256<double> check = workspace.Check[j];
                for (int k = j; k < slope.Length; k += n)
                    check += slope[k] * Vector256<double>.Zero;
                Vector256<double> kept = Vector256.Equals(check, check);
                for (int k = j; k < slope.Length; k += n)
                    slope[k] = Vector256.ConditionalSelect(kept, slope[k], workspace.Adjoints[k]);
            }
        }

        int faults = 0;
        for (int i = group * GroupSize; i < Math.Min(Count, (group + 1) * GroupSize); i++)
        {
            bool one = double.IsNaN(workspace.Check[i % GroupSize / BlockSize].GetElement(i % BlockSize));
            workspace.Faults[i] = one;
            faults += one ? 1 : 0;
        }

        workspace.HasFaults |= faults > 0;
        return faults;
    }

    private void Store(int instance, ReadOnlySpan<double> constants)
    {
        Span<double> all = MemoryMarshal.Cast<Vector256<double>, double>(_constants.AsSpan());
        int start = instance / GroupSize * Structure.ConstantCount * GroupSize;
        for (int k = 0; k < constants.Length; k++)
            all[start + (k * GroupSize) + (instance % GroupSize)] = constants[k];
    }
}

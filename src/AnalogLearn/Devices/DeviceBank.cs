using System.Collections.Immutable;

namespace AnalogLearn.Devices;

/// <summary>
/// All instances of one device in a circuit, side by side in memory. The circuit's unknowns x (node voltages, branch currents, device states) come with one more entry at the end,
/// ground, that is always zero; sums by row likewise have one more entry, which collects what flows into ground.
/// </summary>
public abstract class DeviceBank
{
    /// <summary>What the device is called: <c>diode</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How many instances.</summary>
    public abstract int Count { get; }

    /// <summary>Whether f and q are linear in the unknowns and free of time.</summary>
    public abstract bool IsLinear { get; }

    /// <summary>The numbers on an instance's card.</summary>
    public abstract ImmutableArray<DeviceParameter> Parameters { get; }

    /// <summary>How many doubles a workspace keeps for this bank from one Newton iteration to the next.</summary>
    public virtual int MemorySize => 0;

    /// <summary>The element that an instance belongs to.</summary>
    /// <param name="instance">The instance, from 0.</param>
    /// <returns>The element's full name.</returns>
    public abstract string Owner(int instance);

    /// <summary>The unknowns that an instance is connected to: terminals, states, control pairs, readings; ground is the last entry of x.</summary>
    /// <param name="instance">The instance, from 0.</param>
    public abstract ReadOnlySpan<int> Connections(int instance);

    /// <summary>Where numbers on an instance's card come from, when that is not the owner's parameter of the same name.</summary>
    /// <param name="instance">The instance, from 0.</param>
    public virtual ReadOnlySpan<CardOrigin> Origins(int instance) => [];

    /// <summary>A number on an instance's card.</summary>
    /// <param name="instance">The instance, from 0.</param>
    /// <param name="parameter">The parameter's place in <see cref="Parameters"/>.</param>
    public abstract double Parameter(int instance, int parameter);

    /// <summary>Changes a number on an instance's card. When the bank is linear, the system has to be told (<c>RefreshLinear</c>).</summary>
    /// <param name="instance">The instance, from 0.</param>
    /// <param name="parameter">The parameter's place in <see cref="Parameters"/>.</param>
    /// <param name="value">The new value.</param>
    public abstract void SetParameter(int instance, int parameter, double value);

    /// <summary>Adds the Jacobian's entries to a list, always in the same order.</summary>
    /// <param name="rows">Receives rows; ground is the number of unknowns.</param>
    /// <param name="columns">Receives columns.</param>
    public abstract void AddEntries(List<int> rows, List<int> columns);

    /// <summary>Tells where the entries of <see cref="AddEntries"/> are kept.</summary>
    /// <param name="slots">One place for each entry; entries of ground have the place behind the last.</param>
    /// <param name="end">The place behind the last.</param>
    public abstract void PlaceEntries(ReadOnlySpan<int> slots, int end);

    /// <summary>Adds f, q and their Jacobians at x.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="stamp">Receives the sums.</param>
    /// <returns>How many instances were restrained (evaluated elsewhere than at x, and continued linearly from there).</returns>
    public abstract int Load(in DeviceConditions conditions, ReadOnlySpan<double> x, in Stamp stamp);

    /// <summary>Adds f and q at x, without derivatives and without restraint.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="flow">Receives f, by row.</param>
    /// <param name="charge">Receives q, by row.</param>
    /// <param name="magnitude">Receives Σ|f|, by row; may be empty.</param>
    public abstract void LoadFlows(in DeviceConditions conditions, ReadOnlySpan<double> x, Span<double> flow, Span<double> charge, Span<double> magnitude);

    /// <summary>Adds ∂f/∂p and ∂q/∂p of one parameter of one instance, scaled.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="parameter">The parameter's place in <see cref="Parameters"/>.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="covector">λ by row, and ground (0).</param>
    /// <returns>λᵀ∂f/∂p and λᵀ∂q/∂p.</returns>
    public abstract (double Flow, double Charge) ParameterGradient(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> covector);

    /// <summary>∂i/∂p of the currents into an instance's terminals, the voltages at them held; a state that an operating point holds follows the number that it starts at. None for devices that do not learn.</summary>
    /// <param name="conditions">Temperature, time, junction conductance; states are held.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="parameter">The parameter's place in <see cref="Parameters"/>.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="slopes">Receives one a terminal; their sum is zero.</param>
    public virtual void CurrentSlopes(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, Span<double> slopes) => slopes.Clear();

    /// <summary>λᵀ (∂J/∂p) y of one parameter of one instance, for the Jacobians of f and of q: what AC sensitivities need.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="parameter">The parameter's place in <see cref="Parameters"/>.</param>
    /// <param name="x">The unknowns at the operating point, and ground.</param>
    /// <param name="direction">y, and ground (0).</param>
    /// <param name="covector">λ by row, and ground (0).</param>
    public abstract (double Flow, double Charge) JacobianParameterGradient(
        in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector);

    /// <summary>λᵀ (∂²f/∂x²: y, z) summed over the bank's instances is not needed for first-order analyses; what AC sensitivities need of it is the change of the Jacobian along a direction: λᵀ (∂J/∂x · z) y.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="x">The unknowns at the operating point, and ground.</param>
    /// <param name="direction">y, and ground (0).</param>
    /// <param name="covector">λ by row, and ground (0).</param>
    /// <param name="flow">Receives, by column k, Σ λᵀ (∂J_f/∂x_k) y.</param>
    /// <param name="charge">Receives, by column k, Σ λᵀ (∂J_q/∂x_k) y.</param>
    public abstract void JacobianStateGradient(
        in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector, Span<double> flow, Span<double> charge);

    /// <summary>The noise sources of an instance at x.</summary>
    /// <param name="conditions">Temperature, time, junction conductance.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="x">The unknowns at the operating point, and ground.</param>
    /// <param name="noise">Receives each source; its terminals are those of <see cref="Connections"/>.</param>
    public virtual void Noise(in DeviceConditions conditions, int instance, ReadOnlySpan<double> x, INoiseReceiver noise)
    {
    }
}

/// <summary>How a Newton iteration evaluates the devices that restrain their steps.</summary>
public enum Restraint
{
    /// <summary>At x itself.</summary>
    None,

    /// <summary>At x, restrained against the last evaluation.</summary>
    Limited,

    /// <summary>At each device's own starting point, whatever x says: nothing is known yet.</summary>
    Start,

    /// <summary>At x itself, from where later restraint is measured.</summary>
    Accepted,
}

/// <summary>Where a bank adds what it finds. Rows and entries have one more place at the end, for ground.</summary>
public readonly ref struct Stamp
{
    /// <summary>f by row [A].</summary>
    public required Span<double> Flow { get; init; }

    /// <summary>q by row [C].</summary>
    public required Span<double> Charge { get; init; }

    /// <summary>∂f/∂x by entry [S].</summary>
    public required Span<double> Conductances { get; init; }

    /// <summary>∂q/∂x by entry [F].</summary>
    public required Span<double> Capacitances { get; init; }

    /// <summary>What this bank keeps between iterations, <see cref="DeviceBank.MemorySize"/> doubles.</summary>
    public Span<double> Memory { get; init; }

    /// <summary>How restrained devices are evaluated.</summary>
    public Restraint Restraint { get; init; }
}

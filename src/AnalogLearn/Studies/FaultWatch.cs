using AnalogLearn.Devices;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Studies;

/// <summary>
/// Looks for expressions that have no finite value where a circuit came to rest, or at a point of a transient. Solvers keep away from such points as long as they can, with finite stand-ins;
/// what they accept nevertheless is no solution.
/// </summary>
/// <param name="circuit">The circuit.</param>
/// <param name="inner">Is told of every point too, or null.</param>
internal sealed class FaultWatch(NodalCircuit circuit, ITransientObserver? inner = null) : ITransientObserver
{
    private readonly BehaviouralBank[] _banks = [.. circuit.Banks.OfType<BehaviouralBank>()];

    /// <summary>The first fault, or null.</summary>
    public Diagnostic? First { get; private set; }

    /// <summary>The time of its point [s].</summary>
    public double FirstTime { get; private set; }

    /// <inheritdoc/>
    public void Accept(double time, ReadOnlySpan<double> x)
    {
        inner?.Accept(time, x);
        if (First is not null)
            return;
        foreach (BehaviouralBank bank in _banks)
        {
            // On the way to a point an expression may fail; the point itself is asked only then.
            if (!bank.MayHaveFaults)
                continue;
            bank.MayHaveFaults = false;
            DeviceConditions conditions = circuit.Conditions with { Time = time };
            if (bank.Faults(conditions, x) is [var fault, ..])
            {
                First = fault.ToDiagnostic();
                FirstTime = time;
                return;
            }
        }
    }
}

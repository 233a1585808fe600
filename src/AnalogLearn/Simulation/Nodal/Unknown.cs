using AnalogLearn.Circuits;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>What an unknown of modified nodal analysis is.</summary>
public enum UnknownKind
{
    /// <summary>The voltage of a node against ground [V].</summary>
    Node,

    /// <summary>The voltage of a node inside an element [V].</summary>
    InternalNode,

    /// <summary>The current through an element [A].</summary>
    Branch,

    /// <summary>A state of an element.</summary>
    State,
}

/// <summary>One unknown of the circuit.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">As it is called in results: <c>v(out)</c>, <c>i(v1)</c>, <c>w(x1)</c>.</param>
/// <param name="Owner">The node's or the element's full name.</param>
/// <param name="Unit">V, A, or the state's own.</param>
public sealed record Unknown(UnknownKind Kind, string Name, string Owner, string Unit);

/// <summary>An independent source: its value is added to the equations apart from the devices, since it changes with time.</summary>
/// <param name="Name">Full name of its element.</param>
/// <param name="IsVoltage">Whether it is a voltage source.</param>
/// <param name="Plus">The unknown of its first node; ground is the number of unknowns.</param>
/// <param name="Minus">The unknown of its second node.</param>
/// <param name="Branch">A voltage source's current; −1 for a current source.</param>
public sealed record IndependentSource(string Name, bool IsVoltage, int Plus, int Minus, int Branch)
{
    /// <summary>The waveform, or null for a constant.</summary>
    public Waveform? Waveform { get; init; }

    /// <summary>The value of direct-current analyses of one source [V or A].</summary>
    public double Value { get; init; }

    /// <summary>How many in parallel; above 1 only for current sources.</summary>
    public double Multiple { get; init; } = 1;

    /// <summary>Whether its value is set from outside (an example of a data set), and stays when the others are set by time.</summary>
    public bool IsExternal { get; init; }

    /// <summary>The converter that the value goes through (<c>dac</c> of the input bank on its node), or null. It rounds what the source gives; analyses of small signals begin behind it.</summary>
    public Converter? Dac { get; init; }

    /// <summary>Magnitude for small-signal analyses [V or A].</summary>
    public double SmallSignalMagnitude { get; init; }

    /// <summary>Phase for small-signal analyses [°].</summary>
    public double SmallSignalPhase { get; init; }

    /// <summary>The value of direct-current analyses [V or A].</summary>
    public double Constant => Value * Multiple;

    /// <summary>The value at a time [V or A].</summary>
    /// <param name="time">The time [s].</param>
    public double At(double time) => Waveform is null or ConstantWaveform ? Constant : Waveform.At(time) * Multiple;

    /// <summary>The source of a V or I element.</summary>
    /// <param name="element">The element.</param>
    /// <param name="plus">The unknown of its first node.</param>
    /// <param name="minus">The unknown of its second node.</param>
    /// <param name="branch">A voltage source's current; −1 for a current source.</param>
    internal static IndependentSource Of(Element element, int plus, int minus, int branch)
    {
        bool isVoltage = element.Kind == 'v';
        double multiple = isVoltage ? 1 : element.Parameter("m", 1);
        return new(element.Name, isVoltage, plus, minus, branch)
        {
            Waveform = element.Waveform,
            Value = element.Parameter("value"),
            Multiple = multiple,
            SmallSignalMagnitude = element.Parameter("acmag") * multiple,
            SmallSignalPhase = element.Parameter("acphase"),
        };
    }
}

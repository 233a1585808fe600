using AnalogLearn.Circuits;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>Receives the devices of a circuit, element by element. Unknowns are numbered as they come; ground is −1 here.</summary>
public interface ICircuitBuilder
{
    /// <summary>The circuit.</summary>
    Circuit Circuit { get; }

    /// <summary>Receives what cannot be built, by name and place.</summary>
    DiagnosticBag Diagnostics { get; }

    /// <summary>Temperatures and junction conductance of the circuit.</summary>
    DeviceConditions Conditions { get; }

    /// <summary>The unknown of a node's voltage [V].</summary>
    /// <param name="element">An element.</param>
    /// <param name="terminal">Which of its nodes, from 0.</param>
    /// <returns>Its index; −1 for ground.</returns>
    int Node(Element element, int terminal);

    /// <summary>The unknown of a node's voltage [V].</summary>
    /// <param name="node">The node's full name.</param>
    /// <returns>Its index; −1 for ground.</returns>
    int Node(string node);

    /// <summary>A node inside an element, such as the one behind a diode's series resistance.</summary>
    /// <param name="element">The element's full name.</param>
    /// <param name="name">The node's name within it.</param>
    int InternalNode(string element, string name);

    /// <summary>The current through an element that has one as unknown [A]: V, E, H, L, B with V=. Asked for by the element itself and by whoever reads it, in any order.</summary>
    /// <param name="element">The element's full name.</param>
    int Branch(string element);

    /// <summary>A state of an element, such as that of a memristor.</summary>
    /// <param name="element">The element's full name.</param>
    /// <param name="name">The state's name.</param>
    /// <param name="unit">Its unit; empty for a pure number.</param>
    /// <param name="initial">Its initial value, which it keeps in an operating point.</param>
    int State(string element, string name, string unit, double initial);

    /// <summary>Adds a device that is one equation.</summary>
    /// <param name="device">The device; ground is −1.</param>
    /// <typeparam name="TModel">Its equation.</typeparam>
    void Add<TModel>(in DeviceInstance device)
        where TModel : struct, IDeviceModel;

    /// <summary>Adds an independent source. A voltage source's current is <see cref="Branch"/> of its element.</summary>
    /// <param name="element">The element.</param>
    void AddSource(Element element);

    /// <summary>Adds an expression; those of one structure share a bank.</summary>
    /// <param name="instance">The expression and what it is connected to.</param>
    void AddBehavioural(BehaviouralInstance instance);

    /// <summary>Adds a bank that the circuit makes when all unknowns are known.</summary>
    /// <param name="make">Given the number of unknowns, which is ground's index, makes the bank; its connections use indices as here, −1 replaced by that number.</param>
    void AddBank(Func<int, DeviceBank> make);

    /// <summary>An initial condition of an element across two nodes, for <c>uic</c>.</summary>
    /// <param name="plus">The unknown.</param>
    /// <param name="minus">The other, or −1.</param>
    /// <param name="value">Their difference [V], or the unknown itself [A].</param>
    void InitialCondition(int plus, int minus, double value);
}

/// <summary>Makes devices of elements. A new device is a new file with one of these and one line in <see cref="DeviceRegistry"/>.</summary>
public interface IDeviceFactory
{
    /// <summary>Whether it makes the devices of an element.</summary>
    /// <param name="element">The element.</param>
    /// <param name="model">Its model card, or null.</param>
    bool Makes(Element element, Model? model);

    /// <summary>Makes them, or says in the builder's diagnostics what cannot be made.</summary>
    /// <param name="element">The element.</param>
    /// <param name="model">Its model card, or null.</param>
    /// <param name="builder">Receives them.</param>
    void Make(Element element, Model? model, ICircuitBuilder builder);
}

/// <summary>Every device that circuits may contain.</summary>
public static class DeviceRegistry
{
    private static readonly IDeviceFactory[] Factories =
    [
        new BentConductanceFactory(),
        new ResistorFactory(),
        new CapacitorFactory(),
        new InductorFactory(),
        new CouplingFactory(),
        new SourceFactory(),
        new ControlledSourceFactory(),
        new BehaviouralFactory(),
        new DiodeFactory(),
        new SwitchFactory(),
        new MosfetFactory(),
        new EkvMosfetFactory(),
        new BipolarTransistorFactory(),
        new TransconductanceAmplifierFactory(),
        new MemristorFactory(),
        new DigitalPotentiometerFactory(),
    ];

    /// <summary>The factory of an element, or null when there is none.</summary>
    /// <param name="element">The element.</param>
    /// <param name="model">Its model card, or null.</param>
    public static IDeviceFactory? Find(Element element, Model? model)
    {
        foreach (IDeviceFactory factory in Factories)
        {
            if (factory.Makes(element, model))
                return factory;
        }

        return null;
    }
}

namespace AnalogLearn.Devices.Behavioural;

/// <summary>What a behavioural expression depends on and the solver solves for.</summary>
public abstract record Control;

/// <summary>A voltage: v(plus) − v(minus) [V].</summary>
/// <param name="Plus">The node's full name.</param>
/// <param name="Minus">The other node's full name; ground is <c>0</c>.</param>
public sealed record VoltageControl(string Plus, string Minus) : Control;

/// <summary>The current through an element that has one as an unknown (V, E, H, L, B) [A], from its first node through it to its second.</summary>
/// <param name="Element">The element's full name.</param>
public sealed record CurrentControl(string Element) : Control;

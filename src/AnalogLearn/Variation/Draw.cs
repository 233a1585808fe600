using System.Collections.Immutable;

namespace AnalogLearn.Variation;

/// <summary>What was drawn for one parameter of one element.</summary>
/// <param name="Path">The element's full name; <c>.param name</c> or <c>.model name</c> for random functions that stand there.</param>
/// <param name="Parameter">The parameter; of a synapse array's devices with their sign (<c>gmax+</c>); of a random function its name and number (<c>agauss#0</c>).</param>
/// <param name="Law">The law, as a deck writes it.</param>
/// <param name="Nominal">The nominal value, one for all devices of the element or one each.</param>
/// <param name="Values">The values, one a device; one for all where nothing differs from device to device.</param>
public sealed record Draw(string Path, string Parameter, string Law, ImmutableArray<double> Nominal, ImmutableArray<double> Values);

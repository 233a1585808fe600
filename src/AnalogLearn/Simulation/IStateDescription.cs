namespace AnalogLearn.Simulation;

/// <summary>What a field can tell of its states besides their number: names and rails. A field without it has neither.</summary>
public interface IStateDescription
{
    /// <summary>Lower rail of each state [V], −∞ where there is none.</summary>
    ReadOnlySpan<double> LowerRails { get; }

    /// <summary>Upper rail of each state [V], +∞ where there is none.</summary>
    ReadOnlySpan<double> UpperRails { get; }

    /// <summary>The fastest that each state moves [V/s], +∞ where nothing limits it; empty when nothing limits any.</summary>
    ReadOnlySpan<double> SlewRates => [];

    /// <summary>The name of a state's node: <c>h_3</c>.</summary>
    /// <param name="state">The state's place.</param>
    string StateName(int state);
}

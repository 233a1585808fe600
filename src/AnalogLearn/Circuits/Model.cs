using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>A model card, its numbers evaluated.</summary>
/// <param name="Name">Full name with its path, lower case.</param>
/// <param name="Type">Its type, lower case: <c>neuron</c>, <c>synapse</c>, <c>d</c>, <c>nmos</c> …</param>
/// <param name="Parameters">Its parameters, without spreads.</param>
/// <param name="Spreads"><c>DEV</c> and <c>LOT</c> of its parameters.</param>
/// <param name="Span">Where it stands.</param>
public sealed record Model(string Name, string Type, ImmutableArray<Argument> Parameters, ImmutableArray<ParameterSpread> Spreads, SourceSpan Span)
{
    /// <summary>A parameter that is a number, or a default.</summary>
    /// <param name="name">Its name, lower case.</param>
    /// <param name="otherwise">What it is when the card does not give it.</param>
    public double Number(string name, double otherwise)
    {
        foreach (Argument argument in Parameters)
        {
            if (argument.Name == name && argument.Value is NumberValue number)
                return number.Number;
        }

        return otherwise;
    }
}

/// <summary><c>DEV=</c> or <c>LOT=</c> behind a parameter: how much it differs from device to device, or from chip to chip.</summary>
/// <param name="Parameter">The parameter that spreads, lower case.</param>
/// <param name="PerDevice">True for DEV (drawn once per device instance), false for LOT (once per chip and model).</param>
/// <param name="Amount">The standard deviation, a fraction when relative.</param>
/// <param name="Relative">Whether the amount is a fraction of the parameter (<c>5%</c>) rather than in its own unit.</param>
/// <param name="Distribution"><c>normal</c>, <c>lognormal</c>, <c>uniform</c> (then the amount is the half-width) or <c>truncnormal</c>.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ParameterSpread(string Parameter, bool PerDevice, double Amount, bool Relative, string Distribution, SourceSpan Span)
{
    /// <summary>The name of the group whose draw it follows (<c>/group:a</c>), or null for a draw of its own.</summary>
    public string? Group { get; init; }

    /// <summary>The share of the variance that comes from the group's draw (<c>/rho:0.5</c>), 0 to 1.</summary>
    public double Correlation { get; init; } = 1;

    /// <summary>Where a truncated normal distribution ends, in standard deviations of the normal one (<c>/at:2</c>).</summary>
    public double Truncation { get; init; } = 3;

    /// <summary>The distributions of the language.</summary>
    public static ImmutableArray<string> Distributions { get; } = ["normal", "lognormal", "uniform", "truncnormal"];
}

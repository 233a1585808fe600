using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>v = d(L i)/dt, L = L0 · scale · (1 + tc1 ΔT + tc2 ΔT²)/m; the current i is a state of its own (ngspice manual, section 3.3.9). The parameter <c>value</c> is L0 [H].</summary>
public readonly struct Inductor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "inductor",
        2,
        [
            new("value", "H", double.NaN, "inductance"),
            new("tc1", "1/K", 0, "linear temperature coefficient"),
            new("tc2", "1/K²", 0, "quadratic temperature coefficient"),
            new("scale", "", 1, "factor on the inductance"),
            new("m", "", 1, "how many in parallel"),
            new("tnom", "°C", double.NaN, "temperature at which the inductance is given"),
        ],
        1)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T rise = (T)(conditions.Temperature - PhysicalConstants.ZeroCelsius) - Given.Or(card[5], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius);
        derived[0] = card[0] * card[3] * ((T)1.0 + (rise * (card[1] + (rise * card[2])))) / card[4];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = u[1];
        flow[1] = u[0];
        charge[1] = -(p[0] * u[1]);
    }
}

/// <summary>v1 = … + d(M i2)/dt, v2 = … + d(M i1)/dt with M = k √(L1 L2): the coupling K of two inductors, whose currents are its states.</summary>
public readonly struct Coupling : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "coupling",
        0,
        [
            new("value", "", double.NaN, "coefficient of coupling"),
            new("l1", "H", double.NaN, "inductance of the first"),
            new("l2", "H", double.NaN, "inductance of the second"),
        ],
        1)
    {
        States = 2,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => derived[0] = card[0] * T.Sqrt(card[1] * card[2]);

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = 0.0;
        flow[1] = 0.0;
        charge[0] = -(p[0] * u[1]);
        charge[1] = -(p[0] * u[0]);
    }
}

/// <summary>Makes inductors of L elements.</summary>
internal sealed class InductorFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'l' && element.Expressions.IsEmpty;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(Inductor.Shape, element, model);
        if (!(card[0] >= 0) || !double.IsFinite(card[0]))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, string.Create(CultureInfo.InvariantCulture, $"the inductance of '{element.Name}' is {card[0]} H"), "give it a value");
            return;
        }

        int branch = builder.Branch(element.Name);
        builder.Add<Inductor>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1), branch], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)));
        if (element.TryParameter("ic", out double initial))
            builder.InitialCondition(branch, -1, initial);
    }
}

/// <summary>Makes couplings of K elements, one for each pair of the inductors that the line names.</summary>
internal sealed class CouplingFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'k';

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        for (int i = 0; i < element.References.Length; i++)
        {
            for (int j = i + 1; j < element.References.Length; j++)
            {
                double first = Inductance(element.References[i], builder);
                double second = Inductance(element.References[j], builder);
                builder.Add<Coupling>(new(
                    element.Name, [builder.Branch(element.References[i]), builder.Branch(element.References[j])], [element.Value, first, second], double.NaN)
                {
                    Origins = [.. InductanceOrigins(1, element.References[i], first, builder), .. InductanceOrigins(2, element.References[j], second, builder)],
                });
            }
        }
    }

    private static double Inductance(string name, ICircuitBuilder builder)
    {
        Element inductor = builder.Circuit.Element(name)!;
        return inductor.Parameters.GetValueOrDefault("value") * inductor.Parameters.GetValueOrDefault("scale", 1) / inductor.Parameters.GetValueOrDefault("m", 1);
    }

    private static IEnumerable<CardOrigin> InductanceOrigins(int parameter, string name, double inductance, ICircuitBuilder builder)
    {
        Element inductor = builder.Circuit.Element(name)!;
        foreach ((string of, double value, double sign) in new[]
        {
            ("value", inductor.Parameters.GetValueOrDefault("value"), 1.0),
            ("scale", inductor.Parameters.GetValueOrDefault("scale", 1), 1.0),
            ("m", inductor.Parameters.GetValueOrDefault("m", 1), -1.0),
        })
        {
            yield return new CardOrigin(parameter, name, of, false, sign * inductance / value);
        }
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Where the equations of model types hold: what divides, or stands under a root or a logarithm, and what a physical quantity cannot be. Neurons and synapses have their own readers (<see cref="SynapseParameters"/>).
/// </summary>
internal static class ModelRanges
{
    private static readonly FrozenDictionary<string, (string[] Positive, string[] NotNegative)> Ranges = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
    {
        ["d"] = (["n", "nbv", "ns", "nr"], ["is", "js", "jsw", "isr", "rs", "cjo", "cj0", "cj", "cjsw", "cjp", "tt", "kf"]),
        ["npn"] = (["bf", "br", "nf", "nr"], ["is", "ise", "isc", "rb", "re", "rc", "cje", "cjc", "cjs", "ccs", "tf", "tr", "kf"]),
        ["nmos"] = (["n"], ["kp", "cox", "rd", "rs", "rsh", "is", "js", "kf", "cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "avt"]),
        ["ota"] = (["kappa", "va"], ["ibias", "i0", "sources", "kf", "avt"]),
        ["digipot"] = (["rab", "taps"], ["rw", "position"]),
        ["iondrift"] = (["ron", "roff", "mu", "d", "p", "j"], []),
        ["vteam"] = (["ron", "roff", "aon", "aoff", "koff", "voff", "p", "j"], []),
        ["yakopcic"] = (["b"], ["a1", "a2", "vp", "vn", "ap", "an"]),
        ["pku"] = (["i0", "g0", "v0", "a0", "tox", "gapmin", "gapmax", "gap0"], ["vel0", "ea", "rth", "fmin"]),
        ["r"] = (["rsh", "defw"], []),
        ["c"] = (["defw", "defl"], ["cj", "cjsw"]),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Diagnoses parameters that no device of a type can have.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="type">Its canonical type.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    public static void Check(string name, string type, ImmutableArray<Argument> parameters, DiagnosticBag diagnostics)
    {
        string family = type switch { "pnp" => "npn", "pmos" => "nmos", _ => type };
        if (!Ranges.TryGetValue(family, out (string[] Positive, string[] NotNegative) range))
            return;
        foreach (Argument argument in parameters)
        {
            if (argument.Value is not NumberValue { Number: var value } || argument.Name is not { } key)
                continue;
            bool isPositive = range.Positive.Contains(key, StringComparer.Ordinal);
            if (isPositive ? !(value > 0) : range.NotNegative.Contains(key, StringComparer.Ordinal) && !(value >= 0))
                diagnostics.Error(Codes.BadValue, argument.Span, string.Create(CultureInfo.InvariantCulture, $"{key} of '{name}' is {value}"), isPositive ? "it must be above 0" : "it must not be below 0");
            else if (family is "vteam" && key is "kon" or "von" && !(value < 0))
                diagnostics.Error(Codes.BadValue, argument.Span, string.Create(CultureInfo.InvariantCulture, $"{key} of '{name}' is {value}"), "what goes towards on is below 0");
        }
    }
}

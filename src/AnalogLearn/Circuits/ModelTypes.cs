using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AnalogLearn.Circuits;

/// <summary>The model types of the language and the parameters that their equations use.</summary>
public static class ModelTypes
{
    private static readonly FrozenDictionary<string, string> Synonyms = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["neuron"] = "neuron",
        ["synapse"] = "synapse",
        ["r"] = "r",
        ["res"] = "r",
        ["c"] = "c",
        ["cap"] = "c",
        ["l"] = "l",
        ["ind"] = "l",
        ["d"] = "d",
        ["npn"] = "npn",
        ["pnp"] = "pnp",
        ["nmos"] = "nmos",
        ["pmos"] = "pmos",
        ["njf"] = "njf",
        ["pjf"] = "pjf",
        ["sw"] = "sw",
        ["vswitch"] = "sw",
        ["csw"] = "csw",
        ["iswitch"] = "csw",
        ["ota"] = "ota",
        ["digipot"] = "digipot",
        ["iondrift"] = "iondrift",
        ["vteam"] = "vteam",
        ["yakopcic"] = "yakopcic",
        ["pku"] = "pku",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>σ = avt/√(W L): of what has a threshold.</summary>
    private static readonly string[] Area = ["avt", "sigma_basis", "w", "l", "source"];

    /// <summary>Of transistors, whose w and l stand on their own lines.</summary>
    private static readonly string[] Threshold = ["avt", "sigma_basis", "source"];

    /// <summary>Parameters of device variation and precision (netlist.md, section 5) that a synapse array may have.</summary>
    public static ImmutableArray<string> SynapseVariation { get; } = [.. SynapseParameters.All.Select(p => p.Name).Where(n => n is not ("gmin" or "gmax")), .. SynapseParameters.Words, "source"];

    /// <summary>Parameters of device variation that a neuron bank may have.</summary>
    public static ImmutableArray<string> NeuronVariation { get; } = ["a0", "slew", "flicker_corner", "dac", "adc", "range", "adc_noise", .. Area];

    private static readonly string[] Mos1 =
    [
        "level", "vto", "vt0", "kp", "gamma", "phi", "lambda", "rd", "rs", "cbd", "cbs", "is", "pb", "cgso", "cgdo", "cgbo", "rsh", "cj", "mj", "cjsw", "mjsw", "js", "tox", "nsub", "nss", "tpg", "ld", "wd",
        "uo", "u0", "kf", "af", "fc", "tnom", .. Threshold,
    ];

    private static readonly string[] MosEkv =
    [
        "level", "vto", "vt0", "kp", "gamma", "phi", "n", "lambda", "cox", "rd", "rs", "rsh", "cbd", "cbs", "is", "js", "pb", "cj", "mj", "cjsw", "mjsw", "fc", "cgso", "cgdo", "cgbo", "ld", "wd", "tcv", "bex",
        "kf", "af", "tnom", .. Threshold,
    ];

    private static readonly FrozenDictionary<string, FrozenSet<string>> Known = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["neuron"] = ["c", "g", "rho", "gain", "center", "vrest", "bias", "clip", "vos", "noise", "form", "learn", .. NeuronVariation],
        ["synapse"] = ["init", "mask", "tied", "learn", "gmin", "gmax", "g0", "max_norm", .. SynapseVariation],
        ["r"] =
        [
            "r", "tc1", "tc2", "tce", "tnom", "rsh", "defw", "narrow", "short", "dw", "dlr", "learn", "gmin", "gmax", "init",
            .. SynapseVariation.Where(n => n is not ("pair" or "rwire" or "vread")),
        ],
        ["c"] = ["c", "cap", "tc1", "tc2", "tnom", "cj", "cjsw", "defw", "defl", "narrow", "short", "source"],
        ["l"] = ["l", "ind", "tc1", "tc2", "tnom", "source"],
        ["d"] =
        [
            "level", "is", "js", "n", "rs", "tt", "cjo", "cj0", "cj", "vj", "pb", "m", "mj", "eg", "xti", "kf", "af", "fc", "bv", "ibv", "nbv", "jsw", "ns", "cjsw", "cjp", "vjsw", "php", "mjsw", "ikf",
            "ik", "ikr", "isr", "nr", "tnom", "tref", "trs", "trs1", "trs2", "tcv", "pj", "fcs", "source",
        ],
        ["npn"] = Bipolar(),
        ["pnp"] = Bipolar(),
        ["nmos"] = Mos1,
        ["pmos"] = Mos1,
        ["njf"] = Junction(),
        ["pjf"] = Junction(),
        ["sw"] = ["vt", "vh", "ron", "roff", "von", "voff"],
        ["csw"] = ["it", "ih", "ron", "roff", "ion", "ioff"],
        ["ota"] = ["ibias", "i0", "kappa", "vos", "va", "vref", "sources", "kf", "af", .. Area],
        ["digipot"] = ["rab", "taps", "position", "rw", "learn", "init", "step", "source"],
        ["iondrift"] = ["ron", "roff", "mu", "d", "x0", "window", "p", "j", "learn", "init", "step", "source"],
        ["vteam"] = ["ron", "roff", "kon", "koff", "aon", "aoff", "von", "voff", "won", "woff", "exponential", "x0", "window", "p", "j", "learn", "init", "step", "source"],
        ["yakopcic"] = ["a1", "a2", "b", "vp", "vn", "ap", "an", "xp", "xn", "alphap", "alphan", "x0", "eta", "learn", "init", "step", "source"],
        ["pku"] = ["i0", "g0", "v0", "vel0", "ea", "a0", "tox", "gamma", "beta", "rth", "fmin", "gapmin", "gapmax", "gap0", "learn", "init", "step", "source"],
    }.ToFrozenDictionary(p => p.Key, p => p.Value.Append("source").Append("uncertainty").ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

    private static readonly FrozenSet<string> KnownOfEkv = MosEkv.Append("uncertainty").ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Every type, synonyms included.</summary>
    public static IEnumerable<string> Names => Synonyms.Keys.Order(StringComparer.Ordinal);

    /// <summary>The one name of a type that has several, or null when there is no such type.</summary>
    /// <param name="type">As written, lower case.</param>
    public static string? Canonical(string type) => Synonyms.GetValueOrDefault(type);

    /// <summary>The parameters that the equations of a type use.</summary>
    /// <param name="type">Its canonical name.</param>
    public static FrozenSet<string> Parameters(string type) => Known[type];

    /// <summary>The parameters that the equations of a type and level use.</summary>
    /// <param name="type">Its canonical name.</param>
    /// <param name="level">The level; 44 for EKV transistors.</param>
    public static FrozenSet<string> Parameters(string type, int level) => level == EkvLevel && type is "nmos" or "pmos" ? KnownOfEkv : Known[type];

    /// <summary>The level number of EKV transistors, which decks may also write <c>level=ekv</c>.</summary>
    public const int EkvLevel = 44;

    private static string[] Bipolar() =>
    [
        "level", "is", "bf", "nf", "vaf", "va", "ikf", "ik", "ise", "ne", "br", "nr", "var", "vb", "ikr", "isc", "nc", "rb", "irb", "rbm", "re", "rc", "cje", "vje", "pe", "mje", "me", "tf", "xtf", "vtf",
        "itf", "cjc", "vjc", "pc", "mjc", "mc", "xcjc", "tr", "cjs", "ccs", "vjs", "ps", "mjs", "ms", "xtb", "eg", "xti", "kf", "af", "fc", "tnom", "tref", "subs", "source",
    ];

    private static string[] Junction() => ["level", "vto", "vt0", "beta", "lambda", "rd", "rs", "cgs", "cgd", "pb", "is", "kf", "af", "fc", "b", "tnom", .. Area];
}

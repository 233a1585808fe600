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
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly string[] Area = ["avt", "sigma_basis", "w", "l", "source"];

    /// <summary>Parameters of device variation and precision (netlist.md, section 5) that a synapse array may have.</summary>
    public static ImmutableArray<string> SynapseVariation { get; } =
    [
        "bits", "levels", "write_noise", "read_noise", "nu", "t0", "p_stuck_on", "p_stuck_off", "p_open", "rwire", "update", "nl", "nl_up", "nl_down", "pulses", "dac", "adc", .. Area,
    ];

    /// <summary>Parameters of device variation that a neuron bank may have.</summary>
    public static ImmutableArray<string> NeuronVariation { get; } = ["dac", "adc", .. Area];

    private static readonly FrozenDictionary<string, FrozenSet<string>> Known = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["neuron"] = ["c", "g", "rho", "gain", "center", "vrest", "bias", "clip", "vos", "noise", "form", "learn", .. NeuronVariation],
        ["synapse"] = ["init", "mask", "tied", "learn", "gmin", "gmax", "g0", .. SynapseVariation],
        ["r"] =
        [
            "r", "tc1", "tc2", "tce", "tnom", "rsh", "defw", "narrow", "short", "kf", "af", "lf", "wf", "ef", "dw", "dl", "dlr", "bv_max", "learn", "gmin", "gmax", "bits", "levels", "write_noise",
            "read_noise", "nu", "t0", "p_stuck_on", "p_stuck_off", "p_open", "update", .. Area,
        ],
        ["c"] = ["c", "cap", "tc1", "tc2", "tnom", "cj", "cjsw", "defw", "defl", "narrow", "short", "del", "di", "thick", "bv_max", "vc1", "vc2", .. Area],
        ["l"] = ["l", "ind", "tc1", "tc2", "tnom", "csect", "dia", "length", "nt", "mu", .. Area],
        ["d"] =
        [
            "level", "is", "js", "n", "rs", "tt", "cjo", "cj0", "cj", "vj", "pb", "m", "mj", "eg", "xti", "kf", "af", "fc", "bv", "ibv", "nbv", "jsw", "ns", "cjsw", "cjp", "vjsw", "php", "mjsw", "ikf",
            "ik", "ikr", "isr", "nr", "tnom", "tref", "trs", "trs1", "trs2", "tcv", "cta", "ctc", "area", "pj", "fcs", "fv_max", "bv_max", "id_max", "te_max", "pd_max", .. Area,
        ],
        ["npn"] = Bipolar(),
        ["pnp"] = Bipolar(),
        ["nmos"] = Mos(),
        ["pmos"] = Mos(),
        ["njf"] = Junction(),
        ["pjf"] = Junction(),
        ["sw"] = ["vt", "vh", "ron", "roff", "von", "voff"],
        ["csw"] = ["it", "ih", "ron", "roff", "ion", "ioff"],
    }.ToFrozenDictionary(p => p.Key, p => p.Value.ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>Every type, synonyms included.</summary>
    public static IEnumerable<string> Names => Synonyms.Keys.Order(StringComparer.Ordinal);

    /// <summary>The one name of a type that has several, or null when there is no such type.</summary>
    /// <param name="type">As written, lower case.</param>
    public static string? Canonical(string type) => Synonyms.GetValueOrDefault(type);

    /// <summary>The parameters that the equations of a type use.</summary>
    /// <param name="type">Its canonical name.</param>
    public static FrozenSet<string> Parameters(string type) => Known[type];

    private static string[] Bipolar() =>
    [
        "level", "is", "ibe", "ibc", "bf", "nf", "vaf", "va", "ikf", "ik", "ise", "c2", "ne", "br", "nr", "var", "vb", "ikr", "isc", "c4", "nc", "rb", "irb", "rbm", "re", "rc", "cje", "vje", "pe", "mje",
        "me", "tf", "xtf", "vtf", "itf", "ptf", "cjc", "vjc", "pc", "mjc", "mc", "xcjc", "tr", "cjs", "ccs", "vjs", "ps", "mjs", "ms", "xtb", "eg", "xti", "kf", "af", "fc", "tnom", "tref", "subs", "iss", "ns",
        "nkf", .. Area,
    ];

    private static string[] Mos() =>
    [
        "level", "vto", "vt0", "kp", "gamma", "phi", "lambda", "rd", "rs", "cbd", "cbs", "is", "pb", "cgso", "cgdo", "cgbo", "rsh", "cj", "mj", "cjsw", "mjsw", "js", "tox", "nsub", "nss", "nfs", "tpg", "xj",
        "ld", "wd", "uo", "u0", "ucrit", "uexp", "utra", "vmax", "neff", "kf", "af", "fc", "delta", "theta", "eta", "kappa", "tnom", "n", .. Area,
    ];

    private static string[] Junction() => ["level", "vto", "vt0", "beta", "lambda", "rd", "rs", "cgs", "cgd", "pb", "is", "kf", "af", "fc", "b", "tnom", .. Area];
}

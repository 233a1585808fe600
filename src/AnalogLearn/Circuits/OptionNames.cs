using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AnalogLearn.Circuits;

/// <summary>The names that <c>.options</c> takes.</summary>
public static class OptionNames
{
    /// <summary>What AnalogLearn itself reads.</summary>
    public static ImmutableArray<string> Own { get; } = ["settle_step", "settle_tol", "settle_steps", "settle_noise", "rwire_every", "precision", "temp", "seed", "mismatch", "checkpoint", "example", "trnoise", "noisefmax"];

    /// <summary>SPICE's options. They are kept, so that decks stay exchangeable; those of the nodal engine have no effect on the rate engine.</summary>
    public static ImmutableArray<string> Spice { get; } =
    [
        "tnom", "abstol", "reltol", "vntol", "chgtol", "trtol", "gmin", "gminsteps", "srcsteps", "pivtol", "pivrel", "itl1", "itl2", "itl3", "itl4", "itl5", "itl6", "method", "maxord", "minbreak", "defl",
        "defw", "defad", "defas", "defnrd", "defnrs", "scale", "rshunt", "cshunt", "ramptime", "noopiter", "noopac", "autostop", "interp", "keepopinfo", "trytocompact", "badmos3", "xmu", "acct", "noacct",
        "noinit", "list", "nomod", "nopage", "node", "norefvalue", "opts", "brief", "numdgt", "cptime", "lvltim", "limpts", "ingold", "post", "probe", "sparse", "klu", "warn", "maxwarns", "savecurrents", "seedinfo",
        "threads", "ltra", "newtrunc", "convstep", "convabsstep", "indverbosity",
    ];

    /// <summary>Those of SPICE's options that change answers in ngspice and none here: the nodal engine warns of them. The others steer SPICE's own algorithms or its output.</summary>
    public static ImmutableArray<string> Unserved { get; } = ["cshunt", "defl", "defw", "defad", "defas", "defnrd", "defnrs", "scale", "ramptime", "autostop", "interp"];

    /// <summary>All of them.</summary>
    public static FrozenSet<string> All { get; } = Own.Concat(Spice).ToFrozenSet(StringComparer.Ordinal);
}

namespace AnalogLearn.Studies;

/// <summary>Kinds of studies by the name that their stores carry, so that a chip of any study can be run again.</summary>
internal static class StudyKinds
{
    /// <summary>The kind of <c>.mc</c>: each chip runs the deck's parts once.</summary>
    public const string MonteCarlo = "mc";

    /// <summary>Makes a study of a kind ready.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="run">The deck.</param>
    /// <param name="parts">Which parts each chip runs.</param>
    /// <returns>The study, or null when there is no such kind in this version, or the deck cannot run.</returns>
    public static PreparedStudy? Prepare(string kind, DeckRun run, RunParts parts) => kind switch
    {
        MonteCarlo => run.PrepareStudy("mc", parts),
        _ => null,
    };
}

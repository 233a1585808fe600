namespace AnalogLearn.Synapses;

/// <summary>
/// When devices are read: the reads of one batch of one run, by numbers that neither threads nor interruptions change. Reads of different occasions have different noise; a batch that is learned again from a
/// checkpoint sees the same noise as before.
/// </summary>
/// <param name="IsLearning">Whether the batch is learned from: its devices were written a moment ago, and have not drifted. Otherwise they are read <c>t_read</c> after they were written.</param>
/// <param name="Step">How many updates went before.</param>
/// <param name="Start">The first example of the batch, in an evaluation.</param>
public readonly record struct ReadOccasion(bool IsLearning, long Step, int Start)
{
    /// <summary>A batch that is learned.</summary>
    /// <param name="step">How many updates went before.</param>
    public static ReadOccasion Learning(long step) => new(true, step, 0);

    /// <summary>A batch of an evaluation.</summary>
    /// <param name="step">How many updates went before.</param>
    /// <param name="start">Its first example.</param>
    public static ReadOccasion Evaluation(long step, int start) => new(false, step, start);
}

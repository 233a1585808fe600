using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>One dimension of a <c>.dc</c> sweep.</summary>
/// <param name="Name">What is swept, lower case: a source, a resistor, <c>temp</c>.</param>
/// <param name="Start">First value.</param>
/// <param name="Stop">Last value.</param>
/// <param name="Step">From one to the next.</param>
public sealed record SweepDimension(string Name, double Start, double Stop, double Step)
{
    /// <summary>The values, computed without accumulating rounding; the last one is reached when it is within a millionth of a step.</summary>
    public double[] Values()
    {
        int count = (int)Math.Floor(((Stop - Start) / Step) + 1e-6) + 1;
        var values = new double[Math.Max(1, count)];
        for (int k = 0; k < values.Length; k++)
            values[k] = Start + (k * Step);
        return values;
    }
}

/// <summary><c>.dc source start stop step [source2 start2 stop2 step2]</c>: the first is swept fastest.</summary>
/// <param name="Inner">The inner sweep.</param>
/// <param name="Outer">The outer sweep, or null.</param>
/// <param name="Span">Where it stands.</param>
public sealed record DirectSweepCard(SweepDimension Inner, SweepDimension? Outer, SourceSpan Span) : Card(Span);

/// <summary>A sweep of frequency.</summary>
/// <param name="Spacing">dec, oct or lin.</param>
/// <param name="Points">Points a decade, an octave, or in all.</param>
/// <param name="Start">First frequency [Hz].</param>
/// <param name="Stop">Last frequency [Hz].</param>
public sealed record FrequencySweep(string Spacing, int Points, double Start, double Stop)
{
    /// <summary>The frequencies [Hz], as ngspice takes them.</summary>
    public double[] Frequencies()
    {
        if (Spacing == "lin")
        {
            double step = Points > 1 ? (Stop - Start) / (Points - 1) : 0;
            return [.. Enumerable.Range(0, Points).Select(k => Start + (k * step))];
        }

        double ratio = Math.Log(Spacing == "dec" ? 10 : 2) / Points;
        int count = (int)Math.Floor((Math.Log(Stop / Start) / ratio) + 1e-6) + 1;
        return [.. Enumerable.Range(0, count).Select(k => Start * Math.Exp(k * ratio))];
    }
}

/// <summary><c>.ac dec|oct|lin points start stop</c>.</summary>
/// <param name="Sweep">The frequencies.</param>
/// <param name="Span">Where it stands.</param>
public sealed record SmallSignalCard(FrequencySweep Sweep, SourceSpan Span) : Card(Span);

/// <summary>A quantity that an analysis looks at: a voltage between two nodes, or the current through an element.</summary>
/// <param name="Plus">The node, lower case as in results; empty for a current.</param>
/// <param name="Minus">The other node; <c>0</c> for ground.</param>
/// <param name="Element">The element whose current it is, or empty.</param>
/// <param name="Text">As users write it: <c>v(out)</c>.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ProbedQuantity(string Plus, string Minus, string Element, string Text, SourceSpan Span)
{
    /// <summary>Whether it is a current.</summary>
    public bool IsCurrent => Element.Length > 0;
}

/// <summary><c>.noise v(out[,ref]) source dec|oct|lin points start stop [summary]</c>.</summary>
/// <param name="Output">Where the noise is looked at.</param>
/// <param name="Source">The source that it is referred to, lower case.</param>
/// <param name="Sweep">The frequencies.</param>
/// <param name="PointsPerSummary">Every how many points each device's share is given; 0 for never.</param>
/// <param name="Span">Where it stands.</param>
public sealed record NoiseCard(ProbedQuantity Output, string Source, FrequencySweep Sweep, int PointsPerSummary, SourceSpan Span) : Card(Span);

/// <summary><c>.tf v(out[,ref]) source</c> or <c>.tf i(source) source</c>.</summary>
/// <param name="Output">The output.</param>
/// <param name="Source">The input source, lower case.</param>
/// <param name="Span">Where it stands.</param>
public sealed record TransferFunctionCard(ProbedQuantity Output, string Source, SourceSpan Span) : Card(Span);

/// <summary>
/// <c>.sens v(out) [ac dec|oct|lin points start stop]</c> as SPICE has it, and <c>.sens v(out) tran step stop</c>: the quantity's derivative by every parameter of every instance and
/// model card, of the operating point, of each frequency, or of the end of a transient.
/// </summary>
/// <param name="Output">The quantity.</param>
/// <param name="Sweep">The frequencies, or null for direct current.</param>
/// <param name="Step">The transient's step [s], or null.</param>
/// <param name="Stop">The transient's end [s], or null.</param>
/// <param name="Span">Where it stands.</param>
public sealed record SensitivityCard(ProbedQuantity Output, FrequencySweep? Sweep, double? Step, double? Stop, SourceSpan Span) : Card(Span);

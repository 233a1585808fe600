namespace AnalogLearn.Plots;

/// <summary>One phase of learning on the time axis.</summary>
/// <param name="Label">Its name, such as <c>free</c> or <c>nudged</c>.</param>
/// <param name="Start">When it starts [s].</param>
/// <param name="End">When it ends [s].</param>
public sealed record PhaseSpan(string Label, double Start, double End);

public static partial class Figures
{
    private static readonly Colour[] s_phases = [Palette.Sky, Palette.Orange, Palette.Purple, Palette.Green, Palette.Grey];

    /// <summary>Waveforms, with the phases of learning shaded behind them.</summary>
    /// <param name="time">Times [s], ascending.</param>
    /// <param name="traces">Names and values of the waveforms, each as long as time.</param>
    /// <param name="phases">The phases; may be empty.</param>
    /// <param name="yLabel">What the values are.</param>
    /// <param name="yUnit">Their unit without prefix; empty for pure numbers such as the state of a neuron in its own scale.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Waveforms(
        IReadOnlyList<double> time, IReadOnlyList<(string Label, IReadOnlyList<double> Values)> traces, IReadOnlyList<PhaseSpan> phases, string yLabel = "voltage", string yUnit = "V", string subtitle = "", string name = "waveforms")
    {
        return new(name, "Waveforms")
        {
            Subtitle = subtitle,
            PanelWidth = 640,
            PanelHeight = 340,
            Panels =
            [
                new()
                {
                    X = new("time", "s"),
                    Y = Axis.Of(yLabel, yUnit),
                    Series = [.. traces.Select(t => new LineSeries(time, t.Values) { Label = t.Label, Width = 1.4 })],
                    Spans = Spans(phases),
                },
            ],
        };
    }

    /// <summary>Phases as background spans; phases of one name share a colour.</summary>
    /// <param name="phases">The phases.</param>
    public static IReadOnlyList<BackgroundSpan> Spans(IReadOnlyList<PhaseSpan> phases)
    {
        string[] names = [.. phases.Select(static p => p.Label).Distinct(StringComparer.Ordinal)];
        return [.. phases.Select(p => new BackgroundSpan(Direction.Vertical, p.Start, p.End, p.Label) { Colour = s_phases[Array.IndexOf(names, p.Label) % s_phases.Length] })];
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>A quantity that a <c>.print</c>, <c>.plot</c> or <c>.save</c> card names.</summary>
/// <param name="Label">As written, or one node of what was written.</param>
/// <param name="Expression">The expression.</param>
public sealed record OutputQuantity(string Label, MeasureExpression Expression);

/// <summary>A <c>.print</c>, <c>.plot</c> or <c>.save</c> card, read: whole buses and ranges are spread over their nodes.</summary>
/// <param name="Action">print, plot or save.</param>
/// <param name="Table">The analysis.</param>
/// <param name="Quantities">The quantities.</param>
/// <param name="Span">Where the card stands.</param>
public sealed record Output(string Action, QuantityTable Table, ImmutableArray<OutputQuantity> Quantities, SourceSpan Span)
{
    /// <summary>What stands behind <c>vs</c> of a plot, one for all or one each; empty when the quantities are drawn over the analysis' own axis.</summary>
    public ImmutableArray<OutputQuantity> Against { get; init; } = [];
}

/// <summary>Reads <c>.print</c>, <c>.plot</c> and <c>.save</c> cards, and says what they ask for.</summary>
/// <param name="deck">The deck.</param>
/// <param name="names">What names mean.</param>
/// <param name="diagnostics">Receives what is wrong.</param>
public sealed class OutputReader(Deck deck, QuantityNames names, DiagnosticBag diagnostics)
{
    private const int MostNodes = 4096;

    /// <summary>Reads the cards.</summary>
    public ImmutableArray<Output> Read()
    {
        var outputs = ImmutableArray.CreateBuilder<Output>();
        foreach (OutputCard card in deck.All<OutputCard>())
        {
            string analysis = card.Analysis ?? (card.Action == "save" || deck.All<TransientCard>().Any() ? "tran" : deck.All<SmallSignalCard>().Any() ? "ac" : deck.All<DirectSweepCard>().Any() ? "dc" : deck.All<OperatingPointCard>().Any() ? "op" : deck.All<NoiseCard>().Any() ? "noise" : deck.All<TrainCard>().Any() ? "train" : "compare");
            if (QuantityTable.Find(analysis) is not { } table)
            {
                diagnostics.Error("AL0959", card.Span, $"nothing of .{analysis} can be {card.Action}ed in this version", $"there are: {string.Join(", ", QuantityTable.All.Select(t => t.Analysis))}");
                continue;
            }

            TextValue[] written = [.. card.Quantities];
            int versus = card.Action == "plot" && table.HasAxis ? Array.FindIndex(written, q => q.Text.Equals("vs", StringComparison.OrdinalIgnoreCase)) : -1;
            ImmutableArray<OutputQuantity> quantities = Take(versus < 0 ? written : written[..versus], table, card);
            ImmutableArray<OutputQuantity> against = versus < 0 ? [] : Take(written[(versus + 1)..], table, card);
            if (versus >= 0 && (against.Length == 0 || quantities.Length == 0 || (against.Length > 1 && against.Length != quantities.Length)))
            {
                diagnostics.Error(
                    "AL0959",
                    written[versus].Span,
                    string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(quantities.Length, "quantity", "quantities")} cannot be plotted against {against.Length}"),
                    "write one quantity behind vs for all, or one for each before it: .plot tran v(b[0:9]) vs v(a[0:9])");
                continue;
            }

            outputs.Add(new Output(card.Action, table, quantities, card.Span) { Against = against });
        }

        return outputs.ToImmutable();
    }

    /// <summary>What a <c>.print</c> card prints: the points of a transient, the epochs of a training run, or one line.</summary>
    /// <param name="output">The card.</param>
    /// <param name="evaluator">Evaluates quantities.</param>
    /// <param name="results">The results.</param>
    /// <returns>The text, or null when the analysis has not run.</returns>
    public string? Print(Output output, MeasureEvaluator evaluator, RunResults results)
    {
        if (!evaluator.HasRun(output.Table))
            return null;
        var text = new StringBuilder();
        (string axis, _, double[] positions, double[][] columns) = Columns(output, evaluator, results);
        text.Append(CultureInfo.InvariantCulture, $"{"Index",-8}{axis,-16}");
        foreach (OutputQuantity quantity in output.Quantities)
            text.Append(CultureInfo.InvariantCulture, $"{quantity.Label,-16}");
        text.Append('\n');
        for (int k = 0; k < positions.Length; k++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{k,-8}");
            if (axis.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $"{positions[k].ToString(axis == "epoch" ? "0" : "0.000000e+00", CultureInfo.InvariantCulture),-16}");
            foreach (double[] column in columns)
                text.Append(CultureInfo.InvariantCulture, $"{column[k].ToString("0.000000e+00", CultureInfo.InvariantCulture),-16}");
            text.Append('\n');
        }

        return text.ToString().Replace(" \n", "\n", StringComparison.Ordinal);
    }

    /// <summary>What a <c>.plot</c> card draws.</summary>
    /// <param name="output">The card.</param>
    /// <param name="evaluator">Evaluates quantities.</param>
    /// <param name="results">The results.</param>
    /// <param name="name">The figure's name.</param>
    /// <returns>The figure, or null when the analysis has not run or has one point only.</returns>
    public Figure? Plot(Output output, MeasureEvaluator evaluator, RunResults results, string name)
    {
        if (!evaluator.HasRun(output.Table))
            return null;
        (string axis, string unit, double[] positions, double[][] columns) = Columns(output, evaluator, results);
        if (positions.Length < 2)
            return null;
        if (!output.Against.IsEmpty)
            return PhasePlane(output, columns, Columns(output with { Quantities = output.Against }, evaluator, results).Columns, name);
        if (axis == "time")
        {
            Axis y = Of(output.Quantities);
            return Figures.Waveforms(positions, [.. output.Quantities.Select((q, k) => (q.Label, (IReadOnlyList<double>)columns[k]))], [], y.Label, y.Unit, deck.Circuit.Title, name);
        }

        return new Figure(name, string.Join(", ", output.Quantities.Select(q => q.Label)))
        {
            Subtitle = deck.Circuit.Title,
            Panels =
            [
                new Panel
                {
                    X = Axis.Of(axis, unit) with { WholeNumbers = axis == "epoch", Scale = axis == "frequency" ? AxisScale.Logarithmic : AxisScale.Linear },
                    Y = Of(output.Quantities),
                    Series = [.. output.Quantities.Select((q, k) => new Curve(q.Label, positions, columns[k]).ToSeries() with { Label = q.Label })],
                },
            ],
        };
    }

    /// <summary>Quantities against quantities, time running along the curves; a dot where each begins.</summary>
    private Figure PhasePlane(Output output, double[][] columns, double[][] against, string name)
    {
        double[] Over(int k) => against[against.Length == 1 ? 0 : k];
        bool many = columns.Length > 1 && against.Length > 1;
        return new Figure(name, many ? $"{Family(output.Quantities)} against {Family(output.Against)}" : $"{string.Join(", ", output.Quantities.Select(q => q.Label))} against {output.Against[0].Label}")
        {
            Subtitle = deck.Circuit.Title,
            Panels =
            [
                new Panel
                {
                    X = Of(output.Against) with { Label = Family(output.Against) },
                    Y = Of(output.Quantities) with { Label = Family(output.Quantities) },
                    Series =
                    [
                        .. columns.Select((c, k) => new Curve(output.Quantities[k].Label, Over(k), c).ToSeries() with { Label = many ? string.Empty : output.Quantities[k].Label }),
                        new ScatterSeries([.. columns.Select((_, k) => Over(k)[0])], [.. columns.Select(c => c[0])]) { Label = columns.Length == 1 ? "start" : "starts", Colour = Palette.Black },
                    ],
                },
            ],
        };
    }

    /// <summary>The axis of some quantities: their kind and its unit where they are of one, else all their units.</summary>
    private static Axis Of(ImmutableArray<OutputQuantity> quantities)
    {
        string[] units = [.. quantities.Select(q => StudyMeasures.UnitOfQuantity(q.Label)).Distinct(StringComparer.Ordinal)];
        return units is [var one]
            ? Axis.Of(one switch { "V" => "voltage", "A" => "current", "°" => "angle", _ => string.Empty }, one)
            : Axis.Of(string.Empty, string.Join(", ", units.Select(u => u.Length == 0 ? "1" : u)));
    }

    /// <summary>One name for the nodes of a bus: <c>v(b_0)</c> and <c>v(b_1)</c> are v(b).</summary>
    private static string Family(ImmutableArray<OutputQuantity> quantities)
    {
        string first = quantities[0].Label;
        int end = first.LastIndexOf('_');
        return quantities.Length > 1 && end > 0 ? first[..end] + ")" : first;
    }

    private ImmutableArray<OutputQuantity> Take(IEnumerable<TextValue> written, QuantityTable table, OutputCard card)
    {
        var quantities = ImmutableArray.CreateBuilder<OutputQuantity>();
        foreach (TextValue quantity in written)
        {
            foreach (SourceSpan? part in Spread(quantity))
                Add(quantity, part, table, card, quantities);
        }

        return quantities.ToImmutable();
    }

    private (string Axis, string Unit, double[] Positions, double[][] Columns) Columns(Output output, MeasureEvaluator evaluator, RunResults results)
    {
        if (output.Table.HasAxis)
        {
            WaveformTable table = results.Table(output.Table.Analysis)!;
            return (table.Columns[0].Name, table.Columns[0].Unit, table.Columns[0].Values, [.. output.Quantities.Select(q => evaluator.Trace(q.Expression, output.Table, table, diagnostics))]);
        }

        if (output.Table != QuantityTable.Training)
            return (string.Empty, string.Empty, [0], [.. output.Quantities.Select(q => new[] { evaluator.Evaluate(q.Expression, output.Table, diagnostics) })]);
        EpochRecord[] epochs = [.. results.Training!.History];
        return ("epoch", string.Empty, [.. epochs.Select(e => (double)e.Epoch)], [.. output.Quantities.Select(q => epochs.Select((_, k) => evaluator.At(k, q.Expression, diagnostics)).ToArray())]);
    }

    private void Add(TextValue quantity, SourceSpan? part, QuantityTable table, OutputCard card, ImmutableArray<OutputQuantity>.Builder into)
    {
        MeasureExpression? expression = part is { } span
            ? MeasureExpression.Read(span, diagnostics)
            : quantity.Span.IsWritten ? MeasureExpression.Read(quantity.Span, diagnostics) : MeasureExpression.Read(quantity.Text, diagnostics);
        if (expression is null)
            return;
        if (!part.HasValue)
            names.Check(expression, table, [], diagnostics);
        if (into.Count >= MostNodes)
        {
            if (into.Count == MostNodes)
                diagnostics.Warning("AL0959", card.Span, $"only the first {Amount.Of(MostNodes, "quantity", "quantities")} of the .{card.Action} card are taken");
            return;
        }

        into.Add(new OutputQuantity(expression.Text, expression));
    }

    /// <summary>The nodes of <c>v(h)</c> and <c>v(h[0:2])</c>, each as text of its own; null for anything else, which is taken as it stands.</summary>
    private IEnumerable<SourceSpan?> Spread(TextValue quantity)
    {
        string text = string.Concat(quantity.Text.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        if (!text.StartsWith("v(", StringComparison.Ordinal) || !text.EndsWith(')') || text.AsSpan(2).IndexOfAny(",+-*/'{") >= 0)
            return [null];
        string node = text[2..^1];
        int open = node.IndexOf('[', StringComparison.Ordinal);
        string bus = open < 0 ? node : node[..open];
        if (deck.Circuit.Buses.FirstOrDefault(b => b.Name == bus) is not { } found)
            return [null];
        int first = found.Low;
        int last = found.Low + found.Width - 1;
        if (open >= 0)
        {
            string[] range = node[(open + 1)..].TrimEnd(']').Split(':');
            if (range.Length != 2 || !int.TryParse(range[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int a) || !int.TryParse(range[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int b))
                return [null];
            (first, last) = (Math.Max(first, Math.Min(a, b)), Math.Min(last, Math.Max(a, b)));
        }
        else if (found.Width == 1)
        {
            return [null];
        }

        return Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(k =>
        {
            string one = $"v({found.NodeName(k - found.Low)})";
            return (SourceSpan?)new SourceSpan(new SourceText(quantity.Span.Source?.Path ?? "<card>", one), 0, one.Length);
        });
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Variation;

/// <summary>
/// From a design to chips. A chip is a function of (design, seed, number) alone: every draw is keyed by names, so that the order of lines, devices that stand beside, threads and other chips change nothing.
/// Chip 0 is the design itself.
/// </summary>
public static class Fabrication
{
    /// <summary>Fabricates a circuit; random functions in the expressions of its deck keep their nominal values.</summary>
    /// <param name="circuit">The design.</param>
    /// <param name="seed">The study's seed.</param>
    /// <param name="chip">The chip's number; 0 for the design itself.</param>
    public static Chip Fabricate(this Circuit circuit, ulong seed, int chip)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentOutOfRangeException.ThrowIfNegative(chip);
        if (chip == 0)
            return new Chip { Seed = seed, Number = 0, Circuit = circuit };
        var streams = new ChipStreams(seed, chip);
        return Make(circuit, seed, chip, v => v.Draw(streams));
    }

    /// <summary>Fabricates a deck: its circuit, and before that every random function in its expressions.</summary>
    /// <param name="deck">The design.</param>
    /// <param name="seed">The study's seed.</param>
    /// <param name="chip">The chip's number; 0 for the design itself.</param>
    public static Chip Fabricate(this Deck deck, ulong seed, int chip) => Fabricate(deck, seed, chip, null);

    /// <summary>Fabricates a deck as a study draws its chips.</summary>
    /// <param name="deck">The design.</param>
    /// <param name="seed">The study's seed.</param>
    /// <param name="chip">The chip's number; 0 for the design itself.</param>
    /// <param name="sampling">How the study draws, or null for the generator alone.</param>
    internal static Chip Fabricate(this Deck deck, ulong seed, int chip, ChipSampling? sampling)
    {
        ArgumentNullException.ThrowIfNull(deck);
        ArgumentOutOfRangeException.ThrowIfNegative(chip);
        if (chip == 0)
            return new Chip { Seed = seed, Number = 0, Circuit = deck.Circuit, Deck = deck };
        var streams = new ChipStreams(seed, chip, sampling);
        return Make(deck, new ExpressionDraws(seed, chip, sampling), seed, chip, v => v.Draw(streams), []);
    }

    /// <summary>Makes a saved chip again, from its draws alone.</summary>
    /// <param name="deck">The design.</param>
    /// <param name="file">The draws.</param>
    public static Chip Replay(this Deck deck, ChipFile file)
    {
        ArgumentNullException.ThrowIfNull(deck);
        ArgumentNullException.ThrowIfNull(file);
        Dictionary<(string Path, string Parameter), Draw> recorded = file.Draws.DistinctBy(d => (d.Path, d.Parameter)).ToDictionary(d => (d.Path, d.Parameter));
        var missing = new List<string>();
        Chip chip = Make(
            deck,
            new ExpressionDraws(file.Seed, file.Chip, null, recorded),
            file.Seed,
            file.Chip,
            v =>
            {
                if (recorded.TryGetValue((v.Path, v.Parameter), out Draw? draw) && (draw.Values.Length == v.Count || draw.Values.Length == v.Nominal.Length))
                    return [.. draw.Values];
                missing.Add(draw is null ? $"{v.Parameter} of {v.Path}" : string.Create(CultureInfo.InvariantCulture, $"{v.Parameter} of {v.Path}, which has {v.Count} devices and not {draw.Values.Length}"));
                return [.. v.Nominal];
            },
            missing);
        var known = new HashSet<(string, string)>(chip.Draws.Select(d => (d.Path, d.Parameter)));
        string[] surplus = [.. file.Draws.Where(d => !known.Contains((d.Path, d.Parameter))).Select(d => $"{d.Parameter} of {d.Path}").Take(3)];
        return (missing.Count, surplus.Length) == (0, 0)
            ? chip
            : chip with
            {
                Problems =
                [
                    .. chip.Problems,
                    new Diagnostic(
                        Codes.BadChipFile,
                        Severity.Error,
                        SourceSpan.None,
                        missing.Count > 0 ? $"the saved chip has no draw for {string.Join(", ", missing.Take(3))}" : $"the saved chip has a draw for {string.Join(", ", surplus)}, which the deck does not",
                        "a saved chip belongs to the deck that it was made from, with the same --set"),
                ],
            };
    }

    /// <summary>Says what is wrong with a circuit's spreads, without drawing anything.</summary>
    /// <param name="circuit">The design.</param>
    /// <param name="diagnostics">Receives spreads of what cannot differ, and area laws without a size.</param>
    public static void Diagnose(Circuit circuit, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(diagnostics);
        SpreadPlan.Of(circuit, diagnostics);
    }

    private static Chip Make(Deck deck, ExpressionDraws expressions, ulong seed, int chip, Func<Varied, double[]> values, List<string> missing)
    {
        Deck design = deck;
        if (!deck.RandomTerms.IsEmpty && deck.Redraw is { } redraw)
        {
            DeckResult result = redraw(expressions);
            if (result.Deck is null)
                return new Chip { Seed = seed, Number = chip, Circuit = deck.Circuit, Deck = deck, Draws = [.. expressions.Draws], Problems = [.. result.Diagnostics] };

            // Measures that a study has added to the text are the chip's as well.
            MeasureCard[] added = [.. deck.All<MeasureCard>().Where(m => !result.Deck.All<MeasureCard>().Any(own => own.Name == m.Name))];
            design = added.Length == 0 ? result.Deck : result.Deck with { Cards = [.. result.Deck.Cards, .. added] };
        }

        Chip made = Make(design.Circuit, seed, chip, values);
        missing.AddRange(expressions.Missing);
        return made with { Deck = design with { Circuit = made.Circuit }, Draws = [.. expressions.Draws, .. made.Draws] };
    }

    private static Chip Make(Circuit circuit, ulong seed, int chip, Func<Varied, double[]> values)
    {
        var problems = new DiagnosticBag { MaximumErrors = 20 };
        SpreadPlan plan = SpreadPlan.Of(circuit, problems);
        var draws = ImmutableArray.CreateBuilder<Draw>();
        if (!problems.HasErrors)
        {
            circuit = circuit with
            {
                Chip = new ChipKey(seed, chip),
                Banks = Banks(circuit, plan, Drawn),
                Arrays = Arrays(circuit, plan, Drawn, problems, chip),
            };
            circuit = Elements(circuit, plan, Drawn);
        }

        return new Chip { Seed = seed, Number = chip, Circuit = circuit, Draws = draws.DrainToImmutable(), Problems = [.. problems] };

        double[] Drawn(Varied varied)
        {
            double[] drawn = values(varied);
            for (int k = 0; k < drawn.Length; k++)
            {
                double nominal = varied.NominalOf(k);
                if (double.IsFinite(drawn[k]) && (!varied.KeepsSign || Math.Sign(drawn[k]) == Math.Sign(nominal)))
                    continue;
                problems.Error(
                    Codes.ImpossibleDevice,
                    varied.Span,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"on chip {chip} '{varied.Parameter}' of '{varied.Path}'{(drawn.Length > 1 ? $", device {k}," : string.Empty)} would be {drawn[k]:g6}, the design's is {nominal:g6}: no device has that"),
                    "a wide spread wants a law that stays on its side of 0: DEV=30%/lognormal");
                break;
            }

            draws.Add(new Draw(varied.Path, varied.Parameter, varied.Law, varied.Nominal, [.. drawn]));
            return drawn;
        }
    }

    private static ImmutableArray<NeuronBank> Banks(Circuit circuit, SpreadPlan plan, Func<Varied, double[]> drawn)
    {
        NeuronBank[] banks = [.. circuit.Banks];
        foreach ((int place, Varied varied) in plan.Banks)
        {
            NeuronBank bank = banks[place];
            double[] values = drawn(varied);
            ImmutableArray<double> each = values.Length == bank.Bus.Width ? [.. values] : [.. Enumerable.Repeat(values[0], bank.Bus.Width)];
            NeuronValues own = bank.Each ?? new NeuronValues();
            banks[place] = varied.Parameter switch
            {
                "c" => bank with { Each = own with { Capacitance = each } },
                "g" => bank with { Each = own with { LeakConductance = each } },
                "gain" => bank with { Each = own with { Gain = each } },
                "center" => bank with { Each = own with { Center = each } },
                "vrest" => bank with { Each = own with { Rest = each } },
                "vos" => bank with { Each = own with { Offset = each } },
                "a0" => bank with { Each = own with { FiniteGain = each } },
                "slew" => bank with { Each = own with { SlewRate = each } },
                "flicker_corner" => bank with { Each = own with { FlickerCorner = each } },
                "adc_noise" => bank with { Each = own with { AdcNoise = each } },
                _ => bank with { Bias = each },
            };
        }

        return [.. banks];
    }

    private static ImmutableArray<SynapseArray> Arrays(Circuit circuit, SpreadPlan plan, Func<Varied, double[]> drawn, DiagnosticBag problems, int chip)
    {
        SynapseArray[] arrays = [.. circuit.Arrays];
        foreach (IGrouping<int, (int Array, Varied Varied)> group in plan.Arrays.GroupBy(a => a.Array))
        {
            SynapseArray array = arrays[group.Key];
            Dictionary<string, double[]> values = group.ToDictionary(v => v.Varied.Parameter, v => drawn(v.Varied), StringComparer.Ordinal);
            arrays[group.Key] = array with { Drawn = Drawn(values) };
            if (!values.Keys.Any(v => v.TrimEnd('+', '-') is "gmin" or "gmax" or "g0"))
                continue;
            int count = array.Post.Width * array.Pre.Width;
            double g0 = values.GetValueOrDefault("g0") is { } unit ? unit[0] : array.UnitConductance;
            double range = array.MaximumConductance - array.MinimumConductance;
            double Of(string parameter, string sign, double nominal, int k) =>
                values.TryGetValue(parameter + sign, out double[]? own) ? own[k] : values.TryGetValue(parameter, out double[]? all) ? all[0] : nominal;
            double Factor(string sign, int k)
            {
                double scale = array.UnitConductance / g0;
                return double.IsInfinity(range) ? scale : scale * (Of("gmax", sign, array.MaximumConductance, k) - Of("gmin", sign, array.MinimumConductance, k)) / range;
            }

            ImmutableArray<double> plus = [.. Enumerable.Range(0, count).Select(k => Factor("+", k))];
            bool isPair = array.Card is not { Pair: SynapsePair.Reference };
            ImmutableArray<double> minus = isPair ? [.. Enumerable.Range(0, count).Select(k => Factor("-", k))] : plus;
            if (plus.Concat(minus).Any(f => !(f > 0)))
            {
                problems.Error(
                    Codes.ImpossibleDevice,
                    group.First().Varied.Span,
                    string.Create(CultureInfo.InvariantCulture, $"on chip {chip} a device of '{array.Name}' would have its gmax below its gmin"),
                    "a wide spread wants a law that stays on its side of 0: DEV=30%/lognormal");
            }

            if (!isPair)
                continue;
            bool hasOffset = values.ContainsKey("gmin+");
            arrays[group.Key] = arrays[group.Key] with
            {
                Devices = new SynapseDevices(
                    plus,
                    minus,
                    hasOffset ? [.. Enumerable.Range(0, count).Select(k => (values["gmin+"][k] - values["gmin-"][k]) / g0)] : []),
            };
        }

        return [.. arrays];
    }

    private static ImmutableDictionary<string, DeviceNumbers> Drawn(Dictionary<string, double[]> values) => values.Keys.Select(v => v.TrimEnd('+', '-')).Distinct(StringComparer.Ordinal).ToImmutableDictionary(
        v => v,
        v => new DeviceNumbers([.. values.GetValueOrDefault(v + "+") ?? values[v]], [.. values.GetValueOrDefault(v + "-") ?? values.GetValueOrDefault(v) ?? []]),
        StringComparer.Ordinal);

    private static Circuit Elements(Circuit circuit, SpreadPlan plan, Func<Varied, double[]> drawn)
    {
        if (plan.Elements.Count == 0)
            return circuit;
        Element[] elements = [.. circuit.Elements];
        ImmutableDictionary<string, Model>.Builder models = circuit.Models.ToBuilder();
        foreach ((int place, bool ofModel, string parameter, Varied varied) in plan.Elements)
        {
            Element element = elements[place];
            double value = drawn(varied)[0];
            if (!ofModel)
            {
                elements[place] = element with { Parameters = element.Parameters.SetItem(parameter, value) };
                continue;
            }

            // A device that differs from its card has a card of its own.
            Model card = models[element.Model!];
            string name = card.Name.EndsWith("#" + element.Name, StringComparison.Ordinal) ? card.Name : $"{card.Name}#{element.Name}";
            models[name] = card with
            {
                Name = name,
                Spreads = [],
                Parameters = [.. card.Parameters.Select(p => p.Name == parameter ? p with { Value = new NumberValue(value, p.Value.Span) } : p)],
            };
            elements[place] = element with { Model = name };
        }

        return circuit with { Elements = [.. elements], Models = models.ToImmutable() };
    }
}

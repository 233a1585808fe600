using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Variation;

/// <summary>
/// Everything of a circuit that differs from chip to chip: read once, drawn for as many chips as a study wants. A spread behind something that no equation uses, or that is no number, is diagnosed here.
/// </summary>
internal sealed class SpreadPlan
{
    /// <summary>Parameters of cards and lines that say how an element is treated, and not what it is.</summary>
    private static readonly HashSet<string> NoDevice = new(StringComparer.Ordinal)
    {
        "level", "learn", "init", "gmin", "gmax", "step", "bits", "levels", "write_noise", "read_noise", "nu", "t0", "p_stuck_on", "p_stuck_off", "p_open", "update", "taps", "position", "noisy", "ac", "dc", "ic",
        "temp", "dtemp", "m", "tnom", "tref", "source", "avt", "sigma_basis", "window", "off", "on", "sources", "tpg", "exponential",
    };

    private readonly Circuit _circuit;
    private readonly DiagnosticBag _diagnostics;
    private readonly List<(int Bank, Varied Varied)> _banks = [];
    private readonly List<(int Array, Varied Varied)> _arrays = [];
    private readonly List<(int Element, bool OfModel, string Parameter, Varied Varied)> _elements = [];
    private readonly Dictionary<string, DeviceDraws[]> _draws = new(StringComparer.Ordinal);

    private SpreadPlan(Circuit circuit, DiagnosticBag diagnostics)
    {
        _circuit = circuit;
        _diagnostics = diagnostics;
    }

    /// <summary>Parameters of neuron banks that differ, with the place of the bank.</summary>
    public IReadOnlyList<(int Bank, Varied Varied)> Banks => _banks;

    /// <summary>Parameters of synapse arrays that differ.</summary>
    public IReadOnlyList<(int Array, Varied Varied)> Arrays => _arrays;

    /// <summary>Parameters of other elements that differ: on the element's own line, or on its model's card.</summary>
    public IReadOnlyList<(int Element, bool OfModel, string Parameter, Varied Varied)> Elements => _elements;

    /// <summary>Reads a circuit's spreads.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="diagnostics">Receives spreads that cannot be.</param>
    public static SpreadPlan Of(Circuit circuit, DiagnosticBag diagnostics)
    {
        var plan = new SpreadPlan(circuit, diagnostics);
        for (int k = 0; k < circuit.Banks.Length; k++)
            plan.Add(k, circuit.Banks[k]);
        for (int k = 0; k < circuit.Arrays.Length; k++)
            plan.Add(k, circuit.Arrays[k]);
        string? name = null;
        Model? model = null;
        for (int k = 0; k < circuit.Elements.Length; k++)
        {
            Element element = circuit.Elements[k];
            if (element.Model != name)
                (name, model) = (element.Model, element.Model is { } card ? circuit.Models.GetValueOrDefault(card) : null);
            if (model is not null || !element.Spreads.IsEmpty)
                plan.Add(k, element, model);
        }

        return plan;
    }

    private void Add(int place, NeuronBank bank)
    {
        if (bank.IsInput)
            return;
        Dictionary<string, List<VariedTerm>> terms = Terms(bank.Spreads, out Dictionary<string, SourceSpan> spans);
        if (AreaLaw.Deviation(bank.Name, bank.Span, bank.Variation, null, 1, _diagnostics) is { } deviation)
            AddArea(terms, spans, "vos", deviation, bank.Span);
        foreach ((string parameter, List<VariedTerm> laws) in terms)
        {
            ImmutableArray<double> nominal = parameter switch
            {
                "c" => Nominal(bank.Each?.Capacitance, bank.Capacitance),
                "g" => Nominal(bank.Each?.LeakConductance, bank.LeakConductance),
                "gain" => Nominal(bank.Each?.Gain, bank.Gain),
                "center" => Nominal(bank.Each?.Center, bank.Center),
                "vrest" => Nominal(bank.Each?.Rest, bank.Rest),
                "vos" => Nominal(bank.Each?.Offset, bank.Offset),
                "a0" when double.IsFinite(bank.FiniteGain) => Nominal(bank.Each?.FiniteGain, bank.FiniteGain),
                "slew" when double.IsFinite(bank.SlewRate) => Nominal(bank.Each?.SlewRate, bank.SlewRate),
                "flicker_corner" when bank.FlickerCorner > 0 => Nominal(bank.Each?.FlickerCorner, bank.FlickerCorner),
                "adc_noise" when bank.AdcNoise > 0 => Nominal(bank.Each?.AdcNoise, bank.AdcNoise),
                "bias" => bank.Bias.Distinct().Take(2).Count() == 1 ? [bank.Bias[0]] : bank.Bias,
                _ => [],
            };
            if (nominal.IsEmpty)
            {
                Unused(bank.Name, parameter, spans[parameter], "of neurons c g gain center vrest bias vos a0 slew flicker_corner and adc_noise can differ");
                continue;
            }

            if (Sound(bank.Name, parameter, nominal, laws, spans[parameter]))
                _banks.Add((place, New(bank.Name, parameter, _circuit.Defined(bank.Model.Length > 0 ? bank.Model : bank.Name), nominal, bank.Bus.Width, laws, spans[parameter], parameter is "c" or "g" or "a0" or "slew" or "flicker_corner" or "adc_noise")));
        }
    }

    /// <summary>What a spread is about: the value of all neurons of a bank, or of each its own where random functions have drawn them.</summary>
    private static ImmutableArray<double> Nominal(ImmutableArray<double>? own, double all) => own is { IsDefaultOrEmpty: false } each ? each : [all];

    private void Add(int place, SynapseArray array)
    {
        // A tied array is the other one read the other way: it has no devices of its own.
        if (array.TiedTo is not null)
            return;
        Dictionary<string, List<VariedTerm>> terms = Terms(array.Spreads, out Dictionary<string, SourceSpan> spans);
        int count = array.Post.Width * array.Pre.Width;
        int width = array.Pre.Width;
        foreach ((string parameter, List<VariedTerm> laws) in terms)
        {
            bool isRange = parameter is "gmin" or "gmax" or "g0";
            double nominal = parameter switch
            {
                "gmin" => array.MinimumConductance,
                "gmax" => array.MaximumConductance,
                "g0" => array.UnitConductance,
                _ => SynapseParameters.CanSpread(parameter) && array.Card is { } card && SynapseParameters.Find(parameter) is { } info && card.Has(info.Id) ? card[info.Id] : double.NaN,
            };
            if (!double.IsFinite(nominal))
            {
                Unused(array.Name, parameter, spans[parameter], isRange ? $"give {parameter} a value" : "of synapses gmin gmax and g0 can differ, and the numbers by which devices are written and read");
                continue;
            }

            if (parameter is "g0" && laws.Exists(t => t.PerDevice))
            {
                Unused(array.Name, parameter, spans[parameter], "g0 is the scale that a whole array is read with: write LOT=, or DEV= behind gmax");
                continue;
            }

            if (!Sound(array.Name, parameter, [nominal], laws, spans[parameter]))
                continue;
            string lot = _circuit.Defined(array.Model.Length > 0 ? array.Model : array.Name);
            if (!laws.Exists(t => t.PerDevice))
            {
                _arrays.Add((place, New(array.Name, parameter, lot, [nominal], 1, laws, spans[parameter], isRange && parameter is not "gmin")));
                continue;
            }

            // Every weight is a pair of conductances, and each of them is a device.
            foreach (string sign in Signs(array))
            {
                _arrays.Add((place, New(array.Name, parameter, lot, [nominal], count, laws, spans[parameter], isRange && parameter is not "gmin") with
                {
                    Parameter = parameter + sign,
                    DevicePath = array.Name + sign,
                    Key = k => ((ulong)(uint)(k / width) << 32) | (uint)(k % width),
                }));
            }
        }

        foreach (DeviceDraws draws in DeviceDraws.Of(array.Card))
        {
            foreach (string sign in Signs(array))
            {
                _arrays.Add((place, draws.Varied(array.Name, sign, _circuit.Defined(array.Model.Length > 0 ? array.Model : array.Name), count, array.Span) with
                {
                    Key = k => ((ulong)(uint)(k / width) << 32) | (uint)(k % width),
                }));
            }
        }
    }

    /// <summary>The conductances behind a weight: two, or one and a reference that is none of the array's.</summary>
    private static string[] Signs(SynapseArray array) => array.Card is { Pair: SynapsePair.Reference } ? ["+"] : ["+", "-"];

    private void Add(int place, Element element, Model? model)
    {
        ImmutableArray<ParameterSpread> all = model is null ? element.Spreads : [.. model.Spreads.Select(s => s with { Parameter = OnLine(element, model, s.Parameter) }), .. element.Spreads];
        Dictionary<string, List<VariedTerm>> terms = Terms(all, out Dictionary<string, SourceSpan> spans);
        if (model is not null && Threshold(element, model) is { } threshold)
            AddArea(terms, spans, threshold.Parameter, threshold.Deviation, element.Span);
        string lot = _circuit.Defined(model?.Name ?? LineName(element));
        foreach ((string parameter, List<VariedTerm> laws) in terms)
        {
            bool onLine = element.TryParameter(parameter, out double nominal);
            if (!onLine)
                nominal = model?.Number(parameter, double.NaN) ?? double.NaN;
            if (element.Kind is 'v' or 'i' or 'b' or 'k')
            {
                Unused(element.Name, parameter, spans[parameter], "sources belong to the test bench and not to the chip; to vary one write {agauss(1,0.1,1)} for its value");
            }
            else if ((NoDevice.Contains(parameter) && !(SynapseParameters.CanSpread(parameter) && ConductanceCard.Learns(element, model))) || (double.IsNaN(nominal) && !(element.Kind == 'a' && parameter is "vos")))
            {
                Unused(element.Name, parameter, spans[parameter], element.Expressions.IsEmpty ? "DEV= and LOT= stand behind a number of the device" : "DEV= and LOT= stand behind numbers; multiply the expression by agauss(1,0.05,1)");
            }
            else
            {
                bool isNew = double.IsNaN(nominal);
                nominal = isNew ? 0 : nominal;
                if (Sound(element.Name, parameter, [nominal], laws, spans[parameter]))
                    _elements.Add((place, !onLine && !isNew, parameter, New(element.Name, parameter, lot, [nominal], 1, laws, spans[parameter], parameter is "value" && element.Kind is 'r' or 'c' or 'l')));
            }
        }

        if (model is null || !ConductanceCard.Learns(element, model))
            return;
        if (!_draws.TryGetValue(model.Name, out DeviceDraws[]? draws))
            _draws[model.Name] = draws = [.. DeviceDraws.Of(ConductanceCard.Of(element, model, new DiagnosticBag()))];
        foreach (DeviceDraws one in draws)
            _elements.Add((place, false, one.Parameter, one.Varied(element.Name, string.Empty, lot, 1, element.Span)));
    }

    /// <summary>The principal value of R, C and L may stand on the model's card; what spreads there spreads the value, wherever it stands.</summary>
    private static string OnLine(Element element, Model model, string parameter) =>
        double.IsNaN(element.Value) ? parameter : (model.Type, parameter) is ("r", "r") or ("c", "c" or "cap") or ("l", "l" or "ind") ? "value" : parameter;

    /// <summary>The threshold that the area law shifts, and by how much.</summary>
    private (string Parameter, double Deviation)? Threshold(Element element, Model model)
    {
        bool isTransistor = model.Type is "nmos" or "pmos";
        if (!isTransistor && model.Type is not ("ota" or "njf" or "pjf"))
            return null;
        (double, double)? size = isTransistor ? (1e6 * element.Parameter("w", double.NaN), 1e6 * element.Parameter("l", double.NaN)) : null;
        if (AreaLaw.Deviation(element.Name, element.Span, model.Parameters, size, element.Parameter("m", 1), _diagnostics) is not { } deviation)
            return null;
        if (model.Type is "ota")
            return ("vos", deviation);
        string? threshold = new[] { "vto", "vt0" }.FirstOrDefault(p => !double.IsNaN(model.Number(p, double.NaN)));
        if (threshold is not null)
            return (threshold, deviation);
        _diagnostics.Error(Codes.BadAreaLaw, model.Span, $"the model '{model.Name}' has avt, but no vto for it to shift", "give the threshold: vto=0.5");
        return null;
    }

    /// <summary>The laws of each parameter, lot before device; a spread on a line replaces the one of its kind on the card.</summary>
    private static Dictionary<string, List<VariedTerm>> Terms(ImmutableArray<ParameterSpread> spreads, out Dictionary<string, SourceSpan> spans)
    {
        var terms = new Dictionary<string, List<VariedTerm>>(StringComparer.Ordinal);
        spans = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        foreach (ParameterSpread spread in spreads.OrderBy(s => s.PerDevice))
        {
            if (!terms.TryGetValue(spread.Parameter, out List<VariedTerm>? own))
                terms.Add(spread.Parameter, own = []);
            own.RemoveAll(t => t.PerDevice == spread.PerDevice);
            own.Add(VariedTerm.Of(spread));
            spans[spread.Parameter] = spread.Span;
        }

        return terms;
    }

    private static void AddArea(Dictionary<string, List<VariedTerm>> terms, Dictionary<string, SourceSpan> spans, string parameter, double deviation, SourceSpan span)
    {
        if (!terms.TryGetValue(parameter, out List<VariedTerm>? own))
            terms.Add(parameter, own = []);
        own.Add(new VariedTerm(new DrawLaw(DrawShape.Normal, deviation, false), true, "area", null, 1));
        spans.TryAdd(parameter, span);
    }

    private bool Sound(string name, string parameter, ImmutableArray<double> nominal, List<VariedTerm> terms, SourceSpan span)
    {
        // A spread of nothing draws nothing.
        terms.RemoveAll(t => t.Law.Amount == 0);
        if (terms.Count == 0)
            return false;
        if (!nominal.Contains(0) || terms.TrueForAll(t => !t.Law.IsRelative && t.Law.Shape != DrawShape.Lognormal))
            return true;
        bool isLognormal = terms.Exists(t => t.Law.Shape == DrawShape.Lognormal);
        _diagnostics.Error(
            Codes.BadSpread,
            span,
            isLognormal ? $"'{parameter}' of '{name}' is 0, and what is 0 has no logarithm" : $"'{parameter}' of '{name}' is 0, and a share of 0 is 0: it would never differ",
            string.Create(CultureInfo.InvariantCulture, $"give the spread in the unit of {parameter}: DEV=5m instead of DEV=5%"));
        return false;
    }

    private void Unused(string name, string parameter, SourceSpan span, string fix) =>
        _diagnostics.Error(Codes.BadSpread, span, $"'{parameter}' of '{name}' cannot differ from device to device or chip to chip: no equation would use it", fix);

    private static Varied New(string path, string parameter, string lot, ImmutableArray<double> nominal, int count, List<VariedTerm> terms, SourceSpan span, bool isPositive) => new()
    {
        Path = path,
        Parameter = parameter,
        Lot = lot,
        LotParameter = parameter,
        Nominal = nominal,
        Count = count,
        Terms = [.. terms],
        KeepsSign = isPositive || terms.Exists(t => t.Law.IsRelative),
        Span = span,
    };

    /// <summary>The line that an element comes from, with its path: parallel elements of one line share it.</summary>
    private static string LineName(Element element) =>
        element.Syntax is null ? element.Name : string.Concat(element.Name.AsSpan(0, element.Name.LastIndexOf('.') + 1), element.Syntax.Name.Text.ToString().ToLowerInvariant());
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>N elements: banks of neurons and of clamped input nodes.</content>
internal sealed partial class Elaborator
{
    private readonly List<NeuronBank> _banks = [];
    private readonly Dictionary<Bus, NeuronBank> _bankOn = new(ReferenceEqualityComparer.Instance);

    private void Neurons(ElementSyntax element, Scope scope)
    {
        const string form = "write N1 h[0:9] model [name=value …]";
        List<ValueSyntax> words = [.. element.Items.TakeWhile(i => i is not NamedSyntax)];
        if (words.Count == 0)
        {
            _diagnostics.Error(Codes.MissingNode, element.Name, "the bus of the neurons is missing", form);
            return;
        }

        string name = Name(scope.Prefix + Name(element.Name));
        if (words.Count == 1)
        {
            _diagnostics.Error(Codes.Missing, words[0].Span, $"the model of '{name}' is missing", form + "; the model of clamped inputs is 'input'");
            return;
        }

        if (words.Count > 2)
        {
            _diagnostics.Error(Codes.SurplusText, words[2].Span, $"'{Short(words[2].Span)}' is too much: a bank of neurons takes one bus and a model", form);
            return;
        }

        bool placed = TryWholeBus(words[0], scope, $"the bank '{name}'", "give every bank a bus of its own", out Bus bus);
        if (!placed)
            Collect(words[0], _suspects);
        if (words[1] is not WordSyntax word)
        {
            _diagnostics.Error(Codes.Missing, words[1].Span, $"the name of a model was expected, not '{Short(words[1].Span)}'", form);
            return;
        }

        if (placed && _bankOn.TryGetValue(bus, out NeuronBank? other))
        {
            _diagnostics.Error(Codes.TwoBanks, words[0].Span, $"the bus '{bus.Name}' has the neurons of '{other.Name}' already", $"'{other.Name}' stands in line {Line(other.Span)}; give every bank a bus of its own");
            return;
        }

        ImmutableArray<ValueSyntax> items = element.Items[words.Count..];
        bool input = word.Is("input") && scope.Model("input") is null;
        Model? model = null;
        if (input)
        {
            foreach (ValueSyntax item in items)
            {
                if (item is NamedSyntax { Key: WordSyntax key } && (key.Is("dac") || key.Is("range")))
                    continue;
                _diagnostics.Error(Codes.UnknownParameter, item.Span, "clamped inputs have no parameters but dac= and range=", "write Nx x[0:9] input dac=8 range=0,1");
                return;
            }
        }
        else
        {
            model = FindModel(word, scope, "a bank of neurons", "neuron");
        }

        ImmutableArray<Argument> instance = [];
        ImmutableArray<ParameterSpread> spreads = [];
        int drawn = _evaluator.DeviceDraws;
        _evaluator.Device = placed && bus.Width > 1 ? bus.Low : null;
        bool sound = TryParameters(items, scope, "neuron", "neuron", out instance, out spreads);
        _evaluator.Device = null;
        if (!placed)
            return;
        var bank = new NeuronBank { Name = name, Bus = bus, Model = input ? "input" : model?.Name ?? string.Empty, IsInput = input, Span = element.Span, LearnBias = !input };
        if (sound && model is not null)
        {
            NeuronBank plain = bank;
            bank = WithParameters(plain, Merge(model.Parameters, instance), scope) with { Spreads = [.. model.Spreads, .. spreads] };
            if (_evaluator.DeviceDraws > drawn)
                bank = WithOwnDraws(bank, plain, model, items, scope);
        }
        else if (sound && input)
            bank = WithParameters(bank, instance, scope) with { Spreads = spreads };
        if (!input && bank.Bias.Length == 0)
            bank = bank with { Bias = [.. new double[bus.Width]] };
        _bankOn[bus] = bank;
        _banks.Add(bank);
        Count(element.Span);
    }

    /// <summary>The numbers of a bank on whose line random functions stand: each neuron is a device with draws of its own.</summary>
    private NeuronBank WithOwnDraws(NeuronBank first, NeuronBank plain, Model model, ImmutableArray<ValueSyntax> items, Scope scope)
    {
        var all = new NeuronBank[first.Bus.Width];
        all[0] = first;
        for (int k = 1; k < all.Length; k++)
        {
            _evaluator.Device = first.Bus.Low + k;
            bool sound = TryParameters(items, scope, "neuron", "neuron", out ImmutableArray<Argument> instance, out _);
            _evaluator.Device = null;
            all[k] = sound ? WithParameters(plain, Merge(model.Parameters, instance), scope) : first;
        }

        return first with
        {
            Bias = first.Bias.Length == all.Length ? [.. all.Select((n, k) => n.Bias.Length == all.Length ? n.Bias[k] : first.Bias[k])] : first.Bias,
            Each = new NeuronValues
            {
                Capacitance = Own(n => n.Capacitance),
                LeakConductance = Own(n => n.LeakConductance),
                Gain = Own(n => n.Gain),
                Center = Own(n => n.Center),
                Rest = Own(n => n.Rest),
                Offset = Own(n => n.Offset),
                FiniteGain = Own(n => n.FiniteGain),
                SlewRate = Own(n => n.SlewRate),
                FlickerCorner = Own(n => n.FlickerCorner),
                AdcNoise = Own(n => n.AdcNoise),
            },
        };

        ImmutableArray<double> Own(Func<NeuronBank, double> of) => Array.TrueForAll(all, n => of(n).Equals(of(first))) ? [] : [.. all.Select(of)];
    }

    private NeuronBank WithParameters(NeuronBank bank, ImmutableArray<Argument> parameters, Scope scope)
    {
        var variation = ImmutableArray.CreateBuilder<Argument>();
        Argument? dac = null, adc = null, range = null;
        foreach (Argument p in parameters)
        {
            switch (p.Name)
            {
                case "a0":
                    variation.Add(p);
                    if (TryPositive(p, "a gain", string.Empty, out double finite))
                        bank = bank with { FiniteGain = finite };
                    break;
                case "slew":
                    variation.Add(p);
                    if (TryPositive(p, "a slew rate", "V/s", out double slew))
                        bank = bank with { SlewRate = slew };
                    break;
                case "flicker_corner":
                    variation.Add(p);
                    if (TryNotNegative(p, "a corner of", "Hz", out double corner))
                        bank = bank with { FlickerCorner = corner };
                    break;
                case "adc_noise":
                    variation.Add(p);
                    if (TryNotNegative(p, "a noise of", "V", out double atConverter))
                        bank = bank with { AdcNoise = atConverter };
                    break;
                case "dac":
                    variation.Add(p);
                    dac = p;
                    break;
                case "adc":
                    variation.Add(p);
                    adc = p;
                    break;
                case "range":
                    variation.Add(p);
                    range = p;
                    break;
                case "c":
                    if (TryPositive(p, "a capacitance", "F", out double c))
                        bank = bank with { Capacitance = c };
                    break;
                case "g":
                    if (TryPositive(p, "a leak conductance", "S", out double g))
                        bank = bank with { LeakConductance = g };
                    break;
                case "rho":
                    bank = bank with { Activation = Word(p, bank.Activation) };
                    break;
                case "form":
                    bank = bank with { Form = Word(p, bank.Form) };
                    break;
                case "gain":
                    if (TryPlain(p, out double gain))
                        bank = bank with { Gain = gain };
                    break;
                case "center":
                    if (TryPlain(p, out double center))
                        bank = bank with { Center = center };
                    break;
                case "vrest":
                    if (TryPlain(p, out double rest))
                        bank = bank with { Rest = rest };
                    break;
                case "vos":
                    if (TryPlain(p, out double offset))
                        bank = bank with { Offset = offset };
                    break;
                case "learn":
                    if (TrySwitch(p, out bool learn))
                        bank = bank with { LearnBias = learn };
                    break;
                case "bias":
                    if (TryBias(p, bank.Bus, scope, out ImmutableArray<double> bias))
                        bank = bank with { Bias = bias };
                    break;
                case "clip":
                    if (TryClip(p, out double low, out double high))
                        bank = bank with { ClipLow = low, ClipHigh = high };
                    break;
                case "noise":
                    if (TryNoise(p, out NeuronNoise noise))
                        bank = bank with { Noise = noise };
                    break;
                default:
                    variation.Add(p);
                    break;
            }
        }

        if (bank.FlickerCorner > 0 && !bank.Noise.Thermal && bank.Noise.Density == 0)
        {
            Argument corner = variation.First(a => a.Name is "flicker_corner");
            _diagnostics.Error(Codes.BadValue, corner.Span, $"flicker_corner of '{bank.Name}' without noise: the corner is where 1/f noise is as large as the white noise", "write noise=thermal, or a density");
        }

        // A model may leave its converter to the line of the bank.
        if (adc is null && bank.Bus != Scope.Ground && variation.FirstOrDefault(a => a.Name is "adc_noise" && a.Value is not NumberValue { Number: 0 }) is { } reading)
            _diagnostics.Error(Codes.UnusedParameter, reading.Span, $"adc_noise of '{bank.Name}' without a converter", "write adc=8 range=0,1, or leave it out");
        return WithConverters(bank, dac, adc, range) with { Variation = variation.DrainToImmutable() };
    }

    /// <summary>The converters of a bank: dac= of clamped inputs, adc= of neurons, both over range= (by default the rails).</summary>
    private NeuronBank WithConverters(NeuronBank bank, Argument? dac, Argument? adc, Argument? range)
    {
        (double low, double high) = (bank.ClipLow, bank.ClipHigh);
        if (range is not null && !TryClip(range, out low, out high))
            return bank;
        if (!bank.IsInput && dac is { Value: not NumberValue { Number: 0 } })
            _diagnostics.Error(Codes.BadValue, dac.Span, $"'{bank.Name}' is not clamped: a bank of neurons has no dac", "dac= belongs to banks of inputs, adc= to what is read of neurons");
        else if (range is not null && dac is null && adc is null)
            _diagnostics.Error(Codes.BadValue, range.Span, $"range of '{bank.Name}' without a converter", bank.IsInput ? "write dac=8 range=0,1" : "write adc=8 range=0,1; the rails of a neuron are clip=0,1");
        if ((bank.IsInput ? dac : adc) is not { } bits || bits.Value is NumberValue { Number: 0 } || (!bank.IsInput && dac is { Value: not NumberValue { Number: 0 } }))
            return bank;
        if (bits.Value is not NumberValue { Number: >= 1 and <= 32 } number || number.Number != Math.Floor(number.Number))
        {
            _diagnostics.Error(Codes.BadValue, bits.Value.Span, $"{bits.Name} takes a number of bits from 1 to 32, not '{Short(bits.Value.Span)}'", "0, or nothing, is a converter without codes");
            return bank;
        }

        if (!double.IsFinite(low) || !double.IsFinite(high))
        {
            _diagnostics.Error(Codes.Missing, bits.Span, $"the range of {bits.Name} of '{bank.Name}' is missing", bank.IsInput ? "write dac=8 range=0,1" : "write adc=8 range=0,1, or give the neurons rails with clip=0,1");
            return bank;
        }

        var converter = new Converter((int)number.Number, low, high);
        if (converter is { IsSigned: true, Bits: 1 })
            _diagnostics.Error(Codes.BadValue, bits.Value.Span, "one bit over a range on both sides of 0 V: a sign and no magnitude", "give two bits at least, or a range that ends at 0");
        return bank.IsInput ? bank with { Dac = converter } : bank with { Adc = converter };
    }

    private bool TryNotNegative(Argument argument, string what, string unit, out double value)
    {
        if (!TryPlain(argument, out value))
            return false;
        if (value >= 0)
            return true;
        _diagnostics.Error(Codes.BadValue, argument.Value.Span, string.Create(CultureInfo.InvariantCulture, $"{what} {value} {unit}: it cannot be negative"), $"{argument.Name}=0 is none");
        return false;
    }

    private TEnum Word<TEnum>(Argument argument, TEnum otherwise)
        where TEnum : struct, Enum
    {
        if (argument.Value is TextValue text && !NumberLiteral.LooksNumeric(text.Text) && Enum.TryParse(text.Text, ignoreCase: true, out TEnum value) && Enum.IsDefined(value))
            return value;
        IEnumerable<string> names = Enum.GetNames<TEnum>().Select(n => n.ToLowerInvariant());
        string written = argument.Value.Span.Text.ToString();
        _diagnostics.Error(Codes.BadValue, argument.Value.Span, $"'{written}' is not one of the values of {argument.Name}", Help(written, names, "values"));
        return otherwise;
    }

    private bool TryPlain(Argument argument, out double value)
    {
        if (argument.Value is NumberValue number)
        {
            value = number.Number;
            return true;
        }

        value = double.NaN;
        string text = Short(argument.Value.Span);
        string fix = argument.Value is not TextValue ? "an expression goes in braces: {2*a}"
            : _root.Parameter(text.ToLowerInvariant()) is not null ? $"write {{{text}}} for the value of the parameter"
            : text.ToLowerInvariant() is "nan" or "inf" or "-inf" or "infinity" ? "every number must be finite" : "an expression goes in braces: {2*a}";
        _diagnostics.Error(Codes.NumberExpected, argument.Value.Span, $"{argument.Name} takes a number, not '{text}'", fix);
        return false;
    }

    private bool TryPositive(Argument argument, string what, string unit, out double value)
    {
        if (!TryPlain(argument, out value))
            return false;
        if (value > 0)
            return true;
        _diagnostics.Error(Codes.BadValue, argument.Value.Span, string.Create(CultureInfo.InvariantCulture, $"{what} of {value} {unit}: it must be greater than 0"), $"check its sign{(unit.Length > 0 ? $" and its unit, {unit}" : string.Empty)}");
        return false;
    }

    private bool TrySwitch(Argument argument, out bool on)
    {
        on = false;
        if (!TryPlain(argument, out double value))
            return false;
        on = value == 1;
        if (value is 0 or 1)
            return true;
        _diagnostics.Error(Codes.BadValue, argument.Value.Span, $"{argument.Name} is 0 or 1", $"write {argument.Name}=1 for yes, {argument.Name}=0 for no");
        return false;
    }

    private bool TryBias(Argument argument, Bus bus, Scope scope, out ImmutableArray<double> bias)
    {
        bias = [];
        if (argument.Value is NumberValue number)
        {
            double[] same = new double[bus.Width];
            Array.Fill(same, number.Number);
            bias = [.. same];
            return true;
        }

        if (!TryMatrix(argument.Value, scope, out double[] numbers, out int rows, out int columns))
            return false;
        if (numbers.Length == bus.Width && (rows == 1 || columns == 1))
        {
            bias = [.. numbers];
            return true;
        }

        _diagnostics.Error(
            Codes.ShapeMismatch,
            argument.Value.Span,
            string.Create(CultureInfo.InvariantCulture, $"{numbers.Length} biases for the {bus.Width} neuron{(bus.Width == 1 ? string.Empty : "s")} of '{bus.Name}'"),
            "give one number for all, or one for each");
        return false;
    }

    private bool TryClip(Argument argument, out double low, out double high)
    {
        low = high = 0;
        if (argument.Value is not ListValue { Items.Length: 2 } list)
        {
            _diagnostics.Error(Codes.BadValue, argument.Value.Span, $"{argument.Name} takes two numbers", $"write {argument.Name}=0,1");
            return false;
        }

        if (list.Items[0] is not NumberValue first || list.Items[1] is not NumberValue second)
        {
            Value wrong = list.Items[0] is NumberValue ? list.Items[1] : list.Items[0];
            _diagnostics.Error(Codes.NumberExpected, wrong.Span, $"{argument.Name} takes two numbers, not '{Short(wrong.Span)}'", $"write {argument.Name}=0,1");
            return false;
        }

        (low, high) = (first.Number, second.Number);
        if (low < high)
            return true;
        _diagnostics.Error(Codes.BadValue, argument.Value.Span, string.Create(CultureInfo.InvariantCulture, $"{argument.Name} from {low} to {high}: the lower {(argument.Name is "clip" ? "rail" : "end")} must be below the upper one"), $"write {argument.Name}=lower,upper");
        return false;
    }

    private bool TryNoise(Argument argument, out NeuronNoise noise)
    {
        noise = NeuronNoise.None;
        switch (argument.Value)
        {
            case TextValue text when text.Text.Equals("thermal", StringComparison.OrdinalIgnoreCase):
                noise = new(true, 0);
                return true;
            case TextValue text when text.Text.Equals("none", StringComparison.OrdinalIgnoreCase):
                return true;
            case NumberValue number when number.Number >= 0:
                noise = number.Number == 0 ? NeuronNoise.None : new(false, number.Number);
                return true;
            case NumberValue:
                _diagnostics.Error(Codes.BadValue, argument.Value.Span, "a noise density cannot be negative", "write noise=thermal, noise=none or a density in A/√Hz");
                return false;
            default:
                _diagnostics.Error(Codes.BadValue, argument.Value.Span, $"noise is thermal, none or a density in A/√Hz, not '{Short(argument.Value.Span)}'", "write noise=thermal, noise=none or noise=1p");
                return false;
        }
    }
}

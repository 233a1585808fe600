using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Reads the parameters of synapse hardware. Values are checked wherever they stand; what belongs together (a law and its parameters, a range for what has a range) only where a model and a line are complete.
/// </summary>
/// <param name="diagnostics">Receives the complaints.</param>
internal sealed class SynapseCardReader(DiagnosticBag diagnostics)
{
    private static readonly (string Word, SynapseUpdate Law)[] Laws =
    [
        ("ideal", SynapseUpdate.Ideal), ("constant", SynapseUpdate.Constant), ("linear", SynapseUpdate.Linear), ("softbounds", SynapseUpdate.SoftBounds), ("expstep", SynapseUpdate.Exponential),
        ("powstep", SynapseUpdate.Power), ("nl", SynapseUpdate.Labelled), ("piecewise", SynapseUpdate.Piecewise),
    ];

    private const string WriteNoiseHelp = "a standard deviation of conductances within that range: write write_noise=2%, a share of gmax − gmin, or siemens below it";

    private readonly Dictionary<string, Argument> _written = new(StringComparer.Ordinal);
    private readonly double[] _numbers = [.. SynapseParameters.All.Select(p => p.Default)];
    private readonly DeviceFunction?[] _functions = new DeviceFunction?[SynapseParameters.All.Length];
    private bool _isSound = true;

    /// <summary>Reads a card.</summary>
    /// <param name="arguments">The parameters of model and line, without those of the array itself.</param>
    /// <param name="least">gmin [S].</param>
    /// <param name="most">gmax [S], or +∞.</param>
    /// <param name="isComplete">Whether model and line are together here.</param>
    /// <returns>The card; null when nothing is given, or when it cannot be read.</returns>
    public SynapseCard? Read(ImmutableArray<Argument> arguments, double least, double most, bool isComplete)
    {
        foreach (Argument argument in arguments)
        {
            if (argument.Name is { } name && (SynapseParameters.Find(name) is not null || SynapseParameters.Words.Contains(name)))
                _written[name] = argument;
        }

        if (_written.Count == 0)
            return null;
        _numbers[(int)SynapseParameter.Minimum] = least;
        _numbers[(int)SynapseParameter.Maximum] = most;
        double range = most - least;
        foreach (Argument argument in _written.Values)
        {
            if (SynapseParameters.Find(argument.Name!) is { } info)
                Quantity(argument, info, range, isComplete);
        }

        SynapsePair pair = Word("pair", [("differential", SynapsePair.Differential), ("reference", SynapsePair.Reference), ("onesided", SynapsePair.OneSided)]);
        SynapseUpdate update = Word("update", Laws);
        PulseRoundingKind rounding = Word("rounding", [("stochastic", PulseRoundingKind.Stochastic), ("nearest", PulseRoundingKind.Nearest), ("carry", PulseRoundingKind.Carry)]);
        bool isMultiplicative = Whole("mult", 1, 0, 1) == 1;
        int bits = Whole("bits", 0, 1, 24);
        int levels = Whole("levels", 0, 2, 1 << 24);
        int mostPulses = Whole("most_pulses", int.MaxValue, 1, int.MaxValue);
        int refresh = Whole("refresh", 0, 1, int.MaxValue);
        ImmutableArray<double> up = List("nodes_up");
        ImmutableArray<double> down = List("nodes_down");
        ImmutableArray<double> current = Current();
        if (isComplete && _isSound)
            Complete(pair, update, range);
        if (!_isSound)
            return null;
        if (double.IsNaN(_numbers[(int)SynapseParameter.Reference]))
            _numbers[(int)SynapseParameter.Reference] = 0.5 * (least + most);
        if (double.IsNaN(_numbers[(int)SynapseParameter.PulsesUp]))
            _numbers[(int)SynapseParameter.PulsesUp] = _numbers[(int)SynapseParameter.Pulses];
        if (double.IsNaN(_numbers[(int)SynapseParameter.PulsesDown]))
            _numbers[(int)SynapseParameter.PulsesDown] = _numbers[(int)SynapseParameter.Pulses];
        if (double.IsNaN(_numbers[(int)SynapseParameter.ReadTime]))
            _numbers[(int)SynapseParameter.ReadTime] = _numbers[(int)SynapseParameter.Age];
        return new SynapseCard
        {
            Numbers = [.. _numbers],
            Functions = [.. _functions],
            Given = [.. _written.Keys.Select(SynapseParameters.Find).OfType<SynapseParameterInfo>().Select(p => p.Id)],
            Pair = pair,
            Update = update,
            Rounding = rounding,
            IsMultiplicative = isMultiplicative,
            Levels = bits > 0 ? 1 << bits : levels,
            MostPulses = mostPulses,
            RefreshInterval = refresh,
            NodesUp = up,
            NodesDown = down,
            CurrentPolynomial = current,
        };
    }

    /// <summary>Complains about a spread in the unit of a parameter that is a function: there is no one number that it could be added to.</summary>
    /// <param name="card">The card, or null.</param>
    /// <param name="spreads">The spreads of model and line.</param>
    /// <param name="diagnostics">Receives the complaints.</param>
    public static void CheckSpreads(SynapseCard? card, ImmutableArray<ParameterSpread> spreads, DiagnosticBag diagnostics)
    {
        foreach (ParameterSpread spread in spreads)
        {
            if (card is not null && !spread.Relative && SynapseParameters.Find(spread.Parameter) is { } info && card.Functions[(int)info.Id] is { IsConstant: false })
                diagnostics.Error(Codes.BadSpread, spread.Span, $"'{spread.Parameter}' is a function here, and a spread in its unit would have nothing to be added to", "give a share, which multiplies the function: DEV=5%");
        }
    }

    private void Error(string code, SourceSpan span, string message, string? fix = null)
    {
        _isSound = false;
        diagnostics.Error(code, span, message, fix);
    }

    private void Quantity(Argument argument, SynapseParameterInfo info, double range, bool isComplete)
    {
        switch (argument.Value)
        {
            case NumberValue number:
                double value = number.Number;
                if (info.Id == SynapseParameter.WriteNoise && number.Span.Length > 0 && number.Span.Text[^1] == '%')
                {
                    // A share of the range: what it is of is known when model and line are together.
                    if (!double.IsFinite(range) && isComplete)
                    {
                        Error(Codes.Missing, argument.Span, "a share of gmax − gmin, but gmax is not given", "write gmin= and gmax=");
                        return;
                    }

                    value *= double.IsFinite(range) ? range : 1;
                }

                if (!Allowed(info, value, number.Span))
                    return;
                if (info.Id == SynapseParameter.WriteNoise && isComplete && value > range)
                {
                    Error(Codes.BadValue, number.Span, string.Create(CultureInfo.InvariantCulture, $"write_noise is {value:g6} S, more than the whole range of {range:g6} S from gmin to gmax"), WriteNoiseHelp);
                    return;
                }

                _numbers[(int)info.Id] = value;
                if (info.IsFunction)
                    _functions[(int)info.Id] = DeviceFunction.Constant(value);
                return;
            case CallValue { Call: var call } when info.IsFunction:
                if (Function(call, info) is { } function)
                {
                    if (info.Id == SynapseParameter.WriteNoise && isComplete && Largest(function) is var (x, most) && most > range)
                    {
                        Error(Codes.BadValue, call.Span, string.Create(CultureInfo.InvariantCulture, $"write_noise is {most:g4} S at G/gmax = {x:g3}, more than the whole range of {range:g6} S from gmin to gmax"), WriteNoiseHelp);
                        return;
                    }

                    _functions[(int)info.Id] = function;
                    _numbers[(int)info.Id] = function.IsConstant ? function.Coefficients[0] : 1;
                }

                return;
            default:
                Error(
                    Codes.NumberExpected,
                    argument.Value.Span,
                    $"{info.Name} takes a number{(info.IsFunction ? " or a function" : string.Empty)}, not '{argument.Value.Span.Text}'",
                    info.IsFunction ? "functions are poly(c0,c1,…), lnclip(a,b,low,high), powclip(q,p,max) and satexp(a,b)" : "an expression goes in braces: {2*a}");
                return;
        }
    }

    private bool Allowed(SynapseParameterInfo info, double value, SourceSpan span)
    {
        if (info.Allows(value))
            return true;
        string unit = info.Unit.Length > 0 ? " " + info.Unit : string.Empty;
        string range = double.IsPositiveInfinity(info.High)
            ? string.Create(CultureInfo.InvariantCulture, $"{(info.IsOpen ? "above" : "at least")} {info.Low:g6}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"between {info.Low:g6} and {info.High:g6}{unit}");
        string fix = info.Id switch
        {
            SynapseParameter.LabelUp or SynapseParameter.LabelDown => "a label is 10.1 times the largest deviation of the normalised curve from a straight line",
            SynapseParameter.StuckOn or SynapseParameter.StuckOff or SynapseParameter.Open or SynapseParameter.Stuck => $"a probability is from 0 to 1: write {info.Name}=1%",
            SynapseParameter.WriteNoise => WriteNoiseHelp,
            SynapseParameter.PulseNoiseOfRange => "a share of gmax − gmin: write pulse_noise_range=1%",
            SynapseParameter.PulseNoise or SynapseParameter.ReadNoise or SynapseParameter.PersistentNoise or SynapseParameter.DriftDeviation or SynapseParameter.RelaxationDeviation => "a standard deviation: 0 is none",
            _ when double.IsPositiveInfinity(info.High) => $"check its sign and its unit{unit switch { "" => string.Empty, _ => $", {info.Unit}" }}",
            _ => string.Create(CultureInfo.InvariantCulture, $"write a number from {info.Low:g6} to {info.High:g6}; leave {info.Name} out for {(double.IsNaN(info.Default) ? "none" : $"{info.Default:g6}")}"),
        };
        Error(Codes.BadValue, span, string.Create(CultureInfo.InvariantCulture, $"{info.Name} is {value:g6}{unit}; it must be {range}"), fix);
        return false;
    }

    private DeviceFunction? Function(Call call, SynapseParameterInfo info)
    {
        (DeviceFunctionKind Kind, int Least, int Most, string Form)? shape = call.Name switch
        {
            "poly" => (DeviceFunctionKind.Polynomial, 1, 16, "poly(c0,c1,…)"),
            "lnclip" => (DeviceFunctionKind.LogClip, 4, 4, "lnclip(a,b,low,high)"),
            "powclip" => (DeviceFunctionKind.PowerClip, 3, 3, "powclip(q,p,max)"),
            "satexp" => (DeviceFunctionKind.Saturation, 2, 2, "satexp(a,b)"),
            _ => null,
        };
        if (shape is not { } known)
        {
            Error(
                Codes.UnknownFunction,
                call.Span,
                $"{info.Name} cannot be '{call.Name}(…)'",
                NameSuggestion.Nearest(call.Name, ["poly", "lnclip", "powclip", "satexp"]) is { } near ? $"did you mean '{near}'?" : "functions of a device are poly(c0,c1,…), lnclip(a,b,low,high), powclip(q,p,max) and satexp(a,b)");
            return null;
        }

        if (call.Arguments.Length < known.Least || call.Arguments.Length > known.Most)
        {
            Error(Codes.WrongArgumentCount, call.Span, string.Create(CultureInfo.InvariantCulture, $"{call.Name}() with {call.Arguments.Length} numbers"), $"write {known.Form}");
            return null;
        }

        if (Numbers(call) is not { } coefficients)
            return null;
        if (known.Kind == DeviceFunctionKind.LogClip && !(coefficients[2] <= coefficients[3]))
        {
            Error(Codes.BadValue, call.Span, "the lower bound is above the upper one", "write lnclip(a,b,low,high)");
            return null;
        }

        if (known.Kind == DeviceFunctionKind.Saturation && !(coefficients[1] > 0))
        {
            Error(Codes.BadValue, call.Span, "satexp(a,b) saturates over b, which must be above 0", "b is a share of gmax: write satexp(20n,0.11)");
            return null;
        }

        var function = new DeviceFunction(known.Kind, coefficients);

        // Where a device can be: all of its range; of relaxation, up to a few years.
        double end = info.Id == SynapseParameter.RelaxationDeviation ? 20 : 1;
        for (int k = 0; k <= 100; k++)
        {
            double x = end * k / 100;
            double value = function.At(x);
            if (value >= info.Low && value <= info.High)
                continue;
            Error(
                Codes.BadValue,
                call.Span,
                string.Create(CultureInfo.InvariantCulture, $"{info.Name} is {value:g4} at {(end == 1 ? "G/gmax" : "ln t")} = {x:g3}; it must be between {info.Low:g6} and {info.High:g6}"),
                "check signs and units: functions of G/gmax give what the parameter is in, conductances in S");
            return null;
        }

        return function;
    }

    /// <summary>Where a function of G/gmax is largest over the range of devices, and its value there.</summary>
    private static (double X, double Value) Largest(DeviceFunction function) => Enumerable.Range(0, 101).Select(k => (X: k / 100.0, Value: function.At(k / 100.0))).MaxBy(p => p.Value);

    private ImmutableArray<double>? Numbers(Call call)
    {
        var numbers = ImmutableArray.CreateBuilder<double>(call.Arguments.Length);
        foreach (Argument argument in call.Arguments)
        {
            if (argument is { Name: null, Value: NumberValue number })
            {
                numbers.Add(number.Number);
                continue;
            }

            Error(Codes.NumberExpected, argument.Span, $"{call.Name}() takes numbers, not '{argument.Span.Text}'", "an expression goes in braces: {2*a}");
            return null;
        }

        return numbers.DrainToImmutable();
    }

    private T Word<T>(string name, (string Word, T Value)[] words)
    {
        if (!_written.TryGetValue(name, out Argument? argument))
            return words[0].Value;
        if (argument.Value is TextValue text)
        {
            foreach ((string word, T value) in words)
            {
                if (text.Text.Equals(word, StringComparison.OrdinalIgnoreCase))
                    return value;
            }
        }

        string[] known = [.. words.Select(w => w.Word)];
        Error(
            Codes.BadValue,
            argument.Value.Span,
            $"{name} cannot be '{argument.Value.Span.Text}'",
            NameSuggestion.Nearest(argument.Value.Span.Text, known) is { } near ? $"did you mean '{near}'?" : $"{name} is {string.Join(", ", known[..^1])} or {known[^1]}");
        return words[0].Value;
    }

    private int Whole(string name, int absent, int low, int high)
    {
        if (!_written.TryGetValue(name, out Argument? argument))
            return absent;
        if (argument.Value is not NumberValue { Number: var value })
        {
            Error(Codes.NumberExpected, argument.Value.Span, $"{name} takes a number, not '{argument.Value.Span.Text}'", "an expression goes in braces: {2*a}");
            return absent;
        }

        // 0 bits or levels are an analog device, every conductance of its range, as if they were not written; a refresh at each 0 writes is none. So a step over bits can end with the limit of many.
        if (value == 0 && name is "bits" or "levels" or "refresh")
            return absent;
        if (value == Math.Floor(value) && value >= low && value <= high)
            return (int)value;
        Error(
            Codes.BadValue,
            argument.Value.Span,
            string.Create(CultureInfo.InvariantCulture, $"{name} is {value:g6}; it must be a whole number {(high == int.MaxValue ? $"of at least {low}" : $"from {low} to {high}")}"),
            name switch
            {
                "bits" or "levels" => $"{name}=0, as without it, is an analog device: every conductance from gmin to gmax",
                "refresh" => "refresh=0, as without it, never refreshes",
                "mult" => "1: noise and slope go with the step; 0: they do not",
                _ => $"leave {name} out for as many as there are",
            });
        return absent;
    }

    private ImmutableArray<double> List(string name)
    {
        if (!_written.TryGetValue(name, out Argument? argument))
            return [];
        if (argument.Value is not ListValue { Items: var items } || items.Length < 2 || items.Any(i => i is not NumberValue))
        {
            Error(Codes.BadValue, argument.Value.Span, $"{name} takes a list of at least two numbers", $"one factor for each of some conductances equidistant from gmin to gmax: {name}=[1, 0.8, 0.1]");
            return [];
        }

        if (items.FirstOrDefault(i => i is NumberValue { Number: < 0 }) is { } negative)
            Error(Codes.BadValue, negative.Span, $"a factor of {name} below 0: a pulse would go the other way", "factors are of the step: 1 is the whole of it, 0 none");
        return [.. items.Select(i => ((NumberValue)i).Number)];
    }

    private ImmutableArray<double> Current()
    {
        if (!_written.TryGetValue("iv", out Argument? argument))
            return [];
        if (argument.Value is not CallValue { Call: { Name: "poly" } call })
        {
            Error(Codes.BadValue, argument.Value.Span, "iv is a polynomial of the voltage", "I = G V (1 + k2 V + k3 V² + …): write iv=poly(1,k2,k3)");
            return [];
        }

        if (Numbers(call) is not { } coefficients)
            return [];
        if (coefficients.Length < 2 || coefficients[0] != 1)
        {
            Error(Codes.BadValue, call.Span, "the polynomial of iv begins with 1, so that G is the conductance at small voltages", "I = G V (1 + k2 V + k3 V² + …): write iv=poly(1,k2,k3)");
            return [];
        }

        return coefficients;
    }

    /// <summary>What belongs together.</summary>
    private void Complete(SynapsePair pair, SynapseUpdate update, double range)
    {
        bool isPulsed = update != SynapseUpdate.Ideal;
        string law = Array.Find(Laws, l => l.Law == update).Word;
        if (!double.IsFinite(range) && First([.. _written.Keys.Where(n => n is not ("rwire" or "iv" or "vread" or "pair"))]) is { } ranged)
            Error(Codes.Missing, ranged.Span, $"{ranged.Name} is about devices with a range, and gmax is not given", "write the range of one device: gmin=1u gmax=25u");
        if (pair == SynapsePair.Reference && !double.IsFinite(range))
            Error(Codes.Missing, _written["pair"].Span, "a reference column is for devices with a range, and gmax is not given", "write the range of one device: gmin=1u gmax=25u");
        if (_written.ContainsKey("bits") && _written.TryGetValue("levels", out Argument? levels))
            Error(Codes.ContradictoryParameters, levels.Span, "bits and levels say the same thing", "leave one of them out: b bits are 2^b levels");
        if (Has(SynapseParameter.Reference) is { } gref && double.IsFinite(range))
        {
            double value = _numbers[(int)SynapseParameter.Reference];
            if (value < _numbers[(int)SynapseParameter.Minimum] || value > _numbers[(int)SynapseParameter.Maximum])
                Error(Codes.BadValue, gref.Value.Span, string.Create(CultureInfo.InvariantCulture, $"gref={value:g6} S is not between gmin and gmax"), string.Create(CultureInfo.InvariantCulture, $"write a conductance from {_numbers[(int)SynapseParameter.Minimum]:g6} to {_numbers[(int)SynapseParameter.Maximum]:g6} S; without gref it is the middle"));
        }

        Unless(pair == SynapsePair.Reference || update is SynapseUpdate.Linear or SynapseUpdate.SoftBounds or SynapseUpdate.Exponential, "pair=reference, update=linear, softbounds or expstep", "gref");
        Unless(isPulsed, "a law of pulses: update=constant, linear, softbounds, expstep, powstep, nl or piecewise", "pulses", "step", "up_down", "pulse_noise", "pulse_noise_range", "persistent_noise", "endurance", "mult");
        Unless(isPulsed || _written.ContainsKey("bits") || _written.ContainsKey("levels"), "a law of pulses, or levels", "rounding", "most_pulses");
        Unless(pair == SynapsePair.OneSided && isPulsed, "pair=onesided and a law of pulses, devices that pulses only raise", "refresh");
        Unless(_written.ContainsKey("refresh"), "refresh", "refresh_at", "refresh_least");
        if (_numbers[(int)SynapseParameter.RefreshLeast] > _numbers[(int)SynapseParameter.RefreshThreshold] && First(["refresh_at", "refresh_least"]) is { } least)
            Error(Codes.ContradictoryParameters, least.Span, string.Create(CultureInfo.InvariantCulture, $"refresh_least={_numbers[(int)SynapseParameter.RefreshLeast]:g4} is above refresh_at={_numbers[(int)SynapseParameter.RefreshThreshold]:g4}"), "the lower device of a pair cannot stand above the higher one");
        Unless(update == SynapseUpdate.Linear, "update=linear", "slope_up", "slope_down");
        Unless(update == SynapseUpdate.Exponential, "update=expstep", "es_a", "es_b", "es_gamma_up", "es_gamma_down", "es_amp_up", "es_amp_down");
        Unless(update == SynapseUpdate.Power, "update=powstep", "power_up", "power_down");
        Unless(update == SynapseUpdate.Labelled, "update=nl", "nl_up", "nl_down", "pulses_up", "pulses_down");
        Unless(update == SynapseUpdate.Piecewise, "update=piecewise", "nodes_up", "nodes_down");
        Unless(_written.ContainsKey("endurance"), "endurance", "endurance_shape");
        Unless(_written.ContainsKey("pulse_noise"), "pulse_noise", "mult");
        Unless(_written.ContainsKey("flicker"), "flicker", "flicker_t", "read_time");
        Unless(_written.ContainsKey("nu"), "nu", "nu_sd", "t0");
        Unless(_written.ContainsKey("nu") || _written.ContainsKey("relax_mean") || _written.ContainsKey("relax_sd") || (_written.ContainsKey("flicker") && !_written.ContainsKey("read_time")), "nu, relax_mean, relax_sd or flicker", "t_read");
        Unless(_written.ContainsKey("iv"), "iv", "vread");
        if (isPulsed)
            Pulses(update, law);
        if (Has(SynapseParameter.Flicker) is { } flicker)
        {
            Needs(flicker, "the time of one reading, flicker_t", "flicker_t");
            if (!_written.ContainsKey("read_time"))
                Needs(flicker, "the time over which it is read, read_time (or t_read)", "t_read");
        }

        string[] faults = ["p_stuck_on", "p_stuck_off", "p_open", "p_stuck"];
        double sum = faults.Sum(f => _numbers[(int)SynapseParameters.Find(f)!.Id]);
        if (sum > 1 && First(faults) is { } fault)
            Error(Codes.ContradictoryParameters, fault.Span, string.Create(CultureInfo.InvariantCulture, $"the probabilities of faults add up to {sum:g4}"), "a device has one of them or none: together they are at most 1");
    }

    private void Pulses(SynapseUpdate update, string law)
    {
        Argument asked = _written["update"];
        bool hasPulses = _written.TryGetValue("pulses", out Argument? pulses);
        if (update == SynapseUpdate.Labelled)
        {
            bool both = _written.ContainsKey("pulses_up") && _written.ContainsKey("pulses_down");
            if (hasPulses && both)
                Error(Codes.ContradictoryParameters, pulses!.Span, "pulses_up and pulses_down say how many pulses there are", "leave pulses out");
            else if (!hasPulses && !both)
                Error(Codes.Missing, asked.Span, "update=nl needs the number of pulses from one end of the range to the other", "write pulses=100, or pulses_up=97 pulses_down=100");
            foreach (string name in new[] { "step", "up_down" })
            {
                if (_written.TryGetValue(name, out Argument? unused))
                    Error(Codes.UnusedParameter, unused.Span, $"'{name}' is not used by update=nl, whose steps follow from its curves", "leave it out; pulses_up and pulses_down make steps differ");
            }
        }
        else if (hasPulses && _written.TryGetValue("step", out Argument? step))
        {
            Error(Codes.ContradictoryParameters, step.Span, "pulses and step say the same thing", "leave one of them out: the step is (gmax − gmin)/pulses");
        }
        else if (!hasPulses && !_written.ContainsKey("step"))
        {
            Error(Codes.Missing, asked.Span, $"update={law} needs the size of a pulse", "write pulses=1000, the number from gmin to gmax, or step=10n");
        }

        string[] needed = update switch
        {
            SynapseUpdate.Exponential => ["es_a", "es_gamma_up", "es_gamma_down", "es_amp_up", "es_amp_down"],
            SynapseUpdate.Piecewise => ["nodes_up", "nodes_down"],
            _ => [],
        };
        string[] missing = [.. needed.Where(n => !_written.ContainsKey(n))];
        if (missing.Length > 0)
            Error(Codes.Missing, asked.Span, $"update={law} needs {string.Join(", ", missing)}", "netlists/README.md, section 9, has its equation");
    }

    private Argument? Has(SynapseParameter parameter) => _written.GetValueOrDefault(SynapseParameters.Of(parameter).Name);

    private Argument? First(string[] names) => _written.Values.Where(a => names.Contains(a.Name, StringComparer.Ordinal)).MinBy(a => a.Span.Start);

    private void Needs(Argument because, string what, string name)
    {
        if (!_written.ContainsKey(name))
            Error(Codes.Missing, because.Span, $"{because.Name} needs {what}", $"write {name}=");
    }

    /// <summary>Complains about parameters that nothing uses as things stand.</summary>
    private void Unless(bool isUsed, string by, params ReadOnlySpan<string> names)
    {
        if (isUsed)
            return;
        foreach (string name in names)
        {
            if (_written.TryGetValue(name, out Argument? argument))
                Error(Codes.UnusedParameter, argument.Span, $"'{name}' is declared, but nothing uses it without {by}", "leave it out, or give what it belongs to");
        }
    }
}

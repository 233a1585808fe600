using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Variation;

namespace AnalogLearn.Interchange;

/// <summary>
/// Writes the elements of a circuit as a flat SPICE deck: subcircuits expanded, parameters evaluated, buses as plain nodes (<c>h_3</c>). An element inside an instance, <c>x1.r3</c>, becomes
/// <c>r.x1.r3</c>, since SPICE reads the kind from the first letter; polynomials of currents (F and H with <c>POLY</c>) become B sources. Expressions are those that the elaborator bound.
/// Reading the deck gives the same equations. Spreads are not written: the deck is the nominal circuit.
/// </summary>
internal sealed class SpiceElements
{
    private readonly Circuit _circuit;
    private readonly TextWriter _writer;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public SpiceElements(Circuit circuit, TextWriter writer)
    {
        _circuit = circuit;
        _writer = writer;
        foreach (Element element in circuit.Elements)
        {
            if (NameOf(element) is { } name && name != element.Name)
                _names[element.Name] = name;
        }
    }

    /// <summary>Writes models and elements.</summary>
    public void Write()
    {
        foreach (Model model in _circuit.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal))
            Line($".model {model.Name} {model.Type}({string.Join(' ', model.Parameters.Where(p => p.Name is not ("avt" or "sigma_basis" or "source") && !IsHardware(model, p.Name)).Select(Text))})");
        foreach (Element element in _circuit.Elements)
            Line(Text(element));
    }

    /// <summary>Writes initial conditions and guesses of nodes that no neuron bank stands on.</summary>
    public void WriteStart()
    {
        HashSet<string> neurons = [.. _circuit.Banks.SelectMany(b => Enumerable.Range(0, b.Bus.Width).Select(b.Bus.NodeName))];
        foreach ((string node, double value) in _circuit.InitialConditions.Where(p => !neurons.Contains(p.Key)).OrderBy(p => p.Key, StringComparer.Ordinal))
            Line($".ic v({node})={Number(value)}");
        foreach ((string node, double value) in _circuit.NodeSets.Where(p => !neurons.Contains(p.Key)).OrderBy(p => p.Key, StringComparer.Ordinal))
            Line($".nodeset v({node})={Number(value)}");
    }

    /// <summary>The form of a waveform on a source's line, with a space before it; nothing for constants and data.</summary>
    /// <param name="waveform">The waveform.</param>
    public static string Shape(Waveform? waveform)
    {
        static string Call(string name, params IEnumerable<double> numbers) => $" {name}({string.Join(' ', numbers.Select(Number))})";
        return waveform switch
        {
            null or ConstantWaveform or DataWaveform => string.Empty,
            PulseWaveform p when double.IsFinite(p.Period) => Call("pulse", p.Initial, p.Pulsed, p.Delay, p.Rise, p.Fall, p.Width, p.Period),
            PulseWaveform p when double.IsFinite(p.Width) => Call("pulse", p.Initial, p.Pulsed, p.Delay, p.Rise, p.Fall, p.Width),
            PulseWaveform p => Call("pulse", p.Initial, p.Pulsed, p.Delay, p.Rise, p.Fall),
            SineWaveform s => Call("sin", s.Offset, s.Amplitude, s.Frequency, s.Delay, s.Damping, s.Phase),
            ExponentialWaveform e => Call("exp", e.Initial, e.Pulsed, e.RiseDelay, e.RiseTime, e.FallDelay, e.FallTime),
            PiecewiseLinearWaveform l => Call("pwl", l.Times.Zip(l.Values, (t, v) => new[] { t, v }).SelectMany(pair => pair))
                + (l.RepeatFrom is { } from ? $" r={Number(from)}" : string.Empty) + (l.Delay != 0 ? $" td={Number(l.Delay)}" : string.Empty),
            FrequencyModulatedWaveform f => Call("sffm", f.Offset, f.Amplitude, f.Carrier, f.Index, f.Signal),
            NoiseWaveform n => Call("trnoise", n.Numbers),
            _ => throw new InvalidOperationException($"No SPICE source for {waveform.GetType().Name}."),
        };
    }

    private string NameOf(Element element)
    {
        char kind = (element.Kind is 'f' or 'h' && !element.Expressions.IsEmpty) || Bends(element) is not null ? 'b' : element.Kind;
        return element.Name[0] == kind ? element.Name : element.Name.Contains('.', StringComparison.Ordinal) ? $"{kind}.{element.Name}" : $"{kind}{element.Name}";
    }

    /// <summary>The curve of a resistor that learns; it becomes a B source.</summary>
    private Argument? Bends(Element element) => BentConductance.CurveOf(element, element.Model is { } model ? _circuit.Models.GetValueOrDefault(model) : null);

    private string Bent(Element element, Argument curve)
    {
        double conductance = element.Parameter("m", 1) * (element.TryParameter("g", out double own) ? own : 1 / element.Parameter("value", _circuit.Models[element.Model!].Number("r", double.NaN)));
        string v = element.Nodes[1] == "0" ? $"v({element.Nodes[0]})" : element.Nodes[0] == "0" ? $"(-v({element.Nodes[1]}))" : $"v({element.Nodes[0]},{element.Nodes[1]})";
        string sum = string.Join('+', new[] { "1" }.Concat((BentConductance.Coefficients(curve) ?? []).Select((c, k) => $"({Number(c)})*{string.Join('*', Enumerable.Repeat(v, k + 1))}")));
        return $"{Renamed(element.Name)} {element.Nodes[0]} {element.Nodes[1]} i={{{Number(conductance)}*{v}*({sum})}}";
    }

    private string Text(Element element)
    {
        if (Bends(element) is { } curve)
            return Bent(element, curve);
        var line = new StringBuilder(Renamed(element.Name));
        bool isPolynomial = element.Kind is 'e' or 'g' or 'f' or 'h' && !element.Expressions.IsEmpty;
        foreach (string node in isPolynomial ? element.Nodes[..2] : element.Nodes)
            line.Append(' ').Append(node);
        foreach (string reference in isPolynomial ? [] : element.References)
            line.Append(' ').Append(Renamed(reference));
        switch (element.Kind)
        {
            case 'v' or 'i':
                if (element.TryParameter("value", out double constant))
                    line.Append(" dc ").Append(Number(constant));
                if (element.TryParameter("acmag", out double magnitude))
                    line.Append(" ac ").Append(Number(magnitude)).Append(' ').Append(Number(element.TryParameter("acphase", out double phase) ? phase : 0));
                line.Append(element.Waveform is DataWaveform ? " data" : Shape(element.Waveform));
                Parameters(element, line, "value", "acmag", "acphase");
                return line.ToString();
            case 'b' or 'r' or 'c' or 'l' or 'e' or 'g' or 'f' or 'h' when !element.Expressions.IsEmpty:
                (string quantity, ExpressionSyntax expression) = element.Expressions.First();
                string key = (element.Kind, quantity) switch
                {
                    ('b', _) => quantity,
                    ('f', _) => "i",
                    ('h', _) => "v",
                    ('c', "charge") => "q",
                    ('r' or 'c' or 'l', _) => element.Kind.ToString(),
                    _ => "value",
                };
                if (element.Kind is 'e' or 'g' && expression is CallExpression { Name: "table" } table)
                {
                    line.Append(" table {").Append(Text(table.Arguments[0])).Append("} =");
                    for (int k = 1; k + 1 < table.Arguments.Length; k += 2)
                        line.Append(" (").Append(Text(table.Arguments[k])).Append(", ").Append(Text(table.Arguments[k + 1])).Append(')');
                }
                else
                {
                    line.Append(' ').Append(key).Append("={").Append(Text(expression)).Append('}');
                }

                Parameters(element, line, "value");
                return line.ToString();
            default:
                bool isDevice = element.Kind is not ('r' or 'c' or 'l' or 'k' or 'e' or 'g' or 'f' or 'h');
                if (!isDevice && element.TryParameter("value", out double value))
                    line.Append(' ').Append(Number(value));
                if (element.Model is { } model)
                    line.Append(' ').Append(model);
                Parameters(element, line, "value");
                return line.ToString();
        }
    }

    /// <summary>What resistors that learn are programmed and written by: no program for circuits knows of it.</summary>
    private static bool IsHardware(Model model, string? parameter) =>
        model.Type is "r" && parameter is not null && (SynapseParameters.Find(parameter) is not null || SynapseParameters.Words.Contains(parameter));

    private static void Parameters(Element element, StringBuilder line, params ReadOnlySpan<string> written)
    {
        foreach ((string name, double value) in element.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (written.Contains(name) || name is DeviceDraws.Fault or DeviceDraws.Drift or DeviceDraws.Lifetime)
                continue;
            line.Append(' ').Append(name);
            if (name is not ("off" or "on"))
                line.Append('=').Append(Number(value));
        }
    }

    private string Text(ExpressionSyntax expression) => SyntaxPrinter.Print(
        expression,
        part => part switch
        {
            VoltageExpression { Minus: "0" } v => $"v({v.Plus})",
            VoltageExpression { Plus: "0" } v => $"(-v({v.Minus}))",
            VoltageExpression v => $"v({v.Plus},{v.Minus})",
            CurrentExpression i => $"i({Renamed(i.Element)})",
            AnalysisVariableExpression variable => variable.Name,
            _ => null,
        });

    private static string Text(Argument argument) => argument.Name is { } name ? $"{name}={Text(argument.Value)}" : Text(argument.Value);

    private static string Text(Value value) => value switch
    {
        NumberValue number => Number(number.Number),
        TextValue text => text.Text,
        ListValue list => $"({string.Join(' ', list.Items.Select(Text))})",
        CallValue call => $"{call.Call.Name}({string.Join(' ', call.Call.Arguments.Select(Text))})",
        _ => value.Span.Text.ToString(),
    };

    private string Renamed(string element) => _names.GetValueOrDefault(element, element);

    private void Line(string text)
    {
        _writer.Write(text);
        _writer.Write('\n');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

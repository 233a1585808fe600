using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// A parameter by which circuits can be differentiated. Names as ngspice has them: <c>r1</c> the principal value, <c>r1_m</c> a parameter of the instance, <c>d1:is</c> a parameter of the model card as this
/// instance alone sees it; and <c>dm:is</c> the model card's own parameter, which all instances follow that do not override it.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Element">The element's, or the model's, full name.</param>
/// <param name="Parameter">The parameter's name; <c>value</c> for the principal one.</param>
/// <param name="Unit">Its unit; empty for pure numbers.</param>
/// <param name="Value">Its value; NaN where the card leaves it to the device.</param>
public sealed record SensitivityParameter(string Name, string Element, string Parameter, string Unit, double Value)
{
    /// <summary>Whether it is a principal value, which results always show.</summary>
    public bool IsPrincipal => Parameter == "value";
}

/// <summary>
/// Every parameter of a circuit's instances, model cards and constant sources, and how the numbers on devices' cards follow them: derivatives are first taken by the numbers, all at once, then summed
/// along the chain rule.
/// </summary>
public sealed class SensitivityParameters
{
    /// <summary>Parameters that belong to an instance, wherever they have been given.</summary>
    private static readonly HashSet<string> InstanceNames = ["value", "m", "m_", "area", "scale", "w", "l", "ad", "as", "pd", "ps", "nrd", "nrs", "pj", "noisy"];

    private readonly NodalCircuit _circuit;
    private readonly List<CardNumber> _numbers = [];
    private readonly List<(int Number, int Row, double Slope)> _shares = [];

    /// <summary>Lists the parameters of a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    public SensitivityParameters(NodalCircuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        _circuit = circuit;
        var rows = new RowList(circuit.Circuit);
        for (int b = 0; b < circuit.Banks.Length; b++)
        {
            DeviceBank bank = circuit.Banks[b];
            ImmutableArray<DeviceParameter> parameters = bank.Parameters;
            for (int k = 0; k < bank.Count; k++)
            {
                ReadOnlySpan<CardOrigin> origins = bank.Origins(k);
                string owner = bank.Owner(k);
                Element? element = circuit.Circuit.Element(owner);

                // A resistance or a diode inside a transistor has no numbers of its own but those that say where they come from.
                bool part = element is not null && ((bank is ModelBank<Resistor> && element.Kind != 'r') || (bank is ModelBank<Capacitor> && element.Kind != 'c') || (bank is ModelBank<Diode> && element.Kind != 'd'));
                for (int p = 0; p < parameters.Length; p++)
                {
                    double value = bank.Parameter(k, p);
                    if (double.IsNaN(value) || parameters[p].IsChoice)
                        continue;
                    int number = _numbers.Count;
                    _numbers.Add(new CardNumber(b, k, p));
                    bool followed = false;
                    foreach (CardOrigin origin in origins)
                    {
                        if (origin.Parameter != p)
                            continue;
                        followed = true;
                        rows.Share(number, origin.Slope, origin.Element, origin.Name, string.Empty, origin.OnModel, OriginValue(circuit.Circuit, origin), _shares);
                    }

                    if (!followed && !part)
                        rows.Share(number, 1, owner, parameters[p].Name, parameters[p].Unit, IsOnModel(element, parameters[p]), value, _shares);
                }
            }
        }

        for (int s = 0; s < circuit.Sources.Length; s++)
        {
            IndependentSource source = circuit.Sources[s];
            int number = _numbers.Count + s;
            double value = source.Value;
            rows.Share(number, source.Multiple, source.Name, "value", source.IsVoltage ? "V" : "A", false, value, _shares);
            if (!source.IsVoltage)
                rows.Share(number, value, source.Name, "m", string.Empty, false, source.Multiple, _shares);
        }

        Rows = rows.Finish();
    }

    /// <summary>The parameters.</summary>
    public ImmutableArray<SensitivityParameter> Rows { get; }

    /// <summary>How many numbers on cards and values of sources there are.</summary>
    internal int NumberCount => _numbers.Count + _circuit.Sources.Length;

    /// <summary>Adds λᵀ∂f/∂p of every number.</summary>
    /// <param name="conditions">Temperature, time, whether states are held.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="covector">λ, and ground (0).</param>
    /// <param name="withWaveforms">Whether sources with a waveform stand at their constant value.</param>
    /// <param name="gradient">Receives the sums, one a number.</param>
    internal void AddGradient(in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> covector, bool withWaveforms, Span<double> gradient)
    {
        ReadOnlySpan<CardNumber> numbers = CollectionsMarshal.AsSpan(_numbers);
        for (int k = 0; k < numbers.Length; k++)
        {
            CardNumber number = numbers[k];
            DeviceBank bank = _circuit.Banks[number.Bank];
            if (!IsZero(covector, bank.Connections(number.Instance)))
                gradient[k] += bank.ParameterGradient(conditions, number.Instance, number.Parameter, x, covector).Flow;
        }

        for (int s = 0; s < _circuit.Sources.Length; s++)
        {
            IndependentSource source = _circuit.Sources[s];
            if (withWaveforms || source.Waveform is null or ConstantWaveform)
                gradient[numbers.Length + s] -= SmallSignalAnalysis.Response(source, covector);
        }
    }

    /// <summary>Adds νᵀ∂q/∂p of every number.</summary>
    /// <param name="conditions">Temperature, time.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="covector">ν, and ground (0).</param>
    /// <param name="gradient">Receives the sums, one a number.</param>
    internal void AddChargeGradient(in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> covector, Span<double> gradient)
    {
        ReadOnlySpan<CardNumber> numbers = CollectionsMarshal.AsSpan(_numbers);
        for (int k = 0; k < numbers.Length; k++)
        {
            CardNumber number = numbers[k];
            DeviceBank bank = _circuit.Banks[number.Bank];
            if (!IsZero(covector, bank.Connections(number.Instance)))
                gradient[k] += bank.ParameterGradient(conditions, number.Instance, number.Parameter, x, covector).Charge;
        }
    }

    /// <summary>Adds a multiple of λᵀ (∂J/∂p) y of every number, for the Jacobians of f and of q.</summary>
    /// <param name="conditions">Temperature.</param>
    /// <param name="x">The unknowns at the operating point, and ground.</param>
    /// <param name="direction">y, and ground (0).</param>
    /// <param name="covector">λ, and ground (0).</param>
    /// <param name="sign">The multiple.</param>
    /// <param name="flow">Receives the sums for f.</param>
    /// <param name="charge">Receives the sums for q.</param>
    internal void AddJacobianGradient(
        in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector, double sign, Span<double> flow, Span<double> charge)
    {
        ReadOnlySpan<CardNumber> numbers = CollectionsMarshal.AsSpan(_numbers);
        for (int k = 0; k < numbers.Length; k++)
        {
            CardNumber number = numbers[k];
            DeviceBank bank = _circuit.Banks[number.Bank];

            // The rows of a device are among its connections; what it reads need not be.
            if (IsZero(covector, bank.Connections(number.Instance)))
                continue;
            (double ofFlow, double ofCharge) = bank.JacobianParameterGradient(conditions, number.Instance, number.Parameter, x, direction, covector);
            flow[k] += sign * ofFlow;
            charge[k] += sign * ofCharge;
        }
    }

    /// <summary>Derivatives by the parameters from derivatives by the numbers.</summary>
    /// <param name="numbers">One derivative a number.</param>
    /// <returns>One derivative a parameter.</returns>
    internal double[] Combine(ReadOnlySpan<double> numbers)
    {
        var rows = new double[Rows.Length];
        foreach ((int number, int row, double slope) in _shares)
            rows[row] += slope * numbers[number];
        return rows;
    }

    /// <summary>Moves a parameter, and with it the numbers that follow it, to first order. The system has to be told when a linear device is among them.</summary>
    /// <param name="row">The parameter's place in <see cref="Rows"/>.</param>
    /// <param name="change">By how much.</param>
    /// <param name="system">The system whose sources are moved.</param>
    internal void Move(int row, double change, NodalSystem system)
    {
        foreach ((int number, int share, double slope) in _shares)
        {
            if (share != row)
                continue;
            if (number >= _numbers.Count)
            {
                system.SourceValues[number - _numbers.Count] += slope * change;
                continue;
            }

            (int bank, int instance, int parameter) = _numbers[number];
            _circuit.Banks[bank].SetParameter(instance, parameter, _circuit.Banks[bank].Parameter(instance, parameter) + (slope * change));
        }
    }

    private static bool IsZero(ReadOnlySpan<double> values, ReadOnlySpan<int> at)
    {
        foreach (int k in at)
        {
            if (values[k] != 0)
                return false;
        }

        return true;
    }

    private static double OriginValue(Circuit circuit, in CardOrigin origin)
    {
        if (circuit.Element(origin.Element) is not { } element)
            return double.NaN;
        if (!origin.OnModel)
            return element.Parameter(origin.Name, double.NaN);
        return element.Model is { } model && circuit.Models.TryGetValue(model, out Model? card) ? card.Number(origin.Name, double.NaN) : double.NaN;
    }

    private static bool IsOnModel(Element? element, DeviceParameter parameter)
    {
        if (element?.Model is null || InstanceNames.Contains(parameter.Name) || element.Parameters.ContainsKey(parameter.Name))
            return false;
        foreach (string synonym in parameter.Synonyms)
        {
            if (element.Parameters.ContainsKey(synonym))
                return false;
        }

        return true;
    }

    /// <summary>A number on an instance's card.</summary>
    private readonly record struct CardNumber(int Bank, int Instance, int Parameter);

    /// <summary>The parameters, found by what they are, in the order in which they first come.</summary>
    private sealed class RowList(Circuit circuit)
    {
        private readonly Dictionary<(string Element, string Parameter, bool OnModel, bool IsModel), int> _places = [];
        private readonly List<SensitivityParameter> _rows = [];

        public void Share(int number, double slope, string element, string parameter, string unit, bool onModel, double value, List<(int Number, int Row, double Slope)> shares)
        {
            string name = onModel ? $"{element}:{parameter}" : parameter == "value" ? element : $"{element}_{parameter}";
            shares.Add((number, Row((element, parameter, onModel, false), name, unit, value), slope));
            if (onModel && circuit.Element(element)?.Model is { } model)
                shares.Add((number, Row((model, parameter, true, true), $"{model}:{parameter}", unit, value), slope));
        }

        public ImmutableArray<SensitivityParameter> Finish() => [.. _rows];

        private int Row((string Element, string Parameter, bool OnModel, bool IsModel) key, string name, string unit, double value)
        {
            if (_places.TryGetValue(key, out int place))
            {
                if (double.IsNaN(_rows[place].Value) && !double.IsNaN(value))
                    _rows[place] = _rows[place] with { Value = value, Unit = unit };
                return place;
            }

            _places.Add(key, _rows.Count);
            _rows.Add(new SensitivityParameter(name, key.Element, key.Parameter, unit, value));
            return _rows.Count - 1;
        }
    }
}

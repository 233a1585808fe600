using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>How charges are integrated over time.</summary>
public enum IntegrationMethod
{
    /// <summary>Trapezoidal rule: order 2, no damping of its own.</summary>
    Trapezoidal,

    /// <summary>Second-order backward differences with variable steps (Gear 2): order 2, stiffly stable.</summary>
    Gear,

    /// <summary>Trapezoidal rule followed by backward differences within one step: order 2, one step, stiffly stable.</summary>
    TrBdf2,
}

/// <summary>Tolerances and limits of the nodal engine, with the names and default values of ngspice's <c>.options</c> (ngspice manual, section 11.1).</summary>
public sealed record SolverOptions
{
    /// <summary><c>reltol</c>: relative error of voltages and currents in transients; how far homotopies go in each of their steps. The last iteration of an operating point goes to rounding.</summary>
    public double RelativeTolerance { get; init; } = 1e-3;

    /// <summary><c>abstol</c>: absolute error of currents [A].</summary>
    public double CurrentTolerance { get; init; } = 1e-12;

    /// <summary><c>vntol</c>: absolute error of voltages [V].</summary>
    public double VoltageTolerance { get; init; } = 1e-6;

    /// <summary><c>chgtol</c>: absolute error of charges [C].</summary>
    public double ChargeTolerance { get; init; } = 1e-14;

    /// <summary><c>trtol</c>: how much the estimate of the error of a time step is believed to be too large.</summary>
    public double TruncationFactor { get; init; } = 7;

    /// <summary><c>gmin</c>: conductance across every junction [S].</summary>
    public double JunctionConductance { get; init; } = 1e-12;

    /// <summary><c>itl1</c>: most iterations for an operating point from nothing.</summary>
    public int ColdIterations { get; init; } = 100;

    /// <summary><c>itl2</c>: most iterations at each further point of a sweep.</summary>
    public int SweepIterations { get; init; } = 50;

    /// <summary><c>itl4</c>: most iterations of a time step.</summary>
    public int StepIterations { get; init; } = 10;

    /// <summary><c>gminsteps</c>: 0 turns gmin stepping off.</summary>
    public int ConductanceSteps { get; init; } = 1;

    /// <summary><c>srcsteps</c>: 0 turns source stepping off.</summary>
    public int SourceSteps { get; init; } = 1;

    /// <summary><c>noopiter</c>: go to gmin stepping at once.</summary>
    public bool SkipsDirectIteration { get; init; }

    /// <summary><c>rshunt</c>: resistance from every node to ground [Ω]; +∞ for none.</summary>
    public double ShuntResistance { get; init; } = double.PositiveInfinity;

    /// <summary><c>method</c>: <c>trap</c>, <c>gear</c> or <c>trbdf2</c>.</summary>
    public IntegrationMethod Method { get; init; } = IntegrationMethod.Trapezoidal;

    /// <summary><c>maxord</c>: 1 integrates by backward Euler throughout.</summary>
    public int MaximumOrder { get; init; } = 2;

    /// <summary><c>xmu</c>: 0.5 for the trapezoidal rule itself, less for some damping.</summary>
    public double Damping { get; init; } = 0.5;

    /// <summary><c>tnom</c>: temperature at which model cards are given [°C].</summary>
    public double NominalTemperature { get; init; } = 27;

    /// <summary><c>seed</c>: seed of noise in time.</summary>
    public ulong Seed { get; init; }

    /// <summary><c>trnoise=1</c>: whether the white noise of all devices flows in transients.</summary>
    public bool DeviceNoise { get; init; }

    /// <summary>Whether the noise of neurons whose card has <c>noise</c> flows in transients: unless <c>trnoise=0</c>.</summary>
    public bool NeuronNoise { get; init; } = true;

    /// <summary><c>noisefmax</c>: bandwidth of that noise [Hz], samples of which are one over twice this apart; null for half of one over the longest step, and for neurons what their time constants ask for.</summary>
    public double? NoiseBandwidth { get; init; }

    /// <summary>What devices have to know of these options.</summary>
    public DeviceConditions Conditions => new()
    {
        JunctionConductance = JunctionConductance,
        NominalTemperature = NominalTemperature + PhysicalConstants.ZeroCelsius,
    };

    /// <summary>Reads a deck's <c>.options</c>.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="diagnostics">Receives values that cannot be used, with their places.</param>
    /// <returns>The options; defaults where nothing usable is given.</returns>
    public static SolverOptions From(Deck deck, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(deck);
        ArgumentNullException.ThrowIfNull(diagnostics);
        var usual = new SolverOptions();
        var reader = new Reader(deck, diagnostics);
        foreach (string name in OptionNames.Unserved)
        {
            if (deck.Options.TryGetValue(name, out Argument? given) && given.Value is not NumberValue { Number: 0 })
                diagnostics.Warning(Codes.UnknownOption, given.Span, $"the option '{name}' has no effect here; SPICE's answer may be another one", "write its effect into the circuit, or leave it out");
        }

        return new SolverOptions
        {
            RelativeTolerance = reader.Positive("reltol", usual.RelativeTolerance),
            CurrentTolerance = reader.Positive("abstol", usual.CurrentTolerance),
            VoltageTolerance = reader.Positive("vntol", usual.VoltageTolerance),
            ChargeTolerance = reader.Positive("chgtol", usual.ChargeTolerance),
            TruncationFactor = reader.Positive("trtol", usual.TruncationFactor),
            JunctionConductance = reader.Number("gmin", usual.JunctionConductance, 0),
            ColdIterations = (int)reader.Number("itl1", usual.ColdIterations, 1),
            SweepIterations = (int)reader.Number("itl2", usual.SweepIterations, 1),
            StepIterations = (int)reader.Number("itl4", usual.StepIterations, 1),
            ConductanceSteps = (int)reader.Number("gminsteps", usual.ConductanceSteps, 0),
            SourceSteps = (int)reader.Number("srcsteps", reader.Number("itl6", usual.SourceSteps, 0), 0),
            SkipsDirectIteration = reader.Flag("noopiter"),
            ShuntResistance = reader.Positive("rshunt", usual.ShuntResistance),
            Method = reader.Method(),
            MaximumOrder = (int)reader.Number("maxord", usual.MaximumOrder, 1),
            Damping = reader.Number("xmu", usual.Damping, 0),
            NominalTemperature = reader.Number("tnom", usual.NominalTemperature, -PhysicalConstants.ZeroCelsius),
            DeviceNoise = reader.Flag("trnoise"),
            NeuronNoise = reader.Flag("trnoise") || !deck.Options.ContainsKey("trnoise"),
            NoiseBandwidth = deck.Options.ContainsKey("noisefmax") ? reader.Positive("noisefmax", 1e9) : null,
            Seed = deck.Seed is { } seed ? unchecked((ulong)seed) : (ulong)Math.Abs(reader.Number("seed", 0, double.MinValue)),
        };
    }

    private sealed class Reader(Deck deck, DiagnosticBag diagnostics)
    {
        public double Number(string name, double usual, double least)
        {
            if (!deck.Options.TryGetValue(name, out Argument? given))
                return usual;
            if (given.Value is NumberValue { Number: var value } && value >= least)
                return value;
            diagnostics.Error(Codes.BadValue, given.Span, string.Create(CultureInfo.InvariantCulture, $".options {name} must be a number of at least {least:g6}"), string.Create(CultureInfo.InvariantCulture, $"leave it away for {usual:g6}"));
            return usual;
        }

        public double Positive(string name, double usual)
        {
            double value = Number(name, usual, 0);
            if (value > 0)
                return value;
            diagnostics.Error(Codes.BadValue, deck.Options[name].Span, $".options {name} must be greater than 0", string.Create(CultureInfo.InvariantCulture, $"leave it away for {usual:g6}"));
            return usual;
        }

        public bool Flag(string name) => deck.Options.TryGetValue(name, out Argument? given) && given.Value is not NumberValue { Number: 0 };

        public IntegrationMethod Method()
        {
            if (!deck.Options.TryGetValue("method", out Argument? given))
                return IntegrationMethod.Trapezoidal;
            string word = given.Value is TextValue text ? text.Text.ToUpperInvariant() : string.Empty;
            switch (word)
            {
                case "TRAP" or "TRAPEZOIDAL":
                    return IntegrationMethod.Trapezoidal;
                case "GEAR" or "GEAR2":
                    return IntegrationMethod.Gear;
                case "TRBDF2" or "TR-BDF2":
                    return IntegrationMethod.TrBdf2;
                default:
                    diagnostics.Error(Codes.BadValue, given.Span, ".options method must be trap, gear or trbdf2", "leave it away for trap");
                    return IntegrationMethod.Trapezoidal;
            }
        }
    }
}

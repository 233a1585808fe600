using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Makes the devices of elements with expressions:
///     B with i=, and G, F with an expression: i = s·y from plus through the source to minus;
///     B with v=, and E, H with an expression: v(plus) − v(minus) = s·y;
///     R: i = v/R(…);  C with a charge: i = dq/dt;  C: i = C(…) dv/dt;  L: v = L(…) di/dt,
/// with s = m (1 + tc1 ΔT + tc2 ΔT²), as ngspice has it for voltages too; for R and L the other way round where m and temperature call for it.
/// </summary>
/// <remarks>
/// A capacitance that is a polynomial of its own voltage alone becomes the charge ∫C dv, an inductance of its own current alone the flux ∫L di; both then are conserved exactly. Any other one
/// multiplies the slope, which is a state: what is conserved then is as exact as the time steps. ngspice 39 divides a behavioural C by its temperature factor; here it is multiplied, as for a C that is a number.
/// </remarks>
internal sealed class BehaviouralFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => !element.Expressions.IsEmpty && element.Kind is 'b' or 'e' or 'g' or 'f' or 'h' or 'r' or 'c' or 'l';

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        int plus = builder.Node(element, 0);
        int minus = builder.Node(element, 1);
        double multiple = element.Parameter("m", 1) * (element.Kind is 'c' or 'l' ? element.Parameter("scale", 1) : 1);
        double factor = TemperatureFactor(element, builder);
        var voltage = new VoltageExpression(element.Nodes[0], element.Nodes[1], element.Span);
        var current = new CurrentExpression(element.Name, element.Span);

        // A state that an expression reads as it reads a current; no element has such a name.
        (string Name, int Unknown) slope = (string.Empty, -1);
        switch (element.Kind)
        {
            case 'r':
                Add(new BinaryExpression(Operator.Divide, voltage, element.Expressions["value"], element.Span), BehaviouralPlace.Flow, plus, minus, multiple / (factor * element.Parameter("scale", 1)));
                break;
            case 'c' when element.Expressions.TryGetValue("charge", out ExpressionSyntax? charge):
                Add(charge, BehaviouralPlace.Charge, plus, minus, multiple * factor);
                InitialVoltage();
                break;
            case 'c':
                ExpressionSyntax capacitance = element.Expressions["value"];
                if (Antiderivative.Of(capacitance, part => SignOf(part, element.Nodes[0], element.Nodes[1]), voltage) is { } integral)
                    Add(integral, BehaviouralPlace.Charge, plus, minus, multiple * factor);
                else
                    Add(new BinaryExpression(Operator.Multiply, Slope("V/s", plus, minus), capacitance, element.Span), BehaviouralPlace.Flow, plus, minus, multiple * factor);
                InitialVoltage();
                break;
            case 'l':
                int branch = Branch();
                double scale = factor * element.Parameter("scale", 1) / element.Parameter("m", 1);
                ExpressionSyntax inductance = element.Expressions["value"];
                if (Antiderivative.Of(inductance, part => part is CurrentExpression own && own.Element == element.Name ? 1 : 0, current) is { } flux)
                    Add(flux, BehaviouralPlace.Charge, branch, -1, -scale);
                else
                    Add(new BinaryExpression(Operator.Multiply, Slope("A/s", branch, -1), inductance, element.Span), BehaviouralPlace.Flow, branch, -1, -scale);
                if (element.TryParameter("ic", out double initial))
                    builder.InitialCondition(branch, -1, initial);
                break;
            case 'e' or 'h':
                Add(element.Expressions["value"], BehaviouralPlace.Flow, Branch(), -1, -multiple * factor);
                break;
            case 'b' when element.Expressions.TryGetValue("v", out ExpressionSyntax? expression):
                Add(expression, BehaviouralPlace.Flow, Branch(), -1, -multiple * factor);
                break;
            default:
                Add(element.Expressions[element.Kind == 'b' ? "i" : "value"], BehaviouralPlace.Flow, plus, minus, multiple * factor);
                break;
        }

        void InitialVoltage()
        {
            if (element.TryParameter("ic", out double value))
                builder.InitialCondition(plus, minus, value);
        }

        int Branch()
        {
            int unknown = builder.Branch(element.Name);
            builder.Add<VoltageBranch>(new(element.Name, [plus, minus, unknown], [], double.NaN));
            return unknown;
        }

        ExpressionSyntax Slope(string unit, int from, int to)
        {
            int state = builder.State(element.Name, "slope", unit, 0);
            builder.Add<RateOfChange>(new(element.Name, [state, from, to], [], double.NaN));
            slope = ($"slope({element.Name})", state);
            return new CurrentExpression(slope.Name, element.Span);
        }

        void Add(ExpressionSyntax expression, BehaviouralPlace place, int row, int from, double scale)
        {
            BehaviouralProgram program = BehaviouralProgram.Compile(expression);
            if (Unknowns(program, slope, builder) is { } controls)
                builder.AddBehavioural(new BehaviouralInstance(element.Name, program, place, row, from, scale, controls));
        }
    }

    /// <summary>The unknowns of a program's controls, or null when one of them is no unknown.</summary>
    private static (int Plus, int Minus)[]? Unknowns(BehaviouralProgram program, (string Name, int Unknown) slope, ICircuitBuilder builder)
    {
        var unknowns = new (int Plus, int Minus)[program.Controls.Length];
        bool found = true;
        for (int k = 0; k < unknowns.Length; k++)
        {
            switch (program.Controls[k])
            {
                case VoltageControl voltage:
                    unknowns[k] = (builder.Node(voltage.Plus), builder.Node(voltage.Minus));
                    break;
                case CurrentControl own when own.Element == slope.Name:
                    unknowns[k] = (slope.Unknown, -1);
                    break;
                case CurrentControl current when HasCurrent(builder.Circuit.Element(current.Element)) || builder.Circuit.InputSources.Any(s => s.Name == current.Element):
                    unknowns[k] = (builder.Branch(current.Element), -1);
                    break;
                case CurrentControl current:
                    found = false;
                    builder.Diagnostics.Error(
                        Codes.UnknownReference,
                        program.ControlSpans[k],
                        $"the current through '{current.Element}' is not among the circuit's unknowns: only V, E, H, L and B with V= have one",
                        "put a voltage source of 0 V in series with it and read the current of that");
                    break;
            }
        }

        return found ? unknowns : null;
    }

    private static bool HasCurrent(Element? element) => element?.Kind switch
    {
        'v' or 'e' or 'h' or 'l' => true,
        'b' => element.Expressions.ContainsKey("v"),
        _ => false,
    };

    private static double TemperatureFactor(Element element, ICircuitBuilder builder)
    {
        double linear = element.Parameter("tc1");
        double quadratic = element.Parameter("tc2");
        if (linear == 0 && quadratic == 0)
            return 1;
        double own = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        double rise = (double.IsNaN(own) ? builder.Conditions.Temperature : own) - builder.Conditions.NominalTemperature;
        return 1 + (rise * (linear + (rise * quadratic)));
    }

    private static int SignOf(ExpressionSyntax part, string plus, string minus) => part switch
    {
        VoltageExpression v when v.Plus == plus && v.Minus == minus => 1,
        VoltageExpression v when v.Plus == minus && v.Minus == plus => -1,
        _ => 0,
    };
}

using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>What is not finite is told with its place, and replaced so that a solver can go on.</summary>
public sealed class BehaviouralFaultTests
{
    [Theory]
    [InlineData("1+2*ln(v(a)-1)", 0.0, "ln(v(a)-1)", "the logarithm of a negative number", -1.0)]
    [InlineData("1+2*log10(v(a))", 0.0, "log10(v(a))", "the logarithm of zero", 0.0)]
    [InlineData("3*(1/v(a)+2)", 0.0, "1/v(a)", "division by zero", 0.0)]
    [InlineData("5 % v(a)", 0.0, "5 % v(a)", "division by zero", 0.0)]
    [InlineData("sqrt(v(a))+1", -4.0, "sqrt(v(a))", "the square root of a negative number", -4.0)]
    [InlineData("2*exp(v(a))", 800.0, "exp(v(a))", "overflow", 800.0)]
    [InlineData("v(a)*v(a)", 1e200, "v(a)*v(a)", "overflow", 1e200)]
    [InlineData("asin(2*v(a))", 1.0, "asin(2*v(a))", "an argument outside −1 … 1", 2.0)]
    [InlineData("acosh(v(a))", 0.0, "acosh(v(a))", "an argument below 1", 0.0)]
    [InlineData("atanh(v(a))", 1.0, "atanh(v(a))", "an argument that is not between −1 and 1", 1.0)]
    [InlineData("pow(v(a),-1.5)", 0.0, "pow(v(a),-1.5)", "a negative power of zero", -1.5)]
    [InlineData("ln(v(a)) > 0 ? 1 : 2", -1.0, "ln(v(a))", "the logarithm of a negative number", -1.0)]
    [InlineData("sgn(sqrt(v(a)))+table(ln(v(a)),0,0,1,1)", -1.0, "sqrt(v(a))", "the square root of a negative number", -1.0)]
    [InlineData("1/0*v(a)", 1.0, "1/0", "division by zero", 0.0)]
    [InlineData("2*v(a)", double.NaN, "v(a)", "the solver gave no finite number", double.NaN)]
    public void A_fault_names_the_place_where_it_arose(string text, double a, string place, string what, double operand)
    {
        BehaviouralProgram program = BoundExpression.Compile(text);
        BehaviouralFault fault = Assert.IsType<BehaviouralFault>(BoundExpression.Explain(program, a));
        Assert.Equal(place, fault.Span.Text.ToString());
        Assert.Equal(what, fault.What);
        Assert.Equal(operand, fault.Value);
        (double value, double[] slopes, bool faulty) = BoundExpression.Evaluate(program, [a]);
        Assert.True(faulty);
        Assert.True(double.IsFinite(value) && Array.TrueForAll(slopes, double.IsFinite));
        Diagnostic diagnostic = fault.ToDiagnostic();
        Assert.Contains(place, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(Codes.NotANumber, diagnostic.Code);
    }

    [Theory]
    [InlineData("v(a) > 0 ? ln(v(a)) : v(a)", -1.0, -1.0, 1.0)]
    [InlineData("v(a) != 0 && 1/v(a) > 2 ? 1 : 7*v(a)", 0.0, 0.0, 7.0)]
    [InlineData("v(a) == 0 || 1/v(a) > 2 ? 7*v(a) : 1", 0.0, 0.0, 7.0)]
    [InlineData("1/(1+exp(-v(a)))", -800.0, 0.0, 0.0)]
    [InlineData("if(v(a) < 1, 0, sqrt(v(a)-1))", 0.5, 0.0, 0.0)]
    [InlineData("limit(exp(v(a)), 0, 5)", 1000.0, 5.0, 0.0)]
    [InlineData("0*sqrt(v(a))", 0.0, 0.0, 0.0)]
    [InlineData("sqrt(v(a))*sqrt(v(a))*v(a)", 0.0, 0.0, 0.0)]
    public void What_does_not_reach_the_result_is_no_fault(string text, double a, double value, double slope)
    {
        BehaviouralProgram program = BoundExpression.Compile(text);
        (double actual, double[] slopes, bool faulty) = BoundExpression.Evaluate(program, [a]);
        Assert.False(faulty);
        Assert.Equal(value, actual);
        Assert.Equal(slope, slopes[0]);
        Assert.Null(BoundExpression.Explain(program, a));
    }

    [Fact]
    public void An_infinite_derivative_of_a_finite_value_is_bounded_and_no_fault()
    {
        (double value, double[] slopes, bool faulty) = BoundExpression.Evaluate(BoundExpression.Compile("1+sqrt(v(a))"), [0]);
        Assert.False(faulty);
        Assert.Equal(1, value);
        Assert.InRange(slopes[0], 1e10, 1e100);
    }

    [Fact]
    public void Newton_s_method_goes_on_through_faults()
    {
        // ln v = −1 from v = 0, and from where the first step overshoots below 0.
        BehaviouralProgram program = BoundExpression.Compile("ln(v(a))+1");
        foreach (double start in (double[])[0, 8])
        {
            double v = start;
            for (int k = 0; k < 400 && Math.Abs(v - Math.Exp(-1)) > 1e-12; k++)
            {
                (double value, double[] slopes, _) = BoundExpression.Evaluate(program, [v]);
                v -= Math.Clamp(value / slopes[0], -0.5, 0.5);
            }

            Assert.Equal(Math.Exp(-1), v, 1e-12);
        }
    }

    [Fact]
    public void Only_the_faulty_lane_is_replaced()
    {
        string[] nodes = ["a", "b", "c", "d", "e"];
        var batch = new BehaviouralBatch([.. nodes.Select(n => BoundExpression.Compile($"1/v({n})"))]);
        BehaviouralWorkspace workspace = batch.CreateWorkspace();
        double[] controls = new double[batch.ControlLength];
        double[] slopes = new double[batch.ControlLength];
        double[] values = new double[5];
        for (int i = 0; i < 5; i++)
            controls[batch.Place(i, 0)] = i - 2;

        // The unused lanes of the second block hold 0 and must not count.
        Assert.Equal(1, batch.Evaluate(workspace, controls, default, values, slopes));
        Assert.Equal([false, false, true, false, false], Enumerable.Range(0, 5).Select(workspace.IsFaulty));
        Assert.Equal([-0.5, -1, values[2], 1, 0.5], values);
        Assert.Equal(1e32, values[2], 1e18);
        Assert.Equal(-0.25, slopes[batch.Place(4, 0)]);
        Assert.Equal(-1e64, slopes[batch.Place(2, 0)], 1e50);
    }
}

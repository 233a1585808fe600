using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>What programs share, what is computed once, and that size and depth cost only in proportion.</summary>
public sealed class BehaviouralStructureTests
{
    [Theory]
    [InlineData("1m*tanh(3*v(x))", "2u*tanh(0.1*v(y,z))")]
    [InlineData("0.3*tanh(v(a))+0.3*tanh(v(b))", "0.3*tanh(v(a))-0.7*tanh(v(b))")]
    [InlineData("1e-6*(-0.3*v(a)-2*v(b))", "1e-6*(0.3*v(c)+2*v(d))")]
    [InlineData("v(a)-0.5", "i(v1)+1")]
    [InlineData("table(v(a),0,0,1,1)", "table(v(b),-1,2,3,4)")]
    [InlineData("v(a) > 1 ? 2*v(a) : 0", "1.5 < v(q) ? 7*v(q) : 3")]
    public void Expressions_of_one_form_share_their_structure(string one, string other)
    {
        BehaviouralStructure a = BoundExpression.Compile(one).Structure;
        BehaviouralStructure b = BoundExpression.Compile(other).Structure;
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
    }

    [Theory]
    [InlineData("v(a)*v(b)", "v(a)*v(a)")]
    [InlineData("v(a)+v(b)", "v(a)-v(b)")]
    [InlineData("table(v(a),0,0,1,1)", "table(v(a),0,0,1,1,2,2)")]
    [InlineData("sin(v(a))", "cos(v(a))")]
    [InlineData("v(a)", "2*v(a)")]
    public void Expressions_of_different_forms_do_not(string one, string other) =>
        Assert.NotEqual(BoundExpression.Compile(one).Structure, BoundExpression.Compile(other).Structure);

    [Fact]
    public void Equal_parts_are_computed_once_and_constants_folded()
    {
        BehaviouralProgram program = BoundExpression.Compile("tanh(v(a)*v(b)) + tanh(v(b)*v(a))**2 + exp(2*3-6)*v(a) + (0 ? ln(v(z)) : 0)");

        // a·b, its tanh, tanh + tanh·tanh, + 1·a, + 0.
        Assert.Equal(5, program.Structure.OperationCount);
        Assert.Equal([new VoltageControl("a", "0"), new VoltageControl("b", "0")], program.Controls.ToArray());
    }

    [Fact]
    public void A_sum_of_products_is_one_operation_a_term()
    {
        BehaviouralProgram program = BoundExpression.Compile("0.1*v(a)+0.2*v(b)-0.3*v(c)+0.4*v(d)");
        Assert.Equal(4, program.Structure.OperationCount);
        (double value, double[] slopes, _) = BoundExpression.Evaluate(program, [1, 2, 3, 4]);
        Assert.Equal(0.1 + (0.2 * 2) - (0.3 * 3) + (0.4 * 4), value);
        Assert.Equal([0.1, 0.2, -0.3, 0.4], slopes);
    }

    [Fact]
    public void Chains_side_by_side_keep_their_derivatives()
    {
        const string text = "(0.1*v(a)+0.2*v(b)-0.3*v(c)*v(a)+0.4*v(d))*(2+0.5*v(d)+0.6*v(c)+0.7*v(b)+0.8*v(a)) + (0.1*v(a)+0.2*v(b)-0.3*v(c)*v(a))";
        double[] x = [1.5, -2, 0.25, 3];
        BehaviouralProgram program = BoundExpression.Compile(text);
        int[] at = [.. program.Controls.Select(c => "abcd".IndexOf(((VoltageControl)c).Plus, StringComparison.Ordinal))];
        (double value, double[] slopes, _) = BoundExpression.Evaluate(program, [.. at.Select(k => x[k])]);
        double p = (0.1 * x[0]) + (0.2 * x[1]) - (0.3 * x[2] * x[0]);
        double q = p + (0.4 * x[3]);
        double s = 2 + (0.5 * x[3]) + (0.6 * x[2]) + (0.7 * x[1]) + (0.8 * x[0]);
        Assert.Equal((q * s) + p, value, 1e-14);
        double[] dp = [0.1 - (0.3 * x[2]), 0.2, -0.3 * x[0], 0];
        double[] dq = [dp[0], dp[1], dp[2], 0.4];
        double[] ds = [0.8, 0.7, 0.6, 0.5];
        for (int k = 0; k < 4; k++)
        {
            Assert.Equal((dq[at[k]] * s) + (q * ds[at[k]]) + dp[at[k]], slopes[k], 1e-13);
        }
    }

    [Fact]
    public void A_partial_sum_with_a_use_of_its_own_is_no_link()
    {
        BehaviouralProgram program = BoundExpression.Compile("(0.1*v(a)+0.2*v(b)+0.3*v(c))*(0.1*v(a)+0.2*v(b))");
        (double value, double[] slopes, _) = BoundExpression.Evaluate(program, [1, 2, 3]);
        Assert.Equal(1.4 * 0.5, value, 1e-14);
        Assert.Equal([(0.1 * 0.5) + (1.4 * 0.1), (0.2 * 0.5) + (1.4 * 0.2), 0.3 * 0.5], slopes, (a, b) => Math.Abs(a - b) < 1e-14);
    }

    [Fact]
    public void Like_operations_run_as_one()
    {
        BehaviouralStructure structure = BoundExpression.Compile(Sum(255)).Structure;
        Assert.Equal(511, structure.OperationCount);
        Assert.Equal([(255, false), (1, false), (254, true), (1, false)], structure.Runs.Select(run => (run.Count, run.IsChain)));
    }

    [Fact]
    public void Programs_that_need_no_operation_work()
    {
        Assert.Equal((3.5, 0), (BoundExpression.Evaluate(BoundExpression.Compile("3.5"), []).Value, BoundExpression.Compile("3.5").Controls.Length));
        (double value, double[] slopes, _) = BoundExpression.Evaluate(BoundExpression.Compile("v(a)"), [7]);
        Assert.Equal((7, 1), (value, slopes[0]));
        BehaviouralProgram clock = BoundExpression.Compile("time");
        Assert.True(clock.UsesTime);
        Assert.Equal(0.25, BoundExpression.Evaluate(clock, [], 0.25).Value);
        Assert.False(BoundExpression.Compile("v(a) + 0*temper").UsesTime);
        Assert.True(BoundExpression.Compile("hertz*v(a)").Structure.UsesFrequency);
        Assert.Empty(BoundExpression.Compile("v(a,a)").Controls);
    }

    [Fact]
    public void A_thousand_operations_cost_in_proportion()
    {
        double Nanoseconds(int terms)
        {
            BehaviouralProgram program = BoundExpression.Compile(Sum(terms));
            var batch = new BehaviouralBatch([program]);
            BehaviouralWorkspace workspace = batch.CreateWorkspace();
            double[] controls = new double[batch.ControlLength];
            double[] slopes = new double[batch.ControlLength];
            double[] values = new double[1];
            double best = double.PositiveInfinity;
            for (int round = 0; round < 12; round++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int k = 0; k < 20; k++)
                    batch.Evaluate(workspace, controls, default, values, slopes);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / 20);
            }

            return best;
        }

        // Forward differentiation would need 16 times the time for four times the terms.
        double small = Nanoseconds(250);
        double large = Nanoseconds(1000);
        Assert.True(large < 8 * small, string.Create(CultureInfo.InvariantCulture, $"{small} ns and {large} ns"));
    }

    [Fact]
    public void Depth_does_not_overflow_the_stack()
    {
        ExpressionSyntax v = new VoltageExpression("a", "0", SourceSpan.None);
        ExpressionSyntax deep = v;
        for (int k = 0; k < 10_000; k++)
        {
            deep = (k % 4) switch
            {
                0 => new UnaryExpression(Operator.Negate, deep, SourceSpan.None),
                1 => new CallExpression("atan", [deep], SourceSpan.None, SourceSpan.None),
                2 => new BinaryExpression(Operator.Add, v, deep, SourceSpan.None),
                _ => new ConditionalExpression(v, deep, v, SourceSpan.None),
            };
        }

        BehaviouralProgram program = BehaviouralProgram.Compile(deep);
        (double value, double[] slopes, bool faulty) = BoundExpression.Evaluate(program, [0.5]);
        Assert.False(faulty);
        Assert.True(double.IsFinite(value) && double.IsFinite(slopes[0]));
    }

    [Fact]
    public void Shared_parts_are_compiled_once()
    {
        // Sixty doublings: a tree of 2⁶⁰ leaves, as inlined functions make them, of 61 nodes.
        ExpressionSyntax shared = new VoltageExpression("a", "0", SourceSpan.None);
        for (int k = 0; k < 60; k++)
            shared = new BinaryExpression(Operator.Add, shared, shared, SourceSpan.None);
        BehaviouralProgram program = BehaviouralProgram.Compile(shared);
        Assert.Equal(60, program.Structure.OperationCount);
        Assert.Equal(Math.Pow(2, 60), BoundExpression.Evaluate(program, [1]).Derivatives[0]);
    }

    [Fact]
    public void The_elaborator_s_polynomials_and_tables_compile()
    {
        // POLY(2): p0 + p1 a + p2 b + p3 a² + p4 ab + p5 b².
        BehaviouralProgram program = Elaborated("E1 out 0 POLY(2) a 0 b 0 1 2 3 4 5 6", "value");
        (double value, double[] slopes, _) = BoundExpression.Evaluate(program, [0.5, -2]);
        Assert.Equal(1 + 1 - 6 + 1 - 5 + 24, value, 1e-14);
        Assert.Equal([2 + (8 * 0.5) - 10, 3 + 2.5 - 24], slopes);

        program = Elaborated("G1 out 0 TABLE {v(a)-v(b)} = (0, 1) (2, 5)", "value");
        (value, slopes, _) = BoundExpression.Evaluate(program, [1.5, 0.5]);
        Assert.Equal(3, value);
        Assert.Equal([2, -2], slopes);

        program = Elaborated("B1 out 0 I={1m*tanh(3*v(a,b))}", "i");
        Assert.Equal([new VoltageControl("a", "b")], program.Controls.ToArray());
    }

    internal static string Sum(int terms) =>
        "1e-6*(" + string.Concat(Enumerable.Range(0, terms).Select(k => string.Create(CultureInfo.InvariantCulture, $"{(k % 3 == 0 ? '-' : '+')}{0.01 * (k + 1):R}*tanh(v(n{k}))"))) + ")";

    private static BehaviouralProgram Elaborated(string line, string quantity)
    {
        string deck = string.Join('\n', "behavioural", "V1 a 0 1", "V2 b 0 1", line, "R1 out 0 1k", ".op", ".end", string.Empty);
        DeckResult read = DeckReader.Parse(deck);
        Assert.DoesNotContain(read.Diagnostics, d => d.Severity == Severity.Error);
        Element element = read.Deck!.Circuit.Elements.Single(e => e.Kind is 'b' or 'e' or 'g');
        return BehaviouralProgram.Compile(element.Expressions[quantity]);
    }
}

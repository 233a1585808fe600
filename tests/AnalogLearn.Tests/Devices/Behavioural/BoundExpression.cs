using AnalogLearn.Circuits;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>An expression read from text and bound as the elaborator binds it, with the interpreter beside it.</summary>
internal sealed class BoundExpression
{
    private readonly ExpressionSyntax _syntax;

    private BoundExpression(ExpressionSyntax syntax)
    {
        _syntax = syntax;
        Program = BehaviouralProgram.Compile(Bind(syntax));
    }

    public BehaviouralProgram Program { get; }

    public static BoundExpression Read(string text)
    {
        var diagnostics = new DiagnosticBag();
        ExpressionSyntax? syntax = NetlistParser.ParseExpression(new SourceText("test.cir", text), diagnostics);
        Assert.Empty(diagnostics);
        return new(syntax!);
    }

    public static BehaviouralProgram Compile(string text) => Read(text).Program;

    /// <summary>The interpreter's value, or null with its first complaint.</summary>
    public double? Interpret(Func<string, double> voltage, double time, out Diagnostic? complaint)
    {
        var diagnostics = new DiagnosticBag();
        var evaluator = new SymbolEvaluator(
            diagnostics,
            name => name switch { "time" => time, "temper" => 27, _ => null },
            call => call.Name switch
            {
                "v" => Reference(call, 0) is var plus && call.Arguments.Length == 1 ? voltage(plus) : voltage(plus) - voltage(Reference(call, 1)),
                "i" => voltage("i:" + Reference(call, 0)),
                _ => null,
            });
        bool known = evaluator.TryEvaluate(_syntax, out double value);
        complaint = diagnostics.FirstOrDefault(d => d.Severity == Severity.Error);
        return known ? value : null;
    }

    /// <summary>Value and derivatives of one instance.</summary>
    public (double Value, double[] Derivatives, bool Faulty) Evaluate(Func<string, double> voltage, double time = 0)
    {
        double[] x = [.. Program.Controls.Select(c => Of(c, voltage))];
        return Evaluate(Program, x, time);
    }

    public static (double Value, double[] Derivatives, bool Faulty) Evaluate(BehaviouralProgram program, double[] x, double time = 0)
    {
        var batch = new BehaviouralBatch([program]);
        BehaviouralWorkspace workspace = batch.CreateWorkspace();
        double[] controls = new double[batch.ControlLength];
        double[] slopes = new double[batch.ControlLength];
        double[] value = new double[1];
        for (int k = 0; k < x.Length; k++)
            controls[batch.Place(0, k)] = x[k];
        int faults = batch.Evaluate(workspace, controls, new(time, 27), value, slopes);
        double[] derivatives = new double[x.Length];
        for (int k = 0; k < x.Length; k++)
            derivatives[k] = slopes[batch.Place(0, k)];
        return (value[0], derivatives, faults > 0);
    }

    public static BehaviouralFault? Explain(BehaviouralProgram program, params double[] x)
    {
        var batch = new BehaviouralBatch([program]);
        double[] controls = new double[batch.ControlLength];
        for (int k = 0; k < x.Length; k++)
            controls[batch.Place(0, k)] = x[k];
        return batch.Explain(batch.CreateWorkspace(), 0, controls, new(0, 27));
    }

    public static double Of(Control control, Func<string, double> voltage) => control switch
    {
        VoltageControl { Minus: "0" } v => voltage(v.Plus),
        VoltageControl v => voltage(v.Plus) - voltage(v.Minus),
        CurrentControl i => voltage("i:" + i.Element),
        _ => throw new ArgumentException("a new kind of control", nameof(control)),
    };

    private static string Reference(CallExpression call, int k) => ((ReferenceExpression)call.Arguments[k]).Span.Text.ToString();

    private static ExpressionSyntax Bind(ExpressionSyntax expression) => expression switch
    {
        NameExpression { Name: "time" or "hertz" } name => new AnalysisVariableExpression(name.Name, name.Span),
        CallExpression { Name: "v" } call => new VoltageExpression(Reference(call, 0), call.Arguments.Length > 1 ? Reference(call, 1) : "0", call.Span),
        CallExpression { Name: "i" } call => new CurrentExpression(Reference(call, 0), call.Span),
        CallExpression call => call with { Arguments = [.. call.Arguments.Select(Bind)] },
        UnaryExpression unary => unary with { Operand = Bind(unary.Operand) },
        BinaryExpression binary => BindChain(binary),
        ConditionalExpression c => c with { Condition = Bind(c.Condition), WhenTrue = Bind(c.WhenTrue), WhenFalse = Bind(c.WhenFalse) },
        _ => expression,
    };

    private static ExpressionSyntax BindChain(BinaryExpression binary)
    {
        var chain = new Stack<BinaryExpression>();
        ExpressionSyntax first = binary;
        while (first is BinaryExpression inner)
        {
            chain.Push(inner);
            first = inner.Left;
        }

        ExpressionSyntax left = Bind(first);
        foreach (BinaryExpression next in chain)
            left = next with { Left = left, Right = Bind(next.Right) };
        return left;
    }
}

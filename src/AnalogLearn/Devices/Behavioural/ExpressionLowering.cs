using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// From the tree of an expression to the tape: folds constants with the functions that the interpreter uses, numbers values so that equal
/// sub-expressions are computed once, drops what the result does not need, and fuses z + x·y. No rewriting changes a bit of the result, but
/// that |x|² and |x|³ are products. a − c·x is written a + (−c)·x, so that sums which differ only in signs share a structure. Every use of a
/// constant has its own slot for the same reason: two constants that happen to be equal make no difference.
/// </summary>
internal sealed class ExpressionLowering
{
    private readonly List<Value> _values = [];
    private readonly List<double[]> _tables = [];
    private readonly Dictionary<(Operation, int, int, int), int> _numbers = [];
    private readonly Dictionary<long, int> _constants = [];
    private readonly Dictionary<Control, int> _controls = [];
    private readonly Dictionary<string, int> _tableNumbers = new(StringComparer.Ordinal);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Value(Operation Operation, int A, int B, int C, double Number, Control? Control, SourceSpan Span);

    /// <summary>The number of the value of an expression.</summary>
    public int Lower(ExpressionSyntax root)
    {
        var done = new Dictionary<ExpressionSyntax, int>(ReferenceEqualityComparer.Instance);
        var open = new Stack<(ExpressionSyntax Expression, bool PartsDone)>();
        var parts = new Stack<ExpressionSyntax>();
        open.Push((root, false));
        while (open.TryPop(out (ExpressionSyntax Expression, bool PartsDone) next))
        {
            if (done.ContainsKey(next.Expression))
                continue;
            if (next.PartsDone)
            {
                done[next.Expression] = Lower(next.Expression, done);
                continue;
            }

            open.Push((next.Expression, true));
            next.Expression.PushParts(parts);
            while (parts.TryPop(out ExpressionSyntax? part))
            {
                if (!done.ContainsKey(part))
                    open.Push((part, false));
            }
        }

        return done[root];
    }

    /// <summary>The tape for one value.</summary>
    public BehaviouralProgram Emit(int root)
    {
        int[] uses = CountUses(root);
        bool[] fused = Fuse(root, uses);
        int[] register = new int[_values.Count];
        bool[] active = new bool[_values.Count];
        var controls = ImmutableArray.CreateBuilder<Control>();
        var controlSpans = ImmutableArray.CreateBuilder<SourceSpan>();
        var spans = ImmutableArray.CreateBuilder<SourceSpan>();
        var scalars = new List<double>();
        var points = new List<double>();
        var draft = new List<Instruction>();
        bool usesTime = false, usesTemperature = false, usesFrequency = false;

        // Register classes are kept apart until their sizes are known: ~k in the draft is constant k; the other classes are offset by a large base.
        const int environment = 1 << 28;
        const int results = 1 << 29;
        int Operand(int value)
        {
            Value v = _values[value];
            switch (v.Operation)
            {
                case Operation.Constant:
                    scalars.Add(v.Number);
                    return ~(scalars.Count - 1);
                case Operation.Time:
                    usesTime = true;
                    return environment;
                case Operation.Temperature:
                    usesTemperature = true;
                    return environment + 1;
                case Operation.Frequency:
                    usesFrequency = true;
                    return environment + 2;
                case Operation.Control:
                    if (!active[value])
                    {
                        active[value] = true;
                        register[value] = controls.Count;
                        controls.Add(v.Control!);
                        controlSpans.Add(v.Span);
                    }

                    return register[value];
                default:
                    return register[value];
            }
        }

        foreach (int k in Schedule(root, uses, fused))
        {
            Value v = _values[k];
            (Operation operation, int a, int b, int c) = Fused(v, fused);
            int registerA = a >= 0 ? Operand(a) : 0;
            int registerB = 0;
            int registerC = 0;
            int flags = a >= 0 && active[a] ? 1 : 0;
            if (operation == Operation.Table)
            {
                double[] table = _tables[v.B];
                registerB = points.Count;
                registerC = table.Length / 2;
                points.AddRange(table);
            }
            else
            {
                if (b >= 0)
                    registerB = Operand(b);
                if (c >= 0)
                    registerC = Operand(c);
                flags |= (b >= 0 && active[b] ? 2 : 0) | (c >= 0 && active[c] ? 4 : 0);
                if (IsPiecewiseConstant(operation))
                    flags = 0;
                else if (operation == Operation.Select)
                    flags &= 6;
            }

            active[k] = flags != 0;
            register[k] = results + draft.Count;
            draft.Add(new(operation, (byte)flags, registerA, registerB, registerC));
            spans.Add(v.Span);
        }

        int result = Operand(root);
        int firstConstant = controls.Count;
        int firstEnvironment = firstConstant + scalars.Count;
        int firstResult = firstEnvironment + 3;
        int Place(int operand) => operand switch
        {
            < 0 => firstConstant + ~operand,
            >= results => firstResult + (operand - results),
            >= environment => firstEnvironment + (operand - environment),
            _ => operand,
        };
        var instructions = new Instruction[draft.Count];
        for (int k = 0; k < instructions.Length; k++)
        {
            Instruction d = draft[k];
            instructions[k] = d.Operation == Operation.Table
                ? d with { A = Place(d.A), B = scalars.Count + d.B }
                : d with { A = Place(d.A), B = Place(d.B), C = Place(d.C) };
        }

        var structure = new BehaviouralStructure(
            instructions, controls.Count, scalars.Count, scalars.Count + points.Count, Place(result), usesTime, usesTemperature, usesFrequency, active[root]);
        return new(structure, controls.DrainToImmutable(), [.. scalars, .. points], spans.DrainToImmutable(), controlSpans.DrainToImmutable());
    }

    private static bool IsPiecewiseConstant(Operation operation) => operation is
        Operation.IntegerDivide
        or (>= Operation.Equal and <= Operation.Step)
        or (>= Operation.Sign and <= Operation.RoundAway);

    /// <summary>How often each value is an operand of a value that the root needs.</summary>
    private int[] CountUses(int root)
    {
        int[] uses = new int[_values.Count];
        uses[root] = 1;
        for (int k = root; k >= 0; k--)
        {
            if (uses[k] == 0)
                continue;
            Value v = _values[k];
            if (v.Operation <= Operation.Frequency)
                continue;
            if (v.A >= 0)
                uses[v.A]++;
            if (v.Operation == Operation.Table)
                continue;
            if (v.B >= 0)
                uses[v.B]++;
            if (v.C >= 0)
                uses[v.C]++;
        }

        return uses;
    }

    /// <summary>Which products go into the sum that alone uses them.</summary>
    private bool[] Fuse(int root, int[] uses)
    {
        bool[] fused = new bool[_values.Count];
        for (int k = 0; k <= root; k++)
        {
            Value v = _values[k];
            if (uses[k] == 0 || v.Operation != Operation.Add)
                continue;
            if (_values[v.B].Operation == Operation.Multiply && uses[v.B] == 1)
                fused[v.B] = true;
            else if (_values[v.A].Operation == Operation.Multiply && uses[v.A] == 1)
                fused[v.A] = true;
        }

        return fused;
    }

    /// <summary>A sum that has taken in a product is z + x·y.</summary>
    private (Operation Operation, int A, int B, int C) Fused(Value v, bool[] fused)
    {
        if (v.Operation != Operation.Add || !(fused[v.A] || fused[v.B]))
            return (v.Operation, v.A, v.B, v.C);
        (int product, int rest) = fused[v.B] ? (v.B, v.A) : (v.A, v.B);
        return (Operation.MultiplyAdd, _values[product].A, _values[product].B, rest);
    }

    /// <summary>
    /// The order of the operations: by how many lie between them and the controls, then by kind, so that like operations stand beside each
    /// other and run as one (<see cref="InstructionRun"/>). A chain of z + x·y stays together, behind what all its links need.
    /// </summary>
    private int[] Schedule(int root, int[] uses, bool[] fused)
    {
        int[] level = new int[_values.Count];
        int[] chain = new int[_values.Count];
        var order = new List<int>();
        for (int k = 0; k <= root; k++)
        {
            Value v = _values[k];
            chain[k] = k;
            if (uses[k] == 0 || fused[k] || v.Operation <= Operation.Frequency)
                continue;
            order.Add(k);
            (Operation operation, int a, int b, int c) = Fused(v, fused);
            int above = Level(a);
            if (operation != Operation.Table)
                above = Math.Max(above, Math.Max(Level(b), operation == Operation.MultiplyAdd && IsLink(c) ? 0 : Level(c)));
            if (operation == Operation.MultiplyAdd && IsLink(c))
            {
                chain[k] = chain[c];
                level[chain[k]] = Math.Max(level[chain[k]], above + 1);
            }
            else
            {
                level[k] = above + 1;
            }
        }

        (int, int, int, int)[] keys = [.. order.Select(k => (level[chain[k]], (int)Fused(_values[k], fused).Operation, chain[k], k))];
        int[] scheduled = [.. order];
        Array.Sort(keys, scheduled);
        return scheduled;

        int Level(int value) => value < 0 ? 0 : level[chain[value]];

        bool IsLink(int value) => uses[value] == 1 && Fused(_values[value], fused).Operation == Operation.MultiplyAdd;
    }

    private int Lower(ExpressionSyntax expression, Dictionary<ExpressionSyntax, int> done)
    {
        SourceSpan span = expression.Span;
        switch (expression)
        {
            case NumberExpression number:
                return Constant(number.Value, span);
            case VoltageExpression voltage:
                return voltage.Plus == voltage.Minus ? Constant(0, span) : Control(new VoltageControl(voltage.Plus, voltage.Minus), span);
            case CurrentExpression current:
                return Control(new CurrentControl(current.Element), span);
            case AnalysisVariableExpression variable:
                return Variable(variable.Name, span);
            case NameExpression name:
                return Functions.Constant(name.Name) is { } known ? Constant(known, span) : Variable(name.Name, span);
            case UnaryExpression unary:
                return unary.Operator == Operator.Negate ? Negate(done[unary.Operand], span) : Apply(Operation.Not, span, done[unary.Operand]);
            case BinaryExpression binary:
                return Binary(binary.Operator, done[binary.Left], done[binary.Right], span);
            case ConditionalExpression conditional:
                return Select(done[conditional.Condition], done[conditional.WhenTrue], done[conditional.WhenFalse], span);
            case CallExpression call:
                int[] arguments = new int[call.Arguments.Length];
                for (int k = 0; k < arguments.Length; k++)
                    arguments[k] = done[call.Arguments[k]];
                return Call(call, arguments, span);
            default:
                throw new ArgumentException($"'{span.Text}' has no value in a bound expression", nameof(expression));
        }
    }

    private int Variable(string name, SourceSpan span) => name switch
    {
        "time" => Leaf(Operation.Time, span),
        "temper" => Leaf(Operation.Temperature, span),
        "hertz" => Leaf(Operation.Frequency, span),
        _ => throw new ArgumentException($"the name '{name}' is not bound", nameof(name)),
    };

    private int Leaf(Operation operation, SourceSpan span) => Number((operation, -1, -1, -1), new(operation, -1, -1, -1, 0, null, span));

    private int Constant(double number, SourceSpan span)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        if (!_constants.TryGetValue(bits, out int value))
        {
            value = _values.Count;
            _constants.Add(bits, value);
            _values.Add(new(Operation.Constant, -1, -1, -1, number, null, span));
        }

        return value;
    }

    private int Control(Control control, SourceSpan span)
    {
        if (!_controls.TryGetValue(control, out int value))
        {
            value = _values.Count;
            _controls.Add(control, value);
            _values.Add(new(Operation.Control, -1, -1, -1, 0, control, span));
        }

        return value;
    }

    private int Number((Operation, int, int, int) key, Value value)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, key, out bool known);
        if (!known)
        {
            number = _values.Count;
            _values.Add(value);
        }

        return number;
    }

    private bool IsConstant(int value, out double number)
    {
        number = _values[value].Number;
        return _values[value].Operation == Operation.Constant;
    }

    private int Apply(Operation operation, SourceSpan span, int a, int b = -1, int c = -1)
    {
        (int first, int second) = operation is Operation.Add or Operation.Multiply or Operation.Equal or Operation.NotEqual && b < a ? (b, a) : (a, b);
        return Number((operation, first, second, c), new(operation, a, b, c, 0, null, span));
    }

    private int Negate(int x, SourceSpan span)
    {
        if (IsConstant(x, out double number))
            return Constant(-number, span);

        // −(c·x) = (−c)·x to the last bit.
        Value v = _values[x];
        if (v.Operation == Operation.Multiply && IsConstant(v.A, out double factor))
            return Apply(Operation.Multiply, span, Constant(-factor, span), v.B);
        return Apply(Operation.Negate, span, x);
    }

    private int Binary(Operator op, int x, int y, SourceSpan span)
    {
        if (IsConstant(x, out double left) && IsConstant(y, out double right))
        {
            double folded = Functions.Apply(op, left, right);

            // What is not finite stays an operation, so that the fault has its place.
            if (double.IsFinite(folded))
                return Constant(folded, span);
        }

        switch (op)
        {
            case Operator.Add:
                return Apply(Operation.Add, span, x, y);
            case Operator.Subtract:
                if (IsConstant(y, out double subtrahend))
                    return Apply(Operation.Add, span, x, Constant(-subtrahend, span));
                Value v = _values[y];
                if (v.Operation == Operation.Multiply && IsConstant(v.A, out double factor))
                    return Apply(Operation.Add, span, x, Apply(Operation.Multiply, v.Span, Constant(-factor, v.Span), v.B));
                return Apply(Operation.Subtract, span, x, y);
            case Operator.Multiply:
                return Multiply(x, y, span);
            case Operator.Divide:
                return Apply(Operation.Divide, span, x, y);
            case Operator.Remainder:
                return Apply(Operation.Remainder, span, x, y);
            case Operator.IntegerDivide:
                return Apply(Operation.IntegerDivide, span, x, y);
            case Operator.Power:
                return Power(x, y, span);
            case Operator.Equal:
                return Apply(Operation.Equal, span, x, y);
            case Operator.NotEqual:
                return Apply(Operation.NotEqual, span, x, y);
            case Operator.Less:
                return Apply(Operation.Less, span, x, y);
            case Operator.LessOrEqual:
                return Apply(Operation.LessOrEqual, span, x, y);
            case Operator.Greater:
                return Apply(Operation.Less, span, y, x);
            case Operator.GreaterOrEqual:
                return Apply(Operation.LessOrEqual, span, y, x);
            case Operator.And:
                return Apply(Operation.And, span, x, y);
            case Operator.Or:
                return Apply(Operation.Or, span, x, y);
            default:
                throw new ArgumentException($"{op} has not two operands", nameof(op));
        }
    }

    /// <summary>A product, its constant factor first.</summary>
    private int Multiply(int x, int y, SourceSpan span) =>
        IsConstant(y, out _) ? Apply(Operation.Multiply, span, y, x) : Apply(Operation.Multiply, span, x, y);

    private int Power(int x, int y, SourceSpan span)
    {
        if (IsConstant(y, out double exponent))
        {
            switch (exponent)
            {
                case 1:
                    return Apply(Operation.Absolute, span, x);
                case 2:
                    return Apply(Operation.Multiply, span, x, x);
                case 3:
                    return Apply(Operation.Multiply, span, Apply(Operation.Absolute, span, x), Apply(Operation.Multiply, span, x, x));
            }
        }

        return Apply(Operation.Power, span, x, y);
    }

    private int Select(int condition, int whenTrue, int whenFalse, SourceSpan span)
    {
        if (IsConstant(condition, out double known))
            return known != 0 ? whenTrue : whenFalse;
        return whenTrue == whenFalse ? whenTrue : Apply(Operation.Select, span, condition, whenTrue, whenFalse);
    }

    private int Call(CallExpression call, int[] x, SourceSpan span)
    {
        if (call.Name != "if" && !Array.Exists(x, k => _values[k].Operation != Operation.Constant))
        {
            double folded = Functions.Apply(call.Name, Array.ConvertAll(x, k => _values[k].Number));
            if (double.IsFinite(folded))
                return Constant(folded, span);
        }

        if (Elementary(call.Name) is { } operation)
            return Apply(operation, span, x[0]);
        switch (call.Name)
        {
            case "min":
                return Chain(Operation.Minimum, x, span);
            case "max":
                return Chain(Operation.Maximum, x, span);
            case "limit" when x.Length == 3:
                int low = Chain(Operation.Minimum, [x[1], x[2]], span);
                int high = Chain(Operation.Maximum, [x[1], x[2]], span);
                return Chain(Operation.Minimum, [Chain(Operation.Maximum, [x[0], low], span), high], span);
            case "limit" or "agauss" or "gauss" or "aunif" or "unif":
                return x[0];
            case "pow":
                return Power(x[0], x[1], span);
            case "pwr":
                return Apply(Operation.SignedPower, span, x[0], x[1]);
            case "atan2":
                return Apply(Operation.ArcTangent2, span, x[0], x[1]);
            case "if":
                return Select(x[0], x[1], x[2], span);
            case "table":
                return Table(x, span);
            case "pwl":
                return Lines(x, span);
            default:
                throw new ArgumentException($"the function {call.Name}() is not bound", nameof(call));
        }
    }

    private static Operation? Elementary(string name) => name switch
    {
        "abs" => Operation.Absolute,
        "sqrt" => Operation.SquareRoot,
        "exp" => Operation.Exponential,
        "ln" or "log" => Operation.Logarithm,
        "log10" => Operation.Logarithm10,
        "sin" => Operation.Sine,
        "cos" => Operation.Cosine,
        "tan" => Operation.Tangent,
        "asin" => Operation.ArcSine,
        "acos" => Operation.ArcCosine,
        "atan" => Operation.ArcTangent,
        "sinh" => Operation.HyperbolicSine,
        "cosh" => Operation.HyperbolicCosine,
        "tanh" => Operation.HyperbolicTangent,
        "asinh" => Operation.AreaSine,
        "acosh" => Operation.AreaCosine,
        "atanh" => Operation.AreaTangent,
        "sgn" => Operation.Sign,
        "floor" => Operation.Floor,
        "ceil" => Operation.Ceiling,
        "int" => Operation.Truncate,
        "nint" => Operation.RoundToEven,
        "round" => Operation.RoundAway,
        "u" => Operation.Step,
        "uramp" => Operation.Ramp,
        _ => null,
    };

    private int Chain(Operation operation, int[] x, SourceSpan span)
    {
        int result = x[0];
        for (int k = 1; k < x.Length; k++)
        {
            result = IsConstant(result, out double a) && IsConstant(x[k], out double b)
                ? Constant(operation == Operation.Minimum ? Math.Min(a, b) : Math.Max(a, b), span)
                : Apply(operation, span, result, x[k]);
        }

        return result;
    }

    /// <summary><c>pwl</c>: a table whose first and last lines go on beyond its ends, as in ngspice.</summary>
    private int Lines(int[] x, SourceSpan span)
    {
        int inside = Table(x, span);
        if (x.Length < 5)
            return inside;
        int below = Chain(Operation.Minimum, [Binary(Operator.Subtract, x[0], x[1], span), Constant(0, span)], span);
        int above = Chain(Operation.Maximum, [Binary(Operator.Subtract, x[0], x[^2], span), Constant(0, span)], span);
        int result = Binary(Operator.Add, inside, Multiply(below, Slope(1), span), span);
        return Binary(Operator.Add, result, Multiply(above, Slope(x.Length - 4), span), span);

        int Slope(int k) => Binary(Operator.Divide, Binary(Operator.Subtract, x[k + 3], x[k + 1], span), Binary(Operator.Subtract, x[k + 2], x[k], span), span);
    }

    private int Table(int[] x, SourceSpan span)
    {
        if (Array.FindIndex(x, 1, k => _values[k].Operation != Operation.Constant) >= 0)
            return MovingTable(x, span);
        double[] table = new double[x.Length - 1];
        var text = new StringBuilder(table.Length * 17);
        for (int k = 0; k < table.Length; k++)
        {
            table[k] = _values[x[k + 1]].Number;
            text.Append(CultureInfo.InvariantCulture, $"{BitConverter.DoubleToInt64Bits(table[k]):x} ");
        }

        string key = text.ToString();
        if (!_tableNumbers.TryGetValue(key, out int number))
        {
            number = _tables.Count;
            _tableNumbers.Add(key, number);
            _tables.Add(table);
        }

        return Number((Operation.Table, x[0], number, -1), new(Operation.Table, x[0], number, -1, 0, null, span));
    }

    /// <summary>A table whose points are expressions: a choice between straight lines, from the last to the first.</summary>
    private int MovingTable(int[] x, SourceSpan span)
    {
        int result = x[^1];
        for (int k = x.Length - 2; k >= 3; k -= 2)
        {
            int t = Binary(Operator.Divide, Binary(Operator.Subtract, x[0], x[k - 2], span), Binary(Operator.Subtract, x[k], x[k - 2], span), span);
            int line = Binary(Operator.Add, x[k - 1], Multiply(t, Binary(Operator.Subtract, x[k + 1], x[k - 1], span), span), span);
            result = Select(Binary(Operator.LessOrEqual, x[0], x[k], span), line, result, span);
        }

        return Select(Binary(Operator.LessOrEqual, x[0], x[1], span), x[2], result, span);
    }
}

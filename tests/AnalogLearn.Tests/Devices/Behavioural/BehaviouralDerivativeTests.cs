using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>Values against the interpreter, derivatives against central differences of the interpreter.</summary>
public sealed class BehaviouralDerivativeTests
{
    public static TheoryData<string, double, double> EveryForm => new()
    {
        { "min(v(a), v(b))", 0.3, 0.7 },
        { "min(v(a), v(b), 0.1*v(a))", 0.3, 0.7 },
        { "max(v(a), v(b))", 0.3, 0.7 },
        { "abs(v(a))*v(b)", -0.3, 0.7 },
        { "sqrt(v(a)+v(b))", 0.3, 0.7 },
        { "exp(3*v(a))-exp(-v(b))", 0.3, 0.7 },
        { "exp(-720+v(a))*1e300", 0.3, 0.7 },
        { "ln(v(a))*log(v(b))", 0.3, 0.7 },
        { "log10(v(a)*v(b))", 0.3, 0.7 },
        { "pow(v(a), v(b))", 0.3, 0.7 },
        { "pow(v(a), v(b))", -0.3, 0.7 },
        { "pow(v(a), 1.5)+pow(2, v(b))", -0.3, 0.7 },
        { "v(a)**2+v(b)^3", -0.3, -0.7 },
        { "v(a)**1+v(b)**(-2)", -0.3, -0.7 },
        { "pwr(v(a), v(b))", -0.3, 0.7 },
        { "pwr(v(a), -0.5)+pwr(v(b), 3)", -0.3, 0.7 },
        { "sin(v(a))*cos(v(b))", 0.3, 0.7 },
        { "sin(1e9*v(a))*1e-9+v(b)", 0.3, 0.7 },
        { "tan(v(a)+v(b))", 0.3, 0.7 },
        { "asin(v(a))+acos(v(b))", 0.3, 0.7 },
        { "atan(4*v(a)*v(b))", 0.3, 0.7 },
        { "atan2(v(a), v(b))", 0.3, -0.7 },
        { "sinh(v(a))*cosh(v(b))", -2.3, 1.7 },
        { "tanh(v(a)-2*v(b))", 0.3, 0.7 },
        { "asinh(v(a))*acosh(1+v(b))", -0.3, 0.7 },
        { "atanh(v(a)*v(b))", 0.3, 0.7 },
        { "sgn(v(a))*v(b)", -0.3, 0.7 },
        { "v(b)*floor(3*v(a))+ceil(v(b))", 0.45, 0.7 },
        { "v(b)*int(3*v(a))+nint(2.2*v(b))*v(a)+round(v(a)*9)", 0.45, 0.7 },
        { "u(v(a))*v(b)+u(-v(a))", 0.3, 0.7 },
        { "uramp(v(a))+uramp(-v(b))", 0.3, 0.7 },
        { "limit(v(a), 0, 1)+limit(v(b), v(a), 0.5)", 0.3, 0.7 },
        { "limit(v(a), 1, -1)*v(b)", 2, 0.7 },
        { "if(v(a) > v(b), v(a)**2, sin(v(b)))", 0.3, 0.7 },
        { "v(a) > v(b) ? v(a)**2 : sin(v(b))", 0.9, 0.7 },
        { "table(v(a), 0, 0, 0.5, 2, 1, -1)+pwl(v(b), -1, 1, 0.5, 3, 0.9, 2.5, 2, 1)", 0.3, 0.7 },
        { "table(v(a), 0, v(b), 0.2, 2, 1+v(b), -1)", 0.6, 0.7 },
        { "v(a) % v(b) + v(b) \\ v(a)", 2.3, 0.7 },
        { "(v(a) >= v(b) && v(a) < 3 || !(v(b) == 1) && v(a) != 0 ? 1 : 2) * v(a)*v(b)", 2.3, 0.7 },
        { "(v(a) <= 1)*v(b) + (v(b) > 0)*v(a)", 0.3, 0.7 },
        { "-v(a)/v(b) - 2*v(a,b) + i(vs)*v(a)", 0.3, 0.7 },
        { "v(a)*v(a)*v(b) - (v(a) - v(b))/(v(a) + v(b))", 0.3, 0.7 },
        { "sin(2*pi*1k*time)*v(a) + temper*v(b) - e", 0.3, 0.7 },
        { "agauss(v(a), 1, 3) + limit(v(b), 2)", 0.3, 0.7 },
    };

    [Theory]
    [MemberData(nameof(EveryForm))]
    public void Each_function_agrees_with_the_interpreter_and_its_differences(string text, double a, double b)
    {
        BoundExpression expression = BoundExpression.Read(text);
        double Voltage(string node, double da, double db) => node switch { "a" => a + da, "b" => b + db, _ => 0.25 };
        const double time = 1.3e-4;
        (double value, double[] slopes, bool faulty) = expression.Evaluate(n => Voltage(n, 0, 0), time);
        Assert.False(faulty);
        double expected = Assert.NotNull(expression.Interpret(n => Voltage(n, 0, 0), time, out _));
        Close(expected, value, 1e-13, text);

        // Richardson's extrapolation of central differences: error h⁴. Along a and b, the controls' derivatives add up by the chain rule.
        double h = text.Contains("1e9", StringComparison.Ordinal) ? 1e-12 : 1e-4;
        for (int axis = 0; axis < 2; axis++)
        {
            double Difference(double step)
            {
                double At(double s) => expression.Interpret(n => axis == 0 ? Voltage(n, s, 0) : Voltage(n, 0, s), time, out _)!.Value;
                return (At(step) - At(-step)) / (2 * step);
            }

            double difference = ((4 * Difference(h)) - Difference(2 * h)) / 3;
            double exact = 0;
            for (int k = 0; k < slopes.Length; k++)
            {
                exact += slopes[k] * (BoundExpression.Of(expression.Program.Controls[k], n => axis == 0 ? (n == "a" ? 1 : 0) : (n == "b" ? 1 : 0)));
            }

            double tolerance = h < 1e-9 ? 1e-3 : 1e-9;
            Assert.True(Math.Abs(difference - exact) <= tolerance * (1 + Math.Abs(exact) + Math.Abs(value)), string.Create(CultureInfo.InvariantCulture, $"{text}: d/d{(axis == 0 ? 'a' : 'b')} {exact:R} against {difference:R}"));
        }
    }

    [Fact]
    public void Every_function_of_the_language_is_covered()
    {
        string all = string.Join(' ', EveryForm.Select(row => (string)row[0]));
        foreach (string name in Functions.Names.Except(["gauss", "aunif", "unif"]))
            Assert.Contains(name + "(", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_expressions_agree_with_the_interpreter()
    {
        var random = new Random(20240611);
        int compared = 0, differentiated = 0, faulty = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            string text = Draw(random, 1 + random.Next(6));
            BoundExpression expression = BoundExpression.Read(text);
            double[] x = [.. Enumerable.Range(0, 4).Select(_ => (random.NextDouble() * 4) - 2)];
            double Voltage(string node, double[] at) => node switch { "a" => at[0], "b" => at[1], "c" => at[2], _ => at[3] };
            (double value, double[] slopes, bool fault) = expression.Evaluate(n => Voltage(n, x), 0.5);
            double? expected = expression.Interpret(n => Voltage(n, x), 0.5, out _);
            Assert.True(double.IsFinite(value) && slopes.All(double.IsFinite), text);
            if (expected is not { } reference)
            {
                // The interpreter complains about every infinity; here only those count that reach the result.
                faulty += fault ? 1 : 0;
                continue;
            }

            Assert.False(fault, text);
            Close(reference, value, 1e-13 * Amplification(expression, x, Voltage, reference), text);
            compared++;
            for (int axis = 0; axis < 4; axis++)
            {
                if (Slope(expression, x, axis, Voltage) is not { } difference)
                    continue;
                double exact = 0;
                for (int k = 0; k < slopes.Length; k++)
                    exact += slopes[k] * BoundExpression.Of(expression.Program.Controls[k], n => Voltage(n, [.. Enumerable.Range(0, 4).Select(j => j == axis ? 1.0 : 0.0)]));
                Assert.True(Math.Abs(difference - exact) <= 2e-6 * (1 + Math.Abs(exact) + Math.Abs(value)), string.Create(CultureInfo.InvariantCulture, $"{text}: axis {axis}: {exact:R} against {difference:R}"));
                differentiated++;
            }
        }

        Assert.True(compared > 1500, string.Create(CultureInfo.InvariantCulture, $"{compared} compared"));
        Assert.True(differentiated > 4000, string.Create(CultureInfo.InvariantCulture, $"{differentiated} differentiated"));
        Assert.True(faulty > 10, string.Create(CultureInfo.InvariantCulture, $"{faulty} faulty"));
    }

    [Theory]
    [InlineData("abs(v(a))", 1)]
    [InlineData("max(v(a), 0)", 1)]
    [InlineData("max(0, v(a))", 0)]
    [InlineData("limit(v(a), 0, 1)", 1)]
    [InlineData("uramp(v(a))", 0)]
    [InlineData("v(a) > 0 ? 5*v(a) : 3*v(a)", 3)]
    [InlineData("table(v(a), -1, -2, 0, 0, 1, 5)", 2)]
    [InlineData("v(a)**2", 0)]
    [InlineData("pow(v(a), 2.5)", 0)]
    [InlineData("pwr(v(a), 1)", 1)]
    public void At_a_kink_the_branch_taken_counts(string text, double slope) =>
        Assert.Equal(slope, BoundExpression.Read(text).Evaluate(_ => 0).Derivatives[0]);

    [Fact]
    public void A_table_of_many_points_is_searched()
    {
        var text = new StringBuilder("table(v(a)");
        for (int k = 0; k <= 2000; k++)
            text.Append(CultureInfo.InvariantCulture, $", {k * 0.001:R}, {k * k * 1e-6:R}");
        BoundExpression expression = BoundExpression.Read(text.Append(')').ToString());
        foreach (double x in (double[])[-1, 0, 0.0005, 0.5, 1.23456, 1.9999, 2, 3])
        {
            (double value, double[] slopes, _) = expression.Evaluate(_ => x);
            Close(Assert.NotNull(expression.Interpret(_ => x, 0, out _)), value, 1e-14, "table");
            double clamped = Math.Clamp(x, 0, 2);
            Assert.Equal(x is > 0 and <= 2 ? 0.001 * ((2 * Math.Ceiling(clamped / 0.001)) - 1) : 0, slopes[0], 1e-9);
        }
    }

    private static void Close(double expected, double actual, double tolerance, string text) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Abs(expected) + 1e-290, string.Create(CultureInfo.InvariantCulture, $"{text}: {actual:R}, expected {expected:R}"));

    /// <summary>How far differences of one unit in the last place inside may be magnified: by the sensitivity of the result to the inputs, and by cancellation.</summary>
    private static double Amplification(BoundExpression expression, double[] x, Func<string, double[], double> voltage, double reference)
    {
        double worst = 1;
        for (int axis = 0; axis < x.Length; axis++)
        {
            double[] moved = [.. x];
            moved[axis] *= 1 + 1e-13;
            if (expression.Interpret(n => voltage(n, moved), 0.5, out _) is { } value && reference != 0)
                worst = Math.Max(worst, Math.Abs(value - reference) / Math.Abs(reference) / 1e-13);
        }

        return 20 * worst;
    }

    /// <summary>The extrapolated central difference, or null where a kink or a steep place is near.</summary>
    private static double? Slope(BoundExpression expression, double[] x, int axis, Func<string, double[], double> voltage)
    {
        double? At(double step)
        {
            double[] moved = [.. x];
            moved[axis] += step;
            return expression.Interpret(n => voltage(n, moved), 0.5, out _);
        }

        double? Difference(double h) => At(h) is { } plus && At(-h) is { } minus ? (plus - minus) / (2 * h) : null;
        if (Difference(1e-4) is not { } fine || Difference(2e-4) is not { } coarse || Difference(5e-5) is not { } finest)
            return null;
        double first = ((4 * fine) - coarse) / 3;
        double second = ((4 * finest) - fine) / 3;
        double right = (At(1e-4)!.Value - At(0)!.Value) / 1e-4;
        bool smooth = Math.Abs(first - second) <= 1e-8 * (1 + Math.Abs(first)) && Math.Abs(right - first) <= 0.02 * (1 + Math.Abs(first));
        return smooth ? second : null;
    }

    private static string Draw(Random random, int depth)
    {
        if (depth == 0 || random.Next(12) == 0)
        {
            return random.Next(8) switch
            {
                < 4 => $"v({"abc"[random.Next(3)]})",
                4 => "v(a,b)",
                5 => random.Next(2) == 0 ? "i(vs)" : "time",
                _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Round((random.NextDouble() * 6) - 3, 3):0.0##}"),
            };
        }

        string Part() => Draw(random, depth - 1);
        string[] functions = ["abs", "sqrt", "exp", "ln", "log10", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "uramp", "sgn", "floor", "ceil", "int", "nint", "u", "asin", "acos", "atanh", "acosh"];
        return random.Next(20) switch
        {
            < 4 => $"({Part()} + {Part()})",
            < 7 => $"({Part()} * {Part()})",
            7 or 8 => $"({Part()} - {Part()})",
            9 => $"({Part()} / {Part()})",
            10 => $"(-{Part()})",
            11 => $"({Part()} {(string[])["<", "<=", ">", ">=", "&&", "||", "!=", "=="] switch { var all => all[random.Next(all.Length)] }} {Part()} ? {Part()} : {Part()})",
            12 => $"{(random.Next(2) == 0 ? "min" : "max")}({Part()}, {Part()}, {Part()})",
            13 => $"{(random.Next(2) == 0 ? "pow" : "pwr")}({Part()}, {(random.Next(2) == 0 ? Part() : "2.5")})",
            14 => random.Next(2) == 0 ? $"limit({Part()}, -1, {Part()})" : $"table({Part()}, -1, 2, 0, 1, 1.5, -0.5)",
            15 => $"atan2({Part()}, {Part()})",
            16 => $"({Part()} % {Part()})",
            _ => $"{functions[random.Next(functions.Length)]}({Part()})",
        };
    }
}

using System.Collections.Frozen;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// The functions and constants of expressions, as ngspice defines them: <c>log</c> is the natural logarithm, <c>int</c> cuts the
/// fraction off, <c>pow(x, y)</c> and <c>x**y</c> are |x|^y, <c>pwr(x, y)</c> is sgn(x)·|x|^y, <c>nint</c> rounds halves to even.
/// The random functions give their nominal value.
/// </summary>
public static class Functions
{
    private static readonly FrozenDictionary<string, (int Least, int Most)> Arities = new Dictionary<string, (int, int)>(StringComparer.Ordinal)
    {
        ["min"] = (1, int.MaxValue),
        ["max"] = (1, int.MaxValue),
        ["abs"] = (1, 1),
        ["sqrt"] = (1, 1),
        ["exp"] = (1, 1),
        ["ln"] = (1, 1),
        ["log"] = (1, 1),
        ["log10"] = (1, 1),
        ["pow"] = (2, 2),
        ["pwr"] = (2, 2),
        ["sin"] = (1, 1),
        ["cos"] = (1, 1),
        ["tan"] = (1, 1),
        ["asin"] = (1, 1),
        ["acos"] = (1, 1),
        ["atan"] = (1, 1),
        ["atan2"] = (2, 2),
        ["sinh"] = (1, 1),
        ["cosh"] = (1, 1),
        ["tanh"] = (1, 1),
        ["asinh"] = (1, 1),
        ["acosh"] = (1, 1),
        ["atanh"] = (1, 1),
        ["sgn"] = (1, 1),
        ["floor"] = (1, 1),
        ["ceil"] = (1, 1),
        ["int"] = (1, 1),
        ["nint"] = (1, 1),
        ["round"] = (1, 1),
        ["u"] = (1, 1),
        ["uramp"] = (1, 1),
        ["limit"] = (2, 3),
        ["if"] = (3, 3),
        ["table"] = (3, int.MaxValue),
        ["pwl"] = (3, int.MaxValue),
        ["agauss"] = (2, 3),
        ["gauss"] = (2, 3),
        ["aunif"] = (2, 2),
        ["unif"] = (2, 2),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every function of the language.</summary>
    public static IEnumerable<string> Names => Arities.Keys;

    /// <summary>Every constant that is always known (<c>temper</c> comes with the deck).</summary>
    public static IEnumerable<string> Constants => ["pi", "e", "temper"];

    /// <summary>A constant's value, or null.</summary>
    /// <param name="name">Its name, lower case.</param>
    public static double? Constant(string name) => name switch
    {
        "pi" => Math.PI,
        "e" => Math.E,
        _ => null,
    };

    /// <summary>How many arguments a function takes.</summary>
    /// <param name="name">Its name, lower case.</param>
    /// <param name="least">The smallest number.</param>
    /// <param name="most">The largest.</param>
    /// <returns>Whether there is such a function.</returns>
    public static bool TryArity(string name, out int least, out int most)
    {
        bool known = Arities.TryGetValue(name, out (int Least, int Most) arity);
        (least, most) = arity;
        return known;
    }

    /// <summary>Whether a function draws a random number.</summary>
    /// <param name="name">Its name, lower case.</param>
    /// <param name="arguments">How many arguments it is given.</param>
    public static bool IsRandom(string name, int arguments) => name is "agauss" or "gauss" or "aunif" or "unif" || (name == "limit" && arguments == 2);

    /// <summary>Applies an operator of two operands.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="x">The left operand.</param>
    /// <param name="y">The right operand.</param>
    public static double Apply(Operator op, double x, double y) => op switch
    {
        Operator.Add => x + y,
        Operator.Subtract => x - y,
        Operator.Multiply => x * y,
        Operator.Divide => x / y,
        Operator.Remainder => x % y,
        Operator.IntegerDivide => Math.Truncate(x / y),
        Operator.Power => Math.Pow(Math.Abs(x), y),
        Operator.Equal => x == y ? 1 : 0,
        Operator.NotEqual => x != y ? 1 : 0,
        Operator.Less => x < y ? 1 : 0,
        Operator.LessOrEqual => x <= y ? 1 : 0,
        Operator.Greater => x > y ? 1 : 0,
        Operator.GreaterOrEqual => x >= y ? 1 : 0,
        Operator.And => x != 0 && y != 0 ? 1 : 0,
        Operator.Or => x != 0 || y != 0 ? 1 : 0,
        _ => double.NaN,
    };

    /// <summary>Applies a function. The number of arguments has been checked.</summary>
    /// <param name="name">Its name, lower case.</param>
    /// <param name="x">The arguments.</param>
    public static double Apply(string name, ReadOnlySpan<double> x)
    {
        switch (name)
        {
            case "min":
            case "max":
                double extreme = x[0];
                for (int k = 1; k < x.Length; k++)
                    extreme = name == "min" ? Math.Min(extreme, x[k]) : Math.Max(extreme, x[k]);
                return extreme;
            case "table":
                return Interpolate(x[0], x[1..]);
            case "pwl":
                ReadOnlySpan<double> points = x[1..];
                double outside = points.Length < 4 ? 0
                    : x[0] < points[0] ? (x[0] - points[0]) * (points[3] - points[1]) / (points[2] - points[0])
                    : x[0] > points[^2] ? (x[0] - points[^2]) * (points[^1] - points[^3]) / (points[^2] - points[^4])
                    : 0;
                return Interpolate(x[0], points) + outside;
            case "limit":
                return x.Length == 2 ? x[0] : Math.Min(Math.Max(x[0], Math.Min(x[1], x[2])), Math.Max(x[1], x[2]));
            default:
                return name switch
                {
                    "abs" => Math.Abs(x[0]),
                    "sqrt" => Math.Sqrt(x[0]),
                    "exp" => Math.Exp(x[0]),
                    "ln" or "log" => Math.Log(x[0]),
                    "log10" => Math.Log10(x[0]),
                    "pow" => Math.Pow(Math.Abs(x[0]), x[1]),
                    "pwr" => Math.Sign(x[0]) * Math.Pow(Math.Abs(x[0]), x[1]),
                    "sin" => Math.Sin(x[0]),
                    "cos" => Math.Cos(x[0]),
                    "tan" => Math.Tan(x[0]),
                    "asin" => Math.Asin(x[0]),
                    "acos" => Math.Acos(x[0]),
                    "atan" => Math.Atan(x[0]),
                    "atan2" => Math.Atan2(x[0], x[1]),
                    "sinh" => Math.Sinh(x[0]),
                    "cosh" => Math.Cosh(x[0]),
                    "tanh" => Math.Tanh(x[0]),
                    "asinh" => Math.Asinh(x[0]),
                    "acosh" => Math.Acosh(x[0]),
                    "atanh" => Math.Atanh(x[0]),
                    "sgn" => Math.Sign(x[0]),
                    "floor" => Math.Floor(x[0]),
                    "ceil" => Math.Ceiling(x[0]),
                    "int" => Math.Truncate(x[0]),
                    "nint" => Math.Round(x[0], MidpointRounding.ToEven),
                    "round" => Math.Round(x[0], MidpointRounding.AwayFromZero),
                    "u" => x[0] > 0 ? 1 : 0,
                    "uramp" => Math.Max(0, x[0]),
                    "if" => x[0] != 0 ? x[1] : x[2],
                    "agauss" or "gauss" or "aunif" or "unif" => x[0],
                    _ => double.NaN,
                };
        }
    }

    private static double Interpolate(double x, ReadOnlySpan<double> points)
    {
        if (x <= points[0])
            return points[1];
        for (int k = 2; k + 1 < points.Length; k += 2)
        {
            if (x <= points[k])
            {
                double t = (x - points[k - 2]) / (points[k] - points[k - 2]);
                return points[k - 1] + (t * (points[k + 1] - points[k - 1]));
            }
        }

        return points[^1];
    }
}

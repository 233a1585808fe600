using AnalogLearn.Netlist;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// ∫₀ˣ P(s) ds of a polynomial P in one quantity, as an expression: the charge of a capacitance C(v) that depends on its own voltage alone, the flux of an inductance L(i) that depends
/// on its own current alone. With it the element conserves charge (flux) exactly, whatever the time steps.
/// </summary>
internal static class Antiderivative
{
    private const int HighestDegree = 32;

    /// <summary>The integral of an expression by a quantity, from 0.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="sign">1 when a part of the expression is the quantity, −1 when it is its negative, 0 when it is something else.</param>
    /// <param name="quantity">The quantity.</param>
    /// <returns>The integral, or null when the expression is no polynomial in the quantity alone.</returns>
    public static ExpressionSyntax? Of(ExpressionSyntax expression, Func<ExpressionSyntax, int> sign, ExpressionSyntax quantity)
    {
        if (Coefficients(expression, sign, 0) is not { } p)
            return null;
        SourceSpan span = expression.Span;
        ExpressionSyntax sum = new NumberExpression(p[^1] / p.Length, span);
        for (int k = p.Length - 2; k >= 0; k--)
            sum = new BinaryExpression(Operator.Add, new NumberExpression(p[k] / (k + 1), span), new BinaryExpression(Operator.Multiply, quantity, sum, span), span);
        return new BinaryExpression(Operator.Multiply, quantity, sum, span);
    }

    private static double[]? Coefficients(ExpressionSyntax expression, Func<ExpressionSyntax, int> sign, int depth)
    {
        if (depth > 100)
            return null;
        switch (expression)
        {
            case NumberExpression number:
                return [number.Value];
            case UnaryExpression { Operator: Operator.Negate } negated:
                return Coefficients(negated.Operand, sign, depth + 1) is { } inner ? [.. inner.Select(c => -c)] : null;
            case BinaryExpression binary:
                double[]? left = Coefficients(binary.Left, sign, depth + 1);
                double[]? right = left is null ? null : Coefficients(binary.Right, sign, depth + 1);
                return left is null || right is null ? null : Combine(binary.Operator, left, right);
            default:
                return sign(expression) is not 0 and int s ? [0, s] : null;
        }
    }

    private static double[]? Combine(Operator operation, double[] left, double[] right)
    {
        switch (operation)
        {
            case Operator.Add or Operator.Subtract:
                var sum = new double[Math.Max(left.Length, right.Length)];
                for (int k = 0; k < sum.Length; k++)
                    sum[k] = (k < left.Length ? left[k] : 0) + ((operation == Operator.Add ? 1 : -1) * (k < right.Length ? right[k] : 0));
                return sum;
            case Operator.Multiply:
                return Product(left, right);
            case Operator.Divide when right.Length == 1:
                return [.. left.Select(c => c / right[0])];
            case Operator.Power when right.Length == 1 && right[0] is >= 0 and <= HighestDegree && Math.IEEERemainder(right[0], 2) == 0:
                // xʸ is |x|ʸ in decks: a polynomial when y is even.
                double[]? power = [1];
                for (int k = 0; k < (int)right[0] && power is not null; k++)
                    power = Product(power, left);
                return power;
            default:
                return null;
        }
    }

    private static double[]? Product(double[] left, double[] right)
    {
        if (left.Length + right.Length > HighestDegree + 2)
            return null;
        var product = new double[left.Length + right.Length - 1];
        for (int i = 0; i < left.Length; i++)
        {
            for (int j = 0; j < right.Length; j++)
                product[i + j] += left[i] * right[j];
        }

        return product;
    }
}

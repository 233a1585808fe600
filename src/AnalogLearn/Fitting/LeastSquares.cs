using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace AnalogLearn.Fitting;

/// <summary>Least squares with standard errors: σ² (JᵀJ)⁻¹ at the minimum, σ² = |r|²/(n − p).</summary>
internal static class LeastSquares
{
    /// <summary>y ≈ X b.</summary>
    /// <param name="basis">The columns of X.</param>
    /// <param name="y">y.</param>
    /// <param name="weights">Weights of the rows, or null.</param>
    /// <returns>b, its standard errors and its covariance.</returns>
    public static (double[] Values, double[] Errors, Matrix<double> Covariance) Linear(double[][] basis, double[] y, double[]? weights = null)
    {
        int n = y.Length, p = basis.Length;
        double W(int k) => weights is null ? 1 : Math.Sqrt(weights[k]);

        // Columns of like size: conductances are of micro, coefficients of one.
        double[] scale = [.. basis.Select(c => Math.Max(c.Select((v, k) => Math.Abs(v * W(k))).Max(), double.Epsilon))];
        Matrix<double> x = Matrix<double>.Build.Dense(n, p, (i, j) => W(i) * basis[j][i] / scale[j]);
        Vector<double> target = Vector<double>.Build.Dense(n, i => W(i) * y[i]);
        Vector<double> b = x.QR().Solve(target);
        double variance = n > p ? (target - (x * b)).PointwisePower(2).Sum() / (n - p) : double.NaN;
        Matrix<double> covariance = (x.Transpose() * x).Inverse() * variance;
        covariance = Matrix<double>.Build.Dense(p, p, (i, j) => covariance[i, j] / (scale[i] * scale[j]));
        return ([.. b.Select((v, k) => v / scale[k])], [.. covariance.Diagonal().Select(v => Math.Sqrt(Math.Max(0, v)))], covariance);
    }

    /// <summary>y ≈ f(b) by Levenberg and Marquardt's method, derivatives by central differences.</summary>
    /// <param name="model">f: from parameters to as many numbers as y has.</param>
    /// <param name="y">y.</param>
    /// <param name="start">Where b starts.</param>
    /// <param name="scale">How large a change of each parameter is.</param>
    /// <param name="low">Lower bounds.</param>
    /// <param name="high">Upper bounds.</param>
    /// <returns>b and its standard errors, and whether the method converged.</returns>
    public static (double[] Values, double[] Errors, bool Converged) Curve(Func<double[], double[]> model, double[] y, double[] start, double[] scale, double[] low, double[] high)
    {
        double size = Math.Sqrt(y.Average(v => v * v));
        size = size > 0 ? size : 1;
        int p = start.Length;
        double[] Real(Vector<double> u) => [.. u.Select((v, k) => Math.Clamp(v * scale[k], low[k], high[k]))];
        Vector<double> index = Vector<double>.Build.Dense(y.Length, k => k);
        IObjectiveModel objective = ObjectiveFunction.NonlinearModel(
            (u, _) => Vector<double>.Build.Dense(model(Real(u))) / size, index, Vector<double>.Build.Dense(y) / size, accuracyOrder: 2);
        var method = new LevenbergMarquardtMinimizer(gradientTolerance: 1e-13, stepTolerance: 1e-13, functionTolerance: 1e-14, maximumIterations: 400);
        NonlinearMinimizationResult found = method.FindMinimum(objective, Vector<double>.Build.Dense(p, k => start[k] / scale[k]));
        double[] values = Real(found.MinimizingPoint);

        // Errors from our own Jacobian at the minimum.
        double[] at = model(values);
        var jacobian = new double[p][];
        for (int k = 0; k < p; k++)
        {
            double h = 1e-5 * scale[k];
            double[] up = [.. values], down = [.. values];
            up[k] += h;
            down[k] -= h;
            double[] a = model(up), b = model(down);
            jacobian[k] = [.. a.Zip(b, (q, r) => (q - r) / (2 * h))];
        }

        double[] rest = [.. y.Zip(at, (q, r) => q - r)];
        double variance = y.Length > p ? rest.Sum(r => r * r) / (y.Length - p) : double.NaN;
        Matrix<double> normal = Matrix<double>.Build.Dense(p, p, (i, j) => jacobian[i].Zip(jacobian[j], (q, r) => q * r).Sum() * scale[i] * scale[j]);
        double[] errors;
        try
        {
            Matrix<double> inverse = normal.Inverse();
            errors = [.. Enumerable.Range(0, p).Select(k => scale[k] * Math.Sqrt(Math.Max(0, inverse[k, k] * variance)))];
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            errors = [.. Enumerable.Repeat(double.NaN, p)];
        }

        return (values, errors, found.ReasonForExit is not (ExitCondition.ExceedIterations or ExitCondition.InvalidValues or ExitCondition.None));
    }

    /// <summary>Mean, the standard deviation of what was estimated without the variance of estimating it, and the standard error of the deviation.</summary>
    /// <param name="values">Estimates, one a device.</param>
    /// <param name="errors">Their standard errors.</param>
    public static (double Mean, double MeanError, double Deviation, double DeviationError) Between(double[] values, double[] errors)
    {
        int n = values.Length;
        double mean = values.Average();
        double total = n > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (n - 1) : 0;
        double own = errors.Average(e => e * e);
        double between = Math.Sqrt(Math.Max(0, total - own));
        double error = n > 1 ? between > 0 ? total / (between * Math.Sqrt(2.0 * (n - 1))) : Math.Sqrt(total / Math.Sqrt(2.0 * (n - 1))) : double.NaN;
        return (mean, n > 1 ? Math.Sqrt(total / n) : errors[0], between, error);
    }
}

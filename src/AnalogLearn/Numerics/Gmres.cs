using System.Numerics.Tensors;

namespace AnalogLearn.Numerics;

/// <summary>
/// Restarted GMRES for many systems A_e x_e = b_e of one size, each in its own Krylov space, whose products are formed together. Source: Saad and Schultz,
/// SIAM J. Sci. Stat. Comput. 7, 856 (1986), doi:10.1137/0907058; Arnoldi by modified Gram–Schmidt, done twice so that the basis stays orthogonal.
/// </summary>
public sealed class Gmres
{
    /// <summary>Forms y_e = A_e x_e for all systems.</summary>
    /// <param name="x">One x a row.</param>
    /// <param name="y">Receives one product a row.</param>
    public delegate void Product(Batch<double> x, Batch<double> y);

    /// <summary>Directions kept before a restart.</summary>
    public int Restart { get; init; } = 60;

    /// <summary>Most products a system.</summary>
    public int MaximumProducts { get; init; } = 1200;

    /// <summary>A system is solved when ‖b − A x‖ ≤ tolerance · ‖b‖.</summary>
    public double Tolerance { get; init; } = 1e-12;

    /// <summary>Solves the systems.</summary>
    /// <param name="product">The products.</param>
    /// <param name="right">b, one a row.</param>
    /// <param name="x">Where to start; receives the solutions.</param>
    /// <param name="residuals">Receives ‖b − A x‖/‖b‖ of each system (0 where b is 0), formed from x itself.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>Products formed, each for all systems at once.</returns>
    public int Solve(Product product, Batch<double> right, Batch<double> x, Span<double> residuals, CancellationToken cancellation = default)
    {
        int systems = right.Rows;
        int n = right.Width;
        int room = Math.Min(Restart, n);
        var basis = new Batch<double>[room + 1];
        for (int k = 0; k <= room; k++)
            basis[k] = new Batch<double>(systems, n);
        var work = new Batch<double>(systems, n);
        var hessenberg = new double[systems][];
        var rotations = new double[systems][];
        var columns = new int[systems];
        var done = new bool[systems];
        double[] norms = [.. Enumerable.Range(0, systems).Select(e => Norm(right.Row(e)))];
        for (int e = 0; e < systems; e++)
            (hessenberg[e], rotations[e]) = (new double[(room + 1) * (room + 2)], new double[2 * room]);
        int products = 0;
        double[] previous = new double[systems];
        previous.AsSpan().Fill(double.PositiveInfinity);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            product(x, work);
            products++;
            for (int e = 0; e < systems; e++)
            {
                Span<double> v = basis[0].Row(e);
                ReadOnlySpan<double> b = right.Row(e);
                ReadOnlySpan<double> ax = work.Row(e);
                for (int i = 0; i < n; i++)
                    v[i] = b[i] - ax[i];
                double size = Norm(v);
                residuals[e] = norms[e] == 0 ? size : size / norms[e];
                done[e] = !(residuals[e] > Tolerance) || !(residuals[e] < 0.9 * previous[e]) || double.IsNaN(size);
                previous[e] = residuals[e];
                columns[e] = 0;
                Array.Clear(hessenberg[e]);
                if (done[e])
                {
                    v.Clear();
                    continue;
                }

                for (int i = 0; i < n; i++)
                    v[i] /= size;
                Givens(e)[0] = size;
            }

            if (Array.TrueForAll(done, d => d) || products >= MaximumProducts)
                return products;
            var open = new bool[systems];
            for (int e = 0; e < systems; e++)
                open[e] = !done[e];
            for (int k = 0; k < room && Array.Exists(open, o => o) && products < MaximumProducts; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                product(basis[k], work);
                products++;
                for (int e = 0; e < systems; e++)
                {
                    if (!open[e])
                    {
                        basis[k + 1].Row(e).Clear();
                        continue;
                    }

                    open[e] = Extend(e, k);
                }
            }

            for (int e = 0; e < systems; e++)
            {
                if (!done[e])
                    Combine(e);
            }
        }

        // The rotated right-hand side of the least-squares problem stands behind the columns of the Hessenberg matrix.
        Span<double> Givens(int e) => hessenberg[e].AsSpan(room * (room + 2), room + 2);

        // One more column: orthogonalise, rotate, and say whether there is reason to go on.
        bool Extend(int e, int k)
        {
            Span<double> w = work.Row(e);
            Span<double> column = hessenberg[e].AsSpan(k * (room + 2), room + 2);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j <= k; j++)
                {
                    ReadOnlySpan<double> v = basis[j].Row(e);
                    double dot = TensorPrimitives.Dot(w, v);
                    column[j] += dot;
                    TensorPrimitives.MultiplyAdd(v, -dot, w, w);
                }
            }

            double next = Norm(w);
            column[k + 1] = next;
            Span<double> into = basis[k + 1].Row(e);
            for (int i = 0; i < n; i++)
                into[i] = next > 0 ? w[i] / next : 0;

            Span<double> cs = rotations[e];
            for (int j = 0; j < k; j++)
            {
                (double a, double b) = (column[j], column[j + 1]);
                column[j] = (cs[2 * j] * a) + (cs[(2 * j) + 1] * b);
                column[j + 1] = (cs[2 * j] * b) - (cs[(2 * j) + 1] * a);
            }

            double radius = Math.Sqrt((column[k] * column[k]) + (column[k + 1] * column[k + 1]));
            if (!(radius > 0))
                return false;
            (cs[2 * k], cs[(2 * k) + 1]) = (column[k] / radius, column[k + 1] / radius);
            column[k] = radius;
            Span<double> g = Givens(e);
            (g[k], g[k + 1]) = (cs[2 * k] * g[k], -cs[(2 * k) + 1] * g[k]);
            columns[e] = k + 1;
            return next > 0 && Math.Abs(g[k + 1]) > 0.5 * Tolerance * norms[e];
        }

        void Combine(int e)
        {
            int k = columns[e];
            Span<double> y = Givens(e)[..k];
            for (int i = k - 1; i >= 0; i--)
            {
                for (int j = i + 1; j < k; j++)
                    y[i] -= hessenberg[e][(j * (room + 2)) + i] * y[j];
                y[i] /= hessenberg[e][(i * (room + 2)) + i];
            }

            Span<double> target = x.Row(e);
            for (int j = 0; j < k; j++)
                TensorPrimitives.MultiplyAdd(basis[j].Row(e), y[j], target, target);
        }
    }

    private static double Norm(ReadOnlySpan<double> v) => TensorPrimitives.Norm(v);
}

using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>
/// Sets the degree of symmetry of a network: of each pair of arrays W (a → b) and V (b → a) the later one becomes V = cos φ Wᵀ + sin φ R, R random, at right
/// angles to Wᵀ and of its norm, so that cos(W, Vᵀ) = cos φ exactly. An array from a bank to itself becomes the same mixture with its
/// symmetric part in place of Wᵀ. Tied arrays stay as they are. φ = 0 is the symmetric network, φ = 90° has unrelated feedback.
/// </summary>
public static class WeightSymmetry
{
    /// <summary>Changes the feedback weights in place.</summary>
    /// <param name="network">The network.</param>
    /// <param name="theta">Its parameters.</param>
    /// <param name="degrees">φ [°].</param>
    /// <param name="seed">Seed of R, drawn per array name.</param>
    /// <returns>Number of arrays that were set.</returns>
    public static int Set(RateNetwork network, ParameterSet<double> theta, double degrees, ulong seed)
    {
        int set = 0;
        for (int b = 0; b < network.Connections.Length; b++)
        {
            RateConnection back = network.Connections[b];
            if (back.IsTied || back.Pre is null)
                continue;
            RateConnection? forward = back.Pre == back.Post
                ? back
                : network.Connections.Take(b).FirstOrDefault(c => !c.IsTied && c.Pre == back.Post && c.Post == back.Pre);
            if (forward is null)
                continue;
            double[] v = theta.Blocks[back.Block];
            double[] w = theta.Blocks[forward.Block];
            int rows = back.Post.Width;
            int columns = back.Pre.Width;
            var target = new double[v.Length];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    int k = (i * columns) + j;
                    if (Exists(back, k))
                        target[k] = forward == back ? 0.5 * (w[k] + w[(j * rows) + i]) : w[(j * rows) + i];
                }
            }

            Mix(target, v, back, degrees, CounterRandom.ForPath(seed, back.Description.Name, "symmetry"));
            set++;
        }

        return set;
    }

    private static void Mix(double[] target, double[] into, RateConnection connection, double degrees, CounterRandom random)
    {
        var drawn = new double[target.Length];
        double norm = 0;
        double along = 0;
        for (int k = 0; k < target.Length; k++)
        {
            drawn[k] = Exists(connection, k) ? random.NormalAt((ulong)k) : 0;
            norm += target[k] * target[k];
            along += target[k] * drawn[k];
        }

        double size = 0;
        for (int k = 0; k < target.Length; k++)
        {
            drawn[k] -= norm > 0 ? along / norm * target[k] : 0;
            size += drawn[k] * drawn[k];
        }

        double cosine = Math.Cos(degrees * Math.PI / 180);
        double sine = size > 0 ? Math.Sin(degrees * Math.PI / 180) * Math.Sqrt(norm / size) : 0;
        for (int k = 0; k < target.Length; k++)
            into[k] = (cosine * target[k]) + (sine * drawn[k]);
    }

    private static bool Exists(RateConnection connection, int k) => connection.Description.Mask.IsDefaultOrEmpty || connection.Description.Mask[k];
}

using AnalogLearn.Numerics;

namespace AnalogLearn.Circuits;

/// <summary>Draws the initial weights of an array. Each weight's draw is keyed by (seed, array's name, its place).</summary>
public static class WeightInitFill
{
    /// <summary>Fills an array's weights.</summary>
    /// <param name="init">How they start.</param>
    /// <param name="weights">Receives them, post × pre.</param>
    /// <param name="array">The array.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="other">Weights and description of another array that was filled before, by name.</param>
    public static void Fill(this WeightInit init, Span<double> weights, SynapseArray array, ulong seed, Func<string, (double[] Weights, SynapseArray Array)> other)
    {
        CounterRandom random = CounterRandom.ForPath(seed, array.Name, "init");
        switch (init)
        {
            case WeightInit.Constant c:
                weights.Fill(c.Value);
                break;
            case WeightInit.Uniform u:
                for (int k = 0; k < weights.Length; k++)
                    weights[k] = u.Low + ((u.High - u.Low) * random.UniformAt((ulong)k));
                break;
            case WeightInit.Normal n:
                for (int k = 0; k < weights.Length; k++)
                    weights[k] = n.Mean + (n.Deviation * random.NormalAt((ulong)k));
                break;
            case WeightInit.Glorot g:
                double bound = g.Scale * Math.Sqrt(6.0 / (array.Pre.Width + array.Post.Width));
                for (int k = 0; k < weights.Length; k++)
                    weights[k] = bound * ((2 * random.UniformAt((ulong)k)) - 1);
                break;
            case WeightInit.Matrix m:
                m.Values.CopyTo(weights);
                break;
            case WeightInit.NearTranspose t:
                (double[] w, SynapseArray of) = other(t.Of);
                double norm = Math.Sqrt(w.Sum(x => x * x));
                double drawn = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    weights[k] = random.NormalAt((ulong)k);
                    drawn += weights[k] * weights[k];
                }

                double scale = Math.Sin(t.AngleDegrees * Math.PI / 180) * norm / Math.Sqrt(drawn);
                double cosine = Math.Cos(t.AngleDegrees * Math.PI / 180);
                for (int i = 0; i < array.Post.Width; i++)
                {
                    for (int j = 0; j < array.Pre.Width; j++)
                        weights[(i * array.Pre.Width) + j] = (cosine * w[(j * of.Pre.Width) + i]) + (scale * weights[(i * array.Pre.Width) + j]);
                }

                break;
            default:
                throw new ArgumentException($"No generator for {init.GetType().Name}.", nameof(init));
        }
    }
}

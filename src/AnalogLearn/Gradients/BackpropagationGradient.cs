using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>
/// The implicit gradient of a chain of layers by substitution: Jᵀλ = −∂C/∂s is block triangular there, λ^L = ∂C/∂O^L and λ^h = A^{h+1}ᵀ (F′ ⊙ λ^{h+1}), so that no matrix is factored. The same numbers as
/// <see cref="ImplicitGradient"/>; for networks that are no chain of layers it is that one.
/// </summary>
public sealed class BackpropagationGradient : IGradientReference
{
    /// <inheritdoc/>
    public string Name => "backprop";

    /// <summary>Reads <c>backprop()</c>.</summary>
    /// <param name="arguments">The arguments; there are none.</param>
    public static BackpropagationGradient Bind(ArgumentReader arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return new();
    }

    /// <inheritdoc/>
    public GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Field is not RateField<double> field || LayeredNetwork.Of(field.Network) is not { } layers)
            return new ImplicitGradient().Gradient(problem, cancellation);
        var maps = new LayeredMaps<double>(field, layers);
        Batch<double> adjoint = problem.CostGradients();
        var post = new Batch<double>(adjoint.Rows, adjoint.Width);
        for (int h = layers.Depth; h > 1; h--)
        {
            RateBank above = layers.Bank(h), bank = layers.Bank(h - 1);
            for (int e = 0; e < adjoint.Rows; e++)
                adjoint.Row(e).Slice(above.Offset, above.Width).CopyTo(post.Row(e)[above.Offset..]);
            maps.ApplySlope(problem.State, post, h);
            maps.Backward(post, h - 1);
            for (int e = 0; e < adjoint.Rows; e++)
            {
                Span<double> own = adjoint.Row(e).Slice(bank.Offset, bank.Width);
                TensorPrimitives.Add(own, post.Row(e).Slice(bank.Offset, bank.Width), own);
            }
        }

        var leftOut = new UnusableExample?[problem.ExampleCount];
        for (int e = 0; e < leftOut.Length; e++)
            leftOut[e] = problem.IsSettled(e) ? null : new(e, Unusable.Unsettled, problem.Residuals[e]);
        for (int e = 0; e < leftOut.Length; e++)
        {
            if (leftOut[e] is not null)
                adjoint.Row(e).Clear();
        }

        return ImplicitGradient.Collect(problem, adjoint, new double[adjoint.Rows], 0, leftOut);
    }
}

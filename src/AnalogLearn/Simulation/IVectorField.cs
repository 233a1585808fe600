using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// τ ds/dt = μ(θ, x, s): what numerics sees of a network, a circuit, a recurrent layer. τ is diagonal and positive (C/g of a neuron). Where it settles, the
/// exact gradient and what a local rule does depend on μ alone; only waveforms depend on τ. The input x is held by the field; θ is a set of named
/// blocks (<see cref="ParameterLayout"/>).
/// </summary>
/// <remarks>
/// A state that stands at a rail and is pushed outward is pinned. Pinned states do not move, so the field is the projected one: μ = 0 there, the
/// Jacobian's row and column are those of −1 alone, and parameters have no effect. Every consumer is then right about pinned units by itself.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public interface IVectorField<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of states of one example.</summary>
    int StateCount { get; }

    /// <summary>The blocks of θ.</summary>
    ParameterLayout Parameters { get; }

    /// <summary>τ of each state [s].</summary>
    ReadOnlySpan<double> TimeConstants { get; }

    /// <summary>Number of examples in the batch that the field's input now holds, or 0 when any batch fits (no input).</summary>
    int ExampleCount { get; }

    /// <summary>μ(θ, x, s) [V].</summary>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="derivative">Receives μ, the same shape.</param>
    void Evaluate(Batch<T> state, Batch<T> derivative);

    /// <summary>(∂μ/∂s) u.</summary>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="direction">u, the same shape.</param>
    /// <param name="result">Receives the product, the same shape.</param>
    void ApplyJacobian(Batch<T> state, Batch<T> direction, Batch<T> result);

    /// <summary>(∂μ/∂s)ᵀ λ.</summary>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="covector">λ, the same shape.</param>
    /// <param name="result">Receives the product, the same shape.</param>
    void ApplyTransposedJacobian(Batch<T> state, Batch<T> covector, Batch<T> result);

    /// <summary>Adds Σ over examples of λᵀ ∂μ/∂θ.</summary>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="covector">λ, the same shape.</param>
    /// <param name="into">The sums, block by block.</param>
    void AccumulateParameterGradient(Batch<T> state, Batch<T> covector, ParameterSet<T> into);
}

/// <summary>A field whose parameters may be read and set.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IParametrizedField<T> : IVectorField<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The values of θ. After changing them call <see cref="ParametersChanged"/>.</summary>
    ParameterSet<T> Theta { get; }

    /// <summary>Tells the field that θ changed (weights are packed anew, tied arrays follow).</summary>
    void ParametersChanged();

    /// <summary>
    /// Reads θ's devices anew, before examples settle: what follows sees this reading, with its noise and its drift, until the next one or until parameters change. Nothing happens without devices, and as long
    /// as nobody has said which reading it is (<see cref="AnalogLearn.Synapses.SynapseHardware.Begin"/>).
    /// </summary>
    void ReadDevices()
    {
    }

    /// <summary>θ ← θ + rate · change of one block, as far as its devices can be written: inside their range, in their steps. Call <see cref="ParametersChanged"/> afterwards.</summary>
    /// <param name="block">The block's place in the layout.</param>
    /// <param name="change">The change for a rate of one.</param>
    /// <param name="rate">The rate.</param>
    void Move(int block, ReadOnlySpan<T> change, double rate) => TensorPrimitives.MultiplyAdd(change, T.CreateChecked(rate), Theta.Blocks[block], Theta.Blocks[block]);
}

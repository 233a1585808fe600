using System.Collections.Immutable;

namespace AnalogLearn.Interchange;

/// <summary>A tensor that goes into or comes out of an ONNX model.</summary>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Values">Its numbers, row-major; integers and floats are held exactly.</param>
public sealed record OnnxTensor(ImmutableArray<long> Shape, double[] Values);

/// <summary>Runs ONNX models: the seam to a real ONNX Runtime, which the library itself does not need.</summary>
public interface IOnnxRunner
{
    /// <summary>Name and version of the runtime.</summary>
    string Description { get; }

    /// <summary>Runs a model once.</summary>
    /// <param name="model">The model's bytes.</param>
    /// <param name="inputs">Every input of the model by name; floats.</param>
    /// <returns>Every output by name.</returns>
    IReadOnlyDictionary<string, OnnxTensor> Run(byte[] model, IReadOnlyDictionary<string, OnnxTensor> inputs);
}

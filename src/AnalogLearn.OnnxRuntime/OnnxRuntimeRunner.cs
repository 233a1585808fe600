using System.Collections.Immutable;
using AnalogLearn.Interchange;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AnalogLearn.OnnxRuntime;

/// <summary>Runs models in ONNX Runtime, in this process, on the CPU.</summary>
public sealed class OnnxRuntimeRunner : IOnnxRunner
{
    /// <summary>Threads within one operator; 0 leaves the choice to the runtime.</summary>
    public int ThreadCount { get; init; }

    /// <inheritdoc/>
    public string Description => $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    /// <inheritdoc/>
    /// <exception cref="OnnxRuntimeException">The runtime does not accept the model or its inputs.</exception>
    public IReadOnlyDictionary<string, OnnxTensor> Run(byte[] model, IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = ThreadCount };
        using var session = new InferenceSession(model, options);
        List<NamedOnnxValue> feeds = [.. inputs.Select(input => NamedOnnxValue.CreateFromTensor(input.Key, ToTensor(input.Value)))];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(feeds);
        return results.ToDictionary(result => result.Name, FromValue, StringComparer.Ordinal);
    }

    private static DenseTensor<float> ToTensor(OnnxTensor tensor)
    {
        int[] shape = [.. tensor.Shape.Select(n => checked((int)n))];
        return new DenseTensor<float>(Array.ConvertAll(tensor.Values, v => (float)v), shape);
    }

    private static OnnxTensor FromValue(DisposableNamedOnnxValue value) => value.ElementType switch
    {
        TensorElementType.Float => Convert(value.AsTensor<float>(), v => v),
        TensorElementType.Double => Convert(value.AsTensor<double>(), v => v),
        TensorElementType.Int64 => Convert(value.AsTensor<long>(), v => v),
        _ => throw new NotSupportedException($"The output {value.Name} holds elements of type {value.ElementType}."),
    };

    private static OnnxTensor Convert<T>(Tensor<T> tensor, Func<T, double> toDouble)
    {
        ImmutableArray<long> shape = [.. tensor.Dimensions.ToArray().Select(n => (long)n)];
        return new OnnxTensor(shape, [.. tensor.Select(toDouble)]);
    }
}

#if WITH_ONNXRUNTIME
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.OnnxRuntime;

namespace AnalogLearn.Tests.Interchange;

/// <summary>The runtime in process (built only with <c>-p:WithOnnxRuntime=true</c>).</summary>
public class OnnxRuntimeRunnerTests
{
    [Fact]
    public void A_model_file_is_verified_in_process()
    {
        string path = Path.Combine(Path.GetTempPath(), $"analoglearn-{Guid.NewGuid():N}.onnx");
        try
        {
            for (int seed = 0; seed < 12; seed++)
            {
                RandomNetwork drawn = RandomNetwork.Draw(seed, examples: 4);
                var diagnostics = new DiagnosticBag();
                using (FileStream file = File.Create(path))
                    Assert.True(OnnxExport.Write(drawn.Circuit, drawn.Parameters.To<float>(), new OnnxExportOptions { Tolerance = 1e-6, MaximumSteps = 3000 }, file, diagnostics));
                Dictionary<string, Batch<float>> inputs = drawn.FloatInputs();
                OnnxVerification? report = OnnxVerification.Run(path, inputs, new OnnxRuntimeRunner(), diagnostics);
                Assert.Empty(diagnostics);
                Assert.StartsWith("ONNX Runtime 1.", report!.Runtime, StringComparison.Ordinal);
                Assert.Equal(4, report.ExampleCount);
                Assert.True(report.LargestDifference < 1e-5, $"{report}");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
#endif

using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogLearn.Interchange;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Interchange;

/// <summary>
/// The real ONNX Runtime, as the npm package onnxruntime-node (its archive holds the binaries of all platforms, so no install script needs to run).
/// It is installed once, into the folder of the tests' output.
/// </summary>
internal static class OnnxRuntimeNode
{
    private static readonly Lazy<string?> Installation = new(Install);

    private static string Source => Path.Combine(AppContext.BaseDirectory, "Onnx");

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "onnxruntime-node");

    /// <summary>Why it cannot be used here, or null when it can.</summary>
    public static string? Missing => Installation.Value;

    /// <summary>Runs many models in one process.</summary>
    /// <returns>The runtime's version, and the outputs of each model by name.</returns>
    public static (string Version, List<Dictionary<string, OnnxTensor>> Results) Run(IReadOnlyList<(byte[] Model, IReadOnlyDictionary<string, Batch<float>> Inputs)> jobs)
    {
        string work = Directory.CreateTempSubdirectory("analoglearn-onnx-").FullName;
        try
        {
            var list = new JsonArray();
            for (int k = 0; k < jobs.Count; k++)
            {
                string path = Path.Combine(work, $"{k}.onnx");
                File.WriteAllBytes(path, jobs[k].Model);
                var inputs = new JsonObject();
                foreach ((string name, Batch<float> values) in jobs[k].Inputs)
                {
                    inputs[name] = new JsonObject
                    {
                        ["shape"] = new JsonArray(values.Rows, values.Width),
                        ["data"] = Convert.ToBase64String(MemoryMarshal.AsBytes(values.Span)),
                    };
                }

                list.Add(new JsonObject { ["model"] = path, ["inputs"] = inputs });
            }

            string jobsPath = Path.Combine(work, "jobs.json");
            string resultsPath = Path.Combine(work, "results.json");
            File.WriteAllText(jobsPath, list.ToJsonString());
            (int status, string output) = Programs.Run(Programs.Find("node")!, Folder, TimeSpan.FromMinutes(2), "run-models.cjs", jobsPath, resultsPath);
            Assert.True(status == 0, $"node ended with status {status}: {output}");

            using var results = JsonDocument.Parse(File.ReadAllBytes(resultsPath));
            return (results.RootElement.GetProperty("runtime").GetString()!, [.. results.RootElement.GetProperty("results").EnumerateArray().Select(Read)]);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static Dictionary<string, OnnxTensor> Read(JsonElement result)
    {
        if (result.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String)
            Assert.Fail($"ONNX Runtime: {error.GetString()}");
        var tensors = new Dictionary<string, OnnxTensor>();
        foreach (JsonProperty output in result.EnumerateObject())
        {
            ImmutableArray<long> shape = [.. output.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            byte[] bytes = output.Value.GetProperty("data").GetBytesFromBase64();
            double[] values = output.Value.GetProperty("type").GetString() == "int64"
                ? [.. MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(v => (double)v)]
                : [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)];
            tensors[output.Name] = new OnnxTensor(shape, values);
        }

        return tensors;
    }

    private static string? Install()
    {
        if (Programs.Find("node") is null)
            return "Node.js (node) is not on the path, so exported models were not run in ONNX Runtime.";
        if (Programs.Find("npm") is not { } npm)
            return "npm is not on the path, so ONNX Runtime could not be installed and exported models were not run in it.";
        Directory.CreateDirectory(Folder);
        string wanted = File.ReadAllText(Path.Combine(Source, "package.json"));
        File.Copy(Path.Combine(Source, "run-models.cjs"), Path.Combine(Folder, "run-models.cjs"), overwrite: true);
        string mark = Path.Combine(Folder, "installed.json");
        if (File.Exists(mark) && File.ReadAllText(mark) == wanted)
            return null;
        File.WriteAllText(Path.Combine(Folder, "package.json"), wanted);
        (int status, string output) = Programs.Run(npm, Folder, TimeSpan.FromMinutes(3), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline");
        if (status == 0)
            (status, output) = Programs.Run(Programs.Find("node")!, Folder, TimeSpan.FromMinutes(1), "-e", "require('onnxruntime-node')");
        if (status != 0)
            return $"ONNX Runtime could not be installed with npm (status {status}), so exported models were not run in it: {output.Trim()}";
        File.WriteAllText(mark, wanted);
        return null;
    }
}

/// <summary>A test that runs models in the real ONNX Runtime; skipped, saying why, where Node.js or the package cannot be had.</summary>
internal sealed class OnnxRuntimeFactAttribute : FactAttribute
{
    public OnnxRuntimeFactAttribute() => Skip = OnnxRuntimeNode.Missing;
}

namespace AnalogLearn.Tests.Data;

/// <summary>A test on files of a public data set; it is skipped, and says so, where ANALOGLEARN_DATA does not lead to them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute(string set)
    {
        string? directory = Environment.GetEnvironmentVariable("ANALOGLEARN_DATA");
        if (directory is null || !File.Exists(Path.Combine(directory, set, "t10k-labels-idx1-ubyte.gz")))
            Skip = $"ANALOGLEARN_DATA does not lead to the files of {set}: fetch them with `analoglearn data fetch {set}` and set it.";
    }
}

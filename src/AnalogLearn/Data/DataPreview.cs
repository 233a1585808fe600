using System.Globalization;
using System.Numerics.Tensors;
using System.Text;

namespace AnalogLearn.Data;

/// <summary>A data set in a terminal: how much of what, and a few examples.</summary>
public static class DataPreview
{
    private const string Ink = " .:-=+*#%@";

    /// <summary>Counts, widths, ranges and the balance of classes, a few lines.</summary>
    /// <param name="data">The data set.</param>
    /// <returns>Text that ends in a newline.</returns>
    public static string Summary(DataSet data)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{data.Name}: {data.Description}\n");
        foreach (Examples examples in (ReadOnlySpan<Examples>)[data.Train, data.Test])
        {
            string shape = examples.InputShape.Length > 1 ? $" ({string.Join('×', examples.InputShape)})" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"  {(ReferenceEquals(examples, data.Train) ? "train" : "test "),-5} {examples.Count,7} examples, ");
            text.Append(CultureInfo.InvariantCulture, $"{examples.InputWidth} inputs{shape}, {examples.TargetWidth} targets");
            if (examples.Count > 0 && examples.InputWidth > 0)
            {
                ReadOnlySpan<float> inputs = examples.Inputs;
                double mean = Mean(inputs);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"; inputs {TensorPrimitives.Min(inputs):0.###} … {TensorPrimitives.Max(inputs):0.###}, mean {mean:0.####}");
            }

            text.Append('\n');
            int[] counts = examples.ClassCounts();
            if (counts.Length > 0 && examples.Count > 0)
            {
                text.Append("        classes ");
                text.AppendJoin(
                    ", ", counts.Select((n, k) => string.Create(CultureInfo.InvariantCulture, $"{(k < examples.ClassNames.Length ? examples.ClassNames[k] : k)}: {n}")));
                text.Append('\n');
            }
        }

        foreach (DataFile file in data.Files)
        {
            text.Append(CultureInfo.InvariantCulture, $"  read {file.Path} ({file.Length} bytes, sha256 {file.Sha256[..12]}…)\n");
        }

        return text.ToString();
    }

    /// <summary>One example: a picture in letters, dark to bright as <c>" .:-=+*#%@"</c>, or its numbers.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="row">The example's number.</param>
    /// <returns>Text that ends in a newline: a heading with the class, then the picture (two letters a pixel) or the numbers.</returns>
    public static string Example(Examples examples, int row)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{examples.Name} {row}");
        if (examples.HasLabels)
        {
            int label = examples.Labels[row];
            text.Append(CultureInfo.InvariantCulture, $": {(label < examples.ClassNames.Length ? examples.ClassNames[label] : label)}");
        }

        text.Append('\n');
        ReadOnlySpan<float> input = examples.Input(row);
        if (examples.InputShape.Length < 2)
        {
            Numbers(text, "x", input);
            if (!examples.HasLabels || examples.TargetWidth == 1)
                Numbers(text, "y", examples.Target(row));
            return text.ToString();
        }

        // The first two axes are rows and columns; further ones (colours) are averaged.
        int rows = examples.InputShape[0], columns = examples.InputShape[1], depth = examples.InputWidth / Math.Max(1, rows * columns);
        float low = TensorPrimitives.Min(input), high = TensorPrimitives.Max(input);
        for (int r = 0; r < rows; r++)
        {
            var line = new StringBuilder();
            for (int c = 0; c < columns; c++)
            {
                float mean = (float)Mean(input.Slice(((r * columns) + c) * depth, depth));
                int shade = high > low ? (int)((mean - low) / (high - low) * (Ink.Length - 1) + 0.5f) : 0;
                line.Append(Ink[shade], 2);
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static void Numbers(StringBuilder text, string name, ReadOnlySpan<float> numbers)
    {
        text.Append(name).Append(" =");
        foreach (float number in numbers[..Math.Min(16, numbers.Length)])
        {
            text.Append(CultureInfo.InvariantCulture, $" {number:0.####}");
        }

        text.Append(numbers.Length > 16 ? " …\n" : "\n");
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return values.IsEmpty ? 0 : sum / values.Length;
    }
}

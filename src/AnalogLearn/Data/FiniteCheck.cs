using System.Globalization;
using System.Numerics.Tensors;

namespace AnalogLearn.Data;

/// <summary>The search for numbers that are not numbers: NaN and infinities in data.</summary>
internal static class FiniteCheck
{
    /// <summary>Reports each number that is not finite, with file, row and column counted from 1.</summary>
    /// <param name="arguments">Problems go there.</param>
    /// <param name="values">Rows of numbers.</param>
    /// <param name="width">Numbers a row.</param>
    /// <param name="place">The file, and what in it.</param>
    /// <param name="argument">The argument that it is about, or null.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Report(DataArguments arguments, ReadOnlySpan<float> values, int width, string place, string? argument)
    {
        // A sum of magnitudes is finite exactly where every term is, short of an overflow, which the slow loop then clears up.
        if (float.IsFinite(TensorPrimitives.SumOfMagnitudes(values)))
            return false;
        bool any = false;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]))
                continue;
            any = true;
            Report(arguments, values[i], i / width, i % width, place, argument);
        }

        return any;
    }

    /// <summary>Reports each number that is not finite, with file, row and column counted from 1.</summary>
    /// <param name="arguments">Problems go there.</param>
    /// <param name="values">Rows of numbers.</param>
    /// <param name="width">Numbers a row.</param>
    /// <param name="place">The file, and what in it.</param>
    /// <param name="argument">The argument that it is about, or null.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Report(DataArguments arguments, ReadOnlySpan<double> values, int width, string place, string? argument)
    {
        if (double.IsFinite(TensorPrimitives.SumOfMagnitudes(values)))
            return false;
        bool any = false;
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsFinite(values[i]))
                continue;
            any = true;
            Report(arguments, values[i], i / width, i % width, place, argument);
        }

        return any;
    }

    private static void Report(DataArguments arguments, double value, int row, int column, string place, string? argument)
    {
        string what = double.IsNaN(value) ? "NaN" : "an infinite number";
        arguments.Report(
            string.Create(CultureInfo.InvariantCulture, $"{what} in data: {place}, row {row + 1}, column {column + 1}"), "every number must be finite", argument);
    }
}

namespace AnalogLearn.Data;

/// <summary>Class labels out of target rows.</summary>
internal static class ClassLabels
{
    /// <summary>The labels of one-hot rows.</summary>
    /// <param name="targets">Rows of numbers.</param>
    /// <param name="width">Numbers a row.</param>
    /// <returns>The place of the 1 in each row; null where a row is not a single 1 among 0s or rows are one wide.</returns>
    public static int[]? OfOneHot(ReadOnlySpan<double> targets, int width)
    {
        if (width < 2)
            return null;
        var labels = new int[targets.Length / width];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = -1;
            for (int j = 0; j < width; j++)
            {
                double t = targets[(i * width) + j];
                if (t == 0)
                    continue;
                if (t != 1 || labels[i] >= 0)
                    return null;
                labels[i] = j;
            }

            if (labels[i] < 0)
                return null;
        }

        return labels;
    }
}

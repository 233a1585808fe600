namespace AnalogLearn.Circuits;

/// <summary>What random functions in expressions give on one chip.</summary>
internal interface IExpressionDraws
{
    /// <summary>The value of a random function. The same owner and occurrence always give the same value.</summary>
    /// <param name="owner">What the function stands in: an element's full name, <c>.param name</c> or <c>.model name</c>.</param>
    /// <param name="occurrence">Its number among the random functions of that owner.</param>
    /// <param name="function"><c>agauss gauss aunif unif limit</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    double Draw(string owner, int occurrence, string function, ReadOnlySpan<double> arguments);
}

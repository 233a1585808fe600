namespace AnalogLearn.Devices;

/// <summary>Numbers that a card may leave out are NaN, and every comparison with NaN is false; so these choices work lane by lane in every arithmetic.</summary>
public static class Given
{
    /// <summary>The number, or another value when it was not given.</summary>
    /// <param name="number">The number, NaN when not given.</param>
    /// <param name="otherwise">The other value.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Or<T>(T number, T otherwise)
        where T : unmanaged, IReal<T> => Is(number, number, otherwise);

    /// <summary>One value when a number was given, another when not.</summary>
    /// <param name="number">The number, NaN when not given.</param>
    /// <param name="given">The value when it was.</param>
    /// <param name="missing">The value when not.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Is<T>(T number, T given, T missing)
        where T : unmanaged, IReal<T> => T.WhereLess(number, 1e300, given, missing);
}

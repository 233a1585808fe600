namespace AnalogLearn.Devices;

/// <summary>
/// How a memristor's state x, from 0 to 1, slows down towards its bounds: none 1; Joglekar and Wolf 2009, 1 − (2x − 1)^2p; Biolek et al. 2009, 1 − (x − stp)^2p with stp the end
/// that it comes from; Prodromakis et al. 2011, j (1 − ((x − ½)² + ¾)^p). With each, the last thousandth before a bound that is being approached is a straight line to zero, so that no state leaves
/// its bounds. With Joglekar's window a state that has reached a bound stays there; that is the window's own.
/// </summary>
internal static class MemristorWindow
{
    /// <summary>The windows' names, in the order of their numbers.</summary>
    public static readonly string[] Names = ["none", "joglekar", "biolek", "prodromakis"];

    /// <summary>The factor on the rate.</summary>
    /// <param name="kind">Which window, as a number.</param>
    /// <param name="exponent">p.</param>
    /// <param name="height">j.</param>
    /// <param name="x">The state.</param>
    /// <param name="direction">Above 0 when the state grows.</param>
    public static T At<T>(T kind, T exponent, T height, T x, T direction)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T inside = Clamp(x);
        T edge = Clamp(T.WhereLess(0.0, direction, one - x, x) * 1e3);
        T joglekar = one - Power(((inside * 2.0) - one) * ((inside * 2.0) - one), exponent);
        T from = inside - T.WhereLess(0.0, direction, 0.0, one);
        T biolek = one - Power(from * from, exponent);
        T middle = inside - 0.5;
        T prodromakis = height * (one - Power((middle * middle) + 0.75, exponent));
        return edge * T.WhereLess(kind, 0.5, one, T.WhereLess(kind, 1.5, joglekar, T.WhereLess(kind, 2.5, biolek, prodromakis)));
    }

    /// <summary>0 ∨ x ∧ 1.</summary>
    public static T Clamp<T>(T x)
        where T : unmanaged, IReal<T> => RealFunctions.Min(RealFunctions.Max(x, 0.0), 1.0);

    /// <summary>xʸ of an x that may be 0.</summary>
    public static T Power<T>(T x, T y)
        where T : unmanaged, IReal<T> => T.Exp(y * T.Log(RealFunctions.Max(x, 1e-30)));

    /// <summary>sinh x, its argument kept where it is a number.</summary>
    public static T Sinh<T>(T x)
        where T : unmanaged, IReal<T>
    {
        T within = RealFunctions.Min(RealFunctions.Max(x, -200.0), 200.0);
        return (T.Exp(within) - T.Exp(-within)) * 0.5;
    }
}

namespace AnalogLearn.Devices;

/// <summary>What pn junctions of diodes and transistors have in common (SPICE3; Massobrio and Antognetti, Semiconductor Device Modeling with SPICE, chapters 1 and 2).</summary>
public static class Junction
{
    /// <summary>How many numbers <see cref="Depletion"/> makes.</summary>
    public const int DepletionCount = 6;

    /// <summary>i = Is (e^(v/nVt) − 1) above v = −3 n Vt, i = −Is (1 + (3 n Vt/(e v))³) below: ngspice's reverse branch, which meets the other one with its slope.</summary>
    /// <param name="v">Junction voltage [V].</param>
    /// <param name="saturation">Is [A].</param>
    /// <param name="thermal">n Vt [V].</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Current<T>(T v, T saturation, T thermal)
        where T : unmanaged, IReal<T>
    {
        T corner = thermal * -3.0;
        T cube = corner / (RealFunctions.Min(v, corner) * -Math.E);
        T reverse = -(saturation * (cube * cube * cube)) - saturation;
        T forward = saturation * (T.Exp(RealFunctions.Max(v, corner) / thermal) - 1.0);
        return T.WhereLess(v, corner, reverse, forward);
    }

    /// <summary>The constants of a depletion charge: C0 φ/(1 − m) · (1 − (1 − v/φ)^(1 − m)) below fc φ; above it the capacitance goes on as a straight line.</summary>
    /// <param name="capacitance">C0 at 0 V [F].</param>
    /// <param name="potential">φ [V].</param>
    /// <param name="grading">m, below 1.</param>
    /// <param name="forward">fc, below 1.</param>
    /// <param name="derived">Receives <see cref="DepletionCount"/> numbers.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static void Depletion<T>(T capacitance, T potential, T grading, T forward, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T atCorner = capacitance / T.Power(one - forward, one + grading);
        derived[0] = one / potential;
        derived[1] = one - grading;
        derived[2] = capacitance * potential / (one - grading);
        derived[3] = forward * potential;
        derived[4] = atCorner * (one - (forward * (one + grading)));
        derived[5] = atCorner * grading / (potential * 2.0);
    }

    /// <summary>The charge of <see cref="Depletion"/> [C].</summary>
    /// <param name="v">Junction voltage [V].</param>
    /// <param name="p">The constants.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T DepletionCharge<T>(T v, ReadOnlySpan<T> p)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T below = RealFunctions.Min(v, p[3]);
        T above = RealFunctions.Max(v - p[3], 0.0);
        T power = T.Exp(p[1] * T.Log(one - (below * p[0])));
        return (p[2] * (one - power)) + (above * (p[4] + (p[5] * (above + (p[3] * 2.0)))));
    }

    /// <summary>n Vt ln(n Vt/(√2 Is)): where SPICE begins to restrain a junction's voltage [V].</summary>
    /// <param name="saturation">Is [A].</param>
    /// <param name="thermal">n Vt [V].</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Critical<T>(T saturation, T thermal)
        where T : unmanaged, IReal<T> => thermal * T.Log(thermal / (saturation * Math.Sqrt(2)));

    /// <summary>SPICE's limit on the step of a junction's voltage, so that the exponential neither explodes nor hides the solution.</summary>
    /// <param name="voltage">What the iteration proposes [V]; receives what is taken.</param>
    /// <param name="previous">The voltage at which the junction was last evaluated [V].</param>
    /// <param name="thermal">n Vt [V].</param>
    /// <param name="critical">n Vt ln(n Vt/(√2 Is)) [V].</param>
    /// <returns>Whether it was changed.</returns>
    public static bool Limit(ref double voltage, double previous, double thermal, double critical)
    {
        if (voltage > critical && Math.Abs(voltage - previous) > 2 * thermal)
        {
            if (previous > 0)
            {
                double argument = (voltage - previous) / thermal;
                voltage = argument > 0 ? previous + (thermal * (2 + Math.Log(argument - 2))) : previous - (thermal * (2 + Math.Log(2 - argument)));
            }
            else
            {
                voltage = thermal * Math.Log(voltage / thermal);
            }

            return true;
        }

        if (voltage < 0)
        {
            // A reverse voltage does not fall by more than about twofold at a time.
            double floor = previous > 0 ? -1 - previous : (2 * previous) - 1;
            if (voltage < floor)
            {
                voltage = floor;
                return true;
            }
        }

        return false;
    }
}

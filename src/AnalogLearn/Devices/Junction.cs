namespace AnalogLearn.Devices;

/// <summary>What pn junctions of diodes and transistors have in common (SPICE3; Massobrio and Antognetti, Semiconductor Device Modeling with SPICE, chapters 1 and 2).</summary>
public static class Junction
{
    /// <summary>
    /// Depletion charge: C0 φ/(1 − m) · (1 − (1 − v/φ)^(1 − m)) below fc φ; above it the capacitance goes on as a straight line.
    /// </summary>
    /// <param name="v">Junction voltage [V].</param>
    /// <param name="capacitance">C0 at 0 V [F].</param>
    /// <param name="potential">φ [V].</param>
    /// <param name="grading">m, below 1.</param>
    /// <param name="corner">fc φ [V].</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T DepletionCharge<T>(T v, T capacitance, T potential, T grading, T corner)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T below = RealFunctions.Min(v, corner);
        T argument = one - (below / potential);
        T rest = one - grading;
        T left = capacitance * potential / rest * (one - T.Power(argument, rest));
        T atCorner = one - (corner / potential);
        T factor = capacitance / T.Power(atCorner, one + grading);
        T excess = RealFunctions.Max(v - corner, 0.0);
        T flat = one - (corner / potential * (one + grading));
        T right = factor * ((flat * excess) + (grading / (potential * 2.0) * (((v * v) - (corner * corner)) * T.WhereLess(corner, v, one, 0.0))));
        return left + right;
    }

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

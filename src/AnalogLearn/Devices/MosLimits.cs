namespace AnalogLearn.Devices;

/// <summary>How SPICE3 restrains the voltages of a field-effect transistor from one Newton iteration to the next (Massobrio and Antognetti, section 4.9; Nagel 1975).</summary>
internal static class MosLimits
{
    /// <summary>Restrains all of a transistor's voltages against bulk, given for an n-channel one.</summary>
    /// <param name="threshold">The threshold at the last evaluation, against the source's end [V].</param>
    /// <param name="thermal">kT/q [V].</param>
    /// <param name="critical">Where junctions begin to be restrained [V].</param>
    /// <param name="sign">1 for n channels, −1 for p channels.</param>
    /// <param name="previous">Drain, gate, source against bulk at the last evaluation.</param>
    /// <param name="u">The same as proposed; receives what is taken.</param>
    /// <returns>Whether something was changed.</returns>
    public static bool Limit(double threshold, double thermal, double critical, double sign, ReadOnlySpan<double> previous, Span<double> u)
    {
        double oldGate = sign * (previous[1] - previous[2]);
        double oldDrain = sign * (previous[0] - previous[2]);
        double oldBulk = -sign * previous[2];
        double gate = sign * (u[1] - u[2]);
        double drain = sign * (u[0] - u[2]);
        double bulk = -sign * u[2];
        double start = Math.Abs(gate) + Math.Abs(drain) + Math.Abs(bulk);
        (double gate0, double drain0, double bulk0) = (gate, drain, bulk);
        double gateDrain = gate - drain;
        if (oldDrain >= 0)
        {
            gate = Gate(gate, oldGate, threshold);
            drain = Drain(gate - gateDrain, oldDrain);
        }
        else
        {
            gateDrain = Gate(gateDrain, oldGate - oldDrain, threshold);
            drain = -Drain(-(gate - gateDrain), -oldDrain);
            gate = gateDrain + drain;
        }

        if (drain >= 0)
        {
            Junction.Limit(ref bulk, oldBulk, thermal, critical);
        }
        else
        {
            double bulkDrain = bulk - drain;
            Junction.Limit(ref bulkDrain, oldBulk - oldDrain, thermal, critical);
            bulk = bulkDrain + drain;
        }

        if (Math.Abs(gate - gate0) + Math.Abs(drain - drain0) + Math.Abs(bulk - bulk0) <= 1e-12 * start)
            return false;
        u[2] = -sign * bulk;
        u[1] = u[2] + (sign * gate);
        u[0] = u[2] + (sign * drain);
        return true;
    }

    private static double Gate(double now, double last, double threshold)
    {
        double far = Math.Abs(2 * (last - threshold)) + 2;
        double near = Math.Abs(last - threshold) + 1;
        double step = now - last;
        if (last < threshold)
        {
            if (step <= 0)
                return -step > far ? last - far : now;
            double on = threshold + 0.5;
            return now > on ? on : step > near ? last + near : now;
        }

        if (last < threshold + 3.5)
            return step <= 0 ? Math.Max(now, threshold - 0.5) : Math.Min(now, threshold + 4);
        if (step > 0)
            return step >= far ? last + far : now;
        if (now < threshold + 3.5)
            return Math.Max(now, threshold + 2);
        return -step > near ? last - near : now;
    }

    private static double Drain(double now, double last)
    {
        if (last >= 3.5)
            return now > last ? Math.Min(now, (3 * last) + 2) : now < 3.5 ? Math.Max(now, 2) : now;
        return now > last ? Math.Min(now, 4) : Math.Max(now, -0.5);
    }
}

namespace AnalogLearn.Devices;

/// <summary>
/// Silicon at a temperature T [K], as SPICE3 has it: the gap E_g(T) = 1.16 − 7.02·10⁻⁴ T²/(T + 1108) eV (Varshni 1967), and what follows from it for the potential and
/// the capacitance of a junction whose card is given at another temperature (Massobrio and Antognetti, section 1.4).
/// </summary>
internal static class Silicon
{
    private const double Reference = PhysicalConstants.NominalTemperature;
    private const double GapAtReference = 1.1150877;

    /// <summary>E_g(T) [eV].</summary>
    public static T Gap<T>(T temperature)
        where T : unmanaged, IReal<T> => (T)1.16 - ((T)7.02e-4 * temperature * temperature / (temperature + 1108.0));

    /// <summary>kT/q [V].</summary>
    public static T ThermalVoltage<T>(T temperature)
        where T : unmanaged, IReal<T> => temperature * (PhysicalConstants.Boltzmann / PhysicalConstants.ElementaryCharge);

    /// <summary>φ(T) of a potential that is given at Tnom [V].</summary>
    public static T Potential<T>(T potential, T nominal, T temperature)
        where T : unmanaged, IReal<T> => (temperature / Reference * PotentialAtReference(potential, nominal)) + Shift(temperature);

    /// <summary>The factor on a depletion capacitance that is given at Tnom.</summary>
    public static T CapacitanceFactor<T>(T potential, T grading, T nominal, T temperature)
        where T : unmanaged, IReal<T>
    {
        T atReference = PotentialAtReference(potential, nominal);
        T old = (potential - atReference) / atReference;
        T now = (Potential(potential, nominal, temperature) - atReference) / atReference;
        T one = 1.0;
        return (one + (grading * (((temperature - Reference) * 4e-4) - now))) / (one + (grading * (((nominal - Reference) * 4e-4) - old)));
    }

    private static T PotentialAtReference<T>(T potential, T nominal)
        where T : unmanaged, IReal<T> => (potential - Shift(nominal)) / (nominal / Reference);

    private static T Shift<T>(T temperature)
        where T : unmanaged, IReal<T>
    {
        T vt = ThermalVoltage(temperature);
        T gaps = (-Gap(temperature) / (vt * 2.0)) + (GapAtReference / (2 * PhysicalConstants.ThermalVoltage(Reference)));
        return vt * -2.0 * ((T.Log(temperature / Reference) * 1.5) + gaps);
    }
}

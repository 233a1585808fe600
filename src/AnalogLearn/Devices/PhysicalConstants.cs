namespace AnalogLearn.Devices;

/// <summary>The constants of physics, with the values that ngspice uses (CODATA 2014), so that results agree to the last digits that matter.</summary>
public static class PhysicalConstants
{
    /// <summary>k [J/K], CODATA 2014.</summary>
    public const double Boltzmann = 1.38064852e-23;

    /// <summary>q [C], CODATA 2014.</summary>
    public const double ElementaryCharge = 1.6021766208e-19;

    /// <summary>0 °C [K].</summary>
    public const double ZeroCelsius = 273.15;

    /// <summary>27 °C [K]: the temperature at which model cards are given, unless they say otherwise.</summary>
    public const double NominalTemperature = 300.15;

    /// <summary>Permittivity of vacuum [F/m].</summary>
    public const double VacuumPermittivity = 8.854214871e-12;

    /// <summary>Relative permittivity of silicon dioxide times the vacuum's [F/m].</summary>
    public const double OxidePermittivity = 3.9 * VacuumPermittivity;

    /// <summary>Relative permittivity of silicon times the vacuum's [F/m].</summary>
    public const double SiliconPermittivity = 11.7 * VacuumPermittivity;

    /// <summary>kT/q [V].</summary>
    /// <param name="temperature">T [K].</param>
    public static double ThermalVoltage(double temperature) => Boltzmann * temperature / ElementaryCharge;
}

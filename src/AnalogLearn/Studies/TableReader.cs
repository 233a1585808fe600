using System.Numerics;
using AnalogLearn.Interchange;

namespace AnalogLearn.Studies;

/// <summary>Finds the quantities of measures in the columns of an analysis.</summary>
/// <param name="table">The columns; the axis is the first.</param>
/// <param name="results">The results that the table belongs to.</param>
internal sealed class TableReader(WaveformTable table, RunResults results)
{
    private readonly Dictionary<string, WaveformColumn> _columns = table.Columns.DistinctBy(c => c.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A quantity at a point.</summary>
    /// <param name="request">The quantity.</param>
    /// <param name="point">The point, from 0.</param>
    /// <returns>The value, or NaN when the analysis does not give it.</returns>
    public double At(QuantityRequest request, int point)
    {
        switch (request.Name)
        {
            case "time" or "frequency" or "sweep":
                return table.Columns[0].Values[point];
            case "residual":
                return results.Kirchhoff?.Relative ?? double.NaN;
            case "steps":
                return results.Kirchhoff?.Iterations ?? double.NaN;
            case "onoise_total" or "inoise_total":
                return results.Table("noise_total")?.Column($"v({request.Name})")?.Values[0] ?? double.NaN;
            case "input_impedance" or "output_impedance":
                return table.Columns.FirstOrDefault(c => c.Name.Contains(request.Name, StringComparison.Ordinal))?.Values[point] ?? double.NaN;
            case "sens":
                return Value(SensitivityColumn(request), point, "m");
        }

        if (request.Name is "x" or "gap")
            return Value($"{request.Name}({request.Node})", point, string.Empty);
        if (!request.IsCall)
            return Value(request.Name, point, string.Empty);
        string kind = request.Name[1..];
        if (request.Name[0] == 'i')
            return Part(Complex(request.Node, 'i', point), kind);
        Complex voltage = Complex(request.Node, 'v', point) - (request.OtherNode.Length > 0 ? Complex(request.OtherNode, 'v', point) : 0);
        return Part(voltage, kind);
    }

    /// <summary>The name as ngspice has it: <c>r1</c> for the principal value, <c>r1_m</c> for a parameter of the instance, <c>d1:is</c> for one of its model card.</summary>
    private string SensitivityColumn(QuantityRequest request)
    {
        string[] names = request.OtherNode.Length == 0 ? [request.Node] : [$"{request.Node}_{request.OtherNode}", $"{request.Node}:{request.OtherNode}"];
        string principal = request.Node[(request.Node.LastIndexOf('.') + 1)..][..1];
        if (request.OtherNode is "value" or "dc" || request.OtherNode == principal)
            names = [.. names, request.Node];
        return names.Select(n => $"v({n})").FirstOrDefault(_columns.ContainsKey) ?? string.Empty;
    }

    private double Part(Complex value, string kind) => kind switch
    {
        "m" => value.Magnitude,
        "p" => value.Phase,
        "db" => 20 * Math.Log10(value.Magnitude),
        "r" => value.Real,
        "i" => value.Imaginary,
        _ => table.IsComplex ? value.Magnitude : value.Real,
    };

    private Complex Complex(string name, char letter, int point) => _columns.TryGetValue($"{letter}({name})", out WaveformColumn? column)
        ? new Complex(column.Values[point], column.Imaginary?[point] ?? 0)
        : new Complex(double.NaN, 0);

    private double Value(string name, int point, string kind) => _columns.TryGetValue(name, out WaveformColumn? column)
        ? column.Imaginary is null ? column.Values[point] : Part(new Complex(column.Values[point], column.Imaginary[point]), kind)
        : double.NaN;
}

/// <summary>How well Kirchhoff's laws hold at an operating point.</summary>
/// <param name="Relative">Largest |Σi|/Σ|i| of any row.</param>
/// <param name="Current">Largest |Σi| of any node [A].</param>
/// <param name="Iterations">Newton iterations.</param>
/// <param name="Method">How it was found: newton, gmin stepping …</param>
public sealed record KirchhoffCertificate(double Relative, double Current, int Iterations, string Method);

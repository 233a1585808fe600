using System.Globalization;
using AnalogLearn.Circuits;

namespace AnalogLearn.Variation;

/// <summary>
/// Random functions in expressions on one chip, with ngspice's meaning: agauss(p, a, n) = p + (a/n) z, gauss(p, r, n) = p (1 + (r/n) z), aunif(p, a) = p ± a uniform, unif(p, r) = p (1 ± r) uniform,
/// limit(p, a) = p + a or p − a. n is 1 when it is left out. Each occurrence has one draw per owner, the same at every use.
/// </summary>
internal sealed class ExpressionDraws(ulong seed, int chip, ChipSampling? sampling = null, IReadOnlyDictionary<(string Path, string Parameter), Draw>? recorded = null) : IExpressionDraws
{
    private readonly ChipStreams _streams = new(seed, chip, sampling);
    private readonly Dictionary<(string Owner, int Occurrence), Draw> _draws = [];

    /// <summary>What was drawn.</summary>
    public IEnumerable<Draw> Draws => _draws.OrderBy(d => d.Key.Owner, StringComparer.Ordinal).ThenBy(d => d.Key.Occurrence).Select(d => d.Value);

    /// <summary>Random functions that a file of draws does not have.</summary>
    public List<string> Missing { get; } = [];

    public double Draw(string owner, int occurrence, string function, ReadOnlySpan<double> arguments)
    {
        double nominal = arguments[0];
        if (_draws.TryGetValue((owner, occurrence), out Draw? known) && known.Nominal[0] == nominal)
            return known.Values[0];
        string parameter = string.Create(CultureInfo.InvariantCulture, $"{function}#{occurrence}");
        double sigmas = arguments.Length > 2 ? arguments[2] : 1;
        double amount = arguments.Length > 1 ? arguments[1] : 0;
        DrawLaw law = function switch
        {
            "agauss" => new(DrawShape.Normal, amount / sigmas, false),
            "gauss" => new(DrawShape.Normal, amount / sigmas, true),
            "unif" => new(DrawShape.Uniform, amount, true),
            _ => new(DrawShape.Uniform, amount, false),
        };
        double value;
        if (recorded is null)
        {
            StandardDraw draw = _streams.Expressions(owner).At((ulong)occurrence);
            value = function is "limit" && !draw.IsAbsent ? nominal + (draw.Uniform < 0.5 ? -amount : amount) : law.Apply(nominal, draw);
        }
        else if (recorded.TryGetValue((owner, parameter), out Draw? saved) && saved.Values.Length == 1)
        {
            value = saved.Values[0];
        }
        else
        {
            Missing.Add($"{parameter} of {owner}");
            value = nominal;
        }

        string text = $"{function}({string.Join(',', arguments.ToArray().Select(a => a.ToString("R", CultureInfo.InvariantCulture)))})";
        _draws[(owner, occurrence)] = new Draw(owner, parameter, text, [nominal], [value]);
        return value;
    }
}

using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Variation;

/// <summary>One reason for a parameter to differ.</summary>
/// <param name="Law">Its law.</param>
/// <param name="PerDevice">Whether each device has its own draw (DEV, area law) or all share one (LOT).</param>
/// <param name="Source"><c>lot</c>, <c>dev</c> or <c>area</c>.</param>
/// <param name="Group">The group that it follows, or null.</param>
/// <param name="Correlation">The share of the variance that comes from the group.</param>
internal sealed record VariedTerm(DrawLaw Law, bool PerDevice, string Source, string? Group, double Correlation)
{
    public static VariedTerm Of(ParameterSpread spread) => new(DrawLaw.Of(spread), spread.PerDevice, spread.PerDevice ? "dev" : "lot", spread.Group, spread.Correlation);

    public override string ToString() =>
        (Source is "area" ? "sigma=" : Source.ToUpperInvariant() + "=") + Law + (Group is null ? string.Empty : "/group:" + Group)
        + (Group is null || Correlation >= 1 ? string.Empty : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/rho:{Correlation:R}"));
}

/// <summary>
/// One parameter of one element that differs from chip to chip: its nominal values, and the laws that make others of them, one after the other (lot first, then device).
/// </summary>
internal sealed record Varied
{
    /// <summary>The element's full name.</summary>
    public required string Path { get; init; }

    /// <summary>The parameter, with the sign of the device in a synapse array's pairs.</summary>
    public required string Parameter { get; init; }

    /// <summary>What the devices are called that its draws are shared with in a group; the element's path, with the sign of the devices of a pair.</summary>
    public string DevicePath { get => field ?? Path; init; }

    /// <summary>What LOT belongs to: the model, or a line without one.</summary>
    public required string Lot { get; init; }

    /// <summary>The parameter's name in LOT draws, without sign.</summary>
    public required string LotParameter { get; init; }

    /// <summary>The nominal value: one for all devices, or one each.</summary>
    public required ImmutableArray<double> Nominal { get; init; }

    /// <summary>How many devices, and which draw is whose.</summary>
    public required int Count { get; init; }

    /// <summary>The number of a device's draw, or null for its own number.</summary>
    public Func<int, ulong>? Key { get; init; }

    /// <summary>The laws.</summary>
    public required ImmutableArray<VariedTerm> Terms { get; init; }

    /// <summary>Draws a device's value where no law of spreads does: of the chip's streams and the device's number, the value. Or null.</summary>
    public Func<ChipStreams, ulong, double>? Own { get; init; }

    /// <summary>How <see cref="Own"/> is told.</summary>
    public string OwnLaw { get; init; } = string.Empty;

    /// <summary>Whether a value of another sign than the nominal one, or zero, is no device.</summary>
    public bool KeepsSign { get; init; }

    /// <summary>Where the spread stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The laws as a deck writes them.</summary>
    public string Law => Own is null ? string.Join(' ', Terms) : OwnLaw;

    /// <summary>The nominal value of a device.</summary>
    public double NominalOf(int k) => Nominal[Nominal.Length == 1 ? 0 : k];

    /// <summary>The values on a chip, one a device, or one for all when nothing differs from device to device.</summary>
    public double[] Draw(in ChipStreams streams)
    {
        if (Own is not null)
        {
            var own = new double[Count];
            bool isDrawn = streams.Draws(Terms[0], this);
            for (int k = 0; k < own.Length; k++)
                own[k] = isDrawn ? Own(streams, Key is null ? (ulong)k : Key(k)) : NominalOf(k);
            return own;
        }

        int count = Terms.Any(t => t.PerDevice) ? Count : Nominal.Length;
        var values = new double[count];
        for (int k = 0; k < count; k++)
            values[k] = NominalOf(k);
        foreach (VariedTerm term in Terms)
        {
            if (!streams.Draws(term, this))
                continue;
            bool hasOwn = term.Group is null || term.Correlation < 1;
            if (!term.PerDevice)
            {
                StandardDraw draw = hasOwn ? streams.Lot(Lot, LotParameter).At(0) : default;
                if (term.Group is { } group)
                    draw = StandardDraw.Follow(streams.LotGroup(group).At(0), draw, term.Correlation);
                for (int k = 0; k < count; k++)
                    values[k] = term.Law.Apply(values[k], draw);
                continue;
            }

            DrawStream own = hasOwn ? streams.Devices(Path, Parameter, term.Source, Lot, LotParameter) : default;
            DrawStream shared = term.Group is null ? default : streams.DeviceGroup(DevicePath, term.Group);
            for (int k = 0; k < count; k++)
            {
                ulong key = Key is null ? (ulong)k : Key(k);
                StandardDraw draw = hasOwn ? own.At(key) : default;
                if (term.Group is not null)
                    draw = StandardDraw.Follow(shared.At(key), draw, term.Correlation);
                values[k] = term.Law.Apply(values[k], draw);
            }
        }

        return values;
    }
}

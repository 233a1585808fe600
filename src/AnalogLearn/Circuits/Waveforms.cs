using System.Collections.Immutable;

namespace AnalogLearn.Circuits;

/// <summary>The value of an independent source as a function of time (SPICE3 user's manual, section 3.3.9).</summary>
public abstract record Waveform
{
    /// <summary>The value at a time.</summary>
    /// <param name="time">The time [s], from 0.</param>
    public abstract double At(double time);

    /// <summary>Times within an interval at which the value or its slope jumps, in order.</summary>
    /// <param name="stop">The end of the interval, which begins at 0 [s].</param>
    public virtual IEnumerable<double> Breakpoints(double stop) => [];
}

/// <summary><c>DC value</c>, or a bare number.</summary>
/// <param name="Value">The value [V or A].</param>
public sealed record ConstantWaveform(double Value) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time) => Value;
}

/// <summary><c>PULSE(initial pulsed delay rise fall width period)</c>: a trapezium, repeated when there is a period.</summary>
/// <param name="Initial">The value outside the pulse.</param>
/// <param name="Pulsed">The value on its top.</param>
/// <param name="Delay">When the first one begins [s].</param>
/// <param name="Rise">How long it rises [s].</param>
/// <param name="Fall">How long it falls [s].</param>
/// <param name="Width">How long it stays on top [s].</param>
/// <param name="Period">From one to the next [s]; +∞ for a single one.</param>
public sealed record PulseWaveform(double Initial, double Pulsed, double Delay, double Rise, double Fall, double Width, double Period) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time)
    {
        double t = time - Delay;
        if (t <= 0)
            return Initial;
        if (double.IsFinite(Period) && Period > 0)
            t -= Period * Math.Floor(t / Period);
        if (t < Rise)
            return Initial + ((Pulsed - Initial) * t / Rise);
        t -= Rise;
        if (t <= Width)
            return Pulsed;
        t -= Width;
        return t < Fall ? Pulsed + ((Initial - Pulsed) * t / Fall) : Initial;
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Breakpoints(double stop)
    {
        double[] corners = [0, Rise, Rise + Width, Rise + Width + Fall];
        for (double start = Delay; start <= stop; start += Period)
        {
            foreach (double corner in corners)
            {
                double t = start + corner;
                if (t >= 0 && t <= stop && corner < Period)
                    yield return t;
            }

            if (!(double.IsFinite(Period) && Period > 0) || start + Period == start)
                yield break;
        }
    }
}

/// <summary><c>SIN(offset amplitude frequency delay damping phase)</c>: offset + amplitude · e^(−damping·(t−delay)) · sin(2πf(t−delay) + phase).</summary>
/// <param name="Offset">The offset.</param>
/// <param name="Amplitude">The amplitude.</param>
/// <param name="Frequency">f [Hz].</param>
/// <param name="Delay">Before it, the value at the delay is kept [s].</param>
/// <param name="Damping">[1/s].</param>
/// <param name="Phase">[°].</param>
public sealed record SineWaveform(double Offset, double Amplitude, double Frequency, double Delay, double Damping, double Phase) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time)
    {
        double t = Math.Max(0, time - Delay);
        return Offset + (Amplitude * Math.Exp(-Damping * t) * Math.Sin((2 * Math.PI * Frequency * t) + (Phase * Math.PI / 180)));
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Breakpoints(double stop) => Delay > 0 && Delay <= stop ? [Delay] : [];
}

/// <summary><c>EXP(initial pulsed riseDelay riseTau fallDelay fallTau)</c>: an exponential rise, then an exponential fall.</summary>
/// <param name="Initial">The value before.</param>
/// <param name="Pulsed">The value it rises to.</param>
/// <param name="RiseDelay">When it begins to rise [s].</param>
/// <param name="RiseTime">Time constant of the rise [s].</param>
/// <param name="FallDelay">When it begins to fall [s].</param>
/// <param name="FallTime">Time constant of the fall [s].</param>
public sealed record ExponentialWaveform(double Initial, double Pulsed, double RiseDelay, double RiseTime, double FallDelay, double FallTime) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time)
    {
        double value = Initial;
        if (time > RiseDelay)
            value += (Pulsed - Initial) * (1 - Math.Exp(-(time - RiseDelay) / RiseTime));
        if (time > FallDelay)
            value += (Initial - Pulsed) * (1 - Math.Exp(-(time - FallDelay) / FallTime));
        return value;
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Breakpoints(double stop) => new[] { RiseDelay, FallDelay }.Where(t => t > 0 && t <= stop).Order();
}

/// <summary><c>PWL(t1 v1 t2 v2 …)</c>: straight lines between points; constant before the first and behind the last.</summary>
/// <param name="Times">[s], rising.</param>
/// <param name="Values">As many values.</param>
/// <param name="RepeatFrom">When not null, the part from this time on is repeated for ever [s].</param>
/// <param name="Delay">Everything is later by this [s].</param>
public sealed record PiecewiseLinearWaveform(ImmutableArray<double> Times, ImmutableArray<double> Values, double? RepeatFrom = null, double Delay = 0) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time)
    {
        double t = time - Delay;
        if (RepeatFrom is { } from && t > Times[^1] && Times[^1] > from)
            t = from + ((t - from) % (Times[^1] - from));
        if (t <= Times[0])
            return Values[0];
        if (t >= Times[^1])
            return Values[^1];
        int k = Times.BinarySearch(t);
        if (k >= 0)
            return Values[k];
        k = ~k;
        double fraction = (t - Times[k - 1]) / (Times[k] - Times[k - 1]);
        return Values[k - 1] + (fraction * (Values[k] - Values[k - 1]));
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Breakpoints(double stop)
    {
        foreach (double t in Times)
        {
            if (t + Delay >= 0 && t + Delay <= stop)
                yield return t + Delay;
        }

        double span = RepeatFrom is { } from ? Times[^1] - from : 0;
        if (span <= 0)
            yield break;
        for (double shift = span; shift <= stop; shift += span)
        {
            foreach (double t in Times.Where(t => t > RepeatFrom))
            {
                if (t + Delay + shift <= stop)
                    yield return t + Delay + shift;
            }
        }
    }
}

/// <summary><c>SFFM(offset amplitude carrier index signal)</c>: offset + amplitude · sin(2πf_c t + index · sin(2πf_s t)).</summary>
/// <param name="Offset">The offset.</param>
/// <param name="Amplitude">The amplitude.</param>
/// <param name="Carrier">f_c [Hz].</param>
/// <param name="Index">The modulation index.</param>
/// <param name="Signal">f_s [Hz].</param>
public sealed record FrequencyModulatedWaveform(double Offset, double Amplitude, double Carrier, double Index, double Signal) : Waveform
{
    /// <inheritdoc/>
    public override double At(double time) =>
        Offset + (Amplitude * Math.Sin((2 * Math.PI * Carrier * time) + (Index * Math.Sin(2 * Math.PI * Signal * time))));
}

/// <summary><c>TRNOISE(…)</c>: random; only an engine can give it values.</summary>
/// <param name="Numbers">Its numbers as written: deviation, time step, exponent, 1/f amplitude, random telegraph amplitude, capture and emission times.</param>
public sealed record NoiseWaveform(ImmutableArray<double> Numbers) : Waveform
{
    /// <summary>The mean: 0.</summary>
    /// <param name="time">The time [s].</param>
    public override double At(double time) => 0;
}

/// <summary><c>DATA</c>: the data set gives the value.</summary>
public sealed record DataWaveform : Waveform
{
    /// <summary>0, when no example is shown.</summary>
    /// <param name="time">The time [s].</param>
    public override double At(double time) => 0;
}

/// <summary>A voltage source that clamps one node of an input bank.</summary>
/// <param name="Name">The source's name, lower case.</param>
/// <param name="Bus">The bank's bus.</param>
/// <param name="Index">The node's place in the bus, from 0.</param>
/// <param name="Waveform">Its value as a function of time [V].</param>
/// <param name="Span">Where it stands.</param>
public sealed record InputSource(string Name, Bus Bus, int Index, Waveform Waveform, Netlist.SourceSpan Span);

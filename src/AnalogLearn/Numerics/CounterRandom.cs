using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// A stream of random numbers that is a pure function of (seed, stream, k): draw k can be had directly, in any order and from
/// any thread, and no draw depends on how many others were made elsewhere.
/// </summary>
/// <remarks>
/// Draw k is 64 bits of Philox4x32-10 (<see cref="Philox"/>): the key is the seed, the counter's high half is the stream and its
/// low half is ⌊k/2⌋, whose two 64-bit halves are the draws of even and odd k. Streams are named by paths
/// (<see cref="ForPath"/>), e.g. (study seed; "chip", "12", "x1.yq", "g"). Every method without <c>At</c> consumes one draw for each
/// number it returns, whatever its kind; the methods <c>…At(k)</c> leave the position alone. All results have the same
/// bits on every platform. The struct holds its position: pass it by reference to go on with it, copy it to branch off.
/// </remarks>
public struct CounterRandom
{
    private readonly ulong _seed;
    private readonly ulong _stream;
    private ulong _position;
    private ulong _pendingOdd;
    private ulong _pendingFor; // the odd draw number whose value _pendingOdd holds; 0 is even and so means none

    /// <summary>Starts a stream at draw 0.</summary>
    /// <param name="seed">The study's seed.</param>
    /// <param name="stream">The stream's number, usually from <see cref="StableHash"/>.</param>
    public CounterRandom(ulong seed, ulong stream)
    {
        _seed = seed;
        _stream = stream;
    }

    /// <summary>The study's seed, the key of the generator.</summary>
    public readonly ulong Seed => _seed;

    /// <summary>The stream's 64-bit number.</summary>
    public readonly ulong Stream => _stream;

    /// <summary>The number of the next draw; set it to go on from a saved place.</summary>
    public ulong Position
    {
        readonly get => _position;
        set => _position = value;
    }

    /// <summary>The stream that a path names under a seed.</summary>
    /// <param name="seed">The study's seed.</param>
    /// <param name="path">The path's parts, case-sensitive; netlist names should be given in lower case.</param>
    /// <returns>The stream at draw 0.</returns>
    public static CounterRandom ForPath(ulong seed, params ReadOnlySpan<string> path) => new(seed, StableHash.OfPath(path));

    /// <summary>The stream one name further down the path, at draw 0, whatever this stream's position.</summary>
    /// <param name="name">The next part of the path.</param>
    /// <returns><c>ForPath(seed, a).Child(b)</c> equals <c>ForPath(seed, a, b)</c>.</returns>
    public readonly CounterRandom Child(string name) => new(_seed, StableHash.Combine(_stream, name));

    /// <summary>The stream of one index (an instance, a cycle, an example) below this one, at draw 0.</summary>
    /// <param name="index">The index; two indices never share a stream.</param>
    /// <returns>The stream.</returns>
    public readonly CounterRandom Child(ulong index) => new(_seed, StableHash.Combine(_stream, index));

    /// <summary>Draw k as 64 random bits.</summary>
    /// <param name="k">The draw's number.</param>
    /// <returns>Uniform over all 64-bit numbers.</returns>
    public readonly ulong UInt64At(ulong k)
    {
        Philox.Block(_seed, k >> 1, _stream, out ulong even, out ulong odd);
        return (k & 1) == 0 ? even : odd;
    }

    /// <summary>Draw k as a number in [0, 1).</summary>
    /// <param name="k">The draw's number.</param>
    /// <returns>A multiple of 2⁻⁵³.</returns>
    public readonly double UniformAt(ulong k) => ToUniform(UInt64At(k));

    /// <summary>Draw k as a standard normal number.</summary>
    /// <param name="k">The draw's number.</param>
    /// <returns>Mean 0, variance 1, |z| ≤ 8.3.</returns>
    public readonly double NormalAt(ulong k) => ToNormal(UInt64At(k));

    /// <summary>The next 64 random bits.</summary>
    /// <returns>Uniform over all 64-bit numbers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong k = _position++;
        if ((k & 1) != 0 && _pendingFor == k)
        {
            return _pendingOdd;
        }

        Philox.Block(_seed, k >> 1, _stream, out ulong even, out ulong odd);
        if ((k & 1) != 0)
        {
            return odd;
        }

        _pendingOdd = odd;
        _pendingFor = k + 1;
        return even;
    }

    /// <summary>The next 32 random bits (the high half of the next draw).</summary>
    /// <returns>Uniform over all 32-bit numbers.</returns>
    public uint NextUInt32() => (uint)(NextUInt64() >> 32);

    /// <summary>The next number in [0, 1).</summary>
    /// <returns>A multiple of 2⁻⁵³.</returns>
    public double Uniform() => ToUniform(NextUInt64());

    /// <summary>The next number, uniform between two bounds.</summary>
    /// <param name="low">Lower bound, reached.</param>
    /// <param name="high">Upper bound.</param>
    /// <returns>low + (high − low)·u with u in [0, 1).</returns>
    public double Uniform(double low, double high) => low + (high - low) * Uniform();

    /// <summary>The next standard normal number, by the inverse distribution function.</summary>
    /// <returns>Mean 0, variance 1, |z| ≤ 8.3.</returns>
    public double Normal() => ToNormal(NextUInt64());

    /// <summary>The next normal number of a given mean and standard deviation.</summary>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <returns>mean + deviation·z.</returns>
    public double Normal(double mean, double deviation) => mean + deviation * Normal();

    /// <summary>The next integer in [0, bound).</summary>
    /// <param name="bound">Exclusive upper bound, at least 1.</param>
    /// <returns>⌊bound·u⌋ of 64 random bits; the bias is below bound·2⁻⁶⁴.</returns>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);
    }

    /// <summary>True with a given probability.</summary>
    /// <param name="probability">0 … 1.</param>
    /// <returns>Whether the next uniform number lies below it.</returns>
    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>Fills a span with the next uniform numbers.</summary>
    /// <param name="into">Receives low + (high − low)·u, one draw each.</param>
    /// <param name="low">Lower bound.</param>
    /// <param name="high">Upper bound.</param>
    public void FillUniform(Span<double> into, double low = 0, double high = 1)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] = Uniform(low, high);
        }
    }

    /// <summary>Fills a span with the next normal numbers.</summary>
    /// <param name="into">Receives mean + deviation·z, one draw each.</param>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    public void FillNormal(Span<double> into, double mean = 0, double deviation = 1)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] = Normal(mean, deviation);
        }
    }

    /// <summary>Puts the entries in random order (Fisher–Yates), every order equally likely; consumes length − 1 draws.</summary>
    /// <param name="items">The entries, permuted in place.</param>
    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>64 random bits as a number in [0, 1).</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The upper 53 bits times 2⁻⁵³.</returns>
    public static double ToUniform(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>64 random bits as a standard normal number.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>Φ⁻¹((n + ½)·2⁻⁵²) with n the upper 52 bits: exactly symmetric about 0.</returns>
    public static double ToNormal(ulong bits) => NormalQuantile.At(((bits >> 12) + 0.5) * (1.0 / (1UL << 52)));
}

namespace AnalogLearn.Numerics;

/// <summary>
/// A 64-bit hash of names and numbers that is the same on every machine, run and version (unlike
/// <see cref="object.GetHashCode"/>), so that it may key a random stream or stand in a saved file.
/// </summary>
/// <remarks>
/// Text is hashed with FNV-1a (Fowler, Noll, Vo; offset 14695981039346656037, prime 1099511628211) over its UTF-16 code
/// units, low byte first. Every part ends in its length and goes through the 64-bit finaliser of MurmurHash3 (xor-shift,
/// multiply; a bijection), so that ("a", "bc") and ("ab", "c") differ and neighbouring names give unrelated bits.
/// Two different paths collide with probability 2⁻⁶⁴.
/// </remarks>
public static class StableHash
{
    private const ulong OffsetBasis = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    /// <summary>The hash of one text, case-sensitive.</summary>
    /// <param name="text">Any text, the empty one included.</param>
    /// <returns>64 bits that depend on the text alone.</returns>
    public static ulong Of(ReadOnlySpan<char> text) => Combine(0, text);

    /// <summary>The hash of a path, part by part: an element's path, a parameter, a cycle.</summary>
    /// <param name="path">The parts; their number and their borders count.</param>
    /// <returns>64 bits that depend on the parts and their order.</returns>
    public static ulong OfPath(params ReadOnlySpan<string> path)
    {
        ulong hash = 0;
        foreach (string part in path)
        {
            hash = Combine(hash, part);
        }

        return hash;
    }

    /// <summary>Continues a path's hash by one more name: <c>OfPath(a, b) == Combine(OfPath(a), b)</c>.</summary>
    /// <param name="hash">The hash of the path so far.</param>
    /// <param name="text">The next part.</param>
    /// <returns>The hash of the longer path.</returns>
    public static ulong Combine(ulong hash, ReadOnlySpan<char> text)
    {
        ulong h = OffsetBasis ^ hash;
        foreach (char c in text)
        {
            h = (h ^ (byte)c) * Prime;
            h = (h ^ (byte)(c >> 8)) * Prime;
        }

        return Mix(h ^ ((ulong)(uint)text.Length << 32));
    }

    /// <summary>Continues a path's hash by a number, such as an index or a cycle.</summary>
    /// <param name="hash">The hash of the path so far.</param>
    /// <param name="number">The next part.</param>
    /// <returns>The hash of the longer path; for one <paramref name="hash"/> two numbers never collide.</returns>
    public static ulong Combine(ulong hash, ulong number) => Mix(Mix(hash + 0x9E3779B97F4A7C15UL) ^ number);

    /// <summary>The finaliser of MurmurHash3: a bijection of 64 bits in which each input bit changes each output bit half of the time.</summary>
    /// <param name="h">Any 64 bits.</param>
    /// <returns>The mixed bits.</returns>
    public static ulong Mix(ulong h)
    {
        h ^= h >> 33;
        h *= 0xFF51AFD7ED558CCDUL;
        h ^= h >> 33;
        h *= 0xC4CEB9FE1A85EC53UL;
        h ^= h >> 33;
        return h;
    }
}

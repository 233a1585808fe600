using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AnalogLearn.Numerics;

/// <summary>
/// Philox4x32-10: a keyed bijection of 128 bits whose outputs for counters 0, 1, 2 … are a random sequence, at any place of
/// which one can start.
/// </summary>
/// <remarks>
/// One round maps (x₀, x₁, x₂, x₃) with the key (k₀, k₁) to
/// (hi(M₁x₂) ⊕ x₁ ⊕ k₀, lo(M₁x₂), hi(M₀x₀) ⊕ x₃ ⊕ k₁, lo(M₀x₀)); between rounds k₀ += W₀ and k₁ += W₁. Ten rounds.
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
/// doi:10.1145/2063384.2063405. It passes TestU01's BigCrush; it is not meant for cryptography.
/// </remarks>
public static class Philox
{
    private const uint M0 = 0xD2511F53;
    private const uint M1 = 0xCD9E8D57;
    private const uint W0 = 0x9E3779B9;
    private const uint W1 = 0xBB67AE85;

    /// <summary>Ten rounds over one counter.</summary>
    /// <param name="key">The key, k₀ in the low 32 bits.</param>
    /// <param name="counterLow">Counter words x₀ (low 32 bits) and x₁.</param>
    /// <param name="counterHigh">Counter words x₂ (low 32 bits) and x₃.</param>
    /// <param name="low">Output words 0 (low 32 bits) and 1.</param>
    /// <param name="high">Output words 2 (low 32 bits) and 3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(ulong key, ulong counterLow, ulong counterHigh, out ulong low, out ulong high)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        uint x0 = (uint)counterLow, x1 = (uint)(counterLow >> 32);
        uint x2 = (uint)counterHigh, x3 = (uint)(counterHigh >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)M0 * x0;
            ulong p1 = (ulong)M1 * x2;
            x0 = (uint)(p1 >> 32) ^ x1 ^ k0;
            x1 = (uint)p1;
            x2 = (uint)(p0 >> 32) ^ x3 ^ k1;
            x3 = (uint)p0;
            k0 += W0;
            k1 += W1;
        }

        low = x0 | ((ulong)x1 << 32);
        high = x2 | ((ulong)x3 << 32);
    }

    /// <summary>Ten rounds over consecutive counters, eight at a time where the processor can: the same bits as <see cref="Block"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="first">The low half of the first counter; it must not carry into the high half.</param>
    /// <param name="counterHigh">The high half of all counters.</param>
    /// <param name="low">Receives output words 0 and 1 of each.</param>
    /// <param name="high">Receives output words 2 and 3 of each, as many.</param>
    public static void Blocks(ulong key, ulong first, ulong counterHigh, Span<ulong> low, Span<ulong> high)
    {
        int k = 0;
        if (Avx2.IsSupported)
        {
            Vector256<ulong> steps = Vector256.Create(0UL, 1, 2, 3);
            for (; k + 8 <= low.Length; k += 8)
            {
                Vector256<ulong> a = Vector256.Create(first + (ulong)k) + steps;
                Vector256<ulong> b = a + Vector256.Create(4UL);
                EightBlocks(key, a, b, counterHigh, low.Slice(k, 8), high.Slice(k, 8));
            }
        }

        for (; k < low.Length; k++)
            Block(key, first + (ulong)k, counterHigh, out low[k], out high[k]);
    }

    /// <summary>
    /// Lanes of 64 bits hold a word each; the multiplication takes their lower halves alone, so that what stands above need not be cleared between rounds.
    /// </summary>
    private static void EightBlocks(ulong key, Vector256<ulong> a, Vector256<ulong> b, ulong counterHigh, Span<ulong> low, Span<ulong> high)
    {
        Vector256<uint> m0 = Vector256.Create((ulong)M0).AsUInt32(), m1 = Vector256.Create((ulong)M1).AsUInt32();
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        Vector256<ulong> a0 = a, a1 = a >>> 32, a2 = Vector256.Create(counterHigh), a3 = a2 >>> 32;
        Vector256<ulong> b0 = b, b1 = b >>> 32, b2 = a2, b3 = a3;
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> key0 = Vector256.Create((ulong)k0), key1 = Vector256.Create((ulong)k1);
            Vector256<ulong> p0 = Avx2.Multiply(m0, a0.AsUInt32()), p1 = Avx2.Multiply(m1, a2.AsUInt32());
            Vector256<ulong> q0 = Avx2.Multiply(m0, b0.AsUInt32()), q1 = Avx2.Multiply(m1, b2.AsUInt32());
            a0 = (p1 >>> 32) ^ a1 ^ key0;
            a1 = p1;
            a2 = (p0 >>> 32) ^ a3 ^ key1;
            a3 = p0;
            b0 = (q1 >>> 32) ^ b1 ^ key0;
            b1 = q1;
            b2 = (q0 >>> 32) ^ b3 ^ key1;
            b3 = q0;
            k0 += W0;
            k1 += W1;
        }

        Vector256<ulong> lower = Vector256.Create((ulong)uint.MaxValue);
        ((a0 & lower) | (a1 << 32)).CopyTo(low);
        ((b0 & lower) | (b1 << 32)).CopyTo(low[4..]);
        ((a2 & lower) | (a3 << 32)).CopyTo(high);
        ((b2 & lower) | (b3 << 32)).CopyTo(high[4..]);
    }
}

using System.Runtime.CompilerServices;

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
}

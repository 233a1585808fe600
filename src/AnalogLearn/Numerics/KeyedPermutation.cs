using System.Numerics;

namespace AnalogLearn.Numerics;

/// <summary>
/// A random order of 0 … n − 1 of which any one place can be had without the others: a balanced Feistel network of ten rounds over the next larger even number of bits (at least 12), walked until it is within range again
/// (Black and Rogaway 2002, DOI 10.1007/3-540-45760-7_9). Each round adds Philox's bits to one half.
/// </summary>
/// <param name="count">n.</param>
/// <param name="key">What the order belongs to.</param>
public readonly struct KeyedPermutation(ulong count, CounterRandom key)
{
    private const int Rounds = 10;

    /// <summary>Where a number goes.</summary>
    /// <param name="index">0 … n − 1.</param>
    /// <returns>0 … n − 1, another one for each index.</returns>
    public ulong At(ulong index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        int half = Math.Max(6, (64 - BitOperations.LeadingZeroCount(count - 1) + 1) / 2);
        ulong mask = (1UL << half) - 1;
        ulong x = index;
        do
        {
            ulong left = x >> half, right = x & mask;
            for (int round = 0; round < Rounds; round++)
                (left, right) = (right, left ^ (key.UInt64At(((ulong)round << half) | right) >> (64 - half)));
            x = (left << half) | right;
        }
        while (x >= count);
        return x;
    }
}

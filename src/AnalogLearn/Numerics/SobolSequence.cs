namespace AnalogLearn.Numerics;

/// <summary>
/// Sobol's low-discrepancy sequence (Sobol 1967, DOI 10.1016/0041-5553(67)90144-9) with Owen's nested uniform scrambling (Owen 1995, DOI 10.1007/978-1-4612-2552-2_19):
/// x_n = n₁v₁ ⊕ n₂v₂ ⊕ … over the bits n_k of n, v_k = m_k/2^k, m_k = 2a₁m_{k−1} ⊕ 4a₂m_{k−2} ⊕ … ⊕ 2^s m_{k−s} ⊕ m_{k−s}, with a primitive polynomial over GF(2) for each dimension (Bratley and Fox 1988,
/// DOI 10.1145/42288.214372). The first 2^k points of every dimension lie one in each of 2^k equal intervals; scrambling keeps that, makes each point uniform, and makes estimates unbiased.
/// </summary>
/// <remarks>
/// Nothing is tabulated. Polynomials are found in order of degree, then value. The initial odd numbers m_1 … m_s of a dimension are the best of <see cref="Candidates"/> pseudo-random sets with a fixed key: the one
/// whose pairs with the 24 dimensions before it have the least sum of t-values, for 2⁴, 2⁶, 2⁸ and 2¹⁰ points; of the first 32 dimensions each set also has Sobol's property A (the first bits of the first d
/// direction numbers of d dimensions have a determinant of 1). Up to <see cref="MostDimensions"/> dimensions and 2³² points.
/// </remarks>
public static class SobolSequence
{
    /// <summary>Dimensions that there are direction numbers for.</summary>
    public const int MostDimensions = 256;

    private const int Bits = 32;
    private const int Candidates = 24;
    private const int Compared = 24;
    private const ulong Key = 0x536F_626F_6C00;

    private static readonly Lock s_making = new();
    private static volatile uint[][] s_directions = [];

    /// <summary>A coordinate of a point, without scrambling.</summary>
    /// <param name="dimension">From 0.</param>
    /// <param name="point">From 0; point 0 is the origin.</param>
    /// <returns>The coordinate times 2³².</returns>
    public static uint At(int dimension, uint point)
    {
        uint[] directions = Directions(dimension + 1)[dimension];
        uint x = 0;
        for (int k = 0; point != 0; k++, point >>= 1)
        {
            if ((point & 1) != 0)
                x ^= directions[k];
        }

        return x;
    }

    /// <summary>Flips each bit by a random one that belongs to the bits before it.</summary>
    /// <param name="value">A coordinate times 2³².</param>
    /// <param name="key">The random bits of the dimension.</param>
    public static uint Scramble(uint value, in CounterRandom key)
    {
        uint flips = 0;
        for (int k = 0; k < Bits; k++)
        {
            ulong node = (1UL << k) | (k == 0 ? 0 : value >> (Bits - k));
            flips |= (uint)(key.UInt64At(node) >> 63) << (Bits - 1 - k);
        }

        return value ^ flips;
    }

    private static uint[][] Directions(int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, MostDimensions);
        uint[][] known = s_directions;
        if (known.Length >= dimensions)
            return known;
        lock (s_making)
        {
            known = s_directions;
            if (known.Length < dimensions)
            {
                // Of a few dimensions only those are made; each depends on those before it alone.
                var all = new List<uint[]>(known);
                using IEnumerator<uint> polynomials = Polynomials().Skip(Math.Max(0, all.Count - 1)).GetEnumerator();
                for (int d = all.Count; d < Math.Min(MostDimensions, Math.Max(16, dimensions)); d++)
                {
                    if (d > 0)
                        polynomials.MoveNext();
                    all.Add(d == 0 ? [.. Enumerable.Range(0, Bits).Select(k => 1u << (Bits - 1 - k))] : Best(all, polynomials.Current));
                }

                s_directions = known = [.. all];
            }
        }

        return known;
    }

    /// <summary>The primitive polynomials over GF(2), x^s + … + 1 as bits, in order of degree, then value.</summary>
    internal static IEnumerable<uint> Polynomials()
    {
        for (int degree = 1; degree < 16; degree++)
        {
            for (uint p = (1u << degree) | 1; p < 2u << degree; p += 2)
            {
                if (IsPrimitive(p, degree))
                    yield return p;
            }
        }
    }

    /// <summary>Whether x runs through all 2^s − 1 residues.</summary>
    private static bool IsPrimitive(uint polynomial, int degree)
    {
        uint x = 1;
        for (uint power = 1; power < 1u << degree; power++)
        {
            x <<= 1;
            if ((x >> degree) != 0)
                x ^= polynomial;
            if (x == 1)
                return power == (1u << degree) - 1;
        }

        return false;
    }

    private static uint[] Best(List<uint[]> before, uint polynomial)
    {
        int degree = 31 - int.LeadingZeroCount((int)polynomial);
        int d = before.Count;
        uint[]? best = null;
        int least = int.MaxValue;
        var random = CounterRandom.ForPath(Key, "direction numbers").Child((ulong)d);
        for (int candidate = 0; candidate < Candidates || (best is null && candidate < 100 * Candidates); candidate++)
        {
            var m = new ulong[Bits];
            for (int k = 0; k < degree; k++)
                m[k] = ((random.NextUInt64() >> (63 - k)) & ((1UL << (k + 1)) - 1)) | 1;
            uint[] directions = Extend(m, polynomial, degree);
            if (d < Bits && !HasPropertyA(before, directions))
                continue;
            int sum = 0;
            for (int j = Math.Max(0, d - Compared); j < d && sum < least; j++)
            {
                for (int points = 4; points <= 10; points += 2)
                    sum += QualityOfPair(before[j], directions, points);
            }

            if (sum >= least)
                continue;
            least = sum;
            best = directions;
        }

        return best!;
    }

    private static uint[] Extend(ulong[] m, uint polynomial, int degree)
    {
        for (int k = degree; k < Bits; k++)
        {
            ulong next = m[k - degree] ^ (m[k - degree] << degree);
            for (int j = 1; j < degree; j++)
            {
                if (((polynomial >> (degree - j)) & 1) != 0)
                    next ^= m[k - j] << j;
            }

            m[k] = next;
        }

        var directions = new uint[Bits];
        for (int k = 0; k < Bits; k++)
            directions[k] = (uint)(m[k] << (Bits - 1 - k));
        return directions;
    }

    /// <summary>Sobol's property A of the dimensions up to this one.</summary>
    internal static bool HasPropertyA(IReadOnlyList<uint[]> before, uint[] directions)
    {
        int n = before.Count + 1;
        Span<uint> rows = stackalloc uint[n];
        for (int d = 0; d < n; d++)
        {
            uint[] own = d < n - 1 ? before[d] : directions;
            for (int k = 0; k < n; k++)
                rows[d] |= (own[k] >> (Bits - 1)) << k;
        }

        return Rank(rows) == n;
    }

    /// <summary>t of the first 2^m points of two dimensions as a (t, m, 2)-net: every dyadic rectangle of area 2^(t−m) holds 2^t of them.</summary>
    internal static int QualityOfPair(uint[] first, uint[] second, int m)
    {
        Span<uint> rows = stackalloc uint[m];
        for (int t = 0; t < m; t++)
        {
            bool all = true;
            for (int a = 0; a <= m - t && all; a++)
            {
                for (int r = 0; r < m - t; r++)
                    rows[r] = r < a ? Row(first, r, m) : Row(second, r - a, m);
                all = Rank(rows[..(m - t)]) == m - t;
            }

            if (all)
                return t;
        }

        return m;
    }

    private static uint Row(uint[] directions, int bit, int m)
    {
        uint row = 0;
        for (int k = 0; k < m; k++)
            row |= ((directions[k] >> (Bits - 1 - bit)) & 1) << k;
        return row;
    }

    private static int Rank(Span<uint> rows)
    {
        int rank = 0;
        for (int r = 0; r < rows.Length; r++)
        {
            if (rows[r] == 0)
                continue;
            rank++;
            uint lowest = rows[r] & (uint)-(int)rows[r];
            for (int other = r + 1; other < rows.Length; other++)
            {
                if ((rows[other] & lowest) != 0)
                    rows[other] ^= rows[r];
            }
        }

        return rank;
    }

    /// <summary>The direction numbers of the first dimensions, for tests.</summary>
    internal static uint[][] Table(int dimensions) => Directions(dimensions);
}

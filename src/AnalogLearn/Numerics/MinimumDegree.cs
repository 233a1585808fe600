using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// Approximate minimum degree ordering of a symmetric pattern: eliminates again and again a variable whose row would stay about shortest, so that few new nonzeros
/// arise. The eliminated graph is kept as a quotient graph: elements (cliques of eliminated variables) and variables, with element absorption, mass elimination,
/// merging of indistinguishable variables, and dense rows put last. Postordered along the assembly tree.
/// </summary>
/// <remarks>
/// Source: P. R. Amestoy, T. A. Davis, I. S. Duff, An approximate minimum degree ordering algorithm, SIAM J. Matrix Anal. Appl. 17 (1996) 886,
/// doi:10.1137/S0895479894278952; the degree bound is its equation (2.3).
/// </remarks>
internal sealed class MinimumDegree
{
    private readonly int _n;

    // The list of object i is _lists[_start[i] .. _start[i] + _length[i]]: of a variable first _elements[i] elements, then variables; of an element its variables.
    private readonly int[] _start;
    private readonly int[] _length;
    private readonly int[] _elements;

    // Variables merged into i, itself included; 0 for what was merged or eliminated with another; negative while i belongs to the element being made.
    private readonly int[] _weight;
    private readonly int[] _degree;
    private readonly int[] _parent;
    private readonly int[] _mark;
    private readonly int[] _head;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _hashHead;
    private readonly int[] _hash;
    private readonly bool[] _isElement;
    private int[] _lists;
    private int _free;
    private int _stamp = 2;
    private int _largest;

    private MinimumDegree(int n, ReadOnlySpan<int> starts, ReadOnlySpan<int> neighbours)
    {
        _n = n;
        _start = starts[..n].ToArray();
        _length = new int[n];
        for (int i = 0; i < n; i++)
            _length[i] = starts[i + 1] - starts[i];
        _free = starts[n];
        _lists = new int[_free + (_free / 4) + n + 16];
        neighbours[.._free].CopyTo(_lists);
        _elements = new int[n];
        _weight = new int[n];
        _degree = new int[n];
        _parent = new int[n];
        _mark = new int[n];
        _head = new int[n + 1];
        _next = new int[n];
        _previous = new int[n];
        _hashHead = new int[n];
        _hash = new int[n];
        _isElement = new bool[n];
    }

    /// <summary>Orders a symmetric pattern.</summary>
    /// <param name="n">Variables.</param>
    /// <param name="starts">Where the neighbours of each variable start, and their number: n + 1 entries.</param>
    /// <param name="neighbours">Neighbours of each variable, without itself.</param>
    /// <param name="order">Receives the variable at each place.</param>
    /// <param name="counts">Receives a bound on the entries of L below the diagonal in each column of the ordered matrix.</param>
    public static void Order(int n, ReadOnlySpan<int> starts, ReadOnlySpan<int> neighbours, Span<int> order, Span<int> counts)
    {
        if (n == 0)
            return;
        new MinimumDegree(n, starts, neighbours).Run(order, counts);
    }

    private void Run(Span<int> order, Span<int> counts)
    {
        Array.Fill(_head, -1);
        Array.Fill(_hashHead, -1);
        Array.Fill(_parent, -1);
        Array.Fill(_weight, 1);
        Array.Fill(_mark, 1);
        int dense = (int)Math.Max(16, 10 * Math.Sqrt(_n));
        int deferred = 0;
        int eliminated = 0;
        for (int i = 0; i < _n; i++)
        {
            _degree[i] = _length[i];
            if (_length[i] > dense)
            {
                // Neighbours skip it from now on: its weight is 0.
                _weight[i] = 0;
                _mark[i] = 0;
                deferred++;
                eliminated++;
            }
        }

        for (int i = 0; i < _n; i++)
        {
            if (_mark[i] != 0)
                Insert(i);
        }

        var sequence = new int[_n];
        int elements = 0;
        int least = 0;
        while (eliminated < _n)
        {
            while (_head[least] < 0)
                least++;
            int pivot = _head[least];
            Unlink(pivot);
            Eliminate(pivot, ref eliminated, ref least);
            sequence[elements++] = pivot;
        }

        Place(sequence, elements, deferred, order, counts);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Eliminate(int pivot, ref int eliminated, ref int least)
    {
        if (_free + _degree[pivot] + 1 > _lists.Length)
            Compact(_degree[pivot] + 1);
        int[] lists = _lists;
        int[] weight = _weight;
        int[] mark = _mark;
        int pivots = weight[pivot];
        int pivotElements = _elements[pivot];
        eliminated += pivots;
        weight[pivot] = -pivots;
        int degree = 0;

        // The new element: neighbours of the pivot, and of every element it belongs to.
        int begin = _free;
        int end = begin;
        int listStart = _start[pivot];
        int listEnd = listStart + _length[pivot];
        for (int at = listStart; at <= listStart + pivotElements; at++)
        {
            int source = at < listStart + pivotElements ? lists[at] : pivot;
            int from = source == pivot ? at : _start[source];
            int to = source == pivot ? listEnd : from + _length[source];
            for (int p = from; p < to; p++)
            {
                int i = lists[p];
                int w = weight[i];
                if (w <= 0)
                    continue;
                degree += w;
                weight[i] = -w;
                lists[end++] = i;
                Unlink(i);
            }

            if (source != pivot)
            {
                _parent[source] = pivot;
                mark[source] = 0;
            }
        }

        _isElement[pivot] = true;
        _degree[pivot] = degree;
        _start[pivot] = begin;
        _length[pivot] = end - begin;
        mark[pivot] = 1;
        Refresh();
        int stamp = _stamp;

        // For every element e beside the new one p: mark[e] − stamp = |e \ p|.
        for (int at = begin; at < end; at++)
        {
            int i = lists[at];
            int w = -weight[i];
            int first = _start[i];
            int last = first + _elements[i];
            for (int p = first; p < last; p++)
            {
                int e = lists[p];
                int m = mark[e];
                if (m >= stamp)
                    mark[e] = m - w;
                else if (m != 0)
                    mark[e] = _degree[e] + stamp - w;
            }
        }

        // Degrees, absorbed elements, and variables that have no neighbour but the element.
        for (int at = begin; at < end; at++)
        {
            int i = lists[at];
            int first = _start[i];
            int elementEnd = first + _elements[i];
            int last = first + _length[i];
            int keep = first;
            uint hash = 0;
            int bound = 0;
            for (int p = first; p < elementEnd; p++)
            {
                int e = lists[p];
                if (mark[e] == 0)
                    continue;
                int outside = mark[e] - stamp;
                if (outside > 0)
                {
                    bound += outside;
                    lists[keep++] = e;
                    hash += (uint)e;
                }
                else
                {
                    _parent[e] = pivot;
                    mark[e] = 0;
                }
            }

            int keptElements = keep - first;
            for (int p = elementEnd; p < last; p++)
            {
                int j = lists[p];
                int w = weight[j];
                if (w <= 0)
                    continue;
                bound += w;
                lists[keep++] = j;
                hash += (uint)j;
            }

            if (bound == 0)
            {
                int w = -weight[i];
                _parent[i] = pivot;
                degree -= w;
                pivots += w;
                eliminated += w;
                weight[i] = 0;
                continue;
            }

            _degree[i] = Math.Min(_degree[i], bound);

            // The element takes the first place; there is room, because at least the pivot or an absorbed element has left the list.
            int elementsAt = first + keptElements;
            if (keep > elementsAt)
                lists[keep] = lists[elementsAt];
            if (keptElements > 0)
                lists[elementsAt] = lists[first];
            lists[first] = pivot;
            _elements[i] = keptElements + 1;
            _length[i] = keep - first + 1;
            int bucket = (int)((hash + (uint)pivot) % (uint)_n);
            _hash[i] = bucket;
            _next[i] = _hashHead[bucket];
            _hashHead[bucket] = i;
        }

        _degree[pivot] = degree;
        _largest = Math.Max(_largest, degree);
        _stamp += _largest + 1;
        MergeIndistinguishable(begin, end);

        int kept = begin;
        int left = _n - eliminated;
        for (int at = begin; at < end; at++)
        {
            int i = lists[at];
            int w = -weight[i];
            if (w <= 0)
                continue;
            weight[i] = w;
            int d = Math.Min(_degree[i] + degree - w, left - w);
            _degree[i] = d;
            Insert(i);
            least = Math.Min(least, d);
            lists[kept++] = i;
        }

        least = Math.Max(least, 0);
        weight[pivot] = pivots;
        _length[pivot] = kept - begin;
        if (kept == begin)
            mark[pivot] = 0;
        _free = kept;
    }

    /// <summary>Variables of the new element with equal lists are one from now on. Equal lists have equal sums, so only those of one bucket are compared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MergeIndistinguishable(int begin, int end)
    {
        int[] lists = _lists;
        for (int at = begin; at < end; at++)
        {
            int bucket;
            if (_weight[lists[at]] >= 0 || _hashHead[bucket = _hash[lists[at]]] < 0)
                continue;
            int i = _hashHead[bucket];
            _hashHead[bucket] = -1;
            for (; i >= 0 && _next[i] >= 0; i = _next[i])
            {
                int length = _length[i];
                int elements = _elements[i];
                int first = _start[i] + 1;
                for (int p = first; p < _start[i] + length; p++)
                    _mark[lists[p]] = _stamp;
                int before = i;
                for (int j = _next[i]; j >= 0; j = _next[j])
                {
                    bool same = _length[j] == length && _elements[j] == elements;
                    int last = _start[j] + length;
                    for (int p = _start[j] + 1; same && p < last; p++)
                        same = _mark[lists[p]] == _stamp;
                    if (same)
                    {
                        _parent[j] = i;
                        _weight[i] += _weight[j];
                        _weight[j] = 0;
                        _next[before] = _next[j];
                    }
                    else
                    {
                        before = j;
                    }
                }

                _stamp++;
            }
        }
    }

    /// <summary>Every mark starts again long before stamps overflow.</summary>
    private void Refresh()
    {
        if (_stamp < int.MaxValue - (3 * _n) - 3)
            return;
        for (int i = 0; i < _n; i++)
        {
            if (_mark[i] != 0)
                _mark[i] = 1;
        }

        _stamp = 2;
    }

    private void Insert(int i)
    {
        int d = _degree[i];
        int head = _head[d];
        if (head >= 0)
            _previous[head] = i;
        _next[i] = head;
        _previous[i] = -1;
        _head[d] = i;
    }

    private void Unlink(int i)
    {
        int next = _next[i];
        int previous = _previous[i];
        if (next >= 0)
            _previous[next] = previous;
        if (previous >= 0)
            _next[previous] = next;
        else
            _head[_degree[i]] = next;
    }

    /// <summary>Copies the lists that still live to a new array with room for one more.</summary>
    private void Compact(int room)
    {
        int live = room;
        for (int i = 0; i < _n; i++)
        {
            if (Lives(i))
                live += _length[i];
        }

        var lists = new int[live + (live / 4) + _n];
        int free = 0;
        for (int i = 0; i < _n; i++)
        {
            if (!Lives(i))
                continue;
            _lists.AsSpan(_start[i], _length[i]).CopyTo(lists.AsSpan(free));
            _start[i] = free;
            free += _length[i];
        }

        _lists = lists;
        _free = free;
    }

    private bool Lives(int i) => _isElement[i] ? _mark[i] != 0 : _weight[i] > 0;

    /// <summary>Places elements children first along the assembly tree, the largest child last, each followed by the variables eliminated with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(int[] sequence, int elements, int deferred, Span<int> order, Span<int> counts)
    {
        int[] child = _head;
        int[] sibling = _next;
        Array.Fill(child, -1);
        Array.Fill(sibling, -1);

        // Variables that were merged hang on the element that eliminated their principal one.
        int[] member = _previous;
        int[] memberHead = _hashHead;
        Array.Fill(memberHead, -1);
        for (int i = _n - 1; i >= 0; i--)
        {
            if (_isElement[i] || _parent[i] < 0)
                continue;
            int element = _parent[i];
            while (!_isElement[element])
                element = _parent[element];
            for (int j = i; !_isElement[j];)
            {
                int up = _parent[j];
                _parent[j] = element;
                j = up;
            }

            member[i] = memberHead[element];
            memberHead[element] = i;
        }

        for (int s = elements - 1; s >= 0; s--)
        {
            int e = sequence[s];
            int parent = _parent[e];
            if (parent < 0)
                continue;
            sibling[e] = child[parent];
            child[parent] = e;
        }

        for (int s = 0; s < elements; s++)
        {
            int e = sequence[s];
            int largest = -1, beforeLargest = -1, before = -1, size = -1;
            for (int c = child[e]; c >= 0; before = c, c = sibling[c])
            {
                if (_degree[c] + _weight[c] >= size)
                {
                    size = _degree[c] + _weight[c];
                    largest = c;
                    beforeLargest = before;
                }
            }

            // After the loop `before` is the last child.
            if (largest < 0 || sibling[largest] < 0)
                continue;
            if (beforeLargest < 0)
                child[e] = sibling[largest];
            else
                sibling[beforeLargest] = sibling[largest];
            sibling[before] = largest;
            sibling[largest] = -1;
        }

        int placed = 0;
        int[] path = _mark;
        for (int s = 0; s < elements; s++)
        {
            if (_parent[sequence[s]] >= 0)
                continue;
            int depth = 0;
            path[0] = sequence[s];
            while (depth >= 0)
            {
                int e = path[depth];
                if (child[e] >= 0)
                {
                    path[++depth] = child[e];
                    child[e] = sibling[child[e]];
                    continue;
                }

                depth--;
                int below = _degree[e] + _weight[e] - 1 + deferred;
                counts[placed] = below--;
                order[placed++] = e;
                for (int i = memberHead[e]; i >= 0; i = member[i])
                {
                    counts[placed] = below--;
                    order[placed++] = i;
                }
            }
        }

        for (int i = 0; i < _n; i++)
        {
            if (_isElement[i] || _parent[i] >= 0)
                continue;
            counts[placed] = _n - 1 - placed;
            order[placed++] = i;
        }
    }
}

using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public class MinimumDegreeTests
{
    [Fact]
    public void OrdersAreCompleteAndCountsBoundTheFill()
    {
        var random = new Random(6);
        for (int trial = 0; trial < 300; trial++)
        {
            int n = 1 + random.Next(60);
            var adjacent = new HashSet<int>[n];
            for (int i = 0; i < n; i++)
                adjacent[i] = [];
            int edges = random.Next(4 * n);
            for (int k = 0; k < edges; k++)
            {
                int i = random.Next(n), j = random.Next(n);
                if (i != j && adjacent[i].Add(j))
                    adjacent[j].Add(i);
            }

            int[] starts = [0, .. adjacent.Select(a => a.Count)];
            for (int i = 0; i < n; i++)
                starts[i + 1] += starts[i];
            int[] lists = [.. adjacent.SelectMany(a => a)];
            var order = new int[n];
            var counts = new int[n];
            MinimumDegree.Order(n, starts, lists, order, counts);
            Assert.Equal(Enumerable.Range(0, n), order.Order());

            // Elimination by hand.
            for (int k = 0; k < n; k++)
            {
                int pivot = order[k];
                int[] front = [.. adjacent[pivot]];
                Assert.True(counts[k] >= front.Length, $"trial {trial}, column {k}: {front.Length} entries, bound {counts[k]}");
                foreach (int i in front)
                {
                    adjacent[i].UnionWith(front);
                    adjacent[i].Remove(i);
                    adjacent[i].Remove(pivot);
                }
            }
        }
    }

    [Fact]
    public void ATreeDoesNotFill()
    {
        var random = new Random(4);
        const int n = 400;
        var adjacent = new List<int>[n];
        for (int i = 0; i < n; i++)
        {
            adjacent[i] = [];
            if (i == 0)
                continue;
            int parent = random.Next(i);
            adjacent[i].Add(parent);
            adjacent[parent].Add(i);
        }

        int[] starts = [0, .. adjacent.Select(a => a.Count)];
        for (int i = 0; i < n; i++)
            starts[i + 1] += starts[i];
        var order = new int[n];
        var counts = new int[n];
        MinimumDegree.Order(n, starts, [.. adjacent.SelectMany(a => a)], order, counts);
        Assert.Equal(n - 1, counts.Sum());
    }
}

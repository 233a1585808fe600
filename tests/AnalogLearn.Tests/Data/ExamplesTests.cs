using AnalogLearn.Data;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Data;

public sealed class ExamplesTests
{
    private static Examples Three() => new Examples("three", 3, 2, 2, [1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 1, 0], [0, 1, 0]).WithClasses(["a", "b"]);

    [Fact]
    public void Rows_heads_slices_and_selections_agree()
    {
        Examples all = Three();
        Assert.Equal([3f, 4f], all.Input(1).ToArray());
        Assert.Equal([0f, 1f], all.Target(1).ToArray());
        Assert.Equal(2, all.Head(2).Count);
        Assert.Equal(3, all.Head(99).Count);
        Assert.Equal([1f, 2f, 3f, 4f], all.Head(2).Inputs.ToArray());
        Examples last = all.Slice(1, 2);
        Assert.Equal([5f, 6f], last.Input(1).ToArray());
        Assert.Equal([1, 0], last.Labels.ToArray());
        Assert.Equal([5f, 6f, 3f, 4f], last.Select([1, 0]).Inputs.ToArray());
        Assert.Equal(["a", "b"], last.Select([1]).ClassNames.ToArray());
        Assert.Equal([2, 1], all.ClassCounts());
        Assert.Throws<ArgumentOutOfRangeException>(() => last.Slice(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => last.Select([2]));
    }

    [Fact]
    public void One_hot_rows_have_their_one_at_the_class() =>
        Assert.Equal([0f, 0, 1, 1, 0, 0, 0, 1, 0], Examples.OneHot([2, 0, 1], 3));

    [Fact]
    public void A_batch_in_double_gets_the_digits_that_the_source_gave()
    {
        Examples precise = Examples.OfDoubles("d", 2, 1, 1, [0.1, 0.2], [0.3, 0.4]);
        var x = new Batch<double>(2, 1);
        var y = new Batch<double>(2, 1);
        precise.Slice(0, 2).Gather([1, 0], x, y);
        Assert.Equal([0.2, 0.1], x.Values);
        Assert.Equal([0.4, 0.3], y.Values);
        var single = new Batch<float>(2, 1);
        precise.Gather([1, 0], single, null);
        Assert.Equal([0.2f, 0.1f], single.Values);
        precise.Select([1]).Gather([0], new Batch<double>(1, 1), y);
        Assert.Equal(0.4, y[0, 0]);

        var wide = new Batch<double>(1, 2);
        Three().Gather([2], wide, null);
        Assert.Equal([5.0, 6.0], wide.Values);
        Assert.Throws<ArgumentException>(() => Three().Gather([0], x, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => Three().Gather([3], wide, null));
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Examples("x", 2, 2, 1, new float[3], new float[2]));
        Assert.Throws<ArgumentException>(() => new Examples("x", 2, 2, 1, new float[4], new float[1]));
        Assert.Throws<ArgumentException>(() => new Examples("x", 2, 2, 1, new float[4], new float[2], [0]));
        Assert.Throws<ArgumentException>(() => Three().WithShape([3]));
    }

    [Fact]
    public void A_preview_shows_counts_and_pictures()
    {
        Examples picture = new Examples("p", 1, 4, 2, [0, 1, 0.5f, 0], [0, 1], [1]).WithShape([2, 2]).WithClasses(["a", "b"]);
        Assert.Equal("p 0: b\n  @@\n++\n", DataPreview.Example(picture, 0));
        string summary = DataPreview.Summary(new("set", picture, picture.Head(0), "Two by two."));
        Assert.Contains("1 examples, 4 inputs (2×2), 2 targets; inputs 0 … 1, mean 0.375", summary, StringComparison.Ordinal);
        Assert.Contains("classes a: 0, b: 1", summary, StringComparison.Ordinal);
        Assert.Equal("three 2: a\nx = 5 6\n", DataPreview.Example(Three(), 2));
    }

    [Fact]
    public void An_epochs_order_depends_on_seed_and_epoch_alone()
    {
        var order = new BatchOrder(7, 103);
        int[] first = order.Order.ToArray();
        order.Begin(5);
        int[] sixth = order.Order.ToArray();
        Assert.NotEqual(first, sixth);
        Assert.Equal(Enumerable.Range(0, 103), sixth.Order());

        var resumed = new BatchOrder(7, 103);
        resumed.Begin(5);
        Assert.Equal(sixth, resumed.Order.ToArray());
        Assert.NotEqual(first, new BatchOrder(8, 103).Order.ToArray());

        Assert.Equal(6, order.BatchCount(20));
        int[] joined = [.. Enumerable.Range(0, 6).SelectMany(b => order.Batch(b, 20).ToArray())];
        Assert.Equal(sixth, joined);
        Assert.Equal(3, order.Batch(5, 20).Length);
    }
}

using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Circuits;

public sealed class NameOrderTests
{
    [Fact]
    public void NumbersInNamesCountAsNumbers()
    {
        string[] names = ["ny", "n10", "n2", "nh", "n2a", "n02", "x1.n3", "x10.n1", "x2.n1", "n"];
        Assert.Equal(["n", "n02", "n2", "n2a", "n10", "nh", "ny", "x1.n3", "x2.n1", "x10.n1"], names.Order(NameOrder.Instance));
        foreach (string a in names)
        {
            foreach (string b in names)
                Assert.Equal(Math.Sign(NameOrder.Instance.Compare(a, b)), -Math.Sign(NameOrder.Instance.Compare(b, a)));
        }
    }
}

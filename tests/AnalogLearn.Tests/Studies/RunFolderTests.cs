using System.Text;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public class RunFolderTests
{
    [Fact]
    public void AFileIsWrittenWholeAndReplaced()
    {
        using var room = new TemporaryFolder();
        var folder = new RunFolder(Path.Combine(room.Path, "a", "b"));
        folder.WriteText("x.txt", "first, long");
        string path = folder.WriteText("x.txt", "second");
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal(["x.txt"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void AWriteThatFailsLeavesTheOldFileAndNothingElse()
    {
        using var room = new TemporaryFolder();
        var folder = new RunFolder(room.Path);
        folder.WriteText("x.txt", "old");
        Assert.Throws<InvalidOperationException>(() => folder.Write("x.txt", stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes("half of the n"));
            throw new InvalidOperationException("cut off");
        }));
        Assert.Equal("old", File.ReadAllText(folder.PathOf("x.txt")));
        Assert.Single(Directory.GetFiles(room.Path));
    }

    [Fact]
    public void WhatIsNotThereNeedNotBeDeleted()
    {
        using var room = new TemporaryFolder();
        new RunFolder(Path.Combine(room.Path, "never", "made")).Delete("x.txt");
        Assert.False(Directory.Exists(Path.Combine(room.Path, "never")));
    }

    [Fact]
    public void WhatAKilledProcessLeftIsRemoved()
    {
        using var room = new TemporaryFolder();
        var folder = new RunFolder(room.Path);
        File.WriteAllText(folder.PathOf(".weights.npz.123-4.part"), "half");
        File.WriteAllText(folder.PathOf("weights.npz"), "whole");
        folder.RemoveUnfinished();
        Assert.Equal(["weights.npz"], Directory.GetFiles(room.Path).Select(Path.GetFileName));
    }
}

using System.Collections.Concurrent;
using System.Globalization;

namespace AnalogLearn.Studies;

/// <summary>
/// Where the chips of a study stand that are in the midst of their training: a file for each, in a folder beside the store of its rows. A file is made when a chip has learned for longer than the interval of checkpoints, and
/// when it is interrupted; it is gone once the chip has its row. It names the study and the chip that it is of, and is good for no other.
/// </summary>
internal sealed class ChipCheckpoints
{
    private const string Ending = ".bin";

    private readonly ConcurrentDictionary<string, bool> _there = new(StringComparer.Ordinal);
    private readonly RunFolder _folder;
    private readonly string _study;

    /// <summary>The checkpoints of a study; nothing is read or written yet.</summary>
    /// <param name="folder">Their folder.</param>
    /// <param name="study">What identifies the study.</param>
    public ChipCheckpoints(RunFolder folder, string study)
    {
        _folder = folder;
        _study = study;
    }

    /// <summary>The folder of a study's checkpoints: each shard has its own, so that shards that share a run's folder leave each other's alone.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="shard">The shard.</param>
    public static RunFolder FolderOf(RunFolder run, StudyShard shard) => new(run.PathOf("training" + shard.Suffix));

    /// <summary>The folder of the checkpoints of studies that explain.</summary>
    /// <param name="run">The run's folder.</param>
    public static RunFolder FolderOfExplanations(RunFolder run) => new(run.PathOf("training-explain"));

    /// <summary>What is said when chips go on.</summary>
    /// <param name="count">How many.</param>
    public static string Describe(int count) =>
        count == 1 ? "resumed: 1 chip in training goes on from where it was" : string.Create(CultureInfo.InvariantCulture, $"resumed: {count} chips in training go on from where they were");

    /// <summary>Where a chip keeps how far its training is.</summary>
    /// <param name="key">The chip's key, a file's name without its ending.</param>
    public CheckpointStore Of(string key) => new(_folder, $"{_study} {key}", key + Ending) { Saved = () => _there[key] = true };

    /// <summary>Looks for what an earlier run of the study has left, and removes what is of no use: files of other studies and damaged ones, and those of chips that have their rows.</summary>
    /// <param name="isWanted">Whether the chip of a key is still to be done.</param>
    /// <returns>How many chips go on from where they were.</returns>
    public int TakeUp(Func<string, bool> isWanted)
    {
        if (!Directory.Exists(_folder.Path))
            return 0;
        _folder.RemoveUnfinished();
        foreach (string file in Directory.EnumerateFiles(_folder.Path, "*" + Ending))
        {
            string key = Path.GetFileNameWithoutExtension(file);
            if (isWanted(key) && Of(key).Look() == CheckpointState.Taken)
                _there[key] = true;
            else
                File.Delete(file);
        }

        RemoveFolder();
        return _there.Count;
    }

    /// <summary>A chip has its row.</summary>
    /// <param name="key">Its key.</param>
    public void Done(string key)
    {
        if (_there.TryRemove(key, out _))
            _folder.Delete(key + Ending);
    }

    /// <summary>The study has stopped.</summary>
    /// <param name="isWhole">Whether it has all its rows: then chips that were at work on more than it needs are not gone on with.</param>
    public void Close(bool isWhole)
    {
        if (isWhole)
        {
            foreach (string key in _there.Keys)
                Done(key);
        }

        RemoveFolder();
    }

    private void RemoveFolder()
    {
        if (Directory.Exists(_folder.Path) && !Directory.EnumerateFileSystemEntries(_folder.Path).Any())
            Directory.Delete(_folder.Path);
    }
}

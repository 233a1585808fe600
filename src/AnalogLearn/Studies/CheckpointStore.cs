using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Learning;

namespace AnalogLearn.Studies;

/// <summary>What a look for a checkpoint found.</summary>
public enum CheckpointState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>One of this very run; it was taken up.</summary>
    Taken,

    /// <summary>One of another deck, seed, setting, data or version.</summary>
    Stale,

    /// <summary>One that cannot be read.</summary>
    Damaged,
}

/// <summary>
/// Where an unfinished training run stands on disk. Written whole or not at all, sealed with a hash, and good only for the run whose fingerprint it carries.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="fingerprint">The run's fingerprint.</param>
/// <param name="name">The checkpoint's name in the folder.</param>
public sealed class CheckpointStore(RunFolder folder, string fingerprint, string name = CheckpointStore.FileName)
{
    /// <summary>The name of a run's checkpoint in its folder.</summary>
    public const string FileName = "checkpoint.bin";

    private const string Magic = "AnalogLearn checkpoint 1";

    /// <summary>Told when a checkpoint is there, or null.</summary>
    internal Action? Saved { get; init; }

    /// <summary>Writes where a trainer stands.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="trainer">The trainer.</param>
    public void Save<T>(Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var room = new MemoryStream();
        using (var writer = new BinaryWriter(room, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(fingerprint);
            writer.Write(typeof(T).Name);
            trainer.Save(writer);
        }

        ReadOnlySpan<byte> content = room.GetBuffer().AsSpan(0, (int)room.Length);
        byte[] seal = SHA256.HashData(content);
        folder.Write(name, stream =>
        {
            stream.Write(room.GetBuffer().AsSpan(0, (int)room.Length));
            stream.Write(seal);
        }, lasting: true);
        Saved?.Invoke();
    }

    /// <summary>Brings a trainer to where its checkpoint stands.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="trainer">A trainer at the start of its run; untouched unless the checkpoint is taken.</param>
    public CheckpointState Load<T>(Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckpointState state = Read(out BinaryReader? reader);
        using (reader)
        {
            if (state != CheckpointState.Taken)
                return state;
            if (reader!.ReadString() != typeof(T).Name)
                return CheckpointState.Stale;
            trainer.Load(reader);
            return CheckpointState.Taken;
        }
    }

    /// <summary>Whether there is a checkpoint that a trainer would take; none is touched.</summary>
    internal CheckpointState Look()
    {
        CheckpointState state = Read(out BinaryReader? reader);
        reader?.Dispose();
        return state;
    }

    private CheckpointState Read(out BinaryReader? reader)
    {
        reader = null;
        string path = folder.PathOf(name);
        if (!File.Exists(path))
            return CheckpointState.None;
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 64 || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32)).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - 32)))
            return CheckpointState.Damaged;
        reader = new BinaryReader(new MemoryStream(bytes, 0, bytes.Length - 32, writable: false), Encoding.UTF8);
        return reader.ReadString() == Magic && reader.ReadString() == fingerprint ? CheckpointState.Taken : CheckpointState.Stale;
    }

    /// <summary>Removes the checkpoint.</summary>
    public void Delete() => folder.Delete(name);
}

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
public sealed class CheckpointStore(RunFolder folder, string fingerprint)
{
    /// <summary>The checkpoint's name in the run's folder.</summary>
    public const string FileName = "checkpoint.bin";

    private const string Magic = "AnalogLearn checkpoint 1";

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
        folder.Write(FileName, stream =>
        {
            stream.Write(room.GetBuffer().AsSpan(0, (int)room.Length));
            stream.Write(seal);
        }, lasting: true);
    }

    /// <summary>Brings a trainer to where its checkpoint stands.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="trainer">A trainer at the start of its run; untouched unless the checkpoint is taken.</param>
    public CheckpointState Load<T>(Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string path = folder.PathOf(FileName);
        if (!File.Exists(path))
            return CheckpointState.None;
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 64 || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32)).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - 32)))
            return CheckpointState.Damaged;
        using var reader = new BinaryReader(new MemoryStream(bytes, 0, bytes.Length - 32, writable: false), Encoding.UTF8);
        if (reader.ReadString() != Magic || reader.ReadString() != fingerprint || reader.ReadString() != typeof(T).Name)
            return CheckpointState.Stale;
        trainer.Load(reader);
        return CheckpointState.Taken;
    }

    /// <summary>Removes the checkpoint.</summary>
    public void Delete() => folder.Delete(FileName);
}

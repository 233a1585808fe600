using System.Globalization;
using System.Text;

namespace AnalogLearn.Studies;

/// <summary>
/// The folder that a run leaves. Every file appears whole or not at all: it is written under another name and renamed, so that neither an interruption of the
/// program nor a reader ever meets half a file. What a later run goes on from is brought to the disk before, so that not even a power failure cuts it;
/// figures, tables and reports, which can be made again, are not waited for.
/// </summary>
/// <param name="path">The folder; made when the first file is written.</param>
public sealed class RunFolder(string path)
{
    private static int s_written;

    /// <summary>The folder's path.</summary>
    public string Path { get; } = path;

    /// <summary>The path of a file in it.</summary>
    /// <param name="name">The file's name, possibly with folders of its own; an absolute path stays what it is.</param>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="lasting">Whether to wait until it is on the disk.</param>
    /// <returns>The path that it now has.</returns>
    public string Write(string name, Action<Stream> write, bool lasting = false)
    {
        string target = PathOf(name);
        WriteAtomically(target, write, lasting);
        return target;
    }

    /// <summary>Writes a text file, UTF-8, lines ending as given.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <param name="text">Its content.</param>
    /// <param name="lasting">Whether to wait until it is on the disk.</param>
    /// <returns>The path that it now has.</returns>
    public string WriteText(string name, string text, bool lasting = false) => Write(name, stream => stream.Write(Encoding.UTF8.GetBytes(text)), lasting);

    /// <summary>Removes a file if it is there.</summary>
    /// <param name="name">Its name in the folder.</param>
    public void Delete(string name)
    {
        if (File.Exists(PathOf(name)))
            File.Delete(PathOf(name));
    }

    /// <summary>Writes any file whole or not at all; its folder is made when missing.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="lasting">Whether to wait until it is on the disk.</param>
    public static void WriteAtomically(string target, Action<Stream> write, bool lasting = true)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(target)) ?? ".";
        Directory.CreateDirectory(folder);
        string temporary = System.IO.Path.Combine(
            folder,
            string.Create(CultureInfo.InvariantCulture, $".{System.IO.Path.GetFileName(target)}.{Environment.ProcessId}-{Interlocked.Increment(ref s_written)}.part"));
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: lasting);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Removes what writes that were cut off have left behind.</summary>
    public void RemoveUnfinished()
    {
        if (!Directory.Exists(Path))
            return;
        foreach (string file in Directory.EnumerateFiles(Path, ".*.part"))
            File.Delete(file);
    }
}

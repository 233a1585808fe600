namespace AnalogLearn.Plots;

/// <summary>Something that writes figures to files.</summary>
public interface IFigureBackend
{
    /// <summary>A short name that users type, such as <c>svg</c>.</summary>
    string Name { get; }

    /// <summary>The file extensions that it writes, lower case with their dot; the first is its usual one.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Writes a figure.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Where to; its extension chooses among <see cref="Extensions"/>.</param>
    void Save(Figure figure, string path);
}

/// <summary>The built-in back end: scalable vector graphics, see <see cref="SvgRenderer"/>.</summary>
public sealed class SvgBackend : IFigureBackend
{
    /// <inheritdoc/>
    public string Name => "svg";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".svg"];

    /// <inheritdoc/>
    public void Save(Figure figure, string path) => SvgRenderer.Save(figure, path);
}

/// <summary>The back ends at hand. The built-in one is always there; a program adds what it was built with.</summary>
public static class FigureBackends
{
    private static readonly Lock s_gate = new();
    private static readonly List<IFigureBackend> s_all = [new SvgBackend()];

    /// <summary>All of them, the built-in one first.</summary>
    public static IReadOnlyList<IFigureBackend> All
    {
        get
        {
            lock (s_gate)
                return [.. s_all];
        }
    }

    /// <summary>Adds a back end; one of the same name is replaced.</summary>
    /// <param name="backend">The back end.</param>
    public static void Add(IFigureBackend backend)
    {
        lock (s_gate)
        {
            s_all.RemoveAll(b => string.Equals(b.Name, backend.Name, StringComparison.OrdinalIgnoreCase));
            s_all.Add(backend);
        }
    }

    /// <summary>The first back end that writes files with the path's extension, or null when there is none.</summary>
    /// <param name="path">A path or an extension with its dot.</param>
    public static IFigureBackend? For(string path)
    {
        string extension = Path.GetExtension(path);
        return All.FirstOrDefault(b => b.Extensions.Any(e => string.Equals(e, extension, StringComparison.OrdinalIgnoreCase)));
    }
}

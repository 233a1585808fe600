using System.Text;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>Writes figures into a run's folder: as SVG, and in the first format of every further back end that the program was built with.</summary>
public static class FigureFiles
{
    /// <summary>The folder of the figures in the run's folder.</summary>
    public const string Folder = "plots";

    /// <summary>Writes a figure.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="extension">One format (<c>.svg</c>, <c>.png</c>, <c>.pdf</c>), or null for the usual ones.</param>
    /// <returns>The names of the files, relative to the run's folder.</returns>
    public static IEnumerable<string> Save(RunFolder folder, Figure figure, string? extension = null)
    {
        string name = Folder + "/" + Figure.SafeName(figure.Name);
        if (extension is null or ".svg")
        {
            folder.Write(name + ".svg", stream => stream.Write(Encoding.UTF8.GetBytes(SvgRenderer.Render(figure))));
            yield return name + ".svg";
        }

        foreach (IFigureBackend backend in FigureBackends.All.Where(b => b is not SvgBackend))
        {
            string wanted = extension ?? backend.Extensions[0];
            if (!backend.Extensions.Contains(wanted, StringComparer.OrdinalIgnoreCase))
                continue;
            Directory.CreateDirectory(folder.PathOf(Folder));
            backend.Save(figure, folder.PathOf(name + wanted));
            yield return name + wanted;
        }
    }
}

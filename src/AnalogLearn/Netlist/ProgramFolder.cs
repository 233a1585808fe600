namespace AnalogLearn.Netlist;

/// <summary>Folders that come with the program.</summary>
internal static class ProgramFolder
{
    /// <summary>A folder beside the program that has files of a pattern, else one of that name in a folder above it, as in a checkout; null when there is none.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="pattern">What its files are called.</param>
    public static string? Find(string name, string pattern)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, name);
            if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, pattern).Any())
                return folder;
        }

        return null;
    }
}

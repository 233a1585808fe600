using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>Reads the files that a deck is made of, follows <c>.include</c> and <c>.lib</c>, and remembers what was read.</summary>
internal sealed class SourceLoader(Func<string, byte[]?> readFile, DiagnosticBag diagnostics)
{
    private const int MostIncludes = 10_000;

    private readonly Dictionary<string, SyntaxTree?> _trees = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceFile> _files = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private int _includes;

    public ImmutableArray<SourceFile> Files => [.. _order.Select(p => _files[p])];

    public int LineCount { get; private set; }

    /// <summary>Records a text that is already at hand.</summary>
    public void Remember(string path, byte[] content)
    {
        if (_files.TryAdd(path, new(path, Convert.ToHexStringLower(SHA256.HashData(content)))))
            _order.Add(path);
    }

    /// <summary>The content of a file named in a deck, relative to the file that names it; null when it cannot be read.</summary>
    public byte[]? Read(string file, SourceText from, out string path)
    {
        string? folder = Path.GetDirectoryName(from.Path);
        path = string.IsNullOrEmpty(folder) || Path.IsPathRooted(file) ? file : Path.Combine(folder, file);
        byte[]? content;
        try
        {
            content = path.Contains('\0', StringComparison.Ordinal) ? null : readFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            content = null;
        }

        if (content is null && OwnLibrary(file) is { } library && File.Exists(library))
        {
            path = library;
            content = File.ReadAllBytes(library);
        }

        if (content is not null)
            Remember(path, content);
        return content;
    }

    /// <summary>Where a file <c>devices/name.lib</c> stands among the libraries that come with the program, or null when it is not called so.</summary>
    private static string? OwnLibrary(string file)
    {
        string name = Path.GetFileName(file);
        return Path.GetExtension(name).Equals(".lib", StringComparison.OrdinalIgnoreCase) && Path.GetFileName(Path.GetDirectoryName(file)) is "devices" && ProgramFolder.Find("devices", "*.lib") is { } folder
            ? Path.Combine(folder, name)
            : null;
    }

    /// <summary>The lines with all includes and library sections put in their place.</summary>
    public List<(StatementSyntax Statement, ImmutableStack<string> Files)> Flatten(ImmutableArray<StatementSyntax> statements, ImmutableStack<string> files)
    {
        var lines = new List<(StatementSyntax, ImmutableStack<string>)>(statements.Length);
        Flatten(statements, files, lines);
        return lines;
    }

    private void Flatten(ImmutableArray<StatementSyntax> statements, ImmutableStack<string> files, List<(StatementSyntax, ImmutableStack<string>)> into)
    {
        foreach (StatementSyntax statement in statements)
        {
            switch (statement)
            {
                case LibrarySectionSyntax:
                    break;
                case IncludeSyntax include:
                    if (!include.IsBroken)
                        Include(include, files, into);
                    break;
                default:
                    into.Add((statement, files));
                    break;
            }
        }
    }

    private void Include(IncludeSyntax include, ImmutableStack<string> files, List<(StatementSyntax, ImmutableStack<string>)> into)
    {
        if (++_includes > MostIncludes)
        {
            if (_includes == MostIncludes + 1)
                diagnostics.Error(Codes.TooDeep, include.Span, $"more than {MostIncludes} files are included", "look for files that include each other");
            return;
        }

        string? section = include.Section switch
        {
            null => null,
            QuotedSyntax quoted => quoted.Text.ToLowerInvariant(),
            _ => include.Section.Span.Text.ToString().ToLowerInvariant(),
        };
        string folder = Path.GetDirectoryName(include.File.Span.Source.Path) ?? string.Empty;
        string path = Path.IsPathRooted(include.Path) ? include.Path : Path.Combine(folder, include.Path);
        string key = Key(path) + (section is null ? string.Empty : "|" + section);
        if (files.Contains(key))
        {
            IEnumerable<string> chain = files.TakeWhile(f => f != key).Append(key).Reverse().Append(key).Select(f => Path.GetFileName(f.Split('|')[0]));
            diagnostics.Error(Codes.CyclicInclude, include.File.Span, $"the file includes itself: {string.Join(" → ", chain)}", "remove one of the .include cards");
            return;
        }

        if (!_trees.TryGetValue(path, out SyntaxTree? tree))
        {
            byte[]? content = Read(include.Path, include.File.Span.Source, out string read);
            if (content is null)
            {
                diagnostics.Error(
                    Codes.MissingFile,
                    include.File.Span,
                    $"the file '{include.Path}' cannot be read",
                    $"looked for {read}{(OwnLibrary(include.Path) is { } own ? $" and {own}" : string.Empty)}; names are relative to the file that names them");
            }
            else
            {
                tree = NetlistParser.Parse(new SourceText(read, Encoding.UTF8.GetString(content)), diagnostics, hasTitle: false);
                LineCount += tree.LineCount;
            }

            _trees[path] = tree;
        }
        else if (tree is null)
        {
            diagnostics.Error(Codes.MissingFile, include.File.Span, $"the file '{include.Path}' cannot be read", "check the path, which is relative to the file that names it, and that it may be read");
        }

        if (tree is null)
            return;
        ImmutableStack<string> inner = files.Push(key);
        if (section is null)
        {
            Flatten(tree.Statements, inner, into);
            return;
        }

        bool found = false;
        foreach (LibrarySectionSyntax part in tree.Statements.OfType<LibrarySectionSyntax>())
        {
            if (!part.Name.Text.Equals(section, StringComparison.OrdinalIgnoreCase))
                continue;
            found = true;
            Flatten(part.Body, inner, into);
        }

        if (!found)
        {
            diagnostics.Error(
                Codes.MissingSection,
                include.Section!.Span,
                $"the library '{include.Path}' has no section '{section}'",
                NameSuggestion.Help(section, tree.Statements.OfType<LibrarySectionSyntax>().Select(s => s.Name.Text.ToString()), "its sections") ?? "it has no sections: use .include");
        }
    }

    /// <summary>The name under which a file stands in the chain of includes.</summary>
    public static string Key(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            return path;
        }
    }
}

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Interchange;

/// <summary>
/// A network's parameters as a NumPy archive (<c>.npz</c>): the weights of an array under its name (<c>yxh</c>), post × pre; the biases of a bank under its name
/// and <c>.bias</c> (<c>nh.bias</c>; when reading, the bare name will do), one a neuron [V]; the conductances of its devices, where they are more than weights, as <c>yxh.gplus</c> and <c>yxh.gminus</c> [S]. Written in the precision of the parameters, so that reading gives back the same bits. A
/// tied array has no entry: its weights are those of the other.
/// </summary>
public static class WeightFile
{
    private const string BiasEnding = ".bias";
    private const string PlusEnding = ".gplus";
    private const string MinusEnding = ".gminus";

    /// <summary>Writes all parameters to a stream; the same parameters give the same bytes.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="parameters">The parameters.</param>
    public static void Write<T>(Stream stream, ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => NumpyArchive.Write(stream, Entries(parameters));

    /// <summary>Writes all parameters to a file, whole or not at all.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="parameters">The parameters.</param>
    public static void Write<T>(string path, ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => NumpyArchive.WriteFile(path, Entries(parameters));

    /// <summary>Reads all parameters of a network.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="stream">A seekable stream over the archive.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="parameters">Receives the values; untouched when the file does not fit.</param>
    /// <param name="diagnostics">Receives an error for a file that is no archive and for each missing name, wrong shape or value that is not finite; a warning for each name that the network does not have.</param>
    /// <returns>Whether the file fits the network.</returns>
    public static bool Read<T>(Stream stream, string path, ParameterSet<T> parameters, DiagnosticBag diagnostics)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (NumpyArchive.TryRead(stream, out ImmutableDictionary<string, NumpyArray>? arrays, out string? problem))
            return Fill([.. arrays.OrderBy(a => a.Key, StringComparer.Ordinal)], path, parameters, diagnostics);
        diagnostics.Error("AL0740", SourceSpan.None, $"{path} cannot be read as a file of weights: {problem}");
        return false;
    }

    /// <summary>Reads all parameters of a network from a file.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="parameters">Receives the values; untouched when the file does not fit.</param>
    /// <param name="diagnostics">Receives what is wrong, as for a stream; also a file that cannot be opened.</param>
    /// <returns>Whether the file fits the network.</returns>
    public static bool Read<T>(string path, ParameterSet<T> parameters, DiagnosticBag diagnostics)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Read(stream, path, parameters, diagnostics);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            diagnostics.Error("AL0740", SourceSpan.None, $"The file of weights {path} cannot be opened: {fault.Message}");
            return false;
        }
    }

    /// <summary>
    /// Puts the devices of a network at the conductances that a file holds beside the weights (<c>yxh.gplus</c>, <c>yxh.gminus</c> [S], post × pre). Arrays without devices, and files without conductances, are left as
    /// they are. What devices carry besides (pulses so far) is in checkpoints, not here.
    /// </summary>
    /// <param name="path">A file that <see cref="Read{T}(string, ParameterSet{T}, DiagnosticBag)"/> has accepted.</param>
    /// <param name="parameters">Their devices are set; weights stay what the file said.</param>
    internal static void ReadConductances(string path, ParameterSet<double> parameters)
    {
        if (parameters.Devices is not { } devices)
            return;
        using FileStream stream = File.OpenRead(path);
        if (!NumpyArchive.TryRead(stream, out ImmutableDictionary<string, NumpyArray>? arrays, out _))
            return;
        for (int k = 0; k < parameters.Blocks.Length; k++)
        {
            if (devices[k] is not { } bank || !arrays.TryGetValue(bank.Name + PlusEnding, out NumpyArray? plus) || plus.Count != bank.Plus.Length)
                continue;
            double[] minus = arrays.TryGetValue(bank.Name + MinusEnding, out NumpyArray? other) ? other.ToDoubles() : [];
            if (minus.Length == bank.Minus.Length)
                bank.Restore(plus.ToDoubles(), minus);
        }
    }

    private static bool IsConductance(string name) => name.EndsWith(PlusEnding, StringComparison.OrdinalIgnoreCase) || name.EndsWith(MinusEnding, StringComparison.OrdinalIgnoreCase);

    private static bool Is(string name, string wanted) => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase);

    private static string NameOf(ParameterBlock block) => block.Kind == ParameterKind.Bias ? block.Name + BiasEnding : block.Name;

    private static IEnumerable<KeyValuePair<string, NumpyArray>> Entries<T>(ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < parameters.Blocks.Length; k++)
        {
            ParameterBlock block = parameters.Layout.Blocks[k];
            yield return new(NameOf(block), block.Kind == ParameterKind.Bias ? NumpyArray.Of(parameters.Blocks[k], block.Rows) : NumpyArray.Of(parameters.Blocks[k], block.Rows, block.Columns));
            if (parameters.Devices?[k] is not { } bank)
                continue;
            yield return new(bank.Name + PlusEnding, NumpyArray.Of(bank.Plus.ToArray(), block.Rows, block.Columns));
            if (!bank.Minus.IsEmpty)
                yield return new(bank.Name + MinusEnding, NumpyArray.Of(bank.Minus.ToArray(), block.Rows, block.Columns));
        }
    }

    private static bool Fill<T>(ImmutableArray<KeyValuePair<string, NumpyArray>> arrays, string path, ParameterSet<T> parameters, DiagnosticBag diagnostics)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ImmutableArray<ParameterBlock> blocks = parameters.Layout.Blocks;
        var values = new T[]?[blocks.Length];
        for (int k = 0; k < blocks.Length; k++)
        {
            ParameterBlock block = blocks[k];
            string name = NameOf(block);
            NumpyArray? array = arrays.FirstOrDefault(a => Is(a.Key, name)).Value ?? arrays.FirstOrDefault(a => Is(a.Key, block.Name)).Value;
            if (array is null)
            {
                string known = arrays.Length == 0 ? "nothing" : string.Join(", ", arrays.Select(a => a.Key));
                diagnostics.Error("AL0741", SourceSpan.None, $"{path} has no array named '{name}'; it has {known}.");
            }
            else if (!Fits(block, array, out string? hint))
            {
                string shape = string.Join(" x ", array.Shape.Select(n => n.ToString(CultureInfo.InvariantCulture)));
                string wanted = block.Kind == ParameterKind.Bias ? $"{block.Rows.ToString(CultureInfo.InvariantCulture)} numbers" : string.Create(CultureInfo.InvariantCulture, $"{block.Rows} x {block.Columns} (post x pre)");
                diagnostics.Error("AL0742", SourceSpan.None, $"'{name}' in {path} is {(shape.Length > 0 ? shape : "a single number")}, but the network needs {wanted}.", hint);
            }
            else
            {
                values[k] = Values<T>(array);
                if (System.Array.FindIndex(values[k]!, v => !T.IsFinite(v)) is >= 0 and int at)
                    diagnostics.Error("AL0743", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"'{name}' in {path} holds {values[k]![at]} at row {at / block.Columns}, column {at % block.Columns} (from 0)."));
                else
                    continue;
                values[k] = null;
            }
        }

        foreach ((string name, _) in arrays.Where(a => !IsConductance(a.Key) && !blocks.Any(b => Is(a.Key, NameOf(b)) || Is(a.Key, b.Name))))
            diagnostics.Warning("AL0744", SourceSpan.None, $"'{name}' in {path} is not used: the network has no such array or bank.");
        if (System.Array.Exists(values, v => v is null))
            return false;
        for (int k = 0; k < blocks.Length; k++)
            values[k]!.CopyTo(parameters.Blocks[k], 0);
        return true;
    }

    private static bool Fits(ParameterBlock block, NumpyArray array, [NotNullWhen(false)] out string? hint)
    {
        hint = null;
        if (block.Kind == ParameterKind.Bias ? array.Count == block.Count && array.Shape.Count(n => n != 1) <= 1 : array.Shape.SequenceEqual([block.Rows, block.Columns]))
            return true;
        hint = array.Shape.SequenceEqual([block.Columns, block.Rows]) ? "Save the transpose: rows are postsynaptic nodes, columns presynaptic ones." : "Was the file saved from a network of other widths?";
        return false;
    }

    private static T[] Values<T>(NumpyArray array)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) && array.Type == NumpyType.Float32 ? (T[])(object)array.ToSingles() : [.. array.ToDoubles().Select(T.CreateChecked)];
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using AnalogLearn.Data;

namespace AnalogLearn.Studies;

/// <summary>Data sets that several decks of one study use: the same request is answered by the same arrays, loaded once.</summary>
internal sealed class SharedData
{
    private readonly ConcurrentDictionary<string, Lazy<DataOutcome>> _loaded = new(StringComparer.Ordinal);

    /// <summary>Loads what a request asks for, or gives what was loaded for the same one.</summary>
    /// <param name="request">The request.</param>
    public DataOutcome Load(DataRequest request) => _loaded.GetOrAdd(Key(request), _ => new Lazy<DataOutcome>(() => DataSources.Load(request))).Value;

    private static string Key(DataRequest request)
    {
        var key = new StringBuilder();
        key.Append(CultureInfo.InvariantCulture, $"{request.Kind}|{request.Train}|{request.Test}|{request.InputWidth}|{request.TargetWidth}|{request.Seed}|{request.BaseDirectory}|");
        foreach (string folder in request.DataDirectories)
            key.Append(folder).Append('|');
        foreach (DataArgument argument in request.Arguments)
        {
            key.Append(argument.Name).Append('=');
            Add(key, argument.Value);
            key.Append('|');
        }

        return key.ToString();
    }

    private static void Add(StringBuilder key, DataValue value)
    {
        switch (value)
        {
            case DataNumber number:
                key.Append(number.Number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case DataText text:
                key.Append('"').Append(text.Text).Append('"');
                break;
            case DataList list:
                key.Append('[');
                foreach (DataValue item in list.Items)
                {
                    Add(key, item);
                    key.Append(',');
                }

                key.Append(']');
                break;
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>The arguments of a kind's call, bound to its parameters, with typed access; wrong ones are reported, not thrown.</summary>
public sealed class DataArguments
{
    private const int MostProblems = 20;
    private const string Train = "train", Test = "test", SeedName = "seed";

    private readonly Dictionary<string, DataValue> _values;
    private readonly ImmutableArray<DataProblem>.Builder _problems = ImmutableArray.CreateBuilder<DataProblem>();
    private int _unlisted;

    private DataArguments(DataRequest request, Dictionary<string, DataValue> values)
    {
        Request = request;
        _values = values;
    }

    /// <summary>The request, its counts and seed completed by those of the kind's call.</summary>
    public DataRequest Request { get; private set; }

    /// <summary>The data's seed.</summary>
    public ulong Seed => Request.Seed ?? 1;

    /// <summary>Whether anything was wrong so far.</summary>
    public bool HasProblems => _problems.Count > 0;

    /// <summary>Everything that was wrong so far.</summary>
    public ImmutableArray<DataProblem> Problems => _unlisted == 0
        ? _problems.ToImmutable()
        : _problems.ToImmutable().Add(new(string.Create(CultureInfo.InvariantCulture, $"and {_unlisted} more problems like these"), "correct the first ones and try again"));

    /// <summary>Binds a request's arguments to the parameters of a source. Every kind also takes <c>train</c>, <c>test</c> and <c>seed</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="source">The source.</param>
    /// <returns>The arguments, with a problem for each name that is unknown or given twice.</returns>
    public static DataArguments Bind(DataRequest request, IDataSource source)
    {
        var values = new Dictionary<string, DataValue>(StringComparer.OrdinalIgnoreCase);
        var arguments = new DataArguments(request, values);
        string[] names = [.. source.Parameters.Select(p => p.Name), Train, Test, SeedName];
        var positional = new Queue<string>(source.Parameters.Where(p => p.Positional).Select(p => p.Name));
        foreach (DataArgument argument in request.Arguments)
        {
            string? name = argument.Name;
            if (name is null && !positional.TryDequeue(out name))
            {
                arguments.Report($"'{source.Kind}' takes no further argument without a name", $"its arguments: {string.Join(", ", names)}");
                continue;
            }

            if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                string? near = NearestName.Of(name, names);
                arguments.Report(
                    $"'{source.Kind}' has no argument '{name}'", near is null ? $"its arguments: {string.Join(", ", names)}" : $"did you mean '{near}'?", name);
            }
            else if (!values.TryAdd(name, argument.Value))
            {
                arguments.Report($"argument '{name}' is given twice", "keep one of them", name);
            }
        }

        int? train = arguments.Count(Train) ?? request.Train, test = arguments.Count(Test) ?? request.Test;
        arguments.Both(Train, request.Train, train);
        arguments.Both(Test, request.Test, test);
        ulong? seed = values.ContainsKey(SeedName) ? (ulong)arguments.Integer(SeedName, 1, 0, long.MaxValue) : request.Seed;
        arguments.Request = request with { Train = train, Test = test, Seed = seed };
        return arguments;
    }

    /// <summary>Whether an argument was given.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value of an argument.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The value, or null where it was not given.</returns>
    public DataValue? Value(string name) => _values.GetValueOrDefault(name);

    /// <summary>Reports a problem. After the twentieth they are only counted.</summary>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="fix">What to do, or null.</param>
    /// <param name="argument">The argument that it is about, or null.</param>
    /// <param name="item">Which item of a nested list, outermost index first.</param>
    public void Report(string message, string? fix = null, string? argument = null, params ReadOnlySpan<int> item)
    {
        if (_problems.Count < MostProblems)
            _problems.Add(new(message, fix, argument) { Item = [.. item] });
        else
            _unlisted++;
    }

    /// <summary>A number argument.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fallback">Its value where it is not given.</param>
    /// <param name="least">Least value allowed.</param>
    /// <param name="most">Largest value allowed.</param>
    /// <returns>The number; the fallback after a problem.</returns>
    public double Number(string name, double fallback, double least = double.MinValue, double most = double.MaxValue)
    {
        if (!_values.TryGetValue(name, out DataValue? value))
            return fallback;
        if (value is not DataNumber { Number: var number })
        {
            Report($"argument '{name}' must be a number", "an expression goes in braces: {2*a}", name);
            return fallback;
        }

        if (number >= least && number <= most)
            return number;
        Report(
            string.Create(CultureInfo.InvariantCulture, $"argument '{name}' is {number}, outside its range"), Range(least, most), name);
        return fallback;
    }

    /// <summary>A whole-number argument.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fallback">Its value where it is not given.</param>
    /// <param name="least">Least value allowed.</param>
    /// <param name="most">Largest value allowed.</param>
    /// <returns>The number; the fallback after a problem.</returns>
    public long Integer(string name, long fallback, long least, long most)
    {
        double number = Number(name, fallback, least, most);
        if (number == Math.Floor(number))
            return number >= long.MaxValue ? long.MaxValue : (long)number;
        Report(string.Create(CultureInfo.InvariantCulture, $"argument '{name}' must be a whole number, not {number}"), string.Create(CultureInfo.InvariantCulture, $"write {name}={Math.Round(number)}"), name);
        return fallback;
    }

    /// <summary>A yes-or-no argument: 1, 0, yes, no, true, false, on, off.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null where it is not given, <c>auto</c>, or after a problem.</returns>
    public bool? Flag(string name)
    {
        switch (Value(name))
        {
            case null:
                return null;
            case DataNumber { Number: 0 or 1 } number:
                return number.Number == 1;
            case DataText text:
                switch (text.Text.ToLowerInvariant())
                {
                    case "yes" or "true" or "on":
                        return true;
                    case "no" or "false" or "off":
                        return false;
                    case "auto":
                        return null;
                }

                break;
        }

        Report($"argument '{name}' must be 0 or 1", $"write {name}=1 for yes, {name}=0 for no", name);
        return null;
    }

    /// <summary>A text argument.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text; null where it is not given or after a problem.</returns>
    public string? Text(string name)
    {
        switch (Value(name))
        {
            case null:
                return null;
            case DataText text:
                return text.Text;
            case DataNumber number:
                return number.Number.ToString(CultureInfo.InvariantCulture);
            default:
                Report($"argument '{name}' must be a word or a quoted text", $"write {name}=\"text\"", name);
                return null;
        }
    }

    /// <summary>A text argument out of a few words.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="words">The words allowed, lower case.</param>
    /// <returns>The word; null where it is not given or after a problem.</returns>
    public string? Word(string name, params ReadOnlySpan<string> words)
    {
        if (Text(name) is not { } text)
            return null;
        string lower = text.ToLowerInvariant();
        if (words.Contains(lower))
            return lower;
        string[] all = [.. words];
        string? near = NearestName.Of(lower, all);
        string known = string.Join(", ", all);
        Report($"argument '{name}' is '{text}', not one of {known}", near is null ? $"write {name}={all[0]}" : $"did you mean '{near}'?", name);
        return null;
    }

    /// <summary>A list of rows of numbers; a list of numbers counts as rows of one number, or as one row where <paramref name="rowWidth"/> says so.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rowWidth">The row's width where it is known from elsewhere, else 0.</param>
    /// <returns>The rows with their common width; null where it is not given or after a problem.</returns>
    public (double[] Values, int Rows, int Width)? Matrix(string name, int rowWidth = 0)
    {
        switch (Value(name))
        {
            case null:
                return null;
            case DataNumber number:
                return Finite(number.Number, name) ? ([number.Number], 1, 1) : null;
            case DataList list when list.Items.Length > 0 && list.Items.All(item => item is DataNumber):
                double[] flat = new double[list.Items.Length];
                bool good = true;
                for (int i = 0; i < flat.Length; i++)
                {
                    flat[i] = ((DataNumber)list.Items[i]).Number;
                    good &= Finite(flat[i], name, i);
                }

                if (!good)
                    return null;
                return rowWidth > 1 && flat.Length == rowWidth ? (flat, 1, rowWidth) : (flat, flat.Length, 1);
            case DataList list when list.Items.Length > 0:
                return Rows(list, name);
            default:
                Report($"argument '{name}' must be a list of rows of numbers", $"write it as {name}=[[0,1],[1,0]]", name);
                return null;
        }
    }

    private (double[] Values, int Rows, int Width)? Rows(DataList list, string name)
    {
        int before = _problems.Count + _unlisted;
        int width = (list.Items[0] as DataList)?.Items.Length ?? 1;
        var values = new double[list.Items.Length * width];
        for (int i = 0; i < list.Items.Length; i++)
        {
            ImmutableArray<DataValue> row = list.Items[i] is DataList inner ? inner.Items : [list.Items[i]];
            if (row.Length != width)
            {
                Report(
                    string.Create(CultureInfo.InvariantCulture, $"row {i + 1} of '{name}' has {row.Length} numbers, the first row has {width}"), "all rows are equally long", name, i);
                continue;
            }

            for (int j = 0; j < width; j++)
            {
                if (row[j] is DataNumber { Number: var number })
                {
                    values[(i * width) + j] = number;
                    if (list.Items[i] is DataList)
                        Finite(number, name, i, j);
                    else
                        Finite(number, name, i);
                }
                else
                {
                    Report(
                        string.Create(CultureInfo.InvariantCulture, $"row {i + 1}, column {j + 1} of '{name}' is not a number"), "an expression goes in braces: {2*a}", name, i, j);
                }
            }
        }

        return _problems.Count + _unlisted == before ? (values, list.Items.Length, width) : null;
    }

    private bool Finite(double number, string name, params ReadOnlySpan<int> item)
    {
        if (double.IsFinite(number))
            return true;
        string what = double.IsNaN(number) ? "NaN" : "an infinite number";
        string where = item.Length switch
        {
            0 => $"'{name}'",
            1 => string.Create(CultureInfo.InvariantCulture, $"row {item[0] + 1} of '{name}'"),
            _ => string.Create(CultureInfo.InvariantCulture, $"row {item[0] + 1}, column {item[1] + 1} of '{name}'"),
        };
        Report($"{what} in data: {where}", "every number must be finite", name, item);
        return false;
    }

    private int? Count(string name) => _values.ContainsKey(name) ? (int)Integer(name, 0, 0, int.MaxValue) : null;

    private void Both(string name, int? card, int? call)
    {
        if (card is { } a && call is { } b && a != b)
            Report(string.Create(CultureInfo.InvariantCulture, $"'{name}' is {b} in the kind's arguments and {a} on the card"), "keep one of them", name);
    }

    private static string Range(double least, double most)
    {
        return (least > double.MinValue, most is < double.MaxValue and < long.MaxValue) switch
        {
            (true, true) => string.Create(CultureInfo.InvariantCulture, $"it must lie between {least} and {most}"),
            (true, false) => string.Create(CultureInfo.InvariantCulture, $"it must be at least {least}"),
            (false, true) => string.Create(CultureInfo.InvariantCulture, $"it must be at most {most}"),
            _ => "it must be a finite number",
        };
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Y elements: synapse arrays, their weights, masks and ties.</content>
internal sealed partial class Elaborator
{
    private const long MostWeightsInText = 1L << 28;

    private readonly List<PendingArray> _arrays = [];
    private readonly HashSet<Bus> _connected = new(ReferenceEqualityComparer.Instance);

    /// <summary>An array whose references to other arrays are still names.</summary>
    private sealed class PendingArray(SynapseArray array)
    {
        public SynapseArray Array { get; set; } = array;

        public SourceSpan Pre { get; init; }

        public SourceSpan Post { get; init; }

        public string Prefix { get; init; } = string.Empty;

        public SourceSpan? Tie { get; set; }

        public SourceSpan? TransposeOf { get; set; }

        public bool OwnUnit { get; set; }
    }

    private void Synapses(ElementSyntax element, Scope scope)
    {
        const string form = "write Y1 pre post model [name=value …]";
        List<ValueSyntax> words = [.. element.Items.TakeWhile(i => i is not NamedSyntax)];
        string name = Name(scope.Prefix + Name(element.Name));
        if (words.Count < 2)
        {
            _diagnostics.Error(Codes.MissingNode, words.Count == 0 ? element.Name : words[0].Span, words.Count == 0 ? $"the buses of '{name}' are missing" : $"the postsynaptic bus of '{name}' is missing", form);
            return;
        }

        if (words.Count == 2)
        {
            _diagnostics.Error(Codes.Missing, words[1].Span, $"the model of '{name}' is missing", form);
            return;
        }

        if (words.Count > 3)
        {
            _diagnostics.Error(Codes.SurplusText, words[3].Span, $"'{Short(words[3].Span)}' is too much: a synapse array takes two buses and a model", form);
            return;
        }

        bool sound = TryWholeBus(words[0], scope, $"the array '{name}'", "leave out single synapses with mask=", out Bus pre);
        sound &= TryWholeBus(words[1], scope, $"the array '{name}'", "leave out single synapses with mask=", out Bus post);
        if (words[2] is not WordSyntax word)
        {
            _diagnostics.Error(Codes.Missing, words[2].Span, $"the name of a model was expected, not '{Short(words[2].Span)}'", form);
            return;
        }

        Model? model = FindModel(word, scope, "a synapse array", "synapse");
        bool readable = TryParameters(element.Items[words.Count..], scope, "synapse", "synapse", out ImmutableArray<Argument> instance, out ImmutableArray<ParameterSpread> spreads);
        if (!sound)
            return;
        var pending = new PendingArray(new SynapseArray { Name = name, Pre = pre, Post = post, Model = model?.Name ?? string.Empty, Span = element.Span })
        {
            Pre = words[0].Span,
            Post = words[1].Span,
            Prefix = scope.Prefix,
        };
        if (readable && model is not null)
        {
            WithParameters(pending, Merge(model.Parameters, instance), scope, isComplete: true);
            pending.Array = pending.Array with { Spreads = [.. model.Spreads, .. spreads] };
            SynapseCardReader.CheckSpreads(pending.Array.Card, pending.Array.Spreads, _diagnostics);
            if (pending.Tie is not null && instance.FirstOrDefault(a => a.Name == "init") is { } init)
                _diagnostics.Error(Codes.BadTie, init.Span, $"'{name}' is tied and has no weights of its own to start", "leave init= out, or leave tied= out and write init=transpose(Y1, 0) to start alike");
        }

        _arrays.Add(pending);
        Count(element.Span);
    }

    private void WithParameters(PendingArray pending, ImmutableArray<Argument> parameters, Scope scope, bool isComplete)
    {
        var variation = ImmutableArray.CreateBuilder<Argument>();
        foreach (Argument p in parameters)
        {
            switch (p.Name)
            {
                case "init":
                    if (TryInit(p, pending, scope, out WeightInit? init))
                        pending.Array = pending.Array with { Init = init! };
                    break;
                case "mask":
                    if (TryMask(p, pending.Array, scope, out ImmutableArray<bool> mask))
                        pending.Array = pending.Array with { Mask = mask };
                    break;
                case "tied":
                    if (p.Value is TextValue tie)
                    {
                        pending.Tie = p.Value.Span;
                        pending.Array = pending.Array with { TiedTo = Name(tie.Text) };
                    }
                    else
                    {
                        _diagnostics.Error(Codes.BadTie, p.Value.Span, "tied takes the name of another array", "write tied=Y1");
                    }

                    break;
                case "learn":
                    if (TrySwitch(p, out bool learn))
                        pending.Array = pending.Array with { Learn = learn };
                    break;
                case "gmin":
                    if (TryPlain(p, out double least))
                    {
                        if (least < 0)
                            _diagnostics.Error(Codes.BadValue, p.Value.Span, string.Create(CultureInfo.InvariantCulture, $"a smallest conductance of {least} S: it cannot be negative"), "gmin=0 is the least there is");
                        else
                            pending.Array = pending.Array with { MinimumConductance = least };
                    }

                    break;
                case "max_norm":
                    if (TryPositive(p, "a largest norm", string.Empty, out double norm))
                        pending.Array = pending.Array with { MaximumNorm = norm };
                    break;
                case "gmax":
                    if (TryPositive(p, "a largest conductance", "S", out double most))
                        pending.Array = pending.Array with { MaximumConductance = most };
                    break;
                case "g0":
                    if (TryPositive(p, "a unit conductance", "S", out double unit))
                    {
                        pending.Array = pending.Array with { UnitConductance = unit };
                        pending.OwnUnit = true;
                    }

                    break;
                default:
                    variation.Add(p);
                    break;
            }
        }

        if (!(pending.Array.MaximumConductance > pending.Array.MinimumConductance))
        {
            Argument at = parameters.First(a => a.Name is "gmax" or "gmin");
            _diagnostics.Error(
                Codes.BadValue,
                at.Value.Span,
                string.Create(CultureInfo.InvariantCulture, $"gmin={pending.Array.MinimumConductance} S is not below gmax={pending.Array.MaximumConductance} S"), "write the range of one device: gmin=1u gmax=25u");
        }

        // gmax=12 for gmax=12u is easily written, and gives weights of a million.
        const double mostWeight = 1e5;
        if (pending.OwnUnit && double.IsFinite(pending.Array.MaximumConductance) && pending.Array.MaximumConductance > mostWeight * pending.Array.UnitConductance && parameters.FirstOrDefault(a => a.Name is "gmax") is { } large)
        {
            _diagnostics.Warning(
                Codes.BadValue,
                large.Value.Span,
                string.Create(CultureInfo.InvariantCulture, $"gmax of {pending.Array.MaximumConductance:g4} S is a weight of {pending.Array.MaximumConductance / pending.Array.UnitConductance:g4} at g0 of {pending.Array.UnitConductance:g4} S"),
                "conductances are in siemens: 12u is 12 µS");
        }

        ImmutableArray<Argument> hardware = variation.DrainToImmutable();
        pending.Array = pending.Array with
        {
            Variation = hardware,
            Card = new SynapseCardReader(_diagnostics).Read(hardware, pending.Array.MinimumConductance, pending.Array.MaximumConductance, isComplete),
        };
    }

    private bool TryInit(Argument argument, PendingArray pending, Scope scope, out WeightInit? init)
    {
        SynapseArray array = pending.Array;
        init = null;
        const string forms = "init is a number, uniform(a,b), normal(mean,sd), glorot, glorot(scale), [[row],[row]], \"file.npy\" or transpose(Y1, degrees)";
        string[] kinds = ["uniform", "normal", "glorot", "transpose"];
        switch (argument.Value)
        {
            case NumberValue number:
                init = new WeightInit.Constant(number.Number);
                return true;
            case TextValue text when text.Text.Equals("glorot", StringComparison.OrdinalIgnoreCase):
                init = new WeightInit.Glorot();
                return true;
            case TextValue text when !text.Span.Text.StartsWith("\"") && !LooksLikeFile(text.Text):
                _diagnostics.Error(Codes.BadValue, text.Span, $"'{text.Text}' is not a way to start weights", Nearest(text.Text, kinds) is { } near ? $"did you mean '{near}'?" : forms);
                return false;
            case CallValue { Call: var call }:
                switch (call.Name)
                {
                    case "uniform":
                        if (!TryCallNumbers(call, 2, 2, out double[] bounds))
                            return false;
                        if (!(bounds[0] <= bounds[1]))
                        {
                            _diagnostics.Error(Codes.BadValue, call.Arguments[0].Span, "the lower bound is above the upper one", "write uniform(lower, upper)");
                            return false;
                        }

                        init = new WeightInit.Uniform(bounds[0], bounds[1]);
                        return true;
                    case "normal":
                        if (!TryCallNumbers(call, 2, 2, out double[] moments))
                            return false;
                        if (moments[1] < 0)
                        {
                            _diagnostics.Error(Codes.BadValue, call.Arguments[1].Span, "a negative standard deviation", "write init=normal(mean,deviation) with a deviation of at least 0");
                            return false;
                        }

                        init = new WeightInit.Normal(moments[0], moments[1]);
                        return true;
                    case "glorot":
                        if (!TryCallNumbers(call, 0, 1, out double[] scale))
                            return false;
                        init = new WeightInit.Glorot(scale.Length == 0 ? 1 : scale[0]);
                        return true;
                    case "transpose":
                        if (call.Arguments.Length is < 1 or > 2 || call.Arguments[0] is not { Name: null, Value: TextValue other })
                        {
                            _diagnostics.Error(Codes.BadValue, call.Span, "transpose takes the name of an array and an angle", "write init=transpose(Y1, 90)");
                            return false;
                        }

                        double angle = 0;
                        if (call.Arguments.Length == 2 && !TryPlain(call.Arguments[1] with { Name = "transpose" }, out angle))
                            return false;
                        pending.TransposeOf = other.Span;
                        init = new WeightInit.NearTranspose(Name(other.Text), angle);
                        return true;
                    default:
                        _diagnostics.Error(Codes.BadValue, call.Span, $"'{call.Name}' is not a way to start weights", Nearest(call.Name, kinds) is { } meant ? $"did you mean '{meant}'?" : forms);
                        return false;
                }

            default:
                if (!TryMatrix(argument.Value, scope, out double[] numbers, out int rows, out int columns) || !HasShape(argument, array, rows, columns, "weights"))
                    return false;
                init = new WeightInit.Matrix([.. numbers]);
                return true;
        }
    }

    private bool HasShape(Argument argument, SynapseArray array, int rows, int columns, string what)
    {
        // A single row or column may be written flat where the array has one node on that side.
        if ((rows == array.Post.Width && columns == array.Pre.Width) || (rows == 1 && array.Pre.Width == 1 && columns == array.Post.Width))
            return true;
        _diagnostics.Error(
            Codes.ShapeMismatch,
            argument.Value.Span,
            string.Create(CultureInfo.InvariantCulture, $"{rows} × {columns} {what} for {array.Post.Width} postsynaptic × {array.Pre.Width} presynaptic nodes"),
            rows == array.Pre.Width && columns == array.Post.Width ? "one row for each postsynaptic node: it looks transposed" : "one row for each postsynaptic node, in it one number for each presynaptic node");
        return false;
    }

    private bool TryCallNumbers(Call call, int least, int most, out double[] numbers)
    {
        numbers = new double[call.Arguments.Length];
        if (numbers.Length < least || numbers.Length > most)
        {
            _diagnostics.Error(Codes.WrongArgumentCount, call.Span, string.Create(CultureInfo.InvariantCulture, $"{call.Name}() takes {(least == most ? $"{least}" : $"{least} or {most}")} number{(most == 1 ? string.Empty : "s")}, not {numbers.Length}"), "netlists/README.md, section 5, lists the ways to begin");
            return false;
        }

        for (int k = 0; k < numbers.Length; k++)
        {
            if (!TryPlain(call.Arguments[k] with { Name = call.Name }, out numbers[k]))
                return false;
        }

        return true;
    }

    private bool TryMask(Argument argument, SynapseArray array, Scope scope, out ImmutableArray<bool> mask)
    {
        mask = [];
        int rows = array.Post.Width;
        int columns = array.Pre.Width;
        if (argument.Value is TextValue { Text: var text } && text.Equals("diag0", StringComparison.OrdinalIgnoreCase))
        {
            if (rows != columns)
            {
                _diagnostics.Error(Codes.ShapeMismatch, argument.Value.Span, string.Create(CultureInfo.InvariantCulture, $"mask=diag0 is for square arrays, and this one is {rows} × {columns}"), "give a list of rows of 0 and 1, or a file");
                return false;
            }

            if ((long)rows * columns > MostWeightsInText)
            {
                _diagnostics.Error(Codes.BadValue, argument.Value.Span, "the array is too large for a mask", "leave mask out, or divide the array");
                return false;
            }

            bool[] square = new bool[rows * columns];
            for (int k = 0; k < square.Length; k++)
                square[k] = k / columns != k % columns;
            mask = [.. square];
            return true;
        }

        if (argument.Value is TextValue word && !word.Span.Text.StartsWith("\"") && !LooksLikeFile(word.Text))
        {
            _diagnostics.Error(Codes.BadValue, word.Span, $"'{word.Text}' is not a mask", "a mask is diag0, [[row],[row]] of 0 and 1, or \"file.npy\"");
            return false;
        }

        if (argument.Value is NumberValue or CallValue)
        {
            _diagnostics.Error(Codes.BadValue, argument.Value.Span, $"'{Short(argument.Value.Span)}' is not a mask", "a mask is diag0, [[row],[row]] of 0 and 1, or \"file.npy\"");
            return false;
        }

        if (!TryMatrix(argument.Value, scope, out double[] numbers, out int maskRows, out int maskColumns) || !HasShape(argument, array, maskRows, maskColumns, "mask entries"))
            return false;
        foreach (double number in numbers)
        {
            if (number is not (0 or 1))
            {
                _diagnostics.Error(Codes.BadValue, argument.Value.Span, string.Create(CultureInfo.InvariantCulture, $"a mask holds 0 and 1, and this one holds {number}"), "1 where there is a synapse, 0 where there is none");
                return false;
            }
        }

        mask = [.. numbers.Select(n => n != 0)];
        return true;
    }

    private bool TryFile(TextValue text, out double[] numbers, out int rows, out int columns)
    {
        numbers = [];
        rows = columns = 0;
        byte[]? content = _loader.Read(text.Text, text.Span.Source, out string path);
        if (content is null)
        {
            _diagnostics.Error(Codes.MissingFile, text.Span, $"the file '{text.Text}' cannot be read", $"looked for {path}; names are relative to the file that names them");
            return false;
        }

        using var stream = new MemoryStream(content);
        if (!NumpyFormat.TryRead(stream, out NumpyArray? array, out string? problem))
        {
            _diagnostics.Error(Codes.BadFile, text.Span, $"the file '{text.Text}' is not a readable .npy file: {problem}", "write it with numpy.save");
            return false;
        }

        if (array.Shape.Length is 0 or > 2)
        {
            _diagnostics.Error(Codes.BadFile, text.Span, $"the file '{text.Text}' holds an array of {array.Shape.Length} dimensions", "1 or 2 were expected");
            return false;
        }

        numbers = array.ToDoubles();
        (rows, columns) = array.Shape.Length == 2 ? (array.Shape[0], array.Shape[1]) : (1, array.Shape[0]);
        int bad = Array.FindIndex(numbers, n => !double.IsFinite(n));
        if (bad < 0)
            return true;
        _diagnostics.Error(Codes.BadFile, text.Span, string.Create(CultureInfo.InvariantCulture, $"the file '{text.Text}' holds {numbers[bad]} at [{bad / columns}, {bad % columns}]"), "every number must be finite");
        return false;
    }

    /// <summary>What needs all elements: banks at both ends, unit conductances, ties.</summary>
    private void FinishArrays()
    {
        var byName = new Dictionary<string, PendingArray>(StringComparer.Ordinal);
        foreach (PendingArray pending in _arrays)
            byName.TryAdd(pending.Array.Name, pending);
        foreach (PendingArray pending in _arrays)
        {
            SynapseArray array = pending.Array;
            CheckEnd(array.Pre, pending.Pre, array.Name);
            CheckEnd(array.Post, pending.Post, array.Name);
            NeuronBank? post = _bankOn.GetValueOrDefault(array.Post);
            if (post is { IsInput: true })
            {
                _diagnostics.Error(
                    Codes.NoNeurons,
                    pending.Post,
                    $"the array '{array.Name}' drives '{array.Post.Name}', which is a bus of clamped inputs",
                    "the first bus of an array is the presynaptic one, the second the postsynaptic one");
            }

            if (!pending.OwnUnit && post is not null)
                array = array with { UnitConductance = post.LeakConductance };
            if (double.IsFinite(array.MaximumConductance))
            {
                double bound = (array.MaximumConductance - array.MinimumConductance) / array.UnitConductance;
                array = array.Card is { Pair: SynapsePair.Reference, Reference: var reference }
                    ? array with { WeightLow = (array.MinimumConductance - reference) / array.UnitConductance, WeightHigh = (array.MaximumConductance - reference) / array.UnitConductance }
                    : array with { WeightLow = -bound, WeightHigh = bound };
            }

            pending.Array = array;
            if (pending.Tie is { } tie && FindArray(pending, array.TiedTo!, tie, byName) is { } master)
            {
                if (ReferenceEquals(master, pending))
                    _diagnostics.Error(Codes.BadTie, tie, $"'{array.Name}' is tied to itself", "tie it to another array, or leave tie= out");
                else if (master.Tie is not null)
                    _diagnostics.Error(Codes.BadTie, tie, $"'{array.Name}' is tied to '{master.Array.Name}', which is tied itself", "tie both to the array that has the weights");
                else if (!IsTransposed(array, master.Array))
                    _diagnostics.Error(Codes.WidthMismatch, tie, Sizes(array, master.Array, "tied to"), "a tied array is the transpose of the other: its buses are as wide, the other way round");
                else
                    pending.Array = array with { TiedTo = master.Array.Name };
            }

            if (pending.TransposeOf is { } span && array.Init is WeightInit.NearTranspose near && FindArray(pending, near.Of, span, byName) is { } other)
            {
                if (ReferenceEquals(other, pending))
                    _diagnostics.Error(Codes.BadTie, span, $"'{array.Name}' cannot start from its own transpose", "name another array");
                else if (other.Tie is not null)
                    _diagnostics.Error(Codes.BadTie, span, $"'{other.Array.Name}' is tied and has no weights of its own", "name the array that has them");
                else if (!IsTransposed(array, other.Array))
                    _diagnostics.Error(Codes.WidthMismatch, span, Sizes(array, other.Array, "to start from the transpose of"), "the other array goes from this one's post to its pre");
                else
                    pending.Array = pending.Array with { Init = near with { Of = other.Array.Name } };
            }
        }

        CheckTransposeCycles(byName);
    }

    private void CheckTransposeCycles(Dictionary<string, PendingArray> byName)
    {
        foreach (PendingArray start in _arrays)
        {
            PendingArray? next = start;
            for (int steps = 0; next is { Array.Init: WeightInit.NearTranspose near } && byName.TryGetValue(near.Of, out PendingArray? of); steps++)
            {
                next = of;
                if (ReferenceEquals(next, start) && steps > 0)
                {
                    _diagnostics.Error(Codes.BadTie, start.TransposeOf!.Value, $"the weights of '{start.Array.Name}' start from each other's transposes in a circle", "give one of them another start: init=glorot");
                    break;
                }

                if (steps > _arrays.Count)
                    break;
            }
        }
    }

    private PendingArray? FindArray(PendingArray from, string name, SourceSpan span, Dictionary<string, PendingArray> byName)
    {
        if (byName.TryGetValue(from.Prefix + name, out PendingArray? found) || byName.TryGetValue(name, out found))
            return found;
        if (_elementNames.ContainsKey(from.Prefix + name) && name[0] == 'y')
            return null;
        _diagnostics.Error(Codes.UnknownReference, span, $"there is no synapse array '{name}'", Help(name, byName.Keys, "arrays"));
        return null;
    }

    private static bool IsTransposed(SynapseArray a, SynapseArray b) => a.Pre.Width == b.Post.Width && a.Post.Width == b.Pre.Width;

    private static string Sizes(SynapseArray a, SynapseArray b, string relation) => string.Create(
        CultureInfo.InvariantCulture,
        $"'{a.Name}' ({a.Post.Width} × {a.Pre.Width}) is {relation} '{b.Name}' ({b.Post.Width} × {b.Pre.Width})");

    private void CheckEnd(Bus bus, SourceSpan span, string array)
    {
        if (_bankOn.ContainsKey(bus) || _connected.Contains(bus) || _suspects.Contains(bus.Name))
            return;
        _diagnostics.Error(
            Codes.NoNeurons,
            span,
            $"'{bus.Name}' has neither neurons nor any other element for the array '{array}' to work on",
            Nearest(bus.Name, _bankOn.Keys.Select(b => b.Name)) is { } near ? $"did you mean '{near}'?" : $"place a bank on it: N{bus.Name} {span.Text} model");
    }
}

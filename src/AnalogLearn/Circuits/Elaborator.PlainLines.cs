using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>
/// Lines of nothing but a name, single nodes and one number: resistors, capacitors, inductors, sources, linear E and G. Extracted circuits and crossbars consist
/// of them, by the hundred thousand. What is unusual about such a line (a wide node, a name that is taken, a bad number) leaves it, untouched, to the
/// general path, which knows what to say about it.
/// </content>
internal sealed partial class Elaborator
{
    private const int LongestPlainLine = 256;

    private const int MostPlainNodes = 4;

    /// <summary>Whether a node's name may come about in two ways.</summary>
    private bool _namesMayCoincide;

    /// <summary>Elaborates a plain line; false, with nothing changed, when it is not one.</summary>
    private bool TryPlain(ElementSyntax element, Scope scope)
    {
        int nodes = element.Letter switch
        {
            'r' or 'c' or 'l' or 'v' or 'i' => 2,
            'e' or 'g' => 4,
            _ => 0,
        };
        ReadOnlySpan<char> text = element.Span.Text;
        string prefix = scope.Prefix;
        if (nodes == 0 || text.Length > LongestPlainLine || prefix.Length + text.Length > LongestPlainLine)
            return false;

        // The prefix stands before the element's name, so that its full name is one stretch.
        Span<char> line = stackalloc char[LongestPlainLine];
        prefix.CopyTo(line);
        Ascii.ToLower(text, line[prefix.Length..], out _);
        line = line[..(prefix.Length + text.Length)];
        ReadOnlySpan<char> name = line[..(prefix.Length + element.Name.Length)];
        Span<Range> words = stackalloc Range[MostPlainNodes + 1];
        int count = 0;
        int at = name.Length;
        while (true)
        {
            while (at < line.Length && line[at] is ' ' or '\t')
                at++;
            if (at == line.Length)
                break;
            if (count > nodes)
                return false;
            int length = line[at..].IndexOfAny(' ', '\t');
            int end = length < 0 ? line.Length : at + length;
            words[count++] = at..end;
            at = end;
        }

        if (count != nodes + 1 || !NumberLiteral.TryParse(line[words[nodes]], out double value, out _) || !double.IsFinite(value))
            return false;
        if (element.Letter switch { 'r' => value == 0, 'c' or 'l' => value < 0, _ => false })
            return false;
        if (nodes == MostPlainNodes && (line[words[2]] is "table" or "value" or "laplace" or "freq"))
            return false;

        Dictionary<string, NodeSlice>.AlternateLookup<ReadOnlySpan<char>> known = scope.NodesBySpan;
        for (int k = 0; k < nodes; k++)
        {
            ReadOnlySpan<char> node = line[words[k]];
            if (node is "0" or "gnd")
                continue;
            ref NodeSlice slice = ref CollectionsMarshal.GetValueRefOrNullRef(known, node);
            if (Unsafe.IsNullRef(ref slice) ? _globals.Count > 0 && _globals.ContainsKey(node.ToString()) : slice.Count != 1)
                return false;
        }

        if (_elementCount >= _options.MaximumElements)
            return false;
        string fullName = name.ToString();
        if (!_elementNames.TryAdd(fullName, element.Name))
            return false;
        _elementCount++;

        string[] names = new string[nodes];
        int[] indices = new int[nodes];
        for (int k = 0; k < nodes; k++)
        {
            ReadOnlySpan<char> node = line[words[k]];
            if (node is "0" or "gnd")
            {
                (names[k], indices[k]) = ("0", -1);
                continue;
            }

            ref NodeSlice slice = ref CollectionsMarshal.GetValueRefOrNullRef(known, node);
            if (Unsafe.IsNullRef(ref slice))
            {
                string plain = node.ToString();
                NodeSlice declared = Declare(new Bus(prefix.Length == 0 ? plain : prefix + plain, 0, 1) { IsPlain = true });
                slice = ref CollectionsMarshal.GetValueRefOrAddDefault(scope.Nodes, plain, out _);
                slice = declared;
            }

            if (!slice.IsConnected)
            {
                slice = slice with { IsConnected = true };
                if (!slice.IsGround)
                    _connected.Add(slice.Bus);
            }

            (names[k], indices[k]) = (slice.Node(0), slice.Index(0));
        }

        _elements.Add(new Element
        {
            Kind = element.Letter,
            Name = fullName,
            Nodes = ImmutableCollectionsMarshal.AsImmutableArray(names),
            NodeIndices = ImmutableCollectionsMarshal.AsImmutableArray(indices),
            Value = value,
            Syntax = element,
            Span = element.Span,
        });
        return true;
    }
}

using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>What a circuit's topology has to allow.</summary>
public enum TopologyUse
{
    /// <summary>An operating point: capacitors are open, inductors are shorts.</summary>
    DirectCurrent,

    /// <summary>A transient from initial conditions (<c>uic</c>): capacitors and inductors have impedances.</summary>
    Transient,
}

/// <summary>
/// Finds, before anything is solved, what makes the equations of a circuit singular whatever its values: parts without a path to ground, cut-sets of current sources and capacitors, and loops of
/// voltage sources and inductors. Kirchhoff's current law summed over a part that only current sources and capacitors connect to the rest says nothing about its voltages; the current around a loop
/// of voltage sources is in no equation. A graph, united edge by edge: time proportional to the number of elements.
/// </summary>
/// <remarks>
/// Controlled sources may determine what has no path (a gyrator) and may read a loop's current. Where one of them could, nothing is said here, and the factorisation decides.
/// </remarks>
public static class TopologyCheck
{
    /// <summary>Most parts and loops that are told.</summary>
    private const int Most = 20;

    /// <summary>Looks at a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="use">What it is wanted for.</param>
    /// <param name="diagnostics">Receives each part and loop, with its nodes and elements by name.</param>
    /// <returns>Whether nothing was found.</returns>
    public static bool Passes(Circuit circuit, TopologyUse use, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        new Search(circuit, use, diagnostics).Run();
        return diagnostics.ErrorCount == before;
    }

    /// <summary>How an element joins two of its nodes.</summary>
    private enum Joint
    {
        /// <summary>A finite conductance.</summary>
        Conductor,

        /// <summary>A branch whose voltage is given, and whose current is not.</summary>
        VoltageBranch,

        /// <summary>A current that does not depend on anything.</summary>
        Current,

        /// <summary>A current that depends on something.</summary>
        ControlledCurrent,

        /// <summary>A capacitor, where it conducts nothing.</summary>
        Capacitor,
    }

    private readonly record struct Edge(int Element, int Plus, int Minus);

    private sealed class Search(Circuit circuit, TopologyUse use, DiagnosticBag diagnostics)
    {
        private readonly int _ground = circuit.Nodes.Length;
        private readonly int[] _part = Singles(circuit.Nodes.Length + 1);
        private readonly int[] _rigid = Singles(circuit.Nodes.Length + 1);
        private readonly List<Edge> _branches = [];
        private readonly List<Edge> _loops = [];
        private readonly bool[] _touched = new bool[circuit.Nodes.Length + 1];
        private readonly HashSet<string> _read = new(StringComparer.Ordinal);
        private bool _readsAnything;
        private bool _sensesAnything;

        public void Run()
        {
            ImmutableArray<Element> elements = circuit.Elements;
            for (int k = 0; k < elements.Length; k++)
            {
                Element element = elements[k];
                if (element.Kind is 'f' or 'h' or 'w')
                {
                    foreach (string reference in element.References)
                        _read.Add(reference);
                }

                if (!element.Expressions.IsEmpty)
                {
                    _sensesAnything = true;
                    _readsAnything |= element.Expressions.Values.Any(ReadsCurrent);
                }

                Join(element, k);
            }

            foreach (NeuronBank bank in circuit.Banks)
                Ground(bank.Bus);
            foreach (SynapseArray array in circuit.Arrays)
            {
                Ground(array.Pre);
                Ground(array.Post);
            }

            Loops();
            Parts();
        }

        private static bool ReadsCurrent(ExpressionSyntax expression)
        {
            var open = new Stack<ExpressionSyntax>();
            open.Push(expression);
            while (open.TryPop(out ExpressionSyntax? next))
            {
                if (next is CallExpression { Name: var name } && name.Equals("i", StringComparison.OrdinalIgnoreCase))
                    return true;
                next.PushParts(open);
            }

            return false;
        }

        private static int[] Singles(int count)
        {
            var parents = new int[count];
            for (int k = 0; k < count; k++)
                parents[k] = k;
            return parents;
        }

        private static int Root(int[] parents, int k)
        {
            while (parents[k] != k)
                k = parents[k] = parents[parents[k]];
            return k;
        }

        private static bool Unite(int[] parents, int a, int b)
        {
            a = Root(parents, a);
            b = Root(parents, b);
            if (a == b)
                return false;

            // Ground, the last, stays root of its part.
            if (a < b)
                parents[a] = b;
            else
                parents[b] = a;
            return true;
        }

        private void Ground(Bus bus)
        {
            for (int k = 0; k < bus.Width; k++)
            {
                int node = circuit.NodeIndex(bus.NodeName(k));
                if (node < 0)
                    continue;
                _touched[node] = true;
                Unite(_part, node, _ground);
            }
        }

        private int Node(Element element, int terminal)
        {
            int node = element.NodeIndices.Length > terminal ? element.NodeIndices[terminal] : circuit.NodeIndex(element.Nodes[terminal]);
            return node < 0 ? _ground : node;
        }

        private void Join(Element element, int index)
        {
            int nodes = element.Nodes.Length;
            for (int k = 0; k < nodes; k++)
                _touched[Node(element, k)] = true;
            if (nodes < 2)
                return;
            switch (element.Kind)
            {
                case 'm' when nodes >= 3:
                    // The gate carries nothing.
                    Unite(_part, Node(element, 0), Node(element, 2));
                    for (int k = 3; k < nodes; k++)
                        Unite(_part, Node(element, 2), Node(element, k));
                    return;
                case 's' or 'w':
                    Unite(_part, Node(element, 0), Node(element, 1));
                    return;
                case 'r' or 'c' or 'l' or 'v' or 'i' or 'e' or 'f' or 'g' or 'h' or 'b':
                    int plus = Node(element, 0);
                    int minus = Node(element, 1);
                    switch (JointOf(element))
                    {
                        case Joint.Conductor:
                            Unite(_part, plus, minus);
                            break;
                        case Joint.VoltageBranch:
                            Unite(_part, plus, minus);
                            var edge = new Edge(index, plus, minus);
                            if (Unite(_rigid, plus, minus))
                                _branches.Add(edge);
                            else
                                _loops.Add(edge);
                            break;
                        default:
                            break;
                    }

                    return;
                default:
                    for (int k = 1; k < nodes; k++)
                        Unite(_part, Node(element, 0), Node(element, k));
                    return;
            }
        }

        private Joint JointOf(Element element) => element.Kind switch
        {
            'c' => use == TopologyUse.Transient ? Joint.Conductor : Joint.Capacitor,
            'l' => use == TopologyUse.Transient ? Joint.Conductor : Joint.VoltageBranch,
            'v' or 'e' or 'h' => Joint.VoltageBranch,
            'b' => element.Expressions.ContainsKey("v") ? Joint.VoltageBranch : Joint.ControlledCurrent,
            'i' => Joint.Current,
            'g' or 'f' => Joint.ControlledCurrent,
            _ => Joint.Conductor,
        };

        private void Loops()
        {
            if (_loops.Count == 0)
                return;
            ImmutableArray<Element> elements = circuit.Elements;
            var neighbours = new Dictionary<int, List<Edge>>();
            foreach (Edge edge in _branches)
            {
                Neighbours(neighbours, edge.Plus).Add(edge);
                Neighbours(neighbours, edge.Minus).Add(edge);
            }

            foreach (Edge closing in _loops)
            {
                if (diagnostics.IsFull)
                    return;
                List<int> loop = [.. Path(neighbours, closing.Plus, closing.Minus), closing.Element];
                if (_readsAnything || loop.Exists(e => _read.Contains(elements[e].Name)))
                    continue;
                Element last = elements[closing.Element];
                bool inductors = loop.Exists(e => elements[e].Kind == 'l');
                string members = Names([.. loop.Select(e => elements[e].Name)]);
                string message = loop.Count == 1
                    ? $"both ends of '{last.Name}' are connected to the same node: nothing determines its current"
                    : inductors
                        ? $"{members} form a loop without resistance: for direct current nothing determines the current around it"
                        : $"{members} form a loop of voltage sources: their voltages contradict each other, or nothing determines the current around it";
                string fix = inductors ? $"put a small resistance into the loop, such as 1m in series with '{last.Name}'" : $"remove one of them, or put a resistance in series with '{last.Name}'";
                diagnostics.Error(Codes.VoltageLoop, last.Span, message, fix);
            }
        }

        private static List<Edge> Neighbours(Dictionary<int, List<Edge>> neighbours, int node)
        {
            if (!neighbours.TryGetValue(node, out List<Edge>? list))
                neighbours.Add(node, list = []);
            return list;
        }

        /// <summary>The branches between two nodes, breadth first: the loop that is named is the shortest.</summary>
        private static List<int> Path(Dictionary<int, List<Edge>> neighbours, int from, int to)
        {
            var back = new Dictionary<int, (int Node, int Element)> { [from] = (-1, -1) };
            var queue = new Queue<int>([from]);
            while (queue.TryDequeue(out int node) && node != to)
            {
                foreach (Edge edge in Neighbours(neighbours, node))
                {
                    int other = edge.Plus == node ? edge.Minus : edge.Plus;
                    if (back.TryAdd(other, (node, edge.Element)))
                        queue.Enqueue(other);
                }
            }

            var path = new List<int>();
            for (int node = to; node != from && back.TryGetValue(node, out (int Node, int Element) step); node = step.Node)
                path.Add(step.Element);
            return path;
        }

        private void Parts()
        {
            int grounded = Root(_part, _ground);
            var floating = new Dictionary<int, Part>();
            for (int node = 0; node < _ground; node++)
            {
                // A node that no element is connected to is left out of the equations.
                int root = Root(_part, node);
                if (root == grounded || !_touched[node])
                    continue;
                if (!floating.TryGetValue(root, out Part? part))
                    floating.Add(root, part = new Part());
                part.Nodes.Add(node);
            }

            if (floating.Count == 0)
                return;
            ImmutableArray<Element> elements = circuit.Elements;
            for (int k = 0; k < elements.Length; k++)
                Attach(elements[k], k, floating, grounded);
            int told = 0;
            foreach (Part part in floating.Values)
            {
                if (part.MayBeDriven && part.MayBeSensed)
                    continue;
                if (diagnostics.IsFull || ++told > Most)
                    return;
                Tell(part);
            }
        }

        private void Attach(Element element, int index, Dictionary<int, Part> floating, int grounded)
        {
            int nodes = element.Nodes.Length;
            for (int k = 0; k < nodes; k++)
            {
                int root = Root(_part, Node(element, k));
                if (root == grounded || !floating.TryGetValue(root, out Part? part))
                    continue;
                if (part.Elements.Count == 0 || part.Elements[^1] != index)
                    part.Elements.Add(index);
                bool controlled = element.Kind is 'g' or 'f' or 'b';
                if (controlled && k < 2 && Root(_part, Node(element, 1 - k)) != root)
                    part.MayBeDriven = true;
                if ((element.Kind is 'e' or 'g' or 's' && k >= 2) || (element.Kind == 'm' && k == 1))
                    part.MayBeSensed = true;
                part.MayBeSensed |= _sensesAnything;
                if (element.Kind == 'i' && (part.Source < 0 || circuit.Elements[part.Source].Kind != 'i'))
                    part.Source = index;
                else if (part.Source < 0)
                    part.Source = index;
            }
        }

        private void Tell(Part part)
        {
            ImmutableArray<Element> elements = circuit.Elements;
            Element first = elements[part.Source];
            string nodes = (part.Nodes.Count == 1 ? "node " : "nodes ") + Names([.. part.Nodes.Select(n => circuit.Nodes[n])]);
            string members = Names([.. part.Elements.Select(e => elements[e].Name)]);
            bool driven = first.Kind == 'i';
            Element? capacitor = part.Elements.Select(e => elements[e]).FirstOrDefault(e => e.Kind == 'c');
            string has = part.Nodes.Count == 1 ? "has" : "have";
            string message = driven
                ? $"{nodes}: the current of '{first.Name}' has no way to ground; there {(part.Elements.Count == 1 ? "is" : "are")} only {members}"
                : use == TopologyUse.DirectCurrent
                    ? $"{nodes} {has} no path to ground for direct current: nothing determines the voltage; there {(part.Elements.Count == 1 ? "is" : "are")} only {members}"
                    : $"{nodes} {has} no path to ground: nothing determines the voltage; there {(part.Elements.Count == 1 ? "is" : "are")} only {members}";
            string at = circuit.Nodes[part.Nodes[0]];
            string fix = use == TopologyUse.DirectCurrent && capacitor is not null
                ? string.Create(CultureInfo.InvariantCulture, $"give '{at}' a resistor to ground (such as Rleak {at} 0 1g), or begin the transient from initial conditions: ic= on '{capacitor.Name}' and uic on .tran")
                : $"give '{at}' a resistor to ground, such as Rleak {at} 0 1g";
            diagnostics.Error(Codes.FloatingNode, first.Span, message, fix);
        }

        private static string Names(IReadOnlyList<string> names)
        {
            const int shown = 6;
            string list = string.Join(", ", names.Take(shown).Select(n => $"'{n}'"));
            return names.Count > shown ? string.Create(CultureInfo.InvariantCulture, $"{list} and {names.Count - shown} more") : list;
        }
    }

    private sealed class Part
    {
        public List<int> Nodes { get; } = [];

        public List<int> Elements { get; } = [];

        public int Source { get; set; } = -1;

        public bool MayBeDriven { get; set; }

        public bool MayBeSensed { get; set; }
    }
}

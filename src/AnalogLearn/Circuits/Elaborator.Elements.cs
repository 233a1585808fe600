using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

internal sealed partial class Elaborator
{
    private readonly List<Element> _elements = [];

    private void Ordinary(ElementSyntax element, Scope scope)
    {
        _ = scope;
        _diagnostics.Error(Codes.NeedsNodalEngine, element.Name, $"the element '{element.Name.Text}' needs the nodal engine, which this version does not have");
        _elements.Add(new Element { Kind = element.Letter, Name = Name(element.Name), Nodes = [], Syntax = element, Span = element.Span });
    }

    private void FinishReferences()
    {
    }

    private Circuit FinishElements(Circuit circuit, ImmutableArray<Card>.Builder cards) => circuit with { Elements = [.. _elements] };
}

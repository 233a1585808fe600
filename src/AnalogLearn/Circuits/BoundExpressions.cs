using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>A voltage in a bound expression: v(plus) − v(minus) [V].</summary>
/// <param name="Plus">The node's full name.</param>
/// <param name="Minus">The other node's full name; ground is <c>0</c>.</param>
/// <param name="Span">Where it stands.</param>
public sealed record VoltageExpression(string Plus, string Minus, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>The current through an element in a bound expression [A], from its first node through it to its second.</summary>
/// <param name="Element">The element's full name.</param>
/// <param name="Span">Where it stands.</param>
public sealed record CurrentExpression(string Element, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A variable of the analysis in a bound expression: <c>time</c> [s] or <c>hertz</c> [Hz].</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Span">Where it stands.</param>
public sealed record AnalysisVariableExpression(string Name, SourceSpan Span) : ExpressionSyntax(Span);

using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>An evaluated argument of a card: a number, a word, a list, or a call such as <c>eqprop(beta=0.5)</c>.</summary>
/// <param name="Span">Where it stands.</param>
public abstract record Value(SourceSpan Span);

/// <summary>A number.</summary>
/// <param name="Number">The number, suffixes applied, in SI units.</param>
/// <param name="Span">Where it stands.</param>
public sealed record NumberValue(double Number, SourceSpan Span) : Value(Span);

/// <summary>A word or a quoted text.</summary>
/// <param name="Text">The text, as written.</param>
/// <param name="Span">Where it stands.</param>
public sealed record TextValue(string Text, SourceSpan Span) : Value(Span);

/// <summary>A list <c>[a, b, …]</c>, or words separated by commas.</summary>
/// <param name="Items">The items.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ListValue(ImmutableArray<Value> Items, SourceSpan Span) : Value(Span);

/// <summary>A call <c>name(arguments)</c>.</summary>
/// <param name="Call">The call.</param>
/// <param name="Span">Where it stands.</param>
public sealed record CallValue(Call Call, SourceSpan Span) : Value(Span);

/// <summary>One argument, with its name when it has one.</summary>
/// <param name="Name">Lower-case name, or null for a positional argument.</param>
/// <param name="Value">Its value.</param>
/// <param name="Span">Where it stands, name included.</param>
public sealed record Argument(string? Name, Value Value, SourceSpan Span);

/// <summary>A name with arguments: a rule, a data-set kind, a reference.</summary>
/// <param name="Name">Lower-case name.</param>
/// <param name="Arguments">In order.</param>
/// <param name="Span">Where it stands.</param>
public sealed record Call(string Name, ImmutableArray<Argument> Arguments, SourceSpan Span);

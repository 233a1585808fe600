using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Conditions, <c>.if {a} … .elseif {b} … .else … .endif</c>: the lines of the first branch whose condition is not 0 belong to the deck, the others are as if they were not written. A condition
/// is known before anything else of the deck is, so that it may name the parameters and functions that stand outside of conditions, with what <c>--set</c> and <c>.step</c> make of them.
/// </summary>
internal sealed partial class Elaborator
{
    /// <summary>An open <c>.if</c>: whether a branch of it was taken, whether its present branch is the one, and whether <c>.else</c> was seen.</summary>
    private sealed class Condition(CardSyntax card, bool reached)
    {
        public CardSyntax Card { get; } = card;

        /// <summary>Whether the lines around it belong to the deck.</summary>
        public bool Reached { get; } = reached;

        public bool Taken { get; set; }

        public bool Here { get; set; }

        public bool HasElse { get; set; }
    }

    private List<(StatementSyntax Statement, ImmutableStack<string> Files)> WithoutBranches(List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines)
    {
        if (!lines.Exists(static l => IsCondition(l.Statement)))
            return lines;
        var silent = new DiagnosticBag();
        (Scope known, ScopeEvaluator evaluator) = OutsideOfConditions(lines, silent);
        var kept = new List<(StatementSyntax, ImmutableStack<string>)>(lines.Count);
        var open = new Stack<Condition>();
        foreach ((StatementSyntax Statement, ImmutableStack<string> Files) line in lines)
        {
            if (IsCondition(line.Statement))
                Turn((CardSyntax)line.Statement, open, known, evaluator, silent);
            else if (open.Count == 0 || open.Peek().Here)
                kept.Add(line);
        }

        foreach (Condition left in open)
            _diagnostics.Error(Codes.UnmatchedBlock, left.Card.NameSpan, "this .if has no .endif", "close it with .endif");
        return kept;
    }

    private void Turn(CardSyntax card, Stack<Condition> open, Scope known, ScopeEvaluator evaluator, DiagnosticBag silent)
    {
        if (card.Name == "if")
        {
            var condition = new Condition(card, open.Count == 0 || open.Peek().Here);
            condition.Here = condition.Taken = condition.Reached && Holds(card, known, evaluator, silent);
            open.Push(condition);
            return;
        }

        if (!open.TryPeek(out Condition? last))
        {
            _diagnostics.Error(Codes.UnmatchedBlock, card.NameSpan, $".{card.Name} without its .if", "write .if (condition) above it, or leave it out");
            return;
        }

        if (card.Name == "endif")
        {
            open.Pop();
            return;
        }

        if (last.HasElse)
            _diagnostics.Error(Codes.UnmatchedBlock, card.NameSpan, $".{card.Name} behind the .else of its .if", "the .else comes last");
        last.HasElse |= card.Name == "else";
        last.Here = last.Reached && !last.Taken && (card.Name == "else" || Holds(card, known, evaluator, silent));
        last.Taken |= last.Here;
    }

    private bool Holds(CardSyntax card, Scope known, ScopeEvaluator evaluator, DiagnosticBag silent)
    {
        if (card.IsBroken || card.Items is not [ExpressionValueSyntax condition])
            return false;
        int before = silent.Count;
        if (evaluator.TryEvaluate(condition.Expression, known, out double value))
            return value != 0;
        string why = silent.Skip(before).Select(d => ": " + d.Message).FirstOrDefault() ?? string.Empty;
        string names = known.Parameters.Count > 0 ? $" ({string.Join(", ", known.Parameters.Keys.Order(StringComparer.Ordinal).Take(12))})" : string.Empty;
        _diagnostics.Error(Codes.BadValue, condition.Span, $"the condition of .{card.Name} has no value{why}", $"a condition may name the parameters of the deck that stand outside of any .if{names}");
        return false;
    }

    /// <summary>Parameters and functions that no condition decides about. What is wrong with them is told when the deck itself is read.</summary>
    private (Scope Known, ScopeEvaluator Evaluator) OutsideOfConditions(List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines, DiagnosticBag silent)
    {
        var known = new Scope(null, string.Empty);
        int depth = 0;
        foreach ((StatementSyntax statement, _) in lines)
        {
            if (statement is CardSyntax { Name: "if" })
                depth++;
            else if (statement is CardSyntax { Name: "endif" })
                depth = Math.Max(0, depth - 1);
            else if (depth > 0)
                continue;
            else if (statement is ParameterCardSyntax card)
                AddParameters(card);
            else if (statement is FunctionSyntax { IsBroken: false } function && function.Name.Length > 0)
                known.Functions.TryAdd(Name(function.Name), new(function, known, [.. function.Parameters.Select(Name)]));
        }

        foreach ((string key, string text) in _options.Parameters)
        {
            if (known.Parameters.TryGetValue(Name(key.Trim()), out ParameterEntry? entry))
                entry.Expression = NetlistParser.ParseExpression(new SourceText($"--set {entry.Name}", text), silent);
        }

        var evaluator = new ScopeEvaluator(silent);
        if (_options.Temperature is { } temperature)
            evaluator.Temperature = temperature;
        return (known, evaluator);

        void AddParameters(ParameterCardSyntax card)
        {
            foreach (NamedSyntax item in card.Items)
            {
                string name = Name(item.Key.Span);
                known.Parameters[name] = new ParameterEntry(name, ((ExpressionValueSyntax)item.Value).Expression, known, item.Key.Span);
            }
        }
    }

    private static bool IsCondition(StatementSyntax statement) => statement is CardSyntax { Name: "if" or "elseif" or "else" or "endif" };
}

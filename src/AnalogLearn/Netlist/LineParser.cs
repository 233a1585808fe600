using System.Collections.Immutable;

namespace AnalogLearn.Netlist;

/// <summary>Reads the words, lists, calls and named values of one logical line. Stops at the first thing that is wrong.</summary>
internal sealed partial class LineParser(LineCursor cursor, DiagnosticBag diagnostics)
{
    private const int DeepestNesting = 100;

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> SpacedCalls = new HashSet<string>(
        ["pulse", "sin", "exp", "pwl", "sffm", "am", "trnoise", "trrandom", "poly"], StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private int _depth;
    private ValueSyntax? _seen;

    public bool Failed { get; private set; }

    public LineCursor Cursor => cursor;

    /// <summary>Names whose values are expressions without braces (<c>v</c> and <c>i</c> of a B source).</summary>
    public Func<SourceSpan, bool>? BareExpression { get; init; }

    public void Fail(string code, SourceSpan span, string message, string? fix = null)
    {
        if (!Failed)
            diagnostics.Error(code, span, message, fix);
        Failed = true;
    }

    /// <summary>What is left of the line, as values.</summary>
    public ImmutableArray<ValueSyntax> RestOfLine() => Items(LineCursor.End);

    /// <summary>Values up to a closing character, which is not consumed.</summary>
    public ImmutableArray<ValueSyntax> Items(char close)
    {
        var items = ImmutableArray.CreateBuilder<ValueSyntax>();
        while (!Failed)
        {
            cursor.SkipBlanks();
            char c = cursor.Peek();
            if (cursor.AtEnd || (c == close && close != LineCursor.End))
                break;
            if (c == ',')
            {
                cursor.Advance();
                continue;
            }

            if (Item(close) is not { } item)
                break;
            items.Add(item);
        }

        return items.DrainToImmutable();
    }

    /// <summary>One value, with its name when it has one.</summary>
    public ValueSyntax? Item(char close)
    {
        ValueSyntax? first = _seen ?? Simple();
        _seen = null;
        if (first is null)
            return null;
        if (!AtEquals())
            return first;
        cursor.SkipBlanks();
        SourceSpan equals = cursor.Here;
        cursor.Advance();
        cursor.SkipBlanks();
        if (first is not (WordSyntax or CallSyntax or ExpressionValueSyntax or BusSyntax))
        {
            Fail(Codes.UnexpectedText, equals, "an = behind something that is not a name", "write name=value");
            return null;
        }

        if (cursor.AtEnd || cursor.Peek() == close || cursor.Peek() is ',' or ')' or ']' or '=')
        {
            Fail(Codes.Missing, cursor.AtEnd ? equals : cursor.Here, $"no value behind '{first.Span.Text} ='", "write a value, or remove the name");
            return null;
        }

        ValueSyntax? value = first is WordSyntax && BareExpression is { } bare && bare(first.Span) ? BareExpressionValue() : Joined(close);
        return value is null ? null : new NamedSyntax(first, value, first.Span.To(value.Span));
    }

    /// <summary>A value, or several joined by commas. Inside parentheses only numbers join (<c>clip=0,1</c>); elsewhere a comma also separates.</summary>
    private ValueSyntax? Joined(char close)
    {
        if (Simple() is not { } first)
            return null;
        ImmutableArray<ValueSyntax>.Builder? more = null;
        while (!Failed)
        {
            (int, int, int) here = cursor.Save();
            cursor.SkipBlanks();
            if (cursor.Peek() != ',')
            {
                cursor.Restore(here);
                break;
            }

            cursor.Advance();
            cursor.SkipBlanks();
            if (cursor.AtEnd || cursor.Peek() is ',' or ')' or ']' or '=' || (close == ')' && !(IsNumeric(first) && StartsNumeric())))
            {
                cursor.Restore(here);
                break;
            }

            if (Simple() is not { } next)
                break;
            if (AtEquals())
            {
                // It is the name of the next value, and not read a second time: what is read twice inside what is read twice never ends.
                _seen = next;
                break;
            }

            if (more is null)
            {
                more = ImmutableArray.CreateBuilder<ValueSyntax>();
                more.Add(first);
            }

            more.Add(next);
        }

        return Failed ? null : more is null ? first : new ListSyntax('\0', more.DrainToImmutable(), first.Span.To(more.Count > 0 ? more[^1].Span : cursor.Since(first.Span.Start)));
    }

    private static bool IsNumeric(ValueSyntax value) => value is ExpressionValueSyntax || (value is WordSyntax word && NumberLiteral.LooksNumeric(word.Text));

    private bool StartsNumeric() => cursor.Peek() is '{' or '\'' || NumberLiteral.LooksNumeric(cursor.Rest);

    private bool AtEquals()
    {
        (int, int, int) here = cursor.Save();
        cursor.SkipBlanks();
        bool yes = cursor.Peek() == '=' && cursor.PeekAt(1) != '=';
        cursor.Restore(here);
        return yes;
    }

    /// <summary>A value without a name.</summary>
    public ValueSyntax? Simple()
    {
        char c = cursor.Peek();
        switch (c)
        {
            case '{':
            case '\'':
                return Enclosed(c);
            case '"':
                return Quoted();
            case '[':
            case '(':
                return List(c);
            case ')':
            case ']':
            case '}':
                Fail(Codes.UnexpectedText, cursor.Here, $"a {c} without its opening {(c == ')' ? '(' : c == ']' ? '[' : '{')}", "leave it out, or write the other one before it");
                return null;
            case '=':
                Fail(Codes.UnexpectedText, cursor.Here, "an = without a name before it", "write name=value");
                return null;
            default:
                return WordCallOrBus();
        }
    }

    /// <summary>A bare word; empty when none stands here.</summary>
    public SourceSpan Word()
    {
        ReadOnlySpan<char> rest = cursor.Rest;
        int k = 0;
        while (k < rest.Length)
        {
            char c = rest[k];
            if (c is ' ' or '\t' or '(' or ')' or ',' or '{' or '}' or '[' or ']' or '\'' or '"' || char.IsWhiteSpace(c))
                break;
            if (c == '=' && !(k > 0 && rest[k - 1] is '<' or '>' or '!'))
                break;
            k++;
        }

        int start = cursor.Position;
        cursor.Advance(k);
        return new(cursor.Source, start, k);
    }

    private ValueSyntax? WordCallOrBus()
    {
        bool vector = cursor.Peek() == '@';
        SourceSpan word = Word();
        if (word.Length == 0)
        {
            Fail(Codes.UnexpectedText, cursor.Here, $"unexpected '{cursor.Peek()}'", "leave it out; names are letters, digits and _");
            return null;
        }

        char next = cursor.Peek();
        if (next == '[')
        {
            if (vector)
            {
                int start = word.Start;
                while (!cursor.AtEnd && cursor.Peek() is not (']' or ' '))
                    cursor.Advance();
                cursor.Advance();
                return new WordSyntax(cursor.Since(start));
            }

            return Bus(word);
        }

        if (next == '(')
            return Call(word);
        if (next is ' ' or '\t' && SpacedCalls.Contains(word.Text))
        {
            (int, int, int) here = cursor.Save();
            cursor.SkipBlanks();
            if (cursor.Peek() == '(')
                return Call(word);
            cursor.Restore(here);
        }

        return new WordSyntax(word);
    }

    private CallSyntax? Call(SourceSpan name)
    {
        int open = cursor.Position;
        if (!Enter(open))
            return null;
        cursor.Advance();
        ImmutableArray<ValueSyntax> items = Items(')');
        _depth--;
        return Close(')', open) ? new CallSyntax(name, items, cursor.Since(name.Start)) : null;
    }

    private ListSyntax? List(char open)
    {
        int start = cursor.Position;
        char close = open == '[' ? ']' : ')';
        if (!Enter(start))
            return null;
        cursor.Advance();
        ImmutableArray<ValueSyntax> items = Items(close);
        _depth--;
        return Close(close, start) ? new ListSyntax(open, items, cursor.Since(start)) : null;
    }

    private bool Enter(int at)
    {
        if (++_depth <= DeepestNesting)
            return true;
        Fail(Codes.TooDeep, new(cursor.Source, at, 1), $"more than {DeepestNesting} levels of nesting", "write a part of it as a .param or a .func of its own");
        return false;
    }

    private bool Close(char close, int open)
    {
        if (Failed)
            return false;
        cursor.SkipBlanks();
        if (cursor.Peek() == close)
        {
            cursor.Advance();
            return true;
        }

        Fail(Codes.NeverClosed, new(cursor.Source, open, 1), $"this {cursor.Source.Text[open]} is never closed", $"write the missing {close}");
        return false;
    }

    private BusSyntax? Bus(SourceSpan name)
    {
        int open = cursor.Position;
        cursor.Advance();
        ValueSyntax? first = Index(open);
        ValueSyntax? last = null;
        if (first is not null && cursor.Peek() == ':')
        {
            cursor.Advance();
            last = Index(open);
            if (last is null)
                return null;
        }

        if (first is null || !Close(']', open))
            return null;
        return new BusSyntax(name, first, last, cursor.Since(name.Start));
    }

    private ValueSyntax? Index(int open)
    {
        cursor.SkipBlanks();
        ValueSyntax? index;
        if (cursor.Peek() is '{' or '\'')
        {
            index = Enclosed(cursor.Peek());
        }
        else
        {
            ReadOnlySpan<char> rest = cursor.Rest;
            int k = 0;
            while (k < rest.Length && rest[k] is not (':' or ']' or '[' or '(' or ')' or '{' or '}' or ',' or '=' or '\'' or '"') && !char.IsWhiteSpace(rest[k]))
                k++;
            if (k == 0)
            {
                if (cursor.AtEnd)
                    Fail(Codes.NeverClosed, new(cursor.Source, open, 1), "this [ is never closed", "write the missing ]");
                else
                    Fail(Codes.Missing, cursor.Here, "an index is missing", "write h[3] or h[0:9]");
                return null;
            }

            int start = cursor.Position;
            cursor.Advance(k);
            index = new WordSyntax(new(cursor.Source, start, k));
        }

        cursor.SkipBlanks();
        return index;
    }

    private QuotedSyntax? Quoted()
    {
        int length = cursor.Rest[1..].IndexOf('"');
        if (length < 0)
        {
            Fail(Codes.NeverClosed, cursor.Here, "this \" is never closed", "write the missing \" on the same line");
            return null;
        }

        int start = cursor.Position;
        cursor.Advance(length + 2);
        return new QuotedSyntax(new(cursor.Source, start, length + 2));
    }
}

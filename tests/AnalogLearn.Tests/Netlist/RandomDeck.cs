using System.Globalization;
using System.Text;

namespace AnalogLearn.Tests.Netlist;

/// <summary>Writes random decks that are well-formed, and spoils them.</summary>
internal sealed class RandomDeck(int seed)
{
    private readonly Random _random = new(seed);

    private string Pick(params string[] words) => words[_random.Next(words.Length)];

    private string Number() => Pick(
        _random.Next(1, 100).ToString(CultureInfo.InvariantCulture) + Pick("", "k", "u", "m", "n", "p", "meg", "kOhm", "V", "%"),
        (_random.NextDouble() + 0.01).ToString("G5", CultureInfo.InvariantCulture),
        _random.Next(1, 9) + "e-" + _random.Next(1, 9));

    public string Expression(int depth) => depth <= 0
        ? Pick(Number().Replace("%", string.Empty, StringComparison.Ordinal), Pick("a", "b", "c", "pi", "e", "temper"))
        : _random.Next(9) switch
        {
            0 => $"({Expression(depth - 1)})",
            1 => $"-{Expression(depth - 1)}",
            2 => $"!{Expression(depth - 1)}",
            3 => $"{Expression(depth - 1)} ? {Expression(depth - 1)} : {Expression(depth - 1)}",
            4 => $"{Pick("sqrt", "abs", "tanh", "sgn", "floor")}({Expression(depth - 1)})",
            5 => $"{Pick("min", "max", "pow", "atan2")}({Expression(depth - 1)}, {Expression(depth - 1)})",
            _ => $"{Expression(depth - 1)}{Pick(" ", "")}{Pick("+", "-", "*", "/", "%", "\\", "**", "^", "==", "!=", "<>", "<", "<=", ">", ">=", "&&", "||")}{Pick(" ", "")}{Expression(depth - 1)}",
        };

    private string Value() => _random.Next(4) == 0 ? Pick("{", "{ ") + Expression(_random.Next(3)) + "}" : _random.Next(8) == 0 ? "'" + Expression(1) + "'" : Number();

    private string Node() => Pick("a", "b", "out", "0", "n1", "h[0]", "h[1:2]", "h", "vdd", "x1.q");

    private string Tail() => _random.Next(3) == 0 ? " " + Pick("tc1=", "m=", "ic=", "temp =") + Value() : string.Empty;

    private string Line(int k) => _random.Next(26) switch
    {
        0 => $"R{k} {Node()} {Node()} {Value()}{Tail()}",
        1 => $"C{k} {Node()} {Node()} {Value()}",
        2 => $"L{k} {Node()} {Node()} {Value()}",
        3 => $"V{k} {Node()} 0 DC {Value()} AC 1 PULSE({Number()} {Number()} 0 1n 1n 5n 10n)",
        4 => $"V{k} {Node()} 0 {Pick("SIN", "PWL", "EXP")} ( 0 1 2 3 )",
        5 => $"E{k} {Node()} 0 {Node()} 0 {Value()}",
        6 => $"G{k} {Node()} 0 POLY(2) a 0 b 0 {Number()} {Number()} {Number()}",
        7 => $"B{k} {Node()} 0 {Pick("I", "V")}={Expression(2)}*v(a)+i(V1)-v(a,b)",
        8 => $"D{k} {Node()} {Node()} dm {Number()}",
        9 => $"M{k} a b c 0 nm w={Number()} l={Value()}",
        10 => $"Nq{k} q{k}[0:{_random.Next(1, 6)}] cell bias={Pick("0", "[1, 2]", "0.5")}",
        11 => $"Yq{k} h h w init={Pick("glorot", "uniform(-1,1)", "normal(0, 0.1)", "[[1,2],[3,4]]", "0", "transpose(Yw, 90)")} mask=diag0",
        12 => $".param p{k}={Expression(2)} q{k}={Number().Replace("%", string.Empty, StringComparison.Ordinal)}",
        13 => $".func f{k}(x,y) {{x*y+{Number().Replace("%", string.Empty, StringComparison.Ordinal)}}}",
        14 => $".model m{k} {Pick("neuron", "synapse", "d", "r")}(c={Number()} DEV=5%/lognormal clip=0,{Number()})",
        15 => $".measure {Pick("op", "tran", "train")} x{k} param='{Expression(1)}'",
        16 => $".measure tran t{k} TRIG v(a) VAL={Number()} RISE=1 TARG v(b) VAL=0.5 FALL=2",
        17 => $".dataset d{k} inline(x=[[0,1],[1,0]] y=[[1],[0]]) input=h target=h[0:1] batch={Number()}",
        18 => $".learn eqprop(beta={Value()} centered=1) out=h rate Yw={Number()}",
        19 => $".ic v(h[0:2])={Number()}, v(a)={Number()}",
        20 => $".options reltol=1e-4 noacct temp={Number()}",
        21 => $".subckt s{k} p q{Pick("", " r=1k", " params: r={2*3}")}\nR1 p q {Value()}\n.ends{Pick("", " s" + k)}",
        22 => $"X{k} a b s{_random.Next(k + 1)} r={Value()}",
        23 => $".step param p1 list {Number()} {Number()}",
        24 => $".print tran v(a) i(V1) v(h[0:1])",
        _ => $".save v(a) @m1[id] \"text\"",
    };

    public string Text(int lines)
    {
        var text = new StringBuilder("random deck\n.param a=1 b=2 c=3\n.model cell neuron()\n.model w synapse()\n.model dm d()\nNh h[0:3] cell\nYw h h w\nV1 vdd 0 1\n");
        for (int k = 0; k < lines; k++)
        {
            string line = Line(k);
            if (_random.Next(5) == 0)
                line = line.Replace(" ", Pick("\n+ ", "\n* comment\n+ ", "  ", " ; remark\n+"), StringComparison.Ordinal);
            text.Append(line).Append(Pick("\n", "\n", "\r\n", " ; end\n", " $ end\n", "\n\n* note\n"));
        }

        return text.ToString();
    }

    /// <summary>Deletes, inserts, swaps and repeats characters, tokens and lines.</summary>
    public string Spoil(string text)
    {
        var spoilt = new StringBuilder(text);
        for (int k = _random.Next(1, 12); k > 0 && spoilt.Length > 4; k--)
        {
            int at = _random.Next(spoilt.Length - 1);
            int length = Math.Min(_random.Next(1, 12), spoilt.Length - at);
            switch (_random.Next(8))
            {
                case 0:
                    spoilt.Remove(at, 1);
                    break;
                case 1:
                    spoilt.Remove(at, length);
                    break;
                case 2:
                    spoilt.Insert(at, Pick("{", "}", "(", ")", "[", "]", "'", "\"", "=", ",", "+", "\n", "\n+", "\n.", "*", ":", "?", "1e999", "\0", "\u00e9", "\U0001d54f", "$ ", ";", "..", "-", "\t", "/", "999999999"));
                    break;
                case 3:
                    (spoilt[at], spoilt[at + 1]) = (spoilt[at + 1], spoilt[at]);
                    break;
                case 4:
                    spoilt.Insert(_random.Next(spoilt.Length), spoilt.ToString(at, length));
                    break;
                case 5:
                    spoilt[at] = (char)_random.Next(1, 0x250);
                    break;
                case 6:
                    string[] lines = spoilt.ToString().Split('\n');
                    int a = _random.Next(lines.Length);
                    int b = _random.Next(lines.Length);
                    (lines[a], lines[b]) = (lines[b], lines[a]);
                    spoilt.Clear().AppendJoin('\n', lines);
                    break;
                default:
                    string[] words = spoilt.ToString().Split(' ');
                    words[_random.Next(words.Length)] = words[_random.Next(words.Length)];
                    spoilt.Clear().AppendJoin(' ', words);
                    break;
            }
        }

        return spoilt.ToString();
    }
}

using System.Globalization;
using System.Text;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Interchange;

public class WaveformFileTests
{
    private static readonly DateTimeOffset Date = new(2024, 2, 29, 13, 5, 9, TimeSpan.Zero);

    private static WaveformTable Transient(int points) => new(
        "Transient Analysis",
        [
            new("time", WaveformQuantity.Time, [.. Enumerable.Range(0, points).Select(k => k * 1e-9 / 3)]),
            new("v(h_3)", WaveformQuantity.Voltage, [.. Enumerable.Range(0, points).Select(k => Math.Sin(k))]),
            new("i(v1)", WaveformQuantity.Current, [.. Enumerable.Range(0, points).Select(k => -1e-6 / (k + 1))]),
        ]);

    private static readonly WaveformTable Small = new(
        "AC Analysis",
        [
            new("frequency", WaveformQuantity.Frequency, [1, 10]),
            new("v(y_0)", WaveformQuantity.Voltage, [0.5, 0.1]) { Imaginary = [-0.25, 1.0 / 3] },
        ]);

    private static RawFile Read(byte[] bytes)
    {
        var diagnostics = new DiagnosticBag();
        RawFile? file = RawFile.Read(bytes, "file.raw", diagnostics);
        Assert.Empty(diagnostics);
        return file!;
    }

    private static byte[] Write(params WaveformTable[] tables)
    {
        using var stream = new MemoryStream();
        RawFile.Write(stream, "a deck", Date, tables);
        return stream.ToArray();
    }

    private static void Same(WaveformTable expected, WaveformTable actual)
    {
        Assert.Equal(expected.PlotName, actual.PlotName);
        Assert.Equal(expected.Columns.Length, actual.Columns.Length);
        for (int k = 0; k < expected.Columns.Length; k++)
        {
            Assert.Equal((expected.Columns[k].Name, expected.Columns[k].Quantity), (actual.Columns[k].Name, actual.Columns[k].Quantity));
            Assert.Equal(expected.Columns[k].Values, actual.Columns[k].Values);
            if (expected.IsComplex)
                Assert.Equal(expected.Columns[k].Imaginary ?? new double[expected.PointCount], actual.Columns[k].Imaginary);
            else
                Assert.Null(actual.Columns[k].Imaginary);
        }
    }

    [Fact]
    public void A_raw_file_has_ngspices_header_and_reads_back_to_the_bit()
    {
        WaveformTable table = Transient(5000);
        byte[] bytes = Write(table, Small);
        string header = Encoding.UTF8.GetString(bytes)[..bytes.AsSpan().IndexOf("Binary:\n"u8)];
        Assert.Equal("Title: a deck\nDate: Thu Feb 29 13:05:09  2024\nPlotname: Transient Analysis\nFlags: real\nNo. Variables: 3\nNo. Points: 5000\nVariables:\n\t0\ttime\ttime\n\t1\tv(h_3)\tvoltage\n\t2\ti(v1)\tcurrent\n", header);
        RawFile read = Read(bytes);
        Assert.Equal(("a deck", "Thu Feb 29 13:05:09  2024"), (read.Title, read.Date));
        Assert.Equal(2, read.Tables.Length);
        Same(table, read.Tables[0]);
        Same(Small, read.Tables[1]);
        Assert.Equal(bytes, Write(table, Small));
    }

    [Fact]
    public void Files_that_break_off_or_are_none_are_diagnosed()
    {
        byte[] good = Write(Transient(3));
        for (int length = 1; length < good.Length; length++)
        {
            var diagnostics = new DiagnosticBag();
            Assert.Null(RawFile.Read(good[..length], "file.raw", diagnostics));
            Assert.Equal("AL0721", Assert.Single(diagnostics).Code);
        }

        var others = new DiagnosticBag();
        Assert.Null(RawFile.Read(Encoding.Unicode.GetBytes("Title: x"), "lt.raw", others));
        Assert.Null(RawFile.Read("No. Variables: 99999999999\n"u8.ToArray(), "many.raw", others));
        Assert.Null(RawFile.Read("No. Variables: 2000000000\nVariables:\n"u8.ToArray(), "many.raw", others));
        Assert.Null(RawFile.Read("Plotname: x\nBinary:\n"u8.ToArray(), "early.raw", others));
        Assert.Equal(["AL0720", "AL0721", "AL0721", "AL0721"], others.Select(d => d.Code));
    }

    [NgspiceFact]
    public void Ngspice_loads_our_raw_files()
    {
        string work = Directory.CreateTempSubdirectory("analoglearn-raw-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(work, "ours.raw"), Write(Transient(200), Small));
            File.WriteAllText(Path.Combine(work, "print.cir"), """
                prints
                .control
                load ours.raw
                set numdgt=15
                setplot
                setplot tran1
                let n = length(time)
                print n
                let a = v(h_3)[123]
                let t = time[199]
                print a t
                setplot ac1
                let r = real(v(y_0)[1])
                let m = imag(v(y_0)[1])
                print r m
                .endc
                .end
                """);
            (int status, string output) = Programs.Run(Programs.Find("ngspice")!, work, TimeSpan.FromMinutes(1), "-b", "-n", "print.cir");
            string Printed(string name) => output.Split('\n').Select(l => l.Split('=')).Where(p => p.Length == 2 && p[0].Trim() == name).Select(p => p[1].Trim()).FirstOrDefault() ?? throw new InvalidDataException($"{status}: {output}");
            Assert.Equal(200, double.Parse(Printed("n"), CultureInfo.InvariantCulture));
            Assert.Equal(Math.Sin(123), double.Parse(Printed("a"), CultureInfo.InvariantCulture), 1e-13);
            Assert.Equal(199e-9 / 3, double.Parse(Printed("t"), CultureInfo.InvariantCulture), 1e-20);
            Assert.Equal(0.1, double.Parse(Printed("r"), CultureInfo.InvariantCulture), 1e-13);
            Assert.Equal(1.0 / 3, double.Parse(Printed("m"), CultureInfo.InvariantCulture), 1e-13);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [NgspiceFact]
    public void Raw_files_of_ngspice_are_read_in_both_forms()
    {
        const string deck = """
            an RC low pass
            V1 in 0 dc 1 ac 1
            R1 in out 1k
            C1 out 0 1u
            .end
            """;
        string work = Directory.CreateTempSubdirectory("analoglearn-raw-").FullName;
        try
        {
            string commands = ".control\nac dec 5 10 10k\nwrite binary.raw\nset filetype=ascii\nset appendwrite=0\nwrite text.raw\n.endc\n.end\n";
            File.WriteAllText(Path.Combine(work, "rc.cir"), deck.Replace(".end", commands, StringComparison.Ordinal));
            (int status, string output) = Programs.Run(Programs.Find("ngspice")!, work, TimeSpan.FromMinutes(1), "-b", "-n", "rc.cir");
            foreach (string name in new[] { "binary.raw", "text.raw" })
            {
                string path = Path.Combine(work, name);
                Assert.True(File.Exists(path), $"{status}: {output}");
                RawFile file = Read(File.ReadAllBytes(path));
                Assert.Equal("an RC low pass", file.Title, ignoreCase: true);
                WaveformTable table = Assert.Single(file.Tables);
                Assert.Equal("AC Analysis", table.PlotName);
                WaveformColumn frequency = table.Column("frequency")!;
                WaveformColumn v = table.Column("v(out)")!;
                Assert.Equal((WaveformQuantity.Frequency, WaveformQuantity.Voltage), (frequency.Quantity, v.Quantity));
                Assert.Equal(16, table.PointCount);
                for (int k = 0; k < table.PointCount; k++)
                {
                    double x = 2 * Math.PI * frequency.Values[k] * 1e-3; // ωRC; 1/(1 + jx)
                    Assert.Equal(1 / (1 + (x * x)), v.Values[k], 1e-9);
                    Assert.Equal(-x / (1 + (x * x)), v.Imaginary![k], 1e-9);
                }
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public void Csv_names_units_and_round_trips_every_number()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        CsvFile.Write(writer, Transient(100));
        string[] lines = writer.ToString().Split('\n');
        Assert.Equal("time [s],v(h_3) [V],i(v1) [A]", lines[0]);
        Assert.Equal(102, lines.Length);
        for (int k = 0; k < 100; k++)
            Assert.Equal([k * 1e-9 / 3, Math.Sin(k), -1e-6 / (k + 1)], lines[k + 1].Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Csv_splits_complex_columns_and_quotes_names_with_commas()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        CsvFile.Write(writer, Small with { Columns = Small.Columns.Add(new("v(a,b)", WaveformQuantity.Other, [1e300, double.NaN])) });
        Assert.Equal("frequency [Hz],re(v(y_0)) [V],im(v(y_0)) [V],\"v(a,b)\"\n1,0.5,-0.25,1E+300\n10,0.1,0.3333333333333333,NaN\n", writer.ToString());
    }
}

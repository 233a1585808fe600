using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Studies.Explaining;
using Microsoft.Data.Sqlite;

namespace AnalogLearn.Studies;

/// <summary>
/// The rows of a study on disk, an SQLite file: <c>study</c> says which study it is, <c>point</c> what was stepped, <c>item</c> has a row for each chip (and point and mode), <c>value</c> its measures as exact doubles,
/// <c>measure</c> their names. Rows are appended with a write-ahead log: whatever moment the program is killed at, those that were committed are there and no other. One program writes at a time.
/// </summary>
internal sealed class StudyStore : IDisposable
{
    /// <summary>The store's name in the run's folder.</summary>
    public const string FileName = "study.db";

    private const int Format = 1;

    // The column of values has no type: where it has one, SQLite keeps −0 as a whole number, without its sign.
    private const string Schema =
        """
        CREATE TABLE study(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
        CREATE TABLE point(step INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY(step, place)) WITHOUT ROWID;
        CREATE TABLE measure(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE item(id INTEGER PRIMARY KEY, step INTEGER NOT NULL, chip INTEGER NOT NULL, mode TEXT NOT NULL, status TEXT NOT NULL, passes INTEGER NOT NULL, draws TEXT, seconds REAL NOT NULL, error TEXT);
        CREATE TABLE value(item INTEGER NOT NULL, place INTEGER NOT NULL, measure INTEGER NOT NULL, value, PRIMARY KEY(item, place)) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, long> _measures = new(StringComparer.Ordinal);

    private StudyStore(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the store says of its study, by name: <c>fingerprint</c>, <c>deck</c>, <c>chips</c>, …</summary>
    public ImmutableSortedDictionary<string, string> Identity { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Opens a study's store for writing, and makes it when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The study.</param>
    /// <param name="identity">What identifies it; <c>fingerprint</c> has to be that of the rows that are there.</param>
    /// <param name="fresh">Whether to leave aside what is there.</param>
    /// <param name="diagnostics">Receives why it cannot be used.</param>
    /// <returns>The store, or null.</returns>
    public static StudyStore? Open(string path, StudyPlan plan, IReadOnlyDictionary<string, string> identity, bool fresh, DiagnosticBag diagnostics)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        if (fresh)
            Delete(path);
        StudyStore? store = null;
        try
        {
            store = new StudyStore(path, Connect(path, SqliteOpenMode.ReadWriteCreate));
            store.Run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;");
            if (store.Number("PRAGMA user_version") == 0)
                store.Begin(plan, identity);
            store.ReadIdentity();
            if (store.Number("PRAGMA user_version") != Format || !store.Identity.ContainsKey("fingerprint"))
            {
                diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"'{path}' is no store of a study that this version can read", "--fresh leaves it aside and starts anew; --out takes another folder");
            }
            else if (store.CheckIdentity(identity) is { } finished && store.Identity.GetValueOrDefault("complete") == "1")
            {
                // A deck that was changed is run again: what is finished stands aside, what is not is not given up unasked.
                string kept = System.IO.Path.ChangeExtension(path, ".previous.db");
                store.Dispose();
                Delete(kept);
                File.Move(path, kept);
                diagnostics.Warning(Codes.OtherStudy, SourceSpan.None, finished, $"it is finished, and kept as {System.IO.Path.GetFileName(kept)}");
                return Open(path, plan, identity, fresh, diagnostics);
            }
            else if (store.CheckIdentity(identity) is { } other)
            {
                diagnostics.Error(Codes.OtherStudy, SourceSpan.None, other, "--fresh leaves them aside and starts anew; --out takes another folder");
            }
            else
            {
                return store;
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Busy or Locked)
        {
            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"another program is using '{path}'", "wait until it is done, or take another folder with --out");
        }
        catch (SqliteException e)
        {
            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"the study's store '{path}' cannot be used: {Plain(e)}", "--fresh leaves it aside and starts anew; --out takes another folder");
        }

        store?.Dispose();
        return null;
    }

    /// <summary>Opens a store to read it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="diagnostics">Receives why it cannot be read.</param>
    /// <returns>The store, or null.</returns>
    public static StudyStore? Read(string path, DiagnosticBag diagnostics)
    {
        StudyStore? store = null;
        try
        {
            if (File.Exists(path))
            {
                // What a program that was killed left in its log is only taken up by one that may write.
                store = new StudyStore(path, Connect(path, File.Exists(path + "-wal") ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly));
                if (store.Number("PRAGMA user_version") == Format)
                {
                    store.ReadIdentity();
                    if (store.Identity.ContainsKey("fingerprint"))
                        return store;
                }
            }

            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, File.Exists(path) ? $"'{path}' is no store of a study that this version can read" : $"there is no study in '{path}'", "analoglearn mc DECK makes one, study.db in the run's folder");
        }
        catch (SqliteException e)
        {
            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"the study's store '{path}' cannot be read: {Plain(e)}", "check that the file may be read and no program is writing to it");
        }

        store?.Dispose();
        return null;
    }

    /// <summary>Removes a store with what belongs to it.</summary>
    /// <param name="path">The file.</param>
    public static void Delete(string path)
    {
        foreach (string ending in new[] { "-wal", "-shm", "-journal", string.Empty })
            File.Delete(path + ending);
    }

    /// <summary>Chips that were evaluated besides the study's own: those of the search for points of failure.</summary>
    public EvaluationTable Evaluations => field ??= new EvaluationTable(_connection, Path);

    /// <summary>Keeps what was found once for the whole study, such as where its chips fail.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its text.</param>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public void Remember(string name, string value)
    {
        try
        {
            using (SqliteCommand command = Query("INSERT OR REPLACE INTO study VALUES(?,?)", name, value))
                command.ExecuteNonQuery();
            Identity = Identity.SetItem(name, value);
        }
        catch (SqliteException e)
        {
            throw new IOException($"the study's store '{Path}' cannot be written: {Plain(e)}", e);
        }
    }

    /// <summary>Whether a name is that of something found (<see cref="Remember"/>), and says nothing of which study it is.</summary>
    /// <param name="name">The name.</param>
    public static bool IsFound(string name) => name == MeasuresName || name.StartsWith(SamplingPrefix, StringComparison.Ordinal);

    /// <summary>The name of what the deck says of its measures.</summary>
    public const string MeasuresName = "measures";

    /// <summary>What the names of how chips are drawn at each point begin with.</summary>
    public const string SamplingPrefix = "sampling.";

    /// <summary>Whether the rows are of a study.</summary>
    /// <param name="identity">What identifies the study.</param>
    /// <returns>Null when they are, else in words what is not the same.</returns>
    public string? CheckIdentity(IReadOnlyDictionary<string, string> identity) => Identity["fingerprint"] == identity["fingerprint"]
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"'{Path}' holds {Amount.Of(RowCount, "chip")} of another study: {Difference(Identity, identity)}");

    /// <summary>How many rows there are.</summary>
    public int RowCount => (int)Number("SELECT count(*) FROM item");

    /// <summary>Seconds that the rows took together.</summary>
    public double Seconds => Query("SELECT total(seconds) FROM item").ExecuteScalar() is double seconds ? seconds : 0;

    /// <summary>Writes rows, all of them or none.</summary>
    /// <param name="plan">The study.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="IOException">The disk is full, or gone.</exception>
    public void Write(StudyPlan plan, IReadOnlyList<StudyRow> rows)
    {
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (StudyRow row in rows)
            {
                int id = plan.IdOf(row.Item);
                using (SqliteCommand item = Query("INSERT INTO item VALUES(?,?,?,?,?,?,?,?,?)", id, row.Item.Step, row.Item.Chip, row.Item.Mode, row.Status, row.Passes ? 1 : 0, row.Draws, row.Seconds, row.Error))
                    item.ExecuteNonQuery();
                for (int place = 0; place < row.Measures.Length; place++)
                {
                    (string name, double value) = row.Measures[place];
                    using SqliteCommand measure = Query("INSERT INTO value VALUES(?,?,?,?)", id, place, IdOf(name), double.IsNaN(value) ? null : value);
                    measure.ExecuteNonQuery();
                }
            }

            transaction.Commit();
        }
        catch (SqliteException e)
        {
            throw new IOException($"the study's store '{Path}' cannot be written: {Plain(e)}", e);
        }
    }

    /// <summary>Which items have a row, and whether they meet the specification.</summary>
    public IEnumerable<(int Id, bool Passes)> Known()
    {
        using SqliteCommand command = Query("SELECT id, passes FROM item ORDER BY id");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            yield return (reader.GetInt32(0), reader.GetInt32(1) == 1);
    }

    /// <summary>Leaves out chips beyond what a point of the sweep needs: other threads were at work on them when the study stopped.</summary>
    /// <param name="step">The point.</param>
    /// <param name="chips">The last chip.</param>
    public void Cut(int step, int chips)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        using (SqliteCommand values = Query("DELETE FROM value WHERE item IN (SELECT id FROM item WHERE step = ? AND chip > ?)", step, chips))
            values.ExecuteNonQuery();
        using (SqliteCommand items = Query("DELETE FROM item WHERE step = ? AND chip > ?", step, chips))
            items.ExecuteNonQuery();
        transaction.Commit();
    }

    /// <summary>The rows in order, read as they are asked for.</summary>
    /// <param name="from">Rows to leave out.</param>
    /// <param name="most">The most to read, or −1 for all.</param>
    public IEnumerable<StudyRow> Rows(int from = 0, int most = -1)
    {
        Dictionary<long, string> names = Names();
        using SqliteCommand items = Query("SELECT id, step, chip, mode, status, draws, seconds, error FROM item ORDER BY id LIMIT ? OFFSET ?", most, from);
        using SqliteDataReader item = items.ExecuteReader();
        if (!item.Read())
            yield break;
        using SqliteCommand values = Query("SELECT item, measure, value FROM value WHERE item >= ? ORDER BY item, place", item.GetInt64(0));
        using SqliteDataReader value = values.ExecuteReader();
        bool more = value.Read();
        do
        {
            long id = item.GetInt64(0);
            var measures = ImmutableArray.CreateBuilder<(string, double)>();
            for (; more && value.GetInt64(0) == id; more = value.Read())
                measures.Add((names[value.GetInt64(1)], value.IsDBNull(2) ? double.NaN : value.GetDouble(2)));
            yield return new StudyRow(new StudyItem(item.GetInt32(1), item.GetInt32(2), item.GetString(3)), item.GetString(4), measures.DrainToImmutable())
            {
                Draws = item.IsDBNull(5) ? null : item.GetString(5),
                Seconds = item.GetDouble(6),
                Error = item.IsDBNull(7) ? null : item.GetString(7),
            };
        }
        while (item.Read());
    }

    /// <summary>The rows of one chip.</summary>
    /// <param name="chip">The chip.</param>
    public ImmutableArray<StudyRow> RowsOf(int chip)
    {
        var places = new List<int>();
        using (SqliteCommand command = Query("SELECT (SELECT count(*) FROM item AS other WHERE other.id < item.id) FROM item WHERE chip = ? ORDER BY id", chip))
        {
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
                places.Add(reader.GetInt32(0));
        }

        return [.. places.Select(place => Rows(place, 1).Single())];
    }

    /// <summary>How many chips there are, each of which has a row at every point and in every mode.</summary>
    public int Chips => (int)Number("SELECT count(DISTINCT chip) FROM item");

    /// <summary>How many chips have an error in any of their rows.</summary>
    public int FailedChips => (int)Number("SELECT count(DISTINCT chip) FROM item WHERE error IS NOT NULL");

    /// <summary>Different errors, in order of the first chip that had each, and how many rows had any.</summary>
    /// <param name="most">How many to name.</param>
    public (ImmutableArray<string> Errors, int Count) Errors(int most)
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        using SqliteCommand command = Query("SELECT error FROM item WHERE error IS NOT NULL GROUP BY error ORDER BY min(id) LIMIT ?", most);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            errors.Add(reader.GetString(0));
        return (errors.DrainToImmutable(), (int)Number("SELECT count(*) FROM item WHERE error IS NOT NULL"));
    }

    /// <summary>Different errors, the most frequent first, with how many chips had each in any of their rows and the first chip that did.</summary>
    /// <param name="most">How many to name.</param>
    public ImmutableArray<(string Error, int Count, int FirstChip)> Failures(int most)
    {
        var failures = ImmutableArray.CreateBuilder<(string, int, int)>();
        using SqliteCommand command = Query("SELECT error, count(DISTINCT chip), min(chip) FROM item WHERE error IS NOT NULL GROUP BY error ORDER BY count(*) DESC, min(id) LIMIT ?", most);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            failures.Add((reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2)));
        return failures.ToImmutable();
    }

    /// <summary>The plan that the store was made for.</summary>
    public StudyPlan Plan()
    {
        var points = new SortedDictionary<int, ImmutableDictionary<string, double>>();
        var names = new List<string>();
        using (SqliteCommand command = Query("SELECT step, name, value FROM point ORDER BY step, place"))
        {
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                int step = reader.GetInt32(0);
                points[step] = points.GetValueOrDefault(step, ImmutableDictionary<string, double>.Empty).SetItem(reader.GetString(1), reader.GetDouble(2));
                if (!names.Contains(reader.GetString(1), StringComparer.Ordinal))
                    names.Add(reader.GetString(1));
            }
        }

        double halfWidth = double.Parse(Identity.GetValueOrDefault("halfwidth", "0"), CultureInfo.InvariantCulture);
        return new StudyPlan
        {
            Names = [.. names],
            Points = points.Count == 0 ? [ImmutableDictionary<string, double>.Empty] : [.. points.Values],
            Chips = int.Parse(Identity["chips"], CultureInfo.InvariantCulture),
            Modes = [.. Identity["modes"].Split(',')],
            Spec = Identity.GetValueOrDefault("spec"),
            Stop = halfWidth > 0 ? new StopRule(halfWidth, int.Parse(Identity["least"], CultureInfo.InvariantCulture)) : null,
            Shard = StudyShard.Parse(Identity["shard"]) ?? StudyShard.Whole,
        };
    }

    /// <summary>Says how the study ended, and leaves one plain file.</summary>
    /// <param name="isWhole">Whether all rows are there.</param>
    public void Close(bool isWhole)
    {
        try
        {
            using (SqliteCommand state = Query("INSERT OR REPLACE INTO study VALUES('complete', ?)", isWhole ? "1" : "0"))
                state.ExecuteNonQuery();
            if (isWhole)
                DescribeForReaders();
            Run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;");
        }
        catch (SqliteException e)
        {
            throw new IOException($"the study's store '{Path}' cannot be written: {Plain(e)}", e);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    internal const int Busy = 5;
    internal const int Locked = 6;

    internal static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal static string Plain(SqliteException e) => e.SqliteErrorCode switch
    {
        11 or 26 => "it is damaged, or no SQLite file",
        13 => "the disk is full",
        _ => e.Message,
    };

    /// <summary>In words, what of the identity is not the same.</summary>
    private static string Difference(ImmutableSortedDictionary<string, string> stored, IReadOnlyDictionary<string, string> asked)
    {
        string[] names = [.. asked.Keys.Where(k => k is not ("fingerprint" or "deck" or "settings" or "record" or "title" or "shard" or "complete") && !IsFound(k) && stored.GetValueOrDefault(k) != asked[k]).Order(StringComparer.Ordinal)];
        return names.Length > 0
            ? string.Join(", ", names.Select(k => $"{k} was {stored.GetValueOrDefault(k) ?? "not given"} and is {asked[k]}"))
            : "the deck or its data has changed";
    }

    private void Begin(StudyPlan plan, IReadOnlyDictionary<string, string> identity)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Run(Schema);
        foreach ((string name, string value) in identity)
        {
            using SqliteCommand command = Query("INSERT INTO study VALUES(?,?)", name, value);
            command.ExecuteNonQuery();
        }

        for (int step = 0; step < plan.Points.Length; step++)
        {
            for (int place = 0; place < plan.Names.Length; place++)
            {
                using SqliteCommand command = Query("INSERT INTO point VALUES(?,?,?,?)", step, place, plan.Names[place], plan.Points[step][plan.Names[place]]);
                command.ExecuteNonQuery();
            }
        }

        Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={Format}"));
        transaction.Commit();
    }

    private void ReadIdentity()
    {
        var identity = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        using SqliteCommand command = Query("SELECT name, value FROM study");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            identity[reader.GetString(0)] = reader.IsDBNull(1) ? string.Empty : reader.GetString(1);
        Identity = identity.ToImmutable();
    }

    private Dictionary<long, string> Names()
    {
        var names = new Dictionary<long, string>();
        using SqliteCommand command = Query("SELECT id, name FROM measure");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            names[reader.GetInt64(0)] = reader.GetString(1);
        return names;
    }

    private long IdOf(string measure)
    {
        if (_measures.Count == 0)
        {
            foreach ((long id, string name) in Names())
                _measures[name] = id;
        }

        if (_measures.TryGetValue(measure, out long known))
            return known;
        using (SqliteCommand command = Query("INSERT INTO measure(name) VALUES(?)", measure))
            command.ExecuteNonQuery();
        return _measures[measure] = Number("SELECT last_insert_rowid()");
    }

    /// <summary>For whoever opens the file with other programs: a view <c>chips</c>, a row a chip, with measures as columns.</summary>
    private void DescribeForReaders()
    {
        static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
        string columns = string.Concat(Names().OrderBy(n => n.Key).Select(n => string.Create(CultureInfo.InvariantCulture, $", (SELECT value FROM value WHERE item = item.id AND measure = {n.Key}) AS {Quoted("measure." + n.Value)}")));
        string steps = string.Concat(Plan().Names.Select((n, k) => string.Create(CultureInfo.InvariantCulture, $", (SELECT value FROM point WHERE point.step = item.step AND place = {k}) AS {Quoted("step." + n)}")));
        Run($"DROP VIEW IF EXISTS chips; CREATE VIEW chips AS SELECT chip, mode{steps}{columns}, status, draws, seconds, error FROM item");
    }

    private long Number(string text)
    {
        using SqliteCommand command = Query(text);
        return command.ExecuteScalar() is long number ? number : 0;
    }

    private void Run(string text)
    {
        using SqliteCommand command = Query(text);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Query(string text, params ReadOnlySpan<object?> values) => Query(_connection, text, values);

    /// <summary>A command with its values in place of question marks.</summary>
    internal static SqliteCommand Query(SqliteConnection connection, string text, params ReadOnlySpan<object?> values)
    {
        SqliteCommand command = connection.CreateCommand();
        // The question marks are numbered, as names of parameters have to be.
        var numbered = new System.Text.StringBuilder();
        int count = 0;
        foreach (char c in text)
        {
            if (c == '?')
                numbered.Append(CultureInfo.InvariantCulture, $"$p{count++}");
            else
                numbered.Append(c);
        }

        command.CommandText = numbered.ToString();
        for (int k = 0; k < values.Length; k++)
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"$p{k}"), values[k] ?? DBNull.Value);
        return command;
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace AnalogLearn.Studies.Explaining;

/// <summary>A chip that was evaluated, and the key of its row.</summary>
/// <param name="Design">The hash of the design that the chip was made from, with all that its numbers depend on besides.</param>
/// <param name="What">What is evaluated, in words: the card, or the step of a search.</param>
/// <param name="Variant">Which of its variants, from 0.</param>
/// <param name="Chip">The chip's number.</param>
internal readonly record struct EvaluationKey(string Design, string What, int Variant, int Chip)
{
    /// <summary>A name for its checkpoint.</summary>
    public string CheckpointKey => string.Create(
        CultureInfo.InvariantCulture,
        $"{Chip}-{Variant}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Design}\n{What}\n{Variant}\n{Chip}"))))}");
}

/// <summary>What came of it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Name">The variant's name, for readers.</param>
/// <param name="Status">How its run ended, in snake case.</param>
/// <param name="Measures">Its measures, in order of the deck; NaN where one was not obtained.</param>
internal sealed record Evaluation(EvaluationKey Key, string Name, string Status, ImmutableArray<(string Name, double Value)> Measures)
{
    /// <summary>How long it took [s].</summary>
    public double Seconds { get; init; }

    /// <summary>Its first error, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>Chips of studies that explain and of searches, a row each as it ends, in tables of an SQLite file: <c>evaluation</c> with its key and <c>evaluation_value</c> with its measures as exact doubles.</summary>
internal sealed class EvaluationTable
{
    // The column of values has no type: where it has one, SQLite keeps −0 as a whole number, without its sign.
    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS evaluation(id INTEGER PRIMARY KEY, design TEXT NOT NULL, what TEXT NOT NULL, variant INTEGER NOT NULL, chip INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, seconds REAL NOT NULL, error TEXT, UNIQUE(design, what, variant, chip));
        CREATE TABLE IF NOT EXISTS evaluation_value(evaluation INTEGER NOT NULL, place INTEGER NOT NULL, measure TEXT NOT NULL, value, PRIMARY KEY(evaluation, place)) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;
    private readonly string _path;

    /// <summary>The tables of a file; made when missing.</summary>
    /// <param name="connection">The file, open for writing.</param>
    /// <param name="path">Its path.</param>
    public EvaluationTable(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
        using SqliteCommand command = StudyStore.Query(connection, Schema);
        command.ExecuteNonQuery();
    }

    /// <summary>Where chips keep how far their training is, or null.</summary>
    public ChipCheckpoints? Checkpoints { get; set; }

    /// <summary>How many rows there are.</summary>
    public int Count
    {
        get
        {
            using SqliteCommand command = StudyStore.Query(_connection, "SELECT count(*) FROM evaluation");
            return command.ExecuteScalar() is long count ? (int)count : 0;
        }
    }

    /// <summary>The rows of something that is evaluated, in order of variants and chips.</summary>
    /// <param name="design">The hash of the design.</param>
    /// <param name="what">What is evaluated.</param>
    public IEnumerable<Evaluation> Read(string design, string what)
    {
        using SqliteCommand command = StudyStore.Query(
            _connection,
            "SELECT id, variant, chip, name, status, seconds, error, measure, value FROM evaluation LEFT JOIN evaluation_value ON evaluation = id WHERE design = ? AND what = ? ORDER BY variant, chip, place",
            design,
            what);
        using SqliteDataReader reader = command.ExecuteReader();
        bool more = reader.Read();
        while (more)
        {
            long id = reader.GetInt64(0);
            var row = new Evaluation(new EvaluationKey(design, what, reader.GetInt32(1), reader.GetInt32(2)), reader.GetString(3), reader.GetString(4), [])
            {
                Seconds = reader.GetDouble(5),
                Error = reader.IsDBNull(6) ? null : reader.GetString(6),
            };
            var measures = ImmutableArray.CreateBuilder<(string, double)>();
            for (; more && reader.GetInt64(0) == id; more = reader.Read())
            {
                if (!reader.IsDBNull(7))
                    measures.Add((reader.GetString(7), reader.IsDBNull(8) ? double.NaN : reader.GetDouble(8)));
            }

            yield return row with { Measures = measures.DrainToImmutable() };
        }
    }

    /// <summary>The keys of all rows, as checkpoints have them.</summary>
    public IEnumerable<string> CheckpointKeys()
    {
        using SqliteCommand command = StudyStore.Query(_connection, "SELECT design, what, variant, chip FROM evaluation");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            yield return new EvaluationKey(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3)).CheckpointKey;
    }

    /// <summary>Different errors, the most frequent first, with how many rows had each as their first one, of how many chips these are, and how many rows and chips there are. A chip has a row in each variant of the deck.</summary>
    /// <param name="most">How many to name.</param>
    public IEnumerable<(string Error, int Rows, int Chips, int AllRows, int AllChips)> Failures(int most = 3)
    {
        using SqliteCommand command = StudyStore.Query(_connection, "SELECT error, count(*), count(DISTINCT chip), (SELECT count(*) FROM evaluation), (SELECT count(DISTINCT chip) FROM evaluation) FROM evaluation WHERE error IS NOT NULL GROUP BY error ORDER BY count(*) DESC, error LIMIT ?", most);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            yield return (reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt32(4));
    }

    /// <summary>Writes rows, all of them or none. From one thread at a time.</summary>
    /// <param name="rows">The rows.</param>
    /// <exception cref="IOException">The disk is full, or gone.</exception>
    public void Write(IReadOnlyList<Evaluation> rows)
    {
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (Evaluation row in rows)
            {
                EvaluationKey key = row.Key;
                using (SqliteCommand item = StudyStore.Query(
                    _connection, "INSERT INTO evaluation(design, what, variant, chip, name, status, seconds, error) VALUES(?,?,?,?,?,?,?,?)", key.Design, key.What, key.Variant, key.Chip, row.Name, row.Status, row.Seconds, row.Error))
                    item.ExecuteNonQuery();
                for (int place = 0; place < row.Measures.Length; place++)
                {
                    (string name, double value) = row.Measures[place];
                    using SqliteCommand measure = StudyStore.Query(_connection, "INSERT INTO evaluation_value SELECT max(id), ?, ?, ? FROM evaluation", place, name, double.IsNaN(value) ? null : value);
                    measure.ExecuteNonQuery();
                }
            }

            transaction.Commit();
        }
        catch (SqliteException e)
        {
            throw new IOException($"the store '{_path}' cannot be written: {StudyStore.Plain(e)}", e);
        }
    }
}

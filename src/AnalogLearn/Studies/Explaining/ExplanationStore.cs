using System.Globalization;
using AnalogLearn.Netlist;
using Microsoft.Data.Sqlite;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// The chips of a deck's studies that explain on disk, <c>explain.db</c> beside <c>study.db</c>: each is a row as it ends, so that whoever starts the same command again goes on where the last one was cut off. All cards and
/// commands of a deck share it. As with <see cref="StudyStore"/>, a deck that was changed puts a finished store aside, and an unfinished one is not given up unasked.
/// </summary>
internal sealed class ExplanationStore : IDisposable
{
    /// <summary>The store's name in the run's folder.</summary>
    public const string FileName = "explain.db";

    private const int Format = 1;

    private readonly SqliteConnection _connection;
    private readonly string _path;

    private ExplanationStore(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
    }

    /// <summary>The rows.</summary>
    public EvaluationTable Rows => field ??= new EvaluationTable(_connection, _path);

    /// <summary>Opens the store of a deck for writing, and makes it when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What identifies deck, data, seed, settings and version.</param>
    /// <param name="fresh">Whether to leave aside what is there.</param>
    /// <param name="diagnostics">Receives why it cannot be used.</param>
    /// <returns>The store, or null.</returns>
    public static ExplanationStore? Open(string path, string fingerprint, bool fresh, DiagnosticBag diagnostics)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (fresh)
            StudyStore.Delete(path);
        ExplanationStore? store = null;
        try
        {
            store = new ExplanationStore(path, StudyStore.Connect(path, SqliteOpenMode.ReadWriteCreate));
            store.Run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;");
            if (store.Text("PRAGMA user_version") == "0")
                store.Begin(fingerprint);
            if (store.Text("PRAGMA user_version") != Format.ToString(CultureInfo.InvariantCulture) || store.Of("fingerprint") is not { } stored)
            {
                diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"'{path}' is no store that this version can read", "--fresh leaves it aside and starts anew; --out takes another folder");
            }
            else if (stored == fingerprint)
            {
                return store;
            }
            else if (store.Rows.Count == 0)
            {
                store.Dispose();
                return Open(path, fingerprint, fresh: true, diagnostics);
            }
            else
            {
                string other = string.Create(CultureInfo.InvariantCulture, $"'{path}' holds {Amount.Of(store.Rows.Count, "run")} of another study: the deck, its data, --seed or --set has changed");
                if (store.Of("complete") != "1")
                {
                    diagnostics.Error(Codes.OtherStudy, SourceSpan.None, other, "--fresh leaves them aside and starts anew; --out takes another folder");
                }
                else
                {
                    string kept = Path.ChangeExtension(path, ".previous.db");
                    store.Dispose();
                    StudyStore.Delete(kept);
                    File.Move(path, kept);
                    diagnostics.Warning(Codes.OtherStudy, SourceSpan.None, other, $"it is finished, and kept as {Path.GetFileName(kept)}");
                    return Open(path, fingerprint, fresh, diagnostics);
                }
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode is StudyStore.Busy or StudyStore.Locked)
        {
            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"another program is using '{path}'", "wait until it is done, or take another folder with --out");
        }
        catch (SqliteException e)
        {
            diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"the store '{path}' cannot be used: {StudyStore.Plain(e)}", "--fresh leaves it aside and starts anew; --out takes another folder");
        }

        store?.Dispose();
        return null;
    }

    /// <summary>Says that work begins which may be cut off.</summary>
    public void Begin() => Run("INSERT OR REPLACE INTO study VALUES('complete', '0')");

    /// <summary>Says how the command ended, and leaves one plain file.</summary>
    /// <param name="isWhole">Whether all that it wanted is there.</param>
    public void Close(bool isWhole)
    {
        Run(isWhole ? "INSERT OR REPLACE INTO study VALUES('complete', '1')" : "INSERT OR REPLACE INTO study VALUES('complete', '0')");
        Run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;");
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void Begin(string fingerprint)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Run("CREATE TABLE study(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;");
        using (SqliteCommand command = StudyStore.Query(_connection, "INSERT INTO study VALUES('fingerprint', ?), ('version', ?)", fingerprint, ProductVersion.Text))
            command.ExecuteNonQuery();
        _ = Rows;
        Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={Format}"));
        transaction.Commit();
    }

    private string? Of(string name)
    {
        using SqliteCommand command = StudyStore.Query(_connection, "SELECT value FROM study WHERE name = ?", name);
        return command.ExecuteScalar() as string;
    }

    private string? Text(string text)
    {
        using SqliteCommand command = StudyStore.Query(_connection, text);
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private void Run(string text)
    {
        try
        {
            using SqliteCommand command = StudyStore.Query(_connection, text);
            command.ExecuteNonQuery();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 10 or 13)
        {
            throw new IOException($"the store '{_path}' cannot be written: {StudyStore.Plain(e)}", e);
        }
    }
}

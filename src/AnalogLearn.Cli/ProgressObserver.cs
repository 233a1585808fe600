using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using Spectre.Console;

namespace AnalogLearn.Cli;

/// <summary>
/// Shows a run's progress on standard error: epoch, batch, examples a second, running error, time left. A bar that redraws itself on a terminal, a plain line
/// every ten seconds and after every epoch otherwise, nothing when quiet.
/// </summary>
internal sealed class ProgressObserver(Terminal terminal) : IRunObserver
{
    private const double SecondsBetweenLines = 10;
    private const double SecondsBetweenRedraws = 0.1;
    private const double SecondsBetweenEpochs = 2;
    private const int MostEpochsShown = 50;

    private readonly Stopwatch _since = new();
    private readonly Stopwatch _shown = new();
    private readonly Stopwatch _epochShown = new();
    private TrainingStart? _start;
    private ProgressTask? _task;
    private IAnsiConsole? _console;
    private ProgressContext? _context;

    /// <summary>Runs something with a bar on the terminal where there is one.</summary>
    public T During<T>(bool takesLong, Func<T> action)
    {
        if (!takesLong || !terminal.IsInteractive || terminal.IsQuiet)
            return action();
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        try
        {
            return _console.Progress()
                .AutoClear(enabled: true)
                .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
                .Start(context =>
                {
                    _context = context;
                    return action();
                });
        }
        finally
        {
            _context = null;
            _task = null;
            _console = null;
        }
    }

    /// <inheritdoc/>
    public void Say(string text)
    {
        if (terminal.IsQuiet)
            return;
        if (_console is not null)
            _console.WriteLine(text);
        else
            terminal.Error.WriteLine(text);
    }

    /// <inheritdoc/>
    public void TrainingBegins(TrainingStart start)
    {
        _start = start;
        _since.Restart();
        _shown.Restart();
        Say(string.Create(CultureInfo.InvariantCulture, $"training with {start.Rule}: {Amount.Of(start.Epochs, "epoch")} of {Amount.Of(start.ExampleCount, "example")}"));
        _task = _context?.AddTask("starting", maxValue: Math.Max(1, (double)start.Epochs * start.BatchCount));
        if (_task is not null)
            _task.Value = ((double)start.Epoch * start.BatchCount) + start.Batch;
    }

    /// <inheritdoc/>
    public void BatchDone(TrainingProgress progress)
    {
        if (terminal.IsQuiet || _start is not { } start)
            return;
        if (_shown.Elapsed.TotalSeconds < (_task is null ? SecondsBetweenLines : SecondsBetweenRedraws))
            return;
        _shown.Restart();
        double done = ((progress.Epoch - 1.0) * start.BatchCount) + progress.Batch;
        double rate = progress.Examples / Math.Max(1e-9, _since.Elapsed.TotalSeconds);
        double perBatch = (done - ((double)start.Epoch * start.BatchCount) - start.Batch) / Math.Max(1e-9, _since.Elapsed.TotalSeconds);
        double left = (((double)start.Epochs * start.BatchCount) - done) / Math.Max(1e-9, perBatch);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{start.Epochs}, batch {progress.Batch}/{start.BatchCount}, {rate:0} examples/s, {Quality(progress.RunningError, progress.RunningCost)}, {Duration(left)} left");
        if (_task is null)
        {
            Say(line);
            return;
        }

        _task.Value = done;
        _task.Description = Markup.Escape(line);
    }

    /// <inheritdoc/>
    public void EpochDone(EpochRecord epoch)
    {
        if (terminal.IsQuiet)
            return;
        string test = double.IsFinite(epoch.TestError) || double.IsFinite(epoch.TestCost) ? "test " + Quality(epoch.TestError, epoch.TestCost) : "test error not taken";
        if (epoch.Epoch == 0)
        {
            Say($"before training: {test}");
            _epochShown.Restart();
            return;
        }

        // Of many epochs that follow one another quickly only some are shown, and the last one.
        bool always = _start?.Epochs <= MostEpochsShown || epoch.Epoch == _start?.Epochs;
        if (!always && _epochShown.IsRunning && _epochShown.Elapsed.TotalSeconds < SecondsBetweenEpochs)
            return;
        _epochShown.Restart();

        string angle = epoch.Angles.FirstOrDefault(a => a.Array == "all") is { } all && double.IsFinite(all.Degrees)
            ? string.Create(CultureInfo.InvariantCulture, $", angle to the gradient {all.Degrees:0.0}°")
            : string.Empty;
        string unsettled = epoch.Unsettled > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Amount.Of(epoch.Unsettled, "example")} not settled (residual {epoch.FreeResidual:g2} V)") : string.Empty;
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}: {test}, training {(double.IsFinite(epoch.TrainError) ? string.Create(CultureInfo.InvariantCulture, $"error {100 * epoch.TrainError:0.00} %, ") : string.Empty)}cost {epoch.TrainCost:g4}{angle}{unsettled}, {Duration(epoch.Seconds)}"));
    }

    /// <summary>The share of wrong answers, or the cost where an example has no right answer (an autoencoder).</summary>
    private static string Quality(double error, double cost) =>
        double.IsFinite(error) ? string.Create(CultureInfo.InvariantCulture, $"error {100 * error:0.00} %") : string.Create(CultureInfo.InvariantCulture, $"cost {cost:g4}");

    /// <inheritdoc/>
    public void TrainingEnds(TrainingOutcome outcome)
    {
        if (_task is not null)
        {
            _task.Value = _task.MaxValue;
            _task.Description = "done";
            _task.StopTask();
            _task = null;
        }

        _start = null;
    }

    /// <inheritdoc/>
    public void StudyProgress(StudyProgress progress)
    {
        if (terminal.IsQuiet)
            return;
        bool isLast = progress.Done >= progress.Total;
        if (_context is not null && _task is null)
            _task = _context.AddTask("chips", maxValue: progress.Total);
        if (!_shown.IsRunning)
            _shown.Restart();
        if (!isLast && _shown.Elapsed.TotalSeconds < (_task is null ? SecondsBetweenLines : SecondsBetweenRedraws))
            return;
        _shown.Restart();
        string yield = progress.Yield is { } y ? string.Create(CultureInfo.InvariantCulture, $", yield {100 * y.Fraction:0.0} % ({100 * y.Low:0.0} to {100 * y.High:0.0})") : string.Empty;
        string left = isLast ? string.Empty : $", {Duration(progress.SecondsLeft)} left";
        string line = string.Create(CultureInfo.InvariantCulture, $"{progress.Done} of {Amount.Of(progress.Total, "chip")}{left}{yield}");
        if (_task is null)
        {
            Say(line);
            return;
        }

        _task.MaxValue = progress.Total;
        _task.Value = progress.Done;
        _task.Description = Markup.Escape(line);
    }

    private static string Duration(double seconds) => seconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 60):0} min {seconds % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 3600):0} h {Math.Floor(seconds % 3600 / 60):00} min"),
    };
}

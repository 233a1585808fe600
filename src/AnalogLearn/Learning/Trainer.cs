using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using AnalogLearn.Data;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;

namespace AnalogLearn.Learning;

/// <summary>
/// Trains a field: epoch after epoch, batch after batch, clamp, learn, step. The order of the examples and every draw depend on (seed, epoch, batch) alone, so a
/// run that is taken up from a checkpoint ends in the same bits as one that was never interrupted.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Trainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A cost so many times that of the start, and of 1, is that of a run that will not come back.</summary>
    private const double RunAway = 1e6;

    private readonly Dictionary<int, BatchRoom> _rooms = [];
    private readonly ParameterSet<T> _direction;
    private readonly int[] _evaluationRows;
    private Batch<T>? _remembered;
    private Tally _tally = new();

    /// <summary>A trainer of a rate network at the start of its run.</summary>
    /// <param name="field">The field; its θ is moved.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="learner">The rule.</param>
    /// <param name="optimizer">What turns directions into changes.</param>
    /// <param name="data">Training and test examples.</param>
    /// <param name="plan">What to do.</param>
    public Trainer(RateField<T> field, Readout readout, ILearner<T> learner, IOptimizer<T> optimizer, DataSet data, TrainingPlan plan)
        : this(new LearningNetwork<T>(field, readout), learner, optimizer, data, plan)
    {
    }

    /// <summary>A trainer at the start of its run.</summary>
    /// <param name="system">What learns; its θ is moved.</param>
    /// <param name="learner">The rule.</param>
    /// <param name="optimizer">What turns directions into changes.</param>
    /// <param name="data">Training and test examples.</param>
    /// <param name="plan">What to do.</param>
    public Trainer(ILearningSystem<T> system, ILearner<T> learner, IOptimizer<T> optimizer, DataSet data, TrainingPlan plan)
    {
        System = system;
        Learner = learner;
        Optimizer = optimizer;
        Data = data;
        Plan = plan;
        IParametrizedField<T> field = system.Field;
        _direction = new ParameterSet<T>(field.Parameters);
        _evaluationRows = new int[plan.EvaluationBatch];
        if (data.Train.InputWidth != system.InputCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The data have {data.Train.InputWidth} inputs an example, the circuit {system.InputCount}."), nameof(data));
        if (data.Train.TargetWidth != system.OutputCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The data have {data.Train.TargetWidth} targets an example, the circuit {system.OutputCount} outputs."), nameof(data));
        if (plan.Rates.Length != field.Parameters.Blocks.Length)
            throw new ArgumentException("There is not one rate for each block of parameters.", nameof(plan));
        if (plan.Remember)
        {
            _remembered = new Batch<T>(data.Train.Count, field.StateCount);
            for (int e = 0; e < data.Train.Count; e++)
                system.RestingState(_remembered.Row(e));
        }
    }

    /// <summary>What learns.</summary>
    public ILearningSystem<T> System { get; }

    /// <summary>Its field.</summary>
    public IParametrizedField<T> Field => System.Field;

    /// <summary>The rule.</summary>
    public ILearner<T> Learner { get; }

    /// <summary>What turns directions into changes.</summary>
    public IOptimizer<T> Optimizer { get; }

    /// <summary>Training and test examples.</summary>
    public DataSet Data { get; }

    /// <summary>What to do.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The epochs so far; the first record is the state before training when it was evaluated.</summary>
    public List<EpochRecord> History { get; } = [];

    /// <summary>The epoch that runs or is next, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>The batch that is next, from 0.</summary>
    public int Batch { get; private set; }

    /// <summary>Measures angles to the exact gradient after an epoch (0: before training), or null.</summary>
    public Func<int, ImmutableArray<AngleRecord>>? AngleProbe { get; set; }

    /// <summary>Told after each batch.</summary>
    public Action<TrainingProgress>? Progress { get; set; }

    /// <summary>Told after each epoch, and of the state before training.</summary>
    public Action<EpochRecord>? EpochDone { get; set; }

    /// <summary>Called after batches and epochs, where a checkpoint may be taken.</summary>
    public Action<Trainer<T>>? CheckpointHook { get; set; }

    /// <summary>The test set as the parameters stand, if this trainer has evaluated it since they last moved, or null.</summary>
    public Evaluation? LastTest { get; private set; }

    /// <summary>What went wrong, when the run diverged.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Runs to the end, from wherever the trainer stands.</summary>
    /// <param name="cancellation">Interrupts between batches.</param>
    public TrainingEnd Run(CancellationToken cancellation = default)
    {
        if (History.Count == 0)
        {
            Evaluation start = Evaluate(Data.Test, cancellation);
            if (cancellation.IsCancellationRequested)
                return TrainingEnd.Interrupted;
            LastTest = start;
            AddRecord(new EpochRecord
            {
                Epoch = 0,
                TrainCost = double.NaN,
                TrainError = double.NaN,
                TestCost = start.Cost,
                TestError = start.Error,
                TestResidual = start.LargestResidual,
                Alignments = Alignments(),
                Angles = AngleProbe?.Invoke(0) ?? [],
            });
        }

        var order = new BatchOrder(Plan.Seed, Data.Train.Count);
        int batches = order.BatchCount(Plan.BatchSize);
        long examples = 0;
        while (Epoch < Plan.Epochs)
        {
            order.Begin(Epoch);
            double[] rates = [.. Plan.Rates.Select(r => r * Math.Pow(Plan.RateDecay, Epoch))];
            var watch = Stopwatch.StartNew();
            double before = _tally.Seconds;
            while (Batch < batches)
            {
                if (cancellation.IsCancellationRequested)
                    return TrainingEnd.Interrupted;
                ReadOnlySpan<int> rows = order.Batch(Batch, Plan.BatchSize);
                BatchOutcome outcome = LearnBatch(rows, rates);
                _tally.Add(outcome, rows.Length);
                _tally.Seconds = before + watch.Elapsed.TotalSeconds;
                Batch++;
                examples += rows.Length;
                Progress?.Invoke(new TrainingProgress(Epoch + 1, Batch, batches, examples, Data.Train.TargetsAreInputs ? double.NaN : (double)_tally.Errors / _tally.Examples, _tally.Cost / _tally.Examples));
                if (!double.IsFinite(outcome.Cost) || double.IsNaN(outcome.FreeResidual) || outcome.Cost > RunAway * Math.Max(1, History[0].TestCost))
                {
                    Trouble = string.Create(
                        CultureInfo.InvariantCulture,
                        $"the cost was {outcome.Cost} after batch {Batch} of epoch {Epoch + 1}; {WorstBlock()}. {Learner.WhenItDiverges}");
                    return TrainingEnd.Diverged;
                }

                CheckpointHook?.Invoke(this);
            }

            bool evaluate = (Epoch + 1) % Plan.EvaluateEvery == 0 || Epoch + 1 == Plan.Epochs;
            Evaluation? test = evaluate ? Evaluate(Data.Test, cancellation) : null;
            if (cancellation.IsCancellationRequested)
                return TrainingEnd.Interrupted;
            LastTest = test;
            Epoch++;
            Batch = 0;
            EpochRecord record = _tally.Record() with
            {
                Epoch = Epoch,
                TestCost = test?.Cost ?? double.NaN,
                TestError = test?.Error ?? double.NaN,
                TestResidual = test?.LargestResidual ?? double.NaN,
                Alignments = Alignments(),
                Angles = AngleProbe?.Invoke(Epoch) ?? [],
            };
            if (Data.Train.TargetsAreInputs)
                record = record with { TrainError = double.NaN };
            _tally = new Tally();
            AddRecord(record);
            CheckpointHook?.Invoke(this);
            if (Plan.Until?.IsMet(record) == true)
                return TrainingEnd.ConditionMet;
        }

        return TrainingEnd.Done;
    }

    /// <summary>Lets examples settle and scores them.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="cancellation">Stops early.</param>
    public Evaluation Evaluate(Examples examples, CancellationToken cancellation = default)
    {
        // The end of an epoch is evaluated in it; whoever takes up a run there says the same.
        int epoch = Batch == 0 ? Math.Max(0, Epoch - 1) : Epoch;
        int classes = examples.TargetsAreInputs ? 0 : Math.Max(2, System.OutputCount);
        var confusion = new int[classes, classes];
        double cost = 0;
        double residual = 0;
        long steps = 0;
        int errors = 0;
        int unsettled = 0;
        Span<T> output = stackalloc T[System.OutputCount];
        for (int start = 0; start < examples.Count && !cancellation.IsCancellationRequested; start += Plan.EvaluationBatch)
        {
            int count = Math.Min(Plan.EvaluationBatch, examples.Count - start);
            for (int k = 0; k < count; k++)
                _evaluationRows[k] = start + k;
            BatchRoom room = Clamp(examples, _evaluationRows.AsSpan(0, count));
            for (int e = 0; e < count; e++)
                System.RestingState(room.State.Row(e));
            Field.Theta.Devices?.Begin(ReadOccasion.Evaluation(Optimizer.StepCount, start));
            SettleTotals report = System.Settle(room.State, Plan.Evaluation, cancellation);
            residual = report.LargestResidual > residual || double.IsNaN(report.LargestResidual) ? report.LargestResidual : residual;
            steps += report.Steps;
            unsettled += report.Unsettled;
            System.Sample(room.State, "evaluation", new BatchPlace(Plan.Seed, epoch, start));
            for (int e = 0; e < count; e++)
            {
                System.Read(room.State.Row(e), output);
                cost += System.Cost.Value<T>(output, room.Targets.Row(e));
                if (classes == 0)
                    continue;
                int said = Scoring.Class<T>(output);
                int wanted = Scoring.Class<T>(room.Targets.Row(e));
                confusion[wanted, said]++;
                errors += said == wanted ? 0 : 1;
            }
        }

        int n = Math.Max(1, examples.Count);
        return new Evaluation(cost / n, classes == 0 ? double.NaN : (double)errors / n, residual, (double)steps / n, unsettled, confusion);
    }

    /// <summary>cos(W_ij, W_jiᵀ) of every pair of arrays that connect two banks both ways, tied ones left out.</summary>
    public ImmutableArray<AlignmentRecord> Alignments() => System.Alignments();

    /// <summary>Writes everything that the run needs to go on from here.</summary>
    /// <param name="writer">Where to.</param>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(Batch);
        WriteBlocks(writer, Field.Theta);
        Field.Theta.Devices?.Save(writer);
        writer.Write(Optimizer.StepCount);
        foreach (ParameterSet<T> memory in Optimizer.Memory)
            WriteBlocks(writer, memory);
        foreach (T[] memory in Learner.Memory)
            writer.Write(MemoryMarshal.AsBytes(memory.AsSpan()));
        _tally.Save(writer);
        writer.Write(_remembered is not null);
        if (_remembered is not null)
            writer.Write(MemoryMarshal.AsBytes(_remembered.Span));
        writer.Write(JsonSerializer.Serialize(History, TrainingJson.History));
    }

    /// <summary>Takes up a run that <see cref="Save"/> wrote, with the same deck and plan.</summary>
    /// <param name="reader">Where from.</param>
    public void Load(BinaryReader reader)
    {
        Epoch = reader.ReadInt32();
        Batch = reader.ReadInt32();
        ReadBlocks(reader, Field.Theta);
        Field.Theta.Devices?.Load(reader);
        Optimizer.StepCount = reader.ReadInt64();
        foreach (ParameterSet<T> memory in Optimizer.Memory)
            ReadBlocks(reader, memory);
        foreach (T[] memory in Learner.Memory)
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(memory.AsSpan()));
        _tally = Tally.Load(reader);
        if (reader.ReadBoolean())
        {
            _remembered ??= new Batch<T>(Data.Train.Count, Field.StateCount);
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_remembered.Span));
        }

        History.Clear();
        History.AddRange(JsonSerializer.Deserialize(reader.ReadString(), TrainingJson.History)!);
        Field.ParametersChanged();
    }

    private static void WriteBlocks(BinaryWriter writer, ParameterSet<T> set)
    {
        foreach (T[] block in set.Blocks)
            writer.Write(MemoryMarshal.AsBytes(block.AsSpan()));
    }

    private static void ReadBlocks(BinaryReader reader, ParameterSet<T> set)
    {
        foreach (T[] block in set.Blocks)
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(block.AsSpan()));
    }

    private BatchOutcome LearnBatch(ReadOnlySpan<int> rows, ReadOnlySpan<double> rates)
    {
        BatchRoom room = Clamp(Data.Train, rows);
        for (int e = 0; e < rows.Length; e++)
        {
            if (_remembered is not null)
                _remembered.Row(rows[e]).CopyTo(room.State.Row(e));
            else
                System.RestingState(room.State.Row(e));
        }

        // A batch is whole or not at all: no cancellation inside, so that a checkpoint always stands between batches.
        Field.Theta.Devices?.Begin(ReadOccasion.Learning(Optimizer.StepCount));
        BatchOutcome outcome = Learner.Learn(room.State, room.Targets, new BatchPlace(Plan.Seed, Epoch, Batch), _direction, CancellationToken.None);
        if (_remembered is not null)
        {
            for (int e = 0; e < rows.Length; e++)
                room.State.Row(e).CopyTo(_remembered.Row(rows[e]));
        }

        Optimizer.Step(Field, _direction, rates);
        return outcome;
    }

    private BatchRoom Clamp(Examples examples, ReadOnlySpan<int> rows)
    {
        if (!_rooms.TryGetValue(rows.Length, out BatchRoom? room))
            _rooms[rows.Length] = room = new BatchRoom(rows.Length, System.InputCount, examples.TargetsAreInputs ? 0 : System.OutputCount, Field.StateCount);
        examples.Gather(rows, room.Inputs, room.Targets);
        System.Clamp(room.Inputs);
        return room;
    }

    private void AddRecord(EpochRecord record)
    {
        History.Add(record);
        EpochDone?.Invoke(record);
    }

    private string WorstBlock()
    {
        for (int k = 0; k < Field.Theta.Blocks.Length; k++)
        {
            foreach (T x in Field.Theta.Blocks[k])
            {
                if (!T.IsFinite(x))
                    return $"the parameters of {Field.Parameters.Blocks[k].Name} are no longer finite";
            }
        }

        return "the parameters are still finite, what they make of the examples is not, or is far out";
    }

    private sealed class BatchRoom(int rows, int inputs, int outputs, int states)
    {
        /// <summary>None where the targets are the inputs themselves.</summary>
        private readonly Batch<T>? _targets = outputs == 0 ? null : new(rows, outputs);

        public Batch<T> Inputs { get; } = new(rows, inputs);

        public Batch<T> Targets => _targets ?? Inputs;

        public Batch<T> State { get; } = new(rows, states);
    }

    private sealed class Tally
    {
        public long Examples { get; private set; }

        public long Errors { get; private set; }

        public double Cost { get; private set; }

        public double Seconds { get; set; }

        private double FreeResidual { get; set; }

        private double NudgedResidual { get; set; }

        private double FreeSteps { get; set; }

        private double NudgedSteps { get; set; }

        private long Unsettled { get; set; }

        public static Tally Load(BinaryReader reader) => new()
        {
            Examples = reader.ReadInt64(),
            Errors = reader.ReadInt64(),
            Cost = reader.ReadDouble(),
            Seconds = reader.ReadDouble(),
            FreeResidual = reader.ReadDouble(),
            NudgedResidual = reader.ReadDouble(),
            FreeSteps = reader.ReadDouble(),
            NudgedSteps = reader.ReadDouble(),
            Unsettled = reader.ReadInt64(),
        };

        public void Save(BinaryWriter writer)
        {
            writer.Write(Examples);
            writer.Write(Errors);
            writer.Write(Cost);
            writer.Write(Seconds);
            writer.Write(FreeResidual);
            writer.Write(NudgedResidual);
            writer.Write(FreeSteps);
            writer.Write(NudgedSteps);
            writer.Write(Unsettled);
        }

        public void Add(BatchOutcome outcome, int rows)
        {
            Examples += rows;
            Errors += outcome.Errors;
            Cost += outcome.Cost * rows;
            FreeResidual = Math.Max(FreeResidual, outcome.FreeResidual);
            NudgedResidual = Math.Max(NudgedResidual, outcome.NudgedResidual);
            FreeSteps += outcome.FreeSteps * rows;
            NudgedSteps += outcome.NudgedSteps * rows;
            Unsettled += outcome.Unsettled;
        }

        public EpochRecord Record() => new()
        {
            TrainCost = Cost / Examples,
            TrainError = (double)Errors / Examples,
            FreeResidual = FreeResidual,
            NudgedResidual = NudgedResidual,
            FreeSteps = FreeSteps / Examples,
            NudgedSteps = NudgedSteps / Examples,
            Unsettled = Unsettled,
            Seconds = Seconds,
        };
    }
}

using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// A rate network made ready for stepping: its arrays packed, its neurons' parameters padded, and input and bias of every example summed up once.
/// Packs anew only when the field says that its parameters or inputs changed.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class RateStepper<T> : IParallelJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RateField<T> _field;
    private readonly EulerBank<T>[] _banks;
    private readonly PackedWeights<T>[] _packed;
    private readonly (int Connection, int Panel)[] _panels;
    private readonly AlignedBuffer<T> _drive = new(0);
    private int _packedVersion = -1;
    private int _inputVersion = -1;
    private int _inputParameterVersion = -1;
    private int _driveRows = -1;
    private double _step = double.NaN;
    private Work _work;
    private int _next;

    /// <summary>Lays out a field's network.</summary>
    /// <param name="field">The field.</param>
    /// <param name="width">The registers to use.</param>
    /// <param name="limitsSlew">Whether steps keep the neurons' slew rates.</param>
    public RateStepper(RateField<T> field, RegisterWidth width = RegisterWidth.Widest, bool limitsSlew = true)
    {
        _field = field;
        RateNetwork network = field.Network;
        _packed = [.. network.Connections.Select(c => new PackedWeights<T>(c.Description.Post.Width, c.Description.Pre.Width))];
        _panels = [.. _packed.SelectMany((p, c) => Enumerable.Range(0, p.PanelCount).Select(panel => (c, panel)))];
        _banks = new EulerBank<T>[network.Banks.Length];
        int offset = 0;
        foreach (RateBank bank in network.Banks)
        {
            EulerSegment<T>[] segments =
                [.. network.Connections.Where(c => c.Post == bank && c.Pre is not null).Select(c => new EulerSegment<T>(c.Pre!.Index, _packed[c.Index]))];
            var laid = new EulerBank<T>(bank.Width, offset, bank.Description.Activation, bank.ActivityIsState, segments);
            laid.Conduction = [.. bank.Conduction.Select(T.CreateChecked)];
            _banks[bank.Index] = laid;
            offset += laid.Padded;
            for (int i = 0; i < bank.Width; i++)
            {
                int k = bank.Offset + i;
                laid.Rest[i] = T.CreateChecked(network.Rest[k]);
                laid.Gain[i] = T.CreateChecked(network.Gain[k]);
                laid.Shift[i] = T.CreateChecked(network.Offset[k] - network.Center[k]);
                laid.Low[i] = T.CreateChecked(network.ClipLow[k]);
                laid.High[i] = T.CreateChecked(network.ClipHigh[k]);
                laid.Leak[i] = -T.CreateChecked(network.LeakFactor[k]);
                laid.Swing[i] = T.CreateChecked(network.SlewRate[k] * network.Tau[k]);
                laid.HasSlew |= limitsSlew && double.IsFinite(network.SlewRate[k]);
            }
        }

        Sweep = new EulerSweep<T>(_banks, PackedProduct.Resolve(width));
    }

    private enum Work
    {
        Pack,
        Drive,
    }

    /// <summary>The kernels on this network.</summary>
    public EulerSweep<T> Sweep { get; }

    /// <summary>Number of banks.</summary>
    public int BankCount => _banks.Length;

    /// <summary>A bank's first column in a padded row.</summary>
    public int RowOffset(int bank) => _banks[bank].Offset;

    /// <summary>Gives a row the input and bias of an example.</summary>
    public void LoadDrive(EulerRows<T> rows, int row, int example) => rows.SetDrive(row, _drive, example);

    /// <summary>Brings weights, inputs and step up to date.</summary>
    /// <param name="examples">Number of examples.</param>
    /// <param name="stepOverTau">h in units of the shortest time constant.</param>
    /// <param name="workers">Number of threads.</param>
    public void Prepare(int examples, double stepOverTau, int workers)
    {
        RateNetwork network = _field.Network;
        if (_step != stepOverTau)
        {
            double shortest = network.Tau.Min();
            foreach (RateBank bank in network.Banks)
            {
                for (int i = 0; i < bank.Width; i++)
                    _banks[bank.Index].Step[i] = T.CreateChecked(stepOverTau * shortest / network.Tau[bank.Offset + i]);
            }

            _step = stepOverTau;
        }

        if (_packedVersion != _field.ParameterVersion)
        {
            Run(Work.Pack, workers);
            _packedVersion = _field.ParameterVersion;
        }

        if (_inputVersion != _field.InputVersion || _inputParameterVersion != _field.ParameterVersion || _driveRows != examples)
        {
            foreach (RateInput input in network.Inputs)
            {
                if (_field.Input(input.Index) is { } values && values.Rows != examples && values.Rows != 1)
                    throw new ArgumentException($"The input {input.Description.Bus.Name} and the state differ in their number of examples.", nameof(examples));
            }

            _driveRows = examples;
            _drive.Reserve((nint)examples * Sweep.Stride);
            Run(Work.Drive, workers);
            _inputVersion = _field.InputVersion;
            _inputParameterVersion = _field.ParameterVersion;
        }
    }

    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        if (_work == Work.Pack)
        {
            while (Interlocked.Increment(ref _next) - 1 is int k && k < _panels.Length)
                Pack(_panels[k]);
            return;
        }

        int first = (int)((long)_driveRows * worker / workers), count = (int)((long)_driveRows * (worker + 1) / workers) - first;
        foreach (RateBank bank in _field.Network.Banks)
        {
            for (int e = first; e < first + count; e++)
                _field.CopyBias(bank, _drive.Span.Slice((e * Sweep.Stride) + _banks[bank.Index].Offset, bank.Width));
            foreach (RateConnection c in _field.Network.Connections)
            {
                if (c.Post != bank || c.PreInput is null)
                    continue;
                Batch<T> values = _field.InputActivity(c.PreInput.Index)
                    ?? throw new InvalidOperationException($"The input {c.PreInput.Description.Bus.Name} is not clamped to anything.");
                Sweep.AddInput(values.Values, values.Rows == 1 ? 0 : values.Width, _packed[c.Index], bank.Index, _drive, first, count);
            }
        }
    }

    private void Run(Work work, int workers)
    {
        _work = work;
        _next = 0;
        WorkerPool.Shared.Run(this, workers);
    }

    private void Pack((int Connection, int Panel) part)
    {
        RateConnection c = _field.Network.Connections[part.Connection];
        if (c.IsTied)
            _packed[part.Connection].PackTransposedPanel(_field.Seen(c.Block), part.Panel);
        else
            _packed[part.Connection].PackPanel(_field.Seen(c.Block), part.Panel);
    }
}

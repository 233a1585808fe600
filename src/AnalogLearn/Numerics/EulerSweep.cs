using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AnalogLearn.Circuits;

namespace AnalogLearn.Numerics;

/// <summary>What drives a bank from another bank: which, and through what weights.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Bank">The presynaptic bank's place.</param>
/// <param name="Weights">The packed weights.</param>
internal readonly record struct EulerSegment<T>(int Bank, PackedWeights<T> Weights)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>One bank as the sweep sees it: its neurons' parameters padded to whole cache lines.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class EulerBank<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _parameters;

    /// <summary>A bank.</summary>
    /// <param name="width">Number of neurons.</param>
    /// <param name="offset">Its first column in a padded row.</param>
    /// <param name="activation">ρ.</param>
    /// <param name="rateForm">Rate form instead of voltage form.</param>
    /// <param name="segments">What drives it.</param>
    public EulerBank(int width, int offset, Activation activation, bool rateForm, EulerSegment<T>[] segments)
    {
        Width = width;
        Offset = offset;
        Activation = activation;
        RateForm = rateForm;
        Segments = segments;
        Padded = AlignedBuffer<T>.Padded(width);
        _parameters = new AlignedBuffer<T>(11 * Padded);
        T magnitude = Format<T>.IsSingle ? Unsafe.BitCast<int, T>(int.MaxValue) : Unsafe.BitCast<long, T>(long.MaxValue);
        new Span<T>(Column(6), width).Fill(magnitude);
        new Span<T>(Column(7), Padded).Fill(T.One);
        new Span<T>(Column(9), Padded).Fill(-T.One);
    }

    public int Width { get; }

    public int Padded { get; }

    public int Offset { get; }

    public Activation Activation { get; }

    public bool RateForm { get; }

    public EulerSegment<T>[] Segments { get; }

    /// <summary>1, q2, q3 … of the current of the synapses that it drives, empty for a straight line.</summary>
    public T[] Conduction { get; set; } = [];

    /// <summary>h/τ of each neuron.</summary>
    public Span<T> Step => new(Column(0), Width);

    /// <summary>Resting potentials [V].</summary>
    public Span<T> Rest => new(Column(1), Width);

    /// <summary>Gains [1/V].</summary>
    public Span<T> Gain => new(Column(2), Width);

    /// <summary>vos − center [V].</summary>
    public Span<T> Shift => new(Column(3), Width);

    /// <summary>Lower rails [V].</summary>
    public Span<T> Low => new(Column(4), Width);

    /// <summary>Upper rails [V].</summary>
    public Span<T> High => new(Column(5), Width);

    /// <summary>−κ of each neuron.</summary>
    public Span<T> Leak => new(Column(9), Width);

    /// <summary>The largest |μ| that moves a state, slew rate · τ [V].</summary>
    public Span<T> Swing => new(Column(10), Width);

    /// <summary>Whether any state's speed is limited.</summary>
    public bool HasSlew { get; set; }

    /// <summary>The parameters from a column on.</summary>
    public NeuronLanes<T> Lanes(int column) => new()
    {
        Step = Column(0) + column,
        Rest = Column(1) + column,
        Gain = Column(2) + column,
        Shift = Column(3) + column,
        Low = Column(4) + column,
        High = Column(5) + column,
        Magnitude = Column(6) + column,
        Leak = Column(9) + column,
        Swing = HasSlew ? Column(10) + column : null,
    };

    /// <summary>The same with a gain of one and no shift: for what is already through ρ.</summary>
    public NeuronLanes<T> PassingLanes() => Lanes(0) with { Gain = Column(7), Shift = Column(8) };

    private T* Column(int index) => _parameters.Pointer + (index * Padded);
}

/// <summary>Some examples on their way: rows with every bank padded to whole cache lines, so that no kernel meets an edge.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class EulerRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _memory = new(0);
    private int _current;

    /// <summary>Rows that fit.</summary>
    public int Capacity { get; private set; }

    /// <summary>Numbers from row to row.</summary>
    public int Stride { get; private set; }

    /// <summary>s of row 0.</summary>
    public T* State => Part(_current);

    /// <summary>ρ(s) of row 0.</summary>
    public T* Activity => Part(2 + _current);

    /// <summary>The next s of row 0.</summary>
    public T* NextState => Part(1 - _current);

    /// <summary>The next ρ(s) of row 0.</summary>
    public T* NextActivity => Part(3 - _current);

    /// <summary>Further terms of μ, row 0.</summary>
    public T* Force => Part(4);

    /// <summary>Room for the drive of a bank that needs all of it at once, row 0.</summary>
    public T* Scratch => Part(5);

    /// <summary>Input and bias of row 0.</summary>
    public T* Drive => Part(6);

    /// <summary>Residual of each row, a register of partial maxima each.</summary>
    public T* Residual => Part(7);

    /// <summary>Numbers in a row's register of partial maxima.</summary>
    public static int Lanes => AlignedBuffer<T>.Line / Unsafe.SizeOf<T>();

    /// <summary>Makes room.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="stride">Numbers a row, padded.</param>
    public void Reserve(int capacity, int stride)
    {
        // The residuals need a register a row, and so do the narrowest rows.
        if (stride != Stride || capacity > Capacity)
        {
            Capacity = Math.Max(capacity, Capacity);
            Stride = stride;
            _memory.Reserve((nint)Capacity * stride * 8);
            _memory.Span.Clear();
        }
    }

    /// <summary>The next state becomes the present one.</summary>
    public void Advance() => _current = 1 - _current;

    /// <summary>A stretch of a row's present state.</summary>
    public ReadOnlySpan<T> StateOf(int row, int offset, int length) => new(State + ((nint)row * Stride) + offset, length);

    /// <summary>A stretch of a row's present state, to be set.</summary>
    public Span<T> WritableStateOf(int row, int offset, int length) => new(State + ((nint)row * Stride) + offset, length);

    /// <summary>A stretch of a row's next state.</summary>
    public ReadOnlySpan<T> NextStateOf(int row, int offset, int length) => new(NextState + ((nint)row * Stride) + offset, length);

    /// <summary>A stretch of a row's further terms.</summary>
    public Span<T> ForceOf(int row, int offset, int length) => new(Force + ((nint)row * Stride) + offset, length);

    /// <summary>The residual of a row.</summary>
    public T ResidualOf(int row)
    {
        T* partial = Residual + (row * Lanes);
        if (!Vector128.IsHardwareAccelerated)
        {
            T plain = partial[0];
            for (int k = 1; k < Lanes; k++)
                plain = Format<T>.MaximumOfBits(plain, partial[k]);
            return plain;
        }

        int quarter = Vector128<T>.Count;
        Vector128<T> first = Vector128.Load(partial), second = Vector128.Load(partial + quarter), third = Vector128.Load(partial + (2 * quarter)), fourth = Vector128.Load(partial + (3 * quarter));
        if (Format<T>.IsSingle)
        {
            Vector128<int> bits = Vector128.Max(Vector128.Max(first.AsInt32(), second.AsInt32()), Vector128.Max(third.AsInt32(), fourth.AsInt32()));
            bits = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(2, 3, 0, 1)));
            bits = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(1, 0, 3, 2)));
            return bits.As<int, T>().ToScalar();
        }

        Vector128<long> wide = Vector128.Max(Vector128.Max(first.AsInt64(), second.AsInt64()), Vector128.Max(third.AsInt64(), fourth.AsInt64()));
        return Vector128.Max(wide, Vector128.Shuffle(wide, Vector128.Create(1L, 0L))).As<long, T>().ToScalar();
    }

    /// <summary>Takes over a row's input and bias.</summary>
    public void SetDrive(int row, AlignedBuffer<T> drive, int example) =>
        new ReadOnlySpan<T>(drive.Pointer + ((nint)example * Stride), Stride).CopyTo(new Span<T>(Drive + ((nint)row * Stride), Stride));

    /// <summary>Forgets all further terms.</summary>
    public void ClearForce() => new Span<T>(Force, Capacity * Stride).Clear();

    /// <summary>Copies all of one row over another: what it is, what it will be next, its drive, its residual.</summary>
    public void Move(int from, int to)
    {
        MovePart(State, from, to, Stride);
        MovePart(NextState, from, to, Stride);
        MovePart(NextActivity, from, to, Stride);
        MovePart(Drive, from, to, Stride);
        MovePart(Residual, from, to, Lanes);
    }

    private static void MovePart(T* part, int from, int to, int length) =>
        new ReadOnlySpan<T>(part + ((nint)from * length), length).CopyTo(new Span<T>(part + ((nint)to * length), length));

    private T* Part(int index) => _memory.Pointer + ((nint)index * Capacity * Stride);
}

/// <summary>
/// One synchronous Euler step of all banks for some rows: the product with the packed weights tile by tile, and in each tile's tail, while it is in the first
/// cache, μ, the step, the activation and the residual. No allocation, no dependence of any bit on how many rows there are.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="banks">The banks.</param>
/// <param name="width">A resolved register width.</param>
internal sealed unsafe class EulerSweep<T>(EulerBank<T>[] banks, RegisterWidth width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers in a padded row: an odd number of cache lines, so that rows do not share places in the first cache.</summary>
    public int Stride { get; } = ((banks.Sum(b => b.Padded) / EulerRows<T>.Lanes) | 1) * EulerRows<T>.Lanes;

    /// <summary>Steps all rows: present state and activity to next state and activity, and the present state's residual.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="forced">Whether a bank has further terms.</param>
    public void Step(EulerRows<T> rows, int count, ReadOnlySpan<bool> forced)
    {
        new Span<T>(rows.Residual, count * EulerRows<T>.Lanes).Clear();
        int groups = PackedProduct.Groups(count, PackedProduct.TileRows(width));
        int panelWidth = PackedWeights<T>.PanelWidth;
        T* tile = stackalloc T[(12 * 32) + 16];
        tile = (T*)(((nuint)tile + 63) & ~(nuint)63);
        for (int b = 0; b < banks.Length; b++)
        {
            EulerBank<T> bank = banks[b];
            bool together = bank.Activation == Activation.Softmax && bank.RateForm;
            for (int column = 0; column < bank.Padded; column += panelWidth)
            {
                int columns = Math.Min(panelWidth, bank.Padded - column);
                NeuronLanes<T> lanes = bank.Lanes(column);
                for (int g = 0; g < groups; g++)
                {
                    int first = count * g / groups, size = (count * (g + 1) / groups) - first;
                    nint at = ((nint)first * rows.Stride) + bank.Offset + column;
                    T* sums = together ? rows.Scratch + at : tile;
                    nint sumsStride = together ? rows.Stride : panelWidth;
                    T* start = rows.Drive + at;
                    nint startStride = rows.Stride;
                    foreach (EulerSegment<T> segment in bank.Segments)
                    {
                        T* left = rows.Activity + ((nint)first * rows.Stride) + banks[segment.Bank].Offset;
                        PackedProduct.Tile(
                            width,
                            size,
                            columns,
                            segment.Weights.Pre,
                            left,
                            rows.Stride,
                            1,
                            segment.Weights.Panel(column / panelWidth),
                            columns,
                            start,
                            startStride,
                            sums,
                            sumsStride);
                        start = sums;
                        startStride = sumsStride;
                    }

                    if (together)
                    {
                        if (bank.Segments.Length == 0)
                            CopyColumns(start, sums, size, columns, rows.Stride);
                        continue;
                    }

                    var view = new NeuronRows<T>
                    {
                        Rows = size,
                        Columns = columns,
                        RowStride = rows.Stride,
                        DriveStride = startStride,
                        Drive = start,
                        Force = forced[b] ? rows.Force + at : null,
                        State = rows.State + at,
                        NextState = rows.NextState + at,
                        NextActivity = rows.NextActivity + at,
                        Residual = rows.Residual + (first * EulerRows<T>.Lanes),
                    };
                    Tail(bank.Activation == Activation.Softmax ? Activation.Linear : bank.Activation, bank.RateForm, view, lanes);
                    if (bank.Conduction.Length > 0 && bank.Activation != Activation.Softmax)
                        Conduct(bank, view.NextActivity, columns, size, rows.Stride);
                }
            }

            if (bank.Activation != Activation.Softmax)
                continue;
            if (!together)
            {
                for (int r = 0; r < count; r++)
                    Softmax(rows.NextActivity + ((nint)r * rows.Stride) + bank.Offset, bank.Width);
                Conduct(bank, rows.NextActivity + bank.Offset, bank.Padded, count, rows.Stride);
                continue;
            }

            for (int r = 0; r < count; r++)
            {
                T* row = rows.Scratch + ((nint)r * rows.Stride) + bank.Offset;
                Curve(Activation.Linear, row, row, bank.Padded, bank.Lanes(0));
                Softmax(row, bank.Width);
            }

            Tail(
                Activation.Linear,
                rateForm: true,
                new NeuronRows<T>
                {
                    Rows = count,
                    Columns = bank.Padded,
                    RowStride = rows.Stride,
                    DriveStride = rows.Stride,
                    Drive = rows.Scratch + bank.Offset,
                    Force = forced[b] ? rows.Force + bank.Offset : null,
                    State = rows.State + bank.Offset,
                    NextState = rows.NextState + bank.Offset,
                    NextActivity = rows.NextActivity + bank.Offset,
                    Residual = rows.Residual,
                },
                bank.PassingLanes());
            Conduct(bank, rows.NextActivity + bank.Offset, bank.Padded, count, rows.Stride);
        }
    }

    /// <summary>Sets the present activity of one row from its present state.</summary>
    public void Activate(EulerRows<T> rows, int row)
    {
        foreach (EulerBank<T> bank in banks)
        {
            T* state = rows.State + ((nint)row * rows.Stride) + bank.Offset, activity = rows.Activity + ((nint)row * rows.Stride) + bank.Offset;
            if (bank.RateForm)
            {
                new ReadOnlySpan<T>(state, bank.Padded).CopyTo(new Span<T>(activity, bank.Padded));
                Conduct(bank, activity, bank.Padded, 1, 0);
                continue;
            }

            Curve(bank.Activation == Activation.Softmax ? Activation.Linear : bank.Activation, state, activity, bank.Padded, bank.Lanes(0));
            if (bank.Activation == Activation.Softmax)
                Softmax(activity, bank.Width);
            Conduct(bank, activity, bank.Padded, 1, 0);
        }
    }

    /// <summary>Adds what clamped inputs drive to rows of a padded buffer.</summary>
    /// <param name="input">The clamped values.</param>
    /// <param name="inputRow">Numbers from example to example, 0 when one row serves all.</param>
    /// <param name="weights">The packed weights.</param>
    /// <param name="bank">The postsynaptic bank.</param>
    /// <param name="drive">One padded row an example.</param>
    /// <param name="first">First example.</param>
    /// <param name="count">Number of examples.</param>
    public void AddInput(T[] input, int inputRow, PackedWeights<T> weights, int bank, AlignedBuffer<T> drive, int first, int count)
    {
        int groups = PackedProduct.Groups(count, PackedProduct.TileRows(width));
        fixed (T* values = input)
        {
            for (int panel = 0; panel < weights.PanelCount; panel++)
            {
                int columns = weights.WidthOf(panel);
                for (int g = 0; g < groups; g++)
                {
                    int start = first + (count * g / groups), size = first + (count * (g + 1) / groups) - start;
                    T* target = drive.Pointer + ((nint)start * Stride) + banks[bank].Offset + (panel * PackedWeights<T>.PanelWidth);
                    PackedProduct.Tile(
                        width, size, columns, weights.Pre, values + ((nint)start * inputRow), inputRow, 1, weights.Panel(panel), columns, target, Stride, target, Stride);
                }
            }
        }
    }

    /// <summary>Passes activities through the current of the synapses that see them.</summary>
    private void Conduct(EulerBank<T> bank, T* activity, int columns, int rows, nint stride)
    {
        if (bank.Conduction.Length == 0)
            return;
        for (int r = 0; r < rows; r++)
        {
            T* row = activity + (r * stride);
            if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
                ConductionKernel.Apply<T, Vector512<T>, Lanes512<T>>(row, columns, bank.Conduction);
            else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
                ConductionKernel.Apply<T, Vector256<T>, Lanes256<T>>(row, columns, bank.Conduction);
            else
                ConductionKernel.Apply<T, Vector128<T>, Lanes128<T>>(row, columns, bank.Conduction);
        }
    }

    private static void CopyColumns(T* from, T* to, int size, int columns, nint stride)
    {
        for (int r = 0; r < size; r++)
            new ReadOnlySpan<T>(from + (r * stride), columns).CopyTo(new Span<T>(to + (r * stride), columns));
    }

    private void Tail(Activation activation, bool rateForm, in NeuronRows<T> rows, in NeuronLanes<T> lanes)
    {
        if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
            Tail<Vector512<T>, Lanes512<T>>(activation, rateForm, rows, lanes);
        else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
            Tail<Vector256<T>, Lanes256<T>>(activation, rateForm, rows, lanes);
        else
            Tail<Vector128<T>, Lanes128<T>>(activation, rateForm, rows, lanes);
    }

    private void Curve(Activation activation, T* source, T* target, int columns, in NeuronLanes<T> lanes)
    {
        if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
            CurveKernel.Apply<T, Vector512<T>, Lanes512<T>>(activation, source, target, columns, lanes);
        else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
            CurveKernel.Apply<T, Vector256<T>, Lanes256<T>>(activation, source, target, columns, lanes);
        else
            CurveKernel.Apply<T, Vector128<T>, Lanes128<T>>(activation, source, target, columns, lanes);
    }

    private void Softmax(T* row, int count)
    {
        if (Vector512.IsHardwareAccelerated && width == RegisterWidth.Bits512)
            SoftmaxRow<T, Vector512<T>, Lanes512<T>>.Apply(row, count);
        else if (Vector256.IsHardwareAccelerated && width == RegisterWidth.Bits256)
            SoftmaxRow<T, Vector256<T>, Lanes256<T>>.Apply(row, count);
        else
            SoftmaxRow<T, Vector128<T>, Lanes128<T>>.Apply(row, count);
    }

    private static void Tail<TVector, TLanes>(Activation activation, bool rateForm, in NeuronRows<T> rows, in NeuronLanes<T> lanes)
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
    {
        switch (activation)
        {
            case Activation.Linear:
                Tail<TVector, TLanes, LinearCurve>(rateForm, rows, lanes);
                break;
            case Activation.Relu:
                Tail<TVector, TLanes, ReluCurve>(rateForm, rows, lanes);
                break;
            case Activation.Logistic:
                Tail<TVector, TLanes, LogisticCurve>(rateForm, rows, lanes);
                break;
            case Activation.Tanh:
                Tail<TVector, TLanes, TanhCurve>(rateForm, rows, lanes);
                break;
            case Activation.HardSigmoid:
                Tail<TVector, TLanes, HardSigmoidCurve>(rateForm, rows, lanes);
                break;
            case Activation.Softplus:
                Tail<TVector, TLanes, SoftplusCurve>(rateForm, rows, lanes);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "This non-linearity needs its whole bank.");
        }
    }

    private static void Tail<TVector, TLanes, TCurve>(bool rateForm, in NeuronRows<T> rows, in NeuronLanes<T> lanes)
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
        where TCurve : ILaneCurve
    {
        if (rateForm)
            NeuronTail<T, TVector, TLanes, TCurve>.Rate(rows, lanes);
        else
            NeuronTail<T, TVector, TLanes, TCurve>.Voltage(rows, lanes);
    }
}

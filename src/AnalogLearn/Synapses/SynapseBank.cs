using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Variation;

namespace AnalogLearn.Synapses;

/// <summary>
/// The devices behind the weights of one array, and what programming, learning and reading do to them. W = (G⁺ − G⁻)/g0 with two devices a weight, or (G − gref)/g0 with one against a reference column.
/// </summary>
/// <remarks>
/// <para>Shares. What a device is asked to stand at is the share x of the range of the card, G = gmin + x (gmax − gmin) with the g0 of the card; it is read with the g0 of the chip. A one-sided pair is written open loop: a device whose
/// own range differs makes of x the same share of its own. Where pulses write, or one device stands against a reference, conductances stand in mid-range, where that would offset every weight: there they are verified, and a device
/// stands at the conductance itself as far as it reaches.</para>
/// <para>Pairs. A weight that is moved exactly (<c>update=ideal</c>) stands one-sided: w ≥ 0 is x⁺ = w g0/(gmax − gmin), x⁻ = 0, and the other way round below 0; a rise first takes G⁻ back to its gmin, then
/// raises G⁺. A weight that is moved by pulses stands balanced, x± = ½ ± ½ w g0/(gmax − gmin), and half of each change is asked of either device, up on one and down on the other, so that both end at their
/// bounds together and pulses that are larger up than down cancel in the mean (bidirectional devices; G. W. Burr et al., IEEE Trans. Electron Devices 62, 3498 (2015), doi:10.1109/TED.2015.2439635, discuss
/// such pairs). One device against a reference takes the whole change (T. Gokmen and Y. Vlasov, Front. Neurosci. 10:333 (2016), doi:10.3389/fnins.2016.00333).</para>
/// <para>One-sided pairs. Devices that pulses only raise (phase-change memory: a pulse crystallises a little more, and only a reset melts it all) take a rise of the weight on G⁺ and a fall on G⁻, so that both creep up and
/// saturate (M. Suri et al., IEDM 2011, 4.4.1, doi:10.1109/IEDM.2011.6131488). At every n-th write (<c>refresh=n</c>), a pair whose higher device stands above the share <c>refresh_at</c> of its range and whose lower one
/// above <c>refresh_least</c> is refreshed: both are reset to their gmin, and the higher one is programmed to the difference, with levels and noise of programming as ever (0.75 and 0.25 are those of IBM's toolkit).
/// It costs each device one pulse for the reset, and the one that is raised as many more as its law needs by a controller's count.</para>
/// <para>Levels. With n levels a share is one of k/(n − 1). Programming takes the nearest; a change of x by d is d (n − 1) levels, made whole by <c>rounding</c>. A device whose level changes is programmed to
/// the new one, with the noise of programming.</para>
/// <para>Wires. With <c>rwire</c> the weights are what the columns collect (<see cref="CrossbarWires"/>): solved when the array is programmed and at every n-th write (<c>.options rwire_every=n</c>), in between and in
/// readings with the share of each device's current that was left the last time. What is asked of a device does not know of the wires.</para>
/// <para>Programming noise. G = max(0, G(x) + σ(G/gmax) z), z normal, anew each time a device is programmed. An exact change without levels moves what is there and draws nothing.</para>
/// </remarks>
public sealed class SynapseBank
{
    /// <summary>What an open device still conducts in a circuit [S]: nothing has no resistance.</summary>
    private const double LeastConductance = 1e-12;

    private readonly SynapseCard _card;
    private readonly CounterRandom _random;
    private readonly ImmutableArray<bool> _mask;
    private readonly int _columns;
    private readonly DevicePlane _plus;
    private readonly DevicePlane? _minus;
    private readonly bool _isVerified;
    private readonly bool _isOneSided;
    private readonly double _unit;
    private readonly double _g0;
    private readonly double[] _references = [];
    private readonly double _origin;
    private readonly double _least;
    private readonly double _gmin;
    private readonly double _range;
    private readonly double _largest;
    private readonly double _largestNorm;
    private readonly UpdateLaw? _law;
    private readonly PulsedDevice[] _pulsedPlus = [];
    private readonly PulsedDevice[] _pulsedMinus = [];
    private readonly double _pulsesUp;
    private readonly double _pulsesDown;
    private readonly double _age;
    private readonly bool _relaxes;
    private readonly CrossbarWires? _wires;
    private readonly int _wireInterval;
    private readonly double[] _standing = [];
    private readonly double[] _collected = [];
    private readonly ulong[] _bits;
    private readonly double[] _normals;
    private readonly double _readDeviation = double.NaN;
    private long _programmings;
    private ulong _relaxation;
    private long _writes;

    private SynapseBank(SynapseCard card, string name, int rows, int columns, ImmutableArray<bool> mask, double unit, int wireInterval, CounterRandom random, Func<string, DeviceNumbers?> drawn, bool isConductance = false, double largestNorm = double.PositiveInfinity)
    {
        _largestNorm = largestNorm;
        Name = name;
        _card = card;
        _random = random;
        _mask = mask;
        _columns = columns;
        Count = rows * columns;
        _bits = new ulong[2 * columns];
        _normals = new double[2 * columns];
        _plus = new DevicePlane(card, Count, n => drawn(n)?.Plus ?? default);
        _minus = card.Pair != SynapsePair.Reference && !isConductance ? new DevicePlane(card, Count, n => drawn(n)?.Minus ?? default) : null;
        _isVerified = card.IsPulsed || _minus is null;
        _unit = unit;
        _g0 = drawn("g0")?.Plus[0] ?? unit;
        if (_minus is null)
            _references = isConductance ? new double[Count] : _plus.Expanded(SynapseParameter.Reference);
        _origin = isConductance ? 0 : card.Reference;
        _least = isConductance ? LeastConductance : double.NegativeInfinity;
        _gmin = card.Minimum;
        bool isBounded = double.IsFinite(card.Maximum);
        _range = isBounded ? card.Range : 1;
        _largest = isBounded ? 1 : double.PositiveInfinity;
        if (card.Functions[(int)SynapseParameter.Flicker] is null && card.Functions[(int)SynapseParameter.ReadNoise] is { IsConstant: true } && _plus.IsAlike(SynapseParameter.ReadNoise))
            _readDeviation = ReadNoise.Deviation(card, _plus.Numbers(0), 0);
        _relaxes = card.Has(SynapseParameter.RelaxationMean) || card.Has(SynapseParameter.RelaxationDeviation);
        _relaxation = Relaxed();
        _age = card.HasDrift ? card[SynapseParameter.Age] : 0;
        if (card[SynapseParameter.WireResistance] > 0)
        {
            _wires = new CrossbarWires(rows, columns, card[SynapseParameter.WireResistance]);
            _wireInterval = wireInterval;
            _standing = new double[2 * Count];
            _collected = new double[2 * Count];
        }

        _law = UpdateLaw.Of(card);
        if (_law is null)
            return;
        _pulsedPlus = Pulsed(_plus);
        _pulsedMinus = _minus is null ? [] : Pulsed(_minus);

        // A controller counts on the step of the card, as if up and down were alike; of NeuroSim's curves, on the range divided by the pulses of that direction.
        (double up, double down) = (card.NominalStep(up: true), card.NominalStep(up: false));
        _isOneSided = card.Pair == SynapsePair.OneSided;
        if (card.Update != SynapseUpdate.Labelled && !_isOneSided)
            up = down = 0.5 * (up + down);
        (_pulsesUp, _pulsesDown) = (_range / up, _range / down);
    }

    private SynapseBank(SynapseBank other)
    {
        Name = other.Name;
        Count = other.Count;
        _card = other._card;
        _random = other._random;
        _mask = other._mask;
        _columns = other._columns;
        _bits = new ulong[other._bits.Length];
        _normals = new double[other._normals.Length];
        _readDeviation = other._readDeviation;
        _plus = other._plus.Copy();
        _minus = other._minus?.Copy();
        _isVerified = other._isVerified;
        _isOneSided = other._isOneSided;
        _unit = other._unit;
        _g0 = other._g0;
        _references = other._references;
        _origin = other._origin;
        _least = other._least;
        _gmin = other._gmin;
        _range = other._range;
        _largest = other._largest;
        _largestNorm = other._largestNorm;
        _law = other._law;
        _pulsedPlus = other._pulsedPlus;
        _pulsedMinus = other._pulsedMinus;
        _pulsesUp = other._pulsesUp;
        _pulsesDown = other._pulsesDown;
        _age = other._age;
        _relaxes = other._relaxes;
        _relaxation = other._relaxation;
        _wires = other._wires?.Copy();
        _wireInterval = other._wireInterval;
        _standing = new double[other._standing.Length];
        _collected = new double[other._collected.Length];
        _programmings = other._programmings;
        _writes = other._writes;
        RefreshCount = other.RefreshCount;
    }

    /// <summary>The array's name.</summary>
    public string Name { get; }

    /// <summary>Weights, of synapses that exist or not.</summary>
    public int Count { get; }

    /// <summary>Whether readings differ from one settle to the next.</summary>
    public bool HasReadNoise => _card.HasReadNoise;

    /// <summary>Whether what is read later differs from what is read at once.</summary>
    public bool Drifts => _age > 0;

    /// <summary>Pulses that the devices have had, all together.</summary>
    public long PulseCount => Sum(_plus.Pulses) + Sum(_minus?.Pulses);

    /// <summary>How often pairs were reset and written anew, all together.</summary>
    public long RefreshCount { get; private set; }

    /// <summary>Devices that no longer follow: stuck or open from the beginning, or worn out.</summary>
    public int StuckCount => Stuck(_plus) + (_minus is null ? 0 : Stuck(_minus));

    /// <summary>Conductances of the devices of G⁺, as they were written [S].</summary>
    public ReadOnlySpan<double> Plus => _plus.G;

    /// <summary>Conductances of the devices of G⁻ [S]; empty with a reference.</summary>
    public ReadOnlySpan<double> Minus => _minus is null ? [] : _minus.G;

    /// <summary>The devices of an array, or null when they are ideal.</summary>
    /// <param name="array">The array.</param>
    /// <param name="chip">The draws of its chip.</param>
    /// <param name="wireInterval">At how many writes the resistance of its wires is solved anew.</param>
    internal static SynapseBank? Of(SynapseArray array, in CounterRandom chip, int wireInterval = 1)
    {
        if (array.Card is not { } card || !IsNeeded(card))
            return null;
        return new SynapseBank(
            card, array.Name, array.Post.Width, array.Pre.Width, array.Mask, array.UnitConductance, wireInterval, chip.Child(array.Name), array.Drawn.GetValueOrDefault, largestNorm: array.MaximumNorm);
    }

    /// <summary>The devices of resistors that learn: one each, and what is read is its conductance.</summary>
    /// <param name="card">Their card, not an ideal one.</param>
    /// <param name="block">Their name and shape.</param>
    /// <param name="chip">The draws of their chip.</param>
    /// <param name="drawn">Numbers that were drawn for each, by the parameter's name.</param>
    internal static SynapseBank OfConductances(SynapseCard card, ParameterBlock block, in CounterRandom chip, Func<string, DeviceNumbers?> drawn) =>
        new(card, block.Name, block.Rows, block.Columns, [], 1, 1, chip.Child(block.Name), drawn, isConductance: true);

    /// <summary>Whether a card has anything that ideal weights have not.</summary>
    /// <param name="card">The card, or null.</param>
    internal static bool IsNeeded(SynapseCard? card) =>
        card is not null
        && (card.Pair == SynapsePair.Reference || card.Levels > 0 || card.IsPulsed || card[SynapseParameter.WireResistance] > 0 || card.HasReadNoise || card.HasFaults || card.Value(SynapseParameter.WriteNoise, 0) != 0 || card.Value(SynapseParameter.WriteNoise, 1) != 0
            || (card.HasDrift && card[SynapseParameter.Age] > 0));

    /// <summary>Writes weights closed loop: to the nearest level, with the noise of programming; devices that are stuck stay where they are.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="weights">What is asked for; replaced by what came of it.</param>
    internal void Program<T>(Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ulong stream = _random.Child("program").Child((ulong)_programmings++).Stream;
        _relaxation = Relaxed();
        for (int k = 0; k < Count; k++)
        {
            if (!Exists(k))
            {
                weights[k] = T.Zero;
                continue;
            }

            Split(double.CreateChecked(weights[k]), out double plus, out double minus);
            Philox.Block(_random.Seed, Key(k), stream, out ulong forPlus, out ulong forMinus);
            Program(_plus, k, plus, forPlus);
            if (_minus is not null)
                Program(_minus, k, minus, forMinus);
        }

        Show(weights);
    }

    /// <summary>Sets the conductances of all devices that follow, as they were saved.</summary>
    /// <param name="plus">Of G⁺ [S].</param>
    /// <param name="minus">Of G⁻ [S]; empty with a reference.</param>
    internal void Restore(ReadOnlySpan<double> plus, ReadOnlySpan<double> minus)
    {
        Restore(_plus, plus);
        if (_minus is not null)
            Restore(_minus, minus);
    }

    /// <summary>Changes weights through the devices, and asks those of neurons whose norm is beyond the largest back to it, in a write of their own.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="change">The change for a rate of one.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="weights">Receives the weights that come of it.</param>
    internal void Write<T>(ReadOnlySpan<T> change, double rate, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Send(change, rate, weights);
        if (double.IsInfinity(_largestNorm))
            return;
        T[] room = ArrayPool<T>.Shared.Rent(Count);
        Span<T> back = room.AsSpan(0, Count);
        if (NormLimit.Ask(weights, _columns, _largestNorm, back))
            Send<T>(back, 1, weights);
        ArrayPool<T>.Shared.Return(room);
    }

    private void Send<T>(ReadOnlySpan<T> change, double rate, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CounterRandom cycle = _random.Child("write").Child((ulong)_writes++);
        double scale = rate * _unit / _range;
        if (_isOneSided || _law is not null)
            Pulse(change, scale, cycle, weights);
        else if (_card.Levels > 0)
            Step(change, scale, cycle, weights);
        else
            Move(change, scale, weights);

        if (_isOneSided && _card.RefreshInterval > 0 && _writes % _card.RefreshInterval == 0)
            Refresh(cycle, weights);

        // What one device passes depends on all others.
        if (_wires is not null)
            Collect(weights, _writes % _wireInterval == 0);
    }

    /// <summary>Reads all devices.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="occasion">When.</param>
    /// <param name="phase">How many readings there were on this occasion.</param>
    /// <param name="weights">Receives the weights as they are read.</param>
    internal void Read<T>(in ReadOccasion occasion, int phase, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ulong stream = _random.Child(occasion.IsLearning ? "read" : "read later").Child((ulong)occasion.Step).Child((ulong)occasion.Start).Child((ulong)phase).Stream;
        bool drifts = Drifts && !occasion.IsLearning;
        bool isNoisy = HasReadNoise;
        Span<double> forPlus = _normals.AsSpan(0, _columns), forMinus = _normals.AsSpan(_columns);
        for (int start = 0; start < Count; start += _columns)
        {
            if (isNoisy)
            {
                Philox.Blocks(_random.Seed, Key(start), stream, _bits.AsSpan(0, _columns), _bits.AsSpan(_columns));
                NormalQuantile.Of(_bits, _normals);
            }

            for (int j = 0; j < _columns; j++)
            {
                int k = start + j;
                if (!Exists(k))
                {
                    weights[k] = T.Zero;
                    continue;
                }

                double plus = drifts ? Later(_plus, k, isMinus: false) : _plus.G[k];
                double minus = _minus is null ? _references[k] : drifts ? Later(_minus, k, isMinus: true) : _minus.G[k];
                if (isNoisy)
                {
                    plus = ReadNoise.Read(plus, ReadDeviation(_plus, k, plus), forPlus[j]);
                    if (_minus is not null)
                        minus = ReadNoise.Read(minus, ReadDeviation(_minus, k, minus), forMinus[j]);
                }

                if (_wires is not null)
                    (_standing[k], _standing[Count + k]) = (plus, minus);
                else
                    weights[k] = T.CreateChecked(Math.Max(_least, (plus - minus) / _g0));
            }
        }

        if (_wires is not null)
            Pass(weights, isSolved: false);
    }

    /// <summary>Shows what the devices stand at, read without noise and as late as the card says.</summary>
    internal void Show<T>(Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_wires is not null)
        {
            Collect(weights, isSolved: true);
            return;
        }

        for (int k = 0; k < Count; k++)
            weights[k] = Exists(k) ? T.CreateChecked(Weight(k)) : T.Zero;
    }

    /// <summary>The same devices in the same state.</summary>
    internal SynapseBank Copy() => new(this);

    /// <summary>Writes the state.</summary>
    internal void Save(BinaryWriter writer)
    {
        writer.Write(_programmings);
        writer.Write(_writes);
        if (_isOneSided)
            writer.Write(RefreshCount);
        _plus.Save(writer);
        _minus?.Save(writer);
        _wires?.Save(writer);
    }

    /// <summary>Restores the state.</summary>
    internal void Load(BinaryReader reader)
    {
        _programmings = reader.ReadInt64();
        _relaxation = Relaxed();
        _writes = reader.ReadInt64();
        if (_isOneSided)
            RefreshCount = reader.ReadInt64();
        _plus.Load(reader);
        _minus?.Load(reader);
        _wires?.Load(reader);
    }

    /// <summary>The draws of relaxation after the last programming.</summary>
    private ulong Relaxed() => _random.Child("relax").Child((ulong)_programmings).Stream;

    private static long Sum(int[]? pulses)
    {
        long sum = 0;
        foreach (int n in pulses ?? [])
            sum += n;
        return sum;
    }

    private int Stuck(DevicePlane plane)
    {
        int count = 0;
        for (int k = 0; k < Count; k++)
            count += Exists(k) && plane.IsStuck[k] ? 1 : 0;
        return count;
    }

    private bool Exists(int k) => _mask.IsEmpty || _mask[k];

    /// <summary>The number of a synapse's draws: by its place, so that a wider array has those of a narrower one.</summary>
    private ulong Key(int k) => ((ulong)(uint)(k / _columns) << 32) | (uint)(k % _columns);

    /// <summary>The shares that make a weight on nominal devices.</summary>
    private void Split(double weight, out double plus, out double minus)
    {
        double share = weight * _unit / _range;
        if (_minus is null)
        {
            plus = Math.Clamp(share + ((_origin - _gmin) / _range), 0, _largest);
            minus = 0;
            return;
        }

        if (_law is not null && !_isOneSided)
        {
            plus = Math.Clamp(0.5 + (0.5 * share), 0, 1);
            minus = Math.Clamp(0.5 - (0.5 * share), 0, 1);
            return;
        }

        plus = Math.Clamp(share, 0, _largest);
        minus = Math.Clamp(-share, 0, _largest);
    }

    private void Program(DevicePlane plane, int k, double share, ulong bits)
    {
        if (plane.Level is not null)
        {
            SetLevel(plane, k, ConductanceLevels.Nearest(share, _card.Levels), bits);
            return;
        }

        if (plane.IsStuck[k])
            return;
        Set(plane, k, Noisy(plane, k, Target(plane, k, share), bits));
    }

    /// <summary>Puts a device on a level; levels of stuck devices are what was asked of them, and change nothing.</summary>
    private void SetLevel(DevicePlane plane, int k, int level, ulong bits)
    {
        plane.Level![k] = level;
        if (!plane.IsStuck[k])
            Set(plane, k, Noisy(plane, k, plane.Low[k] + (ConductanceLevels.Share(level, _card.Levels) * plane.Range[k]), bits));
    }

    private static void Set(DevicePlane plane, int k, double g)
    {
        plane.G[k] = g;
        if (plane.Hidden is { } hidden)
            hidden[k] = g;
        if (plane.Carried is { } carried)
            carried[k] = 0;
    }

    private double Noisy(DevicePlane plane, int k, double g, ulong bits)
    {
        double deviation = WriteNoise.Deviation(_card, plane.Numbers(k), g);
        return deviation > 0 ? Math.Max(0, g + (deviation * CounterRandom.ToNormal(bits))) : g;
    }

    private static void Restore(DevicePlane plane, ReadOnlySpan<double> conductances)
    {
        for (int k = 0; k < conductances.Length; k++)
        {
            if (!plane.IsStuck[k])
                Set(plane, k, conductances[k]);
        }
    }

    private double Weight(int k)
    {
        (double plus, double minus) = Stand(k);
        return Math.Max(_least, (plus - minus) / _g0);
    }

    /// <summary>What the wires let the columns collect of the devices as they stand.</summary>
    private void Collect<T>(Span<T> weights, bool isSolved)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < Count; k++)
            (_standing[k], _standing[Count + k]) = Exists(k) ? Stand(k) : (0, 0);
        Pass(weights, isSolved);
    }

    /// <summary>What the wires let the columns collect: of the network solved, or with the shares of the last solution, which is what a reading takes.</summary>
    private void Pass<T>(Span<T> weights, bool isSolved)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<double> plus = _collected.AsSpan(0, Count), minus = _collected.AsSpan(Count, Count);
        if (isSolved)
            _wires!.Solve(_standing.AsSpan(0, Count), _standing.AsSpan(Count, Count), plus, minus);
        else
            _wires!.Follow(_standing.AsSpan(0, Count), _standing.AsSpan(Count, Count), plus, minus);
        for (int k = 0; k < Count; k++)
            weights[k] = Exists(k) ? T.CreateChecked((plus[k] - minus[k]) / _g0) : T.Zero;
    }

    private (double Plus, double Minus) Stand(int k)
    {
        double plus = Drifts ? Later(_plus, k, isMinus: false) : _plus.G[k];
        double minus = _minus is null ? _references[k] : Drifts ? Later(_minus, k, isMinus: true) : _minus.G[k];
        return (plus, minus);
    }

    /// <summary>Exact changes.</summary>
    private void Move<T>(ReadOnlySpan<T> change, double scale, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < Count; k++)
        {
            double share = scale * double.CreateChecked(change[k]);
            if (share == 0 || !Exists(k))
                continue;
            if (_minus is null)
            {
                Raise(_plus, k, share);
            }
            else
            {
                (DevicePlane up, DevicePlane down) = share > 0 ? (_plus, _minus) : (_minus, _plus);
                share = Math.Abs(share);
                double above = down.IsStuck[k] ? 0 : Math.Max(0, (down.G[k] - down.Low[k]) / down.Range[k]);
                if (above > 0)
                {
                    double back = Math.Min(share, above);
                    Raise(down, k, -back);
                    share -= back;
                }

                if (share > 0)
                    Raise(up, k, share);
            }

            weights[k] = T.CreateChecked(Weight(k));
        }
    }

    private void Raise(DevicePlane plane, int k, double share)
    {
        if (plane.IsStuck[k])
            return;

        // What noise left outside the range may come back into it, and goes no further out.
        double g = plane.G[k];
        plane.G[k] = Math.Clamp(g + (share * (_isVerified ? _range : plane.Range[k])), Math.Min(plane.Low[k], g), Math.Max(plane.High[k], g));
    }

    /// <summary>The conductance that a share asks of a device: verified, that of the card as far as the device reaches; otherwise the same share of its own range.</summary>
    private double Target(DevicePlane plane, int k, double share) =>
        _isVerified ? Math.Clamp(_gmin + (share * _range), plane.Low[k], plane.High[k]) : plane.Low[k] + (share * plane.Range[k]);

    /// <summary>Changes by whole levels.</summary>
    private void Step<T>(ReadOnlySpan<T> change, double scale, in CounterRandom cycle, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int most = _card.Levels - 1;
        ulong rounding = cycle.Stream;
        ulong programming = cycle.Child("program").Stream;
        for (int k = 0; k < Count; k++)
        {
            double asked = scale * most * double.CreateChecked(change[k]);
            if (asked == 0 || !Exists(k))
                continue;
            ulong bits = 0;
            if (_card.Rounding == PulseRoundingKind.Stochastic)
                Philox.Block(_random.Seed, Key(k), rounding, out bits, out _);
            int steps = Whole(asked, _plus.Carried, k, bits);
            if (steps == 0)
                continue;
            Philox.Block(_random.Seed, Key(k), programming, out ulong forPlus, out ulong forMinus);
            if (_minus is null)
            {
                Climb(_plus, k, steps, forPlus);
            }
            else
            {
                (DevicePlane up, DevicePlane down, ulong forUp, ulong forDown) = steps > 0 ? (_plus, _minus, forPlus, forMinus) : (_minus, _plus, forMinus, forPlus);
                steps = Math.Abs(steps);
                int back = down.IsStuck[k] ? 0 : Math.Min(steps, down.Level![k]);
                Climb(down, k, -back, forDown);
                Climb(up, k, steps - back, forUp);
            }

            weights[k] = T.CreateChecked(Weight(k));
        }
    }

    private void Climb(DevicePlane plane, int k, int steps, ulong bits)
    {
        int level = Math.Clamp(plane.Level![k] + steps, 0, _card.Levels - 1);
        if (steps == 0 || level == plane.Level[k] || plane.IsStuck[k])
            return;
        double carried = plane.Carried is { } kept ? kept[k] : 0;
        SetLevel(plane, k, level, bits);
        if (plane.Carried is { } again)
            again[k] = carried;
    }

    /// <summary>Changes by pulses: half of each asked of either device of a pair, all of it of a single device; of devices that pulses only raise, all of a rise of G⁺ and all of a fall of G⁻.</summary>
    private void Pulse<T>(ReadOnlySpan<T> change, double scale, in CounterRandom cycle, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ulong stream = cycle.Stream;
        CounterRandom plusNoise = _random.Child("pulse+"), minusNoise = _random.Child("pulse-");
        bool isStochastic = _card.Rounding == PulseRoundingKind.Stochastic;
        bool rises = _isOneSided, isAlone = rises || _minus is null;
        double share = rises ? scale * _pulsesUp : isAlone ? scale : 0.5 * scale;
        Span<ulong> forPlus = _bits.AsSpan(0, _columns), forMinus = _bits.AsSpan(_columns);
        for (int start = 0; start < Count; start += _columns)
        {
            if (isStochastic)
                Philox.Blocks(_random.Seed, Key(start), stream, forPlus, forMinus);
            for (int j = 0; j < _columns; j++)
            {
                int k = start + j;
                double asked = share * double.CreateChecked(change[k]);
                (double up, double down) = rises ? (asked, 0) : asked > 0 ? (asked * _pulsesUp, -asked * _pulsesDown) : (asked * _pulsesDown, -asked * _pulsesUp);

                // Most changes are fractions of a pulse, and most fractions come to nothing.
                if (isStochastic && ComesToNothing(up, forPlus[j]) && (isAlone || ComesToNothing(down, forMinus[j])))
                    continue;
                if (asked == 0 || !Exists(k))
                    continue;
                int plus = Whole(up, _plus.Carried, k, forPlus[j]);
                int minus = isAlone ? 0 : Whole(down, _minus!.Carried, k, forMinus[j]);
                if (plus == 0 && minus == 0)
                    continue;
                if (rises && plus < 0)
                    (plus, minus) = (0, -plus);
                if (plus != 0)
                    Pulse(_plus, _pulsedPlus, k, plus, plusNoise);
                if (minus != 0)
                    Pulse(_minus!, _pulsedMinus, k, minus, minusNoise);
                weights[k] = T.CreateChecked(Weight(k));
            }
        }
    }

    /// <summary>Resets pairs that stand high, and writes their differences back.</summary>
    private void Refresh<T>(in CounterRandom cycle, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ulong stream = cycle.Child("refresh").Stream;
        double threshold = _card[SynapseParameter.RefreshThreshold], least = _card[SynapseParameter.RefreshLeast];
        DevicePlane minusPlane = _minus!;
        for (int k = 0; k < Count; k++)
        {
            // What is stuck cannot be reset, and without it nothing is won.
            if (!Exists(k) || _plus.IsStuck[k] || minusPlane.IsStuck[k])
                continue;
            double plus = _plus.G[k] - _plus.Low[k], minus = minusPlane.G[k] - minusPlane.Low[k];
            (double high, double low) = plus > minus ? (plus / _plus.Range[k], minus / minusPlane.Range[k]) : (minus / minusPlane.Range[k], plus / _plus.Range[k]);
            if (!(high > threshold && low > least))
                continue;
            Philox.Block(_random.Seed, Key(k), stream, out ulong forPlus, out ulong forMinus);
            Rewrite(_plus, k, Math.Max(0, plus - minus), forPlus);
            Rewrite(minusPlane, k, Math.Max(0, minus - plus), forMinus);
            RefreshCount++;
            weights[k] = T.CreateChecked(Weight(k));
        }
    }

    /// <summary>Resets a device and programs it to so much above its gmin, if it lasts that long.</summary>
    private void Rewrite(DevicePlane plane, int k, double above, ulong bits)
    {
        int sent = 1 + (int)Math.Ceiling(Math.Min(above / _range * _pulsesUp, 1e9));
        int before = plane.Pulses![k];
        plane.Pulses[k] = before > int.MaxValue - sent ? int.MaxValue : before + sent;
        if (sent >= plane.Limit(k) - before)
        {
            plane.IsStuck[k] = true;
            return;
        }

        // What rounding left waits on.
        double carried = plane.Carried is { } kept ? kept[k] : 0;
        if (plane.Level is not null)
            SetLevel(plane, k, ConductanceLevels.Nearest(above / plane.Range[k], _card.Levels), bits);
        else
            Set(plane, k, Noisy(plane, k, Math.Min(plane.Low[k] + above, plane.High[k]), bits));
        if (plane.Carried is { } again)
            again[k] = carried;
    }

    /// <summary>Whether stochastic rounding makes nothing of a number of pulses.</summary>
    private static bool ComesToNothing(double asked, ulong bits)
    {
        double u = CounterRandom.ToUniform(bits);
        double floor = Math.Floor(asked);
        return (u < asked - floor ? floor + 1 : floor) == 0;
    }

    /// <summary>Sends pulses to one device, as far as it lasts.</summary>
    private void Pulse(DevicePlane plane, PulsedDevice[] devices, int k, int pulses, in CounterRandom noise)
    {
        int[] counts = plane.Pulses!;
        int before = counts[k];
        int sent = Math.Abs(pulses);
        counts[k] = before > int.MaxValue - sent ? int.MaxValue : before + sent;
        if (plane.IsStuck[k])
            return;
        double left = plane.Limit(k) - before;
        if (sent >= left)
        {
            plane.IsStuck[k] = true;
            pulses = Math.Sign(pulses) * (int)Math.Max(0, Math.Floor(left));
            if (pulses == 0)
                return;
        }

        ref readonly PulsedDevice device = ref devices[devices.Length == 1 ? 0 : k];
        CounterRandom own = noise.Child(Key(k));
        if (plane.Hidden is { } hidden)
        {
            hidden[k] = _law!.Apply(device, hidden[k], pulses, own, (ulong)before);
            plane.G[k] = PersistentNoise.Visible(hidden[k], PersistentNoise.Deviation(_card, plane.Numbers(k)), own.Child("persistent").NormalAt((ulong)counts[k]));
        }
        else
        {
            plane.G[k] = _law!.Apply(device, plane.G[k], pulses, own, (ulong)before);
        }
    }

    /// <summary>Makes a number of pulses or levels whole.</summary>
    private int Whole(double asked, double[]? carried, int k, ulong bits)
    {
        double none = 0;
        return PulseRounding.Whole(_card.Rounding, asked, _card.MostPulses, CounterRandom.ToUniform(bits), ref carried is null ? ref none : ref carried[k]);
    }

    private PulsedDevice[] Pulsed(DevicePlane plane)
    {
        if (plane.IsUniform)
            return [_law!.Device(_card, plane.Numbers(0))];
        var devices = new PulsedDevice[Count];
        for (int k = 0; k < Count; k++)
            devices[k] = _law!.Device(_card, plane.Numbers(k));
        return devices;
    }

    /// <summary>A conductance as it is read t_read after it was written: drifted and relaxed.</summary>
    private double Later(DevicePlane plane, int k, bool isMinus)
    {
        double g = plane.G[k];
        if (plane.Fault[k] != DeviceDraws.Sound)
            return g;
        ReadOnlySpan<double> numbers = plane.Numbers(k);
        double exponent = ConductanceDrift.Exponent(_card, numbers, g, plane.DriftDraw(k));
        double later = exponent == 0 ? g : ConductanceDrift.At(g, exponent, _age, numbers[(int)SynapseParameter.DriftTime]);
        if (!_relaxes)
            return later;
        Philox.Block(_random.Seed, Key(k), _relaxation, out ulong forPlus, out ulong forMinus);
        return Relaxation.At(later, Relaxation.Shift(_card, numbers, _age, CounterRandom.ToNormal(isMinus ? forMinus : forPlus)));
    }

    /// <summary>σ of a reading relative to G; the same for all devices where nothing makes them differ.</summary>
    private double ReadDeviation(DevicePlane plane, int k, double g) => double.IsNaN(_readDeviation) ? ReadNoise.Deviation(_card, plane.Numbers(k), g) : _readDeviation;
}

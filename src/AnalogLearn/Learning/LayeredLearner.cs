using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// What all rules of layered networks share: one exact forward pass, the cost, and the top layer's δ^L = −∂C/∂S^L (S the summed input), which is I − O^L where cost and outputs belong together (linear with the quadratic
/// cost, logistic with the binary one; Baldi and Sadowski 2018, eq. 8). A rule then says what the postsynaptic factor of every layer below is; weights change by the product with the presynaptic activity.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class LayeredLearner<T> : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BatchOutcome _outcome = new();
    private readonly Action<int, int> _finishRows;
    private readonly bool _isEntropy;
    private readonly bool _isSquare;
    private Batch<T>? _state;
    private Batch<T>? _targets;
    private Batch<T>? _delta;
    private double[] _costs = [];
    private T _share;

    /// <summary>A learner on a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs, the whole last layer, and their cost.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    protected LayeredLearner(RateField<T> field, LayeredNetwork layers, Readout readout, int threads)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(readout);
        Field = field;
        Layers = layers;
        Readout = readout;
        Maps = new LayeredMaps<T>(field, layers, threads);
        _finishRows = FinishRows;
        Activation activation = layers.Bank(layers.Depth).Description.Activation;
        _isEntropy = (readout.Cost.Kind, activation) is (CostKind.Binary, Activation.Logistic);
        _isSquare = (readout.Cost.Kind, activation) is (CostKind.Quadratic, Activation.Linear);
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual IReadOnlyList<T[]> Memory => [];

    /// <inheritdoc/>
    public string WhenItDiverges =>
        "Linear layers have no bound, and products of several of them amplify what the rules that are no gradients add to the deep weights. Data around their mean (.dataset … centre=1), "
        + "smaller rates in the deep layers than at the top (.learn … rate Y1=…), a tight limit on the norm of incoming weights (.model … synapse(max_norm=1)) or bounded neurons (tanh) may help.";

    /// <summary>The field.</summary>
    protected RateField<T> Field { get; }

    /// <summary>Its layers.</summary>
    protected LayeredNetwork Layers { get; }

    /// <summary>Its maps.</summary>
    protected LayeredMaps<T> Maps { get; }

    /// <summary>The outputs and their cost.</summary>
    protected Readout Readout { get; }

    /// <summary>Postsynaptic factors of all layers divided by the number of examples, each in the columns of its bank; the top layer's are there before <see cref="Propagate"/>.</summary>
    protected Batch<T> Delta => _delta!;

    /// <summary>One over the number of examples.</summary>
    protected T Share => _share;

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(direction);
        (_state, _targets) = (state, targets);
        if (_delta is null || _delta.Rows != state.Rows)
        {
            _delta = new Batch<T>(state.Rows, state.Width);
            _costs = new double[state.Rows];
            _share = T.One / T.CreateChecked(state.Rows);
            MakeRoom(state.Rows);
        }

        if (_isEntropy)
            Maps.ForwardToSums(state, _finishRows);
        else
            Maps.Forward(state, _finishRows);
        Score(state, targets);
        direction.Clear();
        Propagate(state, targets, direction);
        return _outcome;
    }

    /// <summary>The activities O(0) of the batch that is learned, examples × states.</summary>
    protected Batch<T> State => _state!;

    /// <summary>What a rule does with some examples as soon as their activities and δ^L are there, by the worker that made them: cheaper than a pass of its own over the whole batch.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    protected virtual void Follow(int first, int rows)
    {
    }

    /// <summary>Makes room for a number of examples.</summary>
    /// <param name="rows">Examples.</param>
    protected virtual void MakeRoom(int rows)
    {
    }

    /// <summary>Fills in the postsynaptic factors of the layers below the top one and adds everything that changes.</summary>
    /// <param name="state">The activities O(0), examples × states.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="direction">Receives the mean change for a rate of one; zeros when called.</param>
    protected abstract void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction);

    /// <summary>Adds the products of one layer, with <see cref="Delta"/> as postsynaptic and the activities of the layer below as presynaptic factors.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="activity">The activities, examples × states.</param>
    /// <param name="direction">Receives the sums.</param>
    protected void AddLayer(int layer, Batch<T> activity, ParameterSet<T> direction)
    {
        if (layer == 1)
            Maps.AddProducts(1, Delta, Maps.Input, 0, direction);
        else
            Maps.AddProducts(layer, Delta, activity, Layers.Bank(layer - 1).Offset, direction);
    }

    private void Score(Batch<T> state, Batch<T> targets)
    {
        double cost = 0;
        foreach (double c in _costs)
            cost += c;
        _outcome.Cost = cost / state.Rows;
        _outcome.FreeSteps = 1;
        _outcome.Errors = 0;
        if (ReferenceEquals(targets, Maps.Input))
            return;
        for (int e = 0; e < state.Rows; e++)
            _outcome.Errors += Scoring.Class<T>(state.Row(e).Slice(Readout.Offset, Readout.Count)) == Scoring.Class<T>(targets.Row(e)) ? 0 : 1;
    }

    /// <summary>The cost and δ^L of some examples.</summary>
    private void FinishRows(int first, int rows)
    {
        int top = Layers.Depth;
        if (_isSquare)
            LayerColumns.Squares(_targets!, _state!, _delta!, Readout.Offset, Readout.Count, _share, first, rows, _costs);
        for (int e = first; e < first + rows; e++)
        {
            Span<T> output = _state!.Row(e).Slice(Readout.Offset, Readout.Count), delta = _delta!.Row(e).Slice(Readout.Offset, Readout.Count);
            ReadOnlySpan<T> target = _targets!.Row(e);
            if (_isSquare)
            {
                Maps.ApplyGain(top, delta);
            }
            else if (_isEntropy)
            {
                Maps.Drive(top, output);
                double linear = BinaryEntropy.Linear(output, target);
                Maps.Finish(top, output);
                _costs[e] = linear + BinaryEntropy.Curved(output, target, _share, delta);
                Maps.ApplyGain(top, delta);
            }
            else
            {
                _costs[e] = Readout.Cost.Value(output, target);
                delta.Clear();
                Readout.Cost.AddGradient(output, target, -_share, delta);
                Maps.ApplySlope(top, output, delta);
            }
        }

        Follow(first, rows);
    }
}

/// <summary>
/// A layered network that trains: an example settles in one forward pass.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="network">The field.</param>
/// <param name="layers">Its layers.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="threads">Threads, 0 for all cores.</param>
public sealed class LayeredSystem<T>(RateField<T> network, LayeredNetwork layers, Readout readout, int threads) : ILearningSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayeredMaps<T> _maps = new(network, layers, threads);

    /// <inheritdoc/>
    public IParametrizedField<T> Field => network;

    /// <inheritdoc/>
    public int InputCount => layers.Width(0);

    /// <inheritdoc/>
    public int OutputCount => readout.Count;

    /// <inheritdoc/>
    public Cost Cost => readout.Cost;

    /// <inheritdoc/>
    public void Clamp(Batch<T> inputs) => network.SetInput(layers.Input.Index, inputs);

    /// <summary>Nothing: one pass gives every layer its activity, whatever was there before.</summary>
    /// <param name="state">Stays as it is.</param>
    public void RestingState(Span<T> state)
    {
    }

    /// <inheritdoc/>
    public SettleTotals Settle(Batch<T> state, SettleOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        _maps.Forward(state);
        return new(0, state.Rows, 0);
    }

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<T> state, Span<T> output) => state.Slice(readout.Offset, readout.Count).CopyTo(output);
}

using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Studies;

/// <summary>What a deck says of its neurons beside their equations: the seed of their weights, and what clamps their inputs. The nodal engine takes both as the rate engine does.</summary>
internal static class NeuronInputs
{
    /// <summary>Draws the weights from the deck's seed, and clamps inputs without a source of their own to an example of the data set, or to 0 V.</summary>
    /// <param name="circuit">The compiled circuit, before systems are made of it.</param>
    /// <param name="deck">The deck.</param>
    /// <param name="settings">Seed and directories that win over the deck's.</param>
    /// <param name="diagnostics">Receives what is wrong with the data set.</param>
    public static void Apply(NodalCircuit circuit, Deck deck, ExperimentSettings settings, DiagnosticBag diagnostics)
    {
        if (circuit.Network is not { } network)
            return;
        var options = new ArgumentReader(".options", [.. deck.Options.Values], SourceSpan.None, new DiagnosticBag());
        network.WireInterval = options.Integer("rwire_every", 1, 1);
        network.SettleNoise = options.Flag("settle_noise", absent: false);
        var train = new ArgumentReader(".train", deck.All<TrainCard>().LastOrDefault()?.Arguments ?? [], SourceSpan.None, new DiagnosticBag());
        ParameterSet<double> drawn = network.InitialParameters(settings.Seed ?? (ulong)train.Number("seed", 1, 0, 9e15));
        for (int k = 0; k < drawn.Blocks.Length; k++)
            drawn.Blocks[k].CopyTo(circuit.Weights!.Blocks[k], 0);
        bool isOpen = circuit.Sources.Any(s => s.IsExternal);
        DataSet? data = isOpen && deck.All<DataSetCard>().LastOrDefault() is { } card ? new ExperimentBinder(deck, settings, diagnostics).LoadData(card) : null;
        var voltages = new double[network.InputCount];
        InputDrive.Of(network, deck, data, diagnostics).At(0, voltages);
        foreach (RateInput input in network.Inputs)
        {
            int k = input.Offset;
            foreach (int source in circuit.InputSourceIndices(input.Description.Bus.Name))
                circuit.ExternalValues[source] = voltages[k++];
        }
    }
}

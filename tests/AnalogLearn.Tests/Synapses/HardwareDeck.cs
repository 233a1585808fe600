using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Synapses;

/// <summary>A deck with one array of synapses whose hardware is written in a test.</summary>
internal static class HardwareDeck
{
    /// <summary>Phase-change memory: V. Joshi et al. 2020 and S. R. Nandakumar et al. 2019, as IBM's toolkit has them.</summary>
    public const string PhaseChange =
        "gmin=0 gmax=25u write_noise=poly(0.26348u,1.9650u,-1.1731u) nu=lnclip(-0.0155,0.0244,0.049,0.1) nu_sd=lnclip(-0.0125,-0.0059,0.008,0.045) t0=20 t_read=86400 flicker=powclip(0.0088,-0.65,0.2) flicker_t=250n read_time=1";

    /// <summary>Ag:a-Si: S. H. Jo et al., Nano Lett. 10, 1297 (2010), as NeuroSim has it.</summary>
    public const string SilverSilicon = "gmin=3.0769n gmax=38.462n update=nl nl_up=2.4 nl_down=-4.88 pulses_up=97 pulses_down=100";

    /// <summary>RRAM: N. Gong et al., Nat. Commun. 9, 2102 (2018), as IBM's toolkit has it; weights of ±1 are 1 µS to 21 µS.</summary>
    public const string Exponential =
        "gmin=1u gmax=21u update=expstep pulses=1481.481481 up_down=0.259359 es_a=-0.5 es_b=-0.5 es_gamma_up=5 es_gamma_down=5 es_amp_up=-1.18445 es_amp_down=-0.081404";

    /// <summary>Reads an array.</summary>
    /// <param name="onModel">Parameters of its model.</param>
    /// <param name="onLine">Parameters of its line.</param>
    public static (SynapseArray? Array, DiagnosticBag Diagnostics) Read(string onModel, string onLine = "")
    {
        DeckResult result = DeckReader.Parse($"t\n.model cell neuron(c=1n g=1u rho=tanh)\n.model w synapse({onModel})\nNx x[0:2] input\nNh h[0:1] cell\nYxh x h w {onLine}\n", "d.cir", null);
        return (result.Deck?.Circuit.Arrays[0], result.Diagnostics);
    }

    /// <summary>Reads a card that must be sound.</summary>
    /// <param name="parameters">Its parameters.</param>
    public static SynapseCard Card(string parameters)
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = Read(parameters);
        Assert.True(diagnostics.Count == 0, string.Join('\n', diagnostics));
        Assert.NotNull(array?.Card);
        return array!.Card!;
    }
}

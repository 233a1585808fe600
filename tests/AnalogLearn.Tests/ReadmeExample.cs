using AnalogLearn.Circuits;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests;

/// <summary>The example of README.md; a test holds the two to the letter.</summary>
internal static class ReadmeExample
{
    public static void Run()
    {
        // README begins
        Deck deck = new CircuitBuilder("digits")
            .Input("x", 196)
            .Neurons("h", 64, clip: (0, 1))                    // leaky integrators, hard sigmoid, rails at 0 and 1 V
            .Neurons("y", 10, clip: (0, 1))
            .Synapses("Yxh", "x", "h")
            .Synapses("Yhy", "h", "y")
            .Synapses("Yyh", "y", "h")                         // feedback, not tied to Yhy
            .Data("digits", input: "x", target: "y", train: 3000, test: 500, ("size", 14))
            .Learn("eqprop", ("beta", 0.5), ("free", 15e-3), ("nudge", 6e-3))
            .Rate("Yxh", 0.5).Rate("Yhy", 0.2).Rate("Yyh", 0.02)
            .Train(epochs: 5, batch: 20, seed: 1)
            .Build();
        DeckRun run = DeckRun.Of(deck);                        // or DeckRun.Open("netlists/digits-eqprop.cir")
        TrainingOutcome trained = run.Train();
        Comparison comparison = run.Compare("implicit", examples: 10)!;
        ExportedFile model = run.Export("onnx")!;
        Console.WriteLine($"test error {trained.Last!.TestError:P1}, {comparison.Result.All.Angle:F0} degrees from the exact gradient, {model.Path}");
        // README ends
    }
}

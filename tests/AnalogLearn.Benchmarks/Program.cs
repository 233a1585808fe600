using AnalogLearn.Benchmarks;
using AnalogLearn.Benchmarks.Spice;
using BenchmarkDotNet.Running;

if (args is ["--quick", "settle"])
    SettleBenchmarks.Quick();
else if (args is ["--quick", "lu"])
    SparseLuBenchmarks.Quick();
else if (args is ["--quick", "wires"] or ["--quick", "wires", "--python", _])
    WireBenchmarks.Quick(args.ElementAtOrDefault(3));
else if (args is ["--quick", "chips", ..])
    return ChipComparison.Run(args.AsSpan(2));
else if (args is ["--quick", "recirculation", ..])
    return RecirculationComparison.Run(args.AsSpan(2));
else if (args is ["--quick", "spice", ..])
    return SpiceComparison.Run(args.AsSpan(2));
else
    BenchmarkSwitcher.FromAssembly(typeof(SettleBenchmarks).Assembly).Run(args);
return 0;

using AnalogLearn.Benchmarks;
using BenchmarkDotNet.Running;

if (args is ["--quick", "settle"])
    SettleBenchmarks.Quick();
else if (args is ["--quick", "lu"])
    SparseLuBenchmarks.Quick();
else
    BenchmarkSwitcher.FromAssembly(typeof(SettleBenchmarks).Assembly).Run(args);

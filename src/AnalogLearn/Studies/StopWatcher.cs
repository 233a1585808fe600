using System.Collections;

namespace AnalogLearn.Studies;

/// <summary>
/// Follows a study's rows as they come, in any order, and says how many chips each point of the sweep needs: the rule is asked of chips 1 to m once all of them are there, for growing m, so that the answer is the one that
/// a study on one thread would give.
/// </summary>
internal sealed class StopWatcher
{
    private readonly StudyPlan _plan;
    private readonly BitArray _known;
    private readonly BitArray _passes;
    private readonly int[] _limits;
    private readonly int[] _seen;
    private readonly int[] _passed;

    public StopWatcher(StudyPlan plan)
    {
        _plan = plan;
        bool watches = plan.Stop is not null && plan.Shard.Count == 1;
        _known = new BitArray(watches ? plan.Count : 0);
        _passes = new BitArray(watches ? plan.Count : 0);
        _limits = [.. Enumerable.Repeat(plan.Chips, plan.Points.Length)];
        _seen = new int[plan.Points.Length];
        _passed = new int[plan.Points.Length * plan.Modes.Length];
    }

    /// <summary>Chips that a point of the sweep needs, as far as is known.</summary>
    public int LimitOf(int step) => Volatile.Read(ref _limits[step]);

    /// <summary>How many items the points need together, as far as is known.</summary>
    public int Wanted => _limits.Sum() * _plan.Modes.Length;

    /// <summary>Takes a row.</summary>
    /// <param name="id">The item's number.</param>
    /// <param name="passes">Whether it meets the specification.</param>
    public void Add(int id, bool passes)
    {
        if (_known.Length == 0)
            return;
        _known[id] = true;
        _passes[id] = passes;
        int modes = _plan.Modes.Length;
        int step = id / (_plan.Chips * modes);
        while (_seen[step] < _limits[step])
        {
            int first = ((step * _plan.Chips) + _seen[step]) * modes;
            for (int mode = 0; mode < modes; mode++)
            {
                if (!_known[first + mode])
                    return;
            }

            _seen[step]++;
            bool enough = true;
            for (int mode = 0; mode < modes; mode++)
            {
                ref int passed = ref _passed[(step * modes) + mode];
                passed += _passes[first + mode] ? 1 : 0;
                enough &= _plan.Stop!.IsMet(_seen[step], passed);
            }

            if (enough)
                Volatile.Write(ref _limits[step], _seen[step]);
        }
    }
}

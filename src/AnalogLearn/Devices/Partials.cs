namespace AnalogLearn.Devices;

/// <summary>The partial derivatives that a <see cref="Dual{R,P}"/> carries.</summary>
/// <typeparam name="R">The numbers they are made of.</typeparam>
/// <typeparam name="P">The implementing type.</typeparam>
public interface IPartials<R, P>
    where R : unmanaged, IReal<R>
    where P : unmanaged, IPartials<R, P>
{
    /// <summary>How many variables.</summary>
    static abstract int Count { get; }

    /// <summary>One in the place of a variable, zero elsewhere.</summary>
    /// <param name="variable">The variable, from 0.</param>
    static abstract P Unit(int variable);

    /// <summary>a·x + b·y.</summary>
    /// <param name="a">a.</param>
    /// <param name="x">x.</param>
    /// <param name="b">b.</param>
    /// <param name="y">y.</param>
    static abstract P Combine(R a, P x, R b, P y);

    /// <summary>a·x.</summary>
    /// <param name="a">a.</param>
    /// <param name="x">x.</param>
    static abstract P Scale(R a, P x);

    /// <summary>x + y.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    static abstract P Add(P x, P y);

    /// <summary>x − y.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    static abstract P Subtract(P x, P y);

    /// <summary>One of two, as <see cref="IReal{T}.WhereLess"/>.</summary>
    /// <param name="a">Left of the comparison.</param>
    /// <param name="b">Right of the comparison.</param>
    /// <param name="whenTrue">Where a &lt; b.</param>
    /// <param name="whenFalse">Elsewhere.</param>
    static abstract P WhereLess(R a, R b, P whenTrue, P whenFalse);

    /// <summary>The derivative by a variable.</summary>
    /// <param name="x">The derivatives.</param>
    /// <param name="variable">The variable, from 0.</param>
    static abstract R Get(in P x, int variable);
}

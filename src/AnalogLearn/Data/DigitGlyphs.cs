using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>One stroke of a glyph: points in a box of side 1, x to the right and y down, joined by straight lines or by a smooth curve.</summary>
/// <param name="Smooth">Whether a Catmull–Rom spline goes through the points; straight lines otherwise.</param>
/// <param name="Closed">Whether the last point is joined to the first.</param>
/// <param name="Points">x₀, y₀, x₁, y₁, …</param>
internal sealed record DigitStroke(bool Smooth, bool Closed, ImmutableArray<float> Points);

/// <summary>The skeletons of the ten digits: for each, the ways in which people write it.</summary>
internal static class DigitGlyphs
{
    /// <summary>Glyphs by digit and variant; each is a list of strokes.</summary>
    public static ImmutableArray<ImmutableArray<ImmutableArray<DigitStroke>>> ByDigit { get; } =
    [
        [
            // 0: an oval; a narrow one that is not quite closed
            [Loop(.50f, .07f, .70f, .17f, .77f, .50f, .70f, .83f, .50f, .93f, .30f, .83f, .23f, .50f, .30f, .17f)],
            [Curve(.56f, .09f, .38f, .16f, .28f, .48f, .34f, .84f, .52f, .93f, .68f, .80f, .72f, .44f, .64f, .16f, .50f, .07f)],
        ],
        [
            // 1: a bar; with a flag; with a flag and a foot
            [Line(.50f, .07f, .50f, .93f)],
            [Line(.33f, .27f, .53f, .07f, .53f, .93f)],
            [Line(.34f, .25f, .51f, .08f, .51f, .92f), Line(.30f, .92f, .72f, .92f)],
        ],
        [
            // 2: a straight foot; a foot with a loop
            [Curve(.26f, .28f, .34f, .12f, .52f, .07f, .70f, .16f, .72f, .34f, .58f, .55f, .40f, .74f, .25f, .91f), Line(.25f, .91f, .77f, .91f)],
            [Curve(.25f, .24f, .42f, .08f, .66f, .12f, .70f, .34f, .53f, .60f, .32f, .86f, .21f, .85f, .27f, .74f, .46f, .81f, .62f, .92f, .79f, .85f)],
        ],
        [
            // 3: two bows; a flat top
            [Curve(.27f, .16f, .45f, .07f, .66f, .14f, .68f, .32f, .55f, .45f, .42f, .47f), Curve(.42f, .47f, .60f, .49f, .74f, .62f, .70f, .82f, .50f, .93f, .26f, .84f)],
            [Line(.26f, .09f, .72f, .09f, .46f, .42f), Curve(.46f, .42f, .66f, .47f, .75f, .64f, .68f, .84f, .48f, .93f, .25f, .85f)],
        ],
        [
            // 4: open; closed; with a round cup
            [Line(.36f, .08f, .24f, .57f, .77f, .57f), Line(.62f, .30f, .62f, .94f)],
            [Line(.61f, .94f, .61f, .07f, .22f, .63f, .80f, .63f)],
            [Curve(.28f, .08f, .25f, .38f, .34f, .53f, .54f, .53f, .70f, .42f), Line(.72f, .08f, .68f, .94f)],
        ],
        [
            // 5: with corners; in one sweep
            [Line(.73f, .09f, .34f, .09f, .30f, .45f), Curve(.30f, .45f, .48f, .38f, .70f, .47f, .75f, .67f, .66f, .86f, .46f, .93f, .25f, .85f)],
            [Curve(.72f, .10f, .50f, .08f, .33f, .16f, .33f, .36f, .54f, .46f, .72f, .62f, .66f, .85f, .44f, .93f, .25f, .84f)],
        ],
        [
            // 6: a round back; a steep one with a small bowl
            [Curve(.67f, .10f, .46f, .20f, .32f, .42f, .27f, .68f, .36f, .88f, .54f, .93f, .70f, .82f, .70f, .63f, .55f, .52f, .38f, .58f, .28f, .72f)],
            [Curve(.56f, .06f, .40f, .34f, .30f, .64f, .33f, .86f, .49f, .93f, .64f, .84f, .63f, .66f, .49f, .59f, .34f, .70f)],
        ],
        [
            // 7: plain; with a bar; with a serif and a bent stem
            [Line(.24f, .10f, .75f, .10f, .44f, .93f)],
            [Line(.24f, .10f, .75f, .10f, .44f, .93f), Line(.38f, .51f, .70f, .51f)],
            [Line(.24f, .22f, .25f, .10f, .76f, .10f), Curve(.76f, .10f, .58f, .40f, .49f, .66f, .46f, .94f)],
        ],
        [
            // 8: in one stroke; two rings
            [Loop(.66f, .17f, .49f, .07f, .32f, .18f, .36f, .36f, .52f, .47f, .69f, .61f, .70f, .81f, .50f, .93f, .30f, .81f, .32f, .61f, .50f, .47f, .66f, .34f)],
            [
                Loop(.50f, .07f, .67f, .17f, .67f, .36f, .50f, .46f, .33f, .36f, .33f, .17f),
                Loop(.50f, .46f, .70f, .58f, .71f, .81f, .50f, .93f, .29f, .81f, .30f, .58f),
            ],
        ],
        [
            // 9: a straight stem; a stem that curls
            [Loop(.69f, .28f, .58f, .10f, .40f, .09f, .28f, .26f, .36f, .46f, .54f, .48f), Line(.70f, .12f, .66f, .94f)],
            [Loop(.70f, .28f, .58f, .10f, .40f, .10f, .29f, .27f, .37f, .46f, .56f, .47f), Curve(.70f, .28f, .72f, .56f, .62f, .84f, .43f, .94f, .27f, .86f)],
        ],
    ];

    private static DigitStroke Line(params ReadOnlySpan<float> points) => new(false, false, [.. points]);

    private static DigitStroke Curve(params ReadOnlySpan<float> points) => new(true, false, [.. points]);

    private static DigitStroke Loop(params ReadOnlySpan<float> points) => new(true, true, [.. points]);
}

using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AnalogLearn.Numerics;

namespace AnalogLearn.Data;

/// <summary>
/// Draws one digit: its skeleton is bent, slanted, turned, scaled and shifted by random amounts, then inked with a round pen of random
/// thickness and strength, with gaps, stray strokes and pixel noise.
/// </summary>
/// <remarks>
/// Only + − × ÷ and √ are used and each picture depends on its own random stream alone, so a picture has the same bits on
/// every platform and for every number of threads. A pixel's ink is clamp(½ + (r − d)/w) with d its centre's distance to the skeleton, r half the pen's
/// width and w the softness of its edge, in pixels; strokes are joined by their maximum.
/// </remarks>
/// <param name="size">Pixels a side.</param>
/// <param name="difficulty">0 (nearly as printed) … 1; every random amount grows with it, tenfold at ½ and nineteenfold at 1.</param>
internal readonly struct DigitPainter(int size, double difficulty)
{
    private const int MostPoints = 40;
    private const int MostSegments = 160;
    private const int PiecesPerSpan = 4;

    // 1 at the default difficulty; never 0, so that no two pictures are the same.
    private readonly float _s = (float)(0.1 + (1.8 * difficulty));

    /// <summary>Draws a picture.</summary>
    /// <param name="digit">0 … 9.</param>
    /// <param name="random">The picture's own stream.</param>
    /// <param name="picture">size × size pixels, row after row; all are written, in [0, 1].</param>
    public void Paint(int digit, ref CounterRandom random, Span<float> picture)
    {
        picture.Clear();
        ImmutableArray<ImmutableArray<DigitStroke>> variants = DigitGlyphs.ByDigit[digit];
        ImmutableArray<DigitStroke> glyph = variants[random.NextInt32(variants.Length)];

        var frame = new Frame(size, _s, ref random);
        Span<Segment> segments = stackalloc Segment[MostSegments];
        int count = Trace(glyph, frame, ref random, segments);

        float pixels = size / 28f;
        float radius = pixels * (1.25f + _s * 0.36f * (float)random.Uniform(-1, 1));
        float softness = Math.Max(1f, pixels * 1.2f);
        float ink = 1f - _s * 0.25f * (float)random.Uniform();

        // A gap: the pen does not touch within a small circle around a place of the skeleton.
        float gapX = -1e9f, gapY = 0, gapRadius = 0;
        if (random.Chance(0.14 * _s))
        {
            Segment at = segments[random.NextInt32(count)];
            gapX = at.X0;
            gapY = at.Y0;
            gapRadius = size * 0.06f * _s * (float)random.Uniform(0.5, 1);
        }

        for (int i = 0; i < count; i++)
        {
            float mx = 0.5f * (segments[i].X0 + segments[i].X1) - gapX, my = 0.5f * (segments[i].Y0 + segments[i].Y1) - gapY;
            if (mx * mx + my * my >= gapRadius * gapRadius)
                Ink(picture, segments[i], radius, softness, ink);
        }

        // Stray strokes: short and anywhere.
        int stray = random.Chance(0.18 * _s) ? 1 : 0;
        for (int i = 0; i < stray; i++)
        {
            float x = size * (float)random.Uniform(), y = size * (float)random.Uniform();
            float length = size * 0.14f;
            var stroke = new Segment(x, y, x + length * (float)random.Uniform(-1, 1), y + length * (float)random.Uniform(-1, 1));
            Ink(picture, stroke, radius * 0.8f, softness, ink * (float)random.Uniform(0.4, 1));
        }

        AddNoise(picture, 0.055f * _s, ref random);
    }

    // The skeleton's pieces in pixels.
    private int Trace(ImmutableArray<DigitStroke> glyph, in Frame frame, ref CounterRandom random, Span<Segment> segments)
    {
        Span<float> xs = stackalloc float[MostPoints], ys = stackalloc float[MostPoints];
        float jitter = 0.012f * _s;
        int count = 0, placed = 0;
        foreach (DigitStroke stroke in glyph)
        {
            ReadOnlySpan<float> points = stroke.Points.AsSpan();
            int n = points.Length / 2;
            for (int i = 0; i < n; i++)
            {
                // Every point draws its own displacement.
                float x = points[2 * i] + jitter * (float)random.Normal(), y = points[(2 * i) + 1] + jitter * (float)random.Normal();
                frame.Place(x, y, out xs[placed + i], out ys[placed + i]);
            }

            ReadOnlySpan<float> px = xs.Slice(placed, n), py = ys.Slice(placed, n);
            placed += n;
            int spans = stroke.Closed ? n : n - 1;
            for (int i = 0; i < spans; i++)
            {
                int next = i + 1 < n ? i + 1 : 0;
                if (!stroke.Smooth)
                {
                    segments[count++] = new(px[i], py[i], px[next], py[next]);
                    continue;
                }

                int before = i > 0 ? i - 1 : stroke.Closed ? n - 1 : 0;
                int after = next + 1 < n ? next + 1 : stroke.Closed ? 0 : n - 1;
                float fromX = px[i], fromY = py[i];
                for (int k = 1; k <= PiecesPerSpan; k++)
                {
                    float t = k / (float)PiecesPerSpan;
                    float toX = CatmullRom(px[before], px[i], px[next], px[after], t), toY = CatmullRom(py[before], py[i], py[next], py[after], t);
                    segments[count++] = new(fromX, fromY, toX, toY);
                    fromX = toX;
                    fromY = toY;
                }
            }
        }

        return count;
    }

    private void Ink(Span<float> picture, in Segment s, float radius, float softness, float ink)
    {
        float reach = radius + 0.5f * softness;
        int left = Math.Max(0, (int)(Math.Min(s.X0, s.X1) - reach)), right = Math.Min(size - 1, (int)(Math.Max(s.X0, s.X1) + reach));
        int top = Math.Max(0, (int)(Math.Min(s.Y0, s.Y1) - reach)), bottom = Math.Min(size - 1, (int)(Math.Max(s.Y0, s.Y1) + reach));
        float dx = s.X1 - s.X0, dy = s.Y1 - s.Y0;
        float scale = 1f / Math.Max(1e-12f, dx * dx + dy * dy), edge = 1f / softness, far = reach * reach;
        for (int row = top; row <= bottom; row++)
        {
            float py = row + 0.5f - s.Y0;
            Span<float> line = picture.Slice(row * size, size);
            for (int column = left; column <= right; column++)
            {
                float px = column + 0.5f - s.X0;
                float t = (px * dx + py * dy) * scale;
                t = t < 0 ? 0 : t > 1 ? 1 : t;
                float ex = px - t * dx, ey = py - t * dy;
                float squared = ex * ex + ey * ey;
                if (squared >= far)
                    continue;
                float cover = 0.5f + (radius - MathF.Sqrt(squared)) * edge;
                float value = cover >= 1 ? ink : ink * cover;
                if (value > line[column])
                    line[column] = value;
            }
        }
    }

    // The sum of two uniform bytes a pixel: a triangular distribution of the wanted deviation.
    private static void AddNoise(Span<float> picture, float deviation, ref CounterRandom random)
    {
        if (deviation <= 0)
            return;
        float unit = deviation * 2.4494897f / 255f; // √6: the deviation of the sum of two uniform numbers on ±½ is 1/√6
        for (int i = 0; i < picture.Length; i += 4)
        {
            ulong bits = random.NextUInt64();
            int n = Math.Min(4, picture.Length - i);
            for (int j = 0; j < n; j++)
            {
                int sum = (int)(bits & 0xFF) + (int)((bits >> 8) & 0xFF) - 255;
                bits >>= 16;
                float value = picture[i + j] + unit * sum;
                picture[i + j] = value < 0 ? 0 : value > 1 ? 1 : value;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float CatmullRom(float a, float b, float c, float d, float t)
    {
        return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }

    private readonly record struct Segment(float X0, float Y0, float X1, float Y1);

    /// <summary>The way from the glyph's box to the picture: a bend (quadratic in the place), then scale, slant, turn and shift.</summary>
    private readonly struct Frame
    {
        private readonly float _xx, _xy, _yx, _yy, _x0, _y0;
        private readonly float _bendXX, _bendXY, _bendYX, _bendYY;

        public Frame(int size, float s, ref CounterRandom random)
        {
            float height = size * (0.74f + s * 0.05f * (float)random.Normal());
            float width = height * (1f + s * 0.08f * (float)random.Normal());
            float slant = 0.10f + s * 0.105f * (float)random.Normal();
            Turn(s * 0.075 * random.Normal(), out float cos, out float sin);
            _bendXX = s * 0.12f * (float)random.Normal();
            _bendXY = s * 0.12f * (float)random.Normal();
            _bendYX = s * 0.12f * (float)random.Normal();
            _bendYY = s * 0.12f * (float)random.Normal();
            height = Math.Clamp(height, 0.3f * size, 1.2f * size);
            width = Math.Clamp(width, 0.25f * size, 1.3f * size);

            // (x, y) → turn · [width, −slant·height; 0, height] · (x, y)
            _xx = cos * width;
            _xy = -cos * slant * height - sin * height;
            _yx = sin * width;
            _yy = -sin * slant * height + cos * height;
            _x0 = size * (0.5f + s * 0.12f * (float)random.Uniform(-1, 1));
            _y0 = size * (0.5f + s * 0.12f * (float)random.Uniform(-1, 1));
        }

        public void Place(float x, float y, out float px, out float py)
        {
            x -= 0.5f;
            y -= 0.5f;
            float bx = x + _bendXX * y * y + _bendXY * x * y, by = y + _bendYX * x * x + _bendYY * x * y;
            px = _x0 + _xx * bx + _xy * by;
            py = _y0 + _yx * bx + _yy * by;
        }

        // cos and sin of a small angle by their series to the 9th power.
        private static void Turn(double angle, out float cos, out float sin)
        {
            double a = Math.Clamp(angle, -1.5, 1.5), q = a * a;
            cos = (float)(1 - q / 2 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56))));
            sin = (float)(a * (1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72)))));
        }
    }
}

import { decode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linePlot } from '../../../cli/output/line-plot.ts';
import type { LinePlotOptions, Series } from '../../../cli/output/line-plot.ts';

// prettier-ignore
const series: Series[] = [
  { name: 'ideal', points: [[1, 1], [8, 8]], dashed: true },
  { name: 'secant', points: [[1, 1], [2, 2], [4, Number.NaN], [8, 7.5]] },
];
const OPTIONS: LinePlotOptions = {
  title: 'Speedup <of> "A & B"',
  xLabel: 'workers',
  yLabel: 'speedup',
  logX: true,
  logY: true,
  series,
};

/** Lone surrogates and control characters included. */
const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

const countOf = (text: string, part: string) => text.split(part).length - 1;

describe('linePlot', () => {
  it('has title, labels, legend and ticks at the measured places', () => {
    const { svg } = linePlot(OPTIONS);
    expect(svg).toContain('>Speedup &lt;of&gt; &quot;A &amp; B&quot;</text>');
    for (const text of ['workers', 'speedup', 'ideal', 'secant', '1', '2', '4', '8']) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  it('breaks the line at a point that it cannot show', () => {
    const { svg } = linePlot(OPTIONS);
    // The ideal, the first two points of the other, and two lines in the legend.
    expect(countOf(svg, '<polyline')).toBe(4);
    expect(countOf(svg, 'stroke-dasharray')).toBe(2);
    // Three points and one marker in the legend.
    expect(countOf(svg, '<circle')).toBe(4);
  });

  it('writes labels beside the points that it can show', () => {
    const labelled = series.map((one) => ({ ...one, labels: ['a1', 'b2', 'c3', 'd4'] }));
    const { svg } = linePlot({ ...OPTIONS, series: labelled.slice(1) });
    for (const label of ['a1', 'b2', 'd4']) expect(svg).toContain(`>${label}</text>`);
    expect(svg).not.toContain('c3');
  });

  it('has ticks at chosen numbers and none at measured ones', () => {
    const measured = [{ name: 'x', points: [[12.34, 1] as const, [87.6, 2] as const] }];
    const { svg } = linePlot({ ...OPTIONS, series: measured });
    expect(svg).toContain('>50</text>');
    expect(svg).not.toContain('12.34');
  });

  it('writes the same picture as PNG', () => {
    const png = decode(linePlot(OPTIONS).png);
    expect([png.width, png.height]).toEqual([960, 540]);
    const colours = new Set<number>();
    for (let at = 0; at < png.data.length; at += 3) {
      const [red = 0, green = 0, blue = 0] = png.data.subarray(at, at + 3);
      colours.add((red << 16) | (green << 8) | blue);
    }
    expect(colours).toContain(0xd55e00);
    expect(colours).toContain(0x0072b2);
  });

  it('draws one bar for every point, from zero', () => {
    const bars: LinePlotOptions = {
      title: '',
      xLabel: 'solver',
      yLabel: 'rounds',
      kind: 'bar',
      categories: ['ddim-25', 'ddpm-100'],
      // prettier-ignore
      series: [
        { name: 'picard', points: [[0, 20], [1, 10]] },
        { name: 'secant', points: [[0, 10], [1, Infinity]] },
      ],
    };
    const { svg } = linePlot(bars);
    // A swatch in the legend each, 14 pixels high.
    const heights = (colour: string) =>
      [...svg.matchAll(new RegExp(`height="([\\d.]+)" fill="#${colour}"`, 'g'))].map(([, height]) =>
        Number(height),
      );
    const [tall = 0, half = 0, swatch = 0] = heights('0072b2');
    expect(tall / half).toBeCloseTo(2, 1);
    expect(swatch).toBe(14);
    expect(heights('d55e00')).toHaveLength(2);
    expect(svg).toContain('>ddpm-100</text>');
    expect(svg).toContain('>0</text>');
  });

  it('has no legend for a single series without a name, and no markers on a long one', () => {
    const points = Array.from({ length: 200 }, (_, i) => [i, 0.9 ** i] as const);
    const { svg } = linePlot({ ...OPTIONS, logX: false, series: [{ name: '', points }] });
    expect(countOf(svg, '<polyline')).toBe(1);
    expect(countOf(svg, '<circle')).toBe(0);
  });

  it('never writes a coordinate that is no number', () => {
    const point = fc.tuple(fc.double(), fc.double());
    const anySeries = fc.record({
      name: fc.string({ unit: anyCharacter }),
      points: fc.array(point, { maxLength: 5 }),
      dashed: fc.boolean(),
    });
    const options = fc.record({
      logX: fc.boolean(),
      logY: fc.boolean(),
      series: fc.array(anySeries, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(options, (drawn) => {
        const { svg } = linePlot({ ...drawn, title: 't', xLabel: 'x', yLabel: 'y' });
        const attributes = svg.match(/="[^"]*"/g) ?? [];
        expect(attributes.filter((text) => /NaN|Infinity|undefined/.test(text))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

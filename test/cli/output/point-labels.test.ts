import { describe, expect, it } from 'vitest';

import { labelMarks } from '../../../cli/output/point-labels.ts';

const plot = { x: 0, y: 0, width: 400, height: 300 };

function places(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const labels = points.map(([x, y], k) => ({ x, y, text: `a${k}`, colour: 0 }));
  const marks = labelMarks(labels, plot, 2);
  return marks.map((mark) => (mark.kind === 'text' ? ([mark.x, mark.y] as const) : [0, 0]));
}

describe('labels of points', () => {
  it('stand right above their point', () => {
    expect(places([[100, 100]])).toEqual([[108, 89]]);
  });

  it('make room for each other, and the fifth is left out', () => {
    const same = Array.from({ length: 5 }, () => [200, 150] as const);
    const found = places(same);
    expect(found).toHaveLength(4);
    expect(new Set(found.map(([, y]) => y))).toEqual(new Set([139, 161]));
    expect(found.map(([x]) => x > 200)).toEqual([true, true, false, false]);
  });

  it('stay inside the plot', () => {
    const [[x = 0] = []] = places([[395, 100]]);
    expect(x).toBeLessThan(395);
    const [[, y = 0] = []] = places([[100, 290]]);
    expect(y).toBeLessThan(290);
  });
});

import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderStrip } from '../../../cli/output/strip.ts';
import type { StripView } from '../../../cli/output/strip.ts';
import { terminalWidth } from '../../../cli/output/table.ts';

const VIEW: StripView = {
  steps: 40,
  frontier: 10,
  windowEnd: 20,
  width: 60,
  rounds: 12,
  residual: 3.1e-3,
  modelCalls: 1412,
  etaMs: 1240,
  label: 'fox',
  colour: false,
};

describe('renderStrip', () => {
  it('shows frozen, active and waiting steps in proportion, then the figures', () => {
    expect(renderStrip({ ...VIEW, width: 52 })).toEqual([
      'fox  ██████████▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░  10/40',
      '     round 12   residual 3.1e-3   1.41 k calls',
    ]);
    expect(renderStrip(VIEW)[1]).toBe(
      '     round 12   residual 3.1e-3   1.41 k calls   ETA 1.24 s',
    );
  });

  it('is all frozen at the end, and all waiting before the start', () => {
    const end = renderStrip({ ...VIEW, frontier: 40, windowEnd: 40 })[0] ?? '';
    expect(end).toMatch(/^fox {2}█+ {2}40\/40$/);
    const start = renderStrip({ ...VIEW, frontier: 0, windowEnd: 0 })[0] ?? '';
    expect(start).toMatch(/^fox {2}░+ {2}0\/40$/);
  });

  it('leaves out what is not known', () => {
    const unknown = renderStrip({ ...VIEW, residual: Number.NaN, etaMs: Number.NaN });
    expect(unknown[1]).toBe('     round 12   1.41 k calls');
  });

  it('keeps one active step of a thousand visible', () => {
    const bar = renderStrip({ ...VIEW, steps: 1000, frontier: 517, windowEnd: 518 })[0] ?? '';
    expect(bar.match(/▓/g)).toHaveLength(1);
  });

  it('colours change nothing but colours', () => {
    const plain = renderStrip(VIEW);
    const coloured = renderStrip({ ...VIEW, colour: true });
    expect(coloured[0]).toContain('\x1b[32m██');
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
  });

  it('does not pass on escape sequences of the label', () => {
    const [first = ''] = renderStrip({ ...VIEW, label: '\x1b[2Jx' });
    expect(first).not.toContain('\x1b');
  });

  it('is never wider than the terminal', () => {
    const views = fc
      .record({
        steps: fc.integer({ min: 1, max: 2000 }),
        from: fc.nat(2000),
        window: fc.nat(300),
        width: fc.nat(200),
        rounds: fc.nat(100_000),
        residual: fc.double(),
        modelCalls: fc.nat(),
        etaMs: fc.double(),
        label: fc.string({ unit: 'grapheme', maxLength: 80 }),
        colour: fc.boolean(),
      })
      .map((view): StripView => {
        const frontier = Math.min(view.steps, view.from);
        return { ...view, frontier, windowEnd: Math.min(view.steps, frontier + view.window) };
      });
    fc.assert(
      fc.property(views, (view) => {
        const lines = renderStrip(view).map(stripVTControlCharacters);
        expect(lines.length).toBeLessThanOrEqual(2);
        for (const line of lines) expect(terminalWidth(line)).toBeLessThanOrEqual(view.width);
        const states = lines[0]?.replaceAll(/[^█▓░]/g, '') ?? '';
        if (view.label === '') expect(states).toMatch(/^█*▓*░*$/);
      }),
    );
  });
});
